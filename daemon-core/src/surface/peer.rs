//! Who is at the other end of a socket, from the kernel's facts.
//!
//! The owner's socket gives its user everything, except that a process which
//! descends from something this daemon started may only ask: a terminal that
//! runs as a service is not an owner. That is a seat belt and not a wall; a
//! process that means harm can leave its ancestors. The agents' socket gives
//! nobody more than the right to ask. Whether a process descends is found out
//! once for each connection, and only when a call needs to know. A client's token
//! replaces all of this by what it was issued for, until it is revoked.

use std::io::Read as _;
use std::os::fd::AsRawFd as _;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use tokio::net::UnixStream;
use tokio::sync::watch;

use super::listen::Door;
use crate::home;
use crate::home::lineage::{self, Relations};
use crate::kernel::caller::{Known, Link, Process};
use crate::kernel::{Access, Caller, Client};

const FROM_AGENT_SOCKET: &str = "agent.sock gives the right to ask and no more";
const BY_TOKEN: &str = "your client's token gives no more";
const FROM_SERVICE: &str = "your process descends from something that this daemon started";

/// The process at the other end of a connection.
#[derive(Debug)]
pub struct Peer {
    door: Door,
    pid: Option<i32>,
    link: Link,
    home_id: String,
    caller: Option<Caller>,
    revoked: Option<watch::Receiver<bool>>,
}

impl Peer {
    /// The peer of an accepted connection; `None` if it is another user's, whom nobody lets in.
    pub fn of(stream: &UnixStream, door: Door, home_id: &str) -> Option<Peer> {
        let credentials = stream.peer_cred().ok()?;
        if credentials.uid() != rustix::process::getuid().as_raw() {
            return None;
        }
        let home_id = home_id.to_owned();
        let link = Link::of(peer_pidfd(stream));
        Some(Peer { door, pid: credentials.pid(), link, home_id, caller: None, revoked: None })
    }

    /// Somebody in the daemon's own process, over a pipe in memory.
    pub fn known(caller: Caller) -> Peer {
        let link = Link::default();
        let caller = Caller { link: link.clone(), ..caller };
        let home_id = String::new();
        Peer { door: Door::Owner, pid: None, link, home_id, caller: Some(caller), revoked: None }
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
            Door::Owner if self.descends() => may(Access::Request, Some(FROM_SERVICE), Client::SUPERVISED),
            Door::Owner => may(Access::Admin, None, Client::LOCAL),
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

    fn descends(&self) -> bool {
        let Some(pid) = self.pid else { return false };
        let daemon = rustix::process::getpid().as_raw_nonzero().get();
        let found = match descends_from(pid, daemon, &self.home_id) {
            Ok(line) => {
                // Whoever asks for its ancestors later need not look for them again.
                self.link.line(|| line);
                false
            }
            Err(Descends) => true,
        };
        // What was read of a process that has ended since may be another's; who is gone needs nothing.
        found || self.link.pidfd().is_some_and(home::has_ended)
    }
}

/// It belongs to something that was started by a daemon of this home, or may.
#[derive(Debug)]
struct Descends;

/// By its parents, or by those of its session's leader: a run is a session of its own, and whom
/// its parent has left is still in it. What cannot be looked at is not trusted. The process and its
/// ancestors, if it does not descend.
fn descends_from(pid: i32, daemon: i32, home_id: &str) -> Result<Vec<Process>, Descends> {
    let mut seen = Vec::new();
    let session = match leads_to(pid, daemon, home_id, &mut seen) {
        Some(false) => seen.first().map(|own| own.session),
        Some(true) | None => return Err(Descends),
    };
    let line: Vec<Process> = seen.iter().map(|it| it.process).collect();
    // Most leaders are ancestors, and have been looked at.
    let leader = session.filter(|leader| line.iter().all(|it| it.pid != *leader));
    match leader.and_then(|leader| leads_to(leader, daemon, home_id, &mut seen)) {
        Some(true) => Err(Descends),
        Some(false) | None => Ok(line),
    }
}

/// Whether the chain of parents passes a run or ends at the daemon; `None` if there is no such process.
/// Whom it passes is added to `seen`.
fn leads_to(pid: i32, daemon: i32, home_id: &str, seen: &mut Vec<Relations>) -> Option<bool> {
    let (mut child, mut current) = (pid, pid);
    for _ in 0..lineage::LONGEST {
        if current == daemon {
            return Some(current != pid);
        }
        if current <= 1 {
            return Some(false);
        }
        if tagged(current, home_id) {
            return Some(true);
        }
        if let Some(found) = lineage::relations(current) {
            seen.push(found);
            (child, current) = (current, found.parent);
            continue;
        }
        // It has ended, and its child has another parent; or it is hidden from us, so it is not ours.
        let parent = lineage::relations(child).filter(|_| child != current)?.parent;
        if parent == current {
            return Some(false);
        }
        current = parent;
    }
    Some(true)
}

/// Whether a process was given a run of this home (`HOB_RUN`) when it was executed.
fn tagged(pid: i32, home_id: &str) -> bool {
    // It has no length to go by, and each read of it is one of another process's memory.
    let mut environment = Vec::with_capacity(16 << 10);
    let read = fs_err::File::open(format!("/proc/{pid}/environ"))
        .and_then(|file| file.take(u64::MAX).read_to_end(&mut environment));
    if read.is_err() {
        return false;
    }
    let tag = format!("HOB_RUN={home_id}.");
    environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(tag.as_bytes()))
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

    #[test]
    fn a_child_of_the_daemon_descends_and_a_stranger_does_not() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let us = i32::try_from(std::process::id()).unwrap();
        assert!(descends_from(pid, us, "none").is_err());
        assert!(descends_from(us, pid, "none").is_ok(), "a parent is no descendant");
        assert!(descends_from(us, us, "none").is_ok(), "nobody descends from himself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_tag_of_this_home_is_enough_and_another_home_s_is_not() {
        let mut command = std::process::Command::new("sleep");
        let mut child = command.arg("60").env("HOB_RUN", "abc.boot.web.1.x").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        // Right after the spawn the old program's environment may still be seen.
        while !fs_err::read(format!("/proc/{pid}/environ")).unwrap().starts_with(b"HOB_RUN")
            && !tagged(pid, "abc")
        {
            std::thread::yield_now();
        }
        assert!(tagged(pid, "abc"));
        assert!(!tagged(pid, "ab"));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Runs a shell script in a session of its own and returns the process that the script names.
    fn named_by(script: &str) -> (std::process::Child, i32) {
        use std::io::{BufRead as _, BufReader};
        let mut command = std::process::Command::new("setsid");
        command.args(["sh", "-c", script]).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (child, line.trim().parse().unwrap())
    }

    #[test]
    fn who_has_lost_its_parent_still_descends_by_its_session() {
        let script = "(env -i sleep 60 >/dev/null & echo $!); exec >/dev/null; sleep 60";
        let (mut child, orphan) = named_by(script);
        let us = i32::try_from(std::process::id()).unwrap();
        assert!(lineage::relations(orphan).is_some_and(|it| it.parent != it.session));
        assert!(descends_from(orphan, us, "none").is_err());
        rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&child),
            rustix::process::Signal::KILL,
        )
        .unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_name_that_is_no_text_hides_nobody() {
        use std::os::unix::ffi::OsStrExt as _;
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join(std::ffi::OsStr::from_bytes(b"\xff) \xfe"));
        fs_err::os::unix::fs::symlink("/bin/sleep", &program).unwrap();
        let mut child = std::process::Command::new(&program).arg("60").env_clear().spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        while !fs_err::read(format!("/proc/{pid}/stat")).unwrap().contains(&0xff) {
            std::thread::yield_now();
        }
        assert!(descends_from(pid, i32::try_from(std::process::id()).unwrap(), "none").is_err());
        assert!(home::start_ticks(pid).is_some());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn who_cannot_be_looked_at_is_not_trusted() {
        assert!(descends_from(i32::MAX, i32::try_from(std::process::id()).unwrap(), "none").is_err());
    }
}
