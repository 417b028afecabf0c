//! Any moment will do for a test, but another one each time.

/// Marsaglia's xorshift, seeded by the process.
#[derive(Debug)]
pub struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Random::new()
    }
}

impl Random {
    /// Another sequence in each process.
    pub fn new() -> Random {
        Random::from_seed(u64::from(std::process::id()))
    }

    /// The same sequence for the same seed.
    pub fn from_seed(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        self.0 ^= self.0 >> 27;
        self.0 % limit
    }

    /// One of them.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len() as u64);
        from.get(usize::try_from(index).expect("it is an index")).expect("it is below the length")
    }
}
