//! Several sources and sinks, and nodes of limited throughput: the question asked of a network in which
//! limited nodes are split, sources share an entry and sinks an exit.
//!
//! An arc that can be passed both ways becomes two only if one of its ends is split. The caller sees none
//! of this: flows are given on the caller's arcs, and the cut as entries and exits of the caller's nodes.

use alloc::vec::Vec;

use thiserror::Error;

use super::model::Spare;
use super::stages;
use super::{AtLeast, MaxFlow, MaximumFlow, Outcome, Workspace, largest_amount, same_size};
use crate::check::{self, NodeCut, Shortage, Violation};
use crate::id::{ArcId, ArcMap, NodeId, NodeMap};
use crate::network::{Bounds, BuildError, Network, NetworkBuilder, Terminals};
use crate::num::FlowNum;
use crate::solve::SolveError;

/// A maximum flow between sets of nodes and the cut that proves it. Exists only if
/// [`check::max_flow_between`](crate::check::max_flow_between) accepted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalsFlow<N = i64> {
    flows: ArcMap<N>,
    cut: NodeCut,
}

impl<N> TerminalsFlow<N> {
    /// The flow on every arc.
    #[must_use]
    pub const fn flows(&self) -> &ArcMap<N> {
        &self.flows
    }

    /// What the sources send together beyond their supplies.
    #[must_use]
    pub const fn value(&self) -> i128 {
        self.cut.capacity
    }

    /// A minimum cut of arcs and nodes, the one nearest to the sources.
    #[must_use]
    pub const fn cut(&self) -> &NodeCut {
        &self.cut
    }

    /// Flow and cut, taken apart.
    #[must_use]
    pub fn into_parts(self) -> (ArcMap<N>, NodeCut) {
        (self.flows, self.cut)
    }
}

/// The answer to "how much can be sent between these sets?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalsOutcome<N = i64> {
    /// The most that can be sent.
    Optimal(TerminalsFlow<N>),
    /// No amount whatever makes a flow, proven by
    /// [`check::infeasible_terminals`](crate::check::infeasible_terminals).
    Infeasible(NodeCut),
    /// There is a flow, and a path of arcs and nodes without limit leads from a source to a sink
    /// ([`check::unbounded_between`](crate::check::unbounded_between)).
    Unbounded(Vec<ArcId>),
}

impl<N> TerminalsOutcome<N> {
    /// The maximum flow, where one is expected.
    ///
    /// # Errors
    ///
    /// [`NoTerminalsFlow`] with the witness if there is none.
    pub fn optimal(self) -> Result<TerminalsFlow<N>, NoTerminalsFlow> {
        match self {
            Self::Optimal(flow) => Ok(flow),
            Self::Infeasible(cut) => Err(NoTerminalsFlow::Infeasible(cut)),
            Self::Unbounded(path) => Err(NoTerminalsFlow::Unbounded(path)),
        }
    }
}

/// The answer to "can so much be sent between these sets?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalsAtLeast<N = i64> {
    /// A flow of exactly the amount or, if lower bounds and supplies force more, of the least possible
    /// amount above it ([`check::flow_between_terminals`](crate::check::flow_between_terminals)).
    Enough(ArcMap<N>),
    /// The most that can be sent is less.
    TooLittle(TerminalsFlow<N>),
    /// No amount whatever makes a flow.
    Infeasible(NodeCut),
}

/// Why there is no maximum flow between sets of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoTerminalsFlow {
    /// Supplies, bounds and capacities of nodes admit no flow.
    #[error("there is no flow: a set has {} more than may leave it", -.0.capacity)]
    Infeasible(NodeCut),
    /// Any amount can be sent.
    #[error("there is no largest flow: a path of {} arcs has no limit", .0.len())]
    Unbounded(Vec<ArcId>),
}

impl MaxFlow {
    /// Finds the most that can be sent from several sources to several sinks, with limits on what
    /// nodes pass on. Sources and sinks may send and get any amounts, negative ones too if bounds
    /// force them; all but the totals is free. O(n + m) beside one maximum flow in a copy of the network.
    ///
    /// # Errors
    ///
    /// As [`MaxFlow::solve`]; [`SolveError::SameTerminals`] for a node that is source and sink,
    /// [`SolveError::NotAdmitted`] if capacities of nodes take flows out of range,
    /// [`SolveError::NodeCapacity`] for a negative one. [`Terminals`] has an example.
    pub fn solve_between<N: FlowNum>(
        &self,
        network: &Network<N>,
        terminals: &Terminals<N>,
    ) -> Result<TerminalsOutcome<N>, SolveError> {
        admit(network, terminals)?;
        let split = Split::new(network, terminals)?;
        match self.solve(&split.network, split.source, split.sink)? {
            Outcome::Optimal(flow) => Ok(TerminalsOutcome::Optimal(split.most(network, terminals, flow)?)),
            Outcome::Infeasible(shortage) => {
                Ok(TerminalsOutcome::Infeasible(split.shortage(network, terminals, &shortage)?))
            }
            Outcome::Unbounded(path) => {
                let path: Vec<ArcId> = path.iter().filter_map(|arc| split.origins[arc.index()]).collect();
                check::unbounded_between(network, terminals, &path)?;
                Ok(TerminalsOutcome::Unbounded(path))
            }
        }
    }
}

impl MaxFlow {
    /// Asks whether `amount` can be sent between the terminals beyond their supplies, and stops as soon as it
    /// is; starts from earlier amounts on the arcs, if there are any, and sends or takes back the difference.
    ///
    /// # Errors
    ///
    /// As [`solve_between`](Self::solve_between), and those of [`at_least_from`](Self::at_least_from).
    ///
    /// ```
    /// use feasible::max_flow::TerminalsAtLeast::{Enough, TooLittle};
    /// use feasible::{MaxFlow, NetworkBuilder, Terminals};
    /// let mut b = NetworkBuilder::new();
    /// let v: Vec<_> = (0..4).map(|_| b.add_node(0)).collect::<Result<_, _>>()?;
    /// for (tail, head) in [(0, 2), (1, 2), (2, 3)] {
    ///     b.add_arc(v[tail], v[head], 0..=5, 0)?;
    /// }
    /// let network = b.build()?;
    /// let terminals = Terminals::new([v[0], v[1]], [v[3]]).node_capacity(v[2], 4);
    /// let Enough(flows) = MaxFlow::new().at_least_between(&network, &terminals, 3, None)? else { panic!() };
    /// let more = MaxFlow::new().at_least_between(&network, &terminals, 6, Some(&flows))?;
    /// let TooLittle(most) = more else { panic!() };
    /// assert_eq!(most.value(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at_least_between<N: FlowNum>(
        &self,
        network: &Network<N>,
        terminals: &Terminals<N>,
        amount: i128,
        previous: Option<&ArcMap<N>>,
    ) -> Result<TerminalsAtLeast<N>, SolveError> {
        admit(network, terminals)?;
        previous.map_or(Ok(()), |flows| same_size(network, flows))?;
        let split = Split::new(network, terminals)?;
        let limit = largest_amount(&split.network);
        // The shared entry has no supply; the exits of limited sources keep their demand.
        let free = terminals.sources().iter().map(|node| match network.supply(*node).widen() {
            supply if terminals.capacities().contains_key(node) => supply.max(0),
            supply => supply,
        });
        let inner = free.sum::<i128>() + amount.clamp(0, limit);
        if !(0..=limit).contains(&amount) || inner.saturating_abs() > limit {
            return Err(SolveError::Amount { amount, limit });
        }
        let start = previous.map(|flows| split.start(network, terminals, flows));
        let question = self.question(&split.network, split.source, split.sink, start.as_ref());
        let (workspace, meter) = (&mut Workspace::default(), &mut self.meter(None));
        let found = stages::at_least(&question, inner, Spare::default(), workspace, meter)?;
        Ok(match found {
            AtLeast::Enough(flows) => {
                let flows = split.flows(network, &flows)?;
                let value = sent(network, terminals, &flows)?;
                check::flow_between_terminals(network, terminals, &flows, value)?;
                if value < amount {
                    let what = "amount sent";
                    return Err(Violation::Value { what, claimed: amount, actual: value }.into());
                }
                TerminalsAtLeast::Enough(flows)
            }
            AtLeast::TooLittle(flow) => TerminalsAtLeast::TooLittle(split.most(network, terminals, flow)?),
            AtLeast::Infeasible(shortage) => {
                TerminalsAtLeast::Infeasible(split.shortage(network, terminals, &shortage)?)
            }
        })
    }
}

fn admit<N: FlowNum>(network: &Network<N>, terminals: &Terminals<N>) -> Result<(), SolveError> {
    let nodes = network.node_count();
    let named = terminals.sources().iter().chain(terminals.sinks()).chain(terminals.capacities().keys());
    if let Some(&node) = named.into_iter().find(|node| node.index() >= nodes) {
        return Err(SolveError::UnknownNode { node, nodes });
    }
    if let Some(&node) = terminals.sources().intersection(terminals.sinks()).next() {
        return Err(SolveError::SameTerminals { node });
    }
    match terminals.capacities().iter().find(|(_, capacity)| **capacity < N::ZERO) {
        Some((&node, capacity)) => Err(SolveError::NodeCapacity { node, capacity: capacity.widen() }),
        None => Ok(()),
    }
}

/// What the sources send beyond their supplies.
fn sent<N: FlowNum>(
    network: &Network<N>,
    terminals: &Terminals<N>,
    flows: &ArcMap<N>,
) -> Result<i128, Violation> {
    let net = check::net_outflows(network, flows)?;
    let sum = terminals.sources().iter().try_fold(0_i128, |sum, &node| {
        sum.checked_add(net[node.index()].checked_sub(network.supply(node).widen())?)
    });
    sum.ok_or(Violation::Overflow { what: "what sources send" })
}

/// The network in which every terminal and every limited node is an entry and an exit.
struct Split<N> {
    network: Network<N>,
    source: NodeId,
    sink: NodeId,
    entries: NodeMap<NodeId>,
    exits: NodeMap<NodeId>,
    /// The caller's arc of each arc; none for the arc inside a node.
    origins: Vec<Option<ArcId>>,
    /// Which arcs run against the caller's.
    reversed: Vec<bool>,
}

impl<N: FlowNum> Split<N> {
    fn new(network: &Network<N>, terminals: &Terminals<N>) -> Result<Self, BuildError> {
        let mut b = NetworkBuilder::<N>::new();
        let limits = terminals.capacities();
        b.reserve(network.node_count() + limits.len() + 2, network.arc_count() + limits.len());
        let (source, sink) = (b.add_node(N::ZERO)?, b.add_node(N::ZERO)?);
        let (mut entries, mut exits) = (Vec::new(), Vec::new());
        // What is supplied at a terminal is free; the sink takes what the others have too much.
        let mut total = 0_i128;
        for node in network.nodes() {
            let supply = network.supply(node);
            let entry = terminals.sources().contains(&node).then_some(source);
            let exit = terminals.sinks().contains(&node).then_some(sink);
            let mut half = |shared: Option<NodeId>, supply: N| {
                let supply = if shared.is_some() { N::ZERO } else { supply };
                total += supply.widen();
                shared.map_or_else(|| b.add_node(supply), Ok)
            };
            if limits.contains_key(&node) {
                entries.push(half(entry, supply.max(N::ZERO))?);
                exits.push(half(exit, supply.min(N::ZERO))?);
            } else {
                let both = half(entry.or(exit), supply)?;
                entries.push(both);
                exits.push(both);
            }
        }
        let reach = total.checked_neg().and_then(N::narrow);
        let out_of_range = BuildError::FlowRange { reach: total.saturating_abs(), limit: N::MAX.widen() };
        b.set_supply(sink, reach.ok_or(out_of_range)?)?;
        let (entries, exits) = (NodeMap::from_vec(entries), NodeMap::from_vec(exits));
        let (origins, reversed) = add_arcs(&mut b, network, terminals, (&entries, &exits))?;
        Ok(Self { network: b.build()?, source, sink, entries, exits, origins, reversed })
    }

    /// The flow on the caller's arcs.
    fn flows(&self, network: &Network<N>, split: &ArcMap<N>) -> Result<ArcMap<N>, Violation> {
        let mut flows = ArcMap::filled(network.arc_count(), N::ZERO);
        for ((&flow, &origin), &reversed) in split.as_slice().iter().zip(&self.origins).zip(&self.reversed) {
            let Some(arc) = origin else { continue };
            let flow = if reversed { -flow.widen() } else { flow.widen() };
            let sum = flow + flows[arc].widen();
            flows[arc] = N::narrow(sum).ok_or(Violation::Bounds { arc, flow: sum })?;
        }
        Ok(flows)
    }

    /// Amounts on the arcs, those inside limited nodes included, that come from amounts on the caller's.
    fn start(&self, network: &Network<N>, terminals: &Terminals<N>, flows: &ArcMap<N>) -> ArcMap<N> {
        let mut through: NodeMap<i128> = network.nodes().map(|_| 0).collect();
        for (arc, &flow) in flows.iter() {
            let ends = (network.tail(arc), network.head(arc));
            let (from, to) = if flow < N::ZERO { (ends.1, ends.0) } else { ends };
            for (node, counts) in
                [(from, terminals.sources().contains(&from)), (to, !terminals.sources().contains(&to))]
            {
                let amount = if counts { flow.widen().saturating_abs() } else { 0 };
                through[node] = through[node].saturating_add(amount);
            }
        }
        let mut limited = terminals.capacities().iter();
        let own = self.origins.iter().zip(&self.reversed).map(|(origin, &reversed)| match *origin {
            Some(arc) => {
                let (flow, halves) = (flows[arc].widen(), self.halves(network, arc));
                let flow = if reversed { flow.saturating_neg() } else { flow };
                N::narrow(if halves { flow.max(0) } else { flow }).unwrap_or(N::ZERO)
            }
            None => limited
                .next()
                .map_or(N::ZERO, |(&node, &most)| N::narrow(through[node]).unwrap_or(most).min(most)),
        });
        own.collect()
    }

    /// Whether an arc that can be passed both ways is two.
    fn halves(&self, network: &Network<N>, arc: ArcId) -> bool {
        [network.tail(arc), network.head(arc)].into_iter().any(|node| self.entries[node] != self.exits[node])
    }

    fn most(
        &self,
        network: &Network<N>,
        terminals: &Terminals<N>,
        flow: MaximumFlow<N>,
    ) -> Result<TerminalsFlow<N>, Violation> {
        let (flows, cut) = flow.into_parts();
        let flows = self.flows(network, &flows)?;
        let mut cut = self.cut(&cut.source_side);
        cut.capacity = sent(network, terminals, &flows)?;
        check::max_flow_between(network, terminals, &flows, cut.capacity, &cut)?;
        Ok(TerminalsFlow { flows, cut })
    }

    fn shortage(
        &self,
        network: &Network<N>,
        terminals: &Terminals<N>,
        shortage: &Shortage,
    ) -> Result<NodeCut, Violation> {
        let mut cut = self.cut(&shortage.inside);
        cut.capacity = -shortage.amount;
        check::infeasible_terminals(network, terminals, &cut)?;
        Ok(cut)
    }

    fn cut(&self, inside: &NodeMap<bool>) -> NodeCut {
        let side = |halves: &NodeMap<NodeId>| halves.as_slice().iter().map(|&half| inside[half]).collect();
        NodeCut { entries: side(&self.entries), exits: side(&self.exits), capacity: 0 }
    }
}

/// The caller's arc of each arc, and which of them run against it.
type Origins = (Vec<Option<ArcId>>, Vec<bool>);

/// Adds the arcs inside limited nodes, then those of the network from exits to entries.
fn add_arcs<N: FlowNum>(
    b: &mut NetworkBuilder<N>,
    network: &Network<N>,
    terminals: &Terminals<N>,
    (entries, exits): (&NodeMap<NodeId>, &NodeMap<NodeId>),
) -> Result<Origins, BuildError> {
    let (mut origins, mut reversed) = (Vec::new(), Vec::new());
    for (&node, &capacity) in terminals.capacities() {
        b.add_arc(entries[node], exits[node], N::ZERO..=capacity, N::ZERO)?;
        origins.push(None);
        reversed.push(false);
    }
    for arc in network.arcs() {
        let (tail, head) = (network.tail(arc), network.head(arc));
        let (lower, upper) = (network.lower(arc), network.upper(arc));
        let whole = entries[tail] == exits[tail] && entries[head] == exits[head];
        let mut add = |from, to, bounds, against| {
            origins.push(Some(arc));
            reversed.push(against);
            b.add_arc(from, to, bounds, N::ZERO).map(drop)
        };
        if whole {
            add(exits[tail], entries[head], Bounds { lower, upper }, false)?;
            continue;
        }
        if upper.is_none_or(|upper| upper >= N::ZERO) {
            add(exits[tail], entries[head], Bounds { lower: lower.max(N::ZERO), upper }, false)?;
        }
        if lower < N::ZERO {
            let negated = |bound: N| {
                let most = -bound.widen();
                N::narrow(most).ok_or(BuildError::FlowRange { reach: most, limit: N::MAX.widen() })
            };
            let least = negated(upper.map_or(N::ZERO, |upper| upper.min(N::ZERO)))?;
            add(exits[head], entries[tail], (least..=negated(lower)?).into(), true)?;
        }
    }
    Ok((origins, reversed))
}
