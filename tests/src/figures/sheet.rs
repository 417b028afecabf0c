//! The table of all figures: for the terminal, and as Markdown to be kept.

use anyhow::{Error, Result};

use super::figure::{Figure, Gate, Row, number, spread};

const COLUMNS: [&str; 6] = ["figure", "ours", "floor", "ratio", "gate", ""];

#[derive(Default)]
pub(super) struct Sheet {
    rows: Vec<Row>,
    broken: Vec<(&'static str, Error)>,
}

impl Sheet {
    /// Takes what a figure measured, or why it could not.
    pub(super) fn add(&mut self, figure: &Figure, measured: Result<Vec<Row>>) {
        match measured {
            Ok(rows) => self.rows.extend(rows),
            Err(error) => self.broken.push((figure.name, error)),
        }
    }

    pub(super) fn is_good(&self) -> bool {
        self.broken.is_empty() && self.rows.iter().all(|row| row.skipped.is_some() || row.passes())
    }

    pub(super) fn table(&self) -> String {
        let mut lines = vec![COLUMNS.map(str::to_owned)];
        lines.extend(self.rows.iter().map(cells));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
        let mut text = String::new();
        for line in &lines {
            let padded: Vec<String> =
                line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            text += padded.join("  ").trim_end();
            text += "\n";
        }
        text + &self.complaints()
    }

    /// The whole of `docs/benchmarks.md`.
    pub(super) fn document(&self, machine: &str) -> String {
        let mut text = format!("{HEAD}\n{machine}\n");
        text += &format!("| {} |\n|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
        for row in &self.rows {
            text += &format!("| {} |\n", cells(row).join(" | "));
        }
        let complaints = self.complaints();
        if !complaints.is_empty() {
            text += &format!("\n```\n{complaints}```\n");
        }
        text + "\n" + FOOT
    }

    fn complaints(&self) -> String {
        self.broken.iter().map(|(name, error)| format!("{name} could not be measured: {error:#}\n")).collect()
    }
}

fn cells(row: &Row) -> [String; 6] {
    if let Some(why) = &row.skipped {
        return [
            row.what.clone(),
            format!("skipped: {why}"),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ];
    }
    let with_unit = |text: String| if row.unit.is_empty() { text } else { format!("{text} {}", row.unit) };
    let floor = row.floor.as_ref();
    let floor = floor.map(|floor| format!("{}: {}", floor.what, with_unit(spread(&floor.values))));
    let times = row.ratio().map(|ratio| format!("{ratio:.2} ×"));
    let plus = row
        .excess()
        .map(|excess| with_unit(format!("{}{}", if excess < 0.0 { "" } else { "+" }, number(excess))));
    let (ratio, gate) = match row.gate {
        Gate::Times(most) => (times, format!("≤ {most} ×")),
        Gate::Plus(most) => (plus, with_unit(format!("≤ +{most}"))),
        Gate::AtMost(most) => (times, with_unit(format!("≤ {most}"))),
        Gate::Shown => (times, String::new()),
    };
    let verdict = match row.gate {
        Gate::Shown => "",
        _ if row.passes() => "ok",
        _ => "OVER",
    };
    [
        row.what.clone(),
        with_unit(spread(&row.ours)),
        floor.unwrap_or_default(),
        ratio.unwrap_or_default(),
        gate,
        verdict.to_owned(),
    ]
}

const HEAD: &str = "\
# Figures

Written by `make bench`, which measures the release binaries. Each figure is the median of its
rounds, with the middle half of them in parentheses. Rounds of a figure and of its floor alternate;
a ratio is the median of the rounds' ratios. A floor is the least that this machine needs for the
same thing. The exit status says whether every figure is within its gate.
";

const FOOT: &str = "\
Functions are measured by `cargo bench -p daemon-core`; [Hob beside its peers](benchmarks-peers.md) by
`make bench-peers`.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        Figure { name: "x", about: "", measure: |_| Ok(Vec::new()) }
    }

    #[test]
    fn one_figure_over_its_gate_or_not_measured_spoils_the_sheet() {
        let rows = |most| Ok(vec![Row::new("x", "ms", vec![2.0], Gate::AtMost(most))]);
        for (measured, good) in [(rows(2.0), true), (rows(1.0), false), (Err(Error::msg("no")), false)] {
            let mut sheet = Sheet::default();
            sheet.add(&figure(), measured);
            assert_eq!(sheet.is_good(), good, "{}", sheet.table());
        }
    }

    #[test]
    fn a_line_says_what_it_was_measured_against() {
        let mut sheet = Sheet::default();
        let row = Row::new("ping", "µs", vec![13.0], Gate::Times(1.3)).floor("bare socket", vec![10.0]);
        sheet.add(&figure(), Ok(vec![row]));
        let line = "| ping | 13 µs | bare socket: 10 µs | 1.30 × | ≤ 1.3 × | ok |";
        assert!(sheet.document("").contains(line), "{}", sheet.document(""));
    }
}
