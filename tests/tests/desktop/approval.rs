//! The dialog: what a person decides is what he was shown, and nothing decides in his place.

mod hostile;
mod inert;
mod told;

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Output, Stdio};

use hob_tests::desktop::{WebDriver, as_nobody};
use hob_tests::{text, until};
use serde_json::Value;

use crate::stage::Stage;

/// What the page says when keys and clicks decide.
pub(crate) const ARMED: &str = "[data-armed='true']";
pub(crate) const ALLOW: &str = "[data-action='allow']";
pub(crate) const DENY: &str = "[data-action='deny']";

#[test]
fn three_requests_are_decided_and_what_was_shown_is_what_was_decided() {
    let stage = Stage::asked();
    let mut children: Vec<_> = ["a", "b", "c"].map(|name| (name, stage.asks(name))).into();
    stage.item.wait_for("three", |menu| menu.find("Review 3 approvals…").is_some());
    let driver = stage.dialog();
    let mut decided = Vec::new();
    for number in 0..3 {
        let id = shown(&driver);
        driver.press("d");
        let digest = driver.text("[data-fact='digest']");
        let request = stage.request(&id);
        assert_eq!(request["plan"], digest, "another plan is shown than is asked for");
        if number < 2 {
            assert_eq!(driver.text("[data-position]"), format!("1 of {} waiting", 3 - number));
        }
        let name = request["display"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let argument = driver.text("[data-arguments] [data-row='1'] .value");
        assert!(argument.ends_with(&format!("/{name}")), "{argument}");
        match number {
            0 => {
                driver.wait_for(ARMED);
                driver.click(ALLOW);
            }
            1 => {
                driver.wait_for(ARMED);
                // Control and Enter.
                driver.press("\u{e009}\u{e007}\u{e000}");
            }
            _ => {
                driver.click("[data-action='note']");
                driver.press("use the staging tree");
                driver.wait_for(ARMED);
                driver.click_last(DENY);
            }
        }
        decided.push((id.clone(), name, digest));
        if number < 2 {
            until("the next request", || (shown(&driver) != id).then_some(()));
        }
    }
    drop(driver);
    for (number, (id, name, digest)) in decided.iter().enumerate() {
        let at = children.iter().position(|(child, _)| child == name).unwrap();
        let output = said(children.remove(at).1);
        let allowed = number < 2;
        assert_eq!(output.status.code(), Some(if allowed { 0 } else { 77 }), "{}", text(&output));
        assert_eq!(stage.home.join(name).exists(), allowed, "{name}");
        let request = stage.request(id);
        assert_eq!(request["plan"], *digest);
        assert_eq!(request["decided"]["surface"], "window", "{request}");
        if !allowed {
            assert_eq!(request["decided"]["note"], "use the staging tree");
            assert!(text(&output).contains("use the staging tree"), "{}", text(&output));
        }
    }
    stage.item.wait_for("no row", |menu| menu.find_by(|row| row.label.starts_with("Review")).is_none());
    stage.session.wait_for_windows(stage.app.pid(), 0);
}

#[test]
fn somebody_who_is_not_root_decides_as_well() {
    as_nobody("approval::three_requests_are_decided_and_what_was_shown_is_what_was_decided");
}

#[test]
fn what_is_put_off_waits_and_is_found_in_the_tray_again() {
    let stage = Stage::asked();
    let _first = stage.asks("a");
    let _second = stage.asks("b");
    let driver = stage.dialog();
    let id = shown(&driver);
    // Escape.
    driver.press_last("\u{e00c}");
    stage.session.wait_for_windows(stage.app.pid(), 0);
    assert_eq!(stage.request(&id)["state"], "pending");
    stage.item.wait_for("both", |menu| menu.find("Review 2 approvals…").is_some());
    stage.item.click("Review 2 approvals…");
    driver.turn_to("approval.html");
    assert_eq!(shown(&driver), id);
    // The mark in the corner puts it off as well.
    for window in stage.session.windows(stage.app.pid()) {
        stage.session.close_window(window);
    }
    stage.session.wait_for_windows(stage.app.pid(), 0);
    assert_eq!(stage.request(&id)["state"], "pending");
}

#[test]
fn a_requester_that_has_gone_is_told_and_cannot_be_allowed() {
    let stage = Stage::asked();
    let first = stage.asks("a");
    let driver = stage.dialog();
    let id = shown(&driver);
    driver.wait_for(ARMED);
    drop(first);
    driver.wait_for("[data-over='cancelled']");
    assert_eq!(stage.request(&id)["state"], "cancelled");
    assert_eq!(driver.script(&format!("return document.querySelector(\"{ALLOW}\")")), Value::Null);
    // Nothing is left to be looked at, so the window goes by itself.
    stage.session.wait_for_windows(stage.app.pid(), 0);
}

impl Stage {
    /// A stage with a client that asks.
    pub(crate) fn asked() -> Stage {
        let stage = Stage::hosting();
        stage.enrol();
        stage
    }

    /// Enrols the client.
    pub(crate) fn enrol(&self) {
        let token = self.home.ok(&["client", "add", "robot"]);
        fs_err::write(self.home.join("token"), token).unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        fs_err::set_permissions(self.home.join("token"), private).unwrap();
    }

    /// The client asks to make an empty file of this name, and waits.
    #[track_caller]
    pub(crate) fn asks(&self, name: &str) -> Asking {
        let path = self.home.join(name).display().to_string();
        self.asks_for(&["--reason", "a test wants it", "--", "touch", &path])
    }

    /// The client asks for a command, which waits for a decision when this returns.
    #[track_caller]
    pub(crate) fn asks_for(&self, arguments: &[&str]) -> Asking {
        let before = self.waiting().len();
        let mut command = self.home.command(&[&["run", "--wait"], arguments].concat());
        command.env("HOB_TOKEN_FILE", self.home.join("token"));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("the request", || (before < self.waiting().len()).then_some(()));
        Asking(Some(child))
    }

    /// What waits.
    pub(crate) fn waiting(&self) -> Vec<Value> {
        self.home.json(&["approvals"])["requests"].as_array().unwrap().clone()
    }

    pub(crate) fn request(&self, id: &str) -> Value {
        self.home.json(&["request", "get", id])
    }

    /// A driver that looks at the dialog.
    pub(crate) fn dialog(&self) -> WebDriver {
        let driver = WebDriver::attach(&self.session, self.inspector);
        driver.turn_to("approval.html");
        driver.wait_for("[data-request]");
        driver
    }
}

/// The request that the dialog shows.
pub(crate) fn shown(driver: &WebDriver) -> String {
    driver.wait_for("[data-request]");
    let id = driver.script("return document.querySelector('[data-request]')?.dataset.request ?? ''");
    id.as_str().unwrap().to_owned()
}

/// A client that has asked and waits for a decision; dropped, it has gone.
pub(crate) struct Asking(Option<Child>);

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// What it said, after its end.
pub(crate) fn said(mut asking: Asking) -> Output {
    let child = asking.0.take().expect("only its end takes it");
    child.wait_with_output().unwrap()
}
