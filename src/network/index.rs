//! The adjacency index of a network: its residual arcs, by node.

use alloc::vec::Vec;

use super::Network;
use crate::kernel::pairs::Pairs;
use crate::num::FlowNum;

/// Where the residual arcs of every arc are.
///
/// Edge i of the layout is arc i of the network; an arc that runs opposite to the one before it shares its
/// two residual arcs, if both have upper bounds. Pictures, pipes and channels list their arcs like this.
/// Two residual arcs instead of four save half of the memory and of the work; only the difference of the
/// two flows matters until the answer is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pub(crate) pairs: Pairs,
    /// Which arcs share the residual arcs of the arc before them, and one more that does not; empty if none does.
    pub(crate) twin: Vec<bool>,
    /// Arcs whose tail is their head.
    pub(crate) loops: Vec<u32>,
}

impl Index {
    /// Reads a network, with one more edge at the end if `link` says so. O(n + m).
    pub(crate) fn read<N: FlowNum>(&mut self, network: &Network<N>, link: Option<(usize, usize)>) {
        let Self { pairs, twin, loops } = self;
        mark_twins(network, twin);
        loops.clear();
        let ends = network.tail.iter().zip(&network.head);
        loops.extend((0..).zip(ends.clone()).filter(|(_, (tail, head))| tail == head).map(|(arc, _)| arc));
        let arcs = ends.map(|(u, v)| (u.index(), v.index())).chain(link);
        let nodes = network.node_count();
        if twin.is_empty() {
            pairs.lay_out(nodes, arcs, |_| false);
        } else {
            pairs.lay_out(nodes, arcs, |arc| twin[arc]);
        }
    }
}

/// Marks the second of every two consecutive arcs that have upper bounds and run between the same nodes in
/// opposite directions.
fn mark_twins<N: FlowNum>(network: &Network<N>, twin: &mut Vec<bool>) {
    twin.clear();
    let mut ends = network.tail.iter().zip(&network.head);
    let mut before = ends.next().filter(|_| !network.unbounded.contains(0));
    twin.extend(network.tail.first().map(|_| false));
    let mut any = false;
    for (arc, (tail, head)) in (1..).zip(ends) {
        let bounded = !network.unbounded.contains(arc);
        let found = bounded && tail != head && before == Some((head, tail));
        twin.push(found);
        any |= found;
        before = (bounded && !found).then_some((tail, head));
    }
    twin.push(false);
    if !any {
        twin.clear();
    }
}

/// The index of a network, once somebody has asked for it. No part of the problem: networks are equal
/// whether they have one or not, and a copy starts without.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    #[cfg(feature = "std")]
    cell: std::sync::OnceLock<Index>,
}

impl Kept {
    /// The index, made if need be; `None` where nothing can be kept.
    #[cfg(feature = "std")]
    pub(crate) fn index<N: FlowNum>(&self, network: &Network<N>) -> Option<&Index> {
        Some(self.cell.get_or_init(|| {
            let mut index = Index::default();
            index.read(network, None);
            index
        }))
    }

    #[cfg(not(feature = "std"))]
    pub(crate) fn index<N: FlowNum>(&self, _: &Network<N>) -> Option<&Index> {
        None
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Kept {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Kept {}
