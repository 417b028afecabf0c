//! Which requests there have been, in memory of a fixed size: a Bloom filter.
//!
//! It never forgets one. It takes a new one for known once in a million at a
//! million requests, and more often beyond; whoever asks looks again then.

use sha2::{Digest as _, Sha256};

/// 4 MiB.
const BITS: usize = 1 << 25;
/// Marks for each.
const MARKS: usize = 8;

/// Made when the first is marked.
#[derive(Debug, Default)]
pub(super) struct Seen(Vec<u64>);

impl Seen {
    /// Marks `id`, and says whether it is certainly new.
    pub(super) fn mark(&mut self, id: &str) -> bool {
        self.0.resize(BITS / 64, 0);
        let digest: [u8; 32] = Sha256::digest(id).into();
        let mut is_new = false;
        for bytes in digest.chunks_exact(size_of::<u32>()).take(MARKS) {
            let bit = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize % BITS;
            is_new |= self.0[bit / 64] & 1 << (bit % 64) == 0;
            self.0[bit / 64] |= 1 << (bit % 64);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_forgets_and_seldom_errs() {
        let mut seen = Seen::default();
        let taken_for_known = (0..50_000).filter(|number| !seen.mark(&format!("r{number}"))).count();
        assert!(taken_for_known < 5, "{taken_for_known}");
        assert!((0..50_000).all(|number| !seen.mark(&format!("r{number}"))));
    }
}
