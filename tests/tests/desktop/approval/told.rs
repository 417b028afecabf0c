//! What is told outside the dialog: the tray's rows, notifications, and what other windows may.

use std::process::Stdio;

use hob_tests::desktop::{Notification, Notifications, WebDriver};
use hob_tests::{Home, until};

use super::{ALLOW, ARMED, said, shown};
use crate::stage::{Stage, TWO, wait_for_daemon};

#[test]
fn c32_a_notification_offers_review_and_deny() {
    let stage = Stage::asked();
    let server = Notifications::on(&stage.session);
    let _typing = stage.session.types();
    let _first = stage.asks("a");
    let notice = wait_for_notice(&server, 1);
    assert_eq!(notice.summary, "robot asks to run a command");
    assert_eq!(notice.actions, ["default", "Review", "review", "Review", "deny", "Deny"]);
    let request = &stage.waiting()[0];
    assert!(notice.body.contains(request["code"].as_str().unwrap()), "{}", notice.body);
    let told = format!("{} {}", notice.summary, notice.body);
    assert!(!told.contains("touch") && !notice.actions.iter().any(|it| it.to_lowercase().contains("allow")));

    // A number that is nobody's, and a key that is none.
    server.click(77, "deny");
    server.click(notice.id, "allow");
    assert_eq!(stage.waiting().len(), 1);

    let second = stage.asks("b");
    let other = wait_for_notice(&server, 2);
    server.click(other.id, "deny");
    assert_eq!(said(second).status.code(), Some(77));
    assert_eq!(stage.waiting().len(), 1);
}

#[test]
fn c32_a_notification_is_withdrawn_when_nothing_waits_for_it_any_more() {
    let stage = Stage::asked();
    let server = Notifications::on(&stage.session);
    let _typing = stage.session.types();
    let first = stage.asks("a");
    let shown = wait_for_notice(&server, 1);
    let id = stage.waiting()[0]["id"].as_str().unwrap().to_owned();
    stage.home.ok(&["deny", &id]);
    said(first);
    until("it was withdrawn", || {
        server.all().iter().find(|it| it.id == shown.id).is_some_and(|it| it.closed).then_some(())
    });
}

#[test]
fn c32_a_desktop_without_buttons_gets_words() {
    let stage = Stage::asked();
    let server = Notifications::with_capabilities(&stage.session, &["body"]);
    let _typing = stage.session.types();
    let _first = stage.asks("a");
    let notice = wait_for_notice(&server, 1);
    assert!(notice.actions.is_empty() && notice.body.contains("Open Hob"), "{notice:?}");
}

#[test]
fn a_click_in_the_tray_opens_the_dialog_and_runs_a_job() {
    let ran = tempfile::tempdir().unwrap();
    let path = ran.path().join("ran");
    let stage = Stage::hosting();
    stage.home.config(&format!("{}[job.report]\ncommand = [\"touch\", \"{}\"]\n", TWO, path.display()));
    stage.item.wait_for("the job", |menu| menu.below("Run job").iter().any(|row| row.label == "report"));
    stage.item.click("report");
    until("the job ran", || path.exists().then_some(()));

    stage.enrol();
    let icon = stage.item.icon();
    let first = stage.asks("a");
    let _second = stage.asks("b");
    stage.item.wait_for("both", |menu| menu.labels()[2] == "Review 2 approvals…");
    stage.item.wait_for_icon("attention", |now| *now != icon);
    let driver = stage.dialog();
    driver.wait_for(ARMED);
    driver.click(ALLOW);
    assert!(said(first).status.success());
    stage.item.wait_for("one", |menu| menu.labels()[2] == "Review 1 approval…");
}

#[test]
fn the_other_window_decides_nothing_wherever_the_daemon_is() {
    // With services, so that nobody ends for want of something to do.
    let home = Home::with(TWO);
    let mut daemon = home.command(&["--daemon"]).stderr(Stdio::null()).spawn().unwrap();
    wait_for_daemon(&home, i32::try_from(daemon.id()).unwrap());
    let attached = Stage::of(home);
    let hosting = Stage::of(Home::with(TWO));
    for stage in [&attached, &hosting] {
        stage.item.wait_for("both services", |menu| menu.labels()[0] == "2 running");
        stage.item.click("Open Hob");
        let driver = WebDriver::attach(&stage.session, stage.inspector);
        driver.turn_to("");
        stage.enrol();
        let _child = stage.asks("a");
        let request = &stage.waiting()[0];
        let (id, plan) = (request["id"].as_str().unwrap(), request["plan"].as_str().unwrap());
        driver.turn_to("");
        until("the main page", || (driver.script("return document.title") == "Hob").then_some(()));
        let call = |method: &str, params: &str| {
            driver.promised(&format!(
                "window.__TAURI_INTERNALS__.invoke('call', {{ method: '{method}', params: {params} }})"
            ))
        };
        let listed = call("approval.list", "{}");
        assert_eq!(listed["requests"][0]["id"], id, "a page may see what waits: {listed}");
        let decision = format!("{{ id: '{id}', verdict: 'approve', digest: '{plan}' }}");
        for (method, params) in [
            ("approval.decide", decision.as_str()),
            ("approval.deny-all", "{}"),
            ("client.add", "{ name: 'x' }"),
            ("system.shutdown", "{}"),
        ] {
            assert_eq!(call(method, params)["thrown"], "denied", "{method}");
        }
        let refused = driver.promised("window.__TAURI_INTERNALS__.invoke('approval_current')");
        assert!(refused["thrown"].to_string().contains("not allowed"), "{refused}");
        assert_eq!(stage.waiting().len(), 1);
        // But it can have the dialog opened, which decides, also where the daemon is another process.
        driver.promised(&format!("window.__TAURI_INTERNALS__.invoke('review', {{ id: '{id}' }})"));
        driver.turn_to("approval.html");
        assert_eq!(shown(&driver), id);
        // A click that takes the focus from the other window only raises this one.
        until("the yes", || {
            driver.try_click(&format!("{ARMED} {ALLOW}"));
            stage.home.join("a").exists().then_some(())
        });
    }
    attached.home.stop();
    hob_tests::ended(&mut daemon);
}

fn wait_for_notice(server: &Notifications, number: usize) -> Notification {
    until("a notification", || server.all().get(number - 1).cloned())
}
