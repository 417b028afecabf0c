//! Many who want the daemon at the same moment: one daemon, and nobody is turned away.

use std::process::{Child, Output, Stdio};

use daemon_core::services::Word;
use hob_tests::{Home, ended, process, program, text, until};

const CROWD: usize = 10;

/// Runs the same command so many times at once.
fn crowd(home: &Home, arguments: &[&str]) -> Vec<Output> {
    let begin = |_| home.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<Child> = (0..CROWD).map(begin).collect();
    children.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
}

/// The daemons of a home.
fn daemons(home: &Home) -> Vec<i32> {
    let of_this = |pid: &i32| process::variable(*pid, "HOB_HOME").is_some_and(|it| *it == *home.path());
    process::executing(&program("hob").canonicalize().unwrap()).into_iter().filter(of_this).collect()
}

fn check_all_succeed(arguments: &[&str]) {
    let home = Home::with("[service.one]\ncommand = \"sleep 1000\"\n");
    for output in crowd(&home, arguments) {
        assert!(output.status.success(), "{}", text(&output));
    }
    let pid = home.daemon_pid().unwrap();
    until("the end of the losers", || (daemons(&home) == [pid]).then_some(()));
    home.wait_for_service("one", |service| service.state == Word::Running);
    let running = home.processes();
    assert_eq!(running.len(), 1, "{running:?}");
    assert_eq!(process::zombies(pid), Vec::<i32>::new());
    home.stop();
    assert!(home.processes().is_empty() && daemons(&home).is_empty());
}

#[test]
fn ten_starts_at_once_make_one_daemon_and_all_succeed() {
    check_all_succeed(&["daemon", "start"]);
}

#[test]
fn ten_commands_at_once_that_need_a_daemon_start_one() {
    check_all_succeed(&["wait", "one"]);
}

#[test]
fn ten_daemons_at_once_leave_one_and_the_others_name_it() {
    let home = Home::new();
    let begin = |_| home.command(&["--daemon"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut children: Vec<Child> = (0..CROWD).map(begin).collect();
    let mut losers = Vec::new();
    until("the end of nine", || {
        for child in &mut children {
            let ended = child.try_wait().unwrap();
            if ended.is_some() && !losers.contains(&child.id()) {
                losers.push(child.id());
            }
        }
        (losers.len() == CROWD - 1).then_some(())
    });
    let (winner, losers): (Vec<Child>, Vec<Child>) =
        children.into_iter().partition(|child| !losers.contains(&child.id()));
    let pid = until("the pid file", || home.daemon_pid());
    assert_eq!(winner[0].id().to_string(), pid.to_string());
    for loser in losers {
        let output = loser.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    }
    home.stop();
    for mut child in winner {
        assert!(ended(&mut child).success());
    }
}

#[test]
fn a_command_waits_for_a_daemon_that_is_just_stopping_and_starts_the_next() {
    let slow = "command = [\"/bin/sh\", \"-c\", \"trap 'sleep 0.3; exit' TERM; echo up; while :; do sleep 1000 & wait; done\"]";
    let home = Home::with(&format!("[service.slow]\n{slow}\nready = {{ log = \"up\" }}\n"));
    let first = home.start();
    home.wait_for_service("slow", |service| service.ready);
    process::signal(first, rustix::process::Signal::TERM);
    until("the stop", || home.log().contains("stopping").then_some(()));
    home.ok(&["daemon", "stop"]);
    let second = home.start();
    assert_ne!(first, second);
}

#[test]
fn where_no_daemon_may_be_started_the_remedy_is_said_and_none_is() {
    let home = Home::with("[daemon]\nauto_start = false\n");
    let said = home.fails(&["ls"], 69);
    assert!(said.contains("hob daemon start"), "{said}");
    assert!(daemons(&home).is_empty() && !home.join("state").exists());
    home.start();
    home.ok(&["ls"]);
}
