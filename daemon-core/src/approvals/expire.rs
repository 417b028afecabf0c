//! What ends by itself: requests that nobody decides, and grants whose time is over.
//!
//! One task waits for the next end of all of them, by both clocks, and sleeps
//! otherwise. A clock that is set wakes it too: what is over by the new time is
//! over, and a jump is told of.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;

use super::Handle;
use super::desk::Open;
use super::grants::Standing;
use super::request::Request;
use super::request::life::{Event, Moment};
use super::request::state::State;
use super::store::{Happening, Moved, end};
use super::unrecorded::PATIENCE;
use crate::audit::Actor;

/// So many end in one commit.
const TOGETHER: usize = 500;
/// A clock that is so much off is worth a line in the log.
const JUMP: SignedDuration = SignedDuration::from_mins(5);
/// After a failure to record.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps the time of all requests and grants.
pub(super) fn keep_time(handle: &Handle) {
    let mut stop = handle.0.tasks.stop();
    let weak = std::sync::Arc::downgrade(&handle.0);
    handle.0.tasks.spawn("approvals' time", async move {
        let (mut last, mut failing) = (None, None);
        while let Some(inner) = weak.upgrade() {
            let handle = Handle(inner);
            handle.tell_of_a_jump(&mut last);
            let pause = match handle.end_what_is_over().await {
                Ok(()) => {
                    failing = None;
                    None
                }
                Err(error) => {
                    tracing::error!(%error, "what is over could not be recorded as that yet");
                    let since = *failing.get_or_insert_with(Instant::now);
                    if error.is_lasting() || PATIENCE <= since.elapsed() {
                        handle.tell_what_is_late();
                    }
                    Some(PAUSE)
                }
            };
            tokio::select! {
                () = handle.next_end(), if pause.is_none() => {}
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
                () = stop.stopped() => return,
            }
        }
    });
}

impl Handle {
    /// Waits until something is over, or the earliest end is another.
    async fn next_end(&self) {
        let earlier = self.0.earlier.notified();
        let (wall, uptime) = self.desk().next_end();
        let by_wall = async {
            match wall {
                Some(at) => self.0.clock.sleep_until_wall_or_set(at).await,
                None => std::future::pending().await,
            }
        };
        let by_uptime = async {
            match uptime {
                Some(at) => self.0.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = earlier => {}
            () = by_wall => {}
            () = by_uptime => {}
        }
    }

    async fn end_what_is_over(&self) -> Result<(), crate::audit::Error> {
        loop {
            let now = self.now();
            let late = self.desk().late(now, TOGETHER);
            if late.is_empty() {
                break;
            }
            let passed = Happening { event: Event::Passed, actor: Actor::daemon() };
            let Moved { to: expired, gone } =
                self.0.store.advance_all(late.clone(), passed, now, |_| {}).await?;
            self.are_gone(&gone);
            let mut desk = self.desk();
            // What has moved on since is not on the list any more, or was not there at all.
            for id in late.iter().filter(|id| !expired.iter().any(|request| request.id == **id)) {
                desk.unlist_late(id, now);
            }
            drop(desk);
            for request in expired {
                self.follow(request);
            }
        }
        let over = self.desk().grants.over(self.now());
        self.end_grants(over, Standing::Expired, Actor::daemon()).await.map(drop)
    }

    /// What is over is that, for those who wait, also if it cannot be recorded. Its row is dealt with by the
    /// next daemon.
    fn tell_what_is_late(&self) {
        let late = self.desk().late(self.now(), usize::MAX);
        for id in late {
            let request = self.desk().get(&id).map(Open::request);
            if let Some(request) = request {
                let rev = request.rev + 1;
                self.follow(Request { state: State::Expired, rev, ..Request::clone(&request) });
            }
        }
    }

    /// Ends grants for good; how many of them held until now.
    pub(super) async fn end_grants(
        &self,
        ids: Vec<String>,
        standing: Standing,
        actor: Actor,
    ) -> Result<usize, crate::audit::Error> {
        if ids.is_empty() {
            return Ok(0);
        }
        for id in &ids {
            self.desk().grants.remove(id);
        }
        let ended = self.0.store.record(move |tx, leaves| {
            let mut held = 0;
            for id in &ids {
                held += usize::from(end(tx, leaves, id, standing, actor.clone())?);
            }
            Ok(held)
        });
        ended.await
    }

    /// The same for what allows nothing any more from this moment on, while nobody waits for the record.
    pub(super) fn end_later(&self, desk: &mut super::desk::Desk, ids: Vec<String>, standing: Standing) {
        if ids.is_empty() {
            return;
        }
        for id in &ids {
            desk.grants.remove(id);
        }
        let handle = self.clone();
        self.0.tasks.detach(async move {
            if let Err(error) = handle.end_grants(ids, standing, Actor::daemon()).await {
                tracing::error!(%error, "the end of a grant was not recorded");
            }
        });
    }

    fn tell_of_a_jump(&self, last: &mut Option<Moment>) {
        let now = self.now();
        if let Some(before) = last.replace(now) {
            let by_wall = now.wall.duration_since(before.wall);
            let by_uptime =
                SignedDuration::try_from(now.uptime.saturating_sub(before.uptime)).unwrap_or_default();
            let jump = by_wall.saturating_sub(by_uptime);
            if JUMP <= jump.abs() {
                tracing::warn!(seconds = jump.as_secs(), "the clock was set, or the machine was asleep");
            }
        }
    }
}
