//! What a run has left behind, in words.

use super::held::Held;
use crate::text;

const NOTIFY: &str = "use ready = { notify = true }";
/// So many are named.
const NAMED: usize = 5;

/// What had to be killed after the main process was gone.
#[derive(Debug, Default)]
pub(crate) struct Left {
    killed: Vec<Named>,
    stays: Vec<Named>,
}

/// A process as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) pid: i32,
    pub(super) name: String,
}

impl Named {
    /// By the name that it goes by now; `None` if it is gone.
    pub(super) fn of(pid: i32) -> Option<Named> {
        let name = fs_err::read(format!("/proc/{pid}/comm")).ok()?;
        Some(Named { pid, name: text::brief(String::from_utf8_lossy(&name).trim_end()) })
    }
}

impl Left {
    /// These were killed.
    pub(super) fn add(&mut self, killed: impl IntoIterator<Item = Named>) {
        for named in killed {
            if self.killed.iter().all(|known| known.pid != named.pid) {
                self.killed.push(named);
            }
        }
    }

    /// These were killed too, and live all the same.
    pub(super) fn stays<'a>(&mut self, held: impl IntoIterator<Item = &'a Held>) {
        self.stays.extend(held.into_iter().map(|held| held.named.clone()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.killed.is_empty()
    }

    /// What was done about them, in a sentence; nothing if there was nothing.
    pub(crate) fn told(&self) -> Option<String> {
        let killed = match &self.killed[..] {
            [] => return None,
            [one] => format!("1 process left behind was killed: {}", list(std::slice::from_ref(one))),
            many => format!("{} processes left behind were killed: {}", many.len(), list(many)),
        };
        Some(match &self.stays[..] {
            [] => killed,
            stays => format!("{killed}; the kernel holds on to {}", list(stays)),
        })
    }

    /// Why a program that has done well and left these counts as failed; it may say itself how it is.
    pub(crate) fn of_daemon(&self, ending: &str, is_notified: bool) -> String {
        let remedy = if is_notified { "let it say which is the main one (MAINPID)" } else { NOTIFY };
        format!("{ending} but left processes: {}; run it in the foreground, or {remedy}", list(&self.killed))
    }
}

fn list(all: &[Named]) -> String {
    let shown = all.iter().take(NAMED).map(|Named { pid, name }| format!("{name} (pid {pid})"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match all.len().checked_sub(NAMED) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(count: i32) -> Left {
        let mut left = Left::default();
        left.add((1..=count).map(|pid| Named { pid, name: "sleep".to_owned() }));
        left
    }

    #[test]
    fn it_is_told_how_many_there_were_and_the_first_are_named() {
        assert_eq!(left(0).told(), None);
        assert_eq!(left(1).told().unwrap(), "1 process left behind was killed: sleep (pid 1)");
        let two = "2 processes left behind were killed: sleep (pid 1), sleep (pid 2)";
        assert_eq!(left(2).told().unwrap(), two);
        assert!(left(7).told().unwrap().ends_with("sleep (pid 5) and 2 more"));
    }

    #[test]
    fn one_that_was_killed_twice_is_told_once() {
        let mut left = left(2);
        left.add([Named { pid: 2, name: "sleep".to_owned() }]);
        assert!(left.told().unwrap().starts_with("2 "));
    }

    #[test]
    fn a_daemon_is_told_what_to_do() {
        assert_eq!(
            left(1).of_daemon("exited with 0 after 5ms", false),
            "exited with 0 after 5ms but left processes: sleep (pid 1); \
             run it in the foreground, or use ready = { notify = true }"
        );
    }
}
