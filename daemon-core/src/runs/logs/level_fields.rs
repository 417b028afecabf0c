//! Levels that are written as a field, a letter or a number.
//!
//! Each function knows one format and answers `None` for all others. JSON is
//! not parsed but walked: only strings and nesting matter for finding a key of
//! the outermost object, and a line that was cut off in the middle may have it.

use super::level::{Level, named};

/// Keys that hold a level, in JSON and logfmt.
const KEYS: [&[u8]; 8] =
    [b"level", b"severity", b"lvl", b"levelname", b"loglevel", b"log.level", b"@l", b"levelno"];

/// A JSON object with one of the keys.
pub(super) fn json(line: &[u8]) -> Option<Level> {
    let line = line.trim_ascii_start();
    if line.first() != Some(&b'{') {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(&byte) = line.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let (text, length) = string(&line[at..])?;
                at += length;
                let rest = line[at..].trim_ascii_start();
                if depth == 1
                    && rest.first() == Some(&b':')
                    && let Some(key) = KEYS.iter().find(|key| **key == text)
                    && let Some(level) = value(key, rest[1..].trim_ascii_start())
                {
                    return Some(level);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// `level=warn`, also in quotes, as a word of its own.
pub(super) fn logfmt(line: &[u8]) -> Option<Level> {
    memchr::memchr_iter(b'=', line).find_map(|equals| {
        let start = line[..equals].iter().rposition(|byte| matches!(byte, b' ' | b'\t' | b','));
        let key = &line[start.map_or(0, |space| space + 1)..equals];
        let key = KEYS.iter().find(|known| **known == key)?;
        value(key, &line[equals + 1..])
    })
}

/// klog and glog: a letter and the day, `W1121 01:23:45.678901`.
pub(super) fn klog(text: &[u8]) -> Option<Level> {
    let day = text.get(1..5)?;
    let has_time = text.get(5) == Some(&b' ') && text.get(8) == Some(&b':');
    if !has_time || !day.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(match text[0] {
        b'I' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' => Level::Fatal,
        _ => return None,
    })
}

/// The prefix of syslog and sd-daemon(3), `<4>`: a facility times eight and a severity.
pub(super) fn priority(text: &[u8]) -> Option<Level> {
    let rest = text.strip_prefix(b"<")?;
    let end = rest.iter().take(4).position(|&byte| byte == b'>')?;
    let number: u32 = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    (number < 192).then(|| severity(number % 8))
}

/// An access log: `"GET / HTTP/1.1" 500`. What the server did wrong is an error, what the client did a warning.
pub(super) fn request(line: &[u8]) -> Option<Level> {
    let http = memchr::memmem::find(line, b" HTTP/")?;
    let rest = &line[http + 1..];
    let quote = memchr::memchr(b'"', &rest[..rest.len().min(12)])?;
    let status = rest.get(quote + 2..quote + 5)?;
    let is_number = rest[quote + 1] == b' ' && status.iter().all(u8::is_ascii_digit);
    match status[0] {
        b'5' if is_number => Some(Level::Error),
        b'4' if is_number => Some(Level::Warn),
        b'1'..=b'3' if is_number => Some(Level::Info),
        _ => None,
    }
}

/// The value of a key, in quotes or not, a name or a number.
fn value(key: &[u8], text: &[u8]) -> Option<Level> {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let value = &text[..length];
    if !value.first()?.is_ascii_digit() {
        return named(value);
    }
    let number: u32 = std::str::from_utf8(value).ok()?.parse().ok()?;
    Some(match (key, number) {
        // Python's numbers mean other things than everybody else's.
        (b"levelno", ..20) => Level::Debug,
        (b"levelno", 20..30) => Level::Info,
        (b"levelno", 30..40) => Level::Warn,
        (b"levelno", 40..50) => Level::Error,
        (b"levelno", _) => Level::Fatal,
        (_, ..8) => severity(number),
        // pino and bunyan.
        (_, ..20) => Level::Trace,
        (_, 20..30) => Level::Debug,
        (_, 30..40) => Level::Info,
        (_, 40..50) => Level::Warn,
        (_, 50..60) => Level::Error,
        (_, 60..) => Level::Fatal,
    })
}

/// RFC 5424, table 2.
fn severity(number: u32) -> Level {
    match number {
        0..=2 => Level::Fatal,
        3 => Level::Error,
        4 => Level::Warn,
        5 | 6 => Level::Info,
        _ => Level::Debug,
    }
}

/// The text of a JSON string, as it is written, and its length with the quotes.
fn string(text: &[u8]) -> Option<(&[u8], usize)> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some((&text[1..at], at + 1)),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
