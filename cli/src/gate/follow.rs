//! A request from the asking to its end, whichever daemon looks after it.
//!
//! It is asked for under a key. When the daemon goes away meanwhile, the next
//! one is asked for the same under the same key, which is the same request: one
//! that waits is taken up again, and one that has run is never run again.
//!
//! Most of what is allowed ends at once and is told in one item. For that there
//! is no runtime; it begins with what has to be waited for.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use daemon_core::approvals::ops::{Cancel, FollowItem, Get, Run, RunAndFollow, Wait};
use daemon_core::approvals::request::Request;
use daemon_core::approvals::request::answer::Answer;
use daemon_core::approvals::request::state::State;
use daemon_core::config::Span;
use daemon_core::exec::Stream;
use daemon_core::kernel::{Code, Fault, Feed as _};
use daemon_core::text::{brief, visible};
use daemon_core::wire::{Asker, Client, Items};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::SetOnce;

use super::held::Held;
use super::{ask, say};
use crate::failure::Failure;
use crate::output::job::parse;
use crate::output::style::{Paint, Style};
use crate::output::{self, request};
use crate::session::Session;
use crate::successor::Successor;
use crate::token::Source;

/// What takes longer to say anything is waited for in a runtime, and can be interrupted.
const AT_ONCE: Duration = Duration::from_millis(200);
/// What a shell says of a command that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;
/// Within this, what is asked to end has ended or is killed.
const A_MOMENT: Span = Span::secs(5);
/// And of one that wrote where nobody reads any more (SIGPIPE, signal(7)).
const UNREAD: u8 = 141;

/// How long a decision is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Nothing is waited for.
    None,
    /// What is allowed already is waited for, and no person.
    UnlessAsked,
    /// As long as it takes.
    Endless,
}

/// The rest of what was begun, and what came first of it.
type GoingOn = (Items, Option<FollowItem>, Held);

/// Something that is being asked for.
pub(super) struct Asking<'a> {
    session: &'a Session,
    request: Run,
    patience: Patience,
    /// Once it is known.
    id: SetOnce<String>,
    /// Once it was said that it waits.
    is_told: Cell<bool>,
}

/// What has become of it before there was a runtime.
pub(super) enum AtOnce {
    /// It has ended, with this exit status.
    Ended(u8),
    /// It goes on, or was not even asked for.
    NotYet(Option<Box<Begun>>),
}

/// What was asked for and has not ended.
pub(super) struct Begun {
    asker: Asker,
    first: Option<FollowItem>,
    /// Until somebody attends to them.
    signals: Held,
}

impl<'a> Asking<'a> {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// What is wrong with the token.
    pub(super) fn new(
        session: &'a Session,
        token: Option<&Source>,
        request: Run,
        patience: Patience,
    ) -> Result<Asking<'a>, Failure> {
        if let Some(source) = token {
            session.use_token(source)?;
        }
        Ok(Asking { session, request, patience, id: SetOnce::new(), is_told: Cell::new(false) })
    }

    /// Asks, and shows what is there to show if that is all.
    ///
    /// # Errors
    /// Why it cannot be asked for.
    pub(super) fn at_once(&self) -> Result<AtOnce, Failure> {
        // As a document it has the output that is kept, which is asked for in the end.
        if self.patience == Patience::None || self.session.json {
            return Ok(AtOnce::NotYet(None));
        }
        let Some(mut asker) = self.session.asker()? else { return Ok(AtOnce::NotYet(None)) };
        let signals = Held::new();
        let first = match asker.open(RunAndFollow::NAME, &self.body(), AT_ONCE) {
            // Whoever goes on finds the same, and waits for the next daemon.
            Err(fault) if was_cut_off(&fault) => None,
            first => first?.map(|item| parse::<FollowItem>(&item)).transpose()?,
        };
        if let Some(item) = &first
            && let Some(answer) = &item.answer
            && let Some(status) = request::status(answer)
        {
            match show(item) {
                Err(Failure::ReaderGone) => return Ok(AtOnce::Ended(UNREAD)),
                shown => shown?,
            }
            say_how_it_ended(answer);
            return Ok(AtOnce::Ended(status));
        }
        Ok(AtOnce::NotYet(Some(Box::new(Begun { asker, first, signals }))))
    }

    /// What is asked for is the same for a call and for a feed.
    fn body(&self) -> Vec<u8> {
        json!(self.request).to_string().into_bytes()
    }

    /// Asks, if that has not begun, and waits; the value is the exit status.
    pub(super) async fn to_its_end(&self, begun: Option<Box<Begun>>) -> Result<u8, Failure> {
        let (mut client, mut going_on) = match begun {
            None => (self.session.connect().await?, None),
            Some(begun) => {
                let Begun { asker, first, signals } = *begun;
                let (client, items) = asker.into_client()?;
                (client, Some((items, first, signals)))
            }
        };
        let mut next = None;
        let mut is_vain = false;
        loop {
            match self.through(&client, going_on.take()).await {
                Err(Failure::Fault(fault)) if was_cut_off(&fault) => {}
                settled => return settled,
            }
            let next: &mut Successor = match &mut next {
                Some(next) => next,
                none => none.insert(Successor::of(self.session, "the request")?),
            };
            client = next.connect(self.session, is_vain).await?;
            is_vain = true;
        }
    }

    /// As far as one daemon goes.
    async fn through(&self, client: &Client, going_on: Option<GoingOn>) -> Result<u8, Failure> {
        if self.patience == Patience::None {
            return self.detached(client).await;
        }
        let mut signals = Signals::new()?;
        let begun = going_on.map(|(items, first, held)| {
            drop(held);
            (items, first)
        });
        let mut following = pin!(self.follow(client, begun));
        tokio::select! {
            settled = &mut following => {
                // As a program that writes where nobody reads: it ends, and says nothing more.
                let (Err(Failure::ReaderGone), Some(id)) = (&settled, self.id.get()) else { return settled };
                cancel(client, id, &mut signals).await;
                return Ok(UNREAD);
            }
            () = signals.next() => {}
        }
        // What was asked for and is not known yet would go on without us.
        tokio::select! {
            settled = &mut following, if self.id.get().is_none() => return settled,
            id = self.id.wait() => {
                let cancelled = cancel(client, id, &mut signals).await;
                tokio::select! {
                    () = self.tell_cancelled(client, id, cancelled) => {}
                    () = signals.next() => {}
                }
            }
            () = signals.next() => {}
        }
        Ok(INTERRUPTED)
    }

    /// Asks, if that has not begun, and shows what it writes; the value is the exit status.
    async fn follow(
        &self,
        client: &Client,
        begun: Option<(Items, Option<FollowItem>)>,
    ) -> Result<u8, Failure> {
        let (mut items, mut first) = match begun {
            Some(begun) => begun,
            None => (client.open_raw(RunAndFollow::NAME, &self.body()).await?, None),
        };
        let cut_off = || Fault::new(Code::Unavailable, "the daemon has gone");
        loop {
            let item: FollowItem = match first.take() {
                Some(first) => first,
                None => parse(&items.next().await.ok_or_else(cut_off)??)?,
            };
            if let Some(id) = &item.request {
                // The next daemon says the same.
                self.id.set(id.clone()).ok();
            }
            if matches!(item.state, Some(State::Pending | State::Orphaned)) {
                self.waits(client).await?;
            }
            if !self.session.json {
                show(&item)?;
            }
            if let Some(answer) = item.answer {
                return self.ended(client, &answer).await;
            }
        }
    }

    /// Says that it waits for a person, or that nothing here does.
    async fn waits(&self, client: &Client) -> Result<(), Failure> {
        // It may have been decided in between.
        let Some(fault) = self.fault(client).await? else { return Ok(()) };
        if self.patience == Patience::Endless {
            self.tell_that_it_waits(&fault);
            return Ok(());
        }
        let id = brief(self.id());
        let message = format!("request {id} waits for a person, and there is no terminal to wait on");
        Err(Failure::Fault(Fault { message, ..fault }))
    }

    async fn ended(&self, client: &Client, answer: &Answer) -> Result<u8, Failure> {
        if self.session.json {
            // One document in the end, with what is kept of the output.
            let reply = ask(client, &Wait { id: self.id().to_owned(), length: None }).await?;
            let answer: Answer = parse(&reply)?;
            output::print_json(reply)?;
            return Ok(request::status(&answer).unwrap_or(Code::Internal.exit()));
        }
        if let Some(status) = request::status(answer) {
            say_how_it_ended(answer);
            return Ok(status);
        }
        // It was not run; the fault says why, and has the status for that.
        let fault = self.fault(client).await?;
        Err(fault.unwrap_or_else(|| Fault::internal(answer.message.clone())).into())
    }

    /// Why it was not run, or what it waits for.
    async fn fault(&self, client: &Client) -> Result<Option<Fault>, Failure> {
        let request: Request = parse(&ask(client, &Get { id: self.id().to_owned() }).await?)?;
        Ok(Answer::of(&request, None).fault(&request))
    }

    fn id(&self) -> &str {
        self.id.get().map_or("", String::as_str)
    }

    /// Asks, and prints the id of what goes on by itself.
    async fn detached(&self, client: &Client) -> Result<u8, Failure> {
        let id = match ask(client, &self.request).await {
            Ok(reply) => parse::<Answer>(&reply)?.request_id,
            Err(Failure::Fault(fault)) if fault.code == Code::Pending => {
                match fault.more.as_ref().and_then(|more| more.request.clone()) {
                    Some(id) => id,
                    None => return Err(Failure::Fault(fault)),
                }
            }
            Err(failure) => return Err(failure),
        };
        match self.session.json {
            true => output::print_json(json!({ "request": id }).to_string())?,
            false => output::print(format!("{}\n", visible(&id)))?,
        }
        Ok(0)
    }

    /// Once, however many daemons it waits in.
    fn tell_that_it_waits(&self, fault: &Fault) {
        if self.is_told.replace(true) {
            return;
        }
        if self.session.json {
            return output::complain(&format!("{}\n", json!({ "waiting": { "request": self.id() } })));
        }
        let id = brief(self.id());
        say(&format!("request {id} waits for a person: hob approve {id}"));
        if let Some(answer) = fault.more.as_ref().and_then(|more| more.answer.as_ref())
            && answer["state"] == json!(State::Orphaned)
        {
            say(&fault.message);
        }
    }

    /// Says what has become of it; it may have been quicker.
    async fn tell_cancelled(&self, client: &Client, id: &str, cancelled: Option<Result<(), Fault>>) {
        let Some(cancelled) = cancelled.filter(|_| !self.session.json) else { return };
        let became = match cancelled {
            Ok(()) => client.call(Wait { id: id.to_owned(), length: Some(A_MOMENT) }).await,
            Err(fault) => {
                Err(Fault { message: format!("it could not be cancelled: {}", fault.message), ..fault })
            }
        };
        let message = became.map_or_else(|fault| fault.message, |answer| answer.message);
        say(&format!("request {}: {}", brief(id), visible(&message)));
    }
}

/// Says that it is not wanted any more. A second signal does not wait for anything.
async fn cancel(client: &Client, id: &str, signals: &mut Signals) -> Option<Result<(), Fault>> {
    tokio::select! {
        cancelled = client.call(Cancel { id: id.to_owned() }) => Some(cancelled.map(drop)),
        () = signals.next() => None,
    }
}

/// Whether the daemon went away, and the next one may know more.
fn was_cut_off(fault: &Fault) -> bool {
    fault.code == Code::Unavailable && fault.reason_code().is_none()
}

/// What the command wrote goes on as it is, to where it was written.
fn show(item: &FollowItem) -> Result<(), Failure> {
    if 0 < item.missed {
        output::complain(&format!(
            "-- {} bytes skipped: this reader is slower than the command --\n",
            item.missed
        ));
    }
    for piece in &item.output {
        match piece.stream {
            Stream::Stdout => output::print(piece.bytes.get())?,
            Stream::Stderr => output::complain_bytes(piece.bytes.get()),
        }
    }
    Ok(())
}

/// An exit status speaks for itself; an end that somebody made does not.
fn say_how_it_ended(answer: &Answer) {
    if matches!(answer.state, State::Killed | State::Failed) {
        let text = visible(&answer.message);
        output::complain(&(Style::of_stderr().paint(Paint::Dim, &format!("-- {text} --")) + "\n"));
    }
}

/// What asks this program to end.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> Result<Signals, Fault> {
        let failed = |error| Fault::internal(format!("signals cannot be waited for: {error}"));
        let of = |kind| signal(kind).map_err(failed);
        Ok(Signals([of(SignalKind::interrupt())?, of(SignalKind::terminate())?, of(SignalKind::hangup())?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
