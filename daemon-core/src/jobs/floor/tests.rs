//! Against a model that looks at everything anew each time.

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn of(job: &str, queue: &str, priority: i32) -> Entry {
    let named = |name: &str| Some(Arc::from(name)).filter(|_| !name.is_empty());
    Entry { job: named(job), queue: named(queue), priority, ..Entry::default() }
}

fn all(floor: &mut Floor) -> Vec<RunId> {
    std::iter::from_fn(|| floor.take()).collect()
}

#[test]
fn the_first_of_the_highest_priority_begins() {
    let mut floor = Floor::new(9);
    floor.set_queue("build", 1, false);
    for (id, priority) in [(1, 0), (2, 5), (3, 5), (4, -1)] {
        floor.add(id, of("", "build", priority), at(0));
    }
    for expected in [2, 3, 1, 4] {
        assert_eq!(all(&mut floor), [expected]);
        floor.remove(expected, at(0));
    }
    assert_eq!(floor.counts(), (0, 0));
}

#[test]
fn a_job_that_runs_one_at_a_time_holds_up_nobody_else() {
    let mut floor = Floor::new(9);
    floor.set_queue("build", 2, false);
    floor.set_job("web", 1, false);
    floor.add(1, of("web", "build", 0), at(0));
    floor.add(2, of("web", "build", 0), at(0));
    floor.add(3, of("", "build", 0), at(0));
    assert_eq!(all(&mut floor), [1, 3]);
    assert_eq!(floor.stage(2), Some(Stage::Job));
    floor.remove(1, at(0));
    assert_eq!(all(&mut floor), [2]);
}

#[test]
fn what_comes_after_others_waits_for_all_of_them() {
    let mut floor = Floor::new(9);
    floor.add(1, Entry::default(), at(0));
    floor.add(2, Entry::default(), at(0));
    floor.add(3, Entry { after: [1, 2, 77].into(), ..Entry::default() }, at(0));
    assert_eq!(all(&mut floor), [1, 2]);
    assert_eq!(floor.remove(2, at(0)), [3]);
    assert!(all(&mut floor).is_empty());
    assert_eq!(floor.remove(1, at(0)), [3]);
    assert_eq!(all(&mut floor), [3]);
}

#[test]
fn a_paused_job_lets_nothing_begin_that_has_not() {
    let mut floor = Floor::new(1);
    floor.add(1, of("web", "", 0), at(0));
    floor.add(2, of("web", "", 0), at(0));
    assert_eq!(all(&mut floor), [1]);
    floor.set_job("web", usize::MAX, true);
    floor.remove(1, at(0));
    assert!(all(&mut floor).is_empty());
    floor.set_job("web", usize::MAX, false);
    assert_eq!(all(&mut floor), [2]);
}

#[test]
fn a_job_costs_room_only_while_it_has_runs_or_terms_of_its_own() {
    let mut floor = Floor::new(9);
    floor.set_job("web", 1, false);
    assert!(floor.jobs.is_empty(), "of ten thousand jobs most have neither");
    floor.add(1, of("web", "", 0), at(0));
    assert_eq!((all(&mut floor), floor.jobs.len()), (vec![1], 1));
    floor.remove(1, at(0));
    assert!(floor.jobs.is_empty());
    floor.set_job("web", 1, true);
    assert_eq!(floor.jobs.len(), 1, "that it is paused must be known");
    floor.set_job("web", 1, false);
    assert!(floor.jobs.is_empty());
    floor.set_job("web", 3, false);
    assert_eq!(floor.jobs.len(), 1, "and so must another limit than the usual one");
}

#[test]
fn a_time_is_waited_for() {
    let mut floor = Floor::new(9);
    floor.add(1, Entry { not_before: Some(at(10)), ..Entry::default() }, at(0));
    assert_eq!((all(&mut floor), floor.wakes()), (vec![], Some(at(10))));
    floor.wake(at(9));
    assert!(all(&mut floor).is_empty());
    floor.wake(at(10));
    assert_eq!((all(&mut floor), floor.wakes()), (vec![1], None));
}

#[derive(Debug, Clone)]
enum Step {
    Add { job: Option<u8>, queue: Option<u8>, priority: i32, wait: i64, after: Vec<RunId> },
    End(usize),
    Cancel(usize),
    Pass(i64),
    PauseJob(u8, bool),
    PauseQueue(u8, bool),
    Hold(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let name = proptest::option::of(0..3u8);
    prop_oneof![
        6 => (name.clone(), name, -1..2i32, 0..3i64, proptest::collection::vec(1..20u64, 0..2)).prop_map(
            |(job, queue, priority, wait, after)| Step::Add { job, queue, priority, wait, after }
        ),
        4 => any::<usize>().prop_map(Step::End),
        1 => any::<usize>().prop_map(Step::Cancel),
        2 => (1..3i64).prop_map(Step::Pass),
        1 => (0..3u8, any::<bool>()).prop_map(|(job, is)| Step::PauseJob(job, is)),
        1 => (0..3u8, any::<bool>()).prop_map(|(queue, is)| Step::PauseQueue(queue, is)),
        1 => any::<bool>().prop_map(Step::Hold),
    ]
}

const SLOTS: usize = 3;

/// Whatever happens, nothing that may begin waits, nothing begins that may not, and nothing is lost.
fn check(steps: Vec<Step>) {
    let mut floor = Floor::new(SLOTS);
    let (mut now, mut last, mut held) = (0, 0, false);
    let mut waiting = BTreeMap::<RunId, Entry>::new();
    let mut running = BTreeMap::<RunId, Entry>::new();
    let mut paused = BTreeSet::<String>::new();
    for name in 0..3u8 {
        floor.set_job(&format!("j{name}"), usize::from(name) + 1, false);
        floor.set_queue(&format!("q{name}"), usize::from(name) + 1, false);
    }
    for step in steps {
        match step {
            Step::Add { job, queue, priority, wait, after } => {
                last += 1;
                let named =
                    |kind: char, name: Option<u8>| name.map(|name| Arc::from(format!("{kind}{name}")));
                let known = |other: &RunId| waiting.contains_key(other) || running.contains_key(other);
                let entry = Entry {
                    job: named('j', job),
                    queue: named('q', queue),
                    priority,
                    not_before: (0 < wait).then(|| at(now + wait)),
                    after: after.into_iter().filter(known).collect(),
                };
                waiting.insert(last, entry.clone());
                floor.add(last, entry, at(now));
            }
            Step::End(which) | Step::Cancel(which) => {
                let from = if matches!(step, Step::End(_)) { &mut running } else { &mut waiting };
                let Some(id) = from.keys().nth(which % from.len().max(1)).copied() else { continue };
                from.remove(&id);
                floor.remove(id, at(now));
                waiting.values_mut().for_each(|entry| {
                    entry.after.remove(&id);
                });
            }
            Step::Pass(seconds) => {
                now += seconds;
                floor.wake(at(now));
            }
            Step::PauseJob(job, is) => {
                let name = format!("j{job}");
                floor.set_job(&name, usize::from(job) + 1, is);
                if is {
                    paused.insert(name)
                } else {
                    paused.remove(&name)
                };
            }
            Step::PauseQueue(queue, is) => {
                let name = format!("q{queue}");
                floor.set_queue(&name, usize::from(queue) + 1, is);
                if is {
                    paused.insert(name)
                } else {
                    paused.remove(&name)
                };
            }
            Step::Hold(is) => {
                floor.hold(is);
                held = is;
            }
        }
        let room = |name: &Option<Arc<str>>, running: &BTreeMap<RunId, Entry>| {
            name.as_deref().is_none_or(|name| {
                let limit = usize::from(name.as_bytes()[1] - b'0') + 1;
                let has = |entry: &&Entry| {
                    entry.job.as_deref() == Some(name) || entry.queue.as_deref() == Some(name)
                };
                !paused.contains(name) && running.values().filter(has).count() < limit
            })
        };
        let may = |entry: &Entry, running: &BTreeMap<RunId, Entry>| {
            entry.after.is_empty()
                && entry.not_before.is_none_or(|then| then <= at(now))
                && room(&entry.job, running)
                && room(&entry.queue, running)
        };
        for id in all(&mut floor) {
            let entry = waiting.remove(&id).expect("it waited");
            assert!(!held && running.len() < SLOTS && may(&entry, &running), "{id} {entry:?}");
            running.insert(id, entry);
        }
        if !held && running.len() < SLOTS {
            // One of the job's that is in its queue may stand in the way of another of the job.
            let free = waiting.iter().find(|(_, entry)| entry.job.is_none() && may(entry, &running));
            assert!(free.is_none(), "{free:?} {floor:?}");
        }
        assert_eq!(floor.counts(), (waiting.len(), running.len()));
    }
}

proptest! {
    #[test]
    fn nothing_that_may_begin_waits_and_nothing_begins_that_may_not(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        check(steps);
    }
}
