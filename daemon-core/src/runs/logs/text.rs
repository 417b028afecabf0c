//! The text of one log file, by the place that each byte had when it was written.
//!
//! Whether the file has been compressed since makes no difference to a reader:
//! places are those in the text. A moment is found by halving: stamps in a file
//! never decrease, so a few looks into it do, and there is no index that could
//! be missing, stale or wrong (decision 015).

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use jiff::Timestamp;

use super::archive::Archive;
use super::cri;

/// What is read at once from a plain file.
pub(super) const BLOCK: u64 = 64 * 1024;
/// What is read first to look at a single record.
const PROBE: u64 = 2 * 1024;

/// One file of a log.
#[derive(Debug)]
pub(super) struct Text {
    file: Packing,
    /// Which file that is, whatever its name becomes; 0 if it is compressed.
    pub(super) inode: u64,
    /// How much of it is to be read.
    pub(super) length: u64,
}

#[derive(Debug)]
enum Packing {
    Plain(File),
    /// With the frame that was unpacked last.
    Packed(Archive, Option<(usize, Vec<u8>)>),
}

impl Text {
    /// The plain file of this name, without a record that is being written; `None` if there is none.
    pub(super) fn plain(path: &Path) -> io::Result<Option<Text>> {
        let Some(file) = if_there(fs_err::File::open(path))? else { return Ok(None) };
        let file = file.into_file();
        let known = file.metadata()?;
        let (inode, length) = (known.ino(), known.len());
        let mut text = Text { file: Packing::Plain(file), inode, length };
        let (start, end) = text.before(length)?;
        text.length = memchr::memrchr(b'\n', &end).map_or(start, |newline| start + newline as u64 + 1);
        Ok(Some(text))
    }

    /// The compressed file of this name; `None` if there is none.
    pub(super) fn packed(path: &Path) -> io::Result<Option<Text>> {
        let Some(archive) = if_there(Archive::open(path))? else { return Ok(None) };
        let length = archive.length();
        Ok(Some(Text { file: Packing::Packed(archive, None), inode: 0, length }))
    }

    /// The same, to be read up to there.
    pub(super) fn up_to(self, length: u64) -> Text {
        Text { length, ..self }
    }

    /// The same file once more, to be read apart from this.
    pub(super) fn again(&self) -> io::Result<Text> {
        let file = match &self.file {
            Packing::Plain(file) => Packing::Plain(file.try_clone()?),
            Packing::Packed(..) => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Text { file, ..*self })
    }

    /// How long it is by now.
    pub(super) fn grown(&self) -> io::Result<u64> {
        match &self.file {
            Packing::Plain(file) => Ok(file.metadata()?.len()),
            Packing::Packed(archive, _) => Ok(archive.length()),
        }
    }

    /// Some of what is before `end`, and where that begins; empty at the beginning.
    pub(super) fn before(&mut self, end: u64) -> io::Result<(u64, Vec<u8>)> {
        match &self.file {
            Packing::Plain(file) => {
                let start = end.saturating_sub(BLOCK);
                Ok((start, exactly(file, start, end)?))
            }
            Packing::Packed(archive, _) => {
                let Some(last) = end.checked_sub(1) else { return Ok((0, Vec::new())) };
                let index = frame_at(archive, last);
                let (start, mut text) = (archive.start(index), archive.frame(index)?);
                text.truncate((end - start) as usize);
                Ok((start, text))
            }
        }
    }

    /// What is from `start` on and before `end`: at most `most` bytes, but some, unless that is nothing.
    pub(super) fn from(&mut self, start: u64, end: u64, most: u64) -> io::Result<Vec<u8>> {
        let end = end.min(start + most);
        match &mut self.file {
            Packing::Plain(file) => exactly(file, start, end),
            Packing::Packed(..) if end <= start => Ok(Vec::new()),
            Packing::Packed(archive, unpacked) => {
                let index = frame_at(archive, start);
                let text = match unpacked.take_if(|(known, _)| *known == index) {
                    Some((_, text)) => text,
                    None => archive.frame(index)?,
                };
                let (from, to) = (start - archive.start(index), end - archive.start(index));
                let to = to.min(text.len() as u64);
                let some = text[from as usize..to as usize].to_vec();
                // Who reads in small pieces has many logs open and no room for a frame of each.
                let is_kept = BLOCK <= most && to < text.len() as u64;
                *unpacked = is_kept.then_some((index, text));
                Ok(some)
            }
        }
    }

    /// The stamp of the first record.
    pub(super) fn first_stamp(&mut self) -> io::Result<Option<Timestamp>> {
        let mut most = PROBE;
        loop {
            let block = self.from(0, self.length, most)?;
            let whole = memchr::memrchr(b'\n', &block).map_or(0, |newline| newline + 1);
            let mut lines = block[..whole].split(|&byte| byte == b'\n');
            if let Some(record) = lines.find_map(cri::parse) {
                return Ok(Some(record.stamp));
            }
            if self.length <= block.len() as u64 || BLOCK < most {
                return Ok(None);
            }
            most *= 8;
        }
    }

    /// Where the first record begins that is not before `stamp`; the length if there is none.
    pub(super) fn seek(&mut self, stamp: Timestamp) -> io::Result<u64> {
        let (low, high) = match &self.file {
            Packing::Plain(_) => self.halve(stamp)?,
            Packing::Packed(archive, _) => halve_frames(archive, stamp)?,
        };
        // What is left to look through is little: a probe, a long record or a frame.
        let mut place = low;
        while place < high {
            let block = self.from(place, high, BLOCK)?;
            let mut at = 0;
            while let Some(length) = memchr::memchr(b'\n', &block[at..]) {
                if cri::parse(&block[at..at + length]).is_some_and(|record| stamp <= record.stamp) {
                    return Ok(place + at as u64);
                }
                at += length + 1;
            }
            // What has no end in so many bytes is none of our lines.
            place += if at == 0 { block.len() } else { at } as u64;
        }
        Ok(high)
    }

    /// Two places where lines begin: all records before the first are before `stamp`, and none from the second on.
    fn halve(&mut self, stamp: Timestamp) -> io::Result<(u64, u64)> {
        let (mut low, mut high) = (0, self.length);
        // Between it and `high` no record begins.
        let mut ceiling = high;
        while PROBE < ceiling - low {
            let middle = low + (ceiling - low) / 2;
            match self.record_after(middle, ceiling)? {
                Some((place, found)) if found < stamp => low = place,
                Some((place, _)) => (high, ceiling) = (place, middle),
                None => ceiling = middle,
            }
        }
        Ok((low, high))
    }

    /// The first record that begins after `start` and before `end`.
    fn record_after(&mut self, start: u64, end: u64) -> io::Result<Option<(u64, Timestamp)>> {
        let mut most = PROBE;
        loop {
            let block = self.from(start, self.length, most)?;
            let mut at = memchr::memchr(b'\n', &block).map_or(block.len(), |newline| newline + 1);
            while let Some(length) = memchr::memchr(b'\n', &block[at..])
                && start + (at as u64) < end
            {
                if let Some(record) = cri::parse(&block[at..at + length]) {
                    return Ok(Some((start + at as u64, record.stamp)));
                }
                at += length + 1;
            }
            let is_all = self.length <= start + block.len() as u64 || BLOCK < most;
            if is_all || end <= start + at as u64 {
                return Ok(None);
            }
            // A long record: that it is long is no reason to read as much of every log.
            most *= 8;
        }
    }
}

/// Where the frame begins that has the first record not before `stamp`, and where it ends.
fn halve_frames(archive: &Archive, stamp: Timestamp) -> io::Result<(u64, u64)> {
    let (mut low, mut high) = (0, archive.frames());
    while low < high {
        let middle = low + (high - low) / 2;
        let text = archive.frame(middle)?;
        let first = text.split(|&byte| byte == b'\n').find_map(cri::parse);
        if first.is_some_and(|first| first.stamp < stamp) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let start = |index| if index < archive.frames() { archive.start(index) } else { archive.length() };
    Ok((start(low.saturating_sub(1)), start(low)))
}

fn frame_at(archive: &Archive, place: u64) -> usize {
    let (mut low, mut high) = (0, archive.frames());
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        if archive.start(middle) <= place {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn exactly(file: &File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; end.saturating_sub(start) as usize];
    file.read_exact_at(&mut bytes, start)?;
    Ok(bytes)
}

/// What is not there is no error.
pub(super) fn if_there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
