//! The two ways to quit: with everything, and without the services.

use hob_tests::process;

use crate::stage::{LEAVE, STOP, Stage, running};

#[test]
fn everything_stops_and_nothing_of_it_is_left() {
    let mut stage = Stage::hosting();
    let web = stage.pid_of("web");
    stage.quit(STOP);
    assert!(!process::is_alive(web));
    assert_eq!(stage.home.processes(), Vec::<i32>::new());
    assert_eq!(stage.home.daemon_pid(), None);
    assert!(stage.session.names("dev.hob").is_empty());
}

#[test]
fn services_are_left_to_a_daemon_that_has_taken_over_by_then() {
    let mut stage = Stage::hosting();
    let app = stage.app.pid();
    let web = stage.pid_of("web");
    stage.item.click("worker");
    stage.item.wait_for("worker stopped", |menu| menu.labels()[0] == "1 running · 1 stopped");
    stage.quit(LEAVE);
    // No waiting: it has exited when the other was there.
    let daemon = stage.home.daemon_pid().expect("a daemon has taken over");
    assert_ne!(daemon, app);
    let program = fs_err::read_link(format!("/proc/{daemon}/exe")).unwrap();
    assert_eq!(program.file_name().unwrap(), "hob");
    running(&stage.home, "web");
    assert_eq!(stage.pid_of("web"), web, "it has noticed nothing");
    stage.home.stop();
    assert_eq!(stage.home.processes(), Vec::<i32>::new());
}

#[test]
fn a_quit_with_an_open_window_ends_the_window_too() {
    let mut stage = Stage::hosting();
    stage.item.activate();
    stage.session.wait_for_windows(stage.app.pid(), 1);
    stage.quit(STOP);
    assert_eq!(stage.home.processes(), Vec::<i32>::new());
}
