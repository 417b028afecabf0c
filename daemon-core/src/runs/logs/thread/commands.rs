//! What the thread is asked to do, and how it does it.

use std::io;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::super::capture::{Capture, Left, Rest};
use super::super::cri::Stream;
use super::super::files;
use super::super::names::{Place, service_of};
use super::super::report::Event;
use super::super::source::{Position, Source};
use super::super::staging::Staging;
use super::super::tap::Tap;
use super::super::upkeep::Upkeep;
use super::super::{Error, Holders, Policy};
use super::parked::{PARKED, Parked};
use super::{Command, Settled, TakenUp, Thread, listen, uptime};

impl Thread {
    /// Carries out what is queued; false if this is the end.
    pub(super) fn obey(&mut self) -> bool {
        let mut count = [0; 8];
        // It only has to be empty again.
        rustix::io::read(&*self.bell, &mut count).ok();
        if self.common.upkeep.as_ref().is_some_and(Upkeep::has_freed) {
            self.retry();
        }
        loop {
            // Who no longer waits for an answer does not miss it.
            match self.commands.try_recv() {
                Ok(Command::Recover { of, holders, reply }) => drop(reply.send(self.recover(of, &holders))),
                Ok(Command::Open { service, run, policy, reply }) => {
                    let tap = self.open(&service, run, &policy);
                    drop(reply.send(tap));
                }
                Ok(Command::Keep { service, run, policy }) => self.keep_as(&service, run, &policy),
                Ok(Command::Close { service, run, reply }) => {
                    self.close(&service, run);
                    reply.send(()).ok();
                }
                Ok(Command::Conclude { service, run, reply }) => {
                    self.close(&service, run);
                    self.conclude(&service);
                    reply.send(()).ok();
                }
                Ok(Command::Follow { service, reply }) => drop(reply.send(self.follow(service))),
                Ok(Command::Stop { reply }) => {
                    for source in self.sources.values_mut() {
                        // What waits in memory has its last chance.
                        source.capture.retry(&mut self.common);
                    }
                    self.sources.clear();
                    // Whoever waits for this may end the process right after.
                    self.clear();
                    reply.send(()).ok();
                    return false;
                }
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    self.clear();
                    return false;
                }
            }
        }
    }

    fn recover(&mut self, of: fn(&str) -> bool, holders: &Holders) -> io::Result<Vec<TakenUp>> {
        let mut taken_up = Vec::new();
        let entries = match fs_err::read_dir(&self.paths.run) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(taken_up),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let Some(service) = entry.file_name().to_str().and_then(service_of) else { continue };
            if !of(&service) || !entry.file_type()?.is_dir() || self.tokens.contains_key(&*service) {
                continue;
            }
            // The log of one service must not be in the way of the others'.
            let recovered = self.paths.of(&service).and_then(|place| {
                Capture::recover(place, holders.get(&*service).copied(), &mut self.common)
                    .map_err(|source| Error::Open { service: service.clone(), source })
            });
            match recovered {
                Ok(Some(capture)) => {
                    let (run, tap) = (capture.run(), Arc::clone(&capture.tap));
                    let is_kept_unasked = capture.is_kept_unasked();
                    self.tell_upkeep(&capture);
                    self.add(&service, capture, true)?;
                    taken_up.push(TakenUp { service, run, tap, is_kept_unasked });
                }
                Ok(None) => self.sweep(&service),
                Err(error) => {
                    let reason = match error {
                        Error::Open { source, .. } => source.to_string(),
                        other => other.to_string(),
                    };
                    self.common.report(service, Event::Damaged { reason });
                }
            }
        }
        if let Some(upkeep) = &self.common.upkeep {
            upkeep.look_at_all();
        }
        Ok(taken_up)
    }

    pub(super) fn open(&mut self, service: &str, run: u64, policy: &Policy) -> Result<Arc<Tap>, Error> {
        let place = self.paths.of(service)?;
        let failed = |source| Error::Open { service: service.to_owned(), source };
        let rest = self.close_former(service, &place, policy).map_err(failed)?;
        // Should it fail, what waits is lost, and the staging file says so.
        self.common.waiting -= rest.backlog.memory();
        let memory = rest.backlog.memory();
        let (kept, keeping) = (rest.kept.clone(), rest.keeping);
        let capture = Capture::begin_after(rest, place, run, policy, &mut self.common).map_err(failed)?;
        self.common.waiting += memory;
        if capture.kept.is_none() {
            self.let_go(kept.as_deref());
        }
        if capture.log.is_there() && keeping != Some(capture.keeping()) {
            self.tell_upkeep(&capture);
        }
        let tap = Arc::clone(&capture.tap);
        self.add(service, capture, false).map_err(failed)?;
        Ok(tap)
    }

    /// Ends the log of the run before, and gives what of it could not be written.
    fn close_former(&mut self, service: &str, place: &Place, policy: &Policy) -> io::Result<Rest> {
        if let Some(&token) = self.tokens.get(service) {
            self.finish(token, Capture::close);
            if let Some(rest) = self.remove(token) {
                return Ok(rest);
            }
        }
        if let Some(Settled { last_stamp, left, keeping, .. }) = self.settled.remove(service) {
            return Ok(Rest::settled(last_stamp, keeping, left));
        }
        if policy.is_single
            && let Some(parked) = self.parked.pop()
        {
            match parked.moved_to(place) {
                Ok(rest) => return Ok(rest),
                // For one that has nothing there yet.
                Err(parked) => self.parked.push(parked),
            }
        }
        let Some(mut left) = Capture::recover(place.clone(), None, &mut self.common)? else {
            return Ok(Rest::default());
        };
        left.close(&mut self.common);
        Ok(Rest { is_known: false, ..left.into_rest() })
    }

    fn tell_upkeep(&self, capture: &Capture) {
        if let Some(upkeep) = &self.common.upkeep {
            upkeep.know(&capture.place.log, capture.keeping());
        }
    }

    /// Room was made: tries all logs again that could not be written.
    fn retry(&mut self) {
        let in_trouble = |source: &Source| source.capture.retry_at().is_some();
        let tokens: Vec<u64> =
            self.sources.iter().filter(|(_, source)| in_trouble(source)).map(|(token, _)| *token).collect();
        for token in tokens {
            if let Some(source) = self.sources.get_mut(&token) {
                source.retry(self.common.now, &mut self.common);
            }
            self.after(token);
        }
    }

    fn add(&mut self, service: &str, mut capture: Capture, is_old: bool) -> io::Result<()> {
        self.keep(&mut capture);
        let token = self.next_token;
        self.next_token += 1;
        let mut source = Source::new(capture);
        for stream in Stream::BOTH {
            if is_old {
                source.take_up(stream, uptime(), &mut self.common);
            }
        }
        listen(&self.epoll, token, &mut source)?;
        if let Some(followers) = self.followers.get(service) {
            source.tell(Arc::clone(followers));
        }
        self.sources.insert(token, Box::new(source));
        self.tokens.insert(service.into(), token);
        self.after(token);
        Ok(())
    }

    /// Has the FIFOs of a run kept, unless they have been for the run before; and those of all others again if
    /// nobody does any more.
    fn keep(&mut self, capture: &mut Capture) {
        let Some(keeper) = self.keeper.as_mut().filter(|_| capture.kept.is_none()) else { return };
        let fifos = capture.fifos();
        let others = self.sources.values().map(|source| source.capture.fifos());
        let is_another = match keeper.keep(&fifos, others) {
            Ok(is_another) => is_another,
            Err(error) => {
                tracing::warn!(%error, fifos, "what it writes and then ends, while no daemon runs, would be lost");
                return;
            }
        };
        capture.kept = Some(fifos.into());
        if is_another {
            for capture in self.sources.values_mut().map(|source| &mut source.capture) {
                capture.kept = Some(capture.fifos().into());
            }
            self.settled.values_mut().for_each(|settled| settled.left.kept = None);
            self.parked.iter_mut().for_each(|parked| parked.left.kept = None);
        }
    }

    fn keep_as(&mut self, service: &str, run: u64, policy: &Policy) {
        let source = self.tokens.get(service).and_then(|token| self.sources.get_mut(token));
        let Some(source) = source.filter(|source| source.capture.run() == run) else { return };
        source.capture.keep_as(policy);
        if let Some(upkeep) = &self.common.upkeep {
            upkeep.know(&source.capture.place.log, source.capture.keeping());
        }
    }

    fn close(&mut self, service: &str, run: u64) {
        let Some(&token) = self.tokens.get(service) else { return };
        if self.sources.get(&token).is_some_and(|source| source.capture.run() == run) {
            self.finish(token, Capture::close);
        }
    }

    /// Passes on what only a further run would need; and removes the log, if there is nothing in it.
    fn conclude(&mut self, service: &str) {
        if self.tokens.contains_key(service) {
            // It could not be written yet.
            return;
        }
        let Some(settled) = self.settled.remove(service) else { return };
        let Ok(place) = self.paths.of(service) else { return };
        if settled.keeping.is_some() {
            remove_empty(&place);
        }
        let parked = Parked { run: place.run, left: settled.left };
        if parked.left.staging.is_some() && self.parked.len() < PARKED {
            self.parked.push(parked);
            return;
        }
        self.let_go(parked.left.kept.as_deref());
        parked.remove();
    }

    /// Removes what an earlier daemon had parked, or did not come to remove.
    fn sweep(&self, service: &str) {
        let Ok(place) = self.paths.of(service) else { return };
        if let Ok(Some((_, slot))) = Staging::find(place.staging())
            && slot.is_single
        {
            remove_empty(&place);
            let left = Left { fifos: slot.fifos, staging: None, kept: None };
            Parked { run: place.run, left }.remove();
        }
    }

    fn follow(&mut self, service: String) -> Result<watch::Receiver<Position>, Error> {
        self.followers.retain(|_, followers| 0 < followers.receiver_count());
        let current = self.paths.of(&service)?.current();
        let source = self.tokens.get(&*service).and_then(|token| self.sources.get_mut(token));
        let followers = self.followers.entry(service.into()).or_insert_with(|| {
            let position = Position::at_rest(&current);
            Arc::new(watch::Sender::new(position))
        });
        let receiver = followers.subscribe();
        if let Some(source) = source {
            source.tell(Arc::clone(followers));
        }
        Ok(receiver)
    }
}

/// Removes a log without a line.
fn remove_empty(place: &Place) {
    let is_empty = fs_err::metadata(place.current()).is_ok_and(|file| file.len() == 0)
        && files::rotated(&place.log).is_ok_and(|files| files.is_empty());
    if is_empty && let Err(error) = fs_err::remove_dir_all(&place.log) {
        tracing::debug!(%error, "a log without a line stays");
    }
}
