//! What is not shown because it looks like a secret.
//!
//! There are two levels, and this is the one place that knows them. A cover
//! hides something from its reader, so to whoever decides it is a danger, and to
//! a record, which is for ever, a protection:
//!
//! - [`to_decide`] and [`variable`], for whoever decides: only the value of an
//!   option (`--api-token=...`) or variable that by its name is nothing but a
//!   secret, and that was drawn by lot ([`is_drawn`]). A word that stands alone is
//!   never covered, whatever it looks like: the requester may call a file, a
//!   package or a host as he likes. Nor is the word behind an option, which for
//!   `dropdb --password NAME` is what is dropped. Where a text is run
//!   ([`runs_text`]) nothing is covered, since any word or variable may be part of
//!   what that does. That something is covered is said, and "always" is not
//!   offered. What is in doubt is shown.
//! - [`to_keep`]: whatever could be a secret, for lists and for the record, by
//!   which nobody decides. What is in doubt is covered.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::exec::known::{Does, does};

/// Tokens by their makers' prefixes.
const PREFIXED: &str = r"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36,255}|github_pat_[0-9A-Za-z_]{50,255}|glpat-[0-9A-Za-z_\-]{20,64}|sk-[0-9A-Za-z_\-]{20,255}|[sr]k_(?:live|test)_[0-9A-Za-z]{16,255}|xox[abposr]-[0-9A-Za-z\-]{10,255}|AIza[0-9A-Za-z_\-]{35}|npm_[0-9A-Za-z]{36}|hf_[0-9A-Za-z]{30,64}";
/// What names of secrets have in them.
const SECRET: &str = r"(?:pass(?:word|wd|phrase)|secret|token|credential|api[_\-]?key|access[_\-]?key)";
/// What the names of variables and options have in them whose values do something, whatever else is in the name.
const ACTING: [&str; 23] = [
    "COMMAND", "CMD", "FILE", "PATH", "PROVIDER", "HELPER", "ASKPASS", "DIR", "URL", "URI", "HOST", "EXE",
    "PROG", "SCRIPT", "SHELL", "HOOK", "PLUGIN", "ARGS", "OPT", "PROXY", "SOCK", "ADDR", "PROCESS",
];
/// What is in an argument that may be a text for a shell, or for another interpreter.
const OF_TEXTS: &[u8] = b"$`;|&<>(){}[]\\ \t\n\r";

/// An option with its value, whose name ends in what only a secret is called. A secret or an access key alone is
/// often meant by its name: `podman run --secret=NAME`, `radosgw-admin key rm --access-key=NAME`.
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    let ends =
        r"pass(?:word|wd|phrase)|token|api[_\-]?key|client[_\-]?secret|secret[_\-]?(?:access[_\-]?)?key";
    regex(&format!(r"(?i)^(--[a-z0-9_\-]*(?:{ends}))=(.+)$"))
});
/// The name of a variable that ends so.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"(?i)(?:{SECRET}|secret_?key)$")));

/// What could be a secret: the group, or all of it if there is none.
static WIDE: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        regex(&format!(r"\b(?:{PREFIXED})")),
        regex(r"\beyJ[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{8,}(?:\.[0-9A-Za-z_\-]+)?"),
        regex(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s/@:]*:([^\s@]+)@"),
        regex(r"[A-Za-z][A-Za-z0-9+.\-]*://([^\s/@:]{20,})@"),
    ]
});
/// What stands before something that could be a secret, and from how many characters on it could.
static WIDE_BEFORE: LazyLock<[(Regex, usize); 2]> = LazyLock::new(|| {
    let scheme = r"(?:bearer|basic|token)\s+";
    let name = format!(r#"(?i)(?:{SECRET}|authorization)[0-9a-z_\-]*["']?\s?[=:]\s?(?:{scheme})?"#);
    [(regex(&format!(r"(?i)\b{scheme}")), 8), (regex(&name), 1)]
});
/// Names after whose `=` or `:` the rest of an argument may be a secret, and options after which the next one may.
static NAMES: LazyLock<Regex> = LazyLock::new(|| regex(&format!("(?i){SECRET}|authorization")));

/// Of bytes and not of characters: what is looked for is ASCII, and arguments need not be text.
fn regex(shape: &str) -> Regex {
    Regex::new(&format!("(?-u){shape}")).expect("the shapes are constant")
}

/// What to cover in each argument for whoever decides; the program has these names.
pub(super) fn to_decide<'a>(
    names: [&str; 2],
    argv: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
) -> impl Iterator<Item = Vec<Range<usize>>> {
    let argv = argv.into_iter();
    let mut is_shown = runs_text(names, argv.clone());
    argv.map(move |word| {
        // After it no option is read any more: these are names of files, hosts and programs.
        is_shown |= word == b"--";
        let found = OPTION.captures(word).filter(|_| !is_shown).and_then(|it| it.get(1).zip(it.get(2)));
        let secret = found.filter(|(name, value)| !acts(name.as_bytes()) && is_drawn(value.as_bytes()));
        secret.map(|(_, value)| value.range()).into_iter().collect()
    })
}

/// Whether to cover the value of a variable for whoever decides, if the command runs no text.
pub(super) fn variable(name: &str, value: &str) -> bool {
    VARIABLE.is_match(name.as_bytes()) && !acts(name.as_bytes()) && is_drawn(value.as_bytes())
}

/// Whether a command may run a text that is in it, or that it reads: there is an interpreter in it or what could be
/// a text.
pub(super) fn runs_text<'a>(names: [&str; 2], mut argv: impl Iterator<Item = &'a [u8]>) -> bool {
    let interprets = |path: &str| does(path.rsplit('/').next().unwrap_or(path), Does::Interprets);
    names.iter().any(|name| interprets(name))
        || argv.any(|word| {
            word.iter().any(|byte| OF_TEXTS.contains(byte)) || std::str::from_utf8(word).is_ok_and(interprets)
        })
}

/// What to cover in each argument where it is kept.
pub(super) fn to_keep<'a>(
    argv: impl IntoIterator<Item = &'a [u8]>,
) -> impl Iterator<Item = Vec<Range<usize>>> {
    let mut before: &[u8] = b"";
    argv.into_iter().map(move |word| {
        let is_value = before.starts_with(b"-") && name_end(before).is_none() && is_name(before);
        before = if is_value { b"" } else { word };
        if is_value && !word.is_empty() {
            return std::iter::once(0..word.len()).collect();
        }
        apart(all_that_could_be(word))
    })
}

/// The same in order and apart from one another.
fn apart(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn all_that_could_be(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for shape in WIDE.iter() {
        let all = shape.captures_iter(bytes);
        found.extend(all.filter_map(|found| Some(found.get(1).or(found.get(0))?.range())));
    }
    for (shape, least) in WIDE_BEFORE.iter() {
        let mut end = 0;
        for before in shape.find_iter(bytes) {
            // What begins within another ends with it, and is not gone through again.
            if end <= before.end() {
                end = before.end() + value_length(&bytes[before.end()..]);
                found.extend(Some(before.end()..end).filter(|it| *least <= it.len()));
            }
        }
    }
    let named = name_end(bytes).filter(|end| is_name(&bytes[..*end])).map(|end| end + 1..bytes.len());
    found.extend(named.filter(|rest| !rest.is_empty()));
    found
}

/// How long a value is that could be a secret: as far as its quotation mark, or the next blank.
fn value_length(bytes: &[u8]) -> usize {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'".contains(byte);
    match bytes.first() {
        Some(quote @ (b'"' | b'\'')) => {
            bytes[1..].iter().position(|byte| byte == quote).map_or(bytes.len(), |end| end + 2)
        }
        _ => bytes.iter().position(is_end).unwrap_or(bytes.len()),
    }
}

/// Where a name ends that has a value in the same argument.
fn name_end(word: &[u8]) -> Option<usize> {
    word.iter().position(|byte| b"=:".contains(byte))
}

fn is_name(name: &[u8]) -> bool {
    NAMES.is_match(name)
}

/// Whether something of this name is run, read or called, so that its value has to be seen.
fn acts(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_uppercase();
    ACTING.iter().any(|part| name.contains(part))
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-+/".contains(&byte)
}

/// Whether a value was drawn by lot: of a token's characters, and with letters and digits so mixed as they are in
/// no name, path or host that a person would know. So it neither does anything nor says anything.
fn is_drawn(value: &[u8]) -> bool {
    let body = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
    let has = |part: &[u8]| body.windows(part.len()).any(|it| it == part);
    let changes = changes(body);
    (8..=4096).contains(&body.len())
        && body.iter().all(|byte| is_of_token(*byte))
        && [body[0], body[body.len() - 1]].iter().all(|end| !b"-+/".contains(end))
        && !has(b"--")
        && !has(b"//")
        // In base64 there are strokes, in short names they are of paths.
        && (!has(b"/") || 32 <= body.len())
        && 3 <= changes
        && body.len() <= 6 * changes
}

/// How often a digit stands beside a letter.
fn changes(value: &[u8]) -> usize {
    let is_change =
        |pair: &&[u8]| pair.iter().any(u8::is_ascii_digit) && pair.iter().any(u8::is_ascii_alphabetic);
    value.windows(2).filter(is_change).count()
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
