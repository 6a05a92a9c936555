//! Cuts of arcs and nodes: the proof of a maximum flow between sets of nodes of limited throughput.
//!
//! Think of a node as an entry and an exit, joined by an arc of its capacity: arcs lead from exits to
//! entries, against their direction where their flow is negative; supply enters at the entry, demand
//! leaves at the exit. All sources share one entry and all sinks one exit. A set of entries and exits is
//! a cut of that network, and max-flow min-cut holds there (Ford and Fulkerson 1962, section I.11).

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use super::network::length;
use crate::id::{ArcId, ArcMap, NodeId, NodeMap};
use crate::network::{Network, Terminals};
use crate::num::FlowNum;

/// A set of entries and exits of nodes, and the amount that can leave it.
///
/// As the certificate of a maximum flow it holds the entries of all sources and the exits of no sinks.
/// Its `capacity` is what arcs can take from exits inside to entries outside, less what they must bring
/// in, less the supply inside, plus the capacities of [`cut_nodes`](Self::cut_nodes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCut {
    /// Whose entry lies inside.
    pub entries: NodeMap<bool>,
    /// Whose exit lies inside; differs from the entry at nodes of limited throughput only.
    pub exits: NodeMap<bool>,
    /// What can leave the set beyond its supply.
    pub capacity: i128,
}

impl NodeCut {
    /// The nodes that are cut: entry inside, exit outside.
    pub fn cut_nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        let exits = self.exits.as_slice();
        self.entries.iter().filter(|&(v, &inside)| inside && !exits[v.index()]).map(|(v, _)| v)
    }
}

const OVERFLOW: Violation = Violation::Overflow { what: "the capacity of a cut" };

/// Whether `flows` sends the most that can be sent between the terminals beyond the supplies, proven by
/// `cut`: the sources together send `value` and the sinks together get it, all other nodes are balanced,
/// no throughput exceeds its capacity, and the recomputed capacity of the cut is `value`.
/// O(n + m), O(log) at terminals and limited nodes.
///
/// # Errors
///
/// The first [`Violation`].
pub fn max_flow_between<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    flows: &ArcMap<N>,
    value: i128,
    cut: &NodeCut,
) -> Result<(), Violation> {
    flow_between_terminals(network, terminals, flows, value)?;
    let claimed = cut.capacity;
    match (capacity(network, terminals, cut, Some((true, false)))?, value) {
        (Some(actual), value) if actual == claimed && actual == value => Ok(()),
        (Some(actual), _) if actual != claimed => {
            Err(Violation::Value { what: "capacity of the cut", claimed, actual })
        }
        (Some(actual), _) => Err(Violation::Value { what: "value of the flow", claimed: value, actual }),
        (None, _) => Err(OVERFLOW),
    }
}

/// Whether `flows` sends `value` between the terminals beyond their supplies, within all bounds and capacities
/// of nodes.
///
/// # Errors
///
/// The first [`Violation`].
pub fn flow_between_terminals<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    flows: &ArcMap<N>,
    value: i128,
) -> Result<(), Violation> {
    let (sent, got) = throughputs(network, terminals, flows)?;
    for (what, amount) in [("what sources send", sent), ("what sinks get", got)] {
        if amount != value {
            return Err(Violation::Value { what, claimed: value, actual: amount });
        }
    }
    Ok(())
}

/// Whether `cut` proves that no amount whatever can be sent between the terminals: all of them are inside
/// or all outside, and its capacity is negative.
///
/// # Errors
///
/// The first [`Violation`].
pub fn infeasible_terminals<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    cut: &NodeCut,
) -> Result<(), Violation> {
    let anyone = terminals.sources().iter().map(|&v| cut.entries.get(v));
    let inside = anyone.chain(terminals.sinks().iter().map(|&v| cut.exits.get(v))).next();
    let side = inside.flatten().map(|&inside| (inside, inside));
    match capacity(network, terminals, cut, side)? {
        Some(actual) if actual != cut.capacity => {
            Err(Violation::Value { what: "capacity of the cut", claimed: cut.capacity, actual })
        }
        Some(actual) if actual < 0 => Ok(()),
        Some(actual) => Err(Violation::NoShortage { amount: actual.saturating_neg() }),
        None => Err(Violation::NoShortage { amount: i128::MIN }),
    }
}

/// Whether `path` leads from a source to a sink over arcs without upper bound and nodes without capacity.
///
/// # Errors
///
/// The first [`Violation`].
pub fn unbounded_between<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    path: &[ArcId],
) -> Result<(), Violation> {
    let mut at = None;
    for &arc in path {
        let known = arc.index() < network.arc_count() && network.upper(arc).is_none();
        if !known || at.is_some_and(|at| network.tail(arc) != at) {
            return Err(Violation::Cycle { arc });
        }
        let (tail, head) = (network.tail(arc), network.head(arc));
        let limited = |node| terminals.capacities().contains_key(&node);
        if limited(tail) || limited(head) || at.is_none() && !terminals.sources().contains(&tail) {
            return Err(Violation::Side { node: tail });
        }
        at = Some(head);
    }
    match at {
        Some(node) if terminals.sinks().contains(&node) => Ok(()),
        Some(node) => Err(Violation::Side { node }),
        None => Err(Violation::CycleSlope { slope: 0 }),
    }
}

/// Checks bounds, balances and throughputs; returns what all sources send and what all sinks get.
fn throughputs<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    flows: &ArcMap<N>,
) -> Result<(i128, i128), Violation> {
    let overflow = Violation::Overflow { what: "the balance of a node" };
    length("flows", network.arc_count(), flows.len())?;
    let (mut into, mut out) = (vec![0_i128; network.node_count()], vec![0_i128; network.node_count()]);
    let add = |sums: &mut Vec<i128>, node: NodeId, amount: i128| {
        let sum = &mut sums[node.index()];
        sum.checked_add(amount).map(|next| *sum = next).ok_or(overflow)
    };
    for (arc, &flow) in flows.iter() {
        if flow < network.lower(arc) || network.upper(arc).is_some_and(|upper| flow > upper) {
            return Err(Violation::Bounds { arc, flow: flow.widen() });
        }
        let ends = (network.tail(arc), network.head(arc));
        let (from, to) = if flow < N::ZERO { (ends.1, ends.0) } else { ends };
        let amount = flow.widen().checked_abs().ok_or(overflow)?;
        add(&mut out, from, amount)?;
        add(&mut into, to, amount)?;
    }
    let (mut sent, mut got) = (0_i128, 0_i128);
    for node in network.nodes() {
        let supply = network.supply(node).widen();
        add(&mut into, node, supply.max(0))?;
        add(&mut out, node, supply.min(0).checked_neg().ok_or(overflow)?)?;
        let (into, out) = (into[node.index()], out[node.index()]);
        let excess = out.checked_sub(into).ok_or(overflow)?;
        let source = terminals.sources().contains(&node);
        if source {
            sent = sent.checked_add(excess).ok_or(overflow)?;
        } else if terminals.sinks().contains(&node) {
            got = got.checked_sub(excess).ok_or(overflow)?;
        } else if excess != 0 {
            return Err(Violation::Balance { node, excess, expected: 0 });
        }
        let throughput = if source { out } else { into };
        match terminals.capacities().get(&node) {
            Some(capacity) if throughput > capacity.widen() => {
                return Err(Violation::Throughput { node, throughput, capacity: capacity.widen() });
            }
            _ => {}
        }
    }
    Ok((sent, got))
}

/// Checks on which sides the sources' entries and the sinks' exits lie and that only limited nodes are
/// split; returns what can leave the set beyond its supply, `None` if that is unlimited.
fn capacity<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    cut: &NodeCut,
    sides: Option<(bool, bool)>,
) -> Result<Option<i128>, Violation> {
    let (entries, exits) = (&cut.entries, &cut.exits);
    length("entries", network.node_count(), entries.len())?;
    length("exits", network.node_count(), exits.len())?;
    let mut sum = 0_i128;
    let mut add = |amount: Option<i128>| {
        let next = amount.and_then(|amount| sum.checked_add(amount)).ok_or(OVERFLOW);
        next.map(|next| sum = next)
    };
    for node in network.nodes() {
        let (entry, exit) = (entries[node], exits[node]);
        let is_source = terminals.sources().contains(&node);
        let is_sink = terminals.sinks().contains(&node);
        let limit = terminals.capacities().get(&node);
        let wrong = sides.is_some_and(|(s, t)| is_source && entry != s || is_sink && exit != t);
        if wrong || limit.is_none() && entry != exit {
            return Err(Violation::Side { node });
        }
        let supply = network.supply(node).widen();
        if entry {
            add(supply.max(0).checked_neg())?;
        }
        if exit {
            add(supply.min(0).checked_neg())?;
        }
        if entry && !exit {
            add(limit.map(|limit| limit.widen()))?;
        }
    }
    for arc in network.arcs() {
        let (tail, head) = (network.tail(arc), network.head(arc));
        let (lower, upper) = (network.lower(arc).widen(), network.upper(arc).map(FlowNum::widen));
        match (exits[tail], entries[head]) {
            (true, false) => match upper {
                Some(upper) => add(Some(upper.max(0)))?,
                None => return Ok(None),
            },
            (false, true) => add(lower.max(0).checked_neg())?,
            _ => {}
        }
        // The same arc passed against its direction.
        match (exits[head], entries[tail]) {
            (true, false) => add(lower.min(0).checked_neg())?,
            (false, true) => add(upper.map(|upper| upper.min(0)).or(Some(0)))?,
            _ => {}
        }
    }
    Ok(Some(sum))
}
