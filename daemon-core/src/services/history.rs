//! What services wrote and what happened to them, in one stream by time.
//!
//! Lines come from the logs, events from the database; they are merged when
//! they are read (`page`), and told live as they happen (`feed`).

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

pub(super) use self::feed::{Beginning, follow};
pub(super) use self::newcomers::newcomers;
pub(super) use self::page::page;
use super::common::Common;
use super::ops::{LogLine, Source};
use super::store::Event;
use crate::runs::logs::{Level, Line, Query, Stream as Which};

mod feed;
mod merge;
mod newcomers;
mod page;

/// Records what the capture of logs has to say, and lets `shows` show it.
pub(super) fn keep_reports(common: &Arc<Common>, shows: impl Fn(&str) + Send + 'static) {
    let (common, mut stop) = (Arc::clone(common), common.runs.tasks.stop());
    let mut reports = common.runs.logs.reports();
    common.runs.tasks.clone().spawn("log reports", async move {
        loop {
            let report = tokio::select! {
                report = reports.recv() => report,
                () = stop.stopped() => return,
            };
            match report {
                Ok(report) => {
                    let text = report.event.to_string();
                    tracing::warn!(service = report.service, "{text}");
                    let event = Event { at: common.runs.clock.now(), run: 0, text };
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

/// Which of the two kinds are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kinds {
    /// What services wrote.
    pub(super) lines: bool,
    /// What happened to them.
    pub(super) events: bool,
}

/// Whether an event is wanted; it counts as info.
fn wants(query: &Query, event: &Event) -> bool {
    query.since.is_none_or(|since| since <= event.at)
        && query.until.is_none_or(|until| event.at <= until)
        && query.run.is_none_or(|run| run == event.run)
        && query.wants_level(Level::Info)
        && query.wants_text(event.text.as_bytes())
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
