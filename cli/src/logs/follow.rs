//! The feed of lines, which goes on where it was when the daemon is another one.
//!
//! Each item says where every log that it is about goes on. When the connection
//! ends, the next daemon is waited for, however long that takes, and asked to go
//! on from there: what services wrote meanwhile is in their logs.

use daemon_core::kernel::Code;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Found, Sheet, parse};
use crate::failure::Failure;
use crate::session::Session;
use crate::successor::Successor;

/// Shows lines as they come, whichever daemon they come from.
pub(super) async fn follow(
    session: &Session,
    mut client: Client,
    mut request: Map<String, Value>,
    sheet: &mut Sheet,
) -> Result<u8, Failure> {
    let since = request.get("since").filter(|_| !request.contains_key("lines"));
    let since = since.and_then(|since| since.as_str()?.parse().ok());
    let mut reached = Reached { event: since.or(Some(session.now())), ..Reached::default() };
    let next = Successor::of(session, "a service")?;
    loop {
        reached.items = 0;
        match show(&client, &request, sheet, &mut reached).await {
            // A daemon that stops ends its feeds; one that was killed just is not there any more.
            Ok(()) => {}
            Err(Failure::Fault(fault)) if fault.code == Code::Unavailable => {}
            Err(failure) => return Err(failure),
        }
        client = next.connect(session, reached.items == 0).await?;
        reached.go_on(&mut request);
    }
}

/// Shows the lines that there are.
pub(super) async fn through(
    client: &Client,
    request: &Map<String, Value>,
    sheet: &mut Sheet,
) -> Result<(), Failure> {
    show(client, request, sheet, &mut Reached::default()).await
}

/// How far what was shown goes.
#[derive(Default)]
struct Reached {
    places: Map<String, Value>,
    /// When the last event came that was shown, or those begin that are.
    event: Option<Timestamp>,
    /// So many items came from this daemon.
    items: usize,
}

impl Reached {
    fn take(&mut self, item: &mut Found) {
        self.items += 1;
        self.places.append(&mut item.places);
        let events = item.lines.iter().filter(|line| line.stream == "event");
        self.event = self.event.max(events.filter_map(|line| line.time.parse().ok()).max());
    }

    /// Asks for what comes after it.
    fn go_on(&self, request: &mut Map<String, Value>) {
        if self.places.is_empty() {
            return;
        }
        request.insert("lines".to_owned(), json!(0));
        request.insert("after".to_owned(), json!(self.places));
        if let Some(event) = self.event {
            request.insert("events_after".to_owned(), json!(event.to_string()));
        }
    }
}

async fn show(
    client: &Client,
    request: &Map<String, Value>,
    sheet: &mut Sheet,
    reached: &mut Reached,
) -> Result<(), Failure> {
    let body = serde_json::to_vec(request).expect("a request has string keys");
    let mut items = client.open_raw("service.follow", &body).await?;
    let mut wanted = request.get("lines").and_then(Value::as_u64);
    while let Some(item) = items.next().await {
        let mut item = parse(&item?)?;
        // Only the first item has lines of which there may be more.
        if let Some(wanted) = wanted.take() {
            item.say_if_short(wanted);
        }
        sheet.item(&item)?;
        reached.take(&mut item);
    }
    Ok(())
}
