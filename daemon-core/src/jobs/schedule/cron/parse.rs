//! Reading an expression, and saying where it is wrong.
//!
//! What crontab(5) has, and from Quartz: `L`, `LW`, `15W`, `FRI#2`, `5L`; `+`
//! before the weekday makes day and weekday both necessary. Refused are what
//! other programs only guess at: ranges that go backwards, steps from a single
//! number, empty items of a list.

use super::day::{ANY, Days, LAST};
use super::fields::Fields;
use crate::jobs::schedule::ScheduleError;
use crate::text::{brief, nearest};

struct Field {
    name: &'static str,
    low: u8,
    high: u8,
    /// What stands for `low` and what follows it.
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", low: 0, high: 59, names: &[] };
const MINUTE: Field = Field { name: "minute", low: 0, high: 59, names: &[] };
const HOUR: Field = Field { name: "hour", low: 0, high: 23, names: &[] };
const DAY: Field = Field { name: "day", low: 1, high: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    low: 1,
    high: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const WEEKDAY: Field =
    Field { name: "weekday", low: 0, high: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };

const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// The fields of an expression, which may still never happen.
pub(super) fn fields(text: &str) -> Result<Fields, ScheduleError> {
    let name = text.trim().to_ascii_lowercase();
    if !name.starts_with('@') {
        return Reader { text }.fields();
    }
    match NICKNAMES.iter().find(|(nickname, _)| *nickname == name) {
        Some((_, meaning)) => Reader { text: meaning }.fields(),
        None => Err(unknown_nickname(text, &name)),
    }
}

fn unknown_nickname(text: &str, name: &str) -> ScheduleError {
    let column = 1 + text.chars().take_while(|character| character.is_whitespace()).count();
    let error = |what: &str, hint: String| ScheduleError::Cron {
        given: brief(text),
        column,
        what: what.to_owned(),
        hint,
    };
    if name == "@reboot" {
        let hint = "what is to run at every start of the daemon is a service with restart = \"never\"";
        return error("a start of the machine is no time", hint.to_owned());
    }
    if let Some(period) = name.strip_prefix("@every") {
        return error(
            "there is no @every",
            format!("write every = \"{}\" instead of cron", brief(period.trim())),
        );
    }
    let known = NICKNAMES.iter().map(|(nickname, _)| *nickname);
    let hint = match nearest(name, known.clone()) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
    };
    error("no such name", hint)
}

struct Reader<'a> {
    text: &'a str,
}

/// A set of values of a field, and what is more than values.
#[derive(Default)]
struct Set {
    values: u64,
    /// Whether there is a `*`.
    star: bool,
    days: Days,
}

impl Reader<'_> {
    fn fields(&self) -> Result<Fields, ScheduleError> {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        if let Some(first) = words.first()
            && first.contains('=')
        {
            let what = "a setting, where the first field should be".to_owned();
            return Err(self.error(first, what, "the zone belongs into the key \"zone\""));
        }
        let (second, rest) = match words.as_slice() {
            [second, rest @ ..] if rest.len() == 5 => (Some(*second), rest),
            rest => (None, rest),
        };
        let &[minute, hour, day, month, weekday] = rest else {
            return Err(self.count(&words));
        };
        let second = match second {
            Some(word) => self.set(&SECOND, word)?,
            None => Set { values: 1, ..Set::default() },
        };
        let (minute, hour) = (self.set(&MINUTE, minute)?, self.set(&HOUR, hour)?);
        let (day, month) = (self.set(&DAY, day)?, self.set(&MONTH, month)?);
        let (both, weekday) = match weekday.strip_prefix('+') {
            Some(rest) => (true, self.set(&WEEKDAY, rest)?),
            None => (false, self.set(&WEEKDAY, weekday)?),
        };
        let days = Days {
            plain: u32::try_from(day.values).expect("days end at 31"),
            weekdays: weekday.days.weekdays,
            // As cron does: a `*` restricts nothing, also with a step behind it.
            both: both || day.star || weekday.star,
            ..day.days
        };
        Ok(Fields {
            seconds: second.values,
            minutes: minute.values,
            hours: u32::try_from(hour.values).expect("hours end at 23"),
            months: u16::try_from(month.values).expect("months end at 12"),
            interval: second.star || minute.star || hour.star,
            days,
        })
    }

    fn count(&self, words: &[&str]) -> ScheduleError {
        let hint = "write minute, hour, day, month and weekday, with a second before them if need be";
        match words {
            [] => self.error(self.text, "it is empty".to_owned(), "an example is \"0 2 * * *\""),
            [.., last] => {
                let (count, s) = (words.len(), if words.len() == 1 { "" } else { "s" });
                self.error(last, format!("{count} field{s} instead of 5 or 6"), hint)
            }
        }
    }

    fn set(&self, field: &Field, word: &str) -> Result<Set, ScheduleError> {
        let mut set = Set::default();
        for item in word.split(',') {
            if item.is_empty() {
                let what = format!("an empty item in the list of the field \"{}\"", field.name);
                return Err(self.error(item, what, "remove a comma"));
            }
            self.item(field, item, &mut set)?;
        }
        Ok(set)
    }

    fn item(&self, field: &Field, item: &str, set: &mut Set) -> Result<(), ScheduleError> {
        if field.name == DAY.name && self.special_day(item, set)? {
            return Ok(());
        }
        let (range, nth) = if field.name == WEEKDAY.name { self.nth(item)? } else { (item, ANY) };
        let (range, step) = match range.split_once('/') {
            Some((range, step)) => (range, Some(self.step(field, range, step)?)),
            None => (range, None),
        };
        let wild = range == "*" || range == "?" && (field.name == DAY.name || field.name == WEEKDAY.name);
        if wild && nth != ANY {
            return Err(self.error(
                item,
                format!("\"{item}\" is every weekday"),
                "name one, as in \"FRI#2\"",
            ));
        }
        let (low, high) = if wild {
            set.star = true;
            (field.low, if field.name == WEEKDAY.name { 6 } else { field.high })
        } else {
            self.range(field, range)?
        };
        for value in (low..=high).step_by(step.unwrap_or(1).into()) {
            set.values |= 1 << value;
            if field.name == WEEKDAY.name {
                set.days.weekdays[usize::from(value % 7)] |= nth;
            }
        }
        Ok(())
    }

    /// `L`, `LW` and `15W`.
    fn special_day(&self, item: &str, set: &mut Set) -> Result<bool, ScheduleError> {
        let upper = item.to_ascii_uppercase();
        match upper.as_str() {
            "L" => set.days.last = true,
            "LW" | "WL" => set.days.last_workday = true,
            _ => {
                if !upper.ends_with('W') {
                    return Ok(false);
                }
                set.days.nearest |= 1 << self.value(&DAY, &item[..item.len() - 1])?;
            }
        }
        Ok(true)
    }

    /// `FRI#2`, `5L` and `5#L`: the weekdays, and which of them in the month.
    fn nth<'b>(&self, item: &'b str) -> Result<(&'b str, u8), ScheduleError> {
        let (range, which) = match item.split_once('#') {
            Some((range, which)) => (range, which),
            None => match item.strip_suffix(['L', 'l']) {
                Some(range) => (range, "L"),
                None => return Ok((item, ANY)),
            },
        };
        match which.parse::<u8>() {
            Ok(nth @ 1..=5) => Ok((range, 1 << (nth - 1))),
            _ if which.eq_ignore_ascii_case("L") => Ok((range, LAST)),
            _ => {
                let what = format!("\"{}\" is not which weekday of the month", brief(which));
                Err(self.error(which, what, "write #1 to #5, or #L for the last"))
            }
        }
    }

    fn step(&self, field: &Field, range: &str, step: &str) -> Result<u8, ScheduleError> {
        if range != "*" && range != "?" && !range.contains('-') {
            let what = format!("a step from \"{}\" without an end", brief(range));
            let start =
                if range.is_empty() { "*".to_owned() } else { format!("{}-{}", brief(range), field.high) };
            let hint = format!("write \"{start}/{}\"", brief(step));
            return Err(self.error(range, what, &hint));
        }
        match step.parse() {
            Ok(step) if (1..=field.high).contains(&step) => Ok(step),
            _ => {
                let what = format!("\"{}\" is not a step", brief(step));
                Err(self.error(step, what, &format!("steps of this field are 1 to {}", field.high)))
            }
        }
    }

    fn range(&self, field: &Field, range: &str) -> Result<(u8, u8), ScheduleError> {
        let Some((low, high)) = range.split_once('-') else {
            let value = self.value(field, range)?;
            return Ok((value, value));
        };
        let (from, mut to) = (self.value(field, low)?, self.value(field, high)?);
        // A week that ends on Sunday.
        if field.name == WEEKDAY.name && to == 0 && 0 < from {
            to = 7;
        }
        if to < from {
            let what = format!("the range \"{}\" goes backwards", brief(range));
            let hint = format!("write it as two: \"{low}-{},{}-{high}\"", field.last(), field.first());
            return Err(self.error(range, what, &hint));
        }
        Ok((from, to))
    }

    fn value(&self, field: &Field, text: &str) -> Result<u8, ScheduleError> {
        if let Some(index) = field.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(field.low + u8::try_from(index).expect("there are at most twelve names"));
        }
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u8>().ok());
        if let Some(value) = number.flatten().filter(|value| (field.low..=field.high).contains(value)) {
            return Ok(value);
        }
        let what = if text.is_empty() {
            format!("there is no {} where one should be", field.name)
        } else {
            let a = if field.name == HOUR.name { "an" } else { "a" };
            format!("\"{}\" is not {a} {}", brief(text), field.name)
        };
        Err(self.error(text, what, &field.hint(text)))
    }

    /// `part` is a piece of the expression, or an empty one at its place.
    fn error(&self, part: &str, what: String, hint: &str) -> ScheduleError {
        let before = (part.as_ptr().addr()).saturating_sub(self.text.as_ptr().addr());
        let column = 1 + self.text.get(..before).map_or(0, |text| text.chars().count());
        ScheduleError::Cron { given: brief(self.text), column, what, hint: hint.to_owned() }
    }
}

impl Field {
    fn first(&self) -> String {
        self.names.first().map_or_else(|| self.low.to_string(), |name| (*name).to_owned())
    }

    fn last(&self) -> String {
        self.names.last().map_or_else(|| self.high.to_string(), |name| (*name).to_owned())
    }

    fn hint(&self, text: &str) -> String {
        let upper = text.chars().take(3).collect::<String>().to_ascii_uppercase();
        if self.names.contains(&upper.as_str()) {
            return format!("write \"{upper}\"");
        }
        let names = match self.names {
            [first, .., last] => format!(", or {first} to {last}"),
            _ => String::new(),
        };
        format!("write {} to {}{names}", self.low, self.high)
    }
}
