//! Whose child a process is: parents and sessions, as the kernel tells them (proc_pid_stat(5)).

use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::look_at;

/// No chain of parents is longer without being a loop of reused numbers.
pub const LONGEST: usize = 64;

/// Fields of proc_pid_stat(5).
const PARENT: usize = 4;
const SESSION: usize = 6;
const STARTED: usize = 22;

/// One process, and never another that has its number later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// When it was started, in ticks since the system was.
    pub started: u64,
}

/// A process with those that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Relations {
    /// Itself.
    pub process: Process,
    /// Its parent's number; 0 for the first process.
    pub parent: i32,
    /// The number of its session's leader.
    pub session: i32,
}

/// A process that is there.
pub fn relations(pid: i32) -> Option<Relations> {
    look(pid).ok().flatten()
}

/// The same; `None` if there is none, or none that is shown to us.
///
/// # Errors
/// If nobody can tell, because of this process or of the system and not of that one.
pub fn look(pid: i32) -> io::Result<Option<Relations>> {
    Ok(look_at(pid)?.and_then(|stat| read(pid, &stat)))
}

fn read(pid: i32, stat: &str) -> Option<Relations> {
    let mut fields = stat.split(' ');
    let parent = fields.nth(PARENT - 3)?.parse().ok()?;
    let session = fields.nth(SESSION - PARENT - 1)?.parse().ok()?;
    let started = fields.nth(STARTED - SESSION - 1)?.parse().ok()?;
    Some(Relations { process: Process { pid, started }, parent, session })
}

/// A process and its ancestors up to the first of all, which may be the one that asks: in a container it often is.
///
/// # Errors
/// As [`look`]: half a line is none.
pub fn of(pid: i32) -> io::Result<Vec<Process>> {
    let mut line = Vec::new();
    let mut next = pid;
    while 0 < next
        && line.len() < LONGEST
        && let Some(found) = look(next)?
    {
        line.push(found.process);
        next = found.parent;
    }
    Ok(line)
}

impl Process {
    /// Whether there is a process of this number, which is this one unless the number was used again. That
    /// can be told without any descriptor.
    pub fn may_live(&self) -> bool {
        let found = Pid::from_raw(self.pid).map(test_kill_process);
        found.is_some_and(|found| found != Err(Errno::SRCH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_oneself_and_leads_to_one_s_parent() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let line = of(pid).unwrap();
        assert_eq!(line[0].pid, pid);
        assert_eq!(line[1].pid.unsigned_abs(), std::process::id());
        let found = relations(pid).unwrap();
        assert_eq!(found.parent, line[1].pid);
        // Told by another file of the kernel: 0 is a leader that no number of our namespace belongs to.
        let status = fs_err::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let told = status.lines().find_map(|line| line.strip_prefix("NSsid:")).unwrap();
        assert_eq!(told.split_whitespace().last().unwrap().parse(), Ok(found.session));
        assert_eq!(Some(found.process.started), super::super::start_ticks(pid));
        assert!(found.process.may_live());
        assert_eq!(of(1).unwrap().first(), relations(1).map(|first| first.process).as_ref());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!found.process.may_live() && of(i32::MAX).unwrap().is_empty());
    }
}
