//! Our side of the daemon: in this process, or in another.
//!
//! A thread with a runtime of its own. It takes the home and is the daemon, or
//! is a client of the daemon that has the home already; either way the same
//! client asks for the same operations. When a daemon of ours ends, we end, as
//! `hob daemon stop` expects of the process it names. When another's ends, we
//! wait for the next one, because somebody wanted it to end.

#![allow(clippy::disallowed_methods, reason = "no kernel tasks live where there may be no daemon")]

mod act;
mod lost;
mod page;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use daemon_core::daemon::{self, Options};
use daemon_core::home::{Dirs, holder};
use daemon_core::kernel::board::Change;
use daemon_core::kernel::clock;
use daemon_core::kernel::{Caller, Code, Fault};
use daemon_core::system::{Watch, log::Log};
use daemon_core::wire::{Client, connect_or_start};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use tokio::sync::{Notify, mpsc};

use crate::approval::{Approvals, keep};
use crate::board::{Board, Link};
use crate::bus::Bus;
use crate::front::{Ask, Front};
use crate::menu::{Action, menu, summary};
use crate::tray::{Tray, View};
use crate::{autostart, headless, icon, lastly, say};

/// How long a daemon that has the home may take to answer or to be gone.
const PATIENCE: Duration = Duration::from_secs(90);

/// A handle on the daemon, wherever it is. Clones are the same.
#[derive(Clone)]
pub(crate) struct Core {
    runtime: tokio::runtime::Handle,
    shared: Arc<Shared>,
}

struct Shared {
    dirs: Dirs,
    /// The home as a daemon that we start must be told it.
    home: Option<PathBuf>,
    front: Arc<Front>,
    tray: Tray,
    approvals: Approvals,
    bus: Option<Bus>,
    log: OnceLock<Log>,
    again: Notify,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    board: Board,
    clients: Option<Clients>,
    ending: Option<Ending>,
}

#[derive(Clone)]
struct Clients {
    /// For the tray, which may do all that its person may.
    tray: Client,
    /// For the page in the window.
    window: Client,
}

/// What a daemon of ours ends for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Quit,
    /// So that one without a tray takes over.
    Leave,
}

/// The two ends of the way that clicks take. Nobody clicks faster than we look.
pub(crate) fn clicks() -> (mpsc::Sender<Action>, mpsc::Receiver<Action>) {
    mpsc::channel(64)
}

/// Starts the thread.
pub(crate) fn start(
    dirs: Dirs,
    home: Option<PathBuf>,
    front: &Arc<Front>,
    tray: Tray,
    bus: Option<Bus>,
    clicks: mpsc::Receiver<Action>,
) -> anyhow::Result<Core> {
    let runtime = daemon::runtime()?;
    let home = home.map(std::path::absolute).transpose()?;
    let shared = Arc::new(Shared {
        dirs,
        home,
        front: Arc::clone(front),
        tray,
        approvals: Approvals::new(Arc::clone(front), bus.clone()),
        bus,
        log: OnceLock::new(),
        again: Notify::new(),
        known: Mutex::default(),
    });
    let core = Core { runtime: runtime.handle().clone(), shared: Arc::clone(&shared) };
    let kept = core.clone();
    std::thread::Builder::new().name("daemon".into()).spawn(move || {
        runtime.block_on(async {
            tokio::spawn(keep::keep(kept));
            tokio::spawn(Arc::clone(&shared).attend(clicks));
            let status = shared.live().await;
            lastly::disarm();
            shared.front.ask(Ask::End(status));
            // The window may still ask; the process ends under it.
            std::future::pending::<()>().await;
        });
    })?;
    Ok(core)
}

impl Core {
    /// One whose daemon is already there, without a thread.
    #[cfg(test)]
    pub(crate) fn with(client: Client, runtime: tokio::runtime::Handle) -> Core {
        let front = Arc::new(Front::default());
        let home = std::path::Path::new("/nowhere");
        let shared = Shared {
            dirs: Dirs::below(home),
            home: None,
            approvals: Approvals::new(Arc::clone(&front), None),
            front,
            tray: Tray::nowhere(),
            bus: None,
            log: OnceLock::new(),
            again: Notify::new(),
            known: Mutex::default(),
        };
        shared.known().clients = Some(Clients { tray: client.clone(), window: client });
        Core { runtime, shared: Arc::new(shared) }
    }

    /// The runtime that everything runs on.
    pub(crate) fn runtime(&self) -> &tokio::runtime::Handle {
        &self.runtime
    }

    /// The paths of the home.
    pub(crate) fn dirs(&self) -> &Dirs {
        &self.shared.dirs
    }

    /// Whether the app starts at login; set before, if that is wanted.
    ///
    /// # Errors
    /// Why that cannot be known or changed.
    pub(crate) async fn starts_at_login(&self, wanted: Option<bool>) -> Result<bool, Fault> {
        self.shared.starts_at_login(wanted).await
    }

    /// What is known of approvals.
    pub(crate) fn approvals(&self) -> &Approvals {
        &self.shared.approvals
    }

    /// Whether somebody has paused Hob, so that nothing is to come up by itself.
    pub(crate) fn is_held(&self) -> bool {
        self.shared.known().board.pause.is_some()
    }

    /// A client that may do all that the person at this desktop may; no page gets it.
    ///
    /// # Errors
    /// `unavailable` while there is no daemon.
    pub(crate) fn client(&self) -> Result<Client, Fault> {
        let known = self.shared.known();
        known.clients.as_ref().map(|clients| clients.tray.clone()).ok_or_else(|| absent(&known.board.link))
    }
}

/// Why nobody can be asked.
fn absent(link: &Link) -> Fault {
    match link {
        Link::Down(fault) => fault.clone(),
        _ => Fault::new(Code::Unavailable, "the daemon is starting"),
    }
}

impl Shared {
    /// Lives with one daemon after the other, until this process should end.
    async fn live(self: &Arc<Shared>) -> u8 {
        let at_login = tokio::task::spawn_blocking(autostart::is_on).await;
        self.known().board.at_login = at_login.ok().and_then(Result::ok);
        loop {
            self.show(Link::Starting);
            match self.one_daemon().await {
                Ok(Some(status)) => return status,
                _ if self.known().ending.is_some() => return 0,
                Ok(None) => {}
                Err(fault) => {
                    say(&fault.to_string());
                    self.show(Link::Down(fault.clone()));
                    self.until_worth_trying(&fault).await;
                }
            }
        }
    }

    /// Is a client or a host until that ends; with a status if the process should end, too.
    async fn one_daemon(self: &Arc<Shared>) -> Result<Option<u8>, Fault> {
        match Client::connect(&self.dirs).await {
            // Somebody could not wait to quit.
            Ok(_) if self.known().ending.is_some() => return Ok(Some(0)),
            Ok(client) => {
                self.attach(client).await;
                return Ok(None);
            }
            Err(fault) if fault.code == Code::Unavailable => {}
            Err(fault) => return Err(fault),
        }
        match self.host().await {
            Ok(status) if self.known().ending == Some(Ending::Leave) => {
                self.known().ending = None;
                self.hand_over().await.map(|()| Some(status))
            }
            Ok(status) => Ok(Some(status)),
            // Another was quicker, or one is not quite gone.
            Err(fault) if fault.code == Code::Busy => {
                let dirs = self.dirs.clone();
                let wait = move || holder(&dirs).map(|it| it.settled(&dirs, PATIENCE));
                match tokio::task::spawn_blocking(wait).await {
                    Ok(Some(Ok(()))) => Ok(None),
                    _ => Err(fault),
                }
            }
            Err(fault) => Err(fault),
        }
    }

    /// Is the daemon, until it ends.
    async fn host(self: &Arc<Shared>) -> Result<u8, Fault> {
        let options = Options { dirs: self.dirs.clone(), report: false, verbose: false };
        let log = match self.log.get() {
            Some(log) => log.clone(),
            None => {
                let log = daemon::start_log(&options)?;
                self.log.get_or_init(|| log).clone()
            }
        };
        let outcome = daemon::live(&options, log, |daemon| {
            let tray = daemon.client();
            let clients = Clients { tray: tray.clone(), window: daemon.client_of(Caller::window()) };
            let ending = {
                let mut known = self.known();
                known.clients = Some(clients);
                known.ending
            };
            self.show(Link::Hosting);
            lastly::arm(self.home.as_ref());
            tokio::spawn(Arc::clone(self).follow(tray));
            // Somebody could not wait for us to be ready.
            if ending.is_some() {
                self.end_ours();
            }
        })
        .await;
        lastly::disarm();
        self.known().clients = None;
        outcome
    }

    /// Is a client, until somebody asks for a daemon and none has come.
    async fn attach(self: &Arc<Shared>, first: Client) {
        let mut client = first;
        loop {
            self.known().clients = Some(Clients { tray: client.clone(), window: client.clone() });
            self.show(Link::Attached);
            Arc::clone(self).follow(client).await;
            self.known().clients = None;
            match self.next_daemon().await {
                Some(next) => client = next,
                None => return,
            }
        }
    }

    /// Shows what the daemon's board says, as long as it says anything.
    async fn follow(self: Arc<Shared>, client: Client) {
        let nouns = ["service", "project", "system", "config", "job", "request"].map(str::to_owned).into();
        let mut news = match client.open(Watch { nouns }).await {
            Ok(news) => news,
            Err(fault) => return tracing::error!(%fault, "the tray sees nothing"),
        };
        while let Some(Ok(changes)) = news.next().await {
            let stirs = changes.snapshot || changes.changes.iter().any(stirs_approvals);
            self.known().board.take(changes);
            self.draw();
            if stirs {
                self.approvals.stir();
            }
        }
    }

    /// Starts a daemon without a tray for our home, which we have let go of.
    async fn hand_over(&self) -> Result<(), Fault> {
        let missing = || Fault::new(Code::Unavailable, "there is no `hob` beside this program");
        let program = headless::program().ok_or_else(missing)?;
        let arguments: Vec<&std::ffi::OsStr> = match &self.home {
            Some(home) => vec!["--home".as_ref(), home.as_os_str()],
            None => Vec::new(),
        };
        connect_or_start(&self.dirs, &program, &arguments).await.map(drop)
    }

    fn show(&self, link: Link) {
        let mut known = self.known();
        if !matches!(link, Link::Hosting | Link::Attached | Link::Ending) {
            known.board.forget();
        }
        known.board.link = link;
        drop(known);
        self.draw();
        self.approvals.stir();
    }

    /// Draws what is known; the tray compares it with what is there.
    fn draw(&self) {
        let board = self.known().board.clone();
        self.tray.show(View {
            silhouette: icon::silhouette(&board),
            tooltip: summary(&board),
            menu: menu(&board, clock::now(), &TimeZone::system()),
        });
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a change may mean that other requests wait, or that they may be shown.
fn stirs_approvals(change: &Change) -> bool {
    change.noun == "request" || (change.noun.as_str(), change.key.as_str()) == ("system", "pause")
}
