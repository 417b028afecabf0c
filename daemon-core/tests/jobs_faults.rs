//! Jobs that misbehave, databases that cannot be written, and everything at once.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use common::house::{House, lives, until};
use common::work::{command, gate, job, moment, noting};
use daemon_core::jobs::Standing::{self, Cancelled, Failed, Queued, Running, Succeeded};
use daemon_core::jobs::ops::{Cancel, Enqueue, Runs};
use daemon_core::kernel::Code;
use daemon_core::kernel::clock::Clock;
use rusqlite::Connection;

#[tokio::test]
async fn what_a_run_leaves_behind_ends_with_it() {
    let script = "setsid sh -c 'echo $$ >> @THINGS/notes; trap \"\" TERM; sleep 1000' & \
        (setsid sleep 1000 & echo $! >> @THINGS/notes); while [ $(wc -l < @THINGS/notes) != 2 ]; do sleep 0.01; done";
    let house = House::with(job("forks", script, "")).await;
    let id = house.ask("forks").await.id;
    let run = house.over(id).await;
    assert_eq!(run.state, Succeeded);
    assert!(run.reason.is_some(), "what was left is told: {run:?}");
    for pid in house.notes() {
        assert!(!lives(pid.parse().unwrap()), "{pid} lives");
    }
    house.end().await;
}

#[tokio::test]
async fn what_a_run_writes_is_bounded() {
    let script = "yes 'a line of some length that is written again and again' | head -c 67108864";
    let house = House::with(job("loud", script, "log = { max_size = \"1M\", keep = 2 }")).await;
    let id = house.ask("loud").await.id;
    assert_eq!(house.over(id).await.state, Succeeded);
    let logs = house.dirs.service_logs().join(format!("loud@{id}"));
    let size: u64 = fs_err::read_dir(logs).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!((1 << 20..6 << 20).contains(&size), "{size} bytes are kept");
    house.end().await;
}

#[tokio::test]
async fn a_run_is_cancelled_while_it_waits_between_attempts() {
    let house =
        House::with(job("bad", "exit 3", "retries = 9\nbackoff = { initial = \"1h\", max = \"1h\" }")).await;
    let id = house.ask("bad").await.id;
    until("it waits", async || house.run(id).await.not_before.is_some()).await;
    let run = house.call(Cancel { id }).await.unwrap();
    assert_eq!((run.state, run.attempt), (Cancelled, 1));
    assert_eq!(run.reason.as_deref(), Some("was cancelled; attempt 1: exited with 3"));
    house.end().await;
}

#[tokio::test]
async fn a_run_that_is_cancelled_at_any_moment_is_not_tried_again() {
    let keys = "retries = 1000\nbackoff = { initial = \"1ms\", max = \"1ms\" }\noverlap = \"parallel(100)\"";
    let house = House::with(job("bad", "exit 3", keys)).await;
    for delay in 0..60 {
        let id = house.ask("bad").await.id;
        tokio::time::sleep(Duration::from_micros(delay * 700)).await;
        let run = house.call(Cancel { id }).await.unwrap();
        assert_eq!((run.id, run.state), (id, Cancelled), "{run:?}");
        let row = house.run(id).await;
        assert_eq!((row.state, row.attempt, row.reason), (Cancelled, run.attempt, run.reason));
    }
    house.end().await;
}

#[tokio::test]
async fn nothing_comes_after_what_fails_at_any_moment() {
    let house = House::with("[queue.wide]\nslots = 10\n").await;
    for delay in 0..60 {
        let wide = || Enqueue { queue: Some("wide".to_owned()), ..command("exit 3") };
        let first = house.call(wide()).await.unwrap().id;
        tokio::time::sleep(Duration::from_micros(delay * 500)).await;
        let second = Enqueue { after: vec![first], ..command("echo ran >> $0") };
        let second = Enqueue { queue: Some("wide".to_owned()), ..second };
        match house.call(second).await {
            Ok(run) => {
                let run = house.over(run.id).await;
                assert_eq!((run.state, run.attempt), (Cancelled, 0), "{run:?}");
            }
            Err(fault) => assert_eq!(fault.code, Code::Conflict, "{fault:?}"),
        }
    }
    house.end().await;
}

#[tokio::test]
async fn a_job_that_is_removed_while_it_runs_goes_on_and_what_waits_is_cancelled() {
    let keys = "overlap = \"queue\"\nretries = 5\nbackoff = { initial = \"1ms\" }";
    let house = House::with(job("slow", &format!("{}; exit 3", gate("gate")), keys)).await;
    let (runs, waits) = (house.ask("slow").await.id, house.ask("slow").await.id);
    let after = house.call(Enqueue { after: vec![waits], ..command("true") }).await.unwrap().id;
    house.until_stand("slow", &[Running, Queued]).await;
    house.configure("").await.unwrap();
    let run = house.over(waits).await;
    assert_eq!((run.state, run.reason.as_deref()), (Cancelled, Some("its job is not configured any more")));
    assert_eq!(
        house.over(after).await.reason,
        Some(format!("run {waits}, which it came after, was cancelled"))
    );
    assert_eq!(house.run(runs).await.state, Running);
    house.open_gate("gate");
    let run = house.over(runs).await;
    assert_eq!((run.state, run.attempt, run.code), (Cancelled, 1, Some(3)), "it is not tried again");
    let reason = "its job is not configured any more; attempt 1: exited with 3";
    assert_eq!(run.reason.as_deref(), Some(reason));
    // Its history is there, whatever of it is asked for; of what was never there it is a mistake to ask.
    let of = |job: &str| Runs { job: Some(job.to_owned()), state: Some(Failed), limit: 5, ..Runs::default() };
    assert_eq!(house.call(of("slow")).await.unwrap().runs, []);
    assert!(house.call(of("slwo")).await.is_err());
    house.end().await;
}

#[tokio::test]
async fn a_job_that_is_removed_while_no_daemon_runs_is_the_same() {
    let house = House::with(job("slow", &format!("{}; exit 3", gate("gate")), "overlap = \"queue\"")).await;
    let (runs, waits) = (house.ask("slow").await.id, house.ask("slow").await.id);
    let after = house.call(Enqueue { after: vec![waits], ..command("true") }).await.unwrap().id;
    house.until_stand("slow", &[Running, Queued]).await;
    let house = house.left(async |dirs| House::rewrite(dirs, "")).await;
    assert_eq!(house.over(waits).await.state, Cancelled);
    assert_eq!(house.over(after).await.state, Cancelled);
    house.open_gate("gate");
    assert_eq!(house.over(runs).await.state, Failed);
    house.end().await;
}

#[tokio::test]
async fn a_job_that_is_edited_while_it_runs_is_another_from_the_next_attempt_on() {
    let script = |word: &str| format!("echo {word}; {}; [ {word} = new ]", gate("gate"));
    let keys = "overlap = \"queue\"\nretries = 1\nbackoff = { initial = \"1ms\" }";
    let house = House::with(job("slow", &script("old"), keys)).await;
    let (first, second) = (house.ask("slow").await.id, house.ask("slow").await.id);
    until("it has begun", async || house.output(first).await == ["old"]).await;
    house.configure(job("slow", &script("new"), keys)).await.unwrap();
    assert_eq!(house.stand("slow").await, [Running, Queued]);
    house.open_gate("gate");
    assert_eq!((house.over(first).await.state, house.over(second).await.state), (Succeeded, Succeeded));
    assert_eq!(house.output(first).await, ["old", "new"]);
    assert_eq!(house.output(second).await, ["new"]);
    house.end().await;
}

/// Somebody else writes to the database, until this is dropped.
fn lock(database: &Path) -> Connection {
    let connection = Connection::open(database).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

/// The schedules of which it is recorded how far they were dealt with.
fn marks(database: &Path) -> u32 {
    let connection = Connection::open(database).unwrap();
    connection.query_row("SELECT count(*) FROM job_marks", [], |row| row.get(0)).unwrap()
}

const DUE: &str = "every = \"1h\"\noverlap = \"queue\"\nmissed = \"all(9)\"";

#[tokio::test]
async fn what_is_due_while_nothing_can_be_recorded_runs_later_and_once() {
    let clock = Clock::standing_at(moment("2026-11-21T12:30:00Z"));
    let house = House::at(clock.clone(), noting("hourly", DUE)).await;
    let locked = lock(&house.dirs.database());
    clock.set(moment("2026-11-21T13:00:00Z"));
    until("the trouble is shown", async || house.job("hourly").await.trouble.is_some()).await;
    clock.set(moment("2026-11-21T14:00:00Z"));
    assert_eq!(house.notes(), [""; 0], "nothing is started that is not claimed");
    let refused = house.call(command("echo refused >> @THINGS/notes")).await.unwrap_err();
    assert_eq!(refused.code, Code::Unavailable);
    drop(locked);
    until("both have run", async || {
        // The next attempt at recording is a matter of seconds.
        clock.set(clock.now().checked_add(jiff::SignedDuration::from_secs(1)).unwrap());
        house.stand("hourly").await == [Succeeded; 2]
    })
    .await;
    until("there is no trouble any more", async || house.job("hourly").await.trouble.is_none()).await;
    let house = house.again().await;
    assert_eq!(house.stand("hourly").await, [Succeeded; 2]);
    assert_eq!(house.notes(), ["hourly", "hourly"]);
    house.end().await;
}

#[tokio::test]
async fn what_was_due_while_nothing_could_be_recorded_is_found_by_the_next_daemon() {
    let clock = Clock::standing_at(moment("2026-11-21T12:30:00Z"));
    let house = House::at(clock.clone(), noting("hourly", DUE)).await;
    // From when on its schedule holds is written a moment after it began.
    until("its schedule is recorded", async || marks(&house.dirs.database()) == 1).await;
    let locked = lock(&house.dirs.database());
    clock.set(moment("2026-11-21T13:00:00Z"));
    until("the trouble is shown", async || house.job("hourly").await.trouble.is_some()).await;
    let house = house.off(async |_| drop(locked)).await;
    house.until_stand("hourly", &[Succeeded]).await;
    let house = house.again().await;
    assert_eq!((house.stand("hourly").await, house.notes()), (vec![Succeeded], vec!["hourly".to_owned()]));
    house.end().await;
}

#[tokio::test]
async fn the_end_of_a_run_that_cannot_be_recorded_is_recorded_later() {
    let house = House::with(job("slow", &gate("gate"), "")).await;
    let id = house.ask("slow").await.id;
    // It is claimed before it has a process.
    until("it has a process", async || house.run(id).await.pid.is_some()).await;
    let pid = house.run(id).await.pid.unwrap();
    let locked = lock(&house.dirs.database());
    house.open_gate("gate");
    until("the trouble is shown", async || house.job("slow").await.trouble.is_some()).await;
    until("its processes are gone", async || !lives(pid)).await;
    assert_eq!(house.job("slow").await.running, [id]);
    drop(locked);
    assert_eq!(house.over(id).await.state, Succeeded);
    house.end().await;
}

#[tokio::test]
async fn a_thousand_jobs_that_are_due_together_take_turns_and_each_runs_once() {
    const JOBS: usize = 1000;
    // `:` would end the shell if it could not be redirected (POSIX.1-2024, 2.8.1: it is a special built-in).
    let script = "cd @THINGS; set -C; if true > a; then d=a; elif true > b; then d=b; else d=none; echo third >> notes; fi \
        2> /dev/null; echo $HOB_JOB >> notes; exec rm $d";
    let clock = Clock::standing_at(moment("2026-11-21T12:30:00Z"));
    let jobs = (0..JOBS).map(|number| job(&format!("job-{number}"), script, "every = \"1h\""));
    let house = House::at(clock.clone(), format!("[jobs]\nslots = 2\n{}", jobs.collect::<String>())).await;
    // Who says nothing for long after it has connected is not listened to.
    assert_eq!(house.runs("").await, []);
    clock.set(moment("2026-11-21T13:00:00Z"));
    house.until_noted(JOBS).await;
    house.until_stand("", &[Succeeded; JOBS]).await;
    let notes = house.notes();
    assert_eq!((notes.len(), notes.iter().collect::<BTreeSet<_>>().len()), (JOBS, JOBS));
    house.end().await;
}

#[tokio::test]
async fn there_is_an_end_to_what_may_wait_and_what_is_due_then_is_missed_and_not_forgotten() {
    let clock = Clock::standing_at(moment("2026-11-21T12:30:00Z"));
    let many = "every = \"1s\"\noverlap = \"queue\"\nmissed = \"all(1000)\"\ngrace = \"8760h\"";
    let jobs = (0..101).map(|number| job(&format!("job-{number}"), "true", many)).collect::<String>();
    let house = House::at(clock.clone(), jobs).await;
    house.call(daemon_core::system::StartPause { length: None, until: None }).await.unwrap();
    clock.set(moment("2026-11-21T12:46:40Z"));
    let missed = async || {
        let page = Runs { state: Some(Standing::Missed), limit: 10_000, ..Default::default() };
        house.call(page).await.unwrap().runs
    };
    until("there is no room", async || missed().await.len() == 1000).await;
    assert!(missed().await.iter().all(|run| run.reason.as_deref() == Some("100000 runs wait already")));
    let full = house.call(command("true")).await.unwrap_err();
    assert_eq!(full.code, Code::Busy);
    house.end().await;
}
