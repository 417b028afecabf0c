//! Tests of the compressed files.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    write(&mut &text[..], &mut packed, || Ok(())).unwrap();
    packed
}

/// Opens `bytes` as an archive and reads all of it.
fn read(bytes: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("some.log.zst");
    fs_err::write(&path, bytes).unwrap();
    let archive = Archive::open(&path)?;
    let frames: Vec<_> = (0..archive.frames()).map(|index| archive.frame(index)).collect::<Result<_, _>>()?;
    let mut start = 0;
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(archive.start(index), start);
        start += frame.len() as u64;
    }
    assert_eq!(archive.length(), start);
    Ok(frames)
}

fn log_of(lines: usize) -> Vec<u8> {
    let line = |number| format!("2026-11-21T01:23:45.{number:09}Z stdout F line {number} of many\n");
    (0..lines).map(line).collect::<String>().into_bytes()
}

#[test]
fn frames_are_whole_lines_and_any_decoder_reads_them() {
    let text = log_of(20_000);
    let packed = packed(&text);
    let frames = read(&packed).unwrap();
    assert_eq!(frames.len(), text.len().div_ceil(FRAME));
    assert!(frames.iter().all(|frame| frame.ends_with(b"\n") && frame.len() <= FRAME));
    assert!(frames.concat() == text);
    assert!(zstd::stream::decode_all(&packed[..]).unwrap() == text);
    assert!(packed.len() * 5 < text.len());
}

#[test]
fn an_empty_log_is_an_empty_archive() {
    let packed = packed(b"");
    assert_eq!(packed.len() as u64, HEADER + FOOTER);
    assert_eq!(read(&packed).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_line_longer_than_a_frame_is_cut() {
    let text = vec![b'x'; FRAME * 2 + 5];
    let lengths: Vec<_> = read(&packed(&text)).unwrap().iter().map(Vec::len).collect();
    assert_eq!(lengths, [FRAME, FRAME, 5]);
}

#[test]
fn who_is_asked_before_each_frame_may_end_the_work() {
    let mut frames = 0;
    let outcome = write(&mut &log_of(50_000)[..], &mut Vec::new(), || {
        frames += 1;
        if frames < 3 { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
    });
    assert_eq!((outcome.unwrap_err().kind(), frames), (io::ErrorKind::Interrupted, 3));
}

fn check_refused(bytes: &[u8], said: &str) {
    let error = read(bytes).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    let text = error.to_string();
    assert!(text.contains("some.log.zst") && text.contains(said), "{text}");
}

#[test]
fn what_is_no_whole_archive_is_refused_by_name() {
    let packed = packed(&log_of(10_000));
    check_refused(b"short", "too short");
    check_refused(&log_of(100), "does not end like");
    check_refused(&packed[..packed.len() - 1], "does not end like");
    check_refused(&packed[1..], "bytes, and there are");
    let mut damaged = packed.clone();
    damaged[100] ^= 0x55;
    check_refused(&damaged, "frame 0");
}

#[test]
fn a_table_that_promises_too_much_is_refused_before_memory_is_taken() {
    let table = |count: u32, entries: &[[u32; 2]]| {
        let mut bytes = SKIPPABLE.to_le_bytes().to_vec();
        bytes.extend((entries.len() as u32 * 8 + FOOTER as u32).to_le_bytes());
        bytes.extend(entries.iter().flatten().flat_map(|word| word.to_le_bytes()));
        bytes.extend(count.to_le_bytes());
        bytes.push(0);
        bytes.extend(SEEKABLE.to_le_bytes());
        bytes
    };
    check_refused(&table(u32::MAX, &[]), "cannot be in it");
    check_refused(&table(1, &[[10, u32::MAX]]), "none of ours");
    check_refused(&table(1, &[[u32::MAX, 10]]), "none of ours");
    check_refused(&table(1, &[[10, 10]]), "speaks of 10 bytes");
    check_refused(&table(1, &[[0, 10]]), "frame 0");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_went_in_comes_out(
        lines in proptest::collection::vec((any::<u8>(), 0usize..60_000), 0..30),
        ends in any::<bool>(),
    ) {
        let mut text: Vec<u8> =
            lines.iter().flat_map(|&(byte, length)| [vec![byte; length], vec![b'\n']].concat()).collect();
        if !ends {
            text.pop();
        }
        prop_assert!(read(&packed(&text)).unwrap().concat() == text);
    }

    #[test]
    fn damage_is_an_error_or_is_seen_in_no_byte(at in any::<prop::sample::Index>(), byte in 1u8..) {
        let text = log_of(5000);
        let mut damaged = packed(&text);
        let at = at.index(damaged.len());
        damaged[at] ^= byte;
        if let Ok(frames) = read(&damaged) {
            prop_assert!(frames.concat() == text);
        }
    }

    #[test]
    fn a_cut_archive_is_refused(length in any::<prop::sample::Index>()) {
        let packed = packed(&log_of(5000));
        prop_assert!(read(&packed[..length.index(packed.len())]).is_err());
    }

    #[test]
    fn garbage_is_refused(mut garbage in proptest::collection::vec(any::<u8>(), 0..200), ends in any::<bool>()) {
        if ends {
            garbage.push(0);
            garbage.extend(SEEKABLE.to_le_bytes());
        }
        prop_assert!(read(&garbage).is_err());
    }
}
