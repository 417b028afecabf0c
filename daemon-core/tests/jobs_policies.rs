//! What a job says about its runs: overlap, time, attempts, slots, pauses, how many are kept, what it runs on.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::house::{House, lives, sh, until};
use common::work::{command, gate, job, moment, noting};
use daemon_core::jobs::Standing::{self, Cancelled, Failed, Queued, Running, Skipped, Succeeded, TimedOut};
use daemon_core::jobs::ops::{Again, Enqueue, List, Logs, Pause, Resume, RunNow};
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::{Access, Caller, Code};
use daemon_core::system;

/// Four runs are asked for while the first has not ended.
async fn check_overlap(overlap: &str, during: [Standing; 4], after: [Standing; 4]) {
    let script = format!("echo $HOB_JOB_RUN >> @THINGS/notes; {}", gate("gate"));
    let house = House::with(job("slow", &script, &format!("overlap = \"{overlap}\""))).await;
    for number in 1..=4 {
        let asked = house.ask("slow").await;
        assert_eq!(asked.id, number);
        if number == 1 {
            until("it has begun", async || house.notes() == ["1"]).await;
        }
    }
    house.until_stand("slow", &during).await;
    house.open_gate("gate");
    house.until_stand("slow", &after).await;
    for run in house.runs("slow").await {
        match run.state {
            Skipped => assert_eq!(run.reason.as_deref(), Some("run 1 had not ended")),
            Cancelled => assert_eq!(run.reason.as_deref(), Some("another run took its place")),
            _ => assert_eq!(run.attempt, 1),
        }
    }
    house.end().await;
}

#[tokio::test]
async fn a_run_is_skipped_while_another_is_under_way() {
    check_overlap("skip", [Running, Skipped, Skipped, Skipped], [Succeeded, Skipped, Skipped, Skipped]).await;
}

#[tokio::test]
async fn a_run_waits_while_another_is_under_way() {
    check_overlap("queue", [Running, Queued, Queued, Queued], [Succeeded; 4]).await;
}

#[tokio::test]
async fn so_many_runs_are_under_way_together() {
    check_overlap("parallel(2)", [Running, Running, Queued, Queued], [Succeeded; 4]).await;
}

#[tokio::test]
async fn a_run_takes_the_place_of_another() {
    let during = [Cancelled, Cancelled, Cancelled, Running];
    check_overlap("replace", during, [Cancelled, Cancelled, Cancelled, Succeeded]).await;
}

#[tokio::test]
async fn what_takes_too_long_is_ended_with_all_that_it_has_started() {
    let script = "trap '' TERM; (trap '' TERM; sleep 1000) & echo $! >> @THINGS/notes; \
        setsid sh -c 'echo $$ >> @THINGS/notes; exec sleep 1000' & while :; do sleep 0.05; done";
    let house = House::with(job("slow", script, "timeout = \"400ms\"\nstop_timeout = \"100ms\"")).await;
    let id = house.ask("slow").await.id;
    let run = house.over(id).await;
    assert_eq!((run.state, run.code), (TimedOut, None));
    assert!(run.reason.as_ref().unwrap().starts_with("took longer than 400ms and was ended"), "{run:?}");
    for pid in house.notes() {
        assert!(!lives(pid.parse().unwrap()), "{pid} lives");
    }
    house.end().await;
}

#[tokio::test]
async fn what_takes_too_long_may_end_by_itself_when_it_is_asked_to() {
    let script = "trap 'echo ends >> @THINGS/notes; exit 0' TERM; while :; do sleep 0.02; done";
    let house = House::with(job("slow", script, "timeout = \"300ms\"\nstop_timeout = \"1h\"")).await;
    let id = house.ask("slow").await.id;
    assert_eq!(house.over(id).await.state, TimedOut, "whatever it exits with");
    assert_eq!(house.notes(), ["ends"]);
    house.end().await;
}

#[tokio::test]
async fn the_attempts_of_a_run_share_its_log_and_the_last_one_counts() {
    let script = "echo attempt $HOB_ATTEMPT of $HOB_JOB_RUN of $HOB_JOB; [ $HOB_ATTEMPT = 3 ] || exit 4";
    let house = House::with(job("bad", script, "retries = 5\nbackoff = { initial = \"5ms\" }")).await;
    let id = house.ask("bad").await.id;
    let run = house.over(id).await;
    assert_eq!((run.state, run.attempt, run.code), (Succeeded, 3, Some(0)));
    assert_eq!(house.output(id).await, [1, 2, 3].map(|attempt| format!("attempt {attempt} of {id} of bad")));
    let second = Logs { run: "bad".to_owned(), lines: 10, attempt: Some(2), grep: None };
    let lines = house.call(second).await.unwrap().lines;
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["attempt 2 of 1 of bad"]);
    assert_eq!(house.runs("bad").await.len(), 1);
    house.end().await;
}

#[tokio::test]
async fn attempts_come_to_an_end_and_wait_longer_each_time() {
    let keys = "retries = 2\nsuccess_codes = [0, 7]\nbackoff = { initial = \"100ms\", factor = 3.0 }";
    let jobs = [job("bad", "date +%s%N; exit 3", keys), job("odd", "exit 7", keys)];
    let house = House::with(jobs.concat()).await;
    let run = house.ask("bad").await.id;
    let run = house.over(run).await;
    assert_eq!((run.state, run.attempt, run.code), (Failed, 3, Some(3)));
    let times: Vec<u64> = house.output(run.id).await.iter().map(|line| line.parse().unwrap()).collect();
    let waited = |index: usize| (times[index + 1] - times[index]) / 1_000_000;
    assert!(90 <= waited(0) && 270 <= waited(1), "{times:?}");
    let odd = house.ask("odd").await.id;
    let odd = house.over(odd).await;
    assert_eq!((odd.state, odd.attempt, odd.code), (Succeeded, 1, Some(7)));
    house.end().await;
}

#[tokio::test]
async fn slots_of_a_queue_and_of_all_are_shared_and_the_highest_priority_is_first() {
    let wait = format!("echo $HOB_JOB >> @THINGS/notes; {}", gate("gate"));
    let build = "queue = \"build\"\noverlap = \"parallel(9)\"";
    let jobs = [
        "[jobs]\nslots = 3\n[queue.build]\nslots = 2\n".to_owned(),
        job("first", &wait, build),
        noting("low", &format!("{build}\npriority = -5")),
        noting("high", &format!("{build}\npriority = 5")),
        job("free", &wait, "overlap = \"parallel(9)\""),
    ];
    let house = House::with(jobs.concat()).await;
    for name in ["first", "first", "low", "high", "free", "free"] {
        house.ask(name).await;
    }
    let expected = [Running, Running, Queued, Queued, Running, Queued];
    house.until_stand("", &expected).await;
    until("three have begun", async || house.notes().len() == 3).await;
    let queues = house.call(List {}).await.unwrap().queues;
    let build = queues.iter().find(|queue| queue.name == "build").unwrap();
    assert_eq!((build.slots, build.running, build.waiting), (2, 2, 2));
    house.open_gate("gate");
    house.until_stand("", &[Succeeded; 6]).await;
    // Both may begin in the same moment, and then either may write first.
    let started = async |job: &str| house.runs(job).await[0].started.unwrap();
    assert!(started("high").await < started("low").await);
    house.end().await;
}

#[tokio::test]
async fn a_paused_queue_begins_nothing_until_it_is_resumed_or_its_pause_is_over() {
    let clock = Clock::standing_at(moment("2026-11-21T12:00:00Z"));
    let house = House::at(clock, noting("work", "queue = \"default\"\noverlap = \"queue\"")).await;
    let queue = Some("default".to_owned());
    house.call(Pause { name: None, queue: queue.clone(), length: None }).await.unwrap();
    let first = house.ask("work").await.id;
    let house = house.again().await;
    let other = house.call(Enqueue { queue: queue.clone(), ..command("true") }).await.unwrap().id;
    assert_eq!(house.stand("").await, [Queued; 2]);
    house.call(Resume { name: None, queue: queue.clone() }).await.unwrap();
    assert_eq!((house.over(first).await.state, house.over(other).await.state), (Succeeded, Succeeded));
    house.call(Pause { name: None, queue, length: Some("1h".parse().unwrap()) }).await.unwrap();
    let last = house.ask("work").await.id;
    assert_eq!(house.run(last).await.state, Queued);
    house.clock.set(moment("2026-11-21T13:00:00Z"));
    assert_eq!(house.over(last).await.state, Succeeded);
    house.end().await;
}

#[tokio::test]
async fn a_paused_job_begins_nothing_and_what_runs_of_it_goes_on() {
    let house = House::with(job("slow", &gate("gate"), "overlap = \"queue\"")).await;
    house.ask("slow").await;
    house.until_stand("slow", &[Running]).await;
    let name = Some("slow".to_owned());
    house.call(Pause { name: name.clone(), queue: None, length: None }).await.unwrap();
    house.ask("slow").await;
    house.open_gate("gate");
    house.until_stand("slow", &[Succeeded, Queued]).await;
    house.call(Resume { name, queue: None }).await.unwrap();
    house.until_stand("slow", &[Succeeded; 2]).await;
    house.end().await;
}

#[tokio::test]
async fn nothing_begins_while_everything_is_paused() {
    let clock = Clock::standing_at(moment("2026-11-21T12:30:00Z"));
    let house = House::at(clock, noting("hourly", "every = \"1h\"\noverlap = \"queue\"")).await;
    house.call(system::StartPause { length: None, until: None }).await.unwrap();
    house.clock.set(moment("2026-11-21T13:00:00Z"));
    house.until_stand("hourly", &[Queued]).await;
    let asked = house.call(command("true")).await.unwrap();
    house.clock.set(moment("2026-11-21T14:00:00Z"));
    until("both wait", async || house.stand("hourly").await == [Queued; 2]).await;
    house.call(system::Resume {}).await.unwrap();
    house.until_stand("hourly", &[Succeeded; 2]).await;
    assert_eq!(house.over(asked.id).await.state, Succeeded);
    house.end().await;
}

#[tokio::test]
async fn what_takes_longer_than_it_should_is_shown_until_it_ends() {
    let house = House::with(job("slow", &gate("gate"), "alert_after = \"50ms\"")).await;
    let id = house.ask("slow").await.id;
    until("it is late", async || house.job("slow").await.late == [id]).await;
    let house = house.left(async |_| {}).await;
    until("it is late after its adoption too", async || house.job("slow").await.late == [id]).await;
    house.open_gate("gate");
    assert_eq!(house.over(id).await.state, Succeeded);
    until("it is not late any more", async || house.job("slow").await.late.is_empty()).await;
    house.end().await;
}

fn logs_of(house: &House) -> usize {
    fs_err::read_dir(house.dirs.service_logs()).unwrap().count()
}

#[tokio::test]
async fn only_so_many_runs_are_kept_with_their_logs_and_of_jobs_that_are_gone_too() {
    let text = format!(
        "[jobs.keep]\nruns = 1\n{}{}",
        job("few", "echo hello", "keep = { runs = 2 }\noverlap = \"queue\""),
        job("gone", "echo hello", "keep = { runs = 50 }\noverlap = \"queue\"")
    );
    let house = House::with(&text).await;
    for _ in 0..5 {
        house.ask("few").await;
        house.ask("gone").await;
        house.call(command("echo hello")).await.unwrap();
    }
    house.until_all_over().await;
    house.configure(text.split("[job.\"gone\"]").next().unwrap()).await.unwrap();
    until("the newest are left", async || house.runs("").await.len() == 4 && logs_of(&house) == 4).await;
    let left: Vec<u64> = house.runs("").await.into_iter().map(|run| run.id).collect();
    assert_eq!(left, [10, 13, 14, 15]);
    let house = house.again().await;
    assert_eq!(house.ask("few").await.id, 16, "no number comes twice");
    house.until_all_over().await;
    house.end().await;
}

#[tokio::test]
async fn runs_are_kept_for_so_long() {
    let clock = Clock::standing_at(moment("2026-11-21T12:00:00Z"));
    let house = House::at(clock, job("old", "echo hello", "keep = { age = \"2h\" }")).await;
    let old = house.ask("old").await.id;
    house.over(old).await;
    house.clock.set(moment("2026-11-21T13:30:00Z"));
    let young = house.ask("old").await.id;
    house.over(young).await;
    house.clock.set(moment("2026-11-21T14:30:00Z"));
    let house = house.again().await;
    until("the old one is gone", async || house.runs("").await.len() == 1 && logs_of(&house) == 1).await;
    assert_eq!(house.runs("").await[0].id, young);
    house.end().await;
}

#[tokio::test]
async fn other_words_than_those_that_are_configured_need_more_access() {
    let house = House::with("[job.say]\ncommand = [\"echo\", \"one\"]\n").await;
    let asked = || RunNow { name: "say".to_owned(), args: vec!["two three".to_owned()] };
    let operator = house.daemon.client_of(Caller { access: Access::Operate, ..Caller::window() });
    let denied = operator.call(asked()).await.unwrap_err();
    assert_eq!(denied.code, Code::Denied);
    let run = house.call(asked()).await.unwrap();
    house.over(run.id).await;
    assert_eq!(house.output(run.id).await, ["one two three"]);
    let again = operator.call(Again { id: run.id }).await.unwrap();
    house.over(again.id).await;
    assert_eq!(
        (again.why.as_str(), house.output(again.id).await),
        ("again", vec!["one two three".to_owned()])
    );
    house.end().await;
}

#[tokio::test]
async fn a_job_runs_on_what_happens_to_services_and_to_other_jobs() {
    let told = "echo $HOB_JOB $HOB_EVENT $HOB_EVENT_NAME >> @THINGS/notes";
    let on = |event: &str| format!("overlap = \"queue\"\non = {{ event = \"{event}\" }}");
    let jobs = [
        sh("web", "echo up; exec sleep 1000", "ready = { log = \"up\" }\nrestart = \"never\""),
        sh("bad", "exit 3", "restart = \"never\""),
        job("ready", told, "on = { event = \"service.ready\", name = \"web\" }"),
        job("failed", told, &on("service.failed")),
        job("worse", &format!("{told}; exit 1"), "on = { event = \"job.failed\" }"),
        job("better", told, "on = { event = \"job.succeeded\", name = \"ready\" }"),
        job("breaks", "exit 9", ""),
    ];
    let house = House::with(jobs.concat()).await;
    house.start("web").await.unwrap();
    let web = ["ready service.ready web", "better job.succeeded ready"];
    until("the service was ready", async || house.notes() == web).await;
    house.start("bad").await.ok();
    until("the other failed", async || house.notes().len() == 3).await;
    assert_eq!(house.notes()[2], "failed service.failed bad");
    house.ask("breaks").await;
    until("a job failed", async || house.notes().len() == 4).await;
    assert_eq!(house.notes()[3], "worse job.failed breaks");
    house.until_all_over().await;
    // It has failed, and does not run because of itself.
    let last = house.call(command("true")).await.unwrap();
    house.over(last.id).await;
    assert_eq!(house.stand("worse").await, [Failed]);
    assert_eq!(house.runs("worse").await[0].why, "event");
    house.stop("web").await.unwrap();
    house.end().await;
}
