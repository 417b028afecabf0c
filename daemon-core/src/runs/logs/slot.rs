//! The state of a capture, as it is kept in the staging file.
//!
//! Everything a new daemon needs to go on where a killed one stopped. It says
//! how long the log file is *by right*: what the file has beyond that was
//! written by a batch that is still staged and will be written again.

use std::ops::Range;

use super::staging::REGION;

/// Bytes of an encoded [`Slot`].
pub(super) const SLOT_LEN: usize = WORDS * 8;
const WORDS: usize = 20;

/// One state of a capture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// The run whose output this is.
    pub run: u64,
    /// The run that its FIFOs were made for, by which they are named.
    pub fifos: u64,
    /// The inode of the log file that `log_offset` speaks of.
    pub inode: u64,
    /// The length of the log file, as far as it is settled.
    pub log_offset: u64,
    /// The latest stamp in the log, in nanoseconds of Unix time.
    pub last_stamp: i64,
    /// What was dropped because the log could not be written, and is not told of in it yet.
    pub missing: Count,
    /// What waits in the memory of a daemon until the log can be written; with its death it is missing.
    pub waiting: Count,
    /// When that began, in nanoseconds of Unix time.
    pub trouble_at: i64,
    /// And what the system said (errno(3)), or 0.
    pub errno: u32,
    /// The log file is rotated when it has so many bytes.
    pub max_size: u64,
    /// So many rotated files are kept.
    pub keep: u32,
    /// They are kept for so many seconds; 0 is for ever.
    pub max_age: u64,
    /// A log that cannot be written makes its service wait instead of losing lines.
    pub blocks: bool,
    /// No other run is to follow in this log.
    pub is_single: bool,
    /// The run's log has ended, there is nothing to recover.
    pub closed: bool,
    /// The bytes wait in the memory of a daemon: only the file's own length is to be trusted.
    pub volatile: bool,
    /// What is staged of each stream.
    pub streams: [Staged; 2],
}

/// A number of records, and their bytes in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Records.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, more: Count) {
        self.records = self.records.saturating_add(more.records);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

impl std::ops::SubAssign for Count {
    fn sub_assign(&mut self, less: Count) {
        self.records = self.records.saturating_sub(less.records);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }
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
        let flags = u64::from(self.closed)
            | u64::from(self.volatile) << 1
            | u64::from(self.blocks) << 2
            | u64::from(self.is_single) << 3
            | u64::from(self.keep) << 32;
        let [out, err] = self.streams.map(Staged::to_words);
        let words = [
            self.run,
            self.inode,
            self.log_offset,
            self.last_stamp.cast_unsigned(),
            self.missing.records,
            self.max_size,
            flags,
            out[0],
            out[1],
            err[0],
            err[1],
            self.missing.bytes,
            self.waiting.records,
            self.waiting.bytes,
            self.trouble_at.cast_unsigned(),
            self.errno.into(),
            self.max_age,
            self.fifos,
            0,
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
        let flags = words[6];
        Slot {
            run: words[0],
            inode: words[1],
            log_offset: words[2],
            last_stamp: words[3].cast_signed(),
            missing: Count { records: words[4], bytes: words[11] },
            max_size: words[5],
            keep: (flags >> 32) as u32,
            closed: flags & 1 != 0,
            volatile: flags & 2 != 0,
            blocks: flags & 4 != 0,
            is_single: flags & 8 != 0,
            streams: [Staged::from_words([words[7], words[8]]), Staged::from_words([words[9], words[10]])],
            waiting: Count { records: words[12], bytes: words[13] },
            trouble_at: words[14].cast_signed(),
            errno: words[15] as u32,
            max_age: words[16],
            fifos: if words[17] == 0 { words[0] } else { words[17] },
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
            fifos: 5,
            inode: u64::MAX,
            log_offset: 1 << 40,
            last_stamp: -5,
            missing: Count { records: 2, bytes: 300 },
            waiting: Count { records: 7, bytes: 1 << 33 },
            trouble_at: -9,
            errno: 28,
            max_size: 10,
            keep: 4,
            max_age: 1 << 40,
            blocks: true,
            is_single: true,
            closed: false,
            volatile: true,
            streams: [staged, Staged { mid_line: false, ..staged }],
        };
        let mut bytes = [0; SLOT_LEN];
        slot.to_bytes(&mut bytes);
        assert_eq!(Slot::from_bytes(&bytes), slot);
        // As an earlier version wrote it, behind which there were zeros.
        bytes[11 * 8..].fill(0);
        let count = Count { records: 2, bytes: 0 };
        let earlier = Slot {
            fifos: 7,
            missing: count,
            waiting: Count::default(),
            trouble_at: 0,
            errno: 0,
            max_age: 0,
            ..slot
        };
        assert_eq!(Slot::from_bytes(&bytes), earlier);
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
