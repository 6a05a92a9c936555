//! Counter-based random numbers: a value is a function of (seed, stream, index) and nothing else.
//!
//! Since there is no state that advances, the numbers do not depend on the order in which they are
//! asked for or on the number of threads. The mixing function is the finaliser of SplitMix64
//! (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), applied
//! once per word of the key.

/// A seeded family of independent streams.
///
/// ```
/// use feasible::random::Random;
/// let balances = Random::new(7).stream(1);
/// assert_eq!(balances.below(3, 100), Random::new(7).stream(1).below(3, 100));
/// assert!(balances.below(3, 100) < 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    key: u64,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// The family of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { key: mix(seed) }
    }

    /// An independent stream of this family.
    #[must_use]
    pub const fn stream(self, stream: u64) -> Self {
        Self { key: mix(self.key ^ mix(stream.wrapping_mul(GOLDEN) ^ 0x5851_f42d_4c95_7f2d)) }
    }

    /// 64 uniform bits at an index.
    #[must_use]
    pub const fn bits(self, index: u64) -> u64 {
        mix(mix(self.key.wrapping_add(index.wrapping_mul(GOLDEN))) ^ self.key)
    }

    /// A uniform integer in `0..bound` (0 if `bound` is 0) at an index, by multiplication: the bias
    /// is below `bound / 2^64`.
    #[must_use]
    pub const fn below(self, index: u64, bound: u64) -> u64 {
        #[allow(clippy::cast_possible_truncation)] // the high word of a 128-bit product
        {
            ((self.bits(index) as u128 * bound as u128) >> 64) as u64
        }
    }

    /// A uniform number in `[0, 1)` with 53 bits at an index.
    #[must_use]
    pub fn unit(self, index: u64) -> f64 {
        #[allow(clippy::cast_precision_loss)] // 53 bits are exact
        {
            (self.bits(index) >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn values_are_pinned() {
        // A change here changes every seeded result of the crate.
        let random = Random::new(1).stream(2);
        assert_eq!([random.bits(0), random.bits(1)], PINNED);
    }

    const PINNED: [u64; 2] = [1_812_013_042_091_745_959, 13_895_816_462_817_987_710];

    #[test]
    fn below_is_uniform_enough() {
        let random = Random::new(5);
        let mut counts = [0_u32; 10];
        for i in 0..100_000 {
            counts[usize::try_from(random.below(i, 10)).unwrap()] += 1;
        }
        // Standard deviation is 95: five of them on either side.
        assert!(counts.iter().all(|c| c.abs_diff(10_000) < 475), "{counts:?}");
    }

    #[test]
    fn streams_and_indices_do_not_collide() {
        let mut seen = alloc::collections::BTreeSet::new();
        for seed in 0..10 {
            for stream in 0..10 {
                for index in 0..100 {
                    assert!(seen.insert(Random::new(seed).stream(stream).bits(index)));
                }
            }
        }
    }
}
