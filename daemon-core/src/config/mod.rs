//! Settings: read, checked as a whole, then applied; the same way at start and on a reload.
//!
//! A capability claims its sections of `config.toml` and `services.d/*.toml`
//! with a type that knows how to read itself ([`Section`]). Everything is read
//! and checked before anything is applied, so a mistake anywhere leaves what is
//! in force in force. A section that nobody claims is an error with the nearest
//! known name. Where each value was written is known to the line.

mod size;
mod source;
mod span;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::json;

pub use size::{Size, SizeError};
pub use source::{Origin, Value};
use source::{Overlay, Source, Text};
pub use span::{LONGEST, Span, SpanError};

use crate::home::Dirs;
use crate::kernel::Fault;
use crate::kernel::text::{nearest, shortened};

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

/// All that is wrong, as one fault.
pub fn fault(problems: &[Problem]) -> Fault {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Fault::invalid(format!("the configuration is invalid\n{}", lines.join("\n")))
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

    /// The JSON Schema of each of its tables, in the order of [`Section::NAMES`].
    fn schemas() -> Vec<Schema>;
}

/// A section that is known to exist, to be checked without a daemon.
#[derive(Clone, Copy)]
pub struct Declared {
    names: &'static [&'static str],
    check: fn(&Loaded) -> Vec<Problem>,
    schemas: fn() -> Vec<Schema>,
}

impl Declared {
    /// The declaration of `S`.
    pub fn of<S: Section>() -> Declared {
        Declared {
            names: S::NAMES,
            check: |loaded| S::read(loaded).err().unwrap_or_default(),
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
        "title": "Hob's configuration (config.toml, services.d/*.toml)",
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
        let texts = Texts::read(dirs).map_err(|problems| fault(&problems))?;
        let loaded = Loaded::parse(&texts).map_err(|problems| fault(&problems))?;
        let mut problems = loaded.unclaimed(self.claims.iter().flat_map(|claim| claim.0));
        let mut prepared = Vec::new();
        for (_, prepare) in &self.claims {
            match prepare(&loaded) {
                Ok(apply) => prepared.push(apply),
                Err(mut more) => problems.append(&mut more),
            }
        }
        if !problems.is_empty() {
            return Err(fault(&problems));
        }
        prepared.into_iter().for_each(|apply| apply());
        Ok(())
    }
}

/// Checks the files as a daemon would, without one, and returns every value that they give.
///
/// # Errors
/// Everything that is wrong.
pub fn check(dirs: &Dirs, declared: &[Declared]) -> Result<Vec<Value>, Vec<Problem>> {
    let texts = Texts::read(dirs)?;
    let loaded = Loaded::parse(&texts)?;
    let mut problems = loaded.unclaimed(declared.iter().flat_map(|section| section.names));
    problems.extend(declared.iter().flat_map(|section| (section.check)(&loaded)));
    if problems.is_empty() { Ok(loaded.values()) } else { Err(problems) }
}

/// A section as it is written, without a look at the others; its default if it cannot be read.
///
/// For what is needed before the configuration as a whole can be checked, and reported.
pub fn peek<S: Section + Default>(dirs: &Dirs) -> S {
    let Ok(texts) = Texts::read(dirs) else { return S::default() };
    Loaded::parse(&texts).and_then(|loaded| S::read(&loaded)).unwrap_or_default()
}

/// The files as they were read, before anybody made sense of them.
pub struct Loaded<'t> {
    main: &'t Path,
    sources: Vec<Source<'t>>,
    overlay: &'t Overlay,
}

/// A table of a kind of which there are many, such as `[service.web]`.
pub struct Named<T> {
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: T,
    /// Where it begins.
    pub origin: Origin,
    /// The directory of its file, which relative paths in it start from.
    pub dir: PathBuf,
}

impl<'t> Loaded<'t> {
    fn parse(texts: &'t Texts) -> Result<Loaded<'t>, Vec<Problem>> {
        let sources = all(texts.files.iter().map(Source::parse))?;
        Ok(Loaded { main: &texts.main, sources, overlay: &texts.overlay })
    }

    /// A section that only `config.toml` may have, with the environment laid over it.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Vec<Problem>> {
        let with_it = || self.sources.iter().filter(|source| source.has(name));
        let misplaced: Vec<Problem> = with_it()
            .filter(|source| !source.is_at(self.main))
            .map(|source| Problem {
                hint: Some(format!("move it to {}", self.main.display())),
                ..source.problem_at(&[name], "cannot stand in a file of services.d".to_owned())
            })
            .collect();
        if !misplaced.is_empty() {
            return Err(misplaced);
        }
        match (with_it().next(), self.overlay.has(name)) {
            (None, false) => Ok(T::default()),
            (None, true) => Source::empty().section(name, self.overlay).map_err(|problem| vec![problem]),
            (Some(source), _) => source.section(name, self.overlay).map_err(|problem| vec![problem]),
        }
    }

    /// All tables `[kind.NAME]` of all files.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, and names that are given twice.
    pub fn named<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<Named<T>>, Vec<Problem>> {
        let overlaid = self.overlay.sections().filter(|(section, _)| *section == kind);
        let unsettable = |problem| Problem {
            message: "cannot be set by a variable".to_owned(),
            hint: Some(format!("write it into a file, under [{kind}.NAME]")),
            ..problem
        };
        let mut problems: Vec<Problem> = overlaid.map(|(_, problem)| unsettable(problem)).collect();
        let mut all = Vec::<Named<T>>::new();
        let mut seen = BTreeMap::new();
        for source in &self.sources {
            for (name, value) in source.named::<T>(kind) {
                if let Some(first) = seen.insert(name.clone(), source.origin(&[kind, &name])) {
                    problems.push(source.problem_at(&[kind, &name], format!("is already in {first}")));
                    continue;
                }
                let origin = source.origin(&[kind, &name]);
                match value {
                    Ok(value) => all.push(Named { name, value, origin, dir: source.dir() }),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }

    /// A problem with what stands at `path`, or at the nearest key above it that is written down.
    pub fn problem(&self, path: &[&str], message: String, hint: Option<String>) -> Problem {
        let deepest = self.sources.iter().max_by_key(|source| source.depth(path));
        let problem = match deepest {
            Some(source) => source.problem_at(path, message),
            None => Source::empty().problem_at(path, message),
        };
        Problem { hint, ..problem }
    }

    /// Every value that is written down, and where.
    fn values(&self) -> Vec<Value> {
        let mut values: Vec<Value> = self.sources.iter().flat_map(Source::values).collect();
        values.retain(|value| !self.overlay.covers(&value.key));
        values.extend(self.overlay.values());
        values
    }

    fn unclaimed<'a>(&self, claimed: impl Iterator<Item = &'a &'static str>) -> Vec<Problem> {
        let claimed: Vec<&str> = claimed.copied().collect();
        let written = self.sources.iter().flat_map(|source| {
            source.sections().map(move |name| (name, source.problem_at(&[name], String::new())))
        });
        let overlaid = self.overlay.sections();
        written
            .chain(overlaid)
            .filter(|(name, _)| !claimed.contains(name))
            .map(|(name, problem)| Problem {
                message: "there is no such section".to_owned(),
                hint: nearest(name, claimed.iter().copied()).map(|known| format!("did you mean [{known}]?")),
                ..problem
            })
            .collect()
    }
}

/// What was read, to be parsed in place.
struct Texts {
    /// Where `config.toml` is, or would be.
    main: PathBuf,
    files: Vec<Text>,
    overlay: Overlay,
}

impl Texts {
    /// Reads `config.toml`, if there is one, then `services.d/*.toml` in the order of their names.
    fn read(dirs: &Dirs) -> Result<Texts, Vec<Problem>> {
        let files = all(source::files(dirs)?.into_iter().map(Text::read))?;
        Ok(Texts { main: dirs.config().to_owned(), files, overlay: Overlay::from_env() })
    }
}

/// All of the results, or all of the problems.
fn all<T>(results: impl Iterator<Item = Result<T, Problem>>) -> Result<Vec<T>, Vec<Problem>> {
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(good) } else { Err(problems) }
}

/// The directories to watch for changes of the files.
pub fn watched(dirs: &Dirs) -> Vec<PathBuf> {
    let parent = dirs.config().parent().map(Path::to_path_buf);
    parent.into_iter().chain([dirs.services_d()]).collect()
}
