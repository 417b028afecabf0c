//! What the service `numbers` says it has written, and what the log has of it.
//!
//! A line that a process has written is in its pipe, whatever becomes of the
//! process. So all that is recorded must be in the log, and of what was written
//! since, the beginning, up to [`BURST`] lines.

use std::collections::BTreeMap;

use crate::Home;

/// So many lines are missing, says a line of the log.
pub fn announced(text: &str) -> Option<u64> {
    let said = text.strip_prefix("hob: ").filter(|said| said.contains(" missing here, "))?;
    said.split(' ').next()?.parse().ok()
}

/// Lines that are written before they are recorded.
pub const BURST: u64 = 20;

/// One process of `numbers`.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its record's name: service, run and nonce.
    pub run: String,
    /// The last number that was surely written.
    pub last: u64,
    /// Whether it ended when it was asked to, after its last words.
    pub ended: bool,
    logged: Logged,
}

#[derive(Debug, Clone, Default)]
struct Logged {
    numbers: Vec<u64>,
    last_words: Vec<u64>,
}

impl Written {
    /// It was not killed, and everything is in the log exactly once.
    ///
    /// # Panics
    /// If not.
    pub fn check_complete(&self) {
        assert!(self.ended, "{} was not ended cleanly", self.run);
        self.check();
    }

    /// Everything is in the log exactly once, whether it was killed or not.
    ///
    /// # Panics
    /// If not.
    pub fn check(&self) {
        let missing = self.missing();
        assert!(missing.is_empty(), "{} has written {}: not in the log: {missing:?}", self.run, self.last);
        let heard = self.logged.last_words.as_slice() == [self.last];
        assert!(heard || !self.ended, "{} has said that {} is its last", self.run, self.last);
    }

    /// The number of the run.
    ///
    /// # Panics
    /// If its record is not named by it.
    pub fn number(&self) -> u64 {
        let number = self.run.rsplit('.').nth(1).and_then(|number| number.parse().ok());
        number.expect("a record is named by its run")
    }

    /// How many lines should be in the log and are not, and the last number that is missing if all before it are too.
    pub fn lost(&self) -> (u64, u64) {
        let missing = self.missing();
        let from_the_first = (1..).zip(&missing).take_while(|(expected, found)| expected == *found).count();
        let unheard = self.ended && self.logged.last_words.is_empty();
        (missing.len() as u64 + u64::from(unheard), from_the_first as u64)
    }

    /// The numbers that should be in the log, and are not.
    ///
    /// # Panics
    /// If something is there twice, or was never written.
    pub fn missing(&self) -> Vec<u64> {
        let Written { run, last, ended, logged } = self;
        let mut found = logged.numbers.clone();
        found.sort_unstable();
        let doubled: Vec<&[u64]> = found.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(doubled.is_empty(), "{run}: twice in the log: {doubled:?}");
        assert!(logged.last_words.len() <= 1, "{run}: its last words: {:?}", logged.last_words);
        let highest = found.last().copied().unwrap_or(0);
        let possible = if *ended { *last } else { last + BURST };
        assert!(highest <= possible, "{run} has written {last}, and the log has {highest}");
        (1..=highest.max(*last)).filter(|number| found.binary_search(number).is_err()).collect()
    }
}

/// All processes of a service, whose record is below the home by its name; `texts` are the lines of its log.
///
/// # Panics
/// If a line is none of theirs.
pub fn of<'a>(home: &Home, service: &str, texts: impl Iterator<Item = &'a str>) -> Vec<Written> {
    let mut logged = logged(texts);
    let entries = fs_err::read_dir(home.path()).expect("a home can be read");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let of_service = names.filter(|file| file.starts_with(&format!("{service}.")));
    let written = |file: String| {
        let text = fs_err::read_to_string(home.join(&file)).expect("a record can be read");
        let nonce = file.rsplit('.').next().expect("a record's name ends with the nonce");
        Written {
            last: text.lines().filter_map(|line| line.parse().ok()).next_back().unwrap_or(0),
            ended: text.ends_with("end\n"),
            logged: logged.remove(nonce).unwrap_or_default(),
            run: file,
        }
    };
    let found = of_service.map(written).collect();
    assert!(logged.is_empty(), "{service}: what nobody wrote: {:?}", logged.keys());
    found
}

/// What the log has of each process, by nonce.
fn logged<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<String, Logged> {
    let mut runs = BTreeMap::<String, Logged>::new();
    for text in texts {
        let words: Vec<&str> = text.split(' ').collect();
        let (nonce, number, last_words) = match words[..] {
            [nonce, number] => (nonce, number, false),
            [nonce, "end", number] => (nonce, number, true),
            _ => panic!("a line that no service wrote: {text}"),
        };
        let run = runs.entry(nonce.to_owned()).or_default();
        let list = if last_words { &mut run.last_words } else { &mut run.numbers };
        list.push(number.parse().unwrap_or_else(|_| panic!("a line that no service wrote: {text}")));
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(last: u64, ended: bool, texts: &[&str]) -> Written {
        let logged = logged(texts.iter().copied()).remove("n").unwrap_or_default();
        Written { run: "a.1.n".to_owned(), last, ended, logged }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(written(3, true, &["n 1", "n 3", "n end 3"]).missing(), [2]);
        assert_eq!(written(3, false, &["n 2", "n 1"]).missing(), [3]);
        assert_eq!(written(2, false, &["n 2", "n 1", "n 4"]).missing(), [3]);
        assert_eq!(written(2, false, &["n 2", "n 1", "n 3"]).missing(), [0_u64; 0]);
    }

    #[test]
    #[should_panic(expected = "twice in the log")]
    fn what_is_there_twice_is_no_good() {
        written(2, true, &["n 1", "n 2", "n 2"]).check();
    }

    #[test]
    #[should_panic(expected = "that 2 is its last")]
    fn last_words_are_heard() {
        written(2, true, &["n 1", "n 2"]).check();
    }

    #[test]
    #[should_panic(expected = "has written 2, and the log has 3")]
    fn what_was_never_written_is_no_good() {
        written(2, true, &["n 1", "n 2", "n 3"]).check();
    }
}
