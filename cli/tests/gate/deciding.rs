//! Whoever decides: what he is shown, what he is asked, and what is a yes.

use std::path::Path;

use crate::home::{Home, ends, home_shell, id};

const QUESTION: &str = "\"no\" to deny:";

#[test]
fn only_the_word_yes_typed_after_everything_was_shown_approves() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--reason", "because", "--", "id", "-u"]);
    let mut terminal = home.approve(&[id(&request)]);
    // Ahead of the question, as a person or a paste would have it.
    terminal.press("yes\r");
    let asked = terminal.until("the question", |text| text.contains(QUESTION));
    for part in ["/usr/bin/id", "-u", "because", "not verified", request["plan"].as_str().unwrap()] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // It is still asking: what was typed before is nothing.
    assert_eq!(home.state(&request), "pending");
    terminal.press("\u{4}");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77));
    assert_eq!(home.state(&request), "pending");

    let mut terminal = home.approve(&[id(&request)]);
    terminal.until("the question", |text| text.contains(QUESTION));
    terminal.press("yes\r");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0), "{}", terminal.text());
    ends(child, 0, "");
    assert_eq!(home.state(&request), "finished");
}

#[test]
fn anything_but_yes_and_no_decides_nothing_and_is_asked_about_again() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "id", "-g"]);
    let mut terminal = home.approve(&[id(&request)]);
    for (times, answer) in [(1, "y\r"), (2, "\r"), (3, "YES\r")] {
        terminal.until("the question", |text| text.matches(QUESTION).count() == times);
        terminal.press(answer);
    }
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77));
    let text = terminal.until("the end", |text| text.contains("nothing was decided"));
    assert_eq!(text.matches("only \"yes\" allows and only \"no\" denies").count(), 3, "{text}");
    assert_eq!(home.state(&request), "pending");

    let mut terminal = home.approve(&[id(&request)]);
    terminal.until("the question", |text| text.contains(QUESTION));
    terminal.press("no\r");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77), "{}", terminal.text());
    ends(child, 77, "a person said no");
}

#[test]
fn nobody_is_asked_for_a_yes_that_cannot_be_given() {
    let home = Home::new();
    let (mut child, request) = home.waiting(&["--", "sh", "-c", "id"]);
    for (arguments, why) in [
        (&["--for", "15m"][..], "every time: approve it once"),
        (&["--for", "once", "--suggestion", "1"], "needs no suggestion"),
    ] {
        let mut terminal = home.approve(&[&[id(&request)], arguments].concat());
        assert_eq!(terminal.child.wait().unwrap().code(), Some(2));
        let text = terminal.until("the reason", |text| text.contains(why));
        assert!(!text.contains(QUESTION), "{text}");
    }
    assert_eq!(home.state(&request), "pending");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nobody_is_asked_before_the_whole_of_a_long_argument_was_shown() {
    let home = Home::new();
    let long = "x".repeat(3000);
    let (mut child, request) = home.waiting(&["--", "echo", &long]);
    let mut terminal = home.approve(&[id(&request)]);
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77));
    let text = terminal.until("the end", |text| text.contains("--all"));
    assert!(!text.contains(QUESTION), "{text}");
    let terminal = home.approve(&[id(&request), "--all"]);
    terminal.until("the question", |text| text.contains(QUESTION));
    drop(terminal);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn c28_a_yes_that_is_piped_in_is_none_and_half_a_digest_neither() {
    let home = Home::new();
    let (mut child, request) = home.waiting(&["--", "id"]);
    let shell = format!("yes yes | {} approve {}", env!("CARGO_BIN_EXE_hob"), id(&request));
    let output = home_shell(&home, &shell);
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    let plan = request["plan"].as_str().unwrap();
    let other = format!("sha256:{}", "0".repeat(64));
    for (digest, status) in
        [(&plan[..20], 2), (request["code"].as_str().unwrap(), 2), ("", 2), (&other[..], 1)]
    {
        let output = home.hob(&["approve", id(&request), "--reviewed", digest]).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{digest}: {output:?}");
    }
    assert_eq!(home.state(&request), "pending");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_yes_for_a_while_is_a_grant_that_can_be_seen_and_taken_back() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "id", "-u"]);
    let plan = request["plan"].as_str().unwrap();
    home.ok(&["approve", id(&request), "--for", "15m", "--reviewed", plan]);
    ends(child, 0, "");
    ends(home.client(&["run", "--", "id", "-u"]).spawn().unwrap(), 0, "");
    let listed = home.ok(&["grants"]);
    assert!(listed.contains("claude") && listed.contains("exactly id -u, in /"), "{listed}");
    let told = home.ok(&["request", "show", id(&request)]);
    assert!(told.contains("exactly id -u, in /"), "{told}");
    // Who asked may know why it was decided so, and no more.
    let own = home.client(&["policy", "why", id(&request)]).output().unwrap();
    let why = String::from_utf8_lossy(&own.stdout).into_owned();
    assert!(own.status.success() && why.contains("revision 1 of the policy said ask (default)"), "{own:?}");
    assert!(why.contains("the yes allows exactly id -u, in /"), "{why}");
    home.ok(&["grants", "revoke", "--client", "claude"]);
    assert!(home.ok(&["grants"]).contains("no grants hold"));
    ends(home.client(&["run", "--", "id", "-u"]).spawn().unwrap(), 77, "waits for a person");
}

#[test]
fn the_question_says_what_the_yes_is_for() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "printf", "hello"]);
    let mut terminal = home.approve(&[id(&request), "--for", "1h", "--suggestion", "1"]);
    let asked = terminal.until("the question", |text| text.contains(QUESTION));
    let allows = "printf hello with any arguments and no options, in /";
    for part in [&format!("→ 1  {allows}"), &format!("Allow for 1h: {allows}")] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(!asked.contains("with --for"), "{asked}");
    terminal.press("yes\r");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
    ends(child, 0, "hello");
    let found = home.ok(&["audit", "search", "--request", id(&request)]);
    assert!(found.contains("grant.created") && found.contains(&format!("allows={allows}")), "{found}");
    assert!(!found.contains("request="), "it has a column: {found}");
}

#[test]
fn a_yes_for_a_session_that_is_over_is_refused() {
    let home = Home::new();
    home.client(&["run", "--detach", "--", "id"]).output().unwrap();
    let request = home.first_of_those_that_wait();
    let plan = request["plan"].as_str().unwrap();
    let output =
        home.hob(&["approve", id(&request), "--for", "session", "--reviewed", plan]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("connection by which this was asked for is closed")
    );
    assert_eq!(home.state(&request), "pending");
}

#[test]
fn a_list_of_nothing_and_a_client_that_nobody_is_are_mistakes() {
    let home = Home::new();
    for list in ["approvals", "request"] {
        let of =
            if list == "request" { &["request", "list", "-n", "0"][..] } else { &["approvals", "-n", "0"] };
        let output = home.hob(of).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("limit is 0"), "{output:?}");
    }
    for arguments in [&["approvals"][..], &["grants"], &["grants", "revoke"], &["deny"]] {
        let output = home.hob(&[arguments, &["--client", "cluade"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean \"claude\"?"), "{output:?}");
        home.ok(&[arguments, &["--client", "anonymous"]].concat());
    }
}

#[test]
fn what_is_left_out_of_the_record_is_told_with_the_way_to_it() {
    let home = Home::new();
    let size = home.json(&["audit", "search"])["size"].as_u64().unwrap();
    let told = |arguments: &[&str]| {
        let output = home.hob(&[&["audit"], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let last = size - 1;
    assert_eq!(told(&["search"]), "");
    let of_search = format!("1 shown; there are older ones: --before {last}, or more at once with -n\n");
    assert_eq!(told(&["search", "-n", "1"]), of_search);
    assert!(told(&["tail", "-n", "1"]).contains(&format!("hob audit search --before {last}")));
    assert_eq!(told(&["tail", "--from", "1"]), "");
    assert_eq!(home.json(&["audit", "search", "-n", "1"])["more"], true);
}

#[test]
fn c52_a_client_decides_nothing() {
    let home = Home::new();
    let (mut child, request) = home.waiting(&["--", "id"]);
    for arguments in [
        &["approve", id(&request), "--reviewed", request["plan"].as_str().unwrap()][..],
        &["deny", "--all"],
        &["grants"],
        &["policy", "reload"],
        &["client", "add", "more"],
        &["audit", "search"],
    ] {
        let output = home.client(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(77), "{arguments:?}: {output:?}");
    }
    assert_eq!(home.state(&request), "pending");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_policy_is_checked_tried_and_explained() {
    let home = Home::new();
    assert!(home.ok(&["policy", "check"]).contains("2 rules"));
    assert!(home.ok(&["policy", "show"]).contains("no-rm"));
    let tested = home.ok(&["policy", "test", "--", "env", "rm", "-rf", "x"]);
    assert!(tested.contains("deny (rule:no-rm)"), "{tested}");
    bad_policy(&home.place.path().join("bad.toml"));
    let output = home.hob(&["policy", "check", "bad.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("bad.toml:"), "{output:?}");
    ends(home.client(&["run", "--", "rm", "x"]).spawn().unwrap(), 77, "use trash-put");
    let denied = home.json(&["request", "list"])["requests"][0].clone();
    let why = home.ok(&["policy", "why", id(&denied)]);
    assert!(why.contains("rule:no-rm") && why.contains("deny"), "{why}");
}

#[test]
fn what_is_doubtful_in_a_policy_is_told_and_is_no_mistake() {
    let home = Home::new();
    let doubtful = "version = 1\n[[rule]]\nid = \"a\"\neffect = \"allow\"\nexec = \"/bin/sh\"\n\
        argv = [\"...\"]\nclients = [\"cluade\"]\n[[rule]]\nid = \"b\"\neffect = \"deny\"\nexec = \"/nowhere/b\"\n";
    fs_err::write(home.place.path().join("new.toml"), doubtful).unwrap();
    let output = home.hob(&["policy", "check", "new.toml"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && output.stdout.starts_with("✓".as_bytes()), "{output:?}");
    for warning in
        ["new.toml:6: rule.argv: sh is a shell", "did you mean \"claude\"?", "there is no /nowhere/b"]
    {
        assert!(said.contains(warning), "{said}");
    }
    assert_eq!(said.matches("warning: ").count(), 3, "{said}");
    let unknown = home.hob(&["policy", "test", "--client", "cluade", "--", "true"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(4), "{unknown:?}");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean \"claude\"?"), "{unknown:?}");
    home.ok(&["policy", "test", "--client", "anonymous", "--", "true"]);
    // What brings a rule into force tells the same, in a policy that was good.
    let added = home.hob(&["policy", "add", "sh", "allow", "--", "/bin/sh", "..."]).output().unwrap();
    let read = home.hob(&["policy", "reload"]).output().unwrap();
    for output in [added, read] {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("sh is a shell"), "{output:?}");
    }
    let refused = home.hob(&["policy", "add", "No!", "allow", "--", "ls"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.starts_with("error: ID: \"No!\" is no name of a rule\n"), "{said}");
}

#[test]
fn who_is_muted_is_told_so_in_plain_words_and_seen_in_the_list() {
    let home = Home::new();
    let muted = || home.ok(&["client", "ls"]).lines().filter(|it| it.contains("muted, ends in ")).count();
    for (name, count) in [("anonymous", 1), ("claude", 2)] {
        home.ok(&["client", "mute", name, "--for", "1h"]);
        assert_eq!(muted(), count);
    }
    let output = ends(home.client(&["run", "--wait", "--", "echo", "x"]).spawn().unwrap(), 75, "until ");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let until = told.lines().next().unwrap().rsplit_once("until ").unwrap().1;
    assert!(until.len() == "2026-11-23 12:00:00".len(), "{told}");
    assert!(!told.contains("--off"), "that is not for who is muted: {told}");
    home.ok(&["client", "mute", "anonymous", "--off"]);
    assert!(muted() == 1 && !home.ok(&["client", "ls"]).contains("anonymous"));
}

#[test]
fn a_policy_that_is_not_in_force_is_seen_where_everything_is() {
    let home = Home::new();
    assert!(!home.ok(&[]).contains("policy"));
    bad_policy(&home.path().join("policy.toml"));
    home.hob(&["policy", "reload"]).output().unwrap();
    for look in [&[][..], &["status"]] {
        let said = home.ok(look);
        let line = said.lines().find(|line| line.contains("what was good before stays in force (/")).unwrap();
        assert!(line.contains("policy.toml:4: ") && line.contains("`hob policy check`"), "{said}");
    }
    home.ok(&["daemon", "stop"]);
    home.ok(&["daemon", "start"]);
    let said = home.ok(&[]);
    assert!(said.contains("each command is asked about (/") && said.contains("policy.toml:4: "), "{said}");
}

#[test]
fn who_said_yes_to_what_has_changed_since_is_told_that_it_was_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let tool = home.place.path().join("tool");
    fs_err::write(&tool, "#!/bin/sh\ntrue\n").unwrap();
    fs_err::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (child, request) = home.waiting(&["--", "./tool"]);
    fs_err::write(&tool, "#!/bin/sh\nfalse\n").unwrap();
    let plan = request["plan"].as_str().unwrap();
    let approved = home.hob(&["approve", id(&request), "--reviewed", plan]).output().unwrap();
    let said = String::from_utf8_lossy(&approved.stderr).into_owned();
    assert_eq!(approved.status.code(), Some(0), "{approved:?}");
    assert!(said.contains("it was not run, because what it would run has changed since"), "{said}");
    ends(child, 1, "has changed since");
    assert!(home.ok(&["request", "show", id(&request)]).contains("changed meanwhile"));

    let (child, request) = home.waiting(&["--", "sh", "-c", "exit 3"]);
    let plan = request["plan"].as_str().unwrap();
    let approved = home.hob(&["approve", id(&request), "--reviewed", plan]).output().unwrap();
    let said = String::from_utf8_lossy(&approved.stderr).into_owned();
    assert!(said.contains("it ran and ended with status 3"), "{said}");
    ends(child, 3, "");
}

fn bad_policy(path: &Path) {
    fs_err::write(path, "version = 1\n[[rule]]\nid = \"x\"\neffect = \"maybe\"\n").unwrap();
}

/// Asks under a key, says for which request, and decides that when it is told its digest.
const ASKS_AND_DECIDES: &str = r#"
import json, socket, struct, sys
def call(method, params):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    m = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    s.sendall(struct.pack(">I", len(m)) + m)
    n = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
    return json.loads(s.recv(n, socket.MSG_WAITALL))
asked = call("exec.run", {"command": {"argv": ["/usr/bin/id"], "cwd": "/"}, "key": "k", "wait": "0s"})
print(asked["error"]["data"]["request"], flush=True)
digest = sys.stdin.readline().strip()
yes = {"id": asked["error"]["data"]["request"], "verdict": "approve", "digest": digest, "scope": "once"}
print(json.dumps(call("approval.decide", yes)), flush=True)
"#;

#[test]
fn c52_who_asked_an_earlier_daemon_cannot_decide_what_another_took_up() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let home = Home::new();
    let asker = || {
        let mut python = std::process::Command::new("python3");
        python.args(["-c", ASKS_AND_DECIDES]).arg(home.path().join("hob.sock"));
        let mut child =
            python.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
        let request = told.next().unwrap().unwrap();
        (child, told, request)
    };
    let first = asker();
    home.ok(&["daemon", "restart"]);
    let taker = asker();
    assert_eq!(first.2, taker.2);
    let request = home.first_of_those_that_wait();
    for (mut child, mut told, _) in [first, taker] {
        writeln!(child.stdin.take().unwrap(), "{}", request["plan"].as_str().unwrap()).unwrap();
        let answer = told.next().unwrap().unwrap();
        assert!(answer.contains("E_FORBIDDEN_ROLE"), "{answer}");
        child.wait().unwrap();
    }
}
