//! Programs that run another program, and where in their arguments that begins.
//!
//! A wrapper's own options are known by the letter. Where one is met that is not,
//! nobody can say for sure which argument is the program; then each that could be
//! is looked at by prohibitions, and no permission counts (gate.md, C10).

mod known;

use super::shell;
use super::tools;
use known::{Grammar, LOOSE, WRAPPERS};

/// What a wrapper would run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inner {
    /// It is no wrapper that is known, or runs nothing.
    Nothing,
    /// The program is the argument of this number.
    At {
        /// Where it is.
        at: usize,
        /// Variables that the wrapper sets.
        env: Vec<(String, String)>,
        /// Why it is not the whole command, or not where it was: more arguments come from elsewhere, another
        /// directory, another root.
        unsure: Option<&'static str>,
    },
    /// The argument of this number is a text for a shell; those from `rest` on are its parameters.
    Text {
        /// Where it is.
        at: usize,
        /// What follows it.
        rest: usize,
    },
    /// It runs something, and which of the arguments it begins with cannot be told.
    Somewhere,
    /// It runs what comes from its input or from a file.
    Unseen(&'static str),
}

/// Looks into the arguments of a program of this file name.
pub(super) fn look_into(name: &str, argv: &[impl AsRef<[u8]>]) -> Inner {
    if tools::is_shell(name) {
        return of_shell(argv);
    }
    match name {
        // Its first argument says what it is.
        "busybox" | "toybox" | "coreutils" => match argv.first() {
            Some(first) if !first.as_ref().starts_with(b"-") => {
                Inner::At { at: 0, env: Vec::new(), unsure: None }
            }
            _ => Inner::Nothing,
        },
        "su" | "runuser" => {
            match argv.iter().position(|token| matches!(token.as_ref(), b"-c" | b"--command")) {
                Some(at) if at + 1 < argv.len() => Inner::Text { at: at + 1, rest: argv.len() },
                _ => Inner::Somewhere,
            }
        }
        "find" => match argv
            .iter()
            .position(|token| matches!(token.as_ref(), b"-exec" | b"-execdir" | b"-ok" | b"-okdir"))
        {
            Some(at) if at + 1 < argv.len() => {
                Inner::At { at: at + 1, env: Vec::new(), unsure: Some("find adds arguments that it finds") }
            }
            _ => Inner::Nothing,
        },
        _ if LOOSE.contains(&name) => Inner::Somewhere,
        _ => match WRAPPERS.iter().find(|wrapper| wrapper.0 == name) {
            Some((_, grammar)) => grammar.read(name, argv),
            None => Inner::Nothing,
        },
    }
}

impl Grammar {
    fn read(&self, name: &str, argv: &[impl AsRef<[u8]>]) -> Inner {
        let mut env = Vec::new();
        let mut at = 0;
        while let Some(token) = argv.get(at).map(AsRef::as_ref) {
            if token == b"--" {
                at += 1;
                // `env -- A=1 program`.
                at += self.assignments(&argv[at..], &mut env);
                break;
            }
            if token == b"-" && name == "env" {
                at += 1;
                continue;
            }
            if !token.starts_with(b"-") {
                at += self.assignments(&argv[at..], &mut env);
                break;
            }
            match self.option(token) {
                Some(width) => at += width,
                None => return Inner::Somewhere,
            }
        }
        at += self.operands;
        match argv.get(at).map(AsRef::as_ref) {
            None => Inner::Nothing,
            Some(b"-c" | b"--command") if name == "flock" && at + 1 < argv.len() => {
                Inner::Text { at: at + 1, rest: argv.len() }
            }
            Some(token) if token.starts_with(b"-") => Inner::Somewhere,
            Some(_) => Inner::At { at, env, unsure: self.unsure },
        }
    }

    fn assignments(&self, argv: &[impl AsRef<[u8]>], env: &mut Vec<(String, String)>) -> usize {
        if !self.assigns {
            return 0;
        }
        let pairs = argv.iter().map_while(|token| {
            let text = String::from_utf8_lossy(token.as_ref());
            text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        });
        let before = env.len();
        env.extend(pairs);
        env.len() - before
    }

    /// How many arguments an option takes with its value; `None` if it is not known.
    fn option(&self, token: &[u8]) -> Option<usize> {
        let text = std::str::from_utf8(token).ok()?;
        let name = text.split('=').next().unwrap_or(text);
        if self.special.contains(&name)
            || self
                .special
                .iter()
                .any(|it| it.len() == 2 && !text.starts_with("--") && text.contains(&it[1..]))
        {
            return None;
        }
        if let Some(long) = name.strip_prefix("--") {
            let has_value = text.contains('=');
            return match () {
                () if self.longs.contains(&long) => Some(1),
                () if self.long_values.contains(&long) => Some(if has_value { 1 } else { 2 }),
                () => None,
            };
        }
        let mut letters = text[1..].chars();
        while let Some(letter) = letters.next() {
            if self.values.contains(letter) {
                return Some(if letters.as_str().is_empty() { 2 } else { 1 });
            }
            if !self.flags.contains(letter) {
                return None;
            }
        }
        Some(1)
    }
}

/// `sh -c text`, with whatever options before it.
fn of_shell(argv: &[impl AsRef<[u8]>]) -> Inner {
    let (mut at, mut is_text) = (0, false);
    while let Some(token) = argv.get(at).map(AsRef::as_ref) {
        match token {
            b"--" | b"-" => {
                at += 1;
                break;
            }
            b"--rcfile" | b"--init-file" => at += 2,
            b"--command" => {
                is_text = true;
                at += 1;
            }
            _ if token.starts_with(b"--") => at += 1,
            [b'-' | b'+', letters @ ..] if !letters.is_empty() => {
                is_text |= token[0] == b'-' && letters.contains(&b'c');
                // Their values are names of shell options.
                at += 1 + letters.iter().filter(|letter| matches!(letter, b'o' | b'O')).count();
            }
            _ => break,
        }
    }
    match (is_text, at < argv.len()) {
        (true, true) => Inner::Text { at, rest: at + 1 },
        (true, false) => Inner::Nothing,
        (false, true) => Inner::Unseen("a script is not looked into"),
        (false, false) => Inner::Unseen("it reads commands from its input"),
    }
}

/// The commands of a shell's text, and why there may be more.
pub(super) fn of_text(text: &[u8]) -> shell::Script {
    shell::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments from the program on; `None` if there is none for sure.
    fn check(command: &str, inner: Option<&str>) {
        let words = shell_words::split(command).unwrap();
        let found = match look_into(&words[0], &words[1..]) {
            Inner::At { at, .. } => Some(words[1 + at..].join(" ")),
            Inner::Text { at, .. } => Some(format!("text {}", words[1 + at])),
            _ => None,
        };
        assert_eq!(found.as_deref(), inner, "{command}");
    }

    #[test]
    fn c10_a_wrapped_program_is_found() {
        for (command, inner) in [
            ("env FOO=1 iptables -F", Some("iptables -F")),
            ("env -i -u A --unset=B -- C=1 rm x", Some("rm x")),
            ("env - A=1 rm", Some("rm")),
            ("env A=1", None),
            ("env -S 'rm x'", None),
            ("env -C / rm", None),
            ("nohup rm x", Some("rm x")),
            ("timeout 5 rm", Some("rm")),
            ("timeout -k 5 --signal=9 10s rm", Some("rm")),
            ("nice -n 5 rm", Some("rm")),
            ("nice -5 rm", Some("rm")),
            ("setsid -w rm", Some("rm")),
            ("stdbuf -oL -eL rm", Some("rm")),
            ("time -p rm", Some("rm")),
            ("ionice -c3 rm", Some("rm")),
            ("chrt -f 5 rm", Some("rm")),
            ("taskset -c 0,1 rm", Some("rm")),
            ("flock -n /x rm y", Some("rm y")),
            ("flock /x -c 'rm y'", Some("text rm y")),
            ("xargs -0 -n 1 rm -f", Some("rm -f")),
            ("xargs -I{} rm {}", Some("rm {}")),
            ("busybox sh -c x", Some("sh -c x")),
            ("toybox rm x", Some("rm x")),
            ("sudo -u root A=1 rm", Some("rm")),
            ("sudo -i rm", None),
            ("doas -u x rm", Some("rm")),
            ("run0 --user=x rm", Some("rm")),
            ("pkexec --user x rm", Some("rm")),
            ("sh -c 'rm x'", Some("text rm x")),
            ("bash -lc 'rm x' name", Some("text rm x")),
            ("bash -o pipefail -ec 'rm x'", Some("text rm x")),
            ("bash --norc -c -- x", Some("text x")),
            ("bash script", None),
            ("su -c 'rm x' root", Some("text rm x")),
            ("find . -name x -exec rm {} ;", Some("rm {} ;")),
            ("direnv exec . rm", None),
            ("git log", None),
        ] {
            check(command, inner);
        }
    }

    #[test]
    fn an_option_that_is_not_known_leaves_it_open() {
        for command in [
            "nice --new rm",
            "timeout -z 5 rm",
            "sudo -s rm",
            "env --chdir=/ rm",
            "strace -f rm",
            "flock /x --y rm",
        ] {
            let words = shell_words::split(command).unwrap();
            assert_eq!(look_into(&words[0], &words[1..]), Inner::Somewhere, "{command}");
        }
    }
}
