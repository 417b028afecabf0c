//! Two hundred commands of all kinds, asked for by a program that knows the protocol and nothing else of Hob,
//! while another process decides with `hob`.
//!
//! What the agent was told is checked by the agent itself; here it is checked
//! what happened: what was not allowed left no trace, what was allowed left one,
//! and the record says all of it, to whoever has only a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hob_tests::{Home, program, text};
use serde_json::Value;

use crate::record;

const COUNT: usize = 200;
const POLICY: &str = r#"
version = 1
[defaults]
asks_per_minute = 10000
requests_per_minute = 1000000
max_pending_per_client = 100
[[rule]]
id = "nothing-happens"
effect = "allow"
exec = "/usr/bin/true"
argv = []
[[rule]]
id = "nothing-fails"
effect = "allow"
exec = "/usr/bin/false"
argv = []
[[rule]]
id = "no-rm"
effect = "deny"
exec_name = "rm"
reason = "use trash-put"
"#;

#[test]
fn an_agent_asks_for_everything_and_the_record_proves_what_became_of_it() {
    let home = Home::new();
    fs_err::write(home.join("policy.toml"), POLICY).unwrap();
    let token = home.ok(&["client", "add", "agent"]);
    fs_err::write(home.join("token"), token).unwrap();
    fs_err::set_permissions(home.join("token"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let work = home.join("work");
    fs_err::create_dir(&work).unwrap();

    let mut agent = start(&home, &work);
    while agent.try_wait().unwrap().is_none() {
        decide(&home, &work);
    }
    let output = agent.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let told: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), COUNT);

    check_traces(&work, &told);
    home.ok(&["audit", "verify"]);
    home.stop();
    let directory = record::directory(&home);
    check_histories(&directory, &told);
    let copy = home.join("copy");
    record::copied(&directory, &copy);
    let report = record::verified(&copy, 0);
    assert!(report.contains("ok"), "{report}");
    check_falsified(&copy, &home);
}

fn start(home: &Home, work: &Path) -> Child {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gate/agent.py");
    let mut command = Command::new("python3");
    command
        .arg(script)
        .arg(home.dirs().agent_socket())
        .arg(home.join("token"))
        .arg(work)
        .arg(COUNT.to_string());
    command.env("HOB", program("hob")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Decides everything that waits now, as the agent's script says that it is to be decided.
fn decide(home: &Home, work: &Path) {
    let waiting = home.json(&["approvals"]);
    for request in waiting["requests"].as_array().unwrap() {
        let (id, display) = (request["id"].as_str().unwrap(), request["display"].as_str().unwrap());
        let word = |prefix: &str| {
            let begin = display.find(prefix)?;
            let end = display[begin + prefix.len()..].find(|it: char| !it.is_ascii_digit());
            Some(&display[begin..end.map_or(display.len(), |end| begin + prefix.len() + end)])
        };
        // What was asked for may be over meanwhile, so that nobody's decision fails the test.
        if let Some(word) = word("deny-") {
            home.hob(&["deny", id, "--note", &format!("no: {word}")]);
        } else if word("leave-").is_none() || work.join(format!("changed-{id}")).exists() {
            home.hob(&["approve", id, "--reviewed", request["plan"].as_str().unwrap()]);
        }
    }
}

/// What was approved ran once, and nothing else did.
fn check_traces(work: &Path, told: &[Value]) {
    let trace = fs_err::read_to_string(work.join("trace")).unwrap();
    let mut ran: Vec<u64> = trace.lines().map(|line| line.parse().unwrap()).collect();
    ran.sort_unstable();
    let approved = told.iter().filter(|it| it["kind"] == "asked");
    let mut expected: Vec<u64> = approved.map(|it| it["number"].as_u64().unwrap()).collect();
    expected.sort_unstable();
    assert_eq!(ran, expected);
}

/// Each request has the leaves of its life, and those that ran were claimed once.
fn check_histories(directory: &Path, told: &[Value]) {
    let histories = record::histories(directory);
    let begins = ["request.received", "policy.evaluated"];
    let asked: &[&str] = &["approval.decided", "exec.claimed", "exec.started", "exec.finished"];
    let ends: BTreeMap<&str, &[&str]> = [
        ("allowed", &asked[1..]),
        ("allowed-to-fail", &asked[1..]),
        ("denied-by-a-person", &asked[..1]),
        ("denied-by-policy", &[][..]),
        ("denied-inside", &[]),
        ("own-program", &[]),
        ("cancelled", &["request.cancelled"]),
        ("changed-meanwhile", &["approval.decided", "exec.drift_denied"]),
    ]
    .into();
    let mut seen = BTreeSet::new();
    for it in told {
        let Some(request) = it["request"].as_str() else { continue };
        let kind = it["kind"].as_str().unwrap();
        let mut history = histories[request].clone();
        history.retain(|leaf| leaf != "approval.shown");
        let expected = [&begins, *ends.get(kind).unwrap_or(&asked)].concat();
        assert_eq!(history, expected, "{it}");
        assert!(seen.insert(request) || kind == "allowed", "{it}");
    }
    let claims = |history: &Vec<String>| history.iter().filter(|leaf| *leaf == "exec.claimed").count();
    assert!(histories.values().all(|history| claims(history) <= 1));
}

/// What was done to a copy is noticed, and called what it is.
fn check_falsified(copy: &Path, home: &Home) {
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, Change); 5] = [
        ("edited", |lines| {
            let at = lines.iter().position(|line| line.contains("\"verdict\":\"deny\"")).unwrap();
            lines[at] = lines[at].replace("\"verdict\":\"deny\"", "\"verdict\":\"approve\"");
        }),
        ("truncated", |lines| lines.truncate(lines.len() - 3)),
        ("reordered", |lines| {
            let middle = lines.len() / 2;
            lines.swap(middle, middle + 1);
        }),
        ("shortened in the middle", |lines| drop(lines.remove(20))),
        ("doubled", |lines| lines.insert(30, lines[29].clone())),
    ];
    for (what, change) in changes {
        let forged = home.join(&format!("forged-{}", what.replace(' ', "-")));
        record::copied(copy, &forged);
        let mut lines = record::lines(&forged);
        change(&mut lines);
        let mut files: Vec<_> =
            fs_err::read_dir(forged.join("leaves")).unwrap().flatten().map(|it| it.path()).collect();
        files.sort();
        let first = files.iter().find(|path| path.extension().is_some_and(|it| it == "jsonl")).unwrap();
        fs_err::write(first, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let report = record::verified(&forged, 2);
        assert!(report.contains("first"), "{what}: {report}");
    }
    let unsigned = home.join("unsigned");
    record::copied(copy, &unsigned);
    let checkpoints = fs_err::read_to_string(unsigned.join("checkpoints")).unwrap();
    let at = checkpoints.find("\u{2014} ").unwrap() + 60;
    let mut other = checkpoints.into_bytes();
    other[at] = if other[at] == b'A' { b'B' } else { b'A' };
    fs_err::write(unsigned.join("checkpoints"), other).unwrap();
    record::verified(&unsigned, 4);
}

/// What the documentation of the protocol shows, as it is in the repository.
#[test]
fn the_example_of_an_agent_asks_and_is_answered() {
    let home = Home::new();
    fs_err::write(home.join("policy.toml"), POLICY).unwrap();
    let token = home.ok(&["client", "add", "agent"]);
    fs_err::write(home.join("token"), token).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/agent.py");
    let ask = |argv: &[&str]| {
        let mut command = Command::new("python3");
        command.arg(&script).arg(home.dirs().agent_socket()).arg(home.join("token")).arg("to see").args(argv);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let said = |child: Child| {
        let output = child.wait_with_output().unwrap();
        (output.status.code(), text(&output))
    };
    assert_eq!(said(ask(&["true"])), (Some(0), String::new()));
    assert_eq!(said(ask(&["false"])).0, Some(1));
    let (status, refusal) = said(ask(&["rm", "x"]));
    assert!(status == Some(77) && refusal.contains("use trash-put"), "{refusal}");
    let mut asking = ask(&["printf", "%s", "seen"]);
    while home.json(&["approvals"])["requests"].as_array().unwrap().is_empty() {
        assert!(asking.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let request = home.json(&["approvals"])["requests"][0].clone();
    assert_eq!((request["client"].as_str(), request["reason"].as_str()), (Some("agent"), Some("to see")));
    home.ok(&["approve", request["id"].as_str().unwrap(), "--reviewed", request["plan"].as_str().unwrap()]);
    assert_eq!(said(asking), (Some(0), "seen".to_owned()));
}
