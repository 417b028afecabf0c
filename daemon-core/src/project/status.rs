//! How a project is: what was approved of it, and whether the files on disk are still that.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Now;
use crate::config::{Approved, LeftOut, PROJECT_FILE, Standing};
use crate::home::Dirs;

/// How the files on disk compare to what was approved, which is what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectState {
    /// They are the same.
    Approved,
    /// They are other than they were; taking the project up again shows in what.
    Changed,
    /// Its `hob.toml` is gone.
    FileGone,
    /// Its directory is gone.
    DirectoryGone,
    /// What was approved cannot be applied, so its services are not there.
    Broken,
}

/// A project that was taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectStatus {
    /// Its name, which stands before those of its services.
    pub name: String,
    /// How its files compare to what was approved.
    pub state: ProjectState,
    /// In a sentence, if they are not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Its directory.
    pub dir: String,
    /// Its services, by their full names.
    pub services: Vec<String>,
    /// Its jobs, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<String>,
    /// The SHA-256 of what was approved.
    pub digest: String,
    /// When it was approved.
    #[schemars(with = "String")]
    pub approved_at: Timestamp,
    /// The process that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by_pid: Option<i32>,
}

/// All projects, by name. Reads their files.
pub(super) fn of(now: &Now, dirs: &Dirs) -> Vec<ProjectStatus> {
    let mut all: Vec<ProjectStatus> = now.in_force.iter().map(|approved| in_force(approved)).collect();
    if !now.left_out.is_empty() {
        let kept = Approved::all(dirs).0;
        let broken = now.left_out.iter();
        all.extend(
            broken.map(|it| left_out(it, kept.iter().find(|kept| kept.name == it.name).map(|it| &**it))),
        );
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn in_force(approved: &Approved) -> ProjectStatus {
    let again = format!("`hob up {}` to review", approved.dir.display());
    let (state, note) = match approved.standing() {
        Standing::AsApproved => (ProjectState::Approved, None),
        Standing::Changed(files) => {
            let inside = |file: &std::path::Path| {
                file.strip_prefix(&approved.dir).unwrap_or(file).display().to_string()
            };
            let files: Vec<String> = files.iter().map(|file| inside(file)).collect();
            (ProjectState::Changed, Some(format!("{} changed, {again}", files.join(" and "))))
        }
        Standing::FileGone => {
            let note = format!(
                "its {PROJECT_FILE} is gone; what was approved runs on until `hob down {}`",
                approved.name
            );
            (ProjectState::FileGone, Some(note))
        }
        Standing::DirectoryGone => {
            let note = format!(
                "its directory is gone; what was approved runs on until `hob down {}`",
                approved.name
            );
            (ProjectState::DirectoryGone, Some(note))
        }
    };
    status(approved, state, note)
}

fn left_out(project: &LeftOut, kept: Option<&Approved>) -> ProjectStatus {
    let problems: Vec<String> = project.problems.iter().map(ToString::to_string).collect();
    let note = Some(format!("cannot be applied, and is left out: {}", problems.join("; ")));
    match kept {
        Some(kept) => status(kept, ProjectState::Broken, note),
        None => ProjectStatus {
            name: project.name.clone(),
            state: ProjectState::Broken,
            note,
            dir: String::new(),
            services: Vec::new(),
            jobs: Vec::new(),
            digest: String::new(),
            approved_at: Timestamp::UNIX_EPOCH,
            approved_by_pid: None,
        },
    }
}

fn status(approved: &Approved, state: ProjectState, note: Option<String>) -> ProjectStatus {
    let table: toml::Table = approved.text.parse().unwrap_or_default();
    let names = |section: &str| {
        let tables = table.get(section).and_then(toml::Value::as_table).into_iter().flatten();
        let mut names: Vec<String> = tables.map(|(name, _)| approved.full(name)).collect();
        names.sort();
        names
    };
    ProjectStatus {
        name: approved.name.clone(),
        state,
        note,
        dir: approved.dir.display().to_string(),
        services: names("service"),
        jobs: names("job"),
        digest: approved.digest.clone(),
        approved_at: approved.at,
        approved_by_pid: approved.pid,
    }
}
