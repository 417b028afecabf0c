//! Who is at the other end of a socket, from the kernel's facts.
//!
//! The owner's socket gives its user everything, except that a process which
//! descends from something this daemon started may only ask: a terminal that
//! runs as a service is not an owner. That is a seat belt and not a wall; a
//! process that means harm can leave its ancestors. The agents' socket gives
//! nobody more than the right to ask. Whether a process descends ([`Descent`]) is
//! found out once for each connection, and only when a call needs to know. A
//! client's token replaces all of this by what it was issued for, until it is revoked.

use std::os::fd::AsRawFd as _;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use rustix::io::Errno;
use tokio::net::UnixStream;
use tokio::sync::watch;

use super::descent::Descent;
use super::listen::Door;
use crate::home;
use crate::kernel::caller::{Known, Link};
use crate::kernel::{Access, Caller, Client};

const FROM_AGENT_SOCKET: &str = "agent.sock gives the right to ask and no more";
const BY_TOKEN: &str = "your client's token gives no more";
const FROM_SERVICE: &str = "your process descends from something that this daemon started";
const NO_MORE_FILES: &str = "it cannot be told whether your process descends from something that this daemon started: \
    the daemon has too many open files (ulimit -n)";
const NO_MORE_FILES_AT_ALL: &str = "it cannot be told whether your process descends from something that this daemon \
    started: the system has too many open files";
const NOT_TOLD: &str = "it cannot be told whether your process descends from something that this daemon started: \
    it cannot be looked at (the log says why)";

/// The process at the other end of a connection.
pub struct Peer {
    door: Door,
    pid: Option<i32>,
    link: Link,
    descent: Option<Arc<Descent>>,
    caller: Option<Caller>,
    revoked: Option<watch::Receiver<bool>>,
}

impl Peer {
    /// The peer of an accepted connection; `None` if it is another user's, whom nobody lets in.
    pub fn of(stream: &UnixStream, door: Door, descent: &Arc<Descent>) -> Option<Peer> {
        let credentials = stream.peer_cred().ok()?;
        if credentials.uid() != rustix::process::getuid().as_raw() {
            return None;
        }
        let link = Link::of(peer_pidfd(stream));
        let descent = Some(Arc::clone(descent));
        Some(Peer { door, pid: credentials.pid(), link, descent, caller: None, revoked: None })
    }

    /// Somebody in the daemon's own process, over a pipe in memory.
    pub fn known(caller: Caller) -> Peer {
        let link = Link::of(None);
        let caller = Caller { link: link.clone(), ..caller };
        Peer { door: Door::Owner, pid: None, link, descent: None, caller: Some(caller), revoked: None }
    }

    /// Whose access is enough to be judged: looks no further than `needed` makes necessary.
    pub fn caller(&mut self, needed: Access) -> Caller {
        if let Some(caller) = &self.caller {
            return caller.clone();
        }
        let may = |access, limit, client| {
            let link = self.link.clone();
            Caller { access, besides: &[], limit, pid: self.pid, client, link }
        };
        let caller = match self.door {
            Door::Agent => may(Access::Request, Some(FROM_AGENT_SOCKET), Client::ANONYMOUS),
            Door::Owner if needed < Access::Request => return may(Access::Request, None, Client::LOCAL),
            Door::Owner => match self.descends() {
                Ok(false) => may(Access::Admin, None, Client::LOCAL),
                Ok(true) => may(Access::Request, Some(FROM_SERVICE), Client::SUPERVISED),
                // Found out anew with the next call: it may be so for a moment only.
                Err(why) => return may(Access::Request, Some(why), Client::SUPERVISED),
            },
        };
        self.caller = Some(caller.clone());
        caller
    }

    /// From now on it is whom its token was issued to.
    pub(super) fn is_known(&mut self, known: Known) {
        let Known { client, access, revoked } = known;
        let access = access.min(Access::Operate);
        let (limit, link) = (Some(BY_TOKEN), self.link.clone());
        self.caller = Some(Caller { access, besides: &[], limit, pid: self.pid, client, link });
        self.revoked = Some(revoked);
    }

    /// Whether a token has said who it is.
    pub(super) fn has_token(&self) -> bool {
        self.revoked.is_some()
    }

    /// Waits until its token is good for nothing any more.
    pub(super) async fn revoked(&mut self) {
        match &mut self.revoked {
            // Without anybody who could revoke it, it has ended as well.
            Some(revoked) => drop(revoked.wait_for(|revoked| *revoked).await),
            None => std::future::pending().await,
        }
    }

    /// Its connection has ended.
    pub(super) fn left(&self) {
        self.link.close();
    }

    /// Whether it does, or why that cannot be told.
    fn descends(&self) -> Result<bool, &'static str> {
        let (Some(pid), Some(descent)) = (self.pid, &self.descent) else { return Ok(false) };
        let line = descent.line_of_stranger(pid).map_err(|error| {
            tracing::warn!(%error, pid, "a process cannot be looked at, so it may do less");
            match Errno::from_io_error(&error) {
                Some(Errno::MFILE) => NO_MORE_FILES,
                Some(Errno::NFILE) => NO_MORE_FILES_AT_ALL,
                _ => NOT_TOLD,
            }
        })?;
        // What was read of a process that has ended since may be another's; who is gone needs nothing.
        let line = line.filter(|_| !self.link.pidfd().is_some_and(home::has_ended));
        Ok(line.map(|line| self.link.line().get_or_init(|| line)).is_none())
    }
}

/// Linux 6.5 and later; without it the pid alone has to do.
#[allow(unsafe_code, reason = "no crate of ours wraps SO_PEERPIDFD")]
fn peer_pidfd(stream: &UnixStream) -> Option<OwnedFd> {
    const SO_PEERPIDFD: libc::c_int = 77;
    let mut descriptor: libc::c_int = -1;
    let mut length = libc::socklen_t::try_from(size_of::<libc::c_int>()).ok()?;
    // SAFETY: the kernel writes at most `length` bytes, the size of the integer behind the pointer.
    let result = unsafe {
        libc::getsockopt(
            stream.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            SO_PEERPIDFD,
            (&raw mut descriptor).cast(),
            &raw mut length,
        )
    };
    // SAFETY: on success the kernel made this descriptor for us and nobody else has it.
    (result == 0 && 0 <= descriptor).then(|| unsafe { OwnedFd::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells the child of the test below that it is one.
    const CHILD: &str = "HOB_TEST_WITHOUT_DESCRIPTORS";

    fn owner(pid: i32) -> Peer {
        let descent = Some(Arc::new(Descent::new("none", |_| false)));
        Peer { door: Door::Owner, pid: Some(pid), link: Link::of(None), descent, caller: None, revoked: None }
    }

    #[test]
    fn who_cannot_be_looked_at_for_want_of_descriptors_is_told_that_and_not_that_he_descends() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "surface::peer::tests::a_child_without_descriptors"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(child.status.success() && told.contains("1 passed"), "{told}");
    }

    #[test]
    #[ignore = "run by the test above: it takes all descriptors"]
    fn a_child_without_descriptors() {
        use rustix::process::{Resource, Rlimit, getppid, setrlimit};
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        let parent = getppid().unwrap().as_raw_nonzero().get();
        let mut peer = owner(parent);
        setrlimit(Resource::Nofile, Rlimit { current: Some(32), maximum: Some(32) }).unwrap();
        let mut all = Vec::new();
        while let Ok(file) = fs_err::File::open("/dev/null") {
            all.push(file);
        }
        let caller = peer.caller(Access::Admin);
        assert_eq!((caller.access, caller.limit), (Access::Request, Some(NO_MORE_FILES)));
        drop(all);
        assert_eq!(peer.caller(Access::Admin).access, Access::Admin, "it is looked at once more");
    }
}
