//! Jobs that run because files have changed.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::house::{House, until};
use common::work::{gate, job};
use daemon_core::jobs::Run;
use daemon_core::jobs::Standing::{Queued, Running, Succeeded};
use daemon_core::jobs::ops::Again;

/// Prints what has changed.
const TELL: &str = "cat $HOB_CHANGED";

fn watching(files: &str, more: &str, script: &str) -> String {
    job("watch", script, &format!("on = {{ files = [\"@THINGS/{files}\"], debounce = \"50ms\"{more} }}"))
}

/// Waits until the files of the job are watched: changes that it makes are noticed.
async fn until_watched(house: &House, probe: &str) {
    let probe = house.thing(probe);
    let mut count = 0;
    until("changes are noticed", async || {
        count += 1;
        fs_err::create_dir_all(probe.parent().unwrap()).unwrap();
        fs_err::write(&probe, count.to_string()).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        !house.runs("watch").await.is_empty()
    })
    .await;
    quiet(house).await;
}

/// Waits until no more runs come of what has happened.
async fn quiet(house: &House) {
    let mut before = usize::MAX;
    until("it is quiet", async || {
        let runs = house.runs("watch").await;
        let same = before == runs.len() && runs.iter().all(|run| run.state.is_over());
        before = runs.len();
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        same
    })
    .await;
}

/// The runs after so many.
async fn more_than(house: &House, count: usize) -> Vec<Run> {
    until("there is another run", async || count < house.runs("watch").await.len()).await;
    quiet(house).await;
    house.runs("watch").await.split_off(count)
}

/// All that was told to these runs.
async fn told(house: &House, runs: &[Run]) -> BTreeSet<PathBuf> {
    let mut told = BTreeSet::new();
    for run in runs {
        told.extend(house.output(run.id).await.into_iter().map(PathBuf::from));
    }
    told
}

#[tokio::test]
async fn a_burst_of_changes_is_one_run_that_is_told_of_all_of_them() {
    let house = House::with(watching("src/**/*.rs", "", TELL)).await;
    until_watched(&house, "src/probe.rs").await;
    let before = house.runs("watch").await.len();
    fs_err::create_dir(house.thing("src/deep")).unwrap();
    let files: BTreeSet<PathBuf> =
        (0..500).map(|number| house.thing(&format!("src/deep/{number}.rs"))).collect();
    for file in &files {
        fs_err::write(file, "fn main() {}").unwrap();
        fs_err::write(file.with_extension("txt"), "no").unwrap();
    }
    let runs = more_than(&house, before).await;
    assert_eq!(told(&house, &runs).await, files);
    assert!(runs.len() <= 2, "{} runs", runs.len());
    assert!(runs.iter().all(|run| run.why == "files" && run.state == Succeeded), "{runs:?}");
    let again = house.call(Again { id: runs[0].id }).await.unwrap();
    house.over(again.id).await;
    assert_eq!(house.output(again.id).await, house.output(runs[0].id).await);
    house.end().await;
}

#[tokio::test]
async fn a_file_that_an_editor_replaces_is_still_watched() {
    let house = House::with(watching("notes.txt", "", TELL)).await;
    until_watched(&house, "notes.txt").await;
    for text in ["one", "two", "three"] {
        let before = house.runs("watch").await.len();
        let (file, beside) = (house.thing("notes.txt"), house.thing(".notes.txt.swp"));
        fs_err::write(&beside, text).unwrap();
        fs_err::rename(&beside, &file).unwrap();
        let runs = more_than(&house, before).await;
        assert_eq!((runs.len(), told(&house, &runs).await), (1, BTreeSet::from([file])), "{text}");
    }
    house.end().await;
}

#[tokio::test]
async fn a_directory_that_goes_and_comes_back_is_still_watched() {
    let house = House::with(watching("src/**/*.rs", "", TELL)).await;
    until_watched(&house, "src/probe.rs").await;
    for round in 0..3 {
        let before = house.runs("watch").await.len();
        fs_err::remove_dir_all(house.thing("src")).unwrap();
        assert!(!more_than(&house, before).await.is_empty(), "what is gone has changed too");
        let before = house.runs("watch").await.len();
        fs_err::create_dir_all(house.thing("src/a/b")).unwrap();
        let file = house.thing(&format!("src/a/b/{round}.rs"));
        fs_err::write(&file, "fn main() {}").unwrap();
        let runs = more_than(&house, before).await;
        assert!(told(&house, &runs).await.contains(&file), "round {round}");
        let before = house.runs("watch").await.len();
        fs_err::write(&file, "fn main() { }").unwrap();
        let runs = more_than(&house, before).await;
        assert_eq!(told(&house, &runs).await, BTreeSet::from([file]), "round {round}");
    }
    assert_eq!(house.job("watch").await.trouble, None);
    house.end().await;
}

#[tokio::test]
async fn a_change_among_a_hundred_thousand_files_is_found() {
    let home = tempfile::tempdir().unwrap();
    for directory in 0..100 {
        let directory = home.path().join(directory.to_string());
        fs_err::create_dir(&directory).unwrap();
        for file in 0..1000 {
            fs_err::write(directory.join(format!("{file}.rs")), "").unwrap();
        }
    }
    let files = home.path().join("**/*.rs").display().to_string();
    let table = job("watch", TELL, &format!("on = {{ files = [\"{files}\"], debounce = \"50ms\" }}"));
    let house = House::with(table).await;
    let file = home.path().join("57/123.rs");
    let mut count = 0;
    until("the change is found", async || {
        count += 1;
        fs_err::write(&file, count.to_string()).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        !house.runs("watch").await.is_empty()
    })
    .await;
    quiet(&house).await;
    let runs = house.runs("watch").await;
    assert_eq!(told(&house, &runs).await, BTreeSet::from([file]));
    assert_eq!(house.job("watch").await.trouble, None);
    house.end().await;
}

#[tokio::test]
async fn what_changes_during_a_run_is_told_to_the_next_one() {
    let script = format!("{TELL}; echo $HOB_JOB_RUN >> @THINGS/notes; {}", gate("gate"));
    let house = House::with(watching("src/*", "", &script)).await;
    fs_err::create_dir(house.thing("src")).unwrap();
    let mut count = 0;
    until("it runs", async || {
        count += 1;
        fs_err::write(house.thing("src/first"), count.to_string()).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        house.stand("watch").await.contains(&Running)
    })
    .await;
    let second = house.thing("src/second");
    fs_err::write(&second, "").unwrap();
    until("another waits", async || house.stand("watch").await.last() == Some(&Queued)).await;
    house.open_gate("gate");
    quiet(&house).await;
    let runs = house.runs("watch").await;
    assert!(runs.iter().all(|run| run.state == Succeeded), "{runs:?}");
    assert!(told(&house, &runs[1..]).await.contains(&second));
    house.end().await;
}
