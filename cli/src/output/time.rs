//! Times as people say them: "2m ago", "3h", and the time of day.
//!
//! The zone of the system is looked up only when a time of day is shown, since
//! that reads files. What is piped carries the date, because nobody knows when
//! it will be read.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Unit, Zoned};

/// How long a number of seconds is, in its largest unit.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// How long ago a time in RFC 3339 was.
pub(crate) fn since(then: &str, now: Timestamp) -> Option<i64> {
    let then: Timestamp = then.parse().ok()?;
    Some(now.duration_since(then).as_secs())
}

/// How long ago a time in RFC 3339 was, in words; the text itself if it is no time.
pub(crate) fn ago(then: &str, now: Timestamp) -> String {
    match since(then, now) {
        Some(..=0) => "just now".to_owned(),
        Some(seconds) => format!("{} ago", span(seconds)),
        None => daemon_core::text::visible(then),
    }
}

/// How long it is until a time in RFC 3339, in words.
pub(crate) fn until(then: &str, now: Timestamp) -> Option<String> {
    let seconds = since(then, now)?;
    Some(if 0 <= seconds { "now".to_owned() } else { format!("in {}", span(-seconds)) })
}

/// Writes times of day.
pub(crate) struct TimeOfDay {
    zone: TimeZone,
    today: Option<jiff::civil::Date>,
}

impl TimeOfDay {
    /// In the system's zone or in UTC; `short` leaves out today's date.
    pub(crate) fn new(utc: bool, short: bool, now: Timestamp) -> TimeOfDay {
        let zone = if utc { TimeZone::UTC } else { TimeZone::system() };
        let today = short.then(|| now.to_zoned(zone.clone()).date());
        TimeOfDay { zone, today }
    }

    /// A time in RFC 3339 as a time of day; as it is if it is no time.
    pub(crate) fn show(&self, time: &str) -> String {
        let Ok(time) = time.parse::<Timestamp>() else {
            return daemon_core::text::visible(time);
        };
        let at = time.to_zoned(self.zone.clone());
        let (date, clock) = (at.date(), at.time());
        let millis = clock.subsec_nanosecond() / 1_000_000;
        let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
        let clock = format!("{hour:02}:{minute:02}:{second:02}.{millis:03}");
        match self.today {
            Some(today) if today == date => clock,
            _ => format!("{:04}-{:02}-{:02} {clock}", date.year(), date.month(), date.day()),
        }
    }
}

/// "14:05:00", and with its date what is not of today.
pub(crate) fn hour(at: Timestamp, now: Timestamp) -> String {
    hour_in(at, now, TimeZone::system())
}

fn hour_in(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let (at, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone).date());
    let format = if at.date() == today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(format).to_string()
}

/// The moment that a person means by `10m`, `2h ago`, `yesterday`, `14:05`, `today 9:00`, `2026-11-21`, or RFC 3339.
///
/// A day is its beginning, and a time of day the last time that a clock showed it.
///
/// # Errors
/// What is understood, for a person.
pub(crate) fn moment(
    text: &str,
    now: Timestamp,
    zone: impl FnOnce() -> TimeZone,
) -> Result<Timestamp, String> {
    let written = text.trim();
    if written == "now" {
        return Ok(now);
    }
    if let Ok(time) = written.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(back) = written.parse::<jiff::Span>() {
        let zoned = now.to_zoned(TimeZone::UTC);
        let start = zoned.checked_sub(back.abs()).map_err(|error| error.to_string())?;
        return Ok(start.timestamp());
    }
    let now = now.to_zoned(zone());
    let (day, rest) = written.split_once(char::is_whitespace).unwrap_or((written, "00:00"));
    let day = match day {
        "today" => Some(now.date()),
        "yesterday" => now.date().yesterday().ok(),
        _ => None,
    };
    let found = match (day, clock(rest), clock(written)) {
        (Some(day), Some(clock), _) => day.to_datetime(clock).to_zoned(now.time_zone().clone()).ok(),
        (None, _, Some(clock)) => latest(clock, &now).ok(),
        _ => local(written).and_then(|local| local.to_zoned(now.time_zone().clone()).ok()),
    };
    found.map(|found| found.timestamp()).ok_or_else(|| {
        format!(
            "\"{}\" is no moment; write how long ago (10m, 2h30m, \"3 days ago\"), a time (14:05, yesterday, \
             \"yesterday 14:05\"), a date (2026-11-21, \"2026-11-21 14:05\") or RFC 3339 (2026-11-21T14:05:00Z)",
            daemon_core::text::brief(text)
        )
    })
}

/// A time of day, also with one digit for the hour.
fn clock(text: &str) -> Option<jiff::civil::Time> {
    let text = text.trim();
    // A time is also found in a date with one; and "14" alone may mean anything.
    let is_clock =
        text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let padded = format!("0{text}");
    text.parse().ok().or_else(|| padded.parse().ok()).filter(|_| is_clock)
}

/// A date, with a time of day or without.
fn local(text: &str) -> Option<jiff::civil::DateTime> {
    let (date, rest) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    Some(date.parse::<jiff::civil::Date>().ok()?.to_datetime(clock(rest)?))
}

/// The last time that a clock showed this.
fn latest(clock: jiff::civil::Time, now: &Zoned) -> Result<Zoned, jiff::Error> {
    let today = now.date().to_datetime(clock).to_zoned(now.time_zone().clone())?;
    let passed = today.timestamp() <= now.timestamp();
    Ok(if passed { today } else { today.checked_sub(1.day())? })
}

/// A length of time in milliseconds: `10s`, `2m`, `500ms`, or a bare number of seconds.
///
/// # Errors
/// What is understood, for a person.
pub(crate) fn length(text: &str) -> Result<std::time::Duration, String> {
    if let Ok(seconds) = text.parse::<f64>()
        && let Ok(length) = std::time::Duration::try_from_secs_f64(seconds)
    {
        return Ok(length);
    }
    let length = text
        .parse::<jiff::Span>()
        .ok()
        .and_then(|span| span.total((Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).ok());
    length.and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok()).ok_or_else(|| {
        format!("\"{}\" is no length of time such as 30s or 5m", daemon_core::text::visible(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_is_said_in_its_largest_unit() {
        for (seconds, said) in [
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3599, "59m"),
            (3600, "1h"),
            (86_400, "1d"),
            (864_000, "10d"),
        ] {
            assert_eq!(span(seconds), said);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_negative() {
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(ago("2026-01-01T00:01:00Z", now), "just now");
        assert_eq!(ago("2025-12-31T23:58:00Z", now), "2m ago");
        assert_eq!(ago("\u{1b}[2J", now), "\\u{1b}[2J");
        assert_eq!(until("2026-01-01T00:00:03Z", now).as_deref(), Some("in 3s"));
        assert_eq!(ago("2025-12-31T23:59:59.8Z", now), "just now", "0.2 s are no second");
    }

    #[test]
    fn a_moment_is_understood_however_it_is_put() {
        let now = at("2026-06-01T12:00:00Z");
        for (text, expected) in [
            ("10m", "2026-06-01T11:50:00Z"),
            ("2h30m", "2026-06-01T09:30:00Z"),
            ("1d", "2026-05-31T12:00:00Z"),
            ("11:30", "2026-06-01T11:30:00Z"),
            ("23:30", "2026-05-31T23:30:00Z"),
            ("2026-05-01 10:00", "2026-05-01T10:00:00Z"),
            ("2026-05-01 9:05:07.5", "2026-05-01T09:05:07.5Z"),
            ("2026-05-01T10:00", "2026-05-01T10:00:00Z"),
            ("2026-05-01", "2026-05-01T00:00:00Z"),
            ("2h ago", "2026-06-01T10:00:00Z"),
            ("3 days ago", "2026-05-29T12:00:00Z"),
            (" 10 minutes ago ", "2026-06-01T11:50:00Z"),
            ("now", "2026-06-01T12:00:00Z"),
            ("today", "2026-06-01T00:00:00Z"),
            ("yesterday", "2026-05-31T00:00:00Z"),
            ("yesterday 14:30", "2026-05-31T14:30:00Z"),
            ("today 9:00", "2026-06-01T09:00:00Z"),
            ("9:00", "2026-06-01T09:00:00Z"),
            ("2026-05-01T10:00:00+02:00", "2026-05-01T08:00:00Z"),
        ] {
            assert_eq!(moment(text, now, || TimeZone::UTC), Ok(at(expected)), "{text}");
        }
        let berlin = || TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(moment("13:30", now, berlin), Ok(at("2026-06-01T11:30:00Z")));
        assert_eq!(moment("yesterday", now, berlin), Ok(at("2026-05-30T22:00:00Z")));
        for text in ["soon", "", "90", "25:00", "2026-13-01", "yesterday soon", "14", "2026", "\u{1b}[2J"] {
            let refused = moment(text, now, || TimeZone::UTC);
            let message = refused.expect_err(text);
            assert!(message.contains("10m") && !message.contains('\u{1b}'), "{message}");
        }
    }

    #[test]
    fn a_length_may_be_a_bare_number_of_seconds() {
        for (text, millis) in [("1", 1000), ("0.5", 500), ("10s", 10_000), ("2m", 120_000), ("500ms", 500)] {
            assert_eq!(length(text).map(|length| length.as_millis()), Ok(millis), "{text}");
        }
        assert!(length("-1").is_err());
        assert!(length("soon").is_err());
    }

    #[test]
    fn an_hour_is_on_the_clock_here_and_has_its_date_where_it_is_another() {
        let berlin = || TimeZone::get("Europe/Berlin").unwrap();
        let now = at("2026-06-01T12:00:00Z");
        assert_eq!(hour_in(at("2026-06-01T12:05:00.123456789Z"), now, berlin()), "14:05:00");
        assert_eq!(hour_in(at("2026-06-01T22:05:09Z"), now, berlin()), "2026-06-02 00:05:09");
    }

    #[test]
    fn only_todays_times_go_without_a_date() {
        let now = at("2026-06-01T12:00:00Z");
        let short = TimeOfDay::new(true, true, now);
        assert_eq!(short.show("2026-06-01T01:02:03.456789Z"), "01:02:03.456");
        assert_eq!(short.show("2026-05-31T01:02:03Z"), "2026-05-31 01:02:03.000");
        let long = TimeOfDay::new(true, false, now);
        assert_eq!(long.show("2026-06-01T01:02:03Z"), "2026-06-01 01:02:03.000");
    }
}
