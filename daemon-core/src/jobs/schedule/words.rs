//! A trigger in words, and what changes of the clock do to it.

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Timestamp};

use super::{Due, Schedule, Trigger, cron};

/// How far ahead changes of the clock are looked for.
const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How many of these: one each way.
const CHANGES: usize = 2;
/// No clock is changed by more, but for places that cross the date line.
const AROUND: SignedDuration = SignedDuration::from_hours(25);

impl Trigger {
    /// What it means, such as "every day at 02:00"; the expression itself where words would be too many.
    pub fn words(&self) -> String {
        match self {
            Trigger::Cron(cron) => cron.words().unwrap_or_else(|| format!("cron {cron}")),
            Trigger::Every(every) => period(every.period().as_secs(), every.period().subsec_nanos())
                .unwrap_or_else(|| format!("every {every}")),
            Trigger::At(at) => match at.local() {
                Some(time) => format!("once, on {}", day_and_time(time)),
                None => format!("once, at {at}"),
            },
        }
    }

    /// Whether it means a time of day, so that the zone matters.
    pub fn is_of_day(&self) -> bool {
        match self {
            Trigger::Cron(_) => true,
            Trigger::Every(_) => false,
            Trigger::At(at) => at.local().is_some(),
        }
    }
}

impl Schedule {
    /// What a change of the clock does to this due time, if it does something.
    pub fn note(&self, due: Due) -> Option<String> {
        let trigger = self.triggers.get(due.trigger).filter(|trigger| trigger.is_of_day())?;
        let shown = self.zone.to_datetime(due.at);
        match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Fold { .. } if is_interval(trigger) => {
                Some("the clock goes back: it shows this time twice, and it runs both times".to_owned())
            }
            AmbiguousOffset::Fold { .. } => {
                Some("the clock goes back: it shows this time twice, and it runs the first time".to_owned())
            }
            _ if meant(trigger, shown) => None,
            _ => {
                let before = self.zone.to_datetime(due.at.checked_sub(SignedDuration::from_nanos(1)).ok()?);
                let (from, to) = (clock(before.round(jiff::Unit::Second).ok()?), clock(shown));
                Some(format!("the clock goes forward from {from} to {to}: it runs right after"))
            }
        }
    }

    /// The due times after `after` that the next two changes of the clock concern, each with its note.
    pub fn noted(&self, after: Timestamp) -> Vec<(Due, String)> {
        let last = after.checked_add(YEAR).unwrap_or(Timestamp::MAX);
        let changes = self.zone.following(after).map(|change| change.timestamp());
        let around = changes.take_while(|at| *at <= last).take(CHANGES).filter_map(|change| {
            let from = change.checked_sub(AROUND).unwrap_or(Timestamp::MIN).max(after);
            let to = change.checked_add(AROUND).unwrap_or(Timestamp::MAX);
            // What is due every second is not looked through for a day and an hour.
            let mut dues = self.between(from, to).take(MOST_LOOKED_AT);
            dues.find_map(|due| Some((due, self.note(due)?)))
        });
        around.collect()
    }
}

/// How many due times around a change of the clock are looked at.
const MOST_LOOKED_AT: usize = 2000;

fn is_interval(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Cron(cron) if cron.is_interval())
}

fn meant(trigger: &Trigger, shown: DateTime) -> bool {
    match trigger {
        Trigger::Cron(cron) => cron.matches(shown),
        Trigger::At(at) => at.local().is_none_or(|time| time == shown),
        Trigger::Every(_) => true,
    }
}

fn period(seconds: u64, rest: u32) -> Option<String> {
    let (count, unit) = match seconds {
        _ if rest != 0 => return None,
        seconds if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        seconds if seconds % 60 == 0 => (seconds / 60, "minute"),
        seconds if seconds < 60 => (seconds, "second"),
        _ => return None,
    };
    Some(if count == 1 { format!("every {unit}") } else { format!("every {count} {unit}s") })
}

fn day_and_time(time: DateTime) -> String {
    let month = usize::try_from(time.month() - 1).ok().and_then(|place| cron::MONTHS.get(place));
    format!("{} {} {} at {}", time.day(), month.unwrap_or(&""), time.year(), clock(time))
}

fn clock(time: DateTime) -> String {
    match time.second() {
        0 => format!("{:02}:{:02}", time.hour(), time.minute()),
        second => format!("{:02}:{:02}:{second:02}", time.hour(), time.minute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn words(trigger: Trigger, expected: &str) {
        assert_eq!(trigger.words(), expected);
    }

    fn noted(trigger: Trigger, zone: &str, after: &str) -> Vec<(String, String)> {
        let schedule = Schedule::new(vec![trigger], TimeZone::get(zone).unwrap());
        let noted = schedule.noted(after.parse().unwrap());
        noted.into_iter().map(|(due, note)| (due.at.to_string(), note)).collect()
    }

    fn cron(text: &str) -> Trigger {
        Trigger::Cron(text.parse().unwrap())
    }

    #[test]
    fn every_trigger_has_words() {
        words(cron("0 2 * * *"), "every day at 02:00");
        words(cron("*/7 * * * *"), "cron */7 * * * *");
        words(Trigger::Every("15m".parse().unwrap()), "every 15 minutes");
        words(Trigger::Every("1h".parse().unwrap()), "every hour");
        words(Trigger::Every("90s".parse().unwrap()), "every 90s");
        words(Trigger::Every("1500ms".parse().unwrap()), "every 1500ms");
        words(Trigger::At("2026-12-01T09:00".parse().unwrap()), "once, on 1 December 2026 at 09:00");
        words(Trigger::At("2026-12-01T09:00Z".parse().unwrap()), "once, at 2026-12-01T09:00Z");
    }

    #[test]
    fn a_time_that_is_skipped_and_a_time_that_comes_twice_are_told() {
        let told = noted(cron("30 2 * * *"), "Europe/Madrid", "2026-06-01T00:00:00Z");
        assert_eq!(told[0].0, "2026-10-25T00:30:00Z");
        assert!(told[0].1.ends_with("shows this time twice, and it runs the first time"), "{told:?}");
        assert_eq!(told[1].0, "2027-03-28T01:00:00Z");
        assert_eq!(told[1].1, "the clock goes forward from 02:00 to 03:00: it runs right after");
        let at = Trigger::At("2027-03-28T02:30".parse().unwrap());
        assert_eq!(noted(at, "Europe/Madrid", "2026-06-01T00:00:00Z")[0].1, told[1].1);
    }

    #[test]
    fn an_interval_runs_in_both_hours() {
        let told = noted(cron("*/30 * * * *"), "Europe/Madrid", "2026-06-01T00:00:00Z");
        assert_eq!(told.len(), 1);
        assert!(told[0].1.ends_with("runs both times"), "{told:?}");
    }

    #[test]
    fn what_no_change_concerns_is_not_noted() {
        for (trigger, zone) in [
            (cron("0 9 * * *"), "Europe/Madrid"),
            (cron("0 3 * * *"), "Europe/Madrid"),
            (cron("30 2 * * *"), "UTC"),
            (Trigger::Every("15m".parse().unwrap()), "Europe/Madrid"),
            (Trigger::At("2026-10-25T00:30Z".parse().unwrap()), "Europe/Madrid"),
        ] {
            assert_eq!(noted(trigger.clone(), zone, "2026-06-01T00:00:00Z"), [], "{trigger}");
        }
    }
}
