//! A request as a row: what is looked for in columns of its own, the rest as it is shown.

use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::super::request::Request;
use super::super::request::life::{Moment, Term};
use super::stamp;
use crate::storage::damage;

pub(super) const COLUMNS: &str = "detail, expires, expires_up, last, last_up";

pub(super) fn read(row: &Row<'_>) -> Result<Request, rusqlite::Error> {
    let detail: String = row.get(0)?;
    let mut request: Request = serde_json::from_str(&detail)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))?;
    let moment = |wall: Option<i64>, uptime: Option<i64>| {
        Some(Moment { wall: stamp(wall?), uptime: Duration::from_millis(uptime?.cast_unsigned()) })
    };
    let ends = moment(row.get(1)?, row.get(2)?);
    let at_last = moment(row.get(3)?, row.get(4)?);
    request.term = ends.zip(at_last).map(|(ends, at_last)| Term { ends, at_last });
    Ok(request)
}

pub(super) fn find(connection: &rusqlite::Connection, id: &str) -> Result<Option<Request>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE id = ?");
    let found = connection.prepare_cached(&sql)?.query_row([id], read).optional()?;
    asked_for(found, |it| it.id == id)
}

/// What was found, if it is what was looked for: an index that is damaged leads to another row.
pub(super) fn asked_for(
    found: Option<Request>,
    is_it: impl Fn(&Request) -> bool,
) -> Result<Option<Request>, rusqlite::Error> {
    match found {
        Some(other) if !is_it(&other) => Err(damage(format!("an index leads to request {}", other.id))),
        found => Ok(found),
    }
}

pub(super) fn by_key(
    connection: &rusqlite::Connection,
    client: &str,
    key: &str,
) -> Result<Option<Request>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE client = ? AND key = ?");
    let found = connection.prepare_cached(&sql)?.query_row([client, key], read).optional()?;
    asked_for(found, |it| it.client_id == client && it.key.as_deref() == Some(key))
}

pub(super) fn insert(tx: &Transaction<'_>, request: &Request) -> Result<(), rusqlite::Error> {
    let (ends, ends_up, last, last_up) = term(request);
    tx.prepare_cached(
        "INSERT INTO requests (id, plan, client, name, key, state, rev, created, expires, expires_up, last, last_up,
            policy, claim, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        request.id,
        request.plan,
        request.client_id,
        request.client,
        request.key,
        request.state.name(),
        request.rev.cast_signed(),
        request.created.as_microsecond(),
        ends,
        ends_up,
        last,
        last_up,
        request.ruled.as_ref().map(|ruled| ruled.policy.cast_signed()),
        request.executed.as_ref().map(|executed| executed.claim.clone()),
        detail(request),
    ])?;
    Ok(())
}

pub(super) fn update(tx: &Transaction<'_>, request: &Request) -> Result<(), rusqlite::Error> {
    let (ends, ends_up, last, last_up) = term(request);
    // By the row itself, whatever the index that leads to it says.
    let changed = tx.prepare_cached(
        "UPDATE requests SET state = ?2, rev = ?3, expires = ?4, expires_up = ?5, last = ?6, last_up = ?7,
            claim = ?8, detail = ?9
         WHERE seq = (SELECT seq FROM requests WHERE id = ?1) AND +id = ?1",
    )?
    .execute(params![
        request.id,
        request.state.name(),
        request.rev.cast_signed(),
        ends,
        ends_up,
        last,
        last_up,
        request.executed.as_ref().map(|executed| executed.claim.clone()),
        detail(request),
    ])?;
    match changed {
        1 => Ok(()),
        _ => Err(damage(format!("no index leads to request {}", request.id))),
    }
}

fn detail(request: &Request) -> String {
    serde_json::to_string(request).expect("a request has string keys")
}

fn term(request: &Request) -> (i64, Option<i64>, Option<i64>, Option<i64>) {
    let millis = |uptime: Duration| i64::try_from(uptime.as_millis()).unwrap_or(i64::MAX);
    let term = request.term;
    (
        request.expires.as_microsecond(),
        term.map(|term| millis(term.ends.uptime)),
        term.map(|term| term.at_last.wall.as_microsecond()),
        term.map(|term| millis(term.at_last.uptime)),
    )
}
