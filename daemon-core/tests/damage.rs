//! Databases that are damaged between two daemons: what runs goes on, what is damaged is set aside and said
//! to be, and nothing is allowed by it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::LONG;
use common::gate::{Gate, answered, asks, decision, reason, wish};
use common::house::{House, sh, until};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::Code;
use daemon_core::kernel::clock::Clock;
use daemon_core::services::Word;
use serde_json::Value;

/// What is damaged in one try: so many bytes at one place.
const WIDTHS: [usize; 4] = [1, 16, 300, 5000];
const TRIES: u64 = 40;
const ASK: [&str; 2] = ["/usr/bin/printf", "hello"];

/// Numbers that are the same in each run (SplitMix64).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// Overwrites the page where something begins that no table's first row leads to.
fn damage_root_of(file: &Path, name: &str) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
    let page: i64 = connection.query_row(sql, [name], |row| row.get(0)).unwrap();
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    drop(connection);
    let (page, size) = (usize::try_from(page - 1).unwrap(), usize::try_from(size).unwrap());
    let mut bytes = fs_err::read(file).unwrap();
    bytes[page * size..(page + 1) * size].fill(0xa5);
    fs_err::write(file, bytes).unwrap();
}

/// What was set aside of a database.
fn aside(dirs: &Dirs, name: &str) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(dirs.state()).unwrap().map(|entry| entry.unwrap().path());
    let prefix = format!("{name}.corrupt-");
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&prefix)).collect()
}

async fn doctor(daemon: &Daemon, check: &str) -> Value {
    let reply = daemon.client().call_raw("system.doctor", b"{}").await.unwrap();
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    reply["checks"].as_array().unwrap().iter().find(|it| it["name"] == check).unwrap().clone()
}

#[tokio::test]
async fn history_whose_damage_is_found_after_it_was_opened_is_set_aside_and_services_run_on() {
    let house = House::with(sh("web", "exec sleep 1000", "autostart = true")).await;
    let before = house.until_is("web", Word::Running).await;
    let house = house.left(async |dirs| damage_root_of(&dirs.database(), "service_runs_open")).await;
    assert_eq!(aside(&house.dirs, "hob.db").len(), 1);
    assert!(aside(&house.dirs, "gate.db").is_empty(), "nothing is wrong with that");
    let after = house.until_is("web", Word::Running).await;
    assert_eq!(after.pid, before.pid, "it is found without its row");
    let check = doctor(&house.daemon, "database").await;
    assert_eq!(check["verdict"], "warning", "{check}");
    assert!(check["detail"].as_str().unwrap().contains("hob.db.corrupt-"), "{check}");
    house.end().await;
}

#[tokio::test]
async fn a_record_whose_damage_is_found_after_it_was_opened_is_never_gone_on_with_unnoticed() {
    let house = House::with(sh("web", "exec sleep 1000", "autostart = true")).await;
    let before = house.until_is("web", Word::Running).await;
    let log = tempfile::NamedTempFile::new().unwrap();
    let told = tracing_subscriber::fmt().with_writer(Arc::new(log.reopen().unwrap())).finish();
    let told = tracing::subscriber::set_default(told);
    let house = house.left(async |dirs| damage_root_of(&dirs.gate(), "clients_enrolled")).await;
    drop(told);
    assert_eq!(aside(&house.dirs, "gate.db").len(), 1);
    assert!(aside(&house.dirs, "hob.db").is_empty(), "nothing is wrong with that");
    assert_eq!(house.until_is("web", Word::Running).await.pid, before.pid);
    let gate = rusqlite::Connection::open(house.dirs.gate()).unwrap();
    let first: Vec<u8> =
        gate.query_row("SELECT leaf FROM audit_leaves WHERE idx = 0", [], |row| row.get(0)).unwrap();
    let first: Value = serde_json::from_slice(&first).unwrap();
    assert_eq!(first["type"], "log.opened");
    assert!(first["body"]["before"]["head"].is_string(), "the new one says what there was: {first}");
    drop(gate);
    let check = doctor(&house.daemon, "audit record").await;
    assert!(check["detail"].as_str().unwrap().contains("a new one was begun"), "{check}");
    let check = doctor(&house.daemon, "gate database").await;
    assert!(check["detail"].as_str().unwrap().contains("gate.db.corrupt-"), "{check}");
    // That of keys, too, nothing is known any more.
    let log = fs_err::read_to_string(log).unwrap();
    for told in [check["remedy"].as_str().unwrap(), &log] {
        assert!(told.contains("what is asked for again with its key runs again"), "{told}");
    }
    house.end().await;
}

#[tokio::test]
async fn an_index_that_leads_to_another_request_is_told_as_damage() {
    let gate = Gate::open().await;
    let (one, other) = (gate.agent().await, gate.agent().await);
    let first = asks(&one, ASK);
    let mine = gate.until_waiting(1).await.remove(0);
    let second = asks(&other, ["/usr/bin/printf", "other"]);
    let theirs = gate.until_waiting(2).await.into_iter().find(|it| it.id != mine.id).unwrap();
    // The row of the first has the name of the second, as if the index led there.
    let swap = format!(
        "UPDATE requests SET id = 'aside' WHERE id = '{0}';
         UPDATE requests SET id = '{0}' WHERE id = '{1}';",
        mine.id, theirs.id
    );
    gate.gate_db().execute_batch(&swap).unwrap();
    let fault = answered(gate.owner(), decision(&mine, Verdict::Approve, "once")).await.unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Unavailable, "E_AUDIT_UNAVAILABLE"), "{fault}");
    assert!(fault.message.contains("damaged"), "{fault}");
    // Of the other one there is no row any more: whoever waits for it hears so, and it has not run.
    let fault = answered(gate.owner(), decision(&theirs, Verdict::Approve, "once")).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound, "{fault}");
    let fault = tokio::time::timeout(LONG, second).await.unwrap().unwrap().unwrap_err();
    assert_eq!(reason(&fault), "E_CANCELLED");
    assert!(fault.message.contains("could not be recorded"), "{fault}");
    assert!(fault.hint.as_deref().unwrap().contains("hob doctor"), "{fault:?}");
    first.abort();
    gate.daemon.stop().await;
}

#[tokio::test]
async fn whoever_waits_for_a_command_whose_end_cannot_be_recorded_is_told() {
    let gate = Gate::open().await;
    let stop = gate.thing("stop");
    let script = format!("#!/bin/sh\nwhile [ ! -e {} ]; do sleep 0.01; done\n", stop.display());
    let script = gate.script("waits", &script);
    for without in ["DELETE FROM requests", "UPDATE requests SET detail = 'none'"] {
        fs_err::remove_file(&stop).ok();
        let asked = asks(&gate.agent().await, [script.as_str()]);
        let request = gate.until_waiting(1).await.remove(0);
        gate.decide(&request, Verdict::Approve, "once").await.unwrap();
        until("its start", async || {
            gate.leaves_of(&request.id).last().is_some_and(|kind| kind == "exec.started")
        })
        .await;
        gate.gate_db().execute_batch(without).unwrap();
        fs_err::write(&stop, "").unwrap();
        let fault = tokio::time::timeout(LONG, asked).await.expect(without).unwrap().unwrap_err();
        assert_eq!((fault.code, reason(&fault)), (Code::Unavailable, "E_UNKNOWN"), "{without}: {fault}");
        assert!(fault.message.contains("could not be recorded"), "{without}: {fault}");
        assert!(fault.hint.as_deref().unwrap().contains("hob doctor"), "{without}: {fault:?}");
        gate.gate_db().execute_batch("DELETE FROM requests").unwrap();
    }
    gate.daemon.stop().await;
}

/// Patience is that of SQLite, which waits for whoever holds a file by no clock of ours.
#[tokio::test]
async fn whoever_waits_while_somebody_else_holds_the_record_is_told_and_not_kept_for_ever() {
    let gate = Gate::open().await;
    let stop = gate.thing("stop");
    let script = format!("#!/bin/sh\nwhile [ ! -e {} ]; do sleep 0.01; done\n", stop.display());
    let script = gate.script("waits", &script);
    let asked = asks(&gate.agent().await, [script.as_str()]);
    let request = gate.until_waiting(1).await.remove(0);
    gate.decide(&request, Verdict::Approve, "once").await.unwrap();
    until("its start", async || {
        gate.leaves_of(&request.id).last().is_some_and(|kind| kind == "exec.started")
    })
    .await;
    let holds = gate.gate_db();
    holds.execute_batch("BEGIN IMMEDIATE").unwrap();
    fs_err::write(&stop, "").unwrap();
    let fault = tokio::time::timeout(LONG, asked).await.expect("an answer").unwrap().unwrap_err();
    assert_eq!((fault.code, reason(&fault)), (Code::Unavailable, "E_UNKNOWN"), "{fault}");
    assert!(fault.message.contains("could not be recorded"), "{fault}");
    assert!(fault.message.contains("locked by another program"), "{fault}");
    drop(holds);
    // It is recorded late, or found by the next daemon as after a crash; either way the record is whole.
    gate.again().await.end().await;
}

#[tokio::test]
async fn a_doctor_says_that_the_record_is_not_gone_on_with() {
    let gate = Gate::open().await;
    answered(gate.owner(), daemon_core::audit::CheckpointNow {}).await.unwrap();
    let sound = doctor(&gate.daemon, "audit record").await;
    assert_eq!(sound["verdict"], "ok", "{sound}");
    gate.gate_db().execute_batch("UPDATE audit_hashes SET h = zeroblob(32)").unwrap();
    let fault = answered(gate.owner(), daemon_core::audit::CheckpointNow {}).await;
    // What is signed already is not signed again; a leaf more has to be.
    drop(fault);
    drop(answered(gate.agent().await, wish(["echo", "x"])).await);
    answered(gate.owner(), daemon_core::audit::CheckpointNow {}).await.unwrap_err();
    for daemon in [true, false] {
        let check = match daemon {
            true => doctor(&gate.daemon, "audit record").await,
            false => {
                let checks = daemon_core::system::doctor(&gate.dirs).checks;
                let check = checks.into_iter().find(|check| check.name == "audit record").unwrap();
                serde_json::to_value(check).unwrap()
            }
        };
        assert_eq!(check["verdict"], "failed", "{daemon}: {check}");
        assert!(check["detail"].as_str().unwrap().contains("services run on"), "{daemon}: {check}");
        assert!(check["remedy"].as_str().unwrap().contains("docs/audit.md"), "{daemon}: {check}");
    }
    gate.daemon.stop().await;
}

#[tokio::test]
async fn where_there_is_no_room_everybody_says_to_make_some() {
    let place = tempfile::tempdir().unwrap();
    let mut mount = std::process::Command::new("mount");
    let mount = mount.args(["-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs"]).arg(place.path()).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        return; // Only root may.
    }
    let (dirs, clock) = (Dirs::below(place.path()), Clock::system());
    Daemon::start(dirs.clone(), clock.clone(), None).await.unwrap().stop().await;
    let filled = fs_err::write(place.path().join("ballast"), vec![0; 4 << 20]);
    let (started, checks) =
        (Daemon::start(dirs.clone(), clock, None).await, daemon_core::system::doctor(&dirs));
    std::process::Command::new("umount").arg("--lazy").arg(place.path()).status().unwrap();
    filled.unwrap_err();
    let fault = started.err().unwrap();
    assert!(fault.message.contains("make room on its disk"), "{fault}");
    let space = checks.checks.into_iter().find(|check| check.name == "disk space").unwrap();
    assert!(space.remedy.as_ref().unwrap().contains("nothing is allowed"), "{space:?}");
}

/// A home in which something has happened, with a service, and its databases as they were left.
async fn lived_in() -> (Gate, Vec<(PathBuf, Vec<u8>)>) {
    let gate = Gate::open().await;
    let config = "[service.web]\ncommand = [\"/bin/sleep\", \"1000\"]\nworking_dir = \"/\"\n\
                  [job.tidy]\ncommand = [\"/bin/true\"]\nworking_dir = \"/\"\n";
    fs_err::write(gate.dirs.config(), config).unwrap();
    let gate = gate.again().await;
    for number in 0..8 {
        gate.owner().call_raw("job.run", br#"{"name":"tidy"}"#).await.unwrap();
        answered(gate.agent().await, wish(["echo", "allowed"])).await.unwrap();
        let number = number.to_string();
        let asked = asks(&gate.agent().await, ["/usr/bin/printf", number.as_str()]);
        let request = gate.until_waiting(1).await.remove(0);
        gate.decide(&request, Verdict::Deny, "once").await.unwrap();
        asked.await.unwrap().unwrap_err();
        gate.rule(&format!("{}\n", common::gate::POLICY)).await;
    }
    let state = gate.dirs.state().to_owned();
    let gate = gate.again().await;
    let Gate { dirs, daemon, clock, home } = gate;
    daemon.stop().await;
    let mut files = Vec::new();
    keep(&state, &mut files);
    let daemon = Daemon::start(dirs.clone(), clock.clone(), None).await.unwrap();
    (Gate { dirs, daemon, clock, home }, files)
}

fn keep(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let is_of_it = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && (is_of_it == "audit" || is_of_it == "leaves") {
            keep(&path, files);
        } else if path.is_file() && (is_of_it.ends_with(".db") || !directory.ends_with("state")) {
            files.push((path.clone(), fs_err::read(&path).unwrap()));
        }
    }
}

async fn whatever_is_damaged(name: &str) {
    let (gate, files) = lived_in().await;
    let Gate { dirs, mut daemon, clock, home } = gate;
    let mut seeded = Seeded(7);
    let (mut set_aside, mut refused) = (0, 0);
    for attempt in 0..TRIES {
        daemon.stop().await;
        for path in aside(&dirs, "hob.db").into_iter().chain(aside(&dirs, "gate.db")) {
            fs_err::remove_file(path).unwrap();
        }
        fs_err::remove_dir_all(dirs.audit()).unwrap();
        for (path, bytes) in &files {
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, bytes).unwrap();
        }
        let file = dirs.state().join(name);
        for suffix in ["-wal", "-shm"] {
            fs_err::remove_file(dirs.state().join(format!("{name}{suffix}"))).ok();
        }
        let mut bytes = fs_err::read(&file).unwrap();
        let (width, at) = (WIDTHS[seeded.below(WIDTHS.len())], seeded.below(bytes.len()));
        for byte in bytes.iter_mut().skip(at).take(width) {
            *byte = u8::try_from(seeded.next() & 0xff).unwrap();
        }
        fs_err::write(&file, &bytes).unwrap();
        let what = format!("{name}: try {attempt}, {width} bytes at {at}");

        let started = tokio::time::timeout(LONG, Daemon::start(dirs.clone(), clock.clone(), None)).await;
        daemon = match started.unwrap_or_else(|_| panic!("{what}: it neither starts nor says why")) {
            Ok(daemon) => daemon,
            // The one thing that damage cannot be told from: what a newer program, or another one, has written.
            Err(fault) => {
                assert!(fault.message.contains(name) && fault.message.contains("move"), "{what}: {fault}");
                refused += 1;
                fs_err::remove_file(&file).unwrap();
                Daemon::start(dirs.clone(), clock.clone(), None).await.unwrap()
            }
        };
        set_aside += u32::from(!aside(&dirs, name).is_empty());
        let gate = Gate { dirs: dirs.clone(), daemon, clock: clock.clone(), home: home.clone() };
        // Services go on, whatever the record is.
        let reply = tokio::time::timeout(LONG, gate.owner().call_raw("service.list", b"{}")).await;
        let reply: Value = serde_json::from_slice(&reply.expect(&what).unwrap()).unwrap();
        assert_eq!(reply["services"][0]["name"], "web", "{what}");
        // Nothing is allowed that was not before, and whoever asks hears something.
        let denied = answered(gate.agent().await, wish(["rm", "x"])).await.unwrap_err();
        assert!(["E_DENIED_POLICY", "E_AUDIT_UNAVAILABLE"].contains(&reason(&denied)), "{what}: {denied}");
        if let Err(fault) = answered(gate.agent().await, wish(["echo", "allowed"])).await {
            let reasons = ["E_AUDIT_UNAVAILABLE", "E_UNKNOWN"];
            assert!(reasons.contains(&reason(&fault)), "{what}: {fault}");
        }
        let wait = daemon_core::approvals::ops::Run { wait: Some("0s".parse().unwrap()), ..wish(ASK) };
        let fault = answered(gate.agent().await, wait).await.expect_err(&what);
        assert!(
            fault.code == Code::Pending || reason(&fault) == "E_AUDIT_UNAVAILABLE",
            "{what}: what nobody has allowed: {fault}"
        );
        daemon = gate.daemon;
    }
    daemon.stop().await;
    assert!(0 < set_aside, "{name}: the tries are too harmless");
    assert_eq!(refused, 0, "{name}: so many did not start, of {TRIES}, {set_aside} of them set aside");
}

#[tokio::test]
async fn a_history_that_is_damaged_anywhere_keeps_no_daemon_from_starting() {
    whatever_is_damaged("hob.db").await;
}

#[tokio::test]
async fn a_record_that_is_damaged_anywhere_keeps_no_daemon_from_starting_and_allows_nothing() {
    whatever_is_damaged("gate.db").await;
}
