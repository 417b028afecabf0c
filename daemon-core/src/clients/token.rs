//! What proves that a client is the one that was enrolled.

use std::fmt::Write as _;
use std::hint::black_box;

use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha256};

/// So that a leaked one can be found, and told from what it is not.
const BEGIN: &str = "hob_";

/// What is kept of a token.
pub(super) type Hash = [u8; 32];

/// A new token of 256 random bits, and its hash.
pub(super) fn new() -> (String, Hash) {
    let mut bits = [0; 32];
    let mut filled = 0;
    while filled < bits.len() {
        filled += getrandom(&mut bits[filled..], GetRandomFlags::empty())
            .expect("the kernel's generator is ready long before any daemon");
    }
    let mut token = BEGIN.to_owned();
    for byte in bits {
        write!(token, "{byte:02x}").expect("writing to a string cannot fail");
    }
    let hash = hash(&token);
    (token, hash)
}

/// What is kept of a token. It needs no salt: nobody can list all tokens there may be.
pub(super) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether two hashes are the same, in a time that does not depend on where they differ.
pub(super) fn same(one: &Hash, other: &Hash) -> bool {
    let different =
        one.iter().zip(other).fold(0, |different, (one, other)| black_box(different | (one ^ other)));
    black_box(different) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c68_a_token_has_256_bits_and_only_its_hash_is_needed() {
        let (token, kept) = new();
        assert_eq!(token.len(), BEGIN.len() + 64);
        assert_ne!(new().0, token);
        assert!(same(&hash(&token), &kept));
        for place in 0..kept.len() {
            let mut other = kept;
            other[place] ^= 1;
            assert!(!same(&other, &kept), "{place}");
        }
    }
}
