//! What the kernel knows about a process: CPU, memory, switches, family, cores.

#![allow(unsafe_code, reason = "no crate of ours wraps the CPU clock of another process")]

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, RawPid};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::clock;

/// Nanoseconds of CPU that a process has used, threads that have ended included (`clock_getcpuclockid(3)`).
pub fn cpu(pid: Pid) -> Result<u64> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: the pointer is to a clockid_t of ours, which is all that is written.
    let result = unsafe { libc::clock_getcpuclockid(pid.as_raw_nonzero().get(), &raw mut clock) };
    if result != 0 {
        bail!(
            "the process {} has no clock: {}",
            pid.as_raw_nonzero(),
            std::io::Error::from_raw_os_error(result)
        );
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours, which is all that is written.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return Err(std::io::Error::last_os_error()).context("reading the clock of a process");
    }
    Ok(clock::nanoseconds(rustix::time::Timespec { tv_sec: time.tv_sec, tv_nsec: time.tv_nsec }))
}

/// Ticks of CPU that the kernel has charged a process with, fields 14 and 15 of `proc_pid_stat(5)`.
pub fn ticks(pid: Pid) -> Result<f64> {
    let stat = fs_err::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
    let (_, fields) = stat.rsplit_once(") ").context("stat lacks the name")?;
    let mut fields = fields.split(' ').skip(11).map(str::parse::<f64>);
    let mut next = || fields.next().context("stat lacks the ticks");
    Ok(next()?? + next()??)
}

/// Milliseconds of CPU of the processes that this one has started and waited for.
pub fn children() -> Result<f64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is to a rusage of ours, which is all that is written.
    if unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) } != 0 {
        return Err(std::io::Error::last_os_error()).context("the CPU of children");
    }
    // SAFETY: it was written.
    let usage = unsafe { usage.assume_init() };
    #[allow(clippy::cast_precision_loss, reason = "microseconds of some minutes are far below 2^52")]
    let millis = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    Ok(millis(usage.ru_utime) + millis(usage.ru_stime))
}

/// The same of another process, by the kernel's ticks of 10 ms: fields 16 and 17 of `proc_pid_stat(5)`.
pub fn children_of(pid: Pid) -> Result<f64> {
    let stat = fs_err::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
    let (_, fields) = stat.rsplit_once(") ").context("stat lacks the name")?;
    let mut fields = fields.split(' ').skip(13).map(str::parse::<f64>);
    let mut next = || fields.next().context("stat lacks the children's ticks");
    Ok((next()?? + next()??) * 10.0)
}

/// What a process holds, in KiB (`proc_pid_smaps(5)`).
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// What of it is in memory.
    pub resident: f64,
    /// The same, with its share only of what others have too.
    pub proportional: f64,
    /// What nobody could read again from a file.
    pub anonymous: f64,
}

/// What a process holds now.
pub fn memory(pid: Pid) -> Result<Memory> {
    let text = fs_err::read_to_string(format!("/proc/{}/smaps_rollup", pid.as_raw_nonzero()))?;
    let field = |name: &str| -> Result<f64> {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)).context("smaps_rollup lacks a field")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    };
    Ok(Memory { resident: field("Rss:")?, proportional: field("Pss:")?, anonymous: field("Anonymous:")? })
}

/// How often the threads of a process have gone to sleep of themselves.
pub fn voluntary_switches(pid: Pid) -> Result<u64> {
    let mut sum = 0;
    for thread in threads(pid)? {
        let path = format!("/proc/{}/task/{}/status", pid.as_raw_nonzero(), thread.as_raw_nonzero());
        // A thread may have ended since it was listed; what it did no longer counts.
        let Ok(text) = fs_err::read_to_string(path) else { continue };
        let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        sum += line.context("status lacks the switches")?.trim().parse::<u64>()?;
    }
    Ok(sum)
}

/// All living descendants.
pub fn descendants(of: Pid) -> Vec<Pid> {
    let mut children: BTreeMap<RawPid, Vec<RawPid>> = BTreeMap::new();
    for entry in fs_err::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut rest = vec![of.as_raw_nonzero().get()];
    while let Some(pid) = rest.pop() {
        let own = children.remove(&pid).unwrap_or_default();
        rest.extend(&own);
        found.extend(own.into_iter().filter_map(Pid::from_raw));
    }
    found
}

/// Field 4 of `proc_pid_stat(5)`, which comes after a name that may hold anything.
fn parent(pid: RawPid) -> Option<RawPid> {
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat[stat.rfind(')')? + 2..].split(' ').nth(1)?.parse().ok()
}

fn threads(pid: Pid) -> Result<Vec<Pid>> {
    let mut threads = Vec::new();
    for entry in fs_err::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero()))? {
        let name = entry?.file_name();
        threads.extend(name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw));
    }
    Ok(threads)
}

/// Two cores: one for a server and one for its client, so that the scheduler decides nothing.
#[derive(Debug, Clone, Copy)]
pub struct Cores {
    server: usize,
    client: usize,
}

impl Cores {
    /// The first two that this process may use, or the only one twice.
    pub fn two() -> Result<Cores> {
        let allowed = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let server = cores.next().context("there is no core")?;
        Ok(Cores { server, client: cores.next().unwrap_or(server) })
    }

    /// Pins all threads that a process has now.
    pub fn pin_server(self, pid: Pid) -> Result<()> {
        for thread in threads(pid)? {
            sched_setaffinity(Some(thread), &only(self.server)).context("the server could not be pinned")?;
        }
        Ok(())
    }

    /// Pins the calling thread for as long as the result lives.
    pub fn pin_client(self) -> Result<Pinned> {
        let before = sched_getaffinity(None)?;
        sched_setaffinity(None, &only(self.client)).context("the client could not be pinned")?;
        Ok(Pinned { before })
    }
}

fn only(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}

/// Dropped, the thread may run anywhere again.
pub struct Pinned {
    before: CpuSet,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Err(error) = sched_setaffinity(None, &self.before) {
            eprintln!("figures: still pinned: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_childs_child_is_a_descendant() {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", "sleep 100 & echo; read _"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0];
        std::io::Read::read_exact(shell.stdout.as_mut().unwrap(), &mut line).unwrap();
        let found = descendants(rustix::process::getpid());
        let own = descendants(Pid::from_child(&shell));
        assert_eq!(own.len(), 1);
        assert!(found.contains(&own[0]) && found.contains(&Pid::from_child(&shell)));
        rustix::process::kill_process(own[0], rustix::process::Signal::KILL).unwrap();
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    #[test]
    fn this_process_has_used_cpu_and_memory() {
        let own = rustix::process::getpid();
        assert!(0 < cpu(own).unwrap());
        ticks(own).unwrap();
        let memory = memory(own).unwrap();
        assert!(0.0 < memory.anonymous && memory.anonymous <= memory.resident);
        voluntary_switches(own).unwrap();
    }
}
