//! What a service's task decides between two events: the state machine alone.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use daemon_core::services::backoff;
use daemon_core::services::state::{Event, Machine, Policy, Restart};

fn policy() -> Policy {
    let backoff = backoff::Policy {
        allowed: 0,
        calm: Duration::from_secs(60),
        initial: Duration::from_millis(100),
        max: Duration::from_secs(30),
        factor: 2.0,
        jitter: 0.1,
    };
    Policy {
        restart: Restart::Always,
        backoff,
        stop_timeout: Duration::from_secs(10),
        probed: false,
        held: false,
    }
}

fn state(criterion: &mut Criterion) {
    let policy = policy();
    criterion.bench_function("state: a crash and the start after it", |bencher| {
        let mut machine = Machine::default();
        let mut now = Duration::ZERO;
        machine.step(Event::Start, now, &policy, 0.5);
        bencher.iter(|| {
            now += Duration::from_secs(61);
            for event in [Event::Unblocked, Event::Launched] {
                black_box(machine.step(event, now, &policy, 0.5));
            }
            now += Duration::from_secs(61);
            black_box(machine.step(Event::Exited { success: false }, now, &policy, 0.5))
        });
    });
}

criterion_group!(benches, state);
criterion_main!(benches);
