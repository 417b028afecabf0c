//! A log that cannot be written, and when it is tried again.
//!
//! The disk is full, a quota is used up, or the disk fails. Nobody tells when
//! that is over, so the log is tried again with the next lines or at a
//! deadline, whichever is later than the pause, and the pauses grow. What is
//! done with the lines meanwhile is for [`super::capture`].

use std::io;
use std::time::Duration;

use rustix::io::Errno;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::Event;

/// The first pause.
const FIRST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_secs(8);

/// How far a log has got that cannot be written. The later, the worse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It has just begun, and may be over in a moment.
    #[default]
    New,
    /// Lines wait in memory.
    Waiting,
    /// The service waits.
    Blocked,
    /// Lines are dropped.
    Dropping,
}

/// What becomes of the lines of a log that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogTrouble {
    /// They wait in memory.
    Waiting,
    /// The service waits with them.
    Blocked,
    /// They are dropped and counted.
    Dropping,
}

impl Stage {
    /// What is shown of it.
    pub(super) fn shown(self) -> Option<LogTrouble> {
        match self {
            Stage::New => None,
            Stage::Waiting => Some(LogTrouble::Waiting),
            Stage::Blocked => Some(LogTrouble::Blocked),
            Stage::Dropping => Some(LogTrouble::Dropping),
        }
    }
}

/// The trouble of one log.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// When the log is tried again.
    pub retry_at: Duration,
    /// What others have been told.
    pub stage: Stage,
    /// What the system said last.
    reason: Box<str>,
    /// The same as a number, if it has one.
    errno: u32,
    pause: Duration,
}

impl Trouble {
    /// The log was tried at `now`, in vain.
    pub(super) fn failed(&mut self, error: &io::Error, now: Duration) {
        self.pause = (self.pause * 2).clamp(FIRST, LONGEST);
        self.retry_at = now + self.pause;
        self.reason = error.to_string().into();
        self.errno = error.raw_os_error().unwrap_or(0).cast_unsigned();
    }

    /// What the system said, as errno(3) has it.
    pub(super) fn errno(&self) -> u32 {
        self.errno
    }

    /// Notes how bad it is; what is to be told, if that is news.
    pub(super) fn reach(&mut self, stage: Stage) -> Option<Event> {
        if stage <= self.stage {
            return None;
        }
        self.stage = stage;
        let reason = self.reason.to_string();
        match stage {
            Stage::New => None,
            Stage::Waiting => Some(Event::Waiting { reason }),
            Stage::Blocked => Some(Event::Blocked { reason }),
            Stage::Dropping => Some(Event::Dropping { reason }),
        }
    }
}

/// Whether removing files may help.
pub(super) fn is_no_room(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOSPC | Errno::DQUOT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_each_stage_is_told_once() {
        let mut trouble = Trouble::default();
        let full = io::Error::from(Errno::NOSPC);
        assert!(is_no_room(&full) && is_no_room(&Errno::DQUOT.into()) && !is_no_room(&Errno::IO.into()));
        let mut pauses = Vec::new();
        for _ in 0..6 {
            trouble.failed(&full, Duration::from_secs(100));
            pauses.push(trouble.retry_at.as_secs() - 100);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 8, 8]);
        assert_eq!(trouble.errno(), 28);
        assert!(
            matches!(trouble.reach(Stage::Waiting), Some(Event::Waiting { reason }) if reason.contains("No space"))
        );
        assert_eq!(trouble.reach(Stage::Waiting), None);
        assert!(matches!(trouble.reach(Stage::Dropping), Some(Event::Dropping { .. })));
        assert_eq!(trouble.reach(Stage::Waiting), None);
    }
}
