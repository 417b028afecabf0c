//! The thread at work: logs opened, followed, stopped and taken up again.

use std::time::Duration;

use regex::bytes::Regex;

use super::*;
use crate::runs::logs::source::Source;
use crate::runs::logs::{Follow, Followed, From, Holders, Logs, Query, RunLog};

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

async fn follow_from(logs: &Logs, from: From) -> Follow {
    logs.pin("web").await.unwrap().follow(from).unwrap()
}

async fn next_of(follow: &mut Follow) -> Followed {
    soon(follow.next()).await.unwrap().expect("it goes on")
}

async fn next_line(follow: &mut Follow) -> (String, bool) {
    match next_of(follow).await {
        Followed::Line(line, _) => (String::from_utf8(line.text).unwrap(), line.ends),
        skipped => panic!("{skipped:?}"),
    }
}

#[tokio::test]
async fn a_log_ends_when_its_writers_are_gone() {
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
async fn a_fifo_passes_to_the_next_run_unless_it_has_changed_hands() {
    let inode = |log: &RunLog| std::os::unix::fs::MetadataExt::ino(&fs_err::metadata(log.out()).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("web", 1, policy(u64::MAX)).await.unwrap();
    let (first, [out, err]) = (inode(&log), writers(&log));
    say(&out, "first\n");
    drop((out, err));
    soon(log.ended()).await;
    let log = logs.open("web", 2, policy(u64::MAX)).await.unwrap();
    assert_eq!(inode(&log), first, "nobody had it");
    let [stray, err] = writers(&log);
    say(&stray, "second\n");
    drop(err);
    soon(log.close()).await.unwrap();
    let log = logs.open("web", 3, policy(u64::MAX)).await.unwrap();
    assert_ne!(inode(&log), first, "a stray could write to it");
    let open = fs_err::metadata(log.err()).unwrap().permissions();
    fs_err::set_permissions(log.err(), std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    say(&writers(&log)[0], "third\n");
    soon(log.close()).await.unwrap();
    let log = logs.open("web", 4, policy(u64::MAX)).await.unwrap();
    assert_eq!(fs_err::metadata(log.err()).unwrap().permissions(), open, "others could");
    say(&writers(&log)[0], "fourth\n");
    soon(log.close()).await.unwrap();
    let written = written(&paths(directory.path()).of("web").unwrap().log);
    assert_eq!(written.streams[0], b"first\nsecond\nthird\nfourth\n");
    drop(stray);
}

#[tokio::test]
async fn a_prompt_shows_and_its_line_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("web", 1, policy(u64::MAX)).await.unwrap();
    let mut follow = follow_from(&logs, From::Now).await;
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
    let mut recovered = logs.recover(|_| true, Holders::default()).await.unwrap();
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
    assert!(logs.recover(|_| true, Holders::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_follower_gets_history_and_what_comes_across_files_and_runs() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let mut early = follow_from(&logs, From::Now).await;
    let mut number = 0;
    let mut numbers = |count: u32| {
        let text: String = (number..number + count).map(|number| format!("{number}\n")).collect();
        number += count;
        text
    };
    let log = logs.open("web", 1, policy(3000)).await.unwrap();
    say(&writers(&log)[0], &numbers(1000));
    soon(log.close()).await.unwrap();

    let seam = logs.read("web", &Query { lines: 300, ..Query::default() }).unwrap().lines[0].stamp;
    let mut follow = follow_from(&logs, From::Since(seam)).await;
    let log = logs.open("web", 2, policy(3000)).await.unwrap();
    let [out, _err] = writers(&log);
    let text = numbers(20_000);
    let saying = std::thread::spawn(move || say(&out, &text));
    // A batch has one stamp; what is of that very moment comes, too.
    let first: u32 = next_line(&mut follow).await.0.parse().unwrap();
    assert!(first <= 700);
    for expected in first + 1..21_000 {
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
    let mut follow = follow_from(&logs, From::Now).await;
    say(&out, "0\n");
    assert_eq!(next_line(&mut follow).await.0, "0");
    let text: String = (1..20_000).map(|number| format!("{number}\n")).collect();
    say(&out, &text);
    drop((out, err));
    soon(log.ended()).await;
    let (mut next, mut skips) = (1, 0);
    while next < 20_000 {
        match next_of(&mut follow).await {
            Followed::Lost => panic!("nobody has stopped"),
            Followed::Skipped(count) => {
                next += count;
                skips += 1;
            }
            Followed::Line(line, _) => {
                assert_eq!(line.text, next.to_string().into_bytes());
                next += 1;
            }
        }
    }
    assert_eq!(skips, 1);
}

#[tokio::test]
async fn a_follower_goes_on_while_what_it_has_not_read_is_compressed() {
    let directory = tempfile::tempdir().unwrap();
    let place = paths(directory.path()).of("web").unwrap().log;
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let log = logs.open("web", 1, policy(3000)).await.unwrap();
    let [out, _err] = writers(&log);
    let mut follow = follow_from(&logs, From::Now).await;
    let mut slow = follow_from(&logs, From::Now).await;
    let (mut written, mut read) = (0, 0);
    let mut known = Vec::new();
    for _ in 0..20 {
        let text: String = (written..written + 200).map(|number| format!("{number}\n")).collect();
        say(&out, &text);
        written += 200;
        // Not to the end: it stays in a file that is compressed now, or is about to be.
        while read < written - 70 {
            match next_of(&mut follow).await {
                Followed::Line(line, at) => {
                    assert_eq!(line.text, read.to_string().into_bytes());
                    known.push(at);
                }
                other => panic!("{other:?}"),
            }
            read += 1;
        }
        compress(&place);
    }
    for expected in 0..written {
        assert_eq!(next_line(&mut slow).await.0, expected.to_string());
    }
    assert!(files::rotated(&place).unwrap().iter().filter(|file| file.is_packed).count() > 20);
    // Somebody else can go on from any of its places.
    for at in [0, 1, 1000, known.len() - 1] {
        let mut again = follow_from(&logs, From::After(known[at])).await;
        assert_eq!(next_line(&mut again).await.0, (at + 1).to_string());
    }
}

#[tokio::test]
async fn who_comes_back_too_late_is_told_that_lines_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs::start(paths(directory.path()), clock).unwrap();
    let few = Policy { keep: 2, ..policy(3000) };
    let log = logs.open("web", 1, few).await.unwrap();
    let [out, err] = writers(&log);
    let mut follow = follow_from(&logs, From::Now).await;
    say(&out, "first\n");
    let Followed::Line(_, place) = next_of(&mut follow).await else { panic!("it is a line") };
    for number in 0..1000 {
        say(&out, &format!("{number}\n"));
    }
    drop((out, err));
    soon(log.ended()).await;
    let mut late = follow_from(&logs, From::After(place)).await;
    assert_eq!(next_of(&mut late).await, Followed::Lost);
    let oldest: u32 = next_line(&mut late).await.0.parse().unwrap();
    for number in oldest + 1..1000 {
        assert_eq!(next_line(&mut late).await.0, number.to_string());
    }
}

/// Compresses what has been rotated, as is done beside a running capture.
fn compress(log: &Path) {
    for file in files::rotated(log).unwrap().into_iter().filter(|file| !file.is_packed) {
        let packed = file.path.with_added_extension("zst");
        let draft = file.path.with_added_extension("new");
        let mut archive = fs_err::File::create(&draft).unwrap();
        let text = fs_err::read(&file.path).unwrap();
        super::super::archive::write(&mut &text[..], &mut archive, || Ok(())).unwrap();
        fs_err::rename(draft, packed).unwrap();
        fs_err::remove_file(&file.path).unwrap();
    }
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
