//! What is done to rotated files: by age, by the room that all logs take, and on a full disk.
//!
//! Of each log only its size and its next date are remembered; its files are
//! listed again when something is due. The bound over all logs is checked with
//! sums, and the files of all services are gone through only when it is passed.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::aging::{self, Aged};
use super::super::files::{self, Rotated};
use super::super::report::{Common, Event};
use super::super::trouble::is_no_room;
use super::super::{names, packing};
use super::Keeping;

/// On a full disk so much is removed at a time, so that not everything goes because of one line.
const FREED: u64 = 1 << 20;
/// A log in which something could not be compressed is left alone for so long.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// The work, without the thread that does it.
#[derive(Debug)]
pub(in super::super) struct Work {
    /// The directory of all logs.
    logs: PathBuf,
    common: Common,
    known: HashMap<PathBuf, Known>,
    max_total: u64,
    /// When all logs are to be looked at.
    first_look: Option<Timestamp>,
    has_looked: bool,
}

#[derive(Debug, Default)]
struct Known {
    keeping: Option<Keeping>,
    /// Of all its files.
    size: u64,
    /// When there is something to do.
    due: Option<Timestamp>,
    /// Nothing is compressed before.
    pause: Option<Timestamp>,
}

impl Work {
    /// For the logs in the directory `logs`. Of `common`, the clock and the reports are used.
    pub(in super::super) fn new(logs: PathBuf, common: Common) -> Work {
        Work { logs, common, known: HashMap::new(), max_total: u64::MAX, first_look: None, has_looked: false }
    }

    /// How long nothing is due; `None` if nothing will be.
    pub(super) fn until_due(&self) -> Option<Duration> {
        let due = self.known.values().filter_map(|known| known.due).chain(self.first_look).min()?;
        Some(Duration::try_from(self.now().duration_until(due)).unwrap_or_default())
    }

    /// Looks at all logs after a while.
    pub(super) fn look_at_all_in(&mut self, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::ZERO);
        self.first_look = self.now().checked_add(time).ok();
    }

    /// Sets the bound over all logs.
    pub(super) fn set_max_total(&mut self, bytes: u64) {
        self.max_total = bytes;
        if self.has_looked {
            self.look_at_all();
        }
    }

    /// Whether all logs have been looked at.
    pub(super) fn has_looked(&self) -> bool {
        self.has_looked
    }

    /// How long the files of a log are kept.
    pub(super) fn know(&mut self, log: &Path, keeping: Keeping) {
        let known = self.known.entry(log.to_owned()).or_default();
        let is_news = known.keeping.replace(keeping) != Some(keeping);
        if is_news && self.has_looked {
            self.look(log, None);
        }
    }

    /// Looks at the log in a directory: its size, and when there is something to do.
    pub(in super::super) fn look(&mut self, log: &Path, keeping: Option<Keeping>) {
        let now = self.now();
        let Ok(files) = list(log) else {
            self.known.remove(log);
            return;
        };
        let known = self.known.entry(log.to_owned()).or_default();
        known.keeping = keeping.or(known.keeping);
        known.pause = known.pause.filter(|pause| now < *pause);
        let current = fs_err::metadata(log.join("current")).map_or(0, |file| file.len());
        known.size = current + files.iter().map(|file| file.size).sum::<u64>();
        let plan = aging::plan(&aged(&files), known.keeping, now);
        let is_due = 0 < plan.expired || plan.pack.is_some();
        known.due = match is_due {
            true => Some(known.pause.unwrap_or(now)),
            false => plan.next,
        };
    }

    /// Does what is due, one file at a time, until `is_urgent` says that something else is.
    pub(super) fn keep_up(&mut self, is_urgent: impl Fn() -> bool) {
        if self.first_look.is_some_and(|at| at <= self.now()) {
            self.first_look = None;
            self.look_at_all();
        }
        self.bound();
        let now = self.now();
        let is_due = |known: &Known| known.due.is_some_and(|due| due <= now);
        let due: Vec<PathBuf> =
            self.known.iter().filter(|(_, known)| is_due(known)).map(|(log, _)| log.clone()).collect();
        for log in due {
            if is_urgent() {
                return;
            }
            self.tend(&log, &is_urgent);
            self.look(&log, None);
        }
    }

    /// Removes the oldest rotated files on the file system `device`; whether there were any.
    pub(in super::super) fn free(&mut self, device: u64) -> bool {
        let on_device = |log: &PathBuf| fs_err::metadata(log).is_ok_and(|known| known.dev() == device);
        let mut freed = 0;
        let mut by_log: HashMap<PathBuf, (u64, u64)> = HashMap::new();
        for (log, file) in self.oldest(on_device) {
            if FREED <= freed {
                break;
            }
            if file.rotated.remove().is_ok() {
                freed += file.size;
                let of_log = by_log.entry(log).or_default();
                *of_log = (of_log.0 + 1, of_log.1 + file.size);
            }
        }
        for (log, (files, bytes)) in &by_log {
            self.report(log, Event::Freed { files: *files, bytes: *bytes });
            self.look(log, None);
        }
        !by_log.is_empty()
    }

    /// Removes the oldest rotated files of all logs while they take too much room.
    fn bound(&mut self) {
        let mut total: u64 = self.known.values().map(|known| known.size).sum();
        if total <= self.max_total {
            return;
        }
        let mut touched = Vec::new();
        for (log, file) in self.oldest(|_| true) {
            if total <= self.max_total {
                break;
            }
            if file.rotated.remove().is_ok() {
                total = total.saturating_sub(file.size);
                touched.push(log);
            }
        }
        touched.dedup();
        touched.iter().for_each(|log| self.look(log, None));
    }

    /// Removes and compresses what is to be removed and compressed in one log.
    fn tend(&mut self, log: &Path, is_urgent: &impl Fn() -> bool) {
        let Ok(files) = list(log) else { return };
        let known = self.known.get(log);
        let keeping = known.and_then(|known| known.keeping);
        let is_paused = known.is_some_and(|known| known.pause.is_some_and(|pause| self.now() < pause));
        let plan = aging::plan(&aged(&files), keeping, self.now());
        for file in &files[..plan.expired] {
            if let Err(error) = file.rotated.remove() {
                self.leave_alone(log, &error);
            }
        }
        let Some(pack) = plan.pack.filter(|_| !is_paused) else { return };
        let go_on = || if is_urgent() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) };
        match packing::pack(&files[pack].rotated.path, go_on) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The capture was faster: it was one too many.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.leave_alone(log, &error),
            Ok(()) => {}
        }
    }

    fn leave_alone(&mut self, log: &Path, error: &io::Error) {
        let pause = self.now().checked_add(PAUSE).ok();
        if let Some(known) = self.known.get_mut(log) {
            known.pause = pause;
        }
        // A full disk is told of by those who lose lines to it.
        if !is_no_room(error) {
            self.report(log, Event::NotPacked { reason: error.to_string() });
        }
    }

    fn look_at_all(&mut self) {
        self.has_looked = true;
        for log in self.logs() {
            // Nobody else compresses, and this does nothing else now: what is unfinished was left.
            drop(packing::clean(&log));
            self.look(&log, None);
        }
    }

    /// The rotated files of the logs that are `wanted`, the oldest first.
    fn oldest(&self, wanted: impl Fn(&PathBuf) -> bool) -> Vec<(PathBuf, Listed)> {
        let logs = self.logs().into_iter().filter(wanted);
        let files =
            |log: PathBuf| list(&log).unwrap_or_default().into_iter().map(move |file| (log.clone(), file));
        let mut all: Vec<_> = logs.flat_map(files).collect();
        all.sort_by_key(|(_, file)| file.rotated.latest);
        all
    }

    fn logs(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(&self.logs).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path()).filter(|path| !names::service_at(path).is_empty()).collect()
    }

    fn report(&self, log: &Path, event: Event) {
        self.common.report(names::service_at(log), event);
    }

    fn now(&self) -> Timestamp {
        (self.common.clock)()
    }
}

#[derive(Debug)]
struct Listed {
    rotated: Rotated,
    size: u64,
}

fn list(log: &Path) -> io::Result<Vec<Listed>> {
    // Without the directory there is no log, and not an empty one.
    fs_err::metadata(log)?;
    let size = |rotated: Rotated| Listed {
        size: fs_err::metadata(&rotated.path).map_or(0, |file| file.len()),
        rotated,
    };
    Ok(files::rotated(log)?.into_iter().map(size).collect())
}

fn aged(files: &[Listed]) -> Vec<Aged> {
    let aged = |file: &Listed| Aged { latest: file.rotated.latest, is_packed: file.rotated.is_packed };
    files.iter().map(aged).collect()
}

#[cfg(test)]
#[path = "../tests/upkeep.rs"]
mod tests;
