//! Reading back what was captured.

use regex::bytes::Regex;

use super::*;
use crate::runs::logs::read::{Page, Query, read};

/// Two runs with numbered lines on stdout and every hundredth on stderr, in small files.
fn two_runs(max_size: u64) -> Fixture {
    let (fixture, mut common) = (Fixture::new(), common());
    for run in 1..=2 {
        let mut capture = fixture.begin(run, max_size, &mut common);
        let writers = fixture.writers(run);
        for number in 0..1000 {
            let stream = if number % 100 == 99 { Stream::Err } else { Stream::Out };
            write_some(&writers[stream.index()], format!("{run}-{number}\n").as_bytes());
            capture.pull(stream, &mut common).unwrap();
        }
        capture.close(&mut common);
    }
    fixture
}

fn texts(page: &Page) -> Vec<String> {
    page.lines.iter().map(|line| String::from_utf8(line.text.clone()).unwrap()).collect()
}

fn check(fixture: &Fixture, query: Query, expected: &[&str], more: bool) {
    let page = read(&fixture.place.log, &query).unwrap();
    assert_eq!(texts(&page), expected, "{query:?}");
    assert_eq!(page.more, more, "{query:?}");
}

#[test]
fn the_newest_lines_come_whatever_the_files() {
    for max_size in [1, 150, 20_000, u64::MAX] {
        let fixture = two_runs(max_size);
        let newest = |lines| Query { lines, ..Query::default() };
        check(&fixture, newest(0), &[], false);
        check(&fixture, newest(3), &["2-997", "2-998", "2-999"], true);
        let all = read(&fixture.place.log, &newest(5000)).unwrap();
        assert_eq!((all.lines.len(), all.more), (2000, false));
        assert!(all.lines.is_sorted_by_key(|line| line.stamp));
        assert_eq!((all.lines[999].run, all.lines[1000].run), (Some(1), Some(2)));
    }
}

#[test]
fn lines_are_chosen_by_run_stream_text_and_time() {
    let fixture = two_runs(5000);
    let of = |lines| Query { lines, ..Query::default() };
    check(&fixture, Query { run: Some(1), ..of(2) }, &["1-998", "1-999"], true);
    check(&fixture, Query { run: Some(3), ..of(2) }, &[], false);
    check(&fixture, Query { stream: Some(Stream::Err), ..of(2) }, &["2-899", "2-999"], true);
    let grep = Some(Regex::new("^1-[67]77$").unwrap());
    check(&fixture, Query { grep: grep.clone(), ..of(9) }, &["1-677", "1-777"], false);
    check(&fixture, Query { grep, ..of(1) }, &["1-777"], true);

    let page = read(&fixture.place.log, &of(2000)).unwrap();
    let (since, until) = (page.lines[500].stamp, page.lines[502].stamp);
    let between = Query { since: Some(since), until: Some(until), ..of(2000) };
    check(&fixture, between, &["1-500", "1-501", "1-502"], false);
    check(&fixture, Query { until: Some(until), ..of(1) }, &["1-502"], true);
}

#[test]
fn parts_are_joined_to_the_line_they_were() {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut capture = fixture.begin(1, 20_000, &mut common);
    let [out, err] = fixture.writers(1);
    let long = "0123456789abcdef".repeat(3000);
    for (fifo, stream, text) in [
        (&out, Stream::Out, "name? "),
        (&err, Stream::Err, "a warning\n"),
        (&out, Stream::Out, "Eve\n"),
        (&out, Stream::Out, &format!("{long}\n")),
        (&out, Stream::Out, "password? "),
    ] {
        write_some(fifo, text.as_bytes());
        capture.pull(stream, &mut common).unwrap();
        capture.flush(stream, &mut common);
    }
    let query = Query { lines: 9, ..Query::default() };
    check(&fixture, query.clone(), &["a warning", "name? Eve", &long, "password? "], false);
    let page = read(&fixture.place.log, &query).unwrap();
    assert_eq!(page.lines.iter().map(|line| line.ends).collect::<Vec<_>>(), [true, true, true, false]);
    check(&fixture, Query { lines: 2, ..query }, &[&long, "password? "], true);
}

#[test]
fn a_log_that_never_was_is_empty() {
    let fixture = Fixture::new();
    check(&fixture, Query { lines: 5, ..Query::default() }, &[], false);
}
