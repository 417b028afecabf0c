//! Runs, as `hob job runs` and its kin show them, and what a run's end means for whoever waited for it.

use daemon_core::jobs::{Run, Standing};
use daemon_core::runs::Signal;
use daemon_core::text::visible;
use jiff::{SignedDuration, Timestamp};

use super::command::command;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table, cut};
use super::time::{self, TimeOfDay};
use super::value;
use super::value::Value;

/// timeout(1) says it so.
const TIMED_OUT: u8 = 124;
/// What a shell says of a command that it cannot execute.
const NOT_STARTED: u8 = 127;
/// What a shell says of a command that Ctrl-C has ended.
pub(crate) const CANCELLED: u8 = 130;
/// "Try again": it did not run, or nobody knows how it ended (sysexits(3): `EX_TEMPFAIL`).
const TRY_AGAIN: u8 = 75;

/// The exit status of whoever waited for a run, which is that of the run where it has one.
pub(crate) fn status(run: &Run) -> u8 {
    match run.state {
        Standing::Queued | Standing::Running | Standing::Succeeded => 0,
        Standing::TimedOut => TIMED_OUT,
        Standing::Cancelled => CANCELLED,
        Standing::Skipped | Standing::Missed | Standing::Lost => TRY_AGAIN,
        Standing::Failed => match (run.code, signal(run)) {
            // It failed with what is success elsewhere.
            (Some(0), _) => 1,
            (Some(code), _) => u8::try_from(code).unwrap_or(1),
            (None, Some(signal)) => 128_u8.saturating_add(signal),
            (None, None) => NOT_STARTED,
        },
    }
}

/// The signal that its reason names.
fn signal(run: &Run) -> Option<u8> {
    let named = run.reason.as_deref()?.strip_prefix("killed by ")?;
    let named = named.split([':', ';']).next().unwrap_or(named);
    match named.strip_prefix("signal ") {
        Some(number) => number.parse().ok(),
        None => u8::try_from(named.parse::<Signal>().ok()?.number()).ok(),
    }
}

/// As much of a command as a sentence can bear.
const LONGEST_COMMAND: usize = 60;

/// What it is a run of: a job, or the command itself.
pub(crate) fn subject(run: &Run) -> String {
    match &run.job {
        Some(job) if run.inputs.args.is_empty() => visible(job),
        Some(job) => format!("{} -- {}", visible(job), command(&run.inputs.args)),
        None => command(&run.inputs.command),
    }
}

/// "run 17 of nightly", "run 18 (make test)".
pub(crate) fn named(run: &Run, style: &Style) -> String {
    match &run.job {
        Some(job) => format!("run {} of {}", run.id, visible(job)),
        None => {
            format!("run {} ({})", run.id, cut(&command(&run.inputs.command), LONGEST_COMMAND, style))
        }
    }
}

/// The sign of its state.
pub(crate) fn glyph(state: Standing, style: &Style) -> &'static str {
    match state {
        Standing::Queued => style.glyph("◌", "."),
        Standing::Running => style.glyph("●", "*"),
        Standing::Succeeded => style.glyph("✓", "+"),
        Standing::Failed => style.glyph("✗", "x"),
        Standing::TimedOut => style.glyph("◷", "t"),
        Standing::Cancelled => style.glyph("⊘", "-"),
        Standing::Skipped => style.glyph("»", ">"),
        Standing::Missed => style.glyph("◇", "m"),
        Standing::Lost => "?",
    }
}

/// The colour of its state.
pub(crate) fn paint(state: Standing) -> Paint {
    match state {
        Standing::Running | Standing::Succeeded => Paint::Green,
        Standing::Failed | Standing::TimedOut | Standing::Lost => Paint::Red,
        Standing::Queued | Standing::Missed => Paint::Yellow,
        Standing::Cancelled | Standing::Skipped => Paint::Dim,
    }
}

/// Its state, as a word or two.
pub(crate) fn word(state: Standing) -> &'static str {
    match state {
        Standing::Succeeded => "ok",
        Standing::TimedOut => "timed out",
        other => other.word(),
    }
}

/// Where it stands, in one line without the newline.
pub(crate) fn sentence(run: &Run, style: &Style, now: Timestamp) -> String {
    let state = match run.state {
        Standing::Queued => "waits",
        Standing::Running => "is running",
        Standing::Succeeded => "succeeded",
        Standing::Failed => "failed",
        Standing::TimedOut => "timed out",
        Standing::Cancelled => "was cancelled",
        Standing::Skipped => "was skipped",
        Standing::Missed => "was missed",
        Standing::Lost => "is lost",
    };
    let glyph = style.paint(paint(run.state), glyph(run.state, style));
    let mut text = format!("{glyph} {} {state}", style.paint(Paint::Bold, &named(run, style)));
    if run.state.is_over()
        && let Some(took) = took(run, now)
    {
        text += &format!(" after {took}");
    }
    if let Some(pid) = run.pid {
        text += &style.paint(Paint::Dim, &format!(" (pid {pid})"));
    }
    let note = note(run, now);
    if !note.is_empty() && note != "was cancelled" {
        text += &format!(": {note}");
    }
    text
}

/// Runs, one a line.
pub(crate) fn table(runs: &[Run], style: &Style, now: Timestamp) -> String {
    let mut table = Table::new(vec![
        Column::mark(),
        Column::number("RUN", 220),
        Column::text("WHAT", 200, 10),
        Column::text("STATE", ESSENTIAL, 9),
        Column::whole("STARTED", 120),
        Column::whole("TOOK", 110),
        Column::text("NOTE", 130, 14),
    ]);
    for run in runs {
        let is_calm = matches!(paint(run.state), Paint::Green | Paint::Dim);
        let started = run.started.filter(|_| run.state != Standing::Queued);
        table.row(vec![
            Cell::painted(glyph(run.state, style), paint(run.state)),
            run.id.to_string().into(),
            Cell::painted(subject(run), if run.job.is_some() { Paint::Bold } else { Paint::Plain }),
            Cell::painted(word(run.state), paint(run.state)),
            started.map(|at| time::ago(&at.to_string(), now)).unwrap_or_default().into(),
            took(run, now).unwrap_or_default().into(),
            Cell::painted(
                remark(run, now),
                if is_calm || run.state == Standing::Queued { Paint::Dim } else { Paint::Plain },
            ),
        ]);
    }
    table.render(style)
}

/// How long it took, or has taken up to now.
pub(crate) fn took(run: &Run, now: Timestamp) -> Option<String> {
    if run.state == Standing::Queued {
        return None;
    }
    let started = run.started?;
    Some(lasted(run.ended.unwrap_or(now).duration_since(started)))
}

/// "15ms", "1.3s", "42s", "3m 5s", "2h 7m", "3d 4h".
pub(crate) fn lasted(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let two = |large: i64, large_unit: char, small: i64, small_unit: char| match small {
        0 => format!("{large}{large_unit}"),
        _ => format!("{large}{large_unit} {small}{small_unit}"),
    };
    match seconds {
        0 => format!("{}ms", length.subsec_millis().max(0)),
        1..10 => format!("{seconds}.{}s", length.subsec_millis().max(0) / 100),
        10..60 => format!("{seconds}s"),
        60..3600 => two(seconds / 60, 'm', seconds % 60, 's'),
        3600..86_400 => two(seconds / 3600, 'h', seconds % 3600 / 60, 'm'),
        _ => two(seconds / 86_400, 'd', seconds % 86_400 / 3600, 'h'),
    }
}

/// The same in a table, where of what never began nothing else says when that was.
fn remark(run: &Run, now: Timestamp) -> String {
    let ended = run.ended.filter(|_| run.started.is_none()).map(|at| time::ago(&at.to_string(), now));
    let note = Some(note(run, now)).filter(|note| !note.is_empty());
    note.into_iter().chain(ended).collect::<Vec<_>>().join("; ")
}

/// What there is to say besides its state.
fn note(run: &Run, now: Timestamp) -> String {
    let mut notes = Vec::new();
    let is_queued = run.state == Standing::Queued;
    if is_queued && !run.after.is_empty() {
        let ids: Vec<String> = run.after.iter().map(ToString::to_string).collect();
        notes.push(format!("after {}", ids.join(", ")));
    }
    if is_queued && let Some(until) = run.not_before.and_then(|at| time::until(&at.to_string(), now)) {
        notes.push(format!("again {until}"));
    }
    if let Some(queue) = run.queue.as_deref().filter(|queue| is_queued && *queue != "default") {
        notes.push(format!("in {}", visible(queue)));
    }
    if is_queued && run.priority != 0 {
        notes.push(format!("priority {}", run.priority));
    }
    match (&run.reason, run.code) {
        (Some(reason), _) => notes.push(visible(reason)),
        (None, Some(code)) if code != 0 => notes.push(format!("exited with {code}")),
        _ => {}
    }
    if 1 < run.attempt {
        notes.push(format!("attempt {}", run.attempt));
    }
    notes.join("; ")
}

/// Everything about one run.
pub(crate) fn details(run: &Run, style: &Style, times: &TimeOfDay, now: Timestamp) -> String {
    let at = |at: Option<Timestamp>| match at {
        Some(at) => {
            let at = at.to_string();
            Value::Text(format!(
                "{} ({})",
                times.show(&at),
                time::until(&at, now).filter(|it| it != "now").unwrap_or_else(|| time::ago(&at, now))
            ))
        }
        None => Value::Null,
    };
    let words = |words: &[String]| Value::Text(if words.is_empty() { String::new() } else { command(words) });
    let inputs = &run.inputs;
    let own_env: Vec<Value> = inputs.env.keys().map(|name| Value::Text(name.clone())).collect();
    let after = run.after.iter().map(|id| Value::Number(id.to_string())).collect();
    let pairs = [
        ("command", words(&inputs.command)),
        ("further words", words(&inputs.args)),
        (
            "working dir",
            inputs.working_dir.as_ref().map_or(Value::Null, |dir| Value::Text(dir.display().to_string())),
        ),
        ("variables", Value::List(own_env)),
        ("why", Value::Text(run.why.clone())),
        ("queue", run.queue.clone().map_or(Value::Null, Value::Text)),
        ("priority", if run.priority == 0 { Value::Null } else { Value::Number(run.priority.to_string()) }),
        ("after", Value::List(after)),
        ("due", at(Some(run.due))),
        ("not before", at(run.not_before)),
        ("started", at(run.started)),
        ("ended", at(run.ended)),
        ("took", took(run, now).map_or(Value::Null, Value::Text)),
        ("attempt", if run.attempt == 0 { Value::Null } else { Value::Number(run.attempt.to_string()) }),
        ("exit code", run.code.map_or(Value::Null, |code| Value::Number(code.to_string()))),
        (
            "processor time",
            run.cpu_ms.map_or(Value::Null, |ms| {
                Value::Text(lasted(SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))))
            }),
        ),
        ("most memory", run.memory.map_or(Value::Null, |bytes| Value::Text(value::bytes(bytes)))),
    ];
    let pairs: Vec<(String, Value)> = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    sentence(run, style, now) + "\n" + &value::pairs(&pairs, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(state: &str, more: &str) -> Run {
        let json = format!(
            r#"{{"id":17,"state":"{state}","why":"asked","inputs":{{"command":["make","a b","\u202e"]}},
                "due":"2026-06-01T11:00:00Z","attempt":1{more}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn check(state: &str, more: &str, expected: u8) {
        assert_eq!(status(&of(state, more)), expected, "{state} {more}");
    }

    #[test]
    fn whoever_waited_exits_as_the_run_did() {
        check("succeeded", r#","code":0"#, 0);
        check("succeeded", r#","code":3"#, 0);
        check("failed", r#","code":3,"reason":"exited with 3: boo""#, 3);
        check("failed", r#","code":0,"reason":"exited with 0""#, 1);
        check("failed", r#","reason":"killed by SIGKILL: its last line""#, 137);
        check("failed", r#","reason":"killed by SIGTERM; two processes were left""#, 143);
        check("failed", r#","reason":"killed by signal 35""#, 163);
        check("failed", r#","reason":"no program \"make\" in PATH""#, 127);
        check("timed-out", "", 124);
        check("cancelled", "", 130);
        check("skipped", "", 75);
        check("missed", "", 75);
        check("lost", "", 75);
    }

    #[test]
    fn what_never_began_has_not_started_and_what_runs_has_taken_so_long() {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let begun = of("running", r#","started":"2026-06-01T11:59:59.717Z""#);
        let shown = table(&[begun], &Style::plain(), now);
        assert!(shown.contains("just now  283ms"), "{shown}");
        let never = of("cancelled", r#","ended":"2026-06-01T11:55:00Z""#);
        let shown = table(std::slice::from_ref(&never), &Style::plain(), now);
        assert!(!shown.contains("STARTED") && !shown.contains("TOOK") && shown.contains("5m ago"), "{shown}");
        assert!(!sentence(&never, &Style::plain(), now).contains("ago"));
    }

    #[test]
    fn a_length_has_two_units_at_most() {
        for (millis, expected) in [
            (-5, "0ms"),
            (15, "15ms"),
            (1_340, "1.3s"),
            (42_900, "42s"),
            (185_000, "3m 5s"),
            (7_620_000, "2h 7m"),
            (273_600_000, "3d 4h"),
        ] {
            assert_eq!(lasted(SignedDuration::from_millis(millis)), expected);
        }
    }

    #[test]
    fn the_table_tells_what_why_and_how_long() {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let begun = r#","started":"2026-06-01T11:50:00Z""#;
        let ended =
            format!(r#"{begun},"ended":"2026-06-01T11:52:05Z","code":3,"reason":"exited with 3: \u001b[2J""#);
        let mut retried =
            of("queued", r#","not_before":"2026-06-01T12:00:30Z","reason":"exited with 1","queue":"build""#);
        retried.job = Some("nightly".to_owned());
        retried.inputs.args = vec!["--full".to_owned()];
        let runs = [
            of("running", &format!("{begun},\"pid\":7")),
            of("failed", &ended),
            retried,
            of("queued", r#","after":[3,4],"priority":-5"#),
            of("skipped", r#","reason":"run 3 had not ended""#),
        ];
        let shown = |width| table(&runs, &Style { width, ..Style::plain() }, now);
        let sentences: Vec<String> = runs.iter().map(|run| sentence(run, &Style::plain(), now)).collect();
        insta::assert_snapshot!([shown(None), shown(Some(60)), sentences.join("\n")].join("\n"));
    }
}
