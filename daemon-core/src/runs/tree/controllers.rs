//! The controllers that hold runs to their limits, where they can be had.
//!
//! A controller works in a run's cgroup if it is switched on in the one above, which then
//! may have no processes of its own (cgroups(7), "no internal processes"). The home's
//! cgroup has none; the daemon's own has the daemon, which is never moved. So they
//! can be had in two places. Where the daemon was started one level below what is
//! delegated to it, as systemd does with `DelegateSubgroup=`, the home's cgroup is
//! made beside the daemon's, and they are switched on for it. Elsewhere it is made
//! below the daemon's, and has those that somebody else has switched on there.

use std::io;
use std::path::{Path, PathBuf};

use super::cgroup;
use crate::runs::conf::Controllers;
use crate::runs::limits::Limits;

/// A share of the processor is kept over so many microseconds (cgroups(7), `cpu.max`).
const PERIOD: u64 = 100_000;

/// Where the cgroup of a home is made.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) dir: PathBuf,
    /// Whether it is ours to switch controllers on.
    is_ours: bool,
}

impl Base {
    /// That of a daemon which is in this cgroup.
    pub(super) fn of(own: &Path, is_delegated: impl Fn(&Path) -> bool) -> Base {
        let above = own.parent().filter(|above| !is_delegated(own) && is_delegated(above));
        match above.filter(|above| lines(&above.join("cgroup.procs")).is_some_and(|text| text.is_empty())) {
            Some(above) => Base { dir: above.to_owned(), is_ours: true },
            None => Base { dir: own.to_owned(), is_ours: false },
        }
    }

    /// Those that there can be.
    pub(super) fn available(&self) -> Controllers {
        let file = if self.is_ours { "cgroup.controllers" } else { "cgroup.subtree_control" };
        named(&lines(&self.dir.join(file)).unwrap_or_default())
    }

    /// Switches them on for what is in `place`, which is below this; returns those that are.
    pub(super) fn switch_on(&self, place: &Path) -> Controllers {
        let available = self.available();
        if available == Controllers::default() {
            return available;
        }
        let wanted: Vec<String> = available.names().map(|name| format!("+{name}")).collect();
        let dirs = self.is_ours.then_some(self.dir.as_path()).into_iter().chain([place]);
        for dir in dirs {
            if let Err(error) = fs_err::write(dir.join("cgroup.subtree_control"), wanted.join(" ")) {
                tracing::warn!(%error, "limits are watched: the controllers cannot be switched on");
                return Controllers::default();
            }
        }
        available
    }
}

/// Those that can be had by this process.
pub(crate) fn here() -> Controllers {
    cgroup::base().map(|base| base.available()).unwrap_or_default()
}

/// Has the kernel hold what runs in a cgroup to those limits that these controllers can keep.
///
/// # Errors
/// The first that the kernel does not take.
pub(super) fn limit(group: &Path, limits: &Limits, controllers: Controllers) -> io::Result<()> {
    let write = |file: &str, text: String| fs_err::write(group.join(file), text);
    if let Some(size) = limits.memory.filter(|_| controllers.memory) {
        write("memory.max", size.get().to_string())?;
    }
    if let Some(count) = limits.pids.filter(|_| controllers.pids) {
        write("pids.max", count.to_string())?;
    }
    if let Some(share) = limits.cpu.filter(|_| controllers.cpu) {
        write("cpu.max", format!("{} {PERIOD}", u64::from(share.0) * PERIOD / 100))?;
    }
    Ok(())
}

/// The controllers that hold what runs in a cgroup to a limit.
pub(super) fn holding(group: &Path) -> Controllers {
    let on = named(&lines(&group.join("cgroup.controllers")).unwrap_or_default());
    let holds = |file: &str| lines(&group.join(file)).is_some_and(|text| !text.starts_with("max"));
    Controllers {
        memory: on.memory && holds("memory.max"),
        pids: on.pids && holds("pids.max"),
        cpu: on.cpu && holds("cpu.max"),
    }
}

/// How many processes of a cgroup the kernel has killed for want of memory.
pub(super) fn killed_for_memory(group: &Path) -> u64 {
    let text = lines(&group.join("memory.events")).unwrap_or_default();
    let count = text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok());
    count.unwrap_or_default()
}

fn lines(file: &Path) -> Option<String> {
    fs_err::read_to_string(file).ok().map(|text| text.trim_end().to_owned())
}

fn named(text: &str) -> Controllers {
    let has = |name: &str| text.split_whitespace().any(|word| word == name);
    Controllers { cpu: has("cpu"), memory: has("memory"), pids: has("pids") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Size;
    use crate::runs::conf::Percent;

    /// Files as in a cgroup, with what the kernel does not do.
    fn fake(controllers: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let (unit, own) = (place.path().join("hob.service"), place.path().join("hob.service/daemon"));
        fs_err::create_dir_all(&own).unwrap();
        fs_err::create_dir(unit.join("hob-home")).unwrap();
        fs_err::write(unit.join("cgroup.procs"), "").unwrap();
        fs_err::write(unit.join("cgroup.controllers"), controllers).unwrap();
        fs_err::write(unit.join("cgroup.subtree_control"), "").unwrap();
        (place, unit, own)
    }

    fn read(file: PathBuf) -> String {
        fs_err::read_to_string(file).unwrap()
    }

    #[test]
    fn beside_a_daemon_in_a_delegated_subgroup_all_that_are_there_are_switched_on() {
        let (_place, unit, own) = fake("cpuset cpu io memory\n");
        let base = Base::of(&own, |dir| dir == unit);
        assert_eq!(base.dir, unit);
        let on = base.switch_on(&unit.join("hob-home"));
        assert_eq!(on, Controllers { cpu: true, memory: true, pids: false });
        for dir in [&unit, &unit.join("hob-home")] {
            assert_eq!(read(dir.join("cgroup.subtree_control")), "+cpu +memory");
        }
    }

    #[test]
    fn elsewhere_the_place_is_below_the_daemon_and_nothing_is_switched_on_above_it() {
        let (_place, unit, own) = fake("cpu memory pids\n");
        fs_err::write(own.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
        fs_err::write(own.join("cgroup.subtree_control"), "").unwrap();
        fs_err::create_dir(own.join("hob-home")).unwrap();
        let check = |base: Base, on| {
            assert_eq!((base.dir.as_path(), base.switch_on(&own.join("hob-home"))), (own.as_path(), on));
            assert_eq!(read(unit.join("cgroup.subtree_control")), "");
        };
        let none = Controllers::default();
        check(Base::of(&own, |_| false), none);
        check(Base::of(&own, |dir| dir == own || dir == unit), none);
        fs_err::write(own.join("cgroup.subtree_control"), "pids\n").unwrap();
        check(Base::of(&own, |_| false), Controllers { pids: true, ..none });
        assert_eq!(read(own.join("cgroup.subtree_control")), "pids\n");
        fs_err::write(unit.join("cgroup.procs"), "7\n").unwrap();
        let shared = Base::of(&own, |dir| dir == unit);
        assert_eq!(shared.dir, own, "what others are in cannot have controllers switched on");
    }

    #[test]
    fn only_limits_whose_controllers_are_on_are_written_and_known_again() {
        let place = tempfile::tempdir().unwrap();
        let group = place.path();
        let limits = Limits {
            memory: Some(Size::mebibytes(512)),
            cpu: Some(Percent(150)),
            pids: Some(9),
            open_files: None,
        };
        let two = Controllers { memory: true, pids: false, cpu: true };
        limit(group, &limits, two).unwrap();
        assert_eq!(read(group.join("memory.max")), "536870912");
        assert_eq!(read(group.join("cpu.max")), "150000 100000");
        assert!(!group.join("pids.max").exists());
        fs_err::write(group.join("pids.max"), "max\n").unwrap();
        fs_err::write(group.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
        assert_eq!(holding(group), two);
        let missing = group.join("gone");
        assert!(limit(&missing, &limits, two).is_err());
        assert_eq!(holding(&missing), Controllers::default());
    }

    #[test]
    fn who_was_killed_for_memory_is_counted() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(killed_for_memory(place.path()), 0);
        let events = "low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n";
        fs_err::write(place.path().join("memory.events"), events).unwrap();
        assert_eq!(killed_for_memory(place.path()), 2);
    }

    #[test]
    fn a_real_cgroup_with_controllers_takes_limits() {
        let controllers = here();
        if controllers == Controllers::default() {
            // There are none here, as `hob show` says; the kernel's part is tried where there are.
            return;
        }
        let base = cgroup::base().unwrap();
        let place = base.dir.join(format!("hob-test-{}", std::process::id()));
        fs_err::create_dir(&place).unwrap();
        let on = base.switch_on(&place);
        let group = place.join("web.1");
        fs_err::create_dir(&group).unwrap();
        let limits = Limits { memory: Some(Size::mebibytes(64)), pids: Some(9), ..Limits::default() };
        let limited = limit(&group, &limits, on);
        let held = holding(&group);
        fs_err::remove_dir(&group).unwrap();
        fs_err::remove_dir(&place).unwrap();
        limited.unwrap();
        assert_eq!((held.memory, held.pids), (on.memory, on.pids));
    }
}
