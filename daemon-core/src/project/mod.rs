//! Projects: directories with a `hob.toml`, whose services run once a person has looked at them.
//!
//! The file of a project runs code and is not the home's own, so it is trusted
//! by digest. [`Handle::review`] reads the files and says what they would run;
//! [`Handle::up`] reads them again and takes them up only if they are, byte for
//! byte, what was reviewed. From then on the daemon's own copy counts
//! (`config::Approved`), and what is on disk is only compared to it: a change
//! is shown (`watch`) and never applied by itself.
//!
//! To the supervisor a project's services are like all others: the approved
//! text is one more file of the configuration. Nothing here starts or stops a
//! process, except that a project that is taken down is stopped in order.

mod error;
mod ops;
mod section;
mod status;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

pub use error::Error;
pub use ops::{Down, List, Projects, Review, Reviewed, TakenDown, Up, ops};
pub use section::Section;
pub use status::{ProjectState, ProjectStatus};

use crate::config::{self, Approved, PROJECT_FILE, read_project_file};
use crate::home::Dirs;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::{Call, Fault};
use crate::text::{brief, nearest};
use crate::{jobs, services, system};

/// Why runs end whose project does.
const DOWN: &str = "its project was taken down";

/// A handle on all projects.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    dirs: Dirs,
    clock: Clock,
    board: Board,
    system: system::Handle,
    services: services::Handle,
    jobs: jobs::Handle,
    /// As the configuration has them.
    now: Mutex<Now>,
    /// Which there are has changed.
    changed: Notify,
    /// Held while approvals are written.
    edits: tokio::sync::Mutex<()>,
}

#[derive(Default, Clone)]
struct Now {
    in_force: Vec<Arc<Approved>>,
    left_out: Vec<config::LeftOut>,
}

/// A project's files as they were read just now.
struct Candidate {
    approved: Approved,
    /// The services, if this were approved.
    services: services::Section,
    /// The jobs.
    jobs: jobs::Section,
    /// What has its directory now.
    before: Option<Arc<Approved>>,
}

/// Mounts the capability.
pub fn mount(m: &mut Mount, system: &system::Handle, services: &services::Handle, jobs: &jobs::Handle) {
    let handle = Handle(Arc::new(Inner {
        dirs: m.dirs.clone(),
        clock: m.clock.clone(),
        board: m.board.clone(),
        system: system.clone(),
        services: services.clone(),
        jobs: jobs.clone(),
        now: Mutex::default(),
        changed: Notify::new(),
        edits: tokio::sync::Mutex::default(),
    }));
    m.ops(&handle, ops());
    let inner = Arc::clone(&handle.0);
    m.configure(move |section: Section| {
        let Section { in_force, left_out } = section;
        for project in &left_out {
            let problems: Vec<String> = project.problems.iter().map(ToString::to_string).collect();
            tracing::error!(project = project.name, ?problems, "left out: its services are not there");
        }
        let in_force = in_force.into_iter().map(Arc::new).collect();
        *inner.now.lock().unwrap_or_else(PoisonError::into_inner) = Now { in_force, left_out };
        inner.changed.notify_one();
    });
    watch::mount(m, &handle);
}

impl Handle {
    /// All projects, and how their files compare to what was approved.
    pub async fn list(&self) -> Result<Vec<ProjectStatus>, Fault> {
        let (now, dirs) = (self.now().clone(), self.0.dirs.clone());
        blocking(move || Ok(status::of(&now, &dirs))).await
    }

    /// What the files of a directory would run, and how that differs from what was approved.
    ///
    /// # Errors
    /// If there is no such project, or its files cannot be taken up.
    pub async fn review(&self, dir: &str) -> Result<Reviewed, Fault> {
        let (dir, dirs) = (dir.to_owned(), self.0.dirs.clone());
        blocking(move || read(&dirs, &dir)?.reviewed(&dirs)).await
    }

    /// Takes up what was reviewed: approves it, and starts what starts by itself.
    ///
    /// # Errors
    /// As [`Handle::review`], and if the files are not what was reviewed.
    pub async fn up(&self, dir: &str, reviewed: &str, call: &Call) -> Result<ProjectStatus, Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        let (dir, dirs) = (dir.to_owned(), self.0.dirs.clone());
        let Candidate { mut approved, before, .. } = blocking(move || read(&dirs, &dir)).await?;
        if approved.digest != reviewed {
            return Err(Error::ChangedMeanwhile(approved.file()).into());
        }
        approved.at = self.0.clock.now();
        approved.pid = call.caller.pid;
        let (name, dirs) = (approved.name.clone(), &self.0.dirs);
        let renamed = before.as_ref().filter(|before| before.name != name);
        if let Some(before) = renamed {
            // They are the same programs under other names, and would be in each other's way.
            let old = self.status(&before.name).await?;
            self.0.jobs.end_together(&old.jobs, "its project has another name now").await;
            self.0.services.stop_together(&old.services).await?;
        }
        approved.keep(dirs).map_err(Error::from)?;
        if let Some(before) = renamed {
            Approved::forget(dirs, &before.name).map_err(Error::from)?;
        }
        if let Err(fault) = self.0.system.reload().await {
            if before.as_ref().is_none_or(|before| before.name != name) {
                Approved::forget(dirs, &name).map_err(Error::from)?;
            }
            before.map_or(Ok(()), |before| before.keep(dirs)).map_err(Error::from)?;
            self.reload_what_was().await;
            return Err(fault);
        }
        tracing::info!(project = name, digest = approved.digest, pid = approved.pid, "approved and taken up");
        self.status(&name).await
    }

    /// Stops a project's services, each after those that come after it, and forgets its approval.
    ///
    /// # Errors
    /// If there is no such project, or others rely on its services.
    pub async fn down(&self, which: &str) -> Result<TakenDown, Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        let project = self.find(which).await?;
        let (dirs, name) = (self.0.dirs.clone(), project.name.clone());
        let checked = name.clone();
        blocking(move || {
            // What is wrong anyway is nobody's need.
            config::as_written::<services::Section>(&dirs).map_err(|problems| config::fault(&problems))?;
            config::without_project::<services::Section>(&dirs, &checked)
                .map_err(|problems| Error::Needed { name: checked, problems }.into())
        })
        .await?;
        // They may need the services.
        self.0.jobs.end_together(&project.jobs, DOWN).await;
        self.0.services.stop_together(&project.services).await?;
        let kept = Approved::all(&self.0.dirs).0.into_iter().find(|approved| approved.name == name);
        Approved::forget(&self.0.dirs, &name).map_err(Error::from)?;
        if let Err(fault) = self.0.system.reload().await {
            kept.map_or(Ok(()), |kept| kept.keep(&self.0.dirs)).map_err(Error::from)?;
            self.reload_what_was().await;
            return Err(fault);
        }
        // Those that have begun meanwhile; from now on none does.
        self.0.jobs.end_together(&project.jobs, DOWN).await;
        self.0.services.left().await;
        tracing::info!(project = name, "taken down");
        Ok(TakenDown { name, dir: project.dir, services: project.services, jobs: project.jobs })
    }

    /// The project of a name or a directory.
    async fn find(&self, which: &str) -> Result<ProjectStatus, Fault> {
        // As its services are named together.
        let is_name = |name: &&str| !name.is_empty() && !name.contains('/');
        let which = which.strip_suffix('/').filter(is_name).unwrap_or(which);
        let mut projects = self.list().await?;
        let path = Some(Path::new(which)).filter(|path| path.is_absolute());
        let real = path.and_then(|path| fs_err::canonicalize(path).ok());
        let is_it = |project: &ProjectStatus| {
            let at = Some(Path::new(&project.dir));
            project.name == which || (path.is_some() && (at == path || at == real.as_deref()))
        };
        if let Some(at) = projects.iter().position(is_it) {
            return Ok(projects.swap_remove(at));
        }
        let near = nearest(which, projects.iter().map(|project| project.name.as_str()));
        let hint = match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "`hob project list` shows which there are".to_owned(),
        };
        let what = match which.contains('/') {
            true => format!("was taken up from {}", brief(which)),
            false => format!("is named \"{}\"", brief(which)),
        };
        Err(Error::Unknown { what, hint }.into())
    }

    async fn status(&self, name: &str) -> Result<ProjectStatus, Fault> {
        let found = self.list().await?.into_iter().find(|project| project.name == name);
        found.ok_or_else(|| Fault::internal("what was just taken up is not there"))
    }

    /// After an edit was taken back: what it broke must not be shown as broken any more.
    async fn reload_what_was(&self) {
        if let Err(fault) = self.0.system.reload().await {
            tracing::debug!(%fault, "it was bad before, too");
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a project's files, each once, and checks them as if they were approved.
fn read(dirs: &Dirs, dir: &str) -> Result<Candidate, Fault> {
    let dir = directory(dir)?;
    let file = dir.join(PROJECT_FILE);
    let shown = || file.display().to_string();
    let text = read_project_file(&file).map_err(|reason| Error::Unreadable { file: shown(), reason })?;
    let named = section::name_in(&text);
    let name = named
        .unwrap_or_else(|| services::project_name_of(&dir.file_name().unwrap_or_default().to_string_lossy()));
    services::check_project_name(&name)
        .map_err(|error| Error::BadName { file: shown(), reason: error.to_string() })?;
    let kept = Approved::all(dirs).0;
    if let Some(other) = kept.iter().find(|it| it.dir != dir && it.name.eq_ignore_ascii_case(&name)) {
        let (other, dir) = (other.dir.display().to_string(), dir.display().to_string());
        return Err(Error::NameTaken { name, other, dir }.into());
    }
    let before = kept.into_iter().find(|approved| approved.dir == dir);
    let mut approved = Approved {
        name,
        dir,
        text,
        env_files: BTreeMap::new(),
        digest: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        pid: None,
        draft: true,
    };
    let tried = |approved: &Approved| {
        config::with_project::<Section>(dirs, approved.clone()).map_err(Error::Invalid)?;
        let services = config::with_project::<services::Section>(dirs, approved.clone());
        let jobs = config::with_project::<jobs::Section>(dirs, approved.clone());
        match (services, jobs) {
            (Ok(services), Ok(jobs)) => Ok((services, jobs)),
            (services, jobs) => {
                // What both say is wrong with the file as a whole is said once.
                let mut problems = services.err().unwrap_or_default();
                let more: Vec<_> =
                    jobs.err().into_iter().flatten().filter(|it| !problems.contains(it)).collect();
                problems.extend(more);
                Err(Error::Invalid(problems))
            }
        }
    };
    let (services, jobs) = tried(&approved)?;
    let of_services = services.env_files(&approved.name).into_iter().map(|it| ("service", it));
    let of_jobs = jobs.env_files(&approved.name).into_iter().map(|it| ("job", it));
    for (what, (path, name)) in of_services.chain(of_jobs) {
        if approved.env_files.contains_key(&path) {
            continue;
        }
        let text = env_file(&path).map_err(|reason| Error::EnvFile { what, name, reason })?;
        approved.env_files.insert(path, text);
    }
    approved.draft = false;
    approved.digest = approved.digest();
    let (services, jobs) = tried(&approved)?;
    Ok(Candidate { approved, services, jobs, before })
}

fn env_file(path: &Path) -> Result<String, String> {
    let text =
        read_project_file(path).map_err(|reason| format!("the env_file {}: {reason}", path.display()))?;
    services::environment_names(path, &text).map(|_| text)
}

/// The directory itself, wherever links lead to it from: one project each.
fn directory(dir: &str) -> Result<PathBuf, Error> {
    if !Path::new(dir).is_absolute() {
        return Err(Error::Relative(brief(dir)));
    }
    let none = |reason: String| Error::NoDirectory { path: brief(dir), reason };
    let real = fs_err::canonicalize(dir).map_err(|error| none(plain(&error)))?;
    if !real.is_dir() {
        return Err(none("is not a directory".to_owned()));
    }
    // It stands in replies and in the daemon's own files, which are text.
    if real.to_str().is_none() {
        return Err(none("its path is not UTF-8".to_owned()));
    }
    Ok(real)
}

/// Without the path, which is told anyway.
fn plain(error: &std::io::Error) -> String {
    error
        .raw_os_error()
        .map_or_else(|| error.to_string(), |number| std::io::Error::from_raw_os_error(number).to_string())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Fault::internal(format!("reading the files broke: {error}"))))
}
