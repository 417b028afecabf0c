//! Holding the daemon, being a client of one, and being the second of the app.

use std::process::Stdio;

use hob_tests::desktop::{App, Session};
use hob_tests::{Home, ended, process};

use crate::stage::{QUIT, STOP, Stage, TWO, running, wait_for_daemon};

#[test]
fn the_command_line_works_against_the_app() {
    let mut stage = Stage::hosting();
    let pid = stage.app.pid();
    assert_eq!(stage.home.daemon_pid(), Some(pid));
    assert_eq!(stage.home.json(&["system", "ping"])["pid"], pid);
    let listed = stage.home.json(&["ls"]);
    let states = listed["services"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap());
    assert_eq!(states.collect::<Vec<_>>(), ["running", "running"]);
    stage.home.ok(&["stop", "web"]);
    stage.item.wait_for("web stopped", |menu| menu.labels()[0] == "1 running · 1 stopped");
    // A daemon that is told to stop is the app, and it goes.
    stage.home.stop();
    assert!(stage.app.ended().success());
    stage.host.wait_for_items(0);
}

#[test]
fn a_daemon_that_runs_is_attached_to_and_outlives_the_app() {
    let home = Home::with(TWO);
    let mut daemon = home.command(&["--daemon"]).stderr(Stdio::null()).spawn().unwrap();
    let pid = i32::try_from(daemon.id()).unwrap();
    wait_for_daemon(&home, pid);
    let web = running(&home, "web");

    let mut stage = Stage::of(home);
    let menu = stage.item.wait_for("the services", |menu| menu.labels()[0] == "2 running");
    let quits = menu.entries.iter().filter(|entry| entry.label.starts_with("Quit"));
    assert_eq!(quits.map(|entry| entry.label.as_str()).collect::<Vec<_>>(), [QUIT]);
    stage.item.click("worker");
    stage.item.wait_for("worker stopped", |menu| menu.labels()[0] == "1 running · 1 stopped");
    stage.quit(QUIT);
    assert_eq!((stage.pid_of("web"), stage.home.daemon_pid()), (web, Some(pid)));
    stage.home.stop();
    assert!(ended(&mut daemon).success());
}

#[test]
fn the_next_daemon_is_attached_to_when_the_first_has_gone() {
    let home = Home::with(TWO);
    home.start();
    let stage = Stage::of(home);
    stage.item.wait_for("the services", |menu| menu.labels()[0] == "2 running");
    let web = stage.pid_of("web");
    stage.home.ok(&["daemon", "restart"]);
    stage.item.wait_for("the services again", |menu| menu.labels()[0] == "2 running");
    stage.item.click("worker");
    stage.item.wait_for("worker stopped", |menu| menu.labels()[0] == "1 running · 1 stopped");
    assert_eq!(stage.pid_of("web"), web, "a restart in place leaves services alone");
}

#[test]
fn a_second_start_opens_the_window_of_the_first_and_ends_well() {
    let mut stage = Stage::hosting();
    let pid = stage.app.pid();
    assert_eq!(stage.session.names("dev.hob.Desktop").len(), 1);
    for _ in 0..2 {
        let mut second = App::start(&stage.session, &stage.home, &[]);
        assert!(second.ended().success(), "{}", second.said());
        stage.session.wait_for_windows(pid, 1);
    }
    assert_eq!((stage.host.items(), stage.home.daemon_pid()), (1, Some(pid)));
    stage.quit(STOP);
}

#[test]
fn two_homes_have_an_app_each() {
    let first = Stage::hosting();
    let home = Home::with("");
    let _second = App::start(&first.session, &home, &[]);
    first.host.wait_for_items(2);
    assert_eq!(first.session.names("dev.hob.Desktop.h").len(), 2);
}

#[test]
fn an_app_that_was_killed_does_not_block_the_next() {
    let mut stage = Stage::hosting();
    let (web, first) = (stage.pid_of("web"), stage.app.pid());
    stage.app.kill();
    stage.host.wait_for_items(0);
    assert!(!process::is_alive(first));

    let (next, _) = App::automated(&stage.session, &stage.home, &[]);
    stage.item = stage.host.item();
    stage.app = next;
    stage.item.wait_for("both services", |menu| menu.labels()[0] == "2 running");
    assert_eq!(stage.home.daemon_pid(), Some(stage.app.pid()));
    assert_eq!(stage.pid_of("web"), web, "it was not adopted");
    stage.quit(STOP);
    assert_eq!(stage.home.processes(), Vec::<i32>::new());
}

#[test]
fn a_killed_app_leaves_a_home_that_hob_can_take() {
    let session = Session::start();
    let home = Home::with(TWO);
    let mut app = App::start(&session, &home, &["--background"]);
    wait_for_daemon(&home, app.pid());
    app.kill();
    let pid = home.start();
    assert_eq!(home.daemon_pid(), Some(pid));
    running(&home, "web");
    home.stop();
}
