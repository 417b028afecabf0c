//! What a command writes while it runs, for those who want to see it at once.
//!
//! The last part of it is held here, however many look on and however slow they
//! are: who falls behind is told how much he has missed. Who comes late begins
//! with what is held. Nothing here is stored; the record has the digests.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::exec::Stream;

/// So many bytes are held for those who follow.
const HELD: usize = 256 << 10;

/// Something that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) stream: Stream,
    pub(super) bytes: Vec<u8>,
}

/// The output of one command.
#[derive(Debug)]
pub(super) struct Live {
    held: Mutex<Held>,
    /// How many pieces there have been; turns to all there can be at the end.
    written: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Held {
    pieces: VecDeque<Piece>,
    bytes: usize,
    /// The number of the first piece that is held.
    first: u64,
    /// Bytes that came before that.
    gone: u64,
}

/// Where somebody is who follows.
#[derive(Debug)]
pub(super) struct Place {
    next: u64,
    /// Bytes that he has seen or missed.
    seen: u64,
    written: watch::Receiver<u64>,
}

/// What somebody sees next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) pieces: Vec<Piece>,
    /// Bytes before these that he has missed.
    pub(super) missed: u64,
}

impl Default for Live {
    fn default() -> Live {
        Live { held: Mutex::default(), written: watch::Sender::new(0) }
    }
}

impl Live {
    /// Something was written.
    pub(super) fn write(&self, stream: Stream, bytes: Vec<u8>) {
        let mut held = self.held();
        held.bytes += bytes.len();
        held.pieces.push_back(Piece { stream, bytes });
        while HELD < held.bytes && 1 < held.pieces.len() {
            let gone = held.pieces.pop_front().map_or(0, |piece| piece.bytes.len());
            held.bytes -= gone;
            held.gone += gone as u64;
            held.first += 1;
        }
        self.written.send_replace(held.first + held.pieces.len() as u64);
    }

    /// Follows from the begin of what is held.
    pub(super) fn follow(&self) -> Place {
        Place { next: 0, seen: 0, written: self.written.subscribe() }
    }

    /// What has been written since.
    pub(super) fn since(&self, place: &mut Place) -> Seen {
        place.written.borrow_and_update();
        let held = self.held();
        let missed = match place.next < held.first {
            true => held.gone.saturating_sub(place.seen),
            false => 0,
        };
        let skip = usize::try_from(place.next.saturating_sub(held.first)).unwrap_or(usize::MAX);
        let pieces: Vec<Piece> = held.pieces.iter().skip(skip).cloned().collect();
        place.next = held.first + held.pieces.len() as u64;
        place.seen = held.gone + held.bytes as u64;
        Seen { pieces, missed }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until there is more.
    pub(super) async fn more(&mut self) {
        if self.written.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(seen: &Seen) -> Vec<&str> {
        seen.pieces.iter().map(|piece| std::str::from_utf8(&piece.bytes).unwrap()).collect()
    }

    #[test]
    fn everybody_sees_everything_once_and_who_comes_late_too() {
        let live = Live::default();
        let mut early = live.follow();
        live.write(Stream::Stdout, b"a".to_vec());
        live.write(Stream::Stderr, b"b".to_vec());
        assert_eq!(texts(&live.since(&mut early)), ["a", "b"]);
        assert!(live.since(&mut early).pieces.is_empty());
        live.write(Stream::Stdout, b"c".to_vec());
        assert_eq!(texts(&live.since(&mut early)), ["c"]);
        assert_eq!(texts(&live.since(&mut live.follow())), ["a", "b", "c"]);
    }

    #[test]
    fn who_falls_behind_is_told_how_much_he_has_missed() {
        let live = Live::default();
        let mut slow = live.follow();
        live.write(Stream::Stdout, vec![b'a'; 10]);
        live.since(&mut slow);
        for _ in 0..10 {
            live.write(Stream::Stdout, vec![b'b'; HELD / 4]);
        }
        let seen = live.since(&mut slow);
        assert_eq!((seen.pieces.len(), seen.missed), (4, 6 * (HELD as u64 / 4)));
        assert_eq!(live.held().bytes, HELD);
    }
}
