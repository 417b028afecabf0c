//! Jobs that run because files have changed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Handle;
use super::engine::New;
use super::run::{Inputs, Run};
use crate::watch::{Selection, State};

/// How some files of a job are watched, until this is dropped.
pub(super) struct Watching {
    state: Arc<std::sync::OnceLock<tokio::sync::watch::Receiver<State>>>,
    _gone: oneshot::Sender<()>,
}

impl Watching {
    /// What is in the way.
    pub(super) fn trouble(&self) -> Option<String> {
        let state = self.state.get()?.borrow();
        let trouble = state.trouble.as_ref()?;
        Some(match &trouble.hint {
            Some(hint) => format!("{} ({hint})", trouble.message),
            None => trouble.message.clone(),
        })
    }
}

impl Handle {
    /// Begins to watch the files of those jobs whose files are not watched yet.
    pub(super) fn watch_files(&self) {
        let mut engine = self.engine();
        for known in engine.jobs.values_mut().filter(|known| known.watching.is_empty()) {
            let files = known.job.files.clone();
            known.watching =
                files.into_iter().map(|files| self.watch(known.job.name.clone(), files)).collect();
        }
    }

    fn watch(&self, job: String, files: Selection) -> Watching {
        let (gone, mut dropped) = oneshot::channel();
        let state = Arc::new(std::sync::OnceLock::new());
        let shown = Arc::clone(&state);
        let (handle, mut stop) = (self.clone(), self.0.runs.tasks.stop());
        self.0.runs.tasks.detach(async move {
            let mut watch = handle.0.watcher.watch(&files).await;
            let mut states = watch.state();
            // It is set once.
            shown.set(watch.state()).ok();
            handle.show(&job);
            loop {
                tokio::select! {
                    change = watch.changed() => {
                        let inputs = Inputs { changed: Some(change.json_lines()), ..Inputs::default() };
                        handle.want_one(New::because(job.clone(), "files", inputs, change.at));
                    }
                    Ok(()) = states.changed() => handle.show(&job),
                    _ = &mut dropped => return,
                    () = stop.stopped() => return,
                }
            }
        });
        Watching { state, _gone: gone }
    }

    /// Writes the paths that have changed where the run may read them, one in a line.
    pub(super) fn write_changed(&self, run: &Run) -> io::Result<Option<PathBuf>> {
        let Some(changed) = &run.inputs.changed else { return Ok(None) };
        let paths = changed.lines().filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(line.get("path")?.as_str()?.to_owned() + "\n")
        });
        let directory = self.0.runs.dirs.runs().join(crate::runs::as_file_name(&run.key().0));
        fs_err::create_dir_all(&directory)?;
        let file = directory.join("changed");
        fs_err::write(&file, paths.collect::<String>())?;
        Ok(Some(file))
    }

    /// Removes it: what else is there passes on to another run.
    pub(super) fn forget_changed(&self, run: &Run) {
        if run.inputs.changed.is_some() {
            let directory = self.0.runs.dirs.runs().join(crate::runs::as_file_name(&run.key().0));
            // Nothing is in it that anybody needs, and the directory may be gone.
            drop(fs_err::remove_file(directory.join("changed")));
        }
    }
}
