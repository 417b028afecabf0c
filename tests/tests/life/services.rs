//! What a person sees of services that crash, and that nothing is left of those that are stopped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use daemon_core::services::Word;
use hob_tests::{Home, process, until};

/// A shell with children of its own in its group, one of them deaf to TERM.
const FAMILY: &str = r#"
[service.family]
command = ["/bin/sh", "-c", "sleep 1000 & (trap '' TERM; sleep 1001) & echo up; wait"]
ready = { log = "up" }
"#;

fn members(home: &Home) -> Vec<i32> {
    let family = home.wait_for_service("family", |service| service.ready);
    let group = family.pid.unwrap();
    until("the whole family", || (3 <= process::group(group).len()).then_some(()));
    process::group(group)
}

fn check_gone(home: &Home, members: &[i32]) {
    // A process that was killed takes a moment to be gone.
    until("the end of the family", || {
        let left = members.iter().any(|pid| process::is_alive(*pid)) || !home.processes().is_empty();
        (!left).then_some(())
    });
}

#[test]
fn stop_leaves_no_process_of_the_group() {
    let home = Home::with(FAMILY);
    home.start();
    let members = members(&home);
    home.ok(&["stop", "family"]);
    check_gone(&home, &members);
    assert_eq!(home.json(&["ls"])["services"][0]["state"], "stopped");
}

#[test]
fn stopping_the_daemon_leaves_no_process_of_any_group() {
    let home = Home::with(FAMILY);
    home.start();
    let members = members(&home);
    home.stop();
    check_gone(&home, &members);
}

#[test]
fn a_crash_leaves_no_process_of_the_group() {
    let home = Home::with(&format!("{FAMILY}restart = \"never\"\n"));
    home.start();
    let members = members(&home);
    let main = home.wait_for_service("family", |service| service.ready).pid.unwrap();
    process::signal(main, rustix::process::Signal::KILL);
    home.wait_for_service("family", |service| service.state == Word::Failed);
    check_gone(&home, &members);
}

#[test]
fn a_crash_is_seen_in_the_list_and_in_the_log_with_the_restart() {
    let home = Home::new();
    let script = r#"echo "life $$"; read fate < fate; echo "dying words" >&2; exit 7"#;
    rustix::fs::mkfifoat(rustix::fs::CWD, home.join("fate"), rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
        .unwrap();
    home.config(&format!(
        "[service.mortal]\ncommand = ['/bin/sh', '-c', '{script}']\nworking_dir = \"{}\"\n",
        home.path().display()
    ));
    home.start();
    let first = home.wait_for_service("mortal", |service| service.state == Word::Running);

    let mut follow = Follow::begin(&home, "mortal");
    follow.see(&[&format!("life {}", first.pid.unwrap())]);
    fs_err::write(home.join("fate"), "now\n").unwrap();
    let second =
        home.wait_for_service("mortal", |service| service.run == 2 && service.state == Word::Running);

    let pid = second.pid.unwrap();
    // Lines and events come from different sources, and so in either order.
    follow.see(&["dying words", "exited with 7", &format!("started with pid {pid}"), &format!("life {pid}")]);
    let listed = &home.json(&["ls"])["services"][0];
    assert_eq!((&listed["restarts"], &listed["run"]), (&1.into(), &2.into()));
    assert!(home.ok(&["ls"]).contains("mortal"));
}

#[test]
fn a_service_that_has_failed_says_in_the_list_how_and_with_its_last_words() {
    let home = Home::with(
        "[service.hopeless]\ncommand = ['/bin/sh', '-c', 'echo no hope >&2; exit 9']\nrestart = \"never\"\n",
    );
    home.start();
    let failed = home.wait_for_service("hopeless", |service| service.state == Word::Failed);
    let reason = failed.reason.unwrap();
    assert!(reason.contains("exited with 9") && reason.contains("no hope"), "{reason}");
    let shown = home.ok(&["ls"]);
    assert!(shown.contains("failed") && shown.contains("exited with 9"), "{shown}");
}

/// `hob logs -f`, read line by line.
struct Follow {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Follow {
    fn begin(home: &Home, service: &str) -> Follow {
        // What never comes must not be waited for for ever.
        let mut command = std::process::Command::new("timeout");
        command.arg("60").arg(hob_tests::program("hob")).args(["logs", "-f", service]);
        let mut child = command.env("HOB_HOME", home.path()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Follow { child, lines }
    }

    /// Reads until each of these texts was in some line.
    fn see(&mut self, texts: &[&str]) {
        let mut wanted = texts.to_vec();
        let mut seen = Vec::new();
        while !wanted.is_empty() {
            let Some(line) = self.lines.next() else { panic!("{wanted:?} is not in: {seen:#?}") };
            let line = line.unwrap();
            wanted.retain(|text| !line.contains(text));
            seen.push(line);
        }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
