//! The spanning tree: building it, moving a subtree, renumbering.

use super::{Node, Simplex};
use crate::kernel::Int;
use crate::min_cost_flow::view::NONE;

#[allow(clippy::cast_possible_truncation)] // positions are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// Builds thread, sizes and last nodes from the parents; nodes without one are left out. O(n).
    pub(super) fn grow(&mut self) {
        let count = self.nodes.len();
        let root = self.root as usize;
        // The thread comes last.
        let (child, sibling) = (&mut self.thread, &mut self.back);
        for links in [&mut *child, &mut *sibling] {
            links.clear();
            links.resize(count, NONE);
        }
        for v in (0..count).rev() {
            let parent = self.nodes[v].parent;
            if parent != NONE {
                sibling[v] = child[parent as usize];
                child[parent as usize] = v as u32;
            }
        }
        let order = &mut self.scratch;
        order.clear();
        let mut v = root;
        loop {
            order.push(v as u32);
            if child[v] != NONE {
                v = child[v] as usize;
                continue;
            }
            while v != root && sibling[v] == NONE {
                v = self.nodes[v].parent as usize;
            }
            if v == root {
                break;
            }
            v = sibling[v] as usize;
        }
        for (&v, &next) in order.iter().zip(order.iter().cycle().skip(1)) {
            self.thread[v as usize] = next;
            self.back[next as usize] = v;
        }
        for (v, node) in self.nodes.iter_mut().enumerate() {
            (node.size, node.last) = (1, v as u32);
        }
        for &v in order[1..].iter().rev() {
            let node = self.nodes[v as usize];
            let parent = &mut self.nodes[node.parent as usize];
            parent.size += node.size;
            if parent.last == node.parent {
                parent.last = node.last;
            }
        }
    }

    fn link(&mut self, before: u32, after: u32) {
        self.thread[before as usize] = after;
        self.back[after as usize] = before;
    }

    /// Cuts the subtree of `out` off, makes `top` its root and hangs it below `below` on arc `arc`
    /// with the residual capacities `(up, down)`. Sizes above both places are right already.
    /// O(path from `top` to `out` + both paths to the root).
    pub(super) fn hang(&mut self, top: usize, below: usize, out: usize, arc: u32, (up, down): (T, T)) {
        self.cut(out);
        let end = self.reroot(top, out);
        let node = &mut self.nodes[top];
        (node.parent, node.arc, node.up, node.down) = (below as u32, arc, up, down);

        let next = self.thread[below];
        self.link(below as u32, top as u32);
        self.link(end, next);
        let mut v = below as u32;
        while v != NONE && self.nodes[v as usize].last == below as u32 {
            self.nodes[v as usize].last = end;
            v = self.nodes[v as usize].parent;
        }
    }

    /// Takes the subtree of `out` out of the thread.
    fn cut(&mut self, out: usize) {
        let Node { last, parent, .. } = self.nodes[out];
        let before = self.back[out];
        self.link(before, self.thread[last as usize]);
        let mut v = parent;
        while v != NONE && self.nodes[v as usize].last == last {
            self.nodes[v as usize].last = before;
            v = self.nodes[v as usize].parent;
        }
    }

    /// Reverses the path from `top` up to `out`; the thread becomes the subtree of `top`, then what each
    /// node of the path has besides the one before it. Returns the last node. The ends of the thread
    /// are left loose.
    ///
    /// What was linked before and after a node's old stretch must be read before that node is relinked.
    fn reroot(&mut self, top: usize, out: usize) -> u32 {
        let whole = self.nodes[out].size;
        let mut below = top;
        let mut old = self.nodes[top];
        let mut end = old.last;
        let mut beyond = self.thread[end as usize];
        let mut before = self.back[top];
        while below != out {
            let v = old.parent as usize;
            let node = self.nodes[v];
            let next_before = self.back[v];
            self.link(end, v as u32);
            end = before;
            if node.last != old.last {
                self.link(end, beyond);
                end = node.last;
                beyond = self.thread[end as usize];
            }
            let reversed = &mut self.nodes[v];
            (reversed.parent, reversed.arc) = (below as u32, old.arc);
            (reversed.up, reversed.down) = (old.down, old.up);
            reversed.size = whole - old.size;
            (below, old, before) = (v, node, next_before);
        }
        let mut v = out;
        while v != top {
            let node = &mut self.nodes[v];
            node.last = end;
            v = node.parent as usize;
        }
        (self.nodes[top].size, self.nodes[top].last) = (whole, end);
        end
    }

    /// Renumbers the nodes into thread order, those that are not in the tree are dropped. O(n + m).
    pub(super) fn renumber(&mut self) {
        let count = self.nodes.len();
        // The thread backwards is not read again.
        let order = &mut self.back;
        self.scratch.clear();
        self.scratch.resize(count, NONE);
        let live = self.nodes[self.root as usize].size as usize;
        let mut v = self.root;
        for (position, next) in (0..).zip(&mut order[..live]) {
            *next = v;
            self.scratch[v as usize] = position;
            v = self.thread[v as usize];
        }
        let others = (0..count as u32).filter(|&v| self.scratch[v as usize] == NONE);
        order[live..].iter_mut().zip(others).for_each(|(next, other)| *next = other);
        let place = |v: u32| if v == NONE { NONE } else { self.scratch[v as usize] };
        let step = if self.arcs.paired() { 2 } else { 1 };
        for record in self.arcs.records.iter_mut().step_by(step) {
            (record.from, record.to) = (place(record.from), place(record.to));
            if record.from == NONE {
                // A loop at a node that is dropped.
                (record.from, record.to) = (0, 0);
            }
        }
        for node in &mut self.nodes {
            (node.parent, node.last) = (place(node.parent), place(node.last));
        }
        // Cycle by cycle, so that no second tree is needed; what has moved is its own successor.
        for start in 0..count {
            let first = (self.nodes[start], self.potential[start], self.name[start]);
            let mut at = start;
            loop {
                let from = core::mem::replace(&mut order[at], at as u32) as usize;
                if from == start {
                    break;
                }
                self.nodes[at] = self.nodes[from];
                self.potential[at] = self.potential[from];
                self.name[at] = self.name[from];
                at = from;
            }
            (self.nodes[at], self.potential[at], self.name[at]) = first;
        }
        self.root = 0;
        self.nodes.truncate(live);
        self.potential.truncate(live);
        for numbers in [&mut self.name, &mut self.thread, &mut self.back] {
            numbers.truncate(live);
        }
        for position in 0..live {
            self.thread[position] = ((position + 1) % live) as u32;
            self.back[position] = ((position + live - 1) % live) as u32;
        }
    }
}
