//! `kill -9` of the daemon at each step of a request's life, and at any moment between them.
//!
//! Whatever the moment: nothing runs twice, nothing has run of which the record
//! does not say that it was claimed, and what was approved and has not run says
//! so. The command leaves a line behind each time that it runs, so that somebody
//! can count.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hob_tests::{Home, Random, process, until};
use rustix::process::Signal;
use serde_json::Value;

use crate::record;

/// Each step that a request takes on its way, by the leaf that says so.
const STEPS: [&str; 7] = [
    "request.received",
    "policy.evaluated",
    "approval.shown",
    "approval.decided",
    "exec.claimed",
    "exec.started",
    "exec.finished",
];
/// How often at each step: what comes right after it may have been done or not.
const TIMES: u64 = 4;
/// Kills at any moment.
const KILLS: u64 = 40;
const POLICY: &str = "version = 1\n[defaults]\nasks_per_minute = 10000\nrequests_per_minute = 1000000\nmax_pending_per_client = 1000\n";

#[test]
fn a_daemon_killed_at_each_step_runs_nothing_twice_and_forgets_nothing() {
    let home = home();
    let mut number = 0;
    for step in STEPS {
        for _ in 0..TIMES {
            number += 1;
            let daemon = begin(&home);
            let before = record::lines(&record::directory(&home)).len();
            let asking = ask(&home, number);
            let killed = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    // Again and again: what tells of a change comes later than the change.
                    until(step, || has_step(&home, before, step).then_some(()));
                    kill(daemon);
                    killed.store(true, Ordering::SeqCst);
                });
                // While it lives, somebody decides.
                until("the kill", || {
                    approve_what_waits(&home, &killed);
                    killed.load(Ordering::SeqCst).then_some(())
                });
            });
            end(asking);
        }
    }
    let states = check(&home, number);
    for state in ["orphaned", "unknown", "finished"] {
        assert!(states.contains(state), "no kill has led to {state}: {states:?}");
    }
}

#[test]
fn a_daemon_killed_at_any_moment_runs_nothing_twice_and_forgets_nothing() {
    let home = home();
    let mut random = Random::new();
    for number in 1..=KILLS {
        let daemon = begin(&home);
        let asking = ask(&home, number);
        let killed = AtomicBool::new(false);
        let wait = Duration::from_micros(random.below(150_000));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(wait);
                kill(daemon);
                killed.store(true, Ordering::SeqCst);
            });
            until("the kill", || {
                approve_what_waits(&home, &killed);
                killed.load(Ordering::SeqCst).then_some(())
            });
        });
        end(asking);
    }
    check(&home, KILLS);
}

#[test]
fn what_waited_in_a_killed_daemon_is_taken_up_by_whoever_asked_and_runs_once() {
    let home = home();
    let daemon = begin(&home);
    let mut asking = ask(&home, 1);
    let request = until("a request", || pending(&home).into_iter().next());
    let id = request["id"].as_str().unwrap().to_owned();
    kill(daemon);
    // `hob run` asks the next one for the same.
    let daemon = begin(&home);
    let again = until("the request again", || pending(&home).into_iter().next());
    assert_eq!(again["id"], id.as_str());
    home.ok(&["approve", &id, "--reviewed", again["plan"].as_str().unwrap()]);
    assert!(hob_tests::ended(&mut asking).success());
    kill(daemon);
    assert_eq!(traces(&home), [1]);
    home.start();
    home.stop();
    let history = &record::histories(&record::directory(&home))[&id];
    for leaf in
        ["request.orphaned", "request.reattached", "approval.decided", "exec.claimed", "exec.finished"]
    {
        assert_eq!(history.iter().filter(|it| *it == leaf).count(), 1, "{history:?}");
    }
    record::verified(&record::directory(&home), 0);
}

/// Whoever decides is not to start a daemon in the place of one that was killed.
fn home() -> Home {
    let home = Home::with("[daemon]\nauto_start = false\n");
    fs_err::write(home.join("policy.toml"), POLICY).unwrap();
    home
}

/// What must be so in the end, whatever was killed when; the states that there are then.
fn check(home: &Home, count: u64) -> BTreeSet<String> {
    home.start();
    let ran = traces(home);
    let requests = home.json(&["request", "list", "-n", "1000"])["requests"].as_array().unwrap().clone();
    let histories = record::histories(&record::directory(home));
    assert_eq!(histories.len(), requests.len(), "what the record tells of is still known");
    for (id, history) in &histories {
        let request = requests.iter().find(|request| request["id"] == id.as_str());
        let request = request.unwrap_or_else(|| panic!("{id} is forgotten: {history:?}"));
        let count = |kind: &str| history.iter().filter(|leaf| *leaf == kind).count();
        let number: u64 = number_of(request);
        let runs = ran.iter().filter(|it| **it == number).count();
        assert!(runs <= 1, "{number} ran {runs} times: {history:?}");
        assert!(count("exec.claimed") <= 1, "{history:?}");
        if runs == 1 {
            assert_eq!(count("exec.claimed"), 1, "{number} ran without a leaf that says so: {history:?}");
            assert_eq!(count("approval.decided"), 1, "{history:?}");
        }
        let state = request["state"].as_str().unwrap();
        let last = match state {
            "finished" => "exec.finished",
            "not_started" => "exec.not_started",
            "unknown" => "exec.unknown",
            "orphaned" => "request.orphaned",
            "cancelled" => "request.cancelled",
            "expired" => "request.expired",
            other => panic!("{number} is {other}: {history:?}"),
        };
        assert_eq!(history.last().unwrap(), last, "{number} is {state}");
        if count("approval.decided") == 1 {
            assert!(["finished", "not_started", "unknown"].contains(&state), "{number}: {history:?}");
        }
    }
    // Nothing ran that nobody asked for, or under a number that has no request.
    assert!(ran.iter().all(|number| (1..=count).contains(number)), "{ran:?}");
    assert_eq!(home.json(&["audit", "verify"])["whole"], true);
    home.stop();
    let copy = home.join("copy");
    record::copied(&record::directory(home), &copy);
    record::verified(&copy, 0);
    requests.iter().map(|request| request["state"].as_str().unwrap().to_owned()).collect()
}

fn begin(home: &Home) -> Child {
    let mut daemon = home.command(&["--daemon"]).stderr(Stdio::null()).spawn().unwrap();
    until("a daemon that answers", || {
        assert!(daemon.try_wait().unwrap().is_none(), "the daemon has ended: {}", home.log());
        home.call(daemon_core::system::Ping {}).ok()
    });
    daemon
}

/// Asks for a command that leaves its number behind and takes its time, and waits for it.
fn ask(home: &Home, number: u64) -> Child {
    let script = format!("echo {number} >> '{}'; sleep 0.2", home.join("trace").display());
    let mut command = home.command(&["run", "--wait", "--", "sh", "-c", &script]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(mut daemon: Child) {
    process::signal(i32::try_from(daemon.id()).unwrap(), Signal::KILL);
    daemon.wait().unwrap();
}

/// Whoever asked waits for the next daemon, which nobody is to be asked by.
fn end(mut asking: Child) {
    asking.kill().unwrap();
    asking.wait().unwrap();
}

fn approve_what_waits(home: &Home, killed: &AtomicBool) {
    for request in pending(home) {
        if killed.load(Ordering::SeqCst) {
            return;
        }
        let (id, plan) = (request["id"].as_str().unwrap(), request["plan"].as_str().unwrap());
        // Each may find that the daemon has just been killed.
        home.hob(&["approval", "show", id]);
        home.hob(&["approval", "decide", id, "approve", "--digest", plan]);
    }
}

/// What waits, as far as there is a daemon to tell.
fn pending(home: &Home) -> Vec<Value> {
    let asked = home.call(daemon_core::approvals::ops::List { client: None, limit: None });
    let Ok(waiting) = asked else { return Vec::new() };
    waiting.requests.iter().map(|request| serde_json::to_value(request).unwrap()).collect()
}

fn has_step(home: &Home, before: usize, step: &str) -> bool {
    let kind = format!("\"type\":\"{step}\"");
    record::lines(&record::directory(home)).iter().skip(before).any(|line| line.contains(&kind))
}

fn traces(home: &Home) -> Vec<u64> {
    let text = fs_err::read_to_string(home.join("trace")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// The number that its command would leave behind.
fn number_of(request: &Value) -> u64 {
    let display = request["display"].as_str().unwrap();
    let word = display.split("echo ").nth(1).and_then(|rest| rest.split(' ').next());
    word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{display}"))
}
