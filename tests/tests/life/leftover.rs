//! What a killed daemon leaves running is ended by the next one, whatever has become of it meanwhile.

use daemon_core::services::Word;
use hob_tests::{Home, process, until};
use rustix::process::Signal;

const FAMILY: &str = r#"
[service.family]
command = ["/bin/sh", "-c", "sleep 1000 & sleep 1001 & echo up; wait"]
ready = { log = "up" }
"#;

/// Starts the family, kills its daemon, and returns the group and its main process.
fn orphaned() -> (Home, Vec<i32>, i32) {
    let home = Home::with(FAMILY);
    let daemon = home.start();
    let main = home.wait_for_service("family", |service| service.ready).pid.unwrap();
    until("the whole family", || (process::group(main).len() == 3).then_some(()));
    process::signal(daemon, Signal::KILL);
    until("the end of the daemon", || (!process::is_alive(daemon)).then_some(()));
    let members = process::group(main);
    assert_eq!(members.len(), 3, "they live on without it");
    (home, members, main)
}

fn check_replaced(home: &Home, members: &[i32]) {
    home.start();
    home.wait_for_service("family", |service| service.run == 2 && service.ready);
    until("the end of the old family", || members.iter().all(|pid| !process::is_alive(*pid)).then_some(()));
    until("the new family", || (home.processes().len() == 3).then_some(()));
    home.stop();
    until("the end of all", || home.processes().is_empty().then_some(()));
}

#[test]
fn a_run_that_lives_is_ended_with_its_group_and_started_anew() {
    let (home, members, _) = orphaned();
    check_replaced(&home, &members);
}

#[test]
fn what_a_run_left_that_has_died_meanwhile_is_ended_too() {
    let (home, members, main) = orphaned();
    process::signal(main, Signal::KILL);
    until("the end of its main process", || (!process::is_alive(main)).then_some(()));
    assert_eq!(process::group(main).len(), 2);
    check_replaced(&home, &members);
}

#[test]
fn a_run_of_a_service_that_is_not_configured_any_more_is_ended() {
    let (home, members, _) = orphaned();
    home.config("[service.other]\ncommand = \"sleep 1000\"\n");
    home.start();
    home.wait_for_service("other", |service| service.state == Word::Running);
    until("the end of the old family", || members.iter().all(|pid| !process::is_alive(*pid)).then_some(()));
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[test]
fn a_run_that_will_not_end_is_killed_after_its_time() {
    let home = Home::with(
        "[service.deaf]\nstop_timeout = \"100ms\"\nready = { log = \"up\" }\n\
         command = [\"/bin/sh\", \"-c\", \"trap '' TERM; echo up; while :; do sleep 1000; done\"]\n",
    );
    let daemon = home.start();
    let deaf = home.wait_for_service("deaf", |service| service.ready).pid.unwrap();
    process::signal(daemon, Signal::KILL);
    until("the end of the daemon", || (!process::is_alive(daemon)).then_some(()));
    home.start();
    home.wait_for_service("deaf", |service| service.run == 2 && service.ready);
    assert!(!process::is_alive(deaf));
}
