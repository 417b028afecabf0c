//! Whether a process descends from something that a daemon of this home has started.
//!
//! It is known by its parents, by its session, by what its environment and those
//! of its ancestors say, and by a mark that goes on to all that it starts, also
//! when the daemon that started it is gone. What cannot be looked at is not trusted.
//!
//! To look at a process takes the kernel longer than all else that is done for a
//! call, and those who ask have the same ancestors again and again: a shell and
//! what that was started by. So the lines of some strangers are remembered. A
//! process has the parent that it has for as long as that lives, so a line is as
//! it was while none of it has ended, which their descriptors tell at once.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::home;
use crate::home::lineage::{self, Process, Relations};

/// So many lines are remembered,
const LINES: usize = 16;
/// of so many processes each.
const LONG: usize = 16;

/// What tells those that descend from others.
pub struct Descent {
    daemon: i32,
    tag: String,
    is_marked: Box<dyn Fn(i32) -> bool + Send + Sync>,
    /// By the number of the first in it. They have no tag, and get none: a process is born with it, or executed
    /// with it as the first of a run.
    strangers: Mutex<HashMap<i32, Line>>,
}

/// A process that does not descend, and all its ancestors.
struct Line {
    held: Vec<OwnedFd>,
    all: Vec<Relations>,
}

impl Line {
    /// The line of a process; `None` if it ends while it is looked at, or is too long.
    fn of(pid: i32) -> Option<Line> {
        let mut line = Line { held: Vec::new(), all: Vec::new() };
        let mut next = pid;
        while 0 < next && line.all.len() <= LONG {
            // Held before it is read, so that what is read is of no other.
            line.held.push(pidfd_open(Pid::from_raw(next)?, PidfdFlags::empty()).ok()?);
            let found = match lineage::relations(next) {
                // It may be hidden, and never ends.
                None if next == 1 => break,
                found => found?,
            };
            line.all.push(found);
            next = found.parent;
        }
        (line.all.len() <= LONG && line.stands()).then_some(line)
    }

    /// Whether all of it lives, and so it is as it was.
    fn stands(&self) -> bool {
        let mut polled: Vec<PollFd<'_>> =
            self.held.iter().map(|process| PollFd::new(process, PollFlags::IN)).collect();
        poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ended| ended == 0)
    }
}

impl Descent {
    /// From what this process starts, or has started before it was executed anew. `is_marked` says of a process
    /// whether something of this home bore it, whoever is its parent now.
    pub fn new(home_id: &str, is_marked: impl Fn(i32) -> bool + Send + Sync + 'static) -> Descent {
        Descent {
            daemon: rustix::process::getpid().as_raw_nonzero().get(),
            tag: format!("HOB_RUN={home_id}."),
            is_marked: Box::new(is_marked),
            strangers: Mutex::default(),
        }
    }

    /// A process and its ancestors, if it does not descend from anything of this home.
    ///
    /// By its parents, or by those of its session's leader: a run is a session of its own, and whom
    /// its parent has left is still in it.
    ///
    /// # Errors
    /// If nobody can tell, such as for want of descriptors.
    pub(super) fn line_of_stranger(&self, pid: i32) -> io::Result<Option<Vec<Process>>> {
        // First what costs least: of whom an earlier daemon has started, it may be all that is left to see.
        if (self.is_marked)(pid) {
            return Ok(None);
        }
        let mut seen = Vec::new();
        if self.leads_here(pid, &mut seen)? != Some(false) {
            return Ok(None);
        }
        let line: Vec<Process> = seen.iter().map(|it| it.process).collect();
        // Most leaders are ancestors, and have been looked at.
        let leader = seen.first().map(|own| own.session);
        let leader = leader.filter(|leader| line.iter().all(|it| it.pid != *leader));
        if let Some(leader) = leader
            && self.leads_here(leader, &mut seen)? == Some(true)
        {
            return Ok(None);
        }
        self.remember(&line);
        Ok(Some(line))
    }

    /// Whether the chain of parents passes a run or ends at the daemon; `None` if there is no such process.
    /// Whom it passes is added to `seen`.
    fn leads_here(&self, pid: i32, seen: &mut Vec<Relations>) -> io::Result<Option<bool>> {
        let (mut child, mut current) = (pid, pid);
        for _ in 0..lineage::LONGEST {
            if current == self.daemon {
                return Ok(Some(current != pid));
            }
            if current <= 1 {
                let first = if current == 1 { lineage::look(current)? } else { None };
                seen.extend(first);
                return Ok(Some(false));
            }
            if current != pid && self.knows(current, seen) {
                return Ok(Some(false));
            }
            if self.is_tagged(current)? {
                return Ok(Some(true));
            }
            if let Some(found) = lineage::look(current)? {
                seen.push(found);
                (child, current) = (current, found.parent);
                continue;
            }
            // It has ended, and its child has another parent; or it is hidden from us, so it is not ours.
            let Some(found) = lineage::look(child)?.filter(|_| child != current) else { return Ok(None) };
            let parent = found.parent;
            if parent == current {
                return Ok(Some(false));
            }
            current = parent;
        }
        Ok(Some(true))
    }

    /// Whether a process was given a run of this home (`HOB_RUN`) when it was executed.
    fn is_tagged(&self, pid: i32) -> io::Result<bool> {
        // It has no length to go by, and each read of it is one of another process's memory.
        let mut environment = Vec::with_capacity(16 << 10);
        // What the system says is needed as it says it.
        let file =
            rustix::fs::open(format!("/proc/{pid}/environ"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let read =
            file.map_err(io::Error::from).and_then(|file| File::from(file).read_to_end(&mut environment));
        match read {
            Err(error) if home::is_not_there(&error) => return Ok(false),
            read => drop(read?),
        }
        let mut variables = environment.split(|byte| *byte == 0);
        Ok(variables.any(|variable| variable.starts_with(self.tag.as_bytes())))
    }

    /// Whether it is known that a process does not descend; it and its ancestors are added to `seen` then.
    fn knows(&self, pid: i32, seen: &mut Vec<Relations>) -> bool {
        let mut strangers = self.strangers();
        match strangers.get(&pid) {
            Some(line) if line.stands() => {
                seen.extend(&line.all);
                true
            }
            Some(_) => {
                strangers.remove(&pid);
                false
            }
            None => false,
        }
    }

    /// Remembers the ancestors of one who does not descend, and has asked; itself is soon gone.
    fn remember(&self, line: &[Process]) {
        let Some(parent) = line.get(1).filter(|parent| !self.strangers().contains_key(&parent.pid)) else {
            return;
        };
        // Nothing may be remembered of which the environment was not read.
        let same = |found: &Line| found.all.iter().map(|it| &it.process).eq(&line[1..]);
        let Some(found) = Line::of(parent.pid).filter(same) else { return };
        let mut strangers = self.strangers();
        if LINES <= strangers.len() {
            strangers.clear();
        }
        strangers.insert(parent.pid, found);
    }

    fn strangers(&self) -> MutexGuard<'_, HashMap<i32, Line>> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, Write as _};

    use super::*;
    use crate::home;

    fn us() -> i32 {
        std::process::id().try_into().unwrap()
    }

    fn descends_from(pid: i32, daemon: i32, home_id: &str) -> bool {
        Descent { daemon, ..Descent::new(home_id, |_| false) }.line_of_stranger(pid).unwrap().is_none()
    }

    fn tagged(pid: i32, home_id: &str) -> bool {
        Descent::new(home_id, |_| false).is_tagged(pid).unwrap()
    }

    #[test]
    fn a_child_of_the_daemon_descends_and_a_stranger_does_not() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(descends_from(pid, us(), "none"));
        assert!(!descends_from(us(), pid, "none"), "a parent is no descendant");
        assert!(!descends_from(us(), us(), "none"), "nobody descends from himself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn c52_the_first_process_of_all_has_a_line_too() {
        let line = Descent::new("none", |_| false).line_of_stranger(1).unwrap();
        let first: Vec<Process> = lineage::relations(1).into_iter().map(|it| it.process).collect();
        assert!(!first.is_empty());
        assert_eq!(line, Some(first));
    }

    #[test]
    fn a_tag_of_this_home_is_enough_and_another_home_s_is_not() {
        let mut command = std::process::Command::new("sleep");
        let mut child = command.arg("60").env("HOB_RUN", "abc.boot.web.1.x").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        // Right after the spawn the old program's environment may still be seen.
        while !fs_err::read(format!("/proc/{pid}/environ")).unwrap().starts_with(b"HOB_RUN")
            && !tagged(pid, "abc")
        {
            std::thread::yield_now();
        }
        assert!(tagged(pid, "abc"));
        assert!(!tagged(pid, "ab"));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Runs a shell script in a session of its own and returns the process that the script names.
    fn named_by(script: &str) -> (std::process::Child, i32) {
        use std::io::{BufRead as _, BufReader};
        let mut command = std::process::Command::new("setsid");
        command.args(["sh", "-c", script]).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (child, line.trim().parse().unwrap())
    }

    #[test]
    fn who_has_lost_its_parent_still_descends_by_its_session() {
        let script = "(env -i sleep 60 >/dev/null & echo $!); exec >/dev/null; sleep 60";
        let (mut child, orphan) = named_by(script);
        assert!(lineage::relations(orphan).is_some_and(|it| it.parent != it.session));
        assert!(descends_from(orphan, us(), "none"));
        rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&child),
            rustix::process::Signal::KILL,
        )
        .unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_name_that_is_no_text_hides_nobody() {
        use std::os::unix::ffi::OsStrExt as _;
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join(std::ffi::OsStr::from_bytes(b"\xff) \xfe"));
        fs_err::os::unix::fs::symlink("/bin/sleep", &program).unwrap();
        let mut child = std::process::Command::new(&program).arg("60").env_clear().spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        while !fs_err::read(format!("/proc/{pid}/stat")).unwrap().contains(&0xff) {
            std::thread::yield_now();
        }
        assert!(descends_from(pid, us(), "none"));
        assert!(home::start_ticks(pid).is_some());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn who_bears_the_mark_of_a_run_descends_whoever_its_parents_are() {
        let parent = rustix::process::getppid().unwrap().as_raw_nonzero().get();
        assert!(!descends_from(parent, us(), "none"));
        let descent = Descent::new("none", |_| true);
        assert!(descent.line_of_stranger(parent).unwrap().is_none());
    }

    #[test]
    fn a_line_is_remembered_while_all_of_it_lives() {
        // A shell that starts two, one after the other, when it is told to.
        let script = "sleep 60 & echo $!; read word; sleep 60 & echo $!; read word; kill $!";
        let mut shell = std::process::Command::new("sh")
            .args(["-c", script])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = std::io::BufReader::new(shell.stdout.take().unwrap());
        let mut next = || {
            let mut line = String::new();
            told.read_line(&mut line).unwrap();
            line.trim().parse::<i32>().unwrap()
        };
        let descent = Descent { daemon: i32::MAX, ..Descent::new("none", |_| false) };
        let (parent, first) = (i32::try_from(shell.id()).unwrap(), next());
        let line = descent.line_of_stranger(first).unwrap().unwrap();
        assert_eq!((line[0].pid, line[1].pid, line[2].pid), (first, parent, us()));
        assert!(descent.strangers().contains_key(&parent) && !descent.strangers().contains_key(&first));

        let mut words = shell.stdin.take().unwrap();
        words.write_all(b"on\n").unwrap();
        let second = next();
        let other = descent.line_of_stranger(second).unwrap().unwrap();
        assert_eq!((other[0].pid, &other[1..]), (second, &line[1..]));

        // What is known of the shell ends with it.
        shell.kill().unwrap();
        shell.wait().unwrap();
        assert!(!descent.knows(parent, &mut Vec::new()));
        assert!(descent.strangers().is_empty());
        for orphan in [first, second] {
            let line = descent.line_of_stranger(orphan).unwrap().unwrap();
            assert!(line.iter().all(|it| it.pid != parent), "{line:?}");
            rustix::process::kill_process(Pid::from_raw(orphan).unwrap(), rustix::process::Signal::KILL)
                .unwrap();
        }
    }

    #[test]
    fn who_cannot_be_looked_at_is_not_trusted() {
        assert!(descends_from(i32::MAX, us(), "none"));
    }
}
