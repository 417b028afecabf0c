//! Watches of real files: each waits for what has to happen, and that something
//! was not told is seen by what is told next.

mod bursts;
mod directories;
mod editing;
mod figures;
mod limits;
mod links;
mod rules;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::config::Span;

/// A directory with a watcher.
struct Place {
    dir: TempDir,
    tasks: Tasks,
    watcher: Watcher,
}

impl Place {
    fn new() -> Place {
        let tasks = Tasks::default();
        let watcher = Watcher::new(&tasks, &Clock::system());
        Place { dir: tempfile::tempdir().unwrap(), tasks, watcher }
    }

    fn with(files: &[&str]) -> Place {
        let place = Place::new();
        files.iter().for_each(|file| place.write(file, "first"));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, with the directories above it.
    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn mkdir(&self, name: &str) {
        fs_err::create_dir_all(self.path(name)).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs_err::rename(self.path(from), self.path(to)).unwrap();
    }

    fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() { fs_err::remove_dir_all(path) } else { fs_err::remove_file(path) }.unwrap();
    }

    fn link(&self, target: &str, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    async fn watch(&self, files: Files) -> Watch {
        self.watcher.watch(&files.check(self.dir.path()).unwrap()).await
    }

    /// Waits for a change, and says which files it names.
    async fn changed(&self, watch: &mut Watch) -> Vec<String> {
        let change = soon(watch.changed()).await;
        assert_eq!((change.more, change.all), (0, false));
        change.files.iter().map(|changed| shown(changed, self.dir.path())).collect()
    }

    /// Nothing was told of what happened before: the next change is of this file alone.
    async fn only_changes_by(&self, name: &str, watch: &mut Watch) {
        self.write(name, "a sentinel");
        let told = self.changed(watch).await;
        assert!(told.len() == 1 && told[0].ends_with(name), "{told:?}");
    }
}

/// `+a`, `-a` or `a`, by what became of it.
fn shown(changed: &Changed, dir: &Path) -> String {
    let sign = match changed.how {
        How::Created => "+",
        How::Changed => "",
        How::Removed => "-",
    };
    format!("{sign}{}", changed.path.strip_prefix(dir).unwrap_or(&changed.path).display())
}

fn globs(files: &[&str]) -> Files {
    let files = files.iter().map(|it| (*it).to_owned()).collect();
    Files { files, debounce: Some(Span::millis(50)), ..Files::default() }
}

/// What does not happen in this time does not happen.
async fn soon<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it did not happen")
}
