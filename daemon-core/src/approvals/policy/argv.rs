//! What the arguments of a program may be: one pattern for each, and perhaps any more.
//!
//! `"..."` at the end stands for more arguments. With `tail_flags` nothing among
//! them may begin with `-` but what is listed, letter by letter: no abbreviations,
//! no clusters, and `--x=y` only where `--x=` is listed. With `tail_flags_deny`
//! anything may but what is listed, with every abbreviation and cluster of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::Place;
use super::plain::is_plain;
use super::subject::Reach;
use super::token::{Kind, TokenPattern};
use crate::text::brief;

/// No list of patterns has more, and no list of flags.
pub(super) const MOST: usize = 128;

/// A pattern for all arguments after the program's name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written")]
pub struct ArgvPattern {
    tokens: Vec<TokenPattern>,
    tail: Option<Tail>,
}

/// What may follow.
#[derive(Debug, Clone, Default)]
struct Tail {
    flags: Option<Vec<String>>,
    deny: Vec<String>,
}

/// As it is written.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// A pattern for each argument; "..." at the end stands for more.
    pub(super) argv: Vec<Element>,
    /// What may begin with "-" among those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tail_flags: Option<Vec<String>>,
    /// What may not be among those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tail_flags_deny: Vec<String>,
}

/// A pattern, or `"..."`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(with = "TokenPattern")]
pub(super) enum Element {
    /// For one argument.
    Token(TokenPattern),
    /// For any more.
    More,
}

/// Why arguments are not what a pattern wants; told only to who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Miss<'p> {
    /// There is none for this pattern.
    Missing(&'p TokenPattern),
    /// This one, counted from 0, is none that the pattern means.
    Token(usize, &'p TokenPattern),
    /// There are more than that.
    More(usize),
    /// This one is no flag that is listed.
    Flag(usize),
    /// This one is, or may be, a flag that must not be.
    Denied(usize, &'p str),
    /// This one has what cannot be seen.
    Odd(usize),
}

impl PartialEq for TokenPattern {
    fn eq(&self, other: &TokenPattern) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for TokenPattern {}

impl ArgvPattern {
    /// Exactly these arguments.
    pub fn exactly(argv: &[&str]) -> ArgvPattern {
        ArgvPattern { tokens: argv.iter().map(|text| TokenPattern::literal(text)).collect(), tail: None }
    }

    /// These patterns, and then anything of which only these flags begin with `-`.
    pub(super) fn with_tail(tokens: Vec<TokenPattern>, flags: Vec<String>) -> ArgvPattern {
        ArgvPattern { tokens, tail: Some(Tail { flags: Some(flags), deny: Vec::new() }) }
    }

    /// Whether anything may follow, without a list of what.
    pub fn is_broad(&self) -> bool {
        self.tail.as_ref().is_some_and(|tail| tail.flags.is_none())
    }

    /// Whether the first of them that is no flag may be anything.
    pub(super) fn is_any(&self) -> bool {
        let is_flag = |token: &TokenPattern| token.to_string().starts_with("\"-");
        self.tail.is_some() && self.tokens.iter().all(is_flag)
    }

    /// The first thing that is not as wanted.
    pub(super) fn check(
        &self,
        argv: &[impl AsRef<[u8]>],
        place: Place<'_>,
        reach: Reach,
    ) -> Result<(), Miss<'_>> {
        for (at, pattern) in self.tokens.iter().enumerate() {
            let token = argv.get(at).ok_or(Miss::Missing(pattern))?;
            if !pattern.matches(token.as_ref(), place, reach) {
                return Err(Miss::Token(at, pattern));
            }
        }
        let more = argv.iter().enumerate().skip(self.tokens.len());
        match &self.tail {
            Some(tail) => more
                .map(|(at, token)| (at, token.as_ref()))
                .try_for_each(|(at, token)| tail.check(at, token, reach)),
            None if self.tokens.len() < argv.len() => Err(Miss::More(self.tokens.len())),
            None => Ok(()),
        }
    }

    /// Which of the arguments are files whose contents the pattern wants to be known, if it means these
    /// arguments but for that.
    pub(super) fn files_wanted(&self, argv: &[impl AsRef<[u8]>], place: Place<'_>) -> Vec<usize> {
        let mut files = Vec::new();
        for (at, pattern) in self.tokens.iter().enumerate() {
            let Some(token) = argv.get(at).map(AsRef::as_ref) else { return Vec::new() };
            if pattern.wants_file(token, place) {
                files.push(at);
            } else if !pattern.matches(token, place, Reach::Narrow) {
                return Vec::new();
            }
        }
        files
    }
}

impl Tail {
    fn check(&self, at: usize, token: &[u8], reach: Reach) -> Result<(), Miss<'_>> {
        if reach == Reach::Narrow && !is_plain(token) {
            return Err(Miss::Odd(at));
        }
        if token.len() < 2 || !token.starts_with(b"-") {
            return Ok(());
        }
        if let Some(denied) = self.deny.iter().find(|denied| may_be(token, denied)) {
            return Err(Miss::Denied(at, denied));
        }
        let is_listed = |flags: &Vec<String>| flags.iter().any(|flag| is_flag(token, flag.as_bytes()));
        if self.flags.as_ref().is_none_or(is_listed) { Ok(()) } else { Err(Miss::Flag(at)) }
    }
}

/// Letter by letter; what ends with `=` may have any value.
fn is_flag(token: &[u8], flag: &[u8]) -> bool {
    token == flag || (flag.ends_with(b"=") && token.starts_with(flag))
}

/// Whether a token is a flag in any way of writing it: abbreviated, in a cluster, with its value.
fn may_be(token: &[u8], flag: &str) -> bool {
    let flag = flag.trim_end_matches('=').as_bytes();
    let name = token.split(|byte| *byte == b'=').next().unwrap_or(token);
    if token.starts_with(b"--") {
        return 2 < name.len() && flag.starts_with(name);
    }
    match flag {
        [b'-', letter] => token[1..].contains(letter),
        // `-output` for `--output`, as some programs have it.
        _ => {
            token.starts_with(flag)
                || (3 < token.len() && flag.strip_prefix(b"-").is_some_and(|it| it.starts_with(name)))
        }
    }
}

impl Miss<'_> {
    /// In words; `argv` is what was looked at.
    pub(super) fn tell(&self, argv: &[impl AsRef<[u8]>]) -> String {
        let shown = |at: usize| brief(&String::from_utf8_lossy(argv[at].as_ref()));
        match self {
            Miss::Missing(pattern) => format!("ends before {pattern}"),
            Miss::Token(at, pattern) => format!("argument {}, \"{}\", is not {pattern}", at + 1, shown(*at)),
            Miss::More(at) => format!("argument {}, \"{}\", is one too many", at + 1, shown(*at)),
            Miss::Flag(at) => format!("argument {}, \"{}\", is not among tail_flags", at + 1, shown(*at)),
            Miss::Denied(at, flag) => {
                format!("argument {}, \"{}\", may be {flag}, of tail_flags_deny", at + 1, shown(*at))
            }
            Miss::Odd(at) => {
                format!("argument {}, \"{}\", has characters that cannot be seen", at + 1, shown(*at))
            }
        }
    }
}

impl TryFrom<Written> for ArgvPattern {
    type Error = String;

    fn try_from(written: Written) -> Result<ArgvPattern, String> {
        let Written { mut argv, tail_flags, tail_flags_deny } = written;
        if MOST < argv.len() {
            return Err(format!("argv has {} patterns, and may have {MOST}", argv.len()));
        }
        let tail = argv.pop_if(|last| matches!(last, Element::More));
        if tail.is_none() && (tail_flags.is_some() || !tail_flags_deny.is_empty()) {
            return Err("tail_flags are for what follows, and argv does not end with \"...\"".to_owned());
        }
        for flag in tail_flags.iter().flatten().chain(&tail_flags_deny) {
            if flag.len() < 2 || !flag.starts_with('-') || !is_plain(flag.as_bytes()) {
                return Err(format!("\"{}\" is no flag: it begins with \"-\"", brief(flag)));
            }
        }
        if MOST < tail_flags.as_ref().map_or(0, Vec::len).max(tail_flags_deny.len()) {
            return Err(format!("more than {MOST} flags are listed"));
        }
        let tokens = argv.into_iter().map(|element| match element {
            Element::Token(pattern) => Ok(pattern),
            Element::More => Err("\"...\" stands for all that follows, so it can only be last".to_owned()),
        });
        let tokens = tokens.collect::<Result<_, String>>()?;
        let tail = tail.map(|_| Tail { flags: tail_flags, deny: tail_flags_deny });
        Ok(ArgvPattern { tokens, tail })
    }
}

impl From<ArgvPattern> for Written {
    fn from(pattern: ArgvPattern) -> Written {
        let mut argv: Vec<Element> = pattern.tokens.into_iter().map(Element::Token).collect();
        let Some(tail) = pattern.tail else { return Written { argv, ..Written::default() } };
        argv.push(Element::More);
        Written { argv, tail_flags: tail.flags, tail_flags_deny: tail.deny }
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Element, D::Error> {
        let pattern = TokenPattern::deserialize(input)?;
        Ok(match pattern.0 {
            Kind::More => Element::More,
            _ => Element::Token(pattern),
        })
    }
}

impl Serialize for Element {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Element::Token(pattern) => pattern.serialize(out),
            Element::More => out.serialize_str("..."),
        }
    }
}
