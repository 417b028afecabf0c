//! What the capture has to say that is not a line of a log.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;

use super::upkeep::Upkeep;

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
    /// The log cannot be written, and its lines wait in memory until it can.
    Waiting {
        /// What the system said.
        reason: String,
    },
    /// The log cannot be written, and its service waits until it can.
    Blocked {
        /// What the system said.
        reason: String,
    },
    /// Rotated files were removed to make room on a full disk.
    Freed {
        /// So many of this service.
        files: u64,
        /// And the room they took.
        bytes: u64,
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
        /// And so many bytes.
        bytes: u64,
    },
    /// A rotated file could not be compressed; it stays as it is.
    NotPacked {
        /// What the system said.
        reason: String,
    },
    /// The log file is full and no new one could be begun; it grows on.
    NotRotated {
        /// What the system said.
        reason: String,
    },
    /// The beginning of a run could not be noted; its lines count as the run's before.
    Unnoted {
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
    /// The memory that lines take which cannot be written.
    pub waiting: usize,
    /// Who sees to the rotated files, if anybody does.
    pub upkeep: Option<Upkeep>,
    /// Where reports go.
    pub reports: broadcast::Sender<Report>,
}

impl Common {
    /// With an empty buffer.
    pub(super) fn new(clock: Clock, reports: broadcast::Sender<Report>) -> Common {
        Common { clock, now: Duration::ZERO, out: Vec::new(), waiting: 0, upkeep: None, reports }
    }

    /// Tells whoever listens; it is fine if nobody does.
    pub(super) fn report(&self, service: String, event: Event) {
        drop(self.reports.send(Report { service, event }));
    }
}

/// A number of lines and their bytes, as in `12345 lines (1.2 MB)`.
pub(super) fn in_words(lines: u64, bytes: u64) -> String {
    let noun = if lines == 1 { "line" } else { "lines" };
    format!("{lines} {noun} ({})", size_in_words(bytes))
}

fn size_in_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
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
            Event::Waiting { reason } => {
                write!(to, "its log cannot be written, and its lines wait in memory ({reason})")
            }
            Event::Blocked { reason } => {
                write!(to, "its log cannot be written, and it has to wait with its output ({reason})")
            }
            Event::Resumed { dropped: 0, .. } => write!(to, "its log is written again; nothing is missing"),
            Event::Resumed { dropped, bytes } => {
                write!(to, "its log is written again; {} are missing", in_words(*dropped, *bytes))
            }
            Event::Freed { files, bytes } => {
                let size = size_in_words(*bytes);
                write!(to, "the disk is full: {files} of its oldest rotated logs were removed ({size})")
            }
            Event::NotPacked { reason } => {
                write!(to, "a rotated log could not be compressed and stays as it is ({reason})")
            }
            Event::Broken { reason } => write!(to, "its output could not be read ({reason})"),
            Event::Unnoted { reason } => {
                write!(to, "that this run began could not be noted in its log ({reason})")
            }
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
