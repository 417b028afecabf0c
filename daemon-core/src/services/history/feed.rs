//! Lines and events of some services: those that are wanted of the past, then what comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::Either;
use futures_util::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use tokio::sync::broadcast::{self, error::RecvError};

use super::super::common::Common;
use super::super::error::Error;
use super::super::ops::FollowItem;
use super::super::store::Event;
use super::merge::{Batch, Merge, Source};
use super::page::{EVENTS, collect};
use super::{Kinds, event_line, wants};
use crate::kernel::Fault;
use crate::runs::logs::{self, From, Pinned, Place, Query};

/// Where a follower begins, and whether it goes on.
#[derive(Debug, Default)]
pub(in crate::services) struct Beginning {
    /// With so many of the newest lines; all from [`Query::since`] on if there is no number.
    pub(in crate::services) lines: Option<usize>,
    /// Behind these places, which an earlier follower has got to.
    pub(in crate::services) after: BTreeMap<String, Place>,
    /// With events after this.
    pub(in crate::services) events_after: Option<Timestamp>,
    /// Ends with what is there.
    pub(in crate::services) ends: bool,
}

/// Lines and events of some services.
pub(in crate::services) async fn follow(
    common: &Arc<Common>,
    names: Vec<String>,
    wanted: Query,
    beginning: Beginning,
    kinds: Kinds,
) -> Result<impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static + use<>, Fault> {
    // What happened before this moment is read, and what happens from then on is heard.
    let begin = common.runs.clock.now();
    let events = common.events.subscribe();
    let mut pins = BTreeMap::new();
    for name in names.iter().filter(|_| kinds.lines) {
        pins.insert(name.clone(), common.runs.logs.pin(name).await.map_err(Error::from)?);
    }
    let pins = Arc::new(pins);
    let (past, more) = past(common, &names, &pins, &wanted, &beginning, kinds, begin).await?;
    let happened = match (kinds.events, beginning.lines, beginning.events_after) {
        (false, ..) | (true, Some(_), None) => Vec::new(),
        (true, _, after) => happened(common, &names, &wanted, after, begin).await?,
    };
    let (query, ends) = (wanted.clone(), beginning.ends);
    let opening = tokio::task::spawn_blocking(move || open(&pins, &query, &beginning));
    let sources = opening.await.map_err(|error| broke(&error))?.map_err(Error::from)?;
    let happened = happened.into_iter().map(|(name, event)| event_line(&name, event)).collect();
    let merge = Merge::new(sources, happened, wanted.until);
    let first = FollowItem { lines: past, more, places: merge.places(), ..FollowItem::default() };
    let first = stream::iter([Ok(first)]);
    let lines = lines_of(merge);
    if ends || !kinds.events {
        return Ok(Either::Left(first.chain(lines)));
    }
    let events = events_of(names, events, wanted, begin);
    Ok(Either::Right(first.chain(stream::select(lines, events))))
}

/// The newest lines and events, as many as there are to begin with, and whether there may be older ones.
async fn past(
    common: &Arc<Common>,
    names: &[String],
    pins: &Arc<BTreeMap<String, Pinned>>,
    wanted: &Query,
    beginning: &Beginning,
    kinds: Kinds,
    begin: Timestamp,
) -> Result<(Vec<super::LogLine>, bool), Fault> {
    let Some(lines) = beginning.lines.filter(|lines| 0 < *lines) else { return Ok((Vec::new(), false)) };
    let names: Vec<_> = names.iter().filter(|name| !beginning.after.contains_key(*name)).cloned().collect();
    let before = begin.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(begin);
    let query = Query { lines, ..wanted.clone() };
    let pins = Arc::clone(pins);
    let read = move |service: &str, query: &Query| match pins.get(service) {
        Some(pinned) => pinned.read(query),
        None => Ok(logs::Page::default()),
    };
    let (mut lines, more) = collect(common, &names, &query, kinds, |_| Ok(None), read).await?;
    // What happens from now on is heard.
    lines.retain(|line| line.stream != super::Source::Event || line.time <= before);
    Ok((lines, more))
}

/// What has happened since a moment that is wanted, or after another, by time.
async fn happened(
    common: &Arc<Common>,
    names: &[String],
    wanted: &Query,
    after: Option<Timestamp>,
    begin: Timestamp,
) -> Result<Vec<(String, Event)>, Fault> {
    // What could not be recorded, for want of room, is no reason not to read the rest.
    common.store.settled().await.ok();
    let mut happened = Vec::new();
    for name in names {
        let since = after.or(wanted.since).unwrap_or(Timestamp::UNIX_EPOCH);
        let found = common.store.events(name, since, EVENTS).await?;
        let is_new = |event: &Event| event.at < begin && after.is_none_or(|after| after < event.at);
        let found = found.into_iter().filter(|event| is_new(event) && wants(wanted, event));
        happened.extend(found.map(|event| (name.clone(), event)));
    }
    happened.sort_by_key(|(_, event)| event.at);
    Ok(happened)
}

fn open(
    pins: &BTreeMap<String, Pinned>,
    wanted: &Query,
    beginning: &Beginning,
) -> Result<Vec<Source>, logs::Error> {
    let mut sources = Vec::new();
    for (service, pinned) in pins {
        let from = match (beginning.after.get(service), beginning.lines) {
            (Some(place), _) => From::After(*place),
            (None, Some(_)) => From::Now,
            (None, None) => From::Since(wanted.since.unwrap_or(Timestamp::MIN)),
        };
        let (follow, sieve) = (pinned.follow(from)?, pinned.sieve(wanted, from)?);
        let follow = if beginning.ends { follow.until_now() } else { follow };
        sources.push(Source::new(service.clone(), follow, sieve));
    }
    Ok(sources)
}

fn lines_of(merge: Merge) -> impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static {
    stream::unfold(Some(merge), |merge| async move {
        let mut merge = merge?;
        loop {
            // Reading what was just written is quick; looking through history and for patterns is not,
            // and must not be everybody's wait.
            let batch = if merge.is_slow() {
                let reading = move || {
                    let batch = merge.batch();
                    (merge, batch)
                };
                match tokio::task::spawn_blocking(reading).await {
                    Ok((returned, batch)) => {
                        merge = returned;
                        batch
                    }
                    Err(error) => return Some((Err(broke(&error)), None)),
                }
            } else {
                merge.batch()
            };
            let waited = match batch {
                Ok(Batch::Item(item)) => return Some((Ok(item), Some(merge))),
                Ok(Batch::End) => return None,
                Ok(Batch::More) => Ok(()),
                Ok(Batch::Nothing) => merge.changed().await,
                Err(error) => Err(error),
            };
            if let Err(error) = waited {
                return Some((Err(Error::from(error).into()), None));
            }
        }
    })
}

fn events_of(
    names: Vec<String>,
    events: broadcast::Receiver<(Arc<str>, Event)>,
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

fn broke(error: &tokio::task::JoinError) -> Fault {
    Fault::internal(format!("reading a log broke: {error}"))
}
