//! The environment a service is started with, and where each value came from.
//!
//! Three layers, each over the one before: the base (what the person has when
//! they log in, or what the daemon was started with), the service's `env_file`,
//! its `env`. Whatever begins with `HOB_` is dropped from the base: a daemon
//! started inside a service of another must not pass for that one. What a run
//! adds on top (`HOB_RUN`, `NOTIFY_SOCKET`) is the spawner's business.
//!
//! Values may be secrets: no `Debug` here shows one, so that no log does.

mod file;
mod login;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

pub use file::{FileError, FileVar, file_names, parse, parsed, read};
pub use login::{LIMIT, LoginError, login};

/// Names and values as the system passes them.
pub type Pairs = Vec<(OsString, OsString)>;

/// What a service manager has told the daemon, and its services must not take as told to them.
const MEANT_FOR_US: [&str; 9] = [
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "JOURNAL_STREAM",
    "INVOCATION_ID",
    "MANAGERPID",
];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The daemon was started with it.
    Daemon,
    /// The person's shell sets it at login.
    Login,
    /// A line of the service's `env_file`.
    EnvFile {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The service's `env`.
    Config,
}

/// One variable's value.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub value: OsString,
    /// Where it came from.
    pub origin: Origin,
}

/// What services inherit.
#[derive(Clone)]
pub struct Base {
    pairs: Pairs,
    origin: Origin,
}

/// A service's environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    values: BTreeMap<OsString, Value>,
}

impl Base {
    /// What the daemon itself was started with.
    pub fn daemon(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Base {
        Base { pairs: inherited(pairs), origin: Origin::Daemon }
    }

    /// What a login shell made of it (see [`login`]).
    pub fn login(pairs: Pairs) -> Base {
        // These are about the shell that was asked, and wrong anywhere else.
        let about_the_shell = |name: &OsStr| ["_", "SHLVL", "PWD", "OLDPWD"].iter().any(|each| name == *each);
        let pairs = pairs.into_iter().filter(|(name, _)| !about_the_shell(name));
        Base { pairs: inherited(pairs), origin: Origin::Login }
    }

    /// What a service inherits that runs as another user: how things are here, and nothing of whose this daemon is.
    pub fn of_another(&self, account: [(&str, &OsString); 4]) -> Base {
        let neutral = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            matches!(name, b"PATH" | b"LANG" | b"TZ") || name.starts_with(b"LC_")
        };
        let kept = self.pairs.iter().filter(|(name, _)| neutral(name)).cloned();
        let account = account.map(|(name, value)| (name.into(), value.clone()));
        Base { pairs: kept.chain(account).collect(), origin: self.origin.clone() }
    }

    /// The variables themselves, for asking a login shell.
    pub fn pairs(&self) -> &Pairs {
        &self.pairs
    }
}

fn inherited(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Pairs {
    let ours = |name: &OsStr| {
        name.as_encoded_bytes().starts_with(b"HOB_") || MEANT_FOR_US.iter().any(|each| name == *each)
    };
    pairs.into_iter().filter(|(name, _)| !ours(name)).collect()
}

impl Environment {
    /// Lays `env_file` (its path and its variables) and `env` over the base.
    pub fn merge(
        base: &Base,
        env_file: Option<(PathBuf, Vec<FileVar>)>,
        env: &BTreeMap<String, String>,
    ) -> Environment {
        let mut merged = Environment::default();
        for (name, value) in &base.pairs {
            merged.set(name, value, base.origin.clone());
        }
        if let Some((path, variables)) = env_file {
            for FileVar { name, value, line } in variables {
                merged.set(name.as_ref(), value.as_ref(), Origin::EnvFile { path: path.clone(), line });
            }
        }
        for (name, value) in env {
            merged.set(name.as_ref(), value.as_ref(), Origin::Config);
        }
        merged
    }

    /// One variable.
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&Value> {
        self.values.get(name.as_ref())
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_os_str(), value))
    }

    fn set(&mut self, name: &OsStr, value: &OsStr, origin: Origin) {
        self.values.insert(name.to_owned(), Value { value: value.to_owned(), origin });
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Daemon => out.write_str("the daemon's environment"),
            Origin::Login => out.write_str("the login shell"),
            Origin::EnvFile { path, line } => write!(out, "{}:{line}", path.display()),
            Origin::Config => out.write_str("the configuration"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "(hidden) from {}", self.origin)
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} variables from {}", self.pairs.len(), self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Pairs {
        list.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn each_layer_covers_the_one_before_and_says_where_it_came_from() {
        let base = Base::login(pairs(&[("A", "base"), ("B", "base"), ("C", "base")]));
        let file = vec![
            FileVar { name: "B".into(), value: "file".into(), line: 3 },
            FileVar { name: "C".into(), value: "file".into(), line: 4 },
        ];
        let env = BTreeMap::from([("C".to_owned(), "config".to_owned())]);
        let merged = Environment::merge(&base, Some(("/srv/.env".into(), file)), &env);
        let shown: Vec<String> = merged
            .iter()
            .map(|(name, value)| {
                format!("{}={} from {}", name.display(), value.value.display(), value.origin)
            })
            .collect();
        let expected =
            ["A=base from the login shell", "B=file from /srv/.env:3", "C=config from the configuration"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_about_another_daemon_or_the_shell_is_not_inherited() {
        let inherited =
            pairs(&[("HOB_RUN", "x"), ("HOB_HOME", "/x"), ("SHLVL", "2"), ("PWD", "/"), ("HOME", "/h")]);
        assert_eq!(Base::login(inherited.clone()).pairs(), &pairs(&[("HOME", "/h")]));
        let daemon = Base::daemon(inherited);
        assert_eq!(daemon.pairs(), &pairs(&[("SHLVL", "2"), ("PWD", "/"), ("HOME", "/h")]));
    }

    #[test]
    fn no_debug_output_shows_a_value() {
        let base = Base::daemon(pairs(&[("TOKEN", "secret")]));
        let file = parse("KEY=secret").unwrap();
        let merged = Environment::merge(&base, Some(("/srv/.env".into(), file.clone())), &BTreeMap::new());
        let shown = format!("{base:?} {file:?} {merged:?}");
        assert!(shown.contains("KEY") && shown.contains("TOKEN") && !shown.contains("secret"), "{shown}");
    }
}
