//! A plan in one line: for a record, a list, a notification.
//!
//! Words are quoted as a shell would need them, so that the line says where one
//! ends: `'a b'`, and `$'a\nb'` where there are escapes in it. Different
//! arguments make different lines, but for what is covered and what is left out,
//! and both say so.

use super::super::plan::Plan;
use super::cover;
use super::shown::{Kind, Shown};

/// The command, with at most so many characters.
pub fn line(plan: &Plan, most: usize) -> String {
    let words: Vec<Vec<u8>> = [plan.exec().named.as_bytes()]
        .into_iter()
        .chain(plan.argv().iter().map(AsRef::as_ref))
        .map(<[u8]>::to_vec)
        .collect();
    let (mut line, mut length, mut left) = (String::new(), 0, 0);
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| words[before].as_slice());
        let word = quoted(&argument(before, word));
        let width = word.chars().count() + usize::from(0 < index);
        if 0 < left || most < length + width {
            left += 1;
            continue;
        }
        if 0 < index {
            line.push(' ');
        }
        line.push_str(&word);
        length += width;
    }
    match left {
        0 => line,
        1 => line + " … (+1 argument)",
        more => format!("{line} … (+{more} arguments)"),
    }
}

/// What a notification may say: who, which program, and the code to compare. No argument is in it.
pub fn notice(plan: &Plan) -> String {
    let [client, name] =
        [plan.client(), plan.file_name()].map(|text| Shown::of(text.as_bytes()).cut(60).text());
    format!("{client} asks to run {name} ({})", plan.digest().short())
}

/// An argument, covered if the one before says that it is a secret.
pub(super) fn argument(before: Option<&[u8]>, word: &[u8]) -> Shown {
    match before.is_some_and(|before| cover::announces(before, word)) {
        true => Shown::covered(word),
        false => Shown::of(word),
    }
}

fn quoted(word: &Shown) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:=@%+,".contains(&byte);
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| safe(byte) || !byte.is_ascii());
    if word.is_plain() {
        let text = word.text();
        return match plain(&text) {
            true => text,
            false => format!("'{}'", text.replace('\'', r"'\''")),
        };
    }
    let mut quoted = "$'".to_owned();
    for piece in &word.pieces {
        match piece.kind {
            Kind::Plain => quoted.push_str(&piece.text.replace('\\', r"\\").replace('\'', r"\'")),
            Kind::Escape | Kind::Cover => quoted.push_str(&piece.text),
        }
    }
    quoted + "'"
}
