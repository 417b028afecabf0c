//! A disk that is full, and has room again.

use std::time::Duration;

use super::small::Small;
use super::*;
use crate::runs::logs::backlog;
use crate::runs::logs::capture::Pulled;
use crate::runs::logs::crash::fused::kill_after;
use crate::runs::logs::report::Event;
use crate::runs::logs::upkeep::{Keeping, Work};

/// A service on a disk of its own.
struct Full {
    fixture: Fixture,
    small: Small,
    common: Common,
    events: broadcast::Receiver<super::super::Report>,
}

impl Full {
    fn new() -> Option<Full> {
        let (fixture, common) = (Fixture::new(), common());
        let small = Small::mount(fixture.place.log.clone())?;
        let events = common.reports.subscribe();
        Some(Full { fixture, small, common, events })
    }

    fn begin(&mut self, run: u64, policy: &Policy) -> (Capture, [File; 2]) {
        let capture = Capture::begin(self.fixture.place.clone(), run, policy, &mut self.common).unwrap();
        (capture, self.fixture.writers(run))
    }

    fn at(&mut self, second: u64) -> &mut Common {
        self.common.now = Duration::from_secs(second);
        &mut self.common
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.events.try_recv().ok()).map(|report| report.event).collect()
    }

    /// What is in the log, but for our notices.
    fn lines(&self) -> String {
        String::from_utf8(self.fixture.written().streams[0].clone()).unwrap()
    }

    fn notices(&self) -> String {
        String::from_utf8(self.fixture.written().streams[1].clone()).unwrap()
    }
}

fn numbered(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| format!("{number:06}\n")).collect()
}

fn blocking(max_size: u64) -> Policy {
    Policy { on_full: OnFull::Block, ..policy(max_size) }
}

/// Fails writes as a disk does, where there is no small one to be had.
fn fail_writes(capture: &mut Capture, place: &Place) {
    // A file that is open for reading only.
    let file = fs_err::File::open(place.current()).unwrap();
    capture.log = files::LogFile::unwritable(file.into_file());
}

fn mend_writes(capture: &mut Capture, place: &Place) {
    capture.log = files::LogFile::open(&place.log).unwrap();
}

#[test]
fn lines_wait_in_memory_and_are_all_there_when_there_is_room() {
    for max_size in [4096, u64::MAX] {
        let Some(mut full) = Full::new() else { return };
        let (mut capture, writers) = full.begin(1, &policy(max_size));
        full.small.fill();
        for round in 0..50 {
            write_some(&writers[0], numbered(round * 1000..(round + 1) * 1000).as_bytes());
            capture.pull(Stream::Out, full.at(0)).unwrap();
        }
        assert!(full.common.waiting > 100_000);
        assert!(!capture.retry(full.at(2)));
        full.small.clear();
        full.small.grow();
        assert!(capture.retry(full.at(4)));
        assert_eq!(full.common.waiting, 0);
        write_some(&writers[0], numbered(50_000..50_001).as_bytes());
        capture.pull(Stream::Out, full.at(4)).unwrap();
        assert!(full.lines() == numbered(0..50_001));
        assert_eq!(full.notices(), "");
        let events = full.events();
        assert!(
            matches!(events[..], [Event::Waiting { .. }, Event::Resumed { dropped: 0, .. }]),
            "{events:?}"
        );
        assert_eq!(full.fixture.written().files > 1, max_size == 4096);
    }
}

#[test]
fn a_log_that_cannot_be_written_drops_lines_when_memory_is_used_up_says_so_and_counts_them() {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut events = common.reports.subscribe();
    let mut capture = fixture.begin(1, u64::MAX, &mut common);
    let writers = fixture.writers(1);
    let say = |capture: &mut Capture, common: &mut Common, text: &str| {
        assert_eq!(write_some(&writers[0], text.as_bytes()), text.len());
        capture.pull(Stream::Out, common).unwrap();
    };
    say(&mut capture, &mut common, "before\n");
    fail_writes(&mut capture, &fixture.place);
    let piece = numbered(0..9000);
    for _ in 0..50 {
        say(&mut capture, &mut common, &piece);
    }
    assert!(common.waiting <= backlog::ROOM && backlog::ROOM / 2 < common.waiting, "{}", common.waiting);
    let missing = capture.slot.missing.records;
    assert_eq!(capture.slot.waiting.records + missing, 450_000);
    mend_writes(&mut capture, &fixture.place);
    common.now = Duration::from_secs(2);
    say(&mut capture, &mut common, "after\n");
    assert_eq!(common.waiting, 0);
    let written = fixture.written();
    assert!(written.streams[0].starts_with(b"before\n") && written.streams[0].ends_with(b"after\n"));
    let kept = written.streams[0].split(|&byte| byte == b'\n').filter(|line| line.len() == 6).count() as u64;
    assert_eq!(kept + missing, 450_000 + 1, "with `before`");
    let notice = String::from_utf8(written.streams[1].clone()).unwrap();
    let size = missing as f64 * 47.0 / 1e6;
    let start =
        format!("hob: {missing} lines ({size:.1} MB) are missing here, dropped since 2026-11-21T01:23:45Z: ");
    assert!(notice.starts_with(&start) && notice.contains("Bad file descriptor"), "{start} {notice}");
    let mut told = Vec::new();
    while let Ok(report) = events.try_recv() {
        told.push(report.event);
    }
    let dropped = missing;
    assert!(
        matches!(&told[..], [Event::Dropping { .. }, Event::Resumed { dropped: known, .. }] if *known == dropped),
        "{told:?}"
    );
}

#[test]
fn what_waited_in_a_killed_daemon_is_counted_as_missing() {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut capture = fixture.begin(1, u64::MAX, &mut common);
    let writers = fixture.writers(1);
    fail_writes(&mut capture, &fixture.place);
    write_some(&writers[0], numbered(0..10).as_bytes());
    capture.pull(Stream::Out, &mut common).unwrap();
    drop(capture);
    let mut capture = Capture::recover(fixture.place.clone(), None, &mut common).unwrap().unwrap();
    write_some(&writers[0], numbered(10..20).as_bytes());
    capture.close(&mut common);
    let written = fixture.written();
    assert_eq!(written.streams[0], numbered(10..20).into_bytes());
    assert!(written.streams[1].starts_with(b"hob: 10 lines (470 B) are missing here"));
    assert!(capture.is_settled());
}

#[test]
fn a_kill_while_it_catches_up_loses_and_doubles_nothing_unannounced() {
    for kill in 0..40 {
        let (fixture, mut common) = (Fixture::new(), common());
        let mut capture = fixture.begin(1, 200, &mut common);
        let writers = fixture.writers(1);
        fail_writes(&mut capture, &fixture.place);
        for round in 0..5 {
            // A chunk for each.
            write_some(&writers[0], numbered(round * 1400..(round + 1) * 1400).as_bytes());
            capture.pull(Stream::Out, &mut common).unwrap();
        }
        mend_writes(&mut capture, &fixture.place);
        let survivor = kill_after(kill, || {
            capture.retry(&mut common);
            capture
        });
        let mut capture = match survivor {
            Some(capture) => capture,
            None => Capture::recover(fixture.place.clone(), None, &mut common).unwrap().unwrap(),
        };
        write_some(&writers[0], b"after\n");
        capture.close(&mut common);
        let written = fixture.written();
        let text = String::from_utf8(written.streams[0].clone()).unwrap();
        let kept = text.lines().count() as u32 - 1;
        assert!(text == numbered(0..kept) + "after\n", "{kill}");
        let notice = String::from_utf8(written.streams[1].clone()).unwrap();
        match 7000 - kept {
            0 => assert_eq!(notice, ""),
            missing => assert!(notice.starts_with(&format!("hob: {missing} lines")), "{kill}: {notice}"),
        }
    }
}

#[test]
fn a_service_that_is_to_wait_waits_and_loses_nothing_even_by_a_kill() {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut events = common.reports.subscribe();
    let mut capture = Capture::begin(fixture.place.clone(), 1, &blocking(u64::MAX), &mut common).unwrap();
    let writers = fixture.writers(1);
    fail_writes(&mut capture, &fixture.place);
    let (mut sent, text) = (0, numbered(0..100_000).into_bytes());
    for second in 0..20 {
        sent += write_some(&writers[0], &text[sent..]);
        common.now = Duration::from_secs(second);
        capture.pull(Stream::Out, &mut common).unwrap();
        assert_eq!(capture.pull(Stream::Out, &mut common).unwrap(), Pulled::Nothing);
        capture.flush(Stream::Out, &mut common);
        capture.retry(&mut common);
    }
    assert!(capture.is_blocked() && sent < 400_000, "{sent}");
    assert_eq!(common.waiting, 0);
    assert!(matches!(events.try_recv().unwrap().event, Event::Blocked { .. }));
    // Killed and gone on with.
    drop(capture);
    let mut capture = Capture::recover(fixture.place.clone(), None, &mut common).unwrap().unwrap();
    while sent < text.len() {
        sent += write_some(&writers[0], &text[sent..]);
        capture.pull(Stream::Out, &mut common).unwrap();
    }
    capture.close(&mut common);
    assert!(fixture.written().streams == [text, Vec::new()]);
}

#[test]
fn a_run_that_ends_on_a_full_disk_hands_over_what_waits() {
    for policy in [policy(u64::MAX), blocking(u64::MAX)] {
        let (fixture, mut common) = (Fixture::new(), common());
        let mut capture = Capture::begin(fixture.place.clone(), 1, &policy, &mut common).unwrap();
        let writers = fixture.writers(1);
        fail_writes(&mut capture, &fixture.place);
        write_some(&writers[0], b"first\nsecond\nlast words");
        capture.pull(Stream::Out, &mut common).unwrap();
        write_some(&writers[0], b" of it");
        capture.close(&mut common);
        assert!(!capture.is_settled());
        let rest = capture.into_rest();
        let mut capture = Capture::begin_after(rest, fixture.place.clone(), 2, &policy, &mut common).unwrap();
        write_some(&fixture.writers(2)[0], b"the next\n");
        common.now = Duration::from_secs(5);
        capture.retry(&mut common);
        capture.pull(Stream::Out, &mut common).unwrap();
        capture.close(&mut common);
        assert!(capture.is_settled());
        let written = fixture.written();
        assert_eq!(written.streams[0], b"first\nsecond\nlast words of it\nthe next\n");
    }
}

#[test]
fn a_full_disk_is_freed_of_the_oldest_files_of_all_services_first() {
    let directory = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(directory.path().join("logs")) else { return };
    let paths = paths(directory.path());
    let (mut common, mut work) = (common(), Work::new(paths.logs.clone(), common()));
    let places = ["quiet", "busy"].map(|service| paths.of(service).unwrap());
    let mut begin =
        |at: usize, max_size| Capture::begin(places[at].clone(), 1, &policy(max_size), &mut common).unwrap();
    let (mut quiet, mut busy) = (begin(0, 20_000), begin(1, u64::MAX));
    let say = |capture: &mut Capture, common: &mut Common, text: &str| {
        write_some(&writer(&capture.place.fifo(1, Stream::Out)), text.as_bytes());
        capture.pull(Stream::Out, common).unwrap();
    };
    say(&mut quiet, &mut common, &numbered(0..2000));
    say(&mut busy, &mut common, &numbered(0..500));
    small.fill();
    say(&mut busy, &mut common, &numbered(500..1500));
    assert!(0 < common.waiting);
    let device = busy.log.device;
    for place in &places {
        work.look(&place.log, Some(Keeping { keep: 100, max_age: Duration::ZERO }));
    }
    assert!(!work.free(device + 1), "that would not help");
    assert!(work.free(device));
    assert!(files::rotated(&places[0].log).unwrap().is_empty());
    assert!(busy.retry(&mut common));
    assert!(written(&places[1].log).streams[0] == numbered(0..1500).into_bytes());
    assert!(!work.free(device), "nothing is left that may go");
}
