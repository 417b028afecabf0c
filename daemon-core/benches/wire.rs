//! What the wire adds to a call: taking a frame out of a stream, reading the envelope, writing the reply.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use daemon_core::wire::{envelope, frame};
use tokio_util::codec::Decoder as _;

const PING: &[u8] = br#"{"jsonrpc":"2.0","id":1234,"method":"system.ping","params":{}}"#;
const PONG: &[u8] = br#"{"pid":12345}"#;
/// As many frames as one connection may have under way.
const FRAMES: u64 = 64;

fn wire(criterion: &mut Criterion) {
    criterion.bench_function("envelope: read a ping", |bencher| {
        bencher.iter(|| envelope::parse(black_box(PING)).expect("it is a request"));
    });
    criterion.bench_function("envelope: write its reply", |bencher| {
        let mut out = BytesMut::with_capacity(4096);
        bencher.iter(|| {
            out.clear();
            envelope::respond(&mut out, black_box("1234"), Ok(black_box(PONG)));
        });
    });

    let mut stream = BytesMut::new();
    for _ in 0..FRAMES {
        frame::append(&mut stream, |out| out.extend_from_slice(PING)).expect("it is short");
    }
    let mut group = criterion.benchmark_group("frames");
    group.throughput(Throughput::Elements(FRAMES));
    group.bench_function("64 out of one buffer", |bencher| {
        let take_all = |mut stream: BytesMut| {
            let mut codec = frame::codec();
            while let Some(frame) = codec.decode(&mut stream).expect("frames are whole") {
                black_box(frame);
            }
        };
        bencher.iter_batched(|| stream.clone(), take_all, BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, wire);
criterion_main!(benches);
