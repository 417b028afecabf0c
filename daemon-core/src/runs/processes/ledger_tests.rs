//! The ledger against processes that end, come back under their number, move and vanish.

use proptest::prelude::*;

use super::*;

fn process(pid: i32, parent: i32, start: u64, own: u64, children: u64) -> Stat {
    Stat { pid, parent, group: pid, session: pid, threads: 1, own, children, start }
}

fn web(run: u64, main: i32) -> Vec<Root> {
    vec![Root { service: "web".into(), run, main }]
}

/// The ticks of the one root after each pass.
fn check(passes: &[(u64, &[Stat])], expected: &[u64]) {
    let mut ledger = Ledger::default();
    let ticks: Vec<u64> = passes
        .iter()
        .map(|(run, processes)| ledger.take(processes, web(*run, 10), |_| Tag::Absent)[0].ticks)
        .collect();
    assert_eq!(ticks, expected);
}

#[test]
fn what_was_there_before_counts_once_and_then_what_is_added() {
    check(
        &[
            (1, &[process(10, 1, 5, 100, 7)]),
            (1, &[process(10, 1, 5, 130, 7)]),
            (1, &[process(10, 1, 5, 130, 7)]),
        ],
        &[107, 137, 137],
    );
}

#[test]
fn a_child_that_ends_is_not_counted_twice() {
    let with_child = [process(10, 1, 5, 100, 0), process(11, 10, 6, 50, 0)];
    // It used ten more before it ended, and its parent waited for it.
    check(&[(1, &with_child), (1, &[process(10, 1, 5, 100, 60)])], &[150, 160]);
    // Nobody waited, and what it used last is lost; nothing is taken back.
    check(&[(1, &with_child), (1, &[process(10, 1, 5, 105, 0)])], &[150, 155]);
}

#[test]
fn a_child_that_came_and_went_between_two_passes_is_counted() {
    check(&[(1, &[process(10, 1, 5, 100, 0)]), (1, &[process(10, 1, 5, 101, 30)])], &[100, 131]);
}

#[test]
fn a_number_given_out_again_is_another_process() {
    let mine = [process(10, 1, 5, 100, 0), process(11, 10, 6, 500, 0)];
    check(&[(1, &mine), (1, &[process(10, 1, 5, 100, 0), process(11, 10, 9, 3, 0)])], &[600, 603]);
    // The main process's number is a stranger's now, who is not the run's.
    let mut ledger = Ledger::default();
    ledger.take(&mine, web(1, 10), |_| Tag::Absent);
    let tree = &ledger.take(&[process(10, 1, 77, 9000, 0)], web(1, 10), |_| Tag::Absent)[0];
    assert_eq!((tree.members.as_slice(), tree.ticks), (&[][..], 600));
}

#[test]
fn a_new_run_begins_at_nothing() {
    check(&[(1, &[process(10, 1, 5, 100, 0)]), (2, &[process(10, 1, 9, 4, 0)])], &[100, 4]);
}

#[test]
fn what_a_process_did_before_it_was_the_runs_is_not_the_runs() {
    let stranger = process(50, 1, 2, 100_000, 0);
    let moved = Stat { parent: 10, own: 100_001, ..stranger };
    check(&[(1, &[process(10, 1, 5, 1, 0), stranger]), (1, &[process(10, 1, 5, 1, 0), moved])], &[1, 1]);
}

#[test]
fn a_process_is_asked_for_its_tag_once() {
    let mut ledger = Ledger::default();
    let processes = [process(10, 1, 5, 1, 0), process(40, 1, 6, 2, 0), process(41, 1, 6, 4, 0)];
    let mut asked = Vec::new();
    for _ in 0..3 {
        let trees = ledger.take(&processes, web(3, 10), |process| {
            asked.push(process.pid);
            match (process.pid, asked.len()) {
                (40, _) => Tag::Of("web".to_owned(), 3),
                (_, 2) => Tag::Unknown,
                _ => Tag::Absent,
            }
        });
        assert_eq!((trees[0].members.as_slice(), trees[0].ticks), (&[0, 1][..], 3));
    }
    assert_eq!(asked, [40, 41, 41], "once, unless that was too early");
    let later = ledger.take(&processes, web(4, 10), |_| Tag::Absent);
    assert_eq!(later[0].members, [0], "the tag of an older run is not of this one");
}

proptest! {
    #[test]
    fn a_count_never_falls_and_never_outgrows_what_was_used(
        passes in prop::collection::vec(prop::collection::vec((10..16_i32, 0..3_u64, 0..1000_u64), 0..6), 1..12)
    ) {
        let (mut ledger, mut last, mut possible) = (Ledger::default(), 0, 0);
        for pass in passes {
            let processes: Vec<Stat> =
                pass.iter().map(|(pid, start, own)| process(*pid, 10, *start, *own, 0)).collect();
            let ticks = ledger.take(&processes, web(1, 10), |_| Tag::Absent)[0].ticks;
            possible += processes.iter().map(|process| process.own).sum::<u64>();
            prop_assert!(last <= ticks && ticks <= possible, "{} {} {}", last, ticks, possible);
            last = ticks;
        }
    }
}
