//! Whether whoever decides is whoever asked.
//!
//! A requester never decides its own request: not as the same client, not over
//! the same connection, and not by a process that it started or that started
//! it. Two processes with a parent in common, such as two commands of one
//! shell, are strangers to each other.
//!
//! This keeps honest programs apart. A program of the same user that means harm
//! can leave its ancestors; what that means is said in the threat model.

use std::io;

use serde::{Deserialize, Serialize};

use crate::home;
use crate::home::lineage::{self, Process};
use crate::kernel::{Caller, Client};

/// Who somebody was when he asked or decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As whom he asked.
    pub client: String,
    /// Over which connection.
    pub link: u64,
    /// His process and its ancestors; nothing if he is in this one, or is gone.
    pub line: Vec<Process>,
    /// Whether there is a process, and it was found.
    pub is_known: bool,
    /// Whether the kernel tells this daemon when that process ends.
    #[serde(skip)]
    pub is_held: bool,
}

/// By what somebody who asks is known again: a process may make as many connections as it likes and is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    /// By its number, and when it was started.
    Process(i32, u64),
    /// By the connection, where there is no process whose end is told.
    Link(u64),
}

impl Party {
    /// What is known of a caller now.
    ///
    /// # Errors
    /// If his process cannot be looked at, such as for want of descriptors: nobody could tell him apart later.
    pub fn of(caller: &Caller) -> io::Result<Party> {
        let seen = caller.link.line().get();
        let line = match caller.pid {
            Some(pid) => seen.map_or_else(|| lineage::of(pid), |line| Ok(line.clone()))?,
            None => Vec::new(),
        };
        // What was read of a process that has ended since may be another's (a number that was used again).
        let is_there = caller.link.pidfd().is_none_or(|pidfd| !home::has_ended(pidfd));
        let is_known = caller.pid.is_none() || is_there && !line.is_empty();
        let is_held = caller.link.pidfd().is_some();
        if is_known && seen.is_none() {
            caller.link.line().get_or_init(|| line.clone());
        }
        let (client, link) = (caller.client.id.to_string(), caller.link.number());
        Ok(Party { client, link, line, is_known, is_held })
    }

    /// Somebody who has nothing to do with anything here.
    pub(super) fn nobody() -> Party {
        Party { client: String::new(), link: 0, line: Vec::new(), is_known: false, is_held: false }
    }

    /// By what he is known again.
    pub(super) fn who(&self) -> Who {
        match self.line.first() {
            Some(own) if self.is_known && self.is_held => Who::Process(own.pid, own.started),
            _ => Who::Link(self.link),
        }
    }

    /// Whether this is the same process or, without one, the same connection.
    pub(super) fn is(&self, other: &Party) -> bool {
        let is_same = match (self.line.first(), other.line.first()) {
            (None, None) => self.link == other.link,
            (own, theirs) => own == theirs,
        };
        is_same && self.client == other.client
    }

    /// The same for a later daemon, which counts connections anew.
    pub(super) fn becomes_former(&mut self) {
        self.link = 0;
    }

    /// Whether a decision of his would be one about his own request.
    pub fn is_kin_of(&self, requester: &Party) -> bool {
        let by_client = self.client == requester.client && self.client != Client::LOCAL.id;
        by_client || self.link == requester.link || !self.is_known || related(&self.line, &requester.line)
    }

    /// Whether nobody can tell if he is whoever asked: that process had ended, or could not be seen. Whoever is in
    /// the daemon is no process that asks.
    pub fn may_have_been(&self, requester: &Party) -> bool {
        !requester.is_known && !self.line.is_empty()
    }
}

/// Whether one of two processes descends from the other; each is the first of its line. The first process of all is
/// in nearly every line, and makes nobody kin of anybody but itself.
fn related(one: &[Process], other: &[Process]) -> bool {
    let heads = |line: &[Process], of: &[Process]| of.first().is_some_and(|head| line.contains(head));
    heads(one, other) || heads(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pids: &[i32]) -> Vec<Process> {
        pids.iter().map(|pid| Process { pid: *pid, started: 1 }).collect()
    }

    fn party(client: &str, link: u64, pids: &[i32]) -> Party {
        Party { client: client.to_owned(), link, line: line(pids), is_known: true, is_held: true }
    }

    #[test]
    fn nobody_decides_what_he_or_his_kin_has_asked() {
        let requester = party("local", 1, &[30, 20, 10]);
        let cases = [
            ("over the same connection", party("local", 1, &[]), true),
            ("from another shell's command", party("local", 2, &[40, 20, 10]), false),
            ("by the requester's child", party("local", 2, &[50, 30, 20, 10]), true),
            ("by the requester's parent", party("local", 2, &[20, 10]), true),
            ("by the requester's grandparent", party("local", 2, &[10]), true),
            ("by somebody in the daemon", party("local", 2, &[]), false),
            (
                "by a process that could not be found",
                Party { is_known: false, ..party("local", 2, &[]) },
                true,
            ),
        ];
        for (who, approver, expected) in cases {
            assert_eq!(approver.is_kin_of(&requester), expected, "{who}");
        }
        let robot = party("robot", 1, &[30]);
        assert!(party("robot", 2, &[40]).is_kin_of(&robot), "one client is one requester");
        assert!(!party("local", 2, &[40]).is_kin_of(&robot));
    }

    #[test]
    fn c52_nobody_can_tell_who_is_not_the_one_who_is_not_known() {
        let mut requester = party("local", 1, &[]);
        let [in_the_daemon, process] = [party("local", 2, &[]), party("local", 3, &[40, 1])];
        assert!(!process.may_have_been(&requester), "the requester is in the daemon");
        requester.is_known = false;
        assert!(process.may_have_been(&requester) && !in_the_daemon.may_have_been(&requester));
        // Of a process that has ended since it was first looked at.
        requester.line = line(&[30]);
        assert!(process.may_have_been(&requester));
    }

    #[test]
    fn c52_the_first_process_of_all_is_kin_of_all_and_makes_nobody_kin() {
        let first = party("local", 1, &[1]);
        for (pids, is_kin) in [(&[30, 20, 1][..], true), (&[1], true), (&[30], false)] {
            let other = party("local", 2, pids);
            assert_eq!((other.is_kin_of(&first), first.is_kin_of(&other)), (is_kin, is_kin), "{pids:?}");
        }
        assert!(!party("local", 2, &[40, 1]).is_kin_of(&party("local", 1, &[30, 1])));
    }

    #[test]
    fn a_process_is_one_however_often_it_connects() {
        let (one, again) = (party("local", 1, &[30, 20]), party("local", 2, &[30, 10]));
        assert_eq!(one.who(), again.who());
        assert_ne!(one.who(), party("local", 1, &[40, 20]).who());
        let unseen = |link| Party { is_held: false, ..party("local", link, &[30]) };
        assert_ne!(unseen(1).who(), unseen(2).who());
        assert_eq!(unseen(1).who(), party("local", 1, &[]).who());
    }

    #[test]
    fn c50_a_number_that_was_used_again_is_somebody_else() {
        let mut later = party("local", 2, &[50, 30]);
        later.line[1].started = 2;
        assert!(!later.is_kin_of(&party("local", 1, &[30])));
    }

    #[test]
    fn whoever_has_lost_his_parent_over_a_connection_is_still_its_child() {
        use std::io::{BufRead as _, BufReader};
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "sleep 60 >&2 & echo $!; wait"]).stdout(std::process::Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        let mut told = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut told).unwrap();
        let pid: i32 = told.trim().parse().unwrap();
        let caller = Caller { pid: Some(pid), ..Caller::daemon() };
        let before = Party::of(&caller).unwrap();
        assert_eq!((before.line[0].pid, before.line[1].pid.unsigned_abs()), (pid, shell.id()));
        shell.kill().unwrap();
        shell.wait().unwrap();
        assert_eq!(Party::of(&caller).unwrap(), before);
        assert_ne!(Party::of(&Caller { pid: Some(pid), ..Caller::daemon() }).unwrap().line, before.line);
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(pid).unwrap(),
            rustix::process::Signal::KILL,
        )
        .unwrap();
    }
}
