//! A plan in the words in which policies and grants are asked.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::grants::Terms;
use super::policy::{Class, Looked, Subject};
use super::request::display::one_line;
use crate::exec::plan::Stdin;
use crate::exec::render::words;
use crate::exec::{self, Plan};

/// What of a plan policies and grants look at.
#[derive(Debug)]
pub(super) struct Facts {
    exec: PathBuf,
    named: String,
    sha256: String,
    argv: Vec<Vec<u8>>,
    cwd: PathBuf,
    env: Vec<(String, String)>,
    client: String,
    files: Vec<(PathBuf, String)>,
    is_user_writable: bool,
    /// The digest of what it reads from standard input.
    pub(super) input: Option<String>,
    /// What else a yes would be to.
    pub(super) terms: Terms,
    /// Where its paths were found to lead.
    pub(super) looked: Looked,
    /// Written when somebody reads it, and then read again and again.
    display: OnceLock<String>,
}

impl Facts {
    pub(super) fn of(plan: &Plan) -> Facts {
        let exec::Class::Run = plan.class();
        let pairs = plan.asked().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Facts {
            exec: plan.real_path().to_owned(),
            named: plan.file_name().to_owned(),
            sha256: plan.sha256().to_owned(),
            argv: plan.argv().iter().map(|argument| argument.get().to_vec()).collect(),
            cwd: Path::new(&plan.cwd().path).to_owned(),
            env: pairs.collect(),
            client: plan.client().to_owned(),
            files: plan.pinned(),
            is_user_writable: !plan.is_root_owned_chain(),
            input: match plan.stdin() {
                Stdin::None => None,
                Stdin::Bytes { sha256, .. } => Some(sha256.clone()),
            },
            terms: Terms::of(plan),
            looked: Looked::default(),
            display: OnceLock::new(),
        }
    }

    /// An argument, counted from 0, as a file.
    pub(super) fn file(&self, argument: usize) -> Option<exec::Bytes> {
        use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
        let named = Path::new(std::ffi::OsStr::from_bytes(self.argv.get(argument)?));
        let path = self.cwd.join(named).into_os_string().into_vec();
        Some(exec::Bytes::from(path))
    }

    /// Whether it is for the same program.
    pub(super) fn is_for_program_of(&self, other: &Facts) -> bool {
        self.exec.as_os_str() == other.exec.as_os_str()
    }

    /// The command in one line.
    pub(super) fn display(&self) -> &str {
        let write = || one_line(&self.exec, self.arguments());
        self.display.get_or_init(write)
    }

    /// Its arguments.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        self.argv.iter().map(Vec::as_slice)
    }

    /// Each argument as whoever decides sees it, quoted.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        let exec = self.exec.to_str().unwrap_or_default();
        words([&self.named, exec], self.argv.iter().map(Vec::as_slice))
    }

    pub(super) fn cwd(&self) -> &Path {
        &self.cwd
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            class: Class::Run,
            exec: &self.exec,
            named: &self.named,
            sha256: &self.sha256,
            argv: &self.argv,
            cwd: &self.cwd,
            env: &self.env,
            client: &self.client,
            files: &self.files,
            is_user_writable: self.is_user_writable,
            looked: &self.looked,
        }
    }
}

#[cfg(test)]
impl Facts {
    /// Of a command that is only told about.
    pub(super) fn told(program: &str, arguments: &[&str], cwd: &str) -> Facts {
        Facts {
            exec: program.into(),
            named: program.rsplit('/').next().unwrap_or_default().to_owned(),
            sha256: String::new(),
            argv: arguments.iter().map(|argument| argument.as_bytes().to_vec()).collect(),
            cwd: cwd.into(),
            env: Vec::new(),
            client: "robot".into(),
            files: Vec::new(),
            is_user_writable: false,
            input: None,
            terms: Terms::default(),
            looked: Looked::default(),
            display: OnceLock::new(),
        }
    }
}
