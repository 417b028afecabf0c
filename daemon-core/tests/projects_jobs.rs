//! Jobs of a project: shown before they may run, and run as they were approved.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, sh, until};
use common::shop::{Place, down, only, refused, review, up};
use daemon_core::jobs::Standing;
use daemon_core::jobs::ops::{Get, List, Logs, RunNow, Wait};
use daemon_core::kernel::Code;
use daemon_core::project::Up;

const NIGHTLY: &str = "[job.nightly]\ncommand = ['/bin/sh', '-c', 'echo $KEY in $PWD']\ncron = \"0 2 * * *\"\n\
    zone = \"UTC\"\nenv_file = \".env\"\n";

async fn jobs(house: &House) -> Vec<String> {
    house.call(List {}).await.unwrap().jobs.into_iter().map(|job| job.name).collect()
}

async fn says(house: &House) -> Vec<String> {
    let run = house.call(RunNow { name: "shop/nightly".to_owned(), args: Vec::new() }).await.unwrap();
    house.call(Wait { id: run.id }).await.unwrap();
    let page =
        house.call(Logs { run: run.id.to_string(), lines: 10, attempt: None, grep: None }).await.unwrap();
    page.lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test]
async fn a_job_is_shown_before_it_may_run_and_runs_as_it_was_approved() {
    let house = House::with("").await;
    let place = Place::with(NIGHTLY);
    place.write_file(".env", "KEY=approved\n");
    let reviewed = review(&house, &place.text_dir()).await.unwrap();
    let plan = &reviewed.jobs[0];
    assert_eq!(
        (plan.name.as_str(), plan.env_file_names.as_slice()),
        ("shop/nightly", ["KEY".to_owned()].as_slice())
    );
    let settings = serde_json::to_value(&plan.settings).unwrap();
    assert_eq!(settings, serde_json::json!({ "schedule": ["cron 0 2 * * *"], "zone": "UTC" }));
    assert_eq!(jobs(&house).await, [""; 0], "looking changes nothing");

    up(&house, &place).await.unwrap();
    assert_eq!(jobs(&house).await, ["shop/nightly"]);
    place.write_file(".env", "KEY=evil\n");
    let place_dir = fs_err::canonicalize(place.dir()).unwrap();
    assert_eq!(says(&house).await, [format!("approved in {}", place_dir.display())]);

    down(&house, "shop").await.unwrap();
    assert_eq!(jobs(&house).await, [""; 0]);
    house.end().await;
}

#[tokio::test]
async fn what_would_run_otherwise_is_told_and_no_secret_is() {
    let house = House::with("").await;
    let place = Place::with(NIGHTLY);
    place.write_file(".env", "KEY=one\n");
    up(&house, &place).await.unwrap();
    place.write(&(NIGHTLY.replace("0 2", "0 3") + "[job.new]\ncommand = \"true\"\n"));
    place.write_file(".env", "KEY=two\n");
    let reviewed = review(&house, &place.text_dir()).await.unwrap();
    let differences = reviewed.job_differences.clone().unwrap();
    let names: Vec<_> = differences.iter().map(|it| (it.job.as_str(), it.added, it.removed)).collect();
    assert_eq!(names, [("new", true, false), ("nightly", false, false)]);
    let keys: Vec<_> = differences[1].keys.iter().map(|it| (it.key.as_str(), it.hidden.as_deref())).collect();
    assert_eq!(keys, [("schedule", None), ("env_file.KEY", Some("changed"))]);
    assert!(!serde_json::to_string(&reviewed).unwrap().contains("two"));
    house.call(Up { dir: reviewed.dir, digest: reviewed.digest }).await.unwrap();
    assert_eq!(jobs(&house).await, ["shop/new", "shop/nightly"]);
    house.end().await;
}

#[tokio::test]
async fn with_the_project_its_jobs_are_gone_and_their_runs_have_ended() {
    let house = House::with("").await;
    let place = Place::with("[job.slow]\ncommand = [\"sleep\", \"99\"]\noverlap = \"queue\"\n");
    up(&house, &place).await.unwrap();
    assert_eq!(only(&house).await.jobs, ["shop/slow"]);
    let begin =
        async || house.call(RunNow { name: "shop/slow".to_owned(), args: Vec::new() }).await.unwrap().id;
    let (running, waiting) = (begin().await, begin().await);
    until("it runs", async || {
        house.call(Get { name: "shop/slow".to_owned() }).await.unwrap().status.running == [running]
    })
    .await;
    let gone = down(&house, "shop").await.unwrap();
    assert_eq!((gone.services.len(), gone.jobs), (0, vec!["shop/slow".to_owned()]));
    assert_eq!(jobs(&house).await, [""; 0]);
    for id in [running, waiting] {
        // What has run is still told.
        let run = house.call(Wait { id }).await.unwrap();
        let end = (run.state, run.reason.as_deref());
        assert_eq!(end, (Standing::Cancelled, Some("its project was taken down")));
    }
    house.end().await;
}

#[tokio::test]
async fn a_bad_job_is_refused_at_its_line_when_it_is_looked_at() {
    let house = House::with(sh("web", "sleep 1000", "")).await;
    for (text, part) in [
        ("[job.a]\ncommand = \"true\"\nqueue = \"nowhere\"", "hob.toml:3: job.a.queue: there is no queue"),
        ("[job.a]\ncommand = \"true\"\nevery = \"0s\"", "hob.toml:3: job.a.every: "),
        ("[job.a]\ncommand = \"true\"\nenv_file = \"none\"", "job \"a\": the env_file"),
        ("[queue.a]\nslots = 2", "hob.toml:1: queue: cannot stand in the file of a project"),
        ("[jobs]\nslots = 2", "hob.toml:1: jobs: cannot stand in the file of a project"),
        ("[job.\"a/b\"]\ncommand = \"true\"", "the job name \"shop/a/b\" is not allowed"),
    ] {
        let place = Place::with(text);
        refused(review(&house, &place.text_dir()).await, Code::Invalid, &[part]);
    }
    house.end().await;
}
