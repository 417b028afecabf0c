//! The gate of the kernel's door that records calls.
//!
//! It lets every call pass: whether something may be done is asked elsewhere,
//! and a service must be stoppable while a disk is full. When a call has ended
//! it records what changed something, with the arguments that may be kept, and
//! what was refused. It does not make the caller wait for the disk; what must
//! be durable before it has an effect is recorded by its own capability.

use std::pin::Pin;

use serde_json::{Map, Value, json};

use super::Handle;
use super::entry::{Actor, Entry};
use super::refusals::Counts;
use crate::kernel::registry::Gate;
use crate::kernel::{Call, Code, Effect, Fault, Meta};

/// Records calls.
pub(super) struct Recorder(pub(super) Handle);

/// What a call was, to the record.
#[derive(Debug, PartialEq, Eq)]
enum Was {
    /// Nothing to be kept.
    Nothing,
    /// Turned away: nothing was done.
    Refused(Code),
    /// Carried out, or begun.
    Made(&'static str),
}

impl Gate for Recorder {
    fn admit<'a>(
        &'a self,
        _: &'a Meta,
        _: &'a [u8],
        _: &'a Call,
    ) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, meta: &Meta, body: &[u8], call: &Call, outcome: Result<(), &Fault>) {
        match judged(meta, outcome) {
            Was::Nothing => {}
            Was::Refused(code) => self.refused(meta, call, code),
            Was::Made(outcome) => {
                let Some(arguments) = (meta.redacted)(body) else { return };
                let body = json!({"op": meta.name, "args": arguments, "outcome": outcome});
                self.0.record_later(entry("call.made", call, body));
            }
        }
    }
}

impl Recorder {
    fn refused(&self, meta: &Meta, call: &Call, code: Code) {
        if self.0.tells_of(meta.name, code) {
            let body = json!({"op": meta.name, "code": code.name()});
            self.0.record_later(entry("call.refused", call, body));
        }
    }
}

/// The sum of what was refused and not told.
pub(super) fn sum(counts: &Counts) -> Entry {
    let total: u64 = counts.values().sum();
    let of: Map<String, Value> =
        counts.iter().map(|((op, code), count)| (format!("{op} {code}"), json!(count))).collect();
    let body = json!({"op": "several", "code": "several", "count": total, "of": of});
    Entry::of_daemon("call.refused", object(body))
}

fn judged(meta: &Meta, outcome: Result<(), &Fault>) -> Was {
    let is_change = meta.effect == Effect::Change;
    let fault = match outcome {
        Ok(()) if is_change => return Was::Made("ok"),
        Ok(()) => return Was::Nothing,
        Err(fault) => fault,
    };
    let is_told_elsewhere = (meta.redacted)(b"{}").is_none();
    match fault.code {
        // The door's own answer; whatever else is denied was denied by somebody who records it.
        Code::Denied if !is_told_elsewhere || fault.reason_code() == Some("E_FORBIDDEN_ROLE") => {
            Was::Refused(Code::Denied)
        }
        _ if !is_change || is_told_elsewhere => Was::Nothing,
        Code::Invalid
        | Code::NotFound
        | Code::Conflict
        | Code::Denied
        | Code::TooLarge
        | Code::Busy
        | Code::Unsupported => Was::Refused(fault.code),
        Code::Pending | Code::Timeout | Code::Unavailable | Code::Cancelled | Code::Internal => {
            Was::Made(fault.code.name())
        }
    }
}

fn entry(kind: &'static str, call: &Call, mut body: Value) -> Entry {
    if let Some(pid) = call.caller.pid {
        body["pid"] = json!(pid);
    }
    Entry { actor: Actor::from(&call.caller), ..Entry::of_daemon(kind, object(body)) }
}

fn object(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
