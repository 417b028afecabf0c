//! `hob logs`: what services wrote, and what the daemon has to say about them.
//!
//! Without names it is about all services, merged by time. `-f` goes on with
//! what is written from now on, in the same feed, so that nothing is missed or
//! doubled where history ends; nor where one daemon ends and another begins
//! (`follow`). The newest lines are one page of the daemon's; all since a moment
//! may be more than fits into one, and so is a feed that ends.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use daemon_core::wire::Client;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::daily::{distinct, of_project};
use crate::failure::Failure;
use crate::output::logs::{Layout, Line};
use crate::output::reader::while_read;
use crate::output::service;
use crate::output::time::{self, TimeOfDay};
use crate::session::Session;
use crate::{other_kind, output};

mod follow;

/// Lines of a page without `-n`, as the daemon counts them.
const USUAL: u64 = 100;

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    command
        .arg(Arg::new("names").value_name("NAME").num_args(0..).help(
            "Which services; PROJECT/ is all of a project, and 'web-*' a pattern; all if none is named",
        ))
        .arg(flag("follow", "Go on with what is written from now on").short('f'))
        .arg(
            option("lines", "N", "The last N lines; 100, or 10 before following, or all --since then")
                .short('n')
                .value_parser(value_parser!(u64)),
        )
        .arg(option("since", "TIME", "Only since then: 10m, \"2h ago\", yesterday, 14:05, 2026-11-21"))
        .arg(option("until", "TIME", "Only until then").conflicts_with("follow"))
        .arg(
            option("run", "N", "Only the run of this number; 0 is the latest, -1 the one before it")
                .value_parser(value_parser!(i64))
                .allow_negative_numbers(true)
                .conflicts_with("follow"),
        )
        .arg(
            option("stream", "STREAM", "Only this stream")
                .value_parser(PossibleValuesParser::new(["stdout", "stderr", "event"])),
        )
        .arg(
            option("level", "LEVEL", "Only lines as serious as this or more, by what their text says")
                .short('l')
                .value_parser(PossibleValuesParser::new(levels())),
        )
        .arg(option("grep", "REGEX", "Only lines that match").short('g'))
        .arg(
            flag("ignore-case", "REGEX matches capitals and small letters alike").short('i').requires("grep"),
        )
        .arg(flag("invert", "Only lines that do not match").short('v').requires("grep"))
        .arg(flag("utc", "Show times in UTC rather than in your zone"))
        .arg(flag("raw", "Only the text, with whatever control sequences it has").conflicts_with("utc"))
}

fn levels() -> [PossibleValue; 6] {
    let level = |name: &'static str| PossibleValue::new(name);
    [
        level("trace"),
        level("debug"),
        level("info"),
        level("warn").alias("warning"),
        level("error").alias("err"),
        level("fatal").alias("critical"),
    ]
}

/// `hob logs`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let named = matches.get_many::<String>("names").into_iter().flatten().map(|name| pattern(name));
    let names = distinct(named.collect::<Vec<String>>().iter());
    let lines = matches.get_one::<u64>("lines").copied();
    let mut filter = filter(session, &matches)?;
    let looked_for = looked_for(&filter);
    if !names.is_empty() {
        filter.insert("names".to_owned(), json!(names));
    }
    if let Some(lines) = lines {
        filter.insert("lines".to_owned(), json!(lines));
    }
    let client = session.connect().await?;
    let read = async {
        let follows = matches.get_flag("follow");
        let is_all_since = filter.contains_key("since") && lines.is_none() && !filter.contains_key("run");
        let is_feed = follows || is_all_since;
        let shown = if is_feed && !is_one(&names) { all_names(&client).await? } else { names.clone() };
        let mut sheet = Sheet {
            raw: matches.get_flag("raw"),
            json: session.json,
            layout: layout(session, matches.get_flag("utc"), &shown),
            is_empty: true,
        };
        if is_one(&names) {
            sheet.layout.only_one();
        }
        if follows {
            return while_read(follow::follow(session, client.clone(), filter, &mut sheet)).await;
        }
        if is_all_since {
            filter.insert("ends".to_owned(), json!(true));
            while_read(follow::through(&client, &filter, &mut sheet)).await?;
        } else {
            let request = Value::Object(filter).to_string();
            let found = parse(&client.call_raw("service.logs", request.as_bytes()).await?)?;
            sheet.print(&found.lines)?;
            found.say_if_short(lines.unwrap_or(USUAL));
        }
        if sheet.is_empty && !session.json {
            say_why_nothing(&client, &names, &looked_for).await?;
        }
        Ok(0)
    };
    other_kind::or_told(&client, "service.logs", &names, read.await).await
}

/// A project stands for all of its services, as the daemon's patterns have it.
fn pattern(name: &str) -> String {
    of_project(name).map_or_else(|| name.to_owned(), |project| format!("{project}/*"))
}

/// Whether it can only be about one service.
fn is_one(names: &[String]) -> bool {
    matches!(names, [name] if !name.contains(['*', '?']))
}

/// The names of all services, so that the first lines are laid out as the later ones.
async fn all_names(client: &Client) -> Result<Vec<String>, Fault> {
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    Ok(services.into_iter().map(|service| service.name).collect())
}

/// That there is nothing to see has a reason that is not in the logs.
async fn say_why_nothing(client: &Client, names: &[String], looked_for: &str) -> Result<(), Fault> {
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    let never: Vec<_> =
        services.iter().filter(|service| service.run == 0 && names.contains(&service.name)).collect();
    for service in &never {
        output::complain(&format!("{} has never run\n", visible(&service.name)));
    }
    if never.is_empty() && !looked_for.is_empty() {
        output::complain(&format!("there are no lines {looked_for}\n"));
    }
    Ok(())
}

/// What a filter leaves over, in words: "of run 99 in that time".
fn looked_for(filter: &Map<String, Value>) -> String {
    let has = |keys: &[&str]| keys.iter().any(|key| filter.contains_key(*key));
    let run = match filter.get("run").and_then(Value::as_i64) {
        Some(back) if back < 0 => Some("of that run".to_owned()),
        run => run.map(|run| format!("of run {run}")),
    };
    let time = has(&["since", "until"]).then(|| "in that time".to_owned());
    let kind = has(&["level", "stream", "grep"]).then(|| "of that kind".to_owned());
    [run, time, kind].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The reply to `service.logs`, for a person.
pub(crate) fn rendered(session: &Session, reply: &[u8]) -> Result<String, Fault> {
    let mut out = String::new();
    layout(session, false, &[]).lines(&mut out, &parse(reply)?.lines);
    Ok(out)
}

/// An item of `service.follow`, for a person.
pub(crate) fn followed(layout: &mut Layout, item: &[u8]) -> Result<String, Fault> {
    let item = parse(item)?;
    let mut out = String::new();
    if let Some(remark) = item.remark() {
        layout.remark(&mut out, &remark);
    }
    layout.lines(&mut out, &item.lines);
    Ok(out)
}

/// How lines are laid out: today's without a date on a terminal.
pub(crate) fn layout(session: &Session, utc: bool, names: &[String]) -> Layout {
    let times = TimeOfDay::new(utc, session.style.terminal, session.now());
    Layout::new(session.style, times, names.iter().map(String::as_str))
}

/// A reply of `service.logs`, or an item of `service.follow`.
#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    skipped: u64,
    #[serde(default)]
    uncounted: bool,
    service: Option<String>,
    #[serde(default)]
    places: Map<String, Value>,
}

impl Found {
    /// That there are fewer lines than were asked for has a reason, unless there are no more.
    fn say_if_short(&self, wanted: u64) {
        let count = self.lines.len() as u64;
        if self.more && count < wanted {
            let all = "these are all that fit into one page; --since shows everything since then";
            output::complain(&format!("-- {count} lines: {all} --\n"));
        }
    }

    /// What is to be said about lines that are missing.
    fn remark(&self) -> Option<String> {
        let of = self.service.as_ref().map(|service| format!(" of {service}")).unwrap_or_default();
        if self.uncounted {
            return Some(format!("lines{of} are missing: they were removed meanwhile"));
        }
        let count = self.skipped;
        let noun = if count == 1 { "line" } else { "lines" };
        (0 < count).then(|| format!("{count} {noun}{of} skipped: this reader is slower than the log"))
    }
}

/// Where lines go, and how.
struct Sheet {
    raw: bool,
    json: bool,
    layout: Layout,
    is_empty: bool,
}

impl Sheet {
    fn print(&mut self, lines: &[Line]) -> Result<(), Failure> {
        self.is_empty &= lines.is_empty();
        let mut out = String::new();
        if self.json {
            out = lines.iter().map(document).collect();
        } else if self.raw {
            for line in lines.iter().filter(|line| line.stream != "event") {
                out += &line.text;
                out += if line.partial { "" } else { "\n" };
            }
        } else {
            self.layout.lines(&mut out, lines);
        }
        output::print(out)
    }

    /// An item of `service.follow`.
    fn item(&mut self, item: &Found) -> Result<(), Failure> {
        if let Some(remark) = item.remark() {
            let mut out = String::new();
            match self.json {
                true if item.uncounted => {
                    out = json!({ "uncounted": true, "service": item.service }).to_string() + "\n";
                }
                true => out = json!({ "skipped": item.skipped, "service": item.service }).to_string() + "\n",
                false if self.raw => output::complain(&format!("-- {} --\n", visible(&remark))),
                false => self.layout.remark(&mut out, &remark),
            }
            output::print(out)?;
        }
        if item.lines.is_empty() { Ok(()) } else { self.print(&item.lines) }
    }
}

fn filter(session: &Session, matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let mut filter = Map::new();
    let mut moments: Vec<Timestamp> = Vec::new();
    for name in ["since", "until"] {
        if let Some(text) = matches.get_one::<String>(name) {
            let zone = || if matches.get_flag("utc") { TimeZone::UTC } else { TimeZone::system() };
            let moment = time::moment(text, session.now(), zone)
                .map_err(|message| Failure::usage(format!("--{name}: {message}")))?;
            filter.insert(name.to_owned(), json!(moment.to_string()));
            moments.push(moment);
        }
    }
    if let [since, until] = moments[..]
        && until < since
    {
        return Err(Failure::usage(format!("--since ({since}) is after --until ({until})")));
    }
    for name in ["stream", "grep"] {
        if let Some(text) = matches.get_one::<String>(name) {
            filter.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(level) = matches.get_one::<String>("level") {
        let known = levels().into_iter().find(|known| known.matches(level, false));
        filter.insert("level".to_owned(), json!(known.map(|known| known.get_name().to_owned())));
    }
    for (name, key) in [("ignore-case", "ignore_case"), ("invert", "invert")] {
        if matches.get_flag(name) {
            filter.insert(key.to_owned(), json!(true));
        }
    }
    if let Some(run) = matches.get_one::<i64>("run") {
        filter.insert("run".to_owned(), json!(run));
    }
    Ok(filter)
}

fn parse(json: &[u8]) -> Result<Found, Fault> {
    serde_json::from_slice(json).map_err(|error| {
        Fault::internal(format!("the daemon's log lines are not understood: {error}"))
            .hint("daemon and program differ in version: hob daemon restart")
    })
}

/// A line of JSON, with nothing hidden in it.
fn document(line: &Line) -> String {
    output::escaped(&serde_json::to_string(line).expect("a line has string keys")) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_in_vain_is_said() {
        let check = |filter: Value, expected: &str| {
            assert_eq!(looked_for(filter.as_object().unwrap()), expected);
        };
        check(json!({ "names": ["web"], "lines": 10 }), "");
        check(json!({ "run": 99 }), "of run 99");
        check(json!({ "run": -1, "grep": "x" }), "of that run of that kind");
        check(json!({ "since": "x", "until": "y" }), "in that time");
    }

    #[test]
    fn a_line_is_one_line_of_json_with_nothing_hidden_in_it() {
        let line =
            json!({ "time": "2026-01-01T00:00:00Z", "stream": "stdout", "text": "\u{202e}gpj\u{9b}2J\nx" });
        let line: Line = serde_json::from_value(line).unwrap();
        let shown = document(&line);
        assert!(shown.contains("\\u202egpj\\u009b2J\\nx") && shown.lines().count() == 1, "{shown}");
        assert_eq!(serde_json::from_str::<Line>(&shown).unwrap().text, line.text);
    }
}
