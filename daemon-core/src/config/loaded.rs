//! What all files say together, whoever wrote them: the home's own, and those of projects as they were approved.
//!
//! A project's file is one more file with two differences: its services and jobs have
//! its name before theirs, and it can have few other sections. What a section means is
//! for the capability to say that claims it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::approved::{Approved, PROJECT_FILE};
use super::overlay::Overlay;
use super::source::{self, Source, Text};
use super::{Origin, Problem, Value};
use crate::home::Dirs;
use crate::text::nearest;

/// The files as they were read, before anybody made sense of them.
pub struct Loaded<'t> {
    main: &'t Path,
    sources: Vec<Source<'t>>,
    overlay: &'t Overlay,
    left_out: &'t [LeftOut],
    /// Why some of the files are no TOML.
    unparsed: Vec<Problem>,
}

/// A project that is approved and not in force, since it cannot be.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// What it is called.
    pub name: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// The sections of a project's file.
const IN_PROJECTS: [&str; 4] = ["project", "service", "job", "defaults"];

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
    /// The project in whose file it stands.
    pub project: Option<String>,
}

impl<'t> Loaded<'t> {
    pub(super) fn parse(texts: &'t Texts) -> Result<Loaded<'t>, Vec<Problem>> {
        let loaded = Loaded::recovered(texts);
        if loaded.unparsed.is_empty() { Ok(loaded) } else { Err(loaded.unparsed) }
    }

    /// The same to find out what is wrong: of a file that is no TOML there is what can be made out of it, so
    /// that whoever names one of its tables is not wrong for that ([`Loaded::all_wrong`]).
    pub(super) fn recovered(texts: &'t Texts) -> Loaded<'t> {
        let mut unparsed = Vec::new();
        let sources = texts.all().map(|text| {
            Source::parse(text).unwrap_or_else(|problem| {
                unparsed.push(problem);
                Source::recovered(text)
            })
        });
        let sources = sources.collect();
        let Texts { main, overlay, left_out, .. } = texts;
        Loaded { main, sources, overlay, left_out, unparsed }
    }

    /// What is wrong with all files, if this is what was found. Of one that is no TOML only that: what was made
    /// out of it is not what it says.
    pub(super) fn all_wrong(&self, found: Vec<Problem>) -> Vec<Problem> {
        let is_parsed = |problem: &Problem| self.unparsed.iter().all(|it| it.file() != problem.file());
        self.unparsed.iter().cloned().chain(found.into_iter().filter(is_parsed)).collect()
    }

    /// The projects that are in force, by name.
    pub fn projects(&self) -> impl Iterator<Item = &'t Approved> {
        self.sources.iter().filter_map(Source::project)
    }

    /// Those that are not, since they cannot be.
    pub fn left_out(&self) -> &'t [LeftOut] {
        self.left_out
    }

    /// A section of a project's file.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn section_of<T: DeserializeOwned + Default>(
        &self,
        project: &str,
        name: &str,
    ) -> Result<T, Vec<Problem>> {
        let source = self.of_project(project).filter(|source| source.has(name));
        let none = Overlay::default();
        source.map_or_else(|| Ok(T::default()), |source| source.section(name, &none))
    }

    /// A problem with what stands at `path` in a project's file.
    pub fn problem_of(&self, project: &str, path: &[&str], message: String, hint: Option<String>) -> Problem {
        let empty = Source::empty();
        Problem { hint, ..self.of_project(project).unwrap_or(&empty).problem_at(path, message) }
    }

    /// Refuses a section at home that belongs into projects' files.
    ///
    /// # Errors
    /// Each place where it stands.
    pub fn only_in_projects(&self, name: &str) -> Result<(), Vec<Problem>> {
        let message = "is for the file of a project";
        let misplaced = self.of_home().filter(|source| source.has(name)).map(|source| Problem {
            hint: Some(format!("write it into the {PROJECT_FILE} of its directory")),
            ..source.problem_at(&[name], message.to_owned())
        });
        let overlaid = self.overlay.sections().filter(|(section, _)| *section == name);
        let overlaid = overlaid.map(|(_, problem)| Problem { message: message.to_owned(), ..problem });
        let problems: Vec<Problem> = misplaced.chain(overlaid).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn of_project(&self, name: &str) -> Option<&Source<'t>> {
        self.sources.iter().find(|source| source.project().is_some_and(|project| project.name == name))
    }

    fn of_home(&self) -> impl Iterator<Item = &Source<'t>> {
        self.sources.iter().filter(|source| source.project().is_none())
    }

    /// A section that only `config.toml` may have, with the environment laid over it.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Vec<Problem>> {
        let with_it = || self.of_home().filter(|source| source.has(name));
        let misplaced: Vec<Problem> = with_it()
            .filter(|source| !source.is_at(self.main))
            .map(|source| Problem {
                hint: Some(format!("move it to {}", self.main.display())),
                ..source.problem_at(&[name], format!("cannot stand in a file of {}", source.fragments()))
            })
            .collect();
        if !misplaced.is_empty() {
            return Err(misplaced);
        }
        match (with_it().next(), self.overlay.has(name)) {
            (None, false) => Ok(T::default()),
            (None, true) => Source::empty().section(name, self.overlay),
            (Some(source), _) => source.section(name, self.overlay),
        }
    }

    /// All tables `[kind.NAME]` of all files.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, and names that are given twice.
    pub fn named<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<Named<T>>, Vec<Problem>> {
        all(self.each_named(kind))
    }

    /// The same one by one, each read when it is asked for: of thousands, no two need be in memory together.
    pub fn each_named<'s, T: DeserializeOwned>(
        &'s self,
        kind: &'s str,
    ) -> impl Iterator<Item = Result<Named<T>, Vec<Problem>>> {
        let overlaid = self.overlay.sections().filter(move |(section, _)| *section == kind);
        let unsettable = move |(_, problem)| Problem {
            message: "cannot be set by a variable".to_owned(),
            hint: Some(format!("write it into a file, under [{kind}.NAME]")),
            ..problem
        };
        let mut seen = BTreeMap::<String, &'s Source<'t>>::new();
        let read = move |(source, name, value): (&'s Source<'t>, String, Result<T, Vec<Problem>>)| {
            let path = [kind, &name];
            if let Some(first) = seen.get(&name) {
                let message = format!("is already in {}", first.origin(&path));
                return Err(vec![source.problem_at(&path, message)]);
            }
            let (origin, dir) = (source.origin(&path), source.dir());
            let project = source.project().map(|project| project.name.clone());
            seen.insert(name.clone(), source);
            Ok(Named { name, value: value?, origin, dir, project })
        };
        let tables = self
            .sources
            .iter()
            .flat_map(move |source| source.named::<T>(kind).map(move |(name, value)| (source, name, value)));
        overlaid.map(move |it| Err(vec![unsettable(it)])).chain(tables.map(read))
    }

    /// A problem with what stands at `path`, or at the nearest key above it that is written down.
    pub fn problem(&self, path: &[&str], message: String, hint: Option<String>) -> Problem {
        let deepest = self.sources.iter().filter_map(|source| Some((source.depth(path)?, source)));
        let problem = match deepest.max_by_key(|(depth, _)| *depth) {
            Some((_, source)) => source.problem_at(path, message),
            None => Source::empty().problem_at(path, message),
        };
        Problem { hint, ..problem }
    }

    /// Every value that is written down, and where.
    pub(super) fn values(&self) -> Vec<Value> {
        let mut values: Vec<Value> = self.sources.iter().flat_map(Source::values).collect();
        values.retain(|value| !self.overlay.covers(&value.key));
        values.extend(self.overlay.values());
        values
    }

    pub(super) fn unclaimed<'a>(&self, claimed: impl Iterator<Item = &'a &'static str>) -> Vec<Problem> {
        let claimed: Vec<&str> = claimed.copied().collect();
        let written = self.of_home().flat_map(|source| {
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
            .chain(self.misplaced_in_projects())
            .collect()
    }

    /// Sections that a project's file cannot have.
    pub(super) fn misplaced_in_projects(&self) -> Vec<Problem> {
        let of_projects = self.sources.iter().filter(|source| source.project().is_some());
        let foreign = of_projects.flat_map(|source| {
            source.sections().filter(|name| !IN_PROJECTS.contains(name)).map(move |name| (source, name))
        });
        foreign
            .map(|(source, name)| Problem {
                hint: nearest(name, IN_PROJECTS).map(|known| format!("did you mean [{known}]?")),
                ..source.problem_at(&[name], "cannot stand in the file of a project".to_owned())
            })
            .collect()
    }
}

/// What was read, to be parsed in place.
pub(super) struct Texts {
    /// Where `config.toml` is, or would be.
    main: PathBuf,
    files: Vec<Text>,
    /// The files of `projects`.
    approved: Vec<Text>,
    pub(super) projects: Vec<Arc<Approved>>,
    pub(super) left_out: Vec<LeftOut>,
    overlay: Overlay,
}

impl Texts {
    /// Reads `config.toml`, if there is one, then `services.d/*.toml` and `jobs.d/*.toml`, each in the order
    /// of their names, then what is approved of projects.
    pub(super) fn read(dirs: &Dirs) -> Result<Texts, Vec<Problem>> {
        let (texts, unread) = Texts::readable(dirs);
        if unread.is_empty() { Ok(texts) } else { Err(unread) }
    }

    /// Those that can be read, and why the others cannot.
    pub(super) fn readable(dirs: &Dirs) -> (Texts, Vec<Problem>) {
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        match source::files(dirs) {
            Ok(found) => {
                for file in found {
                    Text::read(file).map_or_else(|problem| unread.push(problem), |text| files.push(text));
                }
            }
            Err(problems) => unread = problems,
        }
        let (projects, unreadable) = Approved::all(dirs);
        let left_out = unreadable.into_iter().map(|it| LeftOut { name: it.name, problems: vec![it.problem] });
        let mut texts = Texts {
            main: dirs.config().to_owned(),
            files,
            approved: Vec::new(),
            projects,
            left_out: left_out.collect(),
            overlay: Overlay::from_env(),
        };
        texts.approve_anew();
        (texts, unread)
    }

    /// All of them, in the order in which they count.
    pub(super) fn all(&self) -> impl Iterator<Item = &Text> {
        self.files.iter().chain(&self.approved)
    }

    /// Takes a text as what is in a file of the home, or a file as gone.
    pub(super) fn put(&mut self, file: &Path, text: Option<String>) {
        self.files.retain(|other| other.path() != file);
        self.files.extend(text.map(|text| Text::of(file.to_owned(), text)));
    }

    /// Takes the texts of the projects from what is approved of them.
    pub(super) fn approve_anew(&mut self) {
        self.approved = self.projects.iter().cloned().map(Text::approved).collect();
    }

    /// Leaves out those projects that there are problems with and that may be left out.
    pub(super) fn leave_out(&mut self, problems: &[Problem], may_be: impl Fn(&str) -> bool) {
        let (bad, good) = std::mem::take(&mut self.projects).into_iter().partition(|project| {
            may_be(&project.name) && problems.iter().any(|problem| problem.is_of(project))
        });
        self.projects = good;
        let bad: Vec<Arc<Approved>> = bad;
        self.left_out.extend(bad.into_iter().map(|project| LeftOut {
            name: project.name.clone(),
            problems: problems.iter().filter(|problem| problem.is_of(&project)).cloned().collect(),
        }));
        self.approve_anew();
    }
}

/// All of the results, or all of the problems.
fn all<T, P: IntoIterator<Item = Problem>>(
    results: impl Iterator<Item = Result<T, P>>,
) -> Result<Vec<T>, Vec<Problem>> {
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(good) } else { Err(problems) }
}
