//! What an approved command finds in its environment.
//!
//! It is made from nothing: neither the daemon's nor the caller's goes in, since
//! a program obeys many variables that nobody sees (`LD_PRELOAD`, `BASH_ENV`,
//! `GIT_SSH_COMMAND`, ...). A caller may ask for variables; those that only say
//! how to print and in which language pass without more, all others stand in the
//! plan as asked for, and are for whoever decides. There is no list of dangerous
//! ones to be kept up to date.

use std::collections::BTreeMap;

use super::super::error::Error;
use super::resolve::trusted;
use crate::runs::Vars;
use crate::text::brief;

/// Names that pass without more, with plain values.
const ORDINARY: [&str; 8] = ["LANG", "LANGUAGE", "TERM", "TZ", "COLUMNS", "LINES", "NO_COLOR", "CLICOLOR"];

/// Whose commands are run, as far as a program wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The home directory.
    pub home: String,
    /// The name.
    pub user: String,
    /// The number.
    pub uid: u32,
}

/// Refuses variables that could not be passed on, or that say whose a process is.
pub(super) fn check(name: &str, value: &str) -> Result<(), Error> {
    let variable = |why: &str| Err(Error::Variable(format!("\"{}\" {why}", brief(name))));
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'=') {
        return variable("has a name that is not of plain letters, digits and signs");
    }
    if name.starts_with("HOB_") {
        return variable("is the daemon's own to set");
    }
    if value.contains('\0') {
        return variable("has a value with a NUL character");
    }
    Ok(())
}

/// Whether a variable that was asked for changes no more than how things are printed.
pub(super) fn is_ordinary(name: &str, value: &str) -> bool {
    let known = ORDINARY.contains(&name) || name.strip_prefix("LC_").is_some_and(|rest| !rest.is_empty());
    // No path: a time zone or terminal can be a file of anybody's.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,:@+=".contains(&byte);
    let zone = name == "TZ" && !value.starts_with(['/', '.', ':']) && !value.contains("..");
    let fits = |byte: u8| plain(byte) || zone && byte == b'/';
    known && value.len() <= 64 && value.bytes().all(fits) && (name != "TZ" || !value.starts_with(':'))
}

/// The whole environment.
pub(super) fn whole(person: &Person, asked: &Vars) -> BTreeMap<String, String> {
    let own = [
        ("PATH", trusted().collect::<Vec<_>>().join(":")),
        ("HOME", person.home.clone()),
        ("USER", person.user.clone()),
        ("LOGNAME", person.user.clone()),
        ("LANG", "C.UTF-8".to_owned()),
    ];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
    own.chain(asked.get().iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c34_only_what_says_how_to_print_passes_without_more() {
        let ordinary = [
            ("LANG", "de_DE.UTF-8"),
            ("LC_ALL", "C"),
            ("TERM", "xterm-256color"),
            ("TZ", "Europe/Zurich"),
            ("NO_COLOR", ""),
        ];
        for (name, value) in ordinary {
            assert!(is_ordinary(name, value) && check(name, value).is_ok(), "{name}");
        }
        let asked = [
            "LD_PRELOAD",
            "LD_AUDIT",
            "LD_LIBRARY_PATH",
            "DYLD_INSERT_LIBRARIES",
            "BASH_ENV",
            "ENV",
            "PS4",
            "PROMPT_COMMAND",
            "IFS",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "PERL5LIB",
            "PERL5OPT",
            "RUBYOPT",
            "NODE_OPTIONS",
            "GIT_SSH_COMMAND",
            "GIT_DIR",
            "EDITOR",
            "PAGER",
            "LESSOPEN",
            "GCONV_PATH",
            "TERMINFO",
            "MALLOC_CHECK_",
            "GLIBC_TUNABLES",
            "XDG_CONFIG_HOME",
            "HOME",
            "PATH",
            "BASH_FUNC_x%%",
            "LC_",
            "lang",
        ];
        for name in asked {
            assert!(!is_ordinary(name, "x") && check(name, "x").is_ok(), "{name}");
        }
    }

    #[test]
    fn c34_an_ordinary_name_does_not_make_an_odd_value_ordinary() {
        for (name, value) in [
            ("TERM", "/tmp/evil"),
            ("TZ", "/tmp/zone"),
            ("TZ", ":x"),
            ("TZ", "../x"),
            ("LANG", "a b"),
            ("LC_ALL", "../../tmp/x"),
            ("TERM", "x\n"),
            ("LANG", &"x".repeat(65)),
            ("LANG", "é"),
        ] {
            assert!(!is_ordinary(name, value), "{name}={value}");
        }
    }

    #[test]
    fn what_cannot_be_a_variable_or_is_ours_is_refused() {
        for name in ["", "A=B", "A B", "A\n", "Ä", "HOB_RUN", "HOB_SOCKET"] {
            assert!(check(name, "x").is_err(), "{name}");
        }
        assert!(check("A", "x\0").is_err());
    }

    #[test]
    fn c08_c34_the_environment_is_made_from_nothing() {
        let person = Person { home: "/home/u".into(), user: "u".into(), uid: 1000 };
        let whole = super::whole(&person, &Vars::new());
        let names: Vec<&str> = whole.keys().map(String::as_str).collect();
        assert_eq!(names, ["HOME", "LANG", "LOGNAME", "PATH", "USER"]);
        assert!(whole["PATH"].split(':').all(|dir| dir.starts_with('/')));
    }
}
