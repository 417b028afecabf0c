//! Putting values on the board, with nobody and with many watching.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, criterion_group, criterion_main};
use daemon_core::kernel::board::Board;
use futures_util::StreamExt as _;
use serde::Serialize;

const VALUES: usize = 1_000;

/// About as large as a service's status.
#[derive(Clone, Serialize)]
struct Value {
    name: String,
    state: &'static str,
    restarts: u64,
    since: &'static str,
}

fn value(number: usize, restarts: u64) -> Value {
    let name = format!("service-{number:04}");
    Value { name, state: "running", restarts, since: "2026-11-21T01:23:45.123456789Z" }
}

fn full_board() -> (Board, Vec<String>) {
    let board = Board::default();
    let keys: Vec<String> = (0..VALUES).map(|number| format!("service-{number:04}")).collect();
    for (number, key) in keys.iter().enumerate() {
        board.put("service", key.as_str(), &value(number, 0));
    }
    (board, keys)
}

fn board(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("board of 1,000 values");
    let (board, keys) = full_board();
    let same = value(7, 0);
    group.bench_function("put what is there already", |bencher| {
        bencher.iter(|| board.put("service", keys[7].as_str(), &same));
    });
    let mut changing = value(7, 0);
    group.bench_function("put a change", |bencher| {
        bencher.iter(|| {
            changing.restarts += 1;
            board.put("service", keys[7].as_str(), &changing);
        });
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    group.bench_function("put a change, and watch it", |bencher| {
        let mut watcher = Box::pin(board.watch(vec!["service".to_owned()]));
        runtime.block_on(watcher.next()).expect("the snapshot");
        bencher.iter(|| {
            changing.restarts += 1;
            board.put("service", keys[7].as_str(), &changing);
            runtime.block_on(watcher.next()).expect("the change")
        });
    });
    group.bench_function("the snapshot of a new watcher", |bencher| {
        bencher.iter(|| {
            let mut watcher = Box::pin(board.watch(Vec::new()));
            runtime.block_on(watcher.next()).expect("the snapshot")
        });
    });
    group.finish();
}

criterion_group!(benches, board);
criterion_main!(benches);
