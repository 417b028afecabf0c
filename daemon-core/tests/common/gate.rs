//! A daemon whose gate is under test: an agent that asks, an owner who decides, and the record.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use daemon_core::approvals::ops::{Approvals, Decide, Decision, List, Run};
use daemon_core::approvals::request::Request;
use daemon_core::approvals::request::answer::Answer;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::daemon::Daemon;
use daemon_core::exec::{Bytes, Wanted};
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Access, Fault, Op};
use daemon_core::wire::Client;
use serde_json::Value;

use super::LONG;
use super::house::launcher;

/// What runs without a question in these tests.
pub const POLICY: &str = r#"
version = 1

[defaults]
max_pending = 100000
max_pending_per_client = 10000
asks_per_minute = 10000
requests_per_minute = 100000
max_running_per_client = 10000
max_running = 100000

[[rule]]
id = "echo"
effect = "allow"
exec = "/usr/bin/echo"
argv = ["..."]

[[rule]]
id = "no-rm"
effect = "deny"
exec_name = "rm"
reason = "use trash-put"
"#;

/// A home, its daemon, and whoever is needed.
pub struct Gate {
    pub dirs: Dirs,
    pub daemon: Daemon,
    pub clock: Clock,
    pub home: Arc<tempfile::TempDir>,
}

impl Gate {
    /// A new home with [`POLICY`].
    pub async fn open() -> Gate {
        Gate::open_with(POLICY, Clock::system()).await
    }

    /// A new home with this policy, at this time.
    pub async fn open_with(policy: &str, clock: Clock) -> Gate {
        let home = Arc::new(tempfile::tempdir().unwrap());
        let dirs = Dirs::below(home.path()).with_launcher(launcher());
        let path = policy_file(&dirs);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, policy).unwrap();
        Gate::start(home, dirs, clock).await
    }

    async fn start(home: Arc<tempfile::TempDir>, dirs: Dirs, clock: Clock) -> Gate {
        let daemon = Daemon::start(dirs.clone(), clock.clone(), None).await.unwrap();
        Gate { dirs, daemon, clock, home }
    }

    /// The same home with a new daemon.
    pub async fn again(self) -> Gate {
        let Gate { dirs, daemon, clock, home } = self;
        daemon.stop().await;
        Gate::start(home, dirs, clock).await
    }

    /// The end of a test: the record tells a legal history, whole and signed.
    pub async fn end(self) {
        let verified = self.owner().call_raw("audit.verify", b"{}").await.unwrap();
        let verified: Value = serde_json::from_slice(&verified).unwrap();
        assert_eq!(verified["whole"], true, "{verified:#}");
        self.daemon.stop().await;
    }

    /// Another policy for this home, in force when this returns.
    pub async fn rule(&self, policy: &str) {
        fs_err::write(policy_file(&self.dirs), policy).unwrap();
        self.owner().call_raw("policy.reload", b"{}").await.unwrap();
    }

    /// Whoever may do everything, over a connection of his own.
    pub fn owner(&self) -> Client {
        self.daemon.client()
    }

    /// Somebody at the agents' socket, over a connection of his own.
    pub async fn agent(&self) -> Client {
        Client::connect_to(self.dirs.agent_socket()).await.unwrap()
    }

    /// The token of a new client of this name.
    pub async fn enrol(&self, name: &str) -> String {
        let add = daemon_core::clients::Add { name: name.to_owned(), access: Access::Request };
        answered(self.owner(), add).await.unwrap().token
    }

    /// Somebody at the agents' socket with a token.
    pub async fn client(&self, token: &str) -> Client {
        let client = self.agent().await;
        client.identify(token).await.unwrap();
        client
    }

    /// A file for tests and commands.
    pub fn thing(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// An executable script.
    pub fn script(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.thing(name);
        fs_err::write(&path, text).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What waits.
    pub async fn waiting(&self) -> Vec<Request> {
        let Approvals { requests, .. } = answered(self.owner(), List::default()).await.unwrap();
        requests
    }

    /// Waits until exactly so many wait, and returns these.
    pub async fn until_waiting(&self, count: usize) -> Vec<Request> {
        let all = tokio::time::timeout(LONG, async {
            loop {
                let waiting = self.waiting().await;
                if waiting.len() == count {
                    return waiting;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        all.await.unwrap_or_else(|_| panic!("there were never {count} that wait"))
    }

    /// Decides as the owner.
    pub async fn decide(&self, request: &Request, verdict: Verdict, scope: &str) -> Result<Decision, Fault> {
        answered(self.owner(), decision(request, verdict, scope)).await
    }

    /// A request, until something is true of it.
    pub async fn until(&self, id: &str, so: impl Fn(&Request) -> bool) -> Request {
        let found = tokio::time::timeout(LONG, async {
            loop {
                let get = daemon_core::approvals::ops::Get { id: id.to_owned() };
                if let Ok(request) = self.owner().call(get).await
                    && so(&request)
                {
                    return request;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("{id} never became so"))
    }

    /// The record: kind, request and body of each leaf.
    pub fn leaves(&self) -> Vec<Leaf> {
        let connection = self.gate_db();
        let mut rows = connection.prepare("SELECT leaf FROM audit_leaves ORDER BY idx").unwrap();
        let rows = rows.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        rows.map(|line| {
            let leaf: Value = serde_json::from_slice(&line.unwrap()).unwrap();
            let text = |field: &str| leaf[field].as_str().unwrap_or_default().to_owned();
            Leaf {
                kind: text("type"),
                request: text("req"),
                body: leaf["body"].clone(),
                actor: leaf["actor"].clone(),
            }
        })
        .collect()
    }

    /// The kinds of the leaves of a request, in order.
    pub fn leaves_of(&self, request: &str) -> Vec<String> {
        self.leaves().into_iter().filter(|leaf| leaf.request == request).map(|leaf| leaf.kind).collect()
    }

    /// The record's database, beside the daemon's own connections.
    pub fn gate_db(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.dirs.state().join("gate.db")).unwrap()
    }
}

/// A leaf of the record.
#[derive(Debug)]
pub struct Leaf {
    pub kind: String,
    pub request: String,
    pub body: Value,
    pub actor: Value,
}

fn policy_file(dirs: &Dirs) -> PathBuf {
    dirs.config().parent().unwrap().join("policy.toml")
}

/// The owner's word about a request as it was shown.
pub fn decision(request: &Request, verdict: Verdict, scope: &str) -> Decide {
    Decide {
        id: request.id.clone(),
        verdict,
        digest: request.plan.clone(),
        scope: scope.parse().unwrap(),
        suggestion: None,
        uses: None,
        note: None,
    }
}

/// A wish for a command.
pub fn wish<'a>(argv: impl IntoIterator<Item = &'a str>) -> Run {
    let argv = argv.into_iter().map(Bytes::from).collect();
    let command = Wanted { argv, cwd: Some(Bytes::from("/")), ..Wanted::default() };
    Run { command, reason: None, key: None, detach: false, wait: None }
}

/// Asks for a command while the test goes on.
pub fn asks<'a>(
    client: &Client,
    argv: impl IntoIterator<Item = &'a str>,
) -> tokio::task::JoinHandle<Result<Answer, Fault>> {
    tokio::spawn(answered(client.clone(), wish(argv)))
}

/// Any operation; each must be answered.
pub async fn answered<O: Op>(client: Client, op: O) -> Result<O::Reply, Fault> {
    let answered = tokio::time::timeout(LONG, client.call(op)).await;
    answered.unwrap_or_else(|_| panic!("{} was never answered", O::NAME))
}

/// The finer code of a fault.
pub fn reason(fault: &Fault) -> &str {
    fault.reason_code().unwrap_or("none")
}

/// What a command wrote to its standard output.
pub fn stdout(answer: &Answer) -> String {
    String::from_utf8_lossy(answer.stdout.as_ref().map(Bytes::get).unwrap_or_default()).into_owned()
}

/// Whether a file is there.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
