//! A program that goes to the background is no service, and is told so.

use daemon_core::services::Word;
use hob_tests::{Home, process};

fn check(cgroups: bool, restart: &str) {
    let home = Home::with(&format!(
        "{}[service.daemon]\nrestart = \"{restart}\"\nmax_restarts = 1\nbackoff = {{ initial = \"5ms\", max = \"5ms\" }}\n\
         command = [\"/bin/sh\", \"-c\", \"setsid sleep 1000 & exit 0\"]\n",
        crate::services(cgroups)
    ));
    home.start();
    let failed = home.wait_for_service("daemon", |service| service.state == Word::Failed);
    let reason = failed.reason.unwrap();
    for part in
        ["exited with 0", " but left processes: sleep (pid ", "foreground", "ready = { notify = true }"]
    {
        assert!(reason.contains(part), "{part:?} is not in {reason:?}");
    }
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[test]
fn it_has_failed_and_what_it_left_is_ended_however_it_would_be_started_again() {
    for restart in ["never", "on-failure", "always"] {
        check(true, restart);
        check(false, restart);
    }
}

#[test]
fn what_ends_by_itself_soon_after_its_main_process_was_no_daemon() {
    for cgroups in [true, false] {
        let home = Home::with(&format!(
            "{}[service.work]\nrestart = \"never\"\ncommand = [\"/bin/sh\", \"-c\", \"setsid sleep 0.05 & exit 0\"]\n",
            crate::services(cgroups)
        ));
        home.start();
        let done = home.wait_for_service("work", |service| service.run == 1 && service.pid.is_none());
        assert_eq!(done.state, Word::Stopped, "{done:?}");
    }
}

#[test]
fn orphans_of_a_service_that_runs_on_are_reaped_and_those_that_live_are_left_alone() {
    for cgroups in [true, false] {
        let home = Home::with(&format!(
            "{}[service.parent]\nready = {{ log = \"many\" }}\ncommand = [\"/bin/sh\", \"-c\", \
             \"(setsid sleep 1000 &); for n in $(seq 50); do (setsid true &); done; echo many; while :; do sleep 1000; done\"]\n",
            crate::services(cgroups)
        ));
        let daemon = home.start();
        home.wait_for_service("parent", |service| service.ready);
        hob_tests::until("no zombie", || crate::zombies(daemon).is_empty().then_some(()));
        let orphans = home.processes().into_iter().filter(|pid| process::parent(*pid) == Some(daemon));
        assert_eq!(orphans.count(), 2, "the service and the orphan that lives");
        home.stop();
        assert_eq!(home.processes(), Vec::<i32>::new());
    }
}
