//! `kill -9` of the daemon at any moment: what services wrote is on disk exactly once, and none of them notices.
//!
//! Three services write numbered lines all the time and keep their own record
//! of it. The daemon is killed again and again, and the next one takes them
//! over: the same processes, the same runs, the same logs.
//!
//! There are two tests: one where each daemon lives to see its services run, and
//! one where it is killed at any moment, also before it has done anything.

use std::process::Child;
use std::time::Duration;

use daemon_core::services::Word;
use hob_tests::written::{self, Written};
use hob_tests::{Home, Random, process};
use rustix::process::Signal;

const SERVICES: [&str; 3] = ["a", "b", BOTH];
/// Writes even numbers to standard error, and the others as they do.
const BOTH: &str = "c";
const KILLS: u64 = 100;

#[test]
fn services_keep_their_pids_and_every_number_is_on_disk_however_often_the_daemon_is_killed() {
    let home = writing_home();
    let mut random = Random::new();
    let mut first = None;
    for _ in 0..KILLS {
        let daemon = begin(&home);
        let pids = await_all(&home);
        assert_eq!(first.get_or_insert_with(|| pids.clone()), &pids);
        kill(&home, daemon, random.below(60_000));
    }
    check_all(&home);
}

#[test]
fn nothing_is_doubled_or_missing_when_it_is_killed_at_any_moment() {
    let home = writing_home();
    let mut random = Random::new();
    for _ in 0..KILLS {
        kill(&home, begin(&home), random.below(60_000));
    }
    check_all(&home);
}

#[test]
fn what_a_service_writes_last_while_no_daemon_runs_is_in_its_log() {
    let home = writing_home();
    let daemon = begin(&home);
    let pids = await_all(&home);
    kill(&home, daemon, 1000);
    for pid in pids.into_iter().flatten() {
        process::signal(pid, Signal::TERM);
        hob_tests::until("the last words", || (!process::is_alive(pid)).then_some(()));
    }
    home.start();
    home.wait_for(|services| services.iter().all(|service| service.run == 2));
    home.stop();
    for name in SERVICES {
        let runs = written::of(&home, name, texts(&home.service_log(name)));
        assert_eq!(runs.len(), 2, "{name}");
        runs.iter().for_each(Written::check_complete);
    }
    hob_tests::until("the end of who kept it", || process::keepers(home.path()).is_empty().then_some(()));
}

/// Of each service there was one process, and its log is complete.
fn check_all(home: &Home) {
    for (name, runs) in end(home) {
        let [run] = &runs[..] else { panic!("{name} has run {} times: {runs:?}", runs.len()) };
        run.check_complete();
    }
}

fn writing_home() -> Home {
    let home = Home::new();
    home.config(&SERVICES.map(|name| service(&home, name)).concat());
    home
}

fn begin(home: &Home) -> Child {
    home.command(&["--daemon"]).stderr(std::process::Stdio::null()).spawn().unwrap()
}

fn await_all(home: &Home) -> Vec<Option<i32>> {
    hob_tests::until("a daemon that answers", || home.call(daemon_core::system::Ping {}).ok());
    let services = home.wait_for(|services| {
        services.len() == SERVICES.len() && services.iter().all(|service| service.state == Word::Running)
    });
    services.iter().map(|service| service.pid).collect()
}

fn kill(home: &Home, mut daemon: Child, after: u64) {
    std::thread::sleep(Duration::from_micros(after));
    process::signal(i32::try_from(daemon.id()).unwrap(), Signal::KILL);
    daemon.wait().unwrap();
    for name in SERVICES {
        let running = instances(home, name);
        assert!(running.len() <= 1, "{name} runs {} times: {running:?}", running.len());
    }
}

/// Lets a last daemon run and end, and returns what there is of all runs.
fn end(home: &Home) -> [(&'static str, Vec<Written>); SERVICES.len()] {
    home.start();
    await_all(home);
    for name in SERVICES {
        assert_eq!(instances(home, name).len(), 1, "{name}");
    }
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
    SERVICES.map(|name| (name, written::of(home, name, texts(&home.service_log(name)))))
}

fn service(home: &Home, name: &str) -> String {
    let both = if name == BOTH { ", \"both\"" } else { "" };
    let program = env!("CARGO_BIN_EXE_numbers");
    let record = home.join(name);
    // One file: nothing is rotated away, and the whole is easy to read.
    format!(
        "[service.{name}]\ncommand = [\"{program}\", \"{}\"{both}]\nlog = {{ max_size = \"1G\" }}\nrestart = \"always\"\n",
        record.display()
    )
}

fn instances(home: &Home, name: &str) -> Vec<i32> {
    let Some(id) = home.id() else { return Vec::new() };
    let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    process::tagged(&format!("{id}.{}.{name}.", boot.trim()))
}

/// The texts of whole lines in the CRI format.
fn texts(log: &str) -> impl Iterator<Item = &str> {
    log.lines().map(|line| match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
        [_, "stdout" | "stderr", "F", text] => text,
        _ => panic!("no whole line: {line}"),
    })
}
