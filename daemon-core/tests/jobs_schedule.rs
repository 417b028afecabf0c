//! Jobs by the clock: each due time is dealt with once, whatever the clock and the daemon do.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::house::{House, until};
use common::work::{command, job, moment, noting};
use daemon_core::jobs::ops::{Next, Pause, Resume};
use daemon_core::jobs::{Run, Standing};
use daemon_core::kernel::clock::Clock;
use daemon_core::system::StartPause;
use jiff::{SignedDuration, Timestamp};

const HOURLY: &str = "every = \"1h\"\noverlap = \"queue\"";

/// A house whose clock stands there.
async fn at(time: &str, jobs: impl std::fmt::Display) -> House {
    House::at(Clock::standing_at(moment(time)), jobs).await
}

/// Sets the clock, and waits until all that follows from that is over.
async fn set(house: &House, to: &str) {
    house.clock.set(moment(to));
    settle(house).await;
}

async fn settle(house: &House) {
    let now = house.clock.now();
    until("all schedules are dealt with", async || {
        let jobs = house.call(daemon_core::jobs::ops::List {}).await.unwrap().jobs;
        jobs.iter().all(|job| job.next.is_none_or(|next| now < next))
    })
    .await;
    // What was decided before this one is on disk before it, too.
    let last = house.call(command("true")).await.unwrap();
    house.over(last.id).await;
    house.until_all_over().await;
}

async fn step_through(house: &House, to: &str, step: SignedDuration) {
    while house.clock.now() < moment(to) {
        house.clock.set(house.clock.now().checked_add(step).unwrap());
        settle(house).await;
    }
}

/// The times that a job's runs were due.
async fn dues(house: &House, job: &str) -> Vec<String> {
    let succeeded = |run: &Run| run.state == Standing::Succeeded;
    house.runs(job).await.into_iter().filter(succeeded).map(|run| short(run.due)).collect()
}

fn short(time: Timestamp) -> String {
    time.strftime("%d %H:%M").to_string()
}

#[tokio::test]
async fn it_is_recorded_of_every_schedule_when_it_began_however_many_there_are() {
    // More than writes that may wait.
    const MANY: i64 = 9000;
    let yearly = |number| format!("[job.yearly-{number}]\ncommand = \"true\"\ncron = \"0 3 1 1 *\"\n");
    let house = at("2026-06-01T12:00:00Z", (0..MANY).map(yearly).collect::<String>()).await;
    let recorded = rusqlite::Connection::open(house.dirs.database()).unwrap();
    until("all are recorded", async || {
        let count = recorded.query_row("SELECT count(*) FROM job_marks", [], |row| row.get::<_, i64>(0));
        count.unwrap() == MANY
    })
    .await;
    house.end().await;
}

#[tokio::test]
async fn every_due_time_is_one_run_and_the_past_is_none() {
    let jobs = [
        noting("every", HOURLY),
        noting("cron", "cron = [\"30 * * * *\", \"0 13 * * *\"]\nzone = \"UTC\""),
        noting("once", "at = [\"2026-11-21T11:00:00Z\", \"2026-11-21T13:10:00Z\"]"),
        noting("never", "at = \"2026-11-21T11:59:59Z\""),
    ];
    let house = at("2026-11-21T12:00:00Z", jobs.concat()).await;
    step_through(&house, "2026-11-21T14:00:00Z", SignedDuration::from_mins(10)).await;
    let house = house.again().await;
    step_through(&house, "2026-11-21T14:30:00Z", SignedDuration::from_mins(10)).await;
    assert_eq!(dues(&house, "every").await, ["21 13:00", "21 14:00"]);
    assert_eq!(dues(&house, "cron").await, ["21 12:30", "21 13:00", "21 13:30", "21 14:30"]);
    assert_eq!(dues(&house, "once").await, ["21 13:10"]);
    assert_eq!(dues(&house, "never").await, [""; 0]);
    let count = |name: &str| house.notes().iter().filter(|note| *note == name).count();
    assert_eq!((count("every"), count("cron"), count("once"), count("never")), (2, 4, 1, 0));
    assert_eq!(house.job("once").await.next, None);
    house.end().await;
}

fn late_jobs() -> String {
    let with = |name: &str, missed: &str| noting(name, &format!("{HOURLY}\nmissed = \"{missed}\"\n"));
    [
        with("skip", "skip"),
        with("once", "once"),
        with("two", "all(2)"),
        with("all", "all(9)"),
        noting("grace", &format!("{HOURLY}\nmissed = \"all(9)\"\ngrace = \"90m\"")),
        noting("useless", &format!("{HOURLY}\nmissed = \"once\"\ngrace = \"10m\"")),
    ]
    .concat()
}

/// Nothing ran from 13:00 to 17:20.
async fn check_late(house: &House) {
    let expected: [(&str, &[&str], u32); 6] = [
        ("skip", &[], 5),
        ("once", &["21 17:00"], 4),
        ("two", &["21 16:00", "21 17:00"], 3),
        ("all", &["21 13:00", "21 14:00", "21 15:00", "21 16:00", "21 17:00"], 0),
        ("grace", &["21 16:00", "21 17:00"], 3),
        ("useless", &[], 5),
    ];
    for (job, runs, missed) in expected {
        assert_eq!(dues(house, job).await, runs, "{job}");
        let noted: Vec<Run> =
            house.runs(job).await.into_iter().filter(|run| run.state == Standing::Missed).collect();
        assert_eq!(noted.len(), usize::from(0 < missed), "{job}: {noted:?}");
        let counted =
            |run: &Run| run.reason.as_ref().unwrap().starts_with(&format!("{missed} due times passed"));
        assert!(noted.iter().all(counted), "{job}: {noted:?}");
    }
}

#[tokio::test]
async fn what_was_due_while_no_daemon_ran_is_dealt_with_once_as_the_job_says() {
    let house = at("2026-11-21T12:30:00Z", late_jobs()).await;
    settle(&house).await;
    let clock = house.clock.clone();
    let house = house.off(async |_| clock.set(moment("2026-11-21T17:20:00Z"))).await;
    settle(&house).await;
    check_late(&house).await;
    let house = house.again().await.again().await;
    settle(&house).await;
    check_late(&house).await;
    house.end().await;
}

#[tokio::test]
async fn what_was_due_while_the_machine_slept_is_the_same() {
    let house = at("2026-11-21T12:30:00Z", late_jobs()).await;
    set(&house, "2026-11-21T17:20:00Z").await;
    check_late(&house).await;
    house.end().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_repeats_nothing() {
    let house = at("2026-11-21T12:30:00Z", noting("hourly", HOURLY)).await;
    set(&house, "2026-11-21T13:00:00Z").await;
    for time in ["11:30", "12:00", "12:59", "13:00", "13:05"] {
        set(&house, &format!("2026-11-21T{time}:00Z")).await;
    }
    let house = house.again().await;
    settle(&house).await;
    assert_eq!(dues(&house, "hourly").await, ["21 13:00"]);
    set(&house, "2026-11-21T14:00:00Z").await;
    assert_eq!(dues(&house, "hourly").await, ["21 13:00", "21 14:00"]);
    house.end().await;
}

/// After a clock was wrong by a year, a schedule begins anew.
async fn check_wrong_clock(restart: bool) {
    let house = at("2027-11-21T12:30:00Z", noting("hourly", HOURLY)).await;
    set(&house, "2027-11-21T13:00:00Z").await;
    let house = if restart {
        let clock = house.clock.clone();
        house.off(async |_| clock.set(moment("2026-11-21T09:30:00Z"))).await
    } else {
        house.clock.set(moment("2026-11-21T09:30:00Z"));
        house
    };
    until("it is due soon", async || house.job("hourly").await.next == Some(moment("2026-11-21T10:00:00Z")))
        .await;
    set(&house, "2026-11-21T10:00:00Z").await;
    let house = house.again().await;
    set(&house, "2026-11-21T11:00:00Z").await;
    assert_eq!(dues(&house, "hourly").await, ["21 13:00", "21 10:00", "21 11:00"]);
    house.end().await;
}

#[tokio::test]
async fn a_clock_that_was_wrong_by_a_year_and_is_set_right_silences_nothing() {
    check_wrong_clock(false).await;
}

#[tokio::test]
async fn nor_if_it_is_set_right_while_no_daemon_runs() {
    check_wrong_clock(true).await;
}

#[tokio::test]
async fn a_wait_between_attempts_is_no_longer_when_the_clock_is_set_back() {
    let keys = "retries = 1\nbackoff = { initial = \"1m\" }";
    let house = at("2026-11-21T12:30:00Z", job("bad", "exit 3", keys)).await;
    let id = house.ask("bad").await.id;
    until("it waits", async || house.run(id).await.not_before.is_some()).await;
    house.clock.set(moment("2026-11-21T09:00:00Z"));
    until("it waits less", async || {
        let jobs = house.call(daemon_core::jobs::ops::List {}).await.unwrap().jobs;
        jobs[0].waiting == [id]
    })
    .await;
    // The wait is a minute at most.
    house.clock.set(moment("2026-11-21T09:01:01Z"));
    let run = house.over(id).await;
    assert_eq!((run.state, run.attempt), (Standing::Failed, 2));
    house.end().await;
}

#[tokio::test]
async fn a_time_that_the_clock_skips_or_repeats_is_due_once() {
    let keys = "cron = \"30 2 * * *\"\nzone = \"Europe/Madrid\"";
    let house = at("2026-03-28T23:00:00Z", noting("nightly", keys)).await;
    step_through(&house, "2026-03-29T03:00:00Z", SignedDuration::from_mins(15)).await;
    assert_eq!(dues(&house, "nightly").await, ["29 01:00"]);
    house.end().await;
    let house = at("2026-10-24T23:00:00Z", noting("nightly", keys)).await;
    step_through(&house, "2026-10-25T03:00:00Z", SignedDuration::from_mins(15)).await;
    assert_eq!(dues(&house, "nightly").await, ["25 00:30"]);
    house.end().await;
}

#[tokio::test]
async fn a_paused_job_lets_its_times_pass_until_it_is_resumed_or_its_pause_is_over() {
    let house = at("2026-11-21T12:30:00Z", noting("hourly", HOURLY)).await;
    let name = Some("hourly".to_owned());
    house.call(Pause { name: name.clone(), queue: None, length: None }).await.unwrap();
    set(&house, "2026-11-21T14:30:00Z").await;
    let house = house.again().await;
    assert!(house.job("hourly").await.paused);
    set(&house, "2026-11-21T15:30:00Z").await;
    house.call(Resume { name: name.clone(), queue: None }).await.unwrap();
    set(&house, "2026-11-21T16:00:00Z").await;
    assert_eq!(dues(&house, "hourly").await, ["21 16:00"]);
    let length = Some("2h".parse().unwrap());
    let pause = house.call(Pause { name, queue: None, length }).await.unwrap();
    assert_eq!(pause.until, Some(moment("2026-11-21T18:00:00Z")));
    set(&house, "2026-11-21T17:00:00Z").await;
    let house = house.again().await;
    set(&house, "2026-11-21T18:00:00Z").await;
    assert!(!house.job("hourly").await.paused);
    assert_eq!(dues(&house, "hourly").await, ["21 16:00", "21 18:00"], "its end is not in the pause");
    house.end().await;
}

#[tokio::test]
async fn what_is_due_next_is_told_in_order_and_as_the_zone_has_it() {
    let jobs = [
        noting("nightly", "cron = \"0 2 * * *\"\nzone = \"Europe/Madrid\""),
        noting("often", "every = \"6h\""),
        noting("asked", ""),
    ];
    let house = at("2026-11-21T12:30:00Z", jobs.concat()).await;
    let due = house.call(Next { name: None, count: 2 }).await.unwrap().due;
    let told: Vec<(&str, String)> = due.iter().map(|due| (due.job.as_str(), short(due.at))).collect();
    let expected =
        [("often", "21 18:00"), ("often", "22 00:00"), ("nightly", "22 01:00"), ("nightly", "23 01:00")];
    assert_eq!(told, expected.map(|(job, at)| (job, at.to_owned())));
    assert_eq!(due[2].local, "2026-11-22T02:00:00+01:00[Europe/Madrid]");
    assert_eq!(due[2].trigger, "0 2 * * *");
    house.end().await;
}

#[tokio::test]
async fn of_what_is_due_it_is_told_what_a_pause_keeps_from_beginning() {
    let house =
        at("2026-11-21T12:30:00Z", [noting("a", HOURLY), noting("b", "every = \"1h\"")].concat()).await;
    let paused = async |name: &str| {
        let due = house.call(Next { name: Some(name.to_owned()), count: 2 }).await.unwrap().due;
        due.into_iter().map(|due| due.paused).collect::<Vec<_>>()
    };
    let length = Some("60m".parse().unwrap());
    house.call(Pause { name: Some("a".to_owned()), queue: None, length }).await.unwrap();
    assert_eq!(paused("a").await, [true, false], "its pause is over before the second");
    assert_eq!(paused("b").await, [false, false]);
    house.call(StartPause { length: None, until: None }).await.unwrap();
    assert_eq!((paused("a").await, paused("b").await), (vec![true, true], vec![true, true]));
    house.end().await;
}

#[tokio::test]
async fn an_edit_begins_another_schedule_and_no_other_edit_touches_it() {
    let house = at("2026-11-21T12:30:00Z", noting("hourly", HOURLY)).await;
    settle(&house).await;
    house.configure(noting("hourly", &format!("{HOURLY}\npriority = 3"))).await.unwrap();
    set(&house, "2026-11-21T13:00:00Z").await;
    // Its due time at 13:00 is not due again, and those of the new schedule before now never were.
    house.configure(noting("hourly", "every = \"5m\"")).await.unwrap();
    set(&house, "2026-11-21T13:05:00Z").await;
    assert_eq!(dues(&house, "hourly").await, ["21 13:00", "21 13:05"]);
    house.configure("").await.unwrap();
    set(&house, "2026-11-21T14:00:00Z").await;
    let house = house.again().await;
    house.configure(noting("hourly", HOURLY)).await.unwrap();
    settle(&house).await;
    assert_eq!(dues(&house, "hourly").await, ["21 13:00", "21 13:05"], "it was not there at 14:00");
    house.end().await;
}
