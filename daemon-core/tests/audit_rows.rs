//! The record's database when somebody else has had his hands on it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::path::Path;

use common::daemon;
use daemon_core::audit::{CheckpointNow, Entry, Search, Show, Verify};
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Code, Fault};
use daemon_core::system::Verdict;
use hob_verify::record::files;
use hob_verify::tree;
use serde_json::json;

fn entry() -> Entry {
    Entry::of_daemon("x-test.did", json!({"who": "me"}).as_object().unwrap().clone())
}

/// Changes rows of the record behind the daemon's back.
fn edit(dirs: &Dirs, sql: &str) {
    let connection = rusqlite::Connection::open(dirs.gate()).unwrap();
    assert_ne!(connection.execute(sql, ()).unwrap(), 0, "{sql}");
}

/// What a hand has changed in the database is told by everything that shows it, and nothing follows it.
async fn check_altered(is_signed: bool) {
    let (_home, dirs, daemon) = daemon().await;
    let client = daemon.client();
    let index = daemon.audit().record(|_, leaves| leaves.push(entry())).await.unwrap();
    if is_signed {
        client.call(CheckpointNow {}).await.unwrap();
    }
    assert!(!client.call(Show { index }).await.unwrap().entry.altered);
    edit(
        &dirs,
        &format!(
            "UPDATE audit_leaves SET leaf = CAST(replace(CAST(leaf AS TEXT), '\"me\"', '\"him\"') AS BLOB)
             WHERE idx = {index}"
        ),
    );
    let shown = client.call(Show { index }).await.unwrap();
    assert!(shown.entry.altered && shown.line.contains("him"), "{shown:?}");
    let everything = Search { text: None, kind: None, request: None, actor: None, before: None, limit: None };
    let altered: Vec<_> = client.call(everything).await.unwrap().entries;
    let altered: Vec<_> = altered.iter().filter(|entry| entry.altered).map(|entry| entry.index).collect();
    assert_eq!(altered, [index]);
    let verified = client.call(Verify {}).await.unwrap();
    assert_eq!((verified.whole, verified.exit, verified.first_bad), (false, 2, Some(index)), "{verified:?}");
    let refused = daemon.audit().record(|_, leaves| leaves.push(entry())).await;
    let fault = Fault::from(refused.unwrap_err());
    assert_eq!((fault.code, fault.reason_code()), (Code::Unavailable, Some("E_AUDIT_UNAVAILABLE")));
    daemon.stop().await;
}

#[tokio::test]
async fn a_row_that_a_hand_has_changed_is_told_wherever_it_is_shown() {
    check_altered(true).await;
    check_altered(false).await;
}

/// Changes a leaf and the hash that was stored with it.
fn forge(dirs: &Dirs, index: u64) {
    let connection = rusqlite::Connection::open(dirs.gate()).unwrap();
    let read = "SELECT leaf FROM audit_leaves WHERE idx = ?";
    let line: Vec<u8> = connection.query_row(read, [index.cast_signed()], |row| row.get(0)).unwrap();
    let line = String::from_utf8(line).unwrap().replace("\"me\"", "\"him\"").into_bytes();
    let (place, hash) = (tree::place(0, index).cast_signed(), tree::leaf_hash(&line));
    let leaf = "UPDATE audit_leaves SET leaf = ? WHERE idx = ?";
    assert_eq!(connection.execute(leaf, (line, index.cast_signed())).unwrap(), 1);
    assert_eq!(connection.execute("UPDATE audit_hashes SET h = ? WHERE i = ?", (hash.0, place)).unwrap(), 1);
}

#[tokio::test]
async fn what_was_put_into_the_schema_takes_no_leaf_out() {
    let (_home, dirs, daemon) = daemon().await;
    let connection = rusqlite::Connection::open(dirs.gate()).unwrap();
    let takes = "CREATE TRIGGER gone AFTER INSERT ON audit_leaves BEGIN
                 DELETE FROM audit_leaves WHERE idx = NEW.idx; END";
    connection.execute_batch(takes).unwrap();
    let index = daemon.audit().append(entry()).await.unwrap();
    assert!(!daemon.client().call(Show { index }).await.unwrap().entry.altered);
    assert!(daemon.client().call(Verify {}).await.unwrap().whole);
    daemon.stop().await;
}

#[tokio::test]
async fn a_fork_is_not_signed_and_not_shown_as_good_even_if_the_heads_are_gone() {
    let (_home, dirs, daemon) = daemon().await;
    let index = daemon.audit().append(entry()).await.unwrap();
    daemon.client().call(CheckpointNow {}).await.unwrap();
    forge(&dirs, index);
    edit(&dirs, "DELETE FROM audit_checkpoints");
    assert!(daemon.client().call(Show { index }).await.unwrap().entry.altered);
    daemon.stop().await;

    let (_home, dirs, daemon) = self::daemon().await;
    daemon.client().call(CheckpointNow {}).await.unwrap();
    edit(&dirs, "DELETE FROM audit_checkpoints");
    daemon.audit().append(entry()).await.unwrap();
    let fault = daemon.client().call(CheckpointNow {}).await.unwrap_err();
    assert_eq!(fault.reason_code(), Some("E_AUDIT_UNAVAILABLE"), "{fault}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_row_that_is_changed_with_its_hash_before_it_is_signed_is_found() {
    for _ in 0..10 {
        let (_home, dirs, daemon) = daemon().await;
        daemon.client().call(CheckpointNow {}).await.unwrap();
        // The second is not mirrored at once.
        daemon.audit().append(entry()).await.unwrap();
        let index = daemon.audit().append(entry()).await.unwrap();
        forge(&dirs, index);
        let verified = daemon.client().call(Verify {}).await.unwrap();
        assert!(!verified.whole, "{verified:?}");
        daemon.stop().await;
    }
}

#[tokio::test]
async fn rows_that_are_gone_or_moved_are_found_by_verify() {
    for (sql, bad) in [
        ("UPDATE audit_leaves SET leaf = (SELECT leaf FROM audit_leaves WHERE idx = 1) WHERE idx = 0", 0),
        ("DELETE FROM audit_leaves WHERE idx = 0", 0),
        // Between two that are there.
        ("DELETE FROM audit_leaves WHERE idx = 1", 1),
    ] {
        let (_home, dirs, daemon) = daemon().await;
        daemon.client().call(CheckpointNow {}).await.unwrap();
        assert!(daemon.client().call(Verify {}).await.unwrap().whole);
        edit(&dirs, sql);
        let verified = daemon.client().call(Verify {}).await.unwrap();
        assert_eq!((verified.whole, verified.first_bad), (false, Some(bad)), "{sql}: {verified:?}");
        daemon.stop().await;
    }
}

#[tokio::test]
async fn doctor_tells_of_the_key_and_of_a_record_that_was_begun_anew() {
    let (_home, dirs, daemon) = daemon().await;
    let check = |name: &str| {
        let checks = daemon_core::system::doctor(&dirs).checks;
        let check = checks.into_iter().find(|check| check.name == name).unwrap();
        (check.verdict, check.detail)
    };
    for name in ["audit record", "audit key", "policy"] {
        assert_eq!(check(name).0, Verdict::Ok, "{name}");
    }
    // Of what is not there yet nothing is known to be well.
    let nothing = tempfile::tempdir().unwrap();
    let before = daemon_core::system::doctor(&Dirs::below(nothing.path()));
    let absent = before.checks.iter().filter(|check| check.verdict == Verdict::Absent);
    let absent: Vec<&str> = absent.map(|check| check.name.as_str()).collect();
    assert!(
        ["gate database", "audit record", "audit key"].iter().all(|name| absent.contains(name)),
        "{absent:?}"
    );

    let policy = dirs.config().with_file_name("policy.toml");
    fs_err::write(&policy, "[[rule]]\neffect = 3\n").unwrap();
    let (verdict, detail) = check("policy");
    assert!(verdict == Verdict::Failed && detail.contains("policy.toml"), "{detail}");
    fs_err::remove_file(&policy).unwrap();
    daemon.stop().await;
    fs_err::remove_file(dirs.audit_key()).unwrap();
    let (verdict, detail) = check("audit key");
    assert!(verdict == Verdict::Failed && detail.contains("is gone"), "{detail}");

    let heads = fs_err::read_to_string(dirs.audit().join(files::CHECKPOINTS)).unwrap();
    fs_err::remove_file(dirs.gate()).unwrap();
    let daemon = Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap();
    let (verdict, detail) = check("audit record");
    assert!(verdict == Verdict::Warning && detail.contains("audit.before-"), "{detail}");
    let before = &daemon.client().call(Show { index: 0 }).await.unwrap().entry.body["before"];
    assert!(heads.contains(before["head"].as_str().unwrap()), "{before}");
    assert!(before["directory"].as_str().unwrap().starts_with("audit.before-"), "{before}");
    daemon.stop().await;
}

async fn doctor(daemon: &Daemon, name: &str) -> serde_json::Value {
    let checks = daemon.client().call_raw("system.doctor", b"{}").await.unwrap();
    let checks: serde_json::Value = serde_json::from_slice(&checks).unwrap();
    checks["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone()
}

/// Takes a file away, or puts another with the same content in its place.
fn displace(file: &Path, is_replaced: bool) {
    let away = file.with_added_extension("away");
    fs_err::rename(file, &away).unwrap();
    if is_replaced {
        fs_err::copy(&away, file).unwrap();
    }
}

#[tokio::test]
async fn a_record_whose_file_is_another_by_now_takes_nothing_and_a_doctor_says_so() {
    for (name, is_replaced) in [("gate.db", false), ("gate.db", true), ("gate.db-wal", false)] {
        for notices in ["audit.checkpoint", "audit.verify", "system.doctor"] {
            let what = format!("{name}, {is_replaced}, {notices}");
            let (_home, dirs, daemon) = daemon().await;
            daemon.audit().append(entry()).await.unwrap();
            assert_eq!(doctor(&daemon, "audit record").await["verdict"], "ok", "{what}");
            displace(&dirs.state().join(name), is_replaced);
            drop(daemon.client().call_raw(notices, b"{}").await);
            let fault = Fault::from(daemon.audit().append(entry()).await.expect_err(&what));
            assert_eq!(fault.reason_code(), Some("E_AUDIT_UNAVAILABLE"), "{what}");
            let check = doctor(&daemon, "audit record").await;
            assert_eq!(check["verdict"], "failed", "{what}: {check}");
            let detail = check["detail"].as_str().unwrap();
            assert!(detail.contains(&format!("{name} is not the file any more")), "{what}: {check}");
            // Nothing of it will be made anew while this daemon runs.
            let check = doctor(&daemon, "gate database").await;
            assert_eq!(check["verdict"], "failed", "{what}: {check}");
            let (detail, remedy) = (check["detail"].as_str().unwrap(), check["remedy"].as_str().unwrap());
            assert!(
                detail.contains("still open") && remedy.contains("hob daemon restart"),
                "{what}: {check}"
            );
            assert_ne!(doctor(&daemon, "audit key").await["verdict"], "absent", "{what}");
            // As it says there: what was recorded until then is in the file that was taken away.
            fs_err::rename(dirs.state().join(format!("{name}.away")), dirs.state().join(name)).unwrap();
            daemon.stop().await;
            let daemon = Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap();
            daemon.audit().append(entry()).await.expect(&what);
            assert!(daemon.client().call(Verify {}).await.unwrap().whole, "{what}");
            daemon.stop().await;
        }
    }
}

#[tokio::test]
async fn a_history_whose_file_is_another_by_now_is_told_by_a_doctor() {
    for is_replaced in [false, true] {
        let (_home, dirs, daemon) = daemon().await;
        assert_eq!(doctor(&daemon, "database").await["verdict"], "ok");
        displace(&dirs.database(), is_replaced);
        let check = doctor(&daemon, "database").await;
        assert_eq!(check["verdict"], "failed", "{is_replaced}: {check}");
        assert!(check["detail"].as_str().unwrap().contains("hob.db is not the file any more"), "{check}");
        daemon.audit().append(entry()).await.expect("nothing is wrong with the record");
        daemon.stop().await;
    }
}

#[tokio::test]
async fn a_mirror_that_is_taken_away_while_it_is_written_is_made_again() {
    let taken: [fn(&Path); 4] = [
        |audit| displace(&files::segment(audit, 0, files::LEAVES), false),
        |audit| displace(&files::segment(audit, 0, files::LEAVES), true),
        |audit| displace(&files::segment(audit, 0, files::HASHES), false),
        |audit| fs_err::remove_dir_all(audit).unwrap(),
    ];
    for take in taken {
        let (_home, dirs, daemon) = daemon().await;
        daemon.client().call(CheckpointNow {}).await.unwrap();
        take(&dirs.audit());
        daemon.audit().append(entry()).await.unwrap();
        let verified = daemon.client().call(Verify {}).await.unwrap();
        assert!(verified.whole && verified.signed == verified.size, "{verified:?}");
        daemon.stop().await;
    }
}
