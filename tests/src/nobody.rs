//! A test once more, as a user without rights.
//!
//! Much depends on who one is: the bus, the X server, the runtime directory, the
//! daemon's socket, whose processes may be looked at. So the whole test runs as
//! that user, in a process of its own, instead of its parts.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::{program, text};

/// The user that owns nothing.
const NOBODY: u32 = 65534;

/// Runs a test of this program, by its full name, as `nobody`, if we are root.
///
/// Whoever is not root has run that test as another user already: nothing is done then. The programs
/// are copied to a place of that user's own, since those that were built may lie where only root looks.
///
/// # Panics
/// If that test fails, or there is no such test.
#[track_caller]
pub fn as_nobody(test: &str) {
    as_nobody_with(test, &[]);
}

/// The same with further programs: the variable that tells where each is, itself, and its name there.
///
/// # Panics
/// As [`as_nobody`].
#[track_caller]
pub fn as_nobody_with(test: &str, programs: &[(&str, &Path, &str)]) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = tempfile::Builder::new().prefix("hob-n-").tempdir_in("/tmp").expect("/tmp can be written");
    chown(home.path(), Some(NOBODY), Some(NOBODY)).expect("root may give away what it made");
    let own = std::env::current_exe().expect("a test knows where it is");
    let copied = |built: &Path, name: &str| {
        let copy = home.path().join(name);
        // By a process of its own: what this one has open for writing, another thread's child may inherit for a
        // moment, and then nobody may execute it (execve(2), ETXTBSY).
        let done = Command::new("cp").arg(built).arg(&copy).status().expect("there is cp");
        assert!(done.success(), "/tmp has room for the programs");
        copy
    };
    for name in ["hob", "hob-launch"] {
        copied(&program(name), name);
    }
    let mut again = Command::new(copied(&own, "tests"));
    for (variable, program, name) in programs {
        again.env(variable, copied(program, name));
    }
    again.args(["--exact", test, "--nocapture"]).uid(NOBODY).gid(NOBODY);
    again.env("HOME", home.path()).current_dir("/");
    let output = again.output().expect("everybody may run what is in /tmp");
    let said = text(&output);
    assert!(output.status.success(), "as nobody {test} fails:\n{said}");
    assert!(said.contains("1 passed"), "there is no test {test}:\n{said}");
}
