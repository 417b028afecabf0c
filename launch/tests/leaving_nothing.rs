//! A launch that fails leaves no descriptor and no process behind.
//!
//! Alone in its binary: it counts what the whole process has.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic plainly; fs_err is no dependency here"
)]

mod stage;

use std::io::ErrorKind;
use std::path::Path;

use hob_launch::launch;
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions};
use stage::{LAUNCHER, Stage, exit_code, wait_readable};

#[test]
fn failed_launches_leave_no_descriptor_and_no_child() {
    let mut stage = Stage::new("/no/such/program", &[]);
    let before = descriptors();

    let missing = Path::new("/no/such/launcher");
    let error = launch(missing, &stage.plan).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("/no/such/launcher"), "{error}");
    let error = launch(Path::new("hob-launch"), &stage.plan).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!((descriptors(), child()), (before, Err(Errno::CHILD)));

    let launched = launch(Path::new(LAUNCHER), &stage.plan).unwrap();
    wait_readable(&launched.pidfd);
    assert_eq!(exit_code(&launched.pidfd), 127);
    drop(launched);
    assert_eq!((descriptors(), child()), (before, Err(Errno::CHILD)));

    stage.plan.argv.clear();
    assert_eq!(launch(Path::new(LAUNCHER), &stage.plan).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!((descriptors(), child()), (before, Err(Errno::CHILD)));
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// `Err(CHILD)` if this process has none, not even a dead one.
fn child() -> Result<(), Errno> {
    rustix::process::waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOHANG).map(drop)
}
