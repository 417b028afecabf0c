//! The files of the record, with something else in their places.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::path::{Path, PathBuf};

use common::daemon;
use daemon_core::audit::{CheckpointNow, Entry};
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use hob_verify::record::{self, Options, Verdict, files};
use serde_json::Map;

async fn start(dirs: &Dirs) -> Daemon {
    Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap()
}

/// All that is recorded and signed is in the files, and they can be checked.
async fn records(daemon: &Daemon, dirs: &Dirs) {
    daemon.audit().append(Entry::of_daemon("x-test.did", Map::new())).await.unwrap();
    let signed = daemon.client().call(CheckpointNow {}).await.unwrap().note;
    daemon.audit().append(Entry::of_daemon("x-test.did", Map::new())).await.unwrap();
    let again = daemon.client().call(CheckpointNow {}).await.unwrap().note;
    assert_ne!(signed, again);
    let report = record::verify(&dirs.audit(), &Options::default());
    assert_eq!((report.verdict(), report.signed), (Verdict::Whole, report.leaves), "{report}");
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
}

#[tokio::test]
async fn c84_what_is_put_in_the_place_of_a_file_of_the_record_holds_nothing_up_and_is_not_written_to() {
    const MINE: &str = "export IMPORTANT=1\n";
    let (home, dirs, mut now) = daemon().await;
    records(&now, &dirs).await;
    let victim = home.path().join("victim");
    let all: Vec<PathBuf> = [files::LEAVES, files::HASHES]
        .map(|ending| files::segment(&dirs.audit(), 0, ending))
        .into_iter()
        .chain([files::CHECKPOINTS, files::KEY].map(|name| dirs.audit().join(name)))
        .collect();
    for file in &all {
        for is_fifo in [true, false] {
            let swap = || {
                fs_err::remove_file(file).unwrap();
                fs_err::write(&victim, MINE).unwrap();
                match is_fifo {
                    true => fifo(file),
                    false => std::os::unix::fs::symlink(&victim, file).unwrap(),
                }
            };
            // The key is read and put right at a start only.
            if !file.ends_with(files::KEY) {
                swap();
                records(&now, &dirs).await;
            }
            now.stop().await;
            swap();
            now = start(&dirs).await;
            records(&now, &dirs).await;
            assert_eq!(fs_err::read_to_string(&victim).unwrap(), MINE, "{}", file.display());
            assert!(fs_err::symlink_metadata(file).unwrap().is_file());
        }
    }
    now.stop().await;
}

#[tokio::test]
async fn c84_a_fifo_in_the_place_of_a_file_of_the_home_does_not_keep_a_daemon_from_starting_or_failing() {
    let (_home, dirs, now) = daemon().await;
    now.stop().await;
    for (name, starts) in [("id", true), ("hob.lock", false)] {
        let file = dirs.state().join(name);
        fs_err::remove_file(&file).unwrap();
        fifo(&file);
        match Daemon::start(dirs.clone(), Clock::system(), None).await {
            Ok(now) => {
                assert!(starts, "{name}");
                now.stop().await;
            }
            Err(fault) => assert!(!starts && fault.message.contains(name), "{fault}"),
        }
    }
}
