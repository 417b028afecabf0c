//! What it takes to read ten lines out of a large log.
//!
//! The log is one file of `HOB_BENCH_MIB` (1024) in lines of 100 bytes, from
//! memory once it was written. The floor is one positional read of 64 KiB.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot begin has nothing to say")]

use std::io::Write as _;
use std::os::unix::fs::FileExt as _;

use criterion::{Criterion, criterion_group, criterion_main};
use daemon_core::runs::logs::{Logs, Paths, Query};
use jiff::Timestamp;

fn at(number: i64) -> Timestamp {
    Timestamp::from_microsecond(1_795_000_000_000_000 + number * 10).unwrap()
}

fn reading(criterion: &mut Criterion) {
    let mebibytes: i64 = std::env::var("HOB_BENCH_MIB").map_or(1024, |text| text.parse().unwrap());
    let lines = (mebibytes << 20) / 100;
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("logs/web");
    fs_err::create_dir_all(&log).unwrap();
    let mut file =
        std::io::BufWriter::with_capacity(1 << 20, fs_err::File::create(log.join("current")).unwrap());
    for number in 0..lines {
        writeln!(file, "{:.9} stdout F line {number:054}", at(number)).unwrap();
    }
    drop(file);
    let paths = Paths { logs: directory.path().join("logs"), run: directory.path().join("run") };
    let logs = Logs::start(paths, daemon_core::kernel::clock::now).unwrap();
    let mut group = criterion.benchmark_group(format!("logs of {mebibytes} MiB"));
    let plain = fs_err::File::open(log.join("current")).unwrap();
    let mut block = vec![0; 64 << 10];
    group.bench_function("floor: one block", |bench| {
        bench.iter(|| plain.file().read_exact_at(&mut block, 1 << 20).unwrap());
    });
    let middle = lines / 3;
    let windows = [
        ("last 10", Query { lines: 10, ..Query::default() }),
        (
            "10 since and until",
            Query { lines: 100, since: Some(at(middle)), until: Some(at(middle + 9)), ..Query::default() },
        ),
        ("last 10 until", Query { lines: 10, until: Some(at(middle)), ..Query::default() }),
    ];
    for (name, query) in windows {
        group.bench_function(name, |bench| {
            bench.iter(|| assert_eq!(logs.read("web", &query).unwrap().lines.len(), 10));
        });
    }
}

criterion_group!(benches, reading);
criterion_main!(benches);
