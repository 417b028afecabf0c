//! How a capture begins: for a new run, and where a killed daemon stopped.
//!
//! Recovery takes the state of the staging file at its word. What the log has
//! beyond `log_offset` is cut off, for those bytes are staged still. If the log
//! is another file than the state says, the kill came while it was rotated, and
//! the new one has nothing of ours. A read that was intended has happened if its
//! sentinel is gone. After that the staged bytes are written as if just read.
//! A kill during recovery is no different: each step can be done again.
//!
//! A FIFO whose name somebody has removed is reached through the process that
//! holds it open, if there is one ([`Holder`]). Such a process also means that
//! there is a log to go on with although the staging file is gone or was never
//! made, for want of room: then nothing is replayed, and the log simply goes on.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Access, CWD, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::backlog::Backlog;
use super::capture::{Capture, Rest, nanoseconds};
use super::cri::Stream;
use super::files::{self, LogFile};
use super::names::Place;
use super::report::{Common, Event};
use super::slot::{Count, Slot, Staged};
use super::staging::Staging;
use super::tap::Tap;
use super::{Holder, OnFull, Policy, crash, names, runs};

/// How a log is kept of which only the process is left, until somebody says how ([`Capture::keep_as`]): all of it.
const UNKNOWN_POLICY: Policy = Policy {
    max_size: u64::MAX,
    keep: u32::MAX,
    max_age: None,
    on_full: OnFull::Drop,
    owner: None,
    is_single: false,
};

impl Capture {
    /// Begins the log of `run`: FIFOs, staging file, log file. Whatever an
    /// earlier run of the service left must have been recovered before.
    #[cfg(test)]
    pub(super) fn begin(place: Place, run: u64, policy: &Policy, common: &mut Common) -> io::Result<Capture> {
        Capture::begin_after(Rest::default(), place, run, policy, common)
    }

    /// The same with what the run before could not write.
    pub(super) fn begin_after(
        rest: Rest,
        place: Place,
        run: u64,
        policy: &Policy,
        common: &mut Common,
    ) -> io::Result<Capture> {
        if !rest.is_known {
            make_run_directory(&place)?;
            remove_fifos(&place)?;
        }
        let log = match policy.is_single && !is_there(&place.log) {
            true => LogFile::not_yet(),
            false => LogFile::open(&place.log)?,
        };
        let log_offset = log.mend()?;
        let is_known = !log.is_there() || rest.is_known && rest.slot.last_stamp != i64::MIN;
        let known = match is_known {
            true => None,
            false => runs::latest(&place.log)?.max(files::latest_stamp(&place.log)?),
        };
        let known = known.map_or(i64::MIN, nanoseconds).max(rest.slot.last_stamp);
        let last_stamp = nanoseconds((common.clock)()).max(known.saturating_add(1));
        // Where the FIFOs are as they were left, so is the staging file.
        let spare = rest.fifos.and_then(|fifos| Some((fifos, spare_fifos(&place, fifos, policy.owner)?)));
        let (fifos, inputs, passed_on, kept) = match spare {
            Some((fifos, inputs)) => (fifos, inputs, rest.staging, rest.kept),
            None => (run, make_fifos(&place, run, policy.owner)?, None, None),
        };
        crash::point();

        let slot = Slot {
            run,
            fifos,
            inode: log.inode,
            log_offset,
            last_stamp,
            missing: rest.slot.missing,
            waiting: rest.slot.waiting,
            trouble_at: rest.slot.trouble_at,
            errno: rest.slot.errno,
            ..policy.slot()
        };
        let path = place.staging();
        let passed_on = passed_on.and_then(|staging| staging.pass_on(&path, &slot));
        let is_fresh = passed_on.is_none();
        let (staging, refusal) = match passed_on {
            Some(staging) => (staging, None),
            None => Staging::create(path, &slot)?,
        };
        let mut capture = Capture::new(place, staging, slot, log, inputs.map(Some));
        capture.kept = kept;
        if capture.log.is_there() {
            capture.note_run(last_stamp, common);
        }
        if let Some(trouble) = rest.trouble {
            capture.tap.set_stage(trouble.stage);
            (capture.trouble, capture.backlog) = (Some(trouble), rest.backlog);
            capture.written = rest.written;
        }
        if slot.blocks {
            capture.reserve(common)?;
        }
        if is_fresh {
            // Most services say nothing for a long time, if ever.
            capture.rest();
        }
        if let Some(refusal) = refusal {
            capture.report(common, Event::Unprotected { reason: refusal.to_string() });
        }
        Ok(capture)
    }

    /// Goes on with the run that a killed daemon was capturing; `None` if its
    /// log had ended. A FIFO that is gone, and that no `holder` has open, counts as hung up.
    pub(super) fn recover(
        place: Place,
        holder: Option<Holder>,
        common: &mut Common,
    ) -> io::Result<Option<Capture>> {
        let found = match Staging::find(place.staging()) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let service = names::service_at(&place.run);
                common.report(service, Event::Damaged { reason: error.to_string() });
                None
            }
            found => found?.filter(|(_, slot)| !slot.closed),
        };
        let Some((staging, slot)) = found else {
            if let Some(holder) = holder.filter(Holder::lives) {
                return Capture::resume(place, holder, common).map(Some);
            }
            remove_fifos(&place)?;
            return Ok(None);
        };
        let holder = holder.filter(|holder| holder.run == slot.run);
        let is_unmade = slot.inode == 0 && !is_there(&place.log);
        let log = if is_unmade { LogFile::not_yet() } else { LogFile::open(&place.log)? };
        let is_unnoted = slot.inode == 0 && log.is_there();
        let slot = settle(&staging, &log, slot)?;
        crash::point();
        let mut inputs = [None, None];
        for stream in Stream::BOTH {
            inputs[stream.index()] = reach_fifo(&place, slot.fifos, stream, holder)?;
        }
        let mut capture = Capture::new(place, staging, slot, log, inputs);
        capture.measure();
        if is_unnoted {
            capture.note_run(slot.last_stamp, common);
        }
        capture.commit(slot);
        for stream in Stream::BOTH {
            capture.write_lines(stream, common);
        }
        Ok(Some(capture))
    }

    /// Goes on with a run that lives and of which nothing is staged.
    fn resume(place: Place, holder: Holder, common: &mut Common) -> io::Result<Capture> {
        let log = LogFile::open(&place.log)?;
        let log_offset = log.mend()?;
        let known = runs::latest(&place.log)?.max(files::latest_stamp(&place.log)?);
        let slot = Slot {
            run: holder.run,
            fifos: holder.run,
            inode: log.inode,
            log_offset,
            last_stamp: known.map_or(i64::MIN, nanoseconds).max(nanoseconds((common.clock)())),
            ..UNKNOWN_POLICY.slot()
        };
        let mut inputs = [None, None];
        for stream in Stream::BOTH {
            inputs[stream.index()] = reach_fifo(&place, slot.run, stream, Some(holder))?;
        }
        let (staging, refusal) = Staging::create(place.staging(), &slot)?;
        let mut capture = Capture::new(place, staging, slot, log, inputs);
        capture.measure();
        if let Some(refusal) = refusal {
            capture.report(common, Event::Unprotected { reason: refusal.to_string() });
        }
        Ok(capture)
    }

    /// Whether nobody has said yet how it is kept.
    pub(super) fn is_kept_unasked(&self) -> bool {
        self.slot.max_size == UNKNOWN_POLICY.max_size
    }

    /// Says how it is kept, if that is not known. What becomes of lines for which there is no room is left as it
    /// is: nothing has been reserved for them.
    pub(super) fn keep_as(&mut self, policy: &Policy) {
        if self.is_kept_unasked() {
            let Slot { max_size, keep, max_age, .. } = policy.slot();
            self.commit(Slot { max_size, keep, max_age, ..self.slot });
        }
    }

    fn new(
        place: Place,
        staging: Staging,
        slot: Slot,
        log: LogFile,
        inputs: [Option<OwnedFd>; 2],
    ) -> Capture {
        // Without it, the file is rotated by size alone.
        let began = log.first_stamp().ok().flatten().map(nanoseconds);
        Capture {
            place,
            staging,
            slot,
            log,
            inputs,
            tap: Arc::new(Tap::of(slot.fifos)),
            records: 0,
            backlog: Backlog::default(),
            trouble: None,
            trying: false,
            written: slot.last_stamp,
            began,
            unrotated: false,
            ending: false,
            kept: None,
            was_cut: false,
            wide: [false; 2],
        }
    }
}

impl Policy {
    /// A state of which no more is known.
    fn slot(&self) -> Slot {
        Slot {
            max_size: self.max_size,
            keep: self.keep,
            max_age: self.max_age.map_or(0, |age| age.as_secs().max(1)),
            blocks: self.on_full == OnFull::Block,
            is_single: self.is_single,
            ..Slot::default()
        }
    }
}

/// The state in which a killed daemon's work stands, after its unsettled part of the log was cut off.
fn settle(staging: &Staging, log: &LogFile, mut slot: Slot) -> io::Result<Slot> {
    if slot.volatile {
        slot.log_offset = log.mend()?;
        slot.volatile = false;
    } else if slot.inode == log.inode {
        slot.log_offset = log.cut(slot.log_offset)?;
    } else {
        // Empty then; if it is not, it is somebody else's work, and kept.
        slot.log_offset = log.mend()?;
        slot.last_stamp += 1;
    }
    slot.inode = log.inode;
    // It waited in the memory of the daemon that was killed.
    slot.missing += slot.waiting;
    slot.waiting = Count::default();
    for stream in Stream::BOTH {
        let staged = &mut slot.streams[stream.index()];
        let (tail, intent) = (staged.tail as usize, staged.intent as usize);
        let was_read = 0 < intent && !staging.has_sentinel(stream, tail, intent);
        let read = if was_read { staged.intent } else { 0 };
        *staged = Staged { tail: staged.tail + read, intent: 0, ..*staged };
    }
    Ok(slot)
}

fn make_run_directory(place: &Place) -> io::Result<()> {
    // The owner of a FIFO, who may be another user, has to get to it.
    std::fs::DirBuilder::new().recursive(true).mode(0o711).create(&place.run)
}

fn is_there(path: &Path) -> bool {
    rustix::fs::access(path, Access::EXISTS).is_ok()
}

/// New FIFOs for a run, opened.
fn make_fifos(place: &Place, run: u64, owner: Option<(u32, u32)>) -> io::Result<[OwnedFd; 2]> {
    Ok([make_fifo(place, run, Stream::Out, owner)?, make_fifo(place, run, Stream::Err, owner)?])
}

fn make_fifo(place: &Place, run: u64, stream: Stream, owner: Option<(u32, u32)>) -> io::Result<OwnedFd> {
    let path = place.fifo(run, stream);
    let make = || rustix::fs::mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR);
    match make() {
        Err(Errno::NOENT) => make_run_directory(place).and_then(|()| Ok(make()?))?,
        // A daemon was killed before it noted that they are there; no process has been given them.
        Err(Errno::EXIST) => fs_err::remove_file(&path).and_then(|()| Ok(make()?))?,
        made => made?,
    }
    if let Some((user, group)) = owner {
        rustix::fs::chown(&path, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
    }
    Ok(open_fifo(place, run, stream)?.ok_or(io::ErrorKind::NotFound)?)
}

/// Those of the run before, if they are as good as new ones: nothing is in them, and nobody can write to them
/// who has outlived that run. To make new ones and to remove the old takes a journalling file system longer.
fn spare_fifos(place: &Place, fifos: u64, owner: Option<(u32, u32)>) -> Option<[OwnedFd; 2]> {
    let spare = |stream| spare_fifo(&place.fifo(fifos, stream), owner);
    if let (Some(out), Some(err)) = (spare(Stream::Out), spare(Stream::Err)) {
        return Some([out, err]);
    }
    for stream in Stream::BOTH {
        // What cannot be removed is in nobody's way but that of a run with its number, which will say so.
        drop(fs_err::remove_file(place.fifo(fifos, stream)));
    }
    None
}

fn spare_fifo(path: &Path, owner: Option<(u32, u32)>) -> Option<OwnedFd> {
    let fifo = open_to_read(path).ok()??;
    let known = rustix::fs::fstat(&fifo).ok()?;
    let ours = || (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let is_as_made = FileType::from_raw_mode(known.st_mode) == FileType::Fifo
        && Mode::from_raw_mode(known.st_mode) == Mode::RUSR | Mode::WUSR
        && (known.st_uid, known.st_gid) == owner.unwrap_or_else(ours)
        && known.st_nlink == 1;
    // With a writer left this would be EAGAIN (pipe(7)).
    let is_left = rustix::io::read(&fifo, &mut [0_u8; 1]) == Ok(0);
    (is_as_made && is_left).then_some(fifo)
}

fn open_fifo(place: &Place, run: u64, stream: Stream) -> io::Result<Option<OwnedFd>> {
    open_to_read(&place.fifo(run, stream))
}

fn open_to_read(fifo: &Path) -> io::Result<Option<OwnedFd>> {
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    options.options_mut().custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    match options.open(fifo) {
        Ok(file) => Ok(Some(File::into(file.into_file()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A FIFO by its name or, if that is gone, by a process that has it open.
fn reach_fifo(
    place: &Place,
    fifos: u64,
    stream: Stream,
    holder: Option<Holder>,
) -> io::Result<Option<OwnedFd>> {
    let named = open_fifo(place, fifos, stream)?;
    Ok(named.or_else(|| held_fifo(&place.fifo(fifos, stream), holder.filter(Holder::lives)?.pid)))
}

/// What a process has open that has, or had, a name like `fifo` (proc_pid_fd(5)), whichever run it was made for.
fn held_fifo(fifo: &Path, pid: i32) -> Option<OwnedFd> {
    let directory = fs_err::canonicalize(fifo.parent()?).ok()?;
    let open = fs_err::read_dir(format!("/proc/{pid}/fd")).ok()?.filter_map(Result::ok);
    let is_it = |link: &Path| {
        let target = fs_err::read_link(link).ok()?;
        let name = target.file_name()?.to_str()?;
        let name = Path::new(name.strip_suffix(" (deleted)").unwrap_or(name));
        let is_like = names::is_fifo(name) && name.extension() == fifo.extension();
        Some(is_like && target.parent()? == directory)
    };
    let found = open.map(|entry| entry.path()).find(|link| is_it(link) == Some(true))?;
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    options.options_mut().custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    Some(File::into(options.open(found).ok()?.into_file()))
}

/// Removes the FIFOs of runs that have ended.
fn remove_fifos(place: &Place) -> io::Result<()> {
    let entries = match fs_err::read_dir(&place.run) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if names::is_fifo(&path) {
            fs_err::remove_file(path)?;
        }
    }
    Ok(())
}
