//! What one argument may be.
//!
//! A pattern looks at one token at a time, so nothing that it stands for can reach
//! into the next. What it stands for depends on who asks ([`Reach`]): to permit, a
//! wildcard stands for nothing that cannot be seen, and one at the begin for no
//! option; to prohibit, for anything.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use regex::Regex;

use super::glob::Glob;
use super::paths::{PathPattern, Place};
use super::plain::is_plain;
use super::subject::Reach;

/// A pattern for one argument.
#[derive(Debug, Clone)]
pub struct TokenPattern(pub(super) Kind);

/// What there is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// This text.
    Literal(String),
    /// A text with stars.
    Glob(Glob),
    /// A path.
    Path(PathPattern),
    /// A path of a file whose content is part of the plan.
    File(PathPattern),
    /// A whole number.
    Int(RangeInclusive<i64>),
    /// An address, of this network.
    Ip(Option<Network>),
    /// A network, within this one.
    Cidr(Option<Network>),
    /// A name.
    Ident,
    /// A regular expression for the whole token; and as it was written.
    Re(Regex, String),
    /// Any more arguments, where that may be; no single one.
    More,
    /// One of these.
    Any(Vec<Kind>),
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) address: IpAddr,
    pub(super) bits: u8,
}

impl TokenPattern {
    /// Exactly this text.
    pub fn literal(text: &str) -> TokenPattern {
        TokenPattern(Kind::Literal(text.to_owned()))
    }

    pub(super) fn matches(&self, token: &[u8], place: Place<'_>, reach: Reach) -> bool {
        self.0.matches(token, place, reach)
    }

    /// Whether it wants a file whose content is known, and what it would be.
    pub(super) fn wants_file(&self, token: &[u8], place: Place<'_>) -> bool {
        match &self.0 {
            Kind::File(path) => path.means(token, place, Reach::Narrow).is_some(),
            Kind::Any(kinds) => kinds.iter().any(|kind| TokenPattern(kind.clone()).wants_file(token, place)),
            _ => false,
        }
    }
}

impl Kind {
    fn matches(&self, token: &[u8], place: Place<'_>, reach: Reach) -> bool {
        match self {
            Kind::Literal(text) => text.as_bytes() == token,
            Kind::Glob(glob) if reach == Reach::Wide => glob.matches(token),
            Kind::Glob(glob) => {
                let is_option = glob.is_open() && token.starts_with(b"-");
                !is_option && glob.matches(token) && is_plain(token)
            }
            Kind::Path(path) => path.means(token, place, reach).is_some(),
            Kind::File(path) => {
                let meant = path.means(token, place, reach);
                meant
                    .is_some_and(|path| reach == Reach::Wide || place.files.iter().any(|file| file.0 == path))
            }
            Kind::Any(kinds) => kinds.iter().any(|kind| kind.matches(token, place, reach)),
            _ => std::str::from_utf8(token).is_ok_and(|text| self.is(text, reach)),
        }
    }

    /// The kinds that are about text.
    fn is(&self, text: &str, reach: Reach) -> bool {
        match self {
            Kind::Int(range) => int(text).is_some_and(|number| range.contains(&number)),
            Kind::Ip(within) => text.parse::<IpAddr>().is_ok_and(|address| {
                within.is_none_or(|network| network.contains(Network { address, bits: width(address) }))
            }),
            Kind::Cidr(within) => {
                Network::new(text).is_some_and(|it| within.is_none_or(|all| all.contains(it)))
            }
            Kind::Ident => is_ident(text),
            Kind::Re(regex, _) => regex.is_match(text) && (reach == Reach::Wide || is_plain(text.as_bytes())),
            _ => false,
        }
    }
}

/// A number in its one usual form.
fn int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_usual =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    text.parse().ok().filter(|_| is_usual && text != "-0")
}

/// Letters, digits, `_`, `-` and `.`; the first a letter or `_`.
fn is_ident(text: &str) -> bool {
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins && text.len() <= 128 && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl Network {
    /// Reads `10.0.0.0/8`: nothing may be set behind its bits.
    pub(super) fn new(text: &str) -> Option<Network> {
        let (address, bits) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let bits = u8::try_from(int(bits)?).ok().filter(|bits| *bits <= width(address))?;
        let network = Network { address, bits };
        (network.number() & !network.mask() == 0).then_some(network)
    }

    /// Whether all of another is within it.
    fn contains(self, other: Network) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.bits <= other.bits
            && other.number() & self.mask() == self.number()
    }

    fn number(self) -> u128 {
        match self.address {
            IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
            IpAddr::V6(address) => address.to_bits(),
        }
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const PLACE: fn() -> Place<'static> =
        || Place { cwd: Path::new("/"), home: None, files: &[], looked: Box::leak(Box::default()) };

    fn check(pattern: &str, token: &[u8], narrow: bool, wide: bool) {
        let table: toml::Table = format!("it = {pattern}").parse().unwrap();
        let pattern: TokenPattern = table["it"].clone().try_into().unwrap();
        let shown = String::from_utf8_lossy(token);
        assert_eq!(pattern.matches(token, PLACE(), Reach::Narrow), narrow, "{pattern:?} {shown}");
        assert_eq!(pattern.matches(token, PLACE(), Reach::Wide), wide, "{pattern:?} {shown}");
    }

    #[test]
    fn each_type_has_its_one_form() {
        for (pattern, yes, no) in [
            (
                "{ int = \"1..65535\" }",
                &["1", "80", "65535"][..],
                &["0", "65536", "01", "+1", "1.0", "", "-1"][..],
            ),
            ("{ int = \"-5..5\" }", &["-5", "0"], &["-0", "-6", "--5"]),
            ("{ ip = true }", &["1.2.3.4", "::1"], &["1.2.3", "1.2.3.4/8", "01.2.3.4", "localhost"]),
            ("{ ip = \"10.0.0.0/8\" }", &["10.1.2.3"], &["11.0.0.1", "::1"]),
            (
                "{ cidr = true }",
                &["10.0.0.0/8", "::/0"],
                &["10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08"],
            ),
            ("{ cidr = \"10.0.0.0/8\" }", &["10.1.0.0/16"], &["0.0.0.0/0", "11.0.0.0/16"]),
            ("{ ident = true }", &["eth0", "_x", "a.b-c"], &["", "-a", "0a", "a b", "a/b", "é"]),
            ("{ re = \"^v[0-9]+$\" }", &["v1", "v22"], &["v", "xv1", "v1x", "v1\n"]),
            ("{ re = \"^a|b$\" }", &["a", "b"], &["ax", "xb"]),
            ("{ literal = \"*\" }", &["*"], &["", "x"]),
            ("[\"-A\", \"-D\", { int = \"1..2\" }]", &["-A", "1"], &["-C", "3"]),
            ("\"plain\"", &["plain"], &["plainer", "Plain", ""]),
        ] {
            for token in yes {
                check(pattern, token.as_bytes(), true, true);
            }
            for token in no {
                check(pattern, token.as_bytes(), false, false);
            }
        }
    }

    #[test]
    fn c16_what_cannot_be_seen_is_never_matched_by_a_star() {
        for token in ["-L\nrm -rf /", "a\rb", "a\0b", "a\u{2028}b", "a\u{202e}b"] {
            check("\"*\"", token.as_bytes(), false, true);
            check("{ re = \"^(?s:.*)$\" }", token.as_bytes(), false, true);
        }
        check("\"*\"", b"\xff\xfe", false, true);
        check("\"*\"", b"clear", true, true);
    }

    #[test]
    fn a_star_at_the_begin_is_no_option() {
        check("\"*\"", b"--output=x", false, true);
        check("\"*x\"", b"-x", false, true);
        check("\"-*\"", b"-x", true, true);
    }
}
