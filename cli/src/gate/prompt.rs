//! A question on a terminal that only somebody who sees it can answer.
//!
//! Only two words are an answer. Whoever types anything else is told which, and
//! asked again; a slip of the hand decides nothing, neither way.
//!
//! What was typed before the question stood there is thrown away, so that a
//! line typed ahead, a pasted one or a held key answers nothing. Nothing is
//! ever read from what is no terminal.

use std::io::IsTerminal as _;

use rustix::termios::{QueueSelector, tcflush};

use crate::output;
use crate::output::style::Style;

/// No answer is longer; what follows is not looked at.
const LONGEST: usize = 64;
/// So often somebody is asked who answers something else.
const TIMES: usize = 3;
/// What somebody is told who does.
pub(super) const WORDS: &str = "only \"yes\" allows and only \"no\" denies";

/// What somebody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The word "yes", and nothing else.
    Yes,
    /// The word "no", and nothing else.
    No,
    /// Something else, every time.
    Other,
    /// Nothing: the terminal is gone, or Ctrl-D was typed.
    Nothing,
}

/// Whether somebody can be shown something and asked about it.
pub(super) fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// What the terminal can show on which questions are asked.
pub(super) fn style() -> Style {
    Style::of_terminal(std::io::stderr())
}

/// Asks until it is answered, or was asked often enough.
pub(super) fn ask(question: &str) -> Answer {
    for _ in 0..TIMES {
        match once(question) {
            Answer::Other => output::complain(&format!("{WORDS}\n")),
            settled => return settled,
        }
    }
    Answer::Other
}

/// Asks, and waits for a line.
fn once(question: &str) -> Answer {
    output::complain(question);
    let input = std::io::stdin();
    // A terminal that cannot be flushed is none, and then nothing is read from it either.
    if !input.is_terminal() || tcflush(&input, QueueSelector::IFlush).is_err() {
        return Answer::Nothing;
    }
    let mut line = Vec::new();
    // Not through the buffer of standard input: nothing that came before may be in it.
    let read = loop {
        let mut byte = [0];
        match rustix::io::retry_on_intr(|| rustix::io::read(&input, &mut byte)) {
            Ok(1) if byte[0] == b'\n' => break true,
            Ok(1) if line.len() <= LONGEST => line.push(byte[0]),
            Ok(1) => {}
            _ => break false,
        }
    };
    if !read {
        output::complain("\n");
    }
    judged(&line, read)
}

/// Only the word itself; half a line that was never sent is no answer.
fn judged(line: &[u8], is_whole: bool) -> Answer {
    match (line, is_whole) {
        (_, false) => Answer::Nothing,
        (b"yes", true) => Answer::Yes,
        (b"no", true) => Answer::No,
        _ => Answer::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_is_a_yes_or_a_no() {
        assert_eq!(judged(b"yes", true), Answer::Yes);
        assert_eq!(judged(b"no", true), Answer::No);
        for other in ["", "y", "YES", "yes ", " yes", "yes\r", "yess", "n", "NO", "no ", "y\0es"] {
            assert_eq!(judged(other.as_bytes(), true), Answer::Other, "{other:?}");
        }
        for line in ["", "yes", "no"] {
            assert_eq!(judged(line.as_bytes(), false), Answer::Nothing, "{line:?}");
        }
    }

    #[test]
    fn c28_a_pipe_is_never_asked() {
        // Where tests run, standard input may be a terminal; then there is nothing to be seen here.
        if !std::io::stdin().is_terminal() {
            assert_eq!(ask(""), Answer::Nothing);
        }
    }
}
