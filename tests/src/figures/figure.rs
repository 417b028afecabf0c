//! What a figure is: something measured in rounds, its floor, and the gate it has to pass.

use anyhow::Result;

use super::bench::Bench;
use super::sample::{median, quantile};

/// One file of `figures/`.
#[derive(Debug)]
pub struct Figure {
    /// For `--only`.
    pub name: &'static str,
    /// For `--help`, and while it is measured.
    pub about: &'static str,
    /// Measures it; the rows are shown in this order.
    pub measure: fn(&Bench) -> Result<Vec<Row>>,
}

/// One line of the table.
#[derive(Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What its values are in; empty for a count.
    pub unit: &'static str,
    /// One value for each round.
    pub ours: Vec<f64>,
    /// What it stands beside.
    pub floor: Option<Floor>,
    /// What it has to pass.
    pub gate: Gate,
    /// Why there is nothing, if there is nothing.
    pub skipped: Option<String>,
}

/// The least that the machine needs, in the same rounds.
#[derive(Debug)]
pub struct Floor {
    /// What it is the cost of.
    pub what: &'static str,
    /// One value for each round.
    pub values: Vec<f64>,
}

/// What has to hold of the median of the rounds.
#[derive(Debug, Clone, Copy)]
pub enum Gate {
    /// At most so many times the floor.
    Times(f64),
    /// At most so much more than the floor.
    Plus(f64),
    /// At most so much, whatever the machine.
    AtMost(f64),
    /// Shown because it explains another one.
    Shown,
}

impl Row {
    /// A row without a floor.
    pub fn new(what: impl Into<String>, unit: &'static str, ours: Vec<f64>, gate: Gate) -> Row {
        Row { what: what.into(), unit, ours, floor: None, gate, skipped: None }
    }

    /// The same beside a floor, measured in the same rounds.
    pub fn floor(mut self, what: &'static str, values: Vec<f64>) -> Row {
        self.floor = Some(Floor { what, values });
        self
    }

    /// A row that says why nothing was measured.
    pub fn skipped(what: impl Into<String>, why: impl Into<String>) -> Row {
        Row { skipped: Some(why.into()), ..Row::new(what, "", Vec::new(), Gate::Shown) }
    }

    /// How it stands to its floor: the median of the rounds' ratios, so that a machine that
    /// grows slower during the run does not decide it.
    pub fn ratio(&self) -> Option<f64> {
        self.against_floor(|ours, floor| ours / floor).filter(|ratio| ratio.is_finite())
    }

    /// Whether the gate is open.
    pub fn passes(&self) -> bool {
        match self.gate {
            Gate::Shown => true,
            Gate::AtMost(most) => median(&self.ours) <= most,
            Gate::Times(most) => {
                self.against_floor(|ours, floor| ours - most * floor).is_some_and(|over| over <= 0.0)
            }
            Gate::Plus(most) => self.excess().is_some_and(|excess| excess <= most),
        }
    }

    /// How much more than its floor it is: the median of the rounds' differences.
    pub fn excess(&self) -> Option<f64> {
        self.against_floor(|ours, floor| ours - floor)
    }

    fn against_floor(&self, compare: impl Fn(f64, f64) -> f64) -> Option<f64> {
        let floor = self.floor.as_ref()?;
        let pairs = self.ours.iter().zip(&floor.values);
        Some(median(&pairs.map(|(ours, floor)| compare(*ours, *floor)).collect::<Vec<_>>()))
    }
}

/// The median and the middle half, as text.
pub fn spread(values: &[f64]) -> String {
    let (low, middle, high) = (quantile(values, 0.25), median(values), quantile(values, 0.75));
    if low.to_bits() == high.to_bits() {
        return number(middle);
    }
    format!("{} ({}–{})", number(middle), number(low), number(high))
}

/// Three digits that mean something.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || 100.0 <= size || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if 10.0 <= size {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(gate: Gate) -> Row {
        Row::new("x", "ms", vec![2.0, 4.0, 30.0], gate).floor("y", vec![1.0, 2.0, 3.0])
    }

    #[test]
    fn a_ratio_is_taken_in_each_round() {
        assert_eq!(row(Gate::Shown).ratio(), Some(2.0));
        assert_eq!(row(Gate::Shown).excess(), Some(2.0));
    }

    #[test]
    fn a_gate_closes_just_above_its_bound() {
        for (gate, passes) in [
            (Gate::Times(2.0), true),
            (Gate::Times(1.9), false),
            (Gate::Plus(2.0), true),
            (Gate::Plus(1.9), false),
            (Gate::AtMost(4.0), true),
            (Gate::AtMost(3.9), false),
            (Gate::Shown, true),
        ] {
            assert_eq!(row(gate).passes(), passes, "{gate:?}");
        }
    }

    #[test]
    fn nothing_is_within_a_gate_that_needs_a_floor_without_one() {
        assert!(!Row::new("x", "ms", vec![0.0], Gate::Times(2.0)).passes());
    }

    #[test]
    fn a_floor_of_nothing_has_no_ratio_but_can_be_kept() {
        let row = Row::new("switches", "", vec![0.0], Gate::Plus(0.0)).floor("timers", vec![0.0]);
        assert!(row.passes() && row.ratio().is_none());
    }
}
