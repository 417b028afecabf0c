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

use rustix::fs::{CWD, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::backlog::Backlog;
use super::capture::{Capture, Rest, nanoseconds, timestamp};
use super::cri::Stream;
use super::files::{self, LogFile};
use super::names::Place;
use super::report::{Common, Event};
use super::slot::{Count, Slot, Staged};
use super::staging::Staging;
use super::tap::Tap;
use super::{Holder, OnFull, Policy, crash, names, runs};

/// How a log is kept of which only the process is left; its service's next run has its own way again.
const UNKNOWN_POLICY: Policy =
    Policy { max_size: 10 << 20, keep: 5, max_age: None, on_full: OnFull::Drop, owner: None };

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
        let log = LogFile::open(&place.log)?;
        let log_offset = log.mend()?;
        let known = match rest.is_known {
            true => None,
            false => runs::latest(&place.log)?.max(files::latest_stamp(&place.log)?),
        };
        let known = known.map_or(i64::MIN, nanoseconds).max(rest.slot.last_stamp);
        let last_stamp = nanoseconds((common.clock)()).max(known.saturating_add(1));
        if let Err(error) = runs::begin(&place.log, run, timestamp(last_stamp)) {
            // Its lines will count as the run's before. That is less than a service that does not run.
            let service = names::service_at(&place.run);
            common.report(service, Event::Unnoted { reason: error.to_string() });
        }
        let (out, out_was_there) = make_fifo(&place, run, Stream::Out, policy.owner)?;
        let (err, err_was_there) = make_fifo(&place, run, Stream::Err, policy.owner)?;
        let inputs = [Some(out), Some(err)];
        crash::point();

        let slot = Slot {
            run,
            inode: log.inode,
            log_offset,
            last_stamp,
            missing: rest.slot.missing,
            waiting: rest.slot.waiting,
            trouble_at: rest.slot.trouble_at,
            errno: rest.slot.errno,
            ..policy.slot()
        };
        // Where the FIFOs are as they were left, so is the file.
        let passed_on = rest.staging.filter(|_| out_was_there && err_was_there);
        let (staging, refusal) = match passed_on.and_then(|staging| staging.pass_on(&slot)) {
            Some(staging) => (staging, None),
            None => Staging::create(place.staging(), &slot)?,
        };
        let mut capture = Capture::new(place, staging, slot, log, inputs);
        if let Some(trouble) = rest.trouble {
            capture.tap.set_stage(trouble.stage);
            (capture.trouble, capture.backlog) = (Some(trouble), rest.backlog);
            capture.written = rest.written;
        }
        if slot.blocks {
            capture.reserve(common)?;
        }
        // Most services say nothing for a long time, if ever.
        capture.rest();
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
            if let Some(holder) = holder {
                return Capture::resume(place, holder, common).map(Some);
            }
            remove_fifos(&place)?;
            return Ok(None);
        };
        let holder = holder.filter(|holder| holder.run == slot.run);
        let log = LogFile::open(&place.log)?;
        let slot = settle(&staging, &log, slot)?;
        crash::point();
        let mut inputs = [None, None];
        for stream in Stream::BOTH {
            inputs[stream.index()] = reach_fifo(&place, slot.run, stream, holder)?;
        }
        let mut capture = Capture::new(place, staging, slot, log, inputs);
        capture.measure();
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
            tap: Arc::new(Tap::default()),
            records: 0,
            backlog: Backlog::default(),
            trouble: None,
            trying: false,
            written: slot.last_stamp,
            began,
            unrotated: false,
            ending: false,
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

/// The FIFO of a run, opened; and whether the run before had it, too.
fn make_fifo(
    place: &Place,
    run: u64,
    stream: Stream,
    owner: Option<(u32, u32)>,
) -> io::Result<(OwnedFd, bool)> {
    if let Some(fifo) = spare_fifo(place, run, stream, owner) {
        return Ok((fifo, true));
    }
    let path = place.fifo(run, stream);
    let make = || rustix::fs::mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR);
    match make() {
        Err(Errno::NOENT) => {
            make_run_directory(place)?;
            make()?;
        }
        made => made?,
    }
    if let Some((user, group)) = owner {
        rustix::fs::chown(&path, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
    }
    let fifo = open_fifo(place, run, stream)?.ok_or(io::ErrorKind::NotFound)?;
    Ok((fifo, false))
}

/// That of the run before, if it is as good as a new one: nothing is in it, and nobody can write to it who
/// has outlived that run. To make a new one and to remove the old takes a journalling file system longer.
fn spare_fifo(place: &Place, run: u64, stream: Stream, owner: Option<(u32, u32)>) -> Option<OwnedFd> {
    let spare = place.spare_fifo(stream);
    let fifo = open_to_read(&spare).ok()??;
    let known = rustix::fs::fstat(&fifo).ok()?;
    let ours = || (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let is_as_made = FileType::from_raw_mode(known.st_mode) == FileType::Fifo
        && Mode::from_raw_mode(known.st_mode) == Mode::RUSR | Mode::WUSR
        && (known.st_uid, known.st_gid) == owner.unwrap_or_else(ours)
        && known.st_nlink == 1;
    // With a writer left this would be EAGAIN (pipe(7)).
    let is_left = rustix::io::read(&fifo, &mut [0_u8; 1]) == Ok(0);
    if is_as_made && is_left && fs_err::rename(&spare, place.fifo(run, stream)).is_ok() {
        return Some(fifo);
    }
    // It is replaced by the next one that is spared, if it cannot be removed.
    drop(fs_err::remove_file(spare));
    None
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
    run: u64,
    stream: Stream,
    holder: Option<Holder>,
) -> io::Result<Option<OwnedFd>> {
    let named = open_fifo(place, run, stream)?;
    Ok(named.or_else(|| held_fifo(&place.fifo(run, stream), holder?.pid)))
}

/// What a process has open that had the name `fifo` (proc_pid_fd(5)).
fn held_fifo(fifo: &Path, pid: i32) -> Option<OwnedFd> {
    let mut known = fs_err::canonicalize(fifo.parent()?).ok()?.join(fifo.file_name()?).into_os_string();
    known.push(" (deleted)");
    let open = fs_err::read_dir(format!("/proc/{pid}/fd")).ok()?.filter_map(Result::ok);
    let found = open
        .map(|entry| entry.path())
        .find(|link| fs_err::read_link(link).is_ok_and(|target| target.as_os_str() == known))?;
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
