//! What a run has written.

use clap::Args;
use futures_util::stream::{self, Stream, StreamExt};
use futures_util::{FutureExt as _, TryStreamExt as _};
use jiff::Timestamp;
use regex::bytes::RegexBuilder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::run::{Run, RunId};
use super::super::store::Wanted;
use super::super::{Error, Handle};
use crate::kernel::{Access, Call, Effect, Fault, Feed, Op};
use crate::runs::logs::{self as captured, Followed, From, Next, Query};
use crate::services::Source;
use crate::text::no_expression;

/// Lines that may be asked for at once.
const MOST_LINES: usize = 100_000;
/// Lines in one item.
const TOGETHER: usize = 1000;

/// Read what a run wrote
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "RunLogs")]
pub struct Logs {
    /// The number of a run, or the name of a job: its latest run
    pub run: String,
    /// So many of the newest lines, at most 100000
    #[serde(default = "usual")]
    #[arg(short = 'n', long, default_value_t = usual())]
    pub lines: usize,
    /// Only of this attempt
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub attempt: Option<u32>,
    /// Only lines that this regular expression matches
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub grep: Option<String>,
}

fn usual() -> usize {
    1000
}

/// One line that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobLine {
    /// When.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// Where it comes from.
    pub stream: Source,
    /// Of which attempt, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    /// The text without its newline; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Whether more of this line may follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// Lines of a run, the oldest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct JobLogPage {
    /// The run.
    pub run: Run,
    /// The newest that were asked for.
    pub lines: Vec<JobLine>,
    /// Whether there may be older ones.
    pub more: bool,
}

impl Op for Logs {
    const NAME: &'static str = "job.logs";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = JobLogPage;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<JobLogPage, Fault> {
        let grep = self.grep.as_deref().map(pattern).transpose()?;
        let run = jobs.found(&self.run).await?;
        let query = Query {
            lines: self.lines.min(MOST_LINES),
            run: self.attempt.map(u64::from),
            grep,
            ..Query::default()
        };
        let (logs, name) = (jobs.0.runs.logs.clone(), run.key().0);
        let page = tokio::task::spawn_blocking(move || logs.read(&name, &query)).await;
        let page = page.map_err(|error| Fault::internal(format!("reading a log broke: {error}")))?;
        let page = page.map_err(Error::from)?;
        Ok(JobLogPage { run, lines: page.lines.into_iter().map(line).collect(), more: page.more })
    }
}

/// Follow what a run writes, until it is over
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "FollowRun")]
pub struct Follow {
    /// The number of a run, or the name of a job: its latest run
    pub run: String,
}

/// What comes to a follower.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "JobFollowItem")]
pub struct FollowItem {
    /// Lines, in the order in which they were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<JobLine>,
    /// So many were removed before you read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<u64>,
    /// The run: as it is at the beginning, and in the last item as it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

impl Feed for Follow {
    const NAME: &'static str = "job.follow";
    const ACCESS: Access = Access::Observe;
    type On = Handle;
    type Item = FollowItem;

    fn open(
        self,
        jobs: &Handle,
        _: &Call,
    ) -> Result<impl Stream<Item = Result<FollowItem, Fault>> + Send + 'static, Fault> {
        let jobs = jobs.clone();
        let opening = async move {
            let run = jobs.found(&self.run).await?;
            let pinned = jobs.0.runs.logs.pin(&run.key().0).await.map_err(Error::from)?;
            let follow = pinned.follow(From::Since(Timestamp::MIN)).map_err(Error::from)?;
            let (waiting, id) = (jobs.clone(), run.id);
            let over = async move { waiting.wait_for(id).await }.boxed();
            let first = FollowItem { run: Some(run), ..FollowItem::default() };
            let state = Some(Following { follow, over, ended: None });
            Ok::<_, Fault>(stream::iter([Ok(first)]).chain(stream::unfold(state, following)))
        };
        Ok(opening.into_stream().try_flatten().boxed())
    }
}

struct Following {
    follow: captured::Follow,
    over: futures_util::future::BoxFuture<'static, Result<Run, Error>>,
    ended: Option<Result<Run, Error>>,
}

async fn following(state: Option<Following>) -> Option<(Result<FollowItem, Fault>, Option<Following>)> {
    let mut state = state?;
    loop {
        let mut item = FollowItem::default();
        let last = loop {
            match state.follow.read() {
                Ok(Next::Is(Followed::Line(it, _))) => item.lines.push(line(it)),
                Ok(Next::Is(Followed::Skipped(count))) => item.skipped = Some(count),
                Ok(Next::Is(Followed::Lost)) => item.skipped = Some(0),
                Ok(last) => break last,
                Err(error) => return Some((Err(Error::from(error).into()), None)),
            }
            if item.lines.len() == TOGETHER || item.skipped.is_some() {
                return Some((Ok(item), Some(state)));
            }
        };
        if !item.lines.is_empty() {
            return Some((Ok(item), Some(state)));
        }
        match state.ended.take() {
            // Everything it wrote was written before it was said to be over.
            Some(Ok(run)) => return Some((Ok(FollowItem { run: Some(run), ..item }), None)),
            Some(Err(error)) => return Some((Err(error.into()), None)),
            None => {}
        }
        tokio::select! {
            ended = &mut state.over => state.ended = Some(ended),
            changed = state.follow.changed(), if last == Next::Nothing => if let Err(error) = changed {
                return Some((Err(Error::from(error).into()), None));
            },
        }
    }
}

impl Handle {
    /// The run of a number, or the latest run of a job.
    async fn found(&self, run: &str) -> Result<Run, Fault> {
        if let Ok(id) = run.parse::<RunId>() {
            let found = self.0.store.run(id).await.map_err(Error::from)?;
            return Ok(found.ok_or(Error::NoRun(id))?);
        }
        self.engine().job(run)?;
        let wanted = Wanted { job: Some(run.to_owned()), limit: 50, ..Wanted::default() };
        let runs = self.0.store.runs(wanted).await.map_err(Error::from)?;
        let begun = runs.into_iter().find(|run| 0 < run.attempt);
        begun.ok_or_else(|| {
            let hint = format!("run it now: hob job run {run}");
            Fault::new(crate::kernel::Code::NotFound, format!("{run} has not run yet")).hint(hint)
        })
    }
}

fn line(line: captured::Line) -> JobLine {
    JobLine {
        time: line.stamp,
        stream: match line.stream {
            captured::Stream::Out => Source::Stdout,
            captured::Stream::Err => Source::Stderr,
        },
        attempt: line.run,
        text: String::from_utf8_lossy(&line.text).into_owned(),
        partial: !line.ends,
    }
}

fn pattern(text: &str) -> Result<regex::bytes::Regex, Fault> {
    let built = RegexBuilder::new(text).size_limit(256 << 10).build();
    built.map_err(|error| Fault::invalid(no_expression(text, &error)))
}
