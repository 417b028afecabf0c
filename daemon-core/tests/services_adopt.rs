//! Services that outlive their daemon, and the next daemon's taking them over.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::house::{House, lives, sh, until};
use daemon_core::services::state::Wanted;
use daemon_core::services::{SendSignal, Word};
use rustix::process::{Pid, Signal, kill_process};

const SLEEP: &str = "exec sleep 1000";

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// A service that says each number that is put into its mailbox, by the line.
fn parrot(name: &str, more: &str) -> String {
    let script = format!(
        "echo up; i=0; while :; do i=$((i+1)); while [ ! -e \"$THINGS/{name}.$i\" ]; do sleep 0.01; done; echo $i; done"
    );
    sh(name, &script, more)
}

async fn texts(house: &House, name: &str) -> Vec<String> {
    house.lines(name).await.into_iter().map(|line| line.text).collect()
}

#[tokio::test]
async fn a_run_goes_on_with_its_pid_its_number_its_log_and_its_readiness() {
    let house = House::with(parrot("parrot", "ready = { log = \"^up$\" }\nautostart = true")).await;
    let before = house.until("parrot", |status| status.ready).await;
    fs_err::write(house.thing("parrot.1"), "").unwrap();
    until("the first word", async || texts(&house, "parrot").await == ["up", "1"]).await;
    let second = house.thing("parrot.2");
    let house = house.left(async |_| fs_err::write(second, "").unwrap()).await;
    let after = house.status("parrot").await;
    assert_eq!((after.pid, after.run, after.state), (before.pid, 1, Word::Running));
    assert!(after.ready, "what was ready stays so");
    assert_eq!((after.restarts, after.changed), (0, false));
    assert!(after.since <= before.since, "since its process began");
    fs_err::write(house.thing("parrot.3"), "").unwrap();
    until("the last word", async || texts(&house, "parrot").await == ["up", "1", "2", "3"]).await;
    assert!(house.lines("parrot").await.iter().all(|line| line.run == Some(1)));
    let pid = before.pid.unwrap();
    let events = house.events("parrot").await;
    assert!(
        events.iter().any(|event| event.starts_with(&format!("adopted (pid {pid}, run 1, up "))),
        "{events:?}"
    );
    house.stop("parrot").await.unwrap();
    assert!(!lives(pid));
    house.end().await;
}

#[tokio::test]
async fn what_was_not_ready_is_found_ready_also_by_a_line_that_nobody_heard() {
    let house = House::with(parrot("parrot", "ready = { log = \"^1$\" }")).await;
    let (client, name) = (house.client.clone(), "parrot".to_owned());
    let starting = tokio::spawn(async move { client.call(daemon_core::services::Start { name }).await });
    let before = house.until_is("parrot", Word::Running).await;
    assert!(!before.ready);
    let first = house.thing("parrot.1");
    let house = house.left(async |_| fs_err::write(first, "").unwrap()).await;
    assert!(starting.await.unwrap().is_err(), "its daemon is gone");
    let after = house.until("parrot", |status| status.ready).await;
    assert_eq!(after.pid, before.pid);
    house.end().await;
}

#[tokio::test]
async fn what_ended_meanwhile_is_answered_by_its_restart_policy() {
    let policies = ["always", "on-failure", "never"];
    let services = policies.map(|it| sh(it, SLEEP, &format!("restart = \"{it}\"\nautostart = true")));
    let house = House::with(services.concat()).await;
    let mut pids = Vec::new();
    for policy in policies {
        pids.push(house.until_is(policy, Word::Running).await.pid.unwrap());
    }
    let house = house
        .left(async |_| {
            pids.iter().for_each(|pid| kill(*pid));
            until("their end", async || !pids.iter().any(|pid| lives(*pid))).await;
        })
        .await;
    for policy in ["always", "on-failure"] {
        let status = house.until(policy, |status| status.run == 2 && status.state == Word::Running).await;
        assert_eq!(status.restarts, 1, "{policy}");
    }
    let status = house.until_is("never", Word::Failed).await;
    // This process is their parent, so it can tell.
    assert_eq!(status.reason.as_deref(), Some("killed by SIGKILL while no daemon ran"));
    assert_eq!(house.detail("never").await.runs[0].ending.as_deref(), status.reason.as_deref());
    house.end().await;
}

#[tokio::test]
async fn a_successful_end_meanwhile_is_one() {
    let house = House::with(sh("once", "read x < \"$THINGS/go\"", "restart = \"on-failure\"")).await;
    let go = house.thing("go");
    rustix::fs::mkfifoat(rustix::fs::CWD, &go, rustix::fs::Mode::RWXU).unwrap();
    let pid = house.start("once").await.unwrap().pid.unwrap();
    let house = house
        .left(async |_| {
            fs_err::write(go, "go\n").unwrap();
            until("its end", async || !lives(pid)).await;
        })
        .await;
    let status = house.until("once", |status| status.run == 1).await;
    assert_eq!((status.state, status.wanted), (Word::Stopped, Wanted::Down));
    let house = house.left(async |_| ()).await;
    assert_eq!(house.status("once").await.state, Word::Stopped);
    house.end().await;
}

#[tokio::test]
async fn what_was_wanted_is_still_wanted_and_what_was_not_is_not() {
    let stopped = sh("stopped", SLEEP, "autostart = true");
    let failed = sh("failed", "exit 3", "autostart = true\nrestart = \"never\"");
    let idle = sh("idle", SLEEP, "");
    let house = House::with([stopped, failed, idle, sh("asked", SLEEP, "")].concat()).await;
    house.until_is("stopped", Word::Running).await;
    let stopped = house.stop("stopped").await.unwrap();
    let asked = house.start("asked").await.unwrap();
    let failed_first = house.until_is("failed", Word::Failed).await;
    let reason = failed_first.reason;
    let house = house.left(async |_| ()).await;
    assert_eq!(house.status("asked").await.pid, asked.pid);
    let since = |moment: jiff::Timestamp| moment.as_microsecond();
    let stopped_still = house.status("stopped").await;
    assert_eq!(
        (stopped_still.state, since(stopped_still.since)),
        (Word::Stopped, since(stopped.since)),
        "it is stopped since then"
    );
    assert_eq!(house.status("idle").await.state, Word::Stopped);
    let failed = house.status("failed").await;
    assert_eq!((failed.state, failed.wanted, failed.reason), (Word::Failed, Wanted::Up, reason));
    assert_eq!((failed.run, since(failed.since)), (1, since(failed_first.since)));
    // After a stop with its services a daemon begins as the configuration says.
    let mut between = jiff::Timestamp::MIN;
    let house = house.off(async |_| between = jiff::Timestamp::now()).await;
    house.until("stopped", |status| status.state == Word::Running && status.run == 2).await;
    let asked = house.status("asked").await;
    assert!(asked.state == Word::Stopped && asked.since <= between, "it has not run since the last daemon");
    house.end().await;
}

#[tokio::test]
async fn configurations_that_changed_meanwhile_are_marked_come_and_go() {
    let before = [sh("same", SLEEP, ""), sh("changed", SLEEP, ""), sh("removed", SLEEP, "")];
    let house = House::with(before.concat()).await;
    let mut pids = Vec::new();
    for name in ["same", "changed", "removed"] {
        pids.push(house.start(name).await.unwrap().pid.unwrap());
    }
    let after = [
        sh("same", SLEEP, ""),
        sh("changed", SLEEP, "stop_timeout = \"3s\""),
        sh("new", SLEEP, "autostart = true"),
        sh("later", SLEEP, ""),
    ];
    let house = house.left(async |dirs| House::rewrite(dirs, after.concat())).await;
    for (name, pid, changed) in [("same", pids[0], false), ("changed", pids[1], true)] {
        let status = house.status(name).await;
        assert_eq!((status.pid, status.changed), (Some(pid), changed), "{name}");
    }
    house.until_is("new", Word::Running).await;
    assert_eq!(house.status("later").await.state, Word::Stopped);
    until("the end of what was removed", async || !lives(pids[2])).await;
    house.configure(before[..2].concat()).await.unwrap();
    let back = house.until("changed", |status| !status.changed).await;
    assert_eq!(back.pid, Some(pids[1]));
    house.end().await;
}

#[tokio::test]
async fn a_number_that_another_process_has_now_is_not_adopted() {
    let house = House::with(sh("web", SLEEP, "restart = \"always\"\nautostart = true")).await;
    let pid = house.until_is("web", Word::Running).await.pid.unwrap();
    let started = daemon_core::home::start_ticks;
    let ticks = started(pid);
    let mut stranger = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    // Numbers are not used again within a tick, of which there are a hundred in a second.
    while started(i32::try_from(stranger.id()).unwrap()) == ticks {
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        stranger = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    }
    let house = house
        .left(async |dirs| {
            kill(pid);
            until("its end", async || !lives(pid)).await;
            let db = rusqlite::Connection::open(dirs.database()).unwrap();
            let forged = db.execute("UPDATE service_runs SET pid = ?", [stranger.id()]).unwrap();
            assert_eq!(forged, 1);
        })
        .await;
    let status = house.until("web", |status| status.run == 2 && status.state == Word::Running).await;
    assert_ne!(status.pid, i32::try_from(stranger.id()).ok());
    house.stop("web").await.unwrap();
    assert!(stranger.try_wait().unwrap().is_none(), "nobody has touched it");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    house.end().await;
}

#[tokio::test]
async fn a_run_without_a_row_is_adopted_by_its_tag() {
    let house = House::with(sh("web", SLEEP, "autostart = true")).await;
    let pid = house.until_is("web", Word::Running).await.pid;
    let house = house
        .left(async |dirs| {
            let db = rusqlite::Connection::open(dirs.database()).unwrap();
            db.execute("DELETE FROM service_runs", []).unwrap();
            db.execute("DELETE FROM service_standing", []).unwrap();
        })
        .await;
    let status = house.status("web").await;
    assert_eq!((status.pid, status.run, status.state), (pid, 1, Word::Running));
    let house = house.left(async |_| ()).await;
    assert_eq!(house.status("web").await.pid, pid, "by its row, which is there now");
    house.end().await;
}

#[tokio::test]
async fn what_a_dead_run_has_left_is_gone_before_its_successor_comes() {
    // A zombie has no command line any more.
    let script = "setsid sleep 1000 & echo $! > \"$THINGS/stray\"; \
        if [ -e \"$THINGS/first\" ] && grep -q sleep \"/proc/$(cat \"$THINGS/first\")/cmdline\"; then echo doubled; fi; \
        cp \"$THINGS/stray\" \"$THINGS/first\"; wait";
    let house = House::with(sh("family", script, "autostart = true\nrestart = \"always\"")).await;
    let pid = house.until_is("family", Word::Running).await.pid.unwrap();
    let first = house.thing("first");
    until("the stray", async || first.exists()).await;
    let stray: i32 = fs_err::read_to_string(house.thing("stray")).unwrap().trim().parse().unwrap();
    let house = house
        .left(async |_| {
            kill(pid);
            until("its end", async || !lives(pid)).await;
            assert!(lives(stray));
        })
        .await;
    house.until("family", |status| status.run == 2 && status.state == Word::Running).await;
    assert!(!lives(stray));
    let second = house.thing("stray");
    until("the second", async || {
        fs_err::read_to_string(&second).is_ok_and(|it| it.trim() != stray.to_string())
    })
    .await;
    assert!(!texts(&house, "family").await.contains(&"doubled".to_owned()));
    let second: i32 = fs_err::read_to_string(second).unwrap().trim().parse().unwrap();
    house.end().await;
    assert!(!lives(second));
}

#[tokio::test]
async fn fifos_whose_names_are_gone_and_a_lost_staging_file_do_not_end_a_log() {
    let house = House::with(parrot("parrot", "autostart = true")).await;
    house.until_is("parrot", Word::Running).await;
    until("its first word", async || texts(&house, "parrot").await == ["up"]).await;
    let (second, third) = (house.thing("parrot.2"), house.thing("parrot.3"));
    let remove = |dirs: &daemon_core::home::Dirs, what: &str| {
        let place = dirs.runs().join("parrot");
        for entry in fs_err::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with(what) {
                fs_err::remove_file(path).unwrap();
            }
        }
    };
    fs_err::write(house.thing("parrot.1"), "").unwrap();
    until("its number", async || texts(&house, "parrot").await == ["up", "1"]).await;
    let house = house
        .left(async |dirs| {
            remove(dirs, ".out");
            remove(dirs, ".err");
            fs_err::write(second, "").unwrap();
        })
        .await;
    until("the next", async || texts(&house, "parrot").await == ["up", "1", "2"]).await;
    let house = house
        .left(async |dirs| {
            remove(dirs, "staging");
            fs_err::write(third, "").unwrap();
        })
        .await;
    until("the last", async || texts(&house, "parrot").await == ["up", "1", "2", "3"]).await;
    house.end().await;
}

#[tokio::test]
async fn a_stop_or_a_restart_in_flight_is_completed() {
    let deaf =
        "trap 'echo asked' TERM; echo up; while :; do sleep 0.05; [ -e \"$THINGS/go\" ] && exit 0; done";
    let with =
        |name: &str| sh(name, deaf, "ready = { log = \"up\" }\nautostart = true\nrestart = \"on-failure\"");
    let house = House::with([with("stops"), with("restarts")].concat()).await;
    for name in ["stops", "restarts"] {
        house.until(name, |status| status.ready).await;
    }
    let client = house.client.clone();
    let stopping =
        tokio::spawn(async move { client.call(daemon_core::services::Stop { name: "stops".into() }).await });
    let client = house.client.clone();
    let restarting =
        tokio::spawn(
            async move { client.call(daemon_core::services::Restart { name: "restarts".into() }).await },
        );
    for name in ["stops", "restarts"] {
        house.until_is(name, Word::Stopping).await;
    }
    let go = house.thing("go");
    let house = house.left(async |_| ()).await;
    assert!(stopping.await.unwrap().is_err() && restarting.await.unwrap().is_err());
    for name in ["stops", "restarts"] {
        assert_eq!(house.status(name).await.state, Word::Stopping, "{name}");
    }
    fs_err::write(go, "").unwrap();
    house.until_is("stops", Word::Stopped).await;
    house.until("restarts", |status| status.run == 2 && status.state == Word::Stopped).await;
    house.end().await;
}

#[tokio::test]
async fn an_adopted_run_takes_signals_and_its_exit_is_known_where_it_can_be() {
    let script = "trap 'exit 7' USR1; echo up; while :; do sleep 0.02; done";
    let house = House::with(sh("web", script, "ready = { log = \"up\" }\nrestart = \"never\"")).await;
    house.start("web").await.unwrap();
    let house = house.left(async |_| ()).await;
    house.call(SendSignal { name: "web".to_owned(), signal: "USR1".parse().unwrap() }).await.unwrap();
    let status = house.until_is("web", Word::Failed).await;
    assert!(status.reason.unwrap().starts_with("exited with 7 after "));
    house.end().await;
}
