//! Fields as text, in which nothing from outside can pass for a line or a command to a terminal.

use std::fmt::{self, Write as _};

use tracing::field::Field;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

/// The message as it is, other fields as `key=value`, all escaped.
pub(super) fn fields() -> impl for<'writer> FormatFields<'writer> + Send + Sync + 'static {
    let field = |writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug| {
        if field.name() != "message" {
            write!(writer, "{field}=")?;
        }
        write!(Escaping(writer), "{value:?}")
    };
    debug_fn(field).delimited(" ")
}

/// Displays the text with everything escaped that is not to be seen but to be obeyed.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaping(formatter).write_str(self.0)
    }
}

struct Escaping<'a, W>(&'a mut W);

impl<W: fmt::Write> fmt::Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0;
        for (at, character) in text.char_indices().filter(|&(_, character)| commands(character)) {
            self.0.write_str(&text[plain..at])?;
            write!(self.0, "{}", character.escape_default())?;
            plain = at + character.len_utf8();
        }
        self.0.write_str(&text[plain..])
    }
}

/// Control characters, separators of lines, and what turns the direction of writing around.
fn commands(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Escaped(text).to_string(), expected);
    }

    #[test]
    fn only_what_would_be_obeyed_is_escaped() {
        check("plain \"text\", C:\\dir, größer 🦀", "plain \"text\", C:\\dir, größer 🦀");
        check("two\nlines\r", "two\\nlines\\r");
        check("\u{1b}[31mred\u{7f}\u{9b}", "\\u{1b}[31mred\\u{7f}\\u{9b}");
        check("\u{202e}drawkcab\u{2028}", "\\u{202e}drawkcab\\u{2028}");
        check("\u{61c}1", "\\u{61c}1");
    }
}
