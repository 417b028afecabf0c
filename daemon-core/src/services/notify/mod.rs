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

use std::io;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg, sockopt};
use tokio::io::Interest;
use tokio::net::UnixDatagram;

pub use message::Message;

/// No message is longer; `sd_notify` itself sends far less.
const LONGEST: usize = 4096;

/// The longest path that fits a socket address, without its final NUL.
const LONGEST_PATH: usize = 107;

/// The end where a service's messages arrive; its file goes with it.
#[derive(Debug)]
pub struct Socket {
    socket: UnixDatagram,
    path: PathBuf,
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
    /// Binds the socket, in the place of what may be left there. Its directory
    /// must be private to the daemon and whom the service runs as; a service of
    /// another user must be given the file by the caller.
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
        let socket = UnixDatagram::bind(path).map_err(failed)?;
        sockopt::set_socket_passcred(&socket, true).map_err(|error| failed(error.into()))?;
        Ok(Socket { socket, path: path.to_owned() })
    }

    /// What to put into `NOTIFY_SOCKET`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the next message. Cancel safe.
    pub async fn recv(&self) -> io::Result<(Message, Sender)> {
        loop {
            let received = self.socket.async_io(Interest::READABLE, || receive(self.socket.as_fd())).await?;
            if let Some((bytes, sender)) = received {
                return Ok((Message::parse(&bytes), sender));
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It may be gone already, with its whole directory.
        drop(fs_err::remove_file(&self.path));
    }
}

/// One datagram, unless it was cut off or came from nobody.
fn receive(socket: impl AsFd) -> io::Result<Option<(Vec<u8>, Sender)>> {
    let mut bytes = vec![0; LONGEST];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let slices = &mut [IoSliceMut::new(&mut bytes)];
    let received = recvmsg(socket, slices, &mut control, RecvFlags::CMSG_CLOEXEC)?;

    let sender = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmCredentials(them) => {
            // A process of another PID namespace that cannot be named has pid 0, which rustix cannot hold.
            let pid = u32::try_from(them.pid.as_raw_nonzero().get()).ok()?;
            Some(Sender { pid, uid: them.uid.as_raw() })
        }
        _ => None,
    });
    bytes.truncate(received.bytes);
    let is_whole = !received.flags.contains(ReturnFlags::TRUNC);
    Ok(sender.filter(|_| is_whole).map(|sender| (bytes, sender)))
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
}
