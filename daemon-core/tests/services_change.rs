//! Changing the files of services key by key: looked at first, then done, and never over what somebody else did.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use common::house::House;
use daemon_core::kernel::{Code, Fault};
use daemon_core::services::{Add, Edit, GetConfig, Word};
use daemon_core::system::{Reload, TableEdited, TableFile};
use serde_json::{Value, json};

const SHOP: &str = r#"# The shop's services.
[service.web] # vite
command = ["sleep", "99"]   # soon something else
restart = "always"
env = { PORT = "3000", STRIPE_KEY = "hush-live" } # hm

# Its database
[service.db]
command = ["sleep", "99"]
autostart = false
"#;

async fn edit(house: &House, change: Value) -> Result<TableEdited, Fault> {
    house.call(serde_json::from_value::<Edit>(change).unwrap()).await
}

async fn config(house: &House, name: &str) -> TableFile {
    house.call(GetConfig { name: name.to_owned() }).await.unwrap()
}

/// A house with the shop's services in a file of their own.
async fn shop() -> (House, PathBuf) {
    let house = House::with("").await;
    let file = house.dirs.services_d().join("shop.toml");
    fs_err::create_dir_all(house.dirs.services_d()).unwrap();
    fs_err::write(&file, SHOP).unwrap();
    house.call(Reload {}).await.unwrap();
    house.start("web").await.unwrap();
    (house, file)
}

#[tokio::test]
async fn a_change_is_looked_at_first_then_made_and_all_else_stays() {
    let (house, file) = shop().await;
    let before = config(&house, "web").await;
    assert_eq!((before.file.as_str(), before.line, &before.fixed), (file.to_str().unwrap(), 2, &None));
    assert_eq!(before.text, SHOP.replace("hush-live", "•••"));
    assert_eq!(before.table["env"], json!({"PORT": "3000", "STRIPE_KEY": null}));

    let change = |dry_run: bool| {
        let set =
            json!([{"key": "restart", "value": "never"}, {"key": "env.STRIPE_KEY", "value": "hush-new"}]);
        json!({"name": "web", "set": set, "unset": ["env.PORT"], "digest": before.digest, "dry_run": dry_run})
    };
    let looked = edit(&house, change(true)).await.unwrap();
    assert_eq!((looked.saved, looked.problems.len()), (false, 0), "{looked:?}");
    assert_eq!(
        looked.diff.lines().filter(|line| line.starts_with(['-', '+'])).collect::<Vec<_>>(),
        [
            "-restart = \"always\"",
            "-env = { PORT = \"3000\", STRIPE_KEY = \"•••\" } # hm",
            "+restart = \"never\"",
            "+env = { STRIPE_KEY = \"••• (new)\" } # hm"
        ]
    );
    assert_eq!(fs_err::read_to_string(&file).unwrap(), SHOP, "it was only looked at");

    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let made = edit(&house, change(false)).await.unwrap();
    assert_eq!((made.saved, &made.diff), (true, &looked.diff));
    let expected = SHOP
        .replace("\"always\"", "\"never\"")
        .replace("{ PORT = \"3000\", STRIPE_KEY = \"hush-live\" }", "{ STRIPE_KEY = \"hush-new\" }");
    assert_eq!(fs_err::read_to_string(&file).unwrap(), expected);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "who may read it stays so");
    assert!(house.until("web", |status| status.changed).await.pid.is_some(), "it runs on until a restart");
    assert_eq!(house.detail("web").await.config["restart"], "never");

    let stale = edit(&house, change(false)).await.unwrap_err();
    assert_eq!((stale.code, stale.reason_code()), (Code::Conflict, Some("E_CHANGED")), "{stale}");
    assert_eq!(fs_err::read_to_string(&file).unwrap(), expected);
    for said in [format!("{looked:?}{made:?}{stale:?}"), format!("{:?}", config(&house, "web").await)] {
        assert!(!said.contains("hush"), "{said}");
    }
    house.end().await;
}

#[tokio::test]
async fn what_would_be_wrong_is_told_at_its_key_and_nothing_is_written() {
    let (house, file) = shop().await;
    for (key, value, at, what) in [
        ("restart", json!("sometimes"), Some("restart"), "on-failure"),
        ("ready.tcp", json!(0), Some("ready.tcp"), "1 to 65535"),
        ("requires", json!(["bd"]), Some("requires"), "no service is named"),
        ("stop_timeout", json!("9h"), Some("stop_timeout"), "1h"),
        ("command", json!([]), Some("command"), "command"),
        ("colour", json!("red"), Some("colour"), "unknown field"),
    ] {
        let change =
            |dry_run: bool| json!({"name": "web", "set": [{"key": key, "value": value}], "dry_run": dry_run});
        let told = edit(&house, change(true)).await.unwrap();
        let problem = told.problems.first().unwrap_or_else(|| panic!("{key} is good: {told:?}"));
        assert_eq!(problem.key.as_deref(), at, "{problem:?}");
        assert!(problem.message.contains(what) || format!("{problem:?}").contains(what), "{problem:?}");
        let refused = edit(&house, change(false)).await.unwrap_err();
        assert_eq!(refused.code, Code::Invalid, "{refused}");
    }
    assert_eq!(fs_err::read_to_string(&file).unwrap(), SHOP);
    // What is wrong elsewhere is not told at a key of this one.
    fs_err::write(house.dirs.services_d().join("other.toml"), "[service.other]\ncommand = 5\n").unwrap();
    let told = edit(&house, json!({"name": "web", "dry_run": true})).await.unwrap();
    assert!(told.problems[0].key.is_none() && told.problems[0].message.contains("other.toml:2"), "{told:?}");
    assert_eq!(told.diff, "");
    house.end().await;
}

#[tokio::test]
async fn a_new_service_is_written_as_the_command_writes_it() {
    let house = House::with("").await;
    let set = json!([
        {"key": "restart", "value": "always"},
        {"key": "env.MODE", "value": "dev"},
        {"key": "command", "value": ["sleep", "99"]},
    ]);
    let change = |dry_run: bool| json!({"name": "one", "add": true, "set": set, "dry_run": dry_run});
    let looked = edit(&house, change(true)).await.unwrap();
    assert!(looked.diff.contains("+command = [\"sleep\", \"99\"]"), "{looked:?}");
    assert!(house.names().await.is_empty(), "it was only looked at");
    edit(&house, change(false)).await.unwrap();
    assert_eq!(house.status("one").await.state, Word::Stopped, "the defaults start nothing");
    let asked =
        json!({"name": "two", "command": ["sleep", "99"], "env": {"MODE": "dev"}, "restart": "always"});
    house.call(serde_json::from_value::<Add>(asked).unwrap()).await.unwrap();
    let written = |name: &str| {
        fs_err::read_to_string(house.dirs.services_d().join(format!("{name}.toml")))
            .unwrap()
            .replace(name, "x")
    };
    assert_eq!(written("one"), written("two"));

    for (change, code) in [
        (change(true), Code::Conflict),
        (json!({"name": "../x", "add": true}), Code::Invalid),
        (json!({"name": "three", "add": true, "remove": true}), Code::Invalid),
        (json!({"name": "one", "remove": true, "unset": ["env"]}), Code::Invalid),
        (json!({"name": "nobody"}), Code::NotFound),
        (json!({"name": "one", "unset": ["a..b"]}), Code::Invalid),
    ] {
        let refused = edit(&house, change.clone()).await.unwrap_err();
        assert_eq!(refused.code, code, "{change}: {refused}");
    }
    house.end().await;
}

#[tokio::test]
async fn a_service_is_taken_out_and_what_stands_beside_it_stays() {
    let (house, file) = shop().await;
    let gone = |dry_run: bool| json!({"name": "web", "remove": true, "dry_run": dry_run});
    let looked = edit(&house, gone(true)).await.unwrap();
    assert!(looked.diff.contains("-[service.web] # vite") && !looked.diff.contains("-[service.db]"));
    let ran = house.status("web").await.pid.unwrap();
    edit(&house, gone(false)).await.unwrap();
    assert!(!common::house::lives(ran), "the answer is that nothing of it is left");
    assert_eq!(house.names().await, ["db"]);
    assert!(fs_err::read_to_string(&file).unwrap().contains("# Its database\n[service.db]"));

    fs_err::write(house.dirs.services_d().join("x.toml"), "[service.x]\ncommand='true'\nrequires=['db']\n")
        .unwrap();
    house.call(Reload {}).await.unwrap();
    let looked = edit(&house, json!({"name": "db", "remove": true, "dry_run": true})).await.unwrap();
    assert!(looked.problems.iter().any(|it| it.message.contains("\"db\"")), "{looked:?}");
    assert_eq!(edit(&house, json!({"name": "db", "remove": true})).await.unwrap_err().code, Code::Invalid);
    assert!(file.exists());
    house.end().await;
}

#[tokio::test]
async fn a_link_to_a_file_goes_on_to_lead_there() {
    let (house, file) = shop().await;
    let real = house.thing("dotfiles.toml");
    fs_err::rename(&file, &real).unwrap();
    fs_err::os::unix::fs::symlink(&real, &file).unwrap();
    edit(&house, json!({"name": "web", "set": [{"key": "restart", "value": "never"}]})).await.unwrap();
    assert!(file.is_symlink());
    assert_eq!(fs_err::read_to_string(&real).unwrap(), SHOP.replace("\"always\"", "\"never\""));
    house.end().await;
}
