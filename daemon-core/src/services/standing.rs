//! Where a service stood, so that the next daemon goes on from there.
//!
//! Rows of runs tell what ran. They do not tell what somebody wanted: that a
//! service was stopped by a person, has done its work, gave up, or was just
//! being restarted. A daemon that dies must not change any of that, so it is
//! written down whenever it changes.
//!
//! It holds within one boot of the machine, and until a daemon is asked to stop
//! with its services: after that each service begins as its configuration says.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::state::{Machine, Memory, State, Wanted};
use super::store::{Store, stamp};
use crate::storage::Error;

/// What was wanted of a service, and what had become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It should run.
    Up,
    /// It should run, and was being ended for that.
    Again,
    /// It should not run.
    Down,
    /// It has done what it was for.
    Done,
    /// It should run, and is not started again until a person steps in.
    Failed,
}

/// All that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stood {
    pub(super) standing: Standing,
    /// Why it failed.
    pub(super) reason: Option<String>,
    pub(super) memory: Memory,
    /// Since when, if it rests.
    pub(super) since: Option<Timestamp>,
}

const WORDS: [(Standing, &str); 5] = [
    (Standing::Up, "up"),
    (Standing::Again, "again"),
    (Standing::Down, "down"),
    (Standing::Done, "done"),
    (Standing::Failed, "failed"),
];

impl Standing {
    /// Where a service stands; `done` if its last run did what it was for.
    pub(super) fn of(machine: &Machine, done: bool) -> Standing {
        match (machine.state(), machine.wanted()) {
            (State::Failed, Wanted::Up) => Standing::Failed,
            (State::Stopping { again: true, .. }, _) => Standing::Again,
            (_, Wanted::Up) => Standing::Up,
            (State::Stopped, Wanted::Down) if done => Standing::Done,
            (_, Wanted::Down) => Standing::Down,
        }
    }
}

impl Store {
    /// It stands so; there is a hurry if it stood elsewhere before.
    pub(super) fn stands(&self, service: &str, boot: &str, stood: Stood, has_moved: bool) {
        let (service, boot) = (service.to_owned(), boot.to_owned());
        let what = "recording what is wanted of a service";
        let work = move |tx: &Transaction<'_>| {
            let word = WORDS.iter().find(|(standing, _)| *standing == stood.standing).map(|(_, word)| word);
            let Memory { restarts, crashes } = stood.memory;
            let since = stood.since.map(Timestamp::as_microsecond);
            tx.prepare_cached("INSERT OR REPLACE INTO service_standing VALUES (?, ?, ?, ?, ?, ?, ?)")?
                .execute(params![service, boot, word, stood.reason, restarts, crashes, since])?;
            Ok(())
        };
        match has_moved {
            true => self.0.write_soon(what, work),
            false => self.0.write_later(what, work),
        }
    }

    /// Where all services stood in this boot of the machine.
    pub(super) async fn standings(&self, boot: &str) -> Result<Vec<(String, Stood)>, Error> {
        let boot = boot.to_owned();
        self.0
            .read(move |connection| {
                let mut rows = connection.prepare(
                    "SELECT service, standing, reason, restarts, crashes, since FROM service_standing WHERE boot = ?",
                )?;
                let stood = rows.query_map([boot], |row| {
                    let word: String = row.get(1)?;
                    let known = WORDS.iter().find(|(_, known)| *known == word);
                    let memory = Memory { restarts: row.get(3)?, crashes: row.get(4)? };
                    let standing = known.map_or(Standing::Up, |(standing, _)| *standing);
                    let since = row.get::<_, Option<i64>>(5)?.map(stamp);
                    Ok((row.get(0)?, Stood { standing, reason: row.get(2)?, memory, since }))
                })?;
                stood.collect()
            })
            .await
    }

    /// Forgets where a service stood, or all of them: it begins anew.
    pub(super) fn forget_standing(&self, service: Option<&str>) {
        let service = service.map(str::to_owned);
        self.0.write_later("forgetting what was wanted of services", move |tx| {
            tx.prepare_cached("DELETE FROM service_standing WHERE service = coalesce(?, service)")?
                .execute([service])?;
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::services::state::{Event, tests::policy};

    fn check(events: &[Event], done: bool, expected: Standing) {
        let mut machine = Machine::default();
        for event in events {
            machine.step(*event, Duration::from_secs(1), &policy(), 0.0);
        }
        assert_eq!(Standing::of(&machine, done), expected, "{events:?}");
    }

    #[test]
    fn what_is_wanted_decides_and_how_it_ended_where_it_has() {
        use Event::{Exited, Launched, Restart, Start, Stop, Unblocked, Unlaunched};
        let up = [Start, Unblocked, Launched];
        let then = |more: &[Event]| [&up[..], more].concat();
        check(&[], false, Standing::Down);
        check(&[Start], false, Standing::Up);
        check(&up, false, Standing::Up);
        check(&then(&[Restart]), false, Standing::Again);
        check(&then(&[Stop]), false, Standing::Down);
        check(&then(&[Restart, Stop]), false, Standing::Down);
        check(&then(&[Exited { success: true }]), true, Standing::Done);
        check(&[Start, Unblocked, Unlaunched { transient: false }], false, Standing::Failed);
    }
}
