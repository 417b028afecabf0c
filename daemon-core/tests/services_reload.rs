//! A new configuration: only its difference to the old one is applied, whatever services are doing.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, lives, noted, processes, sh, until};
use daemon_core::kernel::Code;
use daemon_core::services::{ServiceStatus, Word};
use daemon_core::system::Watch;
use futures_util::StreamExt as _;

const AUTO: &str = "autostart = true";

/// What the board shows of services now.
async fn board(house: &House) -> Vec<String> {
    let watch = Watch { nouns: vec!["service".to_owned()] };
    let mut changes = Box::pin(house.client.open(watch).await.unwrap());
    let snapshot = changes.next().await.unwrap().unwrap();
    snapshot.changes.into_iter().map(|change| change.key).collect()
}

async fn is_gone(house: &House, name: &str) {
    until("it is gone from the board", async || !board(house).await.contains(&name.to_owned())).await;
    assert!(!house.names().await.contains(&name.to_owned()));
    assert_eq!(house.start(name).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn only_the_difference_is_applied() {
    let (same, old) = (noted("same", AUTO), noted("gone", AUTO));
    let house = House::with(format!("{same}{old}{}", noted("edited", AUTO))).await;
    for name in ["same", "gone", "edited"] {
        house.until(name, |status| status.ready).await;
    }
    let (same_before, edited_before) = (house.status("same").await, house.status("edited").await);
    let edited = noted("edited", "autostart = true\nenv = { NEW = \"1\" }");
    house.configure(format!("# a comment more\n{edited}{}{same}", noted("new", AUTO))).await.unwrap();
    assert!(house.until("new", |status| status.ready).await.wanted == same_before.wanted);
    is_gone(&house, "gone").await;
    assert!(house.notes().contains(&"-gone".to_owned()), "it was asked to end");
    assert_eq!(house.status("same").await, same_before);
    let marked = house.until("edited", |status| status.changed).await;
    assert_eq!((marked.pid, marked.state, marked.run), (edited_before.pid, Word::Running, 1));
    let applied = house.restart("edited").await.unwrap();
    assert_eq!((applied.changed, applied.run), (false, 2));
    let environment = fs_err::read(format!("/proc/{}/environ", applied.pid.unwrap())).unwrap();
    assert!(environment.split(|byte| *byte == 0).any(|variable| variable == b"NEW=1"));
    // What is edited back is not changed.
    house.configure(format!("{same}{edited}{}", noted("new", "autostart = false"))).await.unwrap();
    house.until("new", |status| status.changed).await;
    house.configure(format!("{same}{edited}{}", noted("new", AUTO))).await.unwrap();
    house.until("new", |status| !status.changed).await;
    house.end().await;
}

#[tokio::test]
async fn a_bad_configuration_changes_nothing() {
    let web = noted("web", AUTO);
    let house = House::with(&web).await;
    let before = house.until("web", |status| status.ready).await;
    for (bad, said) in [
        (format!("{web}{}", noted("other", "requires = [\"wbe\"]")), "did you mean"),
        (format!("{web}{web}"), "duplicate key"),
        (noted("web", "stop_timeout = \"soon\""), "stop_timeout"),
        (sh("web", "true", "comand = \"x\""), "comand"),
        (sh("../web", "true", ""), "../web"),
        (sh("we\\u001b[31mb", "true", ""), r"we\u{1b}[31mb"),
        (sh("\u{1f600}", "true", ""), "is not allowed"),
        (sh(&"x".repeat(300), "true", ""), "300 characters"),
        (sh("a/b/c", "true", ""), "a/b/c"),
    ] {
        let fault = house.configure(&bad).await.unwrap_err();
        assert_eq!(fault.code, Code::Invalid);
        let told = format!("{} {}", fault.message, fault.hint.unwrap_or_default());
        assert!(told.contains(said), "no {said:?} in {told}");
        assert!(!told.contains('\u{1b}'), "a control character was sent");
        assert_eq!(
            (house.names().await, house.status("web").await),
            (vec!["web".to_owned()], before.clone())
        );
    }
    house.configure(sh("shop/web", "sleep 99", "")).await.unwrap();
    assert_eq!(house.start("shop/web").await.unwrap().name, "shop/web");
    house.end().await;
}

#[tokio::test]
async fn what_is_removed_and_comes_back_while_it_stops_begins_after_it() {
    // It takes its time to end, and two at once would be seen.
    let slow = "mkdir \"$THINGS/lock\" || { echo two >> \"$NOTES\"; exit 1; }; \
                trap 'sleep 0.2; rmdir \"$THINGS/lock\"; exit 0' TERM; echo up; while :; do sleep 0.02; done";
    let slow = sh("slow", slow, "autostart = true\nready = { log = \"up\" }");
    let house = House::with(&slow).await;
    let mut pid = house.until("slow", |status| status.ready).await.pid.unwrap();
    for run in 2..5 {
        house.configure("").await.unwrap();
        assert_eq!(house.names().await, Vec::<String>::new());
        house.configure(&slow).await.unwrap();
        let status = house.until("slow", |status| status.ready && status.pid != Some(pid)).await;
        assert_eq!((status.run, lives(pid)), (run, false), "{status:?}");
        pid = status.pid.unwrap();
    }
    assert_eq!(house.notes(), Vec::<String>::new(), "two ran at once");
    let runs: Vec<u64> = house.detail("slow").await.runs.iter().map(|run| run.run).collect();
    assert_eq!(runs, [4, 3, 2, 1], "no run's row was taken by another");
    house.end().await;
}

#[tokio::test]
async fn a_removal_in_the_middle_of_a_start_leaves_nothing_and_answers() {
    for script in ["sleep 99", "exit 1"] {
        let web = sh("web", script, "ready = { delay = \"1h\", timeout = \"2h\" }\nmax_restarts = 0");
        let house = House::with(&web).await;
        for _ in 0..5 {
            let (started, removed) = tokio::join!(house.start("web"), house.configure(""));
            removed.unwrap();
            let fault = started.unwrap_err();
            assert!([Code::Conflict, Code::NotFound].contains(&fault.code), "{fault}");
            is_gone(&house, "web").await;
            assert_eq!(processes(&house.dirs), Vec::<i32>::new());
            house.configure(&web).await.unwrap();
        }
        house.end().await;
    }
}

#[tokio::test]
async fn a_reload_while_it_stops_or_waits_counts_for_the_next_run() {
    let slow = |word: &str| {
        let script = format!("trap 'sleep 0.1; exit 0' TERM; echo {word}; while :; do sleep 0.02; done");
        sh("slow", &script, &format!("ready = {{ log = \"{word}\" }}"))
    };
    let house = House::with(slow("old")).await;
    house.start("slow").await.unwrap();
    let (restarted, reloaded) = tokio::join!(house.restart("slow"), async {
        house.until_is("slow", Word::Stopping).await;
        house.configure(slow("new")).await
    });
    reloaded.unwrap();
    assert_eq!((restarted.unwrap().changed, house.status("slow").await.run), (false, 2));
    assert_eq!(house.lines("slow").await.last().unwrap().text, "new");
    // One that waits for another does so only as long as it is told to.
    let db = sh("db", "sleep 99", "ready = { delay = \"1h\", timeout = \"2h\" }");
    house.configure(format!("{db}{}", noted("web", "requires = [\"db\"]"))).await.unwrap();
    let free = async {
        house.until_is("web", Word::Waiting).await;
        house.configure(format!("{db}{}", noted("web", ""))).await.unwrap();
    };
    let (started, ()) = tokio::join!(house.start("web"), free);
    assert!(started.unwrap().ready);
    // And nobody waits for one that is gone.
    house.configure(format!("{db}{}", noted("late", "requires = [\"db\"]"))).await.unwrap();
    let free = async {
        house.until_is("late", Word::Waiting).await;
        house.configure(noted("late", "")).await.unwrap();
    };
    let (started, ()) = tokio::join!(house.start("late"), free);
    assert!(started.unwrap().ready);
    house.end().await;
}

#[tokio::test]
async fn a_failed_service_that_is_mended_starts_by_itself() {
    let house = House::with("[service.web]\ncommand = [\"no-such-program\"]\nautostart = true\n").await;
    let failed = |status: &ServiceStatus| status.state == Word::Failed;
    house.until("web", failed).await;
    house.configure(noted("web", AUTO)).await.unwrap();
    assert!(house.until("web", |status| status.ready).await.reason.is_none());
    house.end().await;
}
