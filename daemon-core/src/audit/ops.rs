//! What clients may ask about the record.
//!
//! Only who may operate the daemon may read it: it tells what others asked for.

mod look;
mod prove;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Handle;
use super::read::about;
use super::rows::Row;
use crate::kernel::Ops;
use hob_verify::leaf::Leaf;

pub use look::{Found, Search, Show, Shown, Tail};
pub use prove::{CheckpointNow, Prove, Proved, SignedHead, Verified, Verify};

/// The operations on the record.
pub fn ops() -> Ops<Handle> {
    Ops::default()
        .feed::<Tail>()
        .op::<Show>()
        .op::<Search>()
        .op::<Verify>()
        .op::<Prove>()
        .op::<CheckpointNow>()
}

/// One entry of the record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// Its place, from 0.
    pub index: u64,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What kind of entry it is, such as `exec.claimed`.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// What that is: human, client or daemon.
    pub actor_kind: String,
    /// By which way.
    pub surface: String,
    /// Which request it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Which revision of the policy was in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<u64>,
    /// What it says. It may hold what a requester wrote: show it escaped.
    pub body: serde_json::Value,
    /// Its row is not what was recorded: somebody changed it, and nothing of it is to be believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub altered: bool,
}

impl Recorded {
    /// What a line says; one that cannot be read is shown as it is.
    fn of(row: &Row) -> Recorded {
        let Row { index, line, is_altered } = row;
        let (index, altered) = (*index, *is_altered);
        let Ok(leaf) = Leaf::parse(line) else {
            let body = serde_json::json!({ "unreadable": String::from_utf8_lossy(line) });
            let (at, none) = (Timestamp::UNIX_EPOCH, String::new);
            return Recorded {
                index,
                at,
                kind: none(),
                actor: none(),
                actor_kind: none(),
                surface: none(),
                request: None,
                policy: None,
                body,
                altered,
            };
        };
        let request = about(&leaf).map(str::to_owned);
        Recorded {
            index,
            at: leaf.t.parse().unwrap_or_default(),
            kind: leaf.kind,
            actor: leaf.actor.id,
            actor_kind: leaf.actor.kind,
            surface: leaf.actor.surface,
            request,
            policy: leaf.policy,
            body: serde_json::to_value(leaf.body).expect("a body has string keys"),
            altered,
        }
    }
}
