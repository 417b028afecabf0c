//! What is wrong with one table: the key it is about, and what to do.
//!
//! A table is checked without its file at hand, so a finding names its key and no
//! line; who has the files adds that ([`Loaded::place`]). All findings are
//! reported at once, because nobody likes to mend a file one error at a time.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Loaded, Problem, Span};

/// One thing that is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whose table it is in, or in the defaults below it; empty for the defaults themselves.
    pub of: String,
    /// The key below that, such as `["ready", "tcp"]`; empty for the whole table.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What was found wrong with one table so far.
#[derive(Debug)]
pub struct Findings {
    of: String,
    /// In the order in which it was found.
    pub found: Vec<Finding>,
}

impl Findings {
    /// Nothing yet, with the table of this name.
    pub fn of(name: &str) -> Findings {
        Findings { of: name.to_owned(), found: Vec::new() }
    }

    /// This is wrong, and it goes without saying what to do.
    pub fn add(&mut self, path: &[&str], message: &str) {
        self.push(path, message, None);
    }

    /// This is wrong, and so it would not be.
    pub fn add_hint(&mut self, path: &[&str], message: &str, hint: &str) {
        self.push(path, message, Some(hint.to_owned()));
    }

    /// This is wrong.
    pub fn push(&mut self, path: &[&str], message: &str, hint: Option<String>) {
        let message = without_path(message, path).to_owned();
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        self.found.push(Finding { of: self.of.clone(), path, message, hint });
    }

    /// That a value is within its bounds.
    pub fn within<T: PartialOrd + Copy + Display>(
        &mut self,
        path: &[&str],
        value: T,
        range: RangeInclusive<T>,
    ) -> T {
        if !range.contains(&value) {
            let (low, high) = range.into_inner();
            self.add(path, &format!("must be {low} to {high}, not {value}"));
        }
        value
    }

    /// That a length of time is.
    pub fn span(&mut self, path: &[&str], value: Span, low: Duration, high: Duration) -> Span {
        let bound =
            |length: Duration| Span::millis(u64::try_from(length.as_millis()).expect("bounds are short"));
        self.within(path, value, bound(low)..=bound(high))
    }
}

/// What is said of a key, without that it begins with the key, which stands before it already.
fn without_path<'t>(message: &'t str, path: &[&str]) -> &'t str {
    let last = path.last().copied().unwrap_or_default();
    let rest = message.strip_prefix(&path.join(".")).or_else(|| message.strip_prefix(last));
    rest.and_then(|rest| rest.strip_prefix(' ')).unwrap_or(message)
}

impl Loaded<'_> {
    /// A finding with the file and line of its key, in the table `[kind.NAME]`.
    pub fn place(&self, kind: &str, finding: Finding) -> Problem {
        let Finding { of, path, message, hint } = finding;
        let table = if of.is_empty() { ["defaults", kind] } else { [kind, of.as_str()] };
        let keys: Vec<&str> = table.into_iter().chain(path.iter().map(String::as_str)).collect();
        self.problem(&keys, message, hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_said_twice() {
        for (path, message, said) in [
            (&["ready", "status"][..], "ready.status goes only with ready.http", "goes only with ready.http"),
            (&["on", "debounce"], "debounce is 9h, and may be 10ms to 1h", "is 9h, and may be 10ms to 1h"),
            (&["on"], "on needs files or an event", "needs files or an event"),
            (&["at"], "at \"1\" never happens", "\"1\" never happens"),
            (&["on"], "only one", "only one"),
            (&["cron"], "the list cron is empty", "the list cron is empty"),
            (&[], "the service has no command", "the service has no command"),
        ] {
            let mut findings = Findings::of("web");
            findings.add(path, message);
            assert_eq!(findings.found[0].message, said);
        }
        let mut findings = Findings::of("web");
        findings.within(&["health", "failures"], 0, 1..=1000);
        assert_eq!(findings.found[0].message, "must be 1 to 1000, not 0");
    }
}
