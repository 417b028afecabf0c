//! One pass over the texts of a thousand processes, of which two hundred services have five each.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use daemon_core::runs::processes::ledger::{Ledger, Root, Tag};
use daemon_core::runs::processes::texts::{self, Stat};

const SERVICES: i32 = 200;
const EACH: i32 = 5;

fn text(pid: i32, used: u64) -> Vec<u8> {
    let main = pid - pid % EACH;
    let parent = if pid == main { 1 } else { pid - 1 };
    format!("{pid} (a (name) of) S {parent} {main} {main} 0 -1 4194304 300 0 0 0 {used} 3 0 0 20 0 2 0 {pid} 9 9\n").into()
}

fn roots() -> Vec<Root> {
    let root =
        |number| Root { service: format!("service-{number}").into(), run: 1, main: (number + 1) * EACH };
    (0..SERVICES).map(root).collect()
}

fn stats(criterion: &mut Criterion) {
    let pids = EACH..EACH * (SERVICES + 1);
    let passes: Vec<Vec<Vec<u8>>> =
        (0..2).map(|used| pids.clone().map(|pid| text(pid, used * 10)).collect()).collect();
    criterion.bench_function("stats: the texts of 1000 processes", |bencher| {
        bencher.iter(|| {
            let read: Vec<Stat> = passes[0].iter().filter_map(|text| texts::stat(text)).collect();
            black_box(read)
        });
    });
    let read: Vec<Vec<Stat>> =
        passes.iter().map(|pass| pass.iter().filter_map(|text| texts::stat(text)).collect()).collect();
    criterion.bench_function("stats: 1000 processes into 200 trees and their CPU", |bencher| {
        let mut ledger = Ledger::default();
        let mut turn = 0;
        bencher.iter(|| {
            turn = 1 - turn;
            black_box(ledger.take(&read[turn], roots(), |_| Tag::Absent))
        });
    });
}

criterion_group!(benches, stats);
criterion_main!(benches);
