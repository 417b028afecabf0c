//! Order statistics. Means are not used: one interrupted round would decide them.

/// The value below which the share `part` of all values lies, by the nearest rank.
///
/// # Panics
/// If there are no values: a figure without a measurement is a mistake in its code.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1).expect("something was measured");
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index between 0 and the last, and counts far below 2^52"
    )]
    let rank = (last as f64 * part).round() as usize;
    sorted[rank]
}

/// The value in the middle.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_count_is_the_one_in_the_middle() {
        assert_eq!(median(&[9.0, 1.0, 5.0]).to_bits(), 5f64.to_bits());
        assert_eq!(median(&[2.0]).to_bits(), 2f64.to_bits());
    }

    #[test]
    fn quartiles_are_values_that_were_measured() {
        let values = [1.0, 2.0, 3.0, 4.0, 100.0];
        assert_eq!(quantile(&values, 0.25).to_bits(), 2f64.to_bits());
        assert_eq!(quantile(&values, 0.75).to_bits(), 4f64.to_bits());
    }
}
