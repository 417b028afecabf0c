//! One list of what is due next, so that one timer does for all jobs.
//!
//! It holds for each job the one due time that comes next. Whoever owns the timer
//! sleeps until [`Agenda::next`], takes what is due, deals with it and puts each
//! job back with its next time. Between that, ten thousand jobs cost their
//! memory and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

/// The next due time of each job, in order.
#[derive(Debug, Clone)]
pub struct Agenda<Id> {
    times: BTreeSet<(Timestamp, Id)>,
    jobs: BTreeMap<Id, Timestamp>,
}

impl<Id: Ord + Clone> Agenda<Id> {
    /// Nothing is due, ever.
    pub fn new() -> Agenda<Id> {
        Agenda { times: BTreeSet::new(), jobs: BTreeMap::new() }
    }

    /// Notes that the job is due at `at`, instead of whenever it was.
    pub fn insert(&mut self, id: Id, at: Timestamp) {
        self.remove(&id);
        self.times.insert((at, id.clone()));
        self.jobs.insert(id, at);
    }

    /// Forgets the job, and says when it would have been due.
    pub fn remove(&mut self, id: &Id) -> Option<Timestamp> {
        let (id, at) = self.jobs.remove_entry(id)?;
        self.times.remove(&(at, id));
        Some(at)
    }

    /// When the job is due.
    pub fn get(&self, id: &Id) -> Option<Timestamp> {
        self.jobs.get(id).copied()
    }

    /// When the next of all jobs is due, which is until when the timer sleeps.
    pub fn next(&self) -> Option<Timestamp> {
        self.times.first().map(|(at, _)| *at)
    }

    /// Takes out all jobs that are due at `now`: in order of their times, then of their ids.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<(Timestamp, Id)> {
        let mut due = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            due.extend(self.times.pop_first());
        }
        for (_, id) in &due {
            self.jobs.remove(id);
        }
        due
    }

    /// Takes no more room than what is in it, after many came one after the other.
    pub fn shrink(&mut self) {
        // Made at once, nodes are full.
        self.times = std::mem::take(&mut self.times).into_iter().collect();
        self.jobs = std::mem::take(&mut self.jobs).into_iter().collect();
    }

    /// All jobs in the order in which they are due.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, &Id)> {
        self.times.iter().map(|(at, id)| (*at, id))
    }

    /// How many jobs there are.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }
}

impl<Id: Ord + Clone> Default for Agenda<Id> {
    fn default() -> Agenda<Id> {
        Agenda::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_job_is_due_when_it_was_last_said_to_be() {
        let mut agenda = Agenda::new();
        agenda.insert("web", at(5));
        agenda.insert("web", at(9));
        assert_eq!((agenda.next(), agenda.len()), (Some(at(9)), 1));
        assert_eq!(agenda.take_due(at(8)), []);
        assert_eq!(agenda.take_due(at(9)), [(at(9), "web")]);
        assert!(agenda.is_empty() && agenda.next().is_none());
    }

    #[derive(Debug, Clone)]
    enum Deed {
        Insert(u8, i64),
        Remove(u8),
        Take(i64),
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = prop_oneof![
            3 => (any::<u8>(), 0_i64..50).prop_map(|(id, at)| Deed::Insert(id % 20, at)),
            1 => any::<u8>().prop_map(|id| Deed::Remove(id % 20)),
            1 => (0_i64..50).prop_map(Deed::Take),
        ];
        proptest::collection::vec(deed, 0..100)
    }

    proptest! {
        #[test]
        fn it_is_a_map_that_is_sorted_by_time(deeds in deeds()) {
            let (mut agenda, mut model) = (Agenda::new(), BTreeMap::new());
            for deed in deeds {
                match deed {
                    Deed::Insert(id, second) => {
                        agenda.insert(id, at(second));
                        model.insert(id, at(second));
                    }
                    Deed::Remove(id) => prop_assert_eq!(agenda.remove(&id), model.remove(&id)),
                    Deed::Take(second) => {
                        let mut due: Vec<_> =
                            model.iter().filter(|(_, time)| **time <= at(second)).map(|(id, time)| (*time, *id)).collect();
                        due.sort_unstable();
                        model.retain(|_, time| at(second) < *time);
                        prop_assert_eq!(agenda.take_due(at(second)), due);
                    }
                }
                agenda.shrink();
                prop_assert_eq!(agenda.next(), model.values().min().copied());
                prop_assert_eq!(agenda.len(), model.len());
                prop_assert!(agenda.iter().all(|(time, id)| agenda.get(id) == Some(time)));
            }
        }
    }
}
