//! Readers against a naive one, which reads everything, filters and cuts.

use proptest::prelude::*;
use regex::bytes::Regex;
use tokio::sync::watch;

use super::*;
use crate::runs::logs::level::{self, Guess, Level};
use crate::runs::logs::read::{Line, Query, read};
use crate::runs::logs::source::Position;
use crate::runs::logs::{Follow, Followed, From, Next, Pinned, Place, archive, runs};

/// A record of a log that never was written by a service.
#[derive(Debug, Clone)]
struct Written {
    /// Since the one before.
    step: i64,
    stream: Stream,
    ends: bool,
    text: Vec<u8>,
    /// What is done after it.
    after: After,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum After {
    Nothing,
    Rotated,
    Compressed,
    NextRun,
}

const TEXTS: [&[u8]; 12] = [
    b"",
    b"plain",
    b"ERROR no",
    b"\tat a.b.C",
    b"  in the middle",
    b"{\"level\":40}",
    b"level=debug x",
    b"\xff\xfe \x80",
    b"[info] fine",
    b"Caused by: x",
    b"WARN late",
    "ERROR \u{202e}evil".as_bytes(),
];

fn record() -> impl Strategy<Value = Written> {
    let after = prop_oneof![
        12 => Just(After::Nothing),
        1 => Just(After::Rotated),
        1 => Just(After::Compressed),
        1 => Just(After::NextRun),
    ];
    let stream = prop_oneof![3 => Just(Stream::Out), 1 => Just(Stream::Err)];
    let text = prop_oneof![
        20 => prop::sample::select(&TEXTS[..]).prop_map(<[u8]>::to_vec),
        1 => (0usize..16_384).prop_map(|length| vec![b'z'; length]),
    ];
    (0i64..3, stream, prop::bool::weighted(0.8), text, after)
        .prop_map(|(step, stream, ends, text, after)| Written { step, stream, ends, text, after })
}

fn query() -> impl Strategy<Value = (Query, Option<u64>)> {
    let moment = || prop::option::weighted(0.4, (0i64..90).prop_map(stamp));
    let grep = prop::option::weighted(0.3, prop::sample::select(&["a", "^$", "ERROR|x", "(?-u)\\xff"][..]));
    let level = prop::sample::select(&[Level::Debug, Level::Info, Level::Warn, Level::Error][..]);
    let stream = prop::option::weighted(0.3, prop::sample::select(&Stream::BOTH[..]));
    let run = prop::option::weighted(0.2, 1u64..5);
    let lines = prop_oneof![1usize..8, Just(1000)];
    (lines, moment(), moment(), run, stream, grep, any::<bool>(), prop::option::weighted(0.5, level))
        .prop_map(|(lines, since, until, run, stream, grep, invert, level)| {
            let grep = grep.map(|pattern| Regex::new(pattern).unwrap());
            let query = Query {
                lines,
                since,
                until,
                stream,
                invert: invert && grep.is_some(),
                grep,
                level,
                ..Query::default()
            };
            (query, run)
        })
}

fn stamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A log on disk, and what is in it.
struct Log {
    directory: TempDir,
    records: Vec<(Timestamp, u64, Written)>,
}

impl Log {
    fn write(records: Vec<Written>) -> Log {
        let directory = tempfile::tempdir().unwrap();
        let (log, mut all, mut text) = (directory.path(), Vec::new(), Vec::new());
        let (mut second, mut run) = (1, 1);
        runs::begin(log, run, stamp(0)).unwrap();
        for record in records {
            second += record.step;
            let flag = if record.ends { 'F' } else { 'P' };
            let name = if record.stream == Stream::Out { "stdout" } else { "stderr" };
            text.extend_from_slice(format!("{:.9} {name} {flag} ", stamp(second)).as_bytes());
            text.extend_from_slice(&record.text);
            text.push(b'\n');
            all.push((stamp(second), run, record.clone()));
            let name = format!("{:.9}.log", stamp(second));
            match record.after {
                After::Nothing => continue,
                After::NextRun => {
                    run += 1;
                    runs::begin(log, run, stamp(second + 1)).unwrap();
                }
                After::Rotated => fs_err::write(log.join(name), std::mem::take(&mut text)).unwrap(),
                After::Compressed => {
                    let mut file = fs_err::File::create(log.join(name + ".zst")).unwrap();
                    archive::write(&mut &std::mem::take(&mut text)[..], &mut file, || Ok(())).unwrap();
                }
            }
            second += 1;
        }
        fs_err::write(log.join("current"), text).unwrap();
        Log { directory, records: all }
    }

    /// What is asked for, by reading everything.
    fn naive(&self, query: &Query) -> Vec<Line> {
        let of_stream = |stream: Stream| query.stream.is_none_or(|wanted| wanted == stream);
        let run_since = |run: u64| self.records.iter().filter(|it| it.1 < run).map(|it| it.0).max();
        let is_early = |at: Timestamp, run: u64| {
            query.since.is_some_and(|since| at < since)
                || query.run.is_some_and(|wanted| run < wanted && run_since(wanted).is_some())
        };
        let is_late = |at: Timestamp, run: u64| {
            query.until.is_some_and(|until| until < at) || query.run.is_some_and(|wanted| wanted < run)
        };
        let wanted =
            |record: &&(Timestamp, u64, Written)| of_stream(record.2.stream) && !is_late(record.0, record.1);
        let (early, inside): (Vec<_>, Vec<_>) =
            self.records.iter().filter(wanted).partition(|it| is_early(it.0, it.1));
        let (early, inside) = (join(&early), join(&inside));
        let mut levels = [Level::Info; 2];
        let mut found = Vec::new();
        for (line, is_inside) in
            early.iter().map(|line| (line, false)).chain(inside.iter().map(|line| (line, true)))
        {
            let level = &mut levels[line.stream.index()];
            *level = match level::guess(&line.text) {
                Guess::Continues => *level,
                guess => guess.or_info(),
            };
            let is_wanted = query.level.is_none_or(|least| least <= *level)
                && query.grep.as_ref().is_none_or(|grep| grep.is_match(&line.text) != query.invert);
            if is_inside && is_wanted {
                found.push(line.clone());
            }
        }
        let surplus = found.len().saturating_sub(query.lines);
        found.split_off(surplus)
    }

    fn pinned(&self) -> Pinned {
        let position = Position::at_rest(&self.directory.path().join("current"));
        let (_sender, settled) = watch::channel(position);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(Pinned::new(self.directory.path().to_owned(), settled)).unwrap()
    }
}

/// Lines of records, in the order of their last parts.
fn join(records: &[&(Timestamp, u64, Written)]) -> Vec<Line> {
    let mut open: [Option<(usize, Line)>; 2] = [None, None];
    let mut lines = Vec::new();
    for (place, (at, run, record)) in records.iter().copied().enumerate() {
        let open = &mut open[record.stream.index()];
        let (_, mut line) = open.take().unwrap_or_else(|| {
            (0, Line { stamp: *at, stream: record.stream, run: Some(*run), text: Vec::new(), ends: false })
        });
        (line.stamp, line.run, line.ends) = (*at, Some(*run), record.ends);
        line.text.extend_from_slice(&record.text);
        if line.ends {
            lines.push((place, line));
        } else {
            *open = Some((place, line));
        }
    }
    lines.extend(open.into_iter().flatten());
    lines.sort_by_key(|(place, _)| *place);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// By what they are and not by whether the reader knew their run.
fn shown(lines: &[Line]) -> Vec<(Timestamp, Stream, Vec<u8>, bool)> {
    let mut shown: Vec<_> =
        lines.iter().map(|line| (line.stamp, line.stream, line.text.clone(), line.ends)).collect();
    // A line without an end may stand before or behind those that came after its last part.
    shown.sort_by_key(|(stamp, stream, ..)| (*stamp, stream.index()));
    shown
}

fn all(mut follow: Follow) -> Vec<(Line, Place)> {
    let mut lines = Vec::new();
    loop {
        match follow.read().unwrap() {
            Next::Is(Followed::Line(line, place)) => lines.push((line, place)),
            Next::End => return lines,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_trace_is_as_serious_as_its_head_in_the_file_before() {
    let record =
        |text: &[u8], after| Written { step: 1, stream: Stream::Out, ends: true, text: text.to_vec(), after };
    let log = Log::write(vec![record(b"ERROR no", After::Rotated), record(b"\tat a.b.C", After::Nothing)]);
    let since = Some(log.records[1].0);
    let query = Query { lines: 9, since, level: Some(Level::Warn), ..Query::default() };
    let page = read(log.directory.path(), &query).unwrap();
    assert_eq!((page.lines.len(), &page.lines), (1, &log.naive(&query)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_page_is_what_reading_everything_finds(
        records in prop::collection::vec(record(), 0..80),
        (query, run) in query(),
    ) {
        let log = Log::write(records);
        let query = Query { run: run.filter(|run| log.records.last().is_some_and(|last| *run <= last.1)), ..query };
        let page = read(log.directory.path(), &query).unwrap();
        prop_assert_eq!(page.lines, log.naive(&query));
    }

    #[test]
    fn a_follower_sees_what_reading_everything_finds_and_goes_on_anywhere(
        records in prop::collection::vec(record(), 0..80),
        (query, _) in query(),
        most in prop_oneof![Just(50u64), Just(1 << 20)],
        stops in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let log = Log::write(records);
        let query = Query { lines: usize::MAX, until: None, ..query };
        let (pinned, from) = (log.pinned(), query.since.map_or(From::Since(Timestamp::MIN), From::Since));
        let follow = || pinned.follow(from).unwrap().until_now().in_pieces(most);
        let mut sieve = pinned.sieve(&query, from).unwrap();
        let lines = all(follow());
        let wanted: Vec<Line> = lines.iter().map(|(line, _)| line).filter(|line| sieve.wants(line)).cloned().collect();
        prop_assert_eq!(shown(&wanted), shown(&log.naive(&query)));

        for stop in stops.into_iter().filter(|_| !lines.is_empty()) {
            let stop = stop.index(lines.len());
            let rest = all(pinned.follow(From::After(lines[stop].1)).unwrap().until_now());
            let texts = |lines: &[(Line, Place)]| lines.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>();
            // What has no end yet comes at once, and so goes out at once.
            if lines[stop].0.ends {
                prop_assert_eq!(texts(&rest), texts(&lines[stop + 1..]), "after {}", lines[stop].1);
            }
        }
    }
}
