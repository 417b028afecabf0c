//! The rows of clients, each written together with the leaf that tells of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;
use serde_json::{Map, Value, json};

use super::Error;
use super::token::Hash;
use crate::audit::{self, Actor, Entry};
use crate::kernel::{Access, Caller, Client};

/// Each step is applied once, in order; add to the end, never change what is there.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE clients (
        id       TEXT    PRIMARY KEY NOT NULL,
        name     TEXT    NOT NULL,
        hash     BLOB    NOT NULL,
        access   TEXT    NOT NULL,
        created  INTEGER NOT NULL,
        revoked  INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX clients_enrolled ON clients (name) WHERE revoked IS NULL;
    CREATE TABLE client_mutes (
        name     TEXT    PRIMARY KEY NOT NULL,
        until    INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"];

/// A client that is enrolled.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) hash: Hash,
    pub(super) access: Access,
    pub(super) created: Timestamp,
}

impl Row {
    pub(super) fn client(&self) -> Client {
        Client { id: self.id.clone().into(), name: self.name.clone().into() }
    }
}

/// A thin layer over the record.
#[derive(Clone)]
pub(super) struct Store(audit::Handle);

impl Store {
    pub(super) async fn open(audit: &audit::Handle) -> Result<Store, audit::Error> {
        audit.migrate("clients", MIGRATIONS).await?;
        Ok(Store(audit.clone()))
    }

    /// Those that are enrolled.
    pub(super) async fn all(&self) -> Result<Vec<Row>, audit::Error> {
        let rows = self.0.db().read(|connection| {
            let sql = "SELECT id, name, hash, access, created FROM clients WHERE revoked IS NULL";
            let mut rows = connection.prepare(sql)?;
            let rows = rows.query_map([], |row| {
                Ok(Row {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    hash: row.get(2)?,
                    access: access_named(&row.get::<_, String>(3)?),
                    created: stamp(row.get(4)?),
                })
            })?;
            rows.collect()
        });
        Ok(rows.await?)
    }

    /// Who is muted, and until when.
    pub(super) async fn mutes(&self) -> Result<BTreeMap<String, Timestamp>, audit::Error> {
        let mutes = self.0.db().read(|connection| {
            let mut rows = connection.prepare("SELECT name, until FROM client_mutes")?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, stamp(row.get(1)?))))?;
            rows.collect()
        });
        Ok(mutes.await?)
    }

    /// Writes a new one. The first of a name is known by that name in the record too.
    pub(super) async fn enrol(
        &self,
        name: String,
        access: Access,
        hash: Hash,
        now: Timestamp,
        by: &Caller,
    ) -> Result<Row, Error> {
        let actor = actor(by);
        let enrolled = self.0.record(move |tx, leaves| {
            let mut count = tx.prepare_cached(
                "SELECT count(*), count(iif(revoked IS NULL, 1, NULL)) FROM clients WHERE name = ?",
            )?;
            let (before, now_enrolled): (i64, i64) =
                count.query_row([&name], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if 0 < now_enrolled {
                return Ok(Err(Error::Taken(name)));
            }
            let id = if before == 0 { name.clone() } else { format!("{name}~{}", before + 1) };
            tx.execute(
                "INSERT INTO clients (id, name, hash, access, created) VALUES (?, ?, ?, ?, ?)",
                params![id, name, hash, access_name(access), now.as_microsecond()],
            )?;
            leaves.push(entry(
                "client.enrolled",
                actor,
                json!({"client": id, "access": access_name(access)}),
            ))?;
            Ok(Ok(Row { id, name, hash, access, created: now }))
        });
        enrolled.await?
    }

    /// Writes that one is none any more.
    pub(super) async fn revoke(&self, row: &Row, now: Timestamp, by: &Caller) -> Result<(), audit::Error> {
        let (id, name, actor) = (row.id.clone(), row.name.clone(), actor(by));
        let revoked = self.0.record(move |tx, leaves| {
            let sql = "UPDATE clients SET revoked = ?, hash = zeroblob(32) WHERE id = ? AND revoked IS NULL";
            if 0 < tx.execute(sql, params![now.as_microsecond(), id])? {
                leaves.push(entry("client.revoked", actor, json!({"client": id})))?;
            }
            tx.execute("DELETE FROM client_mutes WHERE name = ?", [name])?;
            Ok(())
        });
        revoked.await
    }

    /// Writes that nobody is to be asked for one until then, or that somebody is again.
    pub(super) async fn mute(
        &self,
        name: String,
        until: Option<Timestamp>,
        by: &Caller,
    ) -> Result<(), audit::Error> {
        let actor = actor(by);
        let muted = self.0.record(move |tx, leaves| {
            tx.execute("DELETE FROM client_mutes WHERE name = ?", [&name])?;
            let mut body = json!({"client": name});
            if let Some(until) = until {
                let row = params![name, until.as_microsecond()];
                tx.execute("INSERT INTO client_mutes (name, until) VALUES (?, ?)", row)?;
                body["until"] = json!(until.to_string());
            }
            leaves.push(entry("client.muted", actor, body))?;
            Ok(())
        });
        muted.await
    }

    /// Writes that somebody gave a token that is none.
    pub(super) async fn failed(&self, caller: &Caller) -> Result<(), audit::Error> {
        let actor = super::unknown(caller);
        let pid = caller.pid.map(|pid| pid.to_string());
        let failed = entry("auth.failed", actor, json!({"pid": pid.unwrap_or_default()}));
        self.0.append(failed).await.map(drop)
    }
}

fn entry(kind: &'static str, actor: Actor, body: Value) -> Entry {
    let body = if let Value::Object(body) = body { body } else { Map::new() };
    Entry { kind, actor, request: None, policy: None, body, opening: None }
}

/// Who acts, in the record.
fn actor(caller: &Caller) -> Actor {
    super::person(caller)
}

fn access_name(access: Access) -> &'static str {
    match access {
        Access::Observe => "observe",
        Access::Request => "request",
        Access::Operate | Access::Approve | Access::Admin => "operate",
    }
}

/// What is not known gives the least.
fn access_named(name: &str) -> Access {
    match name {
        "operate" => Access::Operate,
        "request" => Access::Request,
        _ => Access::Observe,
    }
}

fn stamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MIN)
}
