//! The rows of runs, and what every job has had of its schedule.
//!
//! A run's row is there before its process, so that no daemon ever starts what
//! another has started: it is written as running first (it is *claimed*), and
//! only then launched. The due times that a schedule has brought are marked as
//! dealt with in the same transaction that makes rows of them: whatever happens,
//! a due time has become a row or will be found again.

mod rows;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use rows::{COLUMNS, forget, insert, list, mark, read, stamp, update, whole};

use super::run::{Run, RunId, Standing};
use crate::storage::{Db, Error};

/// Each step is applied once, in order; add to the end, never change what is there.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE job_runs (
        id          INTEGER PRIMARY KEY,
        job         TEXT,
        state       TEXT    NOT NULL,
        why         TEXT    NOT NULL,
        queue       TEXT,
        priority    INTEGER NOT NULL,
        after       TEXT    NOT NULL,
        inputs      TEXT    NOT NULL,
        due         INTEGER NOT NULL,
        not_before  INTEGER,
        attempt     INTEGER NOT NULL,
        started     INTEGER,
        ended       INTEGER,
        code        INTEGER,
        reason      TEXT,
        cpu_ms      INTEGER,
        memory      INTEGER,
        pid         INTEGER,
        start_ticks INTEGER,
        boot        TEXT,
        cgroup      TEXT
    );
    CREATE INDEX job_runs_of ON job_runs (job, id);
    CREATE INDEX job_runs_in ON job_runs (state, id);
    CREATE TABLE job_marks (
        job      TEXT    PRIMARY KEY,
        dealt    INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE job_pauses (
        kind     TEXT    NOT NULL,
        name     TEXT    NOT NULL,
        until    INTEGER,
        PRIMARY KEY (kind, name)
    ) WITHOUT ROWID;
    CREATE TABLE job_counter (last INTEGER NOT NULL);
"];

/// From each job to the next by the index, for a job may have had thousands of runs.
const JOBS: &str = "WITH RECURSIVE jobs (job) AS (
    SELECT min(job) FROM job_runs
    UNION ALL
    SELECT (SELECT min(job) FROM job_runs WHERE job > jobs.job) FROM jobs WHERE job IS NOT NULL)";

/// Why a run is that a schedule has brought.
pub(super) const SCHEDULE: &str = "schedule";

/// The process of an attempt, as a later daemon finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) start_ticks: u64,
    pub(super) boot: String,
    pub(super) cgroup: Option<PathBuf>,
}

/// A run that was under way or waiting when the last daemon ended.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) run: Run,
    /// Of a run that was under way, if that is known.
    pub(super) process: Option<Process>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) job: Option<String>,
    pub(super) state: Option<Standing>,
    pub(super) queue: Option<String>,
    /// Only those with a lower number.
    pub(super) before: Option<RunId>,
    pub(super) limit: u32,
}

/// What a pause is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paused {
    Job(String),
    Queue(String),
}

/// A thin layer over the database.
#[derive(Clone)]
pub(super) struct Store(Db);

impl Store {
    pub(super) async fn open(db: &Db) -> Result<Store, Error> {
        db.migrate("jobs", MIGRATIONS).await?;
        Ok(Store(db.clone()))
    }

    /// Puts these rows where there are none yet, and marks a schedule as dealt with up to a moment.
    pub(super) fn put(
        &self,
        runs: Vec<Run>,
        dealt: Option<(String, Timestamp)>,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        self.0.write(move |tx| {
            for run in &runs {
                insert(tx, run)?;
            }
            if let Some((job, at)) = &dealt {
                mark(tx, job, *at)?;
            }
            Ok(())
        })
    }

    /// Writes that a run is under way; nobody may start it before this is true. `besides` are rows of its job
    /// that are not known to be there.
    pub(super) fn claim(
        &self,
        run: &Run,
        besides: Vec<Run>,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let run = run.clone();
        self.0.write(move |tx| {
            for other in &besides {
                insert(tx, other)?;
            }
            update(tx, &run)?;
            match (&run.job, run.why == SCHEDULE) {
                // Should its row not have been written when it was due, this is the first that tells of it.
                (Some(job), true) => mark(tx, job, run.due),
                _ => Ok(()),
            }
        })
    }

    /// The process of a run that is under way.
    pub(super) fn launched(&self, id: RunId, process: Process) {
        self.0.write_soon("recording the process of a run", move |tx| {
            tx.prepare_cached(
                "UPDATE job_runs SET pid = ?, start_ticks = ?, boot = ?, cgroup = ? WHERE id = ?",
            )?
            .execute(params![
                process.pid,
                process.start_ticks.cast_signed(),
                process.boot,
                process.cgroup.as_ref().and_then(|path| path.to_str()),
                whole(id)
            ])?;
            Ok(())
        });
    }

    /// Writes what has become of a run.
    pub(super) fn settle(&self, run: &Run) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let run = run.clone();
        self.0.write(move |tx| update(tx, &run))
    }

    /// The schedules of these jobs are dealt with up to then, and not further; those of the jobs that are
    /// `gone` begin anew, should there be one of the name again.
    pub(super) fn mark(&self, jobs: Vec<Arc<str>>, dealt: Timestamp, gone: Vec<Arc<str>>) {
        if jobs.is_empty() && gone.is_empty() {
            return;
        }
        // All in one, since there may be more of them than may wait.
        self.0.write_later("recording schedules", move |tx| {
            let mut put = tx.prepare_cached("INSERT OR REPLACE INTO job_marks VALUES (?, ?)")?;
            for job in jobs {
                put.execute(params![&*job, dealt.as_microsecond()])?;
            }
            let mut forget = tx.prepare_cached("DELETE FROM job_marks WHERE job = ?")?;
            for job in gone {
                forget.execute([&*job])?;
            }
            Ok(())
        });
    }

    /// The rows without an end, the oldest first.
    pub(super) async fn open_runs(&self) -> Result<Vec<Open>, Error> {
        self.0
            .read(|connection| {
                let sql = format!(
                    "SELECT {COLUMNS}, start_ticks, boot, cgroup FROM job_runs
                     WHERE state IN ('queued', 'running') ORDER BY id"
                );
                let mut rows = connection.prepare(&sql)?;
                let open = rows.query_map([], |row| {
                    let process = match (row.get::<_, Option<i32>>(17)?, row.get::<_, Option<i64>>(18)?) {
                        (Some(pid), Some(ticks)) => Some(Process {
                            pid,
                            start_ticks: ticks.cast_unsigned(),
                            boot: row.get::<_, Option<String>>(19)?.unwrap_or_default(),
                            cgroup: row.get::<_, Option<String>>(20)?.map(PathBuf::from),
                        }),
                        _ => None,
                    };
                    Ok(Open { run: read(row)?, process })
                })?;
                open.collect()
            })
            .await
    }

    /// The numbers of all runs that are kept.
    pub(super) async fn ids(&self) -> Result<Vec<RunId>, Error> {
        self.0
            .read(|connection| {
                let mut rows = connection.prepare("SELECT id FROM job_runs")?;
                let ids = rows.query_map([], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))?;
                ids.collect()
            })
            .await
    }

    /// All jobs that runs are kept of, by name.
    pub(super) async fn jobs(&self) -> Result<Vec<String>, Error> {
        self.0
            .read(|connection| {
                let mut rows =
                    connection.prepare(&format!("{JOBS} SELECT job FROM jobs WHERE job IS NOT NULL"))?;
                let names = rows.query_map([], |row| row.get(0))?;
                names.collect()
            })
            .await
    }

    /// One run.
    pub(super) async fn run(&self, id: RunId) -> Result<Option<Run>, Error> {
        self.0
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM job_runs WHERE id = ?");
                connection.prepare_cached(&sql)?.query_row([whole(id)], read).optional()
            })
            .await
    }

    /// The newest runs of those that are wanted, the newest first.
    pub(super) async fn runs(&self, wanted: Wanted) -> Result<Vec<Run>, Error> {
        self.0.read(move |connection| list(connection, &wanted)).await
    }

    /// Of each job the newest run that has ended, and was one.
    pub(super) async fn last_of_each(&self) -> Result<Vec<Run>, Error> {
        self.0
            .read(|connection| {
                let sql = format!(
                    "{JOBS} SELECT {COLUMNS} FROM job_runs WHERE id IN (
                        SELECT (SELECT id FROM job_runs WHERE job = jobs.job
                            AND state NOT IN ('queued', 'running', 'skipped', 'missed') ORDER BY id DESC LIMIT 1)
                        FROM jobs WHERE job IS NOT NULL)"
                );
                let mut rows = connection.prepare(&sql)?;
                let runs = rows.query_map([], read)?;
                runs.collect()
            })
            .await
    }

    /// Up to when each schedule has been dealt with.
    pub(super) async fn marks(&self) -> Result<Vec<(String, Timestamp)>, Error> {
        self.0
            .read(|connection| {
                let mut rows = connection.prepare("SELECT job, dealt FROM job_marks")?;
                let marks = rows.query_map([], |row| Ok((row.get(0)?, stamp(row.get(1)?))))?;
                marks.collect()
            })
            .await
    }

    /// The highest number that a run has had, of those that are not there any more too.
    pub(super) async fn last_id(&self) -> Result<RunId, Error> {
        self.0
            .read(|connection| {
                let kept: Option<i64> =
                    connection.query_row("SELECT max(id) FROM job_runs", [], |row| row.get(0))?;
                let counted: Option<i64> =
                    connection.query_row("SELECT max(last) FROM job_counter", [], |row| row.get(0))?;
                Ok(kept.max(counted).unwrap_or_default().cast_unsigned())
            })
            .await
    }

    /// What is paused, and until when if that is known.
    pub(super) async fn pauses(&self) -> Result<Vec<(Paused, Option<Timestamp>)>, Error> {
        self.0
            .read(|connection| {
                let mut rows = connection.prepare("SELECT kind, name, until FROM job_pauses")?;
                let pauses = rows.query_map([], |row| {
                    let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
                    let paused = if kind == "queue" { Paused::Queue(name) } else { Paused::Job(name) };
                    Ok((paused, row.get::<_, Option<i64>>(2)?.map(stamp)))
                })?;
                pauses.collect()
            })
            .await
    }

    /// Writes down that something is paused, or not any more.
    pub(super) async fn pause(&self, what: Paused, is: bool, until: Option<Timestamp>) -> Result<(), Error> {
        let (kind, name) = match what {
            Paused::Job(name) => ("job", name),
            Paused::Queue(name) => ("queue", name),
        };
        self.0
            .write(move |tx| {
                tx.execute("DELETE FROM job_pauses WHERE kind = ? AND name = ?", params![kind, name])?;
                if is {
                    let until = until.map(Timestamp::as_microsecond);
                    tx.execute("INSERT INTO job_pauses VALUES (?, ?, ?)", params![kind, name, until])?;
                }
                Ok(())
            })
            .await
    }

    /// Removes what of a job has ended and is more than is kept, or older; the numbers of these.
    pub(super) async fn forget(
        &self,
        job: Option<String>,
        kept: u32,
        before: Option<Timestamp>,
    ) -> Result<Vec<RunId>, Error> {
        self.0.write(move |tx| forget(tx, job.as_deref(), kept, before)).await
    }
}
