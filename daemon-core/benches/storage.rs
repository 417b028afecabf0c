//! Acknowledged writes per second: 64 callers at once through [`Db`], beside the floor, which is
//! one thread with a transaction of plain rusqlite for each row. Both in the same run, on the same
//! disk, for both durabilities.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::path::Path;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use daemon_core::storage::{Db, Durability};
use futures_util::future::join_all;
use rusqlite::{Connection, Transaction, TransactionBehavior};

const CALLERS: i64 = 64;
const TABLE: &str = "CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL, started INTEGER)";
const INSERT: &str = "INSERT INTO run (name, started) VALUES (?, ?)";

fn writes(criterion: &mut Criterion) {
    for (durability, synchronous) in [(Durability::Normal, "NORMAL"), (Durability::Full, "FULL")] {
        let directory = tempfile::tempdir().expect("a place to write");
        let mut group = criterion.benchmark_group(format!("64 acknowledged rows, {synchronous}"));
        group.throughput(Throughput::Elements(CALLERS as u64)).sample_size(50);
        floor(&mut group, &directory.path().join("floor.db"), synchronous);
        ours(&mut group, &directory.path().join("hob.db"), durability);
        group.finish();
    }
}

fn floor(group: &mut BenchmarkGroup<'_, WallTime>, file: &Path, synchronous: &str) {
    let mut connection = Connection::open(file).expect("the floor's database");
    connection.pragma_update(None, "journal_mode", "WAL").expect("a write-ahead log");
    connection.pragma_update(None, "synchronous", synchronous).expect("the same durability");
    connection.execute_batch(TABLE).expect("the table");
    group.bench_function("floor: a transaction each", |bencher| {
        bencher.iter(|| {
            for caller in 0..CALLERS {
                let transaction = connection
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .expect("nobody else writes");
                insert(caller)(&transaction).expect("there is room");
                transaction.commit().expect("there is room");
            }
        });
    });
}

fn ours(group: &mut BenchmarkGroup<'_, WallTime>, file: &Path, durability: Durability) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let db = Db::open(file, durability).expect("our database");
    runtime.block_on(db.migrate("runs", &[TABLE])).expect("the table");
    group.bench_function("64 callers of Db::write", |bencher| {
        bencher.iter(|| {
            let results = runtime.block_on(join_all((0..CALLERS).map(|caller| db.write(insert(caller)))));
            assert!(results.iter().all(Result::is_ok));
        });
    });
    runtime.block_on(db.close()).expect("closed");
}

fn insert(caller: i64) -> impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static {
    move |transaction| {
        transaction.prepare_cached(INSERT)?.execute(("a run of some service", caller))?;
        Ok(())
    }
}

criterion_group!(benches, writes);
criterion_main!(benches);
