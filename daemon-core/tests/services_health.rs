//! Services that run and do not do what they should.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::net::TcpListener;

use common::house::{House, lives, sh, until};
use daemon_core::services::Word;
use rustix::process::{Pid, Signal, kill_process};

/// Good until there is `bad`, which goes with the next start.
const FRAIL: &str = "rm -f \"$THINGS/bad\"; echo up; exec sleep 99";

/// Asks whether there is `bad`, twenty times a second.
fn health(more: &str) -> String {
    format!(
        "health = {{ command = ['sh', '-c', 'echo asked >> \"$NOTES\"; test ! -e \"$THINGS/bad\"'], interval = \"50ms\"{more} }}\n"
    )
}

/// The same of one that is ready when it is good.
fn ready_health(more: &str) -> String {
    format!("ready = {{ log = \"up\" }}\n{}", health(more))
}

fn turn_bad(house: &House) {
    fs_err::write(house.thing("bad"), "").unwrap();
}

async fn asked(house: &House) {
    let before = house.notes().len();
    until("two more checks", async || before + 2 <= house.notes().len()).await;
}

#[tokio::test]
async fn what_turns_bad_is_restarted_and_what_it_said_is_told() {
    let house = House::with(sh("web", FRAIL, &ready_health(", failures = 2"))).await;
    let status = house.start("web").await.unwrap();
    assert_eq!((status.ready, status.healthy), (true, Some(true)));
    asked(&house).await;
    assert_eq!(house.status("web").await.run, 1, "all is well");
    turn_bad(&house);
    let status = house.until("web", |status| status.run == 2 && status.ready).await;
    assert_eq!((status.restarts, status.healthy, status.reason), (1, Some(true), None));
    let events = house.events("web").await;
    let said = "is unhealthy: 2 checks in a row failed, the last one: sh exited with 1";
    let at =
        |text: &str| events.iter().position(|event| event == text).unwrap_or_else(|| panic!("{events:?}"));
    assert!(at(said) < at("is asked to end with SIGTERM"));
    house.end().await;
}

#[tokio::test]
async fn what_is_never_restarted_is_left_unhealthy_and_shown_until_it_recovers() {
    let house = House::with(sh("web", FRAIL, &format!("restart = \"never\"\n{}", ready_health("")))).await;
    let before = house.start("web").await.unwrap();
    turn_bad(&house);
    let status = house.until("web", |status| status.healthy == Some(false)).await;
    assert_eq!((status.state, status.ready, status.pid), (Word::Running, true, before.pid));
    let reason = status.reason.unwrap();
    assert_eq!(reason, "unhealthy: 3 checks in a row failed, the last one: sh exited with 1");
    asked(&house).await;
    fs_err::remove_file(house.thing("bad")).unwrap();
    let status = house.until("web", |status| status.healthy == Some(true)).await;
    assert_eq!((status.pid, status.reason), (before.pid, None));
    let events = house.events("web").await;
    let of_health = events.iter().filter(|event| event.contains("healthy"));
    assert_eq!(of_health.count(), 2, "each change is told once: {events:?}");
    house.end().await;
}

#[tokio::test]
async fn too_many_restarts_for_bad_health_are_the_last() {
    let always_bad = "health = { command = \"false\", interval = \"10ms\", failures = 1 }\nmax_restarts = 2";
    let house = House::with(sh("web", "echo up; exec sleep 99", always_bad)).await;
    drop(house.start("web").await);
    let status = house.until_is("web", Word::Failed).await;
    let reason = "gave up after 3 crashes in a row: unhealthy: a check failed: false exited with 1";
    assert_eq!((status.run, status.reason.as_deref()), (3, Some(reason)));
    house.end().await;
}

#[tokio::test]
async fn what_is_not_ready_yet_is_not_asked_whether_it_is_healthy() {
    let gate = "while ! test -e \"$THINGS/go\"; do sleep 0.02; done; echo up; exec sleep 99";
    let more = ready_health(", failures = 1");
    let house = House::with([sh("slow", gate, &more), sh("web", FRAIL, &ready_health(""))].concat()).await;
    let (started, ()) = tokio::join!(house.start("slow"), async {
        let status = house.until_is("slow", Word::Running).await;
        assert_eq!(status.healthy, None);
        // The checks of another are this one's clock.
        house.start("web").await.unwrap();
        turn_bad(&house);
        asked(&house).await;
        fs_err::remove_file(house.thing("bad")).unwrap();
        fs_err::write(house.thing("go"), "").unwrap();
    });
    assert_eq!(started.unwrap().run, 1);
    house.end().await;
}

#[tokio::test]
async fn a_port_and_a_page_are_asked_for_as_well() {
    let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (tcp, http) = (port(), port());
    let script = |port: u16| {
        format!(
            "python3 -m http.server {port} --bind 127.0.0.1 & echo $! > \"$THINGS/{port}\"; wait; exec sleep 99"
        )
    };
    let keys = |port: u16, health: String| {
        let times = "interval = \"20ms\", timeout = \"200ms\", failures = 2";
        format!(
            "restart = \"never\"\nready = {{ tcp = {port}, interval = \"20ms\" }}\nhealth = {{ {health}, {times} }}"
        )
    };
    let page = format!("http://127.0.0.1:{http}/");
    let services = [
        sh("tcp", &script(tcp), &keys(tcp, format!("tcp = {tcp}"))),
        sh("http", &script(http), &keys(http, format!("http = \"{page}\""))),
    ];
    let house = House::with(services.concat()).await;
    // One that is gone refuses; one that is frozen accepts and never answers.
    let refused = format!("127.0.0.1:{tcp}: connection refused");
    for (name, port, signal, last) in
        [("tcp", tcp, Signal::KILL, refused), ("http", http, Signal::STOP, format!("{page} does not answer"))]
    {
        house.start(name).await.unwrap();
        let pid = fs_err::read_to_string(house.thing(&port.to_string())).unwrap();
        kill_process(Pid::from_raw(pid.trim().parse().unwrap()).unwrap(), signal).unwrap();
        let status = house.until(name, |status| status.healthy == Some(false)).await;
        let reason = format!("unhealthy: 2 checks in a row failed, the last one: {last}");
        assert_eq!(status.reason, Some(reason));
    }
    house.end().await;
}

#[tokio::test]
async fn a_check_that_hangs_is_killed_with_all_it_started() {
    let hangs = "health = { command = ['sh', '-c', 'sleep 98 & echo $! >> \"$NOTES\"; wait'], \
        interval = \"10ms\", timeout = \"300ms\", failures = 1000 }";
    let house = House::with(sh("web", "exec sleep 99", hangs)).await;
    house.start("web").await.unwrap();
    until("three checks", async || 3 <= house.notes().len()).await;
    let pids: Vec<i32> = house.notes().iter().map(|pid| pid.parse().unwrap()).collect();
    until("their end", async || !pids[..2].iter().any(|pid| lives(*pid))).await;
    house.stop("web").await.unwrap();
    let last = house.notes().last().unwrap().parse().unwrap();
    until("the end of the last one", async || !lives(last)).await;
    house.end().await;
}

#[tokio::test]
async fn what_was_adopted_is_looked_after_as_before() {
    let more = format!("{}autostart = true", ready_health(", failures = 2"));
    let house = House::with(sh("web", FRAIL, &more)).await;
    house.until("web", |status| status.ready).await;
    let house = house.left(async |_| ()).await;
    let status = house.until("web", |status| status.healthy == Some(true)).await;
    assert_eq!(status.run, 1);
    asked(&house).await;
    turn_bad(&house);
    let status = house.until("web", |status| status.run == 2 && status.ready).await;
    assert_eq!(status.restarts, 1);
    house.end().await;
}

#[tokio::test]
async fn another_check_is_a_change_of_the_configuration() {
    let with = |failures: &str| sh("web", FRAIL, &ready_health(failures));
    let house = House::with(with("")).await;
    house.start("web").await.unwrap();
    house.configure(with(", failures = 3")).await.unwrap();
    assert!(!house.status("web").await.changed, "that is the default");
    house.configure(with(", failures = 4")).await.unwrap();
    house.until("web", |status| status.changed).await;
    assert!(!house.restart("web").await.unwrap().changed);
    house.end().await;
}
