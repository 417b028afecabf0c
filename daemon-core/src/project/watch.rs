//! Notices that a project's files are not what was approved any more, or are again.
//!
//! Their directories are watched, also those that links lead to, and of what is
//! not there the nearest directory above. A burst of events is looked at once,
//! a moment after its last; then everything is watched anew, since directories
//! come and go. Nothing is applied: the board tells what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::{Handle, ProjectStatus};
use crate::config::Approved;
use crate::kernel::mount::Mount;
use crate::kernel::{Code, Fault};

const SETTLED: Duration = Duration::from_millis(100);

pub(super) fn mount(m: &Mount, handle: &Handle) {
    let (handle, stop) = (handle.clone(), m.tasks.stop());
    m.tasks.serve("projects", move || {
        let (handle, mut stop) = (handle.clone(), stop.clone());
        async move {
            let seen = Arc::new(Notify::new());
            let mut shown = BTreeMap::new();
            loop {
                // Watched first, or what changes while it is looked at would not be noticed.
                let projects = handle.now().in_force.clone();
                let watcher = watcher(&projects, &seen)?;
                handle.show(&mut shown).await?;
                tokio::select! {
                    () = seen.notified() => {}
                    () = handle.0.changed.notified() => {}
                    () = stop.stopped() => return Ok(()),
                }
                while tokio::time::timeout(SETTLED, seen.notified()).await.is_ok() {}
                drop(watcher);
            }
        }
    });
}

impl Handle {
    /// Puts all projects on the board, and takes those from it that are no more.
    async fn show(&self, shown: &mut BTreeMap<String, ProjectStatus>) -> Result<(), Fault> {
        let now: BTreeMap<String, ProjectStatus> =
            self.list().await?.into_iter().map(|project| (project.name.clone(), project)).collect();
        for name in shown.keys().filter(|name| !now.contains_key(*name)) {
            self.0.board.remove("project", name);
        }
        for (name, project) in &now {
            let before = shown.get(name).map(|project| project.state);
            if before != Some(project.state)
                && let Some(note) = &project.note
            {
                tracing::warn!(project = name, note, "not as approved");
            }
            self.0.board.put("project", name.as_str(), project);
        }
        *shown = now;
        Ok(())
    }
}

fn watcher(projects: &[Arc<Approved>], seen: &Arc<Notify>) -> Result<Option<RecommendedWatcher>, Fault> {
    if projects.is_empty() {
        return Ok(None);
    }
    let unwatched = |error: notify::Error| {
        Fault::new(Code::Unavailable, format!("the files of projects are not watched: {error}"))
            .hint("`hob project list` looks at them; `sysctl fs.inotify` shows the system's limits")
    };
    let files: BTreeSet<PathBuf> = projects.iter().flat_map(|project| files(project)).collect();
    let dirs: BTreeSet<PathBuf> = files.iter().filter_map(|file| existing(file)).collect();
    let tell = Arc::clone(seen);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(event) if event.kind.is_access() => {}
        Ok(event) if !event.need_rescan() && !event.paths.iter().any(|path| concerns(path, &files)) => {}
        _ => tell.notify_one(),
    })
    .map_err(unwatched)?;
    for dir in dirs {
        watcher.watch(&dir, RecursiveMode::NonRecursive).map_err(unwatched)?;
    }
    Ok(Some(watcher))
}

/// What was approved, and where links of these names lead.
fn files(project: &Approved) -> Vec<PathBuf> {
    let named: Vec<PathBuf> =
        std::iter::once(project.file()).chain(project.env_files.keys().cloned()).collect();
    let real: Vec<PathBuf> = named.iter().filter_map(|file| fs_err::canonicalize(file).ok()).collect();
    named.into_iter().chain(real).collect()
}

fn existing(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).find(|dir| dir.is_dir()).map(Path::to_path_buf)
}

/// A file, or a directory on the way to one.
fn concerns(path: &Path, files: &BTreeSet<PathBuf>) -> bool {
    files.iter().any(|file| file.starts_with(path))
}
