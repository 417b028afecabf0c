//! Services that cannot start: each says what is wrong, in its state and to whoever started it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::os::unix::fs::PermissionsExt as _;

use common::house::{House, launcher, sh};
use daemon_core::home::Dirs;
use daemon_core::kernel::Code;
use daemon_core::services::Word;

/// A service that does not start, and everything that is said of why.
async fn check(house: &House, name: &str, said: &[&str]) {
    let fault = house.start(name).await.expect_err("it starts");
    assert_eq!(fault.code, Code::Conflict, "{fault}");
    let status = house.status(name).await;
    assert_eq!((status.state, status.pid), (Word::Failed, None), "{name}");
    let reason = status.reason.expect("a failed service says why");
    let events = house.events(name).await.join("\n");
    for part in said {
        for place in [&fault.message, &reason, &events] {
            assert!(place.contains(part), "{name}: no {part:?} in {place:?}");
        }
    }
}

#[tokio::test]
async fn a_command_that_cannot_be_executed_is_named_with_what_was_searched() {
    let house = House::with("").await;
    let [script, plain, bad] = ["script", "plain", "bad"].map(|name| house.thing(name).display().to_string());
    fs_err::write(&plain, "#!/bin/sh\n").unwrap();
    fs_err::write(&bad, "#!/nowhere/interpreter\n").unwrap();
    fs_err::set_permissions(&bad, std::fs::Permissions::from_mode(0o755)).unwrap();
    let services = format!(
        "[service.searched]\ncommand = [\"no-such-program\"]\nenv = {{ PATH = \"/one:/two\" }}\n\
         [service.gone]\ncommand = [{script:?}]\n\
         [service.plain]\ncommand = [{plain:?}]\n\
         [service.directory]\ncommand = [\"/usr\"]\n\
         [service.interpreter]\ncommand = [{bad:?}]\n",
    );
    house.configure(services).await.unwrap();
    check(&house, "searched", &["no-such-program", "/one:/two"]).await;
    check(&house, "gone", &[&script, "not exist"]).await;
    check(&house, "plain", &[&plain, "not executable"]).await;
    check(&house, "directory", &["/usr", "directory"]).await;
    check(&house, "interpreter", &[&bad, "/nowhere/interpreter"]).await;
    house.end().await;
}

#[tokio::test]
async fn what_a_service_needs_around_it_is_named_when_it_is_missing() {
    let house = House::with("").await;
    let [file, broken] = ["env", "broken"].map(|name| house.thing(name).display().to_string());
    fs_err::write(&broken, "A=1\nB \"hush\n").unwrap();
    let mut services = sh("directory", "sleep 9", "working_dir = \"/nowhere/at/all\"")
        + &sh("missing", "sleep 9", &format!("env_file = {file:?}"))
        + &sh("broken", "sleep 9", &format!("env_file = {broken:?}"));
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        services += &sh("user", "sleep 9", "user = \"nobody-at-all\"");
    }
    house.configure(services).await.unwrap();
    check(&house, "directory", &["/nowhere/at/all"]).await;
    check(&house, "missing", &[&file, "there is no such file"]).await;
    check(&house, "broken", &[&format!("{broken}:2: ")]).await;
    assert!(!house.status("broken").await.reason.unwrap().contains("hush"), "a line may be a secret");
    if is_root {
        check(&house, "user", &["nobody-at-all"]).await;
    }
    // What is mended is not held against it.
    fs_err::write(&file, "A=1\n").unwrap();
    assert!(house.start("missing").await.unwrap().ready);
    house.end().await;
}

#[tokio::test]
async fn a_launcher_that_is_missing_is_named() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = home.path().join("no-launcher");
    let dirs = Dirs::below(home.path()).with_launcher(nowhere.clone());
    fs_err::write(dirs.config(), sh("web", "sleep 9", "autostart = false")).unwrap();
    let house = House::open(home, dirs).await;
    check(&house, "web", &[&nowhere.display().to_string()]).await;
    house.end().await;
    assert!(launcher().exists());
}

#[tokio::test]
async fn a_service_is_told_whose_it_is_and_cannot_be_told_otherwise() {
    let script = "env; sleep 9";
    let more = "env = { HOB_SERVICE = \"db\", HOB_RUN = \"x\", NOTIFY_SOCKET = \"/x\", OWN = \"1\" }";
    let house = House::with(sh("shop/web", script, &format!("ready = {{ log = \"OWN=\" }}\n{more}"))).await;
    house.start("shop/web").await.unwrap();
    common::house::until("its environment is written", async || {
        let lines = house.lines("shop/web").await;
        ["HOB_SERVICE=", "HOB_RUN=", "HOB_SOCKET=", "OWN="]
            .iter()
            .all(|name| lines.iter().any(|line| line.text.starts_with(name)))
    })
    .await;
    let lines: Vec<String> = house.lines("shop/web").await.into_iter().map(|line| line.text).collect();
    let of = |name: &str| -> Vec<&String> { lines.iter().filter(|line| line.starts_with(name)).collect() };
    assert_eq!(of("HOB_SERVICE="), ["HOB_SERVICE=shop/web"]);
    assert_eq!(of("HOB_SOCKET="), [&format!("HOB_SOCKET={}", house.dirs.socket().display())]);
    assert!(of("HOB_RUN=").len() == 1 && of("HOB_RUN=")[0].contains(".shop/web.1."), "{lines:?}");
    assert_eq!(of("OWN="), ["OWN=1"]);
    house.end().await;
}
