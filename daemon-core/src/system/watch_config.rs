//! Notices that the configuration was edited.
//!
//! Editors replace files rather than write into them, so it is the directories
//! that are watched. A burst of events becomes one nudge, a moment after its
//! last. Then they are watched anew, so that a directory that has come into
//! being meanwhile is watched too; until then, the nearest one above it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::kernel::tasks::{Nudge, Tasks};
use crate::kernel::{Code, Fault};

const SETTLED: Duration = Duration::from_millis(100);

/// Nudges `reload` after changes of TOML files and of the directories themselves.
///
/// What changes after this returns is noticed, so it comes before the first reading.
pub(super) fn watch(tasks: &Tasks, dirs: Vec<PathBuf>, reload: Nudge) {
    let stop = tasks.stop();
    let changed = Arc::new(Notify::new());
    let mut first = Some(watcher(&dirs, &changed));
    tasks.serve("config", move || {
        let (dirs, changed, reload, mut stop) = (dirs.clone(), changed.clone(), reload.clone(), stop.clone());
        let begun = first.take();
        async move {
            let mut watcher = match begun {
                Some(begun) => begun?,
                None => {
                    // Nobody watched since the one before broke.
                    changed.notify_one();
                    watcher(&dirs, &changed)?
                }
            };
            loop {
                tokio::select! {
                    () = changed.notified() => {}
                    () = stop.stopped() => return Ok(()),
                }
                while tokio::time::timeout(SETTLED, changed.notified()).await.is_ok() {}
                drop(watcher);
                watcher = self::watcher(&dirs, &changed)?;
                reload.nudge();
            }
        }
    });
}

fn watcher(dirs: &[PathBuf], changed: &Arc<Notify>) -> Result<RecommendedWatcher, Fault> {
    let unwatched = |error: notify::Error| {
        Fault::new(Code::Unavailable, format!("the configuration is not watched: {error}"))
            .hint("`hob reload` reads it; `sysctl fs.inotify` shows the system's limits")
    };
    let (tell, relevant) = (Arc::clone(changed), dirs.to_vec());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(event) if event.kind.is_access() => {}
        Ok(event) if !event.need_rescan() && !event.paths.iter().any(|path| concerns(path, &relevant)) => {}
        _ => tell.notify_one(),
    })
    .map_err(unwatched)?;
    let existing: BTreeSet<&Path> =
        dirs.iter().filter_map(|dir| dir.ancestors().find(|dir| dir.is_dir())).collect();
    for dir in existing {
        watcher.watch(dir, RecursiveMode::NonRecursive).map_err(unwatched)?;
    }
    Ok(watcher)
}

fn concerns(path: &Path, dirs: &[PathBuf]) -> bool {
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    dirs.iter().any(|dir| dir.starts_with(path) || (is_toml && path.parent() == Some(dir)))
}
