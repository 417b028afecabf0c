//! What a service says about itself: the `NOTIFY_SOCKET` protocol of `sd_notify(3)`.
//!
//! A service gets the path of a datagram socket in its environment and writes
//! lines such as `READY=1` to it. The kernel says who wrote ([`Sender`]);
//! whether that is a process of the service is for the caller to judge, as
//! nothing here knows processes.
//!
//! Anybody's junk is survived: unknown lines are skipped, datagrams that are too
//! long are dropped, descriptors that come along are closed (by which
//! `BARRIER=1` is honoured: its sender waits for just that). Storing descriptors
//! (`FDSTORE`) is not offered.

mod message;
mod receive;

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};
use tokio::io::Interest;
use tokio::net::UnixDatagram;

pub use message::{Life, Message};

/// No message is longer; `sd_notify` itself sends far less.
const LONGEST: usize = 4096;

/// The longest path that fits a socket address, without its final NUL.
const LONGEST_PATH: usize = 107;

/// The end where a service's messages arrive; its file goes with it.
#[derive(Debug)]
pub struct Socket {
    socket: UnixDatagram,
    path: PathBuf,
    file: Option<(u64, u64)>,
    owner: u32,
}

/// Who sent a message, in the kernel's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The process.
    pub pid: u32,
    /// Its user.
    pub uid: u32,
}

/// A socket that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The system does not know such long addresses.
    #[error(
        "the socket path {path} is too long: {length} bytes, at most {LONGEST_PATH}; choose a shorter state directory (HOB_HOME)"
    )]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its length.
        length: usize,
    },
    /// Anything else.
    #[error("cannot make the notification socket {path}: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Socket {
    /// Binds the socket, in the place of what may be left there. Only the daemon's
    /// user may write to it: a service of another user must be given the file by
    /// the caller.
    pub fn bind(path: &Path) -> Result<Socket, BindError> {
        let length = path.as_os_str().len();
        if LONGEST_PATH < length {
            return Err(BindError::TooLong { path: path.to_owned(), length });
        }
        let failed = |source| BindError::Io { path: path.to_owned(), source };
        match fs_err::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let socket = open(path).map_err(failed)?;
        Ok(Socket {
            socket,
            path: path.to_owned(),
            file: identity(path),
            owner: rustix::process::geteuid().as_raw(),
        })
    }

    /// Gives it to the user that the service runs as, who alone may write to it then.
    pub fn give_to(&mut self, user: u32, group: u32) -> io::Result<()> {
        std::os::unix::fs::chown(&self.path, Some(user), Some(group))?;
        self.owner = user;
        Ok(())
    }

    /// Who may write to it.
    pub fn owner(&self) -> u32 {
        self.owner
    }

    /// What to put into `NOTIFY_SOCKET`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the next message. Cancel safe.
    pub async fn recv(&self) -> io::Result<(Message, Sender)> {
        loop {
            let received = self.socket.async_io(Interest::READABLE, || whole(self.socket.as_fd())).await?;
            if let Some((bytes, sender)) = received {
                return Ok((Message::parse(&bytes), sender));
            }
        }
    }
}

impl Socket {
    /// The next message, if one is there.
    pub fn waiting(&self) -> Option<(Message, Sender)> {
        loop {
            // An error means that nothing is there.
            if let Some((bytes, sender)) = whole(self.socket.as_fd()).ok()? {
                return Some((Message::parse(&bytes), sender));
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It may be gone already, with its whole directory, or be the next run's by now.
        if self.file.is_some() && self.file == identity(&self.path) {
            drop(fs_err::remove_file(&self.path));
        }
    }
}

fn open(path: &Path) -> io::Result<UnixDatagram> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
    // Both before the name exists: no datagram without its sender, no instant with wider access.
    sockopt::set_socket_passcred(&socket, true)?;
    rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    UnixDatagram::from_std(socket.into())
}

/// Device and inode: what makes one file that file.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs_err::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// One datagram, unless it was cut off or came from nobody that can be named.
fn whole(socket: BorrowedFd<'_>) -> io::Result<Option<(Vec<u8>, Sender)>> {
    let mut bytes = vec![0; LONGEST + 1];
    let (length, credentials) = receive::receive(socket, &mut bytes)?;
    bytes.truncate(length);
    // A process outside our PID namespace has pid 0.
    let pid = credentials.and_then(|them| u32::try_from(them.pid).ok()).filter(|pid| *pid != 0);
    let sender = pid.zip(credentials).map(|(pid, them)| Sender { pid, uid: them.uid });
    Ok(sender.filter(|_| length <= LONGEST).map(|sender| (bytes, sender)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram as Plain;

    fn socket() -> (Socket, Plain, tempfile::TempDir) {
        let place = tempfile::tempdir().unwrap();
        let socket = Socket::bind(&place.path().join("notify")).unwrap();
        let service = Plain::unbound().unwrap();
        service.connect(socket.path()).unwrap();
        (socket, service, place)
    }

    #[tokio::test]
    async fn a_message_comes_with_its_sender() {
        let (socket, service, _place) = socket();
        service.send(b"READY=1\nSTATUS=up").unwrap();
        let (message, sender) = socket.recv().await.unwrap();
        assert!(message.ready);
        assert_eq!(message.status.as_deref(), Some("up"));
        assert_eq!(sender.pid, std::process::id());
    }

    #[tokio::test]
    async fn what_is_too_long_is_dropped_and_the_next_is_read() {
        let (socket, service, _place) = socket();
        let mut long = b"READY=1\n".to_vec();
        long.resize(LONGEST + 1, b'x');
        service.send(&long).unwrap();
        service.send(b"").unwrap();
        service.send(b"STOPPING=1").unwrap();
        assert_eq!(socket.recv().await.unwrap().0, Message::default());
        assert!(socket.recv().await.unwrap().0.stopping);
    }

    #[tokio::test]
    async fn a_file_left_behind_is_in_nobodys_way() {
        let (socket, _service, place) = socket();
        let path = socket.path().to_owned();
        std::mem::forget(socket);
        let again = Socket::bind(&path).unwrap();
        drop(again);
        assert!(!path.exists());
        drop(place);
    }

    #[tokio::test]
    async fn a_path_that_no_socket_can_have_is_named_with_its_length() {
        let path = Path::new("/tmp").join("x".repeat(200));
        let error = Socket::bind(&path).unwrap_err().to_string();
        assert!(error.contains("205 bytes, at most 107"), "{error}");
    }

    #[tokio::test]
    async fn the_file_is_the_daemon_s_alone_and_the_next_run_s_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let (socket, service, _place) = socket();
        let path = socket.path().to_owned();
        assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let next = Socket::bind(&path).unwrap();
        drop(socket);
        service.connect(&path).unwrap();
        service.send(b"READY=1").unwrap();
        assert!(next.recv().await.unwrap().0.ready);
    }

    #[tokio::test]
    async fn descriptors_that_come_along_are_closed() {
        use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
        use std::io::Read as _;
        let (socket, service, _place) = socket();
        let (mut reader, writer) = io::pipe().unwrap();
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let sent = [writer.as_fd()];
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&sent)));
        let text = [io::IoSlice::new(b"FDSTORE=1\nREADY=1")];
        sendmsg(&service, &text, &mut ancillary, SendFlags::empty()).unwrap();
        drop(writer);
        assert!(socket.recv().await.unwrap().0.ready);
        rustix::io::ioctl_fionbio(&reader, true).unwrap();
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "nobody has the writing end any more");
    }
}
