//! Current values, and a way to watch them without ever missing one.
//!
//! Capabilities put what is true now under a noun and a key. A watcher gets all
//! of it once and changes from then on. There is no queue per watcher: each
//! remembers the number of the last change it saw and is given everything that
//! changed since, as it is now. So a slow watcher skips what was overwritten
//! and still ends with the truth, and memory does not depend on how slow it is.
//! A removal is remembered as an entry without a value; only a bounded number
//! of those is kept, and a watcher older than the oldest starts over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

/// How many removals are remembered for watchers that have not seen them.
const REMOVALS_KEPT: usize = 1024;

type Key = (&'static str, Arc<str>);

/// A handle on the daemon's current values.
#[derive(Clone)]
pub struct Board(Arc<Inner>);

struct Inner {
    values: Mutex<Values>,
    latest: watch::Sender<u64>,
}

#[derive(Default)]
struct Values {
    sequence: u64,
    /// The change that each key had last; the value is absent once removed.
    entries: BTreeMap<Key, (u64, Option<Box<RawValue>>)>,
    by_sequence: BTreeMap<u64, Key>,
    removals: BTreeMap<u64, Key>,
    /// Changes up to here may include removals that are forgotten.
    forgotten: u64,
}

/// What happened to one value.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What kind of thing it is, such as `service`.
    pub noun: String,
    /// Which one.
    pub key: String,
    /// The number of this change; later changes have higher numbers.
    pub sequence: u64,
    /// The value now; absent when it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    pub value: Option<Box<RawValue>>,
}

/// What a watcher is given: everything at first, then what changed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// Whether these are all values there are: forget what you had.
    pub snapshot: bool,
    /// In the order in which they happened.
    pub changes: Vec<Change>,
}

impl Default for Board {
    fn default() -> Self {
        Board(Arc::new(Inner { values: Mutex::default(), latest: watch::channel(0).0 }))
    }
}

impl Board {
    /// Puts a value under `(noun, key)`; putting what is there already changes nothing.
    pub fn put<T: Serialize>(&self, noun: &'static str, key: impl Into<Arc<str>>, value: &T) {
        let value = serde_json::value::to_raw_value(value).expect("board values have string keys");
        self.set((noun, key.into()), Some(value));
    }

    /// Removes what is under `(noun, key)`, if anything is.
    pub fn remove(&self, noun: &'static str, key: &str) {
        self.set((noun, key.into()), None);
    }

    /// Removes all that is under `noun` and not to be kept.
    pub fn retain(&self, noun: &'static str, keep: impl Fn(&str) -> bool) {
        let is_gone = |(found, key): &&Key| *found == noun && !keep(key);
        let gone: Vec<Key> = self.values().by_sequence.values().filter(is_gone).cloned().collect();
        gone.into_iter().for_each(|key| self.set(key, None));
    }

    /// All values and then their changes, of the given nouns or, if none are given, of all.
    pub fn watch(&self, nouns: Vec<String>) -> impl Stream<Item = Changes> + Send + 'static {
        let latest = self.0.latest.subscribe();
        stream::unfold(
            (self.clone(), latest, None::<u64>, nouns),
            |(board, mut latest, mut seen, nouns)| async move {
                loop {
                    let (upto, batch) = board.since(seen, &nouns);
                    if let Some(batch) = batch {
                        return Some((batch, (board, latest, Some(upto), nouns)));
                    }
                    seen = Some(upto);
                    latest.wait_for(|sequence| upto < *sequence).await.ok()?;
                }
            },
        )
    }

    fn set(&self, key: Key, value: Option<Box<RawValue>>) {
        let mut values = self.values();
        if values.set(key, value) {
            // Under the lock, or two threads could tell their numbers in the wrong order.
            self.0.latest.send_replace(values.sequence);
        }
    }

    /// What changed after `seen`, and up to which change; `None` if nothing of these nouns did.
    fn since(&self, seen: Option<u64>, nouns: &[String]) -> (u64, Option<Changes>) {
        let values = self.values();
        let snapshot = seen.is_none_or(|seen| seen < values.forgotten);
        let from = if snapshot { 0 } else { seen.map_or(0, |seen| seen + 1) };
        let changes: Vec<Change> = values
            .by_sequence
            .range(from..)
            .filter(|(_, key)| nouns.is_empty() || nouns.iter().any(|noun| noun == key.0))
            .filter_map(|(sequence, key)| {
                let value = values.entries.get(key).and_then(|(_, value)| value.clone());
                let gone_before_the_snapshot = snapshot && value.is_none();
                (!gone_before_the_snapshot).then(|| Change {
                    noun: key.0.to_owned(),
                    key: key.1.to_string(),
                    sequence: *sequence,
                    value,
                })
            })
            .collect();
        let news = snapshot || !changes.is_empty();
        (values.sequence, news.then_some(Changes { snapshot, changes }))
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.0.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Values {
    /// Whether this changed anything.
    fn set(&mut self, key: Key, value: Option<Box<RawValue>>) -> bool {
        let before = self.entries.get(&key);
        let same = match (before.and_then(|(_, before)| before.as_ref()), &value) {
            (Some(before), Some(value)) => before.get() == value.get(),
            (None, None) => true,
            _ => false,
        };
        if same {
            return false;
        }
        if let Some((last, _)) = before {
            self.by_sequence.remove(last);
            self.removals.remove(last);
        }
        self.sequence += 1;
        if value.is_none() {
            self.removals.insert(self.sequence, key.clone());
        }
        self.by_sequence.insert(self.sequence, key.clone());
        self.entries.insert(key, (self.sequence, value));
        if REMOVALS_KEPT < self.removals.len() {
            self.forget_oldest_removal();
        }
        true
    }

    fn forget_oldest_removal(&mut self) {
        let (sequence, key) = self.removals.pop_first().expect("there are more removals than are kept");
        self.by_sequence.remove(&sequence);
        self.entries.remove(&key);
        self.forgotten = sequence;
    }
}
