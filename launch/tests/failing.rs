//! What is reported, and said, when a process cannot be started.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic plainly; fs_err is no dependency here"
)]

mod stage;

use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use hob_launch::{
    Failure, Limit, MAGIC, NOT_A_FIFO, Output, Resource, Step, UNLIMITED, encode, explain, seal,
};
use stage::{LAUNCHER, Stage, is_root, nobody};

/// Launches and expects this failure, explained by this text; `{dir}` is the test's directory.
#[track_caller]
fn check(prepare: impl FnOnce(&mut Stage), step: Step, errno: i32, text: &str) {
    let mut stage = Stage::new("/bin/true", &[]);
    prepare(&mut stage);
    let outcome = stage.run();
    let failure = Failure { step, errno };
    assert_eq!((outcome.failure, outcome.exit), (Some(failure), 127));
    let said = explain(&stage.plan, &failure);
    stage.set_mode(&stage.dir, 0o700); // or it could not be removed
    assert_eq!(said, text.replace("{dir}", stage.dir.to_str().unwrap()));
}

/// The same for a program file of this content.
#[track_caller]
fn check_file(content: &[u8], mode: u32, errno: i32, why: &str) {
    let prepare = |stage: &mut Stage| stage.plan.program = stage.file("it", content, mode);
    check(prepare, Step::Exec, errno, &format!("cannot run {{dir}}/it: {why}"));
}

#[test]
fn a_program_that_is_not_there() {
    let at = |path: &'static str| move |stage: &mut Stage| stage.plan.program = stage.dir.join(path);
    check(at("it"), Step::Exec, libc::ENOENT, "cannot run {dir}/it: not found");
    let text = "cannot run {dir}/no/it: directory {dir}/no does not exist";
    check(at("no/it"), Step::Exec, libc::ENOENT, text);
    let prepare = |stage: &mut Stage| stage.plan.program = stage.file("f", b"", 0o755).join("it");
    check(prepare, Step::Exec, libc::ENOTDIR, "cannot run {dir}/f/it: {dir}/f is not a directory");
    let prepare = |stage: &mut Stage| {
        stage.plan.program = stage.dir.join("it");
        symlink("gone", &stage.plan.program).unwrap();
    };
    let text = "cannot run {dir}/it: it is a link to {dir}/gone, which does not exist";
    check(prepare, Step::Exec, libc::ENOENT, text);
}

#[test]
fn a_program_that_may_not_be_run() {
    check_file(b"#!/bin/sh\n", 0o644, libc::EACCES, "not executable (its mode is 0644)");
    let prepare = |stage: &mut Stage| stage.plan.program = stage.dir.clone();
    check(prepare, Step::Exec, libc::EACCES, "cannot run {dir}: is a directory");
    let prepare = |stage: &mut Stage| stage.plan.program = stage.dir.join("out");
    check(prepare, Step::Exec, libc::EACCES, "cannot run {dir}/out: is not a regular file");
    let prepare = |stage: &mut Stage| {
        stage.plan.program = stage.file("it", b"#!/bin/sh\n", 0o755);
        stage.plan.user = is_root().then(nobody);
        // FIFOs in the closed directory could not be opened by its owner either, unless that is root.
        (stage.plan.stdout, stage.plan.stderr) = (Output::Null, Output::Null);
        stage.set_mode(&stage.dir, if is_root() { 0o700 } else { 0o600 });
    };
    let text = "cannot run {dir}/it: permission denied on directory {dir}";
    check(prepare, Step::Exec, libc::EACCES, text);
}

#[test]
fn a_script_whose_interpreter_is_to_blame() {
    let gone = "its interpreter /bin/no-such-shell does not exist";
    check_file(b"#!/bin/no-such-shell -e\n", 0o755, libc::ENOENT, gone);
    let gone = "its interpreter /no/sh does not exist";
    check_file(b"#!/no/sh\n", 0o755, libc::ENOENT, gone);
    let windows =
        r"its interpreter /bin/sh\r does not exist: the line ends in a carriage return, as on Windows";
    check_file(b"#!/bin/sh\r\necho\r\n", 0o755, libc::ENOENT, windows);
    let folder = "its interpreter /bin cannot be run: is a directory";
    check_file(b"#!/bin\n", 0o755, libc::EACCES, folder);
    check_file(b"#!\n", 0o755, libc::ENOEXEC, "its #! line names no interpreter");
    let passwd = "its interpreter /etc/passwd cannot be run: not executable (its mode is 0644)";
    check_file(b"#! /etc/passwd\n", 0o755, libc::EACCES, passwd);
}

#[test]
fn a_file_that_is_no_program() {
    check_file(b"", 0o755, libc::ENOEXEC, "the file is empty");
    let text = "it is a script without a #! line; name its interpreter in the first line";
    check_file(b"echo hello\n", 0o755, libc::ENOEXEC, text);
    check_file(b"MZ\x90\x00", 0o755, libc::ENOEXEC, "it is a Windows program");
    let here = std::env::consts::ARCH;
    let text = format!("it is built for s390x, and this machine is {here}");
    check_file(&elf(22, "/lib/ld.so"), 0o755, libc::ENOEXEC, &text);
}

#[test]
fn a_program_whose_loader_is_missing() {
    let own = head_of(Path::new("/proc/self/exe"));
    let text = "its loader /lib/ld-none.so.1 does not exist: it was built for another kind of system";
    check_file(&elf(own[18], "/lib/ld-none.so.1"), 0o755, libc::ENOENT, text);
}

#[test]
fn a_program_that_is_being_written() {
    let mut open = None;
    let prepare = |stage: &mut Stage| {
        stage.plan.program = stage.file("it", b"#!/bin/sh\n", 0o755);
        open = std::fs::OpenOptions::new().append(true).open(&stage.plan.program).ok();
    };
    let text = "cannot run {dir}/it: it is open for writing; is it being replaced?";
    check(prepare, Step::Exec, libc::ETXTBSY, text);
    assert!(open.is_some());
}

#[test]
fn arguments_beyond_what_the_kernel_takes() {
    let prepare = |stage: &mut Stage| stage.plan.argv.push("x".repeat(4 << 20).into());
    let text = "cannot run /bin/true: its arguments and environment are too large";
    check(prepare, Step::Exec, libc::E2BIG, text);
}

#[test]
fn a_working_directory_that_cannot_be_entered() {
    let prepare = |stage: &mut Stage| stage.plan.dir = stage.dir.join("no");
    let text = "cannot enter the working directory {dir}/no: it does not exist";
    check(prepare, Step::Directory, libc::ENOENT, text);
    let prepare = |stage: &mut Stage| stage.plan.dir = stage.file("f", b"", 0o755);
    let text = "cannot enter the working directory {dir}/f: it is not a directory";
    check(prepare, Step::Directory, libc::ENOTDIR, text);
}

#[test]
fn an_output_that_is_no_fifo() {
    let prepare = |stage: &mut Stage| stage.plan.stdout = Output::Fifo(stage.dir.join("no"));
    let text = "cannot open {dir}/no for standard output: no such file or directory";
    check(prepare, Step::Stdout, libc::ENOENT, text);
    let prepare = |stage: &mut Stage| stage.plan.stderr = Output::Fifo(stage.file("f", b"", 0o600));
    let text = "cannot open {dir}/f for standard error: it is not a FIFO";
    check(prepare, Step::Stderr, NOT_A_FIFO, text);
    let prepare = |stage: &mut Stage| {
        symlink("out", stage.dir.join("link")).unwrap();
        stage.plan.stdout = Output::Fifo(stage.dir.join("link"));
    };
    let text = "cannot open {dir}/link for standard output: it is not a FIFO";
    check(prepare, Step::Stdout, libc::ELOOP, text);
}

#[test]
fn a_cgroup_that_is_not_there() {
    let prepare = |stage: &mut Stage| stage.plan.cgroup = Some(stage.dir.join("no/cgroup.procs"));
    check(prepare, Step::Cgroup, libc::ENOENT, "cannot enter the cgroup {dir}/no: it does not exist");
}

#[test]
fn a_limit_above_its_ceiling() {
    let prepare = |stage: &mut Stage| {
        stage.plan.limits = vec![
            Limit { resource: Resource::Core, soft: 0, hard: UNLIMITED },
            Limit { resource: Resource::Nofile, soft: 20, hard: 10 },
        ];
    };
    let text = "cannot set the limit `nofile`: 20 is above its own ceiling of 10";
    check(prepare, Step::Limits, libc::EINVAL, text);
}

#[test]
fn a_plan_that_is_none_is_refused_without_running_anything() {
    let stage = Stage::new("/bin/true", &[]);
    let good = encode(&stage.plan).unwrap();
    let cut = &good[..good.len() - 1];
    let many = [&MAGIC[..], &[0xff; 5000]].concat();
    for bytes in [&b""[..], b"hello", &MAGIC, cut, &many] {
        let (report, writer) = rustix::pipe::pipe().unwrap();
        let (exit, stderr) = by_hand(seal(bytes).unwrap().into(), writer.into());
        assert_eq!((exit, stderr.lines().count()), (2, 1), "{stderr}");
        let mut reported = [0; 16];
        let length = rustix::io::read(report.as_fd(), &mut reported).unwrap();
        let failure = Failure { step: Step::Plan, errno: libc::EBADMSG };
        assert_eq!(Failure::from_bytes(&reported[..length]), Some(failure));
    }
}

#[test]
fn by_hand_it_says_one_line_and_exits_with_2() {
    let stage = Stage::new("/bin/true", &[]);
    // A good plan, but in a file that anybody could cut while it is mapped.
    let file = stage.file("plan", &encode(&stage.plan).unwrap(), 0o600);
    for input in [Stdio::null(), std::fs::File::open(file).unwrap().into()] {
        let (exit, stderr) = by_hand(input, Stdio::null());
        let text = "hob-launch: the Hob daemon runs this to start programs; it is of no use by hand, try `hob --help`\n";
        assert_eq!((exit, stderr.as_str()), (2, text));
    }
}

fn by_hand(stdin: Stdio, stdout: Stdio) -> (i32, String) {
    let child = Command::new(LAUNCHER).stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// A 64-bit ELF file that asks for this loader, and has nothing else.
fn elf(machine: u8, loader: &str) -> Vec<u8> {
    let mut file = head_of(Path::new("/proc/self/exe"))[..64].to_vec();
    file[16] = 2; // ET_EXEC
    file[18] = machine;
    file[32..40].copy_from_slice(&64_u64.to_ne_bytes());
    file[54..56].copy_from_slice(&56_u16.to_ne_bytes());
    file[56..58].copy_from_slice(&1_u16.to_ne_bytes());
    let length = loader.len() as u64 + 1;
    for number in [3 | 4 << 32, 120, 0, 0, length, length, 1] {
        file.extend_from_slice(&u64::to_ne_bytes(number));
    }
    file.extend_from_slice(loader.as_bytes());
    file.push(0);
    file
}

fn head_of(path: &Path) -> Vec<u8> {
    use std::io::Read;
    let mut head = Vec::new();
    std::fs::File::open(path).unwrap().take(64).read_to_end(&mut head).unwrap();
    head
}
