//! How serious a line is, guessed from its text.
//!
//! Services say it in a dozen ways: a word in front (`WARN`, `[error]`,
//! `warning:`), a field (`"level":"warn"`, pino's `"level":40`, `level=warn`), a
//! letter (klog's `W1121`), a number (syslog's `<4>`) or an HTTP status at the
//! end of an access log's request. The first of these that is found decides;
//! what stands deep in a sentence does not, so that "no ERROR found" in the
//! middle of a message is no error.
//!
//! A line that says nothing itself but looks as if it belonged to the one
//! before, as the lines of a stack trace do, is as serious as that one. Any
//! other line that says nothing counts as `info`: a filter for warnings is to
//! leave out chatter, and one for `info` is not to lose anything.
//!
//! Nothing here keeps state: who goes through lines, in whichever direction,
//! connects those that continue with the one that they continue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::level_fields as fields;

/// A line is connected with one at most so many lines before.
pub(super) const REACH: usize = 1000;

/// So much of a line is searched for a word; what is said later is the message.
const HEAD: usize = 120;
/// A level may come after so many plain words (a host, a name), and no more.
const WORDS_BEFORE: usize = 2;

/// How serious a line is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every step.
    Trace,
    /// For those who look for a fault.
    Debug,
    /// What happens as it should; also lines that do not say.
    Info,
    /// Something is odd.
    #[value(alias = "warning")]
    #[serde(alias = "warning")]
    Warn,
    /// Something failed.
    #[value(alias = "err")]
    #[serde(alias = "err")]
    Error,
    /// The service cannot go on.
    #[value(alias = "critical")]
    #[serde(alias = "critical")]
    Fatal,
}

/// What a line says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// It is this serious.
    Is(Level),
    /// It is as serious as the line before it.
    Continues,
    /// It does not say.
    Silent,
}

impl Guess {
    /// The level of a line that begins something, which counts as info if it does not say.
    pub(super) fn or_info(self) -> Level {
        match self {
            Guess::Is(level) => level,
            Guess::Continues | Guess::Silent => Level::Info,
        }
    }
}

/// What a line says about itself.
pub(super) fn guess(line: &[u8]) -> Guess {
    let head = without_colours(&line[..line.len().min(4 * HEAD)]);
    let text = head.trim_ascii_start();
    let indent = head.len() - text.len();
    if text.is_empty() {
        return Guess::Continues;
    }
    if 0 < indent {
        // A level may be padded to the width of the longest one: " INFO", "  WARN".
        let word = text.split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
        let padded = indent < 3 && word.iter().all(u8::is_ascii_uppercase);
        return named(word).filter(|_| padded).map_or(Guess::Continues, Guess::Is);
    }
    let found = fields::json(line)
        .or_else(|| fields::priority(text))
        .or_else(|| fields::klog(text))
        .or_else(|| fields::logfmt(line))
        .or_else(|| failure(text))
        .or_else(|| word(&text[..text.len().min(HEAD)]))
        .or_else(|| fields::request(line));
    match found {
        Some(level) => Guess::Is(level),
        None if continues(text) => Guess::Continues,
        None => Guess::Silent,
    }
}

/// The level of that name, in any case and with the usual abbreviations.
pub(super) fn named(word: &[u8]) -> Option<Level> {
    let mut lower = [0; 13];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"trace" | b"trc" | b"finest" | b"finer" | b"verbose" | b"silly" => Level::Trace,
        b"debug" | b"dbg" | b"debu" | b"fine" => Level::Debug,
        b"info" | b"inf" | b"information" | b"informational" | b"notice" | b"log" => Level::Info,
        b"warn" | b"warning" | b"wrn" => Level::Warn,
        b"error" | b"err" | b"eror" | b"severe" => Level::Error,
        b"fatal" | b"ftl" | b"crit" | b"critical" | b"alert" | b"emerg" | b"emergency" | b"panic" => {
            Level::Fatal
        }
        _ => return None,
    })
}

/// A level written as a word of its own near the beginning.
fn word(head: &[u8]) -> Option<Level> {
    let (mut at, mut plain) = (0, 0);
    while at < head.len() && plain <= WORDS_BEFORE {
        if !head[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let length = head[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let word = &head[at..at + length];
        let before = at.checked_sub(1).map_or(b' ', |before| head[before]);
        let after = head.get(at + length).copied().unwrap_or(b' ');
        if let Some(level) = named(word)
            && is_set_apart(word, before, after)
        {
            return Some(level);
        }
        let is_word = before == b' ' && after == b' ' && word.iter().all(u8::is_ascii_alphabetic);
        plain += usize::from(is_word && !is_date(word));
        at += length;
    }
    None
}

/// Whether a word is a label, as `WARN`, `[warn]`, `warn:` and `|warn|` are, and not part of a sentence.
fn is_set_apart(word: &[u8], before: u8, after: u8) -> bool {
    let opens = matches!(before, b' ' | b'[' | b'(' | b'<' | b'|' | b':' | b'-' | b'"' | b'\t');
    let is_upper = word.iter().all(u8::is_ascii_uppercase);
    let closes = matches!(after, b']' | b')' | b'>' | b'|' | b'[') || (after == b':' && word != b"log");
    // "LOG" alone is too common a word; PostgreSQL writes it with a colon.
    let stands = matches!(after, b' ' | b'\t' | b',' | b'-' | b'!' | b'"') && word != b"LOG";
    opens && (closes || (is_upper && stands))
}

/// The ways in which runtimes say that a program has failed.
fn failure(text: &[u8]) -> Option<Level> {
    let begins = |start: &[u8]| text.starts_with(start);
    if begins(b"panic: ") || begins(b"fatal error: ") {
        return Some(Level::Fatal);
    }
    if begins(b"Traceback (most recent call last)")
        || begins(b"Exception in thread ")
        || begins(b"Unhandled exception")
        || (begins(b"thread '") && memchr::memmem::find(text, b"panicked at").is_some())
    {
        return Some(Level::Error);
    }
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(byte)).count();
    let ends = matches!(text.get(length), None | Some(b':'));
    let name = &text[..length];
    let is_class = name.first().is_some_and(|&first| first.is_ascii_uppercase() || name.contains(&b'.'));
    match is_class && ends {
        true if name.ends_with(b"Error") || name.ends_with(b"Exception") => Some(Level::Error),
        true if name.ends_with(b"Warning") => Some(Level::Warn),
        _ => None,
    }
}

/// Whether a line that is not indented still belongs to the one before.
fn continues(text: &[u8]) -> bool {
    const STARTS: [&[u8]; 9] = [
        b"Caused by",
        b"at ",
        b"... ",
        b"goroutine ",
        b"note: ",
        b"stack backtrace:",
        b"During handling of the above exception",
        b"The above exception was",
        b"Suppressed: ",
    ];
    matches!(text[0], b'}' | b')' | b']' | b'|' | b'^') || STARTS.iter().any(|start| text.starts_with(start))
}

fn is_date(word: &[u8]) -> bool {
    const NAMES: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDecMonTueWedThuFriSatSunUTCGMT";
    NAMES.chunks(3).any(|name| name == word)
}

/// The text without escape sequences for colours.
fn without_colours(text: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if memchr::memchr(0x1b, text).is_none() {
        return text.into();
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(escape) = memchr::memchr(0x1b, rest) {
        plain.extend_from_slice(&rest[..escape]);
        let sequence = &rest[escape..];
        let length = match sequence.get(1) {
            Some(b'[') => sequence.iter().skip(2).take_while(|byte| !byte.is_ascii_alphabetic()).count() + 3,
            _ => 1,
        };
        rest = &sequence[length.min(sequence.len())..];
    }
    plain.extend_from_slice(rest);
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_formats_are_understood() {
        let samples = include_str!("level_samples.txt");
        for (number, sample) in (1..).zip(samples.lines()) {
            let (expected, line) = sample.split_once("  ").expect("a sample is what is expected and a line");
            let line = line.replace("\\e", "\u{1b}").replace("\\t", "\t");
            let guessed = match guess(line.as_bytes()) {
                Guess::Is(level) => format!("{level:?}").to_lowercase(),
                Guess::Continues => "+".to_owned(),
                Guess::Silent => "-".to_owned(),
            };
            assert_eq!(guessed, expected, "sample {number}: {line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_may_come(line in proptest::collection::vec(any::<u8>(), 0..600)) {
            guess(&line);
        }

        #[test]
        fn a_name_in_brackets_is_found_whatever_its_case(upper in any::<bool>(), which in 0usize..6) {
            let (name, level) = [
                ("trace", Level::Trace), ("debug", Level::Debug), ("info", Level::Info),
                ("warn", Level::Warn), ("error", Level::Error), ("fatal", Level::Fatal),
            ][which];
            let name = if upper { name.to_uppercase() } else { name.to_owned() };
            for line in [format!("[{name}] text"), format!("2026-11-21 01:02:03 [{name}] no WARN here")] {
                prop_assert_eq!(guess(line.as_bytes()), Guess::Is(level));
            }
            prop_assert_eq!(guess(format!("{{\"a\":{{\"level\":1}},\"level\":\"{name}\"}}").as_bytes()), Guess::Is(level));
            prop_assert_eq!(guess(format!("ts=1 msg=\"x y\" level={name} a=b").as_bytes()), Guess::Is(level));
        }
    }
}
