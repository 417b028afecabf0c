//! Whoever asks: statuses, streams, tokens, and what becomes of what he asks for when he or the daemon goes.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::home::{Home, LONG, ends, home_shell, id, until_said};

#[test]
fn whoever_asked_gets_streams_and_status_of_the_command() {
    let home = Home::new();
    let script = "printf out; printf err >&2; kill -TERM $$";
    for (argv, out, err, status) in [
        (&["true"][..], "", "", 0),
        (&["sh", "-c", "printf out; printf err >&2; exit 3"], "out", "err", 3),
        (&["sh", "-c", script], "out", "err", 143),
        (&["sh", "-c", "pwd"], home.place.path().to_str().unwrap(), "", 0),
        (&["printf", "%s|", "a b", "", "$HOME;*"], "a b||$HOME;*|", "", 0),
    ] {
        let argv = [&["--reason", "a test", "--"], argv].concat();
        let output = if argv[3..] == ["true"] {
            home.client(&[&["run"], &argv[..]].concat()).output().unwrap()
        } else {
            let (child, request) = home.waiting(&argv);
            home.ok(&["approve", id(&request), "--reviewed", request["plan"].as_str().unwrap()]);
            child.wait_with_output().unwrap()
        };
        assert_eq!(output.status.code(), Some(status), "{argv:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), out, "{argv:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(err), "{argv:?}: {output:?}");
    }
}

#[test]
fn a_no_is_passed_on_word_for_word_and_cannot_act_on_a_terminal() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "id"]);
    home.ok(&["deny", id(&request), "--note", "use staging \u{1b}[2J"]);
    let output = ends(child, 77, "use staging \\u{1b}[2J");
    assert!(output.stdout.is_empty() && !output.stderr.contains(&0x1b));
    // The same again at once: nobody is asked.
    let again = home.client(&["run", "--wait", "--", "id"]).spawn().unwrap();
    let output = ends(again, 77, "use staging");
    assert!(String::from_utf8_lossy(&output.stderr).contains("; nobody is asked about it for another "));
    let decided = home.hob(&["approve", id(&request)]).output().unwrap();
    let said = String::from_utf8_lossy(&decided.stderr).into_owned();
    assert!(said.contains("was decided already: denied by "), "{said}");
    let refused = home.client(&["run", "--", "rm", "-rf", "x"]).spawn().unwrap();
    ends(refused, 77, "use trash-put");
}

#[test]
fn no_answer_is_told_as_that_and_not_as_a_no() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "id"]);
    let output = ends(child, 124, "no one answered");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("denied"));
    assert_eq!(home.state(&request), "expired");
}

#[test]
fn without_a_terminal_nobody_waits_for_a_person_unless_told_to() {
    let home = Home::new();
    let output = ends(home.client(&["run", "--", "id"]).spawn().unwrap(), 77, "waits for a person");
    assert!(output.stdout.is_empty());
    let waiting = home.json(&["approvals"])["requests"][0].clone();
    assert!(String::from_utf8_lossy(&output.stderr).contains(id(&waiting)), "{output:?}");
    // It outlives who asked, and can be waited for.
    home.ok(&["approve", id(&waiting), "--reviewed", waiting["plan"].as_str().unwrap()]);
    let waited = home.client(&["request", "wait", id(&waiting)]).spawn().unwrap();
    ends(waited, 0, "uid=");
    let output = home.client(&["run", "--detach", "--", "true"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && home.ok(&["request", "get", printed.trim()]).contains("/usr/bin/true")
    );
}

#[test]
fn ctrl_c_cancels_what_waits_and_ends_what_runs() {
    let home = Home::new();
    let interrupt = |child: &Child| kill_process(Pid::from_child(child), Signal::INT).unwrap();
    let (mut child, request) = home.waiting(&["--", "id"]);
    until_said(&mut child, "waits for a person");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(home.state(&request), "cancelled");
    let (mut child, request) = home.waiting(&["--", "sh", "-c", "echo begun >&2; sleep 1000"]);
    home.ok(&["approve", id(&request), "--reviewed", request["plan"].as_str().unwrap()]);
    until_said(&mut child, "begun");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(home.state(&request), "killed");
}

#[test]
fn who_writes_where_nobody_reads_ends_as_a_program_does() {
    let home = Home::new();
    let (mut child, request) = home.waiting(&["--", "sh", "-c", "while echo y; do sleep 0.1; done"]);
    home.ok(&["approve", id(&request), "--reviewed", request["plan"].as_str().unwrap()]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("cancel"), "{output:?}");
    let begun = Instant::now();
    while home.state(&request) != "killed" {
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(10));
    }
    // What has written all of it before has ended by itself.
    let mut child = home.client(&["run", "--", "true"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn ctrl_c_cancels_also_what_has_no_name_yet() {
    let home = Home::new();
    // It takes a while to plan, and nobody knows which request it is before.
    let large = home.place.path().join("large");
    fs_err::File::create(&large).unwrap().set_len(512 << 20).unwrap();
    let mut child =
        home.client(&["run", "--wait", "--file", large.to_str().unwrap(), "--", "id"]).spawn().unwrap();
    until_it_minds_ctrl_c(&child);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let requests = home.json(&["request", "list"])["requests"].clone();
    let states: Vec<&Value> = requests.as_array().unwrap().iter().map(|request| &request["state"]).collect();
    assert_eq!(states, ["cancelled"], "{requests:#}");
}

/// Until SIGINT does not simply end it: it waits, or is caught (proc_pid_status(5)).
fn until_it_minds_ctrl_c(child: &Child) {
    let begun = Instant::now();
    loop {
        let status = fs_err::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let signals = |name: &str| {
            let told = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            u64::from_str_radix(told.trim(), 16).unwrap()
        };
        if (signals("SigBlk:") | signals("SigCgt:")) & (1 << (Signal::INT.as_raw() - 1)) != 0 {
            return;
        }
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn c78_what_nobody_waits_for_any_more_cannot_be_approved() {
    let home = Home::new();
    let (mut child, request) = home.waiting(&["--", "id"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    while home.state(&request) != "cancelled" {
        assert!(begun.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = home
        .hob(&["approve", id(&request), "--reviewed", request["plan"].as_str().unwrap(), "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["reason"], "E_NOT_PENDING");
}

#[test]
fn a_request_outlives_the_daemon_that_it_waited_in() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "id", "-u"]);
    home.ok(&["daemon", "restart"]);
    let begun = Instant::now();
    while home.state(&request) != "pending" {
        assert!(begun.elapsed() < LONG, "{}", home.state(&request));
        std::thread::sleep(Duration::from_millis(10));
    }
    home.ok(&["approve", id(&request), "--reviewed", request["plan"].as_str().unwrap()]);
    ends(child, 0, "");
}

/// As if nobody had been enrolled: the name is free, and nobody believes that somebody has the token.
#[test]
fn who_cannot_have_the_token_is_not_enrolled() {
    let home = Home::new();
    let hob = env!("CARGO_BIN_EXE_hob");
    let gone = "exec 7>&1; mkfifo gone; sleep 100 7>&- < gone & exec 6> gone; kill $!; wait $!";
    for (shell, status, said) in [
        (format!("{hob} client add zed >&-"), 2, "standard output is closed"),
        (format!("{hob} client add zed --token-fd 2 2>&- >&- || echo none; false"), 1, ""),
        (
            format!("{hob} client add zed > /dev/full"),
            1,
            "zed is not enrolled: its token could not be written",
        ),
        (
            format!("{gone}; {hob} client add zed >&6"),
            1,
            "zed is not enrolled: its token could not be written",
        ),
        (format!("{gone}; {hob} client add zed --json >&6"), 1, "nobody reads standard output"),
        (format!("{hob} client add zed --token-fd 6 6> /dev/full"), 1, "zed is not enrolled"),
        (format!("{gone}; {hob} client add zed --token-fd 6"), 2, "descriptor 6 cannot be written"),
    ] {
        fs_err::remove_file(home.place.path().join("gone")).ok();
        let output = home_shell(&home, &shell);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{shell}: {stderr}");
        assert!(stderr.contains(said), "{shell}: {stderr}");
        let clients = home.json(&["client", "list"]);
        let clients = clients["clients"].as_array().unwrap();
        assert!(clients.iter().all(|client| client["name"] != "zed"), "{shell}: {clients:?}");
    }
    home.ok(&["client", "add", "zed"]);
}

#[test]
fn c68_a_token_is_shown_once_and_used_only_from_where_nobody_else_reads() {
    let home = Home::new();
    let token = fs_err::read_to_string(home.token()).unwrap().trim().to_owned();
    let output = home.client(&["client", "list"]).output().unwrap();
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!told.contains(&token), "{told}");
    for mode in [0o644, 0o640, 0o620] {
        fs_err::set_permissions(home.token(), std::fs::Permissions::from_mode(mode)).unwrap();
        let output = ends(home.client(&["run", "--", "true"]).spawn().unwrap(), 77, "the mode");
        assert!(!String::from_utf8_lossy(&output.stderr).contains(&token));
    }
    // Into a descriptor, and from one.
    let shell = format!(
        "{0} client add other --token-fd 5 5> other && {0} run --token-fd 4 -- true 4< other && cat other",
        env!("CARGO_BIN_EXE_hob")
    );
    let output = home_shell(&home, &shell);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.starts_with(b"hob_"), "{output:?}");
    assert!(home.ok(&["request", "list"]).contains("other"));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("shown once") && !stderr.contains("hob_"), "{stderr}");
}
