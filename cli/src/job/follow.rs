//! Following a run until it is over, whichever daemon looks after it.
//!
//! The feed begins with the first line of the run. When a daemon goes away the
//! next one, which takes the run over, is asked anew, and what was shown before
//! is left out. Ctrl-C ends the following and never the run.

use daemon_core::jobs::ops::{Follow, FollowItem, JobLine, Wait};
use daemon_core::jobs::{Run, RunId, Standing};
use daemon_core::kernel::{Code, Feed as _};
use daemon_core::wire::{Client, Items};
use futures_util::StreamExt as _;
use serde_json::json;

use super::show::Show;
use crate::failure::{self, Failure};
use crate::output::job::parse;
use crate::output::reader::while_read;
use crate::output::run::{self, CANCELLED};
use crate::session::Session;
use crate::successor::Successor;
use crate::{notice, output};

/// Shows what a run writes until it is over; the value is its exit status.
pub(crate) async fn to_its_end(
    session: &Session,
    client: Client,
    wanted: &str,
    mut show: Show,
) -> Result<u8, Failure> {
    let mut following = Following { wanted: wanted.to_owned(), ..Following::default() };
    let interrupted = tokio::signal::ctrl_c();
    let ended = tokio::select! {
        ended = while_read(following.through(session, client, &mut show)) => Some(ended?),
        _ = interrupted => None,
    };
    let Some(ended) = ended else {
        let id = following.wanted;
        let text = format!(
            "\nrun {id} goes on: `hob job follow {id}` follows it again, `hob job cancel {id}` ends it\n"
        );
        output::complain(&failure::for_this_home(&text));
        return Ok(CANCELLED);
    };
    if ended.state != Standing::Succeeded && !session.json {
        output::complain(&(run::sentence(&ended, &output::style::Style::of_stderr(), session.now()) + "\n"));
    }
    Ok(run::status(&ended))
}

/// Waits until a run is over, whichever daemon looks after it.
pub(crate) async fn ended(session: &Session, mut client: Client, id: RunId) -> Result<Run, Failure> {
    let mut next = None;
    let mut asked_again = false;
    loop {
        match client.call(Wait { id }).await {
            Err(fault) if fault.code == Code::Unavailable => {}
            settled => return Ok(settled?),
        }
        let next: &mut Successor = match &mut next {
            Some(next) => next,
            none => none.insert(Successor::of(session, "the run")?),
        };
        client = next.connect(session, asked_again).await?;
        asked_again = true;
    }
}

/// How far the following has come.
#[derive(Default)]
struct Following {
    /// The number of the run, once that is known.
    wanted: String,
    /// The time of the last line that was shown, and how many of that time were.
    last: Option<(jiff::Timestamp, usize)>,
}

impl Following {
    async fn through(
        &mut self,
        session: &Session,
        mut client: Client,
        show: &mut Show,
    ) -> Result<Run, Failure> {
        let next = Successor::of(session, "the run")?;
        loop {
            let mut is_vain = true;
            let request = json!({ "run": self.wanted }).to_string();
            let outcome = match client.open_raw(Follow::NAME, request.as_bytes()).await {
                Ok(items) => self.show(session, items, show, &mut is_vain).await,
                Err(fault) => Err(fault.into()),
            };
            match outcome {
                Ok(Some(ended)) => return Ok(ended),
                Ok(None) => {}
                Err(Failure::Fault(fault)) if fault.code == Code::Unavailable => {}
                Err(failure) => return Err(failure),
            }
            client = next.connect(session, is_vain).await?;
        }
    }

    /// Shows what comes; the value is the run as it ended, if it did.
    async fn show(
        &mut self,
        session: &Session,
        mut items: Items,
        show: &mut Show,
        is_vain: &mut bool,
    ) -> Result<Option<Run>, Failure> {
        let mut before = Before::new(self.last);
        let (mut waits, mut is_first) = (None, true);
        loop {
            let next = match waits.take() {
                Some(id) => {
                    let subject = format!("for run {id} to begin");
                    notice::while_waiting(&subject, "the run", items.next()).await
                }
                None => items.next().await,
            };
            let Some(item) = next else { return Ok(None) };
            let json = item?;
            let mut item: FollowItem = parse(&json)?;
            if let Some(run) = &item.run {
                // The latest run of a job may be another one by now.
                self.wanted = run.id.to_string();
                waits = (run.state == Standing::Queued).then_some(run.id);
            }
            item.lines.retain(|line| !before.has(line));
            self.reached(&item.lines);
            *is_vain &= item.lines.is_empty();
            show.item(session, &item)?;
            match item.run {
                // The first item has the run as it is, and then come the lines of one that is over too.
                Some(run) if !is_first && run.state.is_over() => return Ok(Some(run)),
                _ => is_first = false,
            }
        }
    }

    fn reached(&mut self, lines: &[JobLine]) {
        for line in lines {
            self.last = match self.last {
                Some((time, count)) if time == line.time => Some((time, count + 1)),
                _ => Some((line.time, 1)),
            };
        }
    }
}

/// What was shown before, of a log that is read from its beginning again.
struct Before {
    last: Option<(jiff::Timestamp, usize)>,
}

impl Before {
    fn new(last: Option<(jiff::Timestamp, usize)>) -> Before {
        Before { last }
    }

    /// Whether this line, the next of the log, is among it.
    fn has(&mut self, line: &JobLine) -> bool {
        match &mut self.last {
            Some((time, _)) if line.time < *time => true,
            Some((time, count)) if line.time == *time && 0 < *count => {
                *count -= 1;
                true
            }
            _ => {
                self.last = None;
                false
            }
        }
    }
}
