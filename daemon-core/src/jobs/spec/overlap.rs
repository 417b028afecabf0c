//! `overlap = "skip"`: what becomes of a run that is due while another of its job is under way.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use crate::jobs::schedule::text::written_as_text;
use crate::text::brief;

/// The most runs of one job at the same time.
const MOST: u32 = 1000;

/// What becomes of a run that is due while another of its job is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    /// It does not run, and that is noted.
    #[default]
    Skip,
    /// It waits.
    Queue,
    /// The one under way is ended, and it runs.
    Replace,
    /// It runs as well, if there are not so many yet; otherwise it waits.
    Parallel(u32),
}

/// A text that is no rule for overlaps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "overlap \"{0}\" is none of \"skip\", \"queue\", \"replace\" and \"parallel(4)\", with a number from 1 to {MOST}"
)]
pub struct OverlapError(String);

impl FromStr for Overlap {
    type Err = OverlapError;

    fn from_str(text: &str) -> Result<Overlap, OverlapError> {
        let parallel = || {
            let count = text.strip_prefix("parallel(")?.strip_suffix(')')?.parse::<NonZeroU16>().ok()?;
            Some(u32::from(count.get())).filter(|count| *count <= MOST).map(Overlap::Parallel)
        };
        match text {
            "skip" => Ok(Overlap::Skip),
            "queue" => Ok(Overlap::Queue),
            "replace" => Ok(Overlap::Replace),
            _ => parallel().ok_or_else(|| OverlapError(brief(text))),
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Overlap::Skip => out.write_str("skip"),
            Overlap::Queue => out.write_str("queue"),
            Overlap::Replace => out.write_str("replace"),
            Overlap::Parallel(count) => write!(out, "parallel({count})"),
        }
    }
}

written_as_text!(
    Overlap,
    "Overlap",
    "\"skip\", \"queue\", \"replace\" or \"parallel(4)\"",
    "What becomes of a run that is due while another of its job is under way: it does not run (\"skip\"), waits (\"queue\"), ends the other (\"replace\"), or runs beside it while there are fewer than so many (\"parallel(4)\")",
    r"^(skip|queue|replace|parallel\([1-9][0-9]{0,3}\))$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_written_as_it_is_read() {
        for text in ["skip", "queue", "replace", "parallel(1)", "parallel(1000)"] {
            assert_eq!(text.parse::<Overlap>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rule_is_told_which_there_are() {
        for text in
            ["parallel(0)", "parallel(1001)", "parallel(-1)", "parallel()", "parallel", "Skip", "", "4"]
        {
            let error = text.parse::<Overlap>().unwrap_err().to_string();
            assert!(error.contains("is none of \"skip\""), "{error}");
            assert!(error.ends_with("a number from 1 to 1000"), "{error}");
        }
    }
}
