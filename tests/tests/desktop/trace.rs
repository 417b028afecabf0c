//! An app under strace: the processes that its threads made, and those they waited for.
//!
//! Each thread has a file of its own, so no line is in two pieces. The tracer is
//! a grandchild: the app has the pid and the parent that it has without it.

use std::path::PathBuf;
use std::process::Command;

use hob_tests::Home;
use hob_tests::desktop::{App, Session, free_port};

const CALLS: &str = "--trace=clone,clone3,fork,vfork,wait4,waitid";

/// What was written down so far.
pub(crate) struct Trace {
    prefix: PathBuf,
}

/// A thread of the app, and what it did.
#[derive(Debug, Default)]
pub(crate) struct Thread {
    pub(crate) made: Vec<Made>,
    pub(crate) waited: Vec<Waited>,
}

/// A process that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) pid: i32,
    /// As posix_spawn does it: nothing of the parent is copied.
    pub(crate) shared: bool,
}

/// What was waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waited {
    /// The one process that was named; none if any would have done.
    pub(crate) pid: Option<i32>,
    /// Whether that has ended by it.
    pub(crate) reaped: bool,
}

impl Trace {
    /// Starts the app so; the port is for a driver.
    pub(crate) fn launch(session: &Session, home: &Home) -> (App, u16, Trace) {
        let prefix = session.join("trace");
        let plain = App::command(session, home, &[]);
        let mut command = Command::new("strace");
        command.args("--daemonize -ff -qq --seccomp-bpf --decode-fds=pidfd --signal=none".split(' '));
        command.arg(CALLS).arg("-o").arg(&prefix).arg(plain.get_program()).args(plain.get_args());
        command.env_clear();
        command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let port = free_port();
        App::automate(&mut command, port);
        (App::launch(session, command), port, Trace { prefix })
    }

    /// The threads of a process, ended ones included.
    pub(crate) fn threads(&self, pid: i32) -> Vec<Thread> {
        let (mut threads, mut left) = (Vec::new(), vec![pid]);
        while let Some(id) = left.pop() {
            // One that did nothing of this has no file, or an empty one.
            let text = fs_err::read_to_string(format!("{}.{id}", self.prefix.display())).unwrap_or_default();
            let mut thread = Thread::default();
            for line in text.lines() {
                match read(line) {
                    Some(Call::Thread(id)) => left.push(id),
                    Some(Call::Made(made)) => thread.made.push(made),
                    Some(Call::Waited(waited)) => thread.waited.push(waited),
                    None => {}
                }
            }
            threads.push(thread);
        }
        threads
    }
}

impl Thread {
    pub(crate) fn made(&self, pid: i32) -> bool {
        self.made.iter().any(|made| made.pid == pid)
    }

    /// The processes that are no zombies any more because of it.
    pub(crate) fn reaped(&self) -> impl Iterator<Item = i32> {
        self.waited.iter().filter(|waited| waited.reaped).filter_map(|waited| waited.pid)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Call {
    Thread(i32),
    Made(Made),
    Waited(Waited),
}

/// Reads a line of strace; what failed and what was interrupted has done nothing, and says nothing.
fn read(line: &str) -> Option<Call> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let result: i32 = result.split(' ').next()?.parse().ok()?;
    match name {
        "waitid" => {
            // `P_PIDFD, 35<pid:9458>, {...}` or `P_PID, 9458, {...}`
            let mut fields = arguments.split(", ");
            let (kind, whom) = (fields.next()?, fields.next()?);
            let digits = whom.split_once("<pid:").map_or(whom, |(_, pid)| pid.trim_end_matches('>'));
            let pid = digits.parse().ok().filter(|_| ["P_PIDFD", "P_PID"].contains(&kind));
            let ended = result == 0 && arguments.contains("si_signo=SIGCHLD");
            Some(Call::Waited(Waited { pid, reaped: ended && !arguments.contains("WNOWAIT") }))
        }
        "wait4" => {
            let pid = arguments.split(',').next()?.parse().ok().filter(|pid| 0 < *pid);
            Some(Call::Waited(Waited { pid, reaped: 0 < result }))
        }
        _ if result <= 0 => None,
        _ if arguments.contains("CLONE_THREAD") => Some(Call::Thread(result)),
        _ => {
            let shared = ["CLONE_VM", "CLONE_VFORK"].iter().all(|flag| arguments.contains(flag));
            Some(Call::Made(Made { pid: result, shared }))
        }
    }
}

#[test]
fn a_line_of_strace_is_understood() {
    let made = |pid, shared| Some(Call::Made(Made { pid, shared }));
    let waited = |pid, reaped| Some(Call::Waited(Waited { pid, reaped }));
    for (line, call) in [
        ("clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, tls=0x7}, 88) = 12", Some(Call::Thread(12))),
        ("clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 13", made(13, true)),
        ("clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7) = 14", made(14, false)),
        ("vfork() = 15", made(15, false)),
        ("clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (Resource temporarily unavailable)", None),
        ("clone(child_stack=NULL, flags=SIGCHLD) = ? ERESTARTNOINTR (To be restarted)", None),
        (
            "waitid(P_PIDFD, 3<pid:13>, {si_signo=SIGCHLD, si_pid=13}, WNOHANG|WEXITED, NULL) = 0",
            waited(Some(13), true),
        ),
        (
            "waitid(P_PIDFD, 3<pid:13>, {si_signo=SIGCHLD}, WEXITED|WNOWAIT, NULL) = 0",
            waited(Some(13), false),
        ),
        ("waitid(P_PID, 13, {}, WNOHANG|WEXITED, NULL) = 0", waited(Some(13), false)),
        ("waitid(P_ALL, 0, {si_signo=SIGCHLD, si_pid=13}, WEXITED, NULL) = 0", waited(None, true)),
        ("wait4(13, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 13", waited(Some(13), true)),
        ("wait4(-1, NULL, WNOHANG, NULL) = 0", waited(None, false)),
        ("+++ exited with 0 +++", None),
    ] {
        assert_eq!(read(line), call, "{line}");
    }
}
