//! When a service counts as ready, and what becomes of one that does not get there.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::net::TcpListener;

use common::house::{House, lives, processes, sh, until};
use daemon_core::kernel::Code;
use daemon_core::services::Word;

fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Says something to `NOTIFY_SOCKET`.
fn says(what: &str) -> String {
    format!(
        "python3 -c 'import os, socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); \
         s.connect(os.environ[\"NOTIFY_SOCKET\"]); s.send(b\"{what}\")'"
    )
}

#[tokio::test]
async fn each_kind_of_readiness_is_reached_and_not_before_its_time() {
    let (tcp, http) = (port(), port());
    let gate = "while ! test -e \"$THINGS/go\"; do sleep 0.02; done";
    let serve = |port: u16| format!("{gate}; exec python3 -m http.server {port} --bind 127.0.0.1");
    let fast = "interval = \"20ms\"";
    let services = [
        sh("tcp", &serve(tcp), &format!("ready = {{ tcp = {tcp}, {fast} }}")),
        sh("http", &serve(http), &format!("ready = {{ http = \"http://127.0.0.1:{http}/\", {fast} }}")),
        sh(
            "command",
            "sleep 99",
            &format!("ready = {{ command = ['sh', '-c', 'test -e \"$THINGS/go\"'], {fast} }}"),
        ),
        sh("log", &format!("{gate}; echo now serving >&2; sleep 99"), "ready = { log = \"^now s\" }"),
        sh(
            "notify",
            &format!("{gate}; {}; sleep 99", says("READY=1\\nSTATUS=three of four")),
            "ready = { notify = true }",
        ),
        sh("delay", "sleep 99", "ready = { delay = \"300ms\" }"),
        sh("none", "sleep 99", ""),
    ];
    let house = House::with(services.concat()).await;
    let kinds = ["tcp", "http", "command", "log", "notify"];
    let all = async {
        futures_util::future::join_all(kinds.iter().chain(&["delay"]).map(|name| house.start(name))).await
    };
    let go = async {
        for name in kinds {
            let status = house.until_is(name, Word::Running).await;
            assert!(!status.ready, "{name} is ready before it is");
        }
        fs_err::write(house.thing("go"), "").unwrap();
    };
    let (started, ()) = tokio::join!(all, go);
    for status in started {
        let status = status.unwrap();
        assert_eq!((status.state, status.ready, status.restarts), (Word::Running, true, 0), "{status:?}");
    }
    let status = house.until("notify", |status| status.says.is_some()).await;
    assert_eq!(status.says.as_deref(), Some("three of four"));
    let none = house.start("none").await.unwrap();
    assert!(none.ready && none.ready_unasked, "without a question it is ready as soon as it runs");
    house.end().await;
}

#[tokio::test]
async fn a_line_that_is_written_at_once_is_not_missed_in_any_run() {
    let house = House::with(sh("quick", "echo ready; sleep 99", "ready = { log = \"ready\" }")).await;
    for run in 1..=20 {
        let status = house.restart("quick").await.unwrap();
        assert_eq!((status.run, status.ready), (run, true));
    }
    house.end().await;
}

#[tokio::test]
async fn a_notification_is_heard_in_every_run_that_follows_a_crash_at_once() {
    let script =
        format!("{}; test -e \"$THINGS/stay\" && exec sleep 99; sleep 0.05; exit 1", says("READY=1"));
    let house = House::with(sh("told", &script, "ready = { notify = true }\nmax_restarts = 0")).await;
    drop(house.start("told").await);
    house.until("told", |status| 4 <= status.run).await;
    fs_err::write(house.thing("stay"), "").unwrap();
    house.until("told", |status| status.ready && 4 <= status.run).await;
    house.end().await;
}

#[tokio::test]
async fn a_notification_counts_though_its_sender_has_ended_before_it_is_heard() {
    let script = format!(
        "while ! test -e \"$THINGS/go\"; do sleep 0.02; done; {}; touch \"$THINGS/sent\"; exec sleep 99",
        says("READY=1")
    );
    let house = House::with(sh("told", &script, "ready = { notify = true, timeout = \"5s\" }")).await;
    let hold = async {
        house.until_is("told", Word::Running).await;
        fs_err::write(house.thing("go"), "").unwrap();
        // The daemon lives in this thread, so it hears nothing meanwhile.
        while !house.thing("sent").exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    let (started, ()) = tokio::join!(house.start("told"), hold);
    assert_eq!(started.unwrap().run, 1);
    house.end().await;
}

#[tokio::test]
async fn one_that_is_not_ready_in_time_has_crashed_and_says_what_the_last_attempt_found() {
    let port = port();
    let limit = "timeout = \"150ms\", interval = \"20ms\"";
    let once = "max_restarts = 1";
    let services = [
        sh("tcp", "sleep 99", &format!("{once}\nready = {{ tcp = {port}, {limit} }}")),
        sh("command", "sleep 99", &format!("{once}\nready = {{ command = \"sh -c 'exit 3'\", {limit} }}")),
        sh("log", "echo other; sleep 99", &format!("{once}\nready = {{ log = \"never\", {limit} }}")),
        sh("notify", "sleep 99", &format!("{once}\nready = {{ notify = true, {limit} }}")),
        sh("never", "sleep 99", &format!("restart = \"never\"\nready = {{ log = \"never\", {limit} }}")),
    ];
    let house = House::with(services.concat()).await;
    let said = [
        ("tcp", 2, vec![port.to_string()]),
        ("command", 2, vec!["exited with 3".to_owned()]),
        ("log", 2, vec!["never".to_owned()]),
        ("notify", 2, vec!["READY=1".to_owned()]),
        ("never", 1, vec!["never".to_owned()]),
    ];
    let there = &house;
    futures_util::future::join_all(said.iter().map(|(name, runs, parts)| async move {
        let fault = there.start(name).await.unwrap_err();
        assert_eq!(fault.code, Code::Conflict);
        let status = there.status(name).await;
        assert_eq!((status.state, status.run, status.pid), (Word::Failed, *runs, None), "{name}: {status:?}");
        let reason = status.reason.unwrap();
        for part in ["not ready after 150ms"].into_iter().chain(parts.iter().map(String::as_str)) {
            assert!(fault.message.contains(part) && reason.contains(part), "{name}: {fault} / {reason}");
        }
    }))
    .await;
    assert_eq!(processes(&house.dirs), Vec::<i32>::new());
    house.end().await;
}

#[tokio::test]
async fn a_probe_ends_with_what_it_asks_about() {
    // The probe outlives its own patience unless it is killed.
    let probe = "ready = { command = ['sh', '-c', 'echo $$ >> \"$THINGS/probes\"; exec sleep 98'], timeout = \"1h\" }";
    let house = House::with(sh("web", "sleep 99", &format!("{probe}\nmax_restarts = 0"))).await;
    let probes = |house: &House| -> Vec<i32> {
        let text = fs_err::read_to_string(house.thing("probes")).unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    };
    let stop = async {
        until("the probe runs", async || probes(&house).len() == 1).await;
        // A crash ends it as well.
        let pid = house.status("web").await.pid.unwrap();
        assert!(
            std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success()
        );
        until("it is probed anew", async || probes(&house).len() == 2).await;
        until("the first probe is gone", async || !lives(probes(&house)[0])).await;
        house.stop("web").await.unwrap()
    };
    let (started, stopped) = tokio::join!(house.start("web"), stop);
    assert!(started.unwrap_err().message.contains("was stopped"));
    assert_eq!(stopped.state, Word::Stopped);
    until("the second probe is gone", async || !lives(probes(&house)[1])).await;
    assert!(!house.events("web").await.iter().any(|text| text == "is ready"));
    house.end().await;
}
