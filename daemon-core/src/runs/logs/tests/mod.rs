//! Tests of the capture as a whole. Parts have theirs in their own files.

use std::cell::Cell;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::OFlags;
use tempfile::TempDir;
use tokio::sync::broadcast;

use super::capture::Capture;
use super::cri::{self, Stream};
use super::names::{Paths, Place};
use super::report::Common;
use super::{OnFull, Policy, files};

mod announced;
mod exactly_once;
mod faults;
mod full;
mod killed;
mod live;
mod live_full;
mod model;
mod passing;
mod reading;
mod reading_cost;
mod small;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(1_795_224_225_000_000_000) };
}

/// A clock that goes a microsecond per look, and that a test can turn.
fn clock() -> Timestamp {
    NOW.set(NOW.get() + 1000);
    Timestamp::from_nanosecond(NOW.get().into()).unwrap()
}

fn turn_clock(seconds: i64) {
    NOW.set(NOW.get() + seconds * 1_000_000_000);
}

fn common() -> Common {
    Common::new(clock, broadcast::Sender::new(16))
}

fn policy(max_size: u64) -> Policy {
    Policy { max_size, keep: 1_000_000, max_age: None, on_full: OnFull::Drop, owner: None, is_single: false }
}

/// One service in a directory of its own.
struct Fixture {
    _directory: TempDir,
    place: Place,
}

impl Fixture {
    fn new() -> Fixture {
        let directory = tempfile::tempdir().unwrap();
        let place = paths(directory.path()).of("shop/web").unwrap();
        Fixture { _directory: directory, place }
    }

    fn begin(&self, run: u64, max_size: u64, common: &mut Common) -> Capture {
        Capture::begin(self.place.clone(), run, &policy(max_size), common).unwrap()
    }

    /// What the process of `run` would write to.
    fn writers(&self, run: u64) -> [File; 2] {
        Stream::BOTH.map(|stream| writer(&self.place.fifo(run, stream)))
    }

    fn written(&self) -> Written {
        written(&self.place.log)
    }
}

fn paths(directory: &Path) -> Paths {
    Paths { logs: directory.join("logs"), run: directory.join("run") }
}

fn writer(fifo: &Path) -> File {
    let mut options = fs_err::OpenOptions::new();
    options.read(true).write(true);
    options.options_mut().custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    options.open(fifo).unwrap().into_file()
}

/// Writes as much of `bytes` as the FIFO has room for.
fn write_some(mut fifo: &File, bytes: &[u8]) -> usize {
    match fifo.write(bytes) {
        Ok(count) => count,
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => 0,
        Err(error) => panic!("{error}"),
    }
}

/// All that a log holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Written {
    /// The bytes of each stream, with a newline where a record ends a line.
    streams: [Vec<u8>; 2],
    records: usize,
    files: usize,
}

/// Reads a whole log, and checks what is true of every log on the way.
fn written(log: &Path) -> Written {
    let mut written = Written::default();
    let mut latest = Timestamp::MIN;
    let rotated = files::rotated(log).unwrap().into_iter().map(|file| file.path);
    for path in rotated.chain([log.join("current")]) {
        let bytes = text_of(&path);
        written.files += 1;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let record = cri::parse(line.strip_suffix(b"\n").expect("a line has an end"));
            let record = record.unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(line)));
            assert!(latest <= record.stamp, "stamps go back from {latest} to {}", record.stamp);
            latest = record.stamp;
            written.records += 1;
            let stream = &mut written.streams[record.stream.index()];
            stream.extend_from_slice(record.text);
            stream.extend(record.ends_line.then_some(b'\n'));
        }
    }
    written
}

/// What a log file holds, compressed or not.
fn text_of(path: &Path) -> Vec<u8> {
    match path.extension().is_some_and(|end| end == "zst") {
        true => zstd::stream::decode_all(fs_err::File::open(path).unwrap()).unwrap(),
        false => fs_err::read(path).unwrap(),
    }
}

/// What a log holds after `bytes` were written and the run ended.
fn ended(bytes: &[u8]) -> Vec<u8> {
    let unended = !matches!(bytes.last(), None | Some(b'\n'));
    bytes.iter().copied().chain(unended.then_some(b'\n')).collect()
}
