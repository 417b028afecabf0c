//! What may be asked of requests, decisions and grants.

mod approval;
mod follow;
mod grant;
mod request;
mod run;

use std::time::Duration;

pub use approval::{
    Approvals, Decide, Decision, Denied, DenyAll, List, Past, Show, Shown, Similar, Suggested,
};
pub use follow::{Follow, FollowItem, Output};
pub use grant::{Grants, ListGrants, RevokeGrant, Revoked};
pub use request::{Cancel, Get, ListRequests, Requests, Wait};
pub use run::{Run, RunAndFollow};

use super::Handle;
use super::request::Request;
use crate::kernel::{Access, Caller, Fault, Op, Ops};

/// For what waits until somebody has decided and something has ended.
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_secs(366 * 24 * 3600);

/// Everything that can be asked of them.
pub fn ops() -> Ops<Handle> {
    Ops::default()
        .op::<Run>()
        .feed::<RunAndFollow>()
        .op::<Get>()
        .op::<Wait>()
        .op::<Cancel>()
        .op::<ListRequests>()
        .feed::<Follow>()
        .op::<List>()
        .op::<Show>()
        .op::<Decide>()
        .op::<DenyAll>()
        .op::<ListGrants>()
        .op::<RevokeGrant>()
}

impl Handle {
    /// Refuses the name of a client that nobody has: it is mistyped, and not one that waits for nothing.
    fn check_client(&self, name: Option<&str>) -> Result<(), Fault> {
        Ok(name.map_or(Ok(()), |name| self.0.clients.check_known(name))?)
    }
}

/// A list of nothing would say that there is nothing.
fn check_limit(limit: usize) -> Result<(), Fault> {
    match limit {
        0 => Err(Fault::invalid("limit is 0, so there would be nothing to show").hint("ask for 1 or more")),
        _ => Ok(()),
    }
}

/// Whether a caller may know of a request: it is his, or he may know of all.
fn may_see(caller: &Caller, request: &Request) -> bool {
    sees_all(caller) || request.client_id == caller.client.id
}

/// Whether a caller may know of everybody's requests: whoever may list what waits.
fn sees_all(caller: &Caller) -> bool {
    caller.may(<List as Op>::NAME, Access::Approve)
}
