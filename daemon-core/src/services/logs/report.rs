//! What the capture has to say that is not a line of a log.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;

/// Asks for the time.
pub type Clock = fn() -> Timestamp;

/// Something a person should hear of. Each trouble is told once when it begins, not once per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The service whose log is concerned.
    pub service: String,
    /// What happened to it.
    pub event: Event,
}

/// What happened to a service's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// There is no room to stage output on disk: a killed daemon would lose what it has just read.
    Unprotected {
        /// What the system said.
        reason: String,
    },
    /// The log cannot be written; its lines are dropped and counted until it can.
    Dropping {
        /// What the system said.
        reason: String,
    },
    /// The log is written again.
    Resumed {
        /// So many lines are missing.
        dropped: u64,
    },
    /// The log file is full and no new one could be begun; it grows on.
    NotRotated {
        /// What the system said.
        reason: String,
    },
    /// A FIFO or its staging could not be read; the stream counts as hung up.
    Broken {
        /// What the system said.
        reason: String,
    },
    /// The staging file of an earlier daemon was not usable; up to a pipe of output may be lost.
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
}

/// What all captures of a thread share, so that none of it is paid for per service.
#[derive(Debug)]
pub(super) struct Common {
    /// For stamps.
    pub clock: Clock,
    /// The time of this look, by the clock of deadlines.
    pub(super) now: Duration,
    /// Where batches are formatted.
    pub out: Vec<u8>,
    /// Where reports go.
    pub reports: broadcast::Sender<Report>,
}

impl Common {
    /// With an empty buffer.
    pub(super) fn new(clock: Clock, reports: broadcast::Sender<Report>) -> Common {
        Common { clock, now: Duration::ZERO, out: Vec::new(), reports }
    }

    /// Tells whoever listens; it is fine if nobody does.
    pub(super) fn report(&self, service: String, event: Event) {
        drop(self.reports.send(Report { service, event }));
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Event::Unprotected { reason } => {
                write!(
                    to,
                    "no room to stage its output: a kill of the daemon would lose what was just read ({reason})"
                )
            }
            Event::Dropping { reason } => {
                write!(to, "its log cannot be written, and its lines are dropped ({reason})")
            }
            Event::Resumed { dropped } => write!(to, "its log is written again; {dropped} lines are missing"),
            Event::Broken { reason } => write!(to, "its output could not be read ({reason})"),
            Event::Damaged { reason } => {
                write!(
                    to,
                    "what a killed daemon had staged is damaged; some of its output may be lost ({reason})"
                )
            }
            Event::NotRotated { reason } => {
                write!(to, "its log could not be rotated and grows on ({reason})")
            }
        }
    }
}
