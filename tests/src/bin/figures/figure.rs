//! What a figure is: something measured in rounds, its floor, and the gate it has to pass.

use anyhow::Result;

use crate::bench::Bench;
use crate::sample::{median, quantile};

/// One file of `figures/`.
pub(crate) struct Figure {
    /// For `--only`.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) measure: fn(&Bench) -> Result<Vec<Row>>,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    /// One value for each round.
    pub(crate) ours: Vec<f64>,
    pub(crate) floor: Option<Floor>,
    pub(crate) gate: Gate,
    /// Why there is nothing, if there is nothing.
    pub(crate) skipped: Option<String>,
}

/// The least that the machine needs, in the same rounds.
#[derive(Debug)]
pub(crate) struct Floor {
    pub(crate) what: &'static str,
    pub(crate) values: Vec<f64>,
}

/// What has to hold of the median of the rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gate {
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
    pub(crate) fn new(what: impl Into<String>, unit: &'static str, ours: Vec<f64>, gate: Gate) -> Row {
        Row { what: what.into(), unit, ours, floor: None, gate, skipped: None }
    }

    pub(crate) fn floor(mut self, what: &'static str, values: Vec<f64>) -> Row {
        self.floor = Some(Floor { what, values });
        self
    }

    pub(crate) fn skipped(what: impl Into<String>, why: impl Into<String>) -> Row {
        Row { skipped: Some(why.into()), ..Row::new(what, "", Vec::new(), Gate::Shown) }
    }

    /// How it stands to its floor: the median of the rounds' ratios, so that a machine that
    /// grows slower during the run does not decide it.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.against_floor(|ours, floor| ours / floor).filter(|ratio| ratio.is_finite())
    }

    pub(crate) fn passes(&self) -> bool {
        match self.gate {
            Gate::Shown => true,
            Gate::AtMost(most) => median(&self.ours) <= most,
            Gate::Times(most) => {
                self.against_floor(|ours, floor| ours - most * floor).is_some_and(|over| over <= 0.0)
            }
            Gate::Plus(most) => self.excess().is_some_and(|excess| excess <= most),
        }
    }

    pub(crate) fn excess(&self) -> Option<f64> {
        self.against_floor(|ours, floor| ours - floor)
    }

    fn against_floor(&self, compare: impl Fn(f64, f64) -> f64) -> Option<f64> {
        let floor = self.floor.as_ref()?;
        let pairs = self.ours.iter().zip(&floor.values);
        Some(median(&pairs.map(|(ours, floor)| compare(*ours, *floor)).collect::<Vec<_>>()))
    }
}

/// The median and the middle half, as text.
pub(crate) fn spread(values: &[f64]) -> String {
    let (low, middle, high) = (quantile(values, 0.25), median(values), quantile(values, 0.75));
    if low.to_bits() == high.to_bits() {
        return number(middle);
    }
    format!("{} ({}–{})", number(middle), number(low), number(high))
}

/// Three digits that mean something.
pub(crate) fn number(value: f64) -> String {
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
