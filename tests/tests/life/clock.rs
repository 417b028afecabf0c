//! The wall clock is set back an hour: nothing waits longer for it.
//!
//! The daemon runs in a process of this test, since nobody may turn the
//! machine's own clock; its services are real.

use std::process::Command;

use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::services::{Get, Word};
use hob_tests::{Home, program, text};

const HERE: &str = "HOB_TEST_CLOCK";

#[test]
fn a_clock_set_back_an_hour_delays_no_restart_no_start_and_no_stop() {
    let home = Home::with(
        "[service.mortal]\ncommand = [\"/bin/sh\", \"-c\", \"exit 1\"]\nmax_restarts = 0\n\
         backoff = { initial = \"5ms\", max = \"5ms\" }\n\
         [service.steady]\ncommand = \"sleep 1000\"\nready = { delay = \"10ms\" }\n",
    );
    let mut daemon = Command::new("timeout");
    daemon.arg("60").arg(std::env::current_exe().unwrap());
    daemon.args(["--exact", "clock::a_daemon_of_this_process", "--nocapture"]);
    daemon.env(HERE, "1").env("HOB_HOME", home.path()).env("HOB_LAUNCH", program("hob-launch"));
    let output = daemon.output().unwrap();
    assert!(output.status.success() && text(&output).contains("all was done"), "{}", text(&output));
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[tokio::test]
async fn a_daemon_of_this_process() {
    if std::env::var_os(HERE).is_none() {
        return;
    }
    let [noon, before] = ["2026-06-01T12:00:00Z", "2026-06-01T11:00:00Z"].map(|time| time.parse().unwrap());
    let clock = Clock::standing_at(noon);
    let daemon = Daemon::start(Dirs::from_env(None).unwrap(), clock.clone(), None).await.unwrap();
    let mortal = || daemon.services().status("mortal").unwrap();
    let crashed_often = async |runs: u64| {
        while mortal().run < runs {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    crashed_often(3).await;

    clock.set(before);
    crashed_often(mortal().run + 3).await;
    let steady = daemon.services().restart("steady").await.unwrap();
    assert_eq!((steady.state, steady.since), (Word::Running, before));
    daemon.services().stop("steady").await.unwrap();
    daemon.services().stop("mortal").await.unwrap();
    let detail = daemon.client().call(Get { name: "steady".to_owned() }).await.unwrap();
    assert_eq!(detail.events.last().unwrap().at, before);
    daemon.stop().await;
    println!("all was done");
}
