//! `*` inside one token: any number of characters, and never more than that token.
//!
//! A glob is cut at its stars when it is read, and the pieces are searched for one
//! after the other, so that matching takes time in proportion to the token, whatever
//! the glob. There is no other wildcard: `?`, `[` and `\` stand for themselves.

use memchr::memmem;

/// So many stars are enough for anything that a person can read.
const MOST_STARS: usize = 8;

/// A text with stars in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    text: String,
    /// What stands before, between and after the stars.
    pieces: Vec<String>,
}

impl Glob {
    /// Reads a text with at least one star.
    pub(super) fn new(text: &str) -> Result<Glob, String> {
        if text.contains("**") {
            return Err("\"**\" is for paths: write { path = \"...\" }, or a single \"*\"".to_owned());
        }
        let pieces: Vec<String> = text.split('*').map(str::to_owned).collect();
        if MOST_STARS + 1 < pieces.len() {
            return Err(format!("has {} stars, and may have {MOST_STARS}", pieces.len() - 1));
        }
        Ok(Glob { text: text.to_owned(), pieces })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it begins with a star, so that it could stand for an option.
    pub(super) fn is_open(&self) -> bool {
        self.text.starts_with('*')
    }

    /// Whether it is the whole token, byte by byte.
    pub(super) fn matches(&self, token: &[u8]) -> bool {
        let [first, middle @ .., last] = &self.pieces[..] else { return token == self.text.as_bytes() };
        let Some(rest) = token.strip_prefix(first.as_bytes()) else { return false };
        let Some(mut rest) = rest.strip_suffix(last.as_bytes()) else { return false };
        middle.iter().all(|piece| match memmem::find(rest, piece.as_bytes()) {
            Some(at) => {
                rest = &rest[at + piece.len()..];
                true
            }
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_any_number_of_bytes() {
        for (glob, token, expected) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("ab*bc", "abc", false),
            ("*.rs", "src/main.rs", true),
            ("a*b*c", "a-c-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("[a]*", "a", false),
            ("?*", "ab", false),
        ] {
            assert_eq!(Glob::new(glob).unwrap().matches(token.as_bytes()), expected, "{glob} {token}");
        }
    }

    #[test]
    fn c20_a_bomb_of_stars_is_refused() {
        assert!(Glob::new("****").is_err());
        assert!(Glob::new(&"a*".repeat(9)).is_err());
        assert!(Glob::new(&"a*".repeat(8)).is_ok());
    }

    /// The definition, which takes as long as it takes.
    fn slowly(glob: &[u8], token: &[u8]) -> bool {
        match glob {
            [] => token.is_empty(),
            [b'*', rest @ ..] => (0..=token.len()).any(|at| slowly(rest, &token[at..])),
            [byte, rest @ ..] => token.first() == Some(byte) && slowly(rest, &token[1..]),
        }
    }

    proptest! {
        #[test]
        fn it_matches_what_the_definition_matches(glob in "[ab]{0,3}(\\*[ab]{1,2}){0,3}\\*?", token in "[ab]{0,9}") {
            if let Ok(compiled) = Glob::new(&glob) {
                prop_assert_eq!(compiled.matches(token.as_bytes()), slowly(glob.as_bytes(), token.as_bytes()));
            }
        }
    }
}
