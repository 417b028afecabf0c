//! One framed JSON-RPC connection.
//!
//! Everything about a connection happens in one task: reading frames, running
//! calls, writing replies. A call is polled at once where it arrives, so one
//! that needs not wait costs no task, no queue and no wake-up; one that waits
//! joins the others in flight and answers when it is done, in any order. When
//! the client does not read, its replies fill a bounded queue and its frames
//! are not read any more; nobody else notices. One call too many waits for its
//! turn, and what is behind it with it; one feed too many is refused, since a
//! feed need never end. When the client leaves, its feeds end and its calls go
//! on to theirs.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::{self, FuturesUnordered, SelectAll, Stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use super::peer::Peer;
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
/// To the first frame, and from the first byte of a frame to its last.
const PATIENCE: Duration = Duration::from_secs(10);
const NOT_HERE: &[u8] = b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Serves a connection until either side ends it. `spoke` is called when its first frame has begun.
pub async fn converse(
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    registry: Arc<Registry>,
    peer: Peer,
    spoke: impl FnOnce(),
) {
    let mut input = BytesMut::with_capacity(4096);
    let first = timeout(PATIENCE, reader.read_buf(&mut input)).await;
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
    spoke();
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
    /// Calls and feeds that have not ended, by the `id` that the client gave them.
    cancels: Vec<(Box<str>, AbortHandle)>,
    /// Whether the client sent what cannot be recovered from: say so, then close.
    closing: bool,
}

impl Connection {
    async fn run(mut self, mut reader: impl AsyncRead + Unpin, mut writer: impl AsyncWrite + Unpin) {
        let mut deadline: Option<Instant> = None;
        loop {
            let taken = self.take_frames().await;
            self.give_back();
            if self.closing && self.out.is_empty() {
                break;
            }
            // Each frame has its own time, and the time in which we do not read is ours.
            let has_room = self.has_room();
            if taken || !has_room || self.input.is_empty() {
                deadline = None;
            }
            if has_room && !self.input.is_empty() {
                deadline = deadline.or_else(|| Some(Instant::now() + PATIENCE));
            }
            // What is read goes before what is fed, or a feed that never pauses could not be cancelled.
            tokio::select! {
                biased;
                written = writer.write(&self.out), if !self.out.is_empty() => match written {
                    Ok(0) | Err(_) => break,
                    Ok(written) => self.out.advance(written),
                },
                Some((id, outcome)) = self.calls.next(), if self.out.len() < QUEUE => self.finish(&id, outcome),
                read = reader.read_buf(&mut self.input), if has_room && !self.closing => match read {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                },
                Some((id, event)) = self.feeds.next(), if self.out.len() < QUEUE => self.pass_on(&id, event),
                () = sleep_until(deadline), if deadline.is_some() => break,
            }
        }
        self.feeds.clear();
        (self.input, self.out, self.held) = Default::default();
        // The client has gone, not the effects that it asked for.
        while self.calls.next().await.is_some() {}
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
            Ok(Message::Call { id, method, params }) => match self.registry.meta(&method) {
                None => {
                    let fault = self.registry.unknown(&method);
                    envelope::respond_refusal(&mut self.out, &Refusal::unknown_method(id, fault));
                }
                Some(_) if self.cancels.iter().any(|(taken, _)| **taken == *id) => {
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

    /// Starts a call and answers at once if it needs not wait.
    async fn begin(&mut self, id: &str, name: &'static str, access: Access, is_feed: bool, params: &str) {
        let call = Call { caller: self.peer.caller(access) };
        let registry = Arc::clone(&self.registry);
        let params: Box<str> = params.into();
        let id: Box<str> = id.into();
        let (handle, registration) = AbortHandle::new_pair();
        self.cancels.push((id.clone(), handle));
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

    fn finish(&mut self, id: &str, outcome: Result<Done, Fault>) {
        match outcome {
            Ok(Done::Reply(reply)) => self.end(id, Ok(&reply)),
            Ok(Done::Feed(items)) => self.feed(id, items),
            Err(fault) => self.end(id, Err(&fault)),
        }
    }

    fn feed(&mut self, id: &str, items: Pin<Box<dyn Stream<Item = Result<Vec<u8>, Fault>> + Send>>) {
        let (handle, registration) = AbortHandle::new_pair();
        if let Some(entry) = self.cancels.iter_mut().find(|(taken, _)| **taken == *id) {
            entry.1 = handle;
        }
        let id: Box<str> = id.into();
        // It ends once: the id may be another request's as soon as the client has heard of the end.
        let events = stream::unfold(Some(Abortable::new(items, registration)), async |items| {
            let mut items = items?;
            Some(match items.next().await {
                Some(Ok(item)) => (Event::Item(item), Some(items)),
                Some(Err(fault)) => (Event::End(Err(fault)), None),
                None => (Event::End(Ok(())), None),
            })
        });
        self.feeds.push(Box::pin(events.map(move |event| (id.clone(), event))));
    }

    fn pass_on(&mut self, id: &str, event: Event) {
        match event {
            Event::Item(item) => envelope::item(&mut self.out, id, &item),
            Event::End(Ok(())) => self.end(id, Ok(b"null")),
            Event::End(Err(fault)) => self.end(id, Err(&fault)),
        }
    }

    fn end(&mut self, id: &str, outcome: Result<&[u8], &Fault>) {
        envelope::respond(&mut self.out, id, outcome);
        self.cancels.retain(|(open, _)| **open != *id);
    }

    /// Gives back what one large reply needed; the next may never come.
    ///
    /// The buffer of a large frame is left to that frame by the codec.
    fn give_back(&mut self) {
        self.swollen |= KEPT < self.out.len();
        if self.swollen && self.out.is_empty() {
            (self.out, self.swollen) = Default::default();
        }
    }

    fn cancel(&mut self, id: &str) {
        if let Some((_, handle)) = self.cancels.iter().find(|(open, _)| **open == *id) {
            handle.abort();
        }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
