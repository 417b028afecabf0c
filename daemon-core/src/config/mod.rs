//! Settings: read, checked as a whole, then applied; the same way at start and on a reload.
//!
//! A capability claims its sections of `config.toml`, `services.d/*.toml` and
//! `jobs.d/*.toml` with a type that knows how to read itself ([`Section`]).
//! Everything is read and checked before anything is applied, so a mistake
//! anywhere leaves what is in force in force. A section that nobody claims is an
//! error with the nearest known name. Where each value was written is known to the line.

mod age;
mod approved;
mod covered;
mod document;
mod edited;
mod findings;
mod fragment;
mod keys;
mod lines;
mod loaded;
mod misfit;
mod overlay;
mod recovered;
mod settled;
mod size;
mod source;
mod span;
mod standing;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use schemars::Schema;
use serde_json::json;

pub use age::Age;
pub use approved::{Approved, PROJECT_FILE, PROJECT_FILE_LARGEST, Standing, read_project_file};
pub use covered::{COVER, covered, covered_table};
pub use document::{Document, Listed, Tables};
pub use edited::{Change, edited, key_path};
pub use findings::{Finding, Findings};
pub use fragment::{remove_file, replace_file, table_text, without};
pub use lines::difference;
use loaded::Texts;
pub use loaded::{LeftOut, Loaded, Named};
pub use size::{Size, SizeError};
pub use source::{Origin, Value};
pub use span::{LONGEST, Span, SpanError};
pub use standing::{Stands, stands, text_digest, with_file};

use crate::home::Dirs;
use crate::kernel::Fault;
use crate::text::shortened;

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file and line, or the environment variable.
    pub origin: Origin,
    /// The offending key, such as `service.web.ready.tcp`; empty for the file as a whole.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(to, "{}: ", shortened(&self.key))?;
        }
        write!(to, "{}", self.message)?;
        self.hint.iter().try_for_each(|hint| write!(to, " ({hint})"))
    }
}

impl Problem {
    /// The file that it is about.
    fn file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File { file, .. } => Some(file),
            Origin::Variable { .. } => None,
        }
    }
}

/// The finer code of a fault about what is wrong in files, and not in what was asked.
pub const BAD_FILES: &str = "E_CONFIG";

/// All that is wrong, as one fault.
pub fn fault(problems: &[Problem]) -> Fault {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Fault::invalid(format!("the configuration is invalid\n{}", lines.join("\n")))
        .reason(BAD_FILES)
        .hint("nothing was changed; correct the file, then `hob config check`")
}

/// A part of the configuration that belongs to one capability.
pub trait Section: Sized + Send + 'static {
    /// The top-level tables that it reads.
    const NAMES: &'static [&'static str];

    /// Reads and checks it whole; touches nothing but the file system, to look.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    fn read(loaded: &Loaded) -> Result<Self, Vec<Problem>>;

    /// What is no mistake and will not do as it is, each with its place.
    fn doubts(&self, _: &Loaded) -> Vec<Problem> {
        Vec::new()
    }

    /// The JSON Schema of each of its tables, in the order of [`Section::NAMES`].
    fn schemas() -> Vec<Schema>;
}

/// A section that is known to exist, to be checked without a daemon.
#[derive(Clone, Copy)]
pub struct Declared {
    names: &'static [&'static str],
    check: fn(&Loaded) -> Vec<Problem>,
    doubts: fn(&Loaded) -> Vec<Problem>,
    schemas: fn() -> Vec<Schema>,
}

impl Declared {
    /// The declaration of `S`.
    pub fn of<S: Section>() -> Declared {
        Declared {
            names: S::NAMES,
            check: |loaded| S::read(loaded).err().unwrap_or_default(),
            doubts: |loaded| S::read(loaded).map(|section| section.doubts(loaded)).unwrap_or_default(),
            schemas: S::schemas,
        }
    }
}

/// The JSON Schema of the whole configuration file.
pub fn schema(declared: &[Declared]) -> serde_json::Value {
    let mut properties = serde_json::Map::new();
    let mut definitions = serde_json::Map::new();
    for section in declared {
        for (name, schema) in section.names.iter().zip((section.schemas)()) {
            let mut schema = schema.to_value();
            if let Some(serde_json::Value::Object(mut own)) =
                schema.as_object_mut().and_then(|it| it.remove("$defs"))
            {
                definitions.append(&mut own);
            }
            if let Some(object) = schema.as_object_mut() {
                object.remove("$schema");
            }
            properties.insert((*name).to_owned(), schema);
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hob's configuration (config.toml, services.d/*.toml, jobs.d/*.toml)",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    })
}

type Apply = Box<dyn FnOnce() + Send>;
type Prepare = Box<dyn Fn(&Loaded) -> Result<Apply, Vec<Problem>> + Send + Sync>;

/// The sections in force and what to do when they change.
#[derive(Default)]
pub struct Config {
    claims: Vec<(&'static [&'static str], Prepare)>,
    /// Projects that could not be applied when the daemon started, and are left out since.
    out: Mutex<BTreeSet<String>>,
}

impl Config {
    /// Claims a section: `apply` is called with it at start and after each change of any file.
    pub fn claim<S: Section>(&mut self, apply: impl Fn(S) + Clone + Send + Sync + 'static) {
        let prepare: Prepare = Box::new(move |loaded| {
            let section = S::read(loaded)?;
            let apply = apply.clone();
            Ok(Box::new(move || apply(section)))
        });
        self.claims.push((S::NAMES, prepare));
    }

    /// Reads everything, checks everything, and only then applies everything.
    ///
    /// # Errors
    /// `invalid` with every problem found; nothing was applied.
    pub fn load(&self, dirs: &Dirs) -> Result<(), Fault> {
        let out = self.out.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.load_without(dirs, |project| out.contains(project))
    }

    /// As [`Config::load`] for a daemon that starts: a project that cannot be applied is left out, now
    /// and until it can be, because its approved text is not in a place where a person could mend it,
    /// and everything else has to run.
    ///
    /// # Errors
    /// `invalid` with what is wrong besides.
    pub fn begin(&self, dirs: &Dirs) -> Result<(), Fault> {
        self.load_without(dirs, |_| true)
    }

    fn load_without(&self, dirs: &Dirs, may_be_left_out: impl Fn(&str) -> bool) -> Result<(), Fault> {
        let mut texts = Texts::read(dirs).map_err(|problems| fault(&problems))?;
        if let Some(broken) = texts.left_out.iter().find(|it| !may_be_left_out(&it.name)) {
            return Err(fault(&broken.problems));
        }
        let prepared = loop {
            let problems = match self.prepare(&texts) {
                Ok(prepared) => break prepared,
                Err(problems) => problems,
            };
            // Each round leaves out one project at least, or ends.
            let before = texts.left_out.len();
            texts.leave_out(&problems, &may_be_left_out);
            if texts.left_out.len() == before {
                let of_projects = texts.left_out.into_iter().flat_map(|it| it.problems);
                return Err(fault(&problems.into_iter().chain(of_projects).collect::<Vec<_>>()));
            }
        };
        prepared.into_iter().for_each(|apply| apply());
        let out = texts.left_out.into_iter().map(|it| it.name).collect();
        *self.out.lock().unwrap_or_else(PoisonError::into_inner) = out;
        Ok(())
    }

    fn prepare(&self, texts: &Texts) -> Result<Vec<Apply>, Vec<Problem>> {
        let loaded = Loaded::recovered(texts);
        let mut problems = loaded.unclaimed(self.claims.iter().flat_map(|claim| claim.0));
        let mut prepared = Vec::new();
        for (_, prepare) in &self.claims {
            match prepare(&loaded) {
                Ok(apply) => prepared.push(apply),
                Err(mut more) => problems.append(&mut more),
            }
        }
        let problems = loaded.all_wrong(problems);
        if problems.is_empty() { Ok(prepared) } else { Err(problems) }
    }
}

/// Checks the files as a daemon would, without one, and returns every value that they give.
///
/// # Errors
/// Everything that is wrong.
pub fn check(dirs: &Dirs, declared: &[Declared]) -> Result<Vec<Value>, Vec<Problem>> {
    let (texts, unread) = Texts::readable(dirs);
    let loaded = Loaded::recovered(&texts);
    if !unread.is_empty() {
        // What the others name may be in these, so no more is known of them than whether they are TOML.
        return Err(unread.into_iter().chain(loaded.all_wrong(Vec::new())).collect());
    }
    let broken = texts.left_out.iter().flat_map(|project| project.problems.clone());
    let mut problems: Vec<Problem> =
        broken.chain(loaded.unclaimed(declared.iter().flat_map(|section| section.names))).collect();
    problems.extend(declared.iter().flat_map(|section| (section.check)(&loaded)));
    let problems = loaded.all_wrong(problems);
    if problems.is_empty() { Ok(loaded.values()) } else { Err(problems) }
}

/// What is no mistake in files that are valid, and will not do as it is: a file or a directory that is not there.
pub fn doubts(dirs: &Dirs, declared: &[Declared]) -> Vec<Problem> {
    let Ok(texts) = Texts::read(dirs) else { return Vec::new() };
    let doubts = |loaded: Loaded<'_>| declared.iter().flat_map(|section| (section.doubts)(&loaded)).collect();
    Loaded::parse(&texts).map(doubts).unwrap_or_default()
}

/// What a section would be if this were approved: with it in place of what its directory or its name has now.
///
/// # Errors
/// Everything that would be wrong.
pub fn with_project<S: Section>(dirs: &Dirs, project: Approved) -> Result<S, Vec<Problem>> {
    let mut texts = Texts::read(dirs)?;
    texts.projects.retain(|other| other.name != project.name && other.dir != project.dir);
    let name = project.name.clone();
    texts.projects.push(Arc::new(project));
    all_or_left_out(texts, Some(&name))
}

/// Whether a section would be good without a project.
///
/// # Errors
/// Everything that would be wrong.
pub fn without_project<S: Section>(dirs: &Dirs, name: &str) -> Result<(), Vec<Problem>> {
    let mut texts = Texts::read(dirs)?;
    texts.projects.retain(|other| other.name != name);
    all_or_left_out::<S>(texts, None).map(drop)
}

/// Whether a section is good as the files are.
///
/// # Errors
/// Everything that is wrong.
pub fn as_written<S: Section>(dirs: &Dirs) -> Result<(), Vec<Problem>> {
    all_or_left_out::<S>(Texts::read(dirs)?, None).map(drop)
}

/// What is wrong with other projects than this one is not its fault.
fn all_or_left_out<S: Section>(mut texts: Texts, name: Option<&str>) -> Result<S, Vec<Problem>> {
    texts.approve_anew();
    loop {
        let read = Loaded::parse(&texts).and_then(|loaded| match loaded.misplaced_in_projects() {
            problems if problems.is_empty() => S::read(&loaded),
            problems => Err(problems),
        });
        let Err(problems) = read else { return read };
        let before = texts.projects.len();
        texts.leave_out(&problems, |other| Some(other) != name);
        if texts.projects.len() == before {
            return Err(problems);
        }
    }
}

/// A section as it is written, without a look at the others; its default if it cannot be read.
///
/// For what is needed before the configuration as a whole can be checked, and reported.
pub fn peek<S: Section + Default>(dirs: &Dirs) -> S {
    let Ok(texts) = Texts::read(dirs) else { return S::default() };
    Loaded::parse(&texts).and_then(|loaded| S::read(&loaded)).unwrap_or_default()
}

/// The directories to watch for changes of the files.
pub fn watched(dirs: &Dirs) -> Vec<PathBuf> {
    let parent = dirs.config().parent().map(Path::to_path_buf);
    parent.into_iter().chain([dirs.services_d(), dirs.jobs_d()]).collect()
}
