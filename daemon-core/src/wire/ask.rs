//! Asking without a runtime: some questions at once on one connection, and their answers.
//!
//! What people type most often asks, shows and ends, all in a millisecond, of
//! which a runtime would be a tenth. Here is nothing that takes long, and of a
//! feed no more than what comes first; [`super::Client`] goes on with the rest.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bytes::BytesMut;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::socket_peercred;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use super::client::{Client, Items, identity};
use super::envelope::{self, Answer};
use super::frame;
use super::server::{check_directory, check_server, unreachable_at};
use crate::home::{self, Dirs};
use crate::kernel::{Code, Fault};

/// So much is read at once, in bytes: two hundred services are four times that.
const READ_AT_ONCE: usize = 16 << 10;

/// Who waits longer than this is told.
const PATIENCE: Duration = Duration::from_secs(1);

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
        let socket = home::socket(dirs);
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
        self.ask(&[("$/client", &body)], || (), || ()).into_iter().try_for_each(|answer| answer.map(drop))
    }

    /// Calls operations by name, requests and replies are JSON; the replies come in the order of the calls.
    /// `meanwhile` is what there is to do until something has come, and `late` is told once if not all has come
    /// within a second.
    pub fn ask(
        &mut self,
        calls: &[(&str, &[u8])],
        meanwhile: impl FnOnce(),
        late: impl FnOnce(),
    ) -> Vec<Result<Vec<u8>, Fault>> {
        let mut answers = vec![None; calls.len()];
        let ended = self.exchange(calls, &mut answers, meanwhile, Late::from_now(late)).err();
        let missing = || Err(ended.clone().unwrap_or_else(|| Fault::internal("there is no reply")));
        answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
    }

    /// Opens a feed by name, request and items are JSON; `None` if nothing of it has come within `patience`.
    ///
    /// # Errors
    /// As [`super::Client::open`].
    pub fn open(&mut self, name: &str, body: &[u8], patience: Duration) -> Result<Option<Vec<u8>>, Fault> {
        let due = monotonic() + patience;
        let id = self.next;
        self.send(&[(name, body)], patience)?;
        while let Some(frame) = self.frame(|| monotonic() < due)? {
            match envelope::parse_answer(&frame)? {
                Answer::Item(of, item) if of == id => return Ok(Some(item.as_bytes().to_vec())),
                Answer::End(of, Err(fault)) if of == id => return Err(fault),
                Answer::End(of, Ok(_)) if of == id => {
                    return Err(Fault::internal(format!("{name} has nothing to tell")));
                }
                Answer::Refused(fault) => return Err(fault),
                Answer::Item(..) | Answer::End(..) => {}
            }
        }
        Ok(None)
    }

    /// Goes on in a runtime with the feed that was opened last, behind what came first of it.
    ///
    /// # Errors
    /// `internal` if there is no runtime.
    pub fn into_client(self) -> Result<(Client, Items), Fault> {
        Client::going_on(self.stream, self.codec, self.unread, self.next)
    }

    fn exchange(
        &mut self,
        calls: &[(&str, &[u8])],
        answers: &mut [Option<Result<Vec<u8>, Fault>>],
        meanwhile: impl FnOnce(),
        mut late: Late<impl FnOnce()>,
    ) -> Result<(), Fault> {
        let first = self.next;
        self.send(calls, PATIENCE)?;
        if !self.has_come() {
            meanwhile();
        }
        while answers.iter().any(Option::is_none) {
            // One that sends a little again and again has not answered.
            let frame = self.frame(|| {
                if late.is_due() {
                    late.tell();
                }
                true
            });
            let Some(frame) = frame? else { continue };
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

    /// Sends calls; each read of what comes back takes no longer than `patience`.
    fn send(&mut self, calls: &[(&str, &[u8])], patience: Duration) -> Result<(), Fault> {
        let mut out = BytesMut::new();
        for (name, body) in calls {
            envelope::request(&mut out, self.next, name, body)?;
            self.next += 1;
        }
        let sent = self.stream.set_read_timeout(Some(patience)).and_then(|()| self.stream.write_all(&out));
        sent.map_err(|error| broken(&error))
    }

    /// On one processor the daemon may have answered in the moment in which it was asked.
    fn has_come(&self) -> bool {
        let mut polled = [PollFd::new(&self.stream, PollFlags::IN)];
        poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| 0 < ready)
    }

    /// The next frame; `None` if it is not whole when `goes_on` says that it was waited for long enough.
    fn frame(&mut self, mut goes_on: impl FnMut() -> bool) -> Result<Option<BytesMut>, Fault> {
        loop {
            let frame = self.codec.decode(&mut self.unread);
            let frame = frame
                .map_err(|error| Fault::internal(format!("the daemon sent a frame that cannot be: {error}")));
            if let Some(frame) = frame? {
                return Ok(Some(frame));
            }
            let before = self.unread.len();
            self.unread.resize(before + READ_AT_ONCE, 0);
            let read = self.stream.read(&mut self.unread[before..]);
            self.unread.truncate(before + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(Fault::new(Code::Unavailable, "the daemon closed the connection")),
                Err(error) if !matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {
                    return Err(broken(&error));
                }
                Ok(_) | Err(_) if !goes_on() => return Ok(None),
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// Who is told once that it takes long.
struct Late<F> {
    due: Duration,
    told: Option<F>,
}

impl<F: FnOnce()> Late<F> {
    fn from_now(told: F) -> Late<F> {
        Late { due: monotonic() + PATIENCE, told: Some(told) }
    }

    fn is_due(&self) -> bool {
        self.told.is_some() && self.due <= monotonic()
    }

    fn tell(&mut self) {
        self.told.take().into_iter().for_each(|tell| tell());
    }
}

fn monotonic() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::try_from(now).unwrap_or_default()
}

fn broken(error: &std::io::Error) -> Fault {
    Fault::new(Code::Unavailable, format!("the connection to the daemon broke: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of three questions to a server that sends these frames, cut wherever it may be, and leaves.
    fn asked(frames: &[String]) -> Vec<Result<String, Fault>> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut sent = BytesMut::new();
        for text in frames {
            frame::append(&mut sent, |out| out.extend_from_slice(text.as_bytes())).unwrap();
        }
        let serving = std::thread::spawn(move || {
            let mut heard = [0; 1024];
            assert!(0 < theirs.read(&mut heard).unwrap(), "all is asked before anything is answered");
            sent.chunks(4999).try_for_each(|part| theirs.write_all(part))
        });
        let mut asker = Asker { stream: ours, codec: frame::codec(), unread: BytesMut::new(), next: 7 };
        let answers = asker.ask(&[("a.a", b"{}"), ("b.b", b"{}"), ("c.c", b"{}")], || (), || ());
        // Who asks may leave before all is sent.
        drop(asker);
        drop(serving.join().unwrap());
        answers.into_iter().map(|it| it.map(|reply| String::from_utf8(reply).unwrap())).collect()
    }

    fn reply(id: u64, result: &str) -> String {
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}")
    }

    #[test]
    fn replies_come_in_the_order_of_the_calls_whatever_theirs_is() {
        let long = format!("\"{}\"", "x".repeat(100_000));
        let refusal = "{\"jsonrpc\":\"2.0\",\"id\":8,\"error\":{\"code\":-32004,\"message\":\"gone\",\"data\":{\"code\":\"not_found\"}}}";
        let answers = asked(&[reply(9, "3"), reply(77, "0"), reply(7, &long), refusal.to_owned()]);
        assert_eq!(answers[0].as_ref(), Ok(&long));
        assert_eq!(answers[1].as_ref().unwrap_err().code, Code::NotFound);
        assert_eq!(answers[2].as_deref(), Ok("3"));
    }

    #[test]
    fn what_was_answered_before_a_connection_ends_is_kept() {
        let answers = asked(&[reply(8, "2")]);
        assert_eq!(answers[1].as_deref(), Ok("2"));
        for answer in [&answers[0], &answers[2]] {
            assert_eq!(answer.as_ref().unwrap_err().code, Code::Unavailable);
        }
    }

    #[test]
    fn a_server_that_speaks_no_protocol_of_ours_is_an_error_and_no_wait() {
        for strange in ["", "null", "[]", "{\"id\":7}", "\u{0}"] {
            let answers = asked(&[strange.to_owned()]);
            assert!(
                answers.iter().all(|answer| answer.as_ref().unwrap_err().code == Code::Internal),
                "{strange}"
            );
        }
        let refused = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"no\",\"data\":{\"code\":\"busy\"}}}";
        let answers = asked(&[refused.to_owned()]);
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap_err().code == Code::Busy), "{answers:?}");
    }

    #[test]
    fn a_server_that_trickles_is_no_answer() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (tell, told) = std::sync::mpsc::sync_channel(2);
        let serving = std::thread::spawn(move || {
            let mut sent = BytesMut::new();
            let other = reply(99, "1");
            frame::append(&mut sent, |out| out.extend_from_slice(other.as_bytes())).unwrap();
            // Answers to what nobody has asked, a byte at a time, until whoever waits is told.
            let mut bytes = sent.iter().cycle();
            while told.try_recv().is_err() {
                theirs.write_all(&[*bytes.next().unwrap()]).unwrap();
                std::thread::yield_now();
            }
        });
        let mut asker = Asker { stream: ours, codec: frame::codec(), unread: BytesMut::new(), next: 1 };
        let answers = asker.ask(&[("a.a", b"{}")], || (), || tell.send(()).unwrap());
        assert_eq!(answers[0].as_ref().unwrap_err().code, Code::Unavailable, "it was told, and hung up then");
        serving.join().unwrap();
    }

    #[test]
    fn who_waits_for_long_is_told_once_and_gets_the_answer_all_the_same() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (tell, told) = std::sync::mpsc::sync_channel(2);
        let serving = std::thread::spawn(move || {
            told.recv().unwrap();
            let mut sent = BytesMut::new();
            frame::append(&mut sent, |out| out.extend_from_slice(reply(1, "1").as_bytes())).unwrap();
            theirs.write_all(&sent)
        });
        let mut asker = Asker { stream: ours, codec: frame::codec(), unread: BytesMut::new(), next: 1 };
        let answers = asker.ask(&[("a.a", b"{}")], || (), || tell.send(()).unwrap());
        assert_eq!(answers, [Ok(b"1".to_vec())]);
        serving.join().unwrap().unwrap();
    }

    fn item(id: u64, item: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","method":"feed.item","params":{{"id":{id},"item":{item}}}}}"#)
    }

    #[test]
    fn of_a_feed_the_first_item_is_enough_or_why_there_is_none() {
        let refusal =
            r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"no","data":{"code":"denied"}}}"#;
        for (frames, expected) in [
            (vec![item(9, "0"), item(3, "1"), item(3, "2")], Ok(Some(b"1".to_vec()))),
            (vec![refusal.to_owned()], Err(Code::Denied)),
            (vec![reply(3, "null")], Err(Code::Internal)),
            (vec![], Err(Code::Unavailable)),
        ] {
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            let mut sent = BytesMut::new();
            for text in &frames {
                frame::append(&mut sent, |out| out.extend_from_slice(text.as_bytes())).unwrap();
            }
            theirs.write_all(&sent).unwrap();
            theirs.shutdown(std::net::Shutdown::Write).unwrap();
            let mut asker = Asker { stream: ours, codec: frame::codec(), unread: BytesMut::new(), next: 3 };
            let first = asker.open("a.a", b"{}", PATIENCE).map_err(|fault| fault.code);
            assert_eq!(first, expected, "{frames:?}");
        }
    }

    #[tokio::test]
    async fn a_runtime_goes_on_where_it_was_left_in_the_middle_of_a_frame() {
        use futures_util::StreamExt as _;
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut sent = BytesMut::new();
        for text in [item(3, "1"), item(3, "2"), reply(3, "null"), reply(4, "true")] {
            frame::append(&mut sent, |out| out.extend_from_slice(text.as_bytes())).unwrap();
        }
        let rest = sent.split_off(10);
        theirs.write_all(&sent).unwrap();
        let mut asker = Asker { stream: ours, codec: frame::codec(), unread: BytesMut::new(), next: 3 };
        assert_eq!(asker.open("a.a", b"{}", Duration::from_millis(1)), Ok(None));
        let (client, items) = asker.into_client().unwrap();
        let asked = async { client.call_raw("b.b", b"{}").await };
        let answered = async {
            tokio::task::yield_now().await;
            theirs.write_all(&rest).unwrap();
            items.map(Result::unwrap).collect::<Vec<_>>().await
        };
        let (reply, items) = tokio::join!(asked, answered);
        assert_eq!(items, [b"1", b"2"]);
        assert_eq!(reply.unwrap(), b"true", "ids go on where they were");
    }
}
