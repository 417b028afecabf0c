//! A daemon with services of which each is a few words of shell.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Fault, Op};
use daemon_core::services::{
    Get, List, LogLine, Logs, Restart, ServiceDetail, ServiceStatus, Source, Start, Stop, Word,
};
use daemon_core::system::{Reload, Reloaded, Watch};
use daemon_core::wire::Client;
use futures_util::StreamExt as _;

use super::LONG;

/// Laid under all services: nothing starts by itself, and nothing is waited for long.
const DEFAULTS: &str = "[defaults.service]\nautostart = false\nstop_timeout = \"20s\"\nworking_dir = \"/\"\n\
    backoff = { initial = \"5ms\", max = \"20ms\" }\n";

/// A running daemon in a home of its own.
pub struct House {
    pub dirs: Dirs,
    pub daemon: Daemon,
    pub client: Client,
    pub clock: Clock,
    home: tempfile::TempDir,
}

/// The table of a service that is a script of the shell, and further keys of it.
pub fn sh(name: &str, script: &str, more: &str) -> String {
    let script = toml::Value::from(script);
    format!("[service.\"{name}\"]\ncommand = [\"/bin/sh\", \"-c\", {script}]\n{more}\n")
}

/// Notes each start and end of a service in a file that all share; it is ready when it has begun.
pub fn noted(name: &str, more: &str) -> String {
    let script = format!(
        "trap 'echo -{name} >> \"$NOTES\"; exit 0' TERM; echo +{name} >> \"$NOTES\"; echo up; while :; do sleep 0.05; done"
    );
    sh(name, &script, &format!("ready = {{ log = \"up\" }}\n{more}"))
}

/// The launcher that was built with these tests.
pub fn launcher() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let launcher = test.parent().and_then(Path::parent).unwrap().join("hob-launch");
    assert!(launcher.exists(), "{} is missing: run `cargo build -p hob-launch` first", launcher.display());
    launcher
}

impl House {
    /// With these services.
    pub async fn with(services: impl Display) -> House {
        House::at(Clock::system(), services).await
    }

    /// With a clock of its own.
    pub async fn at(clock: Clock, services: impl Display) -> House {
        let home = tempfile::tempdir().unwrap();
        fs_err::create_dir(home.path().join("things")).unwrap();
        let dirs = Dirs::below(home.path()).with_launcher(launcher());
        fs_err::write(dirs.config(), text(home.path(), &services)).unwrap();
        House::open_at(clock, home, dirs).await
    }

    /// In a home that is there already.
    pub async fn open(home: tempfile::TempDir, dirs: Dirs) -> House {
        House::open_at(Clock::system(), home, dirs).await
    }

    async fn open_at(clock: Clock, home: tempfile::TempDir, dirs: Dirs) -> House {
        let daemon = Daemon::start(dirs.clone(), clock.clone(), None).await.unwrap();
        House { dirs, client: daemon.client(), daemon, clock, home }
    }

    /// A file for tests and services, which is `$THINGS/name` to the latter.
    pub fn thing(&self, name: &str) -> PathBuf {
        self.home.path().join("things").join(name)
    }

    /// What services have noted.
    pub fn notes(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.thing("notes")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Replaces all services by these.
    pub async fn configure(&self, services: impl Display) -> Result<Reloaded, Fault> {
        let beside = self.dirs.config().with_extension("new");
        fs_err::write(&beside, text(self.home.path(), &services)).unwrap();
        fs_err::rename(beside, self.dirs.config()).unwrap();
        self.client.call(Reload {}).await
    }

    pub async fn start(&self, name: &str) -> Result<ServiceStatus, Fault> {
        self.call(Start { name: name.to_owned() }).await
    }

    pub async fn stop(&self, name: &str) -> Result<ServiceStatus, Fault> {
        self.call(Stop { name: name.to_owned() }).await.map(|stopped| stopped.status)
    }

    pub async fn restart(&self, name: &str) -> Result<ServiceStatus, Fault> {
        self.call(Restart { name: name.to_owned() }).await
    }

    pub async fn detail(&self, name: &str) -> ServiceDetail {
        self.call(Get { name: name.to_owned() }).await.unwrap()
    }

    pub async fn status(&self, name: &str) -> ServiceStatus {
        self.detail(name).await.status
    }

    pub async fn names(&self) -> Vec<String> {
        self.call(List {}).await.unwrap().services.into_iter().map(|service| service.name).collect()
    }

    /// Any operation; each must be answered.
    pub async fn call<O: Op>(&self, op: O) -> Result<O::Reply, Fault> {
        let answered = tokio::time::timeout(LONG, self.client.call(op)).await;
        answered.unwrap_or_else(|_| panic!("{} was never answered", O::NAME))
    }

    /// Waits until a service is so.
    pub async fn until(&self, name: &str, so: impl Fn(&ServiceStatus) -> bool) -> ServiceStatus {
        let mut last = None;
        let found = tokio::time::timeout(LONG, async {
            let watch = Watch { nouns: vec!["service".to_owned()] };
            let mut changes = Box::pin(self.client.open(watch).await.unwrap());
            while let Some(batch) = changes.next().await {
                for change in batch.unwrap().changes.into_iter().filter(|change| change.key == name) {
                    let Some(value) = change.value else { continue };
                    let status: ServiceStatus = serde_json::from_str(value.get()).unwrap();
                    if so(&status) {
                        return status;
                    }
                    last = Some(status);
                }
            }
            panic!("the watch has ended");
        });
        found.await.unwrap_or_else(|_| panic!("{name} never became so; last: {last:?}"))
    }

    /// Waits until a service is in a state.
    pub async fn until_is(&self, name: &str, word: Word) -> ServiceStatus {
        self.until(name, |status| status.state == word).await
    }

    /// The newest lines that a service has written.
    pub async fn lines(&self, name: &str) -> Vec<LogLine> {
        let mut lines = self.logs(name).await;
        lines.retain(|line| line.stream != Source::Event);
        lines
    }

    /// What happened to a service.
    pub async fn events(&self, name: &str) -> Vec<String> {
        let happened = self.logs(name).await.into_iter().filter(|line| line.stream == Source::Event);
        happened.map(|line| line.text).collect()
    }

    /// All there is to read of a service.
    pub async fn logs(&self, name: &str) -> Vec<LogLine> {
        self.call(logs(name)).await.unwrap().lines
    }

    /// Stops the daemon; nothing that it started may be left.
    pub async fn end(self) {
        let (home, dirs) = self.close().await;
        drop((home, dirs));
    }

    /// Stops the daemon and starts another in the same home.
    pub async fn again(self) -> House {
        self.off(async |_| {}).await
    }

    /// The same; what `away` does happens while there is none.
    pub async fn off(self, away: impl AsyncFnOnce(&Dirs)) -> House {
        let clock = self.clock.clone();
        let (home, dirs) = self.close().await;
        away(&dirs).await;
        House::open_at(clock, home, dirs).await
    }

    /// Ends the daemon and leaves its services; what `away` does happens while there is none. Then starts another.
    pub async fn left(self, away: impl AsyncFnOnce(&Dirs)) -> House {
        let House { dirs, daemon, client, clock, home } = self;
        drop(client);
        let ended = tokio::time::timeout(LONG, daemon.leave()).await;
        assert!(ended.is_ok(), "the daemon does not end");
        away(&dirs).await;
        House::open_at(clock, home, dirs).await
    }

    /// Replaces all services by these, for the next daemon.
    pub fn rewrite(dirs: &Dirs, services: impl Display) {
        let home = dirs.config().parent().unwrap();
        fs_err::write(dirs.config(), text(home, &services)).unwrap();
    }

    async fn close(self) -> (tempfile::TempDir, Dirs) {
        let House { dirs, daemon, client, home, .. } = self;
        drop(client);
        let ended = tokio::time::timeout(LONG, daemon.stop()).await;
        assert!(ended.is_ok(), "the daemon does not end");
        assert_eq!(processes(&dirs), Vec::<i32>::new(), "processes are left");
        (home, dirs)
    }
}

/// The processes of a home's services.
pub fn processes(dirs: &Dirs) -> Vec<i32> {
    let mark = format!("HOB_SERVICE_HOME={}", dirs.state().display());
    let of_ours = |pid: &i32| {
        let environment = fs_err::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let processes = fs_err::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(of_ours).collect()
}

/// Everything that can be read of a service.
pub fn logs(name: &str) -> Logs {
    let names = vec![name.to_owned()];
    Logs { names, lines: 100_000, ..Logs::default() }
}

/// Waits until something is so that cannot be watched.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Whether a process is there and no zombie.
pub fn lives(pid: i32) -> bool {
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, fields)| !fields.starts_with(['Z', 'X']))
}

fn text(home: &Path, services: &impl Display) -> String {
    let things = home.join("things");
    let things = things.display();
    let services = services.to_string().replace("@THINGS", &things.to_string());
    format!("{DEFAULTS}env = {{ THINGS = \"{things}\", NOTES = \"{things}/notes\" }}\n{services}")
}
