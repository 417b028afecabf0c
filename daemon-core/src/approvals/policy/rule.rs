//! One rule, ready to be compared to what is asked for.

use std::borrow::Cow;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::argv::{ArgvPattern, Miss};
use super::flags;
use super::paths::{PathPattern, Place};
use super::subject::{Class, Effect, Reach, Subject};
use super::token::TokenPattern;
use super::tools;
use super::views::{Seen, last_name};
use crate::text::brief;

/// The directories in which a program is looked for that is named and not placed.
pub(super) const TRUSTED: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// A rule of a policy.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) effect: Effect,
    pub(super) class: Option<Class>,
    pub(super) program: Program,
    pub(super) argv: Option<ArgvPattern>,
    pub(super) has_flags: Vec<String>,
    pub(super) cwd: Vec<PathPattern>,
    pub(super) clients: Vec<TokenPattern>,
    pub(super) env: Vec<String>,
    pub(super) reason: Option<String>,
    /// Where it begins in its file.
    pub(super) line: usize,
    /// As it is written, for people.
    pub(super) text: String,
    /// Only for what happens below here: of a project.
    pub(super) below: Option<PathBuf>,
}

/// Which program a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Program {
    /// Any.
    Any,
    /// The one at this place, and what that leads to.
    At { written: PathBuf, real: PathBuf },
    /// The one of this name in a trusted directory, and what those lead to; and whether the name alone means
    /// one of them to whoever searches those directories.
    Named { name: String, real: Vec<PathBuf>, is_enough: bool },
    /// Whatever has this file name.
    Called(String),
}

/// Why a rule does not apply, told only to who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why<'r> {
    Class(Class),
    Client,
    Program(&'r Program),
    Argv(Miss<'r>),
    Flags(&'r [String]),
    Cwd,
    Env(String),
    /// Others could have written the program that is named and not placed.
    Writable,
    /// It is not sure what would run.
    Unsure(&'static str),
}

impl Program {
    /// What a rule about a placed program is about.
    pub(super) fn at(written: &Path) -> Program {
        let real = fs_err::canonicalize(written).unwrap_or_else(|_| written.to_owned());
        Program::At { written: written.to_owned(), real }
    }

    /// What a rule about a named program is about now.
    pub(super) fn named(name: &str) -> Program {
        let is_safe = |dir: &str| {
            let found = fs_err::metadata(dir);
            found.is_ok_and(|found| found.uid() == 0 && found.mode() & 0o022 == 0)
        };
        let in_dir = |dir: &&str| fs_err::canonicalize(Path::new(dir).join(name)).ok();
        let real = TRUSTED.iter().filter(|dir| is_safe(dir)).filter_map(in_dir).collect();
        let before = TRUSTED.iter().take_while(|dir| in_dir(dir).is_none() || !is_safe(dir));
        let is_enough = before.into_iter().all(|dir| is_safe(dir) || !Path::new(dir).exists());
        Program::Named { name: name.to_owned(), real, is_enough }
    }

    /// The file names under which it may be asked for; none for any program.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Program::Any => Vec::new(),
            Program::At { written, real } => {
                [written, real].into_iter().filter_map(|path| path.file_name()?.to_str()).collect()
            }
            Program::Named { name, real, .. } => std::iter::once(name.as_str())
                .chain(real.iter().filter_map(|path| path.file_name()?.to_str()))
                .collect(),
            Program::Called(name) => vec![name],
        }
    }

    fn is(&self, seen: &Seen<'_>, reach: Reach) -> bool {
        let named = last_name(&seen.named);
        // As bytes: to compare them as paths takes many times as long, and all are canonical.
        let own_name = |path: &Path| last_name(path.as_os_str().as_encoded_bytes()) == named;
        let is_exec = |path: &Path| seen.exec.is_some_and(|exec| exec.as_os_str() == path.as_os_str());
        match (self, reach) {
            (Program::Any, _) => true,
            (Program::At { written, real }, Reach::Narrow) => match seen.exec {
                Some(_) => own_name(written) && (is_exec(real) || is_exec(written)),
                None => seen.named.as_ref() == written.as_os_str().as_encoded_bytes(),
            },
            (Program::Named { name, real, is_enough }, Reach::Narrow) => match seen.exec {
                Some(_) => named == name.as_bytes() && real.iter().any(|real| is_exec(real)),
                None => *is_enough && seen.named.as_ref() == name.as_bytes(),
            },
            // A file may be called anything, so a name permits nothing.
            (Program::Called(_), Reach::Narrow) => false,
            (Program::At { written, real }, Reach::Wide) => {
                own_name(written) || is_exec(real) || is_exec(written)
            }
            (Program::Named { name, real, .. }, Reach::Wide) => {
                named == name.as_bytes() || real.iter().any(|real| is_exec(real))
            }
            (Program::Called(name), Reach::Wide) => {
                let exec = seen.exec.and_then(Path::file_name).map(|it| it.as_encoded_bytes());
                named == name.as_bytes() || exec == Some(name.as_bytes())
            }
        }
    }
}

/// For people, as it was written.
impl fmt::Display for Program {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Program::Any => to.write_str("any program"),
            Program::At { written, .. } => written.display().fmt(to),
            Program::Named { name, .. } => write!(to, "{name} where only root can write"),
            Program::Called(name) => write!(to, "any program called {name}"),
        }
    }
}

impl Rule {
    /// Asks about everything below a directory.
    pub(super) fn unreadable(below: &Path) -> Rule {
        Rule {
            id: "project-policy-unreadable".to_owned(),
            effect: Effect::AskAlways,
            class: None,
            program: Program::Any,
            argv: None,
            has_flags: Vec::new(),
            cwd: Vec::new(),
            clients: Vec::new(),
            env: Vec::new(),
            reason: Some("the policy of this project cannot be read".to_owned()),
            line: 1,
            text: String::new(),
            below: Some(below.to_owned()),
        }
    }

    /// Whether it applies to a view of what is asked for.
    pub(super) fn check(
        &self,
        seen: &Seen<'_>,
        subject: &Subject<'_>,
        home: Option<&Path>,
    ) -> Result<(), Why<'_>> {
        if let Some(class) = self.class.filter(|class| *class != subject.class) {
            return Err(Why::Class(class));
        }
        let reach = self.effect.reach();
        let place = Place { cwd: subject.cwd, home, files: subject.files, looked: subject.looked };
        let is_client = |pattern: &TokenPattern| pattern.matches(subject.client.as_bytes(), place, reach);
        if !self.clients.is_empty() && !self.clients.iter().any(is_client) {
            return Err(Why::Client);
        }
        let is_cwd = |pattern: &PathPattern| pattern.covers(subject.cwd, home);
        let elsewhere = self.below.as_ref().is_some_and(|below| !subject.cwd.starts_with(below));
        if elsewhere || (!self.cwd.is_empty() && !self.cwd.iter().any(is_cwd)) {
            return Err(Why::Cwd);
        }
        self.means(seen, place)?;
        if reach == Reach::Narrow {
            self.lets_through(seen, subject)?;
        }
        Ok(())
    }

    /// Whether it is about this program with these arguments, whoever asks and wherever.
    pub(super) fn means(&self, seen: &Seen<'_>, place: Place<'_>) -> Result<(), Why<'_>> {
        let reach = self.effect.reach();
        if !self.program.is(seen, reach) {
            return Err(Why::Program(&self.program));
        }
        if let Some(argv) = &self.argv {
            argv.check(&seen.argv, place, reach).map_err(Why::Argv)?;
        }
        if !flags::has_all(&self.has_flags, &seen.argv) {
            return Err(Why::Flags(&self.has_flags));
        }
        Ok(())
    }

    /// What a permission looks at besides.
    fn lets_through(&self, seen: &Seen<'_>, subject: &Subject<'_>) -> Result<(), Why<'_>> {
        let is_listed = |name: &str| {
            tools::is_harmless_variable(name) || self.env.iter().any(|entry| tools::covers(entry, name))
        };
        let mut names = subject.env.iter().chain(seen.env.iter()).map(|(name, _)| name);
        if let Some(name) = names.find(|name| !is_listed(name)) {
            return Err(Why::Env(name.clone()));
        }
        if subject.is_user_writable && matches!(self.program, Program::Named { .. }) {
            return Err(Why::Writable);
        }
        seen.unsure.map_or(Ok(()), |why| Err(Why::Unsure(why)))
    }
}

impl Why<'_> {
    /// In words.
    pub(super) fn tell(&self, seen: &Seen<'_>) -> String {
        let text: Cow<'_, str> = match self {
            Why::Class(class) => Cow::Owned(format!("is for requests of the class {class:?}").to_lowercase()),
            Why::Client => Cow::Borrowed("is for other clients"),
            Why::Program(program) => Cow::Owned(format!("is about {program}")),
            Why::Argv(miss) => Cow::Owned(miss.tell(&seen.argv)),
            Why::Flags(flags) => Cow::Owned(format!("the flags {} are not all there", flags.join(", "))),
            Why::Cwd => Cow::Borrowed("is for other directories"),
            Why::Env(name) => Cow::Owned(format!("the variable {} is not among env", brief(name))),
            Why::Writable => {
                Cow::Borrowed("is for programs that only root can write; name this one by its path")
            }
            Why::Unsure(why) => Cow::Owned(format!("cannot permit this: {why}")),
        };
        text.into_owned()
    }
}
