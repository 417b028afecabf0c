//! Current values, and a way to watch them without ever missing one.
//!
//! Capabilities put what is true now under a noun and a key, or tell it when somebody looks and only say here that it
//! has changed. A watcher gets all of it once and changes from then on. There is no queue per watcher: each remembers
//! the number of the last change it saw and is given everything that changed since, as it is now. So a slow watcher
//! skips what was overwritten and still ends with the truth, and memory does not depend on how slow it is. What was
//! removed and what is told elsewhere are entries without a value; only a bounded number of those is kept: watchers
//! older than the oldest start over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

/// How many changes without a value are remembered for watchers that have not seen them.
const BARE_KEPT: usize = 1024;

type Key = (&'static str, Arc<str>);
/// Tells the value of a key, or all there are.
type Teller = Arc<dyn Fn(Option<&str>) -> Vec<(String, Box<RawValue>)> + Send + Sync>;

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
    /// The change that each key had last; the value is absent once removed, or told by somebody.
    entries: BTreeMap<Key, (u64, Option<Box<RawValue>>)>,
    by_sequence: BTreeMap<u64, Key>,
    bare: BTreeMap<u64, Key>,
    /// Changes up to here may include some that are forgotten.
    forgotten: u64,
    tellers: BTreeMap<&'static str, Teller>,
}

/// What happened to one value.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What kind of thing it is, such as `service`.
    pub noun: String,
    /// Which one.
    pub key: String,
    /// The number of this change, or one not lower; later changes have higher numbers.
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
        self.set((noun, key.into()), Some(value), false);
    }

    /// Removes what is under `(noun, key)`, if anything is.
    pub fn remove(&self, noun: &'static str, key: &str) {
        self.set((noun, key.into()), None, false);
    }

    /// From now on the values of a noun are not kept here: whenever somebody looks, `tell` is asked for
    /// that of a key, or for all.
    pub fn told_by<T: Serialize>(
        &self,
        noun: &'static str,
        tell: impl Fn(Option<&str>) -> Vec<(String, T)> + Send + Sync + 'static,
    ) {
        let raw = |value: &T| serde_json::value::to_raw_value(value).expect("board values have string keys");
        let tell = move |key: Option<&str>| tell(key).into_iter().map(|(key, it)| (key, raw(&it))).collect();
        self.values().tellers.insert(noun, Arc::new(tell));
    }

    /// What is told of a key is another, or it has come, or is there no more.
    pub fn touch(&self, noun: &'static str, key: impl Into<Arc<str>>) {
        self.set((noun, key.into()), None, true);
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

    fn set(&self, key: Key, value: Option<Box<RawValue>>, anew: bool) {
        let mut values = self.values();
        if values.set(key, value, anew) {
            // Under the lock, or two threads could tell their numbers in the wrong order.
            self.0.latest.send_replace(values.sequence);
        }
    }

    /// What changed after `seen`, and up to which change; `None` if nothing of these nouns did.
    fn since(&self, seen: Option<u64>, nouns: &[String]) -> (u64, Option<Changes>) {
        let is_asked = |noun: &str| nouns.is_empty() || nouns.iter().any(|asked| asked == noun);
        let values = self.values();
        let upto = values.sequence;
        let snapshot = seen.is_none_or(|seen| seen < values.forgotten);
        let from = if snapshot { 0 } else { seen.map_or(0, |seen| seen + 1) };
        let changed = values.by_sequence.range(from..).filter(|(_, key)| is_asked(key.0));
        let mut changes: Vec<Change> = changed
            .map(|(sequence, key)| {
                let value = values.entries.get(key).and_then(|(_, value)| value.clone());
                Change { noun: key.0.to_owned(), key: key.1.to_string(), sequence: *sequence, value }
            })
            .collect();
        let tellers = values.tellers.clone();
        // Who tells has locks of its own, and holds them while it touches.
        drop(values);
        for change in changes.iter_mut().filter(|_| !snapshot) {
            let told = tellers.get(&*change.noun).and_then(|tell| tell(Some(&change.key)).pop());
            change.value = told.map(|(_, value)| value).or(change.value.take());
        }
        for (noun, tell) in tellers.iter().filter(|(noun, _)| snapshot && is_asked(noun)) {
            let told =
                |(key, value)| Change { noun: (*noun).to_owned(), key, sequence: upto, value: Some(value) };
            changes.extend(tell(None).into_iter().map(told));
        }
        changes.retain(|change| !snapshot || change.value.is_some());
        let news = snapshot || !changes.is_empty();
        (upto, news.then_some(Changes { snapshot, changes }))
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.0.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Values {
    /// Whether this changed anything.
    fn set(&mut self, key: Key, value: Option<Box<RawValue>>, anew: bool) -> bool {
        let before = self.entries.get(&key);
        let old = before.and_then(|(_, value)| value.as_deref()).map(RawValue::get);
        if !anew && old == value.as_deref().map(RawValue::get) {
            return false;
        }
        if let Some((last, _)) = before {
            self.by_sequence.remove(last);
            self.bare.remove(last);
        }
        self.sequence += 1;
        if value.is_none() {
            self.bare.insert(self.sequence, key.clone());
        }
        self.by_sequence.insert(self.sequence, key.clone());
        self.entries.insert(key, (self.sequence, value));
        if BARE_KEPT < self.bare.len()
            && let Some((sequence, key)) = self.bare.pop_first()
        {
            self.by_sequence.remove(&sequence);
            self.entries.remove(&key);
            self.forgotten = sequence;
        }
        true
    }
}
