//! The threads at work on a disk that is full, and has room again.

use std::time::Duration;

use super::small::Small;
use super::*;
use crate::runs::logs::{Event, LogTrouble, Logs, RunLog};

/// What it may take on a machine that has other things to do.
const LONG: Duration = Duration::from_secs(60);
/// More than fits into a pipe, however wide it is made.
const LINES: u32 = 100_000;
/// The size of an old file; all that is written fits into the room of one.
const OLD: usize = 8 << 20;

async fn until(what: &str, so: impl Fn() -> bool) {
    let waited = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waited).await.unwrap_or_else(|_| panic!("{what} does not come"));
}

/// Writes numbered lines from a thread of its own, as a service does that has to wait.
fn writing(log: &RunLog) -> std::thread::JoinHandle<()> {
    let fifos = [log.out(), log.err()]
        .map(|fifo| fs_err::OpenOptions::new().read(true).write(true).open(fifo).unwrap());
    std::thread::spawn(move || {
        for number in 0..LINES {
            // One write for each, so that none is cut.
            (&fifos[0]).write_all(format!("{number:06}\n").as_bytes()).unwrap();
        }
    })
}

fn numbers() -> Vec<u8> {
    (0..LINES).flat_map(|number| format!("{number:06}\n").into_bytes()).collect()
}

#[tokio::test]
async fn a_service_waits_for_room_and_goes_on_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let place = paths(directory.path()).of("web").unwrap();
    let Some(small) = Small::mount(place.log.clone()) else { return };
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let policy = Policy { on_full: OnFull::Block, ..policy(u64::MAX) };
    let log = logs.open("web", 1, policy).await.unwrap();
    small.fill();
    let writer = writing(&log);
    until("the word that it waits", || log.trouble() == Some(LogTrouble::Blocked)).await;
    assert!(!writer.is_finished());
    small.clear();
    small.grow();
    until("the end of the lines", || writer.is_finished()).await;
    log.ended().await;
    assert!(written(&place.log).streams[0] == numbers());
    logs.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_that_waits_can_be_closed_and_what_it_wrote_is_written_later() {
    let directory = tempfile::tempdir().unwrap();
    let place = paths(directory.path()).of("web").unwrap();
    let Some(small) = Small::mount(place.log.clone()) else { return };
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let policy = Policy { on_full: OnFull::Block, ..policy(u64::MAX) };
    let log = logs.open("web", 1, policy.clone()).await.unwrap();
    small.fill();
    let [out, _err] = [writer(&log.out()), writer(&log.err())];
    let mut sent = 0;
    while sent < 60_000 {
        sent += write_some(&out, b"some line\n");
    }
    // Of the next run, before there is room.
    tokio::time::timeout(LONG, log.close()).await.unwrap().unwrap();
    let next = logs.open("web", 2, policy).await.unwrap();
    write_some(&writer(&next.out()), b"the next\n");
    small.clear();
    small.grow();
    next.close().await.unwrap();
    let expected = [b"some line\n".repeat(sent / 10), b"the next\n".to_vec()].concat();
    until("all of it", || written_length(&place.log) == expected.len()).await;
    assert!(written(&place.log).streams[0] == expected);
    logs.stop().await.unwrap();
}

/// A log that is written meanwhile.
fn written_length(log: &Path) -> usize {
    let bytes = fs_err::read(log.join("current")).unwrap();
    let records = bytes.split(|&byte| byte == b'\n').filter_map(cri::parse);
    records.map(|record| record.text.len() + 1).sum()
}

#[tokio::test]
async fn old_files_of_others_make_room_before_a_line_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(directory.path().join("logs")) else { return };
    small.grow();
    let old = paths(directory.path()).of("old").unwrap();
    fs_err::create_dir_all(&old.log).unwrap();
    for day in 1..4 {
        fs_err::write(old.log.join(format!("2026-01-0{day}T00:00:00Z.log")), vec![b'\n'; OLD]).unwrap();
    }
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let mut reports = logs.reports();
    let log = logs.open("web", 1, policy(u64::MAX)).await.unwrap();
    small.fill();
    let writer = writing(&log);
    log.ended().await;
    writer.join().unwrap();
    let place = paths(directory.path()).of("web").unwrap();
    until("all of it", || written_length(&place.log) == numbers().len()).await;
    assert!(written(&place.log).streams[0] == numbers());
    let mut report = reports.recv().await.unwrap();
    // On a busy machine the thread of the lowest priority may need a while, and that is told.
    while matches!(report.event, Event::Waiting { .. } | Event::Resumed { dropped: 0, .. }) {
        report = reports.recv().await.unwrap();
    }
    let bytes = OLD as u64;
    assert_eq!((report.service.as_str(), report.event), ("old", Event::Freed { files: 1, bytes }));
    // Who met the full disk just before there was room, and asks for it just after, gets one more.
    assert_ne!(files::rotated(&old.log).unwrap().len(), 0);
    logs.stop().await.unwrap();
}
