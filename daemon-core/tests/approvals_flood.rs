//! Who asks for as much as his limits let him: what that costs others, and for how long.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::LONG;
use common::gate::{Gate, POLICY, answered, reason, wish};
use daemon_core::approvals::ops::{Cancel, ListRequests, Run};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::clients::{Add, Revoke};
use daemon_core::exec::Wanted;
use daemon_core::kernel::Access;
use daemon_core::kernel::clock::Clock;
use daemon_core::wire::Client;

/// Something that takes seconds to read, and no room.
fn large(gate: &Gate) -> String {
    let path = gate.thing("large");
    fs_err::File::create(&path).unwrap().set_len((2 << 30) - (64 << 20)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn slow_to_plan(file: &str, number: usize) -> Run {
    let run = wish(["echo", &number.to_string()]);
    Run { command: Wanted { files: vec![file.into(); 64], ..run.command }, ..run }
}

/// A client with a name and a token.
async fn robot(gate: &Gate, name: &str) -> Client {
    let added = answered(gate.owner(), Add { name: name.to_owned(), access: Access::Request }).await.unwrap();
    let robot = gate.agent().await;
    robot.identify(&added.token).await.unwrap();
    robot
}

/// Waits until the record says so often that something was refused, and why.
async fn until_rejected(gate: &Gate, why: &str, count: usize) {
    let rejected = async {
        let is_it = |leaf: &common::gate::Leaf| leaf.kind == "request.rejected" && leaf.body["reason"] == why;
        while gate.leaves().iter().filter(|leaf| is_it(leaf)).count() < count {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, rejected).await.unwrap();
}

fn received(gate: &Gate) -> usize {
    gate.leaves().iter().filter(|leaf| leaf.kind == "request.received").count()
}

#[tokio::test]
async fn c87_more_than_may_wait_for_a_plan_are_refused() {
    let policy = POLICY.replace("max_pending_per_client = 10000", "max_pending_per_client = 3");
    let gate = Gate::open_with(&policy, Clock::system()).await;
    let (agent, file) = (gate.agent().await, large(&gate));
    let asked: Vec<_> =
        (0..3).map(|number| tokio::spawn(answered(agent.clone(), slow_to_plan(&file, number)))).collect();
    // An answer to something that is asked for later: they wait by now.
    answered(agent.clone(), ListRequests::default()).await.unwrap();
    let refused = answered(agent.clone(), slow_to_plan(&file, 3)).await.unwrap_err();
    assert!(reason(&refused) == "E_RATE" && refused.message.contains("may have 3"), "{refused}");
    // Others are not concerned.
    answered(gate.owner(), wish(["echo", "x"])).await.unwrap();
    assert_eq!(received(&gate), 1);
    // And whose connection is closed has asked for nothing.
    asked.iter().for_each(tokio::task::JoinHandle::abort);
    drop((agent, asked));
    until_rejected(&gate, "E_CANCELLED", 3).await;
    assert_eq!(received(&gate), 1);
    answered(gate.agent().await, wish(["echo", "y"])).await.unwrap();
    gate.end().await;
}

#[tokio::test]
async fn c87_a_backlog_of_plans_ends_with_whoever_asked() {
    let gate = Gate::open().await;
    let file = large(&gate);
    let mut robots = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let robot = robot(&gate, name).await;
        for number in 0..3 {
            let asked = Run { detach: true, ..slow_to_plan(&file, number) };
            tokio::spawn(answered(robot.clone(), asked));
        }
        answered(robot.clone(), ListRequests::default()).await.unwrap();
        robots.push(robot);
    }
    // All turns of clients are taken, and the owner does not wait.
    answered(gate.owner(), wish(["echo", "x"])).await.unwrap();
    assert_eq!(received(&gate), 1);
    for name in ["a", "b", "c", "d"] {
        answered(gate.owner(), Revoke { name: name.to_owned() }).await.unwrap();
    }
    until_rejected(&gate, "E_CANCELLED", 12).await;
    assert_eq!(received(&gate), 1);
    drop(robots);
    gate.end().await;
}

/// A gate at which everybody may sleep, with another limit in its policy.
async fn where_all_sleep(usual: &str, limit: &str) -> Gate {
    let sleep = "[[rule]]\nid = \"sleep\"\neffect = \"allow\"\nexec = \"/usr/bin/sleep\"\nargv = [\"...\"]\n";
    assert!(POLICY.contains(usual));
    Gate::open_with(&format!("{}{sleep}", POLICY.replace(usual, limit)), Clock::system()).await
}

/// Something that goes on for longer than a test.
fn sleep(number: usize) -> Run {
    Run { detach: true, ..wish(["sleep", &(60 + number).to_string()]) }
}

#[tokio::test]
async fn c87_so_many_commands_of_all_clients_run_at_a_time_and_the_owners_besides() {
    let gate = where_all_sleep("max_running = 100000", "max_running = 3").await;
    let (agent, robot) = (gate.agent().await, robot(&gate, "robot").await);
    let begun = answered(agent.clone(), sleep(0)).await.unwrap().request_id;
    answered(robot.clone(), sleep(1)).await.unwrap();
    // What the owner runs is none of it.
    for number in 0..4 {
        answered(gate.owner(), sleep(number)).await.unwrap();
    }
    answered(robot.clone(), sleep(2)).await.unwrap();
    for client in [&agent, &robot] {
        let refused = answered(client.clone(), sleep(3)).await.unwrap_err();
        let says = refused.message.starts_with("3 commands of all clients");
        assert!(reason(&refused) == "E_RATE" && says, "{refused}");
        assert!(refused.hint.as_deref().unwrap().contains("max_running in policy.toml"), "{refused:?}");
    }
    answered(gate.owner(), sleep(4)).await.unwrap();
    // What a person is asked about is not refused, but counts; and one that has ended makes room.
    let asked = Run { detach: true, ..wish(["tail", "-f", "/dev/null"]) };
    let asked = tokio::spawn(answered(robot.clone(), asked));
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    gate.until(&request.id, |request| request.state == State::Running).await;
    drop(asked);
    answered(agent.clone(), Cancel { id: begun }).await.unwrap();
    assert_eq!(reason(&answered(agent.clone(), sleep(5)).await.unwrap_err()), "E_RATE");
    answered(robot.clone(), Cancel { id: request.id }).await.unwrap();
    answered(agent, sleep(6)).await.unwrap();
    gate.end().await;
}

#[tokio::test]
async fn c87_so_many_commands_of_a_client_run_at_a_time() {
    let gate = where_all_sleep("max_running_per_client = 10000", "max_running_per_client = 2").await;
    let run = sleep;
    let agent = gate.agent().await;
    let mut begun = Vec::new();
    for number in 0..2 {
        begun.push(answered(agent.clone(), run(number)).await.unwrap().request_id);
    }
    let refused = answered(agent.clone(), run(2)).await.unwrap_err();
    assert!(reason(&refused) == "E_RATE" && refused.message.starts_with("2 commands"), "{refused}");
    // The owner has four times as many, and his own.
    for number in 0..8 {
        answered(gate.owner(), run(number)).await.unwrap();
    }
    assert_eq!(reason(&answered(gate.owner(), run(8)).await.unwrap_err()), "E_RATE");
    // What a person is asked about is none of that, and one that has ended makes room.
    let asked = tokio::spawn(answered(agent.clone(), wish(["printf", "x"])));
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    asked.await.unwrap().unwrap();
    answered(agent.clone(), Cancel { id: begun.remove(0) }).await.unwrap();
    answered(agent, run(3)).await.unwrap();
    gate.end().await;
}
