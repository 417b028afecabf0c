//! Jobs and queues, as `hob job` and its kin show them.

use daemon_core::jobs::ops::{JobDetail, Jobs, PauseReply, RunPage, Runs};
use daemon_core::jobs::{JobStatus, QueueStatus, Run, Standing};
use daemon_core::kernel::{Code, Fault};
use daemon_core::system::JobCounts;
use daemon_core::text::visible;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::status;

use super::due::{self, ahead, clock};
use super::run;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::value::{self, Value};
use super::{command::command, held, time, written};

/// What is looked for first in what is configured.
const FIRST: [&str; 7] = ["command", "triggers", "zone", "working_dir", "env", "queue", "overlap"];

/// The reply to an operation on jobs, for a person.
///
/// # Errors
/// `unsupported` if it is not understood.
pub(crate) fn rendered(
    name: &str,
    reply: &[u8],
    style: &Style,
    now: Timestamp,
) -> Result<Option<String>, Fault> {
    Ok(Some(match name {
        "job.list" => list(&parse(reply)?, style, now),
        "job.get" => details(&parse(reply)?, style, now),
        "job.next" => due::table(&parse(reply)?, style, now),
        "job.runs" => runs(&parse(reply)?, style, now),
        "job.run" | "job.again" | "job.enqueue" | "job.cancel" | "job.wait" => {
            run::sentence(&parse::<Run>(reply)?, style, now) + "\n"
        }
        "job.add" => added(&parse(reply)?, now),
        "job.pause" | "job.resume" => paused(&parse(reply)?, now),
        _ => return Ok(None),
    }))
}

/// Reads a reply about jobs.
///
/// # Errors
/// `unsupported` if it is none.
pub(crate) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(json).map_err(|error| {
        Fault::new(Code::Unsupported, format!("the daemon's reply is not understood: {error}"))
            .hint("daemon and program differ in version: hob daemon restart")
    })
}

/// All jobs, one a line, and the queues in which there is something.
pub(crate) fn list(all: &Jobs, style: &Style, now: Timestamp) -> String {
    let mut out = match &all.jobs[..] {
        [] => "no jobs yet: write [job.NAME] into the configuration, or run a command once with \
               `hob queue -- command...`\n"
            .to_owned(),
        jobs => table(jobs, style, now),
    };
    for job in &all.jobs {
        if let Some(trouble) = &job.trouble {
            let line = format!("! {}: {}", visible(&job.name), visible(trouble));
            out += &style.paint(Paint::Yellow, &line);
            out.push('\n');
        }
    }
    out += &status::pause(all.paused.as_ref(), style, now);
    let busy: Vec<&QueueStatus> = all.queues.iter().filter(|queue| is_of_interest(queue)).collect();
    if !busy.is_empty() {
        out += &format!("\n{}", queues(&busy, style, now));
    }
    out
}

/// Whether there is something in it to be told.
pub(crate) fn is_of_interest(queue: &QueueStatus) -> bool {
    queue.paused || queue.running + queue.waiting != 0
}

fn table(jobs: &[JobStatus], style: &Style, now: Timestamp) -> String {
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("NAME", 200, 8),
        Column::text("STATE", ESSENTIAL, 9),
        Column::text("NEXT", 150, 10),
        Column::text("LAST", 140, 12),
        Column::text("TRIGGERS", 100, 10),
    ]);
    for job in jobs {
        let (glyph, words, paint) = state(job, style, now);
        let is_quiet = paint == Paint::Dim;
        let next = next(job).map(|at| ahead(at, now)).unwrap_or_default();
        let (last, last_paint) =
            job.last.as_ref().map_or((String::new(), Paint::Plain), |last| past(last, now));
        let triggers: Vec<String> = job.triggers.iter().map(|it| visible(it)).collect();
        table.row(vec![
            Cell::painted(glyph, paint),
            Cell::painted(visible(&job.name), if is_quiet { Paint::Plain } else { Paint::Bold }),
            Cell::painted(words, paint),
            next.into(),
            Cell::painted(last, last_paint),
            Cell::painted(triggers.join(", "), Paint::Dim),
        ]);
    }
    table.render(style)
}

/// When it is due and would begin: what falls into its pause does not.
fn next(job: &JobStatus) -> Option<Timestamp> {
    let begins = |at: &Timestamp| !job.paused || job.paused_until.is_some_and(|until| until <= *at);
    job.next.filter(begins)
}

/// How a job is: a sign, a few words, a colour.
fn state(job: &JobStatus, style: &Style, now: Timestamp) -> (&'static str, String, Paint) {
    let numbers = |ids: &[u64]| match ids {
        [id] => format!("#{id}"),
        [first, second] => format!("#{first} #{second}"),
        many => format!("{} runs", many.len()),
    };
    let paused = || match job.paused_until {
        Some(until) => format!("paused until {}", clock(until, now)),
        None => "paused".to_owned(),
    };
    let (glyph, mut words, paint) = match (&job.late[..], &job.running[..], &job.waiting[..]) {
        (late @ [_, ..], _, _) => (style.glyph("▲", "!"), format!("late {}", numbers(late)), Paint::Yellow),
        (_, running @ [_, ..], _) => {
            (style.glyph("●", "*"), format!("running {}", numbers(running)), Paint::Green)
        }
        (_, _, waiting) if job.paused => {
            let words = match waiting.len() {
                0 => paused(),
                waits => format!("paused, {waits} waiting"),
            };
            return (style.glyph("‖", "="), words, Paint::Yellow);
        }
        (_, _, waiting @ [_, ..]) => {
            (style.glyph("◌", "."), format!("waiting {}", numbers(waiting)), Paint::Yellow)
        }
        _ => (style.glyph("○", "o"), "idle".to_owned(), Paint::Dim),
    };
    if job.paused {
        words = format!("{words}, {}", paused());
    }
    (glyph, words, paint)
}

/// "ok 2h ago", "failed 5m ago: exited with 1".
fn past(last: &Run, now: Timestamp) -> (String, Paint) {
    let at = last.ended.unwrap_or(last.due);
    let mut text = format!("{} {}", run::word(last.state), time::ago(&at.to_string(), now));
    let is_told = matches!(last.state, Standing::Failed | Standing::TimedOut | Standing::Missed);
    if let Some(reason) = last.reason.as_deref().filter(|_| is_told) {
        text += &format!(": {}", visible(reason));
    }
    let paint = match run::paint(last.state) {
        Paint::Green => Paint::Plain,
        other => other,
    };
    (text, paint)
}

/// Queues, one a line.
pub(crate) fn queues(queues: &[&QueueStatus], style: &Style, now: Timestamp) -> String {
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("QUEUE", 200, 8),
        Column::number("RUNNING", 150),
        Column::number("WAITING", 190),
        Column::number("SLOTS", 100),
        Column::text("NOTE", 140, 8),
    ]);
    for queue in queues {
        let (glyph, paint) = match (queue.paused, queue.running) {
            (true, _) => (style.glyph("‖", "="), Paint::Yellow),
            (_, 0) => (style.glyph("○", "o"), Paint::Dim),
            _ => (style.glyph("●", "*"), Paint::Green),
        };
        let note = match (queue.paused, queue.paused_until) {
            (true, Some(until)) => format!("paused until {}", clock(until, now)),
            (true, None) => "paused".to_owned(),
            (false, _) => String::new(),
        };
        let count = |count: usize| {
            Cell::painted(count.to_string(), if count == 0 { Paint::Dim } else { Paint::Plain })
        };
        table.row(vec![
            Cell::painted(glyph, paint),
            Cell::painted(visible(&queue.name), Paint::Bold),
            count(queue.running),
            count(queue.waiting),
            Cell::painted(queue.slots.to_string(), Paint::Dim),
            Cell::painted(note, Paint::Yellow),
        ]);
    }
    table.render(style)
}

/// The answer to a question for runs: of none it is told whether there are any at all.
pub(crate) fn found(asked: &[u8], reply: &[u8], style: &Style, now: Timestamp) -> Result<String, Fault> {
    let (asked, page): (Runs, RunPage) = (parse(asked)?, parse(reply)?);
    let is_of_all =
        asked.job.is_none() && asked.state.is_none() && asked.queue.is_none() && asked.before.is_none();
    Ok(match page.runs.is_empty() && is_of_all {
        true => "nothing has run yet\n".to_owned(),
        false => runs(&page, style, now),
    })
}

fn runs(page: &RunPage, style: &Style, now: Timestamp) -> String {
    if page.runs.is_empty() {
        return "no such runs\n".to_owned();
    }
    let mut out = run::table(&page.runs, style, now);
    if let (true, true, Some(oldest)) = (page.more, style.terminal, page.runs.last()) {
        let line = format!("there are older ones: --before {}, or more at once with -n", oldest.id);
        out += &(style.paint(Paint::Dim, &line) + "\n");
    }
    out
}

fn details(job: &JobDetail, style: &Style, now: Timestamp) -> String {
    let status = &job.status;
    let (glyph, words, paint) = state(status, style, now);
    let name = style.paint(Paint::Bold, &visible(&status.name));
    let mut out = format!("{} {name} is {words}", style.paint(paint, glyph));
    if let Some(next) = next(status) {
        out += &format!(", next {}", ahead(next, now));
    }
    out.push('\n');
    if let Some(trouble) = &status.trouble {
        out += &style.paint(Paint::Yellow, &visible(trouble));
        out.push('\n');
    }
    let mut pairs: Vec<(String, Value)> = job
        .config
        .iter()
        .map(|(key, value)| {
            let shown = match written::tables(value) {
                Some(text) => Value::Text(text),
                None => as_typed(key, serde_json::from_value(value.clone()).unwrap_or(Value::Null)),
            };
            (key.clone(), shown)
        })
        .collect();
    let place = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    pairs.sort_by_key(|(key, _)| place(key));
    pairs.extend(held::pairs(&job.limits, &job.watching));
    out += &value::pairs(&pairs, style);
    match &job.runs[..] {
        [] => out + "it has not run yet\n",
        runs => out + "\n" + &run::table(runs, style, now),
    }
}

/// A command is shown as one would type it.
fn as_typed(key: &str, value: Value) -> Value {
    match (key, &value) {
        ("command", Value::List(words)) => {
            let text = |word: &Value| if let Value::Text(word) = word { word.clone() } else { word.inline() };
            Value::Text(command(&words.iter().map(text).collect::<Vec<_>>()))
        }
        _ => value,
    }
}

/// "nightly is added: every day at 02:00, next in 4h 12m".
fn added(job: &JobStatus, now: Timestamp) -> String {
    let name = visible(&job.name);
    let next = job.next.map(|at| format!(", next {}", ahead(at, now))).unwrap_or_default();
    match &job.when[..] {
        [] => crate::failure::for_this_home(&format!("{name} is added: `hob job run {name}` runs it\n")),
        when => format!("{name} is added: {}{next}\n", visible(&when.join("; "))),
    }
}

fn paused(reply: &PauseReply, now: Timestamp) -> String {
    let name = visible(&reply.name);
    match (reply.paused, reply.until) {
        (true, Some(until)) => {
            format!("{name} is paused until {}: nothing of it begins before\n", clock(until, now))
        }
        (true, None) => format!("{name} is paused: nothing of it begins until it is resumed\n"),
        (false, _) => format!("{name} is not paused any more\n"),
    }
}

/// "jobs: 3, next nightly in 4h; 1 running; 1 failed".
pub(crate) fn in_brief(counts: &JobCounts, style: &Style, now: Timestamp) -> String {
    let mut text =
        if counts.jobs == 0 { "runs of commands".to_owned() } else { format!("jobs: {}", counts.jobs) };
    if let Some(next) = &counts.next {
        text += &format!(", next {} {}", visible(&next.job), ahead(next.at, now));
    }
    let parts = [
        (counts.running, "running", Paint::Green),
        (counts.waiting, "waiting", Paint::Plain),
        (counts.late, "late", Paint::Yellow),
        (counts.failed, "failed", Paint::Red),
    ];
    for (place, (count, word, paint)) in parts.into_iter().filter(|part| part.0 != 0).enumerate() {
        text += if counts.jobs == 0 && place == 0 { ": " } else { "; " };
        text += &style.paint(paint, &format!("{count} {word}"));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use daemon_core::system::Pause;

    use super::*;

    const NOW: &str = "2026-06-01T12:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    /// As a reply of `job.list` has them.
    fn jobs() -> Jobs {
        let run = |id: u64, state: &str, ended: &str, more: &str| {
            format!(
                r#"{{"id":{id},"job":"x","state":"{state}","why":"schedule","due":"{ended}","ended":"{ended}","attempt":1{more}}}"#
            )
        };
        let ok = run(3, "succeeded", "2026-06-01T10:00:00Z", "");
        let failed =
            run(4, "failed", "2026-06-01T11:55:00Z", r#","code":1,"reason":"exited with 1: e\u001b[2J""#);
        let json = format!(
            r#"{{"jobs":[
                {{"name":"backup","triggers":["0 2 * * *"],"next":"2026-06-01T15:12:30Z","running":[],"waiting":[],"last":{ok}}},
                {{"name":"flaky","triggers":["every 15m","@weekly"],"next":"2026-06-01T12:00:07Z","running":[12],"waiting":[13],"last":{failed}}},
                {{"name":"late","triggers":[],"running":[14],"waiting":[],"late":[14]}},
                {{"name":"e\u202evil","triggers":["files"],"paused":true,"next":"2026-06-01T12:00:08Z","running":[],"waiting":[15],
                  "trouble":"no more directories can be watched"}}],
               "queues":[{{"name":"build","slots":2,"running":1,"waiting":3,"paused":true}},
                         {{"name":"default","slots":1,"running":0,"waiting":0}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn shown(width: Option<usize>) -> String {
        list(&jobs(), &Style { width, ..Style::plain() }, now())
    }

    #[test]
    fn the_table_says_how_each_job_is_and_what_is_next() {
        insta::assert_snapshot!(shown(None));
    }

    #[test]
    fn in_sixty_columns_the_triggers_go_first() {
        insta::assert_snapshot!(shown(Some(60)));
    }

    #[test]
    fn that_everything_is_paused_is_said_below() {
        let all = Jobs { paused: Some(Pause { until: None }), ..jobs() };
        assert!(list(&all, &Style::plain(), now()).contains("\npaused: no job begins"));
    }

    #[test]
    fn without_jobs_it_says_how_to_get_one() {
        let none = Jobs { jobs: Vec::new(), queues: Vec::new(), paused: None };
        assert!(list(&none, &Style::plain(), now()).contains("hob queue"));
    }

    #[test]
    fn what_is_added_says_when_it_runs() {
        let said = |more: &str| {
            let json = format!(r#"{{"name":"a","triggers":[],"running":[],"waiting":[]{more}}}"#);
            added(&serde_json::from_str(&json).unwrap(), now())
        };
        assert_eq!(said(""), "a is added: `hob job run a` runs it\n");
        assert_eq!(
            said(r#","when":["every day at 02:00"],"next":"2026-06-01T16:00:00Z""#),
            "a is added: every day at 02:00, next in 4h\n"
        );
        assert_eq!(said(r#","when":["when src/** changes"]"#), "a is added: when src/** changes\n");
    }

    #[test]
    fn in_brief_there_is_only_what_there_is() {
        let next =
            daemon_core::system::JobDue { job: "backup".into(), at: "2026-06-01T16:00:00Z".parse().unwrap() };
        let counts = JobCounts { jobs: 3, running: 1, waiting: 0, failed: 1, late: 0, next: Some(next) };
        let style = Style::plain();
        assert_eq!(in_brief(&counts, &style, now()), "jobs: 3, next backup in 4h; 1 running; 1 failed\n");
        let counts = JobCounts { jobs: 0, running: 1, waiting: 2, failed: 0, late: 0, next: None };
        assert_eq!(in_brief(&counts, &style, now()), "runs of commands: 1 running; 2 waiting\n");
    }
}
