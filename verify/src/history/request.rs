//! The life of one request, step by step, as its leaves tell it.
//!
//! One leaf is one step. What is not in [`step`] cannot happen.

use super::said;
use crate::leaf::Leaf;

/// A request that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The leaf with which it came.
    pub(super) received: u64,
    client: String,
    plan: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Received,
    Pending,
    Orphaned,
    Approved,
    Claimed,
    Running,
}

impl Request {
    pub(super) fn waits_for_an_answer(&self) -> bool {
        matches!(self.state, State::Pending | State::Orphaned)
    }

    /// How it stands, in a few words.
    pub(super) fn stands(&self) -> &'static str {
        match self.state {
            State::Pending => "waits for a decision",
            State::Orphaned => {
                "waits for its client to ask again: the daemon was restarted before it was decided"
            }
            _ => "has not ended",
        }
    }
}

/// What becomes of a request by a leaf about it: `None` if it has ended.
pub(super) fn step(request: Option<&Request>, leaf: &Leaf) -> Result<Option<Request>, String> {
    let Some(request) = request else { return first(leaf) };
    let to = |state| Ok(Some(Request { state, ..request.clone() }));
    let end = Ok(None);
    match (leaf.kind.as_str(), request.state) {
        ("policy.evaluated", State::Received) => {
            same_plan(request, leaf)?;
            match said(leaf, "effect")? {
                "allow" => to(State::Approved),
                "ask" => to(State::Pending),
                "deny" => end,
                other => Err(format!("a policy does not say `{other}`")),
            }
        }
        ("approval.shown", State::Pending) => to(State::Pending),
        ("approval.decided", State::Pending) => {
            same_plan(request, leaf)?;
            if leaf.actor.kind != "human" {
                return Err("only a human decides".to_owned());
            }
            if leaf.actor.id == request.client {
                return Err("nobody decides his own request".to_owned());
            }
            match said(leaf, "verdict")? {
                "approve" => to(State::Approved),
                "deny" => end,
                other => Err(format!("`{other}` is no verdict")),
            }
        }
        ("request.expired" | "request.cancelled", State::Pending | State::Orphaned)
        | ("request.invalidated", State::Pending | State::Approved)
        | ("exec.drift_denied" | "exec.not_started", State::Approved) => end,
        ("request.orphaned", State::Pending) => to(State::Orphaned),
        ("request.reattached", State::Orphaned) => to(State::Pending),
        ("exec.claimed", State::Approved) => {
            same_plan(request, leaf)?;
            to(State::Claimed)
        }
        ("exec.started", State::Claimed) => to(State::Running),
        ("exec.finished", State::Claimed | State::Running) => match said(leaf, "outcome")? {
            "finished" | "failed" | "killed" => end,
            other => Err(format!("`{other}` is no outcome")),
        },
        ("exec.unknown", State::Claimed | State::Running) => end,
        (kind, state) => Err(format!("`{kind}` cannot follow: the request is {}", state.name())),
    }
}

fn first(leaf: &Leaf) -> Result<Option<Request>, String> {
    match leaf.kind.as_str() {
        "request.received" => {
            for key in ["display", "commit"] {
                said(leaf, key)?;
            }
            let (client, plan) = (said(leaf, "client")?.to_owned(), said(leaf, "plan")?.to_owned());
            Ok(Some(Request { received: leaf.idx, client, plan, state: State::Received }))
        }
        "request.rejected" => said(leaf, "reason").map(|_| None),
        kind => Err(format!("`{kind}` is about a request that was not received, or has ended")),
    }
}

fn same_plan(request: &Request, leaf: &Leaf) -> Result<(), String> {
    if said(leaf, "plan")? == request.plan {
        Ok(())
    } else {
        Err(format!("`{}` is about another plan than the one that was asked for", leaf.kind))
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Pending => "pending",
            State::Orphaned => "orphaned",
            State::Approved => "approved",
            State::Claimed => "claimed",
            State::Running => "running",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::leaf;

    /// The leaf of a step, as it is when all is well.
    fn good(kind: &str) -> Leaf {
        let (kind, choice) = kind.split_once(' ').unwrap_or((kind, ""));
        let mut body = vec![("plan", "sha256:1"), ("display", "x"), ("commit", "c"), ("client", "agent")];
        body.extend([("effect", choice), ("verdict", choice), ("outcome", choice), ("reason", choice)]);
        leaf(1, kind, "r", &body)
    }

    fn follow(kinds: &[&str]) -> Result<Option<Request>, String> {
        kinds.iter().try_fold(None, |request: Option<Request>, kind| step(request.as_ref(), &good(kind)))
    }

    const ASKED: [&str; 2] = ["request.received", "policy.evaluated ask"];

    fn check(kinds: &[&str], ends_in: Option<State>) {
        let kinds = kinds
            .iter()
            .flat_map(|kind| if *kind == "asked" { &ASKED[..] } else { std::slice::from_ref(kind) });
        let kinds: Vec<&str> = kinds.copied().collect();
        let end = follow(&kinds).unwrap_or_else(|why| panic!("{kinds:?}: {why}"));
        assert_eq!(end.map(|request| request.state), ends_in, "{kinds:?}");
    }

    #[test]
    fn every_way_of_the_lifecycle_is_legal() {
        check(&["request.rejected E_RATE"], None);
        check(&["request.received", "policy.evaluated deny"], None);
        check(&["request.received", "policy.evaluated allow"], Some(State::Approved));
        check(&["asked", "approval.shown", "approval.shown", "approval.decided deny"], None);
        check(&["asked", "request.expired"], None);
        check(&["asked", "request.cancelled"], None);
        check(&["asked", "request.invalidated"], None);
        check(&["asked", "request.orphaned", "request.reattached"], Some(State::Pending));
        check(&["asked", "request.orphaned", "request.cancelled"], None);
        check(&["asked", "approval.decided approve", "request.invalidated"], None);
        check(&["asked", "approval.decided approve", "exec.drift_denied"], None);
        check(&["asked", "approval.decided approve", "exec.not_started"], None);
        check(&["asked", "approval.decided approve", "exec.claimed", "exec.finished failed"], None);
        check(&["asked", "approval.decided approve", "exec.claimed", "exec.started"], Some(State::Running));
        check(
            &["asked", "approval.decided approve", "exec.claimed", "exec.started", "exec.finished finished"],
            None,
        );
        check(&["asked", "approval.decided approve", "exec.claimed", "exec.started", "exec.unknown"], None);
    }

    #[test]
    fn what_the_lifecycle_does_not_have_is_illegal() {
        for kinds in [
            &["exec.claimed"][..],
            &["policy.evaluated allow"],
            &["request.received", "request.received"],
            &["request.received", "exec.claimed"],
            &["request.received", "approval.decided approve"],
            &["request.received", "policy.evaluated maybe"],
            &["request.received", "policy.evaluated deny", "exec.claimed"],
            &["request.received", "policy.evaluated allow", "policy.evaluated allow"],
            &["request.received", "policy.evaluated allow", "approval.shown"],
            &["request.received", "policy.evaluated allow", "exec.started"],
            &["request.received", "policy.evaluated allow", "exec.claimed", "exec.claimed"],
            &["request.received", "policy.evaluated allow", "exec.claimed", "exec.started", "exec.started"],
            &["request.received", "policy.evaluated allow", "exec.claimed", "exec.finished well"],
            &["request.received", "policy.evaluated ask", "exec.claimed"],
            &["request.received", "policy.evaluated ask", "request.orphaned", "approval.decided approve"],
            &["request.received", "policy.evaluated ask", "approval.decided deny", "exec.claimed"],
            &["request.received", "policy.evaluated ask", "request.expired", "approval.decided approve"],
        ] {
            assert!(follow(kinds).is_err(), "{kinds:?}");
        }
    }

    #[test]
    fn what_runs_is_what_was_asked() {
        for (kind, before) in [
            ("policy.evaluated allow", &["request.received"][..]),
            ("approval.decided approve", &ASKED),
            ("exec.claimed", &["request.received", "policy.evaluated allow"]),
        ] {
            let request = follow(before).unwrap();
            let mut other = good(kind);
            other.body.insert("plan".to_owned(), "sha256:2".into());
            assert!(step(request.as_ref(), &other).is_err(), "{kind}");
            other.body.remove("plan");
            assert!(step(request.as_ref(), &other).is_err(), "{kind}");
        }
    }

    #[test]
    fn a_requester_or_a_program_decides_nothing() {
        let request = follow(&ASKED).unwrap();
        let mut decided = good("approval.decided approve");
        assert!(step(request.as_ref(), &decided).is_ok());
        decided.actor.id = "agent".to_owned();
        assert!(step(request.as_ref(), &decided).is_err());
        decided.actor.id = "owner".to_owned();
        decided.actor.kind = "client".to_owned();
        assert!(step(request.as_ref(), &decided).is_err());
    }
}
