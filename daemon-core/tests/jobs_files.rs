//! Jobs that run when files change, and what they are told.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, until};
use daemon_core::jobs::ops::{Get, Logs, Runs, Wait};
use daemon_core::jobs::{Run, Standing};

/// A job that runs in the house's directory of things.
fn job(house: &House, script: &str, on: &str) -> String {
    let (dir, script) = (toml::Value::from(house.thing("").display().to_string()), toml::Value::from(script));
    format!("[job.build]\ncommand = [\"/bin/sh\", \"-c\", {script}]\nworking_dir = {dir}\non = {on}\n")
}

/// Changes a file, and waits for the run that comes of it.
async fn changed(house: &House) -> Run {
    until("its files are watched", async || {
        !house.call(Get { name: "build".to_owned() }).await.unwrap().watching.is_empty()
    })
    .await;
    fs_err::write(house.thing("src/app.rs"), "x").unwrap();
    let mut found = None;
    until("a run comes of it", async || {
        let page = house.call(Runs { limit: 10, ..Runs::default() }).await.unwrap();
        found = page.runs.into_iter().next();
        found.is_some()
    })
    .await;
    house.call(Wait { id: found.unwrap().id }).await.unwrap()
}

async fn lines(house: &House, run: &Run) -> Vec<String> {
    let logs = Logs { run: run.id.to_string(), lines: 1000, attempt: None, grep: None };
    house.call(logs).await.unwrap().lines.into_iter().map(|line| line.text).collect()
}

async fn house(script: &str, on: &str) -> House {
    let house = House::with("").await;
    fs_err::create_dir(house.thing("src")).unwrap();
    house.configure(job(&house, script, on)).await.unwrap();
    house
}

#[tokio::test]
async fn the_changes_are_on_standard_input_where_that_is_wanted() {
    let on = "{ files = [\"src/**\"], debounce = \"50ms\", stdin = true }";
    let house = house("cat; cat $HOB_CHANGED", on).await;
    let run = changed(&house).await;
    assert_eq!((run.state, run.why.as_str(), run.inputs.stdin), (Standing::Succeeded, "files", true));
    let path = house.thing("src/app.rs").canonicalize().unwrap().display().to_string();
    let lines = lines(&house, &run).await;
    let told: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(told["path"].as_str(), Some(path.as_str()), "{lines:?}");
    assert_eq!(told["how"].as_str(), Some("created"), "{lines:?}");
    assert_eq!(lines[1..], [path]);
    house.end().await;
}

#[tokio::test]
async fn without_that_there_is_nothing_to_read() {
    let house = house("cat; readlink /proc/self/fd/0", "{ files = [\"src/**\"], debounce = \"50ms\" }").await;
    let run = changed(&house).await;
    assert_eq!(lines(&house, &run).await, ["/dev/null"]);
    let detail = house.call(Get { name: "build".to_owned() }).await.unwrap();
    assert_eq!(detail.status.trouble, None);
    house.end().await;
}

#[tokio::test]
async fn another_user_reads_them_too_though_it_may_not_look_where_they_are() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let on = "{ files = [\"src/**\"], debounce = \"50ms\", stdin = true }\nuser = \"nobody\"";
    let house = House::with("").await;
    fs_err::create_dir(house.thing("src")).unwrap();
    let text = job(&house, "id -un; cat; echo ${HOB_CHANGED-none}", on).replace("working_dir", "#");
    let files = house.thing("src/**").display().to_string();
    house.configure(text.replace("src/**", &files) + "working_dir = \"/\"\n").await.unwrap();
    let run = changed(&house).await;
    let lines = lines(&house, &run).await;
    assert_eq!((lines[0].as_str(), lines[2].as_str()), ("nobody", "none"), "{lines:?} {run:?}");
    assert!(lines[1].contains("src/app.rs"), "{lines:?}");
    house.end().await;
}
