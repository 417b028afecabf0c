//! What happens without a tray, a bus or a display, and when one of them goes away.

use hob_tests::Home;
use hob_tests::desktop::{App, Notifications, Parts, Session, TrayHost};

use crate::stage::{QUIT, STOP, Stage, TWO, running, wait_for_daemon};

const NO_TRAY: &str = "shows no tray icons";

#[test]
fn without_a_tray_the_window_opens_and_it_is_said_once() {
    let session = Session::start();
    let home = Home::with(TWO);
    let app = App::start(&session, &home, &[]);
    session.wait_for_windows(app.pid(), 1);
    wait_for_daemon(&home, app.pid());
    assert_eq!(app.said().matches(NO_TRAY).count(), 1, "{}", app.said());
}

#[test]
fn without_a_tray_nothing_opens_in_the_background() {
    let session = Session::start();
    let home = Home::with(TWO);
    let app = App::start(&session, &home, &["--background"]);
    running(&home, "web");
    assert_eq!(session.windows(app.pid()), Vec::<u32>::new());
    assert_eq!(app.said().matches(NO_TRAY).count(), 1, "{}", app.said());
}

#[test]
fn a_tray_that_comes_later_or_again_gets_the_icon() {
    let session = Session::start();
    let home = Home::with(TWO);
    let app = App::start(&session, &home, &["--background"]);
    running(&home, "web");
    for _ in 0..2 {
        let host = TrayHost::on(&session);
        let item = host.item();
        assert_eq!(item.pid(), app.pid());
        item.wait_for("both services", |menu| menu.labels()[0] == "2 running");
        host.leave();
    }
}

#[test]
fn without_a_bus_the_window_opens_and_the_daemon_runs() {
    let session = Session::with(Parts { bus: false, ..Parts::default() });
    let home = Home::with(TWO);
    let mut app = App::start(&session, &home, &[]);
    session.wait_for_windows(app.pid(), 1);
    running(&home, "web");
    assert_eq!(app.said().matches(NO_TRAY).count(), 1, "{}", app.said());
    home.stop();
    assert!(app.ended().success());
}

#[test]
fn a_bus_that_dies_does_not_take_the_daemon_along() {
    let mut stage = Stage::hosting();
    let (web, pid) = (stage.pid_of("web"), stage.app.pid());
    stage.session.kill_bus();
    stage.home.ok(&["stop", "worker"]);
    stage.home.ok(&["start", "worker"]);
    assert_eq!((stage.pid_of("web"), stage.home.daemon_pid()), (web, Some(pid)));
    assert!(stage.app.is_running());
    stage.home.stop();
    assert!(stage.app.ended().success());
}

#[test]
fn a_display_that_dies_under_the_tray_alone_is_not_missed() {
    let mut stage = Stage::hosting();
    let web = stage.pid_of("web");
    stage.session.kill_display();
    stage.item.click("Open Hob");
    stage.app.wait_for_words("no window can be opened");
    stage.item.click("worker");
    stage.item.wait_for("worker stopped", |menu| menu.labels()[0] == "1 running · 1 stopped");
    assert_eq!(stage.pid_of("web"), web);
    stage.quit(STOP);
}

#[test]
fn a_display_that_dies_under_a_window_leaves_a_daemon_in_the_same_process() {
    let mut stage = Stage::hosting();
    let (pid, web) = (stage.app.pid(), stage.pid_of("web"));
    stage.item.activate();
    stage.session.wait_for_windows(pid, 1);
    stage.session.kill_display();
    stage.host.wait_for_items(0);
    stage.app.wait_for_words("going on as `hob --daemon`");
    wait_for_daemon(&stage.home, pid);
    assert_eq!(running(&stage.home, "web"), web, "it was not adopted");

    stage.session.restore_display();
    let mut next = App::start(&stage.session, &stage.home, &[]);
    let item = stage.host.item();
    item.wait_for("the daemon's services", |menu| {
        menu.labels()[0] == "2 running" && menu.find(QUIT).is_some()
    });
    item.click(QUIT);
    assert!(next.ended().success());
    assert!(stage.app.is_running());
}

#[test]
fn without_a_display_it_is_a_plain_daemon_and_says_so_in_one_line() {
    let session = Session::with(Parts { display: false, ..Parts::default() });
    check_headless(&session, &[], "there is no display");
}

#[test]
fn with_a_display_that_does_not_answer_it_is_a_plain_daemon() {
    let session = Session::with(Parts { display: false, ..Parts::default() });
    let home = Home::with(TWO);
    let mut command = App::command(&session, &home, &[]);
    command.env("DISPLAY", ":9999").env("GDK_BACKEND", "x11");
    check_daemon(&home, App::launch(&session, command), "the X display :9999 does not answer");
}

#[test]
fn a_plain_daemon_can_be_asked_for() {
    check_headless(&Session::start(), &["--daemon"], "");
}

#[test]
fn a_notification_server_is_left_alone_while_all_is_well() {
    let session = Session::start();
    let server = Notifications::on(&session);
    let host = TrayHost::on(&session);
    let home = Home::with(TWO);
    let _app = App::start(&session, &home, &[]);
    host.item().wait_for("both services", |menu| menu.labels()[0] == "2 running");
    assert!(server.all().is_empty(), "{:?}", server.all());
}

fn check_headless(session: &Session, arguments: &[&str], line: &str) {
    let home = Home::with(TWO);
    let app = App::start(session, &home, arguments);
    check_daemon(&home, app, line);
}

/// The same process has become `hob --daemon`; of the app itself there is at most one line.
fn check_daemon(home: &Home, mut app: App, line: &str) {
    wait_for_daemon(home, app.pid());
    let program = fs_err::read_link(format!("/proc/{}/exe", app.pid())).unwrap();
    assert_eq!(program.file_name().unwrap(), "hob");
    let said = app.said();
    let ours = said.lines().filter(|said| said.starts_with("hob-desktop: ")).collect::<Vec<_>>();
    assert_eq!(ours.len(), usize::from(!line.is_empty()), "{said}");
    assert!(ours.iter().all(|ours| ours.contains(line)), "{said}");
    home.stop();
    assert!(app.ended().success());
}
