//! The life of requests, from the wish to the record.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::gate::{Gate, POLICY, answered, asks, decision, reason, stdout, wish};
use daemon_core::approvals::ops::{
    Cancel, Decide, DenyAll, Follow, Get, ListGrants, ListRequests, RevokeGrant, Run, Show, Wait,
};
use daemon_core::approvals::request::answer::{Decider, Retry};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::config::Span;
use daemon_core::kernel::Code;
use futures_util::StreamExt as _;

const ASK: [&str; 2] = ["/usr/bin/printf", "hello"];

#[tokio::test]
async fn what_is_approved_runs_once_and_the_record_has_every_step() {
    let gate = Gate::open().await;
    let asked = asks(&gate.agent().await, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    assert_eq!((request.client.as_str(), request.display.as_str()), ("anonymous", "/usr/bin/printf hello"));
    let shown = answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap();
    assert!(!shown.view.is_empty());
    let decided = gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    assert_eq!(decided.request.decided.as_ref().unwrap().by, "owner");
    let answer = asked.await.unwrap().unwrap();
    assert_eq!((answer.state, answer.exit, stdout(&answer).as_str()), (State::Finished, Some(0), "hello"));
    assert_eq!(answer.decided_by, Some(Decider::Human));
    let expected = [
        "request.received",
        "policy.evaluated",
        "approval.shown",
        "approval.decided",
        "exec.claimed",
        "exec.started",
        "exec.finished",
    ];
    assert_eq!(gate.leaves_of(&request.id), expected);
    assert!(gate.waiting().await.is_empty());
    gate.end().await;
}

#[tokio::test]
async fn what_a_rule_allows_runs_at_once_and_what_one_denies_never() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let answer = answered(agent.clone(), wish(["echo", "a b"])).await.unwrap();
    assert_eq!((stdout(&answer).as_str(), answer.decided_by), ("a b\n", Some(Decider::Rule)));
    let expected = ["request.received", "policy.evaluated", "exec.claimed", "exec.started", "exec.finished"];
    assert_eq!(gate.leaves_of(&answer.request_id), expected);
    let fault = answered(agent, wish(["rm", "-rf", "/nowhere"])).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_DENIED_POLICY"));
    assert!(fault.message.contains("use trash-put"), "{fault}");
    let denied = fault.more.unwrap().request.unwrap();
    assert_eq!(gate.leaves_of(&denied), ["request.received", "policy.evaluated"]);
    gate.end().await;
}

#[tokio::test]
async fn a_no_has_its_reason_and_answers_the_same_for_a_while() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let asked = asks(&agent, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    let no = Decide { note: Some("not\u{1b} today".into()), ..decision(&request, Verdict::Deny, "once") };
    answered(gate.owner(), no).await.unwrap();
    let fault = asked.await.unwrap().unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Denied, "E_DENIED_USER"));
    assert!(fault.message.contains("not\\u{1b} today"), "{fault}");
    let again = answered(agent, wish(ASK)).await.unwrap_err();
    assert_eq!(reason(&again), "E_DENIED_USER");
    assert!(again.message.contains("not\\u{1b} today") && gate.waiting().await.is_empty());
    gate.end().await;
}

#[tokio::test]
async fn nobody_who_answers_is_told_as_that_and_not_as_a_no() {
    let clock = daemon_core::kernel::clock::Clock::standing_at("2026-11-21T12:00:00Z".parse().unwrap());
    let gate = Gate::open_with(POLICY, clock).await;
    let asked = asks(&gate.agent().await, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    gate.clock.set("2026-11-21T12:10:00Z".parse().unwrap());
    let fault = asked.await.unwrap().unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Timeout, "E_EXPIRED"));
    assert!(fault.message.contains("no one answered") && !fault.message.contains("denied"), "{fault}");
    assert_eq!(gate.leaves_of(&request.id).last().unwrap(), "request.expired");
    let late = gate.decide(&request, Verdict::Approve, "once").await.unwrap_err();
    assert_eq!(reason(&late), "E_NOT_PENDING");
    gate.end().await;
}

#[tokio::test]
async fn who_does_not_wait_is_told_what_to_wait_for() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let wait = Some(Span::secs(0));
    for run in [
        Run { detach: true, ..wish(["/usr/bin/printf", "a"]) },
        Run { wait, ..wish(["/usr/bin/printf", "b"]) },
    ] {
        let fault = answered(agent.clone(), run).await.unwrap_err();
        assert_eq!(fault.code, Code::Pending);
        let id = fault.more.unwrap().request.unwrap();
        let request = gate.until_waiting(1).await.remove(0);
        assert_eq!(request.id, id);
        gate.decide(&request, Verdict::Approve, "once").await.unwrap();
        let answer = answered(agent.clone(), Wait { id, length: None }).await.unwrap();
        assert_eq!((answer.exit, stdout(&answer).len()), (Some(0), 1));
    }
    gate.end().await;
}

#[tokio::test]
async fn a_policy_that_could_not_be_recorded_is_with_the_first_request_that_it_rules_on() {
    let gate = Gate::open().await;
    let loaded = || gate.leaves().iter().filter(|leaf| leaf.kind == "policy.loaded").count();
    answered(gate.agent().await, wish(["echo", "a"])).await.unwrap();
    let before = loaded();
    // As it would be if nothing could be written when it was loaded.
    assert_eq!(gate.gate_db().execute("DELETE FROM policies", ()).unwrap(), before);
    let ran = answered(gate.agent().await, wish(["echo", "b"])).await.unwrap();
    answered(gate.agent().await, wish(["echo", "c"])).await.unwrap();
    assert_eq!(loaded(), before + 1);
    let leaves = gate.leaves();
    let place = |kind: &str, request: &str| {
        leaves.iter().rposition(|leaf| leaf.kind == kind && leaf.request == request).unwrap()
    };
    assert!(place("policy.loaded", "") < place("request.received", &ran.request_id));
    gate.end().await;
}

#[tokio::test]
async fn where_it_is_not_known_what_was_left_nothing_is_allowed() {
    let gate = Gate::open().await;
    let asked = asks(&gate.agent().await, ASK);
    gate.until_waiting(1).await;
    gate.gate_db().execute("UPDATE requests SET detail = 'x' WHERE state = 'pending'", ()).unwrap();
    let gate = gate.again().await;
    assert!(asked.await.unwrap().is_err());
    let path = gate.thing("ran");
    let fault = answered(gate.owner(), wish(["/usr/bin/touch", path.to_str().unwrap()])).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Unavailable, "E_AUDIT_UNAVAILABLE"));
    let fault = answered(gate.agent().await, wish(["echo", "a"])).await.unwrap_err();
    assert_eq!(reason(&fault), "E_AUDIT_UNAVAILABLE");
    assert!(!common::gate::exists(&path));
    gate.end().await;
}

#[tokio::test]
async fn the_same_plan_is_one_request_while_it_waits() {
    let gate = Gate::open().await;
    let (one, other) = (asks(&gate.agent().await, ASK), asks(&gate.agent().await, ASK));
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    let answers = [one.await.unwrap(), other.await.unwrap()];
    let finished =
        answers.iter().filter(|answer| answer.as_ref().is_ok_and(|it| it.request_id == request.id));
    // The second may have come after the decision, and is asked about then.
    assert!(0 < finished.count() || !gate.waiting().await.is_empty());
    assert_eq!(gate.leaves_of(&request.id).iter().filter(|kind| *kind == "exec.claimed").count(), 1);
    gate.end().await;
}

#[tokio::test]
async fn whoever_decides_sees_every_reason_for_which_the_same_was_asked() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let saying =
        |reason: &str| Run { reason: Some(reason.to_owned()), wait: Some(Span::secs(0)), ..wish(ASK) };
    for word in ["one", "two", "one", "two", "", "three", "four", "five"] {
        answered(agent.clone(), saying(word)).await.unwrap_err();
    }
    let request = gate.until_waiting(1).await.remove(0);
    assert_eq!(request.reason.as_deref(), Some("one"));
    assert_eq!(request.more_reasons, ["two", "three", "four"]);
    assert_eq!(request.reasons_left_out, 1, "that there was one more is not kept from him");
    // A reason is no step of its life and no part of the plan.
    assert_eq!(gate.leaves_of(&request.id), ["request.received", "policy.evaluated"]);
    let shown = answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap().request;
    assert_eq!((&shown.more_reasons, &shown.plan), (&request.more_reasons, &request.plan));
    // It is written down, not only remembered.
    gate.decide(&request, Verdict::Deny, "once").await.unwrap();
    let denied = answered(gate.owner(), Get { id: request.id.clone() }).await.unwrap();
    assert_eq!(denied.more_reasons, request.more_reasons);
    assert_eq!(denied.reasons_left_out, 1);
    // What is over takes no more; the cool-down answers.
    answered(agent, saying("six")).await.unwrap_err();
    let denied = answered(gate.owner(), Get { id: request.id }).await.unwrap();
    assert_eq!(denied.more_reasons, request.more_reasons);
    gate.end().await;
}

#[tokio::test]
async fn a_key_means_one_request_for_ever() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let keyed = |argv: [&'static str; 2]| Run { key: Some("k1".into()), ..wish(argv) };
    let first = answered(agent.clone(), keyed(["echo", "one"])).await.unwrap();
    let again = answered(agent.clone(), keyed(["echo", "one"])).await.unwrap();
    assert_eq!((&again.request_id, stdout(&again).as_str()), (&first.request_id, "one\n"));
    let other = answered(agent.clone(), keyed(["echo", "two"])).await.unwrap_err();
    assert_eq!(other.code, Code::Conflict);
    assert_eq!(other.more.unwrap().request.unwrap(), first.request_id);
    gate.end().await;
}

#[tokio::test]
async fn a_yes_for_a_while_is_a_grant_that_can_be_taken_back() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let asked = asks(&agent, ASK);
    let request = gate.until_waiting(1).await.remove(0);
    let grant = gate.decide(&request, Verdict::Approve, "15m").await.unwrap().grant.unwrap();
    asked.await.unwrap().unwrap();
    let by_grant = answered(agent.clone(), wish(ASK)).await.unwrap();
    assert_eq!((by_grant.decided_by, by_grant.retry), (Some(Decider::Grant), Retry::AfterChange));
    let other =
        answered(agent.clone(), Run { wait: Some(Span::secs(0)), ..wish(["/usr/bin/printf", "bye"]) }).await;
    assert_eq!(other.unwrap_err().code, Code::Pending);
    let listed = answered(gate.owner(), ListGrants::default()).await.unwrap();
    assert_eq!(listed.grants.len(), 1);
    let revoke = RevokeGrant { id: Some(grant.id.clone()), ..RevokeGrant::default() };
    answered(gate.owner(), revoke).await.unwrap();
    let asks_again = answered(agent, Run { wait: Some(Span::secs(0)), ..wish(ASK) }).await.unwrap_err();
    assert_eq!(asks_again.code, Code::Pending);
    let about: Vec<String> =
        gate.leaves().into_iter().map(|leaf| leaf.kind).filter(|kind| kind.starts_with("grant.")).collect();
    assert_eq!(about, ["grant.created", "grant.used", "grant.revoked"]);
    gate.end().await;
}

#[tokio::test]
async fn a_grant_is_stale_when_the_program_is_another() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let script = gate.script("tool", "#!/bin/sh\necho one\n");
    let asked = asks(&agent, [script.as_str()]);
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "1h").await.unwrap();
    asked.await.unwrap().unwrap();
    assert_eq!(stdout(&answered(agent.clone(), wish([script.as_str()])).await.unwrap()), "one\n");
    gate.script("tool", "#!/bin/sh\necho two\n");
    let fault =
        answered(agent, Run { wait: Some(Span::secs(0)), ..wish([script.as_str()]) }).await.unwrap_err();
    assert_eq!(fault.code, Code::Pending);
    assert!(answered(gate.owner(), ListGrants::default()).await.unwrap().grants.is_empty());
    gate.end().await;
}

#[tokio::test]
async fn what_a_command_writes_is_followed_to_its_end() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let script = gate.script("talk", "#!/bin/sh\necho out\necho err >&2\nexit 3\n");
    let fault = answered(agent.clone(), Run { wait: Some(Span::secs(0)), ..wish([script.as_str()]) })
        .await
        .unwrap_err();
    let id = fault.more.unwrap().request.unwrap();
    let mut items = agent.open(Follow { id: id.clone() }).await.unwrap();
    let first = items.next().await.unwrap().unwrap();
    assert_eq!(first.state, Some(State::Pending));
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    let (mut written, mut last) = (Vec::new(), None);
    while let Some(item) = items.next().await {
        let item = item.unwrap();
        written.extend(
            item.output.into_iter().map(|output| String::from_utf8(output.bytes.get().to_vec()).unwrap()),
        );
        last = item.answer.or(last);
    }
    written.sort();
    assert_eq!(written.concat(), "err\nout\n");
    assert_eq!(last.unwrap().exit, Some(3));
    gate.end().await;
}

#[tokio::test]
async fn who_asked_may_cancel_what_waits_and_what_runs() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let asked = asks(&agent, ASK);
    let id = gate.until_waiting(1).await.remove(0).id;
    answered(agent.clone(), Cancel { id }).await.unwrap();
    let fault = asked.await.unwrap().unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Cancelled, "E_CANCELLED"));
    let asked = asks(&agent, ["/usr/bin/sleep", "1000"]);
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    gate.until(&request.id, |request| request.state == State::Running).await;
    let cancelled = answered(agent, Cancel { id: request.id.clone() }).await.unwrap();
    assert_eq!(cancelled.state, State::Killed);
    assert!(asked.await.unwrap().unwrap().message.contains("not wanted any more"));
    gate.end().await;
}

#[tokio::test]
async fn all_of_one_client_is_denied_at_once() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let asked: Vec<_> = ["a", "b", "c"].map(|word| asks(&agent, ["/usr/bin/printf", word])).into();
    gate.until_waiting(3).await;
    let nobody = DenyAll { client: Some("robot".into()), note: None };
    assert_eq!(answered(gate.owner(), nobody).await.unwrap_err().code, Code::NotFound);
    let all = DenyAll { client: Some("anonymous".into()), note: Some("stop".into()) };
    assert_eq!(answered(gate.owner(), all).await.unwrap().requests.len(), 3);
    for asked in asked {
        assert_eq!(reason(&asked.await.unwrap().unwrap_err()), "E_DENIED_USER");
    }
    let denied = ListRequests { state: Some(State::DeniedUser), limit: None };
    assert_eq!(answered(gate.owner(), denied).await.unwrap().requests.len(), 3);
    gate.end().await;
}
