//! Many services, and many restarts of one: neither leaves anything behind. Alone in its process, so
//! that descriptors and tasks can be counted.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::time::Duration;

use common::house::{House, processes, sh, until};
use daemon_core::services::Word;
use daemon_core::system::GetStatus;

const PATIENCE: Duration = Duration::from_secs(20);

/// SQLite keeps the descriptor of a connection that is closed while another has the file open, because of its locks
/// (fcntl(2)), and gives it to the next one. The log of either database may have been put away so meanwhile.
const KEPT: usize = 2;

/// What this process has: descriptors, threads, tasks of the runtime, holds of the daemon.
#[derive(Debug)]
struct Has {
    descriptors: usize,
    tasks: usize,
    named: usize,
    holds: usize,
}

impl Has {
    /// Whether there is no more of anything; what was about to go when it was counted may have gone.
    fn is_within(&self, before: &Has) -> bool {
        self.descriptors <= before.descriptors + KEPT
            && self.tasks <= before.tasks
            && self.named <= before.named
            && self.holds <= before.holds
    }
}

async fn has(house: &House) -> Has {
    let status = house.call(GetStatus {}).await.unwrap();
    Has {
        // Less the one with which they are counted.
        descriptors: fs_err::read_dir("/proc/self/fd").unwrap().count() - 1,
        tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        named: status.tasks.len(),
        holds: status.holds,
    }
}

async fn check_given_back(house: &House, before: &Has) {
    // What runs on by itself for a moment (a killed probe that is reaped) is given that moment.
    let mut now = has(house).await;
    let waiting = until("everything is given back", async || {
        now = has(house).await;
        now.is_within(before)
    });
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("{now:?} where there was {before:?}");
    }
}

async fn crash_loop(more: &str) {
    let script = "test -e \"$THINGS/stay\" && exec sleep 99; exit 1";
    let backoff = "max_restarts = 0\nbackoff = { initial = \"1ms\", max = \"1ms\" }";
    let house = House::with(sh("loop", script, &format!("{backoff}\n{more}"))).await;
    fs_err::write(house.thing("stay"), "").unwrap();
    let once = async {
        house.until_is("loop", Word::Running).await;
        house.stop("loop").await.unwrap()
    };
    drop(tokio::join!(house.start("loop"), once));
    let stopped = has(&house).await;
    fs_err::remove_file(house.thing("stay")).unwrap();
    let loops = async {
        house.until("loop", |status| 200 <= status.restarts).await;
        house.stop("loop").await.unwrap()
    };
    let (_, status) = tokio::join!(house.start("loop"), loops);
    assert_eq!((status.state, processes(&house.dirs)), (Word::Stopped, vec![]));
    check_given_back(&house, &stopped).await;
    house.end().await;
}

async fn two_hundred() {
    let names: Vec<String> = (0..200).map(|number| format!("s{number:03}")).collect();
    let services: String = names.iter().map(|name| sh(name, "exec sleep 99", "")).collect();
    let house = House::with(&services).await;
    // With the first comes what all have in common.
    house.start(&names[0]).await.unwrap();
    house.stop(&names[0]).await.unwrap();
    let before = has(&house).await;
    for _ in 0..2 {
        let started = futures_util::future::join_all(names.iter().map(|name| house.start(name))).await;
        assert!(started.iter().all(|status| status.as_ref().unwrap().ready));
        // One that is just being executed has no environment to be known by.
        until("all are seen", async || 200 <= processes(&house.dirs).len()).await;
        let stopped = futures_util::future::join_all(names.iter().map(|name| house.stop(name))).await;
        assert!(stopped.iter().all(|status| status.as_ref().unwrap().state == Word::Stopped));
        assert_eq!(processes(&house.dirs), Vec::<i32>::new());
    }
    check_given_back(&house, &before).await;
    house.configure("").await.unwrap();
    until("all are gone", async || house.names().await.is_empty()).await;
    house.configure(services.replace("sleep 99", "sleep 98")).await.unwrap();
    futures_util::future::join_all(names.iter().map(|name| house.start(name))).await;
    house.end().await;
}

#[tokio::test]
async fn neither_many_services_nor_many_restarts_leave_anything_behind() {
    crash_loop("").await;
    crash_loop("ready = { notify = true }").await;
    crash_loop("ready = { command = \"sleep 97\" }").await;
    two_hundred().await;
}
