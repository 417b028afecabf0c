//! What `/proc` knows: who runs, in which group, and for which home.

use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

/// All processes, zombies excepted.
pub fn all() -> Vec<i32> {
    let entries = fs_err::read_dir("/proc").expect("/proc can be read");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| is_alive(*pid)).collect()
}

/// Whether there is such a process, and it is no zombie.
pub fn is_alive(pid: i32) -> bool {
    daemon_core::home::start_ticks(pid).is_some()
}

/// A variable of a process's environment, as it was when its program began.
pub fn variable(pid: i32, name: &str) -> Option<String> {
    let environment = fs_err::read(format!("/proc/{pid}/environ")).ok()?;
    let prefix = format!("{name}=");
    let found = environment.split(|byte| *byte == 0).find_map(|it| it.strip_prefix(prefix.as_bytes()))?;
    Some(String::from_utf8_lossy(found).into_owned())
}

/// The processes with this tag in their environment: those of a home, a service or a run.
pub fn tagged(prefix: &str) -> Vec<i32> {
    all()
        .into_iter()
        .filter(|pid| variable(*pid, "HOB_RUN").is_some_and(|tag| tag.starts_with(prefix)))
        .collect()
}

/// The processes of a process group.
pub fn group(of: i32) -> Vec<i32> {
    all().into_iter().filter(|pid| stat_field(*pid, 5).is_some_and(|group| group == i64::from(of))).collect()
}

/// The parent of a process.
pub fn parent(of: i32) -> Option<i32> {
    stat_field(of, 4).and_then(|parent| i32::try_from(parent).ok())
}

/// Zombies that this process is the parent of.
pub fn zombies(of: i32) -> Vec<i32> {
    let entries = fs_err::read_dir("/proc").expect("/proc can be read");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| !is_alive(*pid) && stat_field(*pid, 4) == Some(i64::from(of))).collect()
}

/// The directory of a cgroup below the one this process is in.
pub fn cgroup(name: &str) -> Option<PathBuf> {
    let mounts = fs_err::read_to_string("/proc/self/mountinfo").ok()?;
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?.split(' ').nth(4)?;
    let own = fs_err::read_to_string("/proc/self/cgroup").ok()?;
    let own = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new(mount).join(own).join(name)).filter(|path| path.is_dir())
}

/// All processes that execute the file at `path`.
pub fn executing(path: &Path) -> Vec<i32> {
    let runs = |pid: &i32| fs_err::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == path);
    all().into_iter().filter(runs).collect()
}

/// The processes that keep FIFOs open for the daemons of a home.
pub fn keepers(home: &Path) -> Vec<i32> {
    let keeps = |pid: &i32| {
        let command = fs_err::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = command.split(|byte| *byte == 0).skip(1);
        words.next() == Some(b"keep")
            && words.next().is_some_and(|dir| dir.starts_with(home.as_os_str().as_encoded_bytes()))
    };
    all().into_iter().filter(keeps).collect()
}

/// Signals a process; one that is gone already is no error.
pub fn signal(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        kill_process(pid, signal).ok();
    }
}

/// A field of `proc_pid_stat(5)` by its number there, from 4 on.
fn stat_field(pid: i32, number: usize) -> Option<i64> {
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may contain anything, also parentheses and blanks.
    stat[stat.rfind(')')? + 2..].split(' ').nth(number - 3)?.parse().ok()
}
