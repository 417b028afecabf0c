//! One framed JSON-RPC connection.
//!
//! Everything about a connection happens in one task: reading frames, running
//! calls, writing replies. A call is polled at once where it arrives, so one
//! that needs not wait costs no task, no queue and no wake-up; one that waits
//! joins the others in flight and answers when it is done, in any order. When
//! the client does not read, its replies fill a bounded queue and its frames
//! are not read any more; nobody else notices. One call too many waits for its
//! turn, and what is behind it with it; one feed too many is refused, since a
//! feed need never end. What does not fit into the budget of all connections is
//! refused (`budget`), and so may the whole connection be (`seat`). When the client leaves, its feeds end and its calls go
//! on to theirs.

mod answers;

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::{FuturesUnordered, SelectAll, Stream};
use futures_util::{FutureExt as _, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use super::budget::{Budget, Share};
use super::peer::Peer;
use super::seat::Seat;
use crate::kernel::registry::Registry;
use crate::kernel::{Access, Call, Code, Fault};
use crate::wire::envelope::{self, Message, Refusal};
use crate::wire::frame;

/// Calls under way on one connection.
const CALLS: usize = 64;
/// Open feeds on one connection.
const FEEDS: usize = 64;
/// Bytes that wait for a client to read them before nothing more is done for it.
const QUEUE: usize = 256 << 10;
/// A queue that was longer than this gets a new buffer once it is empty.
const KEPT: usize = 64 << 10;
/// So many items are written at once with the one that came first.
const TOGETHER: usize = 32;
/// To the first frame, and from the first byte of a frame to its last.
const PATIENCE: Duration = Duration::from_secs(10);
const NOT_HERE: &[u8] = b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What a connection has among the others. The default is one that has everything to itself.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub(super) seat: Arc<Seat>,
    pub(super) budget: Arc<Budget>,
}

impl Place {
    /// Another one, with a seat of its own and out of the same budget.
    pub fn beside(&self) -> Place {
        Place { seat: Arc::default(), budget: Arc::clone(&self.budget) }
    }
}

/// Serves a connection until either side ends it, or somebody else needs its place.
pub async fn converse(
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    registry: Arc<Registry>,
    peer: Peer,
    place: Place,
) {
    let mut input = BytesMut::with_capacity(4096);
    let first = tokio::select! {
        first = timeout(PATIENCE, reader.read_buf(&mut input)) => first,
        _ = place.seat.evicted() => return,
    };
    if !matches!(first, Ok(Ok(1..))) {
        return;
    }
    match input[0] {
        0 => {}
        first => {
            if first.is_ascii_alphabetic()
                && let Err(error) = writer.write_all(NOT_HERE).await
            {
                tracing::trace!(%error, "the client left before its answer");
            }
            return;
        }
    }
    place.seat.set_idle(false);
    let connection = Connection {
        registry,
        peer,
        codec: frame::codec(),
        input,
        held: None,
        swollen: false,
        out: BytesMut::new(),
        calls: FuturesUnordered::new(),
        feeds: SelectAll::new(),
        cancels: Vec::new(),
        bodies: 0,
        share: Share::of(place.budget, Arc::clone(&place.seat)),
        seat: place.seat,
        closing: false,
    };
    connection.run(reader, writer).await;
}

type CallFuture = Pin<Box<dyn Future<Output = (Box<str>, Result<Done, Fault>)> + Send>>;
type FeedStream = Pin<Box<dyn Stream<Item = (Box<str>, Event)> + Send>>;

enum Done {
    Reply(Vec<u8>),
    Feed(Pin<Box<dyn Stream<Item = Result<Vec<u8>, Fault>> + Send>>),
}

enum Event {
    Item(Vec<u8>),
    End(Result<(), Fault>),
}

struct Connection {
    registry: Arc<Registry>,
    peer: Peer,
    codec: LengthDelimitedCodec,
    input: BytesMut,
    /// The frame of a call that waits until another one has ended.
    held: Option<BytesMut>,
    out: BytesMut,
    /// Whether `out` may hold on to more than it needs.
    swollen: bool,
    calls: FuturesUnordered<CallFuture>,
    feeds: SelectAll<FeedStream>,
    /// Calls and feeds that have not ended.
    cancels: Vec<Open>,
    /// Bytes of the requests that calls under way hold.
    bodies: usize,
    /// What it may keep in memory.
    share: Share,
    seat: Arc<Seat>,
    /// Whether the client sent what cannot be recovered from: say so, then close.
    closing: bool,
}

/// A call or a feed that has not ended.
struct Open {
    /// What the client calls it.
    id: Box<str>,
    cancel: AbortHandle,
    /// Bytes of its request.
    body: usize,
    /// Whether there was no room for an item of it.
    starved: bool,
}

impl Connection {
    async fn run(mut self, mut reader: impl AsyncRead + Unpin, mut writer: impl AsyncWrite + Unpin) {
        let mut deadline: Option<Instant> = None;
        let seat = Arc::clone(&self.seat);
        loop {
            let taken = self.take_frames().await;
            self.give_back();
            if !self.share.hold(self.bytes(0)) && !self.closing {
                envelope::respond(&mut self.out, "null", Err(&no_room()));
                (self.input, self.closing) = (BytesMut::new(), true);
            }
            self.seat.set_idle(self.cancels.is_empty());
            if self.closing && self.out.is_empty() {
                break;
            }
            // Each frame has its own time, and the time in which we do not read is ours.
            let has_room = self.has_room();
            if !self.closing && (taken || !has_room || self.input.is_empty()) {
                deadline = None;
            }
            if self.closing || has_room && !self.input.is_empty() {
                deadline = deadline.or_else(|| Some(Instant::now() + PATIENCE));
            }
            // What is read goes before what is fed, or a feed that never pauses could not be cancelled.
            tokio::select! {
                biased;
                written = writer.write(&self.out), if !self.out.is_empty() => match written {
                    Ok(0) | Err(_) => break,
                    Ok(written) => {
                        self.out.advance(written);
                        self.share.got_on();
                    }
                },
                Some((id, outcome)) = self.calls.next(), if self.out.len() < QUEUE => self.finish(&id, outcome),
                read = reader.read_buf(&mut self.input), if has_room && !self.closing => match read {
                    Ok(0) | Err(_) => break,
                    Ok(_) => self.share.got_on(),
                },
                Some((id, event)) = self.feeds.next(), if self.out.len() < QUEUE => {
                    self.pass_on(&id, event);
                    self.pass_on_the_rest();
                }
                () = sleep_until(deadline), if deadline.is_some() => break,
                () = self.peer.revoked(), if !self.closing => {
                    let fault = Fault::new(Code::Denied, "your client was revoked").reason("E_FORBIDDEN_ROLE");
                    envelope::respond(&mut self.out, "null", Err(&fault));
                    self.feeds.clear();
                    (self.input, self.held, self.closing) = (BytesMut::new(), None, true);
                }
                why = seat.evicted() => {
                    tracing::warn!(why, unread = self.out.len(), "a connection was closed");
                    // Behind half a frame nothing can be said.
                    if self.out.is_empty() {
                        envelope::respond(&mut self.out, "null", Err(&Fault::new(Code::Busy, why)));
                        writer.write(&self.out).now_or_never();
                    }
                    break;
                }
            }
        }
        self.peer.left();
        self.feeds.clear();
        self.share.hold(0);
        (self.input, self.out, self.held) = Default::default();
        // The client has gone, not the effects that it asked for.
        while self.calls.next().await.is_some() {}
    }

    /// What it keeps in memory, and `more`.
    fn bytes(&self, more: usize) -> usize {
        let held = self.held.as_ref().map_or(0, BytesMut::len);
        self.input.capacity() + held + self.bodies + self.out.len() + more
    }

    fn has_room(&self) -> bool {
        self.out.len() < QUEUE && self.held.is_none()
    }

    /// Handles every whole frame that has arrived; says whether there was one.
    async fn take_frames(&mut self) -> bool {
        let mut taken = false;
        if self.calls.len() < CALLS
            && let Some(frame) = self.held.take()
        {
            self.take_frame(frame).await;
        }
        while self.has_room() && !self.closing {
            match self.codec.decode(&mut self.input) {
                Ok(Some(frame)) => {
                    taken = true;
                    self.take_frame(frame).await;
                }
                Ok(None) => break,
                Err(_too_large) => {
                    let fault =
                        Fault::new(Code::TooLarge, format!("a frame may have {} bytes", frame::LIMIT));
                    envelope::respond(&mut self.out, "null", Err(&fault));
                    self.closing = true;
                }
            }
        }
        taken
    }

    async fn take_frame(&mut self, frame: BytesMut) {
        match envelope::parse(&frame) {
            Err(refusal) => envelope::respond_refusal(&mut self.out, &refusal),
            Ok(Message::Cancel { id }) => self.cancel(id),
            Ok(Message::Identify { id, token }) => self.identify(id, &token).await,
            Ok(Message::Call { id, method, params }) => match self.registry.meta(&method) {
                None => {
                    let fault = self.registry.unknown(&method);
                    envelope::respond_refusal(&mut self.out, &Refusal::unknown_method(id, fault));
                }
                Some(_) if self.cancels.iter().any(|open| *open.id == *id) => {
                    let refusal = Refusal::invalid(id, "a request with this \"id\" is still under way");
                    envelope::respond_refusal(&mut self.out, &refusal);
                }
                Some(meta) if meta.is_feed() && FEEDS <= self.feeds.len() => {
                    let fault = Fault::new(Code::Busy, format!("{FEEDS} feeds are open on this connection"));
                    let fault = fault.hint("cancel one, or open another connection");
                    envelope::respond(&mut self.out, id, Err(&fault));
                }
                Some(_) if CALLS <= self.calls.len() => self.held = Some(frame),
                Some(meta) => {
                    let (name, access, is_feed) = (meta.name, meta.access, meta.is_feed());
                    self.begin(id, name, access, is_feed, params).await;
                }
            },
        }
    }

    /// Finds out to whom a token was issued; nothing else of this connection goes on meanwhile.
    async fn identify(&mut self, id: &str, token: &str) {
        let caller = self.peer.caller(Access::Observe);
        let known = match self.registry.clients() {
            _ if self.peer.has_token() => {
                Err(Fault::new(Code::Conflict, "this connection has said already who it is"))
            }
            Some(clients) => clients.identify(token, &caller).await,
            None => Err(Fault::new(Code::Unavailable, "there are no clients here")),
        };
        match known {
            Ok(known) => {
                let said = serde_json::json!({"client": known.client.name, "access": known.access});
                self.peer.is_known(known);
                envelope::respond(&mut self.out, id, Ok(said.to_string().as_bytes()));
            }
            Err(fault) => envelope::respond(&mut self.out, id, Err(&fault)),
        }
    }

    /// Starts a call and answers at once if it needs not wait.
    async fn begin(&mut self, id: &str, name: &'static str, access: Access, is_feed: bool, params: &str) {
        let call = Call { caller: self.peer.caller(access) };
        let registry = Arc::clone(&self.registry);
        let params: Box<str> = params.into();
        let id: Box<str> = id.into();
        let (handle, registration) = AbortHandle::new_pair();
        self.bodies += params.len();
        self.cancels.push(Open { id: id.clone(), cancel: handle, body: params.len(), starved: false });
        let work = async move {
            match is_feed {
                true => registry.open(name, params.as_bytes(), &call).await.map(Done::Feed),
                false => registry.call(name, params.as_bytes(), &call).await.map(Done::Reply),
            }
        };
        let work = Abortable::new(work, registration);
        let mut work: CallFuture = Box::pin(async move {
            let cancelled =
                |_| Err(Fault::new(Code::Cancelled, format!("{name} was cancelled by its caller")));
            (id, work.await.unwrap_or_else(cancelled))
        });
        let first = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
        match first {
            Poll::Ready((id, outcome)) => self.finish(&id, outcome),
            Poll::Pending => self.calls.push(work),
        }
    }
}

fn no_room() -> Fault {
    let message = "too much waits in the daemon's memory for clients to read it or to send the rest";
    Fault::new(Code::Busy, message).hint("try again in a moment, or ask for less")
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
