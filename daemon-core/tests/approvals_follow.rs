//! Asking and following in one call, and that a key is one request however it is asked for.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::gate::{Gate, answered, asks, decision, reason, wish};
use daemon_core::approvals::ops::{Cancel, FollowItem, ListRequests, Run, RunAndFollow};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::config::Span;
use daemon_core::kernel::{Code, Fault};
use daemon_core::wire::Client;
use futures_util::StreamExt as _;

const ASK: [&str; 2] = ["/usr/bin/printf", "hello"];

fn followed(wish: Run) -> RunAndFollow {
    RunAndFollow { command: wish.command, reason: wish.reason, key: wish.key, detach: wish.detach }
}

/// Everything that comes of it.
async fn all(agent: &Client, wish: Run) -> Vec<Result<FollowItem, Fault>> {
    agent.open(followed(wish)).await.unwrap().collect().await
}

fn written(items: &[FollowItem]) -> String {
    let pieces = items.iter().flat_map(|item| &item.output);
    pieces.map(|piece| String::from_utf8_lossy(piece.bytes.get()).into_owned()).collect()
}

fn keyed<'a>(argv: impl IntoIterator<Item = &'a str>) -> Run {
    Run { key: Some("k1".into()), ..wish(argv) }
}

#[tokio::test]
async fn what_is_allowed_is_asked_for_and_followed_in_one_call() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let items: Vec<FollowItem> =
        all(&agent, wish(["echo", "one"])).await.into_iter().map(Result::unwrap).collect();
    let id = items[0].request.clone().unwrap();
    assert!(items[1..].iter().all(|item| item.request.is_none()));
    assert_eq!(written(&items), "one\n");
    let answer = items.last().unwrap().answer.clone().unwrap();
    assert_eq!(
        (answer.request_id.as_str(), answer.state, answer.exit),
        (id.as_str(), State::Finished, Some(0))
    );
    let kinds = gate.leaves_of(&id);
    assert_eq!(kinds[..3], ["request.received", "policy.evaluated", "exec.claimed"], "{kinds:?}");
    gate.end().await;
}

#[tokio::test]
async fn what_waits_is_followed_through_the_decision_to_its_end() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let mut items = agent.open(followed(wish(ASK))).await.unwrap();
    let first = items.next().await.unwrap().unwrap();
    assert_eq!(first.state, Some(State::Pending));
    let request = gate.until_waiting(1).await.remove(0);
    assert_eq!(first.request.as_ref(), Some(&request.id));
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    let rest: Vec<FollowItem> = items.map(Result::unwrap).collect().await;
    assert_eq!(written(&rest), "hello");
    assert_eq!(rest.last().unwrap().answer.as_ref().unwrap().exit, Some(0));
    gate.end().await;
}

#[tokio::test]
async fn what_is_refused_is_an_answer_and_what_cannot_be_asked_a_fault() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let denied = all(&agent, wish(["rm", "x"])).await;
    let last = denied.last().unwrap().as_ref().unwrap();
    assert_eq!(last.answer.as_ref().unwrap().state, State::DeniedPolicy);
    let missing = all(&agent, wish(["no-such-program"])).await;
    let fault = missing[0].as_ref().unwrap_err();
    assert_eq!((missing.len(), fault.code), (1, Code::Invalid), "{fault}");
    let leaves: Vec<String> = gate.leaves().into_iter().map(|leaf| leaf.kind).collect();
    assert_eq!(leaves.iter().filter(|kind| *kind == "request.rejected").count(), 1, "{leaves:?}");
    gate.end().await;
}

#[tokio::test]
async fn who_stops_following_has_not_cancelled_what_runs_or_waits() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let mut items = agent.open(followed(wish(ASK))).await.unwrap();
    items.next().await.unwrap().unwrap();
    drop(items);
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    gate.until(&request.id, |it| it.state == State::Finished).await;
    gate.end().await;
}

#[tokio::test]
async fn what_was_asked_for_is_asked_for_although_nobody_ever_looked() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    drop(agent.open(followed(wish(ASK))).await.unwrap());
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    gate.until(&request.id, |it| it.state == State::Finished).await;
    gate.end().await;
}

#[tokio::test]
async fn c52_who_asks_again_for_what_waits_cannot_decide_it_either() {
    for key in [Some("k1".to_owned()), None] {
        let gate = Gate::open().await;
        let (first, second) = (gate.owner(), gate.owner());
        let mine = || Run { key: key.clone(), ..wish(ASK) };
        let asked = tokio::spawn(answered(first, mine()));
        let request = gate.until_waiting(1).await.remove(0);
        let mut again = second.open(followed(mine())).await.unwrap();
        let item = again.next().await.unwrap().unwrap();
        assert_eq!((item.request.as_ref(), item.state), (Some(&request.id), Some(State::Pending)));
        let yes = decision(&request, Verdict::Approve, "once");
        assert_eq!(reason(&answered(second.clone(), yes).await.unwrap_err()), "E_FORBIDDEN_ROLE");
        // It is his as well: it waits although whoever asked first has gone.
        asked.abort();
        assert!(asked.await.is_err());
        gate.decide(&request, Verdict::Approve, "once").await.unwrap();
        let rest: Vec<FollowItem> = again.map(Result::unwrap).collect().await;
        assert_eq!(written(&rest), "hello");
        gate.end().await;
    }
}

#[tokio::test]
async fn those_who_ask_by_one_key_at_once_are_told_the_same() {
    let gate = Gate::open().await;
    let ran = gate.thing("ran");
    let script = gate.script("once", "#!/bin/sh\necho x >> \"$1\"\n");
    gate.rule(&format!(
        "{}[[rule]]\nid = \"once\"\neffect = \"allow\"\nexec = \"{script}\"\nargv = [\"...\"]\n",
        common::gate::POLICY
    ))
    .await;
    for round in 1..=5 {
        let key = format!("k{round}");
        let clients = futures_util::future::join_all((0..16).map(|_| gate.agent())).await;
        let wish = || Run { key: Some(key.clone()), ..wish([script.as_str(), ran.to_str().unwrap()]) };
        let asked = clients.into_iter().enumerate().map(|(number, client)| {
            let wish = wish();
            tokio::spawn(async move {
                if number % 2 == 0 {
                    return answered(client, wish).await.unwrap().request_id;
                }
                let last = all(&client, wish).await.pop().unwrap();
                last.unwrap().answer.unwrap().request_id
            })
        });
        let ids = futures_util::future::join_all(asked).await;
        let ids: std::collections::BTreeSet<String> = ids.into_iter().map(Result::unwrap).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(fs_err::read_to_string(&ran).unwrap().lines().count(), round);
    }
    gate.end().await;
}

#[tokio::test]
async fn a_key_is_one_request_whether_it_is_allowed_denied_or_asked_about() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    // Allowed: the row of the first is found where the second would be written.
    let first = answered(agent.clone(), keyed(["echo", "one"])).await.unwrap();
    let again: Vec<FollowItem> =
        all(&agent, keyed(["echo", "one"])).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(again[0].request.as_ref(), Some(&first.request_id));
    assert_eq!(again.last().unwrap().answer.as_ref().unwrap().exit, Some(0));
    // Another plan is a conflict, whatever would become of it.
    for other in [vec!["echo", "two"], ASK.to_vec(), vec!["rm", "x"]] {
        let faults = all(&agent, keyed(other.clone())).await;
        let fault = faults[0].as_ref().unwrap_err();
        assert_eq!(fault.code, Code::Conflict, "{other:?}");
        assert_eq!(fault.more.as_ref().unwrap().request.as_ref(), Some(&first.request_id));
    }
    let all = answered(gate.owner(), ListRequests::default()).await.unwrap().requests;
    assert_eq!(all.len(), 1, "{all:?}");
    gate.end().await;
}

#[tokio::test]
async fn a_key_of_what_is_over_does_not_join_the_same_that_waits() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let mut items = agent.open(followed(keyed(ASK))).await.unwrap();
    let id = items.next().await.unwrap().unwrap().request.unwrap();
    answered(agent.clone(), Cancel { id: id.clone() }).await.unwrap();
    let asked = asks(&agent, ASK);
    let waiting = gate.until_waiting(1).await.remove(0);
    assert_ne!(waiting.id, id);
    let over = all(&agent, keyed(ASK)).await;
    let over = over[0].as_ref().unwrap();
    assert_eq!((over.request.as_ref(), over.state), (Some(&id), Some(State::Cancelled)));
    gate.decide(&waiting, Verdict::Deny, "once").await.unwrap();
    asked.await.unwrap().unwrap_err();
    gate.end().await;
}

#[tokio::test]
async fn an_orphan_is_taken_up_again_also_by_following() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let waits = Run { wait: Some(Span::secs(0)), ..keyed(ASK) };
    let id = answered(agent, waits).await.unwrap_err().more.unwrap().request.unwrap();
    let gate = gate.again().await;
    let agent = gate.agent().await;
    let mut items = agent.open(followed(keyed(ASK))).await.unwrap();
    let first = items.next().await.unwrap().unwrap();
    assert_eq!((first.request.as_ref(), first.state), (Some(&id), Some(State::Pending)));
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    let rest: Vec<FollowItem> = items.map(Result::unwrap).collect().await;
    assert_eq!(written(&rest), "hello");
    gate.end().await;
}
