//! What may be asked about clients.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClientStatus, Handle};
use crate::config::Span;
use crate::kernel::{Access, Call, Effect, Fault, Op, Ops};

/// Everything that can be asked about clients.
pub fn ops() -> Ops<Handle> {
    Ops::default().op::<Add>().op::<List>().op::<Mute>().op::<Revoke>()
}

/// Enrol a client: a name of its own for an agent or a script, and the token that proves it
///
/// The token is shown once. Whoever has it may connect to either socket and do what it was issued for; policies and
/// grants can name the client, and it can be muted and revoked by itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "AddClient")]
pub struct Add {
    /// What it is to be called: a-z, 0-9, `-`, `_` and `.`
    pub name: String,
    /// What it may do: observe (look), request (and ask for commands) or operate (and start and stop what runs)
    #[serde(default = "usual", skip_serializing_if = "is_usual")]
    #[arg(long, default_value = "request", value_parser = access)]
    pub access: Access,
}

/// A client that was enrolled just now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Enrolled {
    /// The client.
    pub client: ClientStatus,
    /// What proves who it is. It is not kept, and cannot be shown again.
    pub token: String,
}

impl Op for Add {
    const NAME: &'static str = "client.add";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const RECORDS_ITSELF: bool = true;
    type On = Handle;
    type Reply = Enrolled;

    async fn run(self, clients: &Handle, call: &Call) -> Result<Enrolled, Fault> {
        let (client, token) = clients.enrol(self.name, self.access, &call.caller).await?;
        Ok(Enrolled { client, token })
    }
}

/// List the clients that are enrolled
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "ListClients")]
pub struct List {}

/// All clients.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// By name.
    pub clients: Vec<ClientStatus>,
    /// Who is muted without being enrolled, such as `anonymous`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub muted: Vec<Muted>,
}

impl Op for List {
    const NAME: &'static str = "client.list";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Listed;

    async fn run(self, clients: &Handle, _: &Call) -> Result<Listed, Fault> {
        Ok(Listed { clients: clients.list(), muted: clients.muted_without_a_token() })
    }
}

/// Ask nobody for a client for a while: what would have to be asked is refused
///
/// What policy or a grant allows still runs. `anonymous` and `local` can be muted too.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "MuteClient")]
pub struct Mute {
    /// Which client
    pub name: String,
    /// For so long, such as `15m`. Default: 1h
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[arg(long = "for", value_name = "TIME", conflicts_with = "off")]
    pub length: Option<Span>,
    /// Not any more
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub off: bool,
}

/// Who is muted, or not any more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Muted {
    /// Which client.
    pub name: String,
    /// Until when; absent if it is not muted any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

impl Op for Mute {
    const NAME: &'static str = "client.mute";
    const ACCESS: Access = Access::Approve;
    const EFFECT: Effect = Effect::Change;
    const RECORDS_ITSELF: bool = true;
    type On = Handle;
    type Reply = Muted;

    async fn run(self, clients: &Handle, call: &Call) -> Result<Muted, Fault> {
        if self.off && self.length.is_some() {
            return Err(Fault::invalid("\"off\" ends it, and \"for\" begins it: give one of them"));
        }
        let length = self.length.unwrap_or(Span::secs(3600)).get();
        let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
        let until = clients.0.clock.now().checked_add(length).unwrap_or(Timestamp::MAX);
        let until = (!self.off).then_some(until);
        clients.mute(&self.name, until, &call.caller).await?;
        Ok(Muted { name: self.name, until })
    }
}

/// Take a client's token back
///
/// Its connections are closed, what it waits for is cancelled, and its grants end.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RevokeClient")]
pub struct Revoke {
    /// Which client
    pub name: String,
}

impl Op for Revoke {
    const NAME: &'static str = "client.revoke";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const RECORDS_ITSELF: bool = true;
    type On = Handle;
    type Reply = ClientStatus;

    async fn run(self, clients: &Handle, call: &Call) -> Result<ClientStatus, Fault> {
        Ok(clients.revoke(&self.name, &call.caller).await?)
    }
}

fn usual() -> Access {
    Access::Request
}

fn is_usual(access: &Access) -> bool {
    *access == usual()
}

fn access(text: &str) -> Result<Access, String> {
    match text {
        "observe" => Ok(Access::Observe),
        "request" => Ok(Access::Request),
        "operate" => Ok(Access::Operate),
        _ => Err("observe, request or operate".to_owned()),
    }
}
