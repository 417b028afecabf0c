//! The daemon after the one that has gone: waited for, however long that takes.
//!
//! Nothing is asked again and again; a daemon that is ready makes its pid file,
//! and the directory of that is watched (inotify(7)).

use std::sync::Arc;

use daemon_core::kernel::{Code, Fault};
use daemon_core::wire::Client;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::notice;
use crate::session::Session;

/// Knows when there is another daemon.
pub(crate) struct Successor {
    changed: Arc<Notify>,
    /// What goes on if the waiting ends.
    what: &'static str,
}

impl Successor {
    /// Tells from now on when there is something new in the directory of the pid file; what it is, an
    /// attempt to connect tells. A thread waits for it, and ends with the process.
    ///
    /// # Errors
    /// `internal` if the directory cannot be watched.
    pub(crate) fn of(session: &Session, what: &'static str) -> Result<Successor, Fault> {
        let changed = watch(session)
            .map_err(|error| Fault::internal(format!("a new daemon could not be waited for: {error}")))?;
        Ok(Successor { changed, what })
    }

    /// Connects to the next daemon, when there is one; one that had nothing for us is not asked twice.
    ///
    /// # Errors
    /// What keeps us from a daemon that is there.
    pub(crate) async fn connect(&self, session: &Session, was_vain: bool) -> Result<Client, Failure> {
        let connecting = async {
            let mut waits = was_vain;
            loop {
                if waits {
                    self.changed.notified().await;
                }
                match session.connect_running().await {
                    Err(fault) if fault.code == Code::Unavailable => waits = true,
                    settled => return settled,
                }
            }
        };
        let subject = "for the daemon, to go on where it ended";
        Ok(notice::while_waiting(subject, self.what, connecting).await?)
    }
}

fn watch(session: &Session) -> std::io::Result<Arc<Notify>> {
    let watch = inotify::init(CreateFlags::CLOEXEC)?;
    let directory = session.dirs.pid().parent().unwrap_or_else(|| session.dirs.state());
    inotify::add_watch(&watch, directory, WatchFlags::CREATE | WatchFlags::MOVED_TO)?;
    let changed = Arc::new(Notify::new());
    let notifies = Arc::clone(&changed);
    std::thread::Builder::new().spawn(move || {
        let mut events = [0_u8; 4096];
        while rustix::io::retry_on_intr(|| rustix::io::read(&watch, &mut events)).is_ok() {
            notifies.notify_one();
        }
    })?;
    Ok(changed)
}
