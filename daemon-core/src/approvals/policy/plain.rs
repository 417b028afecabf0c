//! Whether a token shows itself as what it is.
//!
//! A token with a control character, a blank that is no space, a letter that is
//! not drawn or bytes that are no text can look like another. No wildcard stands
//! for such a one, and no rule allows a command that has it: a person sees it,
//! with the odd characters made visible, and decides (gate.md, C16).

use std::sync::LazyLock;

use regex::Regex;

/// Unicode's categories C (control, format, private, unassigned) and Z (blanks), and what is ignored when
/// drawn; but for the space, which everybody can see.
static ODD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]--[ ]]").expect("the classes are Unicode's")
});

/// Whether a token has nothing but what can be seen.
pub(super) fn is_plain(token: &[u8]) -> bool {
    if token.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return true;
    }
    std::str::from_utf8(token).is_ok_and(|text| !ODD.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_not_plain() {
        for plain in ["", "-L", "a b", "naïve", "東京", "~"] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
        }
        for odd in
            ["a\nb", "\r", "\0", "\u{2028}", "a\u{202e}b", "\u{200b}", "\u{a0}", "\u{3164}", "\u{e000}", "\t"]
        {
            assert!(!is_plain(odd.as_bytes()), "{odd:?}");
        }
        assert!(!is_plain(b"\xff") && !is_plain(b"\xc3("));
    }
}
