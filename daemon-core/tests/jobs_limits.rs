//! Runs of jobs that use more than they may.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, sh};
use daemon_core::jobs::ops::{Get, RunNow, Wait};
use daemon_core::jobs::{Run, Standing};
use daemon_core::services::Holds;

/// Takes 64 MiB, at once.
const GLUTTON: &str = "exec python3 -c 'import time; eaten = b\"x\" * (64 << 20); time.sleep(99)'";
/// Three processes besides the shell, one of which has let itself loose.
const FAMILY: &str = "sleep 98 & sleep 97 & setsid sleep 96 & wait";

fn job(name: &str, script: &str, keys: &str) -> String {
    sh(name, script, keys).replace("[service.", "[job.") + "working_dir = \"/\"\nstop_timeout = \"20s\"\n"
}

async fn run(house: &House, name: &str) -> Run {
    let run = house.call(RunNow { name: name.to_owned(), args: Vec::new() }).await.unwrap();
    house.call(Wait { id: run.id }).await.unwrap()
}

#[tokio::test]
async fn a_run_over_its_limit_is_ended_and_says_which_and_how_much() {
    let jobs = [
        job("eats", GLUTTON, "limits = { memory = \"32M\", pids = 9 }"),
        job("forks", FAMILY, "limits = { pids = 3 }"),
    ];
    let house = House::with(jobs.concat()).await;
    let (eats, forks) = tokio::join!(run(&house, "eats"), run(&house, "forks"));
    assert_eq!((eats.state, forks.state), (Standing::Failed, Standing::Failed));
    let (eats, forks) = (eats.reason.unwrap(), forks.reason.unwrap());
    assert!(eats.starts_with("used more than it may: memory: "), "{eats}");
    assert!(eats.ends_with(" of 32 MiB allowed"), "{eats}");
    assert!(forks.starts_with("used more than it may: pids: 4 of 3 allowed"), "{forks}");
    house.end().await;
}

#[tokio::test]
async fn what_stays_within_its_limits_is_left_alone_and_fails_for_its_own_reasons() {
    let limits = "limits = { memory = \"512M\", pids = 9, open_files = 64 }";
    let house = House::with(job("fine", "ulimit -n; sleep 3; exit 7", limits)).await;
    let fine = run(&house, "fine").await;
    assert_eq!((fine.state, fine.code), (Standing::Failed, Some(7)));
    let limits = house.call(Get { name: "fine".to_owned() }).await.unwrap().limits;
    let shown: Vec<_> = limits.iter().map(|it| (it.limit.as_str(), it.holds)).collect();
    let expected = [("memory", Holds::Watched), ("pids", Holds::Watched), ("open_files", Holds::Enforced)];
    assert_eq!(shown, expected);
    house.end().await;
}

#[tokio::test]
async fn the_limits_of_a_run_that_was_adopted_hold_on() {
    let script = "while [ ! -e $THINGS/grow ]; do sleep 0.05; done; sleep 98 & sleep 97 & wait";
    let house = House::with("").await;
    let things = toml::Value::from(house.thing("").display().to_string());
    let keys = format!("limits = {{ pids = 2 }}\nenv = {{ THINGS = {things} }}");
    house.configure(job("slow", script, &keys)).await.unwrap();
    let begun = house.call(RunNow { name: "slow".to_owned(), args: Vec::new() }).await.unwrap();
    common::house::until("it runs", async || {
        house.call(Get { name: "slow".to_owned() }).await.unwrap().status.running == [begun.id]
    })
    .await;
    let house = house.left(async |_| ()).await;
    fs_err::write(house.thing("grow"), "").unwrap();
    let over = house.call(Wait { id: begun.id }).await.unwrap();
    assert_eq!(over.state, Standing::Failed);
    assert!(over.reason.unwrap().starts_with("used more than it may: pids: 3 of 2 allowed"));
    house.end().await;
}
