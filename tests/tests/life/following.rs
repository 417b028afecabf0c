//! `hob logs -f` while daemons end and begin: every line once, whoever captured it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use daemon_core::services::Word;
use hob_tests::{Home, process};
use rustix::process::Signal;

/// Numbers as fast as a shell writes them, every third on standard error; small files, so that they are rotated.
const SERVICE: &str = r#"
[service.web]
command = ["sh", "-c", "n=0; while :; do n=$((n+1)); echo number $n of this service; done"]
log = { max_size = "64K", keep = 1000 }
"#;
/// So many numbers between two disturbances.
const BETWEEN: u64 = 3000;

#[test]
fn a_follower_sees_each_line_once_whatever_becomes_of_the_daemon() {
    let home = Home::with(SERVICE);
    let mut daemon = home.start();
    home.wait_for(|services| services.iter().all(|service| service.state == Word::Running));
    let mut numbers = Numbers::follow(&home);
    for disturbance in 0..6 {
        numbers.see(BETWEEN);
        if disturbance % 2 == 0 {
            process::signal(daemon, Signal::KILL);
            hob_tests::until("the daemon is gone", || (!process::is_alive(daemon)).then_some(()));
            daemon = home.start();
        } else {
            home.ok(&["daemon", "restart"]);
        }
    }
    numbers.see(BETWEEN);
}

/// `hob logs -f`, whose lines are numbers that follow each other.
struct Numbers {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    last: Option<u64>,
}

impl Numbers {
    fn follow(home: &Home) -> Numbers {
        // What never comes must not be waited for for ever.
        let mut command = std::process::Command::new("timeout");
        command.arg("120").arg(hob_tests::program("hob"));
        command.args(["logs", "-f", "--raw", "--stream", "stdout", "--since", "1h", "web"]);
        let mut child = command.env("HOB_HOME", home.path()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Numbers { child, lines, last: None }
    }

    fn see(&mut self, count: u64) {
        for _ in 0..count {
            let last = self.last;
            let line =
                self.lines.next().unwrap_or_else(|| panic!("the follower ended after {last:?}")).unwrap();
            let number = line.split(' ').nth(1).and_then(|number| number.parse().ok());
            let number: u64 = number.unwrap_or_else(|| panic!("{line:?} after {last:?}"));
            assert_eq!(number, last.map_or(1, |last| last + 1), "in {line:?}");
            self.last = Some(number);
        }
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
