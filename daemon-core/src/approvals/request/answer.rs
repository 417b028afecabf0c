//! What whoever asked is told in the end.
//!
//! One neutral sentence, made for programs and models: what happened, whether
//! it helps to ask again, and a person's reason in his own words. Nobody
//! answered is told as that, and never as a no.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::depart::is_departure;
use super::life::{Ruling, Verdict};
use super::state::State;
use super::{Executed, Request, Ruled};
use crate::exec::{Because, Bytes};
use crate::kernel::{Code, Fault};
use crate::text::{quoted, visible};

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Which request.
    pub request_id: String,
    /// Where it is in its life.
    pub state: State,
    /// Why it was not run, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What happened, in one sentence.
    pub message: String,
    /// Why somebody said no, in his words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deny_reason: Option<String>,
    /// What decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Decider>,
    /// Where a person decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<String>,
    /// Whether it helps to ask again.
    pub retry: Retry,
    /// The exit status of what was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// What it wrote to its standard output, as far as that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<Bytes>,
    /// What it wrote to its standard error, as far as that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<Bytes>,
    /// Whether it wrote more than is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The last leaf of the record that is about it.
    pub audit_index: u64,
}

/// What decided a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// A person.
    Human,
    /// A rule of the policy.
    Rule,
    /// A person's earlier yes.
    Grant,
    /// Nobody, in time.
    Timeout,
    /// The daemon, for a reason that is none of these.
    System,
}

/// Whether it helps to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It will not be different.
    Never,
    /// Only for something else, or once something has changed.
    AfterChange,
    /// It may be.
    Ok,
}

/// What was kept of the output.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Of standard output.
    pub out: Vec<u8>,
    /// Of standard error.
    pub err: Vec<u8>,
    /// Whether there was more.
    pub is_cut: bool,
}

impl Answer {
    /// The answer as it is now.
    pub fn of(request: &Request, kept: Option<&Kept>) -> Answer {
        let (code, retry) = code_of(request);
        let executed = request.executed.as_ref();
        let has_ended = executed.is_some_and(|it| it.ended.is_some());
        let kept = kept.filter(|_| has_ended);
        Answer {
            request_id: request.id.clone(),
            state: request.state,
            code: code.map(|(_, reason)| reason.to_owned()),
            message: sentence(request),
            deny_reason: deny_reason(request),
            decided_by: decider(request),
            surface: request.decided.as_ref().map(|decided| decided.surface.clone()),
            retry,
            exit: executed.and_then(|it| it.exit),
            signal: executed.and_then(|it| it.signal),
            stdout: kept.map(|kept| Bytes::from(kept.out.clone())),
            stderr: kept.map(|kept| Bytes::from(kept.err.clone())),
            truncated: kept.is_some_and(|kept| kept.is_cut),
            audit_index: request.audit_index,
        }
    }

    /// The fault of a request that was not run, or waits; nothing if it was run.
    pub fn fault(&self, request: &Request) -> Option<Fault> {
        let (code, reason) = match (code_of(request).0, self.state) {
            (Some((code, reason)), _) => (code, Some(reason)),
            (None, State::Pending | State::Orphaned | State::Received) => (Code::Pending, None),
            (None, _) => return None,
        };
        let mut fault = Fault::new(code, self.message.clone());
        if let Some(reason) = reason {
            fault = fault.reason(reason);
        }
        if code == Code::Pending {
            fault = fault.hint(format!(
                "wait for it (hob request wait {0}); a person decides: hob approve {0}",
                self.request_id
            ));
        }
        if request.is_unrecorded() {
            fault = fault.hint("`hob doctor` says what is wrong with the record, and what to do");
        }
        Some(fault.about(self.request_id.clone(), serde_json::to_value(self).ok()))
    }
}

/// The codes of a request that is not run, and whether it helps to ask again.
fn code_of(request: &Request) -> (Option<(Code, &'static str)>, Retry) {
    let (code, reason, retry) = match request.state {
        State::Finished | State::Failed | State::Killed => return (None, Retry::AfterChange),
        State::Received
        | State::Pending
        | State::Orphaned
        | State::Approved
        | State::Claimed
        | State::Running => {
            return (None, Retry::Ok);
        }
        State::Rejected => (Code::Invalid, "E_INVALID", Retry::AfterChange),
        State::DeniedPolicy if was_cool(request) => (Code::Denied, "E_DENIED_USER", Retry::AfterChange),
        State::DeniedPolicy => (Code::Denied, "E_DENIED_POLICY", Retry::Never),
        State::DeniedUser => (Code::Denied, "E_DENIED_USER", Retry::AfterChange),
        State::Expired => (Code::Timeout, "E_EXPIRED", Retry::Ok),
        State::Cancelled => (Code::Cancelled, "E_CANCELLED", Retry::Ok),
        State::Invalidated => (Code::Denied, "E_DENIED_POLICY", Retry::Never),
        State::DriftDenied => (Code::Conflict, "E_DRIFT", Retry::Ok),
        State::NotStarted if request.because.as_deref().is_some_and(is_departure) => {
            (Code::Cancelled, "E_CANCELLED", Retry::Ok)
        }
        State::NotStarted => (Code::Unavailable, "E_AUDIT_UNAVAILABLE", Retry::Ok),
        State::Unknown => (Code::Unavailable, "E_UNKNOWN", Retry::AfterChange),
    };
    (Some((code, reason)), retry)
}

/// Whether it was refused because a person had just refused the same.
fn was_cool(request: &Request) -> bool {
    request.ruled.as_ref().is_some_and(|ruled| ruled.by.starts_with("cooldown:"))
}

fn decider(request: &Request) -> Option<Decider> {
    match (request.state, &request.decided, &request.ruled) {
        (State::Received | State::Pending | State::Orphaned, ..) => None,
        (State::Expired, ..) => Some(Decider::Timeout),
        (State::Cancelled | State::DriftDenied | State::NotStarted | State::Rejected, ..) => {
            Some(Decider::System)
        }
        (State::Invalidated, ..) => Some(Decider::Rule),
        (_, Some(_), _) => Some(Decider::Human),
        _ if was_cool(request) => Some(Decider::Human),
        (.., Some(Ruled { by, .. })) if by.starts_with("grant:") => Some(Decider::Grant),
        (.., Some(_)) => Some(Decider::Rule),
        (.., None) => None,
    }
}

fn deny_reason(request: &Request) -> Option<String> {
    reason_of_no(request).map(visible)
}

fn reason_of_no(request: &Request) -> Option<&str> {
    let decided = request.decided.as_ref().filter(|decided| decided.verdict == Verdict::Deny);
    let ruled = request.ruled.as_ref().filter(|ruled| ruled.ruling == Ruling::Deny);
    decided.and_then(|decided| decided.note.as_deref()).or_else(|| ruled?.reason.as_deref())
}

fn sentence(request: &Request) -> String {
    let because = request.because.as_deref().map(visible).unwrap_or_default();
    let no = |who: &str, helps: &str| match reason_of_no(request) {
        Some(reason) => format!("{who} said no: {}; {helps}", quoted(reason)),
        None => format!("{who} said no; {helps}"),
    };
    match request.state {
        State::Received => "it has just arrived".to_owned(),
        State::Pending => {
            format!("it waits for a person, until {}", request.expires.strftime("%Y-%m-%dT%H:%M:%SZ"))
        }
        State::Orphaned => {
            "the daemon was restarted; ask again with the same key to go on waiting".to_owned()
        }
        State::Approved => "it is allowed and about to run".to_owned(),
        State::Claimed | State::Running => "it is running".to_owned(),
        State::Rejected => "it could not be taken as it was".to_owned(),
        State::DeniedPolicy if was_cool(request) => {
            let said =
                reason_of_no(request).map(|reason| format!(": {}", quoted(reason))).unwrap_or_default();
            format!("a person has just said no to the same{said}; {because}")
        }
        State::DeniedPolicy => no("the policy", "asking again will not help"),
        State::DeniedUser => no("a person", "asking again for the same will not help"),
        State::Expired => "no one answered in time; it may be asked again".to_owned(),
        State::Cancelled => format!("it was cancelled: {because}"),
        State::Invalidated => format!("it was not run: {because}; asking again will not help"),
        State::DriftDenied => {
            format!(
                "it was not run, because what it would run has changed since: {because}; it may be asked again"
            )
        }
        State::NotStarted => format!("it was allowed and has not run: {because}; it may be asked again"),
        State::Finished => match request.executed.as_ref().and_then(|it| it.exit) {
            Some(0) | None => "it ran".to_owned(),
            Some(status) => format!("it ran and ended with status {status}"),
        },
        State::Failed => "it was allowed and could not be started".to_owned(),
        State::Killed => match request.executed.as_ref() {
            Some(Executed { killed_because: Some(because), .. }) => {
                format!("it ran and was ended{}", ended_because(because))
            }
            it => {
                format!("it ran and was ended by signal {}", it.and_then(|it| it.signal).unwrap_or_default())
            }
        },
        State::Unknown if request.is_unrecorded() => {
            format!("it ran and has ended, and {because}; it is not run again")
        }
        State::Unknown => {
            "the daemon ended while it ran, so nobody knows how far it got; it is not run again".to_owned()
        }
    }
}

fn ended_because(because: &Because) -> String {
    match because {
        Because::WallLimit => ", because it took longer than it may".to_owned(),
        Because::Limit { what } => format!(", because it used more than it may: {}", visible(what)),
        Because::Cancelled => ", because it was not wanted any more".to_owned(),
        Because::Stopped => ", because the daemon ended".to_owned(),
    }
}
