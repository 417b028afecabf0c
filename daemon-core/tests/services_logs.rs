//! Reading and following what services wrote and what happened to them.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::pin::Pin;

use common::LONG;
use common::house::{House, logs, sh, until};
use daemon_core::kernel::Code;
use daemon_core::runs::logs::Level;
use daemon_core::services::{Follow, FollowItem, LogLine, Logs, Source};
use futures_util::stream::Stream;
use futures_util::{FutureExt as _, StreamExt as _};

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

fn follow(names: &[&str], lines: usize, stream: Option<Source>) -> Follow {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Follow { names, lines: Some(lines), stream, ..Follow::default() }
}

type Lines = Pin<Box<dyn Stream<Item = LogLine> + Send>>;

/// The lines of a feed as they come; nothing may be skipped.
async fn open(house: &House, follow: Follow) -> Lines {
    // By a connection of its own: on the house's, lines that wait here would hold up replies.
    let items = house.daemon.client().open(follow).await.unwrap();
    Box::pin(items.flat_map(|item| {
        let item = item.unwrap();
        assert_eq!(item.skipped, 0);
        futures_util::stream::iter(item.lines)
    }))
}

/// Takes lines until one is the last that is wanted.
async fn take_until(lines: &mut Lines, is_last: impl Fn(&LogLine) -> bool) -> Vec<LogLine> {
    let mut taken = Vec::new();
    let taking = async {
        while let Some(line) = lines.next().await {
            let last = is_last(&line);
            taken.push(line);
            if last {
                return;
            }
        }
        panic!("the feed has ended");
    };
    let ended = tokio::time::timeout(LONG, taking).await;
    assert!(ended.is_ok(), "it never came; last: {:?}", taken.last());
    taken
}

/// Two runs of ten lines on each stream, which end as a failure.
async fn two_runs() -> House {
    let script = "for n in 1 2 3 4 5 6 7 8 9 10; do echo out $n; echo err $n >&2; done; exit 1";
    let house =
        House::with(sh("web", script, "max_restarts = 1") + &sh("db", "echo other; sleep 99", "")).await;
    drop(house.start("web").await);
    house.until_is("web", daemon_core::services::Word::Failed).await;
    house
}

#[tokio::test]
async fn a_page_is_what_was_asked_for_and_no_more() {
    let house = two_runs().await;
    let page = |change: &dyn Fn(&mut Logs)| {
        let mut request = logs("web");
        change(&mut request);
        async { house.call(request).await.unwrap() }
    };
    let all = page(&|_| ()).await;
    assert!(all.lines.is_sorted_by_key(|line| line.time) && !all.more);
    let written = all.lines.iter().filter(|line| line.stream != Source::Event).count();
    assert_eq!(written, 40, "{:?}", texts(&all.lines));
    let happened: Vec<_> = all.lines.iter().filter(|line| line.stream == Source::Event).collect();
    let exits = happened.iter().filter(|line| line.text.starts_with("exited with 1")).count();
    assert_eq!(exits, 2, "{happened:?}");

    let last = page(&|request| request.lines = 7).await;
    assert_eq!((&last.lines[..], last.more), (&all.lines[all.lines.len() - 7..], true));
    let none = page(&|request| request.lines = 0).await;
    assert_eq!(none.lines, []);
    let out = page(&|request| request.stream = Some(Source::Stdout)).await;
    assert_eq!(out.lines.len(), 20);
    assert!(out.lines.iter().all(|line| line.text.starts_with("out ") && line.stream == Source::Stdout));
    let events = page(&|request| (request.stream, request.lines) = (Some(Source::Event), 3)).await;
    assert_eq!(
        texts(&events.lines),
        texts(&happened.iter().rev().take(3).rev().map(|it| (*it).clone()).collect::<Vec<_>>())
    );
    let second = page(&|request| request.run = Some(2)).await;
    assert_eq!(second.lines.iter().filter(|line| line.stream != Source::Event).count(), 20);
    assert!(second.lines.iter().all(|line| line.run == Some(2)), "{:?}", second.lines);
    let grepped = page(&|request| request.grep = Some("^(out 1|exited)".to_owned())).await;
    assert_eq!(grepped.lines.len(), 6, "{:?}", texts(&grepped.lines));
    let middle = all.lines[all.lines.len() / 2].time;
    let since = page(&|request| request.since = Some(middle.to_string())).await;
    let before = page(&|request| request.until = Some(middle.to_string())).await;
    assert!(since.lines.iter().all(|line| middle <= line.time) && !since.lines.is_empty());
    assert!(before.lines.iter().all(|line| line.time <= middle) && !before.lines.is_empty());
    assert!(since.lines.len() + before.lines.len() >= all.lines.len());
    assert_eq!(page(&|request| request.since = Some("1h".to_owned())).await.lines, all.lines);
    assert_eq!(page(&|request| request.until = Some("1h".to_owned())).await.lines, []);
    assert_eq!(page(&|request| request.names = vec!["web".to_owned(); 3]).await.lines, all.lines);

    house.start("db").await.unwrap();
    until("the other one has written", async || !house.lines("db").await.is_empty()).await;
    let both = page(&|request| request.names.clear()).await;
    assert!(both.lines.is_sorted_by_key(|line| line.time));
    assert!(both.lines.len() > all.lines.len() && both.lines.iter().any(|line| line.service == "db"));
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_the_reason() {
    let house = House::with(sh("web", "true", "")).await;
    for (field, value, said) in [
        ("since", serde_json::json!("yesterdayish"), "yesterdayish"),
        ("until", serde_json::json!("\u{1b}[2J"), "u{1b}"),
        ("grep", serde_json::json!("("), "regular expression"),
        ("lines", serde_json::json!(-1), "-1"),
        ("stream", serde_json::json!("stdin"), "stdin"),
    ] {
        let mut request = serde_json::json!({"names": ["web"]});
        request[field] = value;
        let fault =
            house.client.call_raw("service.logs", &serde_json::to_vec(&request).unwrap()).await.unwrap_err();
        assert_eq!(fault.code, Code::Invalid);
        assert!(fault.message.contains(said) && !fault.message.contains('\u{1b}'), "no {said:?} in {fault}");
    }
    let fault = house.call(logs("wbe")).await.unwrap_err();
    assert_eq!(fault.code, Code::NotFound);
    house.end().await;
}

#[tokio::test]
async fn a_follower_gets_history_and_goes_on_without_a_gap_or_a_duplicate() {
    let script = "n=0; while [ $n -lt 3000 ]; do n=$((n+1)); echo line $n; done; sleep 99";
    let house = House::with(sh("web", script, "")).await;
    let (mut early, mut late) = (open(&house, follow(&["web"], 100_000, None)).await, None);
    house.start("web").await.unwrap();
    let mut seen = 0;
    let check = |line: &LogLine, seen: &mut u32| {
        if line.stream != Source::Event {
            *seen += 1;
            assert_eq!(line.text, format!("line {seen}"));
        }
        *seen == 3000
    };
    for line in take_until(&mut early, |line| line.text == "line 1000").await {
        check(&line, &mut seen);
    }
    // A second one comes in the middle, while lines are written.
    let lines = late.insert(open(&house, follow(&["web"], 100_000, Some(Source::Stdout))).await);
    for line in take_until(&mut early, |line| line.text == "line 3000").await {
        check(&line, &mut seen);
    }
    let mut again = 0;
    for line in take_until(lines, |line| line.text == "line 3000").await {
        check(&line, &mut again);
    }
    assert_eq!((seen, again), (3000, 3000));
    let mut few = open(&house, follow(&["web"], 3, Some(Source::Stdout))).await;
    let last = take_until(&mut few, |line| line.text == "line 3000").await;
    assert_eq!(texts(&last), ["line 2998", "line 2999", "line 3000"]);
    house.end().await;
}

#[tokio::test]
async fn a_follower_of_several_sees_a_restart_and_both_runs() {
    let web = sh("web", "echo web $HOB_RUN; sleep 99", "") + &sh("db", "echo db; sleep 99", "");
    let house = House::with(web).await;
    let mut all = open(&house, follow(&[], 100, None)).await;
    let mut events = open(&house, follow(&["web"], 100, Some(Source::Event))).await;
    let mut errors = open(&house, follow(&["web"], 100, Some(Source::Stderr))).await;
    house.start("web").await.unwrap();
    let first = take_until(&mut all, |line| line.text.starts_with("web ")).await;
    assert!(first.iter().all(|line| line.service == "web"));
    let pid = house.status("web").await.pid.unwrap();
    assert!(std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    let restart = take_until(&mut all, |line| line.text.starts_with("web ")).await;
    let place = |part: &str| restart.iter().position(|line| line.text.contains(part));
    assert!(place("killed by SIGKILL").is_some(), "{:?}", texts(&restart));
    assert!(restart.last().unwrap().text.contains(".web.2."), "{:?}", texts(&restart));
    house.start("db").await.unwrap();
    let other = take_until(&mut all, |line| line.text == "db").await;
    assert_eq!(other.last().unwrap().service, "db");
    let told = take_until(&mut events, |line| line.run == Some(2) && line.text.starts_with("started")).await;
    assert!(told.iter().all(|line| line.stream == Source::Event), "{:?}", texts(&told));
    assert!(errors.next().now_or_never().is_none(), "nothing was written there");
    house.end().await;
}

#[tokio::test]
async fn who_follows_all_or_a_pattern_follows_what_is_added_later_too() {
    let auto = "autostart = true";
    let old = sh("old", "echo old; sleep 99", auto);
    let house = House::with(&old).await;
    house.until("old", |status| status.ready).await;
    let mut all = open(&house, follow(&[], 100, None)).await;
    let mut shop = open(&house, follow(&["o*"], 100, Some(Source::Stdout))).await;
    let mut one = open(&house, follow(&["old"], 0, None)).await;
    take_until(&mut all, |line| line.text == "old").await;
    let new = |name: &str| sh(name, &format!("echo {name} 1; echo {name} 2; sleep 99"), auto);
    house.configure(format!("{old}{}{}", new("new"), new("other"))).await.unwrap();
    let is_start = |text: &String| text.starts_with("started");
    let (mut texts_of_new, mut news) = (Vec::new(), 0);
    // An event that happens while one follows may come a little later than the lines after it.
    while news < 2 || !texts_of_new.iter().any(is_start) {
        let line = all.next().await.unwrap();
        news += usize::from(line.text.ends_with(" 2"));
        if line.service == "new" {
            texts_of_new.push(line.text);
        }
    }
    let started = texts_of_new.iter().filter(|text| is_start(text)).count();
    let mut written = texts_of_new.clone();
    written.retain(|text| text.starts_with("new "));
    assert_eq!(
        (started, &written[..]),
        (1, &["new 1".to_owned(), "new 2".to_owned()][..]),
        "{texts_of_new:?}"
    );
    let fitting = take_until(&mut shop, |line| line.text == "other 2").await;
    assert!(fitting.iter().all(|line| line.service != "new"), "{:?}", texts(&fitting));
    while let Some(line) = one.next().now_or_never() {
        assert_eq!(line.unwrap().service, "old", "it was named, and no other");
    }
    house.end().await;
}

#[tokio::test]
async fn lines_are_chosen_by_level_run_text_and_pattern() {
    let house = two_runs().await;
    let page = |change: &dyn Fn(&mut Logs)| {
        let mut request = logs("web");
        (request.stream, request.grep) = (Some(Source::Stdout), Some("OUT 1".to_owned()));
        change(&mut request);
        async { house.call(request).await.unwrap().lines }
    };
    assert_eq!(page(&|_| ()).await, []);
    assert_eq!(page(&|request| request.ignore_case = true).await.len(), 4);
    assert_eq!(page(&|request| (request.ignore_case, request.invert) = (true, true)).await.len(), 16);
    assert_eq!(page(&|request| (request.ignore_case, request.level) = (true, Some(Level::Warn))).await, []);
    let of_run = |run| page(&move |request| (request.ignore_case, request.run) = (true, Some(run)));
    assert_eq!(of_run(0).await, of_run(2).await);
    assert_eq!(of_run(-1).await, of_run(1).await);
    assert_eq!((of_run(-1).await.len(), of_run(-2).await.len()), (2, 0));
    let named = |name: &str| page(&|request| (request.names, request.grep) = (vec![name.to_owned()], None));
    assert_eq!(named("w*").await, named("web").await);
    assert_eq!(house.call(logs("x*")).await.unwrap_err().code, Code::NotFound);
    house.end().await;
}

#[tokio::test]
async fn a_feed_may_end_with_what_there_is_and_be_taken_up_at_any_item() {
    let script = "n=0; while [ $n -lt 4000 ]; do n=$((n+1)); echo line $n; [ $((n%7)) = 0 ] && echo odd $n >&2; done; sleep 99";
    let house = House::with(sh("web", script, "") + &sh("db", script, "")).await;
    for name in ["web", "db"] {
        house.start(name).await.unwrap();
    }
    until("both have written all", async || {
        let last = |line: &LogLine| line.text == "line 4000";
        let mut request = logs("web");
        (request.names, request.lines, request.grep) = (Vec::new(), 9, Some("line 4000".to_owned()));
        house.call(request).await.unwrap().lines.iter().filter(|line| last(line)).count() == 2
    })
    .await;
    let mut request = logs("web");
    request.names.clear();
    let page = house.call(request).await.unwrap().lines;
    let since = || Follow { since: Some("1h".to_owned()), ends: true, ..Follow::default() };
    let items = items(&house, since()).await;
    let lines: Vec<LogLine> = items.iter().flat_map(|item| item.lines.clone()).collect();
    let shown = |lines: &[LogLine]| {
        lines.iter().map(|line| (line.time, line.service.clone(), line.text.clone())).collect::<Vec<_>>()
    };
    assert!(lines.is_sorted_by_key(|line| line.time) && items.len() > 5, "{} items", items.len());
    let sorted = |lines: &[LogLine]| {
        let mut shown = shown(lines);
        shown.sort();
        shown
    };
    assert!(sorted(&lines) == sorted(&page), "{} lines in the feed, {} on the page", lines.len(), page.len());

    let (mut after, mut seen) = (std::collections::BTreeMap::new(), 0);
    for item in items {
        after.extend(item.places);
        seen += item.lines.len();
        let event = lines[..seen].iter().rev().find(|line| line.stream == Source::Event);
        let events_after = Some(event.map_or(jiff::Timestamp::UNIX_EPOCH, |event| event.time));
        let after = after.clone();
        let again = Follow { after, events_after, lines: Some(0), ends: true, ..Follow::default() };
        let rest = self::items(&house, again).await.into_iter().flat_map(|item| item.lines);
        let (rest, expected) = (shown(&rest.collect::<Vec<_>>()), shown(&lines[seen..]));
        let differ = rest.iter().zip(&expected).find(|(found, expected)| found != expected);
        assert_eq!((differ, rest.len()), (None, expected.len()), "behind {seen} lines");
    }
    house.end().await;
}

async fn items(house: &House, follow: Follow) -> Vec<FollowItem> {
    let items = house.daemon.client().open(follow).await.unwrap().map(Result::unwrap).collect::<Vec<_>>();
    tokio::time::timeout(LONG, items).await.expect("it ends")
}
