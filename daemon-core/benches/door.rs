//! A whole call inside one process: the client, a pipe in memory, the door, the operation, and back.
//!
//! There are no system calls in it, so this is what our own code costs.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use daemon_core::system::Ping;
use futures_util::future::join_all;

const AT_ONCE: u64 = 64;

fn door(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let home = tempfile::tempdir().expect("a place for a home");
    let start = Daemon::start(Dirs::below(home.path()), Clock::system(), None);
    let daemon = runtime.block_on(start).expect("a daemon");
    let client = runtime.block_on(async { daemon.client() });

    criterion.bench_function("ping in memory", |bencher| {
        bencher.iter(|| runtime.block_on(client.call(Ping {})).expect("an answer"));
    });
    let mut group = criterion.benchmark_group("pings in memory");
    group.throughput(Throughput::Elements(AT_ONCE));
    group.bench_function("64 at once", |bencher| {
        bencher.iter(|| {
            let answers = runtime.block_on(join_all((0..AT_ONCE).map(|_| client.call(Ping {}))));
            assert!(answers.iter().all(Result::is_ok));
        });
    });
    group.finish();
    drop(client);
    runtime.block_on(daemon.stop());
}

criterion_group!(benches, door);
criterion_main!(benches);
