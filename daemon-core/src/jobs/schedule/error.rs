//! What is wrong with a trigger, where, and what to write instead.

use crate::config::{Span, SpanError};

/// A text that is no trigger, zone or rule for catching up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A cron expression that could not be read.
    #[error("cron \"{given}\", character {column}: {what}; {hint}")]
    Cron {
        /// The expression.
        given: String,
        /// Where in it, counted from 1.
        column: usize,
        /// What is wrong there.
        what: String,
        /// What to write.
        hint: String,
    },
    /// A cron expression of which no day matches.
    #[error(
        "cron \"{0}\" never happens: none of its months has such a day; the last day of a month is written \"L\""
    )]
    Never(String),
    /// `every` with a text that is no duration.
    #[error("every: {0}")]
    NoDuration(#[from] SpanError),
    /// `every` with days.
    #[error(
        "every \"{0}\": a day has not always 24 hours; write \"{1}\" if it is to, or cron = \"0 0 * * *\" for each day at midnight"
    )]
    InDays(String, Span),
    /// `every` with less than a second.
    #[error("every \"{0}\" is too often: at least \"1s\"; what runs all the time is a service")]
    TooOften(String),
    /// `at` with a text that is no time.
    #[error(
        "at \"{given}\" is not a time{what}; write it like \"2026-12-01T09:00\", or with an offset like \"2026-12-01T09:00Z\""
    )]
    NoTime {
        /// The text.
        given: String,
        /// What is wrong with it, with what joins it to the sentence.
        what: String,
    },
    /// `at` with a day that its month does not have.
    #[error("at \"{given}\" never happens: that month has {days} days")]
    NoDay {
        /// The text.
        given: String,
        /// How many days there are.
        days: i8,
    },
    /// A name that is not in the time zone database.
    #[error("\"{given}\" is not a time zone{}", did_you_mean(.nearest))]
    NoZone {
        /// The name.
        given: String,
        /// Names that are, and resemble it.
        nearest: Vec<String>,
    },
    /// A rule for catching up that there is not.
    #[error("missed \"{0}\" is none of \"skip\", \"once\" and \"all(10)\", with a number from 1 to 1000")]
    NoCatchUp(String),
}

fn did_you_mean(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "; write a name of the IANA database, like \"Europe/Madrid\" or \"UTC\"".to_owned();
    }
    let quoted: Vec<String> = nearest.iter().map(|name| format!("\"{name}\"")).collect();
    format!(" (did you mean {}?)", quoted.join(" or "))
}
