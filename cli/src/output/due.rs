//! When something is due, as a person says it: what is near by how long it takes, what is far by the clock.

use daemon_core::jobs::ops::{DueNext, NextPage};
use daemon_core::text::visible;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::run;
use super::style::{Paint, Style};
use super::table::{Cell, Column, Table};

/// What is further away is told by the clock and not by how long it takes.
const NEAR: SignedDuration = SignedDuration::from_hours(12);

/// What is due, the soonest first.
pub(crate) fn table(page: &NextPage, style: &Style, now: Timestamp) -> String {
    if page.due.is_empty() {
        return "nothing is due by a schedule\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::text("IN", 190, 4),
        Column::text("WHEN", 195, 10),
        Column::text("JOB", 200, 8),
        Column::text("TRIGGER", 100, 8),
        Column::text("NOTE", 192, 6),
    ]);
    for due in &page.due {
        table.row(vec![
            run::lasted(due.at.duration_since(now).max(SignedDuration::from_secs(10))).into(),
            Cell::painted(local(due), Paint::Plain),
            Cell::painted(visible(&due.job), Paint::Bold),
            Cell::painted(visible(&due.trigger), Paint::Dim),
            Cell::painted(if due.paused { "paused" } else { "" }, Paint::Yellow),
        ]);
    }
    let mut out = table.render(style);
    if page.due.iter().any(|due| due.paused) {
        let line =
            "paused: nothing of it begins then, unless it is resumed before (`hob job resume`, `hob resume`)";
        out += &(style.paint(Paint::Yellow, &crate::failure::for_this_home(line)) + "\n");
    }
    out
}

/// On the clock of the job's zone: "Tue 2026-12-01 02:00 CET".
fn local(due: &DueNext) -> String {
    let Ok(at) = due.local.parse::<Zoned>() else { return visible(&due.local) };
    let format = if at.second() == 0 { "%a %Y-%m-%d %H:%M %Z" } else { "%a %Y-%m-%d %H:%M:%S %Z" };
    visible(&at.strftime(format).to_string())
}

/// "in 3h 12m", and what is further away by the clock.
pub(crate) fn ahead(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left <= SignedDuration::ZERO {
        return "now".to_owned();
    }
    if NEAR < left {
        return clock(at, now);
    }
    // A tenth of a second is of no interest here.
    let whole = SignedDuration::from_secs(left.as_secs());
    match whole.as_secs() {
        0..10 => format!("in {}s", whole.as_secs()),
        _ => format!("in {}", run::lasted(whole)),
    }
}

/// "14:00", "tomorrow 02:00", "Mon 02:00", "2026-12-01 09:00", as far away as it is.
pub(crate) fn clock(at: Timestamp, now: Timestamp) -> String {
    by_clock(at, now, TimeZone::system())
}

fn by_clock(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let (at, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone).date());
    let days = at.date().duration_since(today).as_hours() / 24;
    let format = match days {
        0 => "%H:%M",
        1 => "tomorrow %H:%M",
        2..7 => "%a %H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-06-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_is_far_away_is_told_by_the_clock() {
        for (at, expected) in [
            ("2026-06-01T11:59:00Z", "now"),
            ("2026-06-01T12:00:07Z", "in 7s"),
            ("2026-06-01T12:00:07.9Z", "in 7s"),
            ("2026-06-01T15:12:30Z", "in 3h 12m"),
            ("2026-06-02T00:00:00Z", "in 12h"),
        ] {
            assert_eq!(ahead(at.parse().unwrap(), now()), expected, "{at}");
        }
        for (at, expected) in [
            ("2026-06-01T14:00:00Z", "14:00"),
            ("2026-06-02T02:00:00Z", "tomorrow 02:00"),
            ("2026-06-03T02:00:00Z", "Wed 02:00"),
            ("2026-06-08T02:00:00Z", "2026-06-08 02:00"),
        ] {
            assert_eq!(by_clock(at.parse().unwrap(), now(), TimeZone::UTC), expected, "{at}");
        }
    }

    #[test]
    fn what_a_pause_keeps_from_beginning_is_marked() {
        let due = |job: &str, paused| DueNext {
            job: job.to_owned(),
            at: now(),
            local: "2026-06-01T12:00:00+00:00[UTC]".to_owned(),
            trigger: "@daily".to_owned(),
            paused,
        };
        let style = Style { width: Some(60), ..Style::plain() };
        let shown = |due| table(&NextPage { due }, &style, now());
        let text = shown(vec![due("a", true), due("b", false)]);
        let marked = |line: &&str| line.ends_with(" paused");
        assert_eq!(text.lines().filter(marked).count(), 1, "{text}");
        assert!(
            text.lines().nth(1).is_some_and(|line| line.contains(" a ") && line.ends_with("paused")),
            "{text}"
        );
        assert!(text.contains("`hob resume`"), "{text}");
        assert!(!shown(vec![due("b", false)]).contains("paused"));
    }

    #[test]
    fn a_due_time_is_told_on_the_clock_of_its_zone() {
        let due = |local: &str| DueNext {
            job: "x".to_owned(),
            at: now(),
            local: local.to_owned(),
            trigger: String::new(),
            paused: false,
        };
        let madrid = "2026-12-01T02:00:00+01:00[Europe/Madrid]";
        assert_eq!(local(&due(madrid)), "Tue 2026-12-01 02:00 CET");
        assert_eq!(local(&due("what\u{1b}")), "what\\u{1b}");
    }
}
