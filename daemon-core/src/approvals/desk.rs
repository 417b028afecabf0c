//! What is under way, in memory: who waits, who may decide, what holds.
//!
//! It follows what the store has written and is asked a thousand times more
//! often than that. Nothing here waits, and nobody holds its lock while waiting.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::Error;
use super::allowance::Allowance;
use super::grants::Grants;
use super::kinship::{Party, Who};
use super::live::Live;
use super::past::Past;
use super::queue::Queue;
use super::request::Request;
use super::request::answer::Kept;
use super::request::life::Moment;
use super::request::state::State;
use crate::exec::Plan;
use crate::kernel::Fault;
use crate::kernel::activity::Hold;

/// Outputs of what is over are kept for whoever asks for them later, so many bytes of them.
const OUTPUTS: usize = 8 << 20;

/// So many may want the same.
pub(super) const HOLDERS: usize = 64;

/// All that is under way.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) allowance: Allowance,
    pub(super) queue: Queue,
    pub(super) grants: Grants,
    open: HashMap<String, Open>,
    keys: HashMap<(String, String), String>,
    by_wall: BTreeSet<(Timestamp, String)>,
    by_uptime: BTreeSet<(Duration, String)>,
    /// What everybody wants.
    wants: HashMap<Who, BTreeSet<String>>,
    pub(super) past: Past,
    outputs: VecDeque<(String, Arc<Kept>)>,
    held: usize,
    pub(super) closed: bool,
    /// Why what an earlier daemon left is not known, and so nothing is taken in.
    pub(super) not_taken_up: Option<String>,
}

/// One request that is not over.
pub(super) struct Open {
    pub(super) progress: watch::Sender<Arc<Request>>,
    pub(super) plan: Arc<Plan>,
    pub(super) live: Arc<Live>,
    /// Everybody who wants it: while it waits, the same may be asked for several times.
    pub(super) holders: Vec<Party>,
    /// Somebody wants it also if all who asked have gone.
    pub(super) is_detached: bool,
    /// It runs as soon as that is written down: nobody has to be asked.
    pub(super) is_allowed: bool,
    /// Whoever asked has said that he does not want it any more.
    pub(super) is_cancelled: bool,
    /// Tells whoever runs it of that.
    pub(super) unwanted: Arc<Notify>,
    /// Why it could not even be written down.
    failed: Arc<OnceLock<Fault>>,
    /// When somebody last looked at it.
    pub(super) shown: Option<Duration>,
    /// The daemon is needed meanwhile.
    _needed: Hold,
}

/// What somebody holds who has asked for something.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) id: String,
    pub(super) progress: watch::Receiver<Arc<Request>>,
    pub(super) live: Arc<Live>,
    /// Why there will be no progress, once there is none: the same for all who wait for it.
    pub(super) failed: Arc<OnceLock<Fault>>,
}

impl Ticket {
    /// Of something that is over, and that nobody works on any more: what only its row does not know of is
    /// over, too.
    pub(super) fn of_past(mut request: Request) -> Ticket {
        let id = request.id.clone();
        if !request.state.is_over() && request.state != State::Orphaned {
            request = request.unrecorded("nobody works on it any more");
        }
        let progress = watch::Sender::new(Arc::new(request)).subscribe();
        Ticket { id, progress, live: Arc::default(), failed: Arc::default() }
    }
}

impl Open {
    pub(super) fn new(request: Request, plan: Arc<Plan>, holder: Party, needed: Hold) -> Open {
        Open {
            is_detached: request.detached,
            progress: watch::Sender::new(Arc::new(request)),
            plan,
            live: Arc::default(),
            holders: vec![holder],
            is_allowed: false,
            is_cancelled: false,
            unwanted: Arc::default(),
            failed: Arc::default(),
            shown: None,
            _needed: needed,
        }
    }

    pub(super) fn request(&self) -> Arc<Request> {
        Arc::clone(&self.progress.borrow())
    }

    fn ticket(&self) -> Ticket {
        let progress = self.progress.subscribe();
        let id = progress.borrow().id.clone();
        Ticket { id, progress, live: Arc::clone(&self.live), failed: Arc::clone(&self.failed) }
    }
}

impl Desk {
    /// Takes in what somebody asks for.
    pub(super) fn begin(&mut self, open: Open) -> Ticket {
        let request = open.request();
        let ticket = open.ticket();
        if let Some(key) = &request.key {
            self.keys.insert((request.client_id.clone(), key.clone()), request.id.clone());
        }
        for holder in &open.holders {
            self.wants.entry(holder.who()).or_default().insert(request.id.clone());
        }
        self.open.insert(request.id.clone(), open);
        ticket
    }

    /// What was to begin has not.
    pub(super) fn forget(&mut self, id: &str) {
        if let Some(open) = self.open.remove(id) {
            let request = open.request();
            self.unlist(&request);
            for holder in &open.holders {
                self.does_not_want(holder.who(), id);
            }
            if let Some(key) = &request.key {
                self.keys.remove(&(request.client_id.clone(), key.clone()));
            }
        }
    }

    /// The same, for everybody who waits for it.
    pub(super) fn fail(&mut self, id: &str, fault: Fault) {
        if let Some(open) = self.open.get(id) {
            open.failed.set(fault).ok();
        }
        self.forget(id);
    }

    /// Takes over what was written, unless something newer is known.
    pub(super) fn follow(&mut self, request: Request) -> Arc<Request> {
        let request = Arc::new(request);
        let Some(open) = self.open.get(&request.id) else { return request };
        let before = open.request();
        if request.rev <= before.rev {
            return before;
        }
        open.progress.send_replace(Arc::clone(&request));
        self.unlist_times(&before);
        match request.state {
            State::Pending | State::Orphaned => self.list_times(&request),
            _ => self.queue.leave(&request.client_id, &request.plan, &request.id),
        }
        if request.state.is_over() {
            self.forget(&request.id);
        }
        request
    }

    /// Somebody else wants the same, `detached` also if he goes.
    pub(super) fn join(&mut self, id: &str, holder: Party, detached: bool) -> Result<Ticket, Error> {
        let open = self.open.get_mut(id).ok_or_else(|| Error::NoRequest(id.to_owned()))?;
        let state = open.request().state;
        // What runs goes on, whoever wants it.
        let needs_holders =
            matches!(state, State::Received | State::Pending | State::Orphaned | State::Approved);
        let who = holder.who();
        if needs_holders && open.holders.iter().all(|known| known.who() != who) {
            if HOLDERS <= open.holders.len() {
                return Err(Error::TooManyAsk(HOLDERS));
            }
            open.holders.push(holder);
            self.wants.entry(who).or_default().insert(id.to_owned());
        }
        open.is_detached |= detached;
        Ok(open.ticket())
    }

    /// Somebody looks on.
    pub(super) fn ticket(&self, id: &str) -> Option<Ticket> {
        self.open.get(id).map(Open::ticket)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Open> {
        self.open.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Open> {
        self.open.get_mut(id)
    }

    /// What a client knows by this key and is not over.
    pub(super) fn by_key(&self, client: &str, key: &str) -> Option<&Open> {
        self.open.get(self.keys.get(&(client.to_owned(), key.to_owned()))?)
    }

    /// All that is not over.
    pub(super) fn all(&self) -> impl Iterator<Item = Arc<Request>> {
        self.open.values().map(Open::request)
    }

    /// What runs, or is about to, of those clients of whose identifiers this is true.
    pub(super) fn running<'a>(&'a self, is_of: impl Fn(&str) -> bool) -> impl Iterator<Item = &'a Plan> {
        let runs = move |open: &&'a Open| {
            let request = open.progress.borrow();
            let runs = match request.state {
                State::Received => open.is_allowed,
                state => matches!(state, State::Claimed | State::Running),
            };
            runs && is_of(&request.client_id)
        };
        self.open.values().filter(runs).map(|open| &*open.plan)
    }

    /// What waits for a person, in order.
    pub(super) fn pending(&self) -> impl Iterator<Item = Arc<Request>> {
        let waiting = self.queue.in_order().filter_map(|id| self.open.get(id).map(Open::request));
        waiting.filter(|request| request.state == State::Pending)
    }

    /// What waits and whose time is over.
    pub(super) fn late(&self, now: Moment, most: usize) -> Vec<String> {
        let by_wall = self.by_wall.iter().take_while(|(ends, _)| *ends <= now.wall).map(|(_, id)| id);
        let by_uptime = self.by_uptime.iter().take_while(|(ends, _)| *ends <= now.uptime).map(|(_, id)| id);
        let late: BTreeSet<&String> = by_wall.chain(by_uptime).collect();
        late.into_iter().take(most).cloned().collect()
    }

    /// When the next time is over, by each clock.
    pub(super) fn next_end(&self) -> (Option<Timestamp>, Option<Duration>) {
        let (wall, uptime) = self.grants.next_end();
        let first = |one: Option<_>, other: Option<_>| one.into_iter().chain(other).min();
        let wall = first(wall, self.by_wall.first().map(|(ends, _)| *ends));
        let uptime = uptime.into_iter().chain(self.by_uptime.first().map(|(ends, _)| *ends)).min();
        (wall, uptime)
    }

    /// Those that wait and that nobody else wants; they lose this one as a holder.
    pub(super) fn leave_behind(&mut self, who: Who) -> Vec<String> {
        let mut alone = Vec::new();
        for id in self.wants.remove(&who).unwrap_or_default() {
            let Some(open) = self.open.get_mut(&id) else { continue };
            open.holders.retain(|holder| holder.who() != who);
            let request = open.request();
            let waits = matches!(request.state, State::Pending | State::Received);
            if open.holders.is_empty() && waits && !open.is_detached {
                alone.push(id);
            }
        }
        alone
    }

    /// Whether somebody wants anything that is not over.
    pub(super) fn is_wanted_by(&self, who: Who) -> bool {
        self.wants.contains_key(&who)
    }

    /// What was on the list of what is late, and is not late or not there.
    pub(super) fn unlist_late(&mut self, id: &str, now: Moment) {
        match self.open.get(id).map(Open::request) {
            Some(request) if !request.term.is_some_and(|term| term.is_over(now)) => {}
            Some(request) => self.unlist_times(&request),
            None => {
                self.by_wall.retain(|(_, it)| it != id);
                self.by_uptime.retain(|(_, it)| it != id);
            }
        }
    }

    /// Keeps the output of what is over for a while.
    pub(super) fn keep(&mut self, id: &str, kept: Arc<Kept>) {
        self.held += kept.out.len() + kept.err.len();
        self.outputs.push_back((id.to_owned(), kept));
        while OUTPUTS < self.held || 1024 < self.outputs.len() {
            let Some((_, oldest)) = self.outputs.pop_front() else { break };
            self.held -= oldest.out.len() + oldest.err.len();
        }
    }

    /// The output of what is over, if it is kept still.
    pub(super) fn kept(&self, id: &str) -> Option<Arc<Kept>> {
        self.outputs.iter().rev().find(|(it, _)| it == id).map(|(_, kept)| Arc::clone(kept))
    }

    fn does_not_want(&mut self, who: Who, id: &str) {
        if let Some(wants) = self.wants.get_mut(&who) {
            wants.remove(id);
            if wants.is_empty() {
                self.wants.remove(&who);
            }
        }
    }

    fn list_times(&mut self, request: &Request) {
        if let Some(term) = request.term {
            self.by_wall.insert((term.ends.wall, request.id.clone()));
            self.by_uptime.insert((term.ends.uptime, request.id.clone()));
        }
    }

    fn unlist_times(&mut self, request: &Request) {
        if let Some(term) = request.term {
            self.by_wall.remove(&(term.ends.wall, request.id.clone()));
            self.by_uptime.remove(&(term.ends.uptime, request.id.clone()));
        }
    }

    fn unlist(&mut self, request: &Request) {
        self.unlist_times(request);
        self.queue.leave(&request.client_id, &request.plan, &request.id);
    }
}
