//! Requests, as lists and in a sentence: what was asked for, where it is, who decided.

use daemon_core::approvals::ops::{Approvals, Denied, Requests};
use daemon_core::approvals::request::answer::Answer;
use daemon_core::approvals::request::state::State;
use daemon_core::approvals::request::{Decided, Executed, Request};
use daemon_core::exec::Because;
use daemon_core::text::{quoted, visible};
use jiff::{SignedDuration, Timestamp};

use super::grant::how_long;
use super::run::lasted;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table, cut};
use super::time::{self, TimeOfDay};
use super::value::{self, Value};

/// What a shell says of a command that it cannot execute.
const NOT_STARTED: u8 = 127;
/// As much of a reason as a list on a terminal can bear; `hob approve` shows more.
const LONGEST_REASON: usize = 80;

/// The exit status of whoever waited for it, if it was run: that of the command, or 128 and the signal.
pub(crate) fn status(answer: &Answer) -> Option<u8> {
    match (answer.state, answer.exit, answer.signal) {
        (State::Finished | State::Killed | State::Failed, Some(exit), _) => {
            Some(u8::try_from(exit).unwrap_or(1))
        }
        (State::Finished | State::Killed | State::Failed, None, Some(signal)) => {
            Some(u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX))
        }
        (State::Failed, None, None) => Some(NOT_STARTED),
        _ => None,
    }
}

/// What waits, the longest first.
pub(crate) fn waiting(list: &Approvals, style: &Style, now: Timestamp) -> String {
    if list.requests.is_empty() {
        return "nothing waits for a decision: what a client asks for and no rule allows appears here, and \
                `hob approve ID` decides it\n"
            .to_owned();
    }
    let mut table = Table::new(vec![
        Column::text("ID", ESSENTIAL + 10, 10),
        Column::text("CLIENT", ESSENTIAL, 8),
        Column::text("COMMAND", ESSENTIAL + 5, 16),
        Column::whole("ASKED", 110),
        Column::whole("EXPIRES", 120),
        Column::remark("CLAIMED REASON", usize::MAX),
    ]);
    for request in &list.requests {
        table.row(vec![
            Cell::painted(visible(&request.id), Paint::Bold),
            visible(&request.client).into(),
            visible(&request.display).into(),
            Cell::painted(time::ago(&request.created.to_string(), now), Paint::Dim),
            Cell::painted(ahead(request.expires, now), expiring(request.expires, now)),
            Cell::painted(claimed(request, style), Paint::Dim),
        ]);
    }
    let mut out = table.render(style);
    let more = list.pending.saturating_sub(list.requests.len());
    if 0 < more {
        out += &style.paint(Paint::Dim, &format!("and {more} more that wait"));
        out.push('\n');
    }
    out
}

/// All kinds of them, the newest first.
pub(crate) fn table(list: &Requests, style: &Style, now: Timestamp) -> String {
    if list.requests.is_empty() {
        return "no requests yet: `hob run -- COMMAND` asks for one\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("ID", ESSENTIAL + 10, 10),
        Column::text("STATE", ESSENTIAL, 9),
        Column::text("CLIENT", 150, 8),
        Column::text("COMMAND", ESSENTIAL + 5, 16),
        Column::whole("ASKED", 110),
        Column::remark("NOTE", 24),
    ]);
    for request in &list.requests {
        table.row(vec![
            Cell::painted(glyph(request.state, style), paint(request)),
            visible(&request.id).into(),
            Cell::painted(words(request.state), paint(request)),
            visible(&request.client).into(),
            visible(&request.display).into(),
            Cell::painted(time::ago(&request.created.to_string(), now), Paint::Dim),
            Cell::painted(note(request, now), Paint::Dim),
        ]);
    }
    table.render(style)
}

/// Everything about one.
pub(crate) fn details(request: &Request, style: &Style, times: &TimeOfDay, now: Timestamp) -> String {
    let at = |at: Timestamp| {
        Value::Text(format!("{} ({})", times.show(&at.to_string()), time::ago(&at.to_string(), now)))
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let optional = |it: Option<&str>| it.map_or(Value::Null, text);
    let number = |number: Option<i64>| number.map_or(Value::Null, |number| Value::Number(number.to_string()));
    let executed = request.executed.as_ref();
    let ruled = request.ruled.as_ref().map(|ruled| match &ruled.reason {
        Some(reason) => format!("{} ({reason})", ruled.by),
        None => ruled.by.clone(),
    });
    let again: Vec<String> = request.more_reasons.iter().map(|reason| quoted(reason)).collect();
    let again = (!again.is_empty()).then(|| again.join(", ") + &left_out(request));
    let pairs = [
        ("client", text(&request.client)),
        ("command", text(&request.display)),
        ("asked", at(request.created)),
        (
            "expires",
            if request.state == State::Pending { text(&ahead(request.expires, now)) } else { Value::Null },
        ),
        ("claimed reason", optional(request.reason.as_deref())),
        ("claimed again", optional(again.as_deref())),
        ("policy", ruled.map_or(Value::Null, Value::Text)),
        ("decided", request.decided.as_ref().map_or(Value::Null, |it| Value::Text(decision(it)))),
        ("allows", optional(request.decided.as_ref().and_then(|it| it.allows.as_deref()))),
        ("because", optional(request.because.as_deref())),
        ("started", executed.and_then(|it| it.started).map_or(Value::Null, at)),
        ("ended", executed.and_then(|it| it.ended).map_or(Value::Null, at)),
        ("pid", number(executed.and_then(|it| it.pid).map(i64::from))),
        ("exit status", number(executed.and_then(|it| it.exit).map(i64::from))),
        ("signal", number(executed.and_then(|it| it.signal).map(i64::from))),
        (
            "was ended",
            executed
                .and_then(|it| it.killed_because.as_ref())
                .map_or(Value::Null, |it| Value::Text(ended(it))),
        ),
        (
            "wrote",
            executed.filter(|it| it.ended.is_some()).map_or(Value::Null, |it| text(&written(it.bytes))),
        ),
        ("plan", text(&request.plan)),
        ("in the record", Value::Text(format!("hob audit search --request {}", request.id))),
    ];
    let pairs: Vec<(String, Value)> = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    sentence(request, style) + "\n" + &value::pairs(&pairs, style)
}

/// What the requester says, each time that it asked for the same, in its own words.
fn claimed(request: &Request, style: &Style) -> String {
    let all = request.reason.iter().chain(&request.more_reasons).filter(|reason| !reason.is_empty());
    let fits = |reason: String| if style.terminal { cut(&reason, LONGEST_REASON, style) } else { reason };
    all.map(|reason| fits(quoted(reason))).collect::<Vec<_>>().join(", again: ") + &left_out(request)
}

/// " and 2 more" where it said more than is kept.
fn left_out(request: &Request) -> String {
    match request.reasons_left_out {
        0 => String::new(),
        count => format!(" and {count} more"),
    }
}

/// Where it is, in one line without the newline.
pub(crate) fn sentence(request: &Request, style: &Style) -> String {
    let decided = request.decided.as_ref().map(decision);
    let state = match (request.state, decided) {
        // The one says the other.
        (State::Approved | State::DeniedUser, Some(decided)) => decided,
        (state, Some(decided)) => format!("{}, {decided}", words(state)),
        (state, None) => words(state).to_owned(),
    };
    format!(
        "{} {} {}",
        style.paint(paint(request), glyph(request.state, style)),
        style.paint(Paint::Bold, &format!("request {}", visible(&request.id))),
        visible(&state)
    )
}

/// What was denied together.
pub(crate) fn denied(denied: &Denied, style: &Style) -> String {
    match &denied.requests[..] {
        [] => "nothing waited, so nothing was denied\n".to_owned(),
        requests => requests.iter().map(|request| sentence(request, style) + "\n").collect(),
    }
}

/// Its state, as a person says it.
pub(crate) fn words(state: State) -> &'static str {
    match state {
        State::Received => "received",
        State::Pending => "waits",
        State::Orphaned => "orphaned",
        State::Approved => "approved",
        State::Claimed => "begins",
        State::Running => "running",
        State::Rejected => "rejected",
        State::DeniedPolicy => "denied by policy",
        State::DeniedUser => "denied",
        State::Expired => "unanswered",
        State::Cancelled => "cancelled",
        State::Invalidated => "invalidated",
        State::DriftDenied => "changed meanwhile",
        State::NotStarted => "not started",
        State::Finished => "finished",
        State::Failed => "failed to start",
        State::Killed => "killed",
        State::Unknown => "unknown",
    }
}

/// "in 9m 32s".
pub(crate) fn ahead(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    match left <= SignedDuration::ZERO {
        true => "now".to_owned(),
        false => format!("in {}", lasted(SignedDuration::from_secs(left.as_secs().max(1)))),
    }
}

fn expiring(at: Timestamp, now: Timestamp) -> Paint {
    if at.duration_since(now) < SignedDuration::from_secs(60) { Paint::Yellow } else { Paint::Plain }
}

fn decision(decided: &Decided) -> String {
    let verdict = match decided.verdict {
        daemon_core::approvals::request::life::Verdict::Approve => "approved",
        daemon_core::approvals::request::life::Verdict::Deny => "denied",
    };
    let mut text = format!("{verdict} by {} ({})", decided.by, decided.surface);
    if decided.grant.is_some() {
        text += &format!(", {}", how_long(decided.scope));
    }
    if let Some(note) = &decided.note {
        text += &format!(": \"{note}\"");
    }
    text
}

fn note(request: &Request, now: Timestamp) -> String {
    let executed = request.executed.as_ref();
    let note = match request.state {
        State::Pending => format!("expires {}", ahead(request.expires, now)),
        State::Finished => match executed.and_then(|it| it.exit) {
            Some(0) | None => String::new(),
            Some(status) => format!("status {status}"),
        },
        State::Killed => match executed {
            Some(Executed { killed_because: Some(because), .. }) => ended(because),
            it => it.and_then(|it| it.signal).map(|signal| format!("signal {signal}")).unwrap_or_default(),
        },
        State::DeniedUser => request.decided.as_ref().and_then(|it| it.note.clone()).unwrap_or_default(),
        State::DeniedPolicy => request.ruled.as_ref().map(|it| it.by.clone()).unwrap_or_default(),
        _ => request.because.clone().unwrap_or_default(),
    };
    visible(&note)
}

/// How much that is; of little, exactly how much.
fn written(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        0..10_000 => format!("{count} bytes"),
        many => value::bytes(many),
    }
}

/// Why it was ended.
fn ended(because: &Because) -> String {
    match because {
        Because::WallLimit => "it ran for as long as it might".to_owned(),
        Because::Limit { what } => format!("it used more than it might: {what}"),
        Because::Cancelled => "it was not wanted any more".to_owned(),
        Because::Stopped => "the daemon stopped".to_owned(),
    }
}

fn glyph(state: State, style: &Style) -> &'static str {
    match state {
        State::Received | State::Pending => style.glyph("◌", "."),
        State::Approved | State::Claimed | State::Running => style.glyph("●", "*"),
        State::Finished => style.glyph("✓", "+"),
        State::Failed | State::Killed => style.glyph("✗", "x"),
        State::DeniedPolicy | State::DeniedUser | State::Rejected => style.glyph("⊘", "-"),
        State::Expired => style.glyph("◷", "t"),
        State::Unknown | State::Orphaned => "?",
        State::Cancelled | State::Invalidated | State::DriftDenied | State::NotStarted => {
            style.glyph("◇", "m")
        }
    }
}

fn paint(request: &Request) -> Paint {
    let has_failed = request.executed.as_ref().is_some_and(|it| it.exit.is_some_and(|exit| exit != 0));
    match request.state {
        State::Finished if has_failed => Paint::Yellow,
        State::Finished | State::Approved | State::Claimed | State::Running => Paint::Green,
        State::Received | State::Pending | State::Orphaned => Paint::Yellow,
        State::Failed | State::Killed | State::Unknown | State::DriftDenied | State::Invalidated => {
            Paint::Red
        }
        _ => Paint::Dim,
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
