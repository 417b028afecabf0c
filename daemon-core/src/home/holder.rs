//! Who has the home's lock, and waiting until that daemon is ready or gone.
//!
//! The pid file tells of a daemon that is ready. Between the lock and the pid
//! file, and again at the end of its life, only the lock file knows the one
//! that has the home: its process signs there. The signature decides nothing;
//! it is believed as a pid file is, and says whose end to wait for.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::process::{Pid, PidfdFlags, getpid, pidfd_open};

use super::{BETWEEN_LOOKS, Dirs, LOOKS, running, start_ticks, taken, unavailable};
use crate::kernel::Fault;

/// The process that has the home's lock.
#[derive(Debug)]
pub struct Holder {
    /// Its number.
    pub pid: i32,
    process: OwnedFd,
}

/// Who has the lock, if it has signed already and lives.
pub fn holder(dirs: &Dirs) -> Option<Holder> {
    let signature = read_plain(&dirs.state().join("hob.lock")).ok()?;
    let (pid, ticks) = signature.trim_end().split_once(' ')?;
    let (pid, ticks): (i32, u64) = (pid.parse().ok().filter(|pid| 0 < *pid)?, ticks.parse().ok()?);
    let process = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
    // Checked with the descriptor in hand: from here on the number cannot change its meaning.
    (start_ticks(pid) == Some(ticks)).then_some(Holder { pid, process })
}

/// Reads a file of the home, if it is one under its own name: a FIFO would keep whoever opens it waiting.
pub(super) fn read_plain(path: &Path) -> io::Result<String> {
    let mut options = fs_err::OpenOptions::new();
    let file = options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(format!("{} is no regular file", path.display())));
    }
    io::read_to_string(file)
}

/// Writes this process's name into the lock that it has just taken.
pub(super) fn sign(mut lock: &File) {
    let pid = getpid().as_raw_nonzero().get();
    let ticks = start_ticks(pid).unwrap_or_default();
    let signed = lock.set_len(0).and_then(|()| lock.write_all(format!("{pid} {ticks}\n").as_bytes()));
    if let Err(error) = signed {
        tracing::debug!(%error, "the lock is not signed; whoever waits for this daemon will not know it");
    }
}

/// Locks the state directory itself; `None` where a directory cannot be locked.
pub(super) fn lock_place(dirs: &Dirs) -> Result<Option<File>, Fault> {
    let place = fs_err::File::open(dirs.state()).map_err(unavailable)?.into_parts().0;
    for _ in 0..LOOKS {
        match place.try_lock() {
            Ok(()) => return Ok(Some(place)),
            // A child of a daemon that has ended may have a copy of it for a moment.
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_LOOKS),
            Err(TryLockError::Error(error)) => {
                tracing::debug!(%error, "the state directory cannot be locked, only a file in it");
                return Ok(None);
            }
        }
    }
    Err(taken(dirs, ""))
}

impl Holder {
    /// Whether it is this one, which may have been another daemon before.
    pub(super) fn is_this_process(&self) -> bool {
        self.pid == getpid().as_raw_nonzero().get()
    }

    /// Blocks until this daemon answers or has ended, or for so long without any sign of life.
    ///
    /// # Errors
    /// `TimedOut`, or if the state directory cannot be watched.
    pub fn settled(&self, dirs: &Dirs, patience: Duration) -> io::Result<()> {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let directory = dirs.pid().parent().unwrap_or_else(|| dirs.state());
        inotify::add_watch(&watch, directory, WatchFlags::CREATE | WatchFlags::MOVED_TO)?;
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        loop {
            if running(dirs).is_some_and(|running| UnixStream::connect(running.socket).is_ok()) {
                return Ok(());
            }
            let mut signs = [PollFd::new(&self.process, PollFlags::IN), PollFd::new(&watch, PollFlags::IN)];
            let found = rustix::io::retry_on_intr(|| poll(&mut signs, Some(&patience)))?;
            if found == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if !signs[0].revents().is_empty() {
                return Ok(());
            }
            // What has happened is seen above; here it is only taken away.
            let mut events = [0u8; 4096];
            rustix::io::retry_on_intr(|| rustix::io::read(&watch, &mut events))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;

    #[test]
    fn a_claimed_home_names_its_holder_before_the_pid_file_does() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(dir.path());
        assert!(holder(&dirs).is_none());
        let home = Home::claim(&dirs).unwrap();
        assert_eq!(holder(&dirs).unwrap().pid, getpid().as_raw_nonzero().get());
        assert!(running(&dirs).is_none());
        let refusal = Home::claim(&dirs).err().unwrap();
        assert!(refusal.message.contains(&format!("pid {}", std::process::id())), "{refusal}");
        drop(home);
    }

    #[test]
    fn a_lock_that_is_removed_lets_nobody_else_in() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(dir.path());
        let home = Home::claim(&dirs).unwrap();
        fs_err::remove_file(dirs.state().join("hob.lock")).unwrap();
        assert_eq!(Home::claim(&dirs).err().unwrap().code, crate::kernel::Code::Busy);
        drop(home);
        Home::claim(&dirs).unwrap();
    }

    #[test]
    fn a_lock_of_another_program_is_told_as_that_and_names_no_daemon() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(dir.path());
        drop(Home::claim(&dirs).unwrap());
        let place = fs_err::File::open(dirs.state()).unwrap().into_parts().0;
        place.lock_shared().unwrap();
        let fault = Home::claim(&dirs).err().unwrap();
        assert_eq!(fault.code, crate::kernel::Code::Busy);
        assert!(fault.message.starts_with("another process has locked "), "{fault}");
        assert!(!fault.message.contains("pid") && fault.hint.unwrap().contains("fuser"));
        drop(place);
        Home::claim(&dirs).unwrap();
    }

    #[test]
    fn a_lock_that_outlives_its_daemon_for_a_moment_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(dir.path());
        fs_err::create_dir(dirs.state()).unwrap();
        let left =
            std::fs::OpenOptions::new().create_new(true).write(true).open(dirs.state().join("hob.lock"));
        let left = left.unwrap();
        left.try_lock().unwrap();
        let claiming = std::thread::spawn(move || Home::claim(&dirs).map(|home| home.id().len()));
        // Whenever this is: the claim comes before or after it, or waits for it.
        drop(left);
        assert_eq!(claiming.join().unwrap().unwrap(), 16);
    }

    #[test]
    fn a_signature_of_another_process_or_none_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(dir.path());
        fs_err::create_dir(dirs.state()).unwrap();
        let pid = std::process::id();
        for signature in ["", "x", "1", &format!("{pid} 1\n"), "-1 0\n"] {
            fs_err::write(dirs.state().join("hob.lock"), signature).unwrap();
            assert!(holder(&dirs).is_none(), "{signature:?}");
        }
    }

    #[test]
    fn a_holder_that_ends_has_settled_and_one_that_does_nothing_is_not_waited_for_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(dir.path());
        fs_err::create_dir(dirs.state()).unwrap();
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let ticks = start_ticks(pid).unwrap();
        fs_err::write(dirs.state().join("hob.lock"), format!("{pid} {ticks}\n")).unwrap();
        let holder = holder(&dirs).unwrap();
        let vain = holder.settled(&dirs, Duration::from_millis(10)).unwrap_err();
        assert_eq!(vain.kind(), io::ErrorKind::TimedOut);
        child.kill().unwrap();
        holder.settled(&dirs, Duration::from_secs(60)).unwrap();
        child.wait().unwrap();
    }
}
