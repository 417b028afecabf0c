//! Who leaves while his plan is made: nothing is run for him, and nothing waits.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::process::{Child, Command, Stdio};

use common::LONG;
use common::gate::{Gate, Leaf, answered, wish};
use daemon_core::approvals::ops::{Cancel, Run};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::clients::{Add, Revoke};
use daemon_core::config::Span;
use daemon_core::exec::Wanted;
use daemon_core::kernel::Access;

/// It takes a while to find out what is in it; a new one, because what is known of a file is not found out again.
fn large(gate: &Gate, round: u32) -> String {
    let path = gate.thing(&format!("large-{round}"));
    fs_err::File::create(&path).unwrap().set_len(512 << 20).unwrap();
    path.to_str().unwrap().to_owned()
}

fn slow_to_plan(file: &str) -> Run {
    let run = wish(["echo", "x"]);
    Run { command: Wanted { files: vec![file.into()], ..run.command }, detach: true, ..run }
}

/// What was begun in the record after something.
fn after(leaves: Vec<Leaf>, is_it: impl Fn(&Leaf) -> bool) -> Vec<String> {
    let later = leaves.into_iter().skip_while(|leaf| !is_it(leaf)).skip(1);
    later.map(|leaf| leaf.kind).collect()
}

#[tokio::test]
async fn c52_a_client_that_is_revoked_while_its_plan_is_made_runs_nothing() {
    let gate = Gate::open().await;
    let refused = async {
        for round in 0.. {
            let name = format!("robot{round}");
            let add = Add { name: name.clone(), access: Access::Request };
            let added = answered(gate.owner(), add).await.unwrap();
            let robot = gate.agent().await;
            robot.identify(&added.token).await.unwrap();
            let asked = tokio::spawn(answered(robot.clone(), slow_to_plan(&large(&gate, round))));
            // An answer to something that is asked for later: it is being planned now.
            answered(robot, daemon_core::approvals::ops::ListRequests::default()).await.unwrap();
            answered(gate.owner(), Revoke { name }).await.unwrap();
            asked.await.unwrap().ok();
            let told = |leaf: &Leaf| leaf.kind == "request.rejected" && leaf.body["reason"] == "E_CANCELLED";
            // Whichever was quicker, it is over when the daemon has nothing to do with that file any more.
            let later = after(until_planned(&gate, round + 1).await, |leaf| leaf.kind == "client.revoked");
            assert!(!later.contains(&"request.received".to_owned()), "{later:?}");
            if gate.leaves().iter().any(told) {
                return;
            }
        }
    };
    tokio::time::timeout(LONG, refused).await.unwrap();
    gate.end().await;
}

/// The record, when it says of so many plans what has become of them.
async fn until_planned(gate: &Gate, count: u32) -> Vec<Leaf> {
    loop {
        let leaves = gate.leaves();
        let is_end = |leaf: &&Leaf| ["request.received", "request.rejected"].contains(&leaf.kind.as_str());
        if count as usize <= leaves.iter().filter(is_end).count() {
            return leaves;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Asks for something over a socket, in a process of its own, and ends at once.
fn asks_and_ends(socket: &std::path::Path, file: &str) -> Child {
    const SCRIPT: &str = r#"
import json, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
m = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "exec.run", "params":
    {"command": {"argv": ["echo", "x"], "cwd": "/", "files": [sys.argv[2]]}}}).encode()
s.sendall(struct.pack(">I", len(m)) + m)
m = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "request.list", "params": {}}).encode()
s.sendall(struct.pack(">I", len(m)) + m)
s.recv(65536)
"#;
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(socket).arg(file).stdout(Stdio::null());
    python.spawn().unwrap()
}

#[tokio::test]
async fn c78_who_ends_while_his_plan_is_made_has_asked_for_nothing() {
    let gate = Gate::open().await;
    let refused = async {
        for round in 0.. {
            let mut child = asks_and_ends(gate.dirs.agent_socket(), &large(&gate, round));
            tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
            let leaves = until_planned(&gate, round + 1).await;
            if leaves.iter().any(|leaf| leaf.body["reason"] == "E_CANCELLED") {
                assert!(leaves.last().unwrap().kind == "request.rejected", "{leaves:?}");
                return;
            }
        }
    };
    tokio::time::timeout(LONG, refused).await.unwrap();
    gate.end().await;
}

/// How a child connects and calls.
const CHILD: &str = r#"
import json, os, socket, struct, sys
def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s
def call(s, method, params):
    m = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    s.sendall(struct.pack(">I", len(m)) + m)
    n = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
    return s.recv(n, socket.MSG_WAITALL).decode()
"#;

#[tokio::test]
async fn what_is_cancelled_before_it_begins_does_not_begin() {
    let gate = Gate::open().await;
    let ran = gate.thing("ran");
    let agent = gate.agent().await;
    let command = Wanted {
        files: vec![large(&gate, 0).as_str().into()],
        ..wish(["/usr/bin/touch", ran.to_str().unwrap()]).command
    };
    let asked = Run { command, wait: Some(Span::secs(0)), ..wish(["x"]) };
    let id = answered(agent.clone(), asked).await.unwrap_err().more.unwrap().request.unwrap();
    let request = gate.until_waiting(1).await.remove(0);
    // What is in it has to be looked at once more.
    let file = fs_err::OpenOptions::new().write(true).open(gate.thing("large-0")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    answered(agent, Cancel { id: id.clone() }).await.unwrap();
    let over = gate.until(&id, |request| request.state.is_over()).await;
    assert_eq!(over.state, State::NotStarted, "{over:?}");
    assert!(!ran.exists());
    gate.end().await;
}

#[tokio::test]
async fn who_joins_for_good_is_not_left_behind_by_whoever_came_first() {
    let gate = Gate::open().await;
    let (first, second) = (gate.owner(), gate.owner());
    let ask = ["/usr/bin/printf", "hello"];
    let asked = tokio::spawn(answered(first, wish(ask)));
    let request = gate.until_waiting(1).await.remove(0);
    let detached = Run { detach: true, ..wish(ask) };
    answered(second, detached).await.unwrap_err();
    asked.abort();
    assert!(asked.await.is_err());
    // Whoever asks for something else later finds that it waits still.
    let other = tokio::spawn(answered(gate.owner(), wish(["/usr/bin/printf", "other"])));
    gate.until_waiting(2).await;
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    gate.until(&request.id, |request| request.state == State::Finished).await;
    other.abort();
    gate.end().await;
}

#[tokio::test]
async fn a_connection_that_was_handed_on_may_ask_for_what_is_allowed() {
    let gate = Gate::open().await;
    let script = format!(
        r#"{CHILD}
s = connect(sys.argv[1])
ours, its = os.pipe()
if os.fork():
    os._exit(0)
os.close(its)
os.read(ours, 1)
print(call(s, "exec.run", {{"command": {{"argv": ["echo", "hi"], "cwd": "/"}}}}), flush=True)
"#
    );
    let mut python = Command::new("python3");
    python.args(["-c", &script]).arg(gate.dirs.agent_socket());
    let output = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\"finished\""), "{told}");
    gate.end().await;
}

/// Rules under which nothing is run that echoes.
const NO_ECHO: &str = "version = 1\n[[rule]]\nid = \"no-echo\"\neffect = \"deny\"\nexec_name = \"echo\"\n";

#[tokio::test]
async fn c82_what_is_denied_while_it_is_opened_does_not_run() {
    for is_approved in [true, false] {
        let gate = Gate::open().await;
        let run = slow_to_plan(&large(&gate, 0));
        if is_approved {
            gate.rule("version = 1\n").await;
        }
        let asked = tokio::spawn(answered(gate.agent().await, run));
        if is_approved {
            let request = gate.until_waiting(1).await.remove(0);
            // What is in it has to be looked at once more.
            let file = fs_err::OpenOptions::new().write(true).open(gate.thing("large-0")).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            gate.decide(&request, Verdict::Approve, "once").await.unwrap();
        }
        gate.rule(NO_ECHO).await;
        asked.await.unwrap().ok();
        let is_over = |leaf: &Leaf| {
            ["exec.finished", "request.invalidated"].contains(&leaf.kind.as_str())
                || leaf.body["effect"] == "deny"
        };
        let leaves = loop {
            let leaves = gate.leaves();
            if leaves.iter().any(is_over) {
                break leaves;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        let rev = if is_approved { "3" } else { "2" };
        let later = after(leaves, |leaf| leaf.kind == "policy.loaded" && leaf.body["rev"] == rev);
        assert!(!later.is_empty() && !later.contains(&"exec.claimed".to_owned()), "{later:?}");
        gate.end().await;
    }
}
