//! What is true of all jobs and runs now.
//!
//! Everything here is a step that waits for nothing: what has to be written or
//! started follows from what a step returns. Rows are written by those who take
//! the steps, and so is what others see.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};

use super::attempt::Ending;
use super::cancel::NO_JOB;
use super::due::AHEAD;
use super::error::Error;
use super::floor::{Entry, Floor};
use super::run::{Inputs, Run, RunId, Standing};
use super::schedule::{Agenda, Reading};
use super::spec::{Job, Overlap, Section};
use super::store::{Paused, Store};
use super::unrecorded::Unrecorded;
use crate::config::Span;
use crate::text::{brief, nearest};
use crate::watch::Watching;

/// No more than these may wait.
pub(super) const MOST_WAITING: usize = 100_000;
/// The queue of what is put into none.
pub(super) const USUAL_QUEUE: &str = "default";

/// All of it.
pub(super) struct Engine {
    pub(super) floor: Floor,
    pub(super) jobs: BTreeMap<Arc<str>, Known>,
    pub(super) queues: BTreeMap<String, usize>,
    /// When each schedule is due next.
    pub(super) agenda: Agenda<Arc<str>>,
    /// Up to when the schedules that an earlier daemon had were dealt with.
    marks: HashMap<String, Timestamp>,
    pub(super) waiting: HashMap<RunId, Run>,
    pub(super) running: HashMap<RunId, Underway>,
    next_id: RunId,
    /// Over, and not yet recorded as such.
    pub(super) settling: HashSet<RunId>,
    pub(super) paused: BTreeMap<Paused, Option<Timestamp>>,
    pub(super) waiters: HashMap<RunId, Vec<oneshot::Sender<Run>>>,
    last: HashMap<String, Run>,
    closed: bool,
    /// Why runs cannot be recorded, while that is so.
    pub(super) trouble: Option<String>,
    /// Rows that are not known to be on disk.
    pub(super) unrecorded: Unrecorded,
    /// How the system's zone is watched, while a schedule goes by it.
    pub(super) zone_watched: Option<Watching>,
    /// What both clocks said last.
    pub(super) read: Option<Reading>,
    /// Which runs are kept of what is no job, and of jobs that are no more.
    pub(super) kept: (u32, Span),
}

/// A job that is configured.
pub(super) struct Known {
    pub(super) job: Job,
    /// Up to when its schedule has been dealt with.
    pub(super) dealt: Timestamp,
    /// How its files are watched.
    pub(super) watching: Box<[Watching]>,
    /// The last of its runs that has ended.
    pub(super) last: Option<Box<Run>>,
}

/// A run under way.
pub(super) struct Underway {
    pub(super) run: Run,
    pub(super) end: watch::Sender<Ending>,
    /// Whether its row says so.
    pub(super) claimed: bool,
    /// Whether it takes longer than it should.
    pub(super) late: bool,
}

/// A run that somebody or something wants.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) job: Option<String>,
    pub(super) why: &'static str,
    pub(super) due: Timestamp,
    pub(super) inputs: Inputs,
    pub(super) priority: Option<i32>,
    pub(super) queue: Option<String>,
    pub(super) after: Vec<RunId>,
    /// Those of them that were not over when that was looked up.
    pub(super) open: Vec<RunId>,
}

impl Engine {
    pub(super) async fn new(store: &Store, now: Timestamp) -> Result<Engine, crate::storage::Error> {
        let paused = store.pauses().await?;
        let still = |until: &Option<Timestamp>| until.is_none_or(|until| now < until);
        Ok(Engine {
            floor: Floor::new(usize::MAX),
            jobs: BTreeMap::new(),
            queues: BTreeMap::new(),
            agenda: Agenda::new(),
            marks: store.marks().await?.into_iter().collect(),
            waiting: HashMap::new(),
            running: HashMap::new(),
            next_id: store.last_id().await? + 1,
            settling: HashSet::new(),
            paused: paused.into_iter().filter(|(_, until)| still(until)).collect(),
            waiters: HashMap::new(),
            last: store
                .last_of_each()
                .await?
                .into_iter()
                .filter_map(|run| Some((run.job.clone()?, run)))
                .collect(),
            closed: false,
            trouble: None,
            unrecorded: Unrecorded::default(),
            zone_watched: None,
            read: None,
            kept: (u32::MAX, Span::from(Duration::ZERO)),
        })
    }

    /// Takes in a configuration.
    pub(super) fn configure(&mut self, section: Section, now: Timestamp) -> Difference {
        self.floor.set_slots(section.slots);
        self.kept = (section.keep_runs, section.keep_age);
        let gone: Vec<Arc<str>> =
            self.jobs.keys().filter(|name| !section.jobs.contains_key(*name)).cloned().collect();
        let (mut orphans, mut begun, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for name in &gone {
            self.jobs.remove(name);
            self.agenda.remove(name);
            for (id, _) in self.floor.of_job(name) {
                orphans.extend(self.cancel(id, NO_JOB, now));
            }
            self.floor.forget_job(name);
        }
        for (name, job) in section.jobs {
            if self.jobs.get(&name).is_none_or(|before| before.job.digest != job.digest) {
                changed.push(Arc::clone(&name));
            }
            if self.know(&name, job, now) == now {
                begun.push(name);
            }
        }
        // What the record knew of them is taken over.
        self.marks.shrink_to_fit();
        self.last.shrink_to_fit();
        // Made at once, its nodes are full.
        self.jobs = std::mem::take(&mut self.jobs).into_iter().collect();
        self.agenda.shrink();
        self.queues = section.queues.into_iter().map(|(name, queue)| (name, queue.slots)).collect();
        self.queues.entry(USUAL_QUEUE.to_owned()).or_insert(1);
        for (name, slots) in self.queues.clone() {
            self.floor.set_queue(&name, slots, self.is_paused(&Paused::Queue(name.clone())));
        }
        Difference { orphans, begun, gone, changed }
    }

    /// Takes in a job; the value is up to when its schedule has been dealt with.
    fn know(&mut self, name: &Arc<str>, job: Job, now: Timestamp) -> Timestamp {
        let before = self.jobs.remove(name);
        let same = before.as_ref().is_some_and(|before| before.job.digest == job.digest);
        let marked = self.marks.remove(&**name);
        let dealt = match &before {
            // Another schedule begins when it comes into force.
            Some(before) if same || before.job.schedule == job.schedule => before.dealt,
            Some(_) => now,
            None => marked.filter(|marked| marked.duration_since(now) <= AHEAD).unwrap_or(now),
        };
        let (watching, last) = match before {
            Some(Known { watching, last, .. }) if same => (watching, last),
            Some(Known { last, .. }) => (Box::default(), last),
            None => (Box::default(), self.last.remove(&**name).map(Box::new)),
        };
        let paused = self.is_paused(&Paused::Job(name.to_string()));
        self.floor.set_job(name, job.overlap.limit(), paused);
        match job.schedule.next(dealt) {
            Some(due) => self.agenda.insert(Arc::clone(name), due.at),
            None => drop(self.agenda.remove(name)),
        }
        self.jobs.insert(Arc::clone(name), Known { job, dealt, watching, last });
        dealt
    }

    pub(super) fn is_paused(&self, what: &Paused) -> bool {
        self.paused.contains_key(what)
    }

    /// Makes a run of what is wanted, which waits from now on, or is noted as skipped. `replaced` are those
    /// that are to end for it.
    pub(super) fn admit(&mut self, new: New, now: Timestamp) -> Result<Admitted, Error> {
        if self.closed {
            return Err(Error::Stopping);
        }
        if MOST_WAITING <= self.floor.counts().0 {
            return Err(Error::Full(MOST_WAITING));
        }
        if let Some(id) = new.open.iter().find(|id| self.floor.stage(**id).is_none()) {
            return Err(Error::Moved(*id));
        }
        let job = new.job.as_deref().map(|name| self.job(name).cloned()).transpose()?;
        let queue = match (&new.queue, &job) {
            (Some(queue), _) => Some(self.queue(queue)?),
            (None, Some(job)) => job.queue.clone(),
            (None, None) => Some(USUAL_QUEUE.to_owned()),
        };
        let mut run = Run {
            id: self.take_id(),
            state: Standing::Queued,
            why: new.why.to_owned(),
            queue,
            priority: new.priority.unwrap_or(job.as_ref().map_or(0, |job| job.priority)),
            after: new.after,
            inputs: new.inputs,
            due: new.due,
            not_before: None,
            attempt: 0,
            started: None,
            ended: None,
            code: None,
            reason: None,
            pid: None,
            cpu_ms: None,
            memory: None,
            job: new.job,
        };
        let mut replaced = Vec::new();
        match job.as_ref().map(|job| (job.overlap, &job.name)) {
            Some((Overlap::Skip, name)) => {
                if let Some((other, _)) = self.floor.of_job(name).first() {
                    run.state = Standing::Skipped;
                    run.ended = Some(now);
                    run.reason = Some(format!("run {other} had not ended"));
                    return Ok(Admitted { run, replaced });
                }
            }
            Some((Overlap::Replace, name)) => {
                replaced = self.floor.of_job(name).into_iter().map(|(id, _)| id).collect();
            }
            Some((Overlap::Queue | Overlap::Parallel(_), _)) | None => {}
        }
        self.wait(run.clone(), now);
        Ok(Admitted { run, replaced })
    }

    /// The next number.
    pub(super) fn take_id(&mut self) -> RunId {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Lets a run wait.
    pub(super) fn wait(&mut self, run: Run, now: Timestamp) {
        self.next_id = self.next_id.max(run.id + 1);
        self.limit_unknown_queue(&run);
        self.floor.add(run.id, entry(&run), now);
        self.waiting.insert(run.id, run);
    }

    /// A run that an earlier daemon began, and which goes on.
    pub(super) fn adopt(&mut self, run: Run, end: watch::Sender<Ending>) {
        self.limit_unknown_queue(&run);
        self.floor.adopt(run.id, entry(&run));
        self.running.insert(run.id, Underway { run, end, claimed: true, late: false });
    }

    /// A queue that is not configured any more lets those that are in it through one by one.
    fn limit_unknown_queue(&mut self, run: &Run) {
        if let Some(queue) = run.queue.as_deref().filter(|queue| !self.queues.contains_key(*queue)) {
            self.floor.set_queue(queue, 1, false);
        }
    }

    /// Takes the next run that may begin.
    pub(super) fn begin(&mut self, now: Timestamp) -> Option<(Run, Option<Job>, watch::Receiver<Ending>)> {
        if self.closed {
            return None;
        }
        let id = self.floor.take()?;
        let mut run = self.waiting.remove(&id).expect("what waits on the floor waits here");
        run.state = Standing::Running;
        run.attempt += 1;
        run.started = Some(now);
        (run.ended, run.not_before, run.reason, run.code, run.pid) = (None, None, None, None, None);
        let job =
            run.job.as_ref().and_then(|name| self.jobs.get(name.as_str())).map(|known| known.job.clone());
        let (end, ends) = watch::channel(Ending::Goes);
        self.running.insert(id, Underway { run: run.clone(), end, claimed: false, late: false });
        Some((run, job, ends))
    }

    /// A run that was under way is over; the value is what came after it and is cancelled.
    pub(super) fn over(&mut self, run: &Run, now: Timestamp) -> Vec<Run> {
        if self.running.remove(&run.id).is_some() {
            self.settling.insert(run.id);
        }
        let cancelled = self.cancel_dependents(run, now);
        self.floor.remove(run.id, now);
        cancelled
    }

    /// Whether a run takes longer than it should.
    pub(super) fn is_late(&self, id: RunId) -> bool {
        self.running.get(&id).is_some_and(|run| run.late)
    }

    /// Whether the end of a run is still to come, or to be told.
    pub(super) fn will_be_over(&self, id: RunId) -> bool {
        self.waiting.contains_key(&id) || self.running.contains_key(&id) || self.settling.contains(&id)
    }

    /// Asks all runs that are under way to end like this.
    pub(super) fn end_all(&mut self, how: &Ending) {
        self.running.values().for_each(|run| drop(run.end.send_replace(how.clone())));
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn job(&self, name: &str) -> Result<&Job, Error> {
        self.jobs.get(name).map(|known| &known.job).ok_or_else(|| Error::Unknown {
            name: brief(name),
            nearest: nearest(name, self.jobs.keys().map(|name| &**name)).map(str::to_owned),
        })
    }

    pub(super) fn queue(&self, name: &str) -> Result<String, Error> {
        match self.queues.contains_key(name) {
            true => Ok(name.to_owned()),
            false => Err(Error::UnknownQueue {
                name: brief(name),
                nearest: nearest(name, self.queues.keys().map(String::as_str)).map(str::to_owned),
            }),
        }
    }
}

/// What a new configuration brings with it.
pub(super) struct Difference {
    /// Runs that waited, and are cancelled as their jobs are no more.
    pub(super) orphans: Vec<Run>,
    /// Jobs whose schedules begin now.
    pub(super) begun: Vec<Arc<str>>,
    /// Jobs that are no more.
    pub(super) gone: Vec<Arc<str>>,
    /// Jobs that are new, or not what they were.
    pub(super) changed: Vec<Arc<str>>,
}

/// A run that was admitted.
pub(super) struct Admitted {
    pub(super) run: Run,
    pub(super) replaced: Vec<RunId>,
}

fn entry(run: &Run) -> Entry {
    Entry {
        job: run.job.as_deref().map(Arc::from),
        queue: run.queue.as_deref().map(Arc::from),
        priority: run.priority,
        not_before: run.not_before,
        after: run.after.iter().copied().collect(),
    }
}

impl Overlap {
    /// How many runs of a job may be under way.
    pub(super) fn limit(self) -> usize {
        match self {
            Overlap::Parallel(most) => usize::try_from(most).unwrap_or(usize::MAX),
            Overlap::Skip | Overlap::Queue | Overlap::Replace => 1,
        }
    }
}
