//! A mark that every process of a run bears, whatever it does to its environment.
//!
//! `HOB_RUN` stands in the environment, which a program may empty, which nobody
//! may read of one that hides itself (ssh-agent does), and which a zombie has no
//! more. What goes on to every descendant and stays readable by all to the very
//! end are the resource limits (`/proc/PID/limits`). One of them limits nothing
//! here: `RLIMIT_RTTIME`, the time that a real-time thread may run without a
//! pause. So each run is given one of its own, of tens of thousands of years,
//! whose digits are a hash of home, boot, service and run.
//!
//! Only root can take it away, and whoever asks for a smaller limit of that kind
//! (programs for sound do) is recognised by its tag again. A daemon inside a
//! service bears its run's mark and can only lower it, so the highest byte counts
//! down from daemon to daemon and means nothing else.

use hob_launch::{Limit, Resource, UNLIMITED};
use rustix::process::getrlimit;

use super::Key;
use crate::runs::name::fnv1a;

/// All but the highest byte: home, then run.
const DIGITS: u64 = (1 << 56) - 1;
const RUN_BITS: u32 = 36;
/// The highest byte of a daemon's marks that bears none itself: some 145,000 years.
const FIRST: u64 = 0x3f;

/// The marks of one home within one boot.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    /// The highest byte; none if there is no lower one left.
    level: Option<u64>,
    home: u64,
    prefix: String,
}

impl Marks {
    pub(super) fn new(home_id: &str, boot: &str) -> Marks {
        let own = getrlimit(Resource::Rttime).maximum;
        let level =
            own.map_or(Some(FIRST), |own| (own >> 56).min(FIRST + 1).checked_sub(1)).filter(|it| 0 < *it);
        Marks::at(level, home_id, boot)
    }

    fn at(level: Option<u64>, home_id: &str, boot: &str) -> Marks {
        let prefix = format!("{home_id}.{boot}.");
        Marks { level, home: folded(&prefix) << RUN_BITS & DIGITS, prefix }
    }

    /// What to give to a run's main process, if anything can be given.
    pub(super) fn limit(&self, run: &Key) -> Option<Limit> {
        let mark = self.level? << 56 | self.of(run);
        Some(Limit { resource: Resource::Rttime, soft: mark, hard: mark })
    }

    /// The mark of a run.
    pub(super) fn of(&self, (service, run): &Key) -> u64 {
        self.home | folded(&format!("{}{service}.{run}", self.prefix)) & ((1 << RUN_BITS) - 1)
    }

    /// Whether it is the mark of any run of this home.
    pub(super) fn has(&self, mark: u64) -> bool {
        mark >> RUN_BITS == self.home >> RUN_BITS
    }
}

/// The mark that a process bears, dead or alive; one of another kind of limit may look like one.
pub(super) fn of_process(pid: i32) -> Option<u64> {
    read(&fs_err::read_to_string(format!("/proc/{pid}/limits")).ok()?)
}

/// The same of one that lives, in a system call that makes no text of it.
#[allow(unsafe_code, reason = "rustix asks for the limits of other processes only to set them")]
pub(super) fn of_living(pid: i32) -> Option<u64> {
    let mut limit = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes one limit behind the last pointer, and the other says that none is set.
    let result = unsafe { libc::prlimit64(pid, libc::RLIMIT_RTTIME, std::ptr::null(), &raw mut limit) };
    (result == 0).then(|| mark(limit.rlim_max)).flatten()
}

/// Of `/proc/PID/limits` (proc_pid_limits(5)): name, soft limit, hard limit, unit.
fn read(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max realtime timeout"))?;
    let hard: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    mark(hard)
}

fn mark(hard: u64) -> Option<u64> {
    let level = hard >> 56;
    (hard != UNLIMITED && 0 < level && level <= FIRST).then_some(hard & DIGITS)
}

/// A hash whose every bit depends on all of the text.
fn folded(text: &str) -> u64 {
    let hash = fnv1a(text.as_bytes());
    // The finaliser of MurmurHash3.
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn line(soft: &str, hard: &str) -> String {
        format!(
            "Limit  Soft Limit  Hard Limit  Units\nMax realtime timeout      {soft}   {hard}   us        \n"
        )
    }

    #[test]
    fn each_run_has_a_mark_of_its_own_and_of_its_home() {
        let (ours, others) = (Marks::at(Some(9), "home", "boot"), Marks::at(Some(9), "other", "boot"));
        let runs = (0..300).flat_map(|run| [("a".to_owned(), run), ("b".to_owned(), run)]);
        let marks: BTreeSet<u64> = runs.map(|run| ours.of(&run)).collect();
        assert_eq!(marks.len(), 600);
        assert!(marks.iter().all(|mark| ours.has(*mark) && !others.has(*mark)));
    }

    #[test]
    fn a_limit_is_read_as_the_mark_that_it_was_made_of() {
        let run = ("web".to_owned(), 7);
        for level in [1, 9, FIRST] {
            let marks = Marks::at(Some(level), "home", "boot");
            let limit = marks.limit(&run).unwrap();
            let text = line(&limit.soft.to_string(), &limit.hard.to_string());
            assert_eq!(read(&text), Some(marks.of(&run)), "{level}");
        }
        assert_eq!(Marks::at(None, "home", "boot").limit(&run), None);
    }

    #[test]
    fn other_limits_are_no_marks() {
        for text in [line("unlimited", "unlimited"), line("200000", "200000"), String::new(), line("", "")] {
            assert_eq!(read(&text), None, "{text}");
        }
        let mine = of_process(rustix::process::getpid().as_raw_nonzero().get());
        assert_eq!(mine, of_living(rustix::process::getpid().as_raw_nonzero().get()));
        assert_eq!(of_living(i32::MAX), None);
        assert_eq!(mine.is_some(), getrlimit(Resource::Rttime).maximum.is_some_and(|own| 1 << 56 <= own));
    }
}
