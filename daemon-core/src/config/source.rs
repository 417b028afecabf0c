//! One file of the configuration: its text, its tables, and where each value stands.
//!
//! The environment is laid over a section as if it had been written behind the
//! end of the file: `HOB__DAEMON__IDLE_TIMEOUT=5m` is `[daemon] idle_timeout`.
//! An offset behind the text therefore leads back to its variable.

use std::borrow::Cow;
use std::fmt;
use std::fs::Metadata;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::Problem;
use super::approved::Approved;
use super::keys::{keys_to, leaves, take_out};
use super::misfit::in_words;
use super::overlay::Overlay;
use super::recovered::recovered;
use super::settled::read_settled_if;
use crate::home::Dirs;
use crate::text::{brief, nearest_field, shortened, without_key};

/// A file over this size is not a configuration.
const LARGEST: u64 = 4 << 20;
/// So many keys of a table are told of that have another shape; each takes another reading of it.
const MOST_MISSHAPEN: usize = 20;
/// Tables whose names have their project's before them.
const OF_PROJECTS: [&str; 2] = ["service", "job"];

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Origin {
    /// In a file, at a line counted from 1.
    File {
        /// The file.
        file: PathBuf,
        /// The line; absent for the file as a whole.
        line: Option<usize>,
    },
    /// In an environment variable.
    Variable {
        /// Its name.
        variable: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { file, line: Some(line) } => write!(to, "{}:{line}", file.display()),
            Origin::File { file, line: None } => write!(to, "{}", file.display()),
            Origin::Variable { variable } => write!(to, "{variable}"),
        }
    }
}

/// A value that is written down, and where.
#[derive(Debug, Clone, Serialize)]
pub struct Value {
    /// Its key, such as `service.web.command`.
    pub key: String,
    /// The value as TOML.
    pub value: String,
    /// Where it is written.
    pub origin: Origin,
}

/// A file's text, which [`Source`] points into.
pub(super) struct Text {
    path: PathBuf,
    text: String,
    project: Option<Arc<Approved>>,
}

impl Text {
    /// Reads a file whole, again if it was changed meanwhile.
    pub(super) fn read(path: PathBuf) -> Result<Text, Problem> {
        Text::read_if(path, |_| Ok(()))
    }

    /// The same, if the file that is read is one that counts.
    pub(super) fn read_if(
        path: PathBuf,
        counts: impl Fn(&Metadata) -> Result<(), Problem>,
    ) -> Result<Text, Problem> {
        let text = read_settled_if(&path, LARGEST, counts)?;
        Ok(Text { path, text, project: None })
    }

    /// A text that is read as if it were in this file.
    pub(super) fn of(path: PathBuf, text: String) -> Text {
        Text { path, text, project: None }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A project's file as it was approved, whatever is on disk now.
    pub(super) fn approved(project: Arc<Approved>) -> Text {
        Text { path: project.file(), text: project.text.clone(), project: Some(project) }
    }
}

pub(super) struct Source<'t> {
    pub(super) path: &'t Path,
    pub(super) text: &'t str,
    pub(super) table: DeTable<'t>,
    /// Where each line begins, since a long file asks for many.
    lines: Vec<usize>,
    /// Whose file it is, if it is a project's.
    project: Option<&'t Approved>,
}

/// The files that exist, in the order in which they count.
pub(super) fn files(dirs: &Dirs) -> Result<Vec<PathBuf>, Vec<Problem>> {
    let mut files = Vec::new();
    if dirs.config().symlink_metadata().is_ok() {
        files.push(dirs.config().to_owned());
    }
    for fragments in [dirs.services_d(), dirs.jobs_d()] {
        files.append(&mut files_in(&fragments)?);
    }
    Ok(files)
}

fn files_in(fragments: &Path) -> Result<Vec<PathBuf>, Vec<Problem>> {
    let entries = match fs_err::read_dir(fragments) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(vec![whole(fragments, error.to_string())]),
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")))
        .collect();
    found.sort();
    Ok(found)
}

impl<'t> Source<'t> {
    pub(super) fn parse(text: &'t Text) -> Result<Source<'t>, Problem> {
        let table = DeTable::parse(&text.text).map_err(|error| {
            let Text { path, text, .. } = text;
            let quoted = error.span().and_then(|span| text.get(span)).unwrap_or_default();
            let quoted = brief(quoted.lines().next().unwrap_or_default().trim());
            at(path, text, error.span().map(|span| span.start), &quoted, error.message().trim())
        })?;
        Ok(Source::of(text, table.into_inner()))
    }

    /// What can be made out of a text that is no TOML.
    pub(super) fn recovered(text: &'t Text) -> Source<'t> {
        Source::of(text, recovered(&text.text))
    }

    fn of(text: &'t Text, table: DeTable<'t>) -> Source<'t> {
        let Text { path, text, project } = text;
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let lines = iter::once(0).chain(ends.map(|end| end + 1)).collect();
        Source { path, text, table, lines, project: project.as_deref() }
    }

    /// Stands in where there is no file.
    pub(super) fn empty() -> Source<'static> {
        Source {
            path: Path::new("config.toml"),
            text: "",
            table: DeTable::new(),
            lines: vec![0],
            project: None,
        }
    }

    /// The line of a byte of the text, counted from 1.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|begin| *begin <= offset)
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.path.parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// What its directory is called, such as `services.d`.
    pub(super) fn fragments(&self) -> String {
        self.dir().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.path == path
    }

    pub(super) fn project(&self) -> Option<&'t Approved> {
        self.project
    }

    pub(super) fn has(&self, section: &str) -> bool {
        self.table.contains_key(section)
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = &str> {
        self.table.keys().map(|key| key.get_ref().as_ref())
    }

    pub(super) fn section<T: DeserializeOwned>(
        &self,
        name: &str,
        overlay: &'t Overlay,
    ) -> Result<T, Vec<Problem>> {
        let mut value = match self.table.get(name) {
            Some(value) => value.clone(),
            None => Spanned::new(0..0, DeValue::Table(DeTable::new())),
        };
        overlay.lay_over(name, &mut value, self.text.len());
        self.deserialize(&[name], &value, overlay)
    }

    /// All tables `[kind.NAME]`, each read when it is asked for.
    pub(super) fn named<T: DeserializeOwned>(
        &self,
        kind: &str,
    ) -> impl Iterator<Item = (String, Result<T, Vec<Problem>>)> {
        let kinds = self.table.get(kind);
        let table = kinds.and_then(|kinds| kinds.get_ref().as_table());
        let misfit = kinds.filter(|_| table.is_none()).map(|_| {
            let message = format!("must be a table of tables: [{kind}.NAME]");
            (String::new(), Err(vec![self.problem_at(&[kind], message)]))
        });
        let read = move |(name, value): (&Spanned<Cow<'t, str>>, &Spanned<DeValue<'t>>)| {
            let name = name.get_ref().to_string();
            let read = match value.get_ref() {
                DeValue::Array(list) if list.iter().any(|it| it.get_ref().is_table()) => {
                    let hint = Some(format!("write [{kind}.{name}], with one bracket on each side"));
                    Err(vec![Problem {
                        hint,
                        ..self.problem_at(&[kind, &name], "is a list of tables".to_owned())
                    }])
                }
                _ => self.deserialize(&[kind, &name], value, &Overlay::default()),
            };
            (self.project.map_or_else(|| name.clone(), |project| project.full(&name)), read)
        };
        misfit.into_iter().chain(table.into_iter().flatten().map(read))
    }

    /// How many keys of `path` are written here; `None` if they cannot be.
    pub(super) fn depth(&self, path: &[&str]) -> Option<usize> {
        let of_home = self.project.is_some() && !path.first().is_some_and(|kind| OF_PROJECTS.contains(kind));
        self.local(path).filter(|_| !of_home).map(|path| self.walk(&path).0)
    }

    pub(super) fn origin(&self, path: &[&str]) -> Origin {
        let (_, offset) = self.walk(&self.local(path).unwrap_or_default());
        Origin::File { file: self.path.to_owned(), line: Some(self.line_of(offset)) }
    }

    pub(super) fn problem_at(&self, path: &[&str], message: String) -> Problem {
        let key = self.local(path).unwrap_or_default().join(".");
        Problem { origin: self.origin(path), key, message, hint: None }
    }

    /// A path as it stands in this file: a project's says `web` for `shop/web`.
    fn local<'p>(&self, path: &[&'p str]) -> Option<Vec<&'p str>> {
        let mut local = path.to_vec();
        if let (Some(project), [kind, name, ..]) = (self.project, path)
            && OF_PROJECTS.contains(kind)
        {
            local[1] = name.strip_prefix(&project.name)?.strip_prefix('/')?;
        }
        Some(local)
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let mut values = Vec::new();
        leaves(&mut Vec::new(), &self.table, &mut |path, span| {
            let full = |(at, key): (usize, &&str)| match (self.project, at) {
                (Some(project), 1) if OF_PROJECTS.contains(&path[0]) => project.full(key),
                _ => (*key).to_owned(),
            };
            values.push(Value {
                key: path.iter().enumerate().map(full).collect::<Vec<_>>().join("."),
                value: self.text.get(span.clone()).unwrap_or_default().to_owned(),
                origin: Origin::File { file: self.path.to_owned(), line: Some(self.line_of(span.start)) },
            });
        });
        values
    }

    /// Reads a table, or says all that is wrong with its shape: what is, is left out, and the rest read again.
    pub(super) fn deserialize<T: DeserializeOwned>(
        &self,
        path: &[&str],
        value: &Spanned<DeValue<'t>>,
        overlay: &Overlay,
    ) -> Result<T, Vec<Problem>> {
        let begin = value.span().start;
        let mut read = T::deserialize(ValueDeserializer::from(value.clone()));
        let (mut rest, mut problems) = (None, Vec::new());
        loop {
            let error = match read {
                Ok(read) if problems.is_empty() => return Ok(read),
                Ok(_) => return Err(problems),
                Err(error) => error,
            };
            let offset = error.span().map_or(begin, |span| span.start);
            // What is missing may be what was left out.
            if problems.is_empty() || !error.message().starts_with("missing field") {
                problems.push(self.misshapen(path, offset, error.message().trim(), overlay));
            }
            let rest: &mut Spanned<DeValue<'t>> = rest.get_or_insert_with(|| value.clone());
            if MOST_MISSHAPEN <= problems.len() || !take_out(rest, offset) {
                return Err(problems);
            }
            read = T::deserialize(ValueDeserializer::from(rest.clone()));
        }
    }

    fn misshapen(&self, path: &[&str], offset: usize, message: &str, overlay: &Overlay) -> Problem {
        let variable = offset.checked_sub(self.text.len() + 1).and_then(|index| overlay.0.get(index));
        match variable {
            Some(variable) => variable.problem(message),
            None => at(self.path, self.text, Some(offset), &self.key_at(path, offset), message),
        }
    }

    /// The key whose name or value stands at an offset.
    fn key_at(&self, within: &[&str], offset: usize) -> String {
        let table = within.iter().try_fold(&self.table, |table, key| table.get(*key)?.get_ref().as_table());
        let Some(table) = table else {
            // A list of tables.
            return keys_to(&self.table, offset).unwrap_or_else(|| within.to_vec()).join(".");
        };
        let below = keys_to(table, offset).unwrap_or_default();
        within.iter().copied().chain(below).collect::<Vec<_>>().join(".")
    }

    /// How many keys of a path exist, and the offset of the last that does.
    fn walk(&self, path: &[&str]) -> (usize, usize) {
        let (mut table, mut depth, mut offset) = (Some(&self.table), 0, 0);
        for key in path {
            let Some((written, value)) = table.and_then(|table| table.get_key_value(*key)) else { break };
            depth += 1;
            offset = written.span().start;
            table = value.get_ref().as_table();
        }
        (depth, offset)
    }
}

pub(super) fn whole(path: &Path, message: String) -> Problem {
    Problem {
        origin: Origin::File { file: path.to_owned(), line: None },
        key: String::new(),
        message,
        hint: None,
    }
}

fn at(path: &Path, text: &str, offset: Option<usize>, key: &str, message: &str) -> Problem {
    let line = offset.map(|offset| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count());
    let origin = Origin::File { file: path.to_owned(), line };
    // The key stands before it already.
    let last = key.rsplit('.').next().unwrap_or_default();
    let message = without_key(message, last).unwrap_or(message);
    let hint = nearest_field(message).map(|known| format!("did you mean `{known}`?"));
    Problem { origin, key: key.to_owned(), message: shortened(&in_words(&message.replace('\n', " "))), hint }
}
