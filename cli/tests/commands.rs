//! The binary where no service is needed: exit statuses, errors, the daemon's life.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        let private = std::fs::Permissions::from_mode(0o700);
        Home(tempfile::Builder::new().permissions(private).tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn hob(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hob"))
            .args(arguments)
            .env_clear()
            .env("HOB_HOME", self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Standard output of a command that must do well.
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.hob(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, arguments: &[&str], status: i32, says: &str) {
        let output = self.hob(arguments);
        let text = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
    }

    fn configure(&self, text: &str) {
        fs_err::write(self.path().join("config.toml"), text).unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.hob(&["daemon", "stop"]);
    }
}

#[test]
fn what_is_misspelt_is_answered_with_what_was_meant() {
    let home = Home::new();
    home.fails(&["lss"], 2, "did you mean \"ls\"?");
    home.fails(&["sytem", "ping"], 2, "did you mean \"system\"?");
    home.fails(&["system", "pong"], 2, "did you mean \"ping\"?");
    home.fails(&["--jsn"], 2, "did you mean \"--json\"?");
    home.fails(&["ls", "--wacth"], 2, "'--watch'");
    home.fails(&["start"], 2, "--all");
    home.fails(&["rm", "web"], 2, "`hob remove`");
    home.fails(&["--home", "a b", "list"], 2, "`hob --home 'a b' ls`");
    home.fails(&["logs", "-n", "x"], 2, "not a whole number");
    home.fails(&["logs", "-n", "-1"], 2, "invalid value '-1' for '--lines");
    home.fails(&["client", "mute", "x", "--for", "-1m"], 2, "invalid value '-1m' for '--for");
    home.fails(&["run", "ls"], 2, "put `--` before the command");
    home.fails(&["add", "web", "ls"], 2, "put `--` before the command");
    let elsewhere = home.path().join("x").display().to_string();
    let up = format!("hob --home {elsewhere} up   starts it");
    home.fails(&["--home", &elsewhere, "daemon", "status"], 3, &up);
}

#[test]
fn an_error_is_one_json_object_when_json_was_asked_for() {
    let home = Home::new();
    for arguments in [&["--json", "lss"][..], &["ls", "--wacth", "--json"], &["wait", "--json"]] {
        let output = home.hob(arguments);
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["error"]["code"], "invalid", "{arguments:?}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_bad_configuration_is_78_and_named_with_its_line() {
    let home = Home::new();
    home.ok(&["config", "check"]);
    home.configure("[daemon]\nidle_timeot = \"5m\"\n");
    home.fails(&["config", "check"], 78, "config.toml:2");
    home.fails(&["config", "check", "--json"], 78, "\"valid\":false");
    home.fails(&["daemon", "start"], 78, "config.toml:2");
}

#[test]
fn all_that_is_wrong_with_a_configuration_is_told_at_once_and_in_words() {
    let home = Home::new();
    home.configure(
        "[service.web]\ncomand = \"x\"\nlimits = { pids = -1, memory = \"lots\" }\n\
         [service.db]\ncommand = \"true\"\nstop_timeout = \"9h\"\nrequires = [\"web\", \"none\"]\n\
         [logs]\nmax_total = 3\n[job.n]\ncommand = \"true\"\ncron = \"61 * * * *\"\nretry = 7\n",
    );
    for told in [
        "config.toml:2: service.web.comand: unknown field",
        "config.toml:3: service.web.limits.pids: must be a whole number from 0 to 4294967295, not -1\n",
        "config.toml:3: service.web.limits.memory: ",
        "config.toml:6: service.db.stop_timeout: ",
        "config.toml:7: service.db.requires: no service is named \"none\"\n",
        "config.toml:9: logs.max_total: ",
        "config.toml:12: job.n.cron: \"61 * * * *\", character 1: ",
        "config.toml:13: job.n.retry: unknown field",
    ] {
        home.fails(&["config", "check"], 78, told);
    }
    let all = home.hob(&["config", "check"]).stderr;
    assert_eq!(String::from_utf8_lossy(&all).lines().count(), 9, "what depends on one of them is none");
}

#[test]
fn what_is_not_there_is_warned_of_and_is_no_mistake() {
    let home = Home::new();
    let text = "[service.web]\ncommand = \"/bin/true\"\nenv_file = \"none.env\"\nworking_dir = \"nowhere\"\n";
    home.configure(&format!("{text}[job.n]\ncommand = \"/bin/true\"\nenv_file = \"none.env\"\n"));
    let output = home.hob(&["config", "check"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"the configuration is valid"), "{said}");
    for (line, key, what) in [
        (3, "service.web.env_file", "there is no file"),
        (4, "service.web.working_dir", "there is no directory"),
        (7, "job.n.env_file", "there is no file"),
    ] {
        assert!(said.contains(&format!("config.toml:{line}: {key}: {what} ")), "{said}");
    }
    assert_eq!(said.matches("warning: ").count(), 3, "{said}");
    home.fails(&["up"], 1, "none.env cannot be read: there is no such file");
    fs_err::write(home.path().join("none.env"), "").unwrap();
    fs_err::create_dir(home.path().join("nowhere")).unwrap();
    assert!(home.hob(&["config", "check"]).stderr.is_empty());
}

#[test]
fn what_shows_or_ends_nothing_says_so() {
    let home = Home::new();
    assert_eq!(home.ok(&["resume"]), "nothing was paused\n");
    home.ok(&["pause"]);
    assert!(home.ok(&["resume"]).starts_with("not paused any more"));
    home.fails(&["job", "next", "-n", "0"], 2, "count is 0, so there would be nothing to show");
    for zero in [&["audit", "search", "-n", "0"][..], &["job", "runs", "-n", "0"]] {
        home.fails(zero, 2, "limit is 0, so there would be nothing to show");
    }
    home.fails(&["audit", "search", "--kind", "exec.claimd"], 2, "did you mean \"exec.claimed\"?");
    assert!(home.ok(&["audit", "search", "--kind", "call.made"]).contains("system.pause"));
    home.fails(
        &["job", "add", "n", "--cron", "61 * * * *", "--", "true"],
        2,
        "error: cron: \"61 * * * *\", ",
    );
}

#[test]
fn a_daemon_is_not_stopped_for_a_configuration_that_would_not_let_it_start() {
    let home = Home::new();
    home.ok(&["daemon", "start"]);
    home.configure("[daemon]\nidle_timeot = \"5m\"\n");
    home.fails(&["daemon", "restart"], 78, "nothing was stopped");
    home.ok(&["daemon", "status"]);
}

#[test]
fn a_name_of_the_other_kind_is_answered_with_the_command_for_it() {
    let home = Home::new();
    home.configure(
        "[service.web]\ncommand = \"true\"\nautostart = false\n[job.nightly]\ncommand = \"true\"\n",
    );
    home.ok(&["daemon", "start"]);
    for (arguments, command) in [
        (&["logs", "nightly"][..], "nightly is a job: `hob job logs nightly`"),
        (&["logs", "-f", "nightly"], "nightly is a job: `hob job logs nightly`"),
        (&["status", "nightly"], "nightly is a job: `hob job show nightly`"),
        (&["wait", "nightly"], "nightly is a job: `hob job follow nightly`"),
        (&["stop", "nightly"], "nightly is a job: `hob job pause nightly`"),
        (&["top", "--once", "nightly"], "nightly is a job: `hob job show nightly`"),
        (&["--json", "top", "nightly"], "nightly is a job: `hob job show nightly`"),
        (&["job", "runs", "web"], "web is a service: `hob show web`"),
        (&["job", "run", "web"], "web is a service: `hob start web`"),
        (&["job", "logs", "web"], "web is a service: `hob logs web`"),
        (&["job", "follow", "web"], "web is a service: `hob logs -f web`"),
    ] {
        home.fails(arguments, 4, command);
    }
}

#[test]
fn files_that_are_wrong_are_not_a_mistake_in_what_was_typed() {
    let home = Home::new();
    home.ok(&["daemon", "start"]);
    home.fails(&["add", "web", "--requires", "nosuch", "--", "sleep", "9"], 2, "nosuch");
    home.configure("[service.web]\ncomand = \"true\"\n");
    for changes in [
        &["reload"][..],
        &["add", "db", "--", "sleep", "9"],
        &["job", "add", "nightly", "--every", "5m", "--", "true"],
    ] {
        home.fails(changes, 78, "config.toml:2: service.web.comand");
    }
    home.configure("");
    home.ok(&["reload"]);
    let project = home.path().join("shop");
    fs_err::create_dir(&project).unwrap();
    fs_err::write(project.join("hob.toml"), "[service.web]\ncomand = \"true\"\n").unwrap();
    home.fails(&["up", project.to_str().unwrap()], 78, "hob.toml:2: service.web.comand");
    fs_err::write(home.path().join("policy.toml"), "x").unwrap();
    home.fails(&["policy", "reload"], 78, "policy.toml:1");
}

#[test]
fn where_a_daemon_may_not_be_started_the_remedy_is_said() {
    let home = Home::new();
    home.configure("[daemon]\nauto_start = false\n");
    home.fails(&["resume"], 69, "hob daemon start");
}

#[test]
fn asking_for_a_daemon_starts_none_and_stopping_none_is_no_error() {
    let home = Home::new();
    home.ok(&[]);
    home.fails(&["status"], 3, "does not run");
    home.fails(&["daemon", "status"], 3, "does not run");
    home.fails(&["reload"], 69, "no daemon runs here");
    assert!(home.ok(&["daemon", "stop"]).contains("does not run"));
    assert!(home.ok(&["status", "--paths"]).contains("hob.sock"));
    assert!(!home.path().join("hob.sock").exists());
}

#[test]
fn what_only_looks_starts_no_daemon() {
    let home = Home::new();
    for looks in [
        &["ls"][..],
        &["top", "--once"],
        &["logs"],
        &["show", "web"],
        &["status", "web"],
        &["job"],
        &["job", "runs"],
        &["job", "show", "nightly"],
        &["queue"],
        &["approvals"],
        &["audit", "search"],
        &["service", "list"],
    ] {
        home.fails(looks, 69, "`hob daemon start`");
    }
    assert!(!home.path().join("hob.sock").exists() && !home.path().join("state").exists());
}

#[test]
fn what_ends_or_decides_something_starts_no_daemon_which_has_nothing_of_that() {
    let home = Home::new();
    home.configure("[service.web]\ncommand = [\"/bin/sleep\", \"1000\"]\n");
    for ends in [
        &["stop", "web"][..],
        &["stop", "--all"],
        &["service", "stop", "web"],
        &["signal", "web", "HUP"],
        &["pause"],
        &["pause", "1h"],
        &["deny", "--all"],
        &["deny", "x7"],
        &["approve", "x7"],
        &["approve", "x7", "--reviewed", "sha256:0"],
        &["job", "cancel", "7"],
        &["request", "cancel", "x7"],
        &["system", "shutdown"],
    ] {
        home.fails(ends, 69, "no daemon runs here");
        home.fails(ends, 69, "`hob daemon start`");
    }
    assert!(!home.path().join("hob.sock").exists() && !home.path().join("state").exists());
}

#[test]
fn what_has_outlived_its_daemon_is_stopped_by_the_next_one() {
    let home = Home::new();
    home.configure("[service.web]\ncommand = [\"/bin/sleep\", \"1000\"]\n");
    home.ok(&["up"]);
    home.ok(&["daemon", "stop", "--leave-services"]);
    home.fails(&["stop", "other"], 69, "no daemon runs here");
    assert!(home.ok(&["stop", "web"]).contains("web is stopped"));
}

#[test]
fn a_shell_is_told_the_names_of_jobs_if_a_daemon_knows_them() {
    let home = Home::new();
    home.configure("[job.nightly]\ncommand = [\"true\"]\n");
    assert_eq!(home.ok(&["completions", "--names=jobs"]), "");
    home.ok(&["daemon", "start"]);
    assert_eq!(home.ok(&["completions", "--names=jobs"]), "nightly\n");
    assert_eq!(home.ok(&["completions", "--names"]), "");
}

#[test]
fn a_home_that_was_not_there_is_told_of_when_it_is_made() {
    let home = Home::new();
    let new = home.path().join("typo");
    let asked = |home: &Path| {
        let home = home.to_str().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob"));
        let output = command.args(["--home", home, "resume"]).env_clear().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let said = asked(&new);
    assert!(said.contains(new.to_str().unwrap()) && said.contains("it is a new home now"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(asked(&new), "");
    assert_eq!(asked(home.path()), "", "one that is there may be meant, also if it is empty");
    let output = Command::new(env!("CARGO_BIN_EXE_hob"))
        .args(["--home", new.to_str().unwrap(), "daemon", "stop"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_daemon_is_started_found_restarted_and_stopped() {
    let home = Home::new();
    let json =
        |arguments: &[&str]| -> serde_json::Value { serde_json::from_str(&home.ok(arguments)).unwrap() };
    let first = json(&["daemon", "start", "--json"]);
    assert_eq!(first["started"], true);
    let again = json(&["--json", "daemon", "start"]);
    assert_eq!((&again["started"], &again["pid"]), (&false.into(), &first["pid"]));
    assert_eq!(json(&["system", "ping", "--json"])["pid"], first["pid"]);

    let restarted = json(&["daemon", "restart", "--json"]);
    assert_eq!(restarted["before"], first["pid"]);
    assert_eq!((&restarted["pid"], &restarted["in_place"]), (&first["pid"], &true.into()));
    let stopped = json(&["daemon", "stop", "--json"]);
    assert_eq!((&stopped["stopped"], &stopped["pid"]), (&true.into(), &restarted["pid"]));
    let pid = stopped["pid"].as_i64().unwrap();
    let gone = daemon_core::home::start_ticks(i32::try_from(pid).unwrap()).is_none();
    assert!(gone, "stop answers once the process is gone");
}

#[test]
fn a_command_that_needs_a_daemon_starts_it_also_for_a_relative_home() {
    let home = Home::new();
    let output = Command::new(env!("CARGO_BIN_EXE_hob"))
        .args(["--home", ".", "resume"])
        .env_clear()
        .current_dir(home.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    home.ok(&["daemon", "status"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hob"))
        .args(["config", "schema"])
        .env("HOB_HOME", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_feed_ends_with_its_reader_although_nothing_happens() {
    let home = Home::new();
    home.ok(&["daemon", "start"]);
    for arguments in [&["logs", "-f"][..], &["ls", "--watch"], &["system", "watch"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hob"))
            .args(arguments)
            .env("HOB_HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}
