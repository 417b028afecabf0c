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
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// Both FIFOs of a run, opened by a service.
fn run(dir: &Path, name: &str) -> [File; 2] {
    for stream in ["out", "err"] {
        let path = dir.join(format!("{name}.{stream}"));
        rustix::fs::mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
    }
    writers(dir, name)
}

/// The same of another run, to which they have passed on.
fn writers(dir: &Path, name: &str) -> [File; 2] {
    ["out", "err"].map(|stream| {
        let path = dir.join(format!("{name}.{stream}"));
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
    let third = run(dir, "3");
    second.keep("3", empty()).unwrap();
    wait_for(dir, 1, 4);
    assert_eq!(left(dir, "1.out"), "last words\n");
    assert_eq!(left(dir, "1.err"), "oh\n");
    // Another run may have what was read, as long as the daemon does not say otherwise.
    wait_for(dir, 1, 4);
    second.let_go("1");
    wait_for(dir, 1, 2);
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

/// What is found of a run that ends now, where nobody reads it, with something in both of its FIFOs.
fn left_of(dir: &Path, name: &str, [mut out, mut err]: [File; 2]) -> [String; 2] {
    out.write_all(b"last words\n").unwrap();
    err.write_all(b"oh\n").unwrap();
    drop((out, err));
    ["out", "err"].map(|stream| left(dir, &format!("{name}.{stream}")))
}

#[test]
fn what_passes_on_to_another_run_of_a_later_daemon_is_still_kept() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (of_run, probe) = (run(dir, "1"), run(dir, "2"));
    let mut first = keeper(dir);
    first.keep("1", empty()).unwrap();
    first.keep("2", empty()).unwrap();
    wait_for(dir, 1, 4);
    drop(first);
    // Now it is known that there is no daemon.
    drop(probe);
    wait_for(dir, 1, 2);
    let mut second = keeper(dir);
    second.keep("1", empty()).unwrap();
    run(dir, "3");
    second.keep("3", empty()).unwrap();
    wait_for(dir, 1, 4);
    // The run ends while there is a daemon, which lets another one have its FIFOs; that one ends without any.
    drop(of_run);
    second.let_go("3");
    wait_for(dir, 1, 2);
    let next = writers(dir, "1");
    drop(second);
    assert_eq!(left_of(dir, "1", next), ["last words\n", "oh\n"]);
}

#[test]
fn what_was_let_go_of_without_a_daemon_is_opened_again_for_the_next_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let [mut out, err] = run(dir, "1");
    let mut first = keeper(dir);
    first.keep("1", empty()).unwrap();
    wait_for(dir, 1, 2);
    drop(first);
    out.write_all(b"last words\n").unwrap();
    drop((out, err));
    // Of its two FIFOs one was empty.
    wait_for(dir, 1, 1);
    let mut second = keeper(dir);
    second.keep("1", empty()).unwrap();
    wait_for(dir, 1, 2);
    assert_eq!(left(dir, "1.out"), "last words\n");
    let next = writers(dir, "1");
    drop(second);
    assert_eq!(left_of(dir, "1", next), ["last words\n", "oh\n"]);
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
    let keeps = Pid::from_raw(processes[0]).unwrap();
    kill_process(keeps, Signal::KILL).unwrap();
    // Its name is gone before its descriptors are.
    waitpid(Some(keeps), WaitOptions::empty()).unwrap();
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
