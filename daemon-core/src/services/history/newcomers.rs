//! Services that come while somebody follows all, or all that fit a pattern.
//!
//! Each configuration that is applied may bring some. They are followed from the
//! moment before it, so that nothing of their first run is missed; whoever was
//! there already is followed elsewhere.

use std::collections::BTreeSet;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};

use super::super::Handle;
use super::super::ops::FollowItem;
use super::Kinds;
use super::feed::{Beginning, follow};
use crate::kernel::Fault;
use crate::runs::logs::Query;

/// Lines and events of services that are not `known` yet and are named or fit a pattern, as they come.
pub(in crate::services) fn newcomers(
    services: &Handle,
    patterns: Vec<String>,
    known: BTreeSet<String>,
    wanted: Query,
    kinds: Kinds,
) -> impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static + use<> {
    let services = services.clone();
    let (changes, begin) = (services.0.configured.subscribe(), services.0.common.runs.clock.now());
    let feeds = stream::unfold((known, changes, begin), move |(mut known, mut changes, mut begin)| {
        let (services, patterns, wanted) = (services.clone(), patterns.clone(), wanted.clone());
        async move {
            loop {
                changes.changed().await.ok()?;
                let common = services.0.common.clone();
                let since = std::mem::replace(&mut begin, common.runs.clock.now());
                // A pattern that fits nothing now may fit something later.
                let there = services.chosen(patterns.clone()).unwrap_or_default();
                let new: Vec<String> = there.into_iter().filter(|name| known.insert(name.clone())).collect();
                if new.is_empty() {
                    continue;
                }
                let wanted = Query { since: wanted.since.max(Some(since)), ..wanted };
                let feed = async move { follow(&common, new, wanted, Beginning::default(), kinds).await };
                return Some((feed.into_stream().try_flatten().boxed(), (known, changes, begin)));
            }
        }
    });
    feeds.flatten_unordered(None)
}
