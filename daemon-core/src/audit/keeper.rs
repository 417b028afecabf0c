//! The task that keeps the record: mirrors it, signs its head, tells the sums of what was refused.
//!
//! It sleeps until something was recorded. What follows within a moment is mirrored
//! together, so that a burst is a few writes. Its only other clock runs while there
//! is something unsigned: a head is signed every 64 leaves and a minute after the
//! first leaf without one, whichever daemon recorded that, when somebody asks for
//! one, and when the daemon stops. What is signed
//! is the hash over what this daemon was told that was committed, and at its start
//! was proved to continue the head that was signed last: whatever becomes of the
//! database, two heads of which neither continues the other are never signed.

use std::sync::Arc;
use std::time::Duration;

use hob_verify::checkpoint::Checkpoint;
use hob_verify::leaf::Leaf;
use hob_verify::note::{Note, Signer, Verifier};
use hob_verify::proof::check_consistency;
use hob_verify::tree::{self, Frontier};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::{mpsc, oneshot};

use super::leaves::Pushed;
use super::mirror::Mirror;
use super::system_log::SystemLog;
use super::{Entry, Error, Inner, gate, key, rows, store};
use crate::kernel::tasks::Stop;

/// So many unsigned leaves are signed at once.
const LEAVES: u64 = 64;
/// No leaf is unsigned for longer.
const LATEST: Duration = Duration::from_secs(60);
/// The mirror is written no sooner than so long after the last time.
const MOMENT: Duration = Duration::from_millis(25);

/// Who waits for a signed head.
pub(super) type Asked = oneshot::Sender<Result<String, Error>>;

/// What the task has in hand.
pub(super) struct Keeper {
    inner: Arc<Inner>,
    mirror: Option<Mirror>,
    keys: key::Keys,
    signer: Option<Signer>,
    system_log: Option<SystemLog>,
    asked: mpsc::Receiver<Asked>,
    /// The head that was signed last, and its note.
    last: Option<(Checkpoint, String)>,
    /// Over what was handed to the mirror.
    tree: Frontier,
    /// What was recorded since.
    recorded: Vec<Pushed>,
    /// When it may be mirrored again.
    rested: Duration,
    /// When what was committed is to be mirrored.
    mirror_due: Option<Duration>,
    /// When the unsigned ones are to be signed.
    sign_due: Option<Duration>,
    /// So that a disk that stays full is told of once.
    is_troubled: bool,
}

/// What the database says of itself, to be held against what is known.
pub(super) struct Known {
    /// The head that was signed last, and its note.
    pub(super) last: Option<(Checkpoint, String)>,
    /// Over all leaves.
    pub(super) tree: Frontier,
    /// When the first leaf was recorded that is not under that head.
    pub(super) unsigned_since: Option<Timestamp>,
}

impl Keeper {
    pub(super) fn new(
        inner: Arc<Inner>,
        mirror: Mirror,
        (keys, signer): (key::Keys, Option<Signer>),
        system_log: Option<SystemLog>,
        asked: mpsc::Receiver<Asked>,
        Known { last, tree, unsigned_since }: Known,
    ) -> Keeper {
        let clock = &inner.common.clock;
        // Or daemons that end within a minute, again and again, would never sign.
        let sign_due = unsigned_since.map(|since| {
            let age = Duration::try_from(clock.now().duration_since(since)).unwrap_or_default();
            clock.uptime() + LATEST.saturating_sub(age)
        });
        Keeper {
            inner,
            mirror: Some(mirror),
            keys,
            signer,
            system_log,
            asked,
            last,
            tree,
            recorded: Vec::new(),
            rested: Duration::ZERO,
            mirror_due: None,
            sign_due,
            is_troubled: false,
        }
    }

    /// Keeps the record until the stop; then signs what is left.
    pub(super) async fn run(mut self, mut stop: Stop) {
        let clock = self.inner.common.clock.clone();
        loop {
            let refusals = self.inner.refusals().due();
            let due = self.mirror_due.into_iter().chain(self.sign_due).chain(refusals).min();
            tokio::select! {
                () = self.inner.written.notified(), if self.mirror_due.is_none() => {
                    self.mirror_due = Some(self.rested);
                    self.at(clock.uptime()).await;
                }
                Some(asked) = self.asked.recv() => {
                    // What is queued and not waited for comes along.
                    let flushed = self.inner.db.flush().await;
                    self.told(flushed.map_err(Error::from));
                    self.catch_up().await;
                    // Whoever asked may have gone away.
                    asked.send(self.sign().await).ok();
                }
                () = clock.sleep_until(due.unwrap_or_default()), if due.is_some() => self.at(clock.uptime()).await,
                () = stop.stopped() => break,
            }
        }
        self.tell_refusals(Duration::MAX).await;
        let stopped = self.inner.append(Entry::of_daemon("daemon.stopped", serde_json::Map::new()));
        self.told(stopped.await.map(drop));
        self.catch_up().await;
        let signed = self.sign().await.map(drop);
        self.told(signed);
    }

    /// Does what is due.
    async fn at(&mut self, now: Duration) {
        self.tell_refusals(now).await;
        if self.mirror_due.is_some_and(|due| due <= now) {
            self.catch_up().await;
        }
        if self.sign_due.is_some_and(|due| due <= now) {
            self.sign_due = None;
            let signed = self.sign().await.map(drop);
            self.told(signed);
        }
    }

    async fn tell_refusals(&mut self, now: Duration) {
        let counts = {
            let mut refusals = self.inner.refusals();
            if refusals.due().is_none_or(|due| now < due) {
                return;
            }
            refusals.take(now.min(self.inner.common.clock.uptime()))
        };
        if let Some(counts) = counts {
            let told = self.inner.append(gate::sum(&counts));
            self.told(told.await.map(drop));
        }
    }

    /// Mirrors what was committed, and signs if it is much.
    async fn catch_up(&mut self) {
        self.mirror_due = None;
        self.rested = self.inner.common.clock.uptime() + MOMENT;
        let mirrored = self.mirror().await;
        self.told(mirrored);
        let signed = self.last.as_ref().map_or(0, |(head, _)| head.size);
        if self.tree.size() == signed {
            return;
        }
        // Not anew with each leaf, or steady ones would never be signed.
        self.sign_due.get_or_insert(self.inner.common.clock.uptime() + LATEST);
        // The first head is the anchor of all others.
        if signed == 0 || LEAVES <= self.tree.size() - signed {
            let signed = self.sign().await.map(drop);
            self.told(signed);
        }
    }

    async fn mirror(&mut self) -> Result<(), Error> {
        self.recorded.append(&mut super::locked(&self.inner.recorded));
        // Files that know more than the database are evidence.
        if self.inner.check_sound().is_err() {
            return Ok(());
        }
        let places = (self.tree.size()..).zip(&self.recorded);
        if let Some((place, _)) = places.into_iter().find(|(place, (index, _))| place != index) {
            return Err(self.inner.unsound(format!("row {place} of gate.db is gone, or was not recorded")));
        }
        let recorded = std::mem::take(&mut self.recorded);
        let (known, from) = (recorded.clone(), self.tree.size());
        let mut mirror = self.mirror.take().expect("it comes back from each use");
        let mirrored = self.inner.db.read(move |connection| {
            let outcome = mirror.catch_up(connection, from, &known);
            Ok((mirror, outcome))
        });
        recorded.iter().for_each(|(_, hash)| self.tree.push(*hash));
        match mirrored.await {
            Ok((mirror, outcome)) => {
                self.mirror = Some(mirror);
                self.inner.size.send_replace(self.tree.size());
                match outcome? {
                    Some(row) => Err(self.inner.unsound(rows::altered(row))),
                    None => Ok(()),
                }
            }
            Err(error) => {
                self.mirror = Some(Mirror::lost(&self.inner.directory, &self.inner.verifier));
                Err(error.into())
            }
        }
    }

    /// Signs the head, and returns the note. What is signed already is not signed again.
    async fn sign(&mut self) -> Result<String, Error> {
        self.inner.check_in_place()?;
        let (size, root) = (self.tree.size(), self.tree.root());
        if let Some((head, note)) = self.last.as_ref().filter(|(head, _)| head.size == size) {
            debug_assert_eq!(head.root, root);
            return Ok(note.clone());
        }
        let kept = self.inner.db.read(move |connection| {
            Ok((store::last_checkpoint(connection)?, store::root(connection, size).optional()?))
        });
        let (note, stored) = kept.await?;
        if note.as_ref() != self.last.as_ref().map(|(_, note)| note) {
            return Err(self
                .inner
                .unsound("the head that was signed last is not in gate.db any more".to_owned()));
        }
        if stored != Some(root) {
            return Err(self
                .inner
                .unsound("the hashes in gate.db are not those that were recorded".to_owned()));
        }
        let head = Checkpoint { origin: self.inner.common.origin.clone(), size, root };
        if self.signer.is_none() {
            let signer = self.keys.read(&head.origin, self.inner.place).await?;
            if *signer.verifier() != self.inner.verifier {
                return Err(Error::Key("it is not the key of this record".to_owned()));
            }
            self.signer = Some(signer);
        }
        let signer = self.signer.as_ref().expect("it was read");
        let note = head.sign(signer).to_string();
        let kept = note.clone();
        self.inner.db.write(move |tx| store::add_checkpoint(tx, size, &kept)).await?;
        *super::locked(&self.inner.head) = Some(head.clone());
        (self.last, self.sign_due) = (Some((head.clone(), note.clone())), None);
        if let Some(log) = &self.system_log {
            log.tell(&head);
        }
        let added = self.add_checkpoint(note.clone()).await;
        self.told(added);
        Ok(note)
    }

    /// On a thread of the readers, as all that touches files.
    async fn add_checkpoint(&mut self, note: String) -> Result<(), Error> {
        let Some(mirror) = self.mirror.take() else { return Ok(()) };
        let added = self.inner.db.read(move |connection| {
            let outcome = mirror.add_checkpoint(connection, &note);
            Ok((mirror, outcome))
        });
        match added.await {
            Ok((mirror, outcome)) => {
                self.mirror = Some(mirror);
                Ok(outcome?)
            }
            Err(error) => {
                self.mirror = Some(Mirror::lost(&self.inner.directory, &self.inner.verifier));
                Err(error.into())
            }
        }
    }

    fn told(&mut self, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.is_troubled = false,
            Err(error) if !self.is_troubled => {
                self.is_troubled = true;
                tracing::error!(%error, "the record is not kept as it should be");
            }
            Err(_) => {}
        }
    }
}

/// What the database says of itself when a daemon starts, and why it is not to be believed, if it is not.
pub(super) fn known(connection: &Connection, key: &Verifier) -> rusqlite::Result<(Known, Option<String>)> {
    let nothing = |why: &str| {
        let known = Known { last: None, tree: Frontier::default(), unsigned_since: None };
        (known, Some(why.to_owned()))
    };
    let size = store::size(connection)?;
    let Some(tree) = Frontier::of(size, |place| store::hash(connection, place)).optional()? else {
        return Ok(nothing("not all of its hashes are there"));
    };
    let Some(note) = store::last_checkpoint(connection)? else {
        return Ok((Known { last: None, tree, unsigned_since: None }, None));
    };
    let Ok(head) = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::open(&note, key)) else {
        return Ok(nothing("the head that was signed last cannot be read"));
    };
    let continues = head.size <= size && {
        let path = tree::consistency(head.size, size, |place| store::hash(connection, place)).optional()?;
        path.is_some_and(|path| check_consistency(&path, head.size, head.root, size, tree.root()).is_ok())
    };
    let why = format!("it does not continue the {} leaves that were signed", head.size);
    let unsigned = if continues { store::leaf(connection, head.size)? } else { None };
    let unsigned_since = unsigned.and_then(|line| Leaf::parse(&line).ok()?.t.parse().ok());
    Ok((Known { last: Some((head, note)), tree, unsigned_since }, (!continues).then_some(why)))
}
