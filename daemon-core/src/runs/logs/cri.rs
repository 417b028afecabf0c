//! One line of a log file: written, and read back.
//!
//! The format is the CRI log format of Kubernetes,
//! `2026-11-21T01:23:45.123456789Z stdout F the text`, because `tail`, `grep`
//! and every log shipper read it. `F` ends a line; `P` marks a part of a line
//! whose rest follows in a later record of the same stream.
//!
//! A batch of output shares one stamp, so its prefix is made once and copied
//! per line: that, a search for newlines and one copy of the text is all the
//! work a line costs. Bytes are never judged or changed here.

use std::io::Write as _;

use jiff::Timestamp;

/// A line longer than this is written in parts of this many bytes.
pub(super) const PART_MAX: usize = 16 * 1024;

/// Bytes in front of the text of every record that we write.
pub(super) const PREFIX_LEN: usize = 40;

/// Which of its two outputs a service wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    /// Both of them, in the order in which they are kept.
    pub const BOTH: [Stream; 2] = [Stream::Out, Stream::Err];

    /// The place of this stream in a pair.
    pub const fn index(self) -> usize {
        self as usize
    }

    const fn label(self) -> &'static str {
        match self {
            Stream::Out => "stdout",
            Stream::Err => "stderr",
        }
    }
}

/// What every record of one batch begins with.
#[derive(Debug)]
pub(super) struct Prefix {
    full: [u8; PREFIX_LEN],
    part: [u8; PREFIX_LEN],
}

impl Prefix {
    /// The prefix of records of `stream` at `stamp`.
    pub(super) fn new(stamp: Timestamp, stream: Stream) -> Prefix {
        let mut full = [b' '; PREFIX_LEN];
        write!(&mut full[..], "{stamp:.9} {} F ", stream.label())
            .expect("a stamp between the years 1677 and 2262 has one length");
        let mut part = full;
        part[PREFIX_LEN - 2] = b'P';
        Prefix { full, part }
    }
}

/// What [`format_lines`] made of some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Formatted {
    /// So many bytes are now in records; the others belong to a line without an end yet.
    pub consumed: usize,
    /// So many records were made.
    pub records: u64,
    /// The last record of this stream was a `P`.
    pub mid_line: bool,
}

/// Appends to `out` a record for each complete line of `bytes` and for each
/// part of a line too long to wait for its end; stops soon after `out` has
/// grown to `limit`.
pub(super) fn format_lines(
    bytes: &[u8],
    mid_line: bool,
    prefix: &Prefix,
    limit: usize,
    out: &mut Vec<u8>,
) -> Formatted {
    let mut made = Formatted { consumed: 0, records: 0, mid_line };
    for newline in memchr::memchr_iter(b'\n', bytes) {
        while PART_MAX < newline - made.consumed {
            push_part(bytes, prefix, out, &mut made);
        }
        out.extend_from_slice(&prefix.full);
        out.extend_from_slice(&bytes[made.consumed..=newline]);
        made = Formatted { consumed: newline + 1, records: made.records + 1, mid_line: false };
        if limit <= out.len() {
            return made;
        }
    }
    while PART_MAX < bytes.len() - made.consumed && out.len() < limit {
        push_part(bytes, prefix, out, &mut made);
    }
    made
}

/// Appends one record that holds all of `bytes`, whether or not their line goes on.
pub(super) fn format_rest(bytes: &[u8], ends_line: bool, prefix: &Prefix, out: &mut Vec<u8>) {
    out.extend_from_slice(if ends_line { &prefix.full } else { &prefix.part });
    out.extend_from_slice(bytes);
    out.push(b'\n');
}

fn push_part(bytes: &[u8], prefix: &Prefix, out: &mut Vec<u8>, made: &mut Formatted) {
    let end = made.consumed + PART_MAX;
    format_rest(&bytes[made.consumed..end], false, prefix, out);
    *made = Formatted { consumed: end, records: made.records + 1, mid_line: true };
}

/// One record of a log file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// When it was read from the service.
    pub stamp: Timestamp,
    /// Where the service wrote it.
    pub stream: Stream,
    /// Whether its line ends here (`F`).
    pub ends_line: bool,
    /// What the service wrote.
    pub text: &'a [u8],
}

/// Reads one record, given without its newline; `None` if it is none.
pub(super) fn parse(record: &[u8]) -> Option<Record<'_>> {
    let (stamp, rest) = split_word(record)?;
    let (stream, rest) = split_word(rest)?;
    let (tags, text) = split_word(rest)?;
    let stamp = std::str::from_utf8(stamp).ok()?.parse().ok()?;
    let stream = Stream::BOTH.into_iter().find(|known| known.label().as_bytes() == stream)?;
    // CRI allows further tags after a colon.
    let ends_line = match tags.split(|&byte| byte == b':').next()? {
        b"F" => true,
        b"P" => false,
        _ => return None,
    };
    Some(Record { stamp, stream, ends_line, text })
}

fn split_word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr::memchr(b' ', bytes)?;
    Some((&bytes[..space], &bytes[space + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix() -> Prefix {
        Prefix::new(Timestamp::from_second(1_795_224_225).unwrap(), Stream::Out)
    }

    fn texts(out: &[u8]) -> Vec<(bool, Vec<u8>)> {
        let records = out.strip_suffix(b"\n").unwrap_or(out).split(|&byte| byte == b'\n');
        records.filter_map(parse).map(|record| (record.ends_line, record.text.to_vec())).collect()
    }

    fn check(bytes: &[u8], consumed: usize, expected: &[(bool, usize)]) {
        let mut out = Vec::new();
        let made = format_lines(bytes, false, &prefix(), usize::MAX, &mut out);
        assert_eq!(made.consumed, consumed);
        let lengths: Vec<_> = texts(&out).iter().map(|(ends, text)| (*ends, text.len())).collect();
        assert_eq!(lengths, expected);
        assert_eq!(made.records, expected.len() as u64);
    }

    #[test]
    fn a_record_reads_as_kubernetes_writes_it() {
        let mut out = Vec::new();
        format_lines(b"the text\n", false, &prefix(), usize::MAX, &mut out);
        assert_eq!(out, b"2026-11-21T01:23:45.000000000Z stdout F the text\n");
    }

    #[test]
    fn lines_are_cut_only_when_longer_than_a_part() {
        check(b"", 0, &[]);
        check(b"waits", 0, &[]);
        check(b"a\n\nbc\nwaits", 6, &[(true, 1), (true, 0), (true, 2)]);
        let mut long = vec![b'x'; PART_MAX];
        check(&long, 0, &[]);
        long.push(b'\n');
        check(&long, PART_MAX + 1, &[(true, PART_MAX)]);
        long.insert(0, b'x');
        check(&long, PART_MAX + 2, &[(false, PART_MAX), (true, 1)]);
        check(&[b'x'; PART_MAX * 2 + 5], PART_MAX * 2, &[(false, PART_MAX), (false, PART_MAX)]);
    }

    #[test]
    fn a_limit_ends_the_batch_after_the_record_that_reaches_it() {
        let mut out = Vec::new();
        let made = format_lines(b"a\nb\nc\n", false, &prefix(), 43, &mut out);
        assert_eq!((made.consumed, made.records), (4, 2));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for line in
            ["", "hello", "2026-11-21T00:43:45Z stdout", "2026-11-21T00:43:45Z stdin F x", "x stdout F y"]
        {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
        assert!(parse(b"2026-11-21T00:43:45Z stderr P:tag x").is_some_and(|record| !record.ends_line));
    }

    proptest! {
        #[test]
        fn joined_records_are_the_bytes_that_went_in(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..400),
            limit in 1usize..5000,
        ) {
            let (mut out, mut start) = (Vec::new(), 0);
            loop {
                let mut batch = Vec::new();
                let made = format_lines(&bytes[start..], false, &prefix(), limit, &mut batch);
                if made.consumed == 0 { break }
                start += made.consumed;
                out.extend(batch);
            }
            let joined: Vec<u8> = texts(&out)
                .into_iter()
                .flat_map(|(ends, text)| text.into_iter().chain(ends.then_some(b'\n')))
                .collect();
            prop_assert_eq!(&joined, &bytes[..start]);
            prop_assert!(!bytes[start..].contains(&b'\n'));
        }
    }
}
