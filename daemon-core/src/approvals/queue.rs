//! Who may ask a person, and how often.
//!
//! A person's attention is what a client can use up. So each client may have
//! so many requests waiting and may ask so often; the same plan asked for twice
//! while it waits is one request; and what a person has just refused is not
//! asked again for a while, but refused with the same words.
//!
//! All of it is in memory only: who restarts the daemon starts afresh, and its
//! requests wait no more. Nothing here reads a clock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// So many refusals are remembered; the oldest makes room.
const REFUSALS: usize = 4096;

/// What each client may, and all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests of all clients that wait for a person at the same time.
    pub all: usize,
    /// And of each of them.
    pub pending: usize,
    /// Requests that begin to wait within a minute.
    pub a_minute: usize,
    /// For how long a person's no answers the same plan too.
    pub cool_down: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { all: 1000, pending: 20, a_minute: 10, cool_down: MINUTE }
    }
}

/// What becomes of somebody who wants to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// He may; it is the request of this number in the order.
    Asks(u64),
    /// The same waits already.
    Joins(String),
    /// A person has just said no to it.
    Refused(Refusal),
    /// Too many wait.
    TooMany,
    /// He has asked too often; after so long he may again.
    TooOften(Duration),
}

/// What a person said no to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which request that was.
    pub request: String,
    /// What he said about it.
    pub note: Option<String>,
    until: Duration,
}

impl Refusal {
    /// In how long the same may be asked again.
    pub fn left(&self, now: Duration) -> Duration {
        self.until.saturating_sub(now)
    }
}

/// Those who wait for a person, and those who should not ask again so soon.
#[derive(Debug, Default)]
pub struct Queue {
    next: u64,
    order: BTreeMap<u64, String>,
    waiting: HashMap<(String, String), (u64, String)>,
    lines: HashMap<String, Line>,
    refusals: HashMap<(String, String), Refusal>,
    refused: VecDeque<(String, String)>,
}

/// One client's part.
#[derive(Debug, Default)]
struct Line {
    pending: usize,
    /// When its last requests began to wait.
    asked: VecDeque<Duration>,
}

impl Queue {
    /// Lets a client ask for a plan, as this request, or says why not.
    pub fn admit(
        &mut self,
        limits: &Limits,
        client: &str,
        plan: &str,
        request: &str,
        now: Duration,
    ) -> Admission {
        let key = (client.to_owned(), plan.to_owned());
        if let Some((_, waiting)) = self.waiting.get(&key) {
            return Admission::Joins(waiting.clone());
        }
        if let Some(refusal) = self.refusals.get(&key)
            && now < refusal.until
        {
            return Admission::Refused(refusal.clone());
        }
        let line = self.lines.entry(client.to_owned()).or_default();
        while line.asked.front().is_some_and(|asked| *asked + MINUTE <= now) {
            line.asked.pop_front();
        }
        if limits.pending <= line.pending || limits.all <= self.order.len() {
            return Admission::TooMany;
        }
        if limits.a_minute <= line.asked.len() {
            let first = line.asked.front().copied().unwrap_or(now);
            return Admission::TooOften((first + MINUTE).saturating_sub(now));
        }
        line.asked.push_back(now);
        Admission::Asks(self.enter(key, request))
    }

    /// Takes up again what waited before, whatever the limits say: it was admitted once.
    pub fn readmit(&mut self, client: &str, plan: &str, request: &str) -> u64 {
        self.enter((client.to_owned(), plan.to_owned()), request)
    }

    /// It does not wait any more.
    pub fn leave(&mut self, client: &str, plan: &str, request: &str) {
        let key = (client.to_owned(), plan.to_owned());
        if self.waiting.get(&key).is_none_or(|(_, waiting)| waiting != request) {
            return;
        }
        let Some((place, _)) = self.waiting.remove(&key) else { return };
        self.order.remove(&place);
        if let Some(line) = self.lines.get_mut(client) {
            line.pending = line.pending.saturating_sub(1);
        }
    }

    /// A person has said no to it.
    pub fn refused(
        &mut self,
        limits: &Limits,
        client: &str,
        plan: &str,
        request: &str,
        note: Option<String>,
        now: Duration,
    ) {
        let key = (client.to_owned(), plan.to_owned());
        let refusal = Refusal { request: request.to_owned(), note, until: now + limits.cool_down };
        if self.refusals.insert(key.clone(), refusal).is_none() {
            self.refused.push_back(key);
        }
        while self.refused.front().is_some_and(|oldest| {
            REFUSALS < self.refused.len() || self.refusals.get(oldest).is_none_or(|it| it.until <= now)
        }) {
            if let Some(oldest) = self.refused.pop_front() {
                self.refusals.remove(&oldest);
            }
        }
        // Who has nothing waiting and has not asked lately is as if he had never been here.
        self.lines.retain(|_, line| {
            0 < line.pending || line.asked.back().is_some_and(|asked| now < *asked + MINUTE)
        });
    }

    /// Those who wait, the longest first.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.order.values().map(String::as_str)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn enter(&mut self, key: (String, String), request: &str) -> u64 {
        self.next += 1;
        let place = self.next;
        self.lines.entry(key.0.clone()).or_default().pending += 1;
        self.order.insert(place, request.to_owned());
        self.waiting.insert(key, (place, request.to_owned()));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { all: 3, pending: 2, a_minute: 3, cool_down: MINUTE };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_same_plan_waits_once_for_each_client() {
        let mut queue = Queue::default();
        assert_eq!(queue.admit(&LIMITS, "a", "p", "r1", seconds(0)), Admission::Asks(1));
        assert_eq!(queue.admit(&LIMITS, "a", "p", "r2", seconds(1)), Admission::Joins("r1".into()));
        assert_eq!(queue.admit(&LIMITS, "b", "p", "r3", seconds(1)), Admission::Asks(2));
        queue.leave("a", "p", "r1");
        assert_eq!(queue.admit(&LIMITS, "a", "p", "r4", seconds(2)), Admission::Asks(3));
        assert_eq!(queue.in_order().collect::<Vec<_>>(), ["r3", "r4"]);
    }

    #[test]
    fn nobody_has_more_waiting_or_asks_more_often_than_he_may() {
        let mut queue = Queue::default();
        assert_eq!(queue.admit(&LIMITS, "a", "p", "r1", seconds(0)), Admission::Asks(1));
        assert_eq!(queue.admit(&LIMITS, "a", "q", "r2", seconds(1)), Admission::Asks(2));
        assert_eq!(queue.admit(&LIMITS, "a", "r", "r3", seconds(2)), Admission::TooMany);
        queue.leave("a", "p", "r1");
        assert_eq!(queue.admit(&LIMITS, "a", "r", "r3", seconds(3)), Admission::Asks(3));
        queue.leave("a", "r", "r3");
        assert_eq!(queue.admit(&LIMITS, "a", "s", "r4", seconds(4)), Admission::TooOften(seconds(56)));
        assert_eq!(queue.admit(&LIMITS, "b", "s", "r5", seconds(4)), Admission::Asks(4));
        assert_eq!(queue.admit(&LIMITS, "a", "s", "r4", seconds(60)), Admission::Asks(5));
    }

    #[test]
    fn a_no_answers_the_same_plan_for_a_while() {
        let mut queue = Queue::default();
        queue.admit(&LIMITS, "a", "p", "r1", seconds(0));
        queue.leave("a", "p", "r1");
        queue.refused(&LIMITS, "a", "p", "r1", Some("not today".into()), seconds(10));
        let Admission::Refused(refusal) = queue.admit(&LIMITS, "a", "p", "r2", seconds(69)) else {
            panic!("it was asked again")
        };
        assert_eq!((refusal.request.as_str(), refusal.note.as_deref()), ("r1", Some("not today")));
        assert_eq!(refusal.left(seconds(69)), seconds(1));
        assert!(matches!(queue.admit(&LIMITS, "b", "p", "r3", seconds(69)), Admission::Asks(_)));
        assert!(matches!(queue.admit(&LIMITS, "a", "p", "r4", seconds(70)), Admission::Asks(_)));
    }

    #[test]
    fn leaving_twice_frees_one_place() {
        let mut queue = Queue::default();
        queue.admit(&LIMITS, "a", "p", "r1", seconds(0));
        queue.admit(&LIMITS, "a", "q", "r2", seconds(0));
        queue.leave("a", "p", "r1");
        queue.leave("a", "p", "r1");
        assert!(matches!(queue.admit(&LIMITS, "a", "p", "r3", seconds(1)), Admission::Asks(_)));
        queue.leave("a", "p", "r1");
        assert_eq!(queue.admit(&LIMITS, "a", "r", "r4", seconds(2)), Admission::TooMany);
    }

    #[test]
    fn what_is_remembered_of_refusals_has_an_end() {
        let mut queue = Queue::default();
        for number in 0..2 * REFUSALS {
            queue.refused(&LIMITS, "a", &format!("p{number}"), "r", None, seconds(0));
        }
        assert_eq!((queue.refusals.len(), queue.refused.len()), (REFUSALS, REFUSALS));
        queue.refused(&LIMITS, "a", "p", "r", None, seconds(60));
        assert_eq!((queue.refusals.len(), queue.refused.len()), (1, 1));
    }
}
