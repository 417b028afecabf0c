//! What a run was captured with passes on to a run of another log.

use std::os::unix::fs::MetadataExt as _;

use super::*;
use crate::runs::logs::{Holders, Logs, Query, RunLog};

fn single() -> Policy {
    Policy { is_single: true, ..policy(u64::MAX) }
}

fn inode(log: &RunLog) -> u64 {
    fs_err::metadata(log.out()).unwrap().ino()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The text of a log.
fn text(logs: &Logs, name: &str) -> Vec<String> {
    let page = logs.read(name, &Query { lines: 9, ..Query::default() }).unwrap();
    page.lines.into_iter().map(|line| String::from_utf8(line.text).unwrap()).collect()
}

#[tokio::test]
async fn a_run_that_writes_nothing_has_no_log_and_leaves_its_fifos_to_another() {
    let directory = tempfile::tempdir().unwrap();
    let paths = paths(directory.path());
    let logs = Logs::start(paths.clone(), clock).unwrap();
    let first = logs.open("queue@1", 1, single()).await.unwrap();
    let before = inode(&first);
    drop(writer(&first.out()));
    first.conclude().await.unwrap();
    let second = logs.open("queue@2", 1, single()).await.unwrap();
    assert_eq!((inode(&second), names(&paths.run)), (before, vec!["queue@2".to_owned()]));
    assert_eq!(names(&paths.logs), Vec::<String>::new());
    writer(&second.err()).write_all(b"oops\n").unwrap();
    second.conclude().await.unwrap();
    assert_eq!(
        (text(&logs, "queue@2"), names(&paths.logs)),
        (vec!["oops".to_owned()], vec!["queue@2".to_owned()])
    );
    assert_eq!(second.last_error_line().as_deref(), Some("oops"));

    // A second attempt goes on in the log of the first.
    let again = logs.open("queue@3", 1, single()).await.unwrap();
    writer(&again.out()).write_all(b"once\n").unwrap();
    again.close().await.unwrap();
    let again = logs.open("queue@3", 2, single()).await.unwrap();
    writer(&again.out()).write_all(b"twice\n").unwrap();
    again.conclude().await.unwrap();
    assert_eq!(text(&logs, "queue@3"), ["once", "twice"]);
    assert_eq!(logs.run_back("queue@3", 1).unwrap(), Some(1));
    logs.stop().await.unwrap();
    assert_eq!(names(&paths.run), Vec::<String>::new());
}

#[tokio::test]
async fn a_fifo_that_a_stray_holds_does_not_pass_on() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let first = logs.open("queue@1", 1, single()).await.unwrap();
    let (before, mut stray) = (inode(&first), writer(&first.out()));
    first.conclude().await.unwrap();
    let second = logs.open("queue@2", 1, single()).await.unwrap();
    assert_ne!(inode(&second), before);
    // It may be nowhere else, but not there.
    drop(stray.write_all(b"stray\n"));
    writer(&second.out()).write_all(b"own\n").unwrap();
    second.conclude().await.unwrap();
    assert_eq!(text(&logs, "queue@2"), ["own"]);
}

#[tokio::test]
async fn a_run_that_has_files_of_its_own_keeps_them() {
    let directory = tempfile::tempdir().unwrap();
    let paths = paths(directory.path());
    let logs = Logs::start(paths.clone(), clock).unwrap();
    logs.open("queue@1", 1, single()).await.unwrap().conclude().await.unwrap();
    let own = paths.of("queue@2").unwrap().run;
    fs_err::create_dir(&own).unwrap();
    fs_err::write(own.join("changed"), "a.rs\n").unwrap();
    let second = logs.open("queue@2", 1, single()).await.unwrap();
    assert_eq!(fs_err::read_to_string(own.join("changed")).unwrap(), "a.rs\n");
    writer(&second.out()).write_all(b"own\n").unwrap();
    second.conclude().await.unwrap();
    assert_eq!(text(&logs, "queue@2"), ["own"]);
}

#[tokio::test]
async fn the_next_daemon_removes_what_was_parked_and_goes_on_with_what_lives() {
    let directory = tempfile::tempdir().unwrap();
    let paths = paths(directory.path());
    let logs = Logs::start(paths.clone(), clock).unwrap();
    // Both are made before the first is parked, and the third has what the first had.
    let first = logs.open("queue@1", 1, single()).await.unwrap();
    let second = logs.open("queue@2", 1, single()).await.unwrap();
    first.conclude().await.unwrap();
    let third = logs.open("queue@3", 4, single()).await.unwrap();
    second.conclude().await.unwrap();
    let fifo = third.out();
    let mut living = writer(&fifo);
    living.write_all(b"before\n").unwrap();
    // As a kill leaves it: nothing is cleared away.
    let left = directory.path().join("left");
    copy(&paths.run, &left.join("run"));
    assert_eq!(names(&left.join("run")), ["queue@2", "queue@3"]);
    logs.stop().await.unwrap();
    for name in names(&left.join("run/queue@2")) {
        fs_err::create_dir_all(paths.run.join("queue@2")).unwrap();
        fs_err::rename(left.join("run/queue@2").join(&name), paths.run.join("queue@2").join(&name)).unwrap();
    }
    let logs = Logs::start(paths.clone(), clock).unwrap();
    let mut recovered = logs.recover(|_| true, Holders::default()).await.unwrap();
    assert_eq!(names(&paths.run), ["queue@3"]);
    let found = recovered.pop().unwrap();
    assert_eq!((found.service.as_str(), found.run, found.log.out()), ("queue@3", 4, fifo));
    living.write_all(b"after\n").unwrap();
    drop(living);
    found.log.conclude().await.unwrap();
    assert_eq!(text(&logs, "queue@3"), ["before", "after"]);
}

/// Copies a directory, and in it the regular files and the directories.
fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let kind = entry.file_type().unwrap();
        let to = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            fs_err::copy(entry.path(), to).unwrap();
        }
    }
}
