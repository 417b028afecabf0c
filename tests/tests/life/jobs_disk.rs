//! A disk that is full when runs are due.

use daemon_core::jobs::ops::Get;
use hob_tests::ran::Ran;
use hob_tests::{Home, until};

use crate::disk::Disk;

#[test]
fn what_is_due_or_asked_for_on_a_full_disk_runs_later_and_once_or_is_refused() {
    let Some(disk) = Disk::of(8) else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let home = Home::at(&disk.0);
    let mut ran = Ran::told_in(elsewhere.path().join("ran"));
    home.config(&ran.config());
    home.start();
    let has_trouble = || home.call(Get { name: "tick".to_owned() }).unwrap().status.trouble.is_some();
    until("its first run", || elsewhere.path().join("ran").exists().then_some(()));
    for _ in 0..2 {
        let ballast = disk.fill();
        until("the trouble is shown", || has_trouble().then_some(()));
        for _ in 0..3 {
            ran.enqueue(&home);
        }
        fs_err::remove_file(ballast).unwrap();
        until("there is no trouble any more", || (!has_trouble()).then_some(()));
        ran.enqueue(&home);
    }
    ran.check(&home);
    home.stop();
}
