//! Who waits for what, and who may begin.
//!
//! A run waits for other runs, for a time, for its job, for its queue, and for
//! the daemon, in this order: only one whose job lets it begin stands in its
//! queue, so that a job which runs one at a time holds up nobody but itself.
//! Among those in a queue the highest priority is first, then the lowest number;
//! among queues with a free slot the same, so nobody starves a queue.
//!
//! Each step costs the logarithm of what waits, and each queue with a slot one look.
//!
//! Nothing here starts anything, reads a clock or writes a row.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::run::RunId;

/// The order among those that wait.
type Turn = (Reverse<i32>, RunId);

/// A run that waits, as far as its turn depends on it.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Its job, if it has one.
    pub job: Option<Arc<str>>,
    /// Its queue, if it is in one.
    pub queue: Option<Arc<str>>,
    /// A higher one goes first.
    pub priority: i32,
    /// Not before then.
    pub not_before: Option<Timestamp>,
    /// The runs that have to end first and are not over.
    pub after: BTreeSet<RunId>,
}

/// All runs that wait or are under way.
#[derive(Debug)]
pub struct Floor {
    slots: usize,
    held: bool,
    running: usize,
    entries: HashMap<RunId, (Entry, Stage)>,
    /// Of most jobs nothing waits, and there is nothing to say.
    jobs: HashMap<Arc<str>, Line>,
    /// The runs of each job that are here.
    members: HashMap<Arc<str>, BTreeSet<RunId>>,
    queues: BTreeMap<Option<Arc<str>>, Line>,
    later: BTreeSet<(Timestamp, RunId)>,
    /// Who waits for the end of a run.
    dependents: HashMap<RunId, Vec<RunId>>,
}

/// Where a run is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for other runs.
    After,
    /// It waits for a time.
    Later,
    /// It waits for its job: others of it are before it, or the job is paused.
    Job,
    /// It waits in its queue.
    Queue,
    /// It has begun.
    Running,
    /// It has ended, and has left its place to others; those that come after it still wait.
    Ended,
}

/// A job or a queue: how many it lets through, and who waits for that.
#[derive(Debug)]
struct Line {
    limit: usize,
    paused: bool,
    inside: usize,
    waiting: BTreeSet<Turn>,
}

/// So many runs of a job at a time, of which nothing else was said.
const USUAL_LIMIT: usize = 1;

impl Default for Line {
    fn default() -> Line {
        Line { limit: usize::MAX, paused: false, inside: 0, waiting: BTreeSet::new() }
    }
}

impl Line {
    fn has_room(&self) -> bool {
        !self.paused && self.inside < self.limit
    }

    fn of_a_job() -> Line {
        Line { limit: USUAL_LIMIT, ..Line::default() }
    }

    /// Of a job: nothing is lost if it is made anew when it is needed.
    fn is_of_no_use(&self) -> bool {
        let is_usual = self.limit == USUAL_LIMIT || self.limit == usize::MAX;
        is_usual && !self.paused && self.inside == 0 && self.waiting.is_empty()
    }
}

impl Floor {
    /// An empty one, where so many may run at a time.
    pub fn new(slots: usize) -> Floor {
        Floor {
            slots,
            held: false,
            running: 0,
            entries: HashMap::new(),
            jobs: HashMap::new(),
            members: HashMap::new(),
            queues: BTreeMap::new(),
            later: BTreeSet::new(),
            dependents: HashMap::new(),
        }
    }

    /// So many may run at a time, of all together.
    pub fn set_slots(&mut self, slots: usize) {
        self.slots = slots;
    }

    /// Whether nothing may begin for now.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// So many of a queue may run at a time, and whether it is paused.
    pub fn set_queue(&mut self, queue: &str, slots: usize, paused: bool) {
        let line = self.queues.entry(Some(queue.into())).or_default();
        (line.limit, line.paused) = (slots, paused);
    }

    /// So many of a job may run at a time, and whether it is paused.
    pub fn set_job(&mut self, job: &str, limit: usize, paused: bool) {
        if limit != USUAL_LIMIT || paused || self.jobs.contains_key(job) {
            let line = self.jobs.entry(job.into()).or_insert_with(Line::of_a_job);
            (line.limit, line.paused) = (limit, paused);
        }
        if paused {
            self.call_back(job);
        }
        self.let_in(job);
        self.tidy(job);
    }

    /// A job is no more; what waits of it goes on without limits.
    pub fn forget_job(&mut self, job: &str) {
        match self.members.contains_key(job) {
            true => self.set_job(job, usize::MAX, false),
            false => drop(self.jobs.remove(job)),
        }
    }

    /// A run that waits from now on.
    pub fn add(&mut self, id: RunId, mut entry: Entry, now: Timestamp) {
        entry.after.retain(|other| self.entries.contains_key(other));
        for other in &entry.after {
            self.dependents.entry(*other).or_default().push(id);
        }
        self.join(id, &entry);
        self.entries.insert(id, (entry, Stage::After));
        self.advance(id, now);
    }

    /// A run of an earlier daemon that is under way.
    pub fn adopt(&mut self, id: RunId, entry: Entry) {
        if let Some(job) = &entry.job {
            self.jobs.entry(job.clone()).or_insert_with(Line::of_a_job).inside += 1;
        }
        self.queues.entry(entry.queue.clone()).or_default().inside += 1;
        self.running += 1;
        self.join(id, &entry);
        self.entries.insert(id, (entry, Stage::Running));
    }

    /// Takes the next that may begin; it has begun.
    pub fn take(&mut self) -> Option<RunId> {
        if self.held || self.slots <= self.running {
            return None;
        }
        let open = self.queues.values_mut().filter(|line| line.has_room() && !line.waiting.is_empty());
        let line = open.min_by_key(|line| *line.waiting.first().expect("it is not empty"))?;
        let (_, id) = line.waiting.pop_first()?;
        line.inside += 1;
        self.running += 1;
        if let Some((_, stage)) = self.entries.get_mut(&id) {
            *stage = Stage::Running;
        }
        Some(id)
    }

    /// When time alone lets a run go on, for [`Floor::wake`].
    pub fn wakes(&self) -> Option<Timestamp> {
        self.later.first().map(|(at, _)| *at)
    }

    /// Lets those go on that waited for a time which is past.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some((at, id)) = self.later.first().copied().filter(|(at, _)| *at <= now) {
            self.later.remove(&(at, id));
            self.advance(id, now);
        }
    }

    /// A run that waits for a time waits for another.
    pub fn set_not_before(&mut self, id: RunId, not_before: Option<Timestamp>, now: Timestamp) {
        let Some((entry, stage)) = self.entries.get_mut(&id) else { return };
        let before = std::mem::replace(&mut entry.not_before, not_before);
        if *stage == Stage::Later {
            self.later.remove(&(before.unwrap_or_default(), id));
            self.advance(id, now);
        }
    }

    /// A run is over, or is not to begin any more; the value are those that waited for it.
    pub fn remove(&mut self, id: RunId, now: Timestamp) -> Vec<RunId> {
        let Some((entry, stage)) = self.entries.remove(&id) else { return Vec::new() };
        let turn = (Reverse(entry.priority), id);
        match stage {
            Stage::After | Stage::Ended => {}
            Stage::Later => {
                self.later.remove(&(entry.not_before.unwrap_or_default(), id));
            }
            Stage::Job => {
                let line = entry.job.as_ref().and_then(|job| self.jobs.get_mut(job));
                line.map(|line| line.waiting.remove(&turn));
            }
            Stage::Queue | Stage::Running => {
                let line = self.queues.entry(entry.queue.clone()).or_default();
                if stage == Stage::Running {
                    line.inside -= 1;
                    self.running -= 1;
                } else {
                    line.waiting.remove(&turn);
                }
                if let Some(job) = &entry.job {
                    if let Some(line) = self.jobs.get_mut(job) {
                        line.inside -= 1;
                    }
                    self.let_in(job);
                }
            }
        }
        for other in entry.after {
            if let Some(waiting) = self.dependents.get_mut(&other) {
                waiting.retain(|dependent| *dependent != id);
            }
        }
        if let Some(job) = &entry.job {
            if let Some(members) = self.members.get_mut(job) {
                members.remove(&id);
            }
            self.tidy(job);
        }
        let dependents = self.dependents.remove(&id).unwrap_or_default();
        for dependent in &dependents {
            if let Some((entry, Stage::After)) = self.entries.get_mut(dependent) {
                entry.after.remove(&id);
                self.advance(*dependent, now);
            }
        }
        dependents
    }

    /// A run that was under way waits again, until then; who waits for its end goes on waiting.
    pub fn again(&mut self, id: RunId, not_before: Option<Timestamp>, now: Timestamp) {
        self.vacate(id);
        if let Some((entry, stage @ Stage::Ended)) = self.entries.get_mut(&id) {
            (entry.not_before, *stage) = (not_before, Stage::After);
            self.advance(id, now);
        }
    }

    /// A run that was under way leaves its place to others.
    pub fn vacate(&mut self, id: RunId) {
        let Some((entry, stage @ Stage::Running)) = self.entries.get_mut(&id) else { return };
        *stage = Stage::Ended;
        let (job, queue) = (entry.job.clone(), entry.queue.clone());
        self.queues.entry(queue).or_default().inside -= 1;
        self.running -= 1;
        if let Some(job) = job {
            if let Some(line) = self.jobs.get_mut(&job) {
                line.inside -= 1;
            }
            self.let_in(&job);
        }
    }

    /// Where a run is; `None` if it is not here.
    pub fn stage(&self, id: RunId) -> Option<Stage> {
        self.entries.get(&id).map(|(_, stage)| *stage)
    }

    /// The runs of a job that are here, and where.
    pub fn of_job(&self, job: &str) -> Vec<(RunId, Stage)> {
        let ours = self.members.get(job).into_iter().flatten();
        ours.filter_map(|id| Some((*id, self.stage(*id)?))).collect()
    }

    /// How many wait, and how many are under way.
    pub fn counts(&self) -> (usize, usize) {
        (self.entries.len() - self.running, self.running)
    }

    /// The same of a queue, as far as it is for their turn in it that they wait.
    pub fn counts_of(&self, queue: &str) -> (usize, usize) {
        let line = self.queues.get(&Some(queue.into()));
        line.map_or((0, 0), |line| (line.waiting.len(), line.inside))
    }

    /// Who waits for the end of a run.
    pub fn dependents(&self, id: RunId) -> &[RunId] {
        self.dependents.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Moves a run on from waiting for others or for a time, as far as it may go.
    fn advance(&mut self, id: RunId, now: Timestamp) {
        let Some((entry, stage)) = self.entries.get_mut(&id) else { return };
        if !entry.after.is_empty() {
            return;
        }
        if let Some(at) = entry.not_before.filter(|at| now < *at) {
            *stage = Stage::Later;
            self.later.insert((at, id));
            return;
        }
        let turn = (Reverse(entry.priority), id);
        let Some(job) = entry.job.clone() else {
            *stage = Stage::Queue;
            self.queues.entry(entry.queue.clone()).or_default().waiting.insert(turn);
            return;
        };
        *stage = Stage::Job;
        self.jobs.entry(job.clone()).or_insert_with(Line::of_a_job).waiting.insert(turn);
        self.let_in(&job);
    }

    fn join(&mut self, id: RunId, entry: &Entry) {
        if let Some(job) = &entry.job {
            self.members.entry(job.clone()).or_default().insert(id);
        }
    }

    /// Takes those of a job out of their queues again.
    fn call_back(&mut self, job: &str) {
        for (id, _) in self.of_job(job).into_iter().filter(|(_, stage)| *stage == Stage::Queue) {
            let Some((entry, stage)) = self.entries.get_mut(&id) else { continue };
            let turn = (Reverse(entry.priority), id);
            let Some(queue) = self.queues.get_mut(&entry.queue) else { continue };
            let Some(line) = self.jobs.get_mut(job) else { continue };
            if queue.waiting.remove(&turn) {
                *stage = Stage::Job;
                line.inside -= 1;
                line.waiting.insert(turn);
            }
        }
    }

    /// Lets those of a job into their queue for which it has room.
    fn let_in(&mut self, job: &str) {
        let Some(line) = self.jobs.get_mut(job) else { return };
        while line.has_room()
            && let Some(turn) = line.waiting.pop_first()
        {
            line.inside += 1;
            let Some((entry, stage)) = self.entries.get_mut(&turn.1) else { continue };
            *stage = Stage::Queue;
            self.queues.entry(entry.queue.clone()).or_default().waiting.insert(turn);
        }
    }

    fn tidy(&mut self, job: &str) {
        if self.members.get(job).is_some_and(BTreeSet::is_empty) {
            self.members.remove(job);
        }
        if self.jobs.get(job).is_some_and(Line::is_of_no_use) {
            self.jobs.remove(job);
        }
    }
}

#[cfg(test)]
mod tests;
