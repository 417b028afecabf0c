//! Whose children are whose: the app has ours, GLib's and WebKit's, and everybody waits for his own.

use std::collections::BTreeSet;

use daemon_core::services::Word;
use hob_tests::desktop::{Session, TrayHost, WebDriver};
use hob_tests::{Home, process, until};
use rustix::process::Signal;

use crate::stage::{SERVICES, STOP, Stage, running};
use crate::trace::{Thread, Trace};

const DOZEN: usize = 12;
const MANY: usize = 200;

/// What GLib says when somebody else has waited for a child of its own.
const ROBBED: [&str; 3] = ["ECHILD", "GChildWatch", "g_spawn"];

#[test]
fn services_come_and_go_by_the_dozen_and_the_window_keeps_its_processes() {
    let mut stage = Stage::of(Home::with(&sleepers(DOZEN, "")));
    stage.item.activate();
    let driver = WebDriver::attach(&stage.session, stage.inspector);
    driver.click(SERVICES);
    driver.wait_for("tr[data-service='sleeper-0'][data-state='running']");
    let pid = stage.app.pid();
    let before = helpers(pid);
    assert!(2 <= before.len(), "a page has a process, and so has its network: {before:?}");

    churn(&stage.home, 3);

    let first = stage.pid_of("sleeper-0");
    driver.click("tr[data-service='sleeper-0'] [data-action='restart']");
    stage.home.wait_for_service("sleeper-0", |it| it.pid.is_some_and(|pid| pid != first));
    driver.wait_for("tr[data-service='sleeper-0'][data-state='running']");
    assert_eq!(helpers(pid), before, "the window has lost a process");

    drop(driver);
    close_windows(&stage.session, pid);
    until("the end of the page's process", || (helpers(pid).len() < before.len()).then_some(()));
    until("no zombie", || process::zombies(pid).is_empty().then_some(()));
    check_nobody_was_robbed(&stage);

    // And again: what starts and ends the page's process still works.
    stage.item.activate();
    stage.session.wait_for_windows(pid, 1);
    until("the next page's process", || (helpers(pid).len() == before.len()).then_some(()));
    stage.quit(STOP);
    assert_eq!(stage.home.processes(), Vec::<i32>::new());
}

#[test]
fn the_daemon_waits_for_its_own_processes_and_each_by_name() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let home = Home::with(&sleepers(DOZEN, ""));
    let (mut app, port, trace) = Trace::launch(&session, &home);
    let item = host.item();
    assert_eq!(item.pid(), app.pid());
    item.activate();
    let driver = WebDriver::attach(&session, port);
    driver.click(SERVICES);
    driver.wait_for("tr[data-service='sleeper-0'][data-state='running']");
    let helpers = helpers(app.pid());
    churn(&home, 1);
    drop(driver);
    close_windows(&session, app.pid());
    until("the end of the page's process", || {
        helpers.iter().any(|pid| !process::is_alive(*pid)).then_some(())
    });
    until("no zombie", || process::zombies(app.pid()).is_empty().then_some(()));
    home.stop();
    assert!(app.ended().success());

    let threads = trace.threads(app.pid());
    let nameless = threads.iter().flat_map(|thread| &thread.waited).filter(|waited| waited.pid.is_none());
    assert_eq!(nameless.count(), 0, "somebody waits for whatever child ends next");
    let daemon = maker_of_most(&threads);
    let (made, reaped) = (pids(daemon.made.iter().map(|made| made.pid)), pids(daemon.reaped()));
    assert!(made.is_subset(&reaped), "the daemon has not waited for all of its own: {made:?} {reaped:?}");
    // Each has run three times.
    assert!(3 * DOZEN <= made.len(), "{made:?}");
    let others = || threads.iter().filter(|thread| !std::ptr::eq(*thread, daemon));
    // What has lost its parent is a child of the app without having been made by it, and nobody else's to wait for.
    let robbed = others().flat_map(|thread| &thread.made).find(|made| reaped.contains(&made.pid));
    assert_eq!(robbed, None, "the daemon has waited for a process of somebody else");
    let theirs = pids(others().flat_map(Thread::reaped));
    assert!(theirs.is_disjoint(&made) && helpers.iter().any(|pid| theirs.contains(pid)), "{theirs:?}");
}

#[test]
fn two_hundred_services_are_spawned_without_a_copy_of_the_app() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let home = Home::with(&sleepers(MANY, "autostart = false\n"));
    let (mut app, port, trace) = Trace::launch(&session, &home);
    // With a window the app is big, and a fork of it slow.
    host.item().activate();
    let driver = WebDriver::attach(&session, port);
    driver.click(SERVICES);
    driver.wait_for("tr[data-service='sleeper-0']");
    home.ok(&[&["start"], &names(MANY).iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
    let services = home.wait_for(|all| all.iter().all(|it| it.state == Word::Running && it.pid.is_some()));
    drop(driver);
    home.stop();
    assert!(app.ended().success());

    let threads = trace.threads(app.pid());
    let daemon = maker_of_most(&threads);
    assert_eq!(services.len(), MANY);
    for service in services {
        assert!(daemon.made(service.pid.unwrap()), "{} is no child of the app", service.name);
    }
    let copied: Vec<_> = daemon.made.iter().filter(|made| !made.shared).collect();
    assert!(copied.is_empty(), "{} of {} were forked", copied.len(), daemon.made.len());
}

/// So many services that do nothing, each with these lines.
fn sleepers(count: usize, lines: &str) -> String {
    let section = |name| format!("[service.{name}]\ncommand = [\"sleep\", \"1000\"]\n{lines}");
    names(count).into_iter().map(section).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("sleeper-{number}")).collect()
}

/// Crashes all services, and stops and starts them all, so often.
fn churn(home: &Home, rounds: u32) {
    let names = names(DOZEN);
    let all = |verb| [&[verb], &names.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat();
    for _ in 0..rounds {
        for name in &names {
            let first = running(home, name);
            process::signal(first, Signal::KILL);
            home.wait_for_service(name, |it| it.pid.is_some_and(|pid| pid != first));
        }
        home.ok(&all("stop"));
        assert_eq!(home.processes(), Vec::<i32>::new());
        home.ok(&all("start"));
        home.wait_for(|all| all.iter().all(|it| it.state == Word::Running));
    }
}

/// The processes of WebKit that an app has.
fn helpers(app: i32) -> BTreeSet<i32> {
    let is_helper = |pid: &i32| {
        let name = fs_err::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.starts_with("WebKit") && process::parent(*pid) == Some(app)
    };
    process::all().into_iter().filter(is_helper).collect()
}

fn close_windows(session: &Session, app: i32) {
    session.windows(app).into_iter().for_each(|window| session.close_window(window));
    session.wait_for_windows(app, 0);
}

fn check_nobody_was_robbed(stage: &Stage) {
    let said = stage.app.said();
    for words in ROBBED {
        assert!(!said.contains(words), "the app said {words}: {said}");
    }
    let told = stage.home.ok(&["logs", "sleeper-0", "sleeper-11"]);
    assert!(told.contains("killed by SIGKILL"), "{told}");
    // The end of a service for which somebody else has waited.
    assert!(!told.contains("nobody knows how"), "{told}");
}

/// The daemon's thread: nobody else makes so many processes.
fn maker_of_most(threads: &[Thread]) -> &Thread {
    threads.iter().max_by_key(|thread| thread.made.len()).unwrap()
}

fn pids(of: impl Iterator<Item = i32>) -> BTreeSet<i32> {
    of.collect()
}
