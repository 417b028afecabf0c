//! A grant as a row. Its state only ever leaves `active`, and its uses only go down.

use rusqlite::{Connection, Transaction, params};
use serde_json::json;

use super::super::grants::{Grant, Standing};
use super::{NotNow, entry};
use crate::audit::{Actor, Entry, Leaves};

/// Writes a new one.
pub(in crate::approvals) fn create(
    tx: &Transaction<'_>,
    leaves: &mut Leaves<'_>,
    grant: &Grant,
    boot: &str,
    actor: Actor,
) -> Result<(), rusqlite::Error> {
    let detail = serde_json::to_string(grant).expect("a grant has string keys");
    tx.execute(
        "INSERT INTO grants (id, client, state, uses_left, boot, detail) VALUES (?, ?, 'active', ?, ?, ?)",
        params![grant.id, grant.client, grant.uses_left, boot, detail],
    )?;
    let mut body = json!({
        "id": grant.id,
        "client": grant.client,
        "exec": grant.exec.to_string_lossy(),
        "sha256": grant.sha256,
        "scope": grant.scope.to_string(),
        "request": grant.request,
        "allows": grant.allows,
        "matcher": grant.matcher.kept(),
    });
    if let Some(input) = &grant.input {
        body["input"] = json!(input);
    }
    if let Some(uses) = grant.uses_left {
        body["uses"] = json!(uses.to_string());
    }
    leaves.push(about(&grant.request, entry("grant.created", actor, body)))?;
    Ok(())
}

/// Uses one up once; not, if it holds no more.
pub(in crate::approvals) fn use_one(
    tx: &Transaction<'_>,
    leaves: &mut Leaves<'_>,
    id: &str,
    request: &str,
) -> Result<Result<(), NotNow>, rusqlite::Error> {
    let used = tx
        .prepare_cached(
            "UPDATE grants SET uses_left = uses_left - 1, state = iif(uses_left = 1, 'exhausted', state)
             WHERE id = ? AND state = 'active'",
        )?
        .execute([id])?;
    if used == 0 {
        return Ok(Err(NotNow::Grant(id.to_owned())));
    }
    let used = entry("grant.used", Actor::daemon(), json!({"id": id, "request": request}));
    leaves.push(about(request, used))?;
    Ok(Ok(()))
}

/// A leaf about the request that a grant was given or used with.
fn about(request: &str, entry: Entry) -> Entry {
    Entry { request: Some(request.to_owned()), ..entry }
}

/// Ends one for good; says whether it held until now.
pub(in crate::approvals) fn end(
    tx: &Transaction<'_>,
    leaves: &mut Leaves<'_>,
    id: &str,
    standing: Standing,
    actor: Actor,
) -> Result<bool, rusqlite::Error> {
    let kind = match standing {
        Standing::Revoked => "grant.revoked",
        Standing::Stale => "grant.stale",
        Standing::Expired | Standing::Exhausted | Standing::Active => "grant.expired",
    };
    let sql = "UPDATE grants SET state = ?2 WHERE id = ?1 AND state = 'active'";
    let held = 0 < tx.prepare_cached(sql)?.execute((id, standing.name()))?;
    if held {
        leaves.push(entry(kind, actor, json!({"id": id})))?;
    }
    Ok(held)
}

/// Those that hold, with the boot of the system in which each was given.
pub(super) fn active(connection: &Connection) -> Result<Vec<(Grant, String)>, rusqlite::Error> {
    let mut rows = connection.prepare(
        // By the rows themselves: an index of what holds might still have what holds no more.
        "SELECT detail, uses_left, boot, id, client FROM grants NOT INDEXED WHERE state = 'active'",
    )?;
    let rows = rows.query_map([], |row| {
        let detail: String = row.get(0)?;
        let grant: Result<Grant, _> = serde_json::from_str(&detail);
        let (id, client): (String, String) = (row.get(3)?, row.get(4)?);
        let grant = grant.ok().filter(|grant| grant.id == id && grant.client == client);
        Ok((grant, row.get::<_, Option<u32>>(1)?, row.get::<_, String>(2)?))
    })?;
    let mut active = Vec::new();
    for row in rows {
        // A grant that cannot be read allows nothing.
        if let (Some(grant), uses_left, boot) = row? {
            active.push((Grant { uses_left, ..grant }.told(), boot));
        }
    }
    Ok(active)
}
