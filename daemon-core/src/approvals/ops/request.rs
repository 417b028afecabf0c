//! What has become of requests.

use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::desk::Ticket;
use super::super::request::Request;
use super::super::request::answer::Answer;
use super::super::request::state::State;
use super::super::store::Wanted;
use super::super::{Error, Handle};
use super::{AS_LONG_AS_IT_TAKES, check_limit, may_see, sees_all};
use crate::clients;
use crate::config::Span;
use crate::kernel::{Access, Call, Caller, Effect, Fault, Op};

/// No list has more.
const MOST: u32 = 1000;

/// Show a request: what it is, who decided it, and how it went
///
/// A client sees its own requests; whoever may approve sees all.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "GetRequest")]
pub struct Get {
    /// Which request
    pub id: String,
}

impl Op for Get {
    const NAME: &'static str = "request.get";
    const ACCESS: Access = Access::Request;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Request;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Request, Fault> {
        Ok(approvals.seen(&self.id, &call.caller).await?.shown())
    }
}

/// Wait until a request is over, and answer as `exec.run` does
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "WaitRequest")]
pub struct Wait {
    /// Which request
    pub id: String,
    /// Wait no longer than this, such as `5m`
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[arg(long = "for", value_name = "TIME")]
    pub length: Option<Span>,
}

impl Op for Wait {
    const NAME: &'static str = "request.wait";
    const ACCESS: Access = Access::Request;
    const EFFECT: Effect = Effect::Read;
    const DEADLINE: Duration = AS_LONG_AS_IT_TAKES;
    type On = Handle;
    type Reply = Answer;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Answer, Fault> {
        let ticket = approvals.ticket(&self.id, &call.caller).await?;
        approvals.wait_for(ticket, self.length.map(Span::get)).await
    }
}

/// Cancel a request that waits, or end the command that runs
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "CancelRequest")]
pub struct Cancel {
    /// Which request
    pub id: String,
}

impl Op for Cancel {
    const NAME: &'static str = "request.cancel";
    const ACCESS: Access = Access::Request;
    const EFFECT: Effect = Effect::Change;
    const RECORDS_ITSELF: bool = true;
    type On = Handle;
    type Reply = Request;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Request, Fault> {
        let mut ticket = approvals.ticket(&self.id, &call.caller).await?;
        approvals.cancel(&self.id, clients::requester(&call.caller)).await?;
        // A sender that has gone away has said before what became of it.
        ticket.progress.wait_for(|request| request.state.is_over()).await.ok();
        let request = ticket.progress.borrow().shown();
        Ok(request)
    }
}

/// List requests, the newest first
///
/// A client sees its own requests; whoever may approve sees all.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ListRequests")]
pub struct ListRequests {
    /// Only those in this state, such as `pending` or `denied_user`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub state: Option<State>,
    /// How many. Default: 50
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub limit: Option<u32>,
}

/// Requests, the newest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// They themselves.
    pub requests: Vec<Request>,
}

impl Op for ListRequests {
    const NAME: &'static str = "request.list";
    const ACCESS: Access = Access::Request;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Requests;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Requests, Fault> {
        let client = (!sees_all(&call.caller)).then(|| call.caller.client.id.to_string());
        let limit = self.limit.unwrap_or(50).min(MOST);
        check_limit(limit as usize)?;
        let wanted = Wanted { client, state: self.state, limit };
        let found = approvals.0.store.requests(wanted).await.map_err(Error::from)?;
        Ok(Requests { requests: found.iter().map(Request::shown).collect() })
    }
}

impl Handle {
    /// A request that this caller may know of.
    pub(super) async fn seen(&self, id: &str, caller: &Caller) -> Result<Request, Error> {
        let open = self.desk().get(id).map(|open| Request::clone(&open.request()));
        let found = match open {
            Some(request) => Some(request),
            None => self.0.store.request(id).await?,
        };
        found.filter(|request| may_see(caller, request)).ok_or_else(|| Error::NoRequest(id.to_owned()))
    }

    pub(super) async fn ticket(&self, id: &str, caller: &Caller) -> Result<Ticket, Error> {
        let found = self.seen(id, caller).await?;
        let open = self.desk().ticket(id);
        match open {
            Some(ticket) => Ok(ticket),
            // It may have ended in between.
            None => Ok(Ticket::of_past(self.0.store.request(id).await?.unwrap_or(found))),
        }
    }
}

fn state(text: &str) -> Result<State, String> {
    State::named(text).ok_or_else(|| "pending, running, finished, denied_user and so on".to_owned())
}
