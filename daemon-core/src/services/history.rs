//! What services wrote and what happened to them, in one stream by time.
//!
//! Lines come from the logs, events from the database; they are merged when
//! they are read, and told live as they happen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;

use super::common::Common;
use super::error::Error;
use super::logs::{self, Followed, Line, Query, Stream as Which};
use super::ops::{FollowItem, LogLine, Source};
use super::store::Event;
use crate::kernel::Fault;

/// How many events are looked through for those of a page.
const EVENTS: u32 = 1000;
/// Bytes of text in a page; a reply cannot hold more.
const LARGEST_PAGE: usize = 8 << 20;

/// Records what the capture of logs has to say, and lets `shows` show it.
pub(super) fn keep_reports(common: &Arc<Common>, shows: impl Fn(&str) + Send + 'static) {
    let (common, mut stop) = (Arc::clone(common), common.tasks.stop());
    let mut reports = common.logs.reports();
    common.tasks.clone().spawn("log reports", async move {
        loop {
            let report = tokio::select! {
                report = reports.recv() => report,
                () = stop.stopped() => return,
            };
            match report {
                Ok(report) => {
                    let text = report.event.to_string();
                    tracing::warn!(service = report.service, "{text}");
                    let event = Event { at: common.clock.now(), run: 0, text };
                    common.store.event(&report.service, event);
                    shows(&report.service);
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "too many reports about logs at once")
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// Ends the reading of a log when the call that wants it has ended, by its deadline for one.
struct GivesUp(Arc<AtomicBool>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Which of the two kinds are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kinds {
    /// What services wrote.
    pub(super) lines: bool,
    /// What happened to them.
    pub(super) events: bool,
}

/// The newest lines and events of some services, by time.
pub(super) async fn page(
    common: &Arc<Common>,
    names: Vec<String>,
    query: Query,
    kinds: Kinds,
) -> Result<(Vec<LogLine>, bool), Fault> {
    let (mut lines, mut more) = (Vec::new(), false);
    let _gives_up = GivesUp(Arc::clone(&query.given_up));
    if kinds.events {
        common.store.settled().await?;
    }
    for name in names {
        if kinds.events {
            let since = query.since.unwrap_or(Timestamp::UNIX_EPOCH);
            let found = common.store.events(&name, since, EVENTS).await?;
            let wanted = found.into_iter().filter(|event| wants(&query, event));
            lines.extend(wanted.map(|event| event_line(&name, event)));
        }
        if !kinds.lines {
            more |= keep_newest(&mut lines, query.lines);
            continue;
        }
        let (logs, wanted, service) = (common.logs.clone(), query.clone(), name.clone());
        let page = tokio::task::spawn_blocking(move || logs.read(&service, &wanted))
            .await
            .map_err(|error| Fault::internal(format!("reading a log broke: {error}")))?
            .map_err(Error::from)?;
        more |= page.more;
        lines.extend(page.lines.into_iter().map(|line| log_line(&name, line)));
        more |= keep_newest(&mut lines, query.lines);
    }
    Ok((lines, more))
}

/// Sorts lines and keeps the newest, as many as are wanted and a reply can hold; says whether some had to go.
fn keep_newest(lines: &mut Vec<LogLine>, wanted: usize) -> bool {
    lines.sort_by_key(|line| line.time);
    let mut room = LARGEST_PAGE;
    let fitting = lines.iter().rev().take(wanted).take_while(|line| {
        let fits = line.text.len() <= room;
        room = room.saturating_sub(line.text.len());
        fits
    });
    let surplus = lines.len() - fitting.count();
    lines.drain(..surplus);
    0 < surplus
}

/// Lines and events of some services from now on, the newest `history` lines of each before.
pub(super) async fn follow(
    common: &Arc<Common>,
    names: Vec<String>,
    history: usize,
    wanted: Query,
    kinds: Kinds,
) -> Result<impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static + use<>, Fault> {
    // What happened before this moment is read, and what happens from then on is heard.
    let begin = common.clock.now();
    let events = common.events.subscribe();
    let mut sources: Vec<BoxStream<'static, Result<FollowItem, Fault>>> = Vec::new();
    let mut backlog = Vec::new();
    if kinds.events && 0 < history {
        common.store.settled().await?;
    }
    for name in &names {
        let mut past = Vec::new();
        if kinds.events && 0 < history {
            let since = wanted.since.unwrap_or(Timestamp::UNIX_EPOCH);
            let found = common.store.events(name, since, EVENTS).await?;
            let found = found.into_iter().filter(|event| event.at < begin && wants(&wanted, event));
            past.extend(found.map(|event| event_line(name, event)));
        }
        if kinds.lines {
            let follow = common.logs.follow(name, history).await.map_err(Error::from)?;
            let mut lines = lines_of(name.clone(), follow, wanted.clone()).boxed();
            // What is there already comes without waiting; the rest comes when it comes.
            while past.len() < history + EVENTS as usize
                && let Some(Some(item)) = lines.next().now_or_never()
            {
                past.extend(item?.lines);
            }
            sources.push(lines);
        }
        keep_newest(&mut past, history);
        backlog.append(&mut past);
    }
    backlog.sort_by_key(|line| line.time);
    if kinds.events {
        sources.push(events_of(names, events, wanted, begin).boxed());
    }
    let first = (!backlog.is_empty()).then(|| Ok(FollowItem { lines: backlog, ..FollowItem::default() }));
    Ok(stream::iter(first).chain(stream::select_all(sources)))
}

fn lines_of(
    service: String,
    follow: logs::Follow,
    wanted: Query,
) -> impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static {
    stream::unfold(Some((follow, service, Arc::new(wanted))), |state| async move {
        let (mut follow, service, wanted) = state?;
        loop {
            let item = match follow.next().await {
                Ok(Followed::Line(line)) => match sift(&wanted, line).await {
                    Ok(Some(line)) => {
                        FollowItem { lines: vec![log_line(&service, line)], ..FollowItem::default() }
                    }
                    Ok(None) => continue,
                    Err(fault) => return Some((Err(fault), None)),
                },
                Ok(Followed::Skipped(skipped)) => {
                    FollowItem { skipped, service: Some(service.clone()), ..FollowItem::default() }
                }
                Err(error) => return Some((Err(Fault::from(Error::from(error))), None)),
            };
            return Some((Ok(item), Some((follow, service, wanted))));
        }
    })
}

fn events_of(
    names: Vec<String>,
    events: tokio::sync::broadcast::Receiver<(Arc<str>, Event)>,
    wanted: Query,
    begin: Timestamp,
) -> impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static {
    stream::unfold((names, events, wanted), move |(names, mut events, wanted)| async move {
        loop {
            let item = match events.recv().await {
                Ok((service, event))
                    if begin <= event.at
                        && names.iter().any(|name| **name == *service)
                        && wants(&wanted, &event) =>
                {
                    FollowItem { lines: vec![event_line(&service, event)], ..FollowItem::default() }
                }
                Ok(_) => continue,
                Err(RecvError::Lagged(skipped)) => FollowItem { skipped, ..FollowItem::default() },
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(item), (names, events, wanted)));
        }
    })
}

fn wants(query: &Query, event: &Event) -> bool {
    query.since.is_none_or(|since| since <= event.at)
        && query.until.is_none_or(|until| event.at <= until)
        && query.run.is_none_or(|run| run == event.run)
        && query.grep.as_ref().is_none_or(|grep| grep.is_match(event.text.as_bytes()))
}

/// The line, if it is wanted. A pattern may take its time over a line, which must not be everybody's.
async fn sift(wanted: &Arc<Query>, line: Line) -> Result<Option<Line>, Fault> {
    let is_near = wanted.since.is_none_or(|since| since <= line.stamp)
        && wanted.stream.is_none_or(|stream| stream == line.stream);
    if !is_near || wanted.grep.is_none() {
        return Ok(Some(line).filter(|_| is_near));
    }
    let wanted = Arc::clone(wanted);
    let matched = move || {
        let is_match = wanted.grep.as_ref().is_none_or(|grep| grep.is_match(&line.text));
        is_match.then_some(line)
    };
    let searched = tokio::task::spawn_blocking(matched).await;
    searched.map_err(|error| Fault::internal(format!("searching a line broke: {error}")))
}

fn log_line(service: &str, line: Line) -> LogLine {
    let stream = match line.stream {
        Which::Out => Source::Stdout,
        Which::Err => Source::Stderr,
    };
    let text = String::from_utf8(line.text)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    LogLine {
        service: service.to_owned(),
        time: line.stamp,
        stream,
        run: line.run,
        text,
        partial: !line.ends,
    }
}

fn event_line(service: &str, event: Event) -> LogLine {
    let Event { at, run, text } = event;
    LogLine {
        service: service.to_owned(),
        time: at,
        stream: Source::Event,
        run: Some(run),
        text,
        partial: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: i64, length: usize) -> LogLine {
        let event = Event { at: Timestamp::from_second(second).unwrap(), run: 1, text: "x".repeat(length) };
        event_line("web", event)
    }

    fn check(lengths: &[usize], wanted: usize, kept: &[i64]) {
        let mut lines: Vec<_> = (0..).zip(lengths).map(|(second, &length)| line(second, length)).collect();
        lines.reverse();
        let dropped = keep_newest(&mut lines, wanted);
        let seconds: Vec<i64> = lines.iter().map(|line| line.time.as_second()).collect();
        assert_eq!((seconds.as_slice(), dropped), (kept, kept.len() < lengths.len()));
    }

    #[test]
    fn a_page_of_many_logs_is_no_larger_than_one_of_one() {
        check(&[1, 1, 1], 5, &[0, 1, 2]);
        check(&[1, 1, 1], 2, &[1, 2]);
        check(&[9, LARGEST_PAGE - 1, 1], 5, &[1, 2]);
        check(&[], 5, &[]);
    }

    #[tokio::test]
    async fn a_pattern_that_takes_its_time_holds_up_nobody_else() {
        let grep = regex::bytes::Regex::new("(a?.?){500}b").unwrap();
        let wanted = Arc::new(Query { grep: Some(grep), ..Query::default() });
        let stamp = Timestamp::UNIX_EPOCH;
        let text = vec![b'a'; 16 << 10];
        let line = Line { stamp, stream: Which::Out, run: None, text, ends: true };
        // Were it matched in place, the first poll would already have the answer.
        let mut sifting = std::pin::pin!(sift(&wanted, line));
        assert!(futures_util::FutureExt::now_or_never(sifting.as_mut()).is_none());
        assert!(sifting.await.unwrap().is_none());
    }
}
