//! Which arguments have been looked at, so that none is once for each wrapper around it.
//!
//! What a wrapper runs is the end of its own arguments. A look at an argument by
//! itself says the same there as it said before, and may cost a look at the disk.

/// The lists that were looked at, by where they end in memory.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// Where a list ends, how many of its last are done, and whether strictly.
    done: Vec<(*const Vec<u8>, usize, bool)>,
    /// How many were handed out.
    #[cfg(test)]
    pub(super) steps: usize,
}

impl Scanned {
    /// Those of a list that were not looked at before, or not as strictly as now. They have to be there for as long as
    /// this is.
    pub(super) fn new_ones<'a>(&mut self, argv: &'a [Vec<u8>], is_strict: bool) -> &'a [Vec<u8>] {
        let end = argv.as_ptr_range().end;
        let covers = |it: &&(*const Vec<u8>, usize, bool)| it.0 == end && it.2 >= is_strict;
        let done = self.done.iter().filter(covers).map(|it| it.1).max().unwrap_or_default();
        if done < argv.len() {
            self.done.push((end, argv.len(), is_strict));
        }
        let new = &argv[..argv.len().saturating_sub(done)];
        #[cfg(test)]
        {
            self.steps += new.len();
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_argument_is_handed_out_once_and_once_more_if_it_gets_stricter() {
        let argv: Vec<Vec<u8>> = (0..5).map(|number| vec![number]).collect();
        let mut scanned = Scanned::default();
        assert_eq!(scanned.new_ones(&argv[2..], false), &argv[2..]);
        assert_eq!(scanned.new_ones(&argv, false), &argv[..2]);
        assert!(scanned.new_ones(&argv[3..], false).is_empty());
        assert_eq!(scanned.new_ones(&argv[3..], true), &argv[3..]);
        assert_eq!(scanned.new_ones(&argv[1..], true), &argv[1..3]);
        assert!(scanned.new_ones(&argv[4..], false).is_empty());
        let other = argv.clone();
        assert_eq!(scanned.new_ones(&other, false), &other[..]);
        assert_eq!(scanned.new_ones(&argv[..4], true), &argv[..4], "another end is another list");
    }
}
