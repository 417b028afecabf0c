//! What it costs to know when jobs are due: one expression, and the agenda of ten thousand jobs.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use daemon_core::jobs::schedule::{Agenda, CatchUp, Cron, PUNCTUAL, Schedule, Trigger};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const JOBS: u32 = 10_000;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("it is written as a timestamp")
}

fn madrid() -> TimeZone {
    TimeZone::get("Europe/Madrid").expect("it is built in")
}

fn next(criterion: &mut Criterion) {
    let zone = madrid();
    let cases = [
        ("a minute later", "* * * * *", "2026-07-01T12:00:00Z"),
        ("the next night", "0 2 * * *", "2026-07-01T12:00:00Z"),
        ("in the gap", "30 2 * * *", "2026-03-28T12:00:00Z"),
        ("the next leap day on a Monday", "0 0 29 2 +MON", "2026-07-01T12:00:00Z"),
    ];
    for (what, text, after) in cases {
        let cron: Cron = text.parse().expect("it is an expression");
        let after = instant(after);
        criterion.bench_function(&format!("schedule: {what} ({text})"), |bencher| {
            bencher.iter(|| black_box(&cron).next(black_box(after), &zone));
        });
    }
    criterion.bench_function("schedule: read \"*/5 8-18 * * MON-FRI\"", |bencher| {
        bencher.iter(|| black_box("*/5 8-18 * * MON-FRI").parse::<Cron>().expect("it is an expression"));
    });
}

fn missed(criterion: &mut Criterion) {
    let trigger = Trigger::Cron("*/15 * * * *".parse().expect("it is an expression"));
    let schedule = Schedule::new(vec![trigger], madrid());
    let last = instant("2026-07-01T12:00:00Z");
    let cases = [("on time", "2026-07-01T12:15:00.003Z"), ("after a week off", "2026-07-08T12:16:00Z")];
    for (what, now) in cases {
        let now = instant(now);
        criterion.bench_function(&format!("schedule: rule on what was due, {what}"), |bencher| {
            bencher.iter(|| schedule.missed(CatchUp::Once, PUNCTUAL, black_box(last), now));
        });
    }
}

fn agenda(criterion: &mut Criterion) {
    let start = instant("2026-07-01T12:00:00Z");
    let at = |job: u32| start + jiff::SignedDuration::from_secs(i64::from(job % 3600));
    let mut full = Agenda::new();
    for job in 0..JOBS {
        full.insert(job, at(job));
    }
    criterion.bench_function("agenda of 10,000: nothing is due", |bencher| {
        let before = start - jiff::SignedDuration::from_secs(1);
        bencher.iter(|| black_box(&mut full).take_due(before));
    });
    criterion.bench_function("agenda of 10,000: one is due, taken and put back", |bencher| {
        let mut agenda = Agenda::new();
        for job in 0..JOBS {
            agenda.insert(job, start + jiff::SignedDuration::from_secs(i64::from(job)));
        }
        bencher.iter(|| {
            let now = agenda.next().expect("all were put back");
            for (at, job) in agenda.take_due(now) {
                agenda.insert(job, at + jiff::SignedDuration::from_secs(i64::from(JOBS)));
            }
        });
    });
    criterion.bench_function("agenda of 10,000: all are due", |bencher| {
        let end = start + jiff::SignedDuration::from_hours(1);
        let take = |mut agenda: Agenda<u32>| agenda.take_due(end);
        bencher.iter_batched(|| full.clone(), take, BatchSize::LargeInput);
    });
}

criterion_group!(benches, next, missed, agenda);
criterion_main!(benches);
