//! What a process finds when the launcher has become it: exactly the plan.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic plainly; fs_err is no dependency here"
)]
#![allow(
    unsafe_code,
    reason = "one test needs a parent with a spoiled signal state, and one a leaked descriptor"
)]

mod stage;

use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use hob_launch::{Limit, Output, Resource, encode, seal};
use rustix::process::{Pid, PidfdFlags};
use stage::{LAUNCHER, Stage, field, is_root, nobody, odd};

#[test]
fn the_environment_is_exactly_what_the_plan_says() {
    let mut stage = Stage::new("/bin/cat", &["/proc/self/environ"]);
    assert_eq!(stage.output(), b"");
    stage.plan.env = vec![
        ("PATH".into(), "/bin".into()),
        ("EMPTY".into(), "".into()),
        ("TWICE".into(), "1=2\n".into()),
        (odd(b"ODD\xff"), odd(b"\xfe\x01")),
        ("TWICE".into(), "again".into()),
    ];
    assert_eq!(stage.output(), b"PATH=/bin\0EMPTY=\0TWICE=1=2\n\0ODD\xff=\xfe\x01\0TWICE=again\0");
}

#[test]
fn a_watchdog_is_told_the_pid_and_one_that_was_told_another_keeps_it() {
    let mut stage = Stage::new("/bin/cat", &["/proc/self/environ"]);
    stage.plan.env = vec![
        ("WATCHDOG_USEC".into(), "5".into()),
        ("WATCHDOG_PID".into(), "".into()),
        ("WATCHDOG_PID".into(), "7".into()),
        ("MY_WATCHDOG_PID".into(), "".into()),
        ("HOB_MAIN_PID".into(), "".into()),
    ];
    let outcome = stage.run();
    let pid = outcome.pid.as_raw_nonzero();
    let expected = format!(
        "WATCHDOG_USEC=5\0WATCHDOG_PID={pid}\0WATCHDOG_PID=7\0MY_WATCHDOG_PID=\0HOB_MAIN_PID={pid}\0"
    );
    assert_eq!(String::from_utf8(outcome.stdout).unwrap(), expected);
}

#[test]
fn arguments_arrive_byte_for_byte() {
    let mut stage = Stage::new("/usr/bin/printf", &[r"<%s>", "", "a b", "-x\n$(y)"]);
    stage.plan.argv.push(odd(b"\xff\x01"));
    assert_eq!(stage.output(), b"<><a b><-x\n$(y)><\xff\x01>");
}

#[test]
fn the_program_sees_the_name_it_was_given() {
    let mut stage = Stage::new("/bin/cat", &["/proc/self/cmdline"]);
    stage.plan.argv[0] = odd(b"my \xff name");
    assert_eq!(stage.output(), b"my \xff name\0/proc/self/cmdline\0");
}

#[test]
fn it_leads_a_session_and_a_group_of_its_own_without_terminal() {
    let outcome = Stage::new("/bin/cat", &["/proc/self/stat"]).run();
    let stat = String::from_utf8(outcome.stdout).unwrap();
    let numbers: Vec<&str> = stat.split_whitespace().collect();
    let pid = outcome.pid.as_raw_nonzero().to_string();
    // pid, process group, session, terminal: fields 1, 5, 6, 7 of proc(5).
    assert_eq!([numbers[0], numbers[4], numbers[5], numbers[6]], [&pid, &pid, &pid, "0"]);
}

#[test]
fn the_umask_is_set() {
    let mut stage = Stage::shell("umask");
    assert_eq!(stage.text(), "0022\n");
    stage.plan.umask = 0o077;
    assert_eq!(stage.text(), "0077\n");
}

#[test]
fn limits_are_set_even_when_hardly_a_descriptor_is_left() {
    let mut stage = Stage::shell("ulimit -Sn; ulimit -Hn; ulimit -c");
    for soft in [77, 5] {
        stage.plan.limits = vec![
            Limit { resource: Resource::Nofile, soft, hard: 99 },
            Limit { resource: Resource::Core, soft: 0, hard: 0 },
        ];
        assert_eq!(stage.text(), format!("{soft}\n99\n0\n"));
    }
}

#[test]
fn it_starts_in_its_directory_with_nothing_to_read() {
    let mut stage = Stage::shell("pwd; cat; echo end");
    stage.plan.dir = stage.dir.clone();
    assert_eq!(stage.text(), format!("{}\nend\n", stage.dir.display()));
}

#[test]
fn it_reads_the_file_that_the_plan_names_and_nothing_after_it() {
    let mut stage = Stage::shell("cat; readlink /proc/self/fd/0; echo x 2>/dev/null >&0 || echo for reading");
    let file = stage.file("in", b"one\ntwo\n", 0o600);
    stage.plan.stdin = Some(file.clone());
    assert_eq!(stage.text(), format!("one\ntwo\n{}\nfor reading\n", file.display()));
}

#[test]
fn another_user_reads_a_file_that_only_the_daemon_could_open() {
    if !is_root() {
        return;
    }
    let mut stage = Stage::shell("id -u; cat");
    let closed = stage.dir.join("closed");
    std::fs::create_dir(&closed).unwrap();
    stage.plan.stdin = Some(stage.file("closed/in", b"told\n", 0o600));
    stage.set_mode(&closed, 0o700);
    stage.plan.user = Some(nobody());
    assert_eq!(stage.text(), format!("{}\ntold\n", nobody().uid));
}

#[test]
fn no_descriptor_is_inherited() {
    let stage = Stage::shell("ls /proc/$$/fd; true");
    let null = std::fs::File::open("/dev/null").unwrap();
    for number in [3, 17, 200] {
        // SAFETY: duplicates to numbers that nothing here uses, and without CLOEXEC, as a careless library does.
        assert!(unsafe { libc::fcntl(null.as_raw_fd(), libc::F_DUPFD, number) } >= number);
    }
    assert_eq!(stage.text(), "0\n1\n2\n");
}

#[test]
fn signals_are_as_if_nobody_had_touched_them() {
    let stage = Stage::new("/bin/cat", &["/proc/self/status"]);
    let outcome = stage.run_with(|plan| {
        let (report, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
        let mut command = Command::new(LAUNCHER);
        command.stdin(seal(&encode(plan).unwrap()).unwrap()).stdout(writer).stderr(Stdio::null());
        // SAFETY: only system calls between fork and exec.
        unsafe { command.pre_exec(ignore_and_block_everything) };
        let pid = Pid::from_child(&command.spawn().unwrap());
        (pid, rustix::process::pidfd_open(pid, PidfdFlags::empty()).unwrap(), report)
    });
    let status = String::from_utf8(outcome.stdout).unwrap();
    for name in ["SigIgn", "SigBlk", "SigCgt"] {
        assert_eq!(field(&status, name), "0000000000000000", "{name}");
    }
}

#[test]
fn outputs_go_to_their_own_fifos() {
    let outcome = Stage::shell("echo one; echo two >&2; exit 3").run();
    assert_eq!((outcome.exit, outcome.failure), (3, None));
    assert_eq!((outcome.stdout.as_slice(), outcome.stderr.as_slice()), (&b"one\n"[..], &b"two\n"[..]));
}

#[test]
fn writing_with_no_reader_left_does_not_kill() {
    let mut stage = Stage::shell(r#"echo unheard; echo unheard >&2; echo alive >"$0""#);
    let witness = stage.dir.join("witness");
    stage.plan.argv.push(witness.clone().into());
    let launched = hob_launch::launch(LAUNCHER.as_ref(), &stage.plan).unwrap();
    stage::wait_readable(&launched.pidfd);
    assert_eq!(stage::exit_code(&launched.pidfd), 0);
    assert_eq!(std::io::read_to_string(std::fs::File::open(witness).unwrap()).unwrap(), "alive\n");
}

#[test]
fn null_outputs_go_nowhere() {
    let mut stage = Stage::shell("x=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo \"$x\" >&2");
    stage.plan.stdout = Output::Null;
    assert_eq!(stage.run().stderr, b"/dev/null\n/dev/null\n");
}

#[test]
fn it_enters_its_cgroup_first() {
    let mut stage = Stage::shell("true");
    // An ordinary file shows what the kernel would have been told.
    let procs = stage.file("cgroup.procs", b"", 0o600);
    stage.plan.cgroup = Some(procs.clone());
    stage.output();
    assert_eq!(std::io::read_to_string(std::fs::File::open(procs).unwrap()).unwrap(), "0");
}

#[test]
fn it_is_born_in_a_real_cgroup_and_is_our_child_like_any_other() {
    let Some(group) = cgroup() else {
        eprintln!("skipped: no cgroup can be made here");
        return;
    };
    let mut stage = Stage::shell("cat /proc/self/cgroup; readlink /proc/self/fd/0; kill -INT $$");
    stage.plan.cgroup = Some(group.join("cgroup.procs"));
    let name = group.file_name().unwrap().to_str().unwrap();
    let outcome = stage.run_with(|plan| {
        let launched = hob_launch::launch(LAUNCHER.as_ref(), plan).unwrap();
        let place = format!("/proc/{}/cgroup", launched.pid.as_raw_nonzero());
        let born = std::io::read_to_string(std::fs::File::open(place).unwrap()).unwrap();
        assert!(born.contains(name), "it is there from its first moment on: {born}");
        (launched.pid, launched.pidfd, launched.report)
    });
    std::fs::remove_dir(&group).unwrap();
    let said = String::from_utf8(outcome.stdout).unwrap();
    assert!(said.contains(name) && said.ends_with("/dev/null\n"), "{said}");
    // No signal is blocked any more, and the status is ours to read.
    assert_eq!((outcome.failure, outcome.exit), (None, -libc::SIGINT));
}

/// A cgroup of this test's own, below the one it runs in.
fn cgroup() -> Option<std::path::PathBuf> {
    let read = |path: &str| std::io::read_to_string(std::fs::File::open(path).ok()?).ok();
    let mounts = read("/proc/self/mountinfo")?;
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?.split(' ').nth(4)?.to_owned();
    let own =
        read("/proc/self/cgroup")?.lines().find_map(|line| line.strip_prefix("0::/").map(str::to_owned))?;
    let group =
        std::path::Path::new(&mount).join(own).join(format!("hob-launch-test-{}", std::process::id()));
    std::fs::create_dir(&group).ok()?;
    Some(group)
}

#[test]
fn it_becomes_its_user_where_the_daemon_may_do_that() {
    let mut stage = Stage::new("/bin/cat", &["/proc/self/status"]);
    stage.plan.user = Some(nobody());
    if !is_root() {
        let failure = stage.run().failure.expect("only root may");
        assert_eq!(failure.errno, libc::EPERM);
        let text = hob_launch::explain(&stage.plan, &failure);
        assert!(
            text.ends_with("only a daemon that runs as root can start a service as somebody else"),
            "{text}"
        );
        return;
    }
    // The FIFOs lie in a directory that is closed to this user, and are written to all the same.
    stage.set_mode(&stage.dir, 0o700);
    let status = stage.text();
    assert_eq!(field(&status, "Uid"), "65534\t65534\t65534\t65534");
    assert_eq!(field(&status, "Gid"), "65533\t65533\t65533\t65533");
    assert_eq!(field(&status, "Groups"), "65531 65532");
    assert_eq!(field(&status, "CapEff"), "0000000000000000");
}

fn ignore_and_block_everything() -> std::io::Result<()> {
    let mut ignore = [0_usize; 8];
    ignore[0] = libc::SIG_IGN;
    let all = u64::MAX;
    for signal in 1..=64_i64 {
        // SAFETY: the structure is large enough and only read. KILL and STOP are refused, which is fine.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, &raw const ignore, 0_usize, 8_usize) };
    }
    // SAFETY: a set of eight bytes, only read.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, 0_usize, &raw const all, 0_usize, 8_usize) };
    Ok(())
}
