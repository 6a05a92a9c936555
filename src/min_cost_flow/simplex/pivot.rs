//! One pivot: pricing, ratio test, flow update, exchange.

use super::Simplex;
use crate::kernel::Int;
use crate::min_cost_flow::view::NONE;
use crate::solve::{Meter, SolveError};

/// The tree arc that leaves, named by its lower node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// None: the entering arc runs to its other bound.
    Entering,
    /// On the path from the join down to where the entering arc begins.
    Down(usize),
    /// On the path from where the entering arc ends up to the join.
    Up(usize),
}

/// What a pivot does.
#[derive(Clone, Copy, Debug)]
struct Ratio<T> {
    join: usize,
    amount: T,
    leaving: Leaving,
    steps: u64,
}

#[allow(clippy::cast_possible_truncation)] // positions are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// The position and reduced cost of the most violating arc of the first block that has any.
    pub(super) fn price(&mut self, meter: &mut Meter<'_, '_>) -> Result<Option<(usize, T)>, SolveError> {
        let mut scanned = 0;
        while scanned < self.records.len() {
            let begin = self.cursor;
            let end = (begin + self.block).min(self.records.len());
            let mut best = (T::zero(), NONE as usize);
            for (i, record) in self.records[begin..end].iter().enumerate() {
                let reduced =
                    record.cost + self.potential[record.from as usize] - self.potential[record.to as usize];
                if reduced < best.0 {
                    best = (reduced, begin + i);
                }
            }
            meter.tick((end - begin) as u64)?;
            scanned += end - begin;
            self.cursor = if end == self.records.len() { 0 } else { end };
            if best.0 < T::zero() {
                return Ok(Some((best.1, best.0)));
            }
        }
        Ok(None)
    }

    /// Brings an arc of negative reduced cost into play; returns the work done.
    pub(super) fn pivot(&mut self, arc: usize, reduced: T) -> u64 {
        let record = self.records[arc];
        let (from, to) = (record.from as usize, record.to as usize);
        let ratio = self.ratio(from, to, self.capacity[arc]);
        if ratio.amount > T::zero() {
            self.push(from, to, ratio);
        }
        let rest = self.capacity[arc] - ratio.amount;
        let moved = match ratio.leaving {
            Leaving::Entering => {
                self.records[arc] = record.turned();
                0
            }
            Leaving::Down(out) => {
                self.retire(out, true);
                self.hang(from, to, out, ratio.join, arc as u32, (rest, ratio.amount));
                self.shift(from, -reduced)
            }
            Leaving::Up(out) => {
                self.retire(out, false);
                self.hang(to, from, out, ratio.join, arc as u32, (ratio.amount, rest));
                self.shift(to, reduced)
            }
        };
        ratio.steps + moved
    }

    /// Climbs to the join and finds the last blocking arc of the cycle, walked from the join down to
    /// `from`, over the entering arc, and up from `to`: hence strict on the way down, not on the way up.
    fn ratio(&self, from: usize, to: usize, capacity: T) -> Ratio<T> {
        let (mut u, mut v) = (from, to);
        let mut down = (T::max_value(), NONE as usize);
        let mut up = (T::max_value(), NONE as usize);
        let mut steps = 1;
        while u != v {
            let (a, b) = (&self.nodes[u], &self.nodes[v]);
            steps += 1;
            if a.size < b.size {
                if a.down < down.0 {
                    down = (a.down, u);
                }
                u = a.parent as usize;
            } else {
                if b.up <= up.0 {
                    up = (b.up, v);
                }
                v = b.parent as usize;
            }
        }
        let (mut amount, mut leaving) = (capacity, Leaving::Entering);
        if down.0 < amount {
            (amount, leaving) = (down.0, Leaving::Down(down.1));
        }
        if up.0 <= amount && up.1 != NONE as usize {
            (amount, leaving) = (up.0, Leaving::Up(up.1));
        }
        Ratio { join: u, amount, leaving, steps }
    }

    fn push(&mut self, from: usize, to: usize, ratio: Ratio<T>) {
        let mut u = from;
        while u != ratio.join {
            let node = &mut self.nodes[u];
            node.down -= ratio.amount;
            node.up += ratio.amount;
            u = node.parent as usize;
        }
        let mut v = to;
        while v != ratio.join {
            let node = &mut self.nodes[v];
            node.up -= ratio.amount;
            node.down += ratio.amount;
            v = node.parent as usize;
        }
    }

    /// Turns the record of a leaving arc into the direction in which it can move: up to the parent if
    /// it blocked on the way down. Artificial arcs have no record and never come back.
    fn retire(&mut self, out: usize, up: bool) {
        let node = self.nodes[out];
        if let Some(record) = self.records.get_mut(node.arc as usize) {
            if (record.from as usize == out) != up {
                *record = record.turned();
            }
        }
    }

    /// Adds to the potentials of a subtree, from both ends of its thread at once; returns its size.
    fn shift(&mut self, top: usize, by: T) -> u64 {
        let node = self.nodes[top];
        let (mut front, mut rear) = (top, node.last as usize);
        for _ in 0..node.size / 2 {
            self.potential[front] += by;
            self.potential[rear] += by;
            front = self.thread[front] as usize;
            rear = self.back[rear] as usize;
        }
        if node.size % 2 == 1 {
            self.potential[front] += by;
        }
        u64::from(node.size)
    }
}
