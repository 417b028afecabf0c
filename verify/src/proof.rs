//! Proofs about a tree, checked without the tree, and the text they travel in.
//!
//! Both checks are the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2,
//! and as strict as they are there: a path that is too short, too long, or for
//! a place outside the tree is refused, whatever it hashes to. The text is
//! C2SP's tlog-proof, which carries the signed root with it.

use std::fmt::Write as _;

use crate::tree::{Hash, NoHash, node_hash};

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The place is not in the tree.
    #[error("it is about a place that is not in the tree")]
    Outside,
    /// The path has too few hashes or too many.
    #[error("its path has not as many hashes as the tree is high")]
    Length,
    /// It leads to another root.
    #[error("it leads to another root")]
    Root,
    /// Nothing, or more than there is, cannot be continued.
    #[error("it compares sizes of which one cannot continue the other")]
    Sizes,
}

/// Whether `path` proves that `leaf` is the `n`-th of the `size` leaves under `root`.
///
/// # Errors
/// Why it does not.
pub fn check_inclusion(path: &[Hash], n: u64, leaf: Hash, size: u64, root: Hash) -> Result<(), Wrong> {
    if size <= n {
        return Err(Wrong::Outside);
    }
    let (mut place, mut last, mut hash) = (n, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(Wrong::Length);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(*sibling, hash);
            // Where the right edge is ragged, it climbs several levels at once.
            let climbed = if place == 0 { 0 } else { place.trailing_zeros() };
            (place, last) = (place >> climbed, last >> climbed);
        } else {
            hash = node_hash(hash, *sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    match (last, hash == root) {
        (0, true) => Ok(()),
        (0, false) => Err(Wrong::Root),
        _ => Err(Wrong::Length),
    }
}

/// Whether `path` proves that the tree of `new` leaves under `new_root` continues the one of `old`
/// leaves under `old_root`.
///
/// # Errors
/// Why it does not.
pub fn check_consistency(
    path: &[Hash],
    old: u64,
    old_root: Hash,
    new: u64,
    new_root: Hash,
) -> Result<(), Wrong> {
    if old == 0 || new < old {
        return Err(Wrong::Sizes);
    }
    if old == new {
        return match (path.is_empty(), old_root == new_root) {
            (true, true) => Ok(()),
            (true, false) => Err(Wrong::Root),
            _ => Err(Wrong::Length),
        };
    }
    // A complete tree is a node of the larger one: its root is where the path begins.
    let known = old.is_power_of_two().then_some(old_root);
    let mut path = known.iter().chain(path);
    let first = *path.next().ok_or(Wrong::Length)?;
    let climbed = (old - 1).trailing_ones();
    let (mut place, mut last) = ((old - 1) >> climbed, (new - 1) >> climbed);
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return Err(Wrong::Length);
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(*sibling, old_hash);
            new_hash = node_hash(*sibling, new_hash);
            let climbed = if place == 0 { 0 } else { place.trailing_zeros() };
            (place, last) = (place >> climbed, last >> climbed);
        } else {
            new_hash = node_hash(new_hash, *sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    match (last, old_hash == old_root && new_hash == new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(Wrong::Root),
        _ => Err(Wrong::Length),
    }
}

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// That a leaf is under a signed root, in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Which leaf.
    pub index: u64,
    /// Its siblings, from the leaf up.
    pub path: Vec<Hash>,
    /// The signed checkpoint, as it was issued.
    pub checkpoint: String,
}

/// It is no text of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// A line is not what belongs there.
    #[error("line {0} is not what belongs there")]
    Line(usize),
    /// There is no end of the path.
    #[error("an empty line and a checkpoint should follow the path")]
    Cut,
    /// A hash is malformed.
    #[error("{0}")]
    Hash(#[from] NoHash),
}

impl Proof {
    /// The text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\nindex {}\n", self.index);
        for hash in &self.path {
            writeln!(text, "{hash}").expect("text can be written to a string");
        }
        text + "\n" + &self.checkpoint
    }

    /// Reads a text. What its optional line `extra` says is left out: nobody vouches for it.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_text(text: &str) -> Result<Proof, NoProof> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(NoProof::Cut)?;
        let mut lines = head.split('\n').enumerate().map(|(number, line)| (number + 1, line)).peekable();
        if lines.next() != Some((1, FIRST_LINE)) {
            return Err(NoProof::Line(1));
        }
        lines.next_if(|(_, line)| line.starts_with("extra "));
        let (number, line) = lines.next().ok_or(NoProof::Cut)?;
        let index =
            line.strip_prefix("index ").and_then(crate::leaf::decimal_of).ok_or(NoProof::Line(number))?;
        // No tree is higher.
        let path = lines.map(|(_, line)| line.parse()).take(65).collect::<Result<Vec<Hash>, NoHash>>()?;
        Ok(Proof { index, path, checkpoint: checkpoint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{EMPTY, leaf_hash};

    #[test]
    fn c112_a_proof_about_nothing_proves_nothing() {
        let leaf = leaf_hash(b"it");
        assert_eq!(check_inclusion(&[], 0, leaf, 0, EMPTY), Err(Wrong::Outside));
        assert_eq!(check_inclusion(&[], 1, leaf, 1, leaf), Err(Wrong::Outside));
        assert_eq!(check_inclusion(&[leaf], 0, leaf, 1, leaf), Err(Wrong::Length));
        assert_eq!(check_inclusion(&[], 0, leaf, 2, leaf), Err(Wrong::Length));
        assert_eq!(check_inclusion(&[], u64::MAX, leaf, u64::MAX, leaf), Err(Wrong::Outside));
        assert_eq!(check_inclusion(&vec![leaf; 65], 0, leaf, u64::MAX, leaf), Err(Wrong::Length));
        assert_eq!(check_inclusion(&vec![leaf; 64], u64::MAX - 1, leaf, u64::MAX, leaf), Err(Wrong::Length));
        assert_eq!(check_consistency(&[], 0, EMPTY, 1, leaf), Err(Wrong::Sizes));
        assert_eq!(check_consistency(&[], 2, leaf, 1, leaf), Err(Wrong::Sizes));
        assert_eq!(check_consistency(&[], 1, leaf, 2, leaf), Err(Wrong::Length));
        assert_eq!(check_consistency(&[], 3, leaf, 4, leaf), Err(Wrong::Length));
        assert_eq!(check_consistency(&[leaf], 1, leaf, 1, leaf), Err(Wrong::Length));
        assert_eq!(check_consistency(&[], 1, leaf, 1, EMPTY), Err(Wrong::Root));
    }

    #[test]
    fn a_proof_travels_as_text() {
        let checkpoint = "log.example\n3\nroot\n\n— log.example c2ln\n".to_owned();
        let proof = Proof { index: 2, path: vec![leaf_hash(b"a"), leaf_hash(b"b")], checkpoint };
        assert_eq!(Proof::from_text(&proof.to_text()), Ok(proof.clone()));
        let extra = proof.to_text().replacen("index", "extra aGk=\nindex", 1);
        assert_eq!(Proof::from_text(&extra), Ok(proof.clone()));
        for bad in [
            proof.to_text().replacen("@v1", "@v2", 1),
            proof.to_text().replacen("index 2", "index 02", 1),
            proof.to_text().replacen("index 2", "index +2", 1),
            proof.to_text().replacen('=', "", 1),
            proof.to_text().replacen("\n\n", "\n", 2),
        ] {
            assert!(Proof::from_text(&bad).is_err(), "{bad}");
        }
    }
}
