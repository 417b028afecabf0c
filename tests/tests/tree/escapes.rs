//! All the ways in which a process gets away from its service, and that none of them is far enough.

use std::os::unix::fs::PermissionsExt as _;

use daemon_core::services::{Stop, Word};
use hob_tests::{Home, nobody::as_nobody, process, until};
use rustix::process::Signal;

/// One who leaves its session, one who ignores the hangup, one who leaves its parent too, one who
/// leaves its name behind, one who forks all the time, and one who is never the same process twice.
const ESCAPES: &str = "\
setsid sleep 1000 &
nohup sleep 1000 >/dev/null 2>&1 &
(setsid sh -c 'sleep 1000 & setsid sleep 1000 & sleep 1000' &)
(env -i $(command -v setsid) /bin/sh -c 'echo $$ >> NAMELESS; exec sleep 1000' &)
(setsid sh -c 'while :; do (setsid sleep 1000 &); sleep 0.02; done' &)
(setsid FLEE &)
echo up
";
/// Waits a moment and lives on in its child.
const FLEE: &str = "#!/bin/sh\nsleep 0.02\nsetsid \"$0\" &\n";
/// Those that are there for good, at least; `sh` may or may not become what it runs last.
const MEMBERS: usize = 6;

struct Family {
    home: Home,
    main: i32,
}

impl Family {
    fn start(cgroups: bool, more: &str) -> Family {
        let home = Home::new();
        let (script, flee) = (home.join("script"), home.join("flee"));
        fs_err::write(&flee, FLEE).unwrap();
        fs_err::set_permissions(&flee, std::fs::Permissions::from_mode(0o755)).unwrap();
        let at = |path: &str| home.join(path).display().to_string();
        let escapes = ESCAPES.replace("NAMELESS", &at("nameless")).replace("FLEE", &at("flee"));
        fs_err::write(&script, format!("{escapes}while :; do sleep 0.05; done\n")).unwrap();
        let service = format!(
            "[service.family]\ncommand = [\"/bin/sh\", {script:?}]\nready = {{ log = \"up\" }}\n{more}\n"
        );
        home.config(&(crate::services(cgroups) + &service));
        home.start();
        let main = home.wait_for_service("family", |service| service.ready).pid.unwrap();
        let family = Family { home, main };
        until("the whole family", || (MEMBERS < family.of_run(1).len()).then_some(()));
        until("the one without a name", || family.nameless().first().copied());
        family
    }

    /// The living processes that bear a run's tag.
    fn of_run(&self, run: u64) -> Vec<i32> {
        let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        process::tagged(&format!("{}.{}.family.{run}.", self.home.id().unwrap(), boot.trim()))
    }

    /// Those whose tag cannot be read, of all runs.
    fn nameless(&self) -> Vec<i32> {
        let text = fs_err::read_to_string(self.home.join("nameless")).unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Nothing of the first run lives, however often one looks.
    fn check_first_gone(&self, nameless: &[i32]) {
        for _ in 0..3 {
            assert_eq!(self.of_run(1), Vec::<i32>::new());
        }
        assert!(nameless.iter().all(|pid| !process::is_alive(*pid)), "the one without a name lives");
    }
}

fn check_all(cgroups: bool) {
    check_stop(cgroups);
    check_restart(cgroups);
    check_crash(cgroups);
    check_killed_daemon(cgroups);
    check_daemon_stop(cgroups);
}

fn check_stop(cgroups: bool) {
    let family = Family::start(cgroups, "");
    let nameless = family.nameless();
    let stopped = family.home.call(Stop { name: "family".to_owned() }).unwrap();
    family.check_first_gone(&nameless);
    assert_eq!((stopped.status.state, stopped.status.pid), (Word::Stopped, None));
    let told = stopped.status.reason.unwrap();
    assert!(told.contains("processes left behind were killed: "), "{told}");
    assert!(told.contains("sleep (pid ") && told.contains(" more"), "{told}");
    let logged = family.home.ok(&["logs", "family"]);
    assert!(logged.contains("left behind were killed"), "{logged}");
}

fn check_restart(cgroups: bool) {
    let family = Family::start(cgroups, "");
    let nameless = family.nameless();
    family.home.ok(&["restart", "family"]);
    family.check_first_gone(&nameless);
    assert_eq!(family.home.wait_for_service("family", |service| service.ready).run, 2);
}

fn check_crash(cgroups: bool) {
    let family = Family::start(cgroups, "restart = \"always\"");
    let nameless = family.nameless();
    process::signal(family.main, Signal::KILL);
    family.home.wait_for_service("family", |service| service.run == 2 && service.pid.is_some());
    family.check_first_gone(&nameless);
}

/// The main process dies while no daemon is there to see it; the next one finds what it has left.
fn check_killed_daemon(cgroups: bool) {
    let family = Family::start(cgroups, "restart = \"always\"");
    kill(family.home.daemon_pid().unwrap());
    kill(family.main);
    let nameless = family.nameless();
    assert!(MEMBERS <= family.of_run(1).len());
    family.home.start();
    family.home.wait_for_service("family", |service| service.run == 2 && service.pid.is_some());
    family.check_first_gone(&nameless);

    // And again with one that is adopted first.
    let main = family.home.wait_for_service("family", |service| service.ready).pid.unwrap();
    kill(family.home.daemon_pid().unwrap());
    family.home.start();
    let adopted = family.home.wait_for_service("family", |service| service.ready);
    assert_eq!((adopted.pid, adopted.run), (Some(main), 2));
    family.home.ok(&["stop", "family"]);
    assert_eq!(family.of_run(2), Vec::<i32>::new());
    assert!(family.nameless().iter().all(|pid| !process::is_alive(*pid)));
}

fn check_daemon_stop(cgroups: bool) {
    let family = Family::start(cgroups, "");
    family.home.stop();
    family.check_first_gone(&family.nameless());
}

fn kill(pid: i32) {
    process::signal(pid, Signal::KILL);
    until("the end of what was killed", || (!process::is_alive(pid)).then_some(()));
}

#[test]
fn nothing_escapes_from_a_cgroup() {
    check_all(true);
}

#[test]
fn nothing_escapes_without_a_cgroup() {
    check_all(false);
}

#[test]
fn nothing_escapes_from_a_daemon_without_rights() {
    as_nobody("escapes::nothing_escapes_without_a_cgroup");
}

#[test]
fn a_process_of_somebody_else_is_left_alone() {
    let mut stranger = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    let family = Family::start(false, "");
    family.home.stop();
    assert!(stranger.try_wait().unwrap().is_none());
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn what_will_not_end_in_time_is_killed_with_all_it_has_started() {
    for cgroups in [true, false] {
        let home = Home::with(&format!(
            "{}[service.deaf]\nstop_timeout = \"100ms\"\nready = {{ log = \"up\" }}\n\
             command = [\"/bin/sh\", \"-c\", \"trap '' TERM; (setsid sleep 1000 &); echo up; while :; do sleep 0.1; done\"]\n",
            crate::services(cgroups)
        ));
        home.start();
        home.wait_for_service("deaf", |service| service.ready);
        home.ok(&["stop", "deaf"]);
        assert_eq!(home.processes(), Vec::<i32>::new());
    }
}
