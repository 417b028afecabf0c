//! The sockets: bound inside private directories, and bound again when somebody deletes them.
//!
//! A daemon that is replaced in place does not bind them: it goes on with those of the program before
//! it ([`Handed`]), so that whoever connects in between waits and is not refused.

use std::fs::Permissions;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::Watcher as _;
use rustix::process::{Resource, getrlimit};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, oneshot};

use super::budget::Budget;
use super::descent::Descent;
use super::ipc::{self, Place};
use super::peer::Peer;
use super::seat::Guests;
use crate::home::{Dirs, Handed, unshared_dir};
use crate::kernel::activity::Activity;
use crate::kernel::registry::Registry;
use crate::kernel::tasks::Tasks;
use crate::kernel::{Code, Fault};

/// On each socket, so that agents cannot take the owner's seats.
const CONNECTIONS: usize = 512;
/// Agents are let in while there are more descriptors than these, which are for the owner's calls.
const RESERVE: u64 = 64;

/// Which socket a connection came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `hob.sock`, for the owner.
    Owner,
    /// `agent.sock`, which may be given to an agent and lets it do no more than ask.
    Agent,
}

/// Both sockets of a daemon, bound and not yet served.
pub struct Sockets {
    bound: Vec<(Door, PathBuf, UnixListener)>,
}

/// The sockets that are served. What is dropped is served on, until the tasks end.
#[derive(Default)]
pub struct Listening {
    doors: Vec<(Door, oneshot::Sender<oneshot::Sender<UnixListener>>)>,
}

/// What all connections of one socket share.
#[derive(Clone)]
struct Shared {
    registry: Arc<Registry>,
    activity: Activity,
    descent: Arc<Descent>,
    guests: Arc<Mutex<Guests>>,
    budget: Arc<Budget>,
}

impl Sockets {
    /// Binds both sockets; what a crash left behind is removed first.
    ///
    /// The home's lock must be held: that is what says that nobody else serves them.
    ///
    /// # Errors
    /// `invalid` for a path that is too long, `busy` if somebody answers on it, `unavailable` otherwise.
    pub async fn bind(dirs: &Dirs) -> Result<Sockets, Fault> {
        dirs.check_socket_paths()?;
        let mut sockets = Sockets { bound: Vec::new() };
        for (door, path) in [(Door::Owner, dirs.socket()), (Door::Agent, dirs.agent_socket())] {
            let handed = door.handed().listener(path).map(UnixListener::from_std).and_then(Result::ok);
            let listener = match handed {
                Some(listener) => listener,
                None => bind(path).await?,
            };
            sockets.bound.push((door, path.to_owned(), listener));
        }
        Ok(sockets)
    }

    /// Serves both until the tasks end.
    pub fn serve(
        mut self,
        registry: &Arc<Registry>,
        activity: &Activity,
        descent: &Arc<Descent>,
        tasks: &Tasks,
    ) -> Listening {
        let mut listening = Listening::default();
        let budget = Arc::<Budget>::default();
        for (door, path, mut listener) in std::mem::take(&mut self.bound) {
            let shared = Shared {
                registry: Arc::clone(registry),
                activity: activity.clone(),
                descent: Arc::clone(descent),
                guests: Arc::default(),
                budget: Arc::clone(&budget),
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut stop = tasks.stop();
            let connections = tasks.clone();
            let (ask, mut asked) = oneshot::channel::<oneshot::Sender<UnixListener>>();
            listening.doors.push((door, ask));
            tasks.spawn(&name, async move {
                let heir = tokio::select! {
                    () = accept(door, &path, &mut listener, shared, connections) => None,
                    () = stop.stopped() => None,
                    Ok(heir) = &mut asked => Some(heir),
                };
                // A socket that is left to somebody keeps its name.
                if heir.is_none_or(|heir| heir.send(listener).is_err()) {
                    remove(&path);
                }
            });
        }
        listening
    }
}

impl Listening {
    /// Accepts nobody any more, and leaves the sockets to whoever is handed them; those who connect
    /// from now on wait for him.
    pub async fn let_go(self) -> Vec<(Handed, std::os::unix::net::UnixListener)> {
        let mut left = Vec::new();
        for (door, ask) in self.doors {
            let (heir, inherited) = oneshot::channel();
            if ask.send(heir).is_ok()
                && let Ok(listener) = inherited.await
                && let Ok(listener) = listener.into_std()
            {
                left.push((door.handed(), listener));
            }
        }
        left
    }
}

impl Door {
    /// How many may be connected. Each needs two descriptors, and agents leave most of them to others.
    fn seats(self, open_files: u64) -> usize {
        match self {
            Door::Owner => CONNECTIONS,
            Door::Agent => CONNECTIONS.min(usize::try_from(open_files / 8).unwrap_or(CONNECTIONS)),
        }
    }

    fn handed(self) -> Handed {
        match self {
            Door::Owner => Handed::Socket,
            Door::Agent => Handed::AgentSocket,
        }
    }
}

impl Drop for Sockets {
    /// What was bound and never served is not left behind.
    fn drop(&mut self) {
        self.bound.iter().for_each(|(_, path, _)| remove(path));
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs_err::remove_file(path) {
        tracing::debug!(%error, "the socket was gone already");
    }
}

async fn bind(path: &Path) -> Result<UnixListener, Fault> {
    let unavailable = |error: std::io::Error| {
        Fault::new(Code::Unavailable, format!("the socket {} cannot be bound: {error}", path.display()))
    };
    if let Some(parent) = path.parent() {
        unshared_dir(parent)?;
    }
    if UnixStream::connect(path).await.is_ok() {
        let message = format!("somebody answers on {} already", path.display());
        return Err(Fault::new(Code::Busy, message).hint("stop it, or set HOB_SOCKET to another path"));
    }
    match fs_err::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {
            return Err(unavailable(std::io::Error::other("a directory is in its place")));
        }
        Ok(_) => fs_err::remove_file(path).map_err(unavailable)?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(unavailable)?;
    fs_err::set_permissions(path, Permissions::from_mode(0o600)).map_err(unavailable)?;
    Ok(listener)
}

async fn accept(door: Door, path: &Path, listener: &mut UnixListener, shared: Shared, tasks: Tasks) {
    let deleted = Arc::new(Notify::new());
    let mut watch = watch(path, &deleted);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => welcome(stream, door, &shared, &tasks),
                // Out of descriptors, most likely; they come back as connections close.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            () = deleted.notified() => {
                if path.symlink_metadata().is_ok() {
                    continue;
                }
                match bind(path).await {
                    Ok(again) => {
                        tracing::warn!(path = %path.display(), "the socket was deleted and is bound again");
                        *listener = again;
                        watch = self::watch(path, &deleted);
                    }
                    Err(fault) => {
                        tracing::error!(error = %fault, "the socket was deleted and cannot be bound again");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        deleted.notify_one();
                    }
                }
            }
        }
        if watch.is_none() {
            watch = self::watch(path, &deleted);
        }
    }
}

/// Tells when the socket's file may have been removed: its count of links changes then, which
/// is a change of its metadata. Its directory is not watched; other files there may be busy.
fn watch(path: &Path, deleted: &Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let deleted = Arc::clone(deleted);
    let tell = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            deleted.notify_one();
        }
    };
    let watching = notify::recommended_watcher(tell).and_then(|mut watcher| {
        watcher.watch(path, notify::RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching.inspect_err(|error| tracing::warn!(%error, "the socket is not watched for its removal")).ok()
}

/// Whether enough descriptors are left for others beside this one: it got the lowest number that was free.
fn leaves_enough(descriptor: i32, open_files: u64) -> bool {
    let taken = u64::try_from(descriptor).unwrap_or_default();
    taken < open_files.saturating_sub(RESERVE.min(open_files / 4))
}

fn welcome(stream: UnixStream, door: Door, shared: &Shared, tasks: &Tasks) {
    let open_files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if door == Door::Agent && !leaves_enough(stream.as_raw_fd(), open_files) {
        tracing::warn!(limit = open_files, "an agent was turned away: few files more can be opened");
        return;
    }
    let Some(peer) = Peer::of(&stream, door, &shared.descent) else {
        tracing::warn!("a process of another user was turned away");
        return;
    };
    let seats = door.seats(open_files);
    let Some((number, seat)) = shared.guests().arrive(seats) else {
        tracing::warn!(limit = seats, "a connection was turned away: there are too many");
        return;
    };
    let shared = shared.clone();
    let place = Place { seat, budget: Arc::clone(&shared.budget) };
    let mut stop = tasks.stop();
    let (reader, writer) = stream.into_split();
    tasks.detach(async move {
        let _hold = shared.activity.hold();
        tokio::select! {
            () = ipc::converse(reader, writer, Arc::clone(&shared.registry), peer, place) => {}
            () = stop.stopped() => {}
        }
        shared.guests().leave(number);
    });
}

impl Shared {
    fn guests(&self) -> std::sync::MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_leave_descriptors_to_the_owner() {
        for (limit, seats) in [(64, 8), (1024, 128), (4096, 512), (u64::MAX, 512)] {
            assert_eq!((Door::Agent.seats(limit), Door::Owner.seats(limit)), (seats, CONNECTIONS), "{limit}");
        }
        let cases =
            [(9, 64, true), (48, 64, false), (959, 1024, true), (960, 1024, false), (5000, u64::MAX, true)];
        for (descriptor, limit, expected) in cases {
            assert_eq!(leaves_enough(descriptor, limit), expected, "{descriptor} of {limit}");
        }
    }
}
