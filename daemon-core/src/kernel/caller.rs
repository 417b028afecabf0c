//! Who is asking: from the kernel's facts and a client's token, never from the message.

use std::borrow::Cow;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use super::fault::Fault;
use super::op::Access;
use crate::home::lineage::Process;

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The highest access this caller has.
    pub access: Access,
    /// Operations that it may call although they need a higher one, by name.
    pub besides: &'static [&'static str],
    /// Why it is no higher, for the message of a refusal.
    pub limit: Option<&'static str>,
    /// The caller's process, where there is one besides ours.
    pub pid: Option<i32>,
    /// As whom it asks.
    pub client: Client,
    /// The connection it asks over.
    pub link: Link,
}

/// As whom somebody asks: by a token, or by the way he came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Client {
    /// One enrolment has one, and nobody else ever again.
    pub id: Cow<'static, str>,
    /// What people call it.
    pub name: Cow<'static, str>,
}

/// A connection, for as long as somebody remembers it.
#[derive(Debug, Clone)]
pub struct Link(Arc<End>);

#[derive(Debug)]
struct End {
    number: u64,
    pidfd: Option<OwnedFd>,
    line: OnceLock<Vec<Process>>,
    closed: watch::Sender<bool>,
}

/// What a token was issued for.
#[derive(Debug)]
pub struct Known {
    /// To whom.
    pub client: Client,
    /// The most that it may do.
    pub access: Access,
    /// Turns true when it is good for nothing any more.
    pub revoked: watch::Receiver<bool>,
}

/// Tells of each token to whom it was issued.
pub trait Clients: Send + Sync {
    /// To whom; the caller is as whom it asked until now.
    fn identify<'a>(
        &'a self,
        token: &'a str,
        caller: &'a Caller,
    ) -> Pin<Box<dyn Future<Output = Result<Known, Fault>> + Send + 'a>>;
}

impl Caller {
    /// The daemon's own process, and tests.
    pub fn daemon() -> Caller {
        let (client, link) = (Client::LOCAL, Link::of(None));
        Caller { access: Access::Admin, besides: &[], limit: None, pid: None, client, link }
    }

    /// Whether it may call an operation of this name that needs this access.
    pub fn may(&self, name: &str, access: Access) -> bool {
        access <= self.access || self.besides.contains(&name)
    }
}

impl Client {
    /// The daemon's own user, at the owner's socket.
    pub const LOCAL: Client = Client::built_in("local");
    /// Something that this daemon has started, at the owner's socket.
    pub const SUPERVISED: Client = Client::built_in("supervised");
    /// Whoever says no name at the agents' socket.
    pub const ANONYMOUS: Client = Client::built_in("anonymous");

    const fn built_in(name: &'static str) -> Client {
        Client { id: Cow::Borrowed(name), name: Cow::Borrowed(name) }
    }
}

impl Link {
    /// A connection that is open, and its process where the kernel holds on to that.
    pub fn of(pidfd: Option<OwnedFd>) -> Link {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let (number, closed) = (NUMBERS.fetch_add(1, Ordering::Relaxed), watch::Sender::new(false));
        Link(Arc::new(End { number, pidfd, line: OnceLock::new(), closed }))
    }

    /// No two connections of a daemon have the same.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// The process at its other end, dead or alive.
    pub fn pidfd(&self) -> Option<&OwnedFd> {
        self.0.pidfd.as_ref()
    }

    /// That process and its ancestors, once somebody has looked: later it has no others, and may have lost some.
    pub fn line(&self) -> &OnceLock<Vec<Process>> {
        &self.0.line
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        *self.0.closed.borrow()
    }

    /// Turns true when it is closed. Who waits for that does not hold on to its process.
    pub fn end(&self) -> watch::Receiver<bool> {
        self.0.closed.subscribe()
    }

    pub(crate) fn close(&self) {
        self.0.closed.send_replace(true);
    }
}

impl PartialEq for Link {
    fn eq(&self, other: &Link) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Link {}
