//! Adding and removing services, and what is told of them: never a secret.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::path::Path;

use common::house::{House, noted, processes, sh};
use daemon_core::kernel::{Code, Fault};
use daemon_core::services::{Add, Remove, SendSignal, ServiceStatus, Start, Word};
use daemon_core::system::GetStatus;

fn add(name: &str, command: &[&str]) -> Add {
    serde_json::from_value(serde_json::json!({"name": name, "command": command})).unwrap()
}

async fn remove(house: &House, name: &str) -> Result<(), Fault> {
    house.call(Remove { name: name.to_owned() }).await.map(drop)
}

/// Everything in a directory, with its content.
fn files(directory: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs_err::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs_err::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_service_is_added_in_a_file_of_its_own_and_removed_with_it() {
    let house =
        House::with(sh("db", "sleep 99", "# by hand") + &sh("shop/old", "true", "autostart = false")).await;
    let written = fs_err::read_to_string(house.dirs.config()).unwrap();
    let mut request = add("shop/web", &["sleep", "99"]);
    request.requires = vec!["db".to_owned()];
    let status: ServiceStatus = house.call(request).await.unwrap();
    assert_eq!((status.name.as_str(), status.ready), ("shop/web", true), "{status:?}");
    assert_eq!(house.status("db").await.state, Word::Running, "what it requires has started as well");
    let (name, text) = files(&house.dirs.services_d()).remove(0);
    assert_eq!(name, "shop+web.toml");
    assert!(text.contains("shop/web") && text.contains("sleep"), "{text}");
    assert_eq!(fs_err::read_to_string(house.dirs.config()).unwrap(), written, "no other file is touched");

    for taken in ["shop/web", "db"] {
        let fault = house.call(add(taken, &["true"])).await.unwrap_err();
        assert_eq!(fault.code, Code::Conflict);
        assert!(fault.message.contains(taken), "{fault}");
    }
    assert_eq!(files(&house.dirs.services_d()), [(name, text)], "the file is as it was");

    // Somebody requires it, so it stays, and goes on.
    house
        .call({
            let mut more = add("more", &["sleep", "99"]);
            more.requires = vec!["shop/web".to_owned()];
            more
        })
        .await
        .unwrap();
    let fault = remove(&house, "shop/web").await.unwrap_err();
    assert!(fault.code == Code::Invalid && fault.message.contains("shop/web"), "{fault}");
    assert_eq!(house.status("shop/web").await.state, Word::Running);
    assert_eq!(house.call(GetStatus {}).await.unwrap().config_problem, None);

    for name in ["more", "shop/web"] {
        remove(&house, name).await.unwrap();
        assert!(!house.names().await.contains(&name.to_owned()));
        assert_eq!(remove(&house, name).await.unwrap_err().code, Code::NotFound);
    }
    assert_eq!(files(&house.dirs.services_d()), []);
    let fault = remove(&house, "db").await.unwrap_err();
    assert!(fault.code == Code::Conflict && fault.message.contains("not added"), "{fault}");
    assert_eq!(house.status("db").await.state, Word::Running, "nothing was stopped");
    house.end().await;
}

#[tokio::test]
async fn of_a_service_that_cannot_be_added_nothing_is_left() {
    let house = House::with("").await;
    let long = "x".repeat(300);
    let names =
        ["..", "../web", "a/b/c", "/web", "", &long, "\u{1f600}", "we\u{1b}[2Jb", "-x", "a\nb", "a\u{0}b"];
    for name in names {
        let fault = house.call(add(name, &["true"])).await.unwrap_err();
        assert_eq!(fault.code, Code::Invalid, "{name:?}: {fault}");
        assert!(!fault.message.contains(['\u{1b}', '\n', '\0']), "{:?}", fault.message);
    }
    let fault = house.call(add("shop/web", &["true"])).await.unwrap_err();
    assert!(fault.code == Code::Invalid && fault.message.contains("no project \"shop\""), "{fault}");
    let mut lonely = add("lonely", &["true"]);
    lonely.requires = vec!["nobody".to_owned()];
    for bad in [lonely, add("empty", &[]), add("nul", &["tr\u{0}ue"])] {
        let name = bad.name.clone();
        let fault = house.call(bad).await.unwrap_err();
        assert_eq!(fault.code, Code::Invalid, "{name}: {fault}");
    }
    assert_eq!((files(&house.dirs.services_d()), house.names().await), (Vec::new(), Vec::new()));
    assert_eq!(house.call(GetStatus {}).await.unwrap().config_problem, None, "nor in the status");
    // Of many at once one is first.
    let many = (0..10).map(|_| house.call(add("web", &["sleep", "99"])));
    let answers = futures_util::future::join_all(many).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert!(
        answers.iter().flat_map(|answer| answer.as_ref().err()).all(|fault| fault.code == Code::Conflict)
    );
    // One that does not come up is there all the same, and was tried once.
    let status = house.call(add("wrong", &["no-such-program"])).await.unwrap();
    assert_eq!((status.state, status.run), (Word::Failed, 1), "{status:?}");
    house.end().await;
}

#[tokio::test]
async fn a_file_that_says_more_is_not_removed_with_one_of_its_services() {
    let house = House::with("").await;
    house.call(add("web", &["sleep", "99"])).await.unwrap();
    let file = house.dirs.services_d().join("web.toml");
    let more = format!("{}\n# mine\n{}", fs_err::read_to_string(&file).unwrap(), sh("other", "sleep 99", ""));
    fs_err::write(&file, more).unwrap();
    house.call(daemon_core::system::Reload {}).await.unwrap();
    house.start("other").await.unwrap();
    remove(&house, "web").await.unwrap();
    assert_eq!(house.status("other").await.state, Word::Running);
    let rest = fs_err::read_to_string(&file).unwrap();
    assert!(rest.trim_start().starts_with("# mine\n[service") && !rest.contains("web"), "{rest}");
    house.end().await;
}

#[tokio::test]
async fn a_signal_reaches_all_of_the_group_or_says_that_nobody_is_there() {
    let script = "trap 'echo main >> \"$NOTES\"' USR1; sh -c 'trap \"echo child >> \\\"$NOTES\\\"\" USR1; echo up; \
                  while :; do sleep 0.02; done' & while :; do sleep 0.02; done";
    let house = House::with(sh("web", script, "ready = { log = \"up\" }")).await;
    let signal = |signal: &str| SendSignal { name: "web".to_owned(), signal: signal.parse().unwrap() };
    let fault = house.call(signal("HUP")).await.unwrap_err();
    assert!(fault.code == Code::Conflict && fault.message.contains("web is not running"), "{fault}");
    house.start("web").await.unwrap();
    house.call(signal("SIGUSR1")).await.unwrap();
    common::house::until("both have heard it", async || {
        let mut notes = house.notes();
        notes.sort();
        notes == ["child", "main"]
    })
    .await;
    let unknown = house.call(Start { name: "wbe".to_owned() }).await.unwrap_err();
    assert_eq!((unknown.code, unknown.hint.as_deref()), (Code::NotFound, Some("did you mean \"web\"?")));
    house.end().await;
}

#[tokio::test]
async fn no_value_of_the_environment_is_ever_told() {
    let file = "FILED=hush-in-file\n";
    let house = House::with("").await;
    let path = house.thing("env").display().to_string();
    fs_err::write(&path, file).unwrap();
    let more =
        format!("env = {{ SECRET = \"hush-in-config\" }}\nenv_file = {path:?}\nready = {{ log = \"up\" }}");
    house
        .configure(sh("web", "echo $SECRET$FILED | wc -c >> \"$NOTES\"; echo up; sleep 99", &more))
        .await
        .unwrap();
    let started = house.start("web").await.unwrap();
    assert_eq!(house.notes(), [format!("{}", "hush-in-configx".len() + "hush-in-file".len())], "it has them");
    let detail = house.detail("web").await;
    let names: Vec<_> = detail.environment.iter().map(|it| (it.name.as_str(), it.origin.as_str())).collect();
    assert!(
        names.contains(&("SECRET", "config")) || names.iter().any(|(name, _)| *name == "SECRET"),
        "{names:?}"
    );
    let (_, origin) = names.iter().find(|(name, _)| *name == "FILED").unwrap();
    assert!(origin.contains(&format!("{path}:1")), "{origin}");
    let mut request = add("more", &["sleep", "99"]);
    request.env = serde_json::from_value(serde_json::json!({"SECRET": "hush-in-request"})).unwrap();
    let shown = format!("{request:?}");
    let added = house.call(request).await.unwrap();
    let mut bad = add("bad", &["true"]);
    bad.env = serde_json::from_value(serde_json::json!({"SECRET": "hush-in-bad"})).unwrap();
    bad.requires = vec!["nobody".to_owned()];
    let fault = house.call(bad).await.unwrap_err();
    let logs = [house.logs("web").await, house.logs("more").await].concat();
    let replies =
        serde_json::to_string(&(&started, &detail, house.detail("more").await, &added, &fault, &logs))
            .unwrap();
    for said in [replies, format!("{started:?}{detail:?}{fault:?}"), shown] {
        assert!(!said.contains("hush"), "{said}");
    }
    house.end().await;
}

#[tokio::test]
async fn a_daemon_that_has_ended_leaves_nothing_and_another_goes_on() {
    let house = House::with(noted("web", "autostart = true") + &noted("db", "")).await;
    house.until("web", |status| status.ready).await;
    house.start("db").await.unwrap();
    let tasks = house.call(GetStatus {}).await.unwrap().tasks.len();
    let house = house.again().await;
    let web = house.until("web", |status| status.ready).await;
    assert_eq!(
        (web.run, house.status("db").await.state),
        (2, Word::Stopped),
        "only what starts by itself does"
    );
    assert_eq!(house.call(GetStatus {}).await.unwrap().tasks.len(), tasks);
    assert!(!processes(&house.dirs).is_empty());
    let events = house.events("web").await;
    assert!(events.iter().filter(|text| text.starts_with("started with pid")).count() == 2, "{events:?}");
    house.end().await;
}
