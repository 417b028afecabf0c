//! Asking for commands and deciding about them, with the real binary: statuses, streams, terminals, tokens.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "a test waits by the clock of the machine")]

mod terminal;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use terminal::Terminal;

const LONG: Duration = Duration::from_secs(60);
/// What may run without a question: enough to see how things end.
const POLICY: &str = r#"
version = 1
[defaults]
pending_ttl = "10s"
asks_per_minute = 1000
[[rule]]
id = "true"
effect = "allow"
exec = "/usr/bin/true"
argv = []
[[rule]]
id = "no-rm"
effect = "deny"
exec_name = "rm"
reason = "use trash-put"
"#;

/// A home with a policy, a client and its token.
struct Home {
    place: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        let private = std::fs::Permissions::from_mode(0o700);
        let home = Home { place: tempfile::Builder::new().permissions(private).tempdir().unwrap() };
        fs_err::create_dir(home.path()).unwrap();
        fs_err::write(home.path().join("policy.toml"), POLICY).unwrap();
        let token = home.ok(&["client", "add", "claude"]);
        assert!(token.starts_with("hob_") && token.lines().count() == 1, "{token}");
        fs_err::write(home.token(), token).unwrap();
        fs_err::set_permissions(home.token(), std::fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    fn path(&self) -> PathBuf {
        self.place.path().join("home")
    }

    fn token(&self) -> PathBuf {
        self.place.path().join("token")
    }

    fn hob(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob"));
        command.args(arguments).env_clear().env("HOB_HOME", self.path()).env("PATH", "/usr/bin:/bin");
        command.env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
        command.current_dir(self.place.path()).stdin(Stdio::null());
        command
    }

    /// As the client that has the token.
    fn client(&self, arguments: &[&str]) -> Command {
        let mut command = self.hob(arguments);
        command.env("HOB_TOKEN_FILE", self.token()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.hob(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Asks as the client, and waits until that waits.
    fn waiting(&self, arguments: &[&str]) -> (Child, Value) {
        let mut command = self.client(&[&["run", "--wait"], arguments].concat());
        (command.spawn().unwrap(), self.first_of_those_that_wait())
    }

    #[track_caller]
    fn first_of_those_that_wait(&self) -> Value {
        let begun = Instant::now();
        loop {
            let waiting = self.json(&["approvals"]);
            if let Some(request) = waiting["requests"].as_array().unwrap().first() {
                return request.clone();
            }
            assert!(begun.elapsed() < LONG, "nothing waits");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn state(&self, request: &Value) -> String {
        let found = self.json(&["request", "get", request["id"].as_str().unwrap()]);
        found["state"].as_str().unwrap().to_owned()
    }

    /// `hob approve` on a terminal.
    fn approve(&self, arguments: &[&str]) -> Terminal {
        Terminal::run(self.hob(&[&["approve"], arguments].concat()), 120, 100)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.hob(&["daemon", "stop"]).output().unwrap();
    }
}

fn id(request: &Value) -> &str {
    request["id"].as_str().unwrap()
}

#[track_caller]
fn ends(child: Child, status: i32, says: &str) -> Output {
    let output = child.wait_with_output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.contains(says), "{text}");
    output
}

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
    ends(again, 77, "use staging");
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

#[test]
fn only_the_word_yes_typed_after_everything_was_shown_approves() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--reason", "because", "--", "id", "-u"]);
    let mut terminal = home.approve(&[id(&request)]);
    // Ahead of the question, as a person or a paste would have it.
    terminal.press("yes\r");
    let asked = terminal.until("the question", |text| text.contains("anything else denies:"));
    for part in ["/usr/bin/id", "-u", "because", "not verified", request["plan"].as_str().unwrap()] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // It is still asking: what was typed before is nothing.
    assert_eq!(home.state(&request), "pending");
    terminal.press("\u{4}");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77));
    assert_eq!(home.state(&request), "pending");

    let mut terminal = home.approve(&[id(&request)]);
    terminal.until("the question", |text| text.contains("anything else denies:"));
    terminal.press("yes\r");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0), "{}", terminal.text());
    ends(child, 0, "");
    assert_eq!(home.state(&request), "finished");
}

#[test]
fn anything_but_yes_denies() {
    let home = Home::new();
    let (child, request) = home.waiting(&["--", "id", "-g"]);
    let mut terminal = home.approve(&[id(&request)]);
    terminal.until("the question", |text| text.contains("anything else denies:"));
    terminal.press("y\r");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77), "{}", terminal.text());
    ends(child, 77, "a person said no");
}

#[test]
fn nobody_is_asked_before_the_whole_of_a_long_argument_was_shown() {
    let home = Home::new();
    let long = "x".repeat(3000);
    let (mut child, request) = home.waiting(&["--", "echo", &long]);
    let mut terminal = home.approve(&[id(&request)]);
    assert_eq!(terminal.child.wait().unwrap().code(), Some(77));
    let text = terminal.until("the end", |text| text.contains("--all"));
    assert!(!text.contains("anything else denies:"), "{text}");
    let terminal = home.approve(&[id(&request), "--all"]);
    terminal.until("the question", |text| text.contains("anything else denies:"));
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
    assert!(listed.contains("claude") && listed.contains("/usr/bin/id -u"), "{listed}");
    home.ok(&["grants", "revoke", "--client", "claude"]);
    assert!(home.ok(&["grants"]).contains("no grants hold"));
    ends(home.client(&["run", "--", "id", "-u"]).spawn().unwrap(), 77, "waits for a person");
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

fn bad_policy(path: &Path) {
    fs_err::write(path, "version = 1\n[[rule]]\nid = \"x\"\neffect = \"maybe\"\n").unwrap();
}

fn home_shell(home: &Home, script: &str) -> Output {
    let mut command = home.hob(&[]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    command = Command::new("sh");
    command.args(["-c", script]).env_clear().envs(environment).current_dir(home.place.path());
    command.output().unwrap()
}

/// Waits until it has written this to standard error.
fn until_said(child: &mut Child, what: &str) {
    use std::io::Read as _;
    let (mut said, mut byte) = (String::new(), [0]);
    let errors = child.stderr.as_mut().unwrap();
    while !said.contains(what) {
        assert_eq!(errors.read(&mut byte).unwrap(), 1, "it ended: {said}");
        said.push(char::from(byte[0]));
    }
}
