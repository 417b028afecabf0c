//! A running daemon and its configuration: what is good counts at once, and what is bad changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test has no kernel tasks, and a panic is its report"
)]

mod common;

use std::path::Path;
use std::time::Duration;

use common::{LONG, daemon};
use daemon_core::config::Span;
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Code, Fault};
use daemon_core::system::{GetStatus, Reload};
use daemon_core::wire::Client;

/// Waits until something is so, however long that takes within reason.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, wait).await.unwrap_or_else(|_elapsed| panic!("never: {what}"));
}

fn idle_after(daemon: &Daemon) -> Span {
    daemon.system().settings().daemon.idle_timeout
}

fn seconds(count: u64) -> Span {
    Span::from(Duration::from_secs(count))
}

async fn problem(client: &Client) -> Option<Fault> {
    client.call(GetStatus {}).await.unwrap().config_problem
}

/// As an editor does it: written beside, then put in place.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("toml.swp");
    fs_err::write(&beside, text).unwrap();
    fs_err::rename(beside, path).unwrap();
}

#[tokio::test]
async fn a_bad_configuration_is_refused_and_the_old_one_stays() {
    let (_home, dirs, daemon) = daemon().await;
    let client = daemon.client();
    replace(dirs.config(), "[daemon]\nidle_timeout = \"100s\"\n");
    client.call(Reload {}).await.unwrap();
    assert_eq!(idle_after(&daemon), seconds(100));
    for (text, said) in [
        ("[daemon]\nidle_timeout = 7\n", "config.toml:2: daemon.idle_timeout: "),
        ("[daemon]\nidle_timout = \"7s\"\n", "did you mean `idle_timeout`?"),
        ("[deamon]\n", "did you mean [daemon]?"),
        ("[daemon\n", "config.toml:1: "),
        ("[daemon]\nidle_timeout = \"7s\"\n[service.web]\n", "service.web"),
        ("[daemon]\nidle_timeout = \"7s\"\n[service.\"../web\"]\ncommand = [\"true\"]\n", "config.toml:3: "),
    ] {
        replace(dirs.config(), text);
        let fault = client.call(Reload {}).await.unwrap_err();
        assert_eq!(fault.code, Code::Invalid, "{text}: {fault}");
        assert!(fault.message.contains(said), "{text}: no {said:?} in {}", fault.message);
        assert!(fault.hint.as_ref().is_some_and(|hint| hint.contains("nothing was changed")), "{fault:?}");
        assert_eq!(idle_after(&daemon), seconds(100), "{text}");
        assert_eq!(problem(&client).await, Some(fault), "the status says why");
    }
    replace(dirs.config(), "[daemon]\nidle_timeout = \"200s\"\n");
    client.call(Reload {}).await.unwrap();
    assert_eq!((idle_after(&daemon), problem(&client).await), (seconds(200), None));
    daemon.stop().await;
}

#[tokio::test]
async fn an_edit_counts_without_a_command() {
    let (_home, dirs, daemon) = daemon().await;
    let client = daemon.client();
    replace(dirs.config(), "[daemon]\nidle_timeout = \"100s\"\n");
    until("a file that is new counts", async || idle_after(&daemon) == seconds(100)).await;
    replace(dirs.config(), "[daemon]\nidle_timeout = \"200s\"\n");
    until("a file that was replaced counts", async || idle_after(&daemon) == seconds(200)).await;
    fs_err::write(dirs.config(), "[daemon]\nidle_timeout = \"300s\"\n").unwrap();
    until("a file that was written into counts", async || idle_after(&daemon) == seconds(300)).await;
    fs_err::write(dirs.config(), "[daemon]\nidle_timeout = ").unwrap();
    until("a mistake is told", async || problem(&client).await.is_some()).await;
    assert_eq!(idle_after(&daemon), seconds(300));
    fs_err::remove_file(dirs.config()).unwrap();
    until("without a file there are the defaults", async || {
        idle_after(&daemon) == seconds(0) && problem(&client).await.is_none()
    })
    .await;
    daemon.stop().await;
}

#[tokio::test]
async fn fragments_are_noticed_in_a_directory_that_was_made_later() {
    let (_home, dirs, daemon) = daemon().await;
    let client = daemon.client();
    let fragments = dirs.services_d();
    assert!(!fragments.exists());
    for round in 0..2 {
        fs_err::create_dir(&fragments).unwrap();
        // Not before the directory itself has been noticed, or its content would be found by luck.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let fragment = fragments.join("web.toml");
        replace(&fragment, "nonsense = 1\n");
        until("a new fragment is read", async || problem(&client).await.is_some()).await;
        let fault = problem(&client).await.unwrap();
        assert!(fault.message.contains("services.d/web.toml:1: nonsense: "), "{round}: {fault}");
        fs_err::remove_file(fragment).unwrap();
        until("a fragment that is gone counts no more", async || problem(&client).await.is_none()).await;
        fs_err::remove_dir(&fragments).unwrap();
    }
    daemon.stop().await;
}

#[tokio::test]
#[ignore = "run by the test below, in a process and an environment of its own"]
async fn lives_where_the_configuration_is_made_later() {
    let Some(home) = std::env::var_os("TEST_HOME") else { return };
    let dirs = Dirs::from_env(Some(Path::new(&home))).unwrap();
    let daemon = Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap();
    let directory = dirs.config().parent().unwrap();
    assert!(!directory.exists());
    fs_err::create_dir_all(directory).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    replace(dirs.config(), "[daemon]\nidle_timeout = \"100s\"\n");
    until("a file in a new directory counts", async || idle_after(&daemon) == seconds(100)).await;
    daemon.stop().await;
    println!("it was noticed");
}

#[test]
fn a_configuration_is_noticed_in_a_directory_that_was_made_later() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lives_where_the_configuration_is_made_later", "--ignored", "--nocapture"])
        .env("TEST_HOME", home.path())
        .env("HOB_CONFIG", home.path().join("later/deeper/config.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("it was noticed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_daemon_does_not_start_with_a_bad_configuration_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dirs = Dirs::below(home.path());
    fs_err::write(dirs.config(), "[daemon]\nidle_timeout = 7\n").unwrap();
    let fault = Daemon::start(dirs.clone(), Clock::system(), None).await.err().expect("it starts");
    assert_eq!(fault.code, Code::Invalid);
    assert!(fault.message.contains("config.toml:2: daemon.idle_timeout: "), "{fault}");
    assert!(!dirs.socket().exists() && !dirs.pid().exists(), "something was left behind");
    fs_err::remove_file(dirs.config()).unwrap();
    Daemon::start(dirs, Clock::system(), None).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_directory_that_is_made_after_the_start_is_watched() {
    let (_home, dirs, daemon) = daemon().await;
    let fragments = dirs.services_d();
    // All at once, as an installer does it.
    fs_err::create_dir(&fragments).unwrap();
    fs_err::write(fragments.join("a.toml"), "nonsense = 1\n").unwrap();
    let client = daemon.client();
    until("what was there when it was made is read", async || problem(&client).await.is_some()).await;
    daemon.stop().await;
}
