//! The policy in force, and what brings another into force.
//!
//! The files are watched, so that an edit counts a moment later; `policy.reload`
//! does the same at once and says what is wrong. A decision works on the policy
//! that it was begun with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::decide::{Policy, Revision};
use super::layers::Places;
use super::own::Own;
use crate::config::{self, Loaded, Problem, Span};
use crate::exec::of_file;
use crate::home::Dirs;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::tasks::{Nudge, Tasks};
use crate::kernel::{Code, Fault};
use crate::watch::{Files, News, Watcher, Watching};

/// A handle on the policy.
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) places: Places,
    own: Own,
    clock: Clock,
    board: Board,
    policy: watch::Sender<Arc<Policy>>,
    problems: Mutex<Vec<Problem>>,
    /// Held while the files are read or written.
    pub(super) edits: tokio::sync::Mutex<()>,
    watcher: Watcher,
    watching: Mutex<Option<(Vec<PathBuf>, Watching)>>,
    nudge: OnceLock<Nudge>,
    clients: OnceLock<Names>,
}

/// Tells which clients there are.
type Names = Box<dyn Fn() -> Vec<String> + Send + Sync>;

/// What is shown of the policy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PolicyStanding")]
pub struct Standing {
    /// The one in force.
    pub revision: Revision,
    /// How many rules it has.
    pub rules: usize,
    /// What is wrong with its files; then their last good texts are in force.
    pub problems: Vec<String>,
    /// Why each command is asked about, if it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// Nothing of the configuration, which is read when projects come and go and files beside it change.
struct Anything;

impl config::Section for Anything {
    const NAMES: &'static [&'static str] = &[];

    fn read(_: &Loaded<'_>) -> Result<Anything, Vec<Problem>> {
        Ok(Anything)
    }

    fn schemas() -> Vec<Schema> {
        Vec::new()
    }
}

/// Reads the policy and offers its operations. `last` is the number and digest of the revision before,
/// so that the numbers go on where they were.
///
/// # Errors
/// If the files cannot even be looked for; a mistake in one is no error (see [`Standing`]).
pub async fn mount(m: &mut Mount, watcher: &Watcher, last: Option<(u64, String)>) -> Result<Handle, Fault> {
    let dirs = m.dirs.clone();
    let own = blocking(move || Ok(own(&dirs))).await?;
    let handle = Handle::read(Places::of(&m.dirs), own, &m.clock, &m.board, watcher, last).await?;
    m.ops(&handle, super::ops());
    let nudge = handle.follow(&m.tasks);
    m.configure(move |_: Anything| nudge.nudge());
    Ok(handle)
}

/// How many files the policy has and what is wrong with them, for who looks without a daemon.
pub fn files(dirs: &Dirs) -> (usize, Vec<Problem>) {
    let read = Places::of(dirs).read(None);
    (read.files.len(), read.problems)
}

impl Handle {
    /// Reads the files for the first time.
    pub(super) async fn read(
        places: Places,
        own: Own,
        clock: &Clock,
        board: &Board,
        watcher: &Watcher,
        last: Option<(u64, String)>,
    ) -> Result<Handle, Fault> {
        let reading = places.clone();
        let layers = blocking(move || Ok(reading.read(None))).await?;
        let sha256 = layers.sha256();
        let number = last.map_or(1, |(number, before)| if before == sha256 { number } else { number + 1 });
        let revision = Revision { number, sha256, source: layers.sources(), loaded_at: clock.now() };
        let policy = Policy::new(layers.files, own.clone(), revision, layers.unreadable);
        let handle = Handle(Arc::new(Inner {
            places,
            own,
            clock: clock.clone(),
            board: board.clone(),
            policy: watch::Sender::new(Arc::new(policy)),
            problems: Mutex::new(layers.problems),
            edits: tokio::sync::Mutex::default(),
            watcher: watcher.clone(),
            watching: Mutex::default(),
            nudge: OnceLock::new(),
            clients: OnceLock::new(),
        }));
        handle.show();
        Ok(handle)
    }

    /// Reads the files again whenever they change, and whenever the nudge is used.
    pub(super) fn follow(&self, tasks: &Tasks) -> Nudge {
        let following = self.clone();
        let nudge = tasks.sweep("policy", Duration::ZERO, move || {
            let handle = following.clone();
            async move {
                handle.rewatch();
                handle.know_own_programs().await?;
                if let Err(fault) = handle.reload().await {
                    tracing::error!(%fault, "kept the policy that was in force");
                }
                Ok(())
            }
        });
        self.0.nudge.get_or_init(|| nudge).clone()
    }

    /// The policy in force now.
    pub fn current(&self) -> Arc<Policy> {
        self.0.policy.borrow().clone()
    }

    /// Whether it is this very one.
    pub fn is_in_force(&self, policy: &Arc<Policy>) -> bool {
        Arc::ptr_eq(&self.0.policy.borrow(), policy)
    }

    /// Tells of each new revision; the one in force now is seen already.
    pub fn changes(&self) -> watch::Receiver<Arc<Policy>> {
        self.0.policy.subscribe()
    }

    /// What is in force, and what is wrong with the files.
    pub fn standing(&self) -> Standing {
        let policy = self.current();
        Standing {
            revision: policy.revision().clone(),
            rules: policy.files.iter().map(|file| file.rules.len()).sum(),
            problems: self.problems().iter().map(Problem::to_string).collect(),
            unreadable: policy.unreadable().map(str::to_owned),
        }
    }

    /// Why the files are not what is in force, if they are not; what then is, on the first line.
    pub fn problem(&self) -> Option<Fault> {
        let (Standing { problems, .. }, policy) = (self.standing(), self.current());
        let headline = match policy.unreadable() {
            _ if problems.is_empty() => return None,
            Some(why) => why,
            None => "the policy on disk is wrong; what was good before stays in force",
        };
        let message = format!("{headline}\n{}", problems.join("\n"));
        Some(Fault::invalid(message).reason(config::BAD_FILES).hint("`hob policy check` says what is wrong"))
    }

    /// Says who knows which clients there are. The first counts.
    pub fn clients_are_told_by(&self, names: impl Fn() -> Vec<String> + Send + Sync + 'static) {
        self.0.clients.set(Box::new(names)).ok();
    }

    /// The names of those who can ask, if somebody knows them.
    pub(super) fn clients(&self) -> Option<Vec<String>> {
        Some(self.0.clients.get()?())
    }

    /// Reads the files again.
    ///
    /// # Errors
    /// `invalid`, with all that is wrong; what was in force of those files stays so.
    pub async fn reload(&self) -> Result<Revision, Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        self.reload_locked().await
    }

    /// As [`Handle::reload`], for who holds the lock.
    pub(super) async fn reload_locked(&self) -> Result<Revision, Fault> {
        let (places, before) = (self.0.places.clone(), self.current());
        let last = Arc::clone(&before);
        let layers = blocking(move || Ok(places.read(Some(&last)))).await?;
        let sha256 = layers.sha256();
        let was = before.revision();
        let is_other = was.sha256 != sha256;
        let revision = match is_other {
            true => {
                let (number, source) = (was.number + 1, layers.sources());
                Revision { number, sha256, source, loaded_at: self.0.clock.now() }
            }
            false => was.clone(),
        };
        // Also if it is the same: the programs that rules name may be other files by now.
        let policy = Policy::new(layers.files, self.0.own.clone(), revision.clone(), layers.unreadable);
        self.0.policy.send_if_modified(|current| {
            *current = Arc::new(policy);
            is_other
        });
        if is_other {
            tracing::info!(revision = revision.number, "another policy is in force");
        }
        *self.problems() = layers.problems;
        self.show();
        match &self.problems()[..] {
            [] => Ok(revision),
            problems => Err(fault(problems)),
        }
    }

    /// Reads the daemon's programs, once; a start does not wait for it.
    async fn know_own_programs(&self) -> Result<(), Fault> {
        let own = self.0.own.clone();
        blocking(move || {
            own.digests.get_or_init(|| {
                let files = own.programs.iter().filter_map(|path| fs_err::File::open(path).ok());
                files.filter_map(|file| of_file(&file, u64::MAX).ok()).map(|(sha256, _)| sha256).collect()
            });
            Ok(())
        })
        .await
    }

    fn show(&self) {
        self.0.board.put("policy", "policy", &self.standing());
    }

    fn problems(&self) -> MutexGuard<'_, Vec<Problem>> {
        self.0.problems.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the files that there may be, if they are others than before.
    fn rewatch(&self) {
        let paths: Vec<PathBuf> = self.0.places.all().into_iter().map(|(_, path, _)| path).collect();
        let mut watching = self.0.watching.lock().unwrap_or_else(PoisonError::into_inner);
        if watching.as_ref().is_some_and(|(before, _)| *before == paths) {
            return;
        }
        let named = paths.iter().filter_map(|path| path.to_str().map(str::to_owned));
        let files = Files {
            files: named.collect(),
            gitignore: Some(false),
            debounce: Some(Span::millis(100)),
            ..Files::default()
        };
        let Some(nudge) = self.0.nudge.get().cloned() else { return };
        match files.check(Path::new("/")) {
            Ok(selection) => {
                // What is written before they are watched is seen as soon as they are.
                let tell = move |news| match news {
                    News::Change(_) | News::State => nudge.nudge(),
                };
                *watching = Some((paths, self.0.watcher.mind(selection, || std::future::ready(()), tell)));
            }
            Err(refusals) => {
                let told: Vec<String> = refusals.into_iter().map(|refusal| refusal.message).collect();
                tracing::warn!(?told, "the policy's files are not watched; `hob policy reload` reads them");
            }
        }
    }
}

/// All that is wrong, as one fault.
pub(super) fn fault(problems: &[Problem]) -> Fault {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Fault::invalid(format!("the policy is invalid\n{}", lines.join("\n")))
        .reason(config::BAD_FILES)
        .hint("what was in force is in force; correct the file, then `hob policy check`")
}

/// Hob's own things on this machine.
fn own(dirs: &Dirs) -> Own {
    let real = |path: &Path| fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let program = std::env::current_exe().unwrap_or_default();
    let beside = ["hob", "hob-desktop", "hob-launch"].map(|name| program.with_file_name(name));
    let programs: Vec<PathBuf> = beside.iter().filter(|path| path.is_file()).map(|path| real(path)).collect();
    let of_launcher = dirs.launcher().is_file().then(|| real(dirs.launcher()));
    let mut programs: Vec<PathBuf> = programs.into_iter().chain(of_launcher).collect();
    programs.dedup();
    let beside_config = |name: &str| dirs.config().with_file_name(name);
    let files = [
        dirs.config().to_owned(),
        beside_config("policy.toml"),
        dirs.services_d(),
        dirs.jobs_d(),
        dirs.socket().to_owned(),
        dirs.agent_socket().to_owned(),
        dirs.pid().to_owned(),
        dirs.log().to_owned(),
    ];
    let both = |path: PathBuf| [real(&path), path];
    let mut own = Own {
        dirs: both(dirs.state().to_owned()).to_vec(),
        files: files.into_iter().flat_map(both).collect(),
        digests: Arc::default(),
        programs,
        pids: vec![std::process::id()],
        home: std::env::home_dir().filter(|home| home.is_absolute()),
    };
    // What lies in these is as good as they are.
    own.dirs.extend([dirs.services_d(), dirs.jobs_d()].into_iter().flat_map(both));
    own.dirs.push("/etc/hob".into());
    own.dirs.dedup();
    own
}

/// Work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Fault::new(Code::Internal, format!("reading the policy broke: {error}"))),
    }
}
