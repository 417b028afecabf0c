//! What reading costs is what is returned, and not how large the log is.

use super::*;
use crate::runs::logs::read::{Query, read};
use crate::runs::logs::source::Position;
use crate::runs::logs::{From, Next, Pinned, archive};

/// Lines of 100 bytes, one in a millisecond, in one file.
fn log(lines: i64, is_packed: bool) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut text = Vec::new();
    for number in 0..lines {
        text.extend_from_slice(format!("{:.9} stdout F line {number:053}\n", at(number)).as_bytes());
    }
    let path = directory.path().join(format!("{:.9}.log", at(lines - 1)));
    if is_packed {
        let mut file = fs_err::File::create(path.with_added_extension("zst")).unwrap();
        archive::write(&mut &text[..], &mut file, || Ok(())).unwrap();
        fs_err::write(directory.path().join("current"), "").unwrap();
    } else {
        fs_err::write(directory.path().join("current"), &text).unwrap();
    }
    directory
}

fn at(number: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + number).unwrap()
}

/// Bytes that this thread has read from files so far (proc_pid_io(5)).
fn read_so_far() -> u64 {
    let counts = fs_err::read_to_string("/proc/thread-self/io").unwrap();
    counts.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

/// How many bytes are read for ten lines in the middle, by all ways to them.
fn costs(directory: &Path, lines: i64) -> [u64; 3] {
    let (since, until) = (at(lines / 3), at(lines / 3 + 9));
    let cost = |read: &dyn Fn() -> usize| {
        let before = read_so_far();
        assert_eq!(read(), 10);
        read_so_far() - before
    };
    let query = Query { lines: 100_000, since: Some(since), until: Some(until), ..Query::default() };
    let window = cost(&|| read(directory, &query).unwrap().lines.len());
    let last = Query { lines: 10, since: None, ..query };
    let last = cost(&|| read(directory, &last).unwrap().lines.len());
    let position = Position::at_rest(&directory.join("current"));
    let (_sender, settled) = tokio::sync::watch::channel(position);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let forward = cost(&|| {
        let pinned = runtime.block_on(Pinned::new(directory.to_owned(), settled.clone())).unwrap();
        let mut follow = pinned.follow(From::Since(since)).unwrap().until_now().in_pieces(4096);
        (0..10).filter(|_| matches!(follow.read().unwrap(), Next::Is(_))).count()
    });
    [window, last, forward]
}

#[test]
fn ten_lines_cost_the_same_in_a_log_ten_times_as_large() {
    for is_packed in [false, true] {
        let [small, large] = [20_000, 200_000].map(|lines| costs(log(lines, is_packed).path(), lines));
        for (way, (small, large)) in small.into_iter().zip(large).enumerate() {
            // Halving looks at three or four more places.
            assert!(large < small + (96 << 10), "way {way} of packed {is_packed}: {small}, then {large}");
            assert!(large < 256 << 10, "way {way} of packed {is_packed}: {large} of 20,000,000");
        }
    }
}
