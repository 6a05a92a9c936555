//! A radix heap of nodes by distance, the least on top.
//!
//! Distances never fall below the last one taken out, as in Dijkstra's method. So entries lie in buckets by the highest
//! bit in which they differ from that one: those of the lowest bucket in use are moved down when it becomes due,
//! each at most once per bit. Nothing is compared but the entries of that bucket, and everything is read in order. Entries
//! are never moved when a distance falls; the caller pushes the node again and skips what it pops late.
//!
//! Reference: Ahuja, Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path problem", J. ACM 37 (1990).

use alloc::vec::Vec;

use crate::kernel::Int;

/// Distances, not negative, and nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap<T> {
    /// Bucket 0: equal to `last`; bucket b: bit b - 1 is the highest that differs.
    buckets: Vec<Vec<(T, u32)>>,
    /// The buckets that hold anything.
    used: u128,
    last: T,
}

impl<T: Int> Heap<T> {
    pub(super) fn clear(&mut self) {
        while let Some(bucket) = self.lowest() {
            self.buckets[bucket].clear();
            self.used &= self.used - 1;
        }
        self.last = T::zero();
    }

    pub(super) fn push(&mut self, key: T, node: u32) {
        debug_assert!(key >= self.last);
        let bucket = (T::zero().leading_zeros() - (key ^ self.last).leading_zeros()) as usize;
        if bucket >= self.buckets.len() {
            self.buckets.resize_with(bucket + 1, Vec::new);
        }
        self.buckets[bucket].push((key, node));
        self.used |= 1 << bucket;
    }

    pub(super) fn pop(&mut self) -> Option<(T, u32)> {
        let mut lowest = self.lowest()?;
        if lowest > 0 && self.buckets[lowest].len() > 1 {
            self.move_down(lowest);
            lowest = 0;
        }
        let bucket = &mut self.buckets[lowest];
        let top = bucket.pop()?;
        if bucket.is_empty() {
            self.used &= self.used - 1;
        }
        self.last = top.0;
        Some(top)
    }

    fn lowest(&self) -> Option<usize> {
        (self.used != 0).then(|| self.used.trailing_zeros() as usize)
    }

    /// Spreads the lowest bucket over those below it, the least of its entries into the first.
    fn move_down(&mut self, bucket: usize) {
        let mut entries = core::mem::take(&mut self.buckets[bucket]);
        self.used &= self.used - 1;
        self.last = entries.iter().fold(T::max_value(), |least, entry| least.min(entry.0));
        for (key, node) in entries.drain(..) {
            self.push(key, node);
        }
        self.buckets[bucket] = entries;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn pops_in_order() {
        let random = Random::new(1);
        for most in [1, 50, 1 << 40] {
            let mut heap = Heap::default();
            let mut held = Vec::new();
            let mut last = 0_i64;
            for step in 0..5000 {
                if random.below(step, 5) < 3 {
                    let key = last + i64::try_from(random.stream(1).below(step, most)).unwrap_or(0);
                    heap.push(key, 0);
                    held.push(key);
                } else {
                    held.sort_unstable_by(|a, b| b.cmp(a));
                    let next = heap.pop().map(|(key, _)| key);
                    assert_eq!(next, held.pop());
                    last = next.unwrap_or(last);
                }
            }
            assert!(held.len() > 100);
            heap.clear();
            assert_eq!(heap.pop(), None);
            heap.push(0, 7);
            assert_eq!(heap.pop(), Some((0, 7)));
        }
    }
}
