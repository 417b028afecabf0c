//! Claiming a home: private directories, one lock, and a pid file to be found by.
//!
//! The lock on `hob.lock` in the state directory is the truth about who runs
//! here; the kernel drops it with the process, so nothing that a crash leaves
//! behind blocks a start. That file can be removed while a daemon runs, so the
//! directory itself is locked as well: what a daemon writes to is still in it. The pid file only says where the sockets are and whom
//! to signal, and it is believed only if its process started when it says.

mod dirs;
mod handed;
mod holder;
pub mod lineage;

use std::fmt::Write as _;
use std::fs::{File, Permissions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use dirs::check_socket_path;
pub use dirs::{Dirs, Place, SOCKET_PATH_LIMIT};
use fs_err::os::unix::fs::OpenOptionsExt as _;
pub use handed::Handed;
pub use holder::{Holder, holder};
use rustix::fs::{Mode, OFlags};

use crate::kernel::{Code, Fault};

const MARKER: &str = "hob-daemon 1";

/// How often to look again at a lock of which nobody living says that it is his.
const LOOKS: u32 = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A home that belongs to this process until it is dropped.
pub struct Home {
    id: String,
    lock: File,
    /// The same of the directory, where it can be locked.
    _place: Option<File>,
    pid_file: PathBuf,
}

/// The daemon that a pid file tells of, checked against the process table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its process.
    pub pid: i32,
    /// Its owner's socket.
    pub socket: PathBuf,
    /// Its agents' socket.
    pub agent_socket: PathBuf,
}

impl Home {
    /// Makes the directories private and takes the lock.
    ///
    /// # Errors
    /// `busy` if another daemon has the home, `denied` if a directory is not
    /// ours or is a symbolic link, `unavailable` if it cannot be written.
    pub fn claim(dirs: &Dirs) -> Result<Home, Fault> {
        // The outer one first: with a home it holds the other.
        for dir in [dirs.runtime(), dirs.state()] {
            private_dir(dir)?;
        }
        let lock = lock(dirs)?;
        let _place = holder::lock_place(dirs)?;
        let id = identity(&dirs.state().join("id"))?;
        Ok(Home { id, lock, _place, pid_file: dirs.pid().to_owned() })
    }

    /// The home's own random name; it never changes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes the pid file, once the sockets listen.
    ///
    /// # Errors
    /// `unavailable` if it cannot be written.
    pub fn announce(&self, dirs: &Dirs) -> Result<(), Fault> {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let ticks = start_ticks(pid).unwrap_or_default();
        let mut text = format!("{MARKER}\n{pid}\n{ticks}\n");
        for socket in [dirs.socket(), dirs.agent_socket()] {
            writeln!(text, "{}", socket.display()).expect("writing to a string cannot fail");
        }
        let draft = self.pid_file.with_extension("pid.new");
        // HOB_PID may name a directory where others can write: what they left there is not followed.
        drop(fs_err::remove_file(&draft));
        let mut options = fs_err::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let written = options.open(&draft).and_then(|mut file| file.write_all(text.as_bytes()));
        written.and_then(|()| fs_err::rename(&draft, &self.pid_file)).map_err(unavailable)
    }
}

impl Home {
    /// Gives the lock to the program that this process executes next, by a variable of its
    /// environment; until then, and if that fails, the home stays this one's.
    ///
    /// # Errors
    /// If the lock cannot be kept open.
    pub fn hand_on(&self) -> std::io::Result<(&'static str, String)> {
        Handed::Lock.keep(&self.lock)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = fs_err::remove_file(&self.pid_file) {
            tracing::debug!(%error, "the pid file was gone already");
        }
    }
}

/// The daemon of a home, if its pid file can be believed.
pub fn running(dirs: &Dirs) -> Option<Running> {
    let (told, ticks) = told(dirs)?;
    (start_ticks(told.pid) == Some(ticks)).then_some(told)
}

/// Where the daemon of a home listens, should one run.
pub fn socket(dirs: &Dirs) -> PathBuf {
    let usual = dirs.socket();
    let elsewhere = told(dirs).filter(|(told, _)| !dirs.socket_is_overridden() && told.socket != usual);
    // Only who names another place has to be believed.
    let running = elsewhere.filter(|(told, ticks)| start_ticks(told.pid) == Some(*ticks));
    running.map_or_else(|| usual.to_owned(), |(told, _)| told.socket)
}

/// What a pid file tells, and when the process that it names had started.
fn told(dirs: &Dirs) -> Option<(Running, u64)> {
    let file = fs_err::symlink_metadata(dirs.pid()).ok()?;
    if !file.is_file() || file.uid() != rustix::process::getuid().as_raw() {
        return None;
    }
    let text = fs_err::read_to_string(dirs.pid()).ok()?;
    let mut lines = text.lines();
    if lines.next()? != MARKER {
        return None;
    }
    let (pid, ticks) = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    Some((Running { pid, socket: lines.next()?.into(), agent_socket: lines.next()?.into() }, ticks))
}

/// When a process started, in clock ticks since boot (proc_pid_stat(5), field 22).
///
/// Together with the pid this names a process for ever, within one boot.
pub fn start_ticks(pid: i32) -> Option<u64> {
    let stat = stat_after_name(pid)?;
    let mut fields = stat.split(' ');
    let state = fields.next()?;
    let ticks = fields.nth(18)?.parse().ok()?;
    (state != "Z" && state != "X").then_some(ticks)
}

/// Whether a process has ended, zombies included: what its descriptor tells (pidfd_open(2)).
pub fn has_ended(pidfd: &std::os::fd::OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut polled = [PollFd::new(pidfd, PollFlags::IN)];
    poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| 0 < ready)
}

/// What the kernel tells of a process, from its state on (proc_pid_stat(5), field 3).
pub fn stat_after_name(pid: i32) -> Option<String> {
    look_at(pid).ok().flatten()
}

/// The same; `None` if there is no such process, or none that is shown to us.
///
/// # Errors
/// If nobody can tell, because of this process or of the system and not of that one.
pub fn look_at(pid: i32) -> std::io::Result<Option<String>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    // 52 numbers and a name of 64 bytes at most; the kernel gives it all at once.
    let mut stat = [0; 1536];
    let read = rustix::fs::open(format!("/proc/{pid}/stat"), flags, Mode::empty())
        .and_then(|file| rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut stat)));
    let stat = match read.map_err(std::io::Error::from) {
        Ok(length) => &stat[..length],
        Err(error) if is_not_there(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    // The name is the process's own choice: parentheses, blanks, bytes that are no text.
    let numbers = stat.iter().rposition(|byte| *byte == b')').and_then(|name_end| stat.get(name_end + 2..));
    Ok(numbers.and_then(|numbers| String::from_utf8(numbers.to_vec()).ok()))
}

/// Whether this says of a file of a process that the process is gone, or hidden from us.
pub fn is_not_there(error: &std::io::Error) -> bool {
    let is_gone = error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error());
    is_gone || matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied)
}

/// Makes a directory that only its owner can enter, or refuses the one that is there.
///
/// # Errors
/// `denied` if it belongs to somebody else, is a symbolic link, or is one that the whole system
/// uses; `unavailable` if it cannot be made.
pub fn private_dir(dir: &Path) -> Result<(), Fault> {
    let mode = own_dir(dir)?;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    // `/tmp`, `/run`: others would miss it.
    let is_everybodys = mode & 0o1000 != 0 || dir.parent().is_none_or(|above| above.parent().is_none());
    if is_everybodys {
        return Err(open_to_others(dir));
    }
    fs_err::set_permissions(dir, Permissions::from_mode(0o700)).map_err(unavailable)
}

/// As [`private_dir`], for a directory that only an override has named, such as `/var/log`: others
/// may need it, so it is not closed. What we make there is closed itself.
///
/// # Errors
/// As [`private_dir`], and `denied` if others could put something else in its place.
pub fn unshared_dir(dir: &Path) -> Result<(), Fault> {
    if own_dir(dir)? & 0o022 == 0 { Ok(()) } else { Err(open_to_others(dir)) }
}

/// Makes a directory if there is none; its mode, if it is this user's.
fn own_dir(dir: &Path) -> Result<u32, Fault> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| unavailable(format!("the directory {} cannot be made: {error}", dir.display())))?;
    let found = fs_err::symlink_metadata(dir).map_err(unavailable)?;
    let denied = |why: &str| Fault::new(Code::Denied, format!("the directory {} {why}", dir.display()));
    if found.is_symlink() {
        return Err(denied("is a symbolic link").hint("name the directory itself, or remove the link"));
    }
    if found.uid() != rustix::process::getuid().as_raw() {
        return Err(denied(&format!("belongs to user {}, not to you", found.uid())));
    }
    Ok(found.mode())
}

fn open_to_others(dir: &Path) -> Fault {
    Fault::new(Code::Denied, format!("the directory {} is open to others", dir.display()))
        .hint("name a directory that is hob's alone; one that does not exist is made")
}

fn lock(dirs: &Dirs) -> Result<File, Fault> {
    let path = dirs.state().join("hob.lock");
    if let Some(file) = handed::lock(&path) {
        holder::sign(&file);
        return Ok(file);
    }
    let mut options = fs_err::OpenOptions::new();
    // In its place there may be a FIFO, which would be waited for, or a link, which would be followed.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
    let file = options.open(&path).map_err(unavailable)?.into_parts().0;
    for _ in 0..LOOKS {
        match file.try_lock() {
            Ok(()) => {
                holder::sign(&file);
                return Ok(file);
            }
            Err(TryLockError::WouldBlock) if holder(dirs).is_some_and(|it| !it.is_this_process()) => break,
            // Either it has not signed yet, or it has ended in the middle of a spawn, and its
            // child has a copy of the lock for the moment until that executes the launcher.
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_LOOKS),
            Err(TryLockError::Error(error)) => {
                return Err(unavailable(format!("{} cannot be locked: {error}", path.display())));
            }
        }
    }
    Err(taken(dirs, "hob.lock"))
}

/// The home is another's; `what` in it is locked, or the directory itself.
fn taken(dirs: &Dirs, what: &str) -> Fault {
    // Of the directory only this process may have signed: it has the file's lock by then.
    let signed = holder(dirs).filter(|holder| !what.is_empty() || !holder.is_this_process());
    let who = match (running(dirs), signed) {
        (Some(running), _) => format!("a daemon runs here already, with pid {}", running.pid),
        (None, Some(holder)) => {
            format!("another daemon is just starting or stopping here, with pid {}", holder.pid)
        }
        (None, None) => {
            let place = dirs.state().join(what);
            return Fault::new(
                Code::Busy,
                format!("another process has locked {}, and no daemon says that it is it", place.display()),
            )
            .hint(
                "`fuser -v` on it tells which: a daemon that is just starting or stopping, so try again, or \
                 another program, which has to end; `--home DIR` starts a daemon elsewhere",
            );
        }
    };
    Fault::new(Code::Busy, format!("{who} ({})", dirs.state().display()))
        .hint("use it, or stop it with `hob daemon stop`; `--home DIR` starts one elsewhere")
}

fn identity(path: &Path) -> Result<String, Fault> {
    if let Ok(id) = holder::read_plain(path)
        && id.len() == 16
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Ok(id);
    }
    let id = random_hex(8);
    // Whatever is there is not written to.
    drop(fs_err::remove_file(path));
    let mut options = fs_err::OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(path);
    written.and_then(|mut file| file.write_all(id.as_bytes())).map_err(unavailable)?;
    Ok(id)
}

/// `bytes` random bytes from the kernel, in hexadecimal digits.
pub fn random_hex(bytes: usize) -> String {
    let mut random = vec![0u8; bytes];
    let mut filled = 0;
    while filled < bytes {
        match rustix::rand::getrandom(&mut random[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(more) => filled += more,
            Err(error) => assert!(error == rustix::io::Errno::INTR, "the kernel has random bytes: {error}"),
        }
    }
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unavailable(error: impl ToString) -> Fault {
    Fault::new(Code::Unavailable, error.to_string()).hint("`hob doctor` checks the home's directories")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs_err::metadata(path).unwrap().mode() & 0o7777
    }

    fn open_to_all(path: &Path, bits: u32) {
        fs_err::create_dir_all(path).unwrap();
        fs_err::set_permissions(path, Permissions::from_mode(bits)).unwrap();
    }

    #[test]
    fn a_directory_that_others_need_is_not_closed_to_them() {
        let place = tempfile::tempdir().unwrap();
        let (run, tmp) = (place.path().join("run"), place.path().join("tmp"));
        open_to_all(&run, 0o755);
        open_to_all(&tmp, 0o1777);
        unshared_dir(&run).unwrap();
        assert_eq!(mode(&run), 0o755);
        for refusal in [unshared_dir(&tmp), private_dir(&tmp)] {
            assert_eq!((refusal.unwrap_err().code, mode(&tmp)), (Code::Denied, 0o1777));
        }
        private_dir(&run).unwrap();
        assert_eq!(mode(&run), 0o700);
    }

    #[test]
    fn a_link_left_where_the_pid_file_is_drafted_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(&place.path().join("home"));
        let home = Home::claim(&dirs).unwrap();
        let victim = place.path().join("victim");
        fs_err::write(&victim, "precious").unwrap();
        fs_err::os::unix::fs::symlink(&victim, dirs.pid().with_extension("pid.new")).unwrap();
        home.announce(&dirs).unwrap();
        assert_eq!(fs_err::read_to_string(&victim).unwrap(), "precious");
        assert_eq!(running(&dirs).unwrap().pid, rustix::process::getpid().as_raw_nonzero().get());
    }

    #[test]
    fn another_socket_is_believed_only_of_the_process_that_said_so() {
        let place = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(place.path());
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let ticks = start_ticks(me).unwrap();
        let say = |first: &str, pid: i32, ticks: u64| {
            fs_err::create_dir_all(dirs.pid().parent().unwrap()).unwrap();
            let text = format!("{first}\n{pid}\n{ticks}\n/elsewhere/hob.sock\n/elsewhere/agent.sock\n");
            fs_err::write(dirs.pid(), text).unwrap();
            socket(&dirs)
        };
        assert_eq!(socket(&dirs), dirs.socket(), "nobody has said anything");
        assert_eq!(say(MARKER, me, ticks), Path::new("/elsewhere/hob.sock"));
        assert_eq!(say(MARKER, me, ticks + 1), dirs.socket(), "that was a process before us");
        assert_eq!(say(MARKER, i32::MAX, ticks), dirs.socket(), "there is no such process");
        assert_eq!(say("something else", me, ticks), dirs.socket(), "it is no pid file of ours");
    }
}
