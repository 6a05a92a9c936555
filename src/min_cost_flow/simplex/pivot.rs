//! One pivot: ratio test, flow update, exchange, potentials.

use super::arcs::Entering;
use super::{Node, Simplex};
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

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
    /// Brings a record of negative reduced cost into play; returns the work done.
    pub(super) fn pivot<N: FlowNum>(&mut self, view: View<'_, N>, record: usize, reduced: T) -> u64 {
        let Entering { record, from, to, room } = self.arcs.entering(view, record);
        let arc = record as u32;
        let ratio = self.ratio(from, to, room);
        if ratio.amount > T::zero() {
            self.push(from, to, ratio);
        }
        let rest = room - ratio.amount;
        let moved = match ratio.leaving {
            Leaving::Entering => {
                self.arcs.flip(view, record);
                0
            }
            Leaving::Down(out) => {
                self.retire(view, out, self.nodes[out].parent as usize);
                self.hang(from, to, out, arc, (rest, ratio.amount));
                self.shift(from, -reduced)
            }
            Leaving::Up(out) => {
                self.retire(view, out, out);
                self.hang(to, from, out, arc, (ratio.amount, rest));
                self.shift(to, reduced)
            }
        };
        ratio.steps + moved
    }

    /// Climbs to the join and finds the last blocking arc of the cycle, walked from the join down to
    /// `from`, over the entering arc, and up from `to`: hence strict on the way down, not on the way up.
    /// Corrects the sizes above the subtree that is about to move.
    fn ratio(&mut self, from: usize, to: usize, capacity: T) -> Ratio<T> {
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
                    if a.down == T::zero() {
                        // All smaller nodes above `to` have been passed, so the cycle goes through here. Nothing can
                        // move, and no arc on the way up blocks that, since the basis is strongly feasible.
                        self.resize(to, v, a.size);
                        return self.meet(u, v, steps);
                    }
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
        let (out, below) = match leaving {
            Leaving::Entering => return Ratio { join: u, amount, leaving, steps },
            Leaving::Down(out) => (out, to),
            Leaving::Up(out) => (out, from),
        };
        let Node { size, parent, .. } = self.nodes[out];
        self.resize(parent as usize, u, 0_u32.wrapping_sub(size));
        self.resize(below, u, size);
        Ratio { join: u, amount, leaving, steps }
    }

    /// Adds to the sizes from a node up to another, which is left out; to subtract add what wraps round.
    pub(super) fn resize(&mut self, mut v: usize, end: usize, by: u32) {
        while v != end {
            let node = &mut self.nodes[v];
            node.size = node.size.wrapping_add(by);
            v = node.parent as usize;
        }
    }

    /// The rest of the climb of a pivot that moves nothing, as nine in ten do in some networks: `out` leaves, and
    /// sizes on both ways to the join are corrected in the same pass.
    fn meet(&mut self, out: usize, mut v: usize, mut steps: u64) -> Ratio<T> {
        let size = self.nodes[out].size;
        let mut u = self.nodes[out].parent as usize;
        while u != v {
            // Runs on one side, so that what they end at stays at hand.
            let limit = self.nodes[v].size;
            loop {
                let node = &mut self.nodes[u];
                if node.size >= limit {
                    break;
                }
                node.size -= size;
                u = node.parent as usize;
                steps += 1;
            }
            let limit = self.nodes[u].size;
            while u != v {
                let node = &mut self.nodes[v];
                if node.size > limit {
                    break;
                }
                node.size += size;
                v = node.parent as usize;
                steps += 1;
            }
        }
        Ratio { join: u, amount: T::zero(), leaving: Leaving::Down(out), steps }
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

    /// Puts the arc of a node that leaves the tree at its bound; the node at the position `full` cannot send
    /// more. Artificial arcs never come back.
    pub(super) fn retire<N: FlowNum>(&mut self, view: View<'_, N>, out: usize, full: usize) {
        let arc = self.nodes[out].arc;
        if arc != NONE {
            self.arcs.leave(view, arc, full);
        }
    }

    /// Adds to the potentials of a subtree, or subtracts from all others if they are fewer; returns how many.
    pub(super) fn shift(&mut self, top: usize, by: T) -> u64 {
        let Node { size, last, .. } = self.nodes[top];
        let others = self.nodes.len() as u32 - size;
        if size <= others {
            self.add(top, last as usize, size, by);
            return u64::from(size);
        }
        self.add(self.thread[last as usize] as usize, self.back[top] as usize, others, -by);
        let drift = self.potential[self.root as usize];
        if drift.abs() <= self.penalty + self.penalty {
            return u64::from(others);
        }
        self.potential.iter_mut().for_each(|potential| *potential -= drift);
        u64::from(others) + self.nodes.len() as u64
    }

    /// Adds to the potentials of a stretch of the thread, from both ends at once: two chains of loads.
    fn add(&mut self, begin: usize, end: usize, count: u32, by: T) {
        let (mut front, mut rear) = (begin, end);
        for _ in 0..count / 2 {
            self.potential[front] += by;
            self.potential[rear] += by;
            front = self.thread[front] as usize;
            rear = self.back[rear] as usize;
        }
        if count % 2 == 1 {
            self.potential[front] += by;
        }
    }
}
