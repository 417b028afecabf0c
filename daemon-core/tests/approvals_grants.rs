//! What a grant allows, and who is told of it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::gate::{Gate, answered, asks, decision, wish};
use common::house::until;
use daemon_core::approvals::ops::{Decide, Get, ListGrants, RevokeGrant, Run, Show};
use daemon_core::approvals::request::answer::Decider;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::config::Span;
use serde_json::json;

#[tokio::test]
async fn the_record_says_what_a_grant_allows_also_when_it_is_gone() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let allows = "printf hello with any arguments and no options, in /";
    let asked = asks(&agent, ["/usr/bin/printf", "hello"]);
    let request = gate.until_waiting(1).await.remove(0);
    let shown = answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap();
    assert_eq!((shown.suggestions[0].number, shown.suggestions[1].text.as_str()), (0, allows));
    let yes = Decide { suggestion: Some(1), ..decision(&request, Verdict::Approve, "15m") };
    let decided = answered(gate.owner(), yes).await.unwrap();
    assert_eq!(decided.request.decided.unwrap().allows.unwrap(), allows);
    asked.await.unwrap().unwrap();

    // Whoever is allowed something by it is told the same, and so is the next daemon.
    let used = answered(agent, wish(["/usr/bin/printf", "hello", "you"])).await.unwrap().request_id;
    let used = answered(gate.owner(), Get { id: used }).await.unwrap().ruled.unwrap();
    assert_eq!(
        (used.by, used.reason.unwrap()),
        (format!("grant:{}", decided.grant.unwrap().id), allows.to_owned())
    );
    let grants = answered(gate.owner(), ListGrants::default()).await.unwrap().grants;
    assert_eq!(grants[0].allows, allows);

    let all = RevokeGrant { all: true, ..RevokeGrant::default() };
    answered(gate.owner(), all).await.unwrap();
    let leaf = gate.leaves().into_iter().find(|leaf| leaf.kind == "grant.created").unwrap();
    assert_eq!(leaf.request, request.id);
    assert_eq!(leaf.body["allows"], allows);
    assert_eq!(
        leaf.body["matcher"],
        json!({
            "class": "run", "exec": "/usr/bin/printf", "named": "printf",
            "args": { "argv": ["hello", "..."], "tail_flags": [] }, "cwd": ["/"],
        })
    );
    gate.end().await;
}

#[tokio::test]
async fn a_grant_for_a_session_is_given_to_who_is_there_and_ends_with_his_connection() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let wish = || Run { wait: Some(Span::secs(0)), ..wish(["/usr/bin/printf", "hello"]) };
    answered(agent.clone(), wish()).await.unwrap_err();
    let request = gate.until_waiting(1).await.remove(0);
    assert!(answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap().connected);
    let grant = gate.decide(&request, Verdict::Approve, "session").await.unwrap().grant.unwrap();
    assert_eq!(answered(agent.clone(), wish()).await.unwrap().decided_by, Some(Decider::Grant));
    drop(agent);
    let is_over =
        || gate.leaves().iter().any(|leaf| leaf.kind == "grant.expired" && leaf.body["id"] == grant.id);
    until("it has ended", async || is_over()).await;

    let agent = gate.agent().await;
    answered(agent.clone(), Run { detach: true, ..wish() }).await.unwrap_err();
    let request = gate.until_waiting(1).await.remove(0);
    drop(agent);
    let is_connected =
        async || answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap().connected;
    until("it is closed", async || !is_connected().await).await;
    let refused = gate.decide(&request, Verdict::Approve, "session").await.unwrap_err();
    assert!(refused.message.contains("is closed"), "{refused}");
    gate.decide(&request, Verdict::Deny, "once").await.unwrap();
    gate.end().await;
}

#[tokio::test]
async fn c98_no_secret_of_a_grant_gets_into_the_record() {
    let gate = Gate::open().await;
    let asked = asks(&gate.agent().await, ["/usr/bin/printf", "%s", "--password=hunter2"]);
    let request = gate.until_waiting(1).await.remove(0);
    let grant = gate.decide(&request, Verdict::Approve, "15m").await.unwrap().grant.unwrap();
    asked.await.unwrap().unwrap();
    assert_eq!(grant.allows, "exactly printf %s --password=•••, in /");
    let leaves = gate.leaves();
    assert!(leaves.iter().all(|leaf| !leaf.body.to_string().contains("hunter2")), "{leaves:#?}");
    let created = leaves.iter().find(|leaf| leaf.kind == "grant.created").unwrap();
    assert_eq!(created.body["matcher"]["args"]["argv"], json!(["%s", "--password=•••"]));
    gate.end().await;
}
