//! Asking without a runtime: some questions at once on one connection, and their answers.
//!
//! What people type most often asks, shows and ends, all in a millisecond, of
//! which a runtime would be a tenth. Here are no feeds and nothing that takes
//! long; [`super::Client`] has both.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use bytes::BytesMut;
use rustix::net::sockopt::socket_peercred;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use super::client::{check_directory, check_server, identity, socket_of, unreachable_at};
use super::envelope::{self, Answer};
use super::frame;
use crate::home::Dirs;
use crate::kernel::{Code, Fault};

/// So much is read at once, in bytes: two hundred services are four times that.
const READ_AT_ONCE: usize = 16 << 10;

/// A connection on which one asks and waits.
pub struct Asker {
    stream: UnixStream,
    codec: LengthDelimitedCodec,
    unread: BytesMut,
    next: u64,
}

impl Asker {
    /// Connects to the daemon of a home.
    ///
    /// # Errors
    /// `unavailable` if none runs, `denied` if the socket is not ours.
    pub fn connect(dirs: &Dirs) -> Result<Asker, Fault> {
        let socket = socket_of(dirs);
        check_directory(&socket)?;
        let stream = UnixStream::connect(&socket).map_err(|error| unreachable_at(&socket, &error))?;
        if let Ok(peer) = socket_peercred(&stream) {
            check_server(&socket, peer.uid.as_raw())?;
        }
        Ok(Asker { stream, codec: frame::codec(), unread: BytesMut::new(), next: 1 })
    }

    /// Says by its token as which client everything that follows is asked.
    ///
    /// # Errors
    /// As [`super::Client::identify`].
    pub fn identify(&mut self, token: &str) -> Result<(), Fault> {
        let body = identity(token);
        self.ask(&[("$/client", &body)]).into_iter().try_for_each(|answer| answer.map(drop))
    }

    /// Calls operations by name, requests and replies are JSON; the replies come in the order of the calls.
    pub fn ask(&mut self, calls: &[(&str, &[u8])]) -> Vec<Result<Vec<u8>, Fault>> {
        let mut answers = vec![None; calls.len()];
        let ended = self.exchange(calls, &mut answers).err();
        let missing = || Err(ended.clone().unwrap_or_else(|| Fault::internal("there is no reply")));
        answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
    }

    fn exchange(
        &mut self,
        calls: &[(&str, &[u8])],
        answers: &mut [Option<Result<Vec<u8>, Fault>>],
    ) -> Result<(), Fault> {
        let first = self.next;
        let mut out = BytesMut::new();
        for (name, body) in calls {
            envelope::request(&mut out, self.next, name, body)?;
            self.next += 1;
        }
        self.stream.write_all(&out).map_err(|error| broken(&error))?;
        while answers.iter().any(Option::is_none) {
            let frame = self.frame()?;
            let (id, answer) = match envelope::parse_answer(&frame)? {
                Answer::End(id, answer) => (id, answer),
                Answer::Item(..) => continue,
                Answer::Refused(fault) => return Err(fault),
            };
            let place = id.checked_sub(first).and_then(|place| usize::try_from(place).ok());
            if let Some(place) = place.and_then(|place| answers.get_mut(place)) {
                *place = Some(answer.map(|reply| reply.as_bytes().to_vec()));
            }
        }
        Ok(())
    }

    fn frame(&mut self) -> Result<BytesMut, Fault> {
        loop {
            let frame = self.codec.decode(&mut self.unread);
            let frame = frame
                .map_err(|error| Fault::internal(format!("the daemon sent a frame that cannot be: {error}")));
            if let Some(frame) = frame? {
                return Ok(frame);
            }
            let before = self.unread.len();
            self.unread.resize(before + READ_AT_ONCE, 0);
            let read = loop {
                match self.stream.read(&mut self.unread[before..]) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.unread.truncate(before + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(Fault::new(Code::Unavailable, "the daemon closed the connection")),
                Ok(_) => {}
                Err(error) => return Err(broken(&error)),
            }
        }
    }
}

fn broken(error: &std::io::Error) -> Fault {
    Fault::new(Code::Unavailable, format!("the connection to the daemon broke: {error}"))
}
