//! What was written outlives the writer and the reader.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic plainly; fs_err is no dependency here"
)]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::iter::empty;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hob_launch::Keeper;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

/// Both FIFOs of a run, opened by a service.
fn run(dir: &Path, name: &str) -> [File; 2] {
    ["out", "err"].map(|stream| {
        let path = dir.join(format!("{name}.{stream}"));
        rustix::fs::mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        OpenOptions::new().read(true).write(true).open(path).unwrap()
    })
}

fn keeper(dir: &Path) -> Keeper {
    Keeper::new(PathBuf::from(env!("CARGO_BIN_EXE_hob-launch")), dir.to_owned())
}

/// What is in a FIFO without a writer.
fn left(dir: &Path, name: &str) -> String {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK;
    let mut fifo = File::from(rustix::fs::open(dir.join(name), flags, Mode::empty()).unwrap());
    let mut text = String::new();
    fifo.read_to_string(&mut text).unwrap();
    text
}

/// The processes that keep what is in `dir`, and how many FIFOs of runs they have.
fn keeping(dir: &Path) -> (Vec<i32>, usize) {
    let (mut processes, mut fifos) = (Vec::new(), 0);
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let arguments: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
        if arguments.get(1..3) != Some(&[&b"keep"[..], dir.as_os_str().as_encoded_bytes()][..]) {
            continue;
        }
        processes.push(entry.file_name().to_str().unwrap().parse().unwrap());
        let open = std::fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        let is_run = |path: &PathBuf| path.starts_with(dir) && !path.ends_with(".keep");
        fifos += open.filter_map(|fd| std::fs::read_link(fd.path()).ok()).filter(is_run).count();
    }
    (processes, fifos)
}

#[track_caller]
fn wait_for(dir: &Path, processes: usize, fifos: usize) {
    let begin = Instant::now();
    loop {
        let (found, open) = keeping(dir);
        if (found.len(), open) == (processes, fifos) {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{found:?} and {open} FIFOs");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_next_daemon_reads_what_a_service_wrote_that_ended_without_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let [mut out, mut err] = run(dir, "1");
    let quiet = run(dir, "2");
    let mut first = keeper(dir);
    first.keep("1", empty()).unwrap();
    first.keep("2", empty()).unwrap();
    wait_for(dir, 1, 4);
    drop(first);
    out.write_all(b"last words\n").unwrap();
    err.write_all(b"oh\n").unwrap();
    drop((out, err, quiet));
    wait_for(dir, 1, 2);

    let mut second = keeper(dir);
    assert_eq!(left(dir, "1.out"), "last words\n");
    assert_eq!(left(dir, "1.err"), "oh\n");
    let third = run(dir, "3");
    second.keep("3", empty()).unwrap();
    // What was read is nothing to keep any more.
    wait_for(dir, 1, 2);
    second.let_go("1");
    second.let_go("3");
    wait_for(dir, 1, 0);
    drop((second, third));
    wait_for(dir, 0, 0);
}

#[test]
fn what_may_serve_another_run_is_kept_as_long_as_there_is_a_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let first = run(dir, "1");
    let mut keeper = keeper(dir);
    assert!(keeper.keep("1", empty()).unwrap(), "there was none");
    wait_for(dir, 1, 2);
    drop(first);
    let second = run(dir, "2");
    assert!(!keeper.keep("2", empty()).unwrap());
    wait_for(dir, 1, 4);
    drop(keeper);
    wait_for(dir, 1, 2);
    drop(second);
    wait_for(dir, 0, 0);
}

#[test]
fn what_had_its_writer_before_it_was_kept_is_let_go_when_there_is_no_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    drop(run(dir, "1"));
    let living = run(dir, "2");
    let mut keeper = keeper(dir);
    keeper.keep("1", empty()).unwrap();
    keeper.keep("2", empty()).unwrap();
    wait_for(dir, 1, 4);
    drop(keeper);
    wait_for(dir, 1, 2);
    drop(living);
    wait_for(dir, 0, 0);
}

#[test]
fn one_that_was_killed_is_replaced_and_keeps_all_again() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let runs = ["1", "2"].map(|name| run(dir, name));
    let mut keeper = keeper(dir);
    keeper.keep("1", empty()).unwrap();
    wait_for(dir, 1, 2);
    let (processes, _) = keeping(dir);
    kill_process(Pid::from_raw(processes[0]).unwrap(), Signal::KILL).unwrap();
    wait_for(dir, 0, 0);
    keeper.keep("2", ["1".to_owned()].into_iter()).unwrap();
    wait_for(dir, 1, 4);
    drop((keeper, runs));
    wait_for(dir, 0, 0);
}

#[test]
fn what_is_no_fifo_and_what_nobody_understands_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("1.out"), "a file").unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.join("1.err")).unwrap();
    let fifos = run(dir, "2");
    let mut keeper = keeper(dir);
    keeper.keep("1", empty()).unwrap();
    keeper.let_go(&"x".repeat(3000));
    keeper.let_go("what?\n?\n");
    keeper.keep("2", empty()).unwrap();
    wait_for(dir, 1, 2);
    drop((keeper, fifos));
    wait_for(dir, 0, 0);
}
