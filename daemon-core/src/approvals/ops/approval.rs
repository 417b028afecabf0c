//! What people who decide may ask.

use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use super::super::decide;
use super::super::grants::{Grant, Scope};
use super::super::policy::{Effect, TraceLine};
use super::super::request::Request;
use super::super::request::life::Verdict;
use super::check_limit;
use crate::exec::{Block, Hint};
use crate::kernel::{Access, Call, Fault, Op};

/// List what waits for a decision, the longest first
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ListApprovals")]
pub struct List {
    /// Only those of this client
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// How many. Default: 1000
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// What waits for a decision.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Approvals {
    /// The longest waiting first.
    pub requests: Vec<Request>,
    /// How many wait altogether.
    pub pending: usize,
}

impl Op for List {
    const NAME: &'static str = "approval.list";
    const ACCESS: Access = Access::Approve;
    const EFFECT: crate::kernel::Effect = crate::kernel::Effect::Read;
    type On = Handle;
    type Reply = Approvals;

    async fn run(self, approvals: &Handle, _: &Call) -> Result<Approvals, Fault> {
        let limit = self.limit.unwrap_or(1000);
        check_limit(limit)?;
        approvals.check_client(self.client.as_deref())?;
        let (requests, pending) = approvals.pending(self.client.as_deref(), limit);
        Ok(Approvals { requests: requests.iter().map(|request| request.shown()).collect(), pending })
    }
}

/// Show everything about a request that waits: what it would run, who asks, what the policy says
///
/// Whoever looks at it may take as long again as there was at first, once.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ShowApproval")]
pub struct Show {
    /// Which request
    pub id: String,
}

/// Everything that a person needs to decide.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ShownApproval")]
pub struct Shown {
    /// The request.
    pub request: Request,
    /// What it would run, made from the plan alone.
    pub view: Vec<Block>,
    /// What is worth a second look.
    pub hints: Vec<Hint>,
    /// What the policy says by now.
    pub effect: Effect,
    /// Which rule says so.
    pub by: String,
    /// And why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_reason: Option<String>,
    /// How it came to that.
    pub trace: Vec<TraceLine>,
    /// Whether a yes may hold for longer than an hour.
    pub offers_always: bool,
    /// Whether whoever asked is connected still, so that a yes may hold for the session.
    #[serde(default = "yes")]
    pub connected: bool,
    /// What else a yes could be to, the narrowest first.
    pub suggestions: Vec<Suggested>,
    /// The process that asked and those that started it, as far as that can be seen; it can be forged.
    pub asked_by: Vec<i32>,
    /// What is most like it among the last 500 requests of the client, but not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similar: Option<Similar>,
}

/// An earlier command for the same program, and how it differs; for reading only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SimilarCommand")]
pub struct Similar {
    /// Arguments that are new, which it did not have.
    #[serde(default)]
    pub without: Vec<String>,
    /// Arguments that it had, and that are gone.
    #[serde(default)]
    pub with: Vec<String>,
    /// Where it was to run, if not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

/// What a yes could be to besides exactly this.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Suggested {
    /// Its number, as `approval.decide` takes it.
    pub number: usize,
    /// What it allows, in words.
    pub text: String,
    /// How many of the last 500 requests of the client it would have allowed.
    pub would_have_allowed: usize,
    /// Which those are, the most frequent first; at most 20 different ones.
    #[serde(default)]
    pub matched: Vec<Past>,
    /// Requests for the same program that it would not have allowed, likewise.
    #[serde(default)]
    pub left: Vec<Past>,
}

/// A command that was asked for before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PastCommand")]
pub struct Past {
    /// In one line; for reading only.
    pub display: String,
    /// How often.
    pub times: usize,
}

impl Op for Show {
    const NAME: &'static str = "approval.show";
    const ACCESS: Access = Access::Approve;
    const EFFECT: crate::kernel::Effect = crate::kernel::Effect::Read;
    type On = Handle;
    type Reply = Shown;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Shown, Fault> {
        Ok(approvals.show(&self.id, &call.caller).await?)
    }
}

/// Decide a request: yes, once or for a while, or no
///
/// The decision names the digest of the plan that was shown, so that nobody approves what he has not seen. Whoever
/// asked for a request cannot decide it, nor can what he started or was started by.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "DecideRequest")]
pub struct Decide {
    /// Which request
    pub id: String,
    /// approve or deny
    #[arg(value_parser = verdict)]
    pub verdict: Verdict,
    /// The digest of the plan that was reviewed: sha256:...
    #[arg(long, value_name = "DIGEST")]
    pub digest: String,
    /// For how long a yes holds: once, 15m, 1h, session, always, or until when
    #[serde(default, skip_serializing_if = "is_once")]
    #[arg(long, default_value = "once")]
    pub scope: Scope,
    /// To which of the suggestions, by its number. Default: to exactly this command
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NUMBER")]
    pub suggestion: Option<usize>,
    /// How often it may be used, beside this time
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "COUNT")]
    pub uses: Option<u32>,
    /// What whoever asked is told, in at most 500 characters
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// What was decided.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ApprovalDecision")]
pub struct Decision {
    /// The request, as it is now.
    pub request: Request,
    /// The grant that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
}

impl Op for Decide {
    const NAME: &'static str = "approval.decide";
    const ACCESS: Access = Access::Approve;
    const EFFECT: crate::kernel::Effect = crate::kernel::Effect::Change;
    const RECORDS_ITSELF: bool = true;
    type On = Handle;
    type Reply = Decision;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Decision, Fault> {
        if self.digest.parse::<crate::exec::Digest>().is_err() {
            return Err(Fault::invalid(
                "a decision names the whole digest that was shown: sha256: and 64 digits",
            )
            .hint(format!("look at it: hob approval show {}", crate::text::brief(&self.id)))
            .reason("E_INVALID"));
        }
        if self.uses == Some(0) {
            return Err(Fault::invalid("\"uses\" must be at least 1"));
        }
        let decision = decide::Decision {
            verdict: self.verdict,
            plan: self.digest,
            scope: self.scope,
            suggestion: self.suggestion,
            uses: self.uses,
            note: self.note,
        };
        let (request, grant) = approvals.decide(&self.id, decision, &call.caller).await?;
        Ok(Decision { request: request.shown(), grant })
    }
}

/// Say no to everything that waits, or to everything that one client waits for
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "DenyAll")]
pub struct DenyAll {
    /// Only what this client asks for
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// What those who asked are told, in at most 500 characters
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// What was denied.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Denied {
    /// The requests, as they are now.
    pub requests: Vec<Request>,
}

impl Op for DenyAll {
    const NAME: &'static str = "approval.deny-all";
    const ACCESS: Access = Access::Approve;
    const EFFECT: crate::kernel::Effect = crate::kernel::Effect::Change;
    const RECORDS_ITSELF: bool = true;
    const DEADLINE: Duration = Duration::from_secs(120);
    type On = Handle;
    type Reply = Denied;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Denied, Fault> {
        approvals.check_client(self.client.as_deref())?;
        let denied = approvals.deny_all(self.client.as_deref(), self.note, &call.caller).await?;
        Ok(Denied { requests: denied.iter().map(Request::shown).collect() })
    }
}

/// Of what does not say.
fn yes() -> bool {
    true
}

fn is_once(scope: &Scope) -> bool {
    *scope == Scope::Once
}

fn verdict(text: &str) -> Result<Verdict, String> {
    match text {
        "approve" => Ok(Verdict::Approve),
        "deny" => Ok(Verdict::Deny),
        _ => Err("approve or deny".to_owned()),
    }
}
