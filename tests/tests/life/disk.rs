//! A disk that is full, and a database that is damaged or not ours to read.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use daemon_core::runs::logs::LogTrouble;
use daemon_core::services::Word;
use daemon_core::storage::{Db, Durability};
use hob_tests::{Home, process, until};
use rustix::process::Signal;

const SLEEPER: &str = "[service.one]\ncommand = \"sleep 1000\"\n";

/// A small disk of its own, until dropped.
pub(crate) struct Disk(pub(crate) PathBuf);

impl Disk {
    /// `None` where this process may not mount one.
    pub(crate) fn of(megabytes: u32) -> Option<Disk> {
        let place = tempfile::Builder::new().prefix("hob-disk-").tempdir_in("/tmp").unwrap().keep();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0700"), "tmpfs"]).arg(&place);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Disk(place));
        }
        eprintln!("skipped: this process may not mount a small disk");
        fs_err::remove_dir(&place).unwrap();
        None
    }

    /// Takes all the room there is.
    pub(crate) fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut ballast = fs_err::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while ballast.write_all(&vec![b'x'; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: what was killed a moment ago may still hold a file open.
        Command::new("umount").arg("-l").arg(&self.0).status().unwrap();
        fs_err::remove_dir(&self.0).unwrap();
    }
}

#[test]
fn a_start_on_a_full_disk_says_so_and_succeeds_once_there_is_room() {
    let Some(disk) = Disk::of(4) else { return };
    let home = Home::at(&disk.0);
    home.config(SLEEPER);
    let ballast = disk.fill();
    let said = home.fails(&["daemon", "start"], 69);
    assert!(said.contains("No space left") || said.contains("no room"), "{said}");
    assert!(said.contains(disk.0.to_str().unwrap()), "{said}");
    fs_err::remove_file(ballast).unwrap();
    home.start();
    home.wait_for_service("one", |service| service.state == Word::Running);
    home.stop();
}

#[test]
fn a_running_daemon_survives_a_full_disk_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::of(8) else { return };
    let home = Home::at(&disk.0);
    // Long lines, so that what little room a full disk has is used up soon.
    let line = "x".repeat(2000);
    home.config(&format!(
        "{SLEEPER}[service.talker]\n\
         command = [\"/bin/sh\", \"-c\", \"while :; do n=$((n+1)); echo $n {line}; sleep 0.01; done\"]\n"
    ));
    let pid = home.start();
    home.wait_for_service("talker", |service| service.state == Word::Running);
    until("its first lines", || home.service_log("talker").contains(&line).then_some(()));

    let ballast = disk.fill();
    // The daemon's own log is as full; its reports are not lost to those who ask.
    let length = || home.service_log("talker").len();
    let mut before = length();
    until("a log that does not grow", || {
        (std::mem::replace(&mut before, length()) == length()).then_some(())
    });
    for arguments in [&["ls"][..], &["status"], &["logs", "talker", "-n", "1"], &["show", "one"]] {
        home.ok(arguments);
    }
    home.ok(&["stop", "one"]);
    assert_eq!(home.json(&["system", "ping"])["pid"], pid);

    fs_err::remove_file(ballast).unwrap();
    let full = length();
    until("what waited meanwhile", || (full + 100 * line.len() < length()).then_some(()));
    let log = home.service_log("talker");
    let numbers = log.lines().map(|line| line.split(' ').nth(3).unwrap_or_default().parse::<usize>());
    for (at, number) in numbers.enumerate().take(full / line.len() + 50) {
        assert_eq!(number, Ok(at + 1), "a line is missing or doubled");
    }
    assert!(!log.contains("missing here"));
    home.ok(&["start", "one"]);
    home.ok(&["restart", "talker"]);
    assert_eq!(home.daemon_pid(), Some(pid));
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[test]
fn lines_that_a_full_disk_costs_are_told_of_and_counted() {
    const LINES: usize = 400_000;
    let Some(disk) = Disk::of(48) else { return };
    let home = Home::at(&disk.0);
    home.config(&format!(
        "[service.talker]\ncommand = [\"/bin/sh\", \"-c\", \"seq 1 {LINES}; exec sleep 1000\"]\n\
         autostart = false\nlog = {{ max_size = \"1G\" }}\n"
    ));
    home.start();
    let ballast = disk.fill();
    home.ok(&["start", "talker"]);
    home.wait_for_service("talker", |service| service.log_trouble == Some(LogTrouble::Dropping));
    assert!(home.ok(&["ls"]).contains("its log loses lines"));
    fs_err::remove_file(ballast).unwrap();
    home.wait_for_service("talker", |service| service.log_trouble.is_none());
    let log = home.service_log("talker");
    let is_number = |line: &&str| line.split(' ').nth(3).is_some_and(|text| text.parse::<usize>().is_ok());
    let (_, notice) = log.split_once(" stderr F hob: ").expect("the log tells of it");
    let (missing, reason) = notice.split_once(" lines (").expect("it counts lines");
    assert!(reason.contains("No space left on device"), "{reason}");
    let missing: usize = missing.parse().unwrap();
    assert!(100_000 < missing);
    assert_eq!(log.lines().filter(is_number).count() + missing, LINES);
    home.stop();
}

#[test]
fn a_service_may_wait_for_room_instead() {
    const LINES: usize = 200_000;
    let Some(disk) = Disk::of(48) else { return };
    let home = Home::at(&disk.0);
    let elsewhere = tempfile::tempdir().unwrap();
    let go = elsewhere.path().join("go");
    let script =
        format!("while [ ! -e {} ]; do sleep 0.02; done; seq 1 {LINES}; exec sleep 1000", go.display());
    home.config(&format!(
        "[service.talker]\ncommand = [\"/bin/sh\", \"-c\", \"{script}\"]\n\
         autostart = false\nlog = {{ max_size = \"1G\", on_full = \"block\" }}\n"
    ));
    let pid = home.start();
    home.ok(&["start", "talker"]);
    let ballast = disk.fill();
    fs_err::write(go, "").unwrap();
    home.wait_for_service("talker", |service| service.log_trouble == Some(LogTrouble::Blocked));
    // Nothing of it is only in the memory of the daemon.
    process::signal(pid, Signal::KILL);
    until("the end of the daemon", || (!process::is_alive(pid)).then_some(()));
    fs_err::remove_file(ballast).unwrap();
    home.start();
    until("all of its lines", || home.service_log("talker").ends_with(&format!(" {LINES}\n")).then_some(()));
    let log = home.service_log("talker");
    let expected: Vec<String> = (1..=LINES).map(|number| number.to_string()).collect();
    let found: Vec<&str> = log.lines().map(|line| line.rsplit(' ').next().unwrap_or_default()).collect();
    assert!(found == expected, "{} lines of {LINES}", found.len());
    home.stop();
}

#[test]
fn a_damaged_database_is_set_aside_and_services_start_anyway() {
    let home = Home::with(SLEEPER);
    home.start();
    home.wait_for_service("one", |service| service.state == Word::Running);
    home.stop();
    for damage in [&b"this is no database, but it is long enough to look like a file"[..], &[0xff; 8192]] {
        fs_err::write(home.join("state/hob.db"), damage).unwrap();
        home.start();
        let one = home.wait_for_service("one", |service| service.state == Word::Running);
        assert!(process::is_alive(one.pid.unwrap()));
        home.stop();
    }
    let aside: Vec<String> = names_in(&home.join("state"), "hob.db.corrupt-");
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert!(home.log().contains("is damaged"), "{}", home.log());
}

#[test]
fn a_run_is_found_again_even_if_its_daemon_and_the_database_are_lost_together() {
    let home = Home::with(SLEEPER);
    let daemon = home.start();
    let before = home.wait_for_service("one", |service| service.state == Word::Running).pid.unwrap();
    process::signal(daemon, Signal::KILL);
    until("the end of the daemon", || (!process::is_alive(daemon)).then_some(()));
    assert!(process::is_alive(before));
    fs_err::write(home.join("state/hob.db"), [0xff; 8192]).unwrap();
    home.start();
    let after = home.wait_for_service("one", |service| service.state == Word::Running);
    assert_eq!((after.pid, after.run), (Some(before), 1), "by its tag and its log");
    assert_eq!(home.processes(), [before]);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let home = Home::with(SLEEPER);
    home.start();
    home.stop();
    let file = home.join("state/hob.db");
    let db = Db::open(&file, Durability::Normal).unwrap();
    // Nobody has that many steps.
    let steps: Vec<String> = (0..100).map(|step| format!("CREATE TABLE later_{step} (x)")).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    db.migrate("services", &steps).await.unwrap();
    db.close().await.unwrap();

    let said = home.fails(&["daemon", "start"], 69);
    for part in ["hob.db", "version 100", "upgrade hob", "newer version"] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    home.fails(&["--daemon"], 1);
    assert_eq!(home.daemon_pid(), None);
    assert!(home.processes().is_empty() && !home.join("hob.sock").exists());
    assert!(names_in(&home.join("state"), "hob.db.corrupt-").is_empty());
    Db::open(&file, Durability::Normal).unwrap().close().await.unwrap();
}

fn names_in(directory: &Path, prefix: &str) -> Vec<String> {
    let entries = fs_err::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with(prefix) && !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect()
}
