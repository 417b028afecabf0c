//! The record, in a daemon: what is in it, that it is whole, and what is not taken for it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::path::Path;
use std::time::Duration;

use common::{LONG, daemon};
use daemon_core::audit::{
    Actor, ActorKind, CheckpointNow, Entry, Prove, Recorded, Search, Show, Tail, Verify,
};
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Caller, Code, Fault};
use daemon_core::system::Shutdown;
use futures_util::StreamExt as _;
use hob_verify::leaf::Leaf;
use hob_verify::note::{Note, Verifier};
use hob_verify::proof::{Proof, check_inclusion};
use hob_verify::record::{self, Options, Report, Verdict, files};
use hob_verify::{checkpoint::Checkpoint, tree::leaf_hash};
use serde_json::json;

fn entry(kind: &'static str, body: serde_json::Value) -> Entry {
    let actor = Actor { id: "local".to_owned(), kind: ActorKind::Human, surface: "cli" };
    Entry { actor, body: body.as_object().unwrap().clone(), ..Entry::of_daemon(kind, serde_json::Map::new()) }
}

async fn start(dirs: &Dirs) -> Daemon {
    Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap()
}

fn verify(dirs: &Dirs) -> Report {
    record::verify(&dirs.audit(), &Options::default())
}

fn leaves(dirs: &Dirs) -> Vec<Leaf> {
    let mut lines = files::Lines::open(&dirs.audit(), files::LEAVES).unwrap();
    let mut leaves = Vec::new();
    while let Some(line) = lines.next_line().unwrap() {
        leaves.push(Leaf::parse(line).unwrap());
    }
    leaves
}

/// Waits until something is so while time stands still: nothing can be slept then, but a thread can.
async fn without_time(is_so: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if is_so() {
            return;
        }
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
    }
    panic!("it never became so");
}

fn kinds(dirs: &Dirs) -> Vec<String> {
    leaves(dirs).into_iter().map(|leaf| leaf.kind).collect()
}

async fn search(daemon: &Daemon, kind: &str) -> Vec<Recorded> {
    let search = Search {
        text: None,
        kind: Some(kind.to_owned()),
        request: None,
        actor: None,
        before: None,
        limit: None,
    };
    daemon.client().call(search).await.unwrap().entries
}

#[tokio::test]
async fn a_day_of_a_daemon_is_a_whole_record() {
    let (_home, dirs, daemon) = daemon().await;
    daemon.stop().await;
    start(&dirs).await.leave().await;
    let report = verify(&dirs);
    assert_eq!((report.verdict(), report.leaves, report.signed), (Verdict::Whole, 6, 6), "{report}");
    assert_eq!(report.gaps.count, 0, "{report}");
    let begun = ["log.opened", "daemon.started", "policy.loaded", "daemon.stopped"];
    let expected = [&begun[..], &["daemon.started", "daemon.stopped"]].concat();
    assert_eq!(kinds(&dirs), expected);
}

#[tokio::test]
async fn what_is_written_and_its_leaves_are_one() {
    let (_home, dirs, daemon) = daemon().await;
    let audit = daemon.audit().clone();
    audit.migrate("test", &["CREATE TABLE things (thing TEXT) STRICT"]).await.unwrap();
    let both = audit.record(|tx, leaves| {
        tx.execute("INSERT INTO things VALUES ('a')", [])?;
        let first = leaves.push(entry("x-test.did", json!({"n": 1})))?;
        assert_eq!(leaves.push(entry("x-test.did", json!({"n": 2})))?, first + 1);
        Ok(first)
    });
    let first = both.await.unwrap();
    let neither = audit.record(|tx, leaves| {
        tx.execute("INSERT INTO things VALUES ('b')", [])?;
        leaves.push(entry("x-test.did", json!({"n": 3})))?;
        Err::<(), _>(rusqlite::Error::InvalidQuery)
    });
    neither.await.unwrap_err();
    let unsayable = audit.record(|tx, leaves| {
        tx.execute("INSERT INTO things VALUES ('c')", [])?;
        leaves.push(entry("Not a kind", json!({})))
    });
    unsayable.await.unwrap_err();
    let next = audit.record(|_, leaves| leaves.push(entry("x-test.did", json!({"n": 4})))).await.unwrap();
    assert_eq!(next, first + 2);
    let things: u64 = audit
        .db()
        .read(|it| it.query_row("SELECT count(*) FROM things", [], |row| row.get::<_, i64>(0)))
        .await
        .unwrap()
        .cast_unsigned();
    assert_eq!(things, 1);
    daemon.stop().await;
    let said: Vec<_> = leaves(&dirs).iter().filter_map(|leaf| leaf.text("n").map(str::to_owned)).collect();
    assert_eq!(said, ["1", "2", "4"]);
}

#[tokio::test]
async fn who_was_enrolled_again_is_found_by_name() {
    let (_home, _dirs, daemon) = daemon().await;
    for id in ["claude", "claude~2", "claudette"] {
        let actor = Actor { id: id.to_owned(), kind: ActorKind::Client, surface: "socket" };
        daemon.audit().append(Entry { actor, ..entry("x-test.did", json!({})) }).await.unwrap();
    }
    for (name, expected) in [("claude", &["claude", "claude~2"][..]), ("claude~2", &["claude~2"])] {
        let (text, kind, request, before, limit) = (None, None, None, None, None);
        let search = Search { text, kind, request, actor: Some(name.to_owned()), before, limit };
        let found = daemon.client().call(search).await.unwrap().entries;
        assert_eq!(found.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), expected);
    }
    daemon.stop().await;
}

#[tokio::test]
async fn many_at_once_are_one_row_of_leaves() {
    let (_home, dirs, daemon) = daemon().await;
    let each = |n: u64| {
        let audit = daemon.audit().clone();
        async move { audit.append(entry("x-test.did", json!({"n": n}))).await }
    };
    let mut places: Vec<u64> =
        futures_util::future::join_all((0..500).map(each)).await.into_iter().map(Result::unwrap).collect();
    places.sort_unstable();
    let first = places[0];
    assert!(places.iter().copied().eq(first..first + 500), "{places:?}");
    daemon.stop().await;
    let report = verify(&dirs);
    assert_eq!((report.verdict(), report.leaves), (Verdict::Whole, first + 501), "{report}");
    let heads = fs_err::read_to_string(dirs.audit().join(files::CHECKPOINTS)).unwrap();
    assert!(2 < heads.matches("— hob.local/").count(), "{heads}");
}

#[tokio::test(start_paused = true)]
async fn however_steadily_something_is_recorded_none_of_it_is_unsigned_for_more_than_a_minute() {
    let (go_on, ends) = std::sync::mpsc::sync_channel::<()>(1);
    // While it blocks, time stands still.
    let still = tokio::task::spawn_blocking(move || ends.recv());
    let (_home, dirs, daemon) = daemon().await;
    daemon.client().call(CheckpointNow {}).await.unwrap();
    let mirror = files::segment(&dirs.audit(), 0, files::LEAVES);
    let mirrored = || fs_err::read_to_string(&mirror).unwrap().lines().count() as u64;
    let first = mirrored();
    for index in first..first + 8 {
        assert_eq!(daemon.audit().append(entry("x-test.did", json!({}))).await.unwrap(), index);
        tokio::time::advance(Duration::from_millis(50)).await;
        without_time(|| index < mirrored()).await;
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    without_time(|| first < verify(&dirs).signed).await;
    drop(go_on);
    still.await.unwrap().unwrap_err();
    tokio::time::resume();
    daemon.stop().await;
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_alone() {
    let (_home, dirs, daemon) = daemon().await;
    let each = |n: u64| {
        let audit = daemon.audit().clone();
        let entry = if n % 3 == 1 { entry("Not a kind", json!({})) } else { entry("x-test.did", json!({})) };
        async move { audit.append(entry).await }
    };
    let places = futures_util::future::join_all((0..90).map(each)).await;
    let refused = places.iter().filter(|place| place.is_err()).count();
    assert_eq!(refused, 30);
    assert!(places.iter().enumerate().all(|(n, place)| place.is_err() == (n % 3 == 1)));
    assert!(places[1].as_ref().unwrap_err().to_string().contains("`type` is not as it must be"));
    daemon.stop().await;
    assert_eq!(kinds(&dirs).iter().filter(|kind| *kind == "x-test.did").count(), 60);
    assert_eq!(verify(&dirs).verdict(), Verdict::Whole);
}

#[tokio::test]
async fn a_call_that_changes_something_is_a_leaf_without_its_secrets() {
    let (_home, dirs, daemon) = daemon().await;
    let body =
        json!({"name": "web", "command": ["true", "hunter2"], "env": {"T": "hunter2"}, "no_autostart": true});
    daemon.client().call_raw("service.add", body.to_string().as_bytes()).await.unwrap();
    daemon.client().call_raw("service.list", b"{}").await.unwrap();
    daemon.stop().await;
    let made: Vec<_> = leaves(&dirs).into_iter().filter(|leaf| leaf.kind == "call.made").collect();
    let [made] = &made[..] else { panic!("{made:?}") };
    let said = serde_json::to_value(&made.body).unwrap();
    assert_eq!((&said["op"], &said["outcome"]), (&json!("service.add"), &json!("ok")));
    assert_eq!(said["args"]["name"], "web");
    assert_eq!((&said["args"]["env"], &said["args"]["command"]), (&json!("withheld"), &json!("withheld")));
    let text = fs_err::read_to_string(files::segment(&dirs.audit(), 0, files::LEAVES)).unwrap();
    assert!(!text.contains("hunter2"));
    assert_eq!(verify(&dirs).verdict(), Verdict::Whole);
}

#[tokio::test]
async fn c52_who_is_refused_is_a_leaf_and_a_flood_of_it_is_few() {
    let (_home, dirs, daemon) = daemon().await;
    let window = daemon.client_of(Caller::window());
    for _ in 0..200 {
        let refused: Result<_, Fault> = window.call(Shutdown { leave_services: false }).await;
        assert_eq!(refused.unwrap_err().code, Code::Denied);
    }
    daemon.stop().await;
    let refused: Vec<_> = leaves(&dirs).into_iter().filter(|leaf| leaf.kind == "call.refused").collect();
    assert_eq!(refused.len(), 33, "32 of their own, and a sum");
    assert_eq!(refused[0].text("op"), Some("system.shutdown"));
    assert_eq!(refused[32].text("count"), Some("168"));
    assert_eq!(verify(&dirs).verdict(), Verdict::Whole);
}

#[tokio::test]
async fn the_end_of_the_record_is_shown_as_it_grows() {
    let (_home, _dirs, daemon) = daemon().await;
    let client = daemon.client();
    let mut tail = Box::pin(client.open(Tail { lines: None, from: Some(0), ends: false }).await.unwrap());
    assert_eq!(tail.next().await.unwrap().unwrap().kind, "log.opened");
    let push =
        daemon.audit().record(|_, leaves| leaves.push(entry("x-test.did", json!({"what": "\u{1b}[2J"}))));
    let index = push.await.unwrap();
    let seen = async {
        loop {
            let item = tail.next().await.unwrap().unwrap();
            if item.kind == "x-test.did" {
                return item;
            }
        }
    };
    let seen = tokio::time::timeout(LONG, seen).await.unwrap();
    assert_eq!((seen.index, &seen.body["what"]), (index, &json!("\u{1b}[2J")));
    let shown = client.call(Show { index }).await.unwrap();
    assert!(!shown.line.contains('\u{1b}'), "{}", shown.line);
    assert_eq!(client.call(Show { index: 999 }).await.unwrap_err().code, Code::NotFound);
    let ended = client.open(Tail { lines: Some(1), from: None, ends: true }).await.unwrap();
    assert_eq!(ended.count().await, 1);
    assert_eq!(search(&daemon, "x-test.did").await.len(), 1);
    assert_eq!(search(&daemon, "grant.stale").await.len(), 0);
    drop(tail);
    daemon.stop().await;
}

#[tokio::test]
async fn an_entry_is_proved_and_the_record_verified_while_it_is_used() {
    let (_home, dirs, daemon) = daemon().await;
    let client = daemon.client();
    let proved = client.call(Prove { index: 0 }).await.unwrap();
    let (proof, key) = (Proof::from_text(&proved.proof).unwrap(), proved.vkey.parse::<Verifier>().unwrap());
    let note = Note::parse(proof.checkpoint.as_bytes()).unwrap();
    let head = Checkpoint::open(&note, &key).unwrap();
    check_inclusion(&proof.path, 0, leaf_hash(proved.line.as_bytes()), head.size, head.root).unwrap();
    let verified = client.call(Verify {}).await.unwrap();
    assert!(verified.whole && verified.exit == 0, "{verified:?}");
    let kept = client.call(CheckpointNow {}).await.unwrap();
    assert_eq!(client.call(CheckpointNow {}).await.unwrap().note, kept.note, "nothing is signed twice");
    daemon.stop().await;
    start(&dirs).await.stop().await;
    let options = Options { key: Some(key), since: Some(kept.note.into_bytes()) };
    let report = record::verify(&dirs.audit(), &options);
    assert_eq!(report.verdict(), Verdict::Whole, "{report}");
}

#[tokio::test]
async fn a_mirror_that_a_crash_tore_is_put_right() {
    let (_home, dirs, daemon) = daemon().await;
    daemon.stop().await;
    let leaves = files::segment(&dirs.audit(), 0, files::LEAVES);
    let torn: [fn(Vec<u8>) -> Vec<u8>; 4] = [
        |text| text[..text.len() - 20].to_owned(),
        |text| [&text[..], b"{\"actor\":"].concat(),
        |_| Vec::new(),
        |text| text[..=text.iter().position(|byte| *byte == b'\n').unwrap()].to_owned(),
    ];
    for tear in torn {
        fs_err::write(&leaves, tear(fs_err::read(&leaves).unwrap())).unwrap();
        start(&dirs).await.stop().await;
        let report = verify(&dirs);
        assert_eq!(report.verdict(), Verdict::Whole, "{report}");
    }
    for gone in [files::CHECKPOINTS, files::KEY, files::DIRECTORY] {
        let gone = dirs.audit().join(gone);
        if gone.is_dir() {
            fs_err::remove_dir_all(gone).unwrap()
        } else {
            fs_err::remove_file(gone).unwrap()
        }
        start(&dirs).await.stop().await;
        let report = verify(&dirs);
        assert_eq!((report.verdict(), report.signed), (Verdict::Whole, report.leaves), "{report}");
    }
}

#[tokio::test]
async fn c120_an_old_database_in_the_new_ones_place_records_nothing() {
    let (home, dirs, daemon) = daemon().await;
    daemon.stop().await;
    let old = home.path().join("old.db");
    fs_err::copy(dirs.gate(), &old).unwrap();
    start(&dirs).await.stop().await;
    fs_err::copy(&old, dirs.gate()).unwrap();
    let daemon = start(&dirs).await;
    let refused = daemon.audit().record(|_, leaves| leaves.push(entry("x-test.did", json!({})))).await;
    let fault = Fault::from(refused.unwrap_err());
    assert_eq!((fault.code, fault.reason_code()), (Code::Unavailable, Some("E_AUDIT_UNAVAILABLE")));
    assert!(
        fault.message.contains("4 leaves") && fault.hint.as_ref().unwrap().contains("gate.db"),
        "{fault:?}"
    );
    // Whoever only looks, and every service, does without.
    assert_eq!(search(&daemon, "log.opened").await.len(), 1);
    daemon.stop().await;
    assert_eq!(kinds(&dirs).len(), 6, "what the mirror knew is evidence");
}

#[tokio::test]
async fn a_record_whose_database_is_gone_is_not_continued() {
    let (_home, dirs, daemon) = daemon().await;
    let before = daemon.audit().vkey();
    daemon.stop().await;
    fs_err::remove_file(dirs.gate()).unwrap();
    let daemon = start(&dirs).await;
    assert_ne!(daemon.audit().vkey(), before);
    daemon.stop().await;
    assert_eq!((verify(&dirs).verdict(), kinds(&dirs).len()), (Verdict::Whole, 4));
    let aside = fs_err::read_dir(dirs.state()).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = aside.filter(|path| path.to_string_lossy().contains("audit.before-")).collect();
    let [aside] = &aside[..] else { panic!("{aside:?}") };
    assert_eq!(record::verify(Path::new(aside), &Options::default()).verdict(), Verdict::Whole);
}

#[tokio::test]
async fn without_its_key_the_record_goes_on_and_is_signed_later() {
    let (_home, dirs, daemon) = daemon().await;
    daemon.stop().await;
    let (key, away) = (dirs.audit_key(), dirs.state().join("away"));
    fs_err::rename(&key, &away).unwrap();
    let daemon = start(&dirs).await;
    daemon.audit().record(|_, leaves| leaves.push(entry("x-test.did", json!({})))).await.unwrap();
    let fault = daemon.client().call(CheckpointNow {}).await.unwrap_err();
    assert_eq!(fault.code, Code::Unavailable);
    assert!(fault.message.contains("audit.key"), "{fault}");
    daemon.stop().await;
    let report = verify(&dirs);
    assert_eq!((report.verdict(), report.signed, report.leaves), (Verdict::Whole, 4, 7), "{report}");
    fs_err::rename(&away, &key).unwrap();
    // What no head speaks for is a minute old by now, however long this daemon has been there.
    let clock = Clock::standing_at(Clock::system().now() + Duration::from_secs(61));
    let daemon = Daemon::start(dirs.clone(), clock, None).await.unwrap();
    without_time(|| 7 <= verify(&dirs).signed).await;
    daemon.stop().await;
    let report = verify(&dirs);
    assert_eq!((report.verdict(), report.signed, report.leaves), (Verdict::Whole, 9, 9), "{report}");
}

#[tokio::test]
async fn what_a_leaf_commits_to_can_be_shown_to_be_it() {
    let (_home, dirs, daemon) = daemon().await;
    let secret = Entry { opening: Some(b"curl -u me:hunter2".to_vec()), ..entry("x-test.did", json!({})) };
    let index = daemon.audit().record(|_, leaves| leaves.push(secret)).await.unwrap();
    let row = daemon.audit().db().read(|it| {
        it.query_row("SELECT idx, salt, opening FROM audit_payload", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
        })
    });
    let (at, salt, opening) = row.await.unwrap();
    daemon.stop().await;
    assert_eq!(at.cast_unsigned(), index);
    let leaf = leaves(&dirs).into_iter().find(|leaf| leaf.idx == index).unwrap();
    assert_eq!(
        leaf.text("commit"),
        Some(hob_verify::commit::to(&salt.try_into().unwrap(), &opening).as_str())
    );
}
