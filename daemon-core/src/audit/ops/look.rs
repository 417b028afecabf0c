//! Looking into the record: the end of it, one entry, all of a kind.

use clap::{ArgAction, Args};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::super::read::Wanted;
use super::super::{Error, Handle};
use super::Recorded;
use crate::kernel::{Access, Call, Effect, Fault, Feed, Op};
use crate::text::{brief, nearest};

/// Entries that are shown when nobody says how many.
const FEW: u64 = 20;
/// Entries that a search finds when nobody says how many.
const USUAL: usize = 100;
/// Entries that a search finds at most.
const MOST: usize = 1000;

/// All kinds of entries.
const KINDS: [&str; 31] = [
    "approval.decided",
    "approval.shown",
    "auth.failed",
    "call.made",
    "call.refused",
    "client.enrolled",
    "client.muted",
    "client.revoked",
    "daemon.started",
    "daemon.stopped",
    "exec.claimed",
    "exec.drift_denied",
    "exec.finished",
    "exec.not_started",
    "exec.started",
    "exec.unknown",
    "grant.created",
    "grant.expired",
    "grant.revoked",
    "grant.stale",
    "grant.used",
    "log.opened",
    "policy.evaluated",
    "policy.loaded",
    "request.cancelled",
    "request.expired",
    "request.invalidated",
    "request.orphaned",
    "request.reattached",
    "request.received",
    "request.rejected",
];

/// That there is no such kind, and which may be meant.
fn unknown(kind: &str) -> Fault {
    let fault = Fault::invalid(format!("no entry is of the kind \"{}\"", brief(kind)));
    let beginning = || KINDS.iter().copied().find(|known| known.split('.').any(|part| part == kind));
    match nearest(kind, KINDS).or_else(beginning) {
        Some(near) => fault.hint(format!("did you mean \"{near}\"?")),
        None => fault.hint(format!("there are: {}", KINDS.join(", "))),
    }
}

/// Show the end of the record, and what is added to it
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Tail {
    /// So many entries of what there is. Default: 20
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(short = 'n', long, value_name = "COUNT", conflicts_with = "from")]
    pub lines: Option<u64>,
    /// All entries from this one on
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "INDEX")]
    pub from: Option<u64>,
    /// End with the newest entry
    #[serde(default)]
    #[arg(long = "follow", short = 'f', action = ArgAction::SetFalse, help = "Go on with what is added")]
    pub ends: bool,
}

impl Feed for Tail {
    const NAME: &'static str = "audit.tail";
    const ACCESS: Access = Access::Operate;
    type On = Handle;
    type Item = Recorded;

    fn open(
        self,
        audit: &Handle,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<Recorded, Fault>> + Send + 'static, Fault> {
        let audit = audit.clone();
        let begun = async move {
            let size = audit.size().await?;
            let next = self.from.unwrap_or(size.saturating_sub(self.lines.unwrap_or(FEW)));
            let end = self.ends.then_some(size);
            let grows = audit.0.size.subscribe();
            Ok::<_, Fault>(batches(Following { audit, next, end, grows }))
        };
        Ok(stream::once(begun).try_flatten())
    }
}

struct Following {
    audit: Handle,
    next: u64,
    end: Option<u64>,
    grows: watch::Receiver<u64>,
}

fn batches(following: Following) -> impl Stream<Item = Result<Recorded, Fault>> + Send {
    stream::try_unfold(following, |mut following| async move {
        let batch = following.batch().await?;
        Ok::<_, Fault>(batch.map(|batch| (stream::iter(batch).map(Ok), following)))
    })
    .try_flatten()
}

impl Following {
    async fn batch(&mut self) -> Result<Option<Vec<Recorded>>, Error> {
        loop {
            if self.end.is_some_and(|end| end <= self.next) {
                return Ok(None);
            }
            // Seen before it is read, so that what comes in between is not missed.
            self.grows.borrow_and_update();
            let mut rows = self.audit.batch(self.next).await?;
            if let Some(end) = self.end {
                rows.truncate(usize::try_from(end - self.next).unwrap_or(usize::MAX));
            }
            if !rows.is_empty() {
                self.next += rows.len() as u64;
                return Ok(Some(rows.iter().map(Recorded::of).collect()));
            }
            if self.grows.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}

/// Show one entry of the record
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Show {
    /// Which one, counted from 0
    pub index: u64,
}

/// One entry, and its exact line.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ShownLeaf")]
pub struct Shown {
    /// What it says.
    #[serde(flatten)]
    pub entry: Recorded,
    /// The line that is hashed, without its line feed.
    pub line: String,
}

impl Op for Show {
    const NAME: &'static str = "audit.show";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Shown;

    async fn run(self, audit: &Handle, _: &Call) -> Result<Shown, Fault> {
        let row = audit.leaf(self.index).await?;
        Ok(Shown { entry: Recorded::of(&row), line: String::from_utf8_lossy(&row.line).into_owned() })
    }
}

/// Find entries of the record, the newest last
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Search {
    /// A text that is in them
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Their kind, such as exec.claimed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub kind: Option<String>,
    /// The request that they are about
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ID")]
    pub request: Option<String>,
    /// Who did it; a client's name stands for all of its enrolments, `claude~2` for the second
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ID")]
    pub actor: Option<String>,
    /// Only those before this one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "INDEX")]
    pub before: Option<u64>,
    /// So many at most, up to 1000. Default: 100
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(short = 'n', long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// What was found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The entries, the newest last.
    pub entries: Vec<Recorded>,
    /// Whether there are older ones.
    #[serde(default)]
    pub more: bool,
    /// How many leaves the record has.
    pub size: u64,
}

impl Op for Search {
    const NAME: &'static str = "audit.search";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Found;

    async fn run(self, audit: &Handle, _: &Call) -> Result<Found, Fault> {
        let limit = self.limit.unwrap_or(USUAL);
        if limit == 0 {
            return Err(
                Fault::invalid("limit is 0, so there would be nothing to show").hint("ask for 1 or more")
            );
        }
        if MOST < limit {
            return Err(Fault::invalid(format!("limit is at most {MOST}, not {limit}"))
                .hint("ask again with `before` for what came earlier"));
        }
        let Search { text, kind, request, actor, before, .. } = self;
        let unknown = kind.as_deref().filter(|kind| !KINDS.contains(kind)).map(unknown);
        // One more, to know of it.
        let wanted = Wanted { text, kind, request, actor, before, limit: limit + 1 };
        let mut rows = audit.search(wanted).await?;
        let more = limit < rows.len();
        rows.drain(..usize::from(more));
        // A record may have kinds of another version.
        if let Some(unknown) = unknown.filter(|_| rows.is_empty()) {
            return Err(unknown);
        }
        let entries = rows.iter().map(Recorded::of).collect();
        Ok(Found { entries, more, size: audit.size().await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_those_that_are_described() {
        let page = include_str!("../../../../docs/audit.md");
        let listed = page.lines().filter(|line| {
            line.starts_with("- `log.")
                || line.starts_with("- `request.")
                || line.starts_with("- `exec.")
                || line.starts_with("- `grant.")
                || line.starts_with("- `call.")
        });
        let mut described = Vec::new();
        for quoted in listed.flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let (noun, verbs) = quoted.split_once('.').unwrap();
            described.extend(verbs.split(" | ").map(|verb| format!("{noun}.{verb}")));
        }
        described.sort();
        assert_eq!(described, KINDS);
    }

    #[test]
    fn a_kind_that_there_is_not_is_answered_with_the_one_that_is_meant() {
        for (kind, hint) in [
            ("exec.claimd", "did you mean \"exec.claimed\"?"),
            ("claimed", "did you mean \"exec.claimed\"?"),
            ("nothing like it", "there are: approval.decided, "),
        ] {
            assert!(unknown(kind).hint.unwrap().starts_with(hint), "{kind}");
        }
    }
}
