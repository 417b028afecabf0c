//! What capturing a log costs, beside the machine's own floor.
//!
//! The floor reads the same FIFO in pieces of 64 KiB and writes them to a file
//! as they are. Ours stages, splits, stamps and counts. Rounds of both
//! alternate; the medians of the CPU time of this process are compared (the
//! writer is another process). `HOB_BENCH_MIB` sets the amount per round (256),
//! `HOB_BENCH_ROUNDS` the rounds (5), `HOB_BENCH_DIR` where the files go.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use daemon_core::runs::logs::{Logs, OnFull, Paths, Policy};
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

const LINE: usize = 100;
const WRITER: &str = "HOB_BENCH_WRITER";
/// Both begin a new file after so many bytes, and keep so many old ones: a
/// machine whose memory grows as it is used would charge for each new page, and
/// ours writes more bytes.
const FILE: usize = 64 << 20;
const KEPT: usize = 5;
/// The bound that the project has set for itself.
const GATE: f64 = 1.8;

fn main() -> ExitCode {
    if let Ok(order) = std::env::var(WRITER) {
        write_lines(&order);
        return ExitCode::SUCCESS;
    }
    let bytes = number("HOB_BENCH_MIB", 256) << 20;
    let lines_at_once = round("64 KiB per write", 65_500 / LINE, bytes);
    let lines_one_by_one = round("a line per write", 1, bytes / 8);
    if lines_at_once <= GATE && lines_one_by_one <= GATE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn round(name: &str, lines_per_write: usize, bytes: usize) -> f64 {
    let directory = PathBuf::from(std::env::var("HOB_BENCH_DIR").unwrap_or_else(|_| "/tmp".to_owned()));
    let lines = bytes / LINE;
    let (mut floors, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut speeds = [Vec::new(), Vec::new()];
    for round in 0..=number("HOB_BENCH_ROUNDS", 5) {
        let place = tempfile::tempdir_in(&directory).expect("a place for files");
        let (floor, floor_time) = floor(place.path(), lines, lines_per_write);
        drop(place);
        let place = tempfile::tempdir_in(&directory).expect("a place for files");
        let (our, our_time) = capture(place.path(), lines, lines_per_write);
        if round == 0 {
            // It only warms up.
            continue;
        }
        ratios.push(our.as_secs_f64() / floor.as_secs_f64());
        floors.push(floor.as_secs_f64());
        ours.push(our.as_secs_f64());
        for (speeds, time) in speeds.iter_mut().zip([floor_time, our_time]) {
            speeds.push(bytes as f64 / 1e6 / time.as_secs_f64());
        }
    }
    let [floor_speed, our_speed] = speeds.map(median);
    let (floor, our) = (median(floors), median(ours));
    println!(
        "capture, {name}: {} MiB in {LINE}-byte lines: floor {floor:.3} s CPU, ours {our:.3} s CPU, \
         {:.2} times the floor (median of the rounds' ratios {:.2}, gate {GATE}); \
         {floor_speed:.0} and {our_speed:.0} MB/s",
        bytes >> 20,
        our / floor,
        median(ratios),
    );
    our / floor
}

fn floor(place: &Path, lines: usize, lines_per_write: usize) -> (Duration, Duration) {
    let (fifo, other) = (place.join("out"), place.join("err"));
    for path in [&fifo, &other] {
        rustix::fs::mkfifoat(rustix::fs::CWD, path, 0o600.into()).expect("a FIFO");
    }
    let mut writer = start_writer(&fifo, &other, lines, lines_per_write);
    let mut from = fs_err::File::open(&fifo).expect("the FIFO opens");
    let file = |number: usize| place.join(format!("log.{number}"));
    let mut to = fs_err::File::create(file(0)).expect("a file");
    let (before, begin) = (cpu(), time(ClockId::Monotonic));
    let (mut buffer, mut total) = (vec![0; 64 * 1024], 0);
    loop {
        let count = from.read(&mut buffer).expect("the FIFO can be read");
        if count == 0 {
            break;
        }
        to.write_all(&buffer[..count]).expect("the file can be written");
        total += count;
        let files = total / FILE;
        if (total - count) / FILE < files {
            to = fs_err::File::create(file(files)).expect("a file");
            if KEPT < files {
                fs_err::remove_file(file(files - KEPT - 1)).expect("the oldest file is there");
            }
        }
    }
    let spent = (cpu() - before, time(ClockId::Monotonic) - begin);
    assert_eq!(total, lines * LINE);
    writer.wait().expect("the writer ends");
    spent
}

fn capture(place: &Path, lines: usize, lines_per_write: usize) -> (Duration, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let paths = Paths { logs: place.join("logs"), run: place.join("run") };
        let logs = Logs::start(paths, now).expect("the thread starts");
        let policy = Policy {
            max_size: FILE as u64,
            keep: KEPT as u32,
            max_age: None,
            on_full: OnFull::Drop,
            owner: None,
            is_single: false,
        };
        let log = logs.open("bench", 1, policy).await.expect("a log opens");
        let mut writer = start_writer(&log.out(), &log.err(), lines, lines_per_write);
        let (before, begin) = (cpu(), time(ClockId::Monotonic));
        log.ended().await;
        let spent = (cpu() - before, time(ClockId::Monotonic) - begin);
        writer.wait().expect("the writer ends");
        let length = lines * (LINE + 40);
        if length < FILE * (KEPT + 1) {
            assert_eq!(written(&place.join("logs/bench")), length as u64, "something was lost");
        }
        logs.stop().await.expect("the thread stops");
        spent
    })
}

/// The bytes in the files of a log.
fn written(log: &Path) -> u64 {
    let files = fs_err::read_dir(log).expect("the log is there").map(|file| file.expect("it can be listed"));
    let logs = files.filter(|file| file.file_name() != "runs");
    logs.map(|file| file.metadata().expect("it has a length").len()).sum()
}

fn start_writer(out: &Path, err: &Path, lines: usize, lines_per_write: usize) -> Child {
    let program = std::env::current_exe().expect("this program has a path");
    let order = format!("{}\n{}\n{lines}\n{lines_per_write}", out.display(), err.display());
    Command::new(program).env(WRITER, order).spawn().expect("a writer starts")
}

fn write_lines(order: &str) {
    let order: Vec<&str> = order.lines().collect();
    let mut options = fs_err::OpenOptions::new();
    // As a service holds them: also for reading, so that no end of the daemon is an error.
    let options = options.read(true).write(true);
    let mut out = options.open(order[0]).expect("stdout opens");
    let _err = options.open(order[1]).expect("stderr opens");
    let mut left: usize = order[2].parse().expect("a number of lines");
    let at_once: usize = order[3].parse().expect("a number of lines");
    let mut line = [b'x'; LINE];
    line[LINE - 1] = b'\n';
    let text = line.repeat(at_once);
    while 0 < left {
        let count = at_once.min(left);
        out.write_all(&text[..count * LINE]).expect("stdout can be written");
        left -= count;
    }
}

fn cpu() -> Duration {
    time(ClockId::ProcessCPUTime)
}

fn time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

fn now() -> Timestamp {
    let time = clock_gettime(ClockId::Realtime);
    Timestamp::new(time.tv_sec, time.tv_nsec as i32).expect("the year is not after 9999")
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
