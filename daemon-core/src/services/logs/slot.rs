//! The state of a capture, as it is kept in the staging file.
//!
//! Everything a new daemon needs to go on where a killed one stopped. It says
//! how long the log file is *by right*: what the file has beyond that was
//! written by a batch that is still staged and will be written again.

use std::ops::Range;

use super::staging::REGION;

/// Bytes of an encoded [`Slot`].
pub(super) const SLOT_LEN: usize = WORDS * 8;
const WORDS: usize = 12;

/// One state of a capture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// The run whose output this is.
    pub run: u64,
    /// The inode of the log file that `log_offset` speaks of.
    pub inode: u64,
    /// The length of the log file, as far as it is settled.
    pub log_offset: u64,
    /// The latest stamp in the log, in nanoseconds of Unix time.
    pub last_stamp: i64,
    /// Records dropped because the log could not be written, and not told of in it yet.
    pub dropped: u64,
    /// The log file is rotated when it has so many bytes.
    pub max_size: u64,
    /// So many rotated files are kept.
    pub keep: u32,
    /// The run's log has ended, there is nothing to recover.
    pub closed: bool,
    /// The bytes wait in the memory of a daemon: only the file's own length is to be trusted.
    pub volatile: bool,
    /// What is staged of each stream.
    pub streams: [Staged; 2],
}

/// The bytes of a stream that wait in its region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Staged {
    /// Where they begin.
    pub head: u32,
    /// Where they end.
    pub tail: u32,
    /// So many bytes are about to be read to `tail`; whether they were, the sentinel tells.
    pub intent: u32,
    /// The log has the beginning of this line as a part without an end.
    pub mid_line: bool,
}

impl Staged {
    /// The range of the waiting bytes.
    pub(super) fn live(&self) -> Range<usize> {
        self.head as usize..self.tail as usize
    }
}

impl Slot {
    /// Whether a daemon can have written this; anything else is damage.
    pub(super) fn is_sound(&self) -> bool {
        self.streams.iter().all(|staged| {
            let end = u64::from(staged.tail) + u64::from(staged.intent);
            staged.head <= staged.tail && end <= REGION as u64
        })
    }

    /// Encodes the slot into [`SLOT_LEN`] bytes.
    #[inline]
    pub(super) fn to_bytes(self, bytes: &mut [u8]) {
        let flags = u64::from(self.closed) | u64::from(self.volatile) << 1 | u64::from(self.keep) << 32;
        let [out, err] = self.streams.map(Staged::to_words);
        let words = [
            self.run,
            self.inode,
            self.log_offset,
            self.last_stamp.cast_unsigned(),
            self.dropped,
            self.max_size,
            flags,
            out[0],
            out[1],
            err[0],
            err[1],
            0,
        ];
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
    }

    /// Decodes a slot from [`SLOT_LEN`] bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Slot {
        let mut words = [0; WORDS];
        for (word, place) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*place);
        }
        let [run, inode, log_offset, last_stamp, dropped, max_size, flags, out0, out1, err0, err1, _] = words;
        Slot {
            run,
            inode,
            log_offset,
            last_stamp: last_stamp.cast_signed(),
            dropped,
            max_size,
            keep: (flags >> 32) as u32,
            closed: flags & 1 != 0,
            volatile: flags & 2 != 0,
            streams: [Staged::from_words([out0, out1]), Staged::from_words([err0, err1])],
        }
    }
}

impl Staged {
    fn to_words(self) -> [u64; 2] {
        [
            u64::from(self.head) | u64::from(self.tail) << 32,
            u64::from(self.intent) | u64::from(self.mid_line) << 32,
        ]
    }

    fn from_words([places, rest]: [u64; 2]) -> Staged {
        Staged {
            head: places as u32,
            tail: (places >> 32) as u32,
            intent: rest as u32,
            mid_line: rest >> 32 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_survives_its_encoding() {
        let staged = Staged { head: 3, tail: 70_000, intent: 9, mid_line: true };
        let slot = Slot {
            run: 7,
            inode: u64::MAX,
            log_offset: 1 << 40,
            last_stamp: -5,
            dropped: 2,
            max_size: 10,
            keep: 4,
            closed: false,
            volatile: true,
            streams: [staged, Staged { mid_line: false, ..staged }],
        };
        let mut bytes = [0; SLOT_LEN];
        slot.to_bytes(&mut bytes);
        assert_eq!(Slot::from_bytes(&bytes), slot);
    }

    #[test]
    fn ranges_outside_the_region_are_damage() {
        let with = |head, tail, intent| Slot {
            streams: [Staged { head, tail, intent, mid_line: false }, Staged::default()],
            ..Slot::default()
        };
        assert!(with(0, REGION as u32, 0).is_sound());
        assert!(!with(2, 1, 0).is_sound());
        assert!(!with(0, REGION as u32, 1).is_sound());
        assert!(!with(0, u32::MAX, u32::MAX).is_sound());
    }
}
