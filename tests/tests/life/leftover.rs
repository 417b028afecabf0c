//! What a killed daemon leaves running is adopted by the next one, or ended, by what has become of it meanwhile.

use daemon_core::services::Word;
use daemon_core::storage::{Db, Durability};
use hob_tests::{Home, process, until};
use rustix::process::Signal;

const FAMILY: &str = r#"
[service.family]
command = ["/bin/sh", "-c", "sleep 1000 & sleep 1001 & echo up; wait"]
ready = { log = "up" }
"#;

/// Starts the family, kills its daemon, and returns the group and its main process.
fn orphaned() -> (Home, Vec<i32>, i32) {
    let home = Home::with(FAMILY);
    let daemon = home.start();
    let main = home.wait_for_service("family", |service| service.ready).pid.unwrap();
    until("the whole family", || (process::group(main).len() == 3).then_some(()));
    kill(daemon);
    let members = process::group(main);
    assert_eq!(members.len(), 3, "they live on without it");
    (home, members, main)
}

fn kill(pid: i32) {
    process::signal(pid, Signal::KILL);
    until("the end of what was killed", || (!process::is_alive(pid)).then_some(()));
}

#[test]
fn a_run_that_lives_is_adopted_with_its_group() {
    let (home, members, main) = orphaned();
    // Its sockets go after it.
    until("nobody answers", || (home.hob(&["status"]).status.code() == Some(3)).then_some(()));
    let said = home.fails(&["status"], 3);
    assert!(said.contains("the daemon does not run") && said.contains("service family runs on"), "{said}");
    assert_eq!(home.json(&[])["still_running"], serde_json::json!(["family"]));
    assert!(home.fails(&["daemon", "status"], 3).contains("family"));
    home.start();
    let family = home.wait_for_service("family", |service| service.ready);
    assert_eq!((family.pid, family.run, family.restarts), (Some(main), 1, 0));
    assert_eq!(process::group(main), members);
    home.stop();
    until("the end of all", || home.processes().is_empty().then_some(()));
    assert!(!home.fails(&["status"], 3).contains("family"));
}

#[test]
fn what_a_run_left_that_has_died_meanwhile_is_ended_before_its_successor() {
    let (home, members, main) = orphaned();
    kill(main);
    assert_eq!(process::group(main).len(), 2);
    home.start();
    home.wait_for_service("family", |service| service.run == 2 && service.ready);
    assert!(members.iter().all(|pid| !process::is_alive(*pid)));
    until("the new family", || (home.processes().len() == 3).then_some(()));
    home.stop();
    until("the end of all", || home.processes().is_empty().then_some(()));
}

#[test]
fn a_run_of_a_service_that_is_not_configured_any_more_is_ended() {
    let (home, members, _) = orphaned();
    home.config("[service.other]\ncommand = \"sleep 1000\"\n");
    home.start();
    home.wait_for_service("other", |service| service.state == Word::Running);
    until("the end of the old family", || members.iter().all(|pid| !process::is_alive(*pid)).then_some(()));
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[test]
fn an_adopted_run_that_will_not_end_is_killed_after_its_time() {
    let home = Home::with(
        "[service.deaf]\nstop_timeout = \"100ms\"\nready = { log = \"up\" }\n\
         command = [\"/bin/sh\", \"-c\", \"trap '' TERM; echo up; while :; do sleep 1000; done\"]\n",
    );
    let daemon = home.start();
    let deaf = home.wait_for_service("deaf", |service| service.ready).pid.unwrap();
    kill(daemon);
    home.start();
    assert_eq!(home.wait_for_service("deaf", |service| service.ready).pid, Some(deaf));
    home.ok(&["stop", "deaf"]);
    assert!(!process::is_alive(deaf));
    assert_eq!(home.wait_for_service("deaf", |_| true).state, Word::Stopped);
}

#[test]
fn the_end_of_an_adopted_run_is_seen_at_once_and_its_exit_code_told_or_said_to_be_unknown() {
    let home = Home::with(
        "[service.web]\nrestart = \"never\"\nready = { log = \"up\" }\n\
         command = [\"/bin/sh\", \"-c\", \"trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done\"]\n",
    );
    let daemon = home.start();
    home.wait_for_service("web", |service| service.ready);
    kill(daemon);
    home.start();
    home.wait_for_service("web", |service| service.ready);
    home.ok(&["signal", "web", "USR1"]);
    let web = home.wait_for_service("web", |service| service.state == Word::Failed);
    let reason = web.reason.unwrap();
    let known = ["exited with 7 after ", "ended with an unknown exit code after "];
    assert!(known.iter().any(|known| reason.starts_with(known)), "{reason}");
    assert!(home.ok(&["ls"]).contains("failed"));
}

/// A run that is started again has the cgroup of the one before it. The daemon may be killed before it has written
/// that the one has ended and the other begun.
#[test]
fn a_run_outlives_the_end_of_the_one_before_it_in_the_same_cgroup() {
    let home = Home::with("[service.one]\ncommand = \"sleep 1000\"\nrestart = \"always\"\n");
    let daemon = home.start();
    let first = home.wait_for_service("one", |service| service.state == Word::Running).pid.unwrap();
    process::signal(first, Signal::KILL);
    let second = home.wait_for_service("one", |service| service.state == Word::Running && service.run == 2);
    kill(daemon);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(unwrite_the_restart(&home));
    home.start();
    let found = home.wait_for_service("one", |service| service.state == Word::Running);
    assert_eq!((found.pid, found.run), (second.pid, 2));
    home.stop();
}

/// What was written of the first two runs, if it was by now, as it was before the first had ended.
async fn unwrite_the_restart(home: &Home) {
    let db = Db::open(&home.join("state/hob.db"), Durability::Normal).unwrap();
    let unwritten = db.write(|tx| {
        tx.execute("DELETE FROM service_runs WHERE run = 2", [])?;
        tx.execute("UPDATE service_runs SET ended = NULL, ending = NULL WHERE run = 1", [])
    });
    unwritten.await.unwrap();
    db.close().await.unwrap();
}
