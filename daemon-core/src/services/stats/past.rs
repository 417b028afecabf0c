//! What services used within the last 24 hours, the older the coarser.
//!
//! A row says what was used within a time before a moment. The newest hour is
//! kept as it was noted; when two minutes are full they are summed up, and so
//! are ten. All of that happens in the transaction that notes something new,
//! and so does forgetting, so the table is bounded by the number of services
//! and needs no upkeep. Where nothing was noted there is no row: a gap stays one
//! at every resolution.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::{Access, Call, Code, Effect, Fault, Op};
use crate::services::Handle;
use crate::services::ops::moment;
use crate::storage::{Db, Error};

const MIGRATIONS: &[&str] = &["
    CREATE TABLE service_stats (
        tier      INTEGER NOT NULL,
        at        INTEGER NOT NULL,
        service   TEXT    NOT NULL,
        within_ms INTEGER NOT NULL,
        cpu_ms    INTEGER NOT NULL,
        memory    INTEGER NOT NULL,
        peak      INTEGER NOT NULL,
        processes INTEGER NOT NULL,
        PRIMARY KEY (tier, at, service)
    ) WITHOUT ROWID;
"];

/// Seconds that a row sums up (0: as it was noted), and seconds for which rows are kept.
const TIERS: [(i64, i64); 3] = [(0, 3600), (120, 6 * 3600), (600, 24 * 3600)];

/// Read what a service used within the last 24 hours, the older the coarser
///
/// Kept only where `[stats] history` says how often. Where nothing was noted, such as while neither
/// the service nor the daemon ran, there is no point: one covers so many seconds before it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct GetHistory {
    /// Which service
    pub name: String,
    /// Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub since: Option<String>,
}

/// What a service used.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// The oldest first.
    pub points: Vec<StatsPoint>,
}

/// What a service used within a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatsPoint {
    /// The end of that time.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// How many seconds of it were seen.
    pub seconds: f64,
    /// CPU in percent of one processor.
    pub cpu_percent: f64,
    /// Memory of its own in RAM, in bytes, on average.
    pub memory_bytes: u64,
    /// The most memory that was seen, in bytes.
    pub memory_peak_bytes: u64,
    /// The most processes that were seen.
    pub processes: u32,
}

impl Op for GetHistory {
    const NAME: &'static str = "service.history";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = History;

    async fn run(self, services: &Handle, _: &Call) -> Result<History, Fault> {
        services.status(&self.name)?;
        let now = services.clock().now();
        let since = self.since.map(|text| moment(&text, now)).transpose()?;
        let statistics = services.statistics();
        let points = statistics.past.points(&self.name, since.unwrap_or(Timestamp::MIN), now).await?;
        if points.is_empty() && !super::keep::is_kept(services) {
            return Err(Fault::new(Code::Conflict, "no history of statistics is kept")
                .hint("write history = \"30s\" under [stats] into config.toml"));
        }
        Ok(History { points })
    }
}

/// What a service used between two samples.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) service: String,
    pub(super) cpu: Duration,
    pub(super) within: Duration,
    pub(super) memory: u64,
    pub(super) processes: u32,
}

/// The rows; a thin layer over the database.
pub(super) struct Store(Db);

impl Store {
    pub(super) async fn open(db: &Db) -> Result<Store, Error> {
        db.migrate("stats", MIGRATIONS).await?;
        Ok(Store(db.clone()))
    }

    /// Adds what was seen at a moment.
    pub(super) fn note(&self, at: Timestamp, rows: Vec<Row>) {
        self.0.write_later("recording statistics", move |tx| write(tx, at.as_second(), &rows));
    }

    async fn points(
        &self,
        service: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<StatsPoint>, Error> {
        self.0.flush().await?;
        let (service, since, now) = (service.to_owned(), since.as_second(), now.as_second());
        self.0.read(move |connection| read(connection, &service, since, now)).await
    }
}

fn write(tx: &Transaction<'_>, now: i64, rows: &[Row]) -> rusqlite::Result<()> {
    let last: Option<i64> = tx
        .prepare_cached("SELECT max(at) FROM service_stats WHERE tier = 0")?
        .query_row([], |row| row.get(0))?;
    for (tier, (step, _)) in TIERS.iter().enumerate().skip(1) {
        if let Some(end) = last.map(|last| end_of(last, *step))
            && end < end_of(now, *step)
        {
            sum_up(tx, tier, end - step, end)?;
        }
    }
    let mut insert =
        tx.prepare_cached("INSERT OR REPLACE INTO service_stats VALUES (0, ?1, ?2, ?3, ?4, ?5, ?5, ?6)")?;
    for row in rows {
        let memory = i64::try_from(row.memory).unwrap_or(i64::MAX);
        let figures = params![now, row.service, millis(row.within), millis(row.cpu), memory, row.processes];
        insert.execute(figures)?;
    }
    for tier in 0..TIERS.len() {
        // What is of the future was noted by a clock that was wrong.
        tx.prepare_cached("DELETE FROM service_stats WHERE tier = ? AND (at <= ? OR ? < at)")?
            .execute(params![number(tier), kept_from(tier, now), now])?;
    }
    Ok(())
}

fn sum_up(tx: &Transaction<'_>, tier: usize, after: i64, end: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO service_stats
            SELECT ?1, ?3, service, sum(within_ms), sum(cpu_ms), CAST(avg(memory) AS INTEGER), max(peak), max(processes)
            FROM service_stats WHERE tier = 0 AND ?2 < at AND at <= ?3 GROUP BY service",
    )?
    .execute(params![number(tier), after, end])?;
    Ok(())
}

fn read(connection: &Connection, service: &str, since: i64, now: i64) -> rusqlite::Result<Vec<StatsPoint>> {
    let mut rows = connection.prepare_cached(
        "SELECT at, within_ms, cpu_ms, memory, peak, processes FROM service_stats
            WHERE tier = ? AND ? < at AND at <= ? AND service = ? ORDER BY at",
    )?;
    let (mut points, mut until) = (Vec::new(), now);
    for tier in 0..TIERS.len() {
        let from = kept_from(tier, now);
        let found = rows.query_map(params![number(tier), from.max(since), until, service], |row| {
            let (within, cpu): (f64, f64) = (row.get(1)?, row.get(2)?);
            Ok(StatsPoint {
                at: Timestamp::from_second(row.get(0)?).unwrap_or_default(),
                seconds: within / 1000.0,
                cpu_percent: (1000.0 * cpu / within.max(1.0)).round() / 10.0,
                memory_bytes: row.get(3).map(unsigned)?,
                memory_peak_bytes: row.get(4).map(unsigned)?,
                processes: row.get(5)?,
            })
        })?;
        let mut older: Vec<StatsPoint> = found.collect::<rusqlite::Result<_>>()?;
        older.append(&mut points);
        points = older;
        until = from;
    }
    Ok(points)
}

/// The end of the time that a row of a tier sums up.
fn end_of(at: i64, step: i64) -> i64 {
    at + (step - at.rem_euclid(step)) % step
}

/// Rows of a tier up to this moment are forgotten: a coarser one begins there.
fn kept_from(tier: usize, now: i64) -> i64 {
    let from = now - TIERS[tier].1;
    match TIERS.get(tier + 1) {
        Some((step, _)) => from - from.rem_euclid(*step),
        None => from,
    }
}

/// A tier as its rows have it.
fn number(tier: usize) -> i64 {
    i64::try_from(tier).expect("there are few tiers")
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table(Connection);

    impl Table {
        fn new() -> Table {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(MIGRATIONS[0]).unwrap();
            Table(connection)
        }

        /// Notes that a service used a share of the time since 30 s ago.
        fn note(&mut self, at: i64, share: f64) {
            let within = Duration::from_secs(30);
            let row = Row {
                service: "web".to_owned(),
                cpu: within.mul_f64(share),
                within,
                memory: 1000,
                processes: 2,
            };
            let tx = self.0.transaction().unwrap();
            write(&tx, at, &[row]).unwrap();
            tx.commit().unwrap();
        }

        fn points(&self, since: i64, now: i64) -> Vec<StatsPoint> {
            read(&self.0, "web", since, now).unwrap()
        }

        fn rows(&self) -> i64 {
            self.0.query_row("SELECT count(*) FROM service_stats", [], |row| row.get(0)).unwrap()
        }
    }

    #[test]
    fn a_day_has_three_resolutions_and_covers_every_second_once() {
        let mut table = Table::new();
        let end = 3 * 86_400;
        (0..=end).step_by(30).for_each(|at| table.note(at, 0.5));
        let points = table.points(i64::MIN, end);
        assert!(points.iter().all(|point| (point.cpu_percent - 50.0).abs() < 0.2), "{points:?}");
        let lengths: Vec<f64> = points.iter().map(|point| point.seconds).collect();
        for length in [30.0, 120.0, 600.0] {
            assert!(lengths.iter().any(|it| (it - length).abs() < 0.1), "{length} is there");
        }
        for pair in points.windows(2) {
            let gap = (pair[1].at.as_second() - pair[0].at.as_second()) as f64 - pair[1].seconds;
            assert!(gap.abs() < 0.1, "{pair:?}");
        }
        assert!((lengths.iter().sum::<f64>() - 86_400.0).abs() < 1000.0);
        assert!(table.rows() < 500, "{} rows", table.rows());
        assert_eq!(table.points(end - 60, end).len(), 2);
    }

    #[test]
    fn where_nothing_was_noted_there_is_nothing() {
        let mut table = Table::new();
        (0..=3600).step_by(30).for_each(|at| table.note(at, 0.5));
        let back = 8 * 3600;
        table.note(back, 0.1);
        let points = table.points(i64::MIN, back);
        let (before, after): (Vec<_>, Vec<_>) = points.iter().partition(|point| point.at.as_second() <= 3600);
        assert_eq!(after.len(), 1);
        assert!((before.iter().map(|point| point.seconds).sum::<f64>() - 3630.0).abs() < 0.1, "{before:?}");
    }

    #[test]
    fn what_a_wrong_clock_noted_does_not_stay() {
        let mut table = Table::new();
        (1_000_000..1_010_000).step_by(30).for_each(|at| table.note(at, 0.5));
        table.note(500_000, 0.5);
        assert_eq!((table.rows(), table.points(i64::MIN, 500_000).len()), (1, 1));
    }

    #[test]
    fn a_time_ends_where_the_next_begins() {
        for (at, step, end) in [(0, 120, 0), (1, 120, 120), (120, 120, 120), (121, 120, 240), (-1, 120, 0)] {
            assert_eq!(end_of(at, step), end, "{at}");
        }
    }
}
