//! Starting at login: off until asked, by the menu and by the command line alike.

use hob_tests::desktop::{App, Notifications, Parts, Session};
use hob_tests::{Home, text, until};

use crate::stage::{STOP, Stage};

const ENTRY: &str = "home/.config/autostart/hob.desktop";
const LABEL: &str = "Start at login";

#[test]
fn the_menu_writes_and_removes_the_entry() {
    let mut stage = Stage::hosting();
    let entry = stage.session.join(ENTRY);
    let shows = |on: bool| {
        stage.item.wait_for(LABEL, |menu| menu.find(LABEL).is_some_and(|entry| entry.is_on() == on));
    };
    shows(false);
    assert!(!entry.exists());
    stage.item.click(LABEL);
    shows(true);
    until("the entry", || entry.exists().then_some(()));
    let text = fs_err::read_to_string(&entry).unwrap();
    let command = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
    let program = App::program();
    assert!(command.starts_with(program.to_str().unwrap()), "{text}");
    assert!(
        command.contains("--background") && command.contains(stage.home.path().to_str().unwrap()),
        "{text}"
    );
    stage.item.click(LABEL);
    shows(false);
    // The mark changes with the click, the file a moment later.
    until("the end of the entry", || (!entry.exists()).then_some(()));
    stage.quit(STOP);
}

#[test]
fn a_mark_that_could_not_be_set_is_told_and_not_shown() {
    let stage = Stage::hosting();
    let server = Notifications::on(&stage.session);
    // Where the entry's directory would have to be made there is a file.
    fs_err::write(stage.session.join("home/.config"), "").unwrap();
    stage.item.click(LABEL);
    server.wait_for("the failure", |shown| shown.summary.contains("start at login"));
    stage.item.wait_for("no mark", |menu| menu.find(LABEL).is_some_and(|entry| !entry.is_on()));
}

#[test]
fn the_command_line_does_it_without_display_and_bus() {
    let session = Session::with(Parts { display: false, bus: false, window_manager: false });
    let home = Home::new();
    let hob = |state: &str| {
        let output = App::hob(&session, &home, &["autostart", state]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let entry = session.join(ENTRY);
    for _ in 0..2 {
        assert!(hob("status").contains("does not start"));
        assert!(hob("enable").contains("starts at login") && entry.exists());
        assert!(hob("enable").contains("starts at login"));
        assert!(hob("status").contains("starts at login"));
        assert!(hob("disable").contains("does not start") && !entry.exists());
        assert!(hob("disable").contains("does not start"));
    }
    assert_eq!(home.daemon_pid(), None);
}
