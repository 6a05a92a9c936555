//! A tree for an earlier answer that came without one.
//!
//! Arcs between two breakpoints must be in the tree to stay where they are; arcs of reduced cost 0 keep the
//! potentials of the earlier answer. So: a spanning forest of both kinds with as few of the second as
//! possible, by Prim's method with a queue for each kind. O(n + pieces).

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use crate::min_cost_flow::view::{Earlier, NONE, View};
use crate::num::FlowNum;

/// The arc from each node to its parent, [`NONE`] at roots.
#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
pub(super) fn tree<N: FlowNum>(view: View<'_, N>, earlier: Earlier<'_, N>) -> Vec<u32> {
    let nodes = view.network.node_count();
    let kinds: Vec<Kind> = (0..view.network.arc_count()).map(|arc| kind(view, earlier, arc)).collect();
    let useful = || (0..kinds.len()).filter(|&arc| kinds[arc] != Kind::Other);
    let mut begin = vec![0_usize; nodes + 1];
    for arc in useful() {
        let (tail, head) = view.ends(arc);
        begin[tail] += 1;
        begin[head] += 1;
    }
    let mut sum = 0;
    for begin in &mut begin {
        sum += *begin;
        *begin = sum;
    }
    let mut at = vec![0_u32; sum];
    for arc in useful() {
        let (tail, head) = view.ends(arc);
        for v in [tail, head] {
            begin[v] -= 1;
            at[begin[v]] = arc as u32;
        }
    }
    let mut parent = vec![NONE; nodes];
    let mut seen = vec![false; nodes];
    let mut queue: VecDeque<(usize, u32)> = VecDeque::new();
    for root in 0..nodes {
        queue.push_back((root, NONE));
        while let Some((v, by)) = queue.pop_front() {
            if seen[v] {
                continue;
            }
            (seen[v], parent[v]) = (true, by);
            for &arc in &at[begin[v]..begin[v + 1]] {
                let (tail, head) = view.ends(arc as usize);
                let other = if tail == v { head } else { tail };
                if seen[other] {
                    continue;
                }
                match kinds[arc as usize] {
                    Kind::Between => queue.push_front((other, arc)),
                    _ => queue.push_back((other, arc)),
                }
            }
        }
    }
    parent
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Between,
    Tight,
    Other,
}

fn kind<N: FlowNum>(view: View<'_, N>, earlier: Earlier<'_, N>, arc: usize) -> Kind {
    let (tail, head) = view.ends(arc);
    if tail == head {
        return Kind::Other;
    }
    let flow = earlier.flows[arc].widen();
    let drop = earlier.potentials[tail].saturating_sub(earlier.potentials[head]);
    let mut kind = Kind::Other;
    for stretch in view.stretches::<i128>(arc) {
        if stretch.from < flow && flow < stretch.to {
            return Kind::Between;
        }
        let touches = stretch.from == flow || stretch.to == flow;
        if touches && stretch.slope.saturating_add(drop) == 0 {
            kind = Kind::Tight;
        }
    }
    kind
}
