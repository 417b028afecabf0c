//! What only shows inside of a gate to which somebody has really connected.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Handle;
use crate::daemon::Daemon;
use crate::home::Dirs;
use crate::kernel::Fault;
use crate::kernel::clock::Clock;
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
