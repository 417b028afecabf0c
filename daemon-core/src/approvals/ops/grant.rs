//! What people have allowed beforehand.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use super::super::close::Meant;
use super::super::grants::Grant;
use crate::clients;
use crate::kernel::{Access, Call, Effect, Fault, Op};

/// List the grants that hold: what clients may run without asking again
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ListGrants")]
pub struct ListGrants {
    /// Only those of this client
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
}

/// Grants that hold.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Grants {
    /// The oldest first.
    pub grants: Vec<Grant>,
}

impl Op for ListGrants {
    const NAME: &'static str = "grant.list";
    const ACCESS: Access = Access::Approve;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Grants;

    async fn run(self, approvals: &Handle, _: &Call) -> Result<Grants, Fault> {
        approvals.check_client(self.client.as_deref())?;
        Ok(Grants { grants: approvals.granted(self.client.as_deref()) })
    }
}

/// Take grants back: one, all of a client, or all
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RevokeGrant")]
pub struct RevokeGrant {
    /// Which grant
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(required_unless_present_any = ["client", "all"], conflicts_with_all = ["client", "all"])]
    pub id: Option<String>,
    /// All that this client has
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    pub client: Option<String>,
    /// All there are
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub all: bool,
}

/// Grants that hold no more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Revoked {
    /// They themselves.
    pub grants: Vec<Grant>,
}

impl Op for RevokeGrant {
    const NAME: &'static str = "grant.revoke";
    const ACCESS: Access = Access::Approve;
    const EFFECT: Effect = Effect::Change;
    const RECORDS_ITSELF: bool = true;
    type On = Handle;
    type Reply = Revoked;

    async fn run(self, approvals: &Handle, call: &Call) -> Result<Revoked, Fault> {
        approvals.check_client(self.client.as_deref())?;
        let meant = match (self.id, self.client, self.all) {
            (Some(id), None, false) => Meant::One(id),
            (None, Some(client), false) => Meant::Of(client),
            (None, None, true) => Meant::All,
            _ => {
                return Err(Fault::invalid("say which: one by its id, all of a client, or all")
                    .hint("hob grants revoke ID, or hob grants revoke --client NAME"));
            }
        };
        Ok(Revoked { grants: approvals.revoke(meant, clients::person(&call.caller)).await? })
    }
}
