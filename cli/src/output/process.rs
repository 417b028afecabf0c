//! The processes of a service, and what its probes found last, as `hob show` tells them.

use daemon_core::services::{Probe, Probes, RunProcess};
use daemon_core::text::visible;
use jiff::Timestamp;
use serde::Deserialize;

use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::time::{self, TimeOfDay};
use super::value::{self, Value};

/// Deeper ones are not moved further to the right.
const DEEPEST: u32 = 20;

/// What a reply says of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Living {
    probes: Probes,
    processes: Vec<RunProcess>,
    more_processes: usize,
}

impl Living {
    /// The last probes, as lines of the details.
    pub(crate) fn probes(&self, times: &TimeOfDay, now: Timestamp) -> Vec<(String, Value)> {
        let line = |name: &str, probe: &Option<Probe>| {
            probe.as_ref().map(|probe| (name.to_owned(), Value::Text(found(probe, times, now))))
        };
        line("last asked if ready", &self.probes.ready)
            .into_iter()
            .chain(line("last asked if healthy", &self.probes.health))
            .collect()
    }

    /// The processes, each below the one that started it.
    pub(crate) fn tree(&self, style: &Style) -> String {
        if self.processes.is_empty() {
            return String::new();
        }
        let mut table = Table::new(vec![
            Column::number("PID", ESSENTIAL),
            Column::text("NAME", ESSENTIAL, 8),
            Column::number("MEMORY", 200),
            Column::number("CPU TIME", 150),
            Column::text("NOTE", 220, 8),
        ]);
        for process in &self.processes {
            let indent = "  ".repeat(usize::try_from(process.depth.min(DEEPEST)).unwrap_or_default());
            let note = match (process.zombie, process.stray) {
                (true, _) => "zombie: it has ended, and its parent has not noticed",
                (_, true) => "stray: the one that started it is gone",
                _ => "",
            };
            table.row(vec![
                process.pid.to_string().into(),
                format!("{indent}{}", visible(&process.name)).into(),
                process.memory_bytes.map(value::bytes).unwrap_or_default().into(),
                format!("{:.1}s", process.cpu_seconds).into(),
                Cell::painted(note.to_owned(), Paint::Yellow),
            ]);
        }
        let more = match self.more_processes {
            0 => String::new(),
            more => format!("and {more} more\n"),
        };
        format!("\n{}\n{}{more}", style.paint(Paint::Bold, "processes"), table.render(style))
    }
}

/// "passed at 09:00:01.000 (3s ago)".
fn found(probe: &Probe, times: &TimeOfDay, now: Timestamp) -> String {
    let at = probe.at.to_string();
    let when = format!("{} ({})", times.show(&at), time::ago(&at, now));
    match &probe.problem {
        None => format!("it was, at {when}"),
        Some(problem) => format!("it was not, at {when}: {problem}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_shows_who_started_whom_and_what_is_odd() {
        let living: Living = serde_json::from_str(
            r#"{"processes":[
                {"pid":7,"depth":0,"name":"sh","memory_bytes":1258291,"cpu_seconds":0.02},
                {"pid":12,"depth":1,"name":"no\u001b[2Jde\u202e","memory_bytes":88080384,"cpu_seconds":31.44},
                {"pid":13,"depth":2,"name":"git","cpu_seconds":0.0,"zombie":true},
                {"pid":9,"depth":0,"name":"sleep","memory_bytes":98304,"cpu_seconds":0.0,"stray":true}],
               "more_processes":3}"#,
        )
        .unwrap();
        let shown = living.tree(&Style::plain());
        let rows: Vec<&str> = shown.lines().collect();
        for (row, parts) in [
            (1, &["processes"][..]),
            (2, &["PID", "NAME", "MEMORY", "CPU TIME", "NOTE"]),
            (3, &["7  sh ", "1.2M", "0.0s"]),
            (4, &["12    no", "84M", "31.4s"]),
            (5, &["13      git", "zombie: it has ended"]),
            (6, &["9  sleep", "96K", "stray: the one that started it is gone"]),
            (7, &["and 3 more"]),
        ] {
            for part in parts {
                assert!(rows[row].contains(part), "{part} in {:?} of\n{shown}", rows[row]);
            }
        }
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert_eq!(Living::default().tree(&Style::plain()), "");
    }

    #[test]
    fn a_probe_is_told_with_what_it_found_and_when() {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let times = TimeOfDay::new(true, true, now);
        let living: Living = serde_json::from_str(
            r#"{"probes":{"ready":{"at":"2026-06-01T11:00:00Z"},
                "health":{"at":"2026-06-01T11:59:57Z","problem":"it answered 503"}}}"#,
        )
        .unwrap();
        let told: Vec<String> = living
            .probes(&times, now)
            .iter()
            .map(|(key, value)| format!("{key}: {}", value.inline()))
            .collect();
        assert_eq!(
            told,
            [
                "last asked if ready: it was, at 11:00:00.000 (1h ago)",
                "last asked if healthy: it was not, at 11:59:57.000 (3s ago): it answered 503",
            ]
        );
    }
}
