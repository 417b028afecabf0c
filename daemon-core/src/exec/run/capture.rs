//! One stream of a command: read to its end, counted, hashed, and kept as far as there is room.
//!
//! What is kept is how it begins and how it ends, in equal parts: the first says
//! what was being done, the last why it failed.

use std::collections::VecDeque;

use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;

use super::ended::Summary;
use super::live::{Output, Sender, Stream};
use crate::exec::files::hex;
use crate::exec::plan::Bytes;

/// Read at a time.
const PIECE: usize = 16 << 10;

/// A stream that is being read.
pub(super) struct Capture {
    pipe: Receiver,
    stream: Stream,
    live: Sender,
    hash: Sha256,
    kept: Kept,
}

impl Capture {
    pub(super) fn of(pipe: Receiver, stream: Stream, keep: usize, live: Sender) -> Capture {
        Capture { pipe, stream, live, hash: Sha256::new(), kept: Kept::new(keep) }
    }

    /// Reads until nobody can write to it any more. Cancel safe, but for what a listener misses.
    pub(super) async fn read(&mut self) {
        let mut piece = vec![0; PIECE];
        loop {
            let count = match self.pipe.read(&mut piece).await {
                Ok(0) => return,
                Ok(count) => count,
                Err(error) => {
                    tracing::warn!(%error, stream = ?self.stream, "what a command writes cannot be read");
                    return;
                }
            };
            let (at, piece) = (self.kept.bytes, &piece[..count]);
            self.hash.update(piece);
            self.kept.add(piece);
            let bytes = Bytes::from(piece.to_vec());
            self.live.send(Output { stream: self.stream, at, bytes }).await;
        }
    }

    /// What there was.
    pub(super) fn summary(self) -> Summary {
        let Kept { head, tail, skipped, bytes, .. } = self.kept;
        let (mut head, mut tail) = (head, Vec::from(tail));
        if skipped == 0 {
            head.append(&mut tail);
        }
        Summary { sha256: hex(&self.hash.finalize()), bytes, head: head.into(), skipped, tail: tail.into() }
    }
}

/// The begin and the end of what is more than there is room for.
struct Kept {
    /// For each of the two.
    room: (usize, usize),
    head: Vec<u8>,
    tail: VecDeque<u8>,
    skipped: u64,
    bytes: u64,
}

impl Kept {
    fn new(keep: usize) -> Kept {
        Kept {
            room: (keep - keep / 2, keep / 2),
            head: Vec::new(),
            tail: VecDeque::new(),
            skipped: 0,
            bytes: 0,
        }
    }

    fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        let (first, rest) = piece.split_at(piece.len().min(self.room.0 - self.head.len()));
        self.head.extend_from_slice(first);
        // Of a piece that is longer than the tail only its end can stay.
        let (lost, rest) = rest.split_at(rest.len().saturating_sub(self.room.1));
        let over = (self.tail.len() + rest.len()).saturating_sub(self.room.1);
        let over = if lost.is_empty() { over } else { self.tail.len() };
        self.tail.drain(..over);
        self.tail.extend(rest);
        self.skipped += (lost.len() + over) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_begin_and_the_end_are_kept_and_the_rest_is_counted(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..12), keep in 0_usize..40) {
            let mut kept = Kept::new(keep);
            pieces.iter().for_each(|piece| kept.add(piece));
            let all = pieces.concat();
            let tail: Vec<u8> = kept.tail.iter().copied().collect();
            prop_assert_eq!(kept.bytes, all.len() as u64);
            prop_assert_eq!(kept.head.len() as u64 + kept.skipped + tail.len() as u64, kept.bytes);
            prop_assert!(all.starts_with(&kept.head) && all.ends_with(&tail));
            prop_assert!(kept.head.len() + tail.len() <= keep);
            prop_assert!(kept.skipped == 0 || kept.head.len() + tail.len() == keep);
        }
    }
}
