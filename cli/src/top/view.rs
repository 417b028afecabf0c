//! How the table of `hob top` looks: rows, their order, and what fits on a screen.
//!
//! Everything that came from outside is made visible before it gets here or on
//! the way. Nothing is printed here.

use std::cmp::Ordering;

use daemon_core::text::visible;
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use super::{Usage, Usages};
use crate::output::service::{self, Service};
use crate::output::style::{Paint, Style};
use crate::output::table::{Cell, Column, ESSENTIAL, Table, cut};
use crate::output::{time, value};

/// By what rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Cpu,
    Memory,
    Name,
}

/// A service and what it uses, if it runs.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) service: Service,
    pub(super) usage: Option<Usage>,
}

/// What a screen shows besides the table.
pub(super) struct Around<'a> {
    pub(super) sort: Sort,
    pub(super) ports: bool,
    /// What was done last, or went wrong.
    pub(super) message: &'a str,
}

/// All rows in their order; equal ones by name.
pub(super) fn rows(services: &[Service], usages: &Usages, sort: Sort) -> Vec<Row> {
    let usage =
        |service: &Service| usages.get(&service.name).filter(|usage| usage.run == service.run).cloned();
    let mut rows: Vec<Row> =
        services.iter().map(|service| Row { usage: usage(service), service: service.clone() }).collect();
    rows.sort_by(|a, b| order(a, b, sort).then_with(|| a.service.name.cmp(&b.service.name)));
    rows
}

fn order(a: &Row, b: &Row, sort: Sort) -> Ordering {
    let by = |figure: fn(&Usage) -> f64| {
        let figure = |row: &Row| row.usage.as_ref().map_or(-1.0, figure);
        figure(b).total_cmp(&figure(a))
    };
    match sort {
        Sort::Cpu => by(|usage| usage.cpu_percent.unwrap_or_default()),
        #[allow(clippy::cast_precision_loss, reason = "no service has that much memory")]
        Sort::Memory => by(|usage| usage.memory_bytes as f64),
        Sort::Name => Ordering::Equal,
    }
}

/// The rows as a table, a title first.
pub(super) fn table(
    rows: &[Row],
    selected: Option<usize>,
    ports: bool,
    style: &Style,
    now: Timestamp,
) -> String {
    if rows.is_empty() {
        return "no services yet: add one with `hob add NAME -- command...`\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("NAME", 200, 8),
        Column::text("STATE", ESSENTIAL, 9),
        Column::number("CPU %", 180),
        Column::number("MEMORY", 170),
        Column::number("PROCS", 120),
        Column::number("PID", 130),
        Column::number("UP", 140),
        Column::number("RESTARTS", 100),
        Column::text("PORTS", 150, 8),
    ]);
    for row in rows {
        let Row { service, usage } = row;
        let usage = usage.as_ref();
        let figure = |text: Option<String>| Cell::from(text.unwrap_or_default());
        let running = service.is_running();
        let up = time::since(&service.since, now).filter(|_| running).map(time::span);
        let busy = usage.and_then(|usage| usage.cpu_percent).is_some_and(|cpu| 0.0 < cpu);
        table.row(vec![
            Cell::painted(service.glyph(style), service.paint()),
            Cell::painted(visible(&service.name), if running { Paint::Bold } else { Paint::Plain }),
            Cell::painted(service.words(), service.paint()),
            Cell::painted(cpu(usage), if busy { Paint::Plain } else { Paint::Dim }),
            figure(usage.map(|usage| value::bytes(usage.memory_bytes))),
            figure(usage.map(|usage| usage.processes.to_string())),
            figure(service.pid.map(|pid| pid.to_string())),
            figure(up),
            Cell::painted(
                service.restarts.to_string(),
                if service.restarts == 0 { Paint::Dim } else { Paint::Yellow },
            ),
            figure(usage.filter(|_| ports).and_then(listening)),
        ]);
    }
    let text = table.render(style);
    match selected {
        None => text,
        Some(selected) => {
            let mark = |(number, line): (usize, &str)| match number == selected + 1 {
                true => inverse(line, style) + "\n",
                false => format!("{line}\n"),
            };
            text.lines().enumerate().map(mark).collect()
        }
    }
}

/// A whole screen: a line about all, the table around the selected row, the keys.
pub(super) fn screen(
    rows: &[Row],
    selected: usize,
    around: &Around<'_>,
    style: &Style,
    now: Timestamp,
) -> Vec<String> {
    let width = style.width.unwrap_or(80);
    let height = style.height.unwrap_or(24);
    let services: Vec<Service> = rows.iter().map(|row| row.service.clone()).collect();
    let by = match around.sort {
        Sort::Cpu => "cpu",
        Sort::Memory => "memory",
        Sort::Name => "name",
    };
    let head = cut(&format!("{}, by {by}", service::count(&services)), width, style);
    let mut lines = vec![style.paint(Paint::Bold, &head), String::new()];
    let room = height.saturating_sub(5).max(1);
    let first = first_shown(selected, rows.len(), room);
    // All rows are laid out, so that columns stay where they are while one scrolls.
    let text = table(rows, Some(selected), around.ports, style, now);
    let mut table = text.lines().map(str::to_owned);
    lines.extend(table.next());
    lines.extend(table.skip(first).take(room));
    lines.resize(height.saturating_sub(1).max(lines.len()), String::new());
    let keys = "? help  q quit  c/m/n sort  s start/stop  r restart  l log  p ports  up/down";
    let foot = if around.message.is_empty() { keys } else { around.message };
    let paint = if around.message.is_empty() { Paint::Dim } else { Paint::Yellow };
    lines.push(style.paint(paint, &cut(foot, width, style)));
    lines.truncate(height.max(1));
    lines
}

/// What `?` shows.
pub(super) fn help(style: &Style) -> Vec<String> {
    const KEYS: [(&str, &str); 12] = [
        ("up, down, k, j", "select a service"),
        ("page up, page down", "the same, ten at a time"),
        ("c", "sort by CPU"),
        ("m", "sort by memory"),
        ("n", "sort by name"),
        ("s", "stop the selected service, or start it"),
        ("r", "restart it"),
        ("l, Enter", "follow its log; q or Escape returns"),
        ("p", "show ports"),
        ("?", "this"),
        ("q, Ctrl-C", "quit"),
        ("", ""),
    ];
    let mut lines = vec![style.paint(Paint::Bold, "Keys"), String::new()];
    lines.extend(
        KEYS.iter()
            .map(|(key, what)| format!("  {}  {what}", style.paint(Paint::Bold, &format!("{key:18}")))),
    );
    for line in [
        "CPU is in percent of one processor since the last second. Memory is",
        "what processes have in RAM of their own, without files and shared memory.",
    ] {
        lines.push(line.to_owned());
    }
    let width = style.width.unwrap_or(80);
    lines.into_iter().map(|line| if style.colour { line } else { cut(&line, width, style) }).collect()
}

/// The first row that is shown, so that the selected one is.
fn first_shown(selected: usize, count: usize, room: usize) -> usize {
    (selected + 1).saturating_sub(room).min(count.saturating_sub(room.min(count)))
}

/// A line in inverse colours, as wide as the screen; without colours it is marked.
fn inverse(line: &str, style: &Style) -> String {
    let mut plain = String::new();
    let mut parts = line.split('\u{1b}');
    plain += parts.next().unwrap_or_default();
    // Only our own colours are in it.
    plain.extend(parts.map(|part| part.split_once('m').map_or("", |(_, text)| text)));
    if !style.colour {
        let mut characters = plain.chars();
        characters.next();
        return format!(">{}", characters.as_str());
    }
    let space = style.width.unwrap_or(80).saturating_sub(plain.width());
    format!("\u{1b}[7m{plain}{}\u{1b}[0m", " ".repeat(space))
}

/// CPU in percent; of what runs it is known a second later, and its column waits for it.
fn cpu(usage: Option<&Usage>) -> String {
    match usage.map(|usage| usage.cpu_percent) {
        None => String::new(),
        Some(None) => "-".to_owned(),
        Some(Some(cpu)) => format!("{cpu:.1}"),
    }
}

fn listening(usage: &Usage) -> Option<String> {
    let mut ports: Vec<String> = usage
        .ports
        .as_ref()?
        .iter()
        .map(|port| match port.protocol.as_str() {
            "tcp" => port.port.to_string(),
            protocol => format!("{}/{}", port.port, visible(protocol)),
        })
        .collect();
    // One of IPv4 and IPv6 each says it twice.
    ports.dedup();
    Some(ports.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::Port;
    use super::*;

    const NOW: &str = "2026-06-01T12:00:00Z";

    fn service(name: &str, state: &str) -> Service {
        Service {
            name: name.to_owned(),
            state: state.to_owned(),
            ready: true,
            run: 1,
            pid: (state == "running").then_some(4711),
            since: "2026-06-01T09:00:00Z".to_owned(),
            ..Service::default()
        }
    }

    fn usage(name: &str, cpu: f64, memory: u64) -> (String, Usage) {
        let ports = Some(vec![Port { protocol: "tcp".to_owned(), port: 8080 }]);
        let usage = Usage {
            name: name.to_owned(),
            run: 1,
            cpu_percent: Some(cpu),
            memory_bytes: memory,
            processes: 3,
            ports,
        };
        (name.to_owned(), usage)
    }

    fn some() -> Vec<Row> {
        let services = [
            service("web", "running"),
            service("e\u{1b}[2Jvil", "running"),
            service("db", "running"),
            service("old", "stopped"),
        ];
        let usages =
            [usage("web", 12.3, 5 << 20), usage("db", 150.0, 1 << 20), usage("e\u{1b}[2Jvil", 0.0, 0)];
        rows(&services, &usages.into_iter().collect(), Sort::Cpu)
    }

    fn shown(width: usize) -> String {
        let style = Style { width: Some(width), height: Some(10), ..Style::plain() };
        let around = Around { sort: Sort::Cpu, ports: true, message: "" };
        screen(&some(), 1, &around, &style, NOW.parse().unwrap()).join("\n")
    }

    #[test]
    fn a_screen_of_140_columns_shows_everything() {
        insta::assert_snapshot!(shown(140));
    }

    #[test]
    fn in_60_columns_the_figures_are_left() {
        insta::assert_snapshot!(shown(60));
    }

    #[test]
    fn rows_are_in_the_order_that_was_asked_for() {
        let services = [service("a", "running"), service("b", "running"), service("c", "stopped")];
        let usages: Usages = [usage("a", 1.0, 20), usage("b", 2.0, 10)].into_iter().collect();
        for (sort, expected) in [(Sort::Cpu, "bac"), (Sort::Memory, "abc"), (Sort::Name, "abc")] {
            let names: String =
                rows(&services, &usages, sort).into_iter().map(|row| row.service.name).collect();
            assert_eq!(names, expected, "{sort:?}");
        }
    }

    #[test]
    fn a_screen_is_never_larger_than_the_window_and_shows_the_selected_row() {
        let services: Vec<Service> =
            (0..50).map(|number| service(&format!("s{number:02}"), "running")).collect();
        let rows = rows(&services, &Usages::new(), Sort::Name);
        for (height, selected) in (6..60).flat_map(|height| [0, 7, 49].map(|selected| (height, selected))) {
            let style = Style { width: Some(40), height: Some(height), ..Style::plain() };
            let around = Around { sort: Sort::Name, ports: false, message: "" };
            let lines = screen(&rows, selected, &around, &style, NOW.parse().unwrap());
            assert_eq!(lines.len(), height);
            assert!(lines.iter().all(|line| line.width() <= 40), "{lines:#?}");
            assert!(
                lines.iter().any(|line| line.starts_with(&format!("> s{selected:02}"))),
                "{height}: {lines:#?}"
            );
        }
    }

    #[test]
    fn a_size_has_three_digits_at_most() {
        for (count, expected) in [
            (0, "0K"),
            (1 << 20, "1.0M"),
            (12 << 20, "12M"),
            (999 << 20, "999M"),
            (1 << 30, "1.0G"),
            (u64::MAX, "16384P"),
        ] {
            assert_eq!(value::bytes(count), expected);
        }
    }
}
