//! Characters that look like others.
//!
//! `gіt` with a Cyrillic letter is not `git`, and no eye tells. Signs of that are
//! looked for: a word of several scripts that no language writes together
//! (Unicode TR 39, "highly restrictive"); characters that are ASCII in another
//! shape (`ｇ`, `𝐠`, `－`); Latin letters that are no ASCII letter with an accent
//! and in no common alphabet (`ɡ`); signs that look like those of paths, options
//! and hosts (`∕`, `‐`); and marks that go through what they stand on. A word of
//! one script alone that looks like another's is named by its script, wherever it
//! is not the script of the rest.

use std::collections::BTreeSet;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, NamedEnumeratedProperty as _, Script};

/// Written together in one word, besides Latin.
const TOGETHER: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Hangul],
    &[Script::Latin, Script::Han, Script::Bopomofo],
];
/// Whose letters look like Latin ones.
const LIKE_LATIN: [Script; 5] =
    [Script::Cyrillic, Script::Greek, Script::Armenian, Script::Cherokee, Script::Coptic];
/// Whose texts have signs as wide as their letters.
const WIDE: [Script; 5] = [Script::Han, Script::Hiragana, Script::Katakana, Script::Hangul, Script::Bopomofo];
/// Latin letters of living alphabets that are no ASCII letter with an accent.
const LATIN: &str = "ßẞæÆøØđĐłŁœŒþÞðÐħĦŋŊəƏǝƎɓƁɗƊƙƘƴƳɛƐɔƆɣƔ";
/// With one of these a text is Turkish or of a kin, and there `ı` is a letter like others.
const TURKISH: &str = "şŞğĞİ";
/// Signs that look like those that paths, options, hosts and shells have, and are not ASCII in any normal form.
const SIGNS: &str = concat!(
    "\u{2010}\u{2011}\u{2012}\u{2212}\u{2043}\u{02d7}\u{2796}\u{06d4}", // -
    "\u{2044}\u{2215}\u{2571}\u{29f8}\u{27cb}\u{1735}",                 // /
    "\u{2216}\u{2572}\u{29f5}\u{29f9}\u{27cd}",                         // \
    "\u{0701}\u{0702}\u{a60e}\u{a4f8}\u{22c5}",                         // .
    "\u{a789}\u{02d0}\u{02d1}\u{02f8}\u{2236}\u{205a}\u{a4fd}",         // :
    "\u{201a}\u{a4f9}\u{02cb}\u{2035}\u{02ca}\u{02cd}",                 // , ` ' _
    "\u{01c0}\u{2223}\u{2758}\u{01c3}\u{2d51}\u{a78a}",                 // | ! =
    "\u{02dc}\u{223c}\u{2053}\u{204e}\u{2217}\u{02d6}\u{02c6}\u{02c4}", // ~ * + ^
    "\u{02c2}\u{02c3}\u{2768}\u{2769}\u{2774}\u{2775}\u{2052}",         // < > ( ) { } %
);
/// Ordinary between words and numbers, and taken for the sign of an option before one.
const DASHES: [char; 3] = ['\u{2013}', '\u{2014}', '\u{2015}'];

/// What a reader could take for something else, in words.
pub(super) fn about(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    if let Some(letter) = disguised(text) {
        let number = u32::from(letter);
        return Some(format!("the character U+{number:04X} is not the ASCII character that it looks like"));
    }
    if let Some(mark) = overlaid(text) {
        return Some(format!("the mark U+{:04X} changes what it stands on", u32::from(mark)));
    }
    let mut all = BTreeSet::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric() && letter != '\u{301}') {
        let scripts = scripts(word);
        if 1 < scripts.len()
            && !TOGETHER.iter().any(|together| scripts.iter().all(|it| together.contains(it)))
        {
            return Some(format!("one word has letters of {}", names(&scripts)));
        }
        all.extend(scripts);
    }
    let odd: Vec<Script> = LIKE_LATIN.into_iter().filter(|script| all.contains(script)).collect();
    let mixed = all.contains(&Script::Latin) || text.chars().any(|letter| letter.is_ascii_alphabetic());
    (mixed && !odd.is_empty()).then(|| format!("it has words of {} among others", names(&odd)))
}

fn scripts(word: &str) -> Vec<Script> {
    let found: BTreeSet<Script> = word.chars().map(script).collect();
    found.into_iter().filter(|script| ![Script::Common, Script::Inherited].contains(script)).collect()
}

fn script(letter: char) -> Script {
    CodePointMapData::<Script>::new().get(letter)
}

fn names(scripts: &[Script]) -> String {
    let names: Vec<&str> = scripts.iter().map(|script| script.long_name()).collect();
    names.join(" and ")
}

/// The first character that is taken for an ASCII one.
fn disguised(text: &str) -> Option<char> {
    let is_wide = text.chars().any(|letter| WIDE.contains(&script(letter)));
    let is_turkish = text.contains(|letter| TURKISH.contains(letter));
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_option = |next: &char| next.is_ascii_alphanumeric() || DASHES.contains(next);
        let is_dash = before == ' ' && DASHES.contains(&letter) && letters.peek().is_some_and(is_option);
        let is_other = match letter {
            'ı' => !is_turkish,
            _ if letter.is_ascii() => false,
            _ if SIGNS.contains(letter) => !is_wide,
            _ if letter.is_alphanumeric() => is_folded(letter, char::is_ascii_alphanumeric) || is_odd(letter),
            _ => !is_wide && is_folded(letter, char::is_ascii_punctuation),
        };
        if is_dash || is_other {
            return Some(letter);
        }
        before = letter;
    }
    None
}

/// Whether a character is an ASCII one of this kind in another shape.
fn is_folded(letter: char, kind: fn(&char) -> bool) -> bool {
    let mut text = [0; 4];
    let folded =
        ComposingNormalizerBorrowed::new_nfkc().normalize(letter.encode_utf8(&mut text)).into_owned();
    folded.len() == 1 && folded.chars().all(|letter| kind(&letter))
}

/// Whether it is a Latin letter that nobody writes words with.
fn is_odd(letter: char) -> bool {
    let mut text = [0; 4];
    let parts =
        DecomposingNormalizerBorrowed::new_nfd().normalize(letter.encode_utf8(&mut text)).into_owned();
    let is_known = |first: char| first.is_ascii_alphabetic() || LATIN.contains(first);
    script(letter) == Script::Latin && !parts.starts_with(is_known)
}

/// The first mark that goes through a character, or stands on one that has none in any language.
fn overlaid(text: &str) -> Option<char> {
    let pairs = text.chars().zip(text.chars().skip(1));
    let found = pairs.filter(|(_, mark)| !mark.is_ascii()).find(|(before, mark)| {
        let goes_through = matches!(
            mark,
            '\u{334}'..='\u{338}' | '\u{20d2}' | '\u{20d3}' | '\u{20d8}'..='\u{20da}' | '\u{20e5}'..='\u{20eb}'
        );
        goes_through || before.is_ascii_punctuation() && is_mark(*mark)
    });
    found.map(|(_, mark)| mark)
}

fn is_mark(letter: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(letter);
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, part: &str) {
        let told = about(text).unwrap_or_default();
        assert!(told.contains(part), "{text}: {told}");
    }

    #[test]
    fn c22_letters_that_look_like_others_are_told() {
        check("/usr/bin/g\u{456}t", "Cyrillic and Latin");
        check("/usr/bin/\u{ff47}it", "U+FF47");
        check("\u{1d420}it", "U+1D420");
        check("p\u{430}ypal", "Cyrillic");
        check("\u{43e}penai", "Cyrillic");
        check("git \u{441}\u{43e}\u{440}\u{443}", "words of Cyrillic");
        check("\u{261}it", "U+0261");
        check("p\u{251}ypal", "U+0251");
        check("g\u{131}thub.com", "U+0131");
        check("\u{1c3}x", "U+01C3");
        check("\u{fb01}nd", "U+FB01");
        check("\u{1d0f}penai", "U+1D0F");
    }

    #[test]
    fn c22_signs_that_look_like_others_are_told() {
        let told = |sign: char| format!("U+{:04X} ", u32::from(sign));
        for sign in "\u{2010}\u{2011}\u{2013}\u{2014}\u{2212}\u{ff0d}\u{fe63}\u{2d7}".chars() {
            check(&format!("rm {sign}rf"), &told(sign));
        }
        for sign in "\u{2215}\u{2044}\u{29f8}\u{ff0f}".chars() {
            check(&format!("https://github.com{sign}evil.example"), &told(sign));
        }
        check("\u{ff0d}\u{ff0d}", "U+FF0D");
        check("\u{2013}\u{2013}force", "U+2013");
        check("/etc\u{2215}passwd", "U+2215");
        check("rm\u{2024}", "U+2024");
        check("a\u{a789}b", "U+A789");
        check("\u{2cb}id\u{2cb}", "U+02CB");
        check("a\u{37e}b", "U+037E");
        check("a\u{338}b", "U+0338");
        check("/etc/\u{301}x", "U+0301");
    }

    #[test]
    fn what_people_write_is_not_told() {
        let latin = "naïve|Größe 10|größe|gro\u{308}ße|Łódź|smørrebrød|Việt Nam, Đà Nẵng|encyclopædia|Þórr|ǿ";
        let others = "東京タワー|Токио|서울|日本語text|İstanbul ışık|Ελλάδα|नमस्ते|שלום|سلام";
        let signs = "🙂 ok|5 € – 7 £|2010–2020|don’t “quote” — yes…|«ça va»|→ 20 °C|¿Qué?|a·b|•";
        let wide = "（日本語）、テスト：はい|中文，好";
        for text in [latin, others, signs, wide].iter().flat_map(|all| all.split('|')) {
            let told = about(text);
            assert!(told.is_none(), "{text}: {told:?}");
        }
    }
}
