//! A command in one line: for a record, a list, a notification.
//!
//! Words are quoted as a shell would need them, so that the line says where one
//! ends: `'a b'`, and `$'a\nb'` where there are escapes in it. Different
//! commands make different lines, but for what is covered and what is left out,
//! and both say so: no word can be written like [`COVER`] or like what says how
//! much is missing.

use super::super::plan::Plan;
use super::cover;
use super::shown::{Kind, Piece, Shown};

/// What stands for something that is covered, outside of all quotes.
const COVER: &str = "•••";
/// So much of a word is worth a line.
const WORTH: usize = 16;

/// A command with at most so many characters of it, as it may be kept (`cover::to_keep`).
pub fn line<'a>(program: &[u8], argv: impl IntoIterator<Item = &'a [u8]>, most: usize) -> String {
    let argv: Vec<&[u8]> = argv.into_iter().collect();
    let covers = cover::to_keep(argv.iter().copied());
    let arguments = argv.iter().zip(covers).map(|(word, covers)| Shown::with(word, &covers));
    let (mut line, mut length, mut cut, mut left) = (String::new(), 0, 0, 0);
    for (index, word) in [Shown::of(program)].into_iter().chain(arguments).enumerate() {
        if 0 < left || 0 < cut {
            left += 1;
            continue;
        }
        let before = usize::from(0 < index);
        let room = most.saturating_sub(length + before);
        let Some((text, more)) = fitting(word, room) else {
            left += 1;
            continue;
        };
        line.push_str(&" "[..before]);
        line.push_str(&text);
        length += before + text.chars().count();
        cut = more;
    }
    let missing = [(cut, "character"), (left, "argument")];
    let missing: Vec<String> = missing.iter().filter(|(count, _)| 0 < *count).map(counted).collect();
    let gap = if 0 < cut { "" } else { " " };
    if missing.is_empty() { line } else { format!("{line}{gap}… ({})", missing.join(", ")) }
}

/// Each argument as whoever decides sees it, quoted as in such a line; the program has these names.
pub fn words<'a>(
    names: [&str; 2],
    argv: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
) -> impl Iterator<Item = String> {
    shown(names, argv).map(|word| quoted(&word))
}

/// Each argument as it may be kept, quoted as in such a line.
pub fn kept_words<'a>(
    argv: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
) -> impl Iterator<Item = String> {
    kept(argv).map(|word| quoted(&word))
}

fn kept<'a>(argv: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>) -> impl Iterator<Item = Shown> {
    let argv = argv.into_iter();
    cover::to_keep(argv.clone()).zip(argv).map(|(covers, word)| Shown::with(word, &covers))
}

/// Each argument of which something could be a secret, without that; nothing of any other.
pub fn covered<'a>(
    argv: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
) -> impl Iterator<Item = Option<String>> {
    kept(argv).map(|word| {
        let left = word.pieces.iter().map(|piece| match piece.kind {
            Kind::Cover => COVER,
            Kind::Plain | Kind::Escape => &piece.text,
        });
        (0 < word.covers()).then(|| left.collect())
    })
}

/// What a notification may say: who, which program, and the code to compare. No argument is in it.
pub fn notice(plan: &Plan) -> String {
    let [client, name] =
        [plan.client(), plan.file_name()].map(|text| Shown::of(text.as_bytes()).cut(60).text());
    format!("{client} asks to run {name} ({})", plan.digest().short())
}

/// Each argument as whoever decides sees it.
pub(super) fn shown<'a>(
    names: [&str; 2],
    argv: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
) -> impl Iterator<Item = Shown> {
    let argv = argv.into_iter();
    let covers = cover::to_decide(names, argv.clone());
    argv.zip(covers).map(|(word, covers)| Shown::with(word, &covers))
}

/// The word, or its begin and how many characters are missing; nothing if there is no room for so much.
fn fitting(word: Shown, room: usize) -> Option<(String, u64)> {
    let whole = quoted(&word);
    if whole.chars().count() <= room {
        return Some((whole, 0));
    }
    // Quoting can make it longer, so it is cut until it fits.
    let mut most = room;
    while WORTH <= most {
        let cut = word.clone().cut(most);
        let text = quoted(&cut);
        match text.chars().count().saturating_sub(room) {
            0 => return Some((text, cut.more)),
            over => most = most.saturating_sub(over),
        }
    }
    None
}

fn counted((count, what): &(u64, &str)) -> String {
    format!("+{count} {what}{}", if *count == 1 { "" } else { "s" })
}

fn quoted(word: &Shown) -> String {
    if word.pieces.is_empty() {
        return "''".to_owned();
    }
    let parts = word.pieces.chunk_by(|one, other| (one.kind == Kind::Cover) == (other.kind == Kind::Cover));
    parts.map(|pieces| if pieces[0].kind == Kind::Cover { COVER.to_owned() } else { part(pieces) }).collect()
}

/// Pieces of which none is covered.
fn part(pieces: &[Piece]) -> String {
    let safe = |letter: char| {
        letter.is_ascii_alphanumeric()
            || "_-./:=@%+,".contains(letter)
            || !letter.is_ascii() && !"•…".contains(letter)
    };
    if let [Piece { text, kind: Kind::Plain }] = pieces {
        return match text.chars().all(safe) {
            true => text.clone(),
            false => format!("'{}'", text.replace('\'', r"'\''")),
        };
    }
    let text = pieces.iter().map(|piece| match piece.kind {
        Kind::Plain => piece.text.replace('\\', r"\\").replace('\'', r"\'"),
        Kind::Escape | Kind::Cover => piece.text.clone(),
    });
    format!("$'{}'", text.collect::<String>())
}
