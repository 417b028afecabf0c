//! `hob top`: what services use, as a table that is drawn anew every second.
//!
//! On a terminal it stays and listens to keys (`live`). Without one, or with
//! `--once`, the table is printed once, after the second that figures of CPU
//! take; with `--json` each sample is a line.

mod keys;
mod live;
mod terminal;
mod view;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::kernel::Fault;
use daemon_core::wire::{Client, Items};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;

use crate::daily::distinct;
use crate::failure::Failure;
use crate::output::reader::while_read;
use crate::output::service::{self, Service};
use crate::session::Session;
use crate::{other_kind, output};
use view::Sort;

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    command
        .arg(Arg::new("names").value_name("NAME").num_args(0..).help("Which services; all if none is named"))
        .arg(flag("once", "Print the table once, after a second"))
        .arg(flag("ports", "Show also on which ports services listen"))
}

/// `hob top`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let wish = Wish {
        names: distinct(matches.get_many::<String>("names").into_iter().flatten()),
        ports: matches.get_flag("ports"),
    };
    let once = matches.get_flag("once");
    let client = session.connect().await?;
    let names = wish.names.clone();
    let shown = if session.json {
        while_read(lines(&client, &wish, once)).await
    } else if once || !session.style.terminal || !std::io::stdin().is_terminal() {
        print_once(session, &client, &wish).await
    } else {
        live::run(session, client.clone(), wish).await
    };
    other_kind::or_told(&client, "service.stats", &names, shown).await
}

/// What was asked for.
struct Wish {
    names: Vec<String>,
    ports: bool,
}

impl Wish {
    async fn open(&self, client: &Client) -> Result<Items, Fault> {
        let request = json!({ "names": self.names, "ports": self.ports }).to_string();
        client.open_raw("service.stats", request.as_bytes()).await
    }

    fn includes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }
}

/// An item of `service.stats`.
#[derive(Debug, Default, Deserialize)]
struct Sample {
    services: Vec<Usage>,
}

/// What a service uses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Usage {
    name: String,
    run: u64,
    cpu_percent: Option<f64>,
    memory_bytes: u64,
    processes: u64,
    ports: Option<Vec<Port>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Port {
    protocol: String,
    port: u16,
}

/// By name.
type Usages = BTreeMap<String, Usage>;

fn usages(item: &[u8]) -> Result<Usages, Fault> {
    let broken = |error| Fault::internal(format!("an item of service.stats is not understood: {error}"));
    let sample: Sample = serde_json::from_slice(item).map_err(broken)?;
    Ok(sample.services.into_iter().map(|usage| (usage.name.clone(), usage)).collect())
}

async fn lines(client: &Client, wish: &Wish, once: bool) -> Result<u8, Failure> {
    let mut items = wish.open(client).await?;
    if once {
        // The first has no figures of CPU.
        items.next().await.transpose()?;
    }
    while let Some(item) = items.next().await {
        output::print_json(item?)?;
        if once {
            break;
        }
    }
    Ok(0)
}

async fn print_once(session: &Session, client: &Client, wish: &Wish) -> Result<u8, Failure> {
    let mut items = wish.open(client).await?;
    items.next().await.transpose()?;
    let Some(item) = items.next().await else { return Ok(0) };
    let usages = usages(&item?)?;
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    let services: Vec<Service> =
        services.into_iter().filter(|service| wish.includes(&service.name)).collect();
    let rows = view::rows(&services, &usages, Sort::Cpu);
    output::print(view::table(&rows, None, wish.ports, &session.style, session.now()))?;
    Ok(0)
}
