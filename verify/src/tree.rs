//! One hash for a list that grows: the Merkle tree of RFC 9162, section 2.1.
//!
//! Appending computes the hashes of the subtrees that the new leaf completes,
//! two per leaf on average. Whoever keeps them all, each at its [`place`], can
//! compute the root of any earlier size and any proof from a few of them,
//! however large the tree is. Whoever only wants the root as leaves go by keeps
//! a [`Frontier`].
//!
//! The order of places is that of Crosby and Wallach (USENIX Security 2009,
//! section 3.3), which Go's checksum database uses too: a hash is stored when
//! its last leaf is, so the store is only ever appended to.
//!
//! Nothing here stores anything or knows what a leaf says.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash; its text is base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

/// The root of the tree without leaves.
pub const EMPTY: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// The hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix([0]).chain_update(leaf).finalize().into())
}

/// The hash of a node over its two children.
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new_with_prefix([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Where the `n`-th hash of a level is stored; leaves are level 0.
pub fn place(level: u32, n: u64) -> u64 {
    let last_leaf = ((n + 1) << level) - 1;
    first_place(last_leaf) + u64::from(level)
}

/// Where the first hash that leaf `n` brings is stored; the others that it completes follow it.
pub fn first_place(n: u64) -> u64 {
    2 * n - u64::from(n.count_ones())
}

/// The hashes that leaf `n` brings, to be stored from [`first_place`] on.
///
/// # Errors
/// What `stored` fails with, which is asked for earlier hashes by their place.
pub fn appended<E>(
    n: u64,
    leaf: Hash,
    mut stored: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut hashes = vec![leaf];
    let mut hash = leaf;
    for level in 0..n.trailing_ones() {
        hash = node_hash(stored(place(level, (n >> level) - 1))?, hash);
        hashes.push(hash);
    }
    Ok(hashes)
}

/// The root of the first `size` leaves.
///
/// # Errors
/// What `stored` fails with.
pub fn root<E>(size: u64, stored: impl FnMut(u64) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 { Ok(EMPTY) } else { range(0, size, stored) }
}

/// The proof that leaf `n` is in the tree of `size` leaves: siblings from the leaf up.
///
/// # Errors
/// What `stored` fails with.
///
/// # Panics
/// If there is no such leaf.
pub fn inclusion<E>(
    n: u64,
    size: u64,
    mut stored: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    assert!(n < size, "a proof is of a leaf that is there");
    let (mut low, mut high, mut path) = (0, size, Vec::new());
    while 1 < high - low {
        let middle = low + split(high - low);
        if n < middle {
            path.push(range(middle, high, &mut stored)?);
            high = middle;
        } else {
            path.push(range(low, middle, &mut stored)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `new` leaves continues the one of `old`.
///
/// # Errors
/// What `stored` fails with.
///
/// # Panics
/// If `old` is 0, of which nothing can be proved, or more than `new`.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut stored: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    assert!(0 < old && old <= new, "a proof is of a part of the tree");
    let (mut low, mut high, mut path) = (0, new, Vec::new());
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(range(middle, high, &mut stored)?);
            high = middle;
        } else {
            path.push(range(low, middle, &mut stored)?);
            low = middle;
        }
    }
    // The old root itself is known to whoever checks.
    if low != 0 {
        path.push(range(low, high, stored)?);
    }
    path.reverse();
    Ok(path)
}

/// The root of a tree while its leaves go by.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    /// Of each complete subtree, the largest first; as many as `size` has ones.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// That of the first `size` leaves of a tree whose hashes are stored.
    ///
    /// # Errors
    /// What `stored` fails with.
    pub fn of<E>(size: u64, mut stored: impl FnMut(u64) -> Result<Hash, E>) -> Result<Frontier, E> {
        let (mut low, mut peaks) = (0, Vec::new());
        while low < size {
            let level = (size - low).ilog2();
            peaks.push(stored(place(level, low >> level))?);
            low += 1 << level;
        }
        Ok(Frontier { size, peaks })
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            hash = node_hash(self.peaks.pop().expect("a peak for each one of the size"), hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// How many leaves there have been.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.peaks.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or(EMPTY)
    }
}

/// The hash over the leaves from `low` up to `high`, which is a subtree of some tree.
fn range<E>(low: u64, high: u64, mut stored: impl FnMut(u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let (mut low, mut peaks) = (low, Vec::new());
    while low < high {
        let level = (high - low).ilog2();
        peaks.push(stored(place(level, low >> level))?);
        low += 1 << level;
    }
    Ok(peaks.into_iter().rev().reduce(|right, left| node_hash(left, right)).expect("a range is not empty"))
}

/// The largest power of two below `leaves`, which are at least two.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// It is no text of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 32 bytes in base64")]
pub struct NoHash;

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Hash, NoHash> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| NoHash)?;
        Ok(Hash(bytes.try_into().map_err(|_| NoHash)?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Hash {
    /// Its 64 hexadecimal digits, as `sha256sum` prints them.
    pub fn hex(&self) -> String {
        self.0
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| DIGITS[usize::from(digit)])
            .collect()
    }

    /// The hash of 64 lower-case hexadecimal digits.
    pub fn from_hex(text: &[u8]) -> Option<Hash> {
        let digit = |byte: u8| DIGITS.iter().position(|it| *it as u8 == byte).map(|digit| digit as u8);
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Hash(bytes))
    }
}

const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
