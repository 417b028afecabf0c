//! What services wrote and what happened to them, in one stream by time.
//!
//! Lines come from the logs, events from the database; they are merged when
//! they are read, and told live as they happen.

use std::sync::Arc;

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

/// Records what the capture of logs has to say.
pub(super) fn keep_reports(common: &Arc<Common>) {
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
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "too many reports about logs at once")
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
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
            continue;
        }
        let (logs, query, service) = (common.logs.clone(), query.clone(), name.clone());
        let page = tokio::task::spawn_blocking(move || logs.read(&service, &query))
            .await
            .map_err(|error| Fault::internal(format!("reading a log broke: {error}")))?
            .map_err(Error::from)?;
        more |= page.more;
        lines.extend(page.lines.into_iter().map(|line| log_line(&name, line)));
    }
    lines.sort_by_key(|line| line.time);
    let surplus = lines.len().saturating_sub(query.lines);
    more |= 0 < surplus;
    Ok((lines.split_off(surplus), more))
}

/// Lines and events of some services from now on, the newest `history` lines of each before.
pub(super) async fn follow(
    common: &Arc<Common>,
    names: Vec<String>,
    history: usize,
    wanted: Query,
    kinds: Kinds,
) -> Result<impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static + use<>, Fault> {
    let events = common.events.subscribe();
    let mut sources: Vec<BoxStream<'static, Result<FollowItem, Fault>>> = Vec::new();
    for name in names.iter().filter(|_| kinds.lines) {
        let follow = common.logs.follow(name, history).await.map_err(Error::from)?;
        sources.push(lines_of(name.clone(), follow, wanted.clone()).boxed());
    }
    if kinds.events {
        sources.push(events_of(names, events, wanted).boxed());
    }
    Ok(stream::select_all(sources))
}

fn lines_of(
    service: String,
    follow: logs::Follow,
    wanted: Query,
) -> impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static {
    stream::unfold(Some((follow, service, wanted)), |state| async move {
        let (mut follow, service, wanted) = state?;
        loop {
            let item = match follow.next().await {
                Ok(Followed::Line(line)) if !wants_line(&wanted, &line) => continue,
                Ok(Followed::Line(line)) => {
                    FollowItem { lines: vec![log_line(&service, line)], ..FollowItem::default() }
                }
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
) -> impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static {
    stream::unfold((names, events, wanted), |(names, mut events, wanted)| async move {
        loop {
            let item = match events.recv().await {
                Ok((service, event))
                    if names.iter().any(|name| **name == *service) && wants(&wanted, &event) =>
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

fn wants_line(query: &Query, line: &Line) -> bool {
    query.since.is_none_or(|since| since <= line.stamp)
        && query.stream.is_none_or(|stream| stream == line.stream)
        && query.grep.as_ref().is_none_or(|grep| grep.is_match(&line.text))
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
