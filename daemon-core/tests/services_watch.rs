//! Services that are restarted when their files change.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, sh, until};
use daemon_core::services::Word;
use daemon_core::system::{Resume, StartPause};

const WATCH: &str = "watch = { files = [\"src/**\"], debounce = \"50ms\" }";

/// A service in the house's directory of things, with these keys.
fn watching(house: &House, name: &str, script: &str, keys: &str) -> String {
    let dir = house.thing("").display().to_string();
    sh(name, script, &format!("working_dir = {}\n{keys}", toml::Value::from(dir)))
}

async fn house(keys: &str) -> House {
    let house = House::with("").await;
    fs_err::create_dir(house.thing("src")).unwrap();
    fs_err::write(house.thing("src/app.py"), "0").unwrap();
    house.configure(watching(&house, "web", "exec sleep 99", keys)).await.unwrap();
    watched(&house, "web").await;
    house
}

/// Waits until the files of a service have been looked at.
async fn watched(house: &House, name: &str) {
    until("its files are watched", async || house.detail(name).await.watching.is_some()).await;
}

async fn said(house: &House, name: &str, text: &str) -> usize {
    house.events(name).await.iter().filter(|event| *event == text).count()
}

#[tokio::test]
async fn a_change_restarts_it_and_says_which_file() {
    let house = house(WATCH).await;
    let watching = house.detail("web").await.watching.unwrap();
    assert_eq!((watching.directories, watching.files, watching.trouble), (1, 1, None));
    house.start("web").await.unwrap();
    fs_err::write(house.thing("other"), "not meant").unwrap();
    fs_err::write(house.thing("src/app.py"), "1").unwrap();
    let status = house.until("web", |status| status.run == 2 && status.ready).await;
    assert_eq!((status.restarts, status.changed), (0, false));
    assert_eq!(said(&house, "web", "src/app.py has changed; restarting").await, 1);
    fs_err::write(house.thing("src/a"), "").unwrap();
    fs_err::write(house.thing("src/b"), "").unwrap();
    house.until("web", |status| status.run == 3 && status.ready).await;
    assert_eq!(said(&house, "web", "src/a is new (and 1 more); restarting").await, 1);
    house.end().await;
}

#[tokio::test]
async fn one_that_nobody_wants_stays_down_and_one_that_has_failed_is_started_again() {
    let house = house(WATCH).await;
    let script = "[ -e src/mended ] || exit 3; exec sleep 99";
    let keys = format!("{WATCH}\nrestart = \"never\"");
    let both =
        [watching(&house, "web", "exec sleep 99", WATCH), watching(&house, "broken", script, &keys)].concat();
    house.configure(both).await.unwrap();
    watched(&house, "broken").await;
    drop(house.start("broken").await);
    house.until_is("broken", Word::Failed).await;
    fs_err::write(house.thing("src/mended"), "").unwrap();
    house.until("broken", |status| status.run == 2 && status.ready).await;
    assert_eq!(said(&house, "broken", "src/mended is new; starting again").await, 1);
    let web = house.status("web").await;
    assert_eq!((web.state, web.run), (Word::Stopped, 0));
    house.end().await;
}

#[tokio::test]
async fn while_all_is_paused_changes_wait_and_are_one() {
    let house = house(WATCH).await;
    house.start("web").await.unwrap();
    house.call(StartPause { length: None, until: None }).await.unwrap();
    for file in ["src/a", "src/b"] {
        fs_err::write(house.thing(file), "").unwrap();
        // Each is a burst of its own; what was found is known by the number of files.
        until("it is seen", async || {
            let known = house.detail("web").await.watching.unwrap().files;
            known == if file == "src/a" { 2 } else { 3 }
        })
        .await;
    }
    assert_eq!(house.status("web").await.run, 1);
    house.call(Resume {}).await.unwrap();
    house.until("web", |status| status.run == 2 && status.ready).await;
    until("it is told", async || said(&house, "web", "src/a is new (and 1 more); restarting").await == 1)
        .await;
    house.end().await;
}

#[tokio::test]
async fn what_is_watched_follows_the_configuration() {
    let house = house(WATCH).await;
    house.start("web").await.unwrap();
    house.configure(watching(&house, "web", "exec sleep 99", "watch = [\"lib/**\"]")).await.unwrap();
    until("another glob is watched", async || {
        house.detail("web").await.watching.is_some_and(|watching| watching.files == 0)
    })
    .await;
    house.configure(watching(&house, "web", "exec sleep 99", "")).await.unwrap();
    assert!(house.detail("web").await.watching.is_none());
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_where_it_stands() {
    let house = House::with("").await;
    for (keys, message) in [
        ("watch = { files = [\"src\"], stdin = true }", "gets nothing to read"),
        ("watch = []", "the list of files is empty"),
        ("watch = { files = [\"a\"], debounce = \"1ms\" }", "watch.debounce: is 1ms"),
    ] {
        let fault = house.configure(sh("web", "exec sleep 99", keys)).await.unwrap_err().to_string();
        assert!(fault.contains("config.toml:") && fault.contains(message), "{fault}");
    }
    house.end().await;
}
