//! What is kept of services: their runs, and what happened to them.
//!
//! A run's row is written when its process starts and completed when it ends,
//! so a daemon that finds a row without an end knows what was running when its
//! predecessor died. History is bounded for each service.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::storage::{Db, Error};

/// Each step is applied once, in order; add to the end, never change what is there.
pub(super) const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE service_runs (
        service     TEXT    NOT NULL,
        run         INTEGER NOT NULL,
        pid         INTEGER NOT NULL,
        start_ticks INTEGER NOT NULL,
        boot        TEXT    NOT NULL,
        started     INTEGER NOT NULL,
        ended       INTEGER,
        ending      TEXT,
        PRIMARY KEY (service, run)
    ) WITHOUT ROWID;
    CREATE INDEX service_runs_open ON service_runs (service) WHERE ended IS NULL;
    CREATE TABLE service_events (
        id      INTEGER PRIMARY KEY,
        service TEXT    NOT NULL,
        run     INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        text    TEXT    NOT NULL
    );
    CREATE INDEX service_events_of ON service_events (service, id);
",
    "
    ALTER TABLE service_runs ADD COLUMN digest INTEGER;
    ALTER TABLE service_runs ADD COLUMN ready INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE service_standing (
        service  TEXT    PRIMARY KEY,
        boot     TEXT    NOT NULL,
        standing TEXT    NOT NULL,
        reason   TEXT,
        restarts INTEGER NOT NULL,
        crashes  INTEGER NOT NULL
    ) WITHOUT ROWID;
",
    "ALTER TABLE service_runs ADD COLUMN cgroup TEXT;",
    "ALTER TABLE service_standing ADD COLUMN since INTEGER;",
];

const RUNS_KEPT: u32 = 200;
const EVENTS_KEPT: u32 = 1000;

/// A process that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Began {
    pub(super) service: String,
    pub(super) run: u64,
    pub(super) pid: i32,
    pub(super) start_ticks: u64,
    pub(super) boot: String,
    pub(super) at: Timestamp,
    /// Of the configuration that it was started with; an older version did not write it down.
    pub(super) digest: Option<u64>,
    /// Whether it has been ready.
    pub(super) ready: bool,
    /// The directory of its cgroup.
    pub(super) cgroup: Option<PathBuf>,
}

/// The newest run of a service.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Last {
    /// Its number; 0 if there was none.
    pub(super) run: u64,
    pub(super) ended: Option<Timestamp>,
}

impl Last {
    /// There is this run too, which has no row that would say when it ended.
    pub(super) fn reaches(&mut self, run: u64) {
        if self.run < run {
            *self = Last { run, ended: None };
        }
    }
}

/// Something that happened to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// To which run; 0 before the first.
    pub run: u64,
    /// What, in a sentence.
    pub text: String,
}

/// One run of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its number, counted from 1 for each service.
    pub run: u64,
    /// Its main process.
    pub pid: i32,
    /// When it began.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ended: Option<Timestamp>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<String>,
}

/// The rows of services; a thin layer over the database.
#[derive(Clone)]
pub(super) struct Store(pub(super) Db);

/// From each service to the next by the index, for a service may have had thousands of runs.
const LAST_RUNS: &str = "
    WITH RECURSIVE services (service) AS (
        SELECT min(service) FROM service_runs
        UNION ALL
        SELECT (SELECT min(service) FROM service_runs WHERE service > services.service)
            FROM services WHERE service IS NOT NULL
    )
    SELECT last.service, last.run, last.ended FROM services JOIN service_runs AS last
        ON last.service = services.service
        AND last.run = (SELECT max(run) FROM service_runs WHERE service = services.service)
";

impl Store {
    pub(super) async fn open(db: &Db) -> Result<Store, Error> {
        db.migrate("services", MIGRATIONS).await?;
        Ok(Store(db.clone()))
    }

    pub(super) fn began(&self, began: Began) {
        self.0.write_soon("recording a run", move |tx| {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO service_runs (service, run, pid, start_ticks, boot, started, digest, ready, cgroup) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                began.service,
                whole(began.run),
                began.pid,
                whole(began.start_ticks),
                began.boot,
                began.at.as_microsecond(),
                began.digest.map(u64::cast_signed),
                began.ready,
                began.cgroup.as_ref().and_then(|path| path.to_str())
            ])?;
            let oldest = began.run.saturating_sub(u64::from(RUNS_KEPT));
            tx.prepare_cached("DELETE FROM service_runs WHERE service = ? AND run <= ? AND ended IS NOT NULL")?
                .execute(params![began.service, whole(oldest)])?;
            Ok(())
        });
    }

    pub(super) fn ready(&self, service: &str, run: u64) {
        let service = service.to_owned();
        self.0.write_later("recording that a run is ready", move |tx| {
            tx.prepare_cached("UPDATE service_runs SET ready = 1 WHERE service = ? AND run = ?")?
                .execute(params![service, whole(run)])?;
            Ok(())
        });
    }

    /// Another process is the run's main one.
    pub(super) fn main_is(&self, service: &str, run: u64, pid: i32, start_ticks: u64) {
        let service = service.to_owned();
        self.0.write_soon("recording a run's main process", move |tx| {
            tx.prepare_cached(
                "UPDATE service_runs SET pid = ?, start_ticks = ? WHERE service = ? AND run = ?",
            )?
            .execute(params![pid, whole(start_ticks), service, whole(run)])?;
            Ok(())
        });
    }

    pub(super) fn ended(&self, service: &str, run: u64, at: Timestamp, ending: String) {
        let service = service.to_owned();
        self.0.write_later("recording the end of a run", move |tx| {
            tx.prepare_cached("UPDATE service_runs SET ended = ?, ending = ? WHERE service = ? AND run = ?")?
                .execute(params![at.as_microsecond(), ending, service, whole(run)])?;
            Ok(())
        });
    }

    pub(super) fn event(&self, service: &str, event: Event) {
        let service = service.to_owned();
        self.0.write_later("recording an event", move |tx| {
            tx.prepare_cached("INSERT INTO service_events (service, run, at, text) VALUES (?, ?, ?, ?)")?
                .execute(params![service, whole(event.run), event.at.as_microsecond(), event.text])?;
            // To find the oldest that is kept is to walk over all of them.
            if is_one_of_many(tx.last_insert_rowid()) { forget_old_events(tx, &service) } else { Ok(()) }
        });
    }

    /// Returns when all that was recorded before can be read.
    pub(super) async fn settled(&self) -> Result<(), Error> {
        self.0.flush().await
    }

    /// The runs that have no end: what ran when the last daemon died.
    pub(super) async fn unfinished(&self) -> Result<Vec<Began>, Error> {
        self.0
            .read(|connection| {
                let mut rows = connection.prepare(
                    "SELECT service, run, pid, start_ticks, boot, started, digest, ready, cgroup FROM service_runs WHERE ended IS NULL",
                )?;
                let runs = rows.query_map([], |row| {
                    Ok(Began {
                        service: row.get(0)?,
                        run: unsigned(row.get(1)?),
                        pid: row.get(2)?,
                        start_ticks: unsigned(row.get(3)?),
                        boot: row.get(4)?,
                        at: stamp(row.get(5)?),
                        digest: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
                        ready: row.get(7)?,
                        cgroup: row.get::<_, Option<String>>(8)?.map(PathBuf::from),
                    })
                })?;
                runs.collect()
            })
            .await
    }

    /// The last run that each service has had.
    pub(super) async fn last_runs(&self) -> Result<Vec<(String, Last)>, Error> {
        self.0
            .read(|connection| {
                let mut rows = connection.prepare(LAST_RUNS)?;
                let runs = rows.query_map([], |row| {
                    let ended = row.get::<_, Option<i64>>(2)?.map(stamp);
                    Ok((row.get(0)?, Last { run: unsigned(row.get(1)?), ended }))
                })?;
                runs.collect()
            })
            .await
    }

    /// The newest runs of a service, the newest first.
    pub(super) async fn runs(&self, service: &str, limit: u32) -> Result<Vec<Run>, Error> {
        let service = service.to_owned();
        self.0
            .read(move |connection| {
                let mut rows = connection.prepare_cached(
                    "SELECT run, pid, started, ended, ending FROM service_runs WHERE service = ? ORDER BY run DESC LIMIT ?",
                )?;
                let runs = rows.query_map(params![service, limit], |row| {
                    Ok(Run {
                        run: unsigned(row.get(0)?),
                        pid: row.get(1)?,
                        started: stamp(row.get(2)?),
                        ended: row.get::<_, Option<i64>>(3)?.map(stamp),
                        ending: row.get(4)?,
                    })
                })?;
                runs.collect()
            })
            .await
    }

    /// The newest events of a service after `since`, in the order in which they happened.
    pub(super) async fn events(
        &self,
        service: &str,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Event>, Error> {
        let service = service.to_owned();
        self.0.read(move |connection| newest_events(connection, &service, since, limit)).await
    }
}

fn newest_events(
    connection: &Connection,
    service: &str,
    since: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<Event>> {
    let mut rows = connection.prepare_cached(
        "SELECT at, run, text FROM service_events WHERE service = ? AND at >= ? ORDER BY id DESC LIMIT ?",
    )?;
    let events = rows.query_map(params![service, since.as_microsecond(), limit], |row| {
        Ok(Event { at: stamp(row.get(0)?), run: unsigned(row.get(1)?), text: row.get(2)? })
    })?;
    let mut events: Vec<Event> = events.collect::<rusqlite::Result<_>>()?;
    events.reverse();
    Ok(events)
}

/// True of one number in 32, of any sequence: a service that gets every fourth row has its turn as well.
fn is_one_of_many(row: i64) -> bool {
    let mixed = row.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 59 == 0
}

fn forget_old_events(tx: &Transaction<'_>, service: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "DELETE FROM service_events WHERE service = ?1 AND id <=
            (SELECT id FROM service_events WHERE service = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![service, EVENTS_KEPT])?;
    Ok(())
}

/// SQLite's integers are signed; no count of ours comes near their end.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(super) fn stamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_turn_at_forgetting_however_rows_are_dealt_out() {
        for stride in [1, 2, 3, 4, 8, 21, 32, 34, 64, 89, 100, 987, 1024] {
            let mut since = 0;
            for row in (0..100_000_i64).map(|number| 7 + number * stride) {
                since = if is_one_of_many(row) { 0 } else { since + 1 };
                assert!(since < 500, "{stride}: row {row}");
            }
        }
    }
}
