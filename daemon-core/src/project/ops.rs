//! What clients may ask of projects.
//!
//! To look at what a file would run, to approve it and to take it back all need
//! every right there is: whoever may approve may run anything, and a review
//! reads a file that the caller names. So only a person's own command line can
//! (wire.md); a service, an agent and a page in a window cannot.

use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Candidate, Handle, ProjectStatus};
use crate::config::{self, Approved, PROJECT_FILE};
use crate::home::Dirs;
use crate::jobs::{self, JobDifference, JobPlan};
use crate::kernel::{Access, Call, Effect, Fault, Op, Ops};
use crate::services::{self, Difference, Plan};

/// Services may take long to stop.
const LONG: Duration = Duration::from_secs(26 * 3600);

/// The operations on projects.
pub fn ops() -> Ops<Handle> {
    Ops::default().op::<List>().op::<Review>().op::<Up>().op::<Down>()
}

/// List all projects, and whether their files are still what was approved
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct List {}

/// All projects.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Projects {
    /// By name.
    pub projects: Vec<ProjectStatus>,
}

impl Op for List {
    const NAME: &'static str = "project.list";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Projects;

    async fn run(self, projects: &Handle, _: &Call) -> Result<Projects, Fault> {
        Ok(Projects { projects: projects.list().await? })
    }
}

/// Show what a project's files would run, and how that differs from what was approved
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Review {
    /// The directory with its hob.toml, absolute
    pub dir: String,
}

/// What a project's files would run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reviewed {
    /// What the project would be called.
    pub name: String,
    /// Its directory, without symbolic links.
    pub dir: String,
    /// The file that says so.
    pub file: String,
    /// The SHA-256 of what was read, which an approval has to name.
    pub digest: String,
    /// Whether exactly this is approved.
    pub approved: bool,
    /// The files that are not what was approved, if something was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// What it was called when it was approved, if it was and under another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Its services, by name.
    pub services: Vec<Plan>,
    /// What is other than it was when it was approved; absent if it never was. It may be nothing that matters,
    /// such as a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<Difference>>,
    /// Its jobs, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobPlan>,
    /// As `differences`, of its jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_differences: Option<Vec<JobDifference>>,
}

impl Op for Review {
    const NAME: &'static str = "project.review";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Read;
    const MAX_BODY: usize = 64 << 10;
    type On = Handle;
    type Reply = Reviewed;

    async fn run(self, projects: &Handle, _: &Call) -> Result<Reviewed, Fault> {
        projects.review(&self.dir).await
    }
}

/// Approve a project's files, if they are those that were reviewed, and start what starts by itself
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Up {
    /// The directory with its hob.toml, absolute
    pub dir: String,
    /// The digest that the review has told
    pub digest: String,
}

impl Op for Up {
    const NAME: &'static str = "project.up";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 64 << 10;
    const DEADLINE: Duration = Duration::from_secs(120);
    type On = Handle;
    type Reply = ProjectStatus;

    async fn run(self, projects: &Handle, call: &Call) -> Result<ProjectStatus, Fault> {
        projects.up(&self.dir, &self.digest, call).await
    }
}

/// End the runs of a project's jobs, stop its services in order, and forget its approval
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Down {
    /// Its name or its directory, absolute
    pub project: String,
}

/// A project that is no more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TakenDown {
    /// What it was called.
    pub name: String,
    /// Its directory.
    pub dir: String,
    /// The services that are gone. Their logs are kept.
    pub services: Vec<String>,
    /// The jobs that are gone. Their runs have ended, and what they left is kept as long as that of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<String>,
}

impl Op for Down {
    const NAME: &'static str = "project.down";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 64 << 10;
    const DEADLINE: Duration = LONG;
    type On = Handle;
    type Reply = TakenDown;

    async fn run(self, projects: &Handle, _: &Call) -> Result<TakenDown, Fault> {
        projects.down(&self.project).await
    }
}

impl Candidate {
    pub(super) fn reviewed(self, dirs: &Dirs) -> Result<Reviewed, Fault> {
        let Candidate { approved, services, jobs, before } = self;
        let differences = match &before {
            None => None,
            Some(before) => {
                // What was approved may not be applicable any more; then all of this is new.
                let old = config::with_project::<services::Section>(dirs, (**before).clone());
                old.ok().map(|old| services::difference((&old, &before.name), (&services, &approved.name)))
            }
        };
        let job_differences = before.as_ref().and_then(|before| {
            let old = config::with_project::<jobs::Section>(dirs, (**before).clone());
            old.ok().map(|old| jobs::difference((&old, &before.name), (&jobs, &approved.name)))
        });
        let jobs = jobs.plans(&approved.name);
        let changed = before.as_deref().map(|before| changed(before, &approved)).unwrap_or_default();
        Ok(Reviewed {
            dir: approved.dir.display().to_string(),
            file: approved.dir.join(PROJECT_FILE).display().to_string(),
            approved: before
                .as_ref()
                .is_some_and(|before| before.digest == approved.digest && before.name == approved.name),
            changed,
            renamed_from: before.map(|before| before.name.clone()).filter(|name| *name != approved.name),
            services: services.plans(&approved.name),
            digest: approved.digest,
            name: approved.name,
            differences,
            jobs,
            job_differences,
        })
    }
}

/// Which files differ from those that were approved, also as they were called then.
fn changed(before: &Approved, now: &Approved) -> Vec<String> {
    let own = (before.text != now.text).then(|| now.file());
    let mut named: Vec<_> = before.env_files.keys().chain(now.env_files.keys()).collect();
    named.sort_unstable();
    named.dedup();
    let differ =
        named.into_iter().filter(|path| before.env_files.get(*path) != now.env_files.get(*path)).cloned();
    own.into_iter().chain(differ).map(|path| path.display().to_string()).collect()
}
