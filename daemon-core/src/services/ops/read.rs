//! Reading and following what services wrote.

use std::collections::BTreeMap;

use clap::Args;
use futures_util::stream::{self, Stream, TryStreamExt};
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;
use regex::bytes::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::history::{self, Beginning, Kinds};
use super::super::{Error, Handle};
use crate::config::Span;
use crate::kernel::{Access, Call, Code, Effect, Fault, Feed, Op};
use crate::runs::logs::{Level, Place, Query, Stream as Which};
use crate::text::{brief, no_expression};

/// Lines that may be asked for at once.
const MOST_LINES: usize = 100_000;
/// Lines before those that come, unless a number is given.
const FEW: usize = 10;
/// Bytes that a compiled pattern may have: matching a byte may take as long as they are many.
const LARGEST_PATTERN: usize = 256 << 10;

/// Read what services wrote, and what happened to them
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Logs {
    /// Which services, also by a pattern such as "shop/*"; all if none is given
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
    /// Only of the run of this number; 0 is the latest of each service, -1 the one before it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, allow_negative_numbers = true)]
    pub run: Option<i64>,
    /// Only from here
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub stream: Option<Source>,
    /// Only lines as serious as this, or more, as far as their text says; what does not say is info
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub level: Option<Level>,
    /// Only lines that this regular expression matches
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub grep: Option<String>,
    /// The expression matches capitals and small letters alike
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub ignore_case: bool,
    /// Only lines that the expression does not match
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long, requires = "grep")]
    pub invert: bool,
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
        let now = services.0.common.runs.clock.now();
        let (stream, kinds) = split(self.stream);
        let number = |run: i64| u64::try_from(run).ok().filter(|run| *run != 0);
        let query = Query {
            lines: self.lines.min(MOST_LINES),
            since: self.since.map(|text| moment(&text, now)).transpose()?,
            until: self.until.map(|text| moment(&text, now)).transpose()?,
            run: self.run.and_then(number),
            stream,
            grep: self.grep.as_deref().map(|text| pattern(text, self.ignore_case)).transpose()?,
            invert: self.invert,
            level: self.level,
            ..Query::default()
        };
        let back = self.run.filter(|run| *run <= 0).map(i64::unsigned_abs);
        let (lines, more) = history::page(&services.0.common, names, query, back, kinds).await?;
        Ok(LogPage { lines, more })
    }
}

/// Follow what services write and what happens to them
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Follow {
    /// Which services, also by a pattern such as "shop/*", which takes up those that come later; all if none is given
    #[serde(default)]
    pub names: Vec<String>,
    /// Begin with so many of the newest lines; without a number 10, or all since then if a moment is given
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(short = 'n', long)]
    pub lines: Option<usize>,
    /// Only from then on: a moment ("2026-11-21T01:00:00Z") or as long ago as this ("10m")
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub since: Option<String>,
    /// Only until then, written as for since; this ends with what there is now
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub until: Option<String>,
    /// Only from here
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub stream: Option<Source>,
    /// Only lines as serious as this, or more, as far as their text says; what does not say is info
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub level: Option<Level>,
    /// Only lines that this regular expression matches
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub grep: Option<String>,
    /// The expression matches capitals and small letters alike
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub ignore_case: bool,
    /// Only lines that the expression does not match
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long, requires = "grep")]
    pub invert: bool,
    /// End with what there is now, rather than go on
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[arg(long)]
    pub ends: bool,
    /// Go on behind the places that an earlier follower was told, rather than begin
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[arg(skip)]
    pub after: BTreeMap<String, String>,
    /// Go on with events that came after this moment
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    #[arg(skip)]
    pub events_after: Option<Timestamp>,
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
    /// There may be lines older than these that were asked for, too; in the first item.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Some were removed before you read them, and nobody has counted them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncounted: bool,
    /// Of which service they were removed; absent for events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where each service's log goes on behind these lines, for `after`; in the first item of all services.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<String, String>,
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
        let patterns = self.names.clone();
        let names = services.chosen(self.names)?;
        let common = services.0.common.clone();
        let (stream, kinds) = split(self.stream);
        let now = common.runs.clock.now();
        let wanted = Query {
            since: self.since.map(|text| moment(&text, now)).transpose()?,
            until: self.until.map(|text| moment(&text, now)).transpose()?,
            stream,
            grep: self.grep.as_deref().map(|text| pattern(text, self.ignore_case)).transpose()?,
            invert: self.invert,
            level: self.level,
            ..Query::default()
        };
        let lines = self.lines.or(wanted.since.is_none().then_some(FEW));
        let beginning = Beginning {
            lines: lines.map(|lines| lines.min(MOST_LINES)),
            after: places(self.after)?,
            events_after: self.events_after,
            ends: self.ends || wanted.until.is_some(),
        };
        let is_open = patterns.is_empty() || patterns.iter().any(|name| is_pattern(name));
        let later = (is_open && !beginning.ends).then(|| {
            history::newcomers(services, patterns, names.iter().cloned().collect(), wanted.clone(), kinds)
        });
        let opening = async move { history::follow(&common, names, wanted, beginning, kinds).await };
        let known = opening.into_stream().try_flatten();
        Ok(match later {
            Some(later) => stream::select(known, later).boxed(),
            None => known.boxed(),
        })
    }
}

impl Handle {
    /// The services that were named, each once, or all.
    pub(in crate::services) fn chosen(&self, names: Vec<String>) -> Result<Vec<String>, Error> {
        let all = || self.services().units.keys().cloned().collect::<Vec<String>>();
        if names.is_empty() {
            return Ok(all());
        }
        let (patterns, mut names): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| is_pattern(name));
        for pattern in patterns {
            let count = names.len();
            names.extend(all().into_iter().filter(|name| fits(name.as_bytes(), pattern.as_bytes())));
            if names.len() == count {
                names.push(pattern);
            }
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
        Fault::invalid(format!("\"{}\" is neither a moment nor a length of time", brief(text)))
            .hint("write \"2026-11-21T01:00:00Z\" or \"10m\"")
    })
}

/// Where each service's log was left.
fn places(texts: BTreeMap<String, String>) -> Result<BTreeMap<String, Place>, Fault> {
    let place = |(service, text): (String, String)| match text.parse() {
        Ok(place) => Ok((service, place)),
        Err(error) => Err(Fault::invalid(format!("after: \"{}\": {error}", brief(&text)))),
    };
    texts.into_iter().map(place).collect()
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether a name fits a pattern: `*` stands for any text, `?` for one byte.
fn fits(name: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Behind the last star, and how far what it stands for reaches. A later star makes up for any earlier one.
    let mut star = None;
    while at < name.len() {
        match pattern.get(place) {
            Some(b'*') => {
                place += 1;
                star = Some((place, at));
            }
            Some(&wanted) if wanted == b'?' || wanted == name[at] => (at, place) = (at + 1, place + 1),
            _ => {
                let Some((behind, end)) = star else { return false };
                star = Some((behind, end + 1));
                (at, place) = (end + 1, behind);
            }
        }
    }
    pattern[place..].iter().all(|&byte| byte == b'*')
}

fn pattern(text: &str, ignore_case: bool) -> Result<Regex, Fault> {
    let mut builder = RegexBuilder::new(text);
    let compiled = builder.size_limit(LARGEST_PATTERN).case_insensitive(ignore_case).build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Fault::new(Code::TooLarge, "the regular expression is too large")
            .hint("repeat less in it, or write (?-u) in front: that leaves out other alphabets"),
        error => Fault::invalid(no_expression(text, &error)),
    })
}

fn usual() -> usize {
    100
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_the_names_that_it_looks_like() {
        for (pattern, fitting, other) in [
            ("shop/*", "shop/web", "shop"),
            ("*", "web", ""),
            ("w?b", "web", "wb"),
            ("*b*b", "abcb", "abc"),
            ("**x**", "axb", "ab"),
        ] {
            assert!(fits(fitting.as_bytes(), pattern.as_bytes()), "{pattern} {fitting}");
            assert_eq!(
                fits(other.as_bytes(), pattern.as_bytes()),
                other.is_empty() && pattern == "*",
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_that_would_take_for_ever_is_refused() {
        for usual in [r"(?i)error|warn", r"\w+ \d{3} \w+", r"^\S+ - \[[^\]]+\]"] {
            assert!(pattern(usual, true).is_ok(), "{usual}");
        }
        assert_eq!(pattern("(a?.?){3000}b", false).unwrap_err().code, Code::TooLarge);
        let fault = pattern("(", false).unwrap_err();
        assert_eq!(fault.message, "\"(\" is no regular expression: unclosed group");
    }
}
