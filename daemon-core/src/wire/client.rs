//! The client: what the command line, the desktop and tests talk to a daemon with.
//!
//! One connection carries any number of calls and feeds at once; a small task
//! reads what comes back and hands it to whoever waits for it. Dropping a feed
//! cancels it; dropping the client closes the connection.
//!
//! A feed that nobody reads holds up its connection after some hundred items, so
//! that the daemon learns of it and skips. Who cannot read a feed while a call
//! is under way gives the feed a client of its own.

#![allow(
    clippy::disallowed_methods,
    reason = "a client may live where there is no daemon and so no kernel tasks"
)]

use std::collections::HashMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_util::stream::{Stream, StreamExt};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::task::AbortHandle;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

use super::envelope::{self, Answer};
use super::frame;
use super::server::{check_directory, check_server, unreachable_at};
use crate::home::{self, Dirs};
use crate::kernel::{Code, Fault, Feed, Op};

/// How many items of a feed wait for their reader before the connection does.
const ITEMS_WAITING: usize = 256;

/// Most replies are smaller, in bytes.
const READ_AT_ONCE: usize = 8 << 10;

type Event = Result<Option<Vec<u8>>, Fault>;

/// A connection to a daemon; clones share it.
#[derive(Clone)]
pub struct Client(Arc<Connection>);

struct Connection {
    /// What is to be sent next, after what is being sent.
    unsent: Mutex<BytesMut>,
    sending: AsyncMutex<Sending>,
    waiting: Arc<Waiting>,
    next: AtomicU64,
    reader: AbortHandle,
}

struct Sending {
    writer: Pin<Box<dyn AsyncWrite + Send>>,
    /// Taken out of what is unsent. Whoever gives up half-way leaves the rest to the next.
    rest: BytesMut,
}

#[derive(Default)]
struct Waiting {
    calls: Mutex<HashMap<u64, mpsc::Sender<Event>>>,
    /// Why the connection ended, once it has.
    end: Mutex<Option<Fault>>,
}

impl Client {
    /// Connects to the daemon of a home.
    ///
    /// # Errors
    /// `unavailable` if none runs, `denied` if the socket is not ours.
    pub async fn connect(dirs: &Dirs) -> Result<Client, Fault> {
        Client::connect_to(&home::socket(dirs)).await
    }

    /// Connects to a socket, after checking that it and its server are ours.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn connect_to(socket: &Path) -> Result<Client, Fault> {
        check_directory(socket)?;
        let stream = UnixStream::connect(socket).await.map_err(|error| unreachable_at(socket, &error))?;
        if let Ok(peer) = stream.peer_cred() {
            check_server(socket, peer.uid())?;
        }
        let (reader, writer) = stream.into_split();
        Ok(Client::over(reader, writer))
    }

    /// Speaks over any pair of byte streams.
    pub fn over(
        reader: impl AsyncRead + Unpin + Send + 'static,
        writer: impl AsyncWrite + Send + 'static,
    ) -> Client {
        Client::with(Reading::of(reader), writer, Waiting::default(), 1)
    }

    /// Takes over a connection on which `next` is the next id, and with it the feed that was opened last.
    pub(super) fn going_on(
        stream: std::os::unix::net::UnixStream,
        codec: LengthDelimitedCodec,
        buffer: BytesMut,
        next: u64,
    ) -> Result<(Client, Items), Fault> {
        let taken = stream.set_nonblocking(true).and_then(|()| UnixStream::from_std(stream));
        let taken = taken.map_err(|error| Fault::internal(format!("the connection was lost: {error}")))?;
        let (reader, writer) = taken.into_split();
        let (waiting, id) = (Waiting::default(), next - 1);
        let (sender, events) = mpsc::channel(ITEMS_WAITING);
        waiting.calls().insert(id, sender);
        let client = Client::with(Reading { reader, codec, buffer }, writer, waiting, next);
        Ok((client.clone(), Items { client, id, events, done: false }))
    }

    fn with(
        reading: Reading<impl AsyncRead + Unpin + Send + 'static>,
        writer: impl AsyncWrite + Send + 'static,
        waiting: Waiting,
        next: u64,
    ) -> Client {
        let waiting = Arc::new(waiting);
        let reader = tokio::spawn(read(reading, Arc::clone(&waiting))).abort_handle();
        Client(Arc::new(Connection {
            unsent: Mutex::default(),
            sending: AsyncMutex::new(Sending { writer: Box::pin(writer), rest: BytesMut::new() }),
            waiting,
            next: AtomicU64::new(next),
            reader,
        }))
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// Whatever the operation fails with, or `unavailable` if the connection ends.
    pub async fn call<O: Op>(&self, request: O) -> Result<O::Reply, Fault> {
        let reply = self.call_raw(O::NAME, &body(&request)).await?;
        serde_json::from_slice(&reply).map_err(|error| misunderstood(O::NAME, &error))
    }

    /// Says by its token as which client everything that follows is asked.
    ///
    /// # Errors
    /// `denied` for a token that nobody has, `conflict` on a connection that has said so already.
    pub async fn identify(&self, token: &str) -> Result<(), Fault> {
        self.call_raw("$/client", &identity(token)).await.map(drop)
    }

    /// Opens a feed.
    ///
    /// # Errors
    /// As [`Client::call`]; a fault that ends the feed is its last item.
    pub async fn open<F: Feed>(
        &self,
        request: F,
    ) -> Result<impl Stream<Item = Result<F::Item, Fault>> + Send + Unpin + use<F>, Fault> {
        let items = self.open_raw(F::NAME, &body(&request)).await?;
        Ok(items.map(|item| serde_json::from_slice(&item?).map_err(|error| misunderstood(F::NAME, &error))))
    }

    /// Calls an operation by name: request and reply are JSON.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_raw(&self, name: &str, params: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut items = self.open_raw(name, params).await?;
        let reply = items.events.recv().await.unwrap_or_else(|| Err(self.0.waiting.ended()));
        items.done = true;
        reply?.ok_or_else(|| Fault::internal(format!("{name} ended without a reply")))
    }

    /// Opens a feed by name: request and items are JSON.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub async fn open_raw(&self, name: &str, params: &[u8]) -> Result<Items, Fault> {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut out = BytesMut::new();
        envelope::request(&mut out, id, name, params)?;
        let (sender, events) = mpsc::channel(ITEMS_WAITING);
        self.0.waiting.calls().insert(id, sender);
        let items = Items { client: self.clone(), id, events, done: false };
        if self.0.waiting.has_ended() {
            return Err(self.0.waiting.ended());
        }
        self.send(&out).await?;
        Ok(items)
    }

    /// Sends a frame, together with those that others want to send in the same moment: each time the
    /// daemon is woken costs more than all that it is asked for then.
    async fn send(&self, frame: &[u8]) -> Result<(), Fault> {
        self.0.unsent().extend_from_slice(frame);
        tokio::task::yield_now().await;
        let mut sending = self.0.sending.lock().await;
        let Sending { writer, rest } = &mut *sending;
        rest.unsplit(self.0.unsent().split());
        while !rest.is_empty() {
            let written = writer.write_buf(rest).await.unwrap_or(0);
            if written == 0 {
                return Err(self.0.waiting.ended());
            }
        }
        Ok(())
    }
}

impl Connection {
    fn unsent(&self) -> MutexGuard<'_, BytesMut> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The items of an open feed, as JSON. Dropping it ends the feed.
pub struct Items {
    client: Client,
    id: u64,
    events: mpsc::Receiver<Event>,
    done: bool,
}

impl Stream for Items {
    type Item = Result<Vec<u8>, Fault>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let event = std::task::ready!(self.events.poll_recv(context));
        Poll::Ready(match event {
            Some(Ok(Some(item))) => Some(Ok(item)),
            Some(Ok(None)) => {
                self.done = true;
                None
            }
            Some(Err(fault)) => {
                self.done = true;
                Some(Err(fault))
            }
            None => {
                self.done = true;
                Some(Err(self.client.0.waiting.ended()))
            }
        })
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        let waiting = self.client.0.waiting.calls().remove(&self.id);
        if self.done || waiting.is_none() {
            return;
        }
        let (client, id) = (self.client.clone(), self.id);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let mut out = BytesMut::new();
            envelope::cancel(&mut out, id);
            if client.send(&out).await.is_err() {
                tracing::trace!(id, "nothing to cancel: the connection has ended");
            }
        });
    }
}

impl Waiting {
    fn calls(&self) -> MutexGuard<'_, HashMap<u64, mpsc::Sender<Event>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn ended(&self) -> Fault {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner).clone();
        end.unwrap_or_else(|| Fault::new(Code::Unavailable, "the daemon closed the connection"))
    }
}

/// What comes back, and how far it was read.
struct Reading<R> {
    reader: R,
    codec: LengthDelimitedCodec,
    buffer: BytesMut,
}

impl<R> Reading<R> {
    fn of(reader: R) -> Reading<R> {
        Reading { reader, codec: frame::codec(), buffer: BytesMut::with_capacity(READ_AT_ONCE) }
    }
}

async fn read(reading: Reading<impl AsyncRead + Unpin>, waiting: Arc<Waiting>) {
    let Reading { mut reader, mut codec, mut buffer } = reading;
    let end = loop {
        match codec.decode(&mut buffer) {
            Ok(Some(frame)) => match envelope::parse_answer(&frame) {
                Ok(answer) => {
                    if let Some(fault) = deliver(&waiting, answer).await {
                        break fault;
                    }
                }
                Err(fault) => break fault,
            },
            Ok(None) => match reader.read_buf(&mut buffer).await {
                Ok(0) => break Fault::new(Code::Unavailable, "the daemon closed the connection"),
                Ok(_) => {}
                Err(error) => {
                    break Fault::new(
                        Code::Unavailable,
                        format!("the connection to the daemon broke: {error}"),
                    );
                }
            },
            Err(error) => break Fault::internal(format!("the daemon sent a frame that cannot be: {error}")),
        }
    };
    *waiting.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    waiting.calls().clear();
}

async fn deliver(waiting: &Waiting, answer: Answer<'_>) -> Option<Fault> {
    let (id, events): (u64, Vec<Event>) = match answer {
        Answer::Item(id, item) => (id, vec![Ok(Some(item.as_bytes().to_vec()))]),
        // The end of a feed carries `null`, which is the end and no item.
        Answer::End(id, Ok("null")) => (id, vec![Ok(None)]),
        Answer::End(id, Ok(result)) => (id, vec![Ok(Some(result.as_bytes().to_vec())), Ok(None)]),
        Answer::End(id, Err(fault)) => (id, vec![Err(fault)]),
        Answer::Refused(fault) => return Some(fault),
    };
    let ended = !matches!(events.last(), Some(Ok(Some(_))));
    let receiver = if ended { waiting.calls().remove(&id) } else { waiting.calls().get(&id).cloned() };
    if let Some(receiver) = receiver {
        for event in events {
            if receiver.send(event).await.is_err() {
                break;
            }
        }
    }
    None
}

/// What says as which client somebody asks.
pub(super) fn identity(token: &str) -> Vec<u8> {
    body(&serde_json::json!({ "token": token }))
}

fn body<T: Serialize>(request: &T) -> Vec<u8> {
    serde_json::to_vec(request).expect("requests have string keys and no failing serializer")
}

fn misunderstood(name: &str, error: &serde_json::Error) -> Fault {
    Fault::new(Code::Unsupported, format!("the daemon's reply to {name} is not understood: {error}"))
        .hint("daemon and program differ in version: hob daemon restart")
}
