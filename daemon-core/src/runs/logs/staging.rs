#![allow(unsafe_code, reason = "a shared mapping and an atomic inside it; see the SAFETY comments")]
//! The staging file: what was read from a service and is not in its log yet.
//!
//! It is mapped shared, so what a killed daemon wrote into it is still there.
//! A header page holds two [`Slot`]s and the index of the valid one. A change
//! of state fills the other slot and then stores the index, one atomic store:
//! whenever a kill comes, one complete state is found, the old or the new.
//! Behind the header each stream has a region for its bytes.
//!
//! A mapped page of a hole in a full file system is a SIGBUS, so room is
//! reserved with `fallocate` before it is first touched: a page for the header,
//! then of each region as much as it comes to need. When there is no room, the
//! mapping becomes anonymous memory: the daemon goes on, and exactly-once is no
//! longer promised for what waits in it; the file is marked so.
//!
//! This file knows nothing of logs or FIFOs; [`super::capture`] gives the
//! states their meaning.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use memmap2::{MmapMut, MmapOptions, UncheckedAdvice};
use rustix::fs::FallocateFlags;

use super::crash;
use super::cri::Stream;
use super::slot::{SLOT_LEN, Slot};

/// Bytes of one stream that fit: a full pipe and what was left of a long line, with room to move.
pub(super) const REGION: usize = 96 * 1024;
/// How many bytes mark the place of a read that may not have happened.
pub(super) const SENTINEL: usize = 16;

const PAGE: usize = 4096;
const LENGTH: usize = PAGE + 2 * REGION;
const MAGIC: u64 = u64::from_le_bytes(*b"hobstag1");

const MAGIC_AT: usize = 0;
const ACTIVE_AT: usize = 8;
const SENTINEL_AT: usize = 16;
const SLOTS_AT: [usize; 2] = [128, 384];

/// A mapped staging file, or memory in its place.
#[derive(Debug)]
pub(super) struct Staging {
    map: MmapMut,
    path: Box<Path>,
    /// Up to where each region has room behind it.
    reserved: [u32; 2],
    on_disk: bool,
}

impl Staging {
    /// A new staging file with `slot` as its state; memory, and the reason why, if the disk is full.
    pub(super) fn create(path: PathBuf, slot: &Slot) -> io::Result<(Staging, Option<io::Error>)> {
        // What the file of the last run says of lines that are missing is told nowhere else: it must not be blank
        // for a moment.
        if let Ok(Some((staging, _))) = Staging::find(path.clone())
            && let Some(staging) = staging.pass_on(&path, slot)
        {
            return Ok((staging, None));
        }
        let (map, refusal) = match new_file(&path) {
            Ok(map) => (map, None),
            Err(refusal) => (MmapMut::map_anon(LENGTH)?, Some(refusal)),
        };
        crash::point();
        let on_disk = refusal.is_none();
        let reserved = if on_disk { [0, 0] } else { [REGION as u32; 2] };
        let mut staging = Staging { map, path: path.into_boxed_path(), reserved, on_disk };
        staging.map[SENTINEL_AT..SENTINEL_AT + SENTINEL].copy_from_slice(&new_sentinel()?);
        staging.commit(slot);
        crash::point();
        // The magic comes last: a file without it was never in use.
        staging.map[MAGIC_AT..MAGIC_AT + 8].copy_from_slice(&MAGIC.to_le_bytes());
        Ok((staging, refusal))
    }

    /// Makes that of a run that has ended the next one's, where it now lies; memory cannot be, the disk has to
    /// be tried anew.
    pub(super) fn pass_on(mut self, path: &Path, slot: &Slot) -> Option<Staging> {
        self.on_disk.then(|| {
            if *self.path != *path {
                self.path = path.into();
            }
            self.commit(slot);
            self
        })
    }

    /// The staging file of an earlier daemon and the state it is in; `None` if
    /// there is none, `InvalidData` if it cannot have been written by one.
    pub(super) fn find(path: PathBuf) -> io::Result<Option<(Staging, Slot)>> {
        let file = match fs_err::OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file.into_file(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match file.metadata()?.len() {
            // It was being made when the kill came.
            0 => return Ok(None),
            length if length != LENGTH as u64 => return Err(damaged(&path, "has another length")),
            _ => {}
        }
        let map = map_file(&file)?;
        let staging = Staging { map, path: path.into_boxed_path(), reserved: [0, 0], on_disk: true };
        match &staging.map[MAGIC_AT..MAGIC_AT + 8] {
            [0, ..] => return Ok(None),
            magic if *magic != MAGIC.to_le_bytes() => {
                return Err(damaged(&staging.path, "does not begin like one"));
            }
            _ => {}
        }
        let active = staging.active().load(Ordering::Acquire) as usize;
        let slot = SLOTS_AT.get(active).map(|&at| Slot::from_bytes(&staging.map[at..at + SLOT_LEN]));
        match slot.filter(Slot::is_sound) {
            Some(slot) => Ok(Some((staging, slot))),
            None => Err(damaged(&staging.path, "speaks of bytes that cannot be there")),
        }
    }

    /// Makes `slot` the state, all at once.
    #[inline]
    pub(super) fn commit(&mut self, slot: &Slot) {
        let next = (self.active().load(Ordering::Relaxed) + 1) % 2;
        let at = SLOTS_AT[next as usize];
        slot.to_bytes(&mut self.map[at..at + SLOT_LEN]);
        self.active().store(next, Ordering::Release);
    }

    /// The bytes of `stream` in `range` of its region.
    pub(super) fn bytes(&self, stream: Stream, range: std::ops::Range<usize>) -> &[u8] {
        &self.region(stream)[range]
    }

    /// The same bytes, to be read into; [`Staging::reserve`] came first.
    pub(super) fn bytes_mut(&mut self, stream: Stream, range: std::ops::Range<usize>) -> &mut [u8] {
        &mut self.region_mut(stream)[range]
    }

    /// Copies the bytes in `range` to the beginning of the region.
    pub(super) fn move_to_front(&mut self, stream: Stream, range: std::ops::Range<usize>) {
        self.region_mut(stream).copy_within(range, 0);
    }

    /// Writes the sentinel at `at`, as much of it as fits into `length` bytes,
    /// and touches every page of them, so that a read into them meets no fault.
    pub(super) fn place_sentinel(&mut self, stream: Stream, at: usize, length: usize) {
        let sentinel = self.sentinel();
        let bytes = &mut self.region_mut(stream)[at..at + length];
        let marked = length.min(SENTINEL);
        for page in bytes.iter_mut().skip(SENTINEL).step_by(PAGE) {
            *page = 0;
        }
        if let Some(last) = bytes.last_mut() {
            *last = 0;
        }
        bytes[..marked].copy_from_slice(&sentinel[..marked]);
    }

    /// Whether the sentinel for `length` bytes is still at `at`: nothing was read there.
    pub(super) fn has_sentinel(&self, stream: Stream, at: usize, length: usize) -> bool {
        let marked = length.min(SENTINEL);
        self.region(stream)[at..at + marked] == self.sentinel()[..marked]
    }

    /// Sees to it that the region may be touched from `from` to `to`. Returns
    /// the reason if there is no room and the bytes now wait in memory.
    #[inline]
    pub(super) fn reserve(
        &mut self,
        stream: Stream,
        from: usize,
        to: usize,
        slot: &Slot,
    ) -> io::Result<Option<io::Error>> {
        if to <= self.reserved[stream.index()] as usize {
            return Ok(None);
        }
        self.reserve_more(stream, from, to, slot)
    }

    /// Gives the memory of a quiet service back; the file keeps the bytes.
    pub(super) fn rest(&self) {
        if self.on_disk {
            // SAFETY: the mapping is shared and of a file, so dropped pages are
            // read from it again, with what was last written to them.
            let advised = unsafe { self.map.unchecked_advise(UncheckedAdvice::DontNeed) };
            advised.expect("the whole of a mapping may be advised");
        }
    }

    #[cold]
    fn reserve_more(
        &mut self,
        stream: Stream,
        from: usize,
        to: usize,
        slot: &Slot,
    ) -> io::Result<Option<io::Error>> {
        let goal = to.next_power_of_two().clamp(PAGE, REGION);
        let start = region_at(stream);
        let reserved = fs_err::OpenOptions::new()
            .write(true)
            .open(&*self.path)
            .and_then(|file| allocate(file.file(), start + from, start + goal));
        let Err(refusal) = reserved else {
            self.reserved[stream.index()] = goal as u32;
            return Ok(None);
        };
        let mut memory = MmapMut::map_anon(LENGTH)?;
        memory[..PAGE].copy_from_slice(&self.map[..PAGE]);
        for stream in Stream::BOTH {
            let kept = slot.streams[stream.index()].live();
            let at = region_at(stream);
            memory[at + kept.start..at + kept.end].copy_from_slice(self.bytes(stream, kept));
        }
        // The file must not speak of bytes that move on without it.
        self.commit(&Slot { volatile: true, streams: Default::default(), ..*slot });
        self.map = memory;
        self.on_disk = false;
        self.reserved = [REGION as u32; 2];
        Ok(Some(refusal))
    }

    fn active(&self) -> &AtomicU32 {
        let pointer = self.map[ACTIVE_AT..].as_ptr().cast_mut().cast::<u32>();
        // SAFETY: the four bytes are inside the mapping, which lives as long as
        // self; mappings are aligned to pages, so offset 8 is aligned to 4; the
        // mapping is writable, and nothing else ever refers to these bytes.
        unsafe { AtomicU32::from_ptr(pointer) }
    }

    fn sentinel(&self) -> [u8; SENTINEL] {
        self.map[SENTINEL_AT..SENTINEL_AT + SENTINEL].try_into().expect("the range has that length")
    }

    fn region(&self, stream: Stream) -> &[u8] {
        &self.map[region_at(stream)..][..REGION]
    }

    fn region_mut(&mut self, stream: Stream) -> &mut [u8] {
        &mut self.map[region_at(stream)..][..REGION]
    }
}

const fn region_at(stream: Stream) -> usize {
    PAGE + stream.index() * REGION
}

fn damaged(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the staging file {} {what}", path.display()))
}

/// A file that was never in use, or one that is made so: to free the room of the last run's is to
/// wait for the disk where it is told of freed blocks (mount option `discard`), and a service that
/// is to be started again would wait with it.
fn new_file(path: &Path) -> io::Result<MmapMut> {
    let mut options = fs_err::OpenOptions::new();
    options.options_mut().mode(0o600);
    let file = options.read(true).write(true).create(true).truncate(false).open(path)?.into_file();
    if file.metadata()?.len() != LENGTH as u64 {
        file.set_len(0)?;
        file.set_len(LENGTH as u64)?;
    }
    allocate(&file, 0, PAGE)?;
    file.write_all_at(&[0; PAGE], 0)?;
    map_file(&file)
}

fn map_file(file: &File) -> io::Result<MmapMut> {
    // SAFETY: the file has LENGTH bytes and lies in a directory that only the
    // daemon writes to; one daemon at a time uses it, and it is never cut.
    unsafe { MmapOptions::new().len(LENGTH).map_mut(file) }
}

fn allocate(file: &File, from: usize, to: usize) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), from as u64, (to - from) as u64) {
        // Not every file system can; a written page has room, too.
        Err(rustix::io::Errno::OPNOTSUPP) => file.write_all_at(&vec![0; to - from], from as u64),
        done => Ok(done?),
    }
}

/// Random bytes that no UTF-8 text holds.
fn new_sentinel() -> io::Result<[u8; SENTINEL]> {
    let mut bytes = [0; SENTINEL];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(bytes.map(|byte| byte | 0xF8))
}
