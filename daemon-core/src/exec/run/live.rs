//! What a command writes, on its way to whoever listens.
//!
//! A listener that keeps up misses nothing. One that does not is waited for, as a
//! reader of a pipe is, but not for long: then what it has missed is missed, and
//! the position of the next piece says how much that was. Neither a slow listener
//! nor none at all can hold up a command for good or fill the daemon's memory.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::exec::plan::Bytes;

/// Pieces on the way.
const PIECES: usize = 32;
/// How long a listener is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A piece of what a command has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// To which stream.
    pub stream: Stream,
    /// How many bytes were written to that stream before; more than was delivered if some were missed.
    pub at: u64,
    /// What was written; a character may be cut in two.
    pub bytes: Bytes,
}

/// One of the two streams that commands write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a command writes, until it has ended.
#[derive(Debug)]
pub struct Live(mpsc::Receiver<Output>);

impl Live {
    /// The next piece; `None` after the last.
    pub async fn next(&mut self) -> Option<Output> {
        self.0.recv().await
    }
}

impl futures_util::Stream for Live {
    type Item = Output;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Output>> {
        self.0.poll_recv(context)
    }
}

/// The other end.
#[derive(Clone)]
pub(super) struct Sender {
    pieces: mpsc::Sender<Output>,
    /// Whether the listener was waited for in vain.
    is_behind: bool,
}

pub(super) fn channel() -> (Sender, Live) {
    let (pieces, live) = mpsc::channel(PIECES);
    (Sender { pieces, is_behind: false }, Live(live))
}

impl Sender {
    /// Delivers a piece, or does not.
    pub(super) async fn send(&mut self, output: Output) {
        let Err(mpsc::error::TrySendError::Full(output)) = self.pieces.try_send(output) else {
            self.is_behind = false;
            return;
        };
        if self.is_behind {
            return;
        }
        self.is_behind = tokio::time::timeout(PATIENCE, self.pieces.send(output)).await.is_err();
    }
}
