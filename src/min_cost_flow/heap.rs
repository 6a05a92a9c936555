//! A heap of nodes by distance, the least on top.
//!
//! Four children per entry: half the levels of a binary heap, and the children share a cache line or two.
//! Entries are never moved when a distance falls; the caller pushes the node again and skips what it pops
//! late.

use alloc::vec::Vec;

/// Distances and nodes in heap order.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap<T> {
    entries: Vec<(T, u32)>,
}

impl<T: Copy + Ord> Heap<T> {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn push(&mut self, key: T, node: u32) {
        let mut hole = self.entries.len();
        self.entries.push((key, node));
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if self.entries[parent].0 <= key {
                break;
            }
            self.entries[hole] = self.entries[parent];
            hole = parent;
        }
        self.entries[hole] = (key, node);
    }

    pub(super) fn pop(&mut self) -> Option<(T, u32)> {
        let last = self.entries.pop()?;
        let Some(&top) = self.entries.first() else { return Some(last) };
        let mut hole = 0;
        loop {
            let first = 4 * hole + 1;
            let children = self.entries.get(first..(first + 4).min(self.entries.len())).unwrap_or(&[]);
            let least = children.iter().zip(first..).min_by_key(|(child, _)| child.0);
            let Some((&child, place)) = least.filter(|(child, _)| child.0 < last.0) else { break };
            self.entries[hole] = child;
            hole = place;
        }
        self.entries[hole] = last;
        Some(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn pops_in_order() {
        let random = Random::new(1);
        let mut heap = Heap::default();
        let mut held = Vec::new();
        for step in 0..5000 {
            if random.below(step, 5) < 3 {
                let key = random.stream(1).below(step, 50);
                heap.push(key, 0);
                held.push(key);
            } else {
                held.sort_unstable_by(|a, b| b.cmp(a));
                assert_eq!(heap.pop().map(|(key, _)| key), held.pop());
            }
        }
        assert!(held.len() > 100);
    }
}
