//! Text that came from outside: made safe to show, names that were nearly right, and what a record may keep of it.

pub(crate) mod kept;

use std::fmt::Write as _;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Shows control, bidirectional and invisible characters as escapes (`\u{202e}`),
/// so that a name or a log line cannot forge what surrounds it (Unicode TR 36).
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if hidden(character) {
            write!(shown, "{}", character.escape_default()).expect("writing to a string cannot fail");
        } else {
            shown.push(character);
        }
    }
    shown
}

/// [`visible`], in quotation marks, of which none in the text looks like the last.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// [`visible`], cut after 80 characters.
pub fn brief(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => visible(&text[..end]) + "…",
        None => visible(text),
    }
}

/// Shows a message that may quote what a client sent, however long that is: its
/// begin and its end, which say what is wrong and where.
pub fn shortened(text: &str) -> String {
    const BEGIN: usize = 400;
    const END: usize = 200;
    if text.len() <= BEGIN + END {
        return visible(text);
    }
    let (begin, end) = (text.floor_char_boundary(BEGIN), text.ceil_char_boundary(text.len() - END));
    format!("{} … {}", visible(&text[..begin]), visible(&text[end..]))
}

/// Why a text is no regular expression, in one line; the error's own has several, with a drawing.
pub fn no_expression(text: &str, error: &regex::Error) -> String {
    let all = error.to_string();
    let last = all.lines().rev().find_map(|line| line.strip_prefix("error: "));
    format!("\"{}\" is no regular expression: {}", brief(text), shortened(last.unwrap_or(&all)))
}

/// The candidate that was probably meant: at most a third of its letters away.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters = candidate.chars().count();
            let allowed = letters.max(3) / 3;
            // Comparing takes as long as the product of the lengths, and one of them is a stranger's.
            if allowed < length.abs_diff(letters) {
                return None;
            }
            let distance = strsim::damerau_levenshtein(name, candidate);
            (distance <= allowed).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// What is said of a key, without that it begins with the key: `cron "61 * * * *" ...`, `every: ...`.
pub fn without_key<'t>(message: &'t str, key: &str) -> Option<&'t str> {
    let rest = message.strip_prefix(key).filter(|_| !key.is_empty())?;
    rest.strip_prefix(": ").or_else(|| rest.strip_prefix(' ').filter(|rest| rest.starts_with('"')))
}

/// The field that was probably meant, from serde's message about an unknown one.
pub fn nearest_field(message: &str) -> Option<&str> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    nearest(unknown, quoted)
}

/// Whether a character could hide what it stands in, or itself: all but what is seen and read as it is, and
/// the blank of a keyboard (Unicode TR 36; categories Cc, Cf, Cs, Co, Cn, Zl, Zp and Zs, what is ignorable by
/// default, and two that have no shape).
pub fn hidden(character: char) -> bool {
    use GeneralCategory as Is;
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    let has_no_shape = matches!(character, '\u{2800}' | '\u{fffc}');
    has_no_shape
        || matches!(category, Is::Control | Is::Format | Is::Surrogate | Is::PrivateUse | Is::Unassigned)
        || matches!(category, Is::LineSeparator | Is::ParagraphSeparator | Is::SpaceSeparator)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fool_a_reader_is_shown_as_an_escape() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\nd");
        assert_eq!(visible("naïve 東京 🙂"), "naïve 東京 🙂");
        for blank in
            ['\u{a0}', '\u{3000}', '\u{200d}', '\u{fe0f}', '\u{e000}', '\u{378}', '\u{3164}', '\u{2800}']
        {
            assert!(hidden(blank), "{blank:?}");
        }
    }

    #[test]
    fn no_text_in_quotation_marks_ends_before_its_end() {
        assert_eq!(quoted("say \"no\", again: \u{202e}"), r#""say \"no\", again: \u{202e}""#);
        assert_eq!(quoted(r#"\""#), r#""\\\"""#);
    }

    #[test]
    fn a_long_quotation_is_shown_by_its_ends() {
        assert_eq!(shortened("unknown\nfield"), "unknown\\nfield");
        let shown = shortened(&format!("unknown field `{}` at line 7", "é".repeat(1 << 20)));
        assert!(shown.starts_with("unknown field `é") && shown.ends_with("é` at line 7"), "{shown}");
        assert!(shown.len() < 700, "{}", shown.len());
    }

    #[test]
    fn a_field_is_found_in_the_message_about_an_unknown_one() {
        assert_eq!(nearest_field("unknown field `nam`, expected `name` or `id`"), Some("name"));
        assert_eq!(nearest_field("unknown field `x`, there are no fields"), None);
        assert_eq!(nearest_field("missing field `name`"), None);
    }

    #[test]
    fn only_a_near_miss_is_suggested() {
        assert_eq!(nearest("wbe", ["web", "worker"]), Some("web"));
        assert_eq!(nearest("x", ["web", "worker"]), None);
    }
}
