//! Rotated logs, compressed and still searchable.
//!
//! The format is the seekable one of Zstandard (its repository,
//! `contrib/seekable_format/zstd_seekable_compression_format.md`): frames that
//! can each be read alone, then a table of their sizes in a frame that every
//! decoder skips. So `zstdcat` reads the file as it reads any other, and a
//! reader of ours gets at the text of one minute without unpacking a day. Each
//! frame holds whole lines, about [`FRAME`] bytes of them, and a checksum.
//!
//! What is read is not trusted: sizes are bounded before anything is allocated,
//! the table must account for every byte of the file, and each error names the
//! file. The checksums of the table, which the format allows, are left out: the
//! frames have theirs, and every decoder knows those.
//!
//! When a file is compressed, and that its original goes, is not decided here.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

/// A frame has about so many bytes of text.
const FRAME: usize = 256 * 1024;
/// A frame that says it has more is none of ours.
const FRAME_MAX: u32 = 4 << 20;
/// No log has more frames: these are a terabyte of text.
const FRAMES_MAX: u32 = 1 << 22;
/// The library's own default: about a fifth of a log remains, for a fifth of the CPU time of gzip.
const LEVEL: i32 = 3;

const SKIPPABLE: u32 = 0x184D_2A5E;
const SEEKABLE: u32 = 0x8F92_EAB1;
/// Magic and length of a skippable frame.
const HEADER: u64 = 8;
/// Number of frames, descriptor, magic.
const FOOTER: u64 = 9;
/// In the descriptor: the table has checksums.
const HAS_CHECKSUMS: u8 = 0x80;
/// In the descriptor: must be zero.
const RESERVED: u8 = 0x7C;

/// A compressed file that is being read.
#[derive(Debug)]
pub(super) struct Archive {
    file: File,
    path: PathBuf,
    frames: Box<[Frame]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Frame {
    /// Where it begins in the file.
    at: u64,
    /// Where its text begins in the whole text.
    text_at: u64,
    /// Its bytes in the file.
    packed: u32,
    /// The bytes of its text.
    length: u32,
}

impl Archive {
    /// Opens a file and reads its table. `InvalidData` if it is not such a file, or not a whole one.
    pub(super) fn open(path: &Path) -> io::Result<Archive> {
        let file = fs_err::File::open(path)?.into_file();
        let frames = read_table(&file).map_err(|error| at(path, &error))?;
        Ok(Archive { file, path: path.to_owned(), frames })
    }

    /// How many frames there are.
    pub(super) fn frames(&self) -> usize {
        self.frames.len()
    }

    /// The text of the frame `index`, which is whole lines; `InvalidData` if it is damaged.
    pub(super) fn frame(&self, index: usize) -> io::Result<Vec<u8>> {
        let frame = self.frames[index];
        self.unpack(frame).map_err(|error| at(&self.path, &format!("frame {index}: {error}")))
    }

    /// Where the text of the frame `index` begins in the whole text.
    pub(super) fn start(&self, index: usize) -> u64 {
        self.frames[index].text_at
    }

    /// The length of the whole text.
    pub(super) fn length(&self) -> u64 {
        self.frames.last().map_or(0, |last| last.text_at + u64::from(last.length))
    }

    fn unpack(&self, frame: Frame) -> io::Result<Vec<u8>> {
        let mut packed = vec![0; frame.packed as usize];
        self.file.read_exact_at(&mut packed, frame.at)?;
        let text = zstd::bulk::decompress(&packed, frame.length as usize)
            .map_err(|error| invalid(error.to_string()))?;
        if text.len() != frame.length as usize {
            return Err(invalid(format!("{} bytes of text instead of {}", text.len(), frame.length)));
        }
        Ok(text)
    }
}

/// Compresses `text` into `archive`. `go_on` is asked before each frame, and its error ends the work.
pub(super) fn write(
    text: &mut impl Read,
    archive: &mut impl Write,
    mut go_on: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = Writer::new(archive)?;
    let mut waiting = Vec::with_capacity(FRAME);
    loop {
        go_on()?;
        let missing = (FRAME - waiting.len()) as u64;
        let is_end = (&mut *text).take(missing).read_to_end(&mut waiting)? < missing as usize;
        let newline = memchr::memrchr(b'\n', &waiting).map(|newline| newline + 1);
        // Lines of ours are much shorter than a frame; what has no end is cut anywhere.
        let end = newline.filter(|_| !is_end).unwrap_or(waiting.len());
        if 0 < end {
            writer.frame(&waiting[..end])?;
            waiting.drain(..end);
        }
        if is_end {
            return writer.finish();
        }
    }
}

/// Writes frames, and then their table.
struct Writer<'a, W> {
    archive: &'a mut W,
    compressor: Compressor<'static>,
    packed: Vec<u8>,
    table: Vec<u8>,
    frames: u32,
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(archive: &'a mut W) -> io::Result<Writer<'a, W>> {
        let mut compressor = Compressor::new(LEVEL)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true))?;
        Ok(Writer { archive, compressor, packed: Vec::new(), table: Vec::new(), frames: 0 })
    }

    fn frame(&mut self, text: &[u8]) -> io::Result<()> {
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(text.len()));
        self.compressor.compress_to_buffer(text, &mut self.packed)?;
        self.archive.write_all(&self.packed)?;
        self.table.extend_from_slice(&(self.packed.len() as u32).to_le_bytes());
        self.table.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.frames += 1;
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        let length = self.table.len() as u64 + FOOTER;
        let mut end = Vec::with_capacity((HEADER + length) as usize);
        end.extend_from_slice(&SKIPPABLE.to_le_bytes());
        end.extend_from_slice(&(length as u32).to_le_bytes());
        end.extend_from_slice(&self.table);
        end.extend_from_slice(&self.frames.to_le_bytes());
        end.push(0);
        end.extend_from_slice(&SEEKABLE.to_le_bytes());
        self.archive.write_all(&end)
    }
}

fn read_table(file: &File) -> io::Result<Box<[Frame]>> {
    let file_length = file.metadata()?.len();
    let Some(footer_at) = file_length.checked_sub(FOOTER) else {
        return Err(invalid("it is too short to be a compressed log".to_owned()));
    };
    let mut footer = [0; FOOTER as usize];
    file.read_exact_at(&mut footer, footer_at)?;
    let (count, descriptor) = (word(&footer, 0), footer[4]);
    if word(&footer, 5) != SEEKABLE || descriptor & RESERVED != 0 {
        return Err(invalid("it does not end like a compressed log".to_owned()));
    }
    let entry = if descriptor & HAS_CHECKSUMS == 0 { 8 } else { 12 };
    let table = u64::from(count) * entry;
    let table_at = footer_at.checked_sub(table).filter(|at| HEADER <= *at && count <= FRAMES_MAX);
    let Some(table_at) = table_at else {
        return Err(invalid(format!("its table of {count} frames cannot be in it")));
    };
    let mut header = [0; HEADER as usize];
    file.read_exact_at(&mut header, table_at - HEADER)?;
    if word(&header, 0) != SKIPPABLE || u64::from(word(&header, 4)) != table + FOOTER {
        return Err(invalid("its table has no beginning".to_owned()));
    }
    let mut entries = vec![0; table as usize];
    file.read_exact_at(&mut entries, table_at)?;
    let frames = place(entries.chunks_exact(entry as usize))?;
    let end = frames.last().map_or(0, |last| last.at + u64::from(last.packed));
    if end != table_at - HEADER {
        return Err(invalid(format!("its table speaks of {end} bytes, and there are {}", table_at - HEADER)));
    }
    Ok(frames)
}

/// Where each frame is, after all that were before.
fn place<'a>(entries: impl ExactSizeIterator<Item = &'a [u8]>) -> io::Result<Box<[Frame]>> {
    let mut frames = Vec::with_capacity(entries.len());
    let mut next = Frame::default();
    let packed_max = zstd::zstd_safe::compress_bound(FRAME_MAX as usize) as u64;
    for entry in entries {
        let frame = Frame { packed: word(entry, 0), length: word(entry, 4), ..next };
        if FRAME_MAX < frame.length || packed_max < u64::from(frame.packed) {
            return Err(invalid(format!("a frame of {} bytes is none of ours", frame.length)));
        }
        frames.push(frame);
        next.at += u64::from(frame.packed);
        next.text_at += u64::from(frame.length);
    }
    Ok(frames.into_boxed_slice())
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes are four bytes"))
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn at(path: &Path, error: &(impl ToString + ?Sized)) -> io::Error {
    invalid(format!("{} cannot be read: {}", path.display(), error.to_string()))
}

#[cfg(test)]
#[path = "tests/archive.rs"]
mod tests;
