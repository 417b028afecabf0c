//! Keeping a process small that does little for a long time.
//!
//! Starting runs megabytes of code that is never run again: parsers, schemas,
//! migrations. Its pages stay in the daemon's resident set until the system is
//! short of memory. They are clean pages of the program's own file, so letting
//! go of them loses nothing: what is needed again is mapped again from the page
//! cache, a few microseconds each time. What starting allocated and freed is
//! given back in the same way: a while after the last start, whether that was
//! the daemon's own or that of a thousand services an hour later. The pass takes
//! about a millisecond, so one that starts again and again does not have it made
//! each time.
//!
//! The C library gives each thread a heap of its own, so that threads which
//! allocate much do not wait for each other. Ours allocate little, and one heap
//! for all leaves fewer holes.

#![allow(unsafe_code, reason = "the allocator and the mappings are the C library's and the kernel's")]

use std::time::Duration;

use rustix::mm::{Advice, madvise};

/// Nothing has started for so long: what starting needed is not needed now.
const CALM: Duration = Duration::from_secs(5);
/// Where something always starts, this much later all the same.
const LONGEST: Duration = Duration::from_secs(60);

/// When memory is to be given back: some time after the last start, of the daemon or of a service.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The first start since memory was given back, and the last.
    starts: Option<(Duration, Duration)>,
}

impl Turn {
    /// Something has started now.
    pub(super) fn started(&mut self, now: Duration) {
        let first = self.starts.map_or(now, |(first, _)| first);
        self.starts = Some((first, now));
    }

    /// When it is time, unless something starts before.
    pub(super) fn due(&self) -> Option<Duration> {
        self.starts.map(|(first, last)| (last + CALM).min(first + LONGEST))
    }

    /// It has been given back.
    pub(super) fn given(&mut self) {
        self.starts = None;
    }
}

/// Makes all threads allocate from one heap; to be called before there are any.
pub fn share_one_heap() {
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt(3) has no preconditions; no other thread runs yet.
    let set = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    #[cfg(target_env = "gnu")]
    if set != 1 {
        tracing::debug!("every thread has a heap of its own");
    }
}

/// Lets go of freed memory, and of the mapped pages of the program's code.
pub(super) fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim(3) may be called at any time, by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
    let Ok(maps) = fs_err::read_to_string("/proc/self/maps") else { return };
    let Ok(program) = std::env::current_exe() else { return };
    let program = program.display().to_string();
    for (start, length) in maps.lines().filter(|line| line.ends_with(&program)).filter_map(code) {
        // SAFETY: the range is a private mapping of a file that is executable and so never written
        // to: dropped pages are read from the file again, with the same content.
        let given_back =
            unsafe { madvise(std::ptr::without_provenance_mut(start), length, Advice::LinuxDontNeed) };
        if let Err(error) = given_back {
            tracing::debug!(%error, "code pages were kept");
        }
    }
}

/// The range of a line of proc_pid_maps(5), if it is code that cannot be written.
fn code(line: &str) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    if !rest.starts_with("r-xp") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    Some((start, end.checked_sub(start)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(starts: &[u64], due: Option<u64>) {
        let mut turn = Turn::default();
        starts.iter().for_each(|second| turn.started(Duration::from_secs(*second)));
        assert_eq!(turn.due(), due.map(Duration::from_secs), "after starts at {starts:?}");
        turn.given();
        assert_eq!(turn.due(), None, "nothing is there to be given back twice");
    }

    #[test]
    fn memory_is_given_back_after_the_last_start_and_once() {
        check(&[], None);
        check(&[100], Some(105));
        check(&[100, 103, 107], Some(112));
    }

    #[test]
    fn a_service_that_always_starts_does_not_put_it_off_for_ever() {
        let often: Vec<u64> = (100..400).collect();
        check(&often, Some(160));
    }

    #[test]
    fn only_code_is_given_back() {
        assert_eq!(code("1000-3000 r-xp 00001000 fe:00 12 /bin/hob"), Some((0x1000, 0x2000)));
        assert_eq!(code("1000-3000 r--p 00001000 fe:00 12 /bin/hob"), None);
        assert_eq!(code("1000-3000 rwxp 00001000 fe:00 12 /bin/hob"), None);
        assert_eq!(code("nonsense"), None);
    }

    #[test]
    fn the_program_runs_on_without_its_pages() {
        let maps = fs_err::read_to_string("/proc/self/maps").unwrap();
        let program = std::env::current_exe().unwrap().display().to_string();
        let found: usize =
            maps.lines().filter(|line| line.ends_with(&program)).filter_map(code).map(|it| it.1).sum();
        assert!(4096 <= found, "its code is among its mappings: {maps}");
        give_back();
        assert!(code("2000-1000 r-xp 0 0 0 /bin/hob").is_none(), "code runs after its pages have gone");
    }
}
