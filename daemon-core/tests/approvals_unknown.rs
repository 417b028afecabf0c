//! Decisions about what somebody asked of whom nobody can tell who it was.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::process::{Command, Stdio};

use common::gate::{Gate, answered, decision, reason};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::kernel::{Caller, Code};

#[tokio::test]
async fn c52_what_was_asked_over_the_connection_of_one_who_has_ended_is_approved_by_no_process() {
    let gate = Gate::open().await;
    // A child of it connects and ends, and leaves the connection to it.
    const SCRIPT: &str = r#"
import json, os, socket, struct, sys
here, there = socket.socketpair()
child = os.fork()
if child == 0:
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    socket.send_fds(there, [b"x"], [s.fileno()])
    os._exit(0)
os.waitpid(child, 0)
s = socket.socket(fileno=socket.recv_fds(here, 1, 1)[1][0])
m = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "exec.run", "params":
    {"command": {"argv": ["/usr/bin/printf", "hello"], "cwd": "/"}, "detach": True}}).encode()
s.sendall(struct.pack(">I", len(m)) + m)
print(s.recv(65536))
"#;
    // Somebody who has nothing to do with it.
    let mut other = Command::new("sleep").arg("600").spawn().unwrap();
    let pid = Some(i32::try_from(other.id()).unwrap());
    for (verdict, state) in [(Verdict::Approve, State::Finished), (Verdict::Deny, State::DeniedUser)] {
        let mut python = Command::new("python3");
        python.args(["-c", SCRIPT]).arg(gate.dirs.agent_socket()).stdout(Stdio::null());
        let mut asker = python.spawn().unwrap();
        let request = gate.until_waiting(1).await.remove(0);
        let process = gate.daemon.client_of(Caller { pid, ..Caller::daemon() });
        let told = answered(process, decision(&request, verdict, "once")).await;
        if verdict == Verdict::Approve {
            let fault = told.unwrap_err();
            assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_FORBIDDEN_ROLE"));
            assert!(fault.hint.unwrap().contains("ask again over a connection whose process stays"));
            gate.decide(&request, verdict, "once").await.unwrap();
        } else {
            told.unwrap();
        }
        gate.until(&request.id, |request| request.state == state).await;
        asker.wait().unwrap();
    }
    other.kill().unwrap();
    other.wait().unwrap();
    gate.end().await;
}
