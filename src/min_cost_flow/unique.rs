//! Is it the only optimal flow?
//!
//! Two optimal flows differ by cycles of arcs that can move at reduced cost 0 (complementary slackness
//! holds between any optimal flow and any optimal potentials). Arcs that can move both ways are contracted
//! first: a cycle among them, or an arc that can move one way inside a contracted part, is a second
//! flow; so is a directed cycle of the rest. Otherwise the parts have a topological order, which
//! proves that there is no other flow. O(n + m).

use alloc::vec;
use alloc::vec::Vec;

use super::OptimalFlow;
use super::face::interval;
use crate::check::{self, Violation};
use crate::id::{ArcId, ArcMap, NodeId, NodeMap};
use crate::network::Network;
use crate::num::FlowNum;

/// Whether an optimal flow is the only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uniqueness<N = i64> {
    /// There is no other, proven by an order of the nodes: [`check::unique`](crate::check::unique).
    Unique(NodeMap<u32>),
    /// Another flow of the same cost, optimal for the same potentials.
    Another(ArcMap<N>),
}

impl<N: FlowNum> OptimalFlow<N> {
    /// Decides whether it is the only flow of minimum cost, and otherwise finds another. O(n + m).
    ///
    /// # Errors
    ///
    /// [`Violation`] if it is not an optimal flow of this network.
    ///
    /// ```
    /// use feasible::min_cost_flow::Uniqueness;
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
    /// b.add_arc(s, t, 0..=3, 7)?;
    /// let second = b.add_arc(s, t, 0..=3, 7)?;
    /// let mut network = b.build()?;
    /// let flow = MinCostFlow::new().solve(&network)?.optimal()?;
    /// let Uniqueness::Another(other) = flow.uniqueness(&network)? else { panic!() };
    /// assert_ne!(&other, flow.flows());
    /// network.amend().cost(second, 8)?.apply()?;
    /// let flow = MinCostFlow::new().solve(&network)?.optimal()?;
    /// assert!(matches!(flow.uniqueness(&network)?, Uniqueness::Unique(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn uniqueness(&self, network: &Network<N>) -> Result<Uniqueness<N>, Violation> {
        let (flows, potentials, cost) = (self.flows(), self.potentials(), self.cost());
        check::optimal(network, flows, potentials, cost)?;
        let search = Search::new(network, flows, potentials);
        match search.movable_cycle() {
            Ok(ranks) => {
                check::unique(network, flows, potentials, cost, &ranks)?;
                Ok(Uniqueness::Unique(ranks))
            }
            Err(cycle) => {
                let mut other = flows.clone();
                for (arc, up) in cycle {
                    let flow = flows[arc].widen() + if up { 1 } else { -1 };
                    other[arc] = N::narrow(flow).ok_or(Violation::Bounds { arc, flow })?;
                }
                check::optimal(network, &other, potentials, cost)?;
                Ok(Uniqueness::Another(other))
            }
        }
    }
}

/// Arcs of a cycle, and whether their flow rises.
type Cycle = Vec<(ArcId, bool)>;

struct Search<'a, N> {
    network: &'a Network<N>,
    /// Whether an arc can rise and fall at reduced cost 0.
    free: ArcMap<(bool, bool)>,
}

impl<'a, N: FlowNum> Search<'a, N> {
    fn new(network: &'a Network<N>, flows: &ArcMap<N>, potentials: &NodeMap<i128>) -> Self {
        let free = flows.iter().map(|(arc, &flow)| {
            let bounds = interval(network, potentials, arc);
            (bounds.upper.is_none_or(|upper| flow < upper), flow > bounds.lower)
        });
        Self { network, free: free.collect() }
    }

    /// Ranks of the nodes if there is no cycle, else a cycle.
    fn movable_cycle(&self) -> Result<NodeMap<u32>, Cycle> {
        let network = self.network;
        let mut root: Vec<usize> = (0..network.node_count()).collect();
        for (arc, &free) in self.free.iter() {
            let (tail, head) = (network.tail(arc), network.head(arc));
            if tail == head && free != (false, false) {
                return Err(vec![(arc, free.0)]);
            }
            if free == (true, true) {
                let (a, b) = (find(&mut root, tail.index()), find(&mut root, head.index()));
                if a == b {
                    return Err(self.close(arc, true));
                }
                root[a] = b;
            }
        }
        let part: Vec<usize> = (0..network.node_count()).map(|node| find(&mut root, node)).collect();
        // Arcs that can move one way, from part to part.
        let mut begin = vec![0_usize; network.node_count() + 1];
        let (mut entering, mut one_way) = (vec![0_usize; network.node_count()], Vec::new());
        for (arc, &(up, down)) in self.free.iter().filter(|(_, free)| free.0 != free.1) {
            let (tail, head) = (network.tail(arc).index(), network.head(arc).index());
            let (from, to) = if up { (tail, head) } else { (head, tail) };
            if part[from] == part[to] {
                return Err(self.close(arc, !down));
            }
            one_way.push((part[from], part[to], arc, up));
            begin[part[from] + 1] += 1;
            entering[part[to]] += 1;
        }
        one_way.sort_unstable_by_key(|&(from, ..)| from);
        for node in 0..network.node_count() {
            begin[node + 1] += begin[node];
        }
        let mut ranks = vec![0_u32; network.node_count()];
        let mut order: Vec<usize> =
            (0..network.node_count()).filter(|&v| part[v] == v && entering[v] == 0).collect();
        let mut done = 0;
        while let Some(&node) = order.get(done) {
            done += 1;
            for &(_, to, ..) in &one_way[begin[node]..begin[node + 1]] {
                ranks[to] = ranks[to].max(ranks[node] + 1);
                entering[to] -= 1;
                if entering[to] == 0 {
                    order.push(to);
                }
            }
        }
        match one_way.iter().find(|(_, to, ..)| entering[*to] > 0) {
            None => Ok(part.iter().map(|&part| ranks[part]).collect()),
            Some(&(_, to, ..)) => Err(self.walk_back(&one_way, &entering, to)),
        }
    }

    /// A cycle through an arc found by going backwards from a part that no order can place.
    fn walk_back(&self, one_way: &[(usize, usize, ArcId, bool)], entering: &[usize], part: usize) -> Cycle {
        let mut into = vec![None; entering.len()];
        for &(from, to, arc, up) in one_way.iter().filter(|(from, ..)| entering[*from] > 0) {
            into[to] = Some((from, arc, up));
        }
        let (mut at, mut seen) = (part, vec![false; entering.len()]);
        while let Some((from, arc, up)) = into[at] {
            if core::mem::replace(&mut seen[at], true) {
                return self.close(arc, up);
            }
            at = from;
        }
        Vec::new()
    }

    /// The arc, moved as said, and a way back from where that leads.
    fn close(&self, arc: ArcId, up: bool) -> Cycle {
        let network = self.network;
        let ends = (network.tail(arc), network.head(arc));
        let (from, to) = if up { ends } else { (ends.1, ends.0) };
        let mut hops: Vec<(NodeId, NodeId, ArcId, bool)> = Vec::new();
        for (other, &(rises, falls)) in self.free.iter().filter(|(other, _)| *other != arc) {
            let (tail, head) = (network.tail(other), network.head(other));
            hops.extend(rises.then_some((tail, head, other, true)));
            hops.extend(falls.then_some((head, tail, other, false)));
        }
        hops.sort_unstable_by_key(|&(tail, ..)| tail);
        let mut into: NodeMap<Option<(NodeId, ArcId, bool)>> = NodeMap::filled(network.node_count(), None);
        let (mut queue, mut next) = (vec![to], 0);
        while let Some(&node) = queue.get(next) {
            next += 1;
            let first = hops.partition_point(|&(tail, ..)| tail < node);
            for &(_, head, arc, up) in hops[first..].iter().take_while(|hop| hop.0 == node) {
                if head != to && into[head].is_none() {
                    into[head] = Some((node, arc, up));
                    queue.push(head);
                }
            }
        }
        let (mut cycle, mut at) = (vec![(arc, up)], from);
        while let Some((before, arc, up)) = into[at] {
            cycle.push((arc, up));
            at = before;
        }
        cycle
    }
}

fn find(root: &mut [usize], mut node: usize) -> usize {
    while root[node] != node {
        root[node] = root[root[node]];
        node = root[node];
    }
    node
}
