//! Services that end by themselves: which are started again, how often, and what is said of it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, noted, sh};
use daemon_core::kernel::Code;
use daemon_core::services::state::Wanted;
use daemon_core::services::{ServiceStatus, Word};

/// It is not ready before it ends, so that whoever starts it waits for what becomes of it.
const UNREADY: &str = "ready = { delay = \"1h\", timeout = \"2h\" }";

/// A service that ends in a way, and what becomes of it without anybody's help.
async fn check(house: &House, name: &str, said: Option<&str>, end: (Word, Wanted, u64)) -> ServiceStatus {
    // What it is answered depends on whether it was seen to run, and is no matter here.
    drop(house.start(name).await);
    let status = house.until(name, |status| matches!(status.state, Word::Stopped | Word::Failed)).await;
    assert_eq!((status.state, status.wanted, status.run), end, "{name}: {status:?}");
    match said {
        Some(said) => {
            assert!(status.reason.as_ref().is_some_and(|it| it.contains(said)), "{name}: {status:?}")
        }
        None => assert_eq!(status.state, Word::Stopped, "{name}: {status:?}"),
    }
    status
}

#[tokio::test]
async fn the_policy_and_the_way_it_ended_decide_whether_a_service_starts_again() {
    let policy = |policy: &str| format!("restart = \"{policy}\"\nmax_restarts = 2");
    let (success, failure, signal) = ("exit 0", "echo boom >&2; exit 1", "kill -9 $$");
    let services = [
        sh("always-0", success, &policy("always")),
        sh("always-9", signal, &policy("always")),
        sh("failure-0", success, &policy("on-failure")),
        sh("failure-1", failure, &policy("on-failure")),
        sh("failure-9", signal, &policy("on-failure")),
        sh("failure-7", "exit 7", &format!("success_codes = [0, 7]\n{}", policy("on-failure"))),
        sh("never-0", success, &policy("never")),
        sh("never-1", failure, &policy("never")),
        sh("never-9", signal, &policy("never")),
    ];
    let house = House::with(services.concat()).await;
    let (gave_up, once) = ((Word::Failed, Wanted::Up, 3), (Word::Failed, Wanted::Up, 1));
    let done = (Word::Stopped, Wanted::Down, 1);
    check(&house, "always-0", Some("exited with 0"), gave_up).await;
    check(&house, "always-9", Some("SIGKILL"), gave_up).await;
    check(&house, "failure-0", None, done).await;
    check(&house, "failure-1", Some("exited with 1"), gave_up).await;
    check(&house, "failure-9", Some("SIGKILL"), gave_up).await;
    check(&house, "failure-7", None, done).await;
    check(&house, "never-0", None, done).await;
    let status = check(&house, "never-1", Some("exited with 1"), once).await;
    assert!(status.reason.unwrap().ends_with(": boom"), "the last thing it said is told");
    check(&house, "never-9", Some("SIGKILL"), once).await;
    house.end().await;
}

#[tokio::test]
async fn a_crash_loop_waits_longer_and_longer_gives_up_and_is_forgiven_by_a_person() {
    let script = "echo crash >> \"$NOTES\"; exit 3";
    let backoff = "backoff = { initial = \"20ms\", max = \"1s\", factor = 2.0, jitter = 0.0 }";
    let house = House::with(sh("loop", script, &format!("max_restarts = 4\n{backoff}\n{UNREADY}"))).await;
    drop(house.start("loop").await);
    let status = house.until_is("loop", Word::Failed).await;
    assert_eq!((house.notes().len(), status.restarts, status.run), (5, 4, 5), "{status:?}");
    let waits: Vec<String> =
        house.events("loop").await.into_iter().filter(|text| text.contains("starts again in")).collect();
    assert_eq!(waits.len(), 3, "the first restart is not waited for: {waits:?}");
    for (wait, crash) in waits.iter().zip(2..) {
        assert!(wait.contains(&format!("(crash {crash} in a row)")), "{waits:?}");
    }
    let detail = house.detail("loop").await;
    assert_eq!(detail.runs.iter().map(|run| run.run).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    assert!(detail.runs.iter().all(|run| run.ending.as_ref().unwrap().contains("exited with 3")));
    let fault = house.start("loop").await.unwrap_err();
    assert_eq!(fault.code, Code::Conflict);
    assert!(fault.message.contains("exited with 3"), "{fault}");
    let status = house.until("loop", |status| status.state == Word::Failed && status.run == 10).await;
    assert_eq!((house.notes().len(), status.restarts), (10, 4), "a person's start begins the count anew");
    house.end().await;
}

#[tokio::test]
async fn a_stop_or_a_start_cuts_a_wait_short() {
    let script = "test -e \"$THINGS/mended\" && exec sleep 99; exit 3";
    let more = "max_restarts = 0\nbackoff = { initial = \"1h\", max = \"1h\", jitter = 0.0 }\n\
                ready = { command = ['sh', '-c', 'test -e \"$THINGS/mended\"'], interval = \"10ms\" }";
    let services = sh("loop", script, more);
    let house = House::with(services).await;
    for _ in 0..2 {
        let (client, start) = (&house, house.start("loop"));
        let waiting = async { client.until("loop", |status| status.retry_at.is_some()).await };
        let stop = async {
            let status = waiting.await;
            assert_eq!((status.state, status.restarts), (Word::Backoff, 1), "{status:?}");
            client.stop("loop").await.unwrap()
        };
        let (started, stopped) = tokio::join!(start, stop);
        let fault = started.unwrap_err();
        assert!(fault.message.contains("was stopped"), "{fault}");
        assert_eq!((stopped.state, stopped.wanted, stopped.retry_at), (Word::Stopped, Wanted::Down, None));
    }
    let again = async {
        house.until_is("loop", Word::Backoff).await;
        fs_err::write(house.thing("mended"), "").unwrap();
        house.restart("loop").await.unwrap()
    };
    let (first, again) = tokio::join!(house.start("loop"), again);
    assert_eq!(first.unwrap().pid, again.pid, "both are answered when it is up");
    assert_eq!((again.state, again.restarts), (Word::Running, 0));
    house.end().await;
}

#[tokio::test]
async fn a_restart_under_way_and_a_stop_end_stopped_and_all_are_answered() {
    let house = House::with(noted("web", "")).await;
    house.start("web").await.unwrap();
    let (restarted, stopped) = tokio::join!(house.restart("web"), house.stop("web"));
    assert!(restarted.unwrap_err().message.contains("was stopped"));
    assert_eq!(stopped.unwrap().state, Word::Stopped);
    // The other way round: the stop is overtaken.
    house.start("web").await.unwrap();
    let (stopped, started) = tokio::join!(house.stop("web"), house.start("web"));
    assert!(stopped.unwrap_err().message.contains("was started again"));
    assert!(started.unwrap().ready);
    // Many at once come to one run.
    let many = futures_util::future::join_all((0..20).map(|_| house.restart("web"))).await;
    let pids: std::collections::BTreeSet<_> = many.into_iter().map(|answer| answer.unwrap().pid).collect();
    assert_eq!(pids.len(), 1, "{pids:?}");
    house.end().await;
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_start_leaves_nothing() {
    let house = House::with(sh("web", "sleep 99", "ready = { delay = \"1h\", timeout = \"2h\" }")).await;
    for _ in 0..20 {
        let (started, stopped) = tokio::join!(house.start("web"), house.stop("web"));
        assert!(started.unwrap_err().message.contains("was stopped"));
        let stopped = stopped.unwrap();
        assert_eq!((stopped.state, stopped.pid), (Word::Stopped, None));
        assert_eq!(common::house::processes(&house.dirs), Vec::<i32>::new());
    }
    let events = house.events("web").await;
    assert!(!events.iter().any(|text| text.contains("left processes")), "nobody was left: {events:?}");
    house.end().await;
}
