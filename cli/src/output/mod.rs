//! What a person or a program sees.
//!
//! Everything goes out in one write where that is possible. A reader that went
//! away ends the command quietly. All text that came from outside was made
//! visible (`text`) before it gets here.

pub(crate) mod approval;
pub(crate) mod client;
pub(crate) mod command;
pub(crate) mod due;
pub(crate) mod edited;
pub(crate) mod facts;
pub(crate) mod gate;
pub(crate) mod grant;
pub(crate) mod held;
pub(crate) mod job;
pub(crate) mod logs;
pub(crate) mod policy;
pub(crate) mod process;
pub(crate) mod project;
pub(crate) mod reader;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod service;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod value;
pub(crate) mod written;

use std::io::{ErrorKind, Write as _};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::failure::Failure;
use daemon_core::kernel::Fault;
use daemon_core::text::hidden;
use style::{Paint, Style};

/// Of the first three descriptors, those that were closed when the program began: a bit for each.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// One of the first three was closed, and has been opened so that nothing else gets its number.
#[cfg_attr(test, allow(dead_code, reason = "the tests begin as std does"))]
pub(crate) fn was_closed(descriptor: u8) {
    CLOSED.fetch_or(1 << descriptor, Ordering::Relaxed);
}

/// Whether nobody gets what is written there, because it was closed when the program began.
pub(crate) fn goes_nowhere(descriptor: u32) -> bool {
    descriptor <= 2 && CLOSED.load(Ordering::Relaxed) & 1 << descriptor != 0
}

/// Writes to standard output.
///
/// # Errors
/// [`Failure::ReaderGone`] if nobody reads it any more.
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_ref()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ReaderGone,
        _ => Failure::Fault(Fault::internal(format!("standard output cannot be written: {error}"))),
    })
}

/// Writes a JSON document and the end of its line.
///
/// A terminal may be reading: what it would act on, or not show, is escaped, which says the same.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_json(document: impl Into<Vec<u8>>) -> Result<(), Failure> {
    let document = document.into();
    let mut line = match std::str::from_utf8(&document) {
        Ok(text) if !text.is_ascii() => escaped(text).into_bytes(),
        _ => document,
    };
    line.push(b'\n');
    print(line)
}

/// Hidden characters as JSON's escapes. They are only ever inside of strings: between them a document has ASCII.
pub(crate) fn escaped(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for character in document.chars() {
        if character.is_ascii() || !hidden(character) {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            out += &format!("\\u{unit:04x}");
        }
    }
    out
}

/// Writes to standard error, if anybody is there.
pub(crate) fn complain(text: &str) {
    complain_bytes(text.as_bytes());
}

/// As [`complain`], what somebody else has written.
pub(crate) fn complain_bytes(bytes: &[u8]) {
    let written = std::io::stderr().lock().write_all(bytes);
    // There is nowhere left to say that standard error is gone.
    drop(written);
}

/// Whether standard error may be coloured.
pub(crate) fn colour_on_stderr() -> bool {
    Style::of_stderr().colour
}

/// The text in a colour, whatever standard output is.
pub(crate) fn always(paint: Paint, text: &str) -> String {
    let style = Style { terminal: true, colour: true, unicode: true, width: None, height: None };
    style.paint(paint, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_with_nothing_hidden_in_it() {
        let value = serde_json::json!({ "a\u{202e}b": "é \u{9b}31m \u{e0041}\u{feff} ✓", "n": 1 });
        let document = serde_json::to_string(&value).unwrap();
        let shown = escaped(&document);
        assert!(!shown.chars().any(hidden), "{shown}");
        assert!(shown.contains("é") && shown.contains("\\udb40\\udc41"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
