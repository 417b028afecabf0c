//! Two texts of a file, compared line by line for a person to look at before one takes the place of the other.
//!
//! The form is that of unified diffs, without file names: three lines around each
//! change, behind a header with their numbers.

use std::fmt::Write as _;
use std::ops::Range;

/// Lines that are shown around a change.
const AROUND: usize = 3;
/// Above so many comparisons the whole middle counts as replaced: a person does not change that much by hand.
const MOST: usize = 4_000_000;

/// Which lines go and which come; empty if none do.
pub fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let steps = steps(&old, &new);
    let mut shown = String::new();
    for hunk in hunks(&steps) {
        let count = |signs: &[Sign], range: Range<usize>| {
            steps[range].iter().filter(|(sign, _)| signs.contains(sign)).count()
        };
        let old_first = count(&[Sign::Same, Sign::Gone], 0..hunk.start);
        let new_first = count(&[Sign::Same, Sign::New], 0..hunk.start);
        let old_lines = count(&[Sign::Same, Sign::Gone], hunk.clone());
        let new_lines = count(&[Sign::Same, Sign::New], hunk.clone());
        // Of no lines, the number is that of the line before.
        let first = |before: usize, lines: usize| before + usize::from(lines != 0);
        writeln!(
            shown,
            "@@ -{},{old_lines} +{},{new_lines} @@",
            first(old_first, old_lines),
            first(new_first, new_lines)
        )
        .expect("a string takes everything");
        for (sign, line) in &steps[hunk] {
            let sign = match sign {
                Sign::Same => ' ',
                Sign::Gone => '-',
                Sign::New => '+',
            };
            writeln!(shown, "{sign}{line}").expect("a string takes everything");
        }
    }
    shown
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Same,
    Gone,
    New,
}

type Step<'t> = (Sign, &'t str);

/// From the one to the other, line by line, with as few that go and come as there can be.
fn steps<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Step<'t>> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let same = |lines: &[&'t str]| lines.iter().map(|line| (Sign::Same, *line)).collect::<Vec<_>>();
    [same(&old[..head]), middle(old_middle, new_middle), same(&old[old.len() - tail..])].concat()
}

fn middle<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Step<'t>> {
    if MOST < old.len().saturating_mul(new.len()) {
        let gone = old.iter().map(|line| (Sign::Gone, *line));
        return gone.chain(new.iter().map(|line| (Sign::New, *line))).collect();
    }
    // How many lines the rests behind each pair of places have in common.
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for (row, before) in old.iter().enumerate().rev() {
        for (column, after) in new.iter().enumerate().rev() {
            let at = row * width + column;
            common[at] = match before == after {
                true => common[at + width + 1] + 1,
                false => common[at + width].max(common[at + 1]),
            };
        }
    }
    let (mut row, mut column, mut steps) = (0, 0, Vec::new());
    while row < old.len() || column < new.len() {
        let at = row * width + column;
        if row < old.len() && column < new.len() && old[row] == new[column] {
            steps.push((Sign::Same, old[row]));
            (row, column) = (row + 1, column + 1);
        } else if row < old.len() && (column == new.len() || common[at + 1] <= common[at + width]) {
            steps.push((Sign::Gone, old[row]));
            row += 1;
        } else {
            steps.push((Sign::New, new[column]));
            column += 1;
        }
    }
    steps
}

/// The steps that are shown: each change with what is around it, those that meet together.
fn hunks(steps: &[Step<'_>]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (at, _) in steps.iter().enumerate().filter(|(_, (sign, _))| *sign != Sign::Same) {
        let (start, end) = (at.saturating_sub(AROUND), (at + AROUND + 1).min(steps.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
        let after = before.replace("5\n", "five\n").replace("13\n", "");
        assert_eq!(
            difference(before, &after),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -10,4 +10,3 @@\n 10\n 11\n 12\n-13\n"
        );
    }

    #[test]
    fn a_file_comes_and_goes_whole() {
        assert_eq!(difference("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(difference("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
        assert_eq!(difference("a\n", "a\n"), "");
    }

    proptest! {
        #[test]
        fn the_steps_lead_from_the_one_to_the_other(
            old in proptest::collection::vec("[abc]", 0..12),
            new in proptest::collection::vec("[abc]", 0..12),
        ) {
            let (old, new): (Vec<&str>, Vec<&str>) =
                (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
            let steps = steps(&old, &new);
            let with = |sign: Sign| {
                let kept = steps.iter().filter(move |(it, _)| *it == Sign::Same || *it == sign);
                kept.map(|(_, line)| *line).collect::<Vec<_>>()
            };
            prop_assert_eq!(with(Sign::Gone), old);
            prop_assert_eq!(with(Sign::New), new);
        }
    }
}
