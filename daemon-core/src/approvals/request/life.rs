//! The life of a request: what may happen to it, and what each step is told as in the record.
//!
//! One function decides all of it, [`step`]: from what a request is, what
//! happens and what time it is, to what it is then and the one leaf that says
//! so. It reads no clock, no table and no policy; whoever acts on its answer
//! writes the state and the leaf in one transaction, or neither.
//!
//! What must hold, whatever happens in whatever order (each is a property
//! test): one execution at most; none without the leaf of its claim; what is
//! claimed is the plan that was asked for; a decision is about the plan that
//! was shown; what is over stays so; nobody decides his own request; nothing
//! but an allowing rule or a person's yes allows.

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::state::State;

/// Both of the daemon's clocks at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of day.
    pub wall: Timestamp,
    /// What only ever goes forward.
    pub uptime: Duration,
}

/// What of a request its life depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Where it is.
    pub state: State,
    /// The digest of what is to be run.
    pub plan: String,
    /// Who asked for it.
    pub client: String,
    /// Until when somebody may decide it.
    pub term: Term,
}

/// Until when somebody may decide a request: whichever clock gets there first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// As it is now.
    pub ends: Moment,
    /// Reading it cannot put that off beyond this.
    pub at_last: Moment,
}

impl Term {
    /// A term of this length from now on, which reading may double.
    pub fn of(length: Duration, now: Moment) -> Term {
        Term { ends: now.after(length), at_last: now.after(length * 2) }
    }

    /// Whether it is over, by either clock.
    pub fn is_over(self, now: Moment) -> bool {
        self.ends.wall <= now.wall || self.ends.uptime <= now.uptime
    }

    /// Reading gives so much time from now on, and takes none.
    fn put_off(self, now: Moment, more: Duration) -> Term {
        let then = now.after(more);
        let ends = Moment {
            wall: then.wall.max(self.ends.wall).min(self.at_last.wall),
            uptime: then.uptime.max(self.ends.uptime).min(self.at_last.uptime),
        };
        Term { ends, ..self }
    }
}

impl Moment {
    /// So much later, by both clocks.
    pub fn after(self, length: Duration) -> Moment {
        Moment {
            wall: self.wall.saturating_add(length).expect("a length is no span of calendar units"),
            uptime: self.uptime.saturating_add(length),
        }
    }
}

/// What policy and grants say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It may run.
    Allow,
    /// A person is to be asked.
    Ask,
    /// It may not run.
    Deny,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApprovalVerdict")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// It could not be started.
    NotStarted,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Policy and grants have been asked.
    Ruled {
        /// What they say.
        ruling: Ruling,
        /// Which of them: `rule:ID`, `grant:ID`, `default`.
        by: String,
    },
    /// It was shown to somebody who may decide it.
    Shown {
        /// Where.
        surface: &'static str,
        /// How much time that gives him, from now on.
        more: Duration,
    },
    /// Somebody decided.
    Decided {
        /// What he says.
        verdict: Verdict,
        /// The digest of what he was shown.
        plan: String,
        /// Who he is.
        approver: String,
        /// Whether he asked for it himself, as far as connection and process tell.
        is_requester: bool,
        /// For how long his yes holds.
        scope: String,
        /// What he has to say about it.
        note: Option<String>,
    },
    /// Time has passed.
    Passed,
    /// It is not wanted any more, and why.
    Cancelled(&'static str),
    /// Policy says no by now.
    Outlawed {
        /// Which rule.
        by: String,
    },
    /// A new daemon finds it.
    Found,
    /// Its client asks for it again.
    Retaken {
        /// Who asks.
        client: String,
        /// For what.
        plan: String,
        /// Until when that may be decided.
        term: Term,
    },
    /// What it would run is not what was approved.
    Drifted {
        /// What was approved.
        was: String,
        /// What is there.
        now: String,
    },
    /// It cannot be run now, and why.
    Unable(&'static str),
    /// It is about to be run.
    Claimed {
        /// By which attempt.
        claim: String,
        /// The digest of what will be run.
        plan: String,
    },
    /// Its process is there.
    Started {
        /// The process.
        pid: i32,
    },
    /// Its process has ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// The digest of its standard output.
        out: String,
        /// The digest of its standard error.
        err: String,
        /// How much it wrote to both.
        bytes: u64,
    },
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it is now.
    pub state: State,
    /// Until when somebody may decide it now.
    pub term: Term,
    /// What the record says of it; nothing only if nothing changed.
    pub leaf: Option<Leaf>,
}

/// The record's word for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its type.
    pub kind: &'static str,
    /// What it says; numbers are decimal texts.
    pub body: Map<String, Value>,
}

/// Why something does not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not wait for this any more.
    #[error("the request is {} already", .0.name().replace('_', " "))]
    Past(State),
    /// It is about another plan.
    #[error("what was shown is not what was asked for")]
    OtherPlan,
    /// Who asked would decide.
    #[error("whoever asks cannot decide")]
    OwnRequest,
}

/// What becomes of a request by an event.
///
/// # Errors
/// Why nothing becomes of it; it stays as it is.
pub fn step(life: &Life, event: Event, now: Moment) -> Result<Step, Refused> {
    use State::{Approved, Claimed, Orphaned, Pending, Received, Running};
    let to = |state, kind, body: Value| {
        let Value::Object(body) = body else { unreachable!("a leaf's body is an object") };
        Ok(Step { state, term: life.term, leaf: Some(Leaf { kind, body }) })
    };
    let nothing = Ok(Step { state: life.state, term: life.term, leaf: None });
    let is_late = life.term.is_over(now);
    match (life.state, event) {
        (Received, Event::Ruled { ruling, by }) => {
            let (state, effect) = match ruling {
                Ruling::Allow => (Approved, "allow"),
                Ruling::Ask => (Pending, "ask"),
                Ruling::Deny => (State::DeniedPolicy, "deny"),
            };
            to(state, "policy.evaluated", json!({"effect": effect, "by": by, "plan": life.plan}))
        }
        // Whatever comes too late finds it expired, also before anybody has noticed.
        (Pending | Orphaned, Event::Passed | Event::Decided { .. } | Event::Retaken { .. }) if is_late => {
            to(State::Expired, "request.expired", json!({}))
        }
        (Pending | Orphaned, Event::Passed) => nothing,
        (Pending, Event::Shown { surface, more }) => Ok(Step {
            state: Pending,
            term: life.term.put_off(now, more),
            leaf: Some(Leaf {
                kind: "approval.shown",
                body: Map::from_iter([("surfaces".to_owned(), json!([surface]))]),
            }),
        }),
        (Pending, Event::Decided { verdict, plan, approver, is_requester, scope, note }) => {
            if is_requester || approver == life.client {
                return Err(Refused::OwnRequest);
            }
            if plan != life.plan {
                return Err(Refused::OtherPlan);
            }
            let (state, verdict) = match verdict {
                Verdict::Approve => (Approved, "approve"),
                Verdict::Deny => (State::DeniedUser, "deny"),
            };
            let mut body = json!({"verdict": verdict, "plan": plan, "scope": scope});
            if let Some(note) = note {
                body["note"] = json!(note);
            }
            to(state, "approval.decided", body)
        }
        (Pending | Orphaned, Event::Cancelled(why)) => {
            to(State::Cancelled, "request.cancelled", json!({"reason": why}))
        }
        (Pending | Approved, Event::Outlawed { by }) => {
            to(State::Invalidated, "request.invalidated", json!({"by": by}))
        }
        (Pending, Event::Found) => to(Orphaned, "request.orphaned", json!({})),
        (Approved, Event::Found) => {
            to(State::NotStarted, "exec.not_started", json!({"reason": "the daemon ended before it ran"}))
        }
        (Claimed | Running, Event::Found) => to(State::Unknown, "exec.unknown", json!({})),
        (Orphaned, Event::Retaken { client, plan, term }) => {
            if client != life.client || plan != life.plan {
                return Err(Refused::OtherPlan);
            }
            let taken = to(Pending, "request.reattached", json!({}))?;
            Ok(Step { term, ..taken })
        }
        (Approved, Event::Drifted { was, now }) => {
            to(State::DriftDenied, "exec.drift_denied", json!({"was": was, "now": now}))
        }
        (Approved, Event::Unable(why)) => to(State::NotStarted, "exec.not_started", json!({"reason": why})),
        (Approved, Event::Claimed { claim, plan }) => match plan == life.plan {
            true => to(Claimed, "exec.claimed", json!({"plan": plan, "claim": claim})),
            false => Err(Refused::OtherPlan),
        },
        (Claimed, Event::Started { pid }) => to(Running, "exec.started", json!({"pid": pid.to_string()})),
        (Claimed | Running, Event::Ended { outcome, out, err, bytes }) => {
            let mut body = json!({"out": out, "err": err, "bytes": bytes.to_string()});
            let (state, word) = match outcome {
                Outcome::Exited(_) => (State::Finished, "finished"),
                Outcome::NotStarted => (State::Failed, "failed"),
                Outcome::Signalled(_) => (State::Killed, "killed"),
            };
            body["outcome"] = json!(word);
            match outcome {
                Outcome::Exited(code) => body["code"] = json!(code.to_string()),
                Outcome::Signalled(signal) => body["signal"] = json!(signal.to_string()),
                Outcome::NotStarted => {}
            }
            to(state, "exec.finished", body)
        }
        (state, _) => Err(Refused::Past(state)),
    }
}
