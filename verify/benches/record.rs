//! A record of a million leaves: to verify it, beside `sha256sum` of the same bytes; to prove one leaf.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use hob_verify::checkpoint::Checkpoint;
use hob_verify::note::Signer;
use hob_verify::record::{self, Options, Verdict, files};
use hob_verify::tree::{self, Frontier, Hash, leaf_hash};

#[path = "../tests/common/mod.rs"]
mod common;

const LEAVES: u64 = 1_000_000;

fn write(record: &Path) -> Vec<Hash> {
    let key = Signer::new(common::LOG, &[7; 32]).unwrap();
    fs_err::create_dir(record.join(files::DIRECTORY)).unwrap();
    fs_err::write(record.join(files::KEY), key.verifier().to_string()).unwrap();
    let mut heads = std::io::BufWriter::new(fs_err::File::create(record.join(files::CHECKPOINTS)).unwrap());
    let (mut frontier, mut store) = (Frontier::default(), Vec::new());
    for first in (0..LEAVES).step_by(usize::try_from(files::SEGMENT).unwrap()) {
        let file = fs_err::File::create(files::segment(record, first, files::LEAVES)).unwrap();
        let mut file = std::io::BufWriter::new(file);
        for index in first..(first + files::SEGMENT).min(LEAVES) {
            let mut line = common::leaf(index).to_line().unwrap();
            let hash = leaf_hash(&line);
            line.push(b'\n');
            file.write_all(&line).unwrap();
            frontier.push(hash);
            let read = |place: u64| Ok::<Hash, ()>(store[usize::try_from(place).unwrap()]);
            let hashes = tree::appended(index, hash, read).unwrap();
            store.extend(hashes);
            if frontier.size() % 64 == 0 {
                let (size, root) = (frontier.size(), frontier.root());
                let head = Checkpoint { origin: common::LOG.to_owned(), size, root };
                writeln!(heads, "{}", head.sign(&key)).unwrap();
            }
        }
        file.flush().unwrap();
    }
    heads.flush().unwrap();
    store
}

fn a_million_leaves(bench: &mut Criterion) {
    let place = tempfile::tempdir().unwrap();
    let store = write(place.path());
    let mut group = bench.benchmark_group("a million leaves");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    group.bench_function("sha256sum", |bencher| {
        let command = format!("sha256sum {}/*", place.path().join(files::DIRECTORY).display());
        bencher.iter(|| {
            assert!(Command::new("sh").args(["-c", &command]).output().unwrap().status.success());
        });
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| {
            let report = record::verify(place.path(), &Options::default());
            assert_eq!((report.verdict(), report.leaves), (Verdict::Whole, LEAVES), "{report}");
        });
    });
    group.finish();
    bench.bench_function("proof of one of a million, in memory", |bencher| {
        let mut n = 0;
        bencher.iter(|| {
            n = (n + 7919) % LEAVES;
            tree::inclusion(n, LEAVES, |place| Ok::<Hash, ()>(store[usize::try_from(place).unwrap()]))
        });
    });
}

criterion_group!(benches, a_million_leaves);
criterion_main!(benches);
