//! Services that are restarted when files change: `watch = ["src/**"]`.
//!
//! Each that has files to watch has an entry here, made and dropped with the
//! configuration. What becomes of a change is the unit's to decide, which knows
//! whether anybody wants the service to run. While restarts are held by a pause,
//! changes wait and add up to one.
//!
//! What changes while no daemon runs is not noticed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::spec::Spec;
use super::unit::Command;
use super::{Handle, post};
use crate::text::brief;
use crate::watch::{Change, Files, How, News, State, Watcher, Watching};

/// The services whose files are watched.
pub(super) struct Watches {
    watcher: Watcher,
    entries: Mutex<BTreeMap<String, Entry>>,
}

/// One of them.
struct Entry {
    written: Files,
    base: PathBuf,
    watching: Watching,
}

impl Watches {
    /// None yet.
    pub(super) fn new(watcher: &Watcher) -> Watches {
        Watches { watcher: watcher.clone(), entries: Mutex::default() }
    }

    /// How the files of a service are watched.
    pub(super) fn state(&self, service: &str) -> Option<State> {
        self.entries().get(service)?.watching.state()
    }

    /// Why changes of them are noticed late, or not at all.
    pub(super) fn trouble(&self, service: &str) -> Option<String> {
        self.entries().get(service)?.watching.trouble()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_of(&self, spec: &Spec) -> bool {
        spec.watch.as_ref().is_some_and(|watch| watch.written == self.written)
            && spec.working_dir == self.base
    }
}

impl Handle {
    /// Watches what these services want watched, and nothing else.
    pub(super) fn watch_files(&self, specs: &BTreeMap<String, Arc<Spec>>) {
        let watches = &self.0.common.watches;
        let mut entries = watches.entries();
        entries.retain(|name, entry| specs.get(name).is_some_and(|spec| entry.is_of(spec)));
        for (name, spec) in specs {
            let Some(watch) = spec.watch.as_ref().filter(|_| !entries.contains_key(name)) else { continue };
            let (services, service, base) = (self.clone(), name.clone(), spec.working_dir.clone());
            let system = self.0.common.system.clone();
            let clear = move || {
                let system = system.clone();
                async move { system.unpaused().await }
            };
            let tell = move |news| {
                let command = match news {
                    News::Change(change) => Command::FilesChanged(told(&change, &base)),
                    News::State => Command::Show,
                };
                // It may have been removed just now.
                if let Ok(unit) = services.unit(&service) {
                    post(&unit, command);
                }
            };
            let watching = watches.watcher.mind(watch.selection.clone(), clear, tell);
            let entry = Entry { written: watch.written.clone(), base: spec.working_dir.clone(), watching };
            entries.insert(name.clone(), entry);
        }
    }
}

/// "src/app.py has changed (and 3 more)".
fn told(change: &Change, base: &Path) -> String {
    let Some(first) = change.files.first() else { return "some of its files may have changed".to_owned() };
    let path = first.path.strip_prefix(base).unwrap_or(&first.path);
    let path = brief(&path.to_string_lossy());
    let text = match first.how {
        How::Created => format!("{path} is new"),
        How::Changed => format!("{path} has changed"),
        How::Removed => format!("{path} was removed"),
    };
    match change.files.len() - 1 + change.more {
        _ if change.all => format!("{text} (and perhaps others)"),
        0 => text,
        more => format!("{text} (and {more} more)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Changed;

    fn check(paths: &[&str], how: How, more: usize, all: bool, text: &str) {
        let files = paths.iter().map(|path| Changed { path: path.into(), how }).collect();
        let change = Change { files, more, all, at: jiff::Timestamp::UNIX_EPOCH };
        assert_eq!(told(&change, Path::new("/srv/app")), text);
    }

    #[test]
    fn a_change_is_told_by_its_first_file_and_the_number_of_others() {
        check(&["/srv/app/src/app.py"], How::Changed, 0, false, "src/app.py has changed");
        check(&["/srv/app/a", "/srv/app/b"], How::Created, 2, false, "a is new (and 3 more)");
        check(&["/etc/x"], How::Removed, 0, false, "/etc/x was removed");
        check(&["/srv/app/a"], How::Changed, 0, true, "a has changed (and perhaps others)");
        check(&[], How::Changed, 0, true, "some of its files may have changed");
    }
}
