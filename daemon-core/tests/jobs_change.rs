//! Changing the files of jobs key by key: looked at first, then done, whatever runs meanwhile.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::path::PathBuf;

use common::house::{House, until};
use common::shop::{Place, up};
use common::work::{gate, moment};
use daemon_core::jobs::Standing::{Cancelled, Queued, Running, Succeeded};
use daemon_core::jobs::ops::{Add, Edit, Get, GetConfig, List};
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Access, Caller, Code, Fault};
use daemon_core::system::{Reload, TableEdited, TableFile};
use serde_json::{Value, json};

const SHOP: &str = r#"# Of the shop.
[job.backup] # nightly
command = ["/bin/sh", "-c", "echo old >> @THINGS/notes"]   # soon something else
cron = "0 2 * * *" # when nobody is up
zone = "UTC"
overlap = "queue"
env = { PORT = "3000", STRIPE_KEY = "hush-live" } # hm

# Its neighbour
[job.other]
command = ["true"]
"#;

async fn edit(house: &House, change: Value) -> Result<TableEdited, Fault> {
    house.call(serde_json::from_value::<Edit>(change).unwrap()).await
}

async fn config(house: &House, name: &str) -> TableFile {
    house.call(GetConfig { name: name.to_owned() }).await.unwrap()
}

async fn names(house: &House) -> Vec<String> {
    house.call(List {}).await.unwrap().jobs.into_iter().map(|job| job.name).collect()
}

/// A house with these jobs in a file of their own.
async fn shop(text: &str) -> (House, PathBuf, String) {
    let house = House::with("").await;
    let file = house.dirs.jobs_d().join("shop.toml");
    let text = text.replace("@THINGS/", &house.thing("").display().to_string());
    fs_err::create_dir_all(house.dirs.jobs_d()).unwrap();
    fs_err::write(&file, &text).unwrap();
    house.call(Reload {}).await.unwrap();
    (house, file, text)
}

#[tokio::test]
async fn a_change_is_looked_at_first_then_made_and_all_else_stays() {
    let (house, file, text) = shop(SHOP).await;
    let before = config(&house, "backup").await;
    assert_eq!((before.file.as_str(), before.line, &before.fixed), (file.to_str().unwrap(), 2, &None));
    assert_eq!(before.text, text.replace("hush-live", "•••"));
    assert_eq!(before.table["env"], json!({"PORT": "3000", "STRIPE_KEY": null}));

    let change = |dry_run: bool| {
        let set =
            json!([{"key": "cron", "value": "0 3 * * *"}, {"key": "env.STRIPE_KEY", "value": "hush-new"}]);
        json!({"name": "backup", "set": set, "unset": ["overlap"], "digest": before.digest, "dry_run": dry_run})
    };
    let looked = edit(&house, change(true)).await.unwrap();
    assert_eq!((looked.saved, looked.problems.len()), (false, 0), "{looked:?}");
    assert_eq!(
        looked.diff.lines().filter(|line| line.starts_with(['-', '+'])).collect::<Vec<_>>(),
        [
            "-cron = \"0 2 * * *\" # when nobody is up",
            "+cron = \"0 3 * * *\" # when nobody is up",
            "-overlap = \"queue\"",
            "-env = { PORT = \"3000\", STRIPE_KEY = \"•••\" } # hm",
            "+env = { PORT = \"3000\", STRIPE_KEY = \"••• (new)\" } # hm",
        ]
    );
    assert_eq!(fs_err::read_to_string(&file).unwrap(), text, "it was only looked at");

    let made = edit(&house, change(false)).await.unwrap();
    assert_eq!((made.saved, &made.diff), (true, &looked.diff));
    let expected = text
        .replace("0 2 * * *", "0 3 * * *")
        .replace("overlap = \"queue\"\n", "")
        .replace("hush-live", "hush-new");
    assert_eq!(fs_err::read_to_string(&file).unwrap(), expected);
    assert_eq!(house.job("backup").await.triggers, ["0 3 * * *"], "it is in force");

    let stale = edit(&house, change(false)).await.unwrap_err();
    assert_eq!((stale.code, stale.reason_code()), (Code::Conflict, Some("E_CHANGED")), "{stale}");
    assert_eq!(fs_err::read_to_string(&file).unwrap(), expected);
    for said in [format!("{looked:?}{made:?}{stale:?}"), format!("{:?}", config(&house, "backup").await)] {
        assert!(!said.contains("hush"), "{said}");
    }
    house.end().await;
}

#[tokio::test]
async fn what_would_be_wrong_is_told_at_its_key_and_nothing_is_written() {
    let (house, file, text) = shop(SHOP).await;
    for (key, value, at, what) in [
        ("cron", json!("0 0 30 2 *"), Some("cron"), "never happens"),
        ("cron", json!("soon"), Some("cron"), "cron"),
        ("every", json!("0s"), Some("every"), "1s"),
        ("at", json!("2001-01-01T00:00"), Some("at"), "has passed"),
        ("zone", json!("Europe/Atlantis"), Some("zone"), "Atlantis"),
        ("queue", json!("biuld"), Some("queue"), "no queue named"),
        ("timeout", json!("5"), Some("timeout"), "unit"),
        ("on.files", json!([""]), Some("on.files"), "empty"),
        ("command", json!([]), Some("command"), "command"),
        ("colour", json!("red"), Some("colour"), "unknown field"),
        ("\"a\\u001b[2J\\nb\"", json!(1), None, "unknown field"),
    ] {
        let set = json!([{"key": key, "value": value}]);
        let change = |dry_run: bool| json!({"name": "backup", "set": set, "dry_run": dry_run});
        let told = edit(&house, change(true)).await.unwrap();
        let problem = told.problems.first().unwrap_or_else(|| panic!("{key} is good: {told:?}"));
        if at.is_some() {
            assert_eq!(problem.key.as_deref(), at, "{problem:?}");
        }
        assert!(problem.message.contains(what) || format!("{problem:?}").contains(what), "{problem:?}");
        let refused = edit(&house, change(false)).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{refused}");
    }
    assert_eq!(fs_err::read_to_string(&file).unwrap(), text);
    // What is wrong elsewhere is not told at a key of this one.
    fs_err::write(house.dirs.jobs_d().join("wrong.toml"), "[job.wrong]\ncommand = 5\n").unwrap();
    let told = edit(&house, json!({"name": "backup", "dry_run": true})).await.unwrap();
    assert!(told.problems[0].key.is_none() && told.problems[0].message.contains("wrong.toml:2"), "{told:?}");
    assert_eq!(told.diff, "");
    house.end().await;
}

#[tokio::test]
async fn a_key_or_a_name_from_outside_is_a_key_or_a_name_and_nothing_else() {
    let (house, file, text) = shop(SHOP).await;
    let long = "x".repeat(100_000);
    for key in ["", ".", "a..b", "cron]\n[job.evil", "cron = 1 #", "\u{202e}nimda", "a\0b", "[x]", &long] {
        let change = json!({"name": "backup", "set": [{"key": key, "value": "0 3 * * *"}]});
        let refused = edit(&house, change).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{key:?}: {refused}");
        assert!(!refused.message.contains(['\u{202e}', '\0']) && refused.message.len() < 2000, "{refused}");
    }
    for (name, code) in [
        ("../x", Code::Invalid),
        ("a/b/c", Code::Invalid),
        ("evil]\n[service.x", Code::Invalid),
        ("", Code::Invalid),
        (&long, Code::Invalid),
        ("other", Code::Conflict),
    ] {
        let change = json!({"name": name, "add": true, "set": [{"key": "command", "value": ["true"]}], "dry_run": true});
        let refused = edit(&house, change).await.unwrap_err();
        assert_eq!(refused.code, code, "{name:?}: {refused}");
        assert!(!refused.message.contains('\n') && refused.message.len() < 2000, "{refused}");
    }
    // A value cannot leave its place either.
    let value = "x\"\n[job.evil]\ncommand = [\"true\"]\n";
    let change = json!({"name": "backup", "set": [{"key": "env.NOTE", "value": value}]});
    edit(&house, change).await.unwrap();
    assert_eq!(names(&house).await, ["backup", "other"]);
    assert_ne!(fs_err::read_to_string(&file).unwrap(), text);
    house.end().await;
}

#[tokio::test]
async fn an_edit_while_it_runs_is_for_the_runs_that_begin_after_it() {
    let script = format!("echo old >> @THINGS/notes; {}", gate("gate"));
    let (house, _, _) = shop(&SHOP.replace("echo old >> @THINGS/notes", &script)).await;
    let first = house.ask("backup").await.id;
    until("it has begun", async || house.notes() == ["old"]).await;
    let second = house.ask("backup").await.id;
    house.until_stand("backup", &[Running, Queued]).await;

    let new = format!("echo new >> {}", house.thing("notes").display());
    let change = json!({"name": "backup", "set": [{"key": "command", "value": ["/bin/sh", "-c", new]}]});
    edit(&house, change).await.unwrap();
    house.until_stand("backup", &[Running, Queued]).await;
    assert_eq!(house.notes(), ["old"], "what runs goes on as it was begun");
    house.open_gate("gate");
    house.over(first).await;
    house.over(second).await;
    house.until_stand("backup", &[Succeeded, Succeeded]).await;
    assert_eq!(house.notes(), ["old", "new"]);
    house.end().await;
}

#[tokio::test]
async fn a_job_is_taken_out_while_it_runs_and_what_stands_beside_it_stays() {
    let script = format!("echo old >> @THINGS/notes; {}", gate("gate"));
    let (house, file, _) = shop(&SHOP.replace("echo old >> @THINGS/notes", &script)).await;
    let running = house.ask("backup").await.id;
    until("it has begun", async || house.notes() == ["old"]).await;
    let waiting = house.ask("backup").await.id;
    let gone = |dry_run: bool| json!({"name": "backup", "remove": true, "dry_run": dry_run});
    let looked = edit(&house, gone(true)).await.unwrap();
    assert!(looked.diff.contains("-[job.backup] # nightly") && !looked.diff.contains("-[job.other]"));
    assert_eq!(names(&house).await, ["backup", "other"]);

    edit(&house, gone(false)).await.unwrap();
    assert_eq!(names(&house).await, ["other"]);
    assert!(fs_err::read_to_string(&file).unwrap().contains("# Its neighbour\n[job.other]"));
    assert_eq!(house.over(waiting).await.state, Cancelled);
    house.open_gate("gate");
    assert_eq!(house.over(running).await.state, Succeeded, "what runs goes on");
    assert_eq!(edit(&house, gone(false)).await.unwrap_err().code, Code::NotFound);
    edit(&house, json!({"name": "other", "remove": true})).await.unwrap();
    assert!(!file.exists(), "a file that says nothing any more goes, too");
    house.end().await;
}

#[tokio::test]
async fn a_new_job_is_written_as_the_command_writes_it() {
    let house = House::at(Clock::standing_at(moment("2026-06-01T00:00:00Z")), "").await;
    let set = json!([
        {"key": "at", "value": "2026-06-02T09:00"},
        {"key": "zone", "value": "UTC"},
        {"key": "on.files", "value": ["/tmp/x/*.rs"]},
        {"key": "retries", "value": 2},
        {"key": "command", "value": ["make", "a b"]},
    ]);
    let change = |dry_run: bool| json!({"name": "first", "add": true, "set": set, "dry_run": dry_run});
    let looked = edit(&house, change(true)).await.unwrap();
    assert!(looked.diff.contains("+command = [\"make\", \"a b\"]"), "{looked:?}");
    assert_eq!(names(&house).await, [""; 0], "it was only looked at");
    edit(&house, change(false)).await.unwrap();
    let asked = json!({"name": "second", "command": ["make", "a b"], "at": ["2026-06-02T09:00"], "zone": "UTC",
        "files": ["/tmp/x/*.rs"], "retries": 2});
    house.call(serde_json::from_value::<Add>(asked).unwrap()).await.unwrap();
    let written = |name: &str| {
        fs_err::read_to_string(house.dirs.jobs_d().join(format!("{name}.toml"))).unwrap().replace(name, "x")
    };
    assert_eq!(written("first"), written("second"));

    // A time that has passed may stay where it is kept, and beside one that is to come.
    let at = |times: Value| json!({"name": "first", "set": [{"key": "at", "value": times}], "dry_run": true});
    let told = edit(&house, at(json!(["2026-05-01T09:00"]))).await.unwrap();
    assert_eq!(told.problems[0].key.as_deref(), Some("at"), "{told:?}");
    let told = edit(&house, at(json!(["2026-05-01T09:00", "2026-07-01T09:00"]))).await.unwrap();
    assert_eq!(told.problems, []);
    house.clock.set(moment("2026-08-01T00:00:00Z"));
    let other = json!({"name": "first", "set": [{"key": "retries", "value": 3}]});
    assert_eq!(edit(&house, other).await.unwrap().problems, []);
    house.end().await;
}

#[tokio::test]
async fn a_job_of_a_project_is_read_and_changed_in_its_own_file_alone() {
    let house = House::with("").await;
    let place = Place::with("[job.nightly]\ncommand = ['true']\ncron = \"0 2 * * *\"\n");
    up(&house, &place).await.unwrap();
    let file = config(&house, "shop/nightly").await;
    assert!(file.fixed.unwrap().contains("project shop"));
    assert_eq!(file.table["cron"], "0 2 * * *");
    for change in [json!({"set": [{"key": "cron", "value": "0 3 * * *"}]}), json!({"remove": true})] {
        let mut change = change;
        change["name"] = "shop/nightly".into();
        let refused = edit(&house, change).await.unwrap_err();
        assert!(refused.code == Code::Conflict && refused.message.contains("project shop"), "{refused}");
    }
    assert!(house.call(Get { name: "shop/nightly".to_owned() }).await.is_ok());
    house.end().await;
}

#[tokio::test]
async fn a_file_is_for_those_who_may_change_everything_and_for_the_window() {
    let (house, _, _) = shop(SHOP).await;
    let window = house.daemon.client_of(Caller::window());
    let change = json!({"name": "backup", "set": [{"key": "cron", "value": "0 4 * * *"}]});
    window.call(serde_json::from_value::<Edit>(change.clone()).unwrap()).await.unwrap();
    assert_eq!(house.job("backup").await.triggers, ["0 4 * * *"]);
    let operator =
        house.daemon.client_of(Caller { access: Access::Operate, besides: &[], ..Caller::window() });
    let refused = operator.call(serde_json::from_value::<Edit>(change).unwrap()).await.unwrap_err();
    assert_eq!(refused.code, Code::Denied);
    assert_eq!(operator.call(GetConfig { name: "backup".to_owned() }).await.unwrap_err().code, Code::Denied);
    house.end().await;
}
