//! What lies on the desk of whoever decides: what waits, what is shown, and whether a decision counts now.
//!
//! Pure: it is told what waits and what time it is, and says what has changed. The
//! rules that keep a window from being fooled are here and not only in the page,
//! so that a page that is confused, or driven, is refused:
//!
//! - What is decided is what was shown: a decision brings the nonce of the last
//!   showing and nothing else. Which request that is, and the digest of what was
//!   shown, is known here and never taken from the page.
//! - A nonce is good once, for the last showing, and only after a second without
//!   anything new: the showing itself, the window's focus, the queue.
//! - What is shown stays until it is decided, put off or over. What comes later
//!   waits, however risky it is.

use std::collections::BTreeSet;
use std::time::Duration;

use daemon_core::exec::render::Level;
use jiff::Timestamp;
use serde::Serialize;

/// So long nothing may have changed before a decision counts.
pub(crate) const ARMED_AFTER: Duration = Duration::from_secs(1);

/// What waits and what is shown.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// The riskiest first, then the longest waiting.
    queue: Vec<Waiting>,
    shown: Option<Showing>,
    /// They have come, and nobody has been told yet.
    fresh: BTreeSet<String>,
}

/// A request that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) client: String,
    /// The digest of the plan.
    pub(crate) digest: String,
    /// The begin of that, for people.
    pub(crate) code: String,
    pub(crate) risk: Option<Level>,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
}

/// What somebody looks at.
#[derive(Debug)]
struct Showing {
    waiting: Waiting,
    /// What the window must say to decide; none before it was shown and after it has been said.
    nonce: Option<String>,
    /// Since when nothing has changed, by the clock that nobody can set.
    since: Duration,
    /// Whether a decision is under way.
    is_taken: bool,
    over: Option<Over>,
}

/// What has become of a request while it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Over {
    /// Its state, as the daemon calls it; unknown if the daemon is not there.
    pub(crate) state: Option<String>,
    /// Why, in the daemon's words.
    pub(crate) because: Option<String>,
    /// On which surface a person decided it.
    pub(crate) surface: Option<String>,
    pub(crate) at: Timestamp,
}

/// Where what is shown stands; all that may change while it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) id: String,
    /// Its number in the queue, from 1 on.
    pub(crate) position: usize,
    pub(crate) waiting: usize,
    /// How many of those are of the same client.
    pub(crate) of_client: usize,
    pub(crate) expires: Timestamp,
    pub(crate) over: Option<Over>,
}

/// What is different on the desk.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Other requests wait than before.
    pub(crate) queue: bool,
    /// They wait no more.
    pub(crate) gone: Vec<String>,
    /// What is shown is among these, and nobody here has decided it.
    pub(crate) shown_gone: Option<String>,
}

/// Why a decision does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Something else is shown by now, or it was said before.
    NotShown,
    /// Something has just changed.
    TooEarly,
    /// It waits no more.
    Over,
}

/// What is to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) digest: String,
    pub(crate) client: String,
}

impl Desk {
    /// Takes in what waits now.
    pub(crate) fn wait(&mut self, mut list: Vec<Waiting>, now: Duration) -> News {
        list.sort_by(|a, b| {
            b.risk.cmp(&a.risk).then_with(|| a.created.cmp(&b.created)).then_with(|| a.id.cmp(&b.id))
        });
        let has = |queue: &[Waiting], id: &str| queue.iter().any(|waiting| waiting.id == id);
        let come: Vec<String> = list
            .iter()
            .filter(|waiting| !has(&self.queue, &waiting.id))
            .map(|waiting| waiting.id.clone())
            .collect();
        let gone: Vec<String> = self
            .queue
            .iter()
            .filter(|waiting| !has(&list, &waiting.id))
            .map(|waiting| waiting.id.clone())
            .collect();
        self.queue = list;
        self.fresh.retain(|id| !gone.contains(id));
        let mut news = News { queue: !come.is_empty() || !gone.is_empty(), gone, shown_gone: None };
        self.fresh.extend(come);
        if let Some(shown) = &mut self.shown {
            match self.queue.iter().find(|waiting| waiting.id == shown.waiting.id) {
                Some(waiting) => shown.waiting.expires = waiting.expires,
                None if shown.over.is_none() && !shown.is_taken => {
                    news.shown_gone = Some(shown.waiting.id.clone());
                }
                None => {}
            }
            if news.queue {
                shown.since = now;
            }
        }
        news
    }

    /// Those that have come since somebody was told last, the riskiest first.
    pub(crate) fn told(&mut self) -> Vec<Waiting> {
        let fresh = std::mem::take(&mut self.fresh);
        self.queue.iter().filter(|waiting| fresh.contains(&waiting.id)).cloned().collect()
    }

    /// What has become of what is shown; nothing of it can be decided any more.
    pub(crate) fn end(&mut self, id: &str, over: Over) {
        if let Some(shown) = self.shown.as_mut().filter(|shown| shown.waiting.id == id) {
            shown.over = Some(over);
            shown.nonce = None;
        }
    }

    /// What is to be shown: what was, or the next.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Waiting> {
        if self.shown.as_ref().is_some_and(|shown| shown.over.is_some() || !self.waits(&shown.waiting.id)) {
            self.shown = None;
        }
        if self.shown.is_none() {
            self.put(self.queue.first()?.clone(), now);
        }
        self.shown.as_ref().map(|shown| shown.waiting.clone())
    }

    /// Another one is to be shown: so many places further.
    pub(crate) fn look(&mut self, delta: isize, now: Duration) {
        let Some(last) = self.queue.len().checked_sub(1) else { return };
        let at = self
            .shown
            .as_ref()
            .and_then(|shown| self.queue.iter().position(|waiting| waiting.id == shown.waiting.id));
        let to = at.map_or(0, |at| at.saturating_add_signed(delta).min(last));
        self.put(self.queue[to].clone(), now);
    }

    /// This one is to be shown, if it waits.
    pub(crate) fn look_at(&mut self, id: &str, now: Duration) {
        if let Some(waiting) = self.queue.iter().find(|waiting| waiting.id == id).cloned() {
            self.put(waiting, now);
        }
    }

    /// It is shown now, under this nonce. Whether that is so: something else may be, or it is over.
    pub(crate) fn shown(&mut self, id: &str, digest: &str, nonce: String, now: Duration) -> Option<Place> {
        let shown = self.shown.as_mut().filter(|shown| {
            shown.waiting.id == id
                && shown.waiting.digest == digest
                && shown.over.is_none()
                && !shown.is_taken
        })?;
        shown.nonce = Some(nonce);
        shown.since = now;
        self.place()
    }

    /// The window has got the focus, or has lost it.
    pub(crate) fn focus(&mut self, now: Duration) {
        if let Some(shown) = &mut self.shown {
            shown.since = now;
        }
    }

    /// Nothing is looked at any more; all that waits is put off.
    pub(crate) fn leave(&mut self) {
        self.shown = None;
    }

    /// What a decision with this nonce is about, if it counts; the nonce is good for nothing after that.
    pub(crate) fn take(&mut self, nonce: &str, now: Duration) -> Result<Taken, Refusal> {
        let shown = self.shown.as_mut().ok_or(Refusal::NotShown)?;
        if shown.over.is_some() {
            return Err(Refusal::Over);
        }
        if shown.nonce.as_deref() != Some(nonce) {
            return Err(Refusal::NotShown);
        }
        if now < shown.since + ARMED_AFTER {
            return Err(Refusal::TooEarly);
        }
        (shown.nonce, shown.is_taken) = (None, true);
        let Waiting { id, digest, client, .. } = shown.waiting.clone();
        Ok(Taken { id, digest, client })
    }

    /// It is decided, or could not be.
    pub(crate) fn decided(&mut self, id: &str, done: bool) {
        let Some(shown) = self.shown.as_mut().filter(|shown| shown.waiting.id == id) else { return };
        shown.is_taken = false;
        if done {
            self.shown = None;
            self.queue.retain(|waiting| waiting.id != id);
        }
    }

    /// Where what is shown stands.
    pub(crate) fn place(&self) -> Option<Place> {
        let Showing { waiting, over, .. } = self.shown.as_ref()?;
        let at = self.queue.iter().position(|it| it.id == waiting.id);
        Some(Place {
            id: waiting.id.clone(),
            position: at.map_or(0, |at| at + 1),
            waiting: self.queue.len(),
            of_client: self.queue.iter().filter(|it| it.client == waiting.client).count(),
            expires: waiting.expires,
            over: over.clone(),
        })
    }

    /// Something that waits.
    pub(crate) fn find(&self, id: &str) -> Option<&Waiting> {
        self.queue.iter().find(|waiting| waiting.id == id)
    }

    /// Whether there is nothing to see: nothing waits, and of nothing has to be told what became of it.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
            && self.shown.as_ref().is_none_or(|shown| shown.over.is_none() && !shown.is_taken)
    }

    fn waits(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    fn put(&mut self, waiting: Waiting, now: Duration) {
        let same = self.shown.as_ref().is_some_and(|shown| shown.waiting.id == waiting.id && shown.is_taken);
        if !same {
            self.shown = Some(Showing { waiting, nonce: None, since: now, is_taken: false, over: None });
        }
    }
}

#[cfg(test)]
mod tests;
