//! Flows as paths and cycles: the data, and its checker.

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use super::network::length;
use crate::id::{ArcId, ArcMap, NodeId};
use crate::network::Network;
use crate::num::FlowNum;

/// An arc as a path passes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The arc.
    pub arc: ArcId,
    /// Whether it is passed from tail to head; against its direction where its flow is negative.
    pub forward: bool,
}

/// An amount that takes one path or goes round one cycle, without visiting a node twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFlow {
    /// Where it begins, and where a cycle ends too.
    pub start: NodeId,
    /// What flows; positive.
    pub amount: i128,
    /// The arcs, each beginning where the one before it ended; never empty.
    pub steps: Vec<Step>,
}

/// A flow as the sum of paths and cycles ([`decompose`](crate::decomposition::decompose)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decomposition {
    /// Paths from nodes that send out more than they get to nodes that get more than they send out.
    pub paths: Vec<PathFlow>,
    /// Cycles.
    pub cycles: Vec<PathFlow>,
}

/// Whether the paths and cycles add up to `flows`: every arc is passed in the direction of its flow only,
/// no node is visited twice by one path, paths begin at nodes that send out more than they get and end at
/// nodes that get more, and there are no more paths and cycles together than arcs that carry something.
/// O(n + m + steps).
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::decomposition::decompose;
/// use feasible::{ArcMap, NetworkBuilder, check};
/// let mut b = NetworkBuilder::new();
/// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
/// b.add_arc(s, t, 0..=5, 0)?;
/// let network = b.build()?;
/// let flows = ArcMap::from_vec(vec![4]);
/// let mut ways = decompose(&network, &flows)?;
/// assert!(check::decomposition(&network, &flows, &ways).is_ok());
/// ways.paths[0].amount = 3;
/// assert!(check::decomposition(&network, &flows, &ways).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decomposition<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    decomposition: &Decomposition,
) -> Result<(), Violation> {
    length("flows", network.arc_count(), flows.len())?;
    let Decomposition { paths, cycles } = decomposition;
    let net = net_outflows(network, flows)?;
    let mut walk = Walk {
        network,
        flows,
        rest: flows.as_slice().iter().map(|flow| flow.widen().unsigned_abs()).collect(),
        visited: vec![0; network.node_count()],
    };
    let carrying = walk.rest.iter().filter(|rest| **rest > 0).count();
    for (position, path) in paths.iter().chain(cycles).enumerate() {
        let wrong = |rule| Violation::Path { position, rule };
        let end = walk.follow(position, path)?;
        let (from, to) = (net[path.start.index()], net[end.index()]);
        if position >= paths.len() && end != path.start {
            return Err(wrong("a cycle ends elsewhere than it begins"));
        }
        if position < paths.len() && (from <= 0 || to >= 0) {
            return Err(wrong("a path does not lead from a node that sends to one that receives"));
        }
        if position >= carrying {
            return Err(wrong("there are more paths and cycles than arcs with flow"));
        }
    }
    match walk.rest.iter().position(|&rest| rest > 0) {
        None => Ok(()),
        Some(arc) => {
            let claimed = i128::try_from(walk.rest[arc]).unwrap_or(i128::MAX);
            Err(Violation::Value { what: "flow that no path or cycle carries", claimed, actual: 0 })
        }
    }
}

struct Walk<'a, N> {
    network: &'a Network<N>,
    flows: &'a ArcMap<N>,
    /// What later paths and cycles have to carry.
    rest: Vec<u128>,
    /// One more than the position of the last path that visited each node.
    visited: Vec<usize>,
}

impl<N: FlowNum> Walk<'_, N> {
    /// Takes a path away from the rest; returns where it ends.
    fn follow(&mut self, position: usize, path: &PathFlow) -> Result<NodeId, Violation> {
        let wrong = |rule| Violation::Path { position, rule };
        let amount = u128::try_from(path.amount).ok().filter(|&amount| amount > 0);
        let amount = amount.ok_or(wrong("the amount is not positive"))?;
        if path.start.index() >= self.network.node_count() || path.steps.is_empty() {
            return Err(wrong("the start is unknown, or there are no steps"));
        }
        let mut at = path.start;
        for &Step { arc, forward } in &path.steps {
            if arc.index() >= self.network.arc_count() {
                return Err(wrong("an arc is unknown"));
            }
            let ends = (self.network.tail(arc), self.network.head(arc));
            let (from, to) = if forward { ends } else { (ends.1, ends.0) };
            if from != at {
                return Err(wrong("a step does not begin where the one before it ended"));
            }
            if forward != (self.flows[arc] > N::ZERO) {
                return Err(wrong("a step runs against the flow"));
            }
            let rest = &mut self.rest[arc.index()];
            *rest = rest.checked_sub(amount).ok_or(wrong("an arc is passed with more than its flow"))?;
            at = to;
            if core::mem::replace(&mut self.visited[at.index()], position + 1) == position + 1 {
                return Err(wrong("a node is visited twice"));
            }
        }
        let closed = at == path.start;
        if !closed && self.visited[path.start.index()] == position + 1 {
            return Err(wrong("a node is visited twice"));
        }
        Ok(at)
    }
}

/// Outflow - inflow of every node, whatever bounds and supplies are.
pub(crate) fn net_outflows<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
) -> Result<Vec<i128>, Violation> {
    length("flows", network.arc_count(), flows.len())?;
    let overflow = Violation::Overflow { what: "the balance of a node" };
    let mut net = vec![0_i128; network.node_count()];
    for (arc, &flow) in flows.iter() {
        let out = &mut net[network.tail(arc).index()];
        *out = out.checked_add(flow.widen()).ok_or(overflow)?;
        let into = &mut net[network.head(arc).index()];
        *into = into.checked_sub(flow.widen()).ok_or(overflow)?;
    }
    Ok(net)
}
