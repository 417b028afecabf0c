//! What follows from the end of an attempt: the run is over, or is tried again.
//!
//! Pure: what happened goes in, the row of the run comes out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::run::{Run, Standing};
use super::spec::Job;
use crate::config::Span;
use crate::runs::Usage;
use crate::runs::child::Exit;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// What ended it.
    pub(super) cause: Cause,
    /// How long it had taken.
    pub(super) after: Duration,
    /// What else there is to say: what it had left behind that had to be killed, what the kernel has killed.
    pub(super) remark: Option<String>,
    /// The last line on its standard error.
    pub(super) last_line: Option<String>,
    /// What it used, if that was told to us.
    pub(super) usage: Option<Usage>,
}

/// What ended an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// Its process ended by itself.
    Exited(Exit),
    /// It could not be started, and why.
    NotStarted(String),
    /// It took longer than it may.
    TimedOut(Span),
    /// It used more than it may: of what, and how much.
    Exceeded(String),
    /// Somebody wanted its end, in words.
    Cancelled(String),
    /// The daemon stopped, and everything with it.
    Stopped,
    /// Its daemon died, and its process has ended since; nobody knows how.
    Lost,
}

impl Outcome {
    /// Of an attempt that had no process, or one that nobody saw end.
    pub(super) fn unseen(cause: Cause) -> Outcome {
        Outcome { cause, after: Duration::ZERO, remark: None, last_line: None, usage: None }
    }
}

impl Run {
    /// The run after an attempt ended like this; `queued` if it is to be tried again.
    #[must_use]
    pub(super) fn after(mut self, outcome: &Outcome, job: &Job, now: Timestamp, chance: f64) -> Run {
        self.pid = None;
        self.ended = Some(now);
        if let Some(usage) = outcome.usage {
            self.cpu_ms = Some(u64::try_from(usage.cpu.as_millis()).unwrap_or(u64::MAX));
            self.memory = usage.memory;
        }
        self.code = match outcome.cause {
            Cause::Exited(Exit::Code(code)) => Some(code),
            _ => None,
        };
        let (state, mut reason) = match &outcome.cause {
            Cause::Exited(Exit::Code(code)) if job.success_codes.contains(code) => {
                (Standing::Succeeded, None)
            }
            Cause::Exited(Exit::Unknown) | Cause::Lost => {
                let text = "was under way when its daemon died, and how it ended is not known";
                (Standing::Lost, Some(text.to_owned()))
            }
            Cause::Exited(exit) => (Standing::Failed, Some(exit.to_string())),
            Cause::NotStarted(why) => (Standing::Failed, Some(why.clone())),
            Cause::Exceeded(why) => (Standing::Failed, Some(format!("used more than it may: {why}"))),
            Cause::TimedOut(limit) => {
                (Standing::TimedOut, Some(format!("took longer than {limit} and was ended")))
            }
            Cause::Cancelled(why) => (Standing::Cancelled, Some(why.clone())),
            Cause::Stopped => (Standing::Cancelled, Some("was ended when the daemon stopped".to_owned())),
        };
        if state == Standing::Failed
            && let (Some(reason), Some(line)) = (&mut reason, &outcome.last_line)
        {
            *reason = format!("{reason}: {}", line.trim());
        }
        if let Some(remark) = &outcome.remark {
            reason = Some(reason.map_or_else(|| remark.clone(), |reason| format!("{reason}; {remark}")));
        }
        (self.state, self.reason) = (state, reason);
        let is_tried_again = match &outcome.cause {
            // What was only interrupted is not done, whoever is to blame.
            Cause::Stopped => true,
            _ => matches!(state, Standing::Failed | Standing::TimedOut | Standing::Lost),
        };
        if is_tried_again && self.attempt <= job.retries {
            self.not_before = now.checked_add(wait(job, self.attempt, chance)).ok();
            self.state = Standing::Queued;
        }
        self
    }
}

/// How long to wait after so many attempts; `chance`, 0 to 1, takes away up to a tenth.
fn wait(job: &Job, attempts: u32, chance: f64) -> SignedDuration {
    let (initial, most) = (job.retry_initial.get().as_secs_f64(), job.retry_max.get().as_secs_f64());
    let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
    let wait = (initial * job.retry_factor.powi(exponent)).min(most) * (1.0 - 0.1 * chance.clamp(0.0, 1.0));
    SignedDuration::try_from_secs_f64(wait).unwrap_or(SignedDuration::from_hours(1))
}
