//! Records that wait in memory until the log can be written.
//!
//! They have their stamps already and keep their order. They are kept in
//! chunks, because the log may have to be rotated between two of them, and that
//! is possible only where the stamp changes (see [`super::files`]).
//!
//! How much may wait is the daemon's to say, not the service's: [`ROOM`] is
//! shared by all.

use std::collections::VecDeque;

use super::slot::Count;

/// So much may wait in a daemon.
pub(super) const ROOM: usize = 8 << 20;
/// A chunk does not grow beyond this by a further batch.
const CHUNK: usize = 64 * 1024;

/// What waits of one log.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    chunks: VecDeque<Chunk>,
}

/// Some records that are written together.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The stamp of the first of them.
    pub first: i64,
    /// The stamp of the last.
    pub last: i64,
    /// Them.
    pub bytes: Vec<u8>,
    /// How many they are.
    pub records: u64,
}

impl Chunk {
    /// What it holds.
    pub(super) fn count(&self) -> Count {
        Count { records: self.records, bytes: self.bytes.len() as u64 }
    }
}

impl Backlog {
    /// The memory it takes.
    pub(super) fn memory(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.bytes.capacity() + size_of::<Chunk>()).sum()
    }

    /// Adds records of one stamp, if they fit into `room` bytes more; returns the memory that took.
    pub(super) fn push(&mut self, bytes: &[u8], records: u64, stamp: i64, room: usize) -> Option<usize> {
        let last = self.chunks.back_mut().filter(|chunk| chunk.bytes.len() + bytes.len() <= CHUNK);
        let Some(chunk) = last else {
            let cost = bytes.len() + size_of::<Chunk>();
            if room < cost {
                return None;
            }
            self.chunks.push_back(Chunk { first: stamp, last: stamp, bytes: bytes.to_vec(), records });
            return Some(cost);
        };
        let before = chunk.bytes.capacity();
        // It doubles when it is full.
        if before < chunk.bytes.len() + bytes.len() && room < before.max(bytes.len()) {
            return None;
        }
        chunk.bytes.extend_from_slice(bytes);
        chunk.records += records;
        chunk.last = stamp;
        Some(chunk.bytes.capacity() - before)
    }

    /// The oldest chunk.
    pub(super) fn first(&self) -> Option<&Chunk> {
        self.chunks.front()
    }

    /// Takes the oldest chunk out; returns the memory that was its.
    pub(super) fn pop(&mut self) -> usize {
        self.chunks.pop_front().map_or(0, |chunk| chunk.bytes.capacity() + size_of::<Chunk>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_counts_are_kept_and_memory_is_bounded() {
        let mut backlog = Backlog::default();
        let (mut room, mut kept) = (1 << 20, Vec::new());
        for stamp in 0.. {
            let line = format!("{stamp}\n").repeat(1 + stamp as usize % 90);
            let Some(cost) = backlog.push(line.as_bytes(), 1, stamp, room) else { break };
            room -= cost;
            kept.push(line);
        }
        assert_eq!(backlog.memory(), (1 << 20) - room);
        assert!(room < 130_000, "{room}");
        let (mut written, mut records, mut last) = (String::new(), 0, -1);
        while let Some(chunk) = backlog.first() {
            assert!(last < chunk.first && chunk.first <= chunk.last);
            last = chunk.last;
            records += chunk.count().records;
            written.push_str(std::str::from_utf8(&chunk.bytes).unwrap());
            room += backlog.pop();
        }
        assert_eq!((written, records, room), (kept.concat(), kept.len() as u64, 1 << 20));
    }
}
