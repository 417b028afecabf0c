//! What several of these tests need: a daemon in this process, a connection
//! that can say anything, and operations that misbehave on request.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

pub mod gate;
pub mod house;
pub mod ops;
pub mod shop;
pub mod work;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::Caller;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::registry::Registry;
use daemon_core::surface::{Peer, ipc};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

/// For ever, as far as a test is concerned.
pub const LONG: Duration = Duration::from_secs(60);

/// A home of its own and a daemon in it.
pub async fn daemon() -> (tempfile::TempDir, Dirs, Daemon) {
    let home = tempfile::tempdir().unwrap();
    let dirs = Dirs::below(home.path());
    let daemon = Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap();
    (home, dirs, daemon)
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection that is not bound by the protocol.
pub struct Raw(Box<dyn Stream>);

impl Raw {
    /// Over a real socket.
    pub async fn connect(socket: &Path) -> Raw {
        Raw(Box::new(UnixStream::connect(socket).await.unwrap()))
    }

    /// Over a pipe in memory of `size` bytes, where time can be paused.
    pub fn pipe(registry: &Arc<Registry>, size: usize) -> Raw {
        Raw::pipe_at(registry, size, ipc::Place::default())
    }

    /// As [`Raw::pipe`], among others.
    pub fn pipe_at(registry: &Arc<Registry>, size: usize, place: ipc::Place) -> Raw {
        let (ours, theirs) = tokio::io::duplex(size);
        let (reader, writer) = tokio::io::split(theirs);
        tokio::spawn(ipc::converse(
            reader,
            writer,
            Arc::clone(registry),
            Peer::known(Caller::daemon()),
            place,
        ));
        Raw(Box::new(ours))
    }

    /// Sends bytes as they are; whether the other side still took them.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Sends a frame.
    pub async fn frame(&mut self, content: impl AsRef<[u8]>) {
        self.send(&frame(content)).await;
    }

    /// Sends a request.
    pub async fn request(&mut self, id: impl Into<Value>, method: &str, params: Value) {
        self.frame(request(id, method, &params)).await;
    }

    /// Cancels a request.
    pub async fn cancel(&mut self, id: impl Into<Value>) {
        let id: Value = id.into();
        self.frame(json!({"jsonrpc": "2.0", "method": "$/cancel", "params": {"id": id}}).to_string()).await;
    }

    /// The next message that comes.
    pub async fn message(&mut self) -> Value {
        tokio::time::timeout(LONG, async {
            let mut length = [0; 4];
            self.0.read_exact(&mut length).await.expect("a message comes before the end");
            let mut content = vec![0; u32::from_be_bytes(length) as usize];
            self.0.read_exact(&mut content).await.expect("a message comes whole");
            serde_json::from_slice(&content).expect("a message is JSON")
        })
        .await
        .expect("a message comes")
    }

    /// Everything up to the end of the connection, which must come.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(LONG, self.0.read_to_end(&mut rest)).await;
        // A reset is an end too; what had come before it has been read.
        drop(read.expect("the connection is closed"));
        rest
    }

    /// Whether a ping is answered here.
    pub async fn ping(&mut self) {
        self.request("ping", "system.ping", json!({})).await;
        let answer = self.message().await;
        assert_eq!(answer["id"], "ping", "{answer}");
        assert_eq!(answer["result"]["pid"], std::process::id(), "{answer}");
    }
}

/// A frame of any content.
pub fn frame(content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u32::try_from(content.len()).unwrap();
    [&length.to_be_bytes(), content].concat()
}

/// A request as its text.
pub fn request(id: impl Into<Value>, method: &str, params: &Value) -> String {
    let id: Value = id.into();
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}
