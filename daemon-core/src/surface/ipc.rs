//! One framed JSON-RPC connection.
//!
//! Everything about a connection happens in one task: reading frames, running
//! calls, writing replies. A call is polled at once where it arrives, so one
//! that needs not wait costs no task, no queue and no wake-up; one that waits
//! joins the others in flight and answers when it is done, in any order. When
//! the client does not read, its replies fill a bounded queue and its frames
//! are not read any more; nobody else notices. When it leaves, its feeds end
//! and its calls go on to theirs.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::{FuturesUnordered, SelectAll, Stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use super::peer::Peer;
use crate::kernel::registry::Registry;
use crate::kernel::{Access, Call, Code, Fault};
use crate::wire::envelope::{self, Message, Refusal};
use crate::wire::frame;

/// Requests under way on one connection.
const IN_FLIGHT: usize = 64;
/// Bytes that wait for a client to read them before nothing more is done for it.
const QUEUE: usize = 256 << 10;
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
    out: BytesMut,
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
            self.take_frames().await;
            deadline = if self.input.is_empty() {
                None
            } else {
                deadline.or_else(|| Some(Instant::now() + PATIENCE))
            };
            if self.closing && self.out.is_empty() {
                break;
            }
            let has_room = self.has_room();
            tokio::select! {
                biased;
                written = writer.write(&self.out), if !self.out.is_empty() => match written {
                    Ok(0) | Err(_) => break,
                    Ok(written) => self.out.advance(written),
                },
                Some((id, outcome)) = self.calls.next(), if self.out.len() < QUEUE => self.finish(&id, outcome),
                Some((id, event)) = self.feeds.next(), if self.out.len() < QUEUE => self.pass_on(&id, event),
                read = reader.read_buf(&mut self.input), if has_room && !self.closing => match read {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                },
                () = sleep_until(deadline), if deadline.is_some() && has_room => break,
            }
        }
        self.feeds.clear();
        // The client has gone, not the effects that it asked for.
        while self.calls.next().await.is_some() {}
    }

    fn has_room(&self) -> bool {
        self.out.len() < QUEUE && self.cancels.len() < IN_FLIGHT
    }

    /// Handles every whole frame that has arrived.
    async fn take_frames(&mut self) {
        while self.has_room() && !self.closing {
            match self.codec.decode(&mut self.input) {
                Ok(Some(frame)) => self.take_frame(&frame).await,
                Ok(None) => return,
                Err(_too_large) => {
                    let fault =
                        Fault::new(Code::TooLarge, format!("a frame may have {} bytes", frame::LIMIT));
                    envelope::respond(&mut self.out, "null", Err(&fault));
                    self.closing = true;
                }
            }
        }
    }

    async fn take_frame(&mut self, frame: &[u8]) {
        match envelope::parse(frame) {
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
        let items = items.map(|item| item.map_or_else(|fault| Event::End(Err(fault)), Event::Item));
        let events =
            Abortable::new(items, registration).chain(futures_util::stream::iter([Event::End(Ok(()))]));
        self.feeds.push(Box::pin(events.map(move |event| (id.clone(), event))));
    }

    fn pass_on(&mut self, id: &str, event: Event) {
        if !self.cancels.iter().any(|(open, _)| **open == *id) {
            return; // It has had its end, and this is what was behind a fault.
        }
        match event {
            Event::Item(item) => envelope::item(&mut self.out, id, &item),
            Event::End(Ok(())) => self.end(id, Ok(b"null")),
            Event::End(Err(fault)) => {
                self.cancel(id);
                self.end(id, Err(&fault));
            }
        }
    }

    fn end(&mut self, id: &str, outcome: Result<&[u8], &Fault>) {
        envelope::respond(&mut self.out, id, outcome);
        self.cancels.retain(|(open, _)| **open != *id);
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
