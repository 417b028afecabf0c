//! Which order of leaves is possible, however well they are signed.
//!
//! A signature says that the record is as the daemon wrote it. It does not say
//! that the daemon did right. So the leaves are followed as the daemon's own
//! rules have it: a request goes from state to state by single steps and never
//! leaves an end; what runs is what was asked and approved; nobody decides his
//! own request; a grant that ended is not used.
//!
//! Nothing here reads a file or checks a hash. Requests that have ended are
//! remembered only as marks in a filter of fixed size, so that memory does not
//! grow with the record: what the filter takes for a repetition is a
//! [`Suspect`], to be looked for in the record itself.

mod grants;
mod request;
mod seen;

use std::collections::HashMap;

use crate::leaf::Leaf;
use grants::Grants;
use request::{Request, step};
use seen::Seen;

/// The most examples of one kind that are kept for the report; all are counted.
const EXAMPLES: usize = 20;

/// A leaf that could not have followed those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Illegal {
    /// Which leaf.
    pub index: u64,
    /// Why not.
    pub why: String,
}

/// A request that may have been there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Which request.
    pub request: String,
    /// Where it is received for the second time, if it is.
    pub index: u64,
}

/// Where the clocks do not go on from the leaf before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The leaf after it.
    pub index: u64,
    /// What happened.
    pub what: &'static str,
}

/// A request that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Which request.
    pub request: String,
    /// The leaf with which it came.
    pub received: u64,
    /// How it stands, in a few words.
    pub stands: &'static str,
}

/// Some of a kind, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examples<T> {
    /// The first of them.
    pub first: Vec<T>,
    /// How many there are in all.
    pub count: u64,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub struct History {
    requests: HashMap<String, Request>,
    seen: Seen,
    grants: Grants,
    last: Option<Moment>,
    is_running: bool,
    gaps: Examples<Gap>,
    unanswered: Examples<u64>,
    suspects: Examples<Suspect>,
}

#[derive(Debug)]
struct Moment {
    boot: String,
    mono: u64,
    time: String,
}

impl History {
    /// Takes the next leaf.
    ///
    /// # Errors
    /// If it could not follow. What was before stands.
    pub fn follow(&mut self, leaf: &Leaf) -> Result<(), Illegal> {
        self.clocks(leaf);
        self.judge(leaf).map_err(|why| Illegal { index: leaf.idx, why })
    }

    /// Where the clocks jumped, or the machine or the daemon died.
    pub fn gaps(&self) -> &Examples<Gap> {
        &self.gaps
    }

    /// Asks that ended without an answer, by the leaf of their end.
    pub fn unanswered(&self) -> &Examples<u64> {
        &self.unanswered
    }

    /// Requests that have not ended, in the order in which they were received.
    pub fn open(&self) -> Examples<Open> {
        let mut open: Vec<_> = self.requests.iter().collect();
        open.sort_by_key(|(_, request)| request.received);
        let mut examples = Examples::default();
        for (id, request) in open {
            examples.add_with(|| Open {
                request: id.clone(),
                received: request.received,
                stands: request.stands(),
            });
        }
        examples
    }

    /// Requests that may have been there before.
    pub fn suspects(&self) -> &Examples<Suspect> {
        &self.suspects
    }

    fn judge(&mut self, leaf: &Leaf) -> Result<(), String> {
        if (leaf.idx == 0) != (leaf.kind == "log.opened") {
            return Err("a record begins with `log.opened`, and never again".to_owned());
        }
        let (noun, verb) = leaf.kind.split_once('.').unwrap_or((leaf.kind.as_str(), ""));
        match noun {
            _ if noun.starts_with("x-") => Ok(()),
            "request" | "approval" | "exec" => self.request(leaf),
            "policy" if verb == "evaluated" => self.request(leaf),
            "policy" if verb == "loaded" => needs(leaf, &["rev", "sha256"]),
            "grant" => self.grants.follow(verb, leaf),
            "client" if ["enrolled", "muted", "revoked"].contains(&verb) => Ok(()),
            "daemon" if ["started", "stopped"].contains(&verb) => {
                self.life(verb, leaf.idx);
                Ok(())
            }
            "auth" if verb == "failed" => Ok(()),
            "log" if verb == "opened" => needs(leaf, &["vkey"]),
            "call" if verb == "made" => needs(leaf, &["op", "outcome"]),
            "call" if verb == "refused" => needs(leaf, &["op", "code"]),
            _ => Err(format!("there are no leaves of the kind `{}`", leaf.kind)),
        }
    }

    fn request(&mut self, leaf: &Leaf) -> Result<(), String> {
        let id = leaf.req.as_deref().ok_or("it is about a request and does not say which")?;
        let known = self.requests.get(id);
        let next = step(known, leaf)?;
        if known.is_none() && !self.seen.mark(id) {
            self.suspects.add(Suspect { request: id.to_owned(), index: leaf.idx });
        }
        let was_asked = known.is_some_and(Request::waits_for_an_answer);
        match next {
            Some(request) => drop(self.requests.insert(id.to_owned(), request)),
            None => drop(self.requests.remove(id)),
        }
        if was_asked && leaf.kind == "request.expired" {
            self.unanswered.add(leaf.idx);
        }
        Ok(())
    }

    fn life(&mut self, verb: &str, index: u64) {
        if verb == "started" && self.is_running {
            self.gaps.add(Gap { index, what: "the daemon before this one ended without a word" });
        }
        self.is_running = verb == "started";
    }

    fn clocks(&mut self, leaf: &Leaf) {
        if let Some(last) = &self.last {
            let what = if last.boot != leaf.boot {
                Some("the machine was started again")
            } else if leaf.mono < last.mono {
                Some("time since the machine started went backwards")
            } else if leaf.t < last.time {
                Some("the wall clock was set back")
            } else {
                None
            };
            if let Some(what) = what {
                self.gaps.add(Gap { index: leaf.idx, what });
            }
        }
        match &mut self.last {
            Some(last) => {
                last.boot.clone_from(&leaf.boot);
                last.time.clone_from(&leaf.t);
                last.mono = leaf.mono;
            }
            none => {
                *none = Some(Moment { boot: leaf.boot.clone(), mono: leaf.mono, time: leaf.t.clone() });
            }
        }
    }
}

impl<T> Examples<T> {
    fn add(&mut self, example: T) {
        self.add_with(|| example);
    }

    fn add_with(&mut self, example: impl FnOnce() -> T) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(example());
        }
    }
}

impl<T> Default for Examples<T> {
    fn default() -> Self {
        Examples { first: Vec::new(), count: 0 }
    }
}

/// The text of `key` in the body, which must be there.
fn said<'a>(leaf: &'a Leaf, key: &str) -> Result<&'a str, String> {
    leaf.text(key).ok_or_else(|| format!("`{}` must say `{key}`", leaf.kind))
}

fn needs(leaf: &Leaf, keys: &[&str]) -> Result<(), String> {
    let absent = keys.iter().find(|key| !leaf.body.contains_key(**key));
    absent.map_or(Ok(()), |key| Err(format!("`{}` must say `{key}`", leaf.kind)))
}

/// A leaf for tests, of a kind and with a body of texts.
#[cfg(test)]
fn leaf(index: u64, kind: &str, request: &str, body: &[(&str, &str)]) -> Leaf {
    Leaf {
        actor: crate::leaf::Actor {
            id: "owner".to_owned(),
            kind: "human".to_owned(),
            presence: None,
            surface: "cli".to_owned(),
        },
        body: body.iter().map(|(key, text)| ((*key).to_owned(), (*text).into())).collect(),
        boot: "b".to_owned(),
        idx: index,
        log: "log.example/1".to_owned(),
        mono: index,
        policy: None,
        req: Some(request.to_owned()).filter(|request| !request.is_empty()),
        t: "2026-11-21T01:23:45.123456Z".to_owned(),
        kind: kind.to_owned(),
        v: "1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, request and body.
    type Told<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    const OPENED: Told<'_> = ("log.opened", "", &[("vkey", "k")]);

    fn follow(leaves: &[Told<'_>]) -> (History, Result<(), Illegal>) {
        let mut history = History::default();
        for (index, (kind, request, body)) in (0..).zip(leaves) {
            if let Err(illegal) = history.follow(&leaf(index, kind, request, body)) {
                return (history, Err(illegal));
            }
        }
        (history, Ok(()))
    }

    #[test]
    fn a_record_is_opened_once() {
        assert!(follow(&[OPENED]).1.is_ok());
        assert_eq!(follow(&[OPENED, OPENED]).1.unwrap_err().index, 1);
        assert_eq!(follow(&[("daemon.started", "", &[])]).1.unwrap_err().index, 0);
    }

    #[test]
    fn an_unknown_kind_is_an_error_unless_it_is_marked() {
        assert!(follow(&[OPENED, ("x-plugin.did", "", &[]), ("auth.failed", "", &[])]).1.is_ok());
        assert!(follow(&[OPENED, ("secret.shown", "", &[])]).1.is_err());
        assert!(follow(&[OPENED, ("policy.forgotten", "", &[])]).1.is_err());
    }

    #[test]
    fn a_crash_is_a_gap() {
        let (history, outcome) = follow(&[
            OPENED,
            ("daemon.started", "", &[]),
            ("daemon.stopped", "", &[]),
            ("daemon.started", "", &[]),
        ]);
        assert_eq!((outcome, history.gaps().count), (Ok(()), 0));
        let (history, _) = follow(&[OPENED, ("daemon.started", "", &[]), ("daemon.started", "", &[])]);
        assert_eq!(history.gaps().first[0].index, 2);
    }

    #[test]
    fn a_clock_that_goes_back_is_a_gap() {
        let mut history = History::default();
        let mut later = leaf(1, "x-a.b", "", &[]);
        later.mono = 0;
        let mut earlier = later.clone();
        earlier.t = "2026-11-21T01:23:45.123455Z".to_owned();
        let mut elsewhere = earlier.clone();
        elsewhere.boot = "c".to_owned();
        let mut first = leaf(0, "log.opened", "", &[("vkey", "k")]);
        first.mono = 9;
        for leaf in [&first, &later, &earlier, &elsewhere] {
            history.follow(leaf).unwrap();
        }
        assert_eq!(history.gaps().count, 3);
    }

    #[test]
    fn what_waits_is_open_and_what_nobody_answered_is_told() {
        let received: &[(&str, &str)] =
            &[("client", "a"), ("plan", "sha256:1"), ("display", "x"), ("commit", "c")];
        let asks: &[(&str, &str)] = &[("effect", "ask"), ("plan", "sha256:1")];
        let (history, outcome) = follow(&[
            OPENED,
            ("request.received", "r1", received),
            ("request.received", "r2", received),
            ("policy.evaluated", "r1", asks),
            ("policy.evaluated", "r2", asks),
            ("request.expired", "r2", &[]),
        ]);
        assert_eq!(outcome, Ok(()));
        let open = history.open().first;
        assert_eq!((open.len(), open[0].request.as_str(), open[0].received), (1, "r1", 1));
        assert_eq!(history.unanswered().first, [5]);
        assert_eq!(history.suspects().count, 0);
    }

    #[test]
    fn what_a_restart_left_undecided_waits() {
        let received: &[(&str, &str)] =
            &[("client", "a"), ("plan", "sha256:1"), ("display", "x"), ("commit", "c")];
        let effect = |effect| vec![("effect", effect), ("plan", "sha256:1")];
        let (asks, allows) = (effect("ask"), effect("allow"));
        let (history, outcome) = follow(&[
            OPENED,
            ("request.received", "orphan", received),
            ("request.received", "pending", received),
            ("request.received", "runs", received),
            ("policy.evaluated", "orphan", &asks),
            ("policy.evaluated", "pending", &asks),
            ("policy.evaluated", "runs", &allows),
            ("request.orphaned", "orphan", &[]),
        ]);
        assert_eq!(outcome, Ok(()));
        let stands: Vec<&str> = history.open().first.iter().map(|open| open.stands).collect();
        assert!(stands[0].starts_with("waits for its client"), "{stands:?}");
        assert_eq!(stands[1..], ["waits for a decision", "has not ended"]);
    }

    #[test]
    fn a_request_that_comes_twice_is_suspected() {
        let rejected: &[(&str, &str)] = &[("reason", "E_INVALID")];
        let (history, _) =
            follow(&[OPENED, ("request.rejected", "r", rejected), ("request.rejected", "r", rejected)]);
        assert_eq!(history.suspects().first, [Suspect { request: "r".to_owned(), index: 2 }]);
    }
}
