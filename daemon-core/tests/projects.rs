//! Projects: what is approved is what runs, and nothing else of their files does.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::path::PathBuf;

use common::house::{House, noted, sh, until};
use common::shop::{Place, down, list, only, refused, review, until_says, up, web};
use daemon_core::kernel::Code;
use daemon_core::project::{ProjectState, Up};
use daemon_core::services::Word;
use daemon_core::system::Doctor;

#[tokio::test]
async fn a_project_runs_once_it_is_approved_and_is_gone_once_it_is_taken_down() {
    let house = House::with(sh("db", "sleep 1000", "")).await;
    let place = Place::with(&web(""));
    let reviewed = review(&house, &place.text_dir()).await.unwrap();
    assert_eq!((reviewed.name.as_str(), reviewed.approved), ("shop", false));
    assert!(reviewed.differences.is_none());
    assert_eq!(reviewed.services[0].name, "shop/web");
    assert_eq!(house.names().await, ["db"], "looking starts nothing");
    assert_eq!(list(&house).await, []);

    let status = up(&house, &place).await.unwrap();
    assert_eq!((status.state, status.services), (ProjectState::Approved, vec!["shop/web".to_owned()]));
    let running = house.until("shop/web", |web| web.ready).await;
    let directory = fs_err::read_link(format!("/proc/{}/cwd", running.pid.unwrap())).unwrap();
    assert_eq!(directory, place.dir(), "it runs beside its file");
    assert!(house.dirs.service_logs().join("shop+web/current").exists());
    assert!(review(&house, &place.text_dir()).await.unwrap().approved);

    let gone = down(&house, "shop").await.unwrap();
    assert_eq!(gone.services, ["shop/web"]);
    assert_eq!(house.names().await, ["db"]);
    assert_eq!(list(&house).await, []);
    assert!(!common::house::lives(running.pid.unwrap()));
    assert!(house.dirs.service_logs().join("shop+web/current").exists(), "logs are kept");
    refused(down(&house, "shop").await, Code::NotFound, &["no project is named \"shop\""]);
    house.end().await;
}

#[tokio::test]
async fn what_changes_on_disk_is_told_and_not_applied_until_it_is_approved() {
    let house = House::with("").await;
    let place = Place::with(&web("env_file = \".env\""));
    place.write_file(".env", "KEY=one\n");
    up(&house, &place).await.unwrap();
    let before = house.until("shop/web", |web| web.ready).await;

    place.write(&(web("env_file = \".env\"\nenv = { PORT = \"1\" }") + &sh("more", "sleep 1000", "")));
    place.write_file(".env", "KEY=two\nMODE=evil\n");
    until("it is told", async || only(&house).await.state == ProjectState::Changed).await;
    let note = only(&house).await.note.unwrap();
    assert!(note.contains("hob.toml and .env changed, `hob up"), "{note}");
    let checks = house.call(Doctor {}).await.unwrap().checks;
    assert!(checks.iter().any(|check| check.detail.contains("not as approved: shop")), "{checks:?}");

    // Not by a reload, and not by a restart: what was approved is what runs.
    house.configure(sh("own", "sleep 1000", "")).await.unwrap();
    assert_eq!(house.names().await, ["own", "shop/web"]);
    house.restart("shop/web").await.unwrap();
    until_says(&house, &["key=one", "key=one"]).await;

    let reviewed = review(&house, &place.text_dir()).await.unwrap();
    let files = ["hob.toml", ".env"].map(|file| place.dir().join(file).display().to_string());
    assert_eq!(reviewed.changed, files);
    let differences = reviewed.differences.clone().unwrap();
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(differences[0].added && differences[0].service == "more");
    let keys: Vec<_> = differences[1].keys.iter().map(|it| (it.key.as_str(), it.hidden.as_deref())).collect();
    let expected =
        [("env.PORT", Some("added")), ("env_file.KEY", Some("changed")), ("env_file.MODE", Some("added"))];
    assert_eq!(keys, expected);
    let told = serde_json::to_string(&reviewed).unwrap();
    assert!(!told.contains("two") && !told.contains("evil"), "no value is told: {told}");

    house.call(Up { dir: reviewed.dir, digest: reviewed.digest }).await.unwrap();
    assert_eq!(only(&house).await.state, ProjectState::Approved);
    let running = house.until("shop/web", |status| status.changed).await;
    assert_ne!(running.pid, before.pid);
    house.restart("shop/web").await.unwrap();
    until_says(&house, &["key=one", "key=one", "key=two"]).await;
    house.end().await;
}

#[tokio::test]
async fn what_was_approved_outlives_its_files_and_the_daemon() {
    let house = House::with("").await;
    let place = Place::with(&web("env_file = \".env\""));
    place.write_file(".env", "KEY=approved\n");
    up(&house, &place).await.unwrap();
    let before = house.until("shop/web", |web| web.ready).await;

    let house = house
        .left(async |_| {
            place.write_file(".env", "KEY=changed\n");
            fs_err::remove_file(place.dir().join("hob.toml")).unwrap();
        })
        .await;
    let after = house.until("shop/web", |web| web.ready).await;
    assert_eq!((after.pid, after.changed), (before.pid, false), "it was adopted as it was");
    assert_eq!(only(&house).await.state, ProjectState::FileGone);

    // As after a boot: everything begins anew, from the daemon's own copy.
    let house = house.again().await;
    house.until("shop/web", |web| web.ready).await;
    until_says(&house, &["key=approved", "key=approved"]).await;

    house.stop("shop/web").await.unwrap();
    fs_err::remove_dir_all(place.dir()).unwrap();
    until("it is told", async || only(&house).await.state == ProjectState::DirectoryGone).await;
    down(&house, &place.text_dir()).await.unwrap();
    assert_eq!(list(&house).await, []);
    house.end().await;
}

#[tokio::test]
async fn names_in_a_file_are_siblings_first_and_what_is_needed_cannot_be_taken_down() {
    let house = House::with(noted("db", "") + &noted("cache", "")).await;
    let place = Place::with(
        &[sh("db", "sleep 1000", ""), sh("web", "sleep 1000", "requires = [\"db\", \"cache\"]")].concat(),
    );
    up(&house, &place).await.unwrap();
    house.until("shop/web", |web| web.ready).await;
    assert_eq!(house.detail("shop/web").await.config["requires"], serde_json::json!(["shop/db", "cache"]));
    assert_eq!(house.status("cache").await.state, Word::Running, "the home's own is started with it");
    assert_eq!(house.status("db").await.state, Word::Stopped, "the sibling was meant");

    // The home cannot lose what an approved project needs without hearing of it.
    refused(
        house.configure(noted("db", "")).await,
        Code::Invalid,
        &["hob.toml", "no service is named \"cache\""],
    );
    let needing =
        noted("db", "") + &noted("cache", "") + &sh("app", "sleep 1000", "requires = [\"shop/web\"]");
    house.configure(needing).await.unwrap();
    refused(
        down(&house, "shop").await,
        Code::Conflict,
        &["shop is needed", "no service is named \"shop/web\""],
    );
    assert_eq!(house.status("shop/web").await.state, Word::Running, "nothing was stopped");

    // What is wrong with the files anyway is told as that.
    house.configure("[service.db]\ncomand = 1\n").await.unwrap_err();
    refused(
        down(&house, "shop").await,
        Code::Invalid,
        &["the configuration is invalid", "service.db.comand"],
    );

    house.configure(noted("db", "") + &noted("cache", "")).await.unwrap();
    down(&house, "shop").await.unwrap();
    house.end().await;
}

#[tokio::test]
async fn a_project_is_taken_down_in_the_reverse_order_of_dependency() {
    let house = House::with("").await;
    let notes = house.thing("notes");
    let env = format!("env = {{ NOTES = {:?} }}", notes.to_str().unwrap());
    let place = Place::with(
        &[
            noted("db", &env),
            noted("web", &format!("requires = [\"db\"]\n{env}")),
            noted("edge", &format!("after = [\"web\"]\n{env}")),
        ]
        .concat(),
    );
    up(&house, &place).await.unwrap();
    house.until("shop/edge", |status| status.ready).await;
    down(&house, "shop").await.unwrap();
    assert_eq!(house.notes(), ["+db", "+web", "+edge", "-edge", "-web", "-db"]);
    house.end().await;
}

#[tokio::test]
async fn a_link_to_a_project_is_that_project() {
    let house = House::with("").await;
    let place = Place::with(&web(""));
    let link = place.0.path().join("link");
    std::os::unix::fs::symlink(place.dir(), &link).unwrap();
    let reviewed = review(&house, link.to_str().unwrap()).await.unwrap();
    assert_eq!((reviewed.name.as_str(), reviewed.dir), ("shop", place.text_dir()));

    // A file that is a link is read through it, and watched where it leads.
    let real = place.0.path().join("real.toml");
    fs_err::rename(place.dir().join("hob.toml"), &real).unwrap();
    std::os::unix::fs::symlink(&real, place.dir().join("hob.toml")).unwrap();
    up(&house, &place).await.unwrap();
    fs_err::write(&real, web("autostart = false")).unwrap();
    until("the change is on the board", async || only(&house).await.state == ProjectState::Changed).await;
    down(&house, link.to_str().unwrap()).await.unwrap();
    house.end().await;
}

#[tokio::test]
async fn a_project_that_cannot_be_applied_any_more_holds_up_nothing_else() {
    let house = House::with(sh("db", "sleep 1000", "autostart = true")).await;
    let place = Place::with(&sh("web", "sleep 1000", "requires = [\"db\"]"));
    up(&house, &place).await.unwrap();
    house.until("shop/web", |web| web.ready).await;
    let altered = |dirs: &daemon_core::home::Dirs| -> PathBuf { dirs.projects().join("odd.json") };
    let house = house
        .left(async |dirs| {
            House::rewrite(dirs, sh("other", "sleep 1000", "autostart = true"));
            fs_err::write(altered(dirs), "{}").unwrap();
        })
        .await;
    house.until_is("other", Word::Running).await;
    assert_eq!(house.names().await, ["other"]);
    let projects = list(&house).await;
    let states: Vec<_> = projects.iter().map(|it| (it.name.as_str(), it.state)).collect();
    assert_eq!(states, [("odd", ProjectState::Broken), ("shop", ProjectState::Broken)]);
    let notes: Vec<&str> = projects.iter().filter_map(|it| it.note.as_deref()).collect();
    assert!(notes[0].contains("odd.json") && notes[1].contains("no service is named \"db\""), "{notes:?}");

    // It stays out, does not hold up a change, and comes back when it can.
    house.configure(sh("other", "sleep 1000", "") + &sh("third", "sleep 1000", "")).await.unwrap();
    assert_eq!(house.names().await, ["other", "third"]);
    down(&house, "odd").await.unwrap();
    assert!(!altered(&house.dirs).exists());
    house.configure(sh("other", "sleep 1000", "") + &sh("db", "sleep 1000", "")).await.unwrap();
    assert_eq!(only(&house).await.state, ProjectState::Approved);
    house.until("shop/web", |web| web.ready).await;
    house.end().await;
}
