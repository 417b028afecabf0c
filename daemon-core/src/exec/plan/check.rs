//! Whether what is wanted could be a command at all, before anything is looked at.
//!
//! The bounds are far above what commands have and far below what the kernel
//! allows. Of characters only those are refused that no honest program or
//! directory has in its name; arguments may hold anything but NUL, and whoever
//! decides is shown what they hold.

use super::super::error::Error;
use super::bytes::Bytes;
use super::env;
use super::wanted::Wanted;
use crate::config::{Size, Span};
use crate::text::{brief, hidden, visible};

/// Arguments, the program's name with them.
pub(super) const ARGUMENTS: usize = 4096;
/// Bytes of all arguments, variables and input.
pub(super) const TOTAL: usize = 128 << 10;
/// Files that are to stay as they are.
const FILES: usize = 64;
/// Variables that are asked for.
const VARIABLES: usize = 256;
/// The longest path (limits.h).
const PATH: usize = 4096;

/// What a command is given that asks for nothing.
pub(super) const WALL: Span = Span::secs(600);
/// The longest that any may run.
const LONGEST: Span = Span::secs(24 * 3600);
/// What is kept of an output if nothing is said.
pub(super) const KEPT: Size = Size::mebibytes(1);
/// The most that is kept of an output.
const MOST_KEPT: Size = Size::mebibytes(16);

/// Refuses what could never be approved.
pub(super) fn check(wanted: &Wanted) -> Result<(), Error> {
    bounds(wanted)?;
    let program = wanted.argv.first().filter(|name| !name.get().is_empty()).ok_or(Error::Empty)?;
    name("the program", program)?;
    for (index, argument) in wanted.argv.iter().enumerate() {
        no_nul(argument, || format!("argument {index}"))?;
    }
    if let Some(cwd) = &wanted.cwd {
        path("the working directory", cwd)?;
    }
    wanted.files.iter().try_for_each(|file| path("the file", file).map(drop))?;
    wanted.env.get().iter().try_for_each(|(name, value)| env::check(name, value))
}

/// A name that is text and can be seen.
pub(super) fn name<'a>(what: &'static str, bytes: &'a Bytes) -> Result<&'a str, Error> {
    no_nul(bytes, || what.to_owned())?;
    if PATH < bytes.get().len() {
        return Err(too_large(what, "4096 bytes"));
    }
    let not_text = || Error::NotText { what, shown: brief(&String::from_utf8_lossy(bytes.get())) };
    let text = bytes.text().ok_or_else(not_text)?;
    seen(what, text)
}

/// The same for what is known to be text.
pub(super) fn seen<'a>(what: &'static str, text: &'a str) -> Result<&'a str, Error> {
    match text.contains(hidden) {
        true => Err(Error::Hidden { what, shown: visible(text) }),
        false => Ok(text),
    }
}

fn path(what: &'static str, bytes: &Bytes) -> Result<(), Error> {
    let text = name(what, bytes)?;
    match text.starts_with('/') {
        true => Ok(()),
        false => Err(Error::Relative { what, shown: brief(text) }),
    }
}

fn bounds(wanted: &Wanted) -> Result<(), Error> {
    if ARGUMENTS < wanted.argv.len() {
        return Err(too_large("too many arguments", "4096"));
    }
    if FILES < wanted.files.len() {
        return Err(too_large("too many files", "64"));
    }
    if VARIABLES < wanted.env.get().len() {
        return Err(too_large("too many environment variables", "256"));
    }
    if TOTAL < wanted.size() {
        return Err(too_large("the command with its variables and input is too long", "131072 bytes"));
    }
    let range = |what, range| Err(Error::Range { what, range });
    if wanted.wall.is_some_and(|wall| wall < Span::secs(1) || LONGEST < wall) {
        return range("wall", "from 1s to 24h");
    }
    if wanted.memory.is_some_and(|it| it < Size::mebibytes(1) || Size::bytes(1 << 44) < it) {
        return range("memory", "from 1M to 16T");
    }
    if wanted.pids.is_some_and(|pids| !(1..=1 << 22).contains(&pids)) {
        return range("pids", "from 1 to 4194304");
    }
    if wanted.keep.is_some_and(|keep| MOST_KEPT < keep) {
        return range("keep", "at most 16M");
    }
    Ok(())
}

fn too_large(what: &'static str, most: &str) -> Error {
    Error::TooLarge { what, most: most.to_owned() }
}

fn no_nul(bytes: &Bytes, what: impl Fn() -> String) -> Result<(), Error> {
    if bytes.get().contains(&0) { Err(Error::Nul(what())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Wanted)) -> String {
        let mut wanted = Wanted { argv: vec!["id".into()], ..Wanted::default() };
        assert!(super::check(&wanted).is_ok());
        change(&mut wanted);
        let error = super::check(&wanted).unwrap_err();
        format!("{} {error}", error.reason())
    }

    #[test]
    fn c16_what_cannot_be_seen_is_refused_where_things_are_named() {
        for odd in [
            "/bin/i\nd",
            "/bin/\u{202e}id",
            "/bin/i\rd",
            "/bin/i\u{2028}d",
            "/bin/i\u{a0}d",
            "id\u{200b}",
            "\u{1b}[2J",
        ] {
            let said = refused(|wanted| wanted.argv[0] = odd.into());
            assert!(said.starts_with("E_INVALID the program") && !said.contains(odd), "{said}");
            let said = refused(|wanted| wanted.cwd = Some(format!("/{odd}").as_str().into()));
            assert!(said.starts_with("E_INVALID the working directory"), "{said}");
        }
        let odd = Bytes::from(b"/bin/\xff".to_vec());
        assert!(refused(|wanted| wanted.argv[0] = odd.clone()).contains("not UTF-8"));
        assert!(refused(|wanted| wanted.cwd = Some(odd)).contains("not UTF-8"));
    }

    #[test]
    fn c16_no_argument_has_a_nul_and_all_else_is_for_whoever_decides() {
        assert_eq!(
            refused(|wanted| wanted.argv.push("a\0b".into())),
            "E_INVALID argument 1 contains a NUL character"
        );
        let argv =
            ["iptables", "-L\nrm -rf /", "a\rb", "\u{2028}", "\u{1b}]0;x\u{7}"].map(Bytes::from).to_vec();
        assert!(super::check(&Wanted { argv, ..Wanted::default() }).is_ok());
    }

    #[test]
    fn c18_every_bound_is_named() {
        let check = |part: &str, change: fn(&mut Wanted)| {
            let said = refused(change);
            assert!(said.starts_with("E_TOO_LARGE") && said.contains(part), "{said}");
        };
        check("4096", |wanted| wanted.argv = vec!["x".into(); ARGUMENTS + 1]);
        check("131072", |wanted| wanted.argv.push("x".repeat(TOTAL).as_str().into()));
        check("131072", |wanted| wanted.stdin = Some(vec![0; TOTAL].into()));
        check("64", |wanted| wanted.files = vec!["/x".into(); 65]);
        check("4096", |wanted| wanted.argv[0] = "x".repeat(4097).as_str().into());
    }

    #[test]
    fn limits_and_paths_have_to_make_sense() {
        assert!(refused(|wanted| wanted.wall = Some(Span::millis(1))).contains("wall must be"));
        assert!(refused(|wanted| wanted.pids = Some(0)).contains("pids must be"));
        assert!(refused(|wanted| wanted.keep = Some(Size::mebibytes(17))).contains("keep must be"));
        assert!(refused(|wanted| wanted.memory = Some(Size::bytes(1))).contains("memory must be"));
        assert!(refused(|wanted| wanted.cwd = Some("tmp".into())).contains("not an absolute path"));
        assert!(refused(|wanted| wanted.argv.clear()).contains("empty"));
        assert!(refused(|wanted| wanted.argv[0] = "".into()).contains("empty"));
    }
}
