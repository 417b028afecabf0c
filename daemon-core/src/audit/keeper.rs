//! The task that keeps the record: mirrors it, signs its head, tells the sums of what was refused.
//!
//! It sleeps until something was recorded. What follows within a moment is mirrored
//! together, so that a burst is a few writes. Its only other clock runs while there
//! is something unsigned: a head is signed every 64 leaves and a minute after the
//! last leaf, when somebody asks for one, and when the daemon stops. Before each
//! signature the head that was signed last is proved to be a part of the new one:
//! two heads of which neither continues the other are never signed.

use std::sync::Arc;
use std::time::Duration;

use hob_verify::checkpoint::Checkpoint;
use hob_verify::note::{Note, Signer};
use hob_verify::proof::check_consistency;
use hob_verify::tree;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::mirror::Mirror;
use super::system_log::SystemLog;
use super::{Entry, Error, Inner, gate, key, store};
use crate::kernel::tasks::Stop;

/// So many unsigned leaves are signed at once.
const LEAVES: u64 = 64;
/// So long after the last leaf the rest is signed.
const QUIET: Duration = Duration::from_secs(60);
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
    /// How many leaves were signed.
    signed: u64,
    /// How many there are.
    size: u64,
    /// When it may be mirrored again.
    rested: Duration,
    /// When what was committed is to be mirrored.
    mirror_due: Option<Duration>,
    /// When the unsigned ones are to be signed.
    sign_due: Option<Duration>,
    /// So that a disk that stays full is told of once.
    is_troubled: bool,
}

/// The head that is to be signed next.
enum Next {
    Signed(String),
    Head(Checkpoint),
    Unsound(String),
}

impl Keeper {
    pub(super) fn new(
        inner: Arc<Inner>,
        mirror: Mirror,
        (keys, signer): (key::Keys, Option<Signer>),
        system_log: Option<SystemLog>,
        asked: mpsc::Receiver<Asked>,
        signed: u64,
    ) -> Keeper {
        Keeper {
            inner,
            mirror: Some(mirror),
            keys,
            signer,
            system_log,
            asked,
            signed,
            size: signed,
            rested: Duration::ZERO,
            mirror_due: None,
            sign_due: None,
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
        if self.size == self.signed {
            return;
        }
        self.sign_due = Some(self.inner.common.clock.uptime() + QUIET);
        // The first head is the anchor of all others.
        if self.signed == 0 || LEAVES <= self.size - self.signed {
            let signed = self.sign().await.map(drop);
            self.told(signed);
        }
    }

    async fn mirror(&mut self) -> Result<(), Error> {
        // Files that know more than the database are evidence.
        if self.inner.check_sound().is_err() {
            return Ok(());
        }
        let mut mirror = self.mirror.take().expect("it comes back from each use");
        let mirrored = self.inner.db.read(move |connection| {
            let outcome = mirror.catch_up(connection);
            Ok((mirror, store::size(connection)?, outcome))
        });
        match mirrored.await {
            Ok((mirror, size, outcome)) => {
                self.mirror = Some(mirror);
                self.size = size;
                self.inner.size.send_replace(size);
                Ok(outcome.map(drop)?)
            }
            Err(error) => {
                self.mirror = Some(Mirror::lost(&self.inner.directory));
                Err(error.into())
            }
        }
    }

    /// Signs the head, and returns the note. What is signed already is not signed again.
    async fn sign(&mut self) -> Result<String, Error> {
        self.inner.check_sound()?;
        let origin = self.inner.common.origin.clone();
        let head = match self.inner.db.read(move |connection| next(connection, origin)).await? {
            Next::Signed(note) => return Ok(note),
            Next::Head(head) => head,
            Next::Unsound(why) => return Err(self.inner.unsound(why)),
        };
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
        let size = head.size;
        self.inner.db.write(move |tx| store::add_checkpoint(tx, size, &kept)).await?;
        (self.signed, self.sign_due) = (size, None);
        if let Some(log) = &self.system_log {
            log.tell(&head);
        }
        let added = self.mirror.as_ref().map_or(Ok(()), |mirror| mirror.add_checkpoint(&note));
        self.told(added.map_err(Error::from));
        Ok(note)
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

/// The head of the record, proved to continue what was signed last.
fn next(connection: &Connection, origin: String) -> rusqlite::Result<Next> {
    let size = store::size(connection)?;
    let root = store::root(connection, size)?;
    let head = Checkpoint { origin, size, root };
    let Some(last) = store::last_checkpoint(connection)? else { return Ok(Next::Head(head)) };
    let Ok(signed) = Note::parse(last.as_bytes()).and_then(|note| Checkpoint::parse(&note.text)) else {
        return Ok(Next::Unsound("the head that was signed last cannot be read".to_owned()));
    };
    let unsound =
        || Next::Unsound(format!("it does not continue the {} leaves that were signed", signed.size));
    if size < signed.size {
        return Ok(unsound());
    }
    let path = tree::consistency(signed.size, size, |place| store::hash(connection, place))?;
    if check_consistency(&path, signed.size, signed.root, size, root).is_err() {
        return Ok(unsound());
    }
    Ok(if signed.size == size { Next::Signed(last) } else { Next::Head(head) })
}
