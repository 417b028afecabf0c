//! Clients: those who ask under a name of their own, and prove it by a token.
//!
//! An agent that is given a token is somebody: policies and grants can name it,
//! it can be muted and revoked, and its requests are told from those of others.
//! Without a token everybody at the agents' socket is `anonymous`.
//!
//! A token is shown once, when its client is enrolled; only its hash is kept,
//! which is enough to know it again and not enough to make it. It has 256 random
//! bits, so that guessing needs no defence but that nobody may fill the record
//! with it. What a token is issued for is at most [`Access::Operate`]: no client
//! decides anything. A name may be used again after its client was revoked, but
//! an enrolment has an identity of its own, so that nothing of the old one is
//! the new one's.

mod attempts;
mod error;
mod ops;
mod store;
mod token;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use error::Error;
pub use ops::{Add, Enrolled, List, Listed, Mute, Muted, Revoke, ops};

use crate::audit::{self, Actor, ActorKind};
use crate::kernel::caller::{Clients, Known};
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::{Access, Caller, Client, Code, Fault};
use attempts::Attempts;
use store::{Row, Store};
use token::Hash;

/// A handle on all clients.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    enrolled: Mutex<BTreeMap<String, Enrolment>>,
    muted: Mutex<BTreeMap<String, Timestamp>>,
    attempts: Mutex<Attempts>,
    /// What else has to happen when a client is revoked.
    farewell: OnceLock<Farewell>,
}

type Farewell = Box<dyn Fn(Client) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A client that is enrolled now.
struct Enrolment {
    row: Row,
    revoked: watch::Sender<bool>,
}

/// What the record calls whoever has every right here.
const OWNER: &str = "owner";
/// What it calls whoever gave a token that is none.
const UNKNOWN: &str = "unknown";

/// A client, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientStatus {
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub access: Access,
    /// When it was enrolled.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// How many connections have given its token.
    pub connections: usize,
    /// Until when nobody is asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub muted_until: Option<Timestamp>,
}

/// Somebody who asks, in the record.
pub fn requester(caller: &Caller) -> Actor {
    Actor { id: caller.client.id.to_string(), kind: ActorKind::Client, surface: surface(caller) }
}

/// Somebody who decides, in the record: the owner, unless a token says otherwise.
pub fn person(caller: &Caller) -> Actor {
    match caller.client == Client::LOCAL {
        true => Actor { id: OWNER.to_owned(), kind: ActorKind::Human, surface: surface(caller) },
        false => requester(caller),
    }
}

/// Somebody who gave a token that is none, in the record: who he was until then is not who he says he is.
fn unknown(caller: &Caller) -> Actor {
    let surface = if caller.pid.is_some() { "socket" } else { "window" };
    Actor { id: UNKNOWN.to_owned(), kind: ActorKind::Client, surface }
}

fn surface(caller: &Caller) -> &'static str {
    match (caller.client == Client::LOCAL, caller.pid) {
        (_, None) => "window",
        (true, Some(_)) => "cli",
        (false, Some(_)) => "socket",
    }
}

/// Mounts the capability.
///
/// # Errors
/// `unavailable` if its table cannot be opened.
pub async fn mount(m: &mut Mount, audit: &audit::Handle) -> Result<Handle, Fault> {
    let store = Store::open(audit).await?;
    let rows = store.all().await?;
    let muted = store.mutes().await?;
    let enrolled = rows.into_iter().map(|row| (row.name.clone(), Enrolment::of(row))).collect();
    let handle = Handle(Arc::new(Inner {
        store,
        clock: m.clock.clone(),
        enrolled: Mutex::new(enrolled),
        muted: Mutex::new(muted),
        attempts: Mutex::default(),
        farewell: OnceLock::new(),
    }));
    m.ops(&handle, ops());
    m.clients(Arc::new(handle.clone()));
    Ok(handle)
}

impl Handle {
    /// What has to have happened before somebody hears that a client is revoked.
    pub fn on_farewell<F>(&self, farewell: impl Fn(Client) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Who comes second has nothing to do with clients.
        self.0.farewell.set(Box::new(move |client| Box::pin(farewell(client)))).ok();
    }

    /// Until when nobody is to be asked for this client, if that is so.
    pub fn muted_until(&self, name: &str) -> Option<Timestamp> {
        let now = self.0.clock.now();
        lock(&self.0.muted).get(name).copied().filter(|until| now < *until)
    }

    /// Whether this enrolment is one still.
    pub fn is_enrolled(&self, client: &Client) -> bool {
        let built_in = [Client::LOCAL, Client::SUPERVISED, Client::ANONYMOUS].contains(client);
        built_in || self.enrolled().get(&*client.name).is_some_and(|it| it.row.id == *client.id)
    }

    /// Everybody who can ask: who is enrolled, and who has no token.
    pub fn names(&self) -> Vec<String> {
        let built_in = [Client::LOCAL, Client::SUPERVISED, Client::ANONYMOUS];
        let mut names: Vec<String> = self.enrolled().keys().cloned().collect();
        names.extend(built_in.map(|client| client.name.to_string()));
        names
    }

    /// Whether somebody of this name can ask.
    ///
    /// # Errors
    /// `Unknown` if not.
    pub fn check_known(&self, name: &str) -> Result<(), Error> {
        if self.names().iter().any(|known| known == name) { Ok(()) } else { Err(self.unknown(name)) }
    }

    /// Enrols a client and returns it with its token, which nobody will see again.
    async fn enrol(
        &self,
        name: String,
        access: Access,
        by: &Caller,
    ) -> Result<(ClientStatus, String), Error> {
        check_name(&name)?;
        if Access::Operate < access {
            return Err(Error::TooMuch(access));
        }
        if self.enrolled().contains_key(&name) {
            return Err(Error::Taken(name));
        }
        let (token, hash) = token::new();
        let row = self.0.store.enrol(name, access, hash, self.0.clock.now(), by).await?;
        let enrolment = Enrolment::of(row);
        let status = self.status(&enrolment);
        // Two who enrol the same name at once: the table takes one.
        self.enrolled().insert(enrolment.row.name.clone(), enrolment);
        Ok((status, token))
    }

    async fn revoke(&self, name: &str, by: &Caller) -> Result<ClientStatus, Error> {
        let row = self.find(name)?;
        self.0.store.revoke(&row, self.0.clock.now(), by).await?;
        let Some(enrolment) = self.enrolled().remove(name) else { return Err(self.unknown(name)) };
        lock(&self.0.muted).remove(name);
        let status = self.status(&enrolment);
        enrolment.revoked.send_replace(true);
        if let Some(farewell) = self.0.farewell.get() {
            farewell(enrolment.row.client()).await;
        }
        Ok(status)
    }

    async fn mute(&self, name: &str, until: Option<Timestamp>, by: &Caller) -> Result<(), Error> {
        if !RESERVED.contains(&name) {
            self.find(name)?;
        }
        self.0.store.mute(name.to_owned(), until, by).await?;
        match until {
            Some(until) => drop(lock(&self.0.muted).insert(name.to_owned(), until)),
            None => drop(lock(&self.0.muted).remove(name)),
        }
        Ok(())
    }

    fn list(&self) -> Vec<ClientStatus> {
        self.enrolled().values().map(|enrolment| self.status(enrolment)).collect()
    }

    fn muted_without_a_token(&self) -> Vec<Muted> {
        let muted =
            |name: &&str| Some(Muted { name: (*name).to_owned(), until: Some(self.muted_until(name)?) });
        RESERVED.iter().filter_map(muted).collect()
    }

    fn find(&self, name: &str) -> Result<Row, Error> {
        let found = self.enrolled().get(name).map(|enrolment| enrolment.row.clone());
        found.ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        let names: Vec<String> = self.enrolled().keys().cloned().collect();
        let nearest = crate::text::nearest(name, names.iter().map(String::as_str));
        Error::Unknown { name: crate::text::brief(name), nearest: nearest.map(str::to_owned) }
    }

    fn status(&self, enrolment: &Enrolment) -> ClientStatus {
        ClientStatus {
            name: enrolment.row.name.clone(),
            access: enrolment.row.access,
            created: enrolment.row.created,
            connections: enrolment.revoked.receiver_count(),
            muted_until: self.muted_until(&enrolment.row.name),
        }
    }

    fn enrolled(&self) -> MutexGuard<'_, BTreeMap<String, Enrolment>> {
        lock(&self.0.enrolled)
    }

    async fn known(&self, token: &str, caller: &Caller) -> Result<Known, Fault> {
        // Whoever has a token is never made to wait for those who have none.
        if let Some(known) = self.issued_to(&token::hash(token)) {
            return Ok(known);
        }
        let now = self.0.clock.uptime();
        let turned_away = lock(&self.0.attempts).is_turned_away(caller.pid, now);
        if turned_away {
            let fault = Fault::new(Code::Busy, "too many wrong tokens came from this process");
            return Err(fault.hint("wait a minute").reason("E_RATE"));
        }
        if lock(&self.0.attempts).failed(caller.pid, now) {
            self.0.store.failed(caller).await?;
        }
        Err(Error::NoToken.into())
    }

    /// Looks at all of them, however early one fits, so that nobody learns by the time that takes.
    fn issued_to(&self, hash: &Hash) -> Option<Known> {
        let mut known = None;
        for enrolment in self.enrolled().values() {
            if token::same(&enrolment.row.hash, hash) {
                known = Some(Known {
                    client: enrolment.row.client(),
                    access: enrolment.row.access,
                    revoked: enrolment.revoked.subscribe(),
                });
            }
        }
        known
    }
}

impl Clients for Handle {
    fn identify<'a>(
        &'a self,
        token: &'a str,
        caller: &'a Caller,
    ) -> Pin<Box<dyn Future<Output = Result<Known, Fault>> + Send + 'a>> {
        Box::pin(self.known(token, caller))
    }
}

impl Enrolment {
    fn of(row: Row) -> Enrolment {
        Enrolment { row, revoked: watch::Sender::new(false) }
    }
}

/// What somebody is who has no token, what people are who decide, and who else acts.
const RESERVED: [&str; 9] =
    ["local", "supervised", "anonymous", OWNER, UNKNOWN, "daemon", "policy", "window", "tray"];

fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let is_fine = (1..=64).contains(&name.len())
        && name.bytes().all(is_plain)
        && name.as_bytes()[0].is_ascii_alphanumeric();
    match is_fine {
        false => Err(Error::BadName(crate::text::brief(name))),
        true if RESERVED.contains(&name) => Err(Error::Reserved(name.to_owned())),
        true => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
