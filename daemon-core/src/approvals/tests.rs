//! What only shows inside of a gate to which somebody has really connected.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Handle;
use super::request::state::State;
use crate::daemon::Daemon;
use crate::home::Dirs;
use crate::kernel::clock::Clock;
use crate::kernel::{Caller, Fault};
use crate::wire::Client;

/// A home and a daemon that asks a person about everything.
async fn gate() -> (TempDir, Dirs, Daemon) {
    let home = tempfile::tempdir().unwrap();
    let dirs = Dirs::below(home.path());
    let daemon = again(&dirs).await;
    (home, dirs, daemon)
}

async fn again(dirs: &Dirs) -> Daemon {
    Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap()
}

/// Asks for the same as everybody else here, and does not wait.
async fn ask(client: &Client, key: Option<&str>) -> Result<Value, Fault> {
    let mut wish = json!({"command": {"argv": ["/usr/bin/true"], "cwd": "/"}, "wait": "0s", "detach": true});
    wish["key"] = json!(key);
    let answer = client.call_raw("exec.run", wish.to_string().as_bytes()).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

/// The request of which an answer says that it waits.
fn waiting(answer: Result<Value, Fault>) -> String {
    let fault = answer.unwrap_err();
    fault.more.as_ref().and_then(|more| more.request.clone()).unwrap_or_else(|| panic!("{fault:?}"))
}

fn holders(handle: &Handle, id: &str) -> usize {
    handle.desk().get(id).unwrap().holders.len()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), so).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn a_process_that_asks_again_and_again_is_one_that_asks() {
    let (_home, dirs, daemon) = gate().await;
    let gate = daemon.approvals();
    let mut ids = Vec::new();
    for _ in 0..20 {
        let agent = Client::connect_to(dirs.agent_socket()).await.unwrap();
        ids.push(waiting(ask(&agent, None).await));
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!((holders(gate, &ids[0]), gate.watched().len()), (1, 1));
    let open = || gate.watched().values().next().unwrap().values().filter(|end| !*end.borrow()).count();
    until("its connections are not remembered once they are closed", || open() == 0).await;
    daemon.stop().await;
}

#[tokio::test]
async fn so_many_ask_for_the_same_and_no_more() {
    let (_home, _dirs, daemon) = gate().await;
    // In this process each connection is somebody of its own.
    let askers: Vec<Client> = (0..super::desk::HOLDERS).map(|_| daemon.client()).collect();
    let mut id = String::new();
    for asker in &askers {
        id = waiting(ask(asker, None).await);
    }
    let fault = ask(&daemon.client(), None).await.unwrap_err();
    assert!(fault.message.contains("others ask for this command already"), "{fault}");
    assert_eq!(waiting(ask(&askers[0], None).await), id, "who asks already may ask again");
    assert_eq!(holders(daemon.approvals(), &id), super::desk::HOLDERS);
    daemon.stop().await;
}

/// A process that lives for as long as this.
struct Somebody(std::process::Child);

impl Somebody {
    fn new() -> Somebody {
        Somebody(std::process::Command::new("sleep").arg("1000").spawn().unwrap())
    }

    /// A connection of its own, with every right.
    fn client(&self, daemon: &Daemon) -> Client {
        daemon.client_of(Caller { pid: i32::try_from(self.0.id()).ok(), ..Caller::daemon() })
    }

    /// Denies it, which is a decision that needs no program to be run.
    async fn decides(&self, daemon: &Daemon, id: &str) -> Result<Vec<u8>, Fault> {
        let plan = daemon.approvals().desk().get(id).unwrap().request().plan.clone();
        let no = json!({"id": id, "verdict": "deny", "digest": plan});
        self.client(daemon).call_raw("approval.decide", no.to_string().as_bytes()).await
    }

    async fn is_an_asker(&self, daemon: &Daemon, id: &str) -> bool {
        self.decides(daemon, id).await.is_err_and(|fault| fault.reason_code() == Some("E_FORBIDDEN_ROLE"))
    }
}

impl Drop for Somebody {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn c52_whoever_has_ever_asked_for_it_decides_it_in_no_later_daemon() {
    let (_home, dirs, daemon) = gate().await;
    let [first, joiner, taker, person] = [(); 4].map(|()| Somebody::new());
    let id = waiting(ask(&first.client(&daemon), Some("k")).await);
    assert_eq!(waiting(ask(&joiner.client(&daemon), None).await), id);
    assert!(joiner.is_an_asker(&daemon, &id).await);
    daemon.stop().await;
    // Two more daemons, in which another takes it up.
    for _ in 0..2 {
        let daemon = again(&dirs).await;
        assert_eq!(waiting(ask(&taker.client(&daemon), Some("k")).await), id);
        for asker in [&first, &joiner, &taker] {
            assert!(asker.is_an_asker(&daemon, &id).await);
        }
        daemon.stop().await;
    }
    let daemon = again(&dirs).await;
    assert_eq!(waiting(ask(&taker.client(&daemon), Some("k")).await), id);
    person.decides(&daemon, &id).await.expect("he has never asked for it");
    daemon.stop().await;
}

#[tokio::test]
async fn while_somebody_else_holds_the_record_nobody_waits_for_longer_than_one_does() {
    let (_home, dirs, daemon) = gate().await;
    let other = rusqlite::Connection::open(dirs.gate()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let since = std::time::Instant::now();
    let askers: Vec<Client> = (0..20).map(|_| daemon.client()).collect();
    let failed = futures_util::future::join_all(askers.iter().map(|asker| ask(asker, Some("k")))).await;
    for answer in failed {
        let fault = answer.unwrap_err();
        assert!(fault.message.contains("locked by another program"), "{fault:?}");
    }
    assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
    // Nor does the daemon's end.
    let more: Vec<_> = (0..20)
        .map(|number| {
            let asker = daemon.client();
            tokio::spawn(async move { ask(&asker, Some(&format!("k{number}"))).await })
        })
        .collect();
    let since = std::time::Instant::now();
    daemon.stop().await;
    assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
    for asked in more {
        asked.await.unwrap().unwrap_err();
    }
    other.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn a_grant_is_used_as_often_in_memory_as_in_the_record() {
    let (_home, dirs, daemon) = gate().await;
    let gate = daemon.approvals();
    let agent = Client::connect_to(dirs.agent_socket()).await.unwrap();
    let id = waiting(ask(&agent, None).await);
    let plan = gate.desk().get(&id).unwrap().request().plan.clone();
    let yes = json!({"id": id, "verdict": "approve", "digest": plan, "scope": "1h", "uses": 3});
    daemon.client().call_raw("approval.decide", yes.to_string().as_bytes()).await.unwrap();
    let left = || gate.desk().grants.iter().next().and_then(|grant| grant.uses_left);
    assert_eq!(left(), Some(3));

    // The policy becomes another while its use waits to be written down.
    let other = rusqlite::Connection::open(dirs.gate()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked = tokio::spawn(async move { ask(&agent, Some("k")).await });
    let placed = || gate.desk().all().any(|it| it.state == State::Received && it.key.is_some());
    until("it is to be written down", placed).await;
    let policy = dirs.config().with_file_name("policy.toml");
    fs_err::create_dir_all(policy.parent().unwrap()).unwrap();
    fs_err::write(policy, "version = 1\n").unwrap();
    gate.0.policy.reload().await.unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    asked.await.unwrap().unwrap();

    let written: u32 = other.query_row("SELECT uses_left FROM grants", [], |row| row.get(0)).unwrap();
    assert_eq!((left(), written), (Some(2), 2));
    daemon.stop().await;
}
