//! A cron expression in words: "Monday to Friday at 09:00".
//!
//! Only what can be said briefly and exactly is said. For the rest there are no
//! words, and whoever asks shows the expression, which is at least not wrong.

use super::day::{ANY, Days, LAST};
use super::fields::Fields;

/// More times of day than these are not listed.
const MOST_LISTED: usize = 4;

/// What these fields mean, if that can be said briefly.
pub(super) fn of(fields: &Fields) -> Option<String> {
    let days = days(&fields.days, &months(fields.months)?)?;
    match times(fields)? {
        Times::Of(times) => Some(format!("{} at {times}", days.as_deref().unwrap_or("every day"))),
        Times::Often(often) => Some(match days {
            Some(days) => format!("{often}, {days}"),
            None => often,
        }),
    }
}

enum Times {
    /// A list of times of day.
    Of(String),
    /// So often.
    Often(String),
}

fn times(fields: &Fields) -> Option<Times> {
    let (seconds, minutes, hours) =
        (Set::of(fields.seconds, 60), Set::of(fields.minutes, 60), Set::of(fields.hours.into(), 24));
    if let [second] = seconds.values[..] {
        if hours.values.len() * minutes.values.len() <= MOST_LISTED {
            let of_hour =
                |hour: &u8| minutes.values.iter().map(|minute| clock(*hour, *minute, second)).collect();
            let all: Vec<String> = hours.values.iter().flat_map::<Vec<_>, _>(of_hour).collect();
            return Some(Times::Of(list(&all)));
        }
        return (second == 0).then(|| often(&minutes, &hours))?.map(Times::Often);
    }
    let whole_day = minutes.is_full() && hours.is_full();
    let step = seconds.step().filter(|_| whole_day)?;
    Some(Times::Often(every(step, "second")))
}

fn often(minutes: &Set, hours: &Set) -> Option<String> {
    let (first, last) = (hours.values.first()?, hours.values.last()?);
    if let [minute] = minutes.values[..] {
        let past = if minute == 0 { String::new() } else { format!(" at minute {minute}") };
        return match hours.step() {
            Some(step) => Some(every(step, "hour") + &past),
            None if hours.is_range() => {
                Some(format!("every hour from {} to {}", clock(*first, minute, 0), clock(*last, minute, 0)))
            }
            None => None,
        };
    }
    let step = minutes.step();
    if hours.is_full() {
        let listed = || {
            let all: Vec<String> = minutes.values.iter().map(ToString::to_string).collect();
            (all.len() <= MOST_LISTED).then(|| format!("every hour at minutes {}", list(&all)))
        };
        return step.map(|step| every(step, "minute")).or_else(listed);
    }
    let (step, end) = (step.filter(|_| hours.is_range())?, clock(*last, *minutes.values.last()?, 0));
    Some(format!("{} from {} to {end}", every(step, "minute"), clock(*first, 0, 0)))
}

/// Which days; nothing if every day.
fn days(days: &Days, months: &Months) -> Option<Option<String>> {
    let any_day = days.plain == !1 && days.nearest == 0 && !days.last && !days.last_workday;
    let any_weekday = days.weekdays == [ANY; 7];
    Some(match (any_day, any_weekday) {
        (true, true) => months.subset.as_ref().map(|subset| format!("every day in {subset}")),
        (true, false) => Some(match weekdays(&days.weekdays)? {
            Weekdays::Plain(names) => months.within(&names),
            Weekdays::Nth(name) => format!("on {name} {}", months.of()),
        }),
        (false, true) => Some(of_month(days, months)?),
        (false, false) => {
            let (day, weekday) = (of_month(days, months)?, weekdays(&days.weekdays)?);
            let Weekdays::Plain(names) = weekday else { return None };
            Some(match days.both {
                true => format!("{day}, if among {names}"),
                false => format!("{day} and {}", months.within(&names)),
            })
        }
    })
}

fn of_month(days: &Days, months: &Months) -> Option<String> {
    let plain: Vec<u8> = (1..=31).filter(|day| days.plain >> day & 1 == 1).collect();
    let nearest = (1..=31).filter(|day| days.nearest >> day & 1 == 1);
    let is_range = 2 < plain.len() && plain.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let mut said: Vec<String> = match plain[..] {
        [day] if days.nearest == 0 && !days.last && !days.last_workday && months.single => {
            return Some(format!("on {day} {}", months.subset.as_ref()?));
        }
        [first, .., last] if is_range => vec![format!("the {} to the {}", nth(first), nth(last))],
        _ => plain.iter().map(|day| format!("the {}", nth(*day))).collect(),
    };
    said.extend(nearest.map(|day| format!("the weekday nearest to the {}", nth(day))));
    if days.last {
        said.push("the last day".to_owned());
    }
    if days.last_workday {
        said.push("the last day from Monday to Friday".to_owned());
    }
    (said.len() <= MOST_LISTED).then(|| format!("on {} {}", list(&said), months.of()))
}

enum Weekdays {
    /// Each of these.
    Plain(String),
    /// The first, second ... last of one of them.
    Nth(String),
}

fn weekdays(wanted: &[u8; 7]) -> Option<Weekdays> {
    // From Monday on, as people count them here.
    let set: Vec<(usize, u8)> =
        (1..=7).map(|day| (day % 7, wanted[day % 7])).filter(|(_, which)| *which != 0).collect();
    if let [(day, which)] = set[..]
        && which != ANY
    {
        let which = match which {
            LAST => "last",
            which if which.is_power_of_two() => {
                ["first", "second", "third", "fourth", "fifth"][which.trailing_zeros() as usize]
            }
            _ => return None,
        };
        return Some(Weekdays::Nth(format!("the {which} {}", WEEKDAYS[day])));
    }
    if set.iter().any(|(_, which)| *which != ANY) {
        return None;
    }
    let place = |day: usize| (day + 6) % 7;
    let is_range = 2 < set.len() && set.windows(2).all(|pair| place(pair[0].0) + 1 == place(pair[1].0));
    let plural: Vec<String> = set.iter().map(|(day, _)| format!("{}s", WEEKDAYS[*day])).collect();
    Some(Weekdays::Plain(match set[..] {
        [(first, _), .., (last, _)] if is_range => format!("{} to {}", WEEKDAYS[first], WEEKDAYS[last]),
        _ => list(&plural),
    }))
}

struct Months {
    /// Which, if not all.
    subset: Option<String>,
    /// Whether it is one.
    single: bool,
}

impl Months {
    fn of(&self) -> String {
        self.subset.as_ref().map_or_else(|| "of every month".to_owned(), |subset| format!("of {subset}"))
    }

    fn within(&self, days: &str) -> String {
        self.subset.as_ref().map_or_else(|| days.to_owned(), |subset| format!("{days} in {subset}"))
    }
}

fn months(bits: u16) -> Option<Months> {
    let wanted: Vec<usize> = (1..=12).filter(|month| bits >> month & 1 == 1).collect();
    let is_range = 2 < wanted.len() && wanted.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let names: Vec<String> = wanted.iter().map(|month| MONTHS[month - 1].to_owned()).collect();
    let subset = match names.as_slice() {
        all if all.len() == 12 => None,
        [first, .., last] if is_range => Some(format!("{first} to {last}")),
        some if some.len() <= MOST_LISTED => Some(list(some)),
        _ => return None,
    };
    Some(Months { subset, single: names.len() == 1 })
}

/// The values of a field, in order.
struct Set {
    values: Vec<u8>,
    size: u8,
}

impl Set {
    fn of(bits: u64, size: u8) -> Set {
        Set { values: (0..size).filter(|value| bits >> value & 1 == 1).collect(), size }
    }

    fn is_full(&self) -> bool {
        self.values.len() == usize::from(self.size)
    }

    fn is_range(&self) -> bool {
        self.values.windows(2).all(|pair| pair[0] + 1 == pair[1])
    }

    /// The step by which it goes round evenly from 0.
    fn step(&self) -> Option<u8> {
        let step = *self.values.get(1)?;
        let even = self
            .values
            .iter()
            .enumerate()
            .all(|(place, value)| place * usize::from(step) == usize::from(*value));
        (even && usize::from(step) * self.values.len() == usize::from(self.size)).then_some(step)
    }
}

fn every(step: u8, unit: &str) -> String {
    if step == 1 { format!("every {unit}") } else { format!("every {step} {unit}s") }
}

fn clock(hour: u8, minute: u8, second: u8) -> String {
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

fn nth(day: u8) -> String {
    let ending = match (day % 10, day / 10) {
        (_, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

/// "a", "a and b", "a, b and c".
fn list(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(in crate::jobs::schedule) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::super::Cron;

    fn check(text: &str, words: &str) {
        assert_eq!(text.parse::<Cron>().unwrap().words().as_deref(), Some(words), "{text}");
    }

    #[test]
    fn times_of_day_are_said_with_their_days() {
        check("0 2 * * *", "every day at 02:00");
        check("@weekly", "Sundays at 00:00");
        check("0 9 * * MON-FRI", "Monday to Friday at 09:00");
        check("30 6,18 * * SAT,SUN", "Saturdays and Sundays at 06:30 and 18:30");
        check("0 9 * * MON,WED,FRI", "Mondays, Wednesdays and Fridays at 09:00");
        check("0 9 * * MON-SUN", "every day at 09:00");
        check("15 0 2 * * *", "every day at 02:00:15");
        check("0 8 * JUN-AUG *", "every day in June to August at 08:00");
        check("0 8 * 7 MON", "Mondays in July at 08:00");
    }

    #[test]
    fn days_of_the_month_are_said_as_they_are_counted() {
        check("@monthly", "on the 1st of every month at 00:00");
        check("0 0 1,15 * *", "on the 1st and the 15th of every month at 00:00");
        check("0 0 1-7 * *", "on the 1st to the 7th of every month at 00:00");
        check("@yearly", "on 1 January at 00:00");
        check("0 18 L * *", "on the last day of every month at 18:00");
        check(
            "0 18 LW 3,6,9,12 *",
            "on the last day from Monday to Friday of March, June, September and December at 18:00",
        );
        check("0 9 15W * *", "on the weekday nearest to the 15th of every month at 09:00");
        check("0 9 * * MON#1", "on the first Monday of every month at 09:00");
        check("0 9 * * 5L", "on the last Friday of every month at 09:00");
        check("0 0 22,23,11,12 * *", "on the 11th, the 12th, the 22nd and the 23rd of every month at 00:00");
    }

    #[test]
    fn two_restricted_fields_say_whether_one_is_enough() {
        check("0 0 13 * FRI", "on the 13th of every month and Fridays at 00:00");
        check("0 0 13 * +FRI", "on the 13th of every month, if among Fridays at 00:00");
    }

    #[test]
    fn intervals_are_said_as_such() {
        check("* * * * *", "every minute");
        check("*/15 * * * *", "every 15 minutes");
        check("0,30 * * * *", "every 30 minutes");
        check("*/15 * * * MON-FRI", "every 15 minutes, Monday to Friday");
        check("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45");
        check("@hourly", "every hour");
        check("20 * * * *", "every hour at minute 20");
        check("5,20 * * * *", "every hour at minutes 5 and 20");
        check("0 */2 * * *", "every 2 hours");
        check("0 9-17 * * MON-FRI", "every hour from 09:00 to 17:00, Monday to Friday");
        check("*/10 * * * * *", "every 10 seconds");
        check("* * * * * *", "every second");
    }

    #[test]
    fn what_cannot_be_said_briefly_is_not_said() {
        for text in [
            "*/7 * * * *",
            "0 */5 * * *",
            "0 0 */2 * *",
            "1-50 3 * * *",
            "0 9 * * MON#1,FRI#2",
            "7 0-10,12 * * *",
        ] {
            assert_eq!(text.parse::<Cron>().unwrap().words(), None, "{text}");
        }
    }
}
