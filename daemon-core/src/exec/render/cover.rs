//! What is not shown because it looks like a secret.
//!
//! There are two levels, and this is the one place that knows them. A cover
//! hides something from its reader, so to whoever decides it is a danger, and to
//! a record, which is for ever, a protection:
//!
//! - [`Covering::ToDecide`]: only what can be nothing but a value that was drawn
//!   by lot ([`is_drawn`]). It is of a token's characters alone, so nothing in it
//!   means anything to a shell, and it reads like no path, host or name, so that
//!   who sees it knows no more than who sees its length. It has to stand where
//!   tokens stand, too. That it is covered is said, and "always" is not offered.
//!   What is in doubt is shown.
//! - [`Covering::ToKeep`]: whatever could be a secret, for lists and for the
//!   record, by which nobody decides. What is in doubt is covered.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// For what something is shown, and so what of it is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covering {
    /// For whoever decides: only what is a token and nothing else.
    ToDecide,
    /// For lists and the record: all that could be a secret.
    ToKeep,
}

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
const OF_TEXTS: &[u8] = b"$`;|&<>(){}[]\\\n\r";
/// What may follow on a token that is covered for whoever decides.
const ENDS: &[u8] = b" \t\r\n\"'&,";

/// What stands before a token that may be covered for whoever decides; the group is the name of what it is.
static BEFORE: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let name =
        format!(r#"(?i)(?:^|[ \t\r\n"'&,?;{{(])([0-9a-z_\-]*{SECRET}[0-9a-z_\-]*)["']?(?:=|: ?)["']?"#);
    [regex(r#"(?i)\bauthorization["']?: ?["']?(?:bearer|basic|token) "#), regex(&name)]
});
static IN_URL: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b[A-Za-z][A-Za-z0-9+.\-]*://[A-Za-z0-9_.+\-]*:([A-Za-z0-9_+\-]+)@"));
static WHOLE: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r#"(?:^|[ \t"'=:,&])({PREFIXED})"#)));
/// Two texts in braces and a signature, which is longer than a host's last name can be.
static JWT: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"[0-9A-Za-z_\-]";
    regex(&format!(r#"(?:^|[ \t"'=:,&])(eyJ{part}{{8,4096}}\.eyJ{part}{{2,16384}}\.({part}{{30,4096}}))"#))
});
/// Words after which a secret follows as a word of its own.
static ANNOUNCES: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"(?i)^--?[a-z0-9_\-]*{SECRET}$")));

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

/// What to cover in each argument.
pub(super) fn arguments<'a>(
    argv: impl IntoIterator<Item = &'a [u8]>,
    covering: Covering,
) -> impl Iterator<Item = Vec<Range<usize>>> {
    let mut before: &[u8] = b"";
    let (mut is_ended, mut is_after_text) = (false, false);
    argv.into_iter().map(move |word| {
        let is_value = match covering {
            // What a shell is given after its text is the text's own.
            Covering::ToDecide => {
                !is_after_text && announces(before) && !word.starts_with(b"-") && is_drawn(word)
            }
            Covering::ToKeep => before.starts_with(b"-") && name_end(before).is_none() && is_name(before),
        };
        let ranges = match covering {
            // No option is read any more: these are names of files, hosts and programs.
            Covering::ToDecide if is_ended => Vec::new(),
            _ if is_value && !word.is_empty() => all(word),
            _ => text(word, covering),
        };
        is_ended |= word == b"--";
        is_after_text |= word.iter().any(|byte| OF_TEXTS.contains(byte));
        before = if covering == Covering::ToKeep && is_value { b"" } else { word };
        ranges
    })
}

/// What to cover in the value of a variable, for whoever decides.
pub(super) fn variable(name: &str, value: &[u8]) -> Vec<Range<usize>> {
    if acts(name.as_bytes()) {
        return Vec::new();
    }
    let is_secret = NAMES.is_match(name.as_bytes()) && is_drawn(value);
    if is_secret { all(value) } else { text(value, Covering::ToDecide) }
}

/// What to cover in a text, in order and apart from one another.
pub(super) fn text(bytes: &[u8], covering: Covering) -> Vec<Range<usize>> {
    let mut found = match covering {
        Covering::ToDecide => tokens(bytes),
        Covering::ToKeep => all_that_could_be(bytes),
    };
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

fn all(bytes: &[u8]) -> Vec<Range<usize>> {
    std::iter::once(0..bytes.len()).collect()
}

fn tokens(bytes: &[u8]) -> Vec<Range<usize>> {
    let ends = |at: usize| bytes.get(at).is_none_or(|next| ENDS.contains(next));
    let mut found = Vec::new();
    for shape in BEFORE.iter() {
        for before in shape.captures_iter(bytes) {
            let start = before.get(0).map_or(0, |all| all.end());
            let end = start + token_length(&bytes[start..]);
            let acts = before.get(1).is_some_and(|name| acts(name.as_bytes()));
            found.extend(Some(start..end).filter(|it| !acts && ends(end) && is_drawn(&bytes[it.clone()])));
        }
    }
    let groups = |shape: &'static Regex| shape.captures_iter(bytes).filter_map(|found| found.get(1));
    let drawn = |shape| groups(shape).map(|it| it.range()).filter(|it| is_drawn(&bytes[it.clone()]));
    found.extend(drawn(&IN_URL));
    found.extend(drawn(&WHOLE).filter(|it| ends(it.end)));
    let signed = JWT.captures_iter(bytes).filter_map(|found| Some((found.get(1)?, found.get(2)?)));
    let real = signed.filter(|(all, signature)| ends(all.end()) && 3 <= changes(signature.as_bytes()));
    found.extend(real.map(|(all, _)| all.range()));
    found
}

/// Never less than is covered for whoever decides.
fn all_that_could_be(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = tokens(bytes);
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

/// Whether the word after this one is a secret, if it looks like one.
fn announces(word: &[u8]) -> bool {
    ANNOUNCES.is_match(word) && !acts(word)
}

/// Whether something of this name is run, read or called, so that its value has to be seen.
fn acts(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_uppercase();
    ACTING.iter().any(|part| name.contains(part))
}

/// How much of a text is of a token's characters.
fn token_length(bytes: &[u8]) -> usize {
    let body = bytes.iter().take_while(|byte| is_of_token(**byte)).count();
    body + bytes[body..].iter().take(2).take_while(|byte| **byte == b'=').count()
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
