//! What a request is, as it is stored and shown.
//!
//! All that is known of a request is here, in the form in which clients see it.
//! What may happen to it is decided in [`life`]; [`Request::happened`] writes
//! down what did.

pub mod answer;
pub mod display;
pub mod life;
pub mod state;

use std::fmt::Write as _;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grants::Scope;
use super::kinship::Party;
use crate::exec::Because;
use crate::exec::render::Level;
use life::{Event, Life, Moment, Outcome, Ruling, Step, Term, Verdict};
use state::State;

/// So many more reasons are kept of who asks for the same again.
const MORE: usize = 3;
/// And so many of the others are counted: each takes a write.
const COUNTED: u32 = 999;

/// A request that something be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// What it is called.
    pub id: String,
    /// Where it is in its life.
    pub state: State,
    /// What the client that asked is called.
    pub client: String,
    /// Which enrolment of that name it is.
    pub client_id: String,
    /// What is to be run, in one line; for reading only, a plan is more than that.
    pub display: String,
    /// The digest of the plan.
    pub plan: String,
    /// The begin of that, for comparing by eye and for nothing else.
    pub code: String,
    /// How much the worst of its hints matters; nothing if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Level>,
    /// What the client says it is for; nobody has verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What else it said, when it asked for the same again while this waited; at most three of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_reasons: Vec<String>,
    /// How often it said still something else after that, which is not kept; counted up to 999.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reasons_left_out: u32,
    /// By what the client knows it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether it is wanted even if its client has gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detached: bool,
    /// When it was asked for.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// Until when somebody may decide it.
    #[schemars(with = "String")]
    pub expires: Timestamp,
    /// What policy and grants said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruled: Option<Ruled>,
    /// What a person said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// What was run, and how that went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executed: Option<Executed>,
    /// Why it ended where it did, if nobody decided that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The last leaf of the record that is about it.
    pub audit_index: u64,
    /// How often something has become of it.
    pub rev: u64,
    /// Who asked, by process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub party: Option<Party>,
    /// Who else has asked for it, now or in an earlier daemon.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    pub others: Vec<Party>,
    /// Until when it may be decided, by the clock that nobody can set.
    #[serde(skip)]
    pub term: Option<Term>,
}

/// What policy and grants said to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ruled {
    /// What they said.
    pub ruling: Ruling,
    /// Which of them: `rule:ID`, `grant:ID`, `default`.
    pub by: String,
    /// What the rule gives as its reason; what the grant allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The revision of the policy.
    pub policy: u64,
}

/// What a person said to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// What he said.
    pub verdict: Verdict,
    /// Who he was.
    pub by: String,
    /// Where he said it.
    pub surface: String,
    /// For how long his yes holds.
    pub scope: Scope,
    /// What he had to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The grant that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// What that allows, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allows: Option<String>,
}

/// An execution, and how it went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Executed {
    /// Which attempt it was; there is never another one.
    pub claim: String,
    /// Its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i32>,
    /// When it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub started: Option<Timestamp>,
    /// When it had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ended: Option<Timestamp>,
    /// Its exit status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// The digest of all that it wrote to its standard output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout_sha256: String,
    /// The digest of all that it wrote to its standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr_sha256: String,
    /// How many bytes it wrote to both.
    #[serde(default)]
    pub bytes: u64,
    /// Why it was ended, if it did not end by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub killed_because: Option<Because>,
    /// What it left running, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_running: Option<String>,
}

/// How the reason begins of what has ended without a row that says so.
const UNRECORDED: &str = "that could not be recorded";

impl Request {
    /// What its life depends on.
    pub fn life(&self) -> Life {
        let never = Moment { wall: self.expires, uptime: std::time::Duration::MAX };
        Life {
            state: self.state,
            plan: self.plan.clone(),
            client: self.client_id.clone(),
            term: self.term.unwrap_or(Term { ends: never, at_last: never }),
        }
    }

    /// Writes down what has become of it, and the leaf that says so.
    pub fn happened(&mut self, event: &Event, step: &Step, leaf: Option<u64>, now: Moment) {
        self.state = step.state;
        self.term = Some(step.term);
        self.expires = step.term.ends.wall;
        self.audit_index = leaf.unwrap_or(self.audit_index);
        self.rev += 1;
        match event {
            Event::Outlawed { by } => self.because = Some(format!("policy says no by now ({by})")),
            Event::Cancelled(why) | Event::Unable(why) => self.because = Some((*why).to_owned()),
            Event::Drifted { was, now } => self.because = Some(format!("{was} became {now}")),
            Event::Found if self.state != State::Orphaned => {
                self.because = Some("the daemon ended meanwhile".to_owned());
            }
            Event::Claimed { claim, .. } => {
                self.executed = Some(Executed { claim: claim.clone(), ..Executed::default() });
            }
            Event::Started { pid } => {
                let executed = self.executed.get_or_insert_default();
                (executed.pid, executed.started) = (Some(*pid), Some(now.wall));
            }
            Event::Ended { outcome, out, err, bytes } => {
                let executed = self.executed.get_or_insert_default();
                (executed.stdout_sha256, executed.stderr_sha256) = (out.clone(), err.clone());
                (executed.bytes, executed.ended) = (*bytes, Some(now.wall));
                match outcome {
                    Outcome::Exited(status) => executed.exit = Some(*status),
                    Outcome::Signalled(signal) => executed.signal = Some(*signal),
                    Outcome::NotStarted => {}
                }
            }
            _ => {}
        }
    }

    /// What it is to those who wait for it, once its end is known and cannot be recorded, and why not. What is
    /// not known to have run has not, and will not.
    pub fn unrecorded(&self, why: &str) -> Request {
        let state = match self.state {
            State::Received | State::Pending | State::Orphaned => State::Cancelled,
            State::Approved => State::NotStarted,
            State::Claimed | State::Running => State::Unknown,
            over => over,
        };
        Request { state, because: Some(format!("{UNRECORDED}: {why}")), rev: self.rev + 1, ..self.clone() }
    }

    /// Whether what it is now is in no row.
    pub(super) fn is_unrecorded(&self) -> bool {
        self.because.as_ref().is_some_and(|because| because.starts_with(UNRECORDED))
    }

    /// Whether this is another reason than those that are known, and it is kept or counted while it waits.
    pub fn takes_reason(&self, reason: &str) -> bool {
        let is_known = self.reason.iter().chain(&self.more_reasons).any(|known| known == reason);
        self.state == State::Pending && !is_known && !reason.is_empty() && self.reasons_left_out < COUNTED
    }

    /// Keeps one that it takes, or counts it if there is no room.
    pub fn add_reason(&mut self, reason: String) {
        match self.more_reasons.len() < MORE {
            true => self.more_reasons.push(reason),
            false => self.reasons_left_out += 1,
        }
    }

    /// As whoever asked may see it: without what is only for finding out who decides.
    pub fn shown(&self) -> Request {
        Request { party: None, others: Vec::new(), ..self.clone() }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A name for something new that nobody can guess and a person can type.
pub fn new_id() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bits = [0; 10];
    let mut filled = 0;
    while filled < bits.len() {
        filled += rustix::rand::getrandom(&mut bits[filled..], rustix::rand::GetRandomFlags::empty())
            .expect("the kernel's generator is ready long before any daemon");
    }
    let mut id = String::with_capacity(bits.len());
    for byte in bits {
        write!(id, "{}", char::from(LETTERS[usize::from(byte % 32)]))
            .expect("writing to a string cannot fail");
    }
    id
}
