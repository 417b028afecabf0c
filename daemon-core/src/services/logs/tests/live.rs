//! The thread at work: logs opened, followed, stopped and taken up again.

use std::time::Duration;

use regex::bytes::Regex;

use super::*;
use crate::services::logs::source::Source;
use crate::services::logs::{Follow, Followed, Holders, Logs, Query, RunLog};

/// A hang is a failure, too.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("it comes within a minute")
}

fn writers(log: &RunLog) -> [File; 2] {
    [writer(&log.out()), writer(&log.err())]
}

/// Writes all of `text`, waiting for the capture when the FIFO is full.
fn say(fifo: &File, text: &str) {
    let mut left = text.as_bytes();
    while !left.is_empty() {
        let count = write_some(fifo, left);
        left = &left[count..];
        if count == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

async fn next_line(follow: &mut Follow) -> (String, bool) {
    match soon(follow.next()).await.unwrap() {
        Followed::Line(line) => (String::from_utf8(line.text).unwrap(), line.ends),
        skipped => panic!("{skipped:?}"),
    }
}

#[tokio::test]
async fn a_log_ends_when_its_writers_are_gone_and_leaves_no_fifo() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("shop/web", 1, policy(u64::MAX)).await.unwrap();
    let [out, err] = writers(&log);
    let ready = log.matched(Regex::new("^ready on [0-9]+").unwrap());
    say(&out, "starting\nready on 80\n");
    assert_eq!(soon(ready).await.as_deref(), Some("ready on 80"));
    let never = log.matched(Regex::new("never said").unwrap());
    say(&err, "oops: out of luck");
    drop((out, err));
    soon(log.ended()).await;
    assert_eq!(log.last_error_line().as_deref(), Some("oops: out of luck"));
    assert_eq!(soon(never).await, None);
    assert!(!log.out().exists() && !log.err().exists());
    let page = logs.read("shop/web", &Query { lines: 9, ..Query::default() }).unwrap();
    assert_eq!(page.lines.len(), 3);
    soon(log.close()).await.unwrap();
}

#[tokio::test]
async fn a_closed_log_ends_though_a_stray_holds_its_fifos() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("web", 1, policy(u64::MAX)).await.unwrap();
    let [out, _err] = writers(&log);
    say(&out, "said before\n");
    soon(log.close()).await.unwrap();
    say(&out, "said after\n");
    let log = logs.open("web", 2, policy(u64::MAX)).await.unwrap();
    say(&writers(&log)[0], "said by the next\n");
    soon(log.close()).await.unwrap();
    let written = written(&paths(directory.path()).of("web").unwrap().log);
    assert_eq!(written.streams[0], b"said before\nsaid by the next\n");
}

#[tokio::test]
async fn a_prompt_shows_and_its_line_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("web", 1, policy(u64::MAX)).await.unwrap();
    let mut follow = logs.follow("web", 0).await.unwrap();
    let [out, _err] = writers(&log);
    say(&out, "name? ");
    assert_eq!(next_line(&mut follow).await, ("name? ".to_owned(), false));
    say(&out, "Eve\n");
    assert_eq!(next_line(&mut follow).await, ("Eve".to_owned(), true));
}

#[tokio::test]
async fn a_run_is_taken_up_by_the_next_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("shop/web", 7, policy(u64::MAX)).await.unwrap();
    let gone = logs.open("gone", 3, policy(u64::MAX)).await.unwrap();
    let [out, err] = writers(&log);
    say(&writers(&gone)[0], "lost its process\n");
    say(&out, "one\n");
    drop((log, gone));
    soon(logs.stop()).await.unwrap();
    say(&out, "two\nthr");

    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let mut recovered = logs.recover(Holders::default()).await.unwrap();
    recovered.sort_by_key(|run| run.run);
    let run = recovered.pop().unwrap();
    // Whether the capture had seen the end of this one before it was stopped is a matter of luck.
    for run in recovered {
        assert_eq!(run.service, "gone");
        soon(run.log.ended()).await;
    }
    assert_eq!((run.service.as_str(), run.run), ("shop/web", 7));
    say(&out, "ee\n");
    say(&err, "oops\n");
    drop((out, err));
    soon(run.log.ended()).await;
    let written = written(&paths(directory.path()).of("shop/web").unwrap().log);
    assert_eq!(written.streams, [b"one\ntwo\nthree\n".to_vec(), b"oops\n".to_vec()]);
    assert!(logs.recover(Holders::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_follower_gets_history_and_what_comes_across_files_and_runs() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let mut early = logs.follow("web", 0).await.unwrap();
    let mut number = 0;
    let mut numbers = |count: u32| {
        let text: String = (number..number + count).map(|number| format!("{number}\n")).collect();
        number += count;
        text
    };
    let log = logs.open("web", 1, policy(3000)).await.unwrap();
    say(&writers(&log)[0], &numbers(1000));
    soon(log.close()).await.unwrap();

    let mut follow = logs.follow("web", 300).await.unwrap();
    let log = logs.open("web", 2, policy(3000)).await.unwrap();
    let [out, _err] = writers(&log);
    let text = numbers(20_000);
    let saying = std::thread::spawn(move || say(&out, &text));
    for expected in 700..21_000 {
        assert_eq!(next_line(&mut follow).await.0, expected.to_string());
    }
    for expected in 0..21_000 {
        assert_eq!(next_line(&mut early).await.0, expected.to_string());
    }
    saying.join().unwrap();
}

#[tokio::test]
async fn a_follower_that_fell_behind_is_told_how_many_lines_it_missed() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let few = Policy { keep: 2, ..policy(3000) };
    let log = logs.open("web", 1, few).await.unwrap();
    let [out, err] = writers(&log);
    let mut follow = logs.follow("web", 10).await.unwrap();
    say(&out, "0\n");
    assert_eq!(next_line(&mut follow).await.0, "0");
    let text: String = (1..20_000).map(|number| format!("{number}\n")).collect();
    say(&out, &text);
    drop((out, err));
    soon(log.ended()).await;
    let (mut next, mut skips) = (1, 0);
    while next < 20_000 {
        match soon(follow.next()).await.unwrap() {
            Followed::Skipped(count) => {
                next += count;
                skips += 1;
            }
            Followed::Line(line) => {
                assert_eq!(line.text, next.to_string().into_bytes());
                next += 1;
            }
        }
    }
    assert_eq!(skips, 1);
}

#[test]
fn a_service_that_fell_silent_has_nothing_due() {
    let (fixture, mut common) = (Fixture::new(), common());
    let mut source = Source::new(fixture.begin(1, u64::MAX, &mut common));
    assert_eq!(source.due(), None);
    let [out, _err] = fixture.writers(1);
    write_some(&out, b"a line\nname? ");
    source.take(Stream::Out, false, Duration::ZERO, &mut common);
    let prompt = source.due().unwrap();
    source.act(prompt, &mut common);
    assert_eq!(fixture.written().streams[0], b"a line\nname? ");
    let rest = source.due().unwrap();
    source.act(rest, &mut common);
    assert_eq!(source.due(), None);
}
