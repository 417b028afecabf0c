//! A request as it is when it comes in, and the leaf that says so.

use serde_json::json;

use super::Handle;
use super::kinship::Party;
use super::planned::Planned;
use super::request::display::one_line;
use super::request::life::Term;
use super::request::state::State;
use super::request::{Request, new_id};
use super::submit::Asked;
use crate::audit::Entry;
use crate::clients;
use crate::exec::Bytes;
use crate::kernel::{Caller, Client};

impl Handle {
    /// What somebody asks for, before anything has become of it.
    pub(super) fn new_request(
        &self,
        asked: &Asked,
        planned: &Planned,
        party: &Party,
        client: &Client,
    ) -> Request {
        let (plan, digest, now) = (&planned.plan, &planned.digest, self.now());
        let term = Term::of(self.term(), now);
        Request {
            id: new_id(),
            state: State::Received,
            client: client.name.to_string(),
            client_id: client.id.to_string(),
            display: one_line(plan.real_path(), plan.argv().iter().map(Bytes::get)),
            plan: digest.as_str().to_owned(),
            code: digest.short(),
            risk: self.0.exec.hints(plan).first().map(|worst| worst.level),
            reason: asked.reason.clone(),
            more_reasons: Vec::new(),
            reasons_left_out: 0,
            key: asked.key.clone(),
            detached: asked.detached,
            created: now.wall,
            expires: term.ends.wall,
            ruled: None,
            decided: None,
            executed: None,
            because: None,
            audit_index: 0,
            rev: 0,
            party: Some(party.clone()),
            others: Vec::new(),
            term: Some(term),
        }
    }
}

/// The leaf, with the plan as its opening.
pub(super) fn received(request: &Request, planned: &Planned, caller: &Caller) -> Entry {
    let mut entry = super::store::entry(
        "request.received",
        clients::requester(caller),
        json!({"client": request.client_id, "plan": request.plan, "display": request.display}),
    );
    entry.request = Some(request.id.clone());
    entry.opening = Some(planned.canonical.clone());
    entry
}
