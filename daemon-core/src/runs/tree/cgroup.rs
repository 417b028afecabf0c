//! A cgroup for each run, where one can be had.
//!
//! Nothing leaves the cgroup that it was born in, and `cgroup.kill` kills all
//! that is in one at once, also what forks at that moment (cgroups(7), Linux
//! 5.14). So where the daemon may make cgroups, each run has one:
//! `hob-HOME/SERVICE.RUN` below the daemon's own, or beside it (`controllers`).
//!
//! It may where its own cgroup is its own: systemd says so of a delegated one
//! (`Delegate=yes`) by an extended attribute. Where there is no systemd, it may
//! where it can. Nobody is moved.

use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::getpid;
use tokio::io::Interest;

use super::Key;
use super::controllers::Base;
use crate::runs::child::watched_for;
use crate::runs::conf::Controllers;

/// systemd runs the machine (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";
const DELEGATED: [&str; 2] = ["user.delegate", "trusted.delegate"];

/// The cgroup of a home, in which those of runs are.
#[derive(Debug)]
pub(super) struct Place {
    dir: PathBuf,
    /// What can hold runs in it to their limits.
    pub(super) controllers: Controllers,
}

/// The cgroup of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group(PathBuf);

impl Place {
    /// Below the daemon's own cgroup, or beside it where that lets controllers be had.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn make(home_id: &str) -> Result<Place, String> {
        let base = base().ok_or("there is no cgroup v2 here")?;
        if Path::new(SYSTEMD).exists() && !is_delegated(&base.dir) {
            return Err(format!("systemd has not delegated {} (Delegate=yes)", base.dir.display()));
        }
        let mut place = Place { dir: base.dir.join(name(home_id)), controllers: Controllers::default() };
        let made = make(&place.dir).and_then(|()| {
            // Older kernels have none, and threaded cgroups do not let it be used.
            let found = fs_err::metadata(place.dir.join("cgroup.kill")).map(drop);
            found.inspect_err(|_| place.remove())
        });
        made.map_err(|error| error.to_string())?;
        place.controllers = base.switch_on(&place.dir);
        // A daemon that was killed may have left empty ones.
        let empty = below(&place.dir).into_iter().map(Group).filter(|group| !group.is_populated());
        empty.for_each(|group| group.remove());
        Ok(place)
    }

    /// One for a run.
    pub(super) fn group(&self, (service, run): &Key) -> io::Result<Group> {
        let group = self.dir.join(format!("{}.{run}", service.replace('/', "+")));
        make(&group).map(|()| Group(group))
    }

    /// Kills whatever runs there are.
    pub(super) fn kill(&self) {
        if let Err(error) = Group(self.dir.clone()).kill() {
            tracing::debug!(%error, "nothing was killed by cgroup");
        }
    }

    /// It is gone if nothing is in it.
    pub(super) fn remove(&self) {
        if let Err(error) = fs_err::remove_dir(&self.dir) {
            tracing::debug!(%error, "the cgroup of this home stays");
        }
    }
}

impl Group {
    /// That of an earlier daemon's run, as it was written down; `None` if it is not ours or this daemon is in it.
    pub(super) fn former(path: &Path, home_id: &str) -> Option<Group> {
        let ours = path.parent()?.file_name()? == name(home_id).as_str();
        let group = Group(path.to_owned());
        let stands =
            ours && group.0.join("cgroup.events").exists() && !group.has(getpid().as_raw_nonzero().get());
        stands.then_some(group)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// What a process enters it by.
    pub(super) fn procs(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }

    /// Whether a process lives in it; in none that is gone.
    pub(super) fn is_populated(&self) -> bool {
        self.events().is_some_and(|events| populated(&events))
    }

    fn events(&self) -> Option<String> {
        let events = self.0.join("cgroup.events");
        let events = open(events, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut text = [0; 256];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&events, &mut text)).ok()?;
        Some(String::from_utf8_lossy(&text[..length]).into_owned())
    }

    /// What lives in it, and in those below.
    pub(super) fn members(&self) -> Vec<i32> {
        let (mut found, mut dirs) = (Vec::new(), vec![self.0.clone()]);
        while let Some(dir) = dirs.pop() {
            let text = fs_err::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
            found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()));
            dirs.extend(below(&dir));
        }
        found
    }

    /// Whether this process is in it, or below.
    pub(super) fn has(&self, pid: i32) -> bool {
        // The path that the kernel tells begins where the mount does.
        let told = fs_err::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        let Some(path) = unified(&told) else { return false };
        let parts = |path: &Path| path.iter().map(ToOwned::to_owned).collect::<Vec<_>>();
        let (all, ours) = (parts(Path::new(path)), parts(&self.0));
        let tail = ours.len().saturating_sub(2);
        all.windows(2).any(|pair| pair == &ours[tail..])
    }

    /// Kills all of it at once.
    pub(super) fn kill(&self) -> io::Result<()> {
        fs_err::write(self.0.join("cgroup.kill"), "1")
    }

    /// Waits until nothing lives in it.
    pub(super) async fn emptied(&self) -> io::Result<()> {
        let events = open(self.0.join("cgroup.events"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        let events = watched_for(events, Interest::PRIORITY)?;
        loop {
            let mut text = [0; 256];
            // Reading it says from where on a change is news (poll(2), POLLPRI).
            let length = rustix::io::pread(events.get_ref().as_fd(), &mut text, 0)?;
            if !populated(&String::from_utf8_lossy(&text[..length])) {
                return Ok(());
            }
            events.ready(Interest::PRIORITY).await?.clear_ready();
        }
    }

    /// Whether nothing lives in it, nothing is below it, and what is born in it runs.
    pub(super) fn is_as_new(&self) -> bool {
        let is_idle = self.events().is_some_and(|events| events == "populated 0\nfrozen 0\n");
        // Itself, its name, and one for each below.
        is_idle && rustix::fs::stat(&self.0).is_ok_and(|found| found.st_nlink == 2)
    }

    /// Removes it with what is below it, if nothing lives there; the dead that wait to be reaped do not count.
    pub(super) fn vanish(&self) {
        if fs_err::remove_dir(&self.0).is_err() && !self.is_populated() {
            self.remove();
        }
    }

    fn remove(&self) {
        if let Err(error) = remove(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(%error, "a cgroup stays");
        }
    }
}

fn name(home_id: &str) -> String {
    format!("hob-{home_id}")
}

fn make(path: &Path) -> io::Result<()> {
    match fs_err::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Removes a cgroup with those below it, none of which may have a process.
fn remove(path: &Path) -> io::Result<()> {
    below(path).iter().try_for_each(|path| remove(path))?;
    fs_err::remove_dir(path)
}

fn below(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(path) else { return Vec::new() };
    let dirs = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    dirs.map(|entry| entry.path()).collect()
}

fn populated(events: &str) -> bool {
    events.lines().any(|line| line == "populated 1")
}

fn is_delegated(path: &Path) -> bool {
    let mut value = [0_u8; 8];
    DELEGATED.iter().any(|name| {
        let read = rustix::fs::getxattr(path, *name, &mut value[..]);
        read.is_ok_and(|length| value.starts_with(b"1") && 0 < length)
    })
}

/// Where the cgroup of a home is made; `None` if there are none here.
pub(super) fn base() -> Option<Base> {
    of_process(getpid().as_raw_nonzero().get()).map(|own| Base::of(&own, is_delegated))
}

/// The directory of the cgroup that a process is in.
pub(super) fn of_process(pid: i32) -> Option<PathBuf> {
    let mounts = fs_err::read_to_string("/proc/self/mountinfo").ok()?;
    let told = fs_err::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    directory(&mounts, unified(&told)?)
}

/// The path in the unified hierarchy, of `/proc/PID/cgroup` (cgroups(7)).
fn unified(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("0::"))
}

/// Where a cgroup is seen in the file system, of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)).
fn directory(mounts: &str, path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    // Above our namespace, which cannot be reached by name.
    if path.components().any(|part| part == std::path::Component::ParentDir) {
        return None;
    }
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        if !kind.starts_with("cgroup2 ") {
            return None;
        }
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        Some(Path::new(point).join(path.strip_prefix(root).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "33 32 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
        42 32 0:39 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
    const BOUND: &str = "42 32 0:39 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";

    fn check(mounts: &str, path: &str, expected: Option<&str>) {
        assert_eq!(directory(mounts, path).as_deref(), expected.map(Path::new), "{path}");
    }

    #[test]
    fn a_cgroup_is_found_below_its_mount() {
        check(HYBRID, "/", Some("/sys/fs/cgroup/unified/"));
        check(HYBRID, "/a/b", Some("/sys/fs/cgroup/unified/a/b"));
        check(BOUND, "/docker/abc/x", Some("/sys/fs/cgroup/x"));
        check(BOUND, "/elsewhere", None);
        check(HYBRID, "/../above", None);
        check("", "/", None);
        assert_eq!(unified("9:name=systemd:/\n0::/user.slice\n"), Some("/user.slice"));
        assert_eq!(unified("1:cpu:/\n"), None);
    }

    #[test]
    fn a_directory_that_does_not_bear_the_home_s_name_is_never_ours() {
        for path in ["/", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/user.slice/web.1", "relative", ""] {
            assert_eq!(Group::former(Path::new(path), "home"), None, "{path}");
        }
    }

    #[test]
    fn only_the_one_word_means_that_something_lives() {
        assert!(populated("populated 1\nfrozen 0\n"));
        assert!(!populated("populated 0\nfrozen 1\n") && !populated(""));
    }
}
