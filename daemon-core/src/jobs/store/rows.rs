//! Rows as SQL writes and reads them.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params, params_from_iter};

use super::Wanted;
use crate::jobs::run::{Run, RunId, Standing};

pub(super) const COLUMNS: &str = "id, job, state, why, queue, priority, after, inputs, due, not_before, attempt, started, \
                       ended, code, reason, cpu_ms, memory, pid";

const INSERT: &str =
    "INSERT OR IGNORE INTO job_runs (id, job, state, why, queue, priority, after, inputs, due,
    not_before, attempt, started, ended, code, reason, cpu_ms, memory, pid)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// No more than this at once, so that nobody waits long for the writer.
const FORGOTTEN_AT_ONCE: u32 = 1000;

pub(super) fn forget(
    tx: &Transaction<'_>,
    job: Option<&str>,
    kept: u32,
    before: Option<Timestamp>,
) -> rusqlite::Result<Vec<RunId>> {
    let mut rows = tx.prepare_cached(
        "DELETE FROM job_runs WHERE id IN (
            SELECT id FROM job_runs WHERE job IS ?1 AND state NOT IN ('queued', 'running') AND (
                ended < ?3 OR id <= (SELECT id FROM job_runs WHERE job IS ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2))
            ORDER BY id LIMIT ?4)
         RETURNING id",
    )?;
    let before = before.map_or(i64::MIN, Timestamp::as_microsecond);
    let gone = rows.query_map(params![job, kept, before, FORGOTTEN_AT_ONCE], |row| row.get::<_, i64>(0))?;
    let gone: Vec<RunId> = gone.map(|id| Ok(id?.cast_unsigned())).collect::<rusqlite::Result<_>>()?;
    if let Some(last) = gone.iter().max() {
        tx.execute("DELETE FROM job_counter WHERE last < ?", [whole(*last)])?;
        tx.execute("INSERT INTO job_counter VALUES (?)", [whole(*last)])?;
    }
    Ok(gone)
}

pub(super) fn mark(tx: &Transaction<'_>, job: &str, dealt: Timestamp) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO job_marks VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET dealt = max(dealt, excluded.dealt)",
    )?
    .execute(params![job, dealt.as_microsecond()])?;
    Ok(())
}

/// Writes a row that is not there yet; one that is stays as it is.
pub(super) fn insert(tx: &Transaction<'_>, run: &Run) -> rusqlite::Result<()> {
    let text = |value: serde_json::Result<String>| value.expect("strings, numbers and lists are always JSON");
    tx.prepare_cached(INSERT)?.execute(params![
        whole(run.id),
        run.job,
        run.state.word(),
        run.why,
        run.queue,
        run.priority,
        text(serde_json::to_string(&run.after)),
        text(serde_json::to_string(&run.inputs)),
        run.due.as_microsecond(),
        run.not_before.map(Timestamp::as_microsecond),
        run.attempt,
        run.started.map(Timestamp::as_microsecond),
        run.ended.map(Timestamp::as_microsecond),
        run.code,
        run.reason,
        run.cpu_ms.map(whole),
        run.memory.map(whole),
        run.pid,
    ])?;
    Ok(())
}

/// Writes what becomes of a run, in a row that is there nearly always: what it is of does not change, and most of
/// the columns and one of the indexes stay as they are.
pub(super) fn update(tx: &Transaction<'_>, run: &Run) -> rusqlite::Result<()> {
    let changed = tx
        .prepare_cached(
            "UPDATE job_runs SET state = ?, not_before = ?, attempt = ?, started = ?, ended = ?, code = ?,
                reason = ?, cpu_ms = ?, memory = ?, pid = ? WHERE id = ?",
        )?
        .execute(params![
            run.state.word(),
            run.not_before.map(Timestamp::as_microsecond),
            run.attempt,
            run.started.map(Timestamp::as_microsecond),
            run.ended.map(Timestamp::as_microsecond),
            run.code,
            run.reason,
            run.cpu_ms.map(whole),
            run.memory.map(whole),
            run.pid,
            whole(run.id),
        ])?;
    if changed == 0 { insert(tx, run) } else { Ok(()) }
}

pub(super) fn list(connection: &Connection, wanted: &Wanted) -> rusqlite::Result<Vec<Run>> {
    let mut conditions = vec!["id < ?"];
    let mut values: Vec<Value> = vec![wanted.before.map_or(i64::MAX, whole).into()];
    let state = wanted.state.map(|state| state.word().to_owned());
    for (condition, value) in [("job = ?", &wanted.job), ("state = ?", &state), ("queue = ?", &wanted.queue)]
    {
        if let Some(value) = value {
            conditions.push(condition);
            values.push(value.clone().into());
        }
    }
    values.push(wanted.limit.into());
    let conditions = conditions.join(" AND ");
    let sql = format!("SELECT {COLUMNS} FROM job_runs WHERE {conditions} ORDER BY id DESC LIMIT ?");
    let mut rows = connection.prepare_cached(&sql)?;
    let runs = rows.query_map(params_from_iter(values), read)?;
    runs.collect()
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let (after, inputs): (String, String) = (row.get(6)?, row.get(7)?);
    let moment = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(stamp));
    let count = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(i64::cast_unsigned));
    let state = Standing::of_word(&row.get::<_, String>(2)?);
    Ok(Run {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        job: row.get(1)?,
        state,
        why: row.get(3)?,
        queue: row.get(4)?,
        priority: row.get(5)?,
        after: serde_json::from_str(&after).unwrap_or_default(),
        inputs: serde_json::from_str(&inputs).unwrap_or_default(),
        due: stamp(row.get(8)?),
        not_before: moment(9)?,
        attempt: row.get(10)?,
        started: moment(11)?,
        ended: moment(12)?,
        code: row.get(13)?,
        reason: row.get(14)?,
        cpu_ms: count(15)?,
        memory: count(16)?,
        pid: row.get::<_, Option<i32>>(17)?.filter(|_| state == Standing::Running),
    })
}

/// SQLite's integers are signed; no number of ours comes near their end.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn stamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}
