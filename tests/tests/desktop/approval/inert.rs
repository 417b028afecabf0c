//! What must do nothing: keys and clicks that were meant for something else, and pages that are driven.

use hob_tests::desktop::{Parts, Session, TrayHost, WebDriver};
use hob_tests::figures::clock;
use hob_tests::{Home, until};

use super::{ALLOW, ARMED, DENY, said, shown};
use crate::stage::{Stage, TWO};

const ENTER: &str = "\u{e007}";
const CONTROL_ENTER: &str = "\u{e009}\u{e007}\u{e000}";

#[test]
fn c28_keys_that_were_meant_for_something_else_decide_nothing() {
    let stage = Stage::asked();
    let _child = stage.asks("a");
    let driver = stage.dialog();
    let id = shown(&driver);
    driver.wait_for(ARMED);
    let focus = driver.script("return document.activeElement.id");
    assert_eq!(focus, "sentence", "the focus begins on the heading");
    for keys in [ENTER, " ", "y", "yes", "a", "A", "1", "4", "\u{e003}", "\u{e017}", "\u{e009}a\u{e000}"] {
        driver.press(keys);
        assert_eq!(shown(&driver), id, "{keys:?}");
        assert_eq!(stage.request(&id)["state"], "pending", "{keys:?}");
    }
    // Typing that goes on keeps it from deciding: the chord comes right behind a letter.
    driver.press(&format!("x{CONTROL_ENTER}"));
    assert_eq!(stage.request(&id)["state"], "pending");
    // Whoever wants to decide can.
    driver.wait_for(ARMED);
    driver.press_last(CONTROL_ENTER);
    until("the yes", || stage.home.join("a").exists().then_some(()));
}

#[test]
fn c28_a_click_within_the_first_second_decides_nothing() {
    let stage = Stage::asked();
    let _child = stage.asks("a");
    let driver = stage.dialog();
    let id = shown(&driver);
    driver.script(
        "addEventListener('click', () => { window.was = document.querySelector('[data-armed]').dataset.armed }, true)",
    );
    for button in [ALLOW, DENY] {
        // A machine that is busy may bring the click late; then it was none of these.
        until("an early click", || {
            driver.script("window.was = null; dispatchEvent(new Event('focus'))");
            driver.click(button);
            let was = driver.script("return window.was");
            assert_eq!(stage.request(&id)["state"], "pending", "{button}, armed: {was}");
            (was == "false").then_some(())
        });
    }
}

#[test]
fn c28_a_script_presses_no_button() {
    let stage = Stage::asked();
    let _child = stage.asks("a");
    let driver = stage.dialog();
    let id = shown(&driver);
    driver.wait_for(ARMED);
    driver.script(&format!("document.querySelector(\"{ALLOW}\").click()"));
    driver.script(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
         { key: 'Enter', ctrlKey: true, bubbles: true }))",
    );
    let again = driver.promised("1");
    assert_eq!((again.as_i64(), stage.request(&id)["state"].as_str()), (Some(1), Some("pending")));
}

#[test]
fn a_page_that_is_driven_decides_no_sooner_and_nothing_else() {
    let stage = Stage::asked();
    let _first = stage.asks("a");
    let _second = stage.asks("b");
    let driver = stage.dialog();
    let first = shown(&driver);
    let invoke = |call: &str| driver.promised(&format!("window.__TAURI_INTERNALS__.invoke({call})"));
    let decide = |nonce: &str| {
        invoke(&format!("'approval_decide', {{ said: {{ nonce: '{nonce}', verdict: 'approve' }} }}"))["thrown"].clone()
    };
    // No operation at all, and none of the main window's commands.
    for call in [
        "'call', { method: 'approval.decide', params: {} }",
        "'call', { method: 'approval.list', params: {} }",
        "'call', { method: 'system.ping', params: {} }",
        "'review', { id: null }",
        "'plugin:event|emit', { event: 'x', payload: null }",
    ] {
        let refused = invoke(call)["thrown"].to_string();
        assert!(refused.contains("not allowed"), "{call}: {refused}");
    }
    assert_eq!(decide("0123456789abcdef0123456789abcdef"), "conflict");
    // A request and a digest of its own are nothing that it could name.
    let named = invoke(
        "'approval_decide', { said: { nonce: 'x', verdict: 'approve', id: 'y', digest: 'sha256:00' } }",
    );
    assert!(named["thrown"].to_string().contains("unknown field"), "{named}");
    // Right after a showing, with its nonce.
    let early = driver.promised(
        "{ const { invoke } = window.__TAURI_INTERNALS__;
           const seen = await invoke('approval_current');
           try { await invoke('approval_decide', { said: { nonce: seen.nonce, verdict: 'approve' } }) }
           catch (fault) { return { code: fault.code, nonce: seen.nonce } } }",
    );
    assert_eq!(early["code"], "busy", "{early}");
    // The nonce of a showing that has passed.
    let old = early["nonce"].as_str().unwrap();
    assert_ne!(invoke("'approval_look', { delta: 1 }")["request"]["id"], first);
    assert_eq!(decide(old), "conflict");
    assert_eq!(stage.waiting().len(), 2);
}

#[test]
fn a_request_that_took_the_place_of_another_is_not_decided_for_it() {
    let stage = Stage::asked();
    let first = stage.asks("a");
    let second = stage.asks("b");
    let driver = stage.dialog();
    let id = shown(&driver);
    driver.wait_for(ARMED);
    driver.script("window.swapped = 0; new MutationObserver(() => swapped++).observe(document.body, { subtree: true, childList: true, attributes: true })");
    stage.home.ok(&["deny", &id]);
    // What was looked at stays, and says that it is over.
    driver.wait_for("[data-over='denied_user']");
    assert_eq!(shown(&driver), id);
    driver.press(CONTROL_ENTER);
    driver.press(ENTER);
    assert_eq!(said(first).status.code(), Some(77));
    until("the next request", || (shown(&driver) != id).then_some(()));
    let next = shown(&driver);
    assert_eq!(stage.request(&next)["state"], "pending");
    driver.wait_for(ARMED);
    driver.click_last(ALLOW);
    assert!(said(second).status.success());
}

#[test]
fn c28_a_key_that_is_held_while_it_opens_decides_nothing() {
    let session = Session::with(Parts { window_manager: true, ..Parts::default() });
    let home = Home::with(TWO);
    let stage = Stage::in_session(session, home);
    stage.item.wait_for("both services", |menu| menu.labels()[0] == "2 running");
    stage.enrol();
    stage.session.key(RETURN, true);
    stage.session.key(CONTROL, true);
    let child = stage.asks("a");
    let driver = stage.dialog();
    let id = shown(&driver);
    driver.script("window.keys = 0; addEventListener('keydown', () => window.keys++, true)");
    stage.item.wait_for("it", |menu| menu.find("Review 1 approval…").is_some());
    stage.item.click("Review 1 approval…");
    wait_for_focus(&driver);
    // Longer than any of the times that it waits for.
    let from = clock::now();
    until("three seconds, and keys in them", || {
        let keys = driver.script("return window.keys").as_i64().unwrap();
        (3e3 <= clock::millis(clock::now() - from) && 10 < keys).then_some(())
    });
    assert_eq!(stage.request(&id)["state"], "pending");
    stage.session.key(RETURN, false);
    stage.session.key(CONTROL, false);
    driver.wait_for(ARMED);
    assert_eq!(stage.request(&id)["state"], "pending");
    driver.press_last(CONTROL_ENTER);
    assert!(said(child).status.success());
}

#[test]
fn a_focus_that_is_gained_disarms() {
    let session = Session::with(Parts { window_manager: true, ..Parts::default() });
    let stage = Stage::in_session(session, Home::with(TWO));
    stage.item.wait_for("both services", |menu| menu.labels()[0] == "2 running");
    stage.enrol();
    let _child = stage.asks("a");
    let driver = stage.dialog();
    stage.item.wait_for("it", |menu| menu.find("Review 1 approval…").is_some());
    stage.item.click("Review 1 approval…");
    wait_for_focus(&driver);
    driver.wait_for(ARMED);
    driver.script("window.disarmed = 0; new MutationObserver(() => window.disarmed++).observe(document.querySelector('[data-armed]'), { attributes: true, attributeFilter: ['data-armed'] })");
    // The main window takes the focus, and the dialog gets it back.
    stage.item.click("Open Hob");
    stage.session.wait_for_windows(stage.app.pid(), 2);
    until("the focus elsewhere", || (driver.script("return document.hasFocus()") == false).then_some(()));
    stage.item.click("Review 1 approval…");
    wait_for_focus(&driver);
    until("it was disarmed", || {
        (0 < driver.script("return window.disarmed").as_i64().unwrap()).then_some(())
    });
}

/// Keycodes of evdev, which Xvfb has too.
const RETURN: u8 = 36;
const CONTROL: u8 = 37;

fn wait_for_focus(driver: &WebDriver) {
    until("the focus", || (driver.script("return document.hasFocus()") == true).then_some(()));
}

impl Stage {
    /// The app in a session that is there already.
    fn in_session(session: Session, home: Home) -> Stage {
        let host = TrayHost::on(&session);
        let (app, inspector) = hob_tests::desktop::App::automated(&session, &home, &[]);
        let item = host.item();
        Stage { app, item, host, home, session, inspector }
    }
}
