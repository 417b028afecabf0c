//! Stopping services that do not care to be stopped, and services that write what no one can read.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::net::TcpListener;

use common::house::{House, lives, sh, until};
use daemon_core::services::{SendSignal, Source, Word};

/// A port that nobody has now.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_service_that_ignores_the_signal_is_killed_with_all_of_its_group() {
    let script = "trap '' TERM; sleep 99 & echo $! > \"$THINGS/pid\"; echo up; while :; do wait; done";
    let services = sh("deaf", script, "stop_timeout = \"100ms\"\nready = { log = \"up\" }");
    let house = House::with(services).await;
    house.start("deaf").await.unwrap();
    let pid: i32 = fs_err::read_to_string(house.thing("pid")).unwrap().trim().parse().unwrap();
    assert!(lives(pid));
    let stopped = house.stop("deaf").await.unwrap();
    assert_eq!((stopped.state, stopped.pid, lives(pid)), (Word::Stopped, None, false));
    let events = house.events("deaf").await;
    let place = |part: &str| events.iter().position(|text| text.contains(part));
    let order =
        [place("asked to end with SIGTERM"), place("did not end within 100ms"), place("SIGKILL after")];
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{events:?}");
    house.end().await;
}

#[tokio::test]
async fn the_stop_signal_is_the_configured_one_and_wakes_what_was_stopped() {
    let script = "trap 'echo int; exit 0' INT; trap '' TERM; echo up; while :; do sleep 0.05; done";
    let services = sh("int", script, "stop_signal = \"INT\"\nready = { log = \"up\" }");
    let house = House::with(services).await;
    house.start("int").await.unwrap();
    let signal = SendSignal { name: "int".to_owned(), signal: "STOP".parse().unwrap() };
    assert_eq!(house.call(signal).await.unwrap().state, Word::Running);
    house.stop("int").await.unwrap();
    assert!(house.lines("int").await.iter().any(|line| line.text == "int"));
    house.end().await;
}

#[tokio::test]
async fn what_is_left_of_a_run_is_gone_before_its_successor_needs_the_port() {
    let port = port();
    let listener = format!(
        "import socket, time\ns = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n\
         s.bind(('127.0.0.1', {port}))\ns.listen()\nopen('up', 'w')\ntime.sleep(99)\n"
    );
    // The child has the port and its output elsewhere, and the main process does not wait for it.
    let script = "cd \"$THINGS\"; rm -f up; python3 listen.py > out 2>&1 & while ! test -e \"$THINGS/up\"; do \
                  kill -0 $! || exit 9; sleep 0.02; done; echo up; exec sleep 99";
    let house = House::with(sh("web", script, "ready = { log = \"up\" }\nmax_restarts = 0")).await;
    fs_err::write(house.thing("listen.py"), listener).unwrap();
    house.start("web").await.unwrap();
    for run in 2..6 {
        let signal = SendSignal { name: "web".to_owned(), signal: "KILL".parse().unwrap() };
        let pid = house.status("web").await.pid.unwrap();
        match run % 2 {
            // Only the main process, as a crash would.
            0 => assert!(
                std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success()
            ),
            _ => drop(house.call(signal).await.unwrap()),
        }
        house.until("web", |status| status.run == run && status.ready).await;
    }
    assert_eq!(house.status("web").await.restarts, 4, "no start has failed");
    house.stop("web").await.unwrap();
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free once the stop is answered");
    house.end().await;
}

#[tokio::test]
async fn output_is_taken_as_it_comes_and_a_closed_one_is_no_end() {
    let flood = "head -c 67108864 /dev/zero | tr '\\\\0' x; echo; echo done >&2; sleep 99";
    let binary = "printf 'a\\\\377\\\\000b\\\\nc\\\\n'; echo done >&2; sleep 99";
    let closed = "exec >&-; echo done >&2; exec 2>&-; sleep 99";
    let mut services = String::new();
    for (name, script) in [("flood", flood), ("binary", binary), ("closed", closed)] {
        let script = script.replace("\\\\", "\\");
        services += &sh(name, &script, "ready = { log = \"done\" }\nlog = { max_size = \"1M\", keep = 2 }");
    }
    let house = House::with(services).await;
    for name in ["flood", "binary", "closed"] {
        assert!(house.start(name).await.unwrap().ready, "{name}");
    }
    // What makes it ready is on the other stream, and may be read first.
    let mut out = Vec::new();
    until("both of its lines", async || {
        out = house.lines("binary").await;
        out.retain(|line| line.stream == Source::Stdout);
        2 <= out.len()
    })
    .await;
    assert_eq!(out.len(), 2, "{out:?}");
    assert!(out[0].text.starts_with('a') && out[0].text.ends_with('b') && out[1].text == "c", "{out:?}");
    let logs = house.dirs.service_logs().join("flood");
    let kept: u64 =
        fs_err::read_dir(&logs).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(kept < 8 << 20, "{kept} bytes of 64 MiB are kept");
    for name in ["flood", "binary", "closed"] {
        assert_eq!(house.status(name).await.state, Word::Running, "{name}");
        house.stop(name).await.unwrap();
    }
    house.end().await;
}

#[tokio::test]
async fn the_end_of_the_daemon_kills_what_does_not_end_in_time() {
    let deaf = "trap '' TERM; echo up; while :; do sleep 0.05; done";
    let stubborn = "ready = { log = \"up\" }\nstop_timeout = \"1h\"\nautostart = true";
    let services = "[daemon]\nstop_timeout = \"200ms\"\n".to_owned()
        + &sh("db", deaf, &format!("restart = \"always\"\n{stubborn}"))
        + &sh("web", deaf, &format!("requires = [\"db\"]\n{stubborn}"))
        + &sh("gone", deaf, stubborn);
    let house = House::with(&services).await;
    for name in ["db", "web", "gone"] {
        house.until(name, |status| status.ready).await;
    }
    // One that is not configured any more and has not ended yet counts, too.
    let without = services[..services.find("[service.\"gone\"]").unwrap()].to_owned();
    house.configure(without).await.unwrap();
    assert_eq!(house.names().await, ["db", "web"]);
    assert!(3 <= common::house::processes(&house.dirs).len());
    let house = house.again().await;
    for name in ["db", "web"] {
        house.until(name, |status| status.ready && status.run == 2).await;
    }
    house.end().await;
}
