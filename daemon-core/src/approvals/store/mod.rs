//! The rows of requests, plans and grants, each changed together with the leaf that says so.
//!
//! What is true of a request is its row: whoever wants to change it does so in
//! one transaction that reads the row, asks [`life::step`] what becomes of it,
//! and writes row and leaf, or nothing. There is one writer, so two who decide
//! at once decide one after the other, and the second finds it decided. What is
//! in memory follows the rows and never leads.

mod asides;
mod grants;
mod rows;
mod schema;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::{Map, Value};

use super::grants::Grant;
use super::request::Request;
use super::request::life::{self, Event, Moment, Refused};
use super::request::state::State;
use crate::audit::{self, Actor, Entry, Leaves};
use crate::exec::Plan;

pub(super) use grants::{create, end, use_one};
use rows::{asked_for, by_key, find, insert, read, update};

/// The states of what is not over.
const OPEN: &str = "state IN ('received', 'pending', 'orphaned', 'approved', 'claimed', 'running')";

/// A thin layer over the record.
#[derive(Clone)]
pub(super) struct Store(audit::Handle);

/// One thing that happens to a request, and who did it.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) event: Event,
    pub(super) actor: Actor,
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) client: Option<String>,
    pub(super) state: Option<State>,
    pub(super) limit: u32,
}

impl Store {
    pub(super) async fn open(audit: &audit::Handle) -> Result<Store, audit::Error> {
        audit.migrate("approvals", schema::MIGRATIONS).await?;
        Ok(Store(audit.clone()))
    }

    /// Writes a new request, and what becomes of it at once; `besides` is written with it or nothing is.
    ///
    /// With an `Err` inside, `besides` had something against it and nothing was written.
    pub(super) async fn receive<B>(
        &self,
        mut request: Request,
        canonical: Vec<u8>,
        received: Entry,
        happenings: Vec<Happening>,
        now: Moment,
        besides: B,
    ) -> Result<Result<Request, NotNow>, audit::Error>
    where
        B: FnOnce(&Transaction<'_>, &mut Leaves<'_>) -> Result<Result<(), NotNow>, rusqlite::Error>
            + Send
            + 'static,
    {
        self.0
            .record(move |tx, leaves| {
                if let Some(key) = &request.key
                    && let Some(known) = by_key(tx, &request.client_id, key)?
                {
                    return Ok(Err(NotNow::Known(Box::new(known))));
                }
                if let Err(not_now) = besides(tx, leaves)? {
                    return Ok(Err(not_now));
                }
                tx.prepare_cached("INSERT OR IGNORE INTO plans (digest, canonical) VALUES (?, ?)")?
                    .execute((&request.plan, canonical))?;
                request.audit_index = leaves.push(received)?;
                for happening in happenings {
                    // All of these are steps that a new request can take.
                    apply(&mut request, happening, now, leaves)?
                        .map_err(|_| rusqlite::Error::InvalidQuery)?;
                }
                insert(tx, &request)?;
                Ok(Ok(request))
            })
            .await
    }

    /// Lets something happen to a request, with `besides` or not at all. Inside: what it is then, or why
    /// nothing happened and what it still is.
    pub(super) async fn advance<B>(
        &self,
        id: &str,
        happenings: Vec<Happening>,
        now: Moment,
        besides: B,
    ) -> Result<Advanced, audit::Error>
    where
        B: FnOnce(&Transaction<'_>, &mut Leaves<'_>, &mut Request) -> Result<(), rusqlite::Error>
            + Send
            + 'static,
    {
        self.advance_as(id, move || happenings, now, besides).await
    }

    /// The same with what is not known before it is its turn to be written.
    pub(super) async fn advance_as<B>(
        &self,
        id: &str,
        happenings: impl FnOnce() -> Vec<Happening> + Send + 'static,
        now: Moment,
        besides: B,
    ) -> Result<Advanced, audit::Error>
    where
        B: FnOnce(&Transaction<'_>, &mut Leaves<'_>, &mut Request) -> Result<(), rusqlite::Error>
            + Send
            + 'static,
    {
        let id = id.to_owned();
        self.0
            .record(move |tx, leaves| {
                let Some(before) = find(tx, &id)? else { return Ok(Advanced::Gone) };
                let mut request = before.clone();
                for happening in happenings() {
                    let wanted = happening.event.clone();
                    if let Err(why) = apply(&mut request, happening, now, leaves)? {
                        return Ok(Advanced::Refused(why, request));
                    }
                    if request.state == State::Expired && wanted != Event::Passed {
                        update(tx, &request)?;
                        return Ok(Advanced::Refused(Refused::Past(State::Expired), request));
                    }
                }
                besides(tx, leaves, &mut request)?;
                update(tx, &request)?;
                Ok(Advanced::To(request))
            })
            .await
    }

    /// Lets the same happen to many requests, each as far as it can.
    pub(super) async fn advance_all(
        &self,
        ids: Vec<String>,
        happening: Happening,
        now: Moment,
        note: impl Fn(&mut Request) + Send + 'static,
    ) -> Result<Moved, audit::Error> {
        self.0
            .record(move |tx, leaves| {
                let mut moved = Moved::default();
                for id in ids {
                    let Some(mut request) = find(tx, &id)? else {
                        moved.gone.push(id);
                        continue;
                    };
                    let mut happening = happening.clone();
                    // Who says no to all says it to what each of them is.
                    if let Event::Decided { plan, .. } = &mut happening.event {
                        plan.clone_from(&request.plan);
                    }
                    let before = request.rev;
                    if apply(&mut request, happening, now, leaves)?.is_ok() && before != request.rev {
                        note(&mut request);
                        update(tx, &request)?;
                        moved.to.push(request);
                    }
                }
                Ok(moved)
            })
            .await
    }

    /// Writes a leaf that belongs to no request that is kept.
    pub(super) async fn tell(&self, entry: Entry) -> Result<u64, audit::Error> {
        self.0.append(entry).await
    }

    /// Whether a refusal is to be told, or is one of a flood that is only counted.
    pub(super) fn tells_of(&self, op: &'static str, code: crate::kernel::Code) -> bool {
        self.0.tells_of(op, code)
    }

    /// The database, to read from.
    pub(super) fn db(&self) -> &crate::storage::Db {
        self.0.db()
    }

    /// Writes about grants and policies.
    pub(super) async fn record<T, W>(&self, work: W) -> Result<T, audit::Error>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>, &mut Leaves<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
    {
        self.0.record(work).await
    }

    /// One request.
    pub(super) async fn request(&self, id: &str) -> Result<Option<Request>, audit::Error> {
        let id = id.to_owned();
        Ok(self.0.db().read(move |connection| find(connection, &id)).await?)
    }

    /// The request of a client's key.
    pub(super) async fn by_key(&self, client: &str, key: &str) -> Result<Option<Request>, audit::Error> {
        let (client, key) = (client.to_owned(), key.to_owned());
        Ok(self.0.db().read(move |connection| by_key(connection, &client, &key)).await?)
    }

    /// Those that are not over, the oldest first.
    pub(super) async fn all_open(&self) -> Result<Vec<Request>, audit::Error> {
        let found = self.0.db().read(|connection| {
            let sql = format!("SELECT {} FROM requests WHERE {OPEN} ORDER BY seq", rows::COLUMNS);
            let mut rows = connection.prepare(&sql)?;
            let rows = rows.query_map([], read)?;
            rows.collect()
        });
        Ok(found.await?)
    }

    /// The newest, the newest first.
    pub(super) async fn requests(&self, wanted: Wanted) -> Result<Vec<Request>, audit::Error> {
        let found = self.0.db().read(move |connection| {
            let sql = format!(
                "SELECT {} FROM requests WHERE (?1 IS NULL OR client = ?1) AND (?2 IS NULL OR state = ?2)
                 ORDER BY seq DESC LIMIT ?3",
                rows::COLUMNS
            );
            let mut rows = connection.prepare_cached(&sql)?;
            let rows = rows.query_map((&wanted.client, wanted.state.map(State::name), wanted.limit), read)?;
            let is_wanted =
                |it: &Request| wanted.client.as_ref().is_none_or(|client| it.client_id == *client);
            rows.map(|row| asked_for(Some(row?), is_wanted)).filter_map(Result::transpose).collect()
        });
        Ok(found.await?)
    }

    /// The last plans of a client, the newest first.
    pub(super) async fn plans_of(&self, client: &str, most: u32) -> Result<Vec<Plan>, audit::Error> {
        let client = client.to_owned();
        let canonical: Vec<Vec<u8>> = self
            .0
            .db()
            .read(move |connection| {
                let sql = "SELECT canonical FROM requests JOIN plans ON digest = plan
                           WHERE client = ? ORDER BY seq DESC LIMIT ?";
                let mut rows = connection.prepare_cached(sql)?;
                let rows = rows.query_map((client, most), |row| row.get(0))?;
                rows.collect()
            })
            .await?;
        Ok(canonical.iter().filter_map(|bytes| Plan::from_canonical(bytes).ok()).collect())
    }

    /// A plan by its digest.
    pub(super) async fn plan(&self, digest: &str) -> Result<Option<Plan>, audit::Error> {
        let (digest, wanted) = (digest.to_owned(), digest);
        let canonical: Option<Vec<u8>> = self
            .0
            .db()
            .read(move |connection| {
                let mut found = connection.prepare_cached("SELECT canonical FROM plans WHERE digest = ?")?;
                found.query_row([digest], |row| row.get(0)).optional()
            })
            .await?;
        // What is not exactly what was written is nothing.
        let plan = canonical.and_then(|bytes| Plan::from_canonical(&bytes).ok());
        Ok(plan.filter(|plan| plan.digest().as_str() == wanted))
    }

    /// The grants that hold, of this boot or of any.
    pub(super) async fn grants(&self) -> Result<Vec<(Grant, String)>, audit::Error> {
        Ok(self.0.db().read(grants::active).await?)
    }
}

/// What came of something that was to happen.
#[derive(Debug)]
pub(super) enum Advanced {
    /// It happened.
    To(Request),
    /// It did not, and this is what it still is, or has become by itself.
    Refused(Refused, Request),
    /// There is no such request.
    Gone,
}

/// What came of something that was to happen to many.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// What those are then to which it did.
    pub(super) to: Vec<Request>,
    /// Of which there is no row.
    pub(super) gone: Vec<String>,
}

/// Something that a new request counted on is not so any more.
#[derive(Debug)]
pub(super) enum NotNow {
    /// The grant that would have allowed it has been used up or revoked.
    Grant(String),
    /// Its key is that of a request that was recorded before.
    Known(Box<Request>),
    /// Another policy is in force by now.
    Policy,
}

/// Lets something happen to a request, and pushes the leaf that says so.
fn apply(
    request: &mut Request,
    happening: Happening,
    now: Moment,
    leaves: &mut Leaves<'_>,
) -> Result<Result<(), Refused>, rusqlite::Error> {
    let step = match life::step(&request.life(), happening.event.clone(), now) {
        Ok(step) => step,
        Err(why) => return Ok(Err(why)),
    };
    let Some(leaf) = &step.leaf else { return Ok(Ok(())) };
    // Time passes by itself, whoever noticed.
    let is_time = step.state == State::Expired;
    let actor = if is_time { Actor::daemon() } else { happening.actor };
    let entry = Entry {
        kind: leaf.kind,
        actor,
        request: Some(request.id.clone()),
        policy: request.ruled.as_ref().filter(|_| leaf.kind == "policy.evaluated").map(|ruled| ruled.policy),
        body: leaf.body.clone(),
        opening: None,
    };
    let index = leaves.push(entry)?;
    let event = if is_time { Event::Passed } else { happening.event };
    request.happened(&event, &step, Some(index), now);
    Ok(Ok(()))
}

/// A leaf about no request in particular.
pub(super) fn entry(kind: &'static str, actor: Actor, body: Value) -> Entry {
    let body = if let Value::Object(body) = body { body } else { Map::new() };
    Entry { kind, actor, request: None, policy: None, body, opening: None }
}

fn stamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MIN)
}
