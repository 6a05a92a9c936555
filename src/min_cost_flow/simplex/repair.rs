//! A strongly feasible basis again after bounds or supplies have changed.
//!
//! What a node has too much, or lacks, goes up the tree towards the root, children before their parents, so that it
//! ends where it cancels out. Where it does not fit, or so exactly that nothing more could move towards the root, the arc runs to
//! its bound, and the node hangs on the root by an artificial arc that carries what is left. All other nodes stay where
//! they are: a warm start does the same with all flows of the network ([`super::start`]).

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Simplex;
use super::relay::Found;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

impl<T: Int> Simplex<T> {
    /// Hands on what nodes have too much. Returns the work done: O(n), and the subtrees that hang elsewhere then.
    pub(super) fn repair<N: FlowNum>(&mut self, view: View<'_, N>, found: &Found<T>) -> u64 {
        let mut excess = core::mem::take(&mut self.excess);
        excess.clear();
        excess.resize(self.nodes.len(), T::zero());
        // Of two nodes on a path the one with the smaller subtree lies below.
        let mut queue = BinaryHeap::new();
        let mut last = NONE as usize;
        for &(v, more) in &found.excess {
            excess[v] += more;
            queue.push(Reverse((self.nodes[v].size, v)));
        }
        queue.extend(found.loose.iter().map(|&v| Reverse((self.nodes[v].size, v))));
        let mut hung = Vec::new();
        let mut work = self.nodes.len() as u64;
        while let Some(Reverse((_, v))) = queue.pop() {
            work += 1;
            if core::mem::replace(&mut last, v) == v {
                continue;
            }
            let more = core::mem::replace(&mut excess[v], T::zero());
            let (left, parent) = self.hand_on(v, more);
            if let Some(left) = left {
                hung.push((v, left));
            }
            if let Some((parent, sent)) = parent {
                excess[parent] += sent;
                queue.push(Reverse((self.nodes[parent].size, parent)));
            }
        }
        self.excess = excess;
        self.hang_all(view, &hung) + work
    }

    /// Hands what a node has too much to its parent. Returns what it is to send over an artificial arc, if it has
    /// to hang on one, and the parent with what that gets.
    fn hand_on(&mut self, v: usize, more: T) -> (Option<T>, Option<(usize, T)>) {
        let (zero, node) = (T::zero(), self.nodes[v]);
        if node.arc == NONE {
            let hung = node.parent == self.root;
            let held = if hung { self.held(v) } else { zero };
            return ((more != zero || !hung).then_some(held + more), None);
        }
        let node = &mut self.nodes[v];
        let fits = if more > zero { more < node.up } else { -more <= node.down };
        let sent = match fits {
            true => more,
            false if more > zero => node.up,
            false => -node.down,
        };
        node.up -= sent;
        node.down += sent;
        let parent = (sent != zero).then_some((node.parent as usize, sent));
        ((!fits).then_some(more - sent), parent)
    }

    /// Hangs nodes on the root by arcs that carry so much, to the root or from it; returns how many potentials change.
    fn hang_all<N: FlowNum>(&mut self, view: View<'_, N>, hung: &[(usize, T)]) -> u64 {
        let (zero, root) = (T::zero(), self.root as usize);
        // What any artificial arc can carry.
        let reach = T::from_wide(view.network.ranges().flow + 1);
        let level = self.potential[root];
        for (v, node) in self.nodes.iter_mut().enumerate() {
            if node.arc == NONE && node.parent as usize == root {
                if self.potential[v] < level {
                    node.up = reach - node.down;
                } else {
                    node.down = reach - node.up;
                }
            }
        }
        let mut work = 0;
        for &(v, left) in hung {
            let node = self.nodes[v];
            if node.parent as usize != root {
                let full = if node.up == zero { v } else { node.parent as usize };
                self.retire(view, v, full);
                self.resize(node.parent as usize, root, 0_u32.wrapping_sub(node.size));
                self.hang(v, root, v, NONE, (zero, zero));
            }
            let flow = left.abs();
            let place = &mut self.nodes[v];
            (place.up, place.down) = if left >= zero { (reach - flow, flow) } else { (flow, reach - flow) };
            let wanted = if left >= zero { -self.penalty } else { self.penalty };
            let by = self.potential[root] + wanted - self.potential[v];
            if by != zero {
                work += self.shift(v, by);
            }
        }
        work
    }
}
