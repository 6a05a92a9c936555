//! Undirected graphs with capacities: the problem of cut trees and global cuts.

use alloc::vec::Vec;

use thiserror::Error;

use crate::id::{MAX_IDS, NodeId, id_at, ids};

/// Why a node or edge is not admitted. The graph is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// More nodes than ids.
    #[error("more than {MAX_IDS} nodes")]
    TooManyNodes,
    /// More edges than ids.
    #[error("more than {MAX_IDS} edges")]
    TooManyEdges,
    /// A node that the graph does not have.
    #[error("node {node} does not exist: there are {nodes} nodes")]
    UnknownNode {
        /// The node named.
        node: NodeId,
        /// The number of nodes.
        nodes: usize,
    },
    /// A capacity below 0.
    #[error("edge {edge} has the negative capacity {capacity}")]
    NegativeCapacity {
        /// The position the edge would have.
        edge: usize,
        /// Its capacity.
        capacity: i64,
    },
}

/// An edge: its two ends and its capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// One end.
    pub u: NodeId,
    /// The other end; may be the same.
    pub v: NodeId,
    /// What can flow over it, in either direction.
    pub capacity: i64,
}

/// An undirected multigraph with capacities. Loops and parallel edges are allowed; a loop is in no cut.
///
/// Sums of capacities are `i128` and cannot overflow: there are fewer than 2³² edges of less than 2⁶³.
///
/// ```
/// use feasible::UndirectedGraph;
/// let mut graph = UndirectedGraph::new();
/// let (u, v) = (graph.add_node()?, graph.add_node()?);
/// graph.add_edge(u, v, 3)?;
/// graph.add_edge(v, u, 4)?;
/// assert_eq!(graph.edges().map(|edge| edge.capacity).sum::<i64>(), 7);
/// assert!(graph.add_edge(u, v, -1).is_err());
/// # Ok::<(), feasible::network::GraphError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UndirectedGraph {
    nodes: usize,
    edges: Vec<Edge>,
}

impl UndirectedGraph {
    /// A graph without nodes.
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: 0, edges: Vec::new() }
    }

    /// A graph with so many nodes and no edges.
    ///
    /// # Errors
    ///
    /// [`GraphError::TooManyNodes`].
    pub const fn with_nodes(nodes: usize) -> Result<Self, GraphError> {
        if nodes > MAX_IDS {
            return Err(GraphError::TooManyNodes);
        }
        Ok(Self { nodes, edges: Vec::new() })
    }

    /// Adds a node.
    ///
    /// # Errors
    ///
    /// [`GraphError::TooManyNodes`].
    pub fn add_node(&mut self) -> Result<NodeId, GraphError> {
        let node = NodeId::new(self.nodes).ok_or(GraphError::TooManyNodes)?;
        self.nodes += 1;
        Ok(node)
    }

    /// Adds an edge.
    ///
    /// # Errors
    ///
    /// [`GraphError::UnknownNode`], [`GraphError::NegativeCapacity`], [`GraphError::TooManyEdges`].
    pub fn add_edge(&mut self, u: NodeId, v: NodeId, capacity: i64) -> Result<(), GraphError> {
        for node in [u, v] {
            if node.index() >= self.nodes {
                return Err(GraphError::UnknownNode { node, nodes: self.nodes });
            }
        }
        let edge = self.edges.len();
        if edge >= MAX_IDS {
            return Err(GraphError::TooManyEdges);
        }
        if capacity < 0 {
            return Err(GraphError::NegativeCapacity { edge, capacity });
        }
        self.edges.push(Edge { u, v, capacity });
        Ok(())
    }

    /// The number of nodes.
    #[must_use]
    pub const fn node_count(&self) -> usize {
        self.nodes
    }

    /// The number of edges, loops included.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// All nodes in the order of their ids.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        ids(self.nodes)
    }

    /// The node at a position, if there are so many.
    #[must_use]
    pub fn node(&self, index: usize) -> Option<NodeId> {
        (index < self.nodes).then(|| id_at(index))
    }

    /// All edges in the order in which they were added.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = Edge> + Clone + '_ {
        self.edges.iter().copied()
    }
}
