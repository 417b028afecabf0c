//! The walk a person takes on the first day: tray, services, a crash, the window, and the end.

use hob_tests::desktop::{WebDriver, as_nobody};
use hob_tests::{process, until};

use crate::stage::{SERVICES, STOP, Stage, row};

#[test]
fn tray_window_and_daemon_are_one() {
    let mut stage = Stage::hosting();
    let item = &stage.item;
    assert_eq!((item.id(), item.title(), item.pid()), ("hob".into(), "Hob".into(), stage.app.pid()));

    let first = stage.pid_of("web");
    item.click("web");
    until("the end of web's process", || (!process::is_alive(first)).then_some(()));
    item.wait_for("web off", |menu| row(menu, "web").is_some_and(|web| web.label == "web" && !web.is_on()));
    item.click("web");
    let second = stage.pid_of("web");
    assert_ne!(second, first);
    item.wait_for("web on", |menu| row(menu, "web").is_some_and(|web| web.label == "web" && web.is_on()));

    let well = item.icon();
    stage.crash("worker");
    let menu = item.wait_for("the crash", |menu| menu.labels()[0] == "1 running · 1 failed");
    assert!(menu.find_by(|entry| entry.label.starts_with("worker failed: ")).is_some(), "{menu}");
    assert_eq!(row(&menu, "worker").unwrap().label, "worker (failed)", "{menu}");
    item.wait_for_icon("another icon", |icon| *icon != well);

    item.click("Open Hob");
    let driver = WebDriver::attach(&stage.session, stage.inspector);
    driver.click(SERVICES);
    driver.wait_for("tr[data-service='web'][data-state='running']");
    driver.wait_for("tr[data-service='worker'][data-state='failed']");
    driver.click("tr[data-service='web'] [data-action='restart']");
    stage.home.wait_for_service("web", |web| web.pid.is_some_and(|pid| pid != second));
    assert!(!process::is_alive(second));
    // The page sees what the tray does. Each click waits until the menu is at rest: one into a menu
    // whose rows are just being replaced is refused.
    item.wait_for("web back", |menu| menu.labels()[0] == "1 running · 1 failed");
    item.click("worker (failed)");
    item.wait_for("worker off", |menu| menu.labels()[0] == "1 running · 1 stopped");
    item.click("worker");
    driver.wait_for("tr[data-service='worker'][data-state='running']");
    item.wait_for_icon("the first icon", |icon| *icon == well);
    drop(driver);

    stage.quit(STOP);
    assert_eq!(stage.home.processes(), Vec::<i32>::new());
    assert!(!stage.home.join("hob.sock").exists());
}

#[test]
fn all_of_it_works_for_somebody_who_is_not_root() {
    as_nobody("walk::tray_window_and_daemon_are_one");
}

#[test]
fn a_window_that_is_closed_leaves_the_tray_and_opens_again_by_a_left_click() {
    let mut stage = Stage::hosting();
    let pid = stage.app.pid();
    for _ in 0..2 {
        stage.item.activate();
        stage.session.wait_for_windows(pid, 1);
        close_windows(&stage);
        stage.session.wait_for_windows(pid, 0);
        assert!(stage.app.is_running());
    }
    stage.item.wait_for("the menu", |menu| menu.labels()[0] == "2 running");
    stage.quit(STOP);
}

#[test]
fn many_clicks_open_one_window() {
    let stage = Stage::hosting();
    for _ in 0..5 {
        stage.item.activate();
    }
    stage.session.wait_for_windows(stage.app.pid(), 1);
    let driver = WebDriver::attach(&stage.session, stage.inspector);
    driver.click(SERVICES);
    driver.wait_for("tr[data-service='web']");
    stage.item.click("All services…");
    assert_eq!(driver.windows(), 1);
}

/// Asks each window to close, as a person does by the mark in its corner.
fn close_windows(stage: &Stage) {
    let windows = stage.session.windows(stage.app.pid());
    for window in windows {
        stage.session.close_window(window);
    }
}

#[test]
fn a_pause_is_made_and_ended_in_the_menu() {
    let mut stage = Stage::hosting();
    stage.item.click("For 15 minutes");
    let menu = stage.item.wait_for("the pause", |menu| menu.find("Resume now").is_some());
    let words = menu.find_by(|entry| entry.label.starts_with("Paused until ")).unwrap();
    assert!(!words.enabled && menu.labels()[0].ends_with("paused"), "{menu}");
    assert!(menu.find("Pause").is_none());
    stage.item.click("Resume now");
    stage.item.wait_for("no pause", |menu| menu.find("Pause").is_some() && menu.labels()[0] == "2 running");
    stage.quit(STOP);
}
