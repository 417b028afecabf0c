//! Jobs and queued commands as a person or a script has them: numbers, exit statuses, what is followed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};

use hob_tests::{Home, ended, process, text};
use rustix::process::Signal;

const JOBS: &str = r#"
[job.both]
command = ["sh", "-c", "echo out $*; echo err >&2; exit 3", "sh"]

[job.slow]
command = ["sh", "-c", "echo begun; exec sleep 1000"]

[job.short]
command = ["sleep", "1000"]
timeout = "50ms"

[job.none]
command = ["no-such-program-anywhere"]

[service.7]
command = ["sleep", "1000"]
"#;

#[test]
fn a_program_that_is_not_there_is_not_queued_unless_something_before_it_may_bring_it() {
    let home = Home::new();
    let said = home.fails(&["queue", "--", "no-such-program"], 2);
    assert!(said.starts_with("error: no program \"no-such-program\" in PATH"), "{said}");
    assert_eq!(home.json(&["job", "runs"])["runs"], serde_json::json!([]));
    let made = home.join("made");
    let make = format!("printf '#!/bin/sh\\nexit 5\\n' > {0} && chmod +x {0}", made.display());
    home.ok(&["pause"]);
    let first = home.ok(&["queue", "--", "sh", "-c", &make]);
    let second = home.ok(&["queue", "--after", first.trim(), "--", made.to_str().unwrap()]);
    home.ok(&["queue", "--", "no-such-program"]);
    home.ok(&["resume"]);
    home.fails(&["wait", second.trim()], 5);
}

#[test]
fn a_script_waits_for_what_it_queued_by_its_number_and_exits_as_that_did() {
    let home = Home::new();
    let id = home.ok(&["queue", "--", "sh", "-c", "exit 3"]);
    assert_eq!(id, "1\n");
    home.fails(&["wait", "1"], 3);
    home.ok(&["queue", "--", "true"]);
    home.ok(&["wait", "2"]);
    home.ok(&["queue", "--", "sh", "-c", "exit 4"]);
    // The first that was named counts, not the first that failed.
    home.fails(&["wait", "2", "3", "1"], 4);
    home.fails(&["wait", "99"], 4);
    home.fails(&["wait", "1", "--for", "ready"], 2);
    let waited: serde_json::Value =
        serde_json::from_slice(&home.hob(&["wait", "3", "1", "--json"]).stdout).unwrap();
    let codes: Vec<_> = waited["runs"].as_array().unwrap().iter().map(|run| run["code"].clone()).collect();
    assert_eq!(codes, [4, 3]);
}

#[test]
fn a_queued_command_runs_here_with_the_callers_path_and_what_was_named() {
    let home = Home::new();
    let place = home.join("bin");
    fs_err::create_dir(&place).unwrap();
    let tool = place.join("own-tool");
    fs_err::write(&tool, "#!/bin/sh\npwd; echo $NAMED/$GIVEN/$OTHER\n").unwrap();
    fs_err::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    home.start();
    let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap());
    let output = home
        .command(&["queue", "-f", "-e", "NAMED", "-e", "GIVEN=2", "--", "own-tool"])
        .envs([("PATH", path.as_str()), ("NAMED", "1"), ("OTHER", "3")])
        .current_dir(&place)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    let (here, variables) = said.split_once('\n').unwrap();
    assert_eq!(Path::new(here), fs_err::canonicalize(&place).unwrap());
    assert_eq!(variables, "1/2/\n");
}

#[test]
fn who_follows_a_run_gets_its_streams_and_its_status() {
    let home = Home::with(JOBS);
    let output = home.hob(&["job", "run", "both", "--follow", "--", "a", "b"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "out a b\n");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("err\n") && said.contains("run 1 of both failed"), "{said}");
    // The same again, afterwards.
    assert_eq!(home.fails(&["job", "follow", "1"], 3), format!("out a b\n{said}"));
    assert!(home.fails(&["job", "again", "1", "-f"], 3).contains("out a b\n"));
    home.fails(&["job", "run", "short", "--wait"], 124);
    home.fails(&["queue", "-f", "--", "sh", "-c", "kill -9 $$"], 137);
    home.fails(&["job", "run", "none", "-f"], 127);
    assert!(home.fails(&["job", "run", "bth", "-f"], 4).contains("did you mean \"both\"?"));
}

#[test]
fn ctrl_c_ends_the_following_and_not_the_run() {
    let home = Home::with(JOBS);
    let mut follower = Follower::of(&home, &["job", "run", "slow", "--follow"]);
    assert_eq!(follower.line(), "begun");
    process::signal(i32::try_from(follower.child.id()).unwrap(), Signal::INT);
    assert_eq!(ended(&mut follower.child).code(), Some(130));
    let said = follower.errors();
    assert!(said.contains("hob job cancel 1") && said.contains("goes on"), "{said}");
    assert_eq!(home.json(&["job", "runs"])["runs"][0]["state"], "running");
    // It is skipped, since one is under way; and whoever follows that one hears of its end.
    home.fails(&["job", "run", "slow"], 75);
    let mut follower = Follower::of(&home, &["job", "follow", "1"]);
    assert_eq!(follower.line(), "begun");
    assert!(home.ok(&["job", "cancel", "1"]).contains("was cancelled"));
    assert_eq!(ended(&mut follower.child).code(), Some(130));
}

#[test]
fn a_follower_and_a_waiter_stay_while_one_daemon_follows_another() {
    let home = Home::new();
    let gate = home.join("gate");
    let made = std::process::Command::new("mkfifo").arg(&gate).status().unwrap();
    assert!(made.success());
    home.start();
    let script = "echo first; read line < \"$0\"; echo $line; exit 5";
    let gate_text = gate.to_str().unwrap();
    let mut follower = Follower::of(&home, &["queue", "-f", "--", "sh", "-c", script, gate_text]);
    assert_eq!(follower.line(), "first");
    let mut waiter = Follower::of(&home, &["wait", "1"]);
    home.ok(&["daemon", "restart"]);
    process::signal(home.daemon_pid().unwrap(), Signal::KILL);
    home.start();
    fs_err::write(&gate, "second\n").unwrap();
    assert_eq!(follower.line(), "second");
    assert_eq!(follower.rest(), "");
    // Whose child it was has died, so how it ended may not be known; then it is lost.
    let status = ended(&mut follower.child).code();
    assert!([Some(5), Some(75)].contains(&status), "{status:?} {}", follower.errors());
    assert_eq!(ended(&mut waiter.child).code(), status, "{}", waiter.errors());
}

#[test]
fn a_service_whose_name_is_a_number_is_a_service() {
    let home = Home::with(JOBS);
    home.start();
    let waited: serde_json::Value = home.json(&["wait", "7", "--for", "running"]);
    assert_eq!(waited["services"][0]["name"], "7");
}

#[test]
fn the_summary_tells_of_jobs_only_where_there_are_any() {
    let home = Home::new();
    home.start();
    assert!(!home.ok(&[]).contains("jobs"));
    assert_eq!(home.json(&["status"])["daemon"].get("jobs"), None);
    home.config(JOBS);
    home.ok(&["reload"]);
    home.fails(&["job", "run", "both", "--wait"], 3);
    let summary = home.ok(&[]);
    assert!(summary.contains("jobs: 4; 1 failed"), "{summary}");
    let list = home.ok(&["job"]);
    assert!(list.contains("both") && list.contains("exited with 3"), "{list}");
}

/// `hob`, while it runs.
struct Follower {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Follower {
    fn of(home: &Home, arguments: &[&str]) -> Follower {
        let mut command = home.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Follower { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        rest
    }

    fn errors(&mut self) -> String {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
