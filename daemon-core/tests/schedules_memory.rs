//! Ten thousand schedules and their agenda are small; alone in its process, so that it can be measured.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use daemon_core::jobs::schedule::{Agenda, Cron, Schedule, Trigger};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const JOBS: u32 = 10_000;
const MOST: usize = 6 << 20;

/// What this process has in memory and no file would give back (proc_pid_statm(5)).
fn anonymous_memory() -> usize {
    let text = fs_err::read_to_string("/proc/self/statm").unwrap();
    let pages: Vec<usize> = text.split(' ').take(3).map(|field| field.parse().unwrap()).collect();
    (pages[1] - pages[2]) * rustix::param::page_size()
}

fn schedule(job: u32, zone: &TimeZone) -> Schedule {
    let text = format!("{} {}-23/2 1,15,L * MON-FRI", job % 60, job % 22);
    Schedule::new(vec![Trigger::Cron(text.parse::<Cron>().unwrap())], zone.clone())
}

#[test]
fn ten_thousand_schedules_are_small() {
    let zone = TimeZone::get("Europe/Madrid").unwrap();
    let now: Timestamp = "2026-07-01T12:00:00Z".parse().unwrap();
    // What is there once, for the first of them.
    schedule(0, &zone).next(now).unwrap();
    let before = anonymous_memory();
    let mut agenda = Agenda::new();
    let mut schedules = Vec::new();
    for job in 0..JOBS {
        let schedule = schedule(job, &zone);
        agenda.insert(job, schedule.next(now).unwrap().at);
        schedules.push(schedule);
    }
    let grown = anonymous_memory() - before;
    println!("{JOBS} schedules and their agenda: {} KiB", grown >> 10);
    assert!(grown < MOST, "{JOBS} schedules take {} KiB", grown >> 10);
    assert_eq!((agenda.len(), schedules.len()), (10_000, 10_000));
}
