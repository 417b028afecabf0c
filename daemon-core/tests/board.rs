//! The board: whoever watches ends with the truth, however slow, and whatever was forgotten.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use daemon_core::kernel::board::{Board, Changes};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use proptest::prelude::*;

const NOUNS: [&str; 2] = ["job", "service"];

/// What a watcher believes, as it would be in a client.
struct Watcher {
    stream: Pin<Box<dyn Stream<Item = Changes> + Send>>,
    believed: BTreeMap<(String, String), String>,
    seen: u64,
    snapshots: usize,
}

impl Watcher {
    fn of(board: &Board, nouns: &[&str]) -> Watcher {
        let nouns = nouns.iter().map(ToString::to_string).collect();
        Watcher { stream: Box::pin(board.watch(nouns)), believed: BTreeMap::new(), seen: 0, snapshots: 0 }
    }

    /// Takes everything that waits for it; how many batches that was.
    fn catch_up(&mut self) -> usize {
        let mut batches = 0;
        while let Some(Some(batch)) = self.stream.next().now_or_never() {
            self.take(batch);
            batches += 1;
        }
        batches
    }

    fn take(&mut self, batch: Changes) {
        if batch.snapshot {
            self.believed.clear();
            self.snapshots += 1;
        }
        let mut last = if batch.snapshot { 0 } else { self.seen };
        for change in batch.changes {
            // Those that are told have in a snapshot the number up to which it goes.
            let is_later = last < change.sequence || batch.snapshot && last == change.sequence;
            assert!(is_later, "change {} came after {last}", change.sequence);
            last = change.sequence;
            match change.value {
                Some(value) => {
                    self.believed.insert((change.noun, change.key), value.get().to_owned());
                }
                None => {
                    self.believed.remove(&(change.noun, change.key));
                }
            }
        }
        self.seen = self.seen.max(last);
    }

    fn believes(&self, noun: &str, key: &str) -> Option<&str> {
        self.believed.get(&(noun.to_owned(), key.to_owned())).map(String::as_str)
    }
}

#[test]
fn a_watcher_gets_all_values_once_and_then_what_changes() {
    let board = Board::default();
    board.put("service", "web", &1);
    board.put("service", "db", &2);
    let mut watcher = Watcher::of(&board, &[]);
    assert_eq!(watcher.catch_up(), 1);
    assert_eq!((watcher.believed.len(), watcher.snapshots), (2, 1));
    board.put("service", "web", &1);
    assert_eq!(watcher.catch_up(), 0, "putting what is there already changes nothing");
    board.put("service", "web", &3);
    board.remove("service", "db");
    board.remove("service", "never was");
    watcher.catch_up();
    assert_eq!((watcher.believes("service", "web"), watcher.believed.len()), (Some("3"), 1));
    assert_eq!(watcher.snapshots, 1, "changes were enough");
}

#[test]
fn an_empty_board_says_so_at_once() {
    let mut watcher = Watcher::of(&Board::default(), &[]);
    assert_eq!((watcher.catch_up(), watcher.snapshots), (1, 1));
}

#[test]
fn a_slow_watcher_skips_what_was_overwritten_and_ends_with_the_truth() {
    let board = Board::default();
    let mut watcher = Watcher::of(&board, &[]);
    watcher.catch_up();
    for number in 0..100_000 {
        board.put("service", "web", &number);
    }
    assert_eq!(watcher.catch_up(), 1, "a hundred thousand changes of one value are one");
    assert_eq!(watcher.believes("service", "web"), Some("99999"));
}

/// What somebody tells of jobs instead of putting it on the board.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<BTreeMap<String, u32>>>);

impl Told {
    fn on(board: &Board) -> Told {
        let told = Told::default();
        let asked = told.clone();
        board.told_by("job", move |key| {
            let all = asked.0.lock().unwrap();
            all.iter()
                .filter(|(name, _)| key.is_none_or(|key| key == *name))
                .map(|(name, value)| (name.clone(), *value))
                .collect()
        });
        told
    }

    fn set(&self, key: &str, value: u32) {
        self.0.lock().unwrap().insert(key.to_owned(), value);
    }

    fn forget(&self, key: &str) {
        self.0.lock().unwrap().remove(key);
    }
}

#[test]
fn what_is_told_is_asked_for_when_somebody_looks_and_when_it_was_touched() {
    let board = Board::default();
    let told = Told::on(&board);
    board.put("service", "web", &1);
    told.set("backup", 1);
    told.set("nightly", 2);
    let (mut watcher, mut other) = (Watcher::of(&board, &[]), Watcher::of(&board, &["service"]));
    watcher.catch_up();
    other.catch_up();
    assert_eq!((watcher.believes("job", "backup"), watcher.believed.len()), (Some("1"), 3));
    assert_eq!(other.believed.len(), 1, "it is not asked for what nobody wants to know");

    told.set("backup", 5);
    assert_eq!(watcher.catch_up(), 0, "nobody has said that it is another");
    board.touch("job", "backup");
    told.set("backup", 6);
    assert_eq!(
        (watcher.catch_up(), watcher.believes("job", "backup")),
        (1, Some("6")),
        "it is told as it is now"
    );
    told.forget("backup");
    board.touch("job", "backup");
    assert_eq!((watcher.catch_up(), watcher.believed.len()), (1, 2), "what is not told any more is gone");
    assert_eq!((watcher.snapshots, other.catch_up()), (1, 0));
}

#[test]
fn more_touches_than_are_remembered_make_a_late_watcher_start_over() {
    let board = Board::default();
    let told = Told::on(&board);
    let mut late = Watcher::of(&board, &[]);
    late.catch_up();
    for number in 0..5000 {
        told.set(&number.to_string(), number);
        board.touch("job", number.to_string());
    }
    assert_eq!((late.catch_up(), late.snapshots, late.believed.len()), (1, 2, 5000));
    for _ in 0..5000 {
        board.touch("job", "7");
    }
    assert_eq!((late.catch_up(), late.snapshots), (1, 2), "one that is touched often is one change");
}

#[tokio::test]
async fn who_tells_may_touch_while_holding_what_it_tells_from() {
    let board = Board::default();
    let told = Told::on(&board);
    let mut stream = Box::pin(board.watch(Vec::new()));
    let writer = {
        let (board, told) = (board.clone(), told.clone());
        tokio::task::spawn_blocking(move || {
            for number in 0..=20_000 {
                let mut all = told.0.lock().unwrap();
                all.insert("backup".to_owned(), number);
                board.touch("job", "backup");
            }
        })
    };
    let seen = async {
        loop {
            let batch = stream.next().await.expect("a board never ends");
            if batch.changes.iter().any(|it| it.value.as_ref().is_some_and(|value| value.get() == "20000")) {
                return;
            }
        }
    };
    let seen = tokio::time::timeout(std::time::Duration::from_secs(20), seen).await;
    assert!(seen.is_ok(), "the last value is seen, and nobody waits for the other's lock");
    writer.await.unwrap();
}

#[test]
fn only_what_was_asked_for_wakes_a_watcher() {
    let board = Board::default();
    let mut watcher = Watcher::of(&board, &["job"]);
    watcher.catch_up();
    board.put("service", "web", &1);
    assert_eq!(watcher.catch_up(), 0);
    board.put("job", "backup", &1);
    assert_eq!((watcher.catch_up(), watcher.believed.len()), (1, 1));
}

#[test]
fn removals_that_were_forgotten_make_a_late_watcher_start_over() {
    let board = Board::default();
    for key in 0..3000 {
        board.put("job", key.to_string(), &key);
    }
    let mut late = Watcher::of(&board, &[]);
    late.catch_up();
    for key in 0..2999 {
        board.remove("job", &key.to_string());
    }
    assert_eq!(late.catch_up(), 1);
    assert_eq!((late.snapshots, late.believed.len()), (2, 1), "one job is left");
    assert_eq!(late.believes("job", "2999"), Some("2999"));

    // One who keeps up hears of each removal, and needs no second snapshot.
    let mut prompt = Watcher::of(&board, &[]);
    prompt.catch_up();
    for key in 0..3000 {
        board.put("job", "brief", &key);
        board.remove("job", "brief");
        prompt.catch_up();
    }
    assert_eq!((prompt.snapshots, prompt.believed.len()), (1, 1));
}

#[test]
fn a_watcher_of_something_quiet_is_not_told_everything_again() {
    let board = Board::default();
    let mut quiet = Watcher::of(&board, &["service"]);
    quiet.catch_up();
    for key in 0..3000 {
        board.put("job", key.to_string(), &key);
        board.remove("job", &key.to_string());
        assert_eq!(quiet.catch_up(), 0, "after {key} changes of another kind");
    }
}

#[tokio::test]
async fn threads_that_put_at_once_do_not_hide_the_last_value() {
    for round in 0..200 {
        let board = Board::default();
        let mut stream = Box::pin(board.watch(Vec::new()));
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let board = board.clone();
                tokio::task::spawn_blocking(move || {
                    for number in 0..50 {
                        board.put(NOUNS[writer % 2], writer.to_string(), &number);
                    }
                })
            })
            .collect();
        let mut last = BTreeMap::new();
        let all_seen = async {
            while last.len() < 4 || last.values().any(|value| value != "49") {
                let batch = stream.next().await.expect("a board never ends");
                last.extend(batch.changes.into_iter().map(|it| (it.key, it.value.unwrap().get().to_owned())));
            }
        };
        let seen = tokio::time::timeout(std::time::Duration::from_secs(20), all_seen).await;
        assert!(seen.is_ok(), "in round {round} the watcher waits with {last:?}");
        for writer in writers {
            writer.await.unwrap();
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(usize, u8, u8),
    Remove(usize, u8),
    CatchUp(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2usize, 0..8u8, 0..3u8).prop_map(|(noun, key, value)| Step::Put(noun, key, value)),
        3 => (0..2usize, 0..8u8).prop_map(|(noun, key)| Step::Remove(noun, key)),
        2 => (0..3usize).prop_map(Step::CatchUp),
    ]
}

proptest! {
    #[test]
    fn whoever_watches_ends_with_the_truth(steps in prop::collection::vec(step(), 0..400), churn in 0..1200u32) {
        let board = Board::default();
        let mut truth: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut watchers =
            [Watcher::of(&board, &[]), Watcher::of(&board, &[NOUNS[0]]), Watcher::of(&board, &[NOUNS[1]])];
        let half = steps.len() / 2;
        for (index, step) in steps.into_iter().enumerate() {
            if index == half {
                // So many removals that those who are behind must start over.
                for number in 0..churn {
                    board.put(NOUNS[0], format!("brief {number}"), &0);
                    board.remove(NOUNS[0], &format!("brief {number}"));
                }
            }
            match step {
                Step::Put(noun, key, value) => {
                    board.put(NOUNS[noun], key.to_string(), &value);
                    truth.insert((NOUNS[noun].to_owned(), key.to_string()), value.to_string());
                }
                Step::Remove(noun, key) => {
                    board.remove(NOUNS[noun], &key.to_string());
                    truth.remove(&(NOUNS[noun].to_owned(), key.to_string()));
                }
                Step::CatchUp(watcher) => {
                    watchers[watcher].catch_up();
                }
            }
        }
        for (watcher, nouns) in watchers.iter_mut().zip([&NOUNS[..], &NOUNS[..1], &NOUNS[1..]]) {
            watcher.catch_up();
            let mut expected = truth.clone();
            expected.retain(|key, _| nouns.contains(&key.0.as_str()));
            prop_assert_eq!(&watcher.believed, &expected);
        }
    }
}
