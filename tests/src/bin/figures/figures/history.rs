//! The history of runs when there are many.

use anyhow::{Context as _, Result};
use daemon_core::storage::{Db, Durability};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::clock;
use crate::exchange::Line;
use crate::figure::{Figure, Gate, Row};
use crate::home::Home;
use crate::sample::quantile;

pub(crate) const FIGURE: Figure =
    Figure { name: "history", about: "lists of runs out of 100,000, some of them filtered", measure };

/// A hundred thousand runs of a hundred jobs, of which each thousandth has failed. They are written in the
/// file itself: to run them would take minutes.
const FILL: &str = "
    WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 100000)
    INSERT INTO job_runs (id, job, state, why, queue, priority, after, inputs, due, attempt, started, ended, code)
    SELECT n, 'job-' || (n % 100), iif(n % 1000 = 0, 'failed', 'succeeded'), 'schedule', 'default', 0, '[]', '{}',
        1700000000000000 + n * 60000000, 1, 1700000000000000 + n * 60000000, 1700000001000000 + n * 60000000,
        iif(n % 1000 = 0, 1, 0)
    FROM count";

/// None of them is too old or too many, so that all are there while they are asked for.
const KEPT: &str = "jobs.keep = { runs = 1000000, age = \"0s\" }\n";

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let home = Home::with(bench, KEPT)?;
    drop(home.start()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let db = Db::open(&home.dir().join("state/hob.db"), Durability::Normal)?;
        db.write(|tx| tx.execute_batch(FILL)).await?;
        db.close().await
    })?;
    let daemon = home.start()?;
    let mut line = Line::open(&daemon.socket)?;
    let questions = [
        ("the newest", json!({})),
        ("of a job", json!({ "job": "job-17" })),
        ("failed", json!({ "state": "failed" })),
        ("of a job, failed", json!({ "job": "job-0", "state": "failed" })),
        ("of another job, failed", json!({ "job": "job-17", "state": "failed" })),
        ("of a queue, far back", json!({ "queue": "default", "before": 500 })),
    ];
    let rows = questions.into_iter().map(|(what, params)| ask(bench, &mut line, what, &params)).collect();
    let first = line.call("job.runs", &json!({ "before": 2 }))?;
    anyhow::ensure!(first["runs"][0]["id"] == 1, "the first run is not there any more");
    rows
}

fn ask(bench: &Bench, line: &mut Line, what: &str, params: &Value) -> Result<Row> {
    let mut rounds = Vec::new();
    for _ in 0..bench.rounds() {
        let mut times = Vec::new();
        for _ in 0..bench.pick(50, 200) {
            let begin = clock::now();
            let page = line.call("job.runs", params)?;
            times.push(clock::millis(clock::now() - begin));
            page["runs"].as_array().context("job.runs lists runs")?;
        }
        rounds.push(quantile(&times, 0.99));
    }
    Ok(Row::new(format!("runs {what}, of 100,000, p99"), "ms", rounds, Gate::AtMost(10.0)))
}
