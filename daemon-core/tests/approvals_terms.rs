//! What a yes for longer is a yes to, and to whom.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::gate::{Gate, answered, stdout, wish};
use daemon_core::approvals::ops::{ListGrants, Run};
use daemon_core::approvals::request::answer::Decider;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::config::{Size, Span};
use daemon_core::exec::{Bytes, Wanted};
use daemon_core::kernel::Code;
use daemon_core::wire::Client;

/// Asks for it and gets it by a person's yes, which holds for so long.
async fn is_granted(gate: &Gate, agent: &Client, run: Run, scope: &str) {
    let asked = tokio::spawn(answered(agent.clone(), run));
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, scope).await.unwrap();
    asked.await.unwrap().unwrap();
}

/// Whether it is run without a question, by a grant.
async fn is_run(gate: &Gate, agent: &Client, run: Run) -> bool {
    match answered(agent.clone(), Run { wait: Some(Span::secs(0)), ..run }).await {
        Ok(answer) => {
            assert_eq!(answer.decided_by, Some(Decider::Grant));
            true
        }
        Err(fault) => {
            assert_eq!(fault.code, Code::Pending, "{fault:?}");
            let request = gate.until_waiting(1).await.remove(0);
            gate.decide(&request, Verdict::Deny, "once").await.unwrap();
            false
        }
    }
}

async fn grants(gate: &Gate) -> usize {
    answered(gate.owner(), ListGrants::default()).await.unwrap().grants.len()
}

#[tokio::test]
async fn c43_a_grant_for_a_script_is_stale_when_its_interpreter_is_another() {
    let gate = Gate::open().await;
    let agent = gate.client(&gate.enrol("robot").await).await;
    let interpreter = gate.thing("python");
    fs_err::copy("/bin/sh", &interpreter).unwrap();
    let script = gate.script("tool", &format!("#!{}\necho granted\n", interpreter.display()));
    let run = || wish([script.as_str()]);
    is_granted(&gate, &agent, run(), "1h").await;
    assert_eq!(stdout(&answered(agent.clone(), run()).await.unwrap()), "granted\n");
    fs_err::remove_file(&interpreter).unwrap();
    fs_err::copy("/bin/cat", &interpreter).unwrap();
    assert!(!is_run(&gate, &agent, run()).await);
    assert_eq!(grants(&gate).await, 0);
    let stale = gate.leaves().into_iter().filter(|leaf| leaf.kind == "grant.stale").count();
    assert_eq!(stale, 1);
    gate.end().await;
}

#[tokio::test]
async fn c43_a_grant_is_for_the_files_and_within_the_limits_that_were_shown() {
    let gate = Gate::open().await;
    let token = gate.enrol("robot").await;
    let agent = gate.client(&token).await;
    let list = gate.thing("list");
    fs_err::write(&list, "harmless\n").unwrap();
    let path = list.to_str().unwrap();
    let within = |files: &[&str], memory: Option<u64>, pids: Option<u32>, wall: Option<Span>| {
        let run = wish(["/usr/bin/wc", "-c", path]);
        let files = files.iter().copied().map(Bytes::from).collect();
        let command = Wanted { files, memory: memory.map(Size::mebibytes), pids, wall, ..run.command };
        Run { command, ..run }
    };
    let shown = || within(&[path], Some(256), Some(4), None);
    is_granted(&gate, &agent, shown(), "always").await;
    assert!(is_run(&gate, &agent, shown()).await);
    assert!(is_run(&gate, &agent, within(&[path, path], Some(128), Some(3), Some(Span::secs(60)))).await);
    for other in [
        within(&[], Some(256), Some(4), None),
        within(&[path, "/usr/bin/wc"], Some(256), Some(4), None),
        within(&[path], Some(257), Some(4), None),
        within(&[path], None, Some(4), None),
        within(&[path], Some(256), Some(5), None),
        within(&[path], Some(256), None, None),
        within(&[path], Some(256), Some(4), Some(Span::secs(24 * 3600))),
    ] {
        assert!(!is_run(&gate, &agent, other).await);
    }
    fs_err::write(&list, "other\n").unwrap();
    assert!(!is_run(&gate, &agent, shown()).await, "the file is another");
    assert_eq!(grants(&gate).await, 1, "which is another request, and no end of the grant");
    let gate = gate.again().await;
    let agent = gate.client(&token).await;
    assert!(!is_run(&gate, &agent, shown()).await, "it still is");
    fs_err::write(&list, "harmless\n").unwrap();
    assert!(is_run(&gate, &agent, shown()).await);
    gate.end().await;
}
