//! Witnesses: the data that makes an answer checkable.

use alloc::vec::Vec;
use core::fmt;

use crate::id::{ArcId, ArcMap, NodeId, NodeMap};

/// A node set and the amount that can leave it.
///
/// As the certificate of a maximum flow from s to t it contains s and not t, and its `capacity` is
/// out(S) - b(S): upper bounds of leaving arcs less lower bounds of entering arcs less the supply
/// inside. No more than that can flow from s to t.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which nodes lie on the source side.
    pub source_side: NodeMap<bool>,
    /// What can leave the source side beyond its supply.
    pub capacity: i128,
}

impl Cut {
    /// The nodes of the source side, by id.
    pub fn source_nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.source_side.iter().filter(|(_, inside)| **inside).map(|(node, _)| node)
    }

    /// The nodes of the sink side, by id.
    pub fn sink_nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.source_side.iter().filter(|(_, inside)| !**inside).map(|(node, _)| node)
    }
}

/// The proof that a network has no flow: a node set whose supply exceeds what may leave it. Its `Debug` text names
/// the first nodes only.
#[derive(Clone, PartialEq, Eq)]
pub struct Shortage {
    /// Which nodes belong to the set.
    pub inside: NodeMap<bool>,
    /// Supply inside + lower bounds of entering arcs - upper bounds of leaving arcs; positive.
    pub amount: i128,
}

impl Shortage {
    /// The nodes of the set, by id.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.inside.iter().filter(|(_, inside)| **inside).map(|(node, _)| node)
    }
}

impl fmt::Debug for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        let first: Vec<NodeId> = self.nodes().take(SHOWN).collect();
        let more = self.nodes().count() - first.len();
        let mut text = f.debug_struct("Shortage");
        text.field("amount", &self.amount).field("nodes", &first);
        if more > 0 {
            text.field("more", &more);
        }
        text.finish_non_exhaustive()
    }
}

/// The proof that costs fall for ever: a flow, and a cycle along which more can always be sent at a
/// negative cost per unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ray<N = i64> {
    /// A flow of the network.
    pub flows: ArcMap<N>,
    /// Arcs without upper bound, each entering the node that the next one leaves.
    pub cycle: Vec<ArcId>,
    /// The sum of the last slopes along the cycle; negative.
    pub slope: i128,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_large_shortage_has_a_short_text() {
        let text = |nodes| format!("{:?}", Shortage { inside: NodeMap::filled(nodes, true), amount: 7 });
        assert!(text(2).contains("amount: 7") && !text(2).contains("more"), "{}", text(2));
        assert!(text(100_000).contains("more: 99988") && text(100_000).len() < 300, "{}", text(100_000));
    }
}
