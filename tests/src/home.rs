//! A home of its own for a test, and `hob` as a person would call it there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use daemon_core::home::{self, Dirs};
use daemon_core::kernel::{Fault, Op};
use daemon_core::services::{List, ServiceStatus};
use daemon_core::system::Watch;
use daemon_core::wire::Client;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::{PATIENCE, process, until};

/// How many lines of the daemon's log are shown when a test fails.
const SHOWN: usize = 30;

/// A directory with everything of one daemon; dropped, nothing of it is left.
pub struct Home {
    dir: PathBuf,
    _temporary: Option<TempDir>,
}

impl Default for Home {
    fn default() -> Self {
        Home::new()
    }
}

impl Home {
    /// An empty home. Its path is short, for it holds sockets.
    pub fn new() -> Home {
        let temporary =
            tempfile::Builder::new().prefix("hob-").tempdir_in("/tmp").expect("/tmp can be written");
        Home { dir: temporary.path().to_owned(), _temporary: Some(temporary) }
    }

    /// A home in a directory that somebody else made, and removes.
    pub fn at(dir: &Path) -> Home {
        Home { dir: dir.to_owned(), _temporary: None }
    }

    /// A home with this configuration.
    pub fn with(config: &str) -> Home {
        let home = Home::new();
        home.config(config);
        home
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// A path in it.
    pub fn join(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// All of its paths.
    pub fn dirs(&self) -> Dirs {
        Dirs::below(&self.dir)
    }

    /// Writes `config.toml`, in one step, since a daemon may be reading it.
    pub fn config(&self, text: &str) {
        let draft = self.join("config.toml.draft");
        fs_err::write(&draft, text).expect("the configuration can be written");
        fs_err::rename(&draft, self.join("config.toml")).expect("the configuration can be put in place");
    }

    /// `hob` for this home, whatever it is started from.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("hob"));
        let foreign = ["HOB_", "XDG_", "NOTIFY_SOCKET", "RUST_BACKTRACE"];
        for (name, _) in std::env::vars_os() {
            if foreign.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command.args(arguments).env("HOB_HOME", &self.dir).stdin(Stdio::null());
        command
    }

    /// Runs `hob`, and waits for its end.
    pub fn hob(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("hob can be run")
    }

    /// Standard output of a command that does well.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.hob(arguments);
        assert!(output.status.success(), "hob {arguments:?}: {}", text(&output));
        String::from_utf8(output.stdout).expect("hob prints UTF-8")
    }

    /// What a command prints with `--json`.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&printed).expect("--json prints JSON")
    }

    /// What a command says that fails with `status`.
    #[track_caller]
    pub fn fails(&self, arguments: &[&str], status: i32) -> String {
        let output = self.hob(arguments);
        assert_eq!(output.status.code(), Some(status), "hob {arguments:?}: {}", text(&output));
        text(&output)
    }

    /// Starts a daemon, and returns its pid.
    #[track_caller]
    pub fn start(&self) -> i32 {
        let started = self.json(&["daemon", "start"]);
        started["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).expect("a daemon has a pid")
    }

    /// Stops the daemon.
    #[track_caller]
    pub fn stop(&self) {
        self.ok(&["daemon", "stop"]);
    }

    /// The pid of the daemon, by its pid file.
    pub fn daemon_pid(&self) -> Option<i32> {
        home::running(&self.dirs()).map(|running| running.pid)
    }

    /// Calls an operation over a connection of its own.
    pub fn call<O: Op>(&self, request: O) -> Result<O::Reply, Fault> {
        runtime().block_on(async { Client::connect(&self.dirs()).await?.call(request).await })
    }

    /// Waits until all services together are as `wanted`; returns how they are then.
    ///
    /// # Panics
    /// If they are not within [`PATIENCE`], or the daemon goes away.
    #[track_caller]
    pub fn wait_for(&self, wanted: impl Fn(&[ServiceStatus]) -> bool) -> Vec<ServiceStatus> {
        let waited = runtime().block_on(async { tokio::time::timeout(PATIENCE, self.watched(wanted)).await });
        match waited {
            Ok(outcome) => outcome.expect("the daemon can be watched"),
            Err(_) => panic!("waited in vain; the services are: {:#?}", self.call(List {})),
        }
    }

    /// Waits until a service is as `wanted`; returns how it is then.
    #[track_caller]
    pub fn wait_for_service(&self, name: &str, wanted: impl Fn(&ServiceStatus) -> bool) -> ServiceStatus {
        let is_it = |service: &&ServiceStatus| service.name == name && wanted(service);
        let found = self.wait_for(|services| services.iter().any(|service| is_it(&service)));
        found.iter().find(is_it).expect("it was waited for").clone()
    }

    async fn watched(&self, wanted: impl Fn(&[ServiceStatus]) -> bool) -> Result<Vec<ServiceStatus>, Fault> {
        use futures_util::StreamExt as _;
        let client = Client::connect(&self.dirs()).await?;
        let mut changes = client.open(Watch { nouns: vec!["service".to_owned()] }).await?;
        loop {
            let services = client.call(List {}).await?.services;
            if wanted(&services) {
                return Ok(services);
            }
            match changes.next().await {
                Some(change) => drop(change?),
                None => return Err(Fault::internal("the feed of changes has ended")),
            }
        }
    }

    /// The home's own name, once a daemon has given it one.
    pub fn id(&self) -> Option<String> {
        fs_err::read_to_string(self.join("state/id")).ok()
    }

    /// The living processes that daemons of this home have started.
    pub fn processes(&self) -> Vec<i32> {
        self.id().map(|id| process::tagged(&format!("{id}."))).unwrap_or_default()
    }

    /// The cgroups that daemons of this home have made for services and not removed.
    pub fn cgroups(&self) -> Vec<PathBuf> {
        let place = self.id().and_then(|id| process::cgroup(&format!("hob-{id}")));
        let entries = place.and_then(|place| fs_err::read_dir(place).ok()).into_iter().flatten();
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    }

    /// The daemon's own log.
    pub fn log(&self) -> String {
        fs_err::read_to_string(self.join("state/logs/hob.log")).unwrap_or_default()
    }

    /// The log of a service as it is on disk, without the rotated files.
    pub fn service_log(&self, name: &str) -> String {
        let path = self.join("state/logs/services").join(name).join("current");
        fs_err::read_to_string(path).unwrap_or_default()
    }
}

impl Drop for Home {
    #[allow(
        clippy::print_stderr,
        reason = "the harness of the tests captures it, and shows it where one fails"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let last = log.lines().count().saturating_sub(SHOWN);
            let shown: Vec<&str> = log.lines().skip(last).collect();
            eprintln!(
                "--- the end of the daemon's log in {}:\n{}\n---",
                self.dir.display(),
                shown.join("\n")
            );
        }
        if let Some(pid) = self.daemon_pid() {
            process::signal(pid, Signal::KILL);
            // It may start something until it is really gone.
            until("the end of the daemon", || (!process::is_alive(pid)).then_some(()));
        }
        // Without a daemon it waits for the next, if there is something to read.
        process::keepers(&self.dir).into_iter().for_each(|pid| process::signal(pid, Signal::KILL));
        // What was just being started may be seen only by a second look.
        let mut quiet = 0;
        while quiet < 2 {
            let left = self.processes();
            quiet = if left.is_empty() { quiet + 1 } else { 0 };
            left.into_iter().for_each(|pid| process::signal(pid, Signal::KILL));
        }
        // Nobody else would ever remove what a killed daemon has made there.
        let place = self.id().and_then(|id| process::cgroup(&format!("hob-{id}")));
        for group in self.cgroups().into_iter().chain(place) {
            fs_err::write(group.join("cgroup.kill"), "1").ok();
            until("the end of a cgroup", || {
                (fs_err::remove_dir(&group).is_ok() || !group.exists()).then_some(())
            });
        }
    }
}

/// A program that was built beside the tests.
///
/// # Panics
/// If it is not there.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test knows where it is");
    let found = own.ancestors().skip(1).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} is not built: `make test` builds it, or `cargo build -p hob-cli -p hob-launch -p hob-desktop`")
    })
}

/// All that a command said.
pub fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream)).concat()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built")
}
