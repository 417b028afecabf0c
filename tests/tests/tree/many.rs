//! Hundreds of crashes and hundreds of stops: nothing accumulates, and one look serves all.

use daemon_core::services::Word;
use hob_tests::{Home, process, until};

/// Restarts in a row, unless `HOB_CRASHES` names a number; `make soak` has 10,000, which take minutes.
const RESTARTS: u64 = 400;
/// So many are waited for at a time.
const STEP: u64 = 200;
const WARM: u64 = 50;
const CROWD: usize = 60;
/// Of memory that a process may take while it warms up.
const SLACK_KB: u64 = 2_000;

/// What its descriptors lead to, in order; one that is closed meanwhile leads nowhere.
fn descriptors(pid: i32) -> Vec<std::path::PathBuf> {
    let entries = fs_err::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let mut found: Vec<_> = entries.filter_map(|entry| entry.unwrap().path().read_link().ok()).collect();
    found.sort();
    found
}

/// Memory of its own, in KB.
fn anonymous(pid: i32) -> u64 {
    let status = fs_err::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn check_loop(cgroups: bool) {
    let home = Home::with(&format!(
        "{}[service.loop]\nrestart = \"always\"\nmax_restarts = 0\nbackoff = {{ initial = \"1ms\", max = \"1ms\" }}\n\
         command = [\"/bin/sh\", \"-c\", \"(setsid true &); (setsid sleep 1000 &); exit 1\"]\n",
        crate::services(cgroups)
    ));
    let daemon = home.start();
    home.wait_for_service("loop", |service| WARM <= service.run);
    // The ancestors of whoever may do something are remembered, with a descriptor each: ours now, not with `hob stop`.
    home.ok(&["reload"]);
    let before = (descriptors(daemon), anonymous(daemon));
    let restarts = std::env::var("HOB_CRASHES").map_or(RESTARTS, |number| number.parse().unwrap());
    for step in (0..=restarts).step_by(usize::try_from(STEP).unwrap()) {
        home.wait_for_service("loop", |service| WARM + step <= service.run);
    }
    home.ok(&["stop", "loop"]);
    assert_eq!(home.processes(), Vec::<i32>::new());
    until("no zombie", || crate::zombies(daemon).is_empty().then_some(()));
    let after = (descriptors(daemon), anonymous(daemon));
    let count = |it: &(Vec<_>, u64)| (it.0.len(), it.1);
    eprintln!(
        "{restarts} crashes: {:?} descriptors and KB before, {:?} after",
        count(&before),
        count(&after)
    );
    assert!(after.0.len() <= before.0.len() + 2, "descriptors: {:#?} and {:#?}", before.0, after.0);
    assert!(after.1 <= before.1 + SLACK_KB, "memory in KB: {} and {}", before.1, after.1);
    assert!(home.cgroups().is_empty(), "{:?}", home.cgroups());
}

#[test]
fn hundreds_of_crashes_leave_no_descriptor_no_zombie_and_no_memory() {
    check_loop(true);
}

#[test]
fn the_same_without_cgroups() {
    check_loop(false);
}

#[test]
fn a_crowd_stops_at_once_with_all_that_it_has_started_also_under_the_next_daemon() {
    for cgroups in [true, false] {
        let service = |number| {
            format!(
                "[service.s{number}]\nready = {{ log = \"up\" }}\ncommand = [\"/bin/sh\", \"-c\", \
                 \"(setsid sleep 1000 &); echo up; while :; do sleep 1000; done\"]\n"
            )
        };
        let home = Home::with(&(crate::services(cgroups) + &(0..CROWD).map(service).collect::<String>()));
        let daemon = home.start();
        home.wait_for(|all| all.iter().all(|it| it.ready));
        process::signal(daemon, rustix::process::Signal::KILL);
        until("the daemon's end", || home.daemon_pid().is_none().then_some(()));
        home.start();
        home.wait_for(|all| all.len() == CROWD && all.iter().all(|it| it.state == Word::Running));
        home.ok(&["stop", "--all"]);
        assert_eq!(home.processes(), Vec::<i32>::new());
    }
}
