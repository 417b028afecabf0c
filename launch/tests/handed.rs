//! What is held is what runs, whatever has become of its path.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic plainly; fs_err is no dependency here"
)]

mod stage;

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use hob_launch::{FIRST_KEPT, Failure, Handed, Output, Step, launch_handed};
use rustix::fs::{MemfdFlags, Mode, OFlags};
use stage::{LAUNCHER, Outcome, Stage, field};

fn open(path: impl AsRef<Path>, flags: OFlags) -> OwnedFd {
    rustix::fs::open(path.as_ref(), flags | OFlags::CLOEXEC, Mode::empty()).unwrap()
}

fn memory(content: &[u8]) -> OwnedFd {
    let memory = rustix::fs::memfd_create("it", MemfdFlags::CLOEXEC).unwrap();
    let mut file = File::from(memory);
    file.write_all(content).unwrap();
    rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0)).unwrap();
    file.into()
}

/// Runs this program in this directory with this input, and these descriptors besides.
fn run(stage: &Stage, program: &OwnedFd, dir: &OwnedFd, input: &OwnedFd, kept: &[BorrowedFd<'_>]) -> Outcome {
    let fifo = |output: &Output| match output {
        Output::Fifo(path) => open(path, OFlags::RDWR),
        Output::Null => panic!("a stage has FIFOs"),
    };
    stage.run_with(|plan| {
        let (stdout, stderr) = (fifo(&plan.stdout), fifo(&plan.stderr));
        let handed = Handed {
            program: program.as_fd(),
            dir: dir.as_fd(),
            stdin: input.as_fd(),
            stdout: stdout.as_fd(),
            stderr: stderr.as_fd(),
            kept,
        };
        let launched = launch_handed(Path::new(LAUNCHER), plan, &handed).unwrap();
        (launched.pid, launched.pidfd, launched.report)
    })
}

fn root() -> OwnedFd {
    open("/", OFlags::PATH | OFlags::DIRECTORY)
}

fn text(outcome: &Outcome) -> &str {
    assert_eq!(outcome.failure, None, "{}", String::from_utf8_lossy(&outcome.stderr));
    str::from_utf8(&outcome.stdout).unwrap()
}

#[test]
fn the_descriptor_is_executed_and_not_the_path() {
    let stage = Stage::new("/no/such/program", &["-c", "echo one; echo two >&2; exit 3"]);
    let outcome = run(&stage, &open("/bin/sh", OFlags::RDONLY), &root(), &memory(b""), &[]);
    assert_eq!((text(&outcome), outcome.stderr.as_slice(), outcome.exit), ("one\n", &b"two\n"[..], 3));
}

#[test]
fn a_directory_is_entered_that_has_another_name_now() {
    let mut stage = Stage::new("/bin/sh", &["-c", "pwd -P"]);
    let (before, after) = (stage.dir.join("before"), stage.dir.join("after"));
    std::fs::create_dir(&before).unwrap();
    let dir = open(&before, OFlags::PATH | OFlags::DIRECTORY);
    std::fs::rename(&before, &after).unwrap();
    stage.plan.dir = before;
    let outcome = run(&stage, &open("/bin/sh", OFlags::RDONLY), &dir, &memory(b""), &[]);
    assert_eq!(text(&outcome), format!("{}\n", after.display()));
}

#[test]
fn input_is_what_was_handed_and_nothing_after_it() {
    let stage = Stage::new("/bin/cat", &[]);
    let outcome = run(&stage, &open("/bin/cat", OFlags::RDONLY), &root(), &memory(b"told\n"), &[]);
    assert_eq!(text(&outcome), "told\n");
}

#[test]
fn a_script_that_is_kept_is_read_by_its_descriptor() {
    let path = format!("/proc/self/fd/{}", FIRST_KEPT + 1);
    let stage = Stage::new("/bin/sh", &[&path, "x"]);
    let (other, script) = (memory(b"other"), memory(b"echo \"$0 $1\"\n"));
    let kept = [other.as_fd(), script.as_fd()];
    let outcome = run(&stage, &open("/bin/sh", OFlags::RDONLY), &root(), &memory(b""), &kept);
    assert_eq!(text(&outcome), format!("{path} x\n"));
}

#[test]
fn nothing_is_open_but_what_is_kept() {
    let stage = Stage::new("/bin/sh", &["-c", "ls /proc/$$/fd; true"]);
    let (one, two) = (memory(b"1"), memory(b"2"));
    let shell = open("/bin/sh", OFlags::RDONLY);
    let outcome = run(&stage, &shell, &root(), &memory(b""), &[one.as_fd(), two.as_fd()]);
    let numbers: Vec<i32> = text(&outcome).split_whitespace().map(|it| it.parse().unwrap()).collect();
    assert!(
        numbers.len() == 5 && [0, 1, 2, FIRST_KEPT, FIRST_KEPT + 1].iter().all(|it| numbers.contains(it))
    );
    let outcome = run(&stage, &shell, &root(), &memory(b""), &[]);
    assert_eq!(text(&outcome), "0\n1\n2\n");
}

#[test]
fn it_is_as_clean_as_any_other_launch() {
    let stage = Stage::new("/bin/cat", &["/proc/self/status", "/proc/self/stat"]);
    let outcome = run(&stage, &open("/bin/cat", OFlags::RDONLY), &root(), &memory(b""), &[]);
    let said = text(&outcome);
    for name in ["SigIgn", "SigBlk", "SigCgt"] {
        assert_eq!(field(said, name), "0000000000000000", "{name}");
    }
    // The session is its own (proc_pid_stat(5), field 6).
    let stat = said.rsplit_once(')').unwrap().1;
    assert_eq!(stat.split_whitespace().nth(3).unwrap(), outcome.pid.as_raw_nonzero().to_string());
}

#[test]
fn what_cannot_be_executed_or_entered_is_told() {
    let stage = Stage::new("/it", &[]);
    let failure = |program: &OwnedFd, dir: &OwnedFd| run(&stage, program, dir, &memory(b""), &[]).failure;
    let nothing = failure(&memory(b"\0"), &root());
    assert_eq!(nothing, Some(Failure { step: Step::Exec, errno: libc::ENOEXEC }));
    let file = open("/bin/sh", OFlags::RDONLY);
    assert_eq!(failure(&file, &file), Some(Failure { step: Step::Directory, errno: libc::ENOTDIR }));
}
