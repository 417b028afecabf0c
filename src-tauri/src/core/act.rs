//! What the menu's clicks do: each becomes an operation, or the end.

use std::sync::Arc;

use daemon_core::kernel::{Code, Fault, clock};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Ending, Shared};
use crate::autostart;
use crate::board::Link;
use crate::front::Ask;
use crate::headless;
use crate::menu::Action;

/// When a pause until the morning ends.
const MORNING: Time = Time::constant(8, 0, 0, 0);

impl Shared {
    /// Does what is clicked, each without waiting for the one before.
    pub(super) async fn attend(self: Arc<Shared>, mut clicks: mpsc::Receiver<Action>) {
        while let Some(action) = clicks.recv().await {
            tracing::debug!(?action, "clicked");
            match action {
                Action::Open(at) => self.front.ask(Ask::Open(at)),
                Action::Review => self.approvals.show(true),
                Action::TryAgain => self.again.notify_one(),
                Action::AtLogin(on) => drop(tokio::spawn(Arc::clone(&self).set_at_login(on))),
                Action::Leave if headless::program().is_none() => {
                    self.tell(
                        "Services cannot go on without the tray",
                        "There is no `hob` beside this program.",
                    );
                }
                Action::Leave => self.end(Ending::Leave),
                Action::Quit => self.end(Ending::Quit),
                Action::Force => self.force(),
                other => drop(tokio::spawn(Arc::clone(&self).operate(other))),
            }
        }
    }

    async fn operate(self: Arc<Shared>, action: Action) {
        let until = |until: Timestamp| ("system.pause", json!({ "until": until }));
        let (method, params) = match &action {
            Action::Start(name) => ("service.start", json!({ "name": name })),
            Action::Stop(name) => ("service.stop", json!({ "name": name })),
            Action::Run(name) => ("job.run", json!({ "name": name })),
            Action::PauseFor(minutes) => until(
                clock::now()
                    .saturating_add(SignedDuration::from_mins(i64::from(*minutes)))
                    .unwrap_or(Timestamp::MAX),
            ),
            Action::PauseUntilMorning => until(morning_after(&clock::now().to_zoned(TimeZone::system()))),
            Action::Resume => ("system.resume", json!({})),
            _ => return,
        };
        if let Err(fault) = self.call(method, &params).await {
            let what = match &action {
                Action::Start(name) => format!("{name} did not start"),
                Action::Stop(name) => format!("{name} did not stop"),
                Action::Run(name) => format!("{name} did not run"),
                _ => "Hob could not do that".into(),
            };
            let body = fault
                .hint
                .as_ref()
                .map_or(fault.message.clone(), |hint| format!("{}\n{hint}", fault.message));
            self.tell(&what, &body);
        }
    }

    async fn call(&self, method: &str, params: &Value) -> Result<(), Fault> {
        let client = self.known().clients.clone().map(|clients| clients.tray);
        match client {
            Some(client) => client.call_raw(method, params.to_string().as_bytes()).await.map(drop),
            // Its row is about to go.
            None => Ok(()),
        }
    }

    async fn set_at_login(self: Arc<Shared>, on: bool) {
        if let Err(fault) = self.starts_at_login(Some(on)).await {
            self.tell("The start at login was not changed", &fault.message);
        }
    }

    /// Whether the app starts at login, after that was set if somebody wants it.
    pub(super) async fn starts_at_login(&self, wanted: Option<bool>) -> Result<bool, Fault> {
        let dirs = self.dirs.clone();
        let asked = move || {
            wanted.map_or(Ok(()), |on| autostart::set(on, &dirs))?;
            autostart::is_on()
        };
        let answer = tokio::task::spawn_blocking(asked).await;
        let is_on = match answer {
            Ok(Ok(is_on)) => is_on,
            Ok(Err(error)) => return Err(Fault::new(Code::Unavailable, format!("{error:#}"))),
            Err(error) => return Err(Fault::new(Code::Internal, error.to_string())),
        };
        self.known().board.at_login = Some(is_on);
        self.draw();
        Ok(is_on)
    }

    fn end(&self, ending: Ending) {
        let link = {
            let mut known = self.known();
            known.ending = Some(ending);
            known.board.link.clone()
        };
        match link {
            Link::Hosting => self.end_ours(),
            // As soon as it is ready: it may have begun to start services.
            Link::Starting | Link::Ending => {}
            Link::Attached | Link::Down(_) => self.front.ask(Ask::End(0)),
        }
    }

    /// Ends what does not end when it is asked to, as a second signal does.
    fn force(&self) {
        let us = rustix::process::getpid();
        if let Err(error) = rustix::process::kill_process(us, rustix::process::Signal::TERM) {
            tracing::error!(%error, "the end could not be forced");
        }
    }

    /// Asks the daemon in this process to end; its services go with it, unless they are left.
    pub(super) fn end_ours(&self) {
        self.front.set_ending();
        self.show(Link::Ending);
        let (client, leave) = {
            let known = self.known();
            (known.clients.clone().map(|clients| clients.tray), known.ending == Some(Ending::Leave))
        };
        let Some(client) = client else { return };
        tokio::spawn(async move {
            let wish = json!({ "leave_services": leave }).to_string();
            if let Err(fault) = client.call_raw("system.shutdown", wish.as_bytes()).await {
                tracing::error!(%fault, "the daemon did not begin to stop");
            }
        });
    }

    /// Tells a person, outside the menu that he has just closed.
    fn tell(&self, summary: &str, body: &str) {
        tracing::warn!(summary, body, "told");
        let Some(bus) = self.bus.clone() else { return };
        let (summary, body) = (summary.to_owned(), body.to_owned());
        tokio::task::spawn_blocking(move || bus.notify(&summary, &body));
    }
}

/// The next eight o'clock of the day after.
fn morning_after(now: &Zoned) -> Timestamp {
    let tomorrow = now.date().saturating_add(1.day());
    let morning = tomorrow.to_datetime(MORNING).to_zoned(now.time_zone().clone());
    morning.map_or(Timestamp::MAX, |morning| morning.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_morning_is_that_of_the_next_day_also_when_clocks_change() {
        for (now, morning) in [
            ("2026-11-21T23:59:00[UTC]", "2026-11-22T08:00:00Z"),
            ("2026-11-21T00:30:00[UTC]", "2026-11-22T08:00:00Z"),
            ("2026-03-28T20:00:00[Europe/Madrid]", "2026-03-29T06:00:00Z"),
            ("2026-10-24T20:00:00[Europe/Madrid]", "2026-10-25T07:00:00Z"),
        ] {
            let now: Zoned = now.parse().unwrap();
            assert_eq!(morning_after(&now).to_string(), morning, "{now}");
        }
    }
}
