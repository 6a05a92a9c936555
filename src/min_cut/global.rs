//! The global minimum cut of an undirected graph: the question, the answer, its check.
//!
//! The method is in `merging.rs`.

use crate::check;
use crate::id::NodeMap;
use crate::network::UndirectedGraph;
use crate::solve::{Meter, SolveError};

use super::merging::Merging;

/// Finds the cheapest cut of an undirected graph.
///
/// ```
/// use feasible::{GlobalMinCut, UndirectedGraph};
/// let mut graph = UndirectedGraph::with_nodes(3)?;
/// let v: Vec<_> = graph.nodes().collect();
/// graph.add_edge(v[0], v[1], 5)?;
/// graph.add_edge(v[1], v[2], 2)?;
/// graph.add_edge(v[2], v[0], 1)?;
/// let cut = GlobalMinCut::new().solve(&graph)?.ok_or("fewer than two nodes")?;
/// assert_eq!(cut.value(), 3);
/// assert!(cut.side()[v[2]] != cut.side()[v[0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing before a `solve`"]
pub struct GlobalMinCut {
    work_limit: Option<u64>,
}

/// A cut of a whole graph. Exists only if [`check::global_cut`] accepted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalCut {
    side: NodeMap<bool>,
    value: i128,
}

impl GlobalCut {
    /// Which nodes lie on one side.
    #[must_use]
    pub const fn side(&self) -> &NodeMap<bool> {
        &self.side
    }

    /// The capacity of the edges between the sides.
    #[must_use]
    pub const fn value(&self) -> i128 {
        self.value
    }
}

impl GlobalMinCut {
    /// The default options: no work limit.
    pub const fn new() -> Self {
        Self { work_limit: None }
    }

    /// Ends a solve with [`SolveError::WorkLimit`] after so many units; a unit is one edge looked at.
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// Finds a minimum cut, or `None` if there are fewer than two nodes to separate.
    ///
    /// # Errors
    ///
    /// [`SolveError::WorkLimit`].
    pub fn solve(&self, graph: &UndirectedGraph) -> Result<Option<GlobalCut>, SolveError> {
        if graph.node_count() < 2 {
            return Ok(None);
        }
        let meter = &mut Meter::new(self.work_limit, None);
        // No sum is more than twice the total.
        let total: i128 = graph.edges().map(|edge| i128::from(edge.capacity)).sum();
        let (side, value) = if total <= i128::from(i64::MAX / 4) {
            Merging::<i64>::new(graph).run(meter)?
        } else {
            Merging::<i128>::new(graph).run(meter)?
        };
        let cut = GlobalCut { side: NodeMap::from_vec(side), value };
        check::global_cut(graph, &cut.side, cut.value)?;
        Ok(Some(cut))
    }
}
