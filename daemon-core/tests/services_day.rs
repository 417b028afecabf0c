//! A day of a daemon and its services, in a minute: time only goes on when the test says so. Alone in
//! its process, so that what it has can be counted.
//!
//! Processes, sockets and files are real, and take the time that they take; whatever waits for a time
//! waits for the test's. A task that blocks keeps tokio from going on by itself. What rotated logs do
//! in a day is tested where their clock can be turned (`runs/logs/tests/upkeep.rs`).

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::time::Duration;

use common::house::{House, sh, until};
use daemon_core::kernel::clock::Clock;
use daemon_core::services::Word;
use daemon_core::system::GetStatus;
use jiff::Timestamp;

/// As often as statistics are noted.
const STEP: Duration = Duration::from_secs(30);
const HOUR: u32 = 3600 / 30;
const DAY: u32 = 24 * HOUR;
/// A timer is late by up to a millisecond, and would be by a step.
const GRAIN: Duration = Duration::from_millis(2);
/// How often to look for what takes its time, which is about a minute.
const LOOKS: u32 = 200_000;
/// Memory that may be taken meanwhile: what the allocator has not given back, and the day's history.
const SLACK: usize = 8 << 20;

/// What this process has.
#[derive(Debug)]
struct Has {
    descriptors: usize,
    tasks: usize,
    memory: usize,
}

fn has() -> Has {
    let statm = fs_err::read_to_string("/proc/self/statm").unwrap();
    let pages: Vec<usize> = statm.split(' ').take(3).map(|field| field.parse().unwrap()).collect();
    Has {
        descriptors: fs_err::read_dir("/proc/self/fd").unwrap().count(),
        tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        memory: (pages[1] - pages[2]) * rustix::param::page_size(),
    }
}

fn lines(house: &House, name: &str) -> usize {
    fs_err::read_to_string(house.thing(name)).unwrap_or_default().lines().count()
}

/// The processes that this one has started and not heard the end of.
fn children() -> usize {
    let threads = fs_err::read_dir("/proc/self/task").unwrap();
    let of =
        |entry: fs_err::DirEntry| fs_err::read_to_string(entry.path().join("children")).unwrap_or_default();
    threads.map(|entry| of(entry.unwrap()).split_whitespace().count()).sum()
}

/// Lets all that is due begin, and waits until so many processes are left of it. Without time
/// nothing can be slept; a thread can.
async fn settle(left: usize) {
    let begun = Clock::system();
    for look in 0..LOOKS {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_micros(100))).await.unwrap();
        assert!(begun.uptime().is_zero(), "time went on by itself");
        if 2 < look && children() <= left {
            return;
        }
    }
    panic!("{} processes of this one never ended, and {left} should be left", children());
}

#[tokio::test(start_paused = true)]
async fn a_day_leaves_no_task_stuck_and_nothing_behind() {
    let (go_on, ends) = std::sync::mpsc::sync_channel::<()>(1);
    // While it blocks, time stands still.
    let still = tokio::task::spawn_blocking(move || ends.recv());
    let begin: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
    let clock = Clock::standing_at(begin);
    let auto = "autostart = true\nmax_restarts = 0";
    let services = [
        "[stats]\nhistory = \"30s\"\n".to_owned(),
        // Once in ten minutes, when it has crashed often enough.
        sh(
            "crashes",
            "echo x >> \"$THINGS/crashes\"; exit 1",
            &format!("{auto}\nbackoff = {{ initial = \"1m\", max = \"10m\", jitter = 0.0 }}"),
        ),
        sh(
            "steady",
            "echo up; exec sleep 99999",
            &format!(
                "{auto}\nready = {{ log = \"up\" }}\nhealth = {{ command = [\"/bin/sh\", \"-c\", \
             'echo x >> \"$THINGS/probes\"'], interval = \"5m\", timeout = \"4m\", failures = 3 }}"
            ),
        ),
    ];
    let house = House::at(clock.clone(), services.concat()).await;
    house.until("steady", |status| status.ready).await;
    house.until_is("crashes", Word::Backoff).await;
    let pid = house.status("steady").await.pid;
    let (resting, mut warm) = (children(), None);
    for step in 1..=DAY {
        tokio::time::advance(STEP + GRAIN).await;
        clock.set(begin + STEP * step);
        // What has begun has ended before time goes on.
        settle(resting).await;
        house.until_is("crashes", Word::Backoff).await;
        settle(resting).await;
        if step == 2 * HOUR {
            warm = Some(has());
        }
    }
    let (before, after) = (warm.unwrap(), has());
    assert!(after.descriptors <= before.descriptors + 2, "{before:?} {after:?}");
    assert!(after.tasks <= before.tasks + 2, "{before:?} {after:?}");
    assert!(after.memory <= before.memory + SLACK, "{before:?} {after:?}");

    let steady = house.status("steady").await;
    assert_eq!((steady.pid, steady.restarts, steady.healthy), (pid, 0, Some(true)));
    let (crashes, probes) = (lines(&house, "crashes"), lines(&house, "probes"));
    assert!((140..160).contains(&crashes), "{crashes} crashes in a day of ten minutes each");
    assert!((280..=289).contains(&probes), "{probes} health checks in a day of five minutes each");
    let failed: Vec<_> = house.call(GetStatus {}).await.unwrap().tasks;
    assert!(failed.iter().all(|task| task.last_error.is_none()), "{failed:?}");
    until("it is answered", async || house.names().await.len() == 2).await;
    eprintln!("a day: {crashes} crashes, {probes} health checks, {before:?}, then {after:?}");
    drop(go_on);
    still.await.unwrap().unwrap_err();
    tokio::time::resume();
    house.end().await;
}
