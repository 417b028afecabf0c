//! Services that use more than they may.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, processes, sh, until};
use daemon_core::services::{Holds, Word};
use daemon_core::system::GetStatus;
use rustix::process::{Pid, Signal, kill_process};

/// Takes 64 MiB when there is `grow`, and that away.
const GLUTTON: &str = "exec python3 -c '\nimport os, time\ngrow = os.environ[\"THINGS\"] + \"/grow\"\n\
    while not os.path.exists(grow): time.sleep(0.05)\nos.remove(grow)\neaten = b\"x\" * (64 << 20)\ntime.sleep(99)'";

/// Five processes: the shell, a child, a session of its own, and one whose parent has gone as well.
const FAMILY: &str =
    "sleep 98 & setsid sleep 97 & (setsid sh -c 'sleep 96 & exec sleep 95' &); echo up; wait";

fn grow(house: &House) {
    fs_err::write(house.thing("grow"), "").unwrap();
}

async fn said(house: &House, name: &str, begin: &str, end: &str) -> bool {
    house.events(name).await.iter().any(|event| event.starts_with(begin) && event.ends_with(end))
}

async fn is_watched(house: &House) -> bool {
    house.call(GetStatus {}).await.unwrap().tasks.iter().any(|task| task.name == "limits")
}

#[tokio::test]
async fn too_much_memory_ends_a_run_and_another_follows() {
    let house = House::with(sh("web", GLUTTON, "limits = { memory = \"32M\", pids = 9 }")).await;
    house.start("web").await.unwrap();
    grow(&house);
    let status = house.until("web", |status| status.run == 2).await;
    assert_eq!((status.restarts, status.reason), (1, None));
    assert!(said(&house, "web", "uses more than it may: memory: ", " of 32 MiB allowed").await);
    assert!(said(&house, "web", "is asked to end with SIGTERM", "").await);
    house.end().await;
}

#[tokio::test]
async fn too_many_processes_are_counted_wherever_they_hide() {
    let keys = "restart = \"never\"\nready = { log = \"up\" }\nlimits = { pids = 4 }";
    let roomy = "ready = { log = \"up\" }\nlimits = { pids = 5 }";
    let house = House::with([sh("many", FAMILY, keys), sh("roomy", FAMILY, roomy)].concat()).await;
    house.start("roomy").await.unwrap();
    drop(house.start("many").await);
    let status = house.until_is("many", Word::Failed).await;
    assert_eq!(status.reason.as_deref(), Some("pids: 5 of 4 allowed"));
    assert_eq!(house.status("roomy").await.run, 1, "what is allowed is allowed");
    house.stop("roomy").await.unwrap();
    // What lets itself loose may outlive a stop; this test leaves nothing either way.
    for pid in processes(&house.dirs).into_iter().filter_map(Pid::from_raw) {
        kill_process(pid, Signal::KILL).ok();
    }
    until("nothing is left", async || processes(&house.dirs).is_empty()).await;
    house.end().await;
}

#[tokio::test]
async fn the_limits_of_what_was_adopted_hold_on() {
    let keys = "autostart = true\nlimits = { memory = \"32M\" }";
    let house = House::with(sh("web", GLUTTON, keys)).await;
    house.until_is("web", Word::Running).await;
    let house = house.left(async |_| ()).await;
    assert_eq!(house.status("web").await.run, 1);
    grow(&house);
    let status = house.until("web", |status| status.run == 2).await;
    assert_eq!(status.restarts, 1);
    house.end().await;
}

#[tokio::test]
async fn a_new_limit_is_for_the_next_run_and_nothing_is_counted_before_there_is_one() {
    let with = |old: &str| {
        [sh("old", "sleep 98 & wait", old), sh("new", "sleep 98 & wait", "limits = { pids = 1 }")].concat()
    };
    let house = House::with(sh("old", "sleep 98 & wait", "limits = { open_files = 64 }")).await;
    house.start("old").await.unwrap();
    assert!(!is_watched(&house).await, "the kernel holds open files");
    house.configure(with("limits = { pids = 1 }")).await.unwrap();
    assert!(!is_watched(&house).await, "no run has such a limit yet");
    drop(house.start("new").await);
    assert!(is_watched(&house).await);
    house.until("new", |status| status.run == 2).await;
    let old = house.until("old", |status| status.changed).await;
    assert_eq!(old.run, 1, "its run began without that limit");
    drop(house.restart("old").await);
    house.until("old", |status| status.run == 3).await;
    assert!(said(&house, "old", "uses more than it may: pids: 2 of 1 allowed", "").await);
    house.end().await;
}

#[tokio::test]
async fn each_limit_says_what_holds_it_and_what_nothing_can_hold_is_refused() {
    let all = "limits = { memory = \"512M\", pids = 200, open_files = 4096 }";
    let house = House::with(sh("web", "exec sleep 99", all)).await;
    let limits = house.detail("web").await.limits;
    let shown: Vec<_> = limits.iter().map(|it| (it.limit.as_str(), it.allowed.as_str(), it.holds)).collect();
    let expected = [
        ("memory", "512M", Holds::Watched),
        ("pids", "200", Holds::Watched),
        ("open_files", "4096", Holds::Enforced),
    ];
    assert_eq!(shown, expected);
    let fault = house.configure(sh("web", "exec sleep 99", "limits = { cpu = \"150%\" }")).await.unwrap_err();
    let text = fault.to_string();
    assert!(text.contains("config.toml:") && text.contains("controller \"cpu\""), "{text}");
    assert!(text.contains("nice -n 10"), "{text}");
    house.end().await;
}
