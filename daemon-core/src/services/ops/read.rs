//! Reading and following what services wrote.

use clap::Args;
use futures_util::stream::{Stream, TryStreamExt};
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;
use regex::bytes::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::history::{self, Kinds};
use super::super::logs::{Query, Stream as Which};
use super::super::{Error, Handle};
use crate::config::Span;
use crate::kernel::text::shortened;
use crate::kernel::{Access, Call, Code, Effect, Fault, Feed, Op};

/// Lines that may be asked for at once.
const MOST_LINES: usize = 100_000;
/// Bytes that a compiled pattern may have: matching a byte may take as long as they are many.
const LARGEST_PATTERN: usize = 256 << 10;

/// Read what services wrote, and what happened to them
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Logs {
    /// Which services; all if none is given
    #[serde(default)]
    pub names: Vec<String>,
    /// So many of the newest lines, at most 100000
    #[serde(default = "usual")]
    #[arg(short = 'n', long, default_value_t = usual())]
    pub lines: usize,
    /// Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub since: Option<String>,
    /// Only until then, written as for since
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub until: Option<String>,
    /// Only of this run
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub run: Option<u64>,
    /// Only from here
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub stream: Option<Source>,
    /// Only lines that this regular expression matches
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub grep: Option<String>,
}

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The service's standard output.
    Stdout,
    /// The service's standard error.
    Stderr,
    /// The daemon, about the service.
    Event,
}

/// Lines, the oldest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct LogPage {
    /// The newest that were asked for.
    pub lines: Vec<LogLine>,
    /// Whether there may be older ones.
    pub more: bool,
}

/// One line that a service wrote, or one thing that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// Which service.
    pub service: String,
    /// When.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// Where it comes from.
    pub stream: Source,
    /// Of which run, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// The text without its newline; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Whether more of this line may follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

impl Op for Logs {
    const NAME: &'static str = "service.logs";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = LogPage;

    async fn run(self, services: &Handle, _: &Call) -> Result<LogPage, Fault> {
        let names = services.chosen(self.names)?;
        let now = services.0.common.clock.now();
        let (stream, kinds) = split(self.stream);
        let query = Query {
            lines: self.lines.min(MOST_LINES),
            since: self.since.map(|text| moment(&text, now)).transpose()?,
            until: self.until.map(|text| moment(&text, now)).transpose()?,
            run: self.run,
            stream,
            grep: self.grep.as_deref().map(pattern).transpose()?,
            ..Query::default()
        };
        let (lines, more) = history::page(&services.0.common, names, query, kinds).await?;
        Ok(LogPage { lines, more })
    }
}

/// Follow what services write and what happens to them
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// Which services; all if none is given
    #[serde(default)]
    pub names: Vec<String>,
    /// Begin with so many of the newest lines of each, at most 100000
    #[serde(default = "few")]
    #[arg(short = 'n', long, default_value_t = few())]
    pub lines: usize,
    /// Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub since: Option<String>,
    /// Only from here
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub stream: Option<Source>,
    /// Only lines that this regular expression matches
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub grep: Option<String>,
}

/// What comes to a follower.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct FollowItem {
    /// Lines, in the order in which they were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LogLine>,
    /// So many were removed before you read them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// Of which service they were removed; absent for events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl Feed for Follow {
    const NAME: &'static str = "service.follow";
    const ACCESS: Access = Access::Observe;
    type On = Handle;
    type Item = FollowItem;

    fn open(
        self,
        services: &Handle,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static, Fault> {
        let names = services.chosen(self.names)?;
        let common = services.0.common.clone();
        let (stream, kinds) = split(self.stream);
        let now = common.clock.now();
        let wanted = Query {
            lines: 0,
            since: self.since.map(|text| moment(&text, now)).transpose()?,
            until: None,
            run: None,
            stream,
            grep: self.grep.as_deref().map(pattern).transpose()?,
            ..Query::default()
        };
        let history = self.lines.min(MOST_LINES);
        let opening = async move { history::follow(&common, names, history, wanted, kinds).await };
        Ok(opening.into_stream().try_flatten().boxed())
    }
}

impl Handle {
    /// The services that were named, each once, or all.
    pub(in crate::services) fn chosen(&self, mut names: Vec<String>) -> Result<Vec<String>, Error> {
        if names.is_empty() {
            return Ok(self.services().units.keys().cloned().collect());
        }
        names.iter().try_for_each(|name| self.unit(name).map(drop))?;
        // Each once: a name costs a page of memory, or a file that stays open.
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Which stream of the logs, and whether lines or events at all.
fn split(source: Option<Source>) -> (Option<Which>, Kinds) {
    let (lines, events) = (true, true);
    match source {
        None => (None, Kinds { lines, events }),
        Some(Source::Stdout) => (Some(Which::Out), Kinds { lines, events: false }),
        Some(Source::Stderr) => (Some(Which::Err), Kinds { lines, events: false }),
        Some(Source::Event) => (None, Kinds { lines: false, events }),
    }
}

/// A moment that was written as such or as a length of time before now.
pub(in crate::services) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let ago: Option<Timestamp> = text.parse::<Span>().ok().and_then(|span| now.checked_sub(span.get()).ok());
    ago.ok_or_else(|| {
        Fault::invalid(format!(
            "\"{}\" is neither a moment nor a length of time",
            crate::kernel::text::brief(text)
        ))
        .hint("write \"2026-11-21T01:00:00Z\" or \"10m\"")
    })
}

fn pattern(text: &str) -> Result<Regex, Fault> {
    let compiled = RegexBuilder::new(text).size_limit(LARGEST_PATTERN).build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Fault::new(Code::TooLarge, "the regular expression is too large")
            .hint("repeat less in it, or write (?-u) in front: that leaves out other alphabets"),
        error => Fault::invalid(format!("the regular expression: {}", shortened(&error.to_string()))),
    })
}

fn usual() -> usize {
    100
}

fn few() -> usize {
    10
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_would_take_for_ever_is_refused() {
        for usual in [r"(?i)error|warn", r"\w+ \d{3} \w+", r"^\S+ - \[[^\]]+\]"] {
            assert!(pattern(usual).is_ok(), "{usual}");
        }
        assert_eq!(pattern("(a?.?){3000}b").unwrap_err().code, Code::TooLarge);
        assert_eq!(pattern("(").unwrap_err().code, Code::Invalid);
    }
}
