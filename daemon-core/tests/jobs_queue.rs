//! Commands in queues: each runs once, in its turn, and is told of afterwards.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::collections::BTreeMap;

use common::house::{House, until};
use daemon_core::jobs::ops::{Again, Cancel, Enqueue, Follow, List, Logs, Runs, Wait};
use daemon_core::jobs::{Run, RunId, Standing};
use daemon_core::kernel::{Code, Fault};
use futures_util::StreamExt as _;

fn command(script: &str) -> Enqueue {
    Enqueue {
        command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        queue: None,
        priority: None,
        after: Vec::new(),
        working_dir: Some("/".to_owned()),
        env: BTreeMap::new(),
    }
}

async fn put(house: &House, script: &str) -> RunId {
    house.call(command(script)).await.unwrap().id
}

async fn over(house: &House, id: RunId) -> Run {
    house.call(Wait { id }).await.unwrap()
}

async fn texts(house: &House, id: RunId) -> Vec<String> {
    let logs = Logs { run: id.to_string(), lines: 1000, attempt: None, grep: None };
    house.call(logs).await.unwrap().lines.into_iter().map(|line| line.text).collect()
}

async fn run(house: &House, id: RunId) -> Run {
    let page = house.call(Runs { limit: 1000, ..Runs::default() }).await.unwrap();
    page.runs.into_iter().find(|run| run.id == id).unwrap()
}

#[tokio::test]
async fn a_command_runs_with_what_it_was_given_and_leaves_its_output_and_its_end() {
    let house = House::with("").await;
    let env = BTreeMap::from([("COLOUR".to_owned(), "blue".to_owned())]);
    let script = "pwd; echo $COLOUR >&2; echo $HOB_JOB_RUN.$HOB_ATTEMPT; exit 3";
    let asked =
        house.call(Enqueue { env, working_dir: Some("/usr".to_owned()), ..command(script) }).await.unwrap();
    assert_eq!((asked.state, asked.why.as_str()), (Standing::Queued, "asked"));
    let run = over(&house, asked.id).await;
    assert_eq!((run.state, run.code, run.attempt), (Standing::Failed, Some(3), 1));
    assert_eq!(run.reason.as_deref(), Some("exited with 3: blue"));
    assert!(run.started <= run.ended && run.cpu_ms.is_some(), "{run:?}");
    let mut lines = texts(&house, asked.id).await;
    lines.sort();
    assert_eq!(lines, ["/usr".to_owned(), format!("{}.1", asked.id), "blue".to_owned()]);
    house.end().await;
}

#[tokio::test]
async fn a_queue_of_one_slot_runs_one_after_the_other_in_the_order_of_their_priorities() {
    let house = House::with("").await;
    let gate = house.thing("gate");
    let first = put(&house, &format!("while [ ! -e {} ]; do sleep 0.01; done", gate.display())).await;
    let mut ids = vec![first];
    let notes = house.thing("notes");
    for (number, priority) in [(3, 0), (4, 0), (1, 9), (2, 5), (5, -5)] {
        let script = format!("echo {number} >> {}", notes.display());
        let enqueue = Enqueue { priority: Some(priority), ..command(&script) };
        ids.push(house.call(enqueue).await.unwrap().id);
    }
    until("all wait", async || {
        let queues = house.call(List {}).await.unwrap().queues;
        queues[0].running == 1 && queues[0].waiting == 5
    })
    .await;
    fs_err::write(&gate, "").unwrap();
    for id in ids {
        over(&house, id).await;
    }
    assert_eq!(house.notes(), ["1", "2", "3", "4", "5"]);
    house.end().await;
}

#[tokio::test]
async fn what_comes_after_another_runs_only_if_that_succeeded() {
    let house = House::with("").await;
    let good = put(&house, "true").await;
    let after_good = house.call(Enqueue { after: vec![good], ..command("echo went") }).await.unwrap().id;
    assert_eq!(over(&house, after_good).await.state, Standing::Succeeded);
    let gate = house.thing("gate");
    let bad = put(&house, &format!("while [ ! -e {} ]; do sleep 0.01; done; false", gate.display())).await;
    let after_bad = house.call(Enqueue { after: vec![bad], ..command("echo no") }).await.unwrap().id;
    let after_that = house.call(Enqueue { after: vec![after_bad], ..command("echo no") }).await.unwrap().id;
    fs_err::write(&gate, "").unwrap();
    for (id, other) in [(after_bad, bad), (after_that, after_bad)] {
        let run = over(&house, id).await;
        assert_eq!((run.state, run.attempt), (Standing::Cancelled, 0));
        assert!(
            run.reason.as_ref().unwrap().starts_with(&format!("run {other}, which it came after,")),
            "{run:?}"
        );
    }
    let refused = house.call(Enqueue { after: vec![bad], ..command("echo no") }).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    let refused = house.call(Enqueue { after: vec![999], ..command("echo no") }).await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    house.end().await;
}

#[tokio::test]
async fn a_run_is_cancelled_before_during_and_not_after() {
    let house = House::with("").await;
    let stubborn = "trap '' TERM; echo up; (sleep 1000 & echo $! >> $NOTES); while :; do sleep 0.05; done";
    let during = house
        .call(Enqueue {
            command: vec![
                "sh".into(),
                "-c".into(),
                stubborn.replace("$NOTES", &house.thing("notes").display().to_string()),
            ],
            ..command("")
        })
        .await
        .unwrap()
        .id;
    let before = put(&house, "echo never").await;
    let cancelled = house.call(Cancel { id: before }).await.unwrap();
    assert_eq!((cancelled.state, cancelled.attempt), (Standing::Cancelled, 0));
    until("it says that it is up", async || texts(&house, during).await == ["up"]).await;
    let cancelled = house.call(Cancel { id: during }).await.unwrap();
    assert_eq!((cancelled.state, cancelled.attempt), (Standing::Cancelled, 1));
    let child: i32 = house.notes()[0].parse().unwrap();
    assert!(!common::house::lives(child), "what it had started has ended with it");
    let again = house.call(Cancel { id: during }).await.unwrap_err();
    assert_eq!(
        (again.code, again.message.as_str()),
        (Code::Conflict, format!("run {during} is over: it was cancelled").as_str())
    );
    let unknown = house.call(Cancel { id: 12_345 }).await.unwrap_err();
    assert_eq!(unknown.code, Code::NotFound);
    house.end().await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let house = House::with("").await;
    let enqueue = Enqueue { command: vec!["no-such-program".into()], ..command("") };
    let id = house.call(enqueue).await.unwrap().id;
    let run = over(&house, id).await;
    assert_eq!(run.state, Standing::Failed);
    assert!(run.reason.as_ref().unwrap().contains("no-such-program"), "{run:?}");
    house.end().await;
}

#[tokio::test]
async fn a_follower_gets_every_line_and_then_how_it_ended() {
    let house = House::with("").await;
    let id = put(&house, "for i in 1 2 3; do echo $i; sleep 0.05; done; printf last").await;
    let mut items = Box::pin(house.client.open(Follow { run: id.to_string() }).await.unwrap());
    let (mut lines, mut runs) = (Vec::new(), Vec::new());
    while let Some(item) = items.next().await {
        let item = item.unwrap();
        lines.extend(item.lines.into_iter().filter(|line| !line.partial).map(|line| line.text));
        runs.extend(item.run);
    }
    assert_eq!(lines, ["1", "2", "3", "last"]);
    assert_eq!(runs.last().unwrap().state, Standing::Succeeded);
    house.end().await;
}

#[tokio::test]
async fn what_ran_once_runs_again_with_the_same_inputs() {
    let house = House::with("").await;
    let id = put(&house, "echo hello").await;
    over(&house, id).await;
    let again = house.call(Again { id }).await.unwrap();
    over(&house, again.id).await;
    assert_eq!(texts(&house, again.id).await, ["hello"]);
    house.end().await;
}

#[tokio::test]
async fn what_waits_outlives_its_daemon_and_what_runs_is_adopted() {
    let house = House::with("").await;
    let gate = house.thing("gate");
    let runs = put(
        &house,
        &format!("echo one; while [ ! -e {} ]; do sleep 0.01; done; echo two; exit 7", gate.display()),
    )
    .await;
    let waits = put(&house, "echo three").await;
    until("it runs", async || texts(&house, runs).await == ["one"]).await;
    let before = run(&house, runs).await.pid;
    let house = house.left(async |_| {}).await;
    assert_eq!(run(&house, runs).await.pid, before);
    assert_eq!(run(&house, waits).await.state, Standing::Queued);
    fs_err::write(&gate, "").unwrap();
    let first = over(&house, runs).await;
    assert_eq!((first.state, first.code, first.attempt), (Standing::Failed, Some(7), 1));
    assert_eq!(texts(&house, runs).await, ["one", "two"]);
    assert_eq!(over(&house, waits).await.state, Standing::Succeeded);
    house.end().await;
}

#[tokio::test]
async fn what_ends_while_no_daemon_runs_is_lost_or_known_and_runs_once() {
    let house = House::with("").await;
    let gate = house.thing("gate");
    let id = put(
        &house,
        &format!(
            "echo x >> {}; while [ ! -e {} ]; do sleep 0.01; done",
            house.thing("notes").display(),
            gate.display()
        ),
    )
    .await;
    until("it runs", async || house.notes() == ["x"] && run(&house, id).await.pid.is_some()).await;
    let pid = run(&house, id).await.pid.unwrap();
    let house = house
        .left(async |_| {
            fs_err::write(&gate, "").unwrap();
            until("it has ended", async || !common::house::lives(pid)).await;
        })
        .await;
    let run = over(&house, id).await;
    assert!(matches!(run.state, Standing::Lost | Standing::Succeeded), "{run:?}");
    assert_eq!(house.notes(), ["x"]);
    house.end().await;
}

#[tokio::test]
async fn bad_requests_are_refused_with_the_reason() {
    let house = House::with("").await;
    let check = async |enqueue: Enqueue, code: Code, part: &str| {
        let fault: Fault = house.call(enqueue).await.unwrap_err();
        assert!(fault.code == code && fault.message.contains(part), "{fault:?}");
    };
    check(Enqueue { command: Vec::new(), ..command("") }, Code::Invalid, "no command").await;
    check(Enqueue { command: vec!["a\0b".into()], ..command("") }, Code::Invalid, "NUL").await;
    check(Enqueue { queue: Some("bild".into()), ..command("") }, Code::NotFound, "no queue is named").await;
    check(Enqueue { priority: Some(1001), ..command("") }, Code::Invalid, "-1000 to 1000").await;
    check(Enqueue { working_dir: Some("here".into()), ..command("") }, Code::Invalid, "absolute").await;
    let env = BTreeMap::from([("A=B".to_owned(), String::new())]);
    check(Enqueue { env, ..command("") }, Code::Invalid, "A=B").await;
    house.end().await;
}
