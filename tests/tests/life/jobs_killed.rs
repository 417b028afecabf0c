//! `kill -9` of the daemon at any moment: every run that is due or was accepted happens, in the end once.

use std::time::Duration;

use hob_tests::ran::Ran;
use hob_tests::{Home, Random, process};
use rustix::process::Signal;

const KILLS: u64 = 60;

#[test]
fn every_second_and_every_command_has_its_run_however_often_the_daemon_is_killed() {
    let home = Home::new();
    let mut ran = Ran::below(&home);
    home.config(&ran.config());
    let mut random = Random::new();
    for kill in 0..KILLS {
        let mut daemon = home.command(&["--daemon"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Some live long enough to answer, some do not.
        if kill % 3 != 0 {
            hob_tests::until("a daemon that answers", || home.call(daemon_core::system::Ping {}).ok());
            for _ in 0..random.below(5) {
                ran.enqueue(&home);
            }
        }
        std::thread::sleep(Duration::from_micros(random.below(300_000)));
        process::signal(i32::try_from(daemon.id()).unwrap(), Signal::KILL);
        daemon.wait().unwrap();
    }
    home.start();
    ran.check(&home);
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}
