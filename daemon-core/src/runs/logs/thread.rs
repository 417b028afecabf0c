//! The one thread that reads FIFOs and writes logs.
//!
//! All services share it, an epoll instance and a formatting buffer: a service
//! that is silent costs its mapping and three descriptors. It is a thread of
//! its own, and not tasks, because it does blocking file work in small pieces
//! all the time, and because nothing else the daemon does may hold it up.
//!
//! It sleeps until a FIFO has something, a command comes, or a deadline that a
//! source has asked for is reached. Where output comes in small pieces at a high
//! rate it pauses between looks (`pace`).

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use hob_launch::Keeper;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::time::ClockId;
use tokio::sync::{mpsc, oneshot, watch};

use super::capture::{Capture, Left, Rest};
use super::cri::Stream;
use super::names::Paths;
use super::report::{Common, Event};
use super::slot::Slot;
use super::source::{Position, Source};
use super::tap::Tap;
use super::upkeep::Keeping;
use super::{Error, Holders, Policy, pace};
use parked::Parked;

const BELL: u64 = u64::MAX;

/// So many staging files of services that do not run stay mapped.
const STAGINGS: usize = 16;

mod commands;
mod parked;

/// What the thread is asked to do. It answers when it is done.
#[derive(Debug)]
pub(super) enum Command {
    /// Goes on with what a killed daemon was capturing.
    Recover { of: fn(&str) -> bool, holders: Holders, reply: oneshot::Sender<io::Result<Vec<TakenUp>>> },
    /// Begins the log of a run.
    Open { service: String, run: u64, policy: Policy, reply: oneshot::Sender<Result<Arc<Tap>, Error>> },
    /// Says how the log of a run is kept that was taken up without that.
    Keep { service: String, run: u64, policy: Policy },
    /// Ends the log of a run, if it has not ended.
    Close { service: String, run: u64, reply: oneshot::Sender<()> },
    /// As `Close`, and no run will follow in this log.
    Conclude { service: String, run: u64, reply: oneshot::Sender<()> },
    /// Tells where the log is now, and wherever it gets.
    Follow { service: String, reply: oneshot::Sender<Result<watch::Receiver<Position>, Error>> },
    /// Leaves everything for a successor.
    Stop { reply: oneshot::Sender<()> },
}

/// A run that a killed daemon was capturing.
#[derive(Debug)]
pub(super) struct TakenUp {
    /// Its service.
    pub service: String,
    /// Its number.
    pub run: u64,
    /// For listening to it.
    pub tap: Arc<Tap>,
    /// How it is kept has to be said.
    pub is_kept_unasked: bool,
}

/// What a run leaves to the next.
#[derive(Debug)]
struct Settled {
    /// The last stamp that it has used.
    last_stamp: i64,
    left: Left,
    is_single: bool,
    /// How long its rotated files are kept, if it had a log.
    keeping: Option<Keeping>,
}

/// The thread's own things.
#[derive(Debug)]
pub(super) struct Thread {
    paths: Paths,
    common: Common,
    commands: mpsc::Receiver<Command>,
    bell: Arc<OwnedFd>,
    epoll: OwnedFd,
    /// Boxed, because a table doubles when it is full, and its empty places are as large as the others.
    sources: HashMap<u64, Box<Source>>,
    tokens: HashMap<Box<str>, u64>,
    /// Of whose last run nothing is left to do: what it leaves to the next.
    settled: HashMap<Box<str>, Settled>,
    /// What runs have left that were the only ones of their logs, for others like them.
    parked: Vec<Parked>,
    next_token: u64,
    alarms: BTreeSet<(Duration, u64)>,
    followers: HashMap<Box<str>, Arc<watch::Sender<Position>>>,
    keeper: Option<Keeper>,
}

impl Thread {
    /// Sets everything up; [`Thread::run`] does the work.
    pub(super) fn new(
        paths: Paths,
        common: Common,
        commands: mpsc::Receiver<Command>,
        bell: Arc<OwnedFd>,
        keeper: Option<Keeper>,
    ) -> io::Result<Thread> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &*bell, epoll::EventData::new_u64(BELL), epoll::EventFlags::IN)?;
        Ok(Thread {
            paths,
            common,
            commands,
            bell,
            epoll,
            sources: HashMap::new(),
            tokens: HashMap::new(),
            settled: HashMap::new(),
            parked: Vec::new(),
            next_token: 0,
            alarms: BTreeSet::new(),
            followers: HashMap::new(),
            keeper,
        })
    }

    /// Works until it is told to stop or nobody is left who could tell it.
    pub(super) fn run(mut self) {
        // Pauses are shorter than a timer of the default kind is late (50 us).
        rustix::thread::set_current_timer_slack(NonZeroU64::new(1000)).ok();
        let mut events = Vec::with_capacity(64);
        let mut last_look = Duration::ZERO;
        loop {
            events.clear();
            self.wait(&mut events);
            let now = uptime();
            self.common.now = now;
            let (mut most, mut rung) = (0, false);
            for event in &events {
                let event: &epoll::Event = event;
                match event.data.u64() {
                    BELL => rung = true,
                    data => most = most.max(self.take(data, event.flags, now)),
                }
            }
            self.act(now);
            if rung && !self.obey() {
                return;
            }
            if let Some(pause) = pace::pause(most, now.saturating_sub(last_look)) {
                // A signal cuts it short, and that is no harm.
                drop(rustix::thread::nanosleep(&timespec(pause)));
            }
            last_look = now;
        }
    }

    fn wait(&self, events: &mut Vec<epoll::Event>) {
        let timeout = self.alarms.first().map(|&(at, _)| timespec(at.saturating_sub(uptime())));
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(events), timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => unreachable!("an epoll instance of our own can be waited for: {error}"),
        }
    }

    fn take(&mut self, data: u64, flags: epoll::EventFlags, now: Duration) -> usize {
        let (token, stream) = (data / 2, Stream::BOTH[(data % 2) as usize]);
        let Some(source) = self.sources.get_mut(&token) else { return 0 };
        let hung_up = flags.intersects(epoll::EventFlags::HUP | epoll::EventFlags::ERR);
        let count = source.take(stream, hung_up, now, &mut self.common);
        self.after(token);
        count
    }

    fn act(&mut self, now: Duration) {
        while let Some(&(at, token)) = self.alarms.first()
            && at <= now
        {
            self.alarms.pop_first();
            if let Some(source) = self.sources.get_mut(&token) {
                source.alarm = None;
                source.act(now, &mut self.common);
                self.after(token);
            }
        }
    }

    /// Sees to a source that was touched: its end, or its next deadline.
    fn after(&mut self, token: u64) {
        let Some(source) = self.sources.get_mut(&token) else { return };
        if source.is_over() && !source.capture.ending {
            self.finish(token, Capture::end);
            return;
        }
        if source.capture.is_settled() {
            self.remove(token);
            return;
        }
        if let Err(error) = listen(&self.epoll, token, source) {
            source.capture.report(&self.common, Event::Broken { reason: error.to_string() });
        }
        let Some(due) = source.due() else { return };
        if source.alarm.is_none_or(|alarm| due < alarm) {
            if let Some(alarm) = source.alarm.replace(due) {
                self.alarms.remove(&(alarm, token));
            }
            self.alarms.insert((due, token));
        }
    }

    /// Ends the log of a source. It stays as long as it could not be written.
    fn finish(&mut self, token: u64, how: fn(&mut Capture, &mut Common)) {
        let Some(source) = self.sources.get_mut(&token) else { return };
        how(&mut source.capture, &mut self.common);
        source.publish();
        self.after(token);
    }

    /// Ceases to look after a source; the value is what of it has not been written.
    fn remove(&mut self, token: u64) -> Option<Rest> {
        let source = self.sources.remove(&token)?;
        if let Some(alarm) = source.alarm {
            self.alarms.remove(&(alarm, token));
        }
        let name = self.tokens.iter().find(|(_, known)| **known == token).map(|(name, _)| name.clone());
        let name = name.and_then(|name| self.tokens.remove_entry(&name));
        let (is_settled, was_cut) = (source.capture.is_settled(), source.capture.was_cut);
        let mut rest = source.capture.into_rest();
        if was_cut {
            // Who keeps them could not tell whether they are needed any more, once this daemon is dead.
            self.let_go(rest.kept.take().as_deref());
        }
        let Some((name, _)) = name.filter(|_| is_settled) else { return Some(rest) };
        // A successor comes soon, or not for long: few services are between two runs.
        let Slot { last_stamp, fifos, is_single, .. } = rest.slot;
        let like = |settled: &&Settled| settled.left.staging.is_some() && settled.is_single == is_single;
        let mapped = self.settled.values().filter(like).count();
        let left = Left { fifos, staging: rest.staging.filter(|_| mapped < STAGINGS), kept: rest.kept };
        self.settled.insert(name, Settled { last_stamp, left, is_single, keeping: rest.keeping });
        None
    }

    /// No run will begin any more that would need what others have left.
    fn clear(&mut self) {
        let settled: Vec<Settled> = self.settled.drain().map(|(_, settled)| settled).collect();
        settled.iter().for_each(|settled| self.let_go(settled.left.kept.as_deref()));
        for parked in std::mem::take(&mut self.parked) {
            self.let_go(parked.left.kept.as_deref());
            parked.remove();
        }
    }

    /// Has FIFOs let go of that no run will have any more.
    fn let_go(&mut self, kept: Option<&str>) {
        if let (Some(keeper), Some(kept)) = (&mut self.keeper, kept) {
            keeper.let_go(kept);
        }
    }
}

/// Listens to what a source may take now, and to nothing else: a hang-up is told whether or not anybody reads.
fn listen(epoll: &OwnedFd, token: u64, source: &mut Source) -> io::Result<()> {
    let listens = !source.capture.is_blocked();
    if std::mem::replace(&mut source.listens, listens) == listens {
        return Ok(());
    }
    for stream in Stream::BOTH {
        let Some(input) = source.capture.input(stream) else { continue };
        let data = epoll::EventData::new_u64(token * 2 + stream.index() as u64);
        match listens {
            true => epoll::add(epoll, input, data, epoll::EventFlags::IN)?,
            false => epoll::delete(epoll, input)?,
        }
    }
    Ok(())
}

/// Time for deadlines; unlike the clock of the stamps, nobody can turn it.
fn uptime() -> Duration {
    let time = rustix::time::clock_gettime(ClockId::Monotonic);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: duration.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

#[cfg(test)]
#[path = "tests/thread.rs"]
mod tests;
