//! The terminal, while a full-screen table is on it.
//!
//! It is put back as it was however that ends: by returning, by an error, by a
//! panic (whose message would otherwise go with the screen it was written on).
//! A signal that ends the process is waited for by whoever draws, and returns.

use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use daemon_core::kernel::Fault;

use crate::failure::Failure;
use crate::output;

/// The alternate screen (xterm, mode 1049), without a cursor and without wrapping.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l";
const LEAVE: &str = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l";

/// How the terminal was, while it is not.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// The terminal is ours until this is dropped.
pub(super) struct Screen(());

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// `internal` if it is none.
    pub(super) fn take() -> Result<Screen, Failure> {
        let failed =
            |error| Fault::internal(format!("the terminal cannot be set up for a full screen: {error}"));
        let input = std::io::stdin();
        let before = tcgetattr(&input).map_err(failed)?;
        let mut raw = before.clone();
        // Output is still cooked: a newline begins a line.
        raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        let first = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).replace(before).is_none();
        if first {
            let otherwise = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                otherwise(panic);
            }));
        }
        let screen = Screen(());
        tcsetattr(&input, OptionalActions::Flush, &raw).map_err(failed)?;
        output::print(ENTER)?;
        Ok(screen)
    }

    /// Shows lines from the first row on, in one write; what was there is gone.
    pub(super) fn show(&self, lines: &[String]) -> Result<(), Failure> {
        output::print(frame(lines))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    // Whether or not anybody can still see it.
    drop(output::print(LEAVE));
    tcsetattr(std::io::stdin(), OptionalActions::Flush, &before).ok();
}

fn frame(lines: &[String]) -> String {
    let mut out = "\u{1b}[H".to_owned();
    for (number, line) in lines.iter().enumerate() {
        out += if number == 0 { "" } else { "\r\n" };
        out += line;
        out += "\u{1b}[K";
    }
    out + "\u{1b}[J"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_begins_at_the_top_and_clears_what_it_does_not_cover() {
        let lines = ["one".to_owned(), "two".to_owned()];
        assert_eq!(frame(&lines), "\u{1b}[Hone\u{1b}[K\r\ntwo\u{1b}[K\u{1b}[J");
    }
}
