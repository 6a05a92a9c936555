//! Connected components: nodes that some chain of channels joins.

use alloc::vec;
use alloc::vec::Vec;

use super::ChannelGraph;
use crate::id::{NodeId, NodeMap};

/// The connected components of a graph, numbered by their smallest node. Policies and balances play no
/// part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// The component of each node.
    pub of: NodeMap<u32>,
    /// The number of nodes of each component.
    pub sizes: Vec<usize>,
}

impl Components {
    /// The nodes of the largest component (of several, the one with the smallest node), by id.
    pub fn largest(&self) -> impl Iterator<Item = NodeId> + '_ {
        let most = self.sizes.iter().copied().max();
        let largest = self.sizes.iter().position(|&size| Some(size) == most);
        self.of.iter().filter(move |(_, of)| Some(**of as usize) == largest).map(|(node, _)| node)
    }
}

const NONE: u32 = u32::MAX;

impl ChannelGraph {
    /// Finds the connected components by breadth-first search. O(n + m).
    ///
    /// ```
    /// use feasible::Sat;
    /// use feasible::liquidity::{Channel, ChannelGraphBuilder};
    /// let mut b = ChannelGraphBuilder::new();
    /// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
    /// b.add_channel(Channel::new(n[1], n[2], Sat(1)))?;
    /// let components = b.build().components();
    /// assert_eq!(components.sizes, [1, 2]);
    /// assert!(components.largest().eq([n[1], n[2]]));
    /// # Ok::<(), feasible::liquidity::GraphError>(())
    /// ```
    #[must_use]
    pub fn components(&self) -> Components {
        let mut of = vec![NONE; self.node_count()];
        let mut sizes = Vec::new();
        let mut queue: Vec<NodeId> = Vec::new();
        for start in self.nodes() {
            if of[start.index()] != NONE {
                continue;
            }
            #[allow(clippy::cast_possible_truncation)] // fewer components than nodes, which fit in u32
            let component = sizes.len() as u32;
            of[start.index()] = component;
            queue.clear();
            queue.push(start);
            let mut next = 0;
            while let Some(&node) = queue.get(next) {
                next += 1;
                for &channel in self.channels_of(node) {
                    let channel = self.channel(channel);
                    for end in [channel.a(), channel.b()] {
                        if of[end.index()] == NONE {
                            of[end.index()] = component;
                            queue.push(end);
                        }
                    }
                }
            }
            sizes.push(queue.len());
        }
        Components { of: NodeMap::from_vec(of), sizes }
    }
}
