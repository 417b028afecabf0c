//! `hob ls --watch`: the table, kept true until Ctrl-C.
//!
//! The daemon's board tells of every change. On a terminal the table is drawn
//! anew in its place, also once a second while there are ages to count; in a
//! pipe each change is a line (JSON: each item of the feed is one).

use std::collections::BTreeMap;
use std::time::Duration;

use daemon_core::kernel::Fault;
use daemon_core::kernel::board::Changes;
use daemon_core::wire::{Client, Items};
use futures_util::StreamExt as _;

use crate::failure::Failure;
use crate::output;
use crate::output::service::{self, Service};
use crate::output::style::{Paint, Style};
use crate::output::time::TimeOfDay;
use crate::session::Session;

/// What the board says of services.
#[derive(Default)]
pub(crate) struct Services(BTreeMap<String, Service>);

impl Services {
    /// Takes in an item of `system.watch`, and returns the names that it is about.
    ///
    /// # Errors
    /// `internal` if it is none.
    pub(crate) fn take(&mut self, item: &[u8]) -> Result<Vec<String>, Fault> {
        let broken = |error| Fault::internal(format!("a change of the board is not understood: {error}"));
        let changes: Changes = serde_json::from_slice(item).map_err(broken)?;
        if changes.snapshot {
            self.0.clear();
        }
        let mut names = Vec::new();
        for change in changes.changes.into_iter().filter(|change| change.noun == "service") {
            match change.value {
                Some(value) => {
                    let service = Service::parse(value.get().as_bytes())?;
                    self.0.insert(change.key.clone(), service);
                }
                None => {
                    self.0.remove(&change.key);
                }
            }
            names.push(change.key);
        }
        Ok(names)
    }

    /// The service of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Service> {
        self.0.get(name)
    }

    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }

    fn all(&self) -> Vec<Service> {
        self.0.values().cloned().collect()
    }
}

/// Opens the board, of services only.
pub(crate) async fn open(client: &Client) -> Result<Items, Fault> {
    client.open_raw("system.watch", br#"{"nouns":["service"]}"#).await
}

/// Shows all services and their changes, until the daemon or the reader goes away.
pub(crate) async fn run(session: &Session, client: &Client) -> Result<u8, Failure> {
    let mut items = open(client).await?;
    let mut services = Services::default();
    let times = TimeOfDay::new(false, session.style.terminal, session.now());
    let mut drawn = 0;
    loop {
        let item = match session.style.terminal && !session.json && drawn != 0 {
            true => match tokio::time::timeout(Duration::from_secs(1), items.next()).await {
                Ok(item) => item,
                Err(_elapsed) => {
                    drawn = draw(session, &services, drawn)?;
                    continue;
                }
            },
            false => items.next().await,
        };
        let Some(item) = item else { return Ok(0) };
        let item = item?;
        if session.json {
            output::print_json(item)?;
            continue;
        }
        let changed = services.take(&item)?;
        if session.style.terminal {
            drawn = draw(session, &services, drawn)?;
        } else {
            output::print(lines(session, &services, &changed, &times))?;
        }
    }
}

/// Draws the table over the one of `before` lines, and returns how many it has.
fn draw(session: &Session, services: &Services, before: usize) -> Result<usize, Failure> {
    // The window may have been made smaller.
    let style = Style { colour: session.style.colour, ..Style::detect() };
    let frame = frame(&services.all(), &style, session.now());
    let mut out = String::new();
    if before != 0 {
        out += &format!("\u{1b}[{before}A");
    }
    for line in frame.lines() {
        out += line;
        out += "\u{1b}[K\n";
    }
    out += "\u{1b}[J";
    output::print(out)?;
    Ok(frame.lines().count())
}

fn frame(services: &[Service], style: &Style, now: jiff::Timestamp) -> String {
    let table = service::table(services, style, now);
    let head = format!("{}\n\n", style.paint(Paint::Dim, &service::count(services)));
    let room = style.height.unwrap_or(usize::MAX).saturating_sub(4).max(1);
    let count = table.lines().count();
    if count <= room {
        return head + &table;
    }
    let shown: String = table.lines().take(room - 1).map(|line| line.to_owned() + "\n").collect();
    format!("{head}{shown}{}\n", style.paint(Paint::Dim, &format!("and {} more lines", count - (room - 1))))
}

fn lines(session: &Session, services: &Services, changed: &[String], times: &TimeOfDay) -> String {
    let now = session.now();
    let time = times.show(&now.to_string());
    changed
        .iter()
        .map(|name| match services.get(name) {
            Some(service) => format!("{time} {}", service.sentence(&session.style, now)),
            None => format!("{time} {} is gone\n", daemon_core::text::visible(name)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, value: &str) -> String {
        format!(r#"{{"noun":"service","key":"{key}","sequence":1{value}}}"#)
    }

    #[test]
    fn a_snapshot_replaces_and_a_change_adds_or_removes() {
        let mut services = Services::default();
        let web = change("web", r#","value":{"name":"web","state":"running"}"#);
        let db = change("db", r#","value":{"name":"db","state":"stopped"}"#);
        let item = |snapshot, changes: &[&str]| {
            format!(r#"{{"snapshot":{snapshot},"changes":[{}]}}"#, changes.join(",")).into_bytes()
        };
        services.take(&item(true, &[&web])).unwrap();
        assert_eq!(services.take(&item(false, &[&db])).unwrap(), ["db"]);
        assert_eq!(services.names().collect::<Vec<_>>(), ["db", "web"]);
        services.take(&item(false, &[&change("web", "")])).unwrap();
        assert_eq!(services.names().collect::<Vec<_>>(), ["db"]);
        services.take(&item(true, &[])).unwrap();
        assert_eq!(services.names().count(), 0);
    }

    #[test]
    fn a_frame_is_never_taller_than_the_window() {
        let many: Vec<Service> =
            (0..50).map(|number| Service { name: number.to_string(), ..Service::default() }).collect();
        for height in 5..60 {
            let style = Style { height: Some(height), ..Style::plain() };
            let frame = frame(&many, &style, "2026-01-01T00:00:00Z".parse().unwrap());
            assert!(frame.lines().count() < height, "at {height}");
        }
    }
}
