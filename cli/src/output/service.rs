//! Services, as `hob ls` and its kin show them.
//!
//! Read from the reply's JSON by the names of its fields, so that a newer
//! daemon's further fields do no harm.

use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use jiff::Timestamp;
use serde::Deserialize;

use super::command::command;
use super::held;
use super::process::Living;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::time::{self, TimeOfDay};
use super::value::{self, Value};
use super::written;

/// What the daemon says of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) ready: bool,
    pub(crate) ready_unasked: bool,
    pub(crate) healthy: Option<bool>,
    pub(crate) wanted: String,
    pub(crate) pid: Option<i64>,
    pub(crate) run: u64,
    pub(crate) restarts: u64,
    pub(crate) since: String,
    pub(crate) waiting_for: Vec<String>,
    pub(crate) reason: Option<String>,
    pub(crate) says: Option<String>,
    pub(crate) retry_at: Option<String>,
    pub(crate) command: Vec<String>,
    pub(crate) log_trouble: Option<String>,
    pub(crate) watch_trouble: Option<String>,
    pub(crate) watching: Option<daemon_core::watch::State>,
    pub(crate) changed: bool,
    /// In the reply to a stop: those that were stopped before it.
    pub(crate) stopped_before: Vec<String>,
}

impl Service {
    /// Reads a reply.
    ///
    /// # Errors
    /// `internal` if it is no service.
    pub(crate) fn parse(json: &[u8]) -> Result<Service, Fault> {
        serde_json::from_slice(json).map_err(|error| not_understood(&error))
    }

    /// Whether it has a process that should be there.
    pub(crate) fn is_running(&self) -> bool {
        self.state == "running"
    }

    /// Whether it does what others wait for.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_running() && self.ready && !self.is_unhealthy()
    }

    fn is_unhealthy(&self) -> bool {
        self.is_running() && self.healthy == Some(false)
    }

    /// Whether starting it is what one may want of it.
    pub(crate) fn is_down(&self) -> bool {
        matches!(self.state.as_str(), "stopped" | "failed")
    }

    /// The colour of its state.
    pub(crate) fn paint(&self) -> Paint {
        match self.state.as_str() {
            "running" if self.is_ready() => Paint::Green,
            "failed" => Paint::Red,
            "stopped" => Paint::Dim,
            _ => Paint::Yellow,
        }
    }

    /// The sign of its state.
    pub(crate) fn glyph(&self, style: &Style) -> &'static str {
        match self.state.as_str() {
            "running" if self.is_unhealthy() => style.glyph("▲", "!"),
            "running" if self.ready => style.glyph("●", "*"),
            "running" | "starting" => style.glyph("◐", "+"),
            "stopping" => style.glyph("◑", "-"),
            "waiting" => style.glyph("◌", "."),
            "backoff" => style.glyph("↻", "!"),
            "failed" => style.glyph("✗", "x"),
            _ => style.glyph("○", "o"),
        }
    }

    /// Its state, as a word or two.
    pub(crate) fn words(&self) -> String {
        match self.state.as_str() {
            "running" if self.is_unhealthy() => "unhealthy".to_owned(),
            "running" if !self.ready => "not ready".to_owned(),
            state => visible(state),
        }
    }

    fn note(&self, now: Timestamp) -> String {
        let mut notes = Vec::new();
        if !self.waiting_for.is_empty() {
            let names: Vec<String> = self.waiting_for.iter().map(|name| visible(name)).collect();
            notes.push(format!("for {}", names.join(", ")));
        }
        match self.retry_at.as_deref().map(|at| time::until(at, now)) {
            Some(until) => notes.extend(until.map(|until| format!("retries {until}"))),
            None if self.state == "backoff" => notes.push("held by a pause until `hob resume`".to_owned()),
            None => {}
        }
        if let Some(reason) = &self.reason {
            notes.push(visible(reason));
        }
        if let Some(says) = &self.says {
            notes.push(format!("\"{}\"", visible(says)));
        }
        match self.log_trouble.as_deref() {
            Some("dropping") => notes.push("its log loses lines".to_owned()),
            Some("blocked") => notes.push("waits until its log can be written".to_owned()),
            Some(_) => notes.push("its log cannot be written yet".to_owned()),
            None => {}
        }
        if let Some(trouble) = &self.watch_trouble {
            notes.push(visible(trouble));
        }
        if self.changed {
            notes.push("changed, restart to apply".to_owned());
        }
        notes.join("; ")
    }

    /// How long it is as it is: a time for what runs, a time ago for what does not.
    fn age(&self, now: Timestamp) -> String {
        match time::since(&self.since, now) {
            None => String::new(),
            Some(seconds) if self.is_running() => format!("up {}", time::span(seconds)),
            Some(_) => time::ago(&self.since, now),
        }
    }

    /// One sentence: how it is.
    pub(crate) fn sentence(&self, style: &Style, now: Timestamp) -> String {
        self.told("is running", style, now)
    }

    /// One sentence, after it was started or stopped. Where nothing tells that it is ready, it has only started.
    pub(crate) fn outcome(&self, style: &Style, now: Timestamp) -> String {
        self.told("has started", style, now)
    }

    /// The same of a start that was asked for at this time.
    pub(crate) fn started(&self, begun: Timestamp, style: &Style, now: Timestamp) -> String {
        let ran_before = self.since.parse().is_ok_and(|since: Timestamp| since < begun);
        self.told(if ran_before { "runs already" } else { "has started" }, style, now)
    }

    fn told(&self, unasked: &str, style: &Style, now: Timestamp) -> String {
        let state = match self.state.as_str() {
            "running" if self.is_unhealthy() => "runs".to_owned(),
            "running" if self.ready_unasked => unasked.to_owned(),
            "running" if self.ready => "is ready".to_owned(),
            "running" => "is running, but not ready yet".to_owned(),
            "backoff" => "has crashed and will be started again".to_owned(),
            "failed" => "has failed".to_owned(),
            "waiting" => "waits".to_owned(),
            state => format!("is {}", visible(state)),
        };
        let glyph = style.paint(self.paint(), self.glyph(style));
        let mut text = format!("{glyph} {} {state}", style.paint(Paint::Bold, &visible(&self.name)));
        if let Some(pid) = self.pid.filter(|_| self.is_running()) {
            text += &style.paint(Paint::Dim, &format!(" (pid {pid})"));
        }
        if !self.stopped_before.is_empty() {
            let names: Vec<String> = self.stopped_before.iter().map(|name| visible(name)).collect();
            let verb = if names.len() == 1 { "requires" } else { "require" };
            text += &format!(", and before it {}, which {verb} it", names.join(", "));
        }
        let note = self.note(now);
        if !note.is_empty() {
            text += if self.state == "waiting" { " " } else { ": " };
            text += &note;
        }
        text + "\n"
    }
}

/// The services of a `service.list` reply.
///
/// # Errors
/// `unsupported` if it is none.
pub(crate) fn parse_list(json: &[u8]) -> Result<Vec<Service>, Fault> {
    #[derive(Deserialize)]
    struct List {
        services: Vec<Service>,
    }
    let list: List = serde_json::from_slice(json).map_err(|error| not_understood(&error))?;
    Ok(list.services)
}

/// All services, one a line.
pub(crate) fn table(services: &[Service], style: &Style, now: Timestamp) -> String {
    if services.is_empty() {
        return "no services yet: add one with `hob add NAME -- command...`\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("NAME", 200, 8),
        Column::text("STATE", ESSENTIAL, 9),
        Column::number("PID", 120),
        Column::whole("SINCE", 140),
        Column::number("RESTARTS", 100),
        Column::remark("NOTE", usize::MAX),
        Column::text("COMMAND", 10, 16),
    ]);
    // The home's own come first, then those of each project.
    let mut sorted: Vec<&Service> = services.iter().collect();
    sorted.sort_by_key(|service| service.name.split_once('/').map(|(project, _)| project));
    for service in sorted {
        let paint = service.paint();
        let idle = service.state == "stopped";
        table.row(vec![
            Cell::painted(service.glyph(style), paint),
            Cell::painted(visible(&service.name), if idle { Paint::Plain } else { Paint::Bold }),
            Cell::painted(service.words(), paint),
            service.pid.map(|pid| pid.to_string()).unwrap_or_default().into(),
            service.age(now).into(),
            Cell::painted(
                service.restarts.to_string(),
                if service.restarts == 0 { Paint::Dim } else { Paint::Yellow },
            ),
            Cell::painted(
                service.note(now),
                if service.state == "failed" { Paint::Red } else { Paint::Plain },
            ),
            Cell::painted(command(&service.command), Paint::Dim),
        ]);
    }
    table.render(style)
}

/// "4 services: 3 ready, 1 failed".
pub(crate) fn count(services: &[Service]) -> String {
    let mut text = match services.len() {
        0 => return "no services".to_owned(),
        1 => "1 service".to_owned(),
        many => format!("{many} services"),
    };
    let ready = services.iter().filter(|service| service.is_ready()).count();
    let mut parts = if ready == 0 { Vec::new() } else { vec![format!("{ready} ready")] };
    let words = ["unhealthy", "not ready", "starting", "waiting", "backoff", "failed", "stopping", "stopped"];
    for word in words {
        let of_word = services.iter().filter(|service| service.words() == word).count();
        if of_word != 0 {
            parts.push(format!("{of_word} {word}"));
        }
    }
    text += ": ";
    text + &parts.join(", ")
}

/// Everything about one service: its line in words, then what else the reply has.
///
/// # Errors
/// `unsupported` if it is no service.
pub(crate) fn details(
    json: &[u8],
    style: &Style,
    times: &TimeOfDay,
    now: Timestamp,
) -> Result<String, Fault> {
    let service = Service::parse(json)?;
    let living: Living = serde_json::from_slice(json).map_err(|error| not_understood(&error))?;
    let value: Value = serde_json::from_slice(json).map_err(|error| not_understood(&error))?;
    let configured: Configured = serde_json::from_slice(json).map_err(|error| not_understood(&error))?;
    let mut text = service.sentence(style, now);
    let Value::Object(mut members) = value else { return Ok(text) };
    if service.pid.is_some() && !members.iter().any(|(key, _)| key == "cgroup") {
        let without = "none; its processes are known by their ancestry and their environment";
        members.push(("cgroup".to_owned(), Value::Text(without.to_owned())));
    }
    // The sentence has told these.
    let told = [
        "name",
        "state",
        "ready",
        "ready_unasked",
        "healthy",
        "changed",
        "reason",
        "waiting_for",
        "retry_at",
        "pid",
        "says",
        "watch_trouble",
        // And these are told on their own.
        "probes",
        "processes",
        "more_processes",
    ];
    let rest: Vec<(String, Value)> = members
        .into_iter()
        .filter(|(key, _)| !told.contains(&key.as_str()))
        .map(|(key, value)| match (key.as_str(), value) {
            ("since", Value::Text(since)) => {
                let shown = format!("{} ({})", times.show(&since), time::ago(&since, now));
                (key, Value::Text(shown))
            }
            ("config", Value::Object(members)) => (key, Value::Object(configured.as_written(members))),
            ("command", Value::List(_)) => (key, Value::Text(command(&service.command))),
            ("limits", Value::List(limits)) => {
                (key, Value::List(limits.into_iter().map(held::limit).collect()))
            }
            ("watching", value) => {
                (key, service.watching.as_ref().map_or(value, |it| Value::Text(held::directories(it))))
            }
            ("runs" | "events", value) => (key, with_times(value, times)),
            (_, value) => (key, value),
        })
        .flat_map(unfolded)
        .chain(living.probes(times, now))
        .collect();
    text += &value::pairs(&rest, style);
    text += &living.tree(style);
    Ok(text)
}

/// The configuration as the daemon sends it.
#[derive(Deserialize)]
struct Configured {
    #[serde(default)]
    config: serde_json::Map<String, serde_json::Value>,
}

impl Configured {
    /// Its members, tables as they are written.
    fn as_written(&self, members: Vec<(String, Value)>) -> Vec<(String, Value)> {
        let tables = |key: &str| self.config.get(key).and_then(written::tables);
        members
            .into_iter()
            .map(|(key, value)| match tables(&key) {
                Some(text) => (key, Value::Text(text)),
                None => (key, value),
            })
            .collect()
    }
}

/// A configuration becomes its members, so that each has its line; what was told is left out.
fn unfolded((key, value): (String, Value)) -> Vec<(String, Value)> {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(inner, _)| inner != "name" && inner != "command")
            .map(|(inner, value)| (format!("{key} {inner}"), value))
            .collect(),
        value => vec![(key, value)],
    }
}

fn with_times(value: Value, times: &TimeOfDay) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(|item| with_times(item, times)).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, value)| (key, with_times(value, times))).collect())
        }
        Value::Text(text) if text.parse::<Timestamp>().is_ok() => Value::Text(times.show(&text)),
        other => other,
    }
}

fn not_understood(error: &serde_json::Error) -> Fault {
    Fault::new(
        daemon_core::kernel::Code::Unsupported,
        format!("the daemon's reply is not understood: {error}"),
    )
    .hint("daemon and program differ in version: hob daemon restart")
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
