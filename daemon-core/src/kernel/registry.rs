//! The door: every call from every surface goes through here, once.
//!
//! Find the operation, check the caller's access, decode the body straight into the request type, ask each gate,
//! run, encode straight from the reply, tell each gate how it ended. Deadlines, caught panics and tracing live here
//! and nowhere else. There is no intermediate JSON value on this path.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{FutureExt, StreamExt};

use super::caller::Clients;
use super::fault::{Code, Fault};
use super::op::{Call, ItemStream, Meta, Ops, Started};
use super::tasks::detach;
use crate::text::{nearest_field, shortened};

/// Something that is asked before each operation and told how it ended, such as
/// the audit record. Refusals are told too.
pub trait Gate: Send + Sync {
    /// Lets the call pass, or refuses it.
    fn admit<'a>(
        &'a self,
        meta: &'a Meta,
        body: &'a [u8],
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

    /// Hears how the call ended; for a feed, how it was opened.
    fn ended(&self, meta: &Meta, body: &[u8], call: &Call, outcome: Result<(), &Fault>);
}

type Start = Box<dyn Fn(&[u8], &Call) -> Result<Started, Fault> + Send + Sync>;

/// All operations of a daemon.
#[derive(Default)]
pub struct Registry {
    operations: BTreeMap<&'static str, (Meta, Start)>,
    gates: Vec<Arc<dyn Gate>>,
    clients: Option<Arc<dyn Clients>>,
}

impl Registry {
    /// Adds a capability's operations, bound to its handle.
    ///
    /// # Panics
    /// If a name is taken: two declarations of one operation are a mistake in the program.
    pub fn add<H: Clone + Send + Sync + 'static>(&mut self, handle: &H, ops: Ops<H>) {
        for (meta, start) in ops.list {
            let handle = handle.clone();
            let bound: Start = Box::new(move |body, call| start(&handle, body, call));
            let taken = self.operations.insert(meta.name, (meta, bound));
            assert!(taken.is_none(), "two operations are named {}", meta.name);
        }
    }

    /// Adds a gate; gates are asked in the order in which they were added.
    pub fn add_gate(&mut self, gate: Arc<dyn Gate>) {
        self.gates.push(gate);
    }

    /// Who tells of tokens to whom they were issued.
    pub fn set_clients(&mut self, clients: Arc<dyn Clients>) {
        self.clients = Some(clients);
    }

    /// Who tells of tokens; nobody, where there are none.
    pub fn clients(&self) -> Option<&Arc<dyn Clients>> {
        self.clients.as_ref()
    }

    /// The facts of one operation.
    pub fn meta(&self, name: &str) -> Option<&Meta> {
        self.operations.get(name).map(|(meta, _)| meta)
    }

    /// The facts of all operations, by name.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.operations.values().map(|(meta, _)| meta)
    }

    /// Runs an operation: the body and the reply are JSON.
    ///
    /// # Errors
    /// Whatever the operation refuses or fails with; `invalid` for a body that is not its request, `denied`
    /// without the access, `timeout` after its deadline (the effect goes on), `internal` if it panicked.
    pub async fn call(&self, name: &str, body: &[u8], call: &Call) -> Result<Vec<u8>, Fault> {
        let (meta, start) = self.find(name)?;
        let outcome = self.call_found(meta, start, body, call).await;
        for gate in &self.gates {
            gate.ended(meta, body, call, outcome.as_ref().map(|_| ()));
        }
        outcome
    }

    /// Opens a feed: each item is JSON.
    ///
    /// # Errors
    /// As [`Registry::call`]; the stream's own items may be faults too, and the first one ends it.
    pub async fn open(&self, name: &str, body: &[u8], call: &Call) -> Result<ItemStream, Fault> {
        let (meta, start) = self.find(name)?;
        let outcome = self.open_found(meta, start, body, call).await;
        for gate in &self.gates {
            gate.ended(meta, body, call, outcome.as_ref().map(|_| ()));
        }
        outcome
    }

    /// The fault of a call to an operation that does not exist.
    pub fn unknown(&self, name: &str) -> Fault {
        Fault::not_found("operation", name, self.operations.keys().copied())
    }

    fn find(&self, name: &str) -> Result<&(Meta, Start), Fault> {
        self.operations.get(name).ok_or_else(|| self.unknown(name))
    }

    async fn call_found(
        &self,
        meta: &Meta,
        start: &Start,
        body: &[u8],
        call: &Call,
    ) -> Result<Vec<u8>, Fault> {
        let Started::Reply(reply) = self.start(meta, start, body, call).await? else {
            return Err(Fault::invalid(format!("{} is a feed: open it instead of calling it", meta.name)));
        };
        let mut reply = AssertUnwindSafe(reply).catch_unwind();
        let deadline = meta.deadline.expect("only feeds have no deadline");
        match tokio::time::timeout(deadline, &mut reply).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Err(panicked(meta)),
            Err(_elapsed) => {
                let late = *meta;
                detach(async move {
                    let code =
                        reply.await.unwrap_or_else(|_panic| Err(panicked(&late))).err().map(|it| it.code);
                    tracing::info!(operation = late.name, ?code, "ended after its deadline");
                });
                let message =
                    format!("{} has not ended after {} s; it goes on", meta.name, deadline.as_secs());
                Err(Fault::new(Code::Timeout, message))
            }
        }
    }

    async fn open_found(
        &self,
        meta: &Meta,
        start: &Start,
        body: &[u8],
        call: &Call,
    ) -> Result<ItemStream, Fault> {
        let Started::Items(items) = self.start(meta, start, body, call).await? else {
            return Err(Fault::invalid(format!("{} is no feed: call it instead of opening it", meta.name)));
        };
        let meta = *meta;
        let items = AssertUnwindSafe(items).catch_unwind();
        Ok(items.map(move |item| item.unwrap_or_else(|_panic| Err(panicked(&meta)))).boxed())
    }

    async fn start(&self, meta: &Meta, start: &Start, body: &[u8], call: &Call) -> Result<Started, Fault> {
        if !call.caller.may(meta.name, meta.access) {
            return Err(denied(meta, call));
        }
        if meta.max_body < body.len() {
            let (most, length) = (meta.max_body, body.len());
            let message = format!("{} takes at most {most} bytes, and this request has {length}", meta.name);
            return Err(Fault::new(Code::TooLarge, message));
        }
        // serde would take an array for a struct, field by field.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Fault::invalid(format!("{} takes a JSON object", meta.name)));
        }
        tracing::debug!(operation = meta.name, pid = call.caller.pid, "called");
        for gate in &self.gates {
            gate.admit(meta, body, call).await?;
        }
        std::panic::catch_unwind(AssertUnwindSafe(|| start(body, call)))
            .unwrap_or_else(|_panic| Err(panicked(meta)))
    }
}

/// A body that is not the request it should be: says where, and the nearest field.
pub(super) fn undecodable(name: &str, error: &serde_json::Error) -> Fault {
    let message = error.to_string();
    let fault = Fault::invalid(format!("{name}: {}", shortened(&message)));
    match nearest_field(&message) {
        Some(known) => fault.hint(format!("did you mean `{known}`?")),
        None => fault,
    }
}

fn denied(meta: &Meta, call: &Call) -> Fault {
    let level = |access| format!("{access:?}").to_lowercase();
    let why = call.caller.limit.map(|limit| format!(": {limit}")).unwrap_or_default();
    let (needed, had) = (level(meta.access), level(call.caller.access));
    let message = format!("{} needs {needed} access and you have {had}{why}", meta.name);
    Fault::new(Code::Denied, message).reason("E_FORBIDDEN_ROLE")
}

fn panicked(meta: &Meta) -> Fault {
    static REFERENCES: AtomicU64 = AtomicU64::new(1);
    let reference = REFERENCES.fetch_add(1, Ordering::Relaxed);
    tracing::error!(operation = meta.name, reference, "an operation panicked");
    Fault::internal(format!("{} broke (reference {reference} in the daemon's log)", meta.name))
        .hint("this is a defect of hob; `hob status --paths` shows where the log is")
}
