//! Bytes as pieces of text that are safe to show: what they are, what stands for something, what is covered.
//!
//! No piece holds a character that a reader would not see as it is
//! ([`hidden`]). Besides those, a blank is escaped that nobody could count (the
//! second of two, the first and the last), and so is a mark that has nothing to
//! sit on or sits on too many others.

use std::ops::Range;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alike;
use crate::text::hidden;

/// Marks on one letter; no language has more.
const MARKS: usize = 2;

/// A value, safe to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ShownText")]
pub struct Shown {
    /// The pieces, to be shown one right after the other.
    pub pieces: Vec<Piece>,
    /// How many characters at its end were left out, if any were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// How many characters or bytes are shown as escapes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub escapes: u64,
    /// Letters of it look like others: what about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alike: Option<String>,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Piece {
    /// What to show.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The value itself.
    Plain,
    /// It stands for something that cannot be shown; to be set apart from plain text.
    Escape,
    /// It covers something that looks like a secret.
    Cover,
}

impl Shown {
    /// All of it, and nothing covered.
    pub fn of(bytes: &[u8]) -> Shown {
        Shown::with(bytes, &[])
    }

    /// What is seen of it, without its kinds; escapes and plain text may look the same.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Whether there is nothing but plain text in it, and nothing was left out.
    pub fn is_plain(&self) -> bool {
        self.more == 0 && self.pieces.iter().all(|piece| piece.kind == Kind::Plain)
    }

    /// How many of its parts are covered.
    pub fn covers(&self) -> usize {
        self.pieces.iter().filter(|piece| piece.kind == Kind::Cover).count()
    }

    /// The same with at most so many characters, and with the number of those that are missing.
    #[must_use]
    pub fn cut(mut self, most: usize) -> Shown {
        let mut left = most;
        let (mut kept, mut more) = (Vec::new(), 0);
        for mut piece in self.pieces {
            let count = piece.text.chars().count();
            if left < count {
                // Half an escape would be something else.
                let fits = if piece.kind == Kind::Plain && more == 0 { left } else { 0 };
                more += (count - fits) as u64;
                let end = piece.text.char_indices().nth(fits).map_or(piece.text.len(), |(end, _)| end);
                piece.text.truncate(end);
                left = 0;
            } else {
                left -= count;
            }
            kept.extend(Some(piece).filter(|piece| !piece.text.is_empty()));
        }
        self.pieces = kept;
        self.more += more;
        self
    }

    /// All of it but how long these parts are, which are in order and apart.
    pub(super) fn with(bytes: &[u8], covers: &[Range<usize>]) -> Shown {
        let mut shown = Shown::default();
        let mut at = 0;
        for cover in covers {
            shown.add(&bytes[at..cover.start], bytes.len() == cover.start);
            let count = String::from_utf8_lossy(&bytes[cover.clone()]).chars().count();
            shown.push(Kind::Cover, &format!("[{count} characters covered]"));
            at = cover.end;
        }
        shown.add(&bytes[at..], true);
        shown.alike = alike::about(&String::from_utf8_lossy(bytes));
        shown
    }

    /// Adds bytes as they are shown; `is_last` says that nothing follows.
    fn add(&mut self, bytes: &[u8], is_last: bool) {
        let mut before = if self.pieces.is_empty() { ' ' } else { 'x' };
        let mut marks = 0;
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            let at_end = is_last && chunks.peek().is_none() && chunk.invalid().is_empty();
            let mut characters = chunk.valid().chars().peekable();
            while let Some(character) = characters.next() {
                marks = if is_mark(character) { marks + 1 } else { 0 };
                let lonely = 0 < marks && (before == ' ' || MARKS < marks);
                let uncounted = character == ' ' && (before == ' ' || at_end && characters.peek().is_none());
                if hidden(character) || lonely || uncounted {
                    self.escape(&escaped(character));
                    before = 'x';
                } else {
                    self.push(Kind::Plain, character.encode_utf8(&mut [0; 4]));
                    before = character;
                }
            }
            for byte in chunk.invalid() {
                self.escape(&format!("\\x{byte:02x}"));
                before = 'x';
            }
        }
    }

    fn escape(&mut self, text: &str) {
        self.escapes += 1;
        self.push(Kind::Escape, text);
    }

    fn push(&mut self, kind: Kind, text: &str) {
        match self.pieces.last_mut() {
            Some(last) if last.kind == kind && kind != Kind::Cover => last.text.push_str(text),
            _ => self.pieces.push(Piece { text: text.to_owned(), kind }),
        }
    }
}

/// How a character is written that cannot be shown.
fn escaped(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        other => format!("\\u{{{:x}}}", u32::from(other)),
    }
}

fn is_mark(character: char) -> bool {
    use GeneralCategory as Is;
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    !character.is_ascii() && matches!(category, Is::NonspacingMark | Is::EnclosingMark)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
