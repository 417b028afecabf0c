//! Attacks on requests, decisions and identities, by their numbers in the table of attacks.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

use common::Raw;
use common::gate::{Gate, POLICY, answered, asks, decision, reason, stdout, wish};
use daemon_core::approvals::ops::{Decide, Get, List, Run};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::clients::{Add, Mute, Revoke};
use daemon_core::config::Span;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Access, Code};
use daemon_core::wire::Client;
use serde_json::json;

const ASK: [&str; 2] = ["/usr/bin/printf", "hello"];

/// Somebody who asks for `printf hello` over a socket, in a process of its own, and then waits.
fn asking(socket: &std::path::Path) -> Child {
    const SCRIPT: &str = r#"
import json, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
m = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "exec.run", "params":
    {"command": {"argv": ["/usr/bin/printf", "hello"], "cwd": "/"}}}).encode()
s.sendall(struct.pack(">I", len(m)) + m)
print(s.recv(65536))
"#;
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(socket).stdout(Stdio::null());
    python.spawn().unwrap()
}

#[tokio::test]
async fn c48_two_who_approve_at_once_run_it_once() {
    let gate = Gate::open().await;
    let asked = asks(&gate.agent().await, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    let yes = || answered(gate.owner(), decision(&request, Verdict::Approve, "once"));
    let (one, other, third) = tokio::join!(yes(), yes(), yes());
    let (won, lost): (Vec<_>, Vec<_>) = [one, other, third].into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 2));
    for fault in lost.into_iter().map(Result::unwrap_err) {
        assert_eq!(reason(&fault), "E_NOT_PENDING");
        assert_eq!(
            fault.more.unwrap().answer.unwrap()["decided_by"],
            "human",
            "it has the recorded decision"
        );
    }
    assert_eq!(stdout(&asked.await.unwrap().unwrap()), "hello");
    let claims = gate.leaves_of(&request.id).into_iter().filter(|kind| kind == "exec.claimed").count();
    assert_eq!(claims, 1);
    gate.end().await;
}

#[tokio::test]
async fn c52_who_is_denied_a_thousand_times_does_not_fill_the_record() {
    let gate = Gate::open_with(&POLICY.replace("= 100000\n", "= 100\n"), Clock::system()).await;
    let agent = gate.agent().await;
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..1000 {
        let fault = answered(agent.clone(), wish(["rm", "-r", "/nowhere"])).await.unwrap_err();
        *said.entry(reason(&fault).to_owned()).or_default() += 1;
    }
    assert_eq!(said, BTreeMap::from([("E_DENIED_POLICY".to_owned(), 100), ("E_RATE".to_owned(), 900)]));
    let of_kind = |kind: &str| gate.leaves().into_iter().filter(|leaf| leaf.kind == kind).count();
    assert_eq!((of_kind("request.received"), of_kind("request.rejected")), (100, 32));
    // Another one is not kept from asking.
    assert_eq!(stdout(&answered(gate.owner(), wish(["/usr/bin/echo", "hi"])).await.unwrap()), "hi\n");
    gate.end().await;
}

#[tokio::test]
async fn c52_who_asks_cannot_decide() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let asked = asks(&agent, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    let fault = answered(agent.clone(), decision(&request, Verdict::Approve, "once")).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_FORBIDDEN_ROLE"));
    assert_eq!(reason(&answered(agent, List::default()).await.unwrap_err()), "E_FORBIDDEN_ROLE");
    // With every access there is, it is still the same connection, or the same client.
    let owner = gate.owner();
    let own = asks(&owner, ["/usr/bin/printf", "mine"]);
    let mine = gate.until_waiting(2).await.into_iter().find(|it| it.client == "local").unwrap();
    let fault = answered(owner, decision(&mine, Verdict::Approve, "once")).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_FORBIDDEN_ROLE"));
    gate.decide(&mine, Verdict::Approve, "once").await.unwrap();
    assert_eq!(stdout(&own.await.unwrap().unwrap()), "mine");
    let refused = gate.leaves().into_iter().filter(|leaf| leaf.kind == "call.refused").count();
    assert!(0 < refused, "a refusal is recorded");
    asked.abort();
    gate.end().await;
}

#[tokio::test]
async fn c52_a_process_does_not_decide_for_its_child_nor_the_child_for_it() {
    let gate = Gate::open().await;
    // This process is the parent of the one that asks, and has the owner's socket.
    let mut child = asking(gate.dirs.agent_socket());
    let request = gate.until_waiting(1).await.remove(0);
    let parent = Client::connect(&gate.dirs).await.unwrap();
    let fault = answered(parent, decision(&request, Verdict::Approve, "once")).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_FORBIDDEN_ROLE"));
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    gate.until(&request.id, |request| request.state == State::Finished).await;
    child.wait().unwrap();
    gate.end().await;
}

#[tokio::test]
async fn c54_nobody_asks_for_a_command_that_decides() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let hob = gate.script("hob", "#!/bin/sh\n");
    let gate_db = gate.dirs.state().join("gate.db");
    let commands: [&[&str]; 3] =
        [&[&hob, "approve", "x"], &[&hob, "policy", "add", "x"], &["/bin/cat", gate_db.to_str().unwrap()]];
    for command in commands {
        let run = Run { wait: Some(Span::secs(0)), ..wish(command.iter().copied()) };
        let fault = answered(agent.clone(), run).await.unwrap_err();
        assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_DENIED_POLICY"), "{command:?}");
    }
    gate.end().await;
}

#[tokio::test]
async fn c56_what_was_approved_inherits_no_trust() {
    let gate = Gate::open().await;
    let script = format!(
        r#"#!/usr/bin/python3
import json, os, socket, struct
def call(method, params):
    s = socket.socket(socket.AF_UNIX)
    s.connect("{}")
    m = json.dumps({{"jsonrpc": "2.0", "id": 1, "method": method, "params": params}}).encode()
    s.sendall(struct.pack(">I", len(m)) + m)
    return s.recv(65536)[4:].decode()
print(sorted(name for name in os.environ if name.startswith("HOB_")))
print(call("approval.list", {{}}))
print(call("exec.run", {{"command": {{"argv": ["/usr/bin/printf", "x"], "cwd": "/"}}, "wait": "0s"}}))
"#,
        gate.dirs.socket().display()
    );
    let path = gate.script("curious", &script);
    let asked = asks(&gate.agent().await, [path.as_str()]);
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "1h").await.unwrap();
    let told = stdout(&asked.await.unwrap().unwrap());
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "['HOB_RUN']", "{told}");
    assert!(lines[1].contains("E_FORBIDDEN_ROLE") && lines[1].contains("descends"), "{told}");
    assert!(lines[2].contains("\"pending\""), "{told}");
    gate.end().await;
}

#[tokio::test]
async fn c62_another_user_is_turned_away_also_with_a_borrowed_identity() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let gate = Gate::open().await;
    // Whoever connects with another effective user than his real one is that other one.
    const SCRIPT: &str = r#"
import os, socket, sys
os.chmod(sys.argv[1], 0o777)
d = os.path.dirname(sys.argv[1])
while d != "/":
    os.chmod(d, 0o777); d = os.path.dirname(d)
    if d == "/tmp": break
os.seteuid(65534)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"\0\0\0\x3c" + b'{"jsonrpc":"2.0","id":1,"method":"system.ping","params":{}} ')
print(len(s.recv(10)))
"#;
    let socket = gate.dirs.socket().to_owned();
    let stranger = move || Command::new("python3").args(["-c", SCRIPT]).arg(socket).output().unwrap();
    let output = tokio::task::spawn_blocking(stranger).await.unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.stdout == b"0\n" || text.contains("reset") || text.contains("Broken pipe"), "{text}");
    gate.end().await;
}

#[tokio::test]
async fn c68_c70_what_is_no_token_and_what_is_no_frame_get_nowhere() {
    let gate = Gate::open().await;
    let mut raw = Raw::connect(gate.dirs.agent_socket()).await;
    raw.send(&[0xff, 0xff, 0xff, 0xff]).await;
    assert!(raw.rest().await.is_empty(), "the first byte is no frame's");
    let mut raw = Raw::connect(gate.dirs.agent_socket()).await;
    raw.send(&[0x00, 0xff, 0xff, 0xff]).await;
    assert_eq!(raw.message().await["error"]["data"]["code"], "too_large");
    raw.rest().await;
    let owner = Client::connect_to(gate.dirs.socket()).await.unwrap();
    let clients = [owner, gate.agent().await];
    let (mut denied, mut turned_away) = (0, 0);
    for number in 0..12 {
        match clients[number % 2].identify(&format!("hob_{number}")).await.unwrap_err().code {
            Code::Denied => denied += 1,
            Code::Busy => turned_away += 1,
            code => panic!("{code:?}"),
        }
    }
    assert_eq!((denied, turned_away), (10, 2));
    let failed: Vec<_> = gate.leaves().into_iter().filter(|leaf| leaf.kind == "auth.failed").collect();
    assert_eq!(failed.len(), 10);
    let nobody = json!({"id": "unknown", "kind": "client", "surface": "socket"});
    assert!(failed.iter().all(|leaf| leaf.actor == nobody), "{failed:?}");
    gate.end().await;
}

#[tokio::test]
async fn c76_an_old_answer_is_no_answer() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let asked = asks(&agent, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    let other = Decide {
        digest: format!("sha256:{}", "0".repeat(64)),
        ..decision(&request, Verdict::Approve, "once")
    };
    let fault = answered(gate.owner(), other).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Conflict, "E_DIGEST_MISMATCH"));
    let short = Decide { digest: request.code.clone(), ..decision(&request, Verdict::Approve, "once") };
    assert_eq!(answered(gate.owner(), short).await.unwrap_err().code, Code::Invalid);
    gate.decide(&request, Verdict::Deny, "once").await.unwrap();
    for verdict in [Verdict::Approve, Verdict::Deny] {
        let fault = gate.decide(&request, verdict, "once").await.unwrap_err();
        assert_eq!((fault.code, reason(&fault)), (Code::Conflict, "E_NOT_PENDING"));
    }
    assert!(asked.await.unwrap().is_err());
    drop(agent);
    let gate = gate.again().await;
    let fault = gate.decide(&request, Verdict::Approve, "once").await.unwrap_err();
    assert_eq!(reason(&fault), "E_NOT_PENDING");
    let foreign = Decide { id: "zzzzzzzzzz".into(), ..decision(&request, Verdict::Approve, "once") };
    assert_eq!(answered(gate.owner(), foreign).await.unwrap_err().code, Code::NotFound);
    gate.end().await;
}

#[tokio::test]
async fn c76_what_waited_in_another_daemon_is_an_orphan_until_its_client_asks_again() {
    let gate = Gate::open().await;
    let keyed = || Run { key: Some("k".into()), wait: Some(Span::secs(0)), detach: true, ..wish(ASK) };
    let fault = answered(gate.agent().await, keyed()).await.unwrap_err();
    let id = fault.more.unwrap().request.unwrap();
    let request = gate.until_waiting(1).await.remove(0);
    let gate = gate.again().await;
    let orphan = answered(gate.owner(), Get { id: id.clone() }).await.unwrap();
    assert_eq!(orphan.state, State::Orphaned);
    let fault = gate.decide(&request, Verdict::Approve, "once").await.unwrap_err();
    assert_eq!(reason(&fault), "E_NOT_PENDING", "approving an orphan runs nothing");
    let agent = gate.agent().await;
    let fault = answered(agent.clone(), keyed()).await.unwrap_err();
    assert_eq!(fault.more.unwrap().request.as_deref(), Some(id.as_str()));
    gate.decide(&gate.until_waiting(1).await.remove(0), Verdict::Approve, "once").await.unwrap();
    gate.until(&id, |request| request.state == State::Finished).await;
    let kinds = gate.leaves_of(&id);
    let from = kinds.iter().position(|kind| kind == "request.orphaned").unwrap();
    assert_eq!(kinds[from..from + 3], ["request.orphaned", "request.reattached", "approval.decided"]);
    gate.end().await;
}

#[tokio::test]
async fn c78_nobody_approves_what_nobody_waits_for() {
    let gate = Gate::open().await;
    let mut child = asking(gate.dirs.agent_socket());
    let request = gate.until_waiting(1).await.remove(0);
    child.kill().unwrap();
    child.wait().unwrap();
    gate.until(&request.id, |request| request.state == State::Cancelled).await;
    let fault = gate.decide(&request, Verdict::Approve, "once").await.unwrap_err();
    assert_eq!(reason(&fault), "E_NOT_PENDING");
    // Where there is no process to be seen, the connection counts.
    let in_memory = gate.owner();
    let asked = asks(&in_memory, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    asked.abort();
    assert!(asked.await.is_err());
    drop(in_memory);
    gate.until(&request.id, |request| request.state == State::Cancelled).await;
    // What is to outlive its requester does.
    let detached = Run { detach: true, ..wish(ASK) };
    let id = answered(gate.owner(), detached).await.unwrap_err().more.unwrap().request.unwrap();
    gate.decide(&gate.until_waiting(1).await.remove(0), Verdict::Approve, "once").await.unwrap();
    gate.until(&id, |request| request.state == State::Finished).await;
    gate.end().await;
}

#[tokio::test]
async fn c80_a_clock_that_is_set_gives_nobody_more_time() {
    let noon = "2026-11-21T12:00:00Z".parse().unwrap();
    let gate = Gate::open_with(POLICY, Clock::standing_at(noon)).await;
    let agent = gate.agent().await;
    let asked = asks(&agent, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    gate.clock.set("2026-11-21T11:00:00Z".parse().unwrap());
    gate.decide(&request, Verdict::Approve, "15m").await.unwrap();
    asked.await.unwrap().unwrap();
    answered(agent.clone(), wish(ASK)).await.unwrap();
    gate.clock.set("2026-11-21T19:00:00Z".parse().unwrap());
    let fault = answered(agent, Run { wait: Some(Span::secs(0)), ..wish(ASK) }).await.unwrap_err();
    assert_eq!(fault.code, Code::Pending, "the grant is over by the clock on the wall");
    gate.end().await;
}

#[tokio::test]
async fn c82_a_policy_that_says_no_by_now_is_heard() {
    let gate = Gate::open().await;
    let asked = asks(&gate.agent().await, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    let stricter =
        format!("{POLICY}\n[[rule]]\nid = \"no-printf\"\neffect = \"deny\"\nexec_name = \"printf\"\n");
    gate.rule(&stricter).await;
    let fault = asked.await.unwrap().unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_DENIED_POLICY"));
    assert_eq!(gate.leaves_of(&request.id).last().unwrap(), "request.invalidated");
    assert_eq!(reason(&gate.decide(&request, Verdict::Approve, "once").await.unwrap_err()), "E_NOT_PENDING");
    gate.end().await;
}

#[tokio::test]
async fn c84_without_a_record_nothing_runs_and_a_no_is_still_a_no() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let path = gate.thing("ran");
    let touch = ["/usr/bin/touch", path.to_str().unwrap()];
    let asked = asks(&agent, touch);
    let request = gate.until_waiting(1).await.remove(0);
    // There is no such number, so a leaf that claims an execution cannot be kept.
    let fails = "CREATE INDEX full ON audit_leaves
                 (abs(iif(instr(leaf, 'exec.claimed'), -9223372036854775808, 0)))";
    gate.gate_db().execute_batch(fails).unwrap();
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    let fault = asked.await.unwrap().unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Unavailable, "E_AUDIT_UNAVAILABLE"));
    let fault = answered(agent.clone(), wish(["echo", "allowed"])).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Unavailable, "E_AUDIT_UNAVAILABLE"));
    let fault = answered(agent, wish(["rm", "x"])).await.unwrap_err();
    assert_eq!(reason(&fault), "E_DENIED_POLICY");
    gate.gate_db().execute_batch("DROP INDEX full").unwrap();
    assert!(!common::gate::exists(&path));
    gate.end().await;
}

#[tokio::test]
async fn a_client_is_what_its_token_says_and_nothing_once_it_is_revoked() {
    let gate = Gate::open().await;
    let added = answered(gate.owner(), Add { name: "robot".into(), access: Access::Request }).await.unwrap();
    let robot = gate.agent().await;
    robot.identify(&added.token).await.unwrap();
    assert_eq!(robot.identify(&added.token).await.unwrap_err().code, Code::Conflict);
    let asked = asks(&robot, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    assert_eq!(request.client, "robot");
    let strangers = answered(gate.agent().await, Get { id: request.id.clone() }).await.unwrap_err();
    assert_eq!(strangers.code, Code::NotFound, "others know nothing of it");
    gate.decide(&request, Verdict::Approve, "always").await.unwrap();
    asked.await.unwrap().unwrap();
    answered(gate.owner(), Mute { name: "robot".into(), length: None, off: false }).await.unwrap();
    let muted = answered(robot.clone(), wish(["/usr/bin/printf", "other"])).await.unwrap_err();
    assert_eq!((muted.code, reason(&muted)), (Code::Busy, "E_RATE"));
    assert_eq!(stdout(&answered(robot.clone(), wish(ASK)).await.unwrap()), "hello", "what is allowed runs");
    answered(gate.owner(), Revoke { name: "robot".into() }).await.unwrap();
    assert!(answered(robot, wish(["echo", "x"])).await.is_err(), "its connection is closed");
    assert_eq!(gate.agent().await.identify(&added.token).await.unwrap_err().code, Code::Denied);
    // The next one of this name has nothing of it.
    let next = answered(gate.owner(), Add { name: "robot".into(), access: Access::Request }).await.unwrap();
    let robot = gate.agent().await;
    robot.identify(&next.token).await.unwrap();
    let asks_again = answered(robot, Run { wait: Some(Span::secs(0)), ..wish(ASK) }).await.unwrap_err();
    assert_eq!(asks_again.code, Code::Pending);
    let too_much =
        answered(gate.owner(), Add { name: "king".into(), access: Access::Admin }).await.unwrap_err();
    assert_eq!(too_much.code, Code::Invalid);
    let text = json!(gate.leaves().into_iter().map(|leaf| leaf.body).collect::<Vec<_>>()).to_string();
    assert!(!text.contains(&added.token) && !text.contains(&next.token));
    gate.end().await;
}
