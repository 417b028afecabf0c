//! `hob logs`: what services wrote, and what the daemon has to say about them.
//!
//! Without names it is about all services, merged by time. `-f` goes on with
//! what is written from now on, in the same feed, so that nothing is missed or
//! doubled where history ends.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use daemon_core::kernel::Fault;
use daemon_core::kernel::text::visible;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::daily::distinct;
use crate::failure::Failure;
use crate::output;
use crate::output::logs::{Layout, Line};
use crate::output::reader::while_read;
use crate::output::service;
use crate::output::time::{self, TimeOfDay};
use crate::session::Session;

/// As many lines as the daemon gives at once.
const ALL: u64 = 100_000;

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    command
        .arg(Arg::new("names").value_name("NAME").num_args(0..).help("Which services; all if none is named"))
        .arg(flag("follow", "Go on with what is written from now on").short('f'))
        .arg(
            option("lines", "N", "The last N lines; 100, or 10 before following")
                .short('n')
                .value_parser(value_parser!(u64)),
        )
        .arg(option("since", "TIME", "Only since then: 10m, 14:05, 2026-11-21T14:05:00Z"))
        .arg(option("until", "TIME", "Only until then").conflicts_with("follow"))
        .arg(
            option("run", "N", "Only the run of this number")
                .value_parser(value_parser!(u64))
                .conflicts_with("follow"),
        )
        .arg(
            option("stream", "STREAM", "Only this stream")
                .value_parser(PossibleValuesParser::new(["stdout", "stderr", "event"])),
        )
        .arg(option("grep", "REGEX", "Only lines that match").short('g'))
        .arg(flag("utc", "Show times in UTC rather than in your zone"))
        .arg(flag("raw", "Only the text, with whatever control sequences it has").conflicts_with("utc"))
}

/// `hob logs`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let names = distinct(matches.get_many::<String>("names").into_iter().flatten());
    let lines = matches.get_one::<u64>("lines").copied();
    let mut filter = filter(session, &matches)?;
    if !names.is_empty() {
        filter.insert("names".to_owned(), json!(names));
    }
    // With a moment to start from, all since then is wanted.
    let lines = lines.or_else(|| filter.contains_key("since").then_some(ALL));
    if let Some(lines) = lines {
        filter.insert("lines".to_owned(), json!(lines));
    }
    let request = Value::Object(filter).to_string();
    let client = session.connect().await?;
    let follows = matches.get_flag("follow");
    let shown = if follows && names.is_empty() { all_names(&client).await? } else { names.clone() };
    let mut sheet = Sheet {
        raw: matches.get_flag("raw"),
        json: session.json,
        layout: layout(session, matches.get_flag("utc"), &shown),
    };
    if follows {
        return while_read(follow(&client, &request, &mut sheet)).await;
    }
    let reply = client.call_raw("service.logs", request.as_bytes()).await?;
    let lines = parse(&reply)?.lines;
    sheet.print(&lines)?;
    if lines.is_empty() && !session.json {
        say_who_never_ran(&client, &names).await?;
    }
    Ok(0)
}

/// The names of all services, so that the first lines are laid out as the later ones.
async fn all_names(client: &Client) -> Result<Vec<String>, Fault> {
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    Ok(services.into_iter().map(|service| service.name).collect())
}

/// That there is nothing to see has a reason that is not in the logs.
async fn say_who_never_ran(client: &Client, names: &[String]) -> Result<(), Fault> {
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    for service in services.iter().filter(|service| service.run == 0 && names.contains(&service.name)) {
        output::complain(&format!("{} has never run\n", visible(&service.name)));
    }
    Ok(())
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
    if item.skipped != 0 {
        let skipped = item.skipped;
        let of = item.service.map(|service| format!(" of {service}")).unwrap_or_default();
        layout
            .remark(&mut out, &format!("{skipped} lines{of} skipped: this terminal is slower than the log"));
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
    skipped: u64,
    service: Option<String>,
}

/// Where lines go, and how.
struct Sheet {
    raw: bool,
    json: bool,
    layout: Layout,
}

impl Sheet {
    fn print(&mut self, lines: &[Line]) -> Result<(), Failure> {
        let mut out = String::new();
        if self.json {
            let as_json = |line| serde_json::to_string(line).expect("a line has string keys");
            out = lines.iter().map(|line| as_json(line) + "\n").collect();
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
}

async fn follow(client: &Client, request: &str, sheet: &mut Sheet) -> Result<u8, Failure> {
    let mut items = client.open_raw("service.follow", request.as_bytes()).await?;
    while let Some(item) = items.next().await {
        let item = item?;
        if sheet.json || sheet.raw {
            let found = parse(&item)?;
            sheet.print(&found.lines)?;
            if sheet.json && found.skipped != 0 {
                output::print_json(
                    json!({ "skipped": found.skipped, "service": found.service }).to_string(),
                )?;
            }
        } else {
            output::print(followed(&mut sheet.layout, &item)?)?;
        }
    }
    Ok(0)
}

fn filter(session: &Session, matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let mut filter = Map::new();
    for name in ["since", "until"] {
        if let Some(text) = matches.get_one::<String>(name) {
            let zone = || if matches.get_flag("utc") { TimeZone::UTC } else { TimeZone::system() };
            let moment = time::moment(text, session.now(), zone)
                .map_err(|message| Failure::usage(format!("--{name}: {message}")))?;
            filter.insert(name.to_owned(), json!(moment.to_string()));
        }
    }
    for name in ["stream", "grep"] {
        if let Some(text) = matches.get_one::<String>(name) {
            filter.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(run) = matches.get_one::<u64>("run") {
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
