//! The newest lines and events of some services, by time.
//!
//! One log is read after the other, and no more of each than can still matter:
//! once there are as many lines as are wanted, the next log is only read back to
//! the oldest of them. So memory is that of two pages, however many logs there
//! are, and lines that are left out in the end are few.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::super::common::Common;
use super::super::error::Error;
use super::super::ops::LogLine;
use super::{Kinds, event_line, log_line, wants};
use crate::kernel::Fault;
use crate::runs::logs::{self, Page, Query};

/// How many events are looked through for those of a page.
pub(super) const EVENTS: u32 = 1000;
/// Bytes of a page as JSON; a frame holds a little more (`wire::frame`).
const LARGEST_PAGE: usize = 7 << 20;
/// What a line takes as JSON besides its text and the name of its service.
const FIELDS: usize = 120;

/// The newest lines and events of some services, and whether there may be older ones. `back` is
/// a run counted back from the latest of each service.
pub(in crate::services) async fn page(
    common: &Arc<Common>,
    names: Vec<String>,
    query: Query,
    back: Option<u64>,
    kinds: Kinds,
) -> Result<(Vec<LogLine>, bool), Fault> {
    let logs = common.runs.logs.clone();
    let read = move |service: &str, query: &Query| logs.read(service, query);
    let logs = common.runs.logs.clone();
    let of_run = move |service: &str| back.map(|back| logs.run_back(service, back)).transpose();
    collect(common, &names, &query, kinds, of_run, read).await
}

/// As [`page`], whatever a log is read by. `of_run` says which run is meant, if one is; a service
/// without it has nothing to show.
pub(super) async fn collect(
    common: &Arc<Common>,
    names: &[String],
    query: &Query,
    kinds: Kinds,
    of_run: impl Fn(&str) -> Result<Option<Option<u64>>, logs::Error>,
    read: impl Fn(&str, &Query) -> Result<Page, logs::Error> + Clone + Send + 'static,
) -> Result<(Vec<LogLine>, bool), Fault> {
    let (mut lines, mut more) = (Vec::new(), false);
    let _gives_up = GivesUp(Arc::clone(&query.given_up));
    if kinds.events {
        // What could not be recorded, for want of room, is no reason not to read the rest.
        common.store.settled().await.ok();
    }
    for name in names {
        let mut wanted = query.clone();
        match of_run(name).map_err(Error::from)? {
            None => {}
            Some(None) => continue,
            Some(run) => wanted.run = run,
        }
        if more || query.lines <= lines.len() {
            wanted.since = wanted.since.max(lines.first().map(|oldest: &LogLine| oldest.time));
            more = true;
        }
        if kinds.events {
            let since = wanted.since.unwrap_or(Timestamp::UNIX_EPOCH);
            let found = common.store.events(name, since, EVENTS).await?;
            let found = found.into_iter().filter(|event| wants(&wanted, event));
            lines.extend(found.map(|event| event_line(name, event)));
        }
        if kinds.lines {
            let (read, service) = (read.clone(), name.clone());
            let page = tokio::task::spawn_blocking(move || read(&service, &wanted))
                .await
                .map_err(|error| Fault::internal(format!("reading a log broke: {error}")))?
                .map_err(Error::from)?;
            more |= page.more;
            lines.extend(page.lines.into_iter().map(|line| log_line(name, line)));
        }
        more |= keep_newest(&mut lines, query.lines);
    }
    Ok((lines, more))
}

/// Ends the reading of a log when the call that wants it has ended, by its deadline for one.
struct GivesUp(Arc<AtomicBool>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Sorts lines and keeps the newest, as many as are wanted and a reply can hold; says whether some had to go.
fn keep_newest(lines: &mut Vec<LogLine>, wanted: usize) -> bool {
    lines.sort_by_key(|line| line.time);
    let mut room = LARGEST_PAGE;
    let fitting = lines.iter().rev().take(wanted).take_while(|line| {
        let weight = weight(line);
        let fits = weight <= room;
        room = room.saturating_sub(weight);
        fits
    });
    let surplus = lines.len() - fitting.count();
    lines.drain(..surplus);
    0 < surplus
}

/// About how long a line is as JSON.
fn weight(line: &LogLine) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 | 0x7f => 6,
        _ => 1,
    };
    FIELDS + line.service.len() + line.text.bytes().map(escaped).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::super::super::store::Event;
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
    fn a_page_fits_into_a_frame_whatever_is_in_it() {
        for text in ["", "x", "\u{1b}\u{7f}\u{0}", "\"\\", "\u{fffd}", "naïve 東京"] {
            let line = LogLine { text: text.repeat(40), ..line(1, 0) };
            let length = serde_json::to_string(&line).unwrap().len();
            assert!(length <= weight(&line) + 40, "{length} of {text:?}");
            let many: Vec<_> = std::iter::repeat_n(line, 1 << 16).collect();
            let mut kept = many;
            keep_newest(&mut kept, usize::MAX);
            assert!(serde_json::to_vec(&kept).unwrap().len() < 8 << 20, "{text:?}");
        }
    }

    #[test]
    fn a_page_of_many_logs_is_no_larger_than_one_of_one() {
        check(&[1, 1, 1], 5, &[0, 1, 2]);
        check(&[1, 1, 1], 2, &[1, 2]);
        check(&[9, LARGEST_PAGE - 2 * FIELDS - 10, 1], 5, &[1, 2]);
        check(&[], 5, &[]);
    }
}
