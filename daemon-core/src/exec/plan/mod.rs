//! What would be run, down to the byte: made once, never changed, known by its digest.
//!
//! A plan is what a person sees, what a policy judges and what is executed; its
//! digest is what a decision names. So it holds everything that decides what
//! happens (program and interpreters by content, directory by identity, the
//! whole environment, input, limits) and nothing else. It is written canonically
//! (RFC 8785, integers as strings), so that equal plans have equal digests and
//! different plans different ones.
//!
//! Two things are not in it. `HOB_RUN` is added to the environment when it is
//! run: the tag by which the processes of one run are found again. And what a
//! program reads by itself (libraries, configuration, other files) is only in
//! the plan where the caller names it as a file.

mod build;
mod bytes;
mod check;
mod digest;
mod env;
mod number;
mod resolve;
mod script;
mod wanted;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use bytes::Bytes;
pub use digest::Digest;
pub use env::Person;
pub use number::Number;
pub use wanted::Wanted;

use super::error::Error;
pub use super::files::Chain;
use super::files::Reading;

/// The version of the form.
const VERSION: &str = "1";

/// What would be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    v: String,
    /// What kind of permission it needs.
    class: Class,
    /// The user that it runs as, by number.
    run_as: Number,
    /// Who asks.
    client: String,
    exec: Exec,
    /// The arguments after the program's name.
    argv: Vec<Bytes>,
    cwd: Directory,
    /// All of it.
    env: BTreeMap<String, String>,
    /// Of these variables, those that were asked for.
    asked: Vec<String>,
    stdin: Stdin,
    /// What is to be as it is now.
    files: Vec<Program>,
    umask: String,
    limits: Limits,
}

/// What kind of permission a plan needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// To run something as the daemon's user.
    Run,
}

/// The program and what the kernel needs to run it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// As it was asked for; the name that the program sees as its own.
    pub named: String,
    /// The file.
    pub program: Program,
    /// What reads it, if it is a script: its interpreter, that one's, and so on.
    pub interpreters: Vec<Interpreter>,
}

/// A file by place, identity and content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Where it was found.
    pub path: String,
    /// Where that leads, through all links.
    pub real: String,
    /// The device that it is on.
    pub dev: Number,
    /// Its number there.
    pub ino: Number,
    /// How many bytes it has.
    pub size: Number,
    /// Its permissions, in octal.
    pub mode: String,
    /// The SHA-256 of its content, in hex.
    pub sha256: String,
    /// Who could change it.
    pub chain: Chain,
}

/// What reads a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpreter {
    /// As the script names it.
    pub named: String,
    /// What the script gives it before its own path.
    pub argument: Option<Bytes>,
    /// The file.
    pub program: Program,
    /// Not the script but `env` names it, which will look for it.
    pub by_env: bool,
}

/// A directory by place and identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Its path without links.
    pub path: String,
    /// The device that it is on.
    pub dev: Number,
    /// Its number there.
    pub ino: Number,
}

/// What it reads from standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Stdin {
    /// Nothing: it is at its end at once.
    None,
    /// These bytes, and then nothing.
    Bytes {
        /// They themselves.
        content: Bytes,
        /// How many there are.
        size: Number,
        /// Their SHA-256, in hex.
        sha256: String,
    },
}

/// What it may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How long it may run, milliseconds.
    pub wall_ms: Number,
    /// Memory of all its processes, bytes.
    pub memory: Option<Number>,
    /// How many processes there may be.
    pub pids: Option<Number>,
    /// What is kept of each output, bytes.
    pub keep: Number,
}

impl Plan {
    /// Finds out what `wanted` means now. It reads files, so it belongs where that may block.
    ///
    /// # Errors
    /// What is wrong with it, and with which part.
    pub fn of(wanted: Wanted, client: &str, person: &Person) -> Result<Plan, Error> {
        Plan::while_wanted(wanted, client, person, &|| true)
    }

    /// The same, for as long as somebody wants it.
    pub(super) fn while_wanted(
        wanted: Wanted,
        client: &str,
        person: &Person,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Plan, Error> {
        build::build(wanted, client, person, &mut Reading::of_command(is_wanted))
    }

    /// The plan as it is stored and hashed (RFC 8785).
    pub fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("a plan has string keys and no numbers")
    }

    /// Reads what [`Plan::canonical`] wrote.
    ///
    /// # Errors
    /// If it is not exactly that.
    pub fn from_canonical(bytes: &[u8]) -> Result<Plan, Error> {
        let plan: Plan = serde_json::from_slice(bytes).map_err(|error| Error::NotAPlan(error.to_string()))?;
        if plan.v != VERSION {
            return Err(Error::NotAPlan(format!("it is of version {}", plan.v)));
        }
        if plan.canonical() != bytes {
            return Err(Error::NotAPlan("it is not written canonically".to_owned()));
        }
        Ok(plan)
    }

    /// What a decision about it names.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    /// What kind of permission it needs.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Who asks.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// The program, and what reads it if it is a script.
    pub fn exec(&self) -> &Exec {
        &self.exec
    }

    /// Where the program really is.
    pub fn real_path(&self) -> &Path {
        Path::new(&self.exec.program.real)
    }

    /// The last part of the name that was asked for.
    pub fn file_name(&self) -> &str {
        let named = &self.exec.named;
        named.rsplit('/').find(|part| !part.is_empty()).unwrap_or(named)
    }

    /// The SHA-256 of the program, in hex.
    pub fn sha256(&self) -> &str {
        &self.exec.program.sha256
    }

    /// The arguments, without the program's own name.
    pub fn argv(&self) -> &[Bytes] {
        &self.argv
    }

    /// Where it runs.
    pub fn cwd(&self) -> &Directory {
        &self.cwd
    }

    /// The whole environment, but for the tag of the run.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// The variables that were asked for.
    pub fn asked(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked.iter().filter_map(|name| Some((name.as_str(), self.env.get(name)?.as_str())))
    }

    /// Of these, those that change more than how things are printed.
    pub fn unusual(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked().filter(|(name, value)| !env::is_ordinary(name, value))
    }

    /// What it reads from standard input.
    pub fn stdin(&self) -> &Stdin {
        &self.stdin
    }

    /// The files that have to be as they are: real path and SHA-256.
    pub fn files(&self) -> &[Program] {
        &self.files
    }

    /// The same in the form in which policies take them.
    pub fn pinned(&self) -> Vec<(PathBuf, String)> {
        self.files.iter().map(|file| (PathBuf::from(&file.real), file.sha256.clone())).collect()
    }

    /// One digest over what reads it if it is a script; none if nothing does.
    pub fn interpreters_sha256(&self) -> Option<String> {
        let each = self.exec.interpreters.iter();
        let all: Vec<_> =
            each.map(|it| (&it.program.path, &it.program.real, &it.program.sha256, it.by_env)).collect();
        (!all.is_empty()).then(|| digest::of_files("interpreters", &all))
    }

    /// One digest over the files that have to be as they are, in whatever order; none without any.
    pub fn files_sha256(&self) -> Option<String> {
        let mut all: Vec<_> = self.files.iter().map(|file| (&file.real, &file.sha256)).collect();
        all.sort_unstable();
        all.dedup();
        (!all.is_empty()).then(|| digest::of_files("files", &all))
    }

    /// What it may use.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The user that it runs as, by number.
    pub fn run_as(&self) -> u64 {
        self.run_as.0
    }

    /// The file mode creation mask.
    pub fn umask(&self) -> u32 {
        u32::from_str_radix(&self.umask, 8).unwrap_or(0o077)
    }

    /// Whether nobody but root could change the program or what reads it.
    pub fn is_root_owned_chain(&self) -> bool {
        let interpreters = self.exec.interpreters.iter().map(|it| &it.program);
        interpreters.chain([&self.exec.program]).all(|program| program.chain == Chain::RootOwned)
    }
}

#[cfg(test)]
mod tests;
