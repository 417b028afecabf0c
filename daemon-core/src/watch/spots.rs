//! The directories that one watch has asked to be told of, by path and by number.
//!
//! The system knows directories by what they are and not by where: two paths can
//! be one directory (a bind mount, or one that was moved a moment ago), and a
//! path can become another directory. So both ways are kept here, and a path is
//! asked for again each time that it is looked at, which costs a system call and
//! changes nothing if it is still the same.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::inotify::{Instance, Outbox};
use super::state::Trouble;
use crate::kernel::tasks::Tasks;

/// The instance of the daemon, once there is one.
pub(super) struct Shared {
    pub(super) tasks: Tasks,
    instance: Mutex<Option<Arc<Instance>>>,
}

impl Shared {
    pub(super) fn new(tasks: &Tasks) -> Shared {
        Shared { tasks: tasks.clone(), instance: Mutex::default() }
    }

    /// Makes it, if there is none.
    pub(super) fn instance(&self) -> io::Result<Arc<Instance>> {
        let mut instance = self.instance.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(instance) = &*instance {
            return Ok(Arc::clone(instance));
        }
        Ok(Arc::clone(instance.insert(Instance::new(&self.tasks)?)))
    }
}

/// What one watch has asked for.
pub(super) struct Spots {
    shared: Arc<Shared>,
    instance: Option<Arc<Instance>>,
    outbox: Outbox,
    numbers: HashMap<Arc<Path>, i32>,
    paths: HashMap<i32, Vec<Arc<Path>>>,
    trouble: Option<Trouble>,
    #[cfg(test)]
    pub(super) fails: Option<rustix::io::Errno>,
    /// So many times.
    #[cfg(test)]
    pub(super) fails_for: usize,
}

impl Spots {
    pub(super) fn new(shared: Arc<Shared>, outbox: Outbox) -> Spots {
        Spots {
            shared,
            instance: None,
            outbox,
            numbers: HashMap::new(),
            paths: HashMap::new(),
            trouble: None,
            #[cfg(test)]
            fails: None,
            #[cfg(test)]
            fails_for: usize::MAX,
        }
    }

    /// What was in the way since this was asked for.
    pub(super) fn trouble(&mut self) -> Option<Trouble> {
        self.trouble.take()
    }

    /// Asks to be told of this directory; `whole`, or only that it goes away itself.
    ///
    /// One that is not there is no trouble here: who looks at it next finds out.
    pub(super) fn watch(&mut self, dir: &Arc<Path>, whole: bool) {
        let instance = match &self.instance {
            Some(instance) => instance,
            None => match self.shared.instance() {
                Ok(instance) => self.instance.insert(instance),
                Err(error) => {
                    self.trouble.get_or_insert(Trouble::no_instance(&error));
                    return;
                }
            },
        };
        let added = instance.add(dir, whole, &self.outbox);
        #[cfg(test)]
        let added = self.failing().map_or(added, |error| Err(error.into()));
        match added {
            Ok(number) => {
                let before = self.numbers.insert(Arc::clone(dir), number);
                if before != Some(number) {
                    self.paths.entry(number).or_default().push(Arc::clone(dir));
                    self.let_go(before, dir);
                }
            }
            Err(error) => {
                self.forget(dir);
                use io::ErrorKind as Kind;
                // What cannot be read is told of by whoever reads it.
                if !matches!(error.kind(), Kind::NotFound | Kind::NotADirectory | Kind::PermissionDenied) {
                    self.trouble.get_or_insert(Trouble::unwatched(dir, &error));
                }
            }
        }
    }

    #[cfg(test)]
    fn failing(&mut self) -> Option<rustix::io::Errno> {
        self.fails_for = self.fails_for.checked_sub(1)?;
        self.fails
    }

    /// Asks to be told no more of it.
    pub(super) fn forget(&mut self, dir: &Path) {
        if let Some((dir, number)) = self.numbers.remove_entry(dir) {
            self.let_go(Some(number), &dir);
        }
    }

    /// Forgets all but these.
    pub(super) fn keep(&mut self, is_wanted: impl Fn(&Path) -> bool) {
        let unwanted: Vec<Arc<Path>> = self.numbers.keys().filter(|dir| !is_wanted(dir)).cloned().collect();
        unwanted.iter().for_each(|dir| self.forget(dir));
    }

    /// The paths that this number stands for.
    pub(super) fn paths(&self, number: i32) -> Vec<Arc<Path>> {
        self.paths.get(&number).cloned().unwrap_or_default()
    }

    /// The system tells that this number stands for nothing any more.
    pub(super) fn gone(&mut self, number: i32) {
        for path in self.paths.remove(&number).unwrap_or_default() {
            if self.numbers.get(&path) == Some(&number) {
                self.numbers.remove(&path);
            }
        }
    }

    fn let_go(&mut self, number: Option<i32>, dir: &Arc<Path>) {
        let Some(number) = number else { return };
        let Some(paths) = self.paths.get_mut(&number) else { return };
        paths.retain(|path| path != dir);
        if paths.is_empty() {
            self.paths.remove(&number);
            if let Some(instance) = &self.instance {
                instance.remove(number, &self.outbox);
            }
        }
    }
}

impl Drop for Spots {
    fn drop(&mut self) {
        self.keep(|_| false);
    }
}
