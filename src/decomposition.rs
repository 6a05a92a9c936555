//! A flow as paths and cycles.
//!
//! # Theorem
//!
//! Every flow is the sum of amounts along simple paths, from nodes that send out more than they get to
//! nodes that get more, and around simple cycles, such that no arc is passed against its flow (Gallai
//! 1958; Ford and Fulkerson 1962). **No more of them are needed than arcs carry something**, loops and
//! many terminals included: each piece found below uses up an arc, or what its first node has to send or its last
//! to receive, which later pieces then leave alone. As circulations through one more node that is
//! joined to all k terminals they are therefore linearly independent, and on that node's component of
//! n' >= k + 1 nodes the space of circulations has dimension (m' + k) - n' + 1 <= m'; on every other
//! component of m' arcs it has m' - n' + 1 <= m'.
//!
//! # Method
//!
//! Walk along arcs with flow left; a node met again closes a cycle, a node that has to receive ends a path.
//! The smallest amount on the way is taken off, and the walk goes on from the first arc that
//! ran empty. Nothing is searched twice: O(n + m + steps of all paths and cycles).

use alloc::vec;
use alloc::vec::Vec;

use crate::check::{self, Decomposition, PathFlow, Step, Violation};
use crate::id::{ArcMap, NodeId, id_at};
use crate::network::Network;
use crate::num::FlowNum;

/// Splits a flow into paths and cycles; the result has passed
/// [`check::decomposition`](fn@check::decomposition).
///
/// Serves maximum flows, minimum-cost flows and any other amounts on arcs: bounds and supplies are not
/// looked at. Where an arc carries a negative amount (undirected arcs, negative bounds) it is passed from
/// head to tail. O(n + m + steps).
///
/// # Errors
///
/// [`Violation::Length`] if `flows` has the wrong length, [`Violation::Overflow`] if what a node sends out
/// leaves `i128`; neither happens to a flow that a solver returned.
///
/// ```
/// use feasible::decomposition::decompose;
/// use feasible::{MaxFlow, NetworkBuilder};
/// let mut b = NetworkBuilder::new();
/// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
/// let sv = b.add_arc(s, v, 0..=5, 0)?;
/// b.add_arc(v, t, 0..=3, 0)?;
/// let st = b.add_arc(s, t, -1..=1, 0)?;
/// let network = b.build()?;
/// let flow = MaxFlow::new().solve(&network, s, t)?.optimal()?;
/// let ways = decompose(&network, flow.flows())?;
/// assert_eq!(ways.paths.iter().map(|path| (path.steps[0].arc, path.amount)).collect::<Vec<_>>(), [(sv, 3), (st, 1)]);
/// assert!(ways.cycles.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decompose<N: FlowNum>(network: &Network<N>, flows: &ArcMap<N>) -> Result<Decomposition, Violation> {
    let net = check::net_outflows(network, flows)?;
    let mut search = Search::new(network, flows, net.clone());
    for node in network.nodes().filter(|node| net[node.index()] > 0) {
        search.walk_from(node)?;
    }
    // What is left is a circulation: every walk closes.
    for node in network.nodes() {
        search.walk_from(node)?;
    }
    let decomposition = search.found;
    check::decomposition(network, flows, &decomposition)?;
    Ok(decomposition)
}

/// No position on the walk.
const OFF: usize = usize::MAX;

struct Search {
    /// Begin of each node's arcs with flow that leave it, and one end.
    begin: Vec<usize>,
    steps: Vec<(Step, NodeId)>,
    /// The first arc of each node that has flow left.
    next: Vec<usize>,
    /// What each arc still has to carry, by arc.
    rest: Vec<i128>,
    /// What each node still has to send (or to receive, negative).
    net: Vec<i128>,
    /// Where each node lies on the present walk.
    position: Vec<usize>,
    found: Decomposition,
}

impl Search {
    fn new<N: FlowNum>(network: &Network<N>, flows: &ArcMap<N>, net: Vec<i128>) -> Self {
        let nodes = network.node_count();
        let ends = |step: Step| {
            let ends = (network.tail(step.arc), network.head(step.arc));
            if step.forward { ends } else { (ends.1, ends.0) }
        };
        let carrying = || {
            let carrying = flows.iter().filter(|(_, flow)| **flow != N::ZERO);
            carrying.map(|(arc, &flow)| Step { arc, forward: flow > N::ZERO })
        };
        let mut begin = vec![0; nodes + 1];
        for step in carrying() {
            begin[ends(step).0.index() + 1] += 1;
        }
        for node in 0..nodes {
            begin[node + 1] += begin[node];
        }
        let mut next = begin[..nodes].to_vec();
        let mut steps = vec![(Step { arc: id_at(0), forward: true }, id_at(0)); begin[nodes]];
        for step in carrying() {
            let (from, to) = ends(step);
            steps[next[from.index()]] = (step, to);
            next[from.index()] += 1;
        }
        next.copy_from_slice(&begin[..nodes]);
        Self {
            begin,
            steps,
            next,
            // Flows whose absolute value leaves the type do not pass the check.
            rest: flows.as_slice().iter().map(|flow| flow.widen().saturating_abs()).collect(),
            net,
            position: vec![OFF; nodes],
            found: Decomposition::default(),
        }
    }

    /// Takes off all paths that begin at a node, or all cycles through it if it has nothing to send.
    fn walk_from(&mut self, start: NodeId) -> Result<(), Violation> {
        let sends = self.net[start.index()] > 0;
        let (mut walk, mut at) = (Vec::<Step>::new(), start);
        let mut nodes = Vec::<NodeId>::new();
        loop {
            let closed = self.position[at.index()];
            let arrived = sends && self.net[at.index()] < 0;
            let (begin, most) = if closed != OFF {
                (closed, i128::MAX)
            } else if arrived {
                (0, self.net[start.index()].min(-self.net[at.index()]))
            } else if let Some((step, to)) = self.leave(at).filter(|_| !sends || self.net[start.index()] > 0)
            {
                self.position[at.index()] = walk.len();
                nodes.push(at);
                walk.push(step);
                at = to;
                continue;
            } else if walk.is_empty() {
                return Ok(());
            } else {
                // Cannot be: what enters a node leaves it, unless it has to receive.
                let node = at;
                return Err(Violation::Balance { node, excess: self.net[node.index()], expected: 0 });
            };
            let steps = walk[begin..].to_vec();
            let amount = steps.iter().map(|step| self.rest[step.arc.index()]).fold(most, i128::min);
            for step in &steps {
                self.rest[step.arc.index()] -= amount;
            }
            let empty = steps.iter().position(|step| self.rest[step.arc.index()] == 0);
            let piece = PathFlow { start: nodes[begin], amount, steps };
            if closed == OFF {
                self.net[start.index()] -= amount;
                self.net[at.index()] += amount;
                self.found.paths.push(piece);
            } else {
                self.found.cycles.push(piece);
            }
            // Back to the first arc that ran empty; all the way if the start has nothing left to send.
            let done = sends && self.net[start.index()] == 0;
            let keep = if done { 0 } else { empty.map_or(walk.len(), |empty| begin + empty) };
            at = nodes.get(keep).copied().unwrap_or(at);
            for node in nodes.drain(keep..) {
                self.position[node.index()] = OFF;
            }
            walk.truncate(keep);
        }
    }

    /// The first arc with flow that leaves a node, and where it leads.
    fn leave(&mut self, node: NodeId) -> Option<(Step, NodeId)> {
        let (next, end) = (&mut self.next[node.index()], self.begin[node.index() + 1]);
        while *next < end && self.rest[self.steps[*next].0.arc.index()] == 0 {
            *next += 1;
        }
        (*next < end).then(|| self.steps[*next])
    }
}
