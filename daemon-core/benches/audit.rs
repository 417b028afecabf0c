//! Appending to the record by many at once, beside the same rows put in by SQLite itself; one proof.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark"
)]

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use daemon_core::audit::{Entry, Prove};
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use hob_verify::tree;
use rusqlite::Connection;
use serde_json::json;

/// Callers that each wait for their own leaf.
const CALLERS: u64 = 256;
/// Leaves of each caller in one round.
const EACH: u64 = 40;

fn entry(n: u64) -> Entry {
    let body = json!({
        "plan": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "claim": n.to_string(),
        "display": "git push --force-with-lease origin main",
    });
    let mut entry = Entry::of_daemon("x-bench.claimed", body.as_object().unwrap().clone());
    entry.request = Some(format!("01JD{n:022}"));
    entry
}

async fn round(daemon: &Daemon) {
    let callers = (0..CALLERS).map(|caller| {
        let audit = daemon.audit().clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                audit.append(entry(caller * EACH + n)).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
}

/// The rows of as many leaves, in groups as large as the daemon's.
fn raw(connection: &mut Connection, next: &mut u64, line: &[u8]) {
    for _ in 0..(CALLERS * EACH).div_ceil(256) {
        let transaction = connection.transaction().unwrap();
        for _ in 0..256 {
            let mut leaf = transaction.prepare_cached("INSERT INTO leaves VALUES (?, ?)").unwrap();
            leaf.execute((next.cast_signed(), line)).unwrap();
            let mut hash = transaction.prepare_cached("INSERT INTO hashes VALUES (?, ?)").unwrap();
            let first = tree::first_place(*next);
            for place in first..=first + u64::from(next.trailing_ones()) {
                hash.execute((place.cast_signed(), &[7_u8; 32][..])).unwrap();
            }
            *next += 1;
        }
        transaction.commit().unwrap();
    }
}

fn appending(bench: &mut Criterion) {
    let place = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dirs = Dirs::below(place.path());
    let daemon = runtime.block_on(Daemon::start(dirs, Clock::system(), None)).unwrap();
    let line = runtime.block_on(async {
        let index = daemon.audit().append(entry(7)).await.unwrap();
        daemon
            .audit()
            .db()
            .read(move |it| {
                it.query_row("SELECT leaf FROM audit_leaves WHERE idx = ?", [index.cast_signed()], |row| {
                    row.get::<_, Vec<u8>>(0)
                })
            })
            .await
            .unwrap()
    });
    let mut connection = Connection::open(place.path().join("raw.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE leaves (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
             CREATE TABLE hashes (i INTEGER PRIMARY KEY, h BLOB NOT NULL) STRICT;",
        )
        .unwrap();
    let mut next = 0;
    let mut group = bench.benchmark_group("append to the record");
    group
        .throughput(Throughput::Elements(CALLERS * EACH))
        .sample_size(20)
        .measurement_time(Duration::from_secs(10));
    group.bench_function("raw SQLite, the same rows and durability", |bencher| {
        bencher.iter(|| raw(&mut connection, &mut next, &line));
    });
    group.bench_function("256 callers, each waiting for its leaf", |bencher| {
        bencher.iter(|| runtime.block_on(round(&daemon)));
    });
    group.finish();
    proofs(&runtime, &daemon);
    runtime.block_on(daemon.stop());
}

/// The slowest hundredth of proofs, over the socket's protocol and from the disk.
fn proofs(runtime: &tokio::runtime::Runtime, daemon: &Daemon) {
    let mut times = Vec::new();
    runtime.block_on(async {
        let client = daemon.client();
        let size = client.call(Prove { index: 0 }).await.map(|_| 10_000).unwrap();
        for n in 0..2000_u64 {
            let begun = Instant::now();
            client.call(Prove { index: n * 7919 % size }).await.unwrap();
            times.push(begun.elapsed());
        }
    });
    times.sort_unstable();
    println!("proof of inclusion: p50 {:?}, p99 {:?}", times[1000], times[1980]);
}

criterion_group!(benches, appending);
criterion_main!(benches);
