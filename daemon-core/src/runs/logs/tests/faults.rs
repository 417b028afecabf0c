//! What services and disks do to a capture.

use super::small::Small;
use super::*;
use crate::runs::logs::Holder;
use crate::runs::logs::capture::Pulled;
use crate::runs::logs::report::Event;

/// Writes `bytes` in pieces of at most `piece`, reading after each.
fn capture_all(bytes: &[u8], piece: usize, max_size: u64) -> Written {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut capture = fixture.begin(1, max_size, &mut common);
    let writers = fixture.writers(1);
    let mut left = bytes;
    while !left.is_empty() {
        let count = write_some(&writers[0], &left[..left.len().min(piece)]);
        left = &left[count..];
        while capture.pull(Stream::Out, &mut common).unwrap() != Pulled::Nothing {}
    }
    capture.close(&mut common);
    fixture.written()
}

fn check(bytes: &[u8], piece: usize) -> usize {
    let written = capture_all(bytes, piece, u64::MAX);
    assert!(written.streams[0] == ended(bytes), "{} bytes in pieces of {piece}", bytes.len());
    assert!(written.streams[1].is_empty());
    written.records
}

#[test]
fn a_line_without_end_is_written_in_parts_and_bounded_memory() {
    let records = check(&b"0123456789abcdef".repeat(1 << 20), usize::MAX);
    assert_eq!(records, 1024);
}

#[test]
fn binary_output_is_kept_as_it_is() {
    let bytes: Vec<u8> = (0..200_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check(&bytes, 4096);
    check(&[0xFF; 5000], 7);
    check(&[0; 5000], 1000);
}

#[test]
fn output_may_come_a_byte_at_a_time() {
    check(b"one\ntwo\n\nthree", 1);
}

#[test]
fn nothing_but_newlines_is_many_empty_lines() {
    assert_eq!(check(&[b'\n'; 100_000], usize::MAX), 100_000);
}

#[test]
fn a_full_file_ends_with_the_record_that_fills_it() {
    let line = b"0123456789\n";
    let (size, lines) = (51 * 10, 95);
    let written = capture_all(&line.repeat(lines), usize::MAX, size);
    assert_eq!((written.files, written.records), (10, lines));
    // An end on the boundary leaves no empty file behind.
    assert_eq!(capture_all(&line.repeat(20), usize::MAX, size).files, 2);
}

#[test]
fn only_so_many_rotated_files_are_kept() {
    let (fixture, mut common) = (Fixture::new(), common());
    let policy = Policy { keep: 3, ..policy(500) };
    let mut capture = Capture::begin(fixture.place.clone(), 1, &policy, &mut common).unwrap();
    let writers = fixture.writers(1);
    write_some(&writers[0], &b"a line\n".repeat(1000));
    capture.pull(Stream::Out, &mut common).unwrap();
    capture.close(&mut common);
    assert_eq!(fixture.written().files, 4);
}

#[test]
fn a_log_of_which_only_the_process_is_left_is_kept_whole_until_somebody_says_how() {
    let pid = i32::try_from(std::process::id()).unwrap();
    let ticks = crate::home::start_ticks(pid).unwrap();
    let lines = b"a line\n".repeat(100);
    for (ticks, lives) in [(ticks, true), (ticks + 1, false)] {
        let (fixture, mut common) = (Fixture::new(), common());
        drop(fixture.begin(1, 500, &mut common));
        let [out, _err] = fixture.writers(1);
        // As if there had been no room for it.
        fs_err::remove_file(fixture.place.staging()).unwrap();

        let holder = Some(Holder { run: 1, pid, ticks });
        let capture = Capture::recover(fixture.place.clone(), holder, &mut common).unwrap();
        assert_eq!(capture.is_some(), lives, "the number of a process may have become another's");
        let Some(mut capture) = capture else { continue };
        assert!(capture.is_kept_unasked());
        write_some(&out, &lines);
        capture.pull(Stream::Out, &mut common).unwrap();
        assert_eq!(fixture.written().files, 1, "nothing is rotated by a rule that nobody gave");
        capture.keep_as(&policy(500));
        assert!(!capture.is_kept_unasked());
        write_some(&out, &lines);
        capture.pull(Stream::Out, &mut common).unwrap();
        capture.close(&mut common);
        let written = fixture.written();
        assert!(1 < written.files, "now it is");
        assert_eq!(written.streams[0], lines.repeat(2));
    }
}

#[test]
fn one_stream_may_end_long_before_the_other() {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut capture = fixture.begin(1, u64::MAX, &mut common);
    let [out, err] = fixture.writers(1);
    write_some(&out, b"bye");
    capture.pull(Stream::Out, &mut common).unwrap();
    drop(out);
    assert_eq!(capture.probe(Stream::Out, &mut common).unwrap(), Pulled::End);
    capture.hang_up(Stream::Out);
    write_some(&err, b"still here\n");
    assert_eq!(capture.probe(Stream::Err, &mut common).unwrap(), Pulled::Bytes(11));
    capture.close(&mut common);
    assert_eq!(fixture.written().streams, [b"bye\n".to_vec(), b"still here\n".to_vec()]);
}

#[test]
fn a_later_run_is_stamped_later_though_the_clock_was_set_back() {
    let (fixture, mut common) = (Fixture::new(), common());
    for run in 1..4 {
        let mut capture = fixture.begin(run, 200, &mut common);
        write_some(&fixture.writers(run)[0], format!("run {run}\n").repeat(9).as_bytes());
        capture.pull(Stream::Out, &mut common).unwrap();
        capture.close(&mut common);
        fs_err::remove_file(fixture.place.staging()).unwrap();
        turn_clock(-3600);
    }
    // `written` checks the stamps.
    assert_eq!(fixture.written().records, 27);
}

#[test]
fn a_damaged_staging_file_is_told_of_and_left_behind() {
    let (fixture, mut common) = (Fixture::new(), common());
    drop(fixture.begin(1, u64::MAX, &mut common));
    let mut reports = common.reports.subscribe();
    let length = fs_err::metadata(fixture.place.staging()).unwrap().len();
    for damage in [b"rubbish".repeat(9), vec![0xFF; length as usize]] {
        fs_err::write(fixture.place.staging(), damage).unwrap();
        assert!(Capture::recover(fixture.place.clone(), None, &mut common).unwrap().is_none());
        let report = reports.try_recv().unwrap();
        assert!(matches!(report.event, Event::Damaged { .. }) && report.service == "shop/web");
    }
    let mut capture = fixture.begin(2, u64::MAX, &mut common);
    write_some(&fixture.writers(2)[0], b"on\n");
    capture.pull(Stream::Out, &mut common).unwrap();
    assert_eq!(fixture.written().streams[0], b"on\n");
}

#[test]
fn without_room_for_staging_the_capture_goes_on_in_memory() {
    let (fixture, mut common) = (Fixture::new(), common());
    let Some(small) = Small::mount(fixture.place.run.clone()) else { return };
    let mut reports = common.reports.subscribe();
    let mut capture = fixture.begin(1, u64::MAX, &mut common);
    let writers = fixture.writers(1);
    write_some(&writers[0], b"a line\nbegun");
    capture.pull(Stream::Out, &mut common).unwrap();
    assert!(reports.try_recv().is_err());
    small.fill();
    write_some(&writers[0], &b" and continued\n".repeat(1000));
    capture.pull(Stream::Out, &mut common).unwrap();
    assert!(matches!(reports.try_recv().unwrap().event, Event::Unprotected { .. }));
    // Killed now, its successor must believe the log and not the old state.
    drop(capture);
    let mut capture = Capture::recover(fixture.place.clone(), None, &mut common).unwrap().unwrap();
    write_some(&writers[0], b"last\n");
    capture.pull(Stream::Out, &mut common).unwrap();
    capture.close(&mut common);
    let expected = [b"a line\nbegun".to_vec(), b" and continued\n".repeat(1000), b"last\n".to_vec()];
    assert!(fixture.written().streams[0] == expected.concat());
}
