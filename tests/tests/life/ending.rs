//! How a daemon ends: gracefully and in order, at once when told twice, by itself when idle.

use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use daemon_core::kernel::clock::Clock;
use daemon_core::services::Word;
use hob_tests::{Home, ended, process, until};
use rustix::process::Signal;

fn foreground(home: &Home) -> (Child, i32) {
    let child = home.command(&["--daemon"]).stderr(Stdio::null()).spawn().unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    until("a daemon that is ready", || (home.daemon_pid() == Some(pid)).then_some(()));
    (child, pid)
}

fn check_clean_end(home: &Home, status: ExitStatus) {
    assert_eq!(status.code(), Some(0));
    for path in ["hob.sock", "agent.sock", "state/hob.pid"] {
        assert!(!home.join(path).exists(), "{path}");
    }
    assert!(home.join("state/hob.lock").exists());
    assert_eq!(home.processes(), Vec::<i32>::new());
}

fn check_signal_ends(signal: Signal) {
    let home = Home::with("[service.one]\ncommand = \"sleep 1000\"\n");
    let (mut daemon, pid) = foreground(&home);
    home.wait_for_service("one", |service| service.state == Word::Running);
    process::signal(pid, signal);
    check_clean_end(&home, ended(&mut daemon));
}

#[test]
fn term_ends_it_gracefully() {
    check_signal_ends(Signal::TERM);
}

#[test]
fn interrupt_ends_it_gracefully() {
    check_signal_ends(Signal::INT);
}

#[test]
fn services_are_stopped_before_those_they_depend_on() {
    let home = Home::new();
    let order = home.join("order");
    let service = |name: &str, requires: &str| {
        // The nap is long enough for a wrong order to show, and the test does not depend on it being so.
        let script = format!(
            "trap \"sleep 0.05; echo {name} >> {}; exit\" TERM; echo up; while :; do sleep 1000 & wait; done",
            order.display()
        );
        format!(
            "[service.{name}]\ncommand = ['/bin/sh', '-c', '{script}']\nready = {{ log = \"up\" }}\nrequires = [{requires}]\n"
        )
    };
    home.config(&[service("db", ""), service("api", "\"db\""), service("web", "\"api\"")].concat());
    let (mut daemon, pid) = foreground(&home);
    home.wait_for(|services| services.len() == 3 && services.iter().all(|service| service.ready));
    process::signal(pid, Signal::TERM);
    check_clean_end(&home, ended(&mut daemon));
    assert_eq!(fs_err::read_to_string(order).unwrap(), "web\napi\ndb\n");
}

#[test]
fn a_second_signal_ends_it_at_once_and_kills_what_will_not_end() {
    let home = Home::with(
        "[service.deaf]\ncommand = [\"/bin/sh\", \"-c\", \"trap '' TERM; echo up; while :; do sleep 1000; done\"]\n\
         ready = { log = \"up\" }\nstop_timeout = \"1h\"\n",
    );
    let (mut daemon, pid) = foreground(&home);
    let deaf = home.wait_for_service("deaf", |service| service.ready).pid.unwrap();
    process::signal(pid, Signal::TERM);
    home.wait_for_service("deaf", |service| service.state == Word::Stopping);
    assert!(process::is_alive(deaf));
    process::signal(pid, Signal::TERM);
    assert_eq!(ended(&mut daemon).code(), Some(1));
    until("the end of what was killed", || home.processes().is_empty().then_some(()));
    home.config("");
    let next = home.start();
    assert_ne!(next, pid);
}

#[test]
fn a_service_that_will_not_end_is_killed_when_its_daemon_has_waited_long_enough() {
    let home = Home::with(
        "[daemon]\nstop_timeout = \"200ms\"\n[service.deaf]\nstop_timeout = \"1h\"\n\
         command = [\"/bin/sh\", \"-c\", \"trap '' TERM; echo up; while :; do sleep 1000; done\"]\n\
         ready = { log = \"up\" }\n",
    );
    let (mut daemon, pid) = foreground(&home);
    home.wait_for_service("deaf", |service| service.ready);
    process::signal(pid, Signal::TERM);
    assert_eq!(ended(&mut daemon).code(), Some(0));
    until("the end of what was killed", || home.processes().is_empty().then_some(()));
}

#[test]
fn a_hangup_reloads_and_keeps_the_old_configuration_where_the_new_one_is_bad() {
    // In a directory that is not watched, so that nothing but the signal can have done it.
    let (home, elsewhere) = (Home::new(), Home::new());
    let config = elsewhere.join("real.toml");
    fs_err::write(&config, "[service.one]\ncommand = \"sleep 1000\"\n").unwrap();
    std::os::unix::fs::symlink(&config, home.join("config.toml")).unwrap();
    let (mut daemon, pid) = foreground(&home);
    home.wait_for_service("one", |service| service.state == Word::Running);

    fs_err::write(&config, "[service.two]\ncommand = \"sleep 1000\"\n").unwrap();
    process::signal(pid, Signal::HUP);
    home.wait_for(|services| matches!(services, [two] if two.name == "two" && two.state == Word::Running));

    fs_err::write(&config, "[service.two\n").unwrap();
    process::signal(pid, Signal::HUP);
    until("the complaint", || home.log().contains("was not applied").then_some(()));
    assert!(home.log().contains("config.toml:1"), "{}", home.log());
    home.wait_for(|services| matches!(services, [two] if two.name == "two" && two.state == Word::Running));
    process::signal(pid, Signal::TERM);
    check_clean_end(&home, ended(&mut daemon));
}

#[test]
fn a_daemon_that_nobody_needs_ends_by_itself_and_one_with_a_service_does_not() {
    let home = Home::with("[daemon]\nidle_timeout = \"100ms\"\n");
    let (mut daemon, _) = foreground(&home);
    check_clean_end(&home, ended(&mut daemon));
    assert!(home.log().contains("Idle"), "{}", home.log());

    home.config("[daemon]\nidle_timeout = \"100ms\"\n[service.one]\ncommand = \"sleep 1000\"\n");
    let (mut daemon, _) = foreground(&home);
    let clock = Clock::system();
    until("several idle timeouts later", || (Duration::from_millis(500) < clock.uptime()).then_some(()));
    home.wait_for_service("one", |service| service.state == Word::Running);
    assert!(daemon.try_wait().unwrap().is_none());
    let stopped = home.hob(&["stop", "one"]);
    assert!(stopped.status.success());
    check_clean_end(&home, ended(&mut daemon));
}

#[test]
fn stopping_by_command_answers_once_the_process_is_gone() {
    let home = Home::with("[service.one]\ncommand = \"sleep 1000\"\n");
    let (mut daemon, pid) = foreground(&home);
    home.wait_for_service("one", |service| service.state == Word::Running);
    let stopped = home.json(&["daemon", "stop"]);
    assert_eq!(stopped["pid"], pid);
    assert!(!process::is_alive(pid));
    check_clean_end(&home, ended(&mut daemon));
}
