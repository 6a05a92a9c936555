//! A flow of minimum cost whose certificate stands and is checked again after changes, in time that depends on them.
//!
//! Kept are the sum of the costs of all *closed* arcs, the outflow less inflow of every node over closed arcs less its supply, and the
//! potentials of the last check. An arc is *opened*, that is taken out of the sums, before its cost, bounds or
//! flow change; [`Standing::close`] takes it in again as it then is. Invariant: every closed arc has a flow within
//! its bounds, and reduced costs of the right signs for the kept potentials.
//!
//! If all potentials but those of a set of nodes move by the same amount, only arcs that touch the set see another
//! difference. So `close` looks at open arcs, at their ends, and at arcs that touch nodes whose potential moved
//! otherwise than that of most: all conditions of [`optimal`](super::optimal) hold again for all arcs and nodes.

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use super::network::{REDUCED, Sums, add_cost, optimal_cost, signs, value};
use crate::id::{ArcId, ArcMap, NodeId, NodeMap, id_at};
use crate::network::Network;
use crate::num::FlowNum;

const OVERFLOW: Violation = Violation::Overflow { what: "the balance of a node" };

/// What is kept of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Outflow less inflow over closed arcs, less the same when all arcs are closed.
    excess: Vec<i128>,
    total: i128,
    potentials: Vec<i128>,
    open: Vec<ArcId>,
    is_open: Vec<bool>,
    /// Nodes whose supply has changed.
    supplied: Vec<NodeId>,
    /// The arcs at every node, and one end; made when first needed.
    begin: Vec<u32>,
    touching: Vec<u32>,
}

impl Standing {
    /// Checks a flow and its certificate as a whole. O(n + m log pieces).
    pub(crate) fn new<N: FlowNum>(
        network: &Network<N>,
        flows: &ArcMap<N>,
        potentials: &NodeMap<i128>,
    ) -> Result<Self, Violation> {
        let total = optimal_cost(network, flows, potentials, &mut Sums::default())?;
        Ok(Self {
            excess: vec![0; network.node_count()],
            total,
            potentials: potentials.as_slice().to_vec(),
            open: Vec::new(),
            is_open: vec![false; network.arc_count()],
            supplied: Vec::new(),
            begin: Vec::new(),
            touching: Vec::new(),
        })
    }

    /// Opens an arc, whose cost, bounds or flow may change then.
    pub(crate) fn open<N: FlowNum>(
        &mut self,
        network: &Network<N>,
        flows: &ArcMap<N>,
        arc: ArcId,
    ) -> Result<(), Violation> {
        if !core::mem::replace(&mut self.is_open[arc.index()], true) {
            self.open.push(arc);
            let flow = flows[arc];
            let cost = value(network, arc.index(), flow)?;
            self.total = add_cost(self.total, -cost)?;
            self.carry(network, arc, -flow.widen())?;
        }
        Ok(())
    }

    /// The supply of a node has changed by so much.
    pub(crate) fn supply(&mut self, node: NodeId, by: i128) -> Result<(), Violation> {
        self.supplied.push(node);
        let excess = &mut self.excess[node.index()];
        *excess = excess.checked_sub(by).ok_or(OVERFLOW)?;
        Ok(())
    }

    fn carry<N: FlowNum>(&mut self, network: &Network<N>, arc: ArcId, flow: i128) -> Result<(), Violation> {
        let (tail, head) = (network.tail[arc.index()].index(), network.head[arc.index()].index());
        self.excess[tail] = self.excess[tail].checked_add(flow).ok_or(OVERFLOW)?;
        self.excess[head] = self.excess[head].checked_sub(flow).ok_or(OVERFLOW)?;
        Ok(())
    }

    /// Checks the flow and its potentials again and returns its cost. Supplies must be as they were, but for what
    /// [`Standing::supply`] was told. After an error nothing stands any more.
    ///
    /// O(n + open arcs + arcs at nodes whose potential moved otherwise than that of most).
    pub(crate) fn close<N: FlowNum>(
        &mut self,
        network: &Network<N>,
        flows: &ArcMap<N>,
        potentials: &NodeMap<i128>,
    ) -> Result<i128, Violation> {
        super::network::length("potentials", self.potentials.len(), potentials.len())?;
        let open = core::mem::take(&mut self.open);
        for &arc in &open {
            let (i, flow) = (arc.index(), flows[arc]);
            if flow < network.lower[i] || (flow > network.upper[i] && !network.unbounded.contains(i)) {
                return Err(Violation::Bounds { arc, flow: flow.widen() });
            }
            self.is_open[i] = false;
            self.total = add_cost(self.total, value(network, i, flow)?)?;
            self.carry(network, arc, flow.widen())?;
        }
        for &arc in &open {
            self.balance(network.tail[arc.index()])?;
            self.balance(network.head[arc.index()])?;
            look(network, flows, potentials, arc.index())?;
        }
        for node in core::mem::take(&mut self.supplied) {
            self.balance(node)?;
        }
        self.move_potentials(network, flows, potentials)?;
        Ok(self.total)
    }

    fn balance(&self, node: NodeId) -> Result<(), Violation> {
        match self.excess[node.index()] {
            0 => Ok(()),
            excess => Err(Violation::Balance { node, excess, expected: 0 }),
        }
    }

    /// Looks at the arcs that see another difference of potentials than before.
    fn move_potentials<N: FlowNum>(
        &mut self,
        network: &Network<N>,
        flows: &ArcMap<N>,
        potentials: &NodeMap<i128>,
    ) -> Result<(), Violation> {
        let kept = &mut self.potentials;
        let new = potentials.as_slice();
        let by = |v: usize| new[v].checked_sub(kept[v]);
        let most = majority((0..new.len()).map(by));
        let moved: Vec<usize> = (0..new.len()).filter(|&v| most.is_none() || by(v) != most).collect();
        if moved.is_empty() && most == Some(0) {
            return Ok(());
        }
        kept.copy_from_slice(new);
        if moved.is_empty() {
            return Ok(());
        }
        // Both ends of every arc are to be counted in 32 bits.
        let listed = network.arc_count() <= (u32::MAX / 2) as usize;
        if listed && self.begin.is_empty() {
            self.list_touching(network);
        }
        let at = |v: usize| self.begin[v] as usize..self.begin[v + 1] as usize;
        if listed && moved.iter().map(|&v| at(v).len()).sum::<usize>() < network.arc_count() {
            let mut arcs = moved.iter().flat_map(|&v| &self.touching[at(v)]);
            return arcs.try_for_each(|&arc| look(network, flows, potentials, arc as usize));
        }
        (0..network.arc_count()).try_for_each(|arc| look(network, flows, potentials, arc))
    }

    #[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
    fn list_touching<N: FlowNum>(&mut self, network: &Network<N>) {
        let ends = || (0_u32..).zip(network.tail.iter().zip(&network.head));
        self.begin = vec![0; network.node_count() + 1];
        for (_, (tail, head)) in ends() {
            self.begin[tail.index()] += 1;
            self.begin[head.index()] += 1;
        }
        let mut sum = 0;
        for begin in &mut self.begin {
            sum += *begin;
            *begin = sum;
        }
        self.touching = vec![0; sum as usize];
        for (arc, (tail, head)) in ends() {
            for end in [tail, head] {
                let place = &mut self.begin[end.index()];
                *place -= 1;
                self.touching[*place as usize] = arc;
            }
        }
    }
}

fn look<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    arc: usize,
) -> Result<(), Violation> {
    let (tail, head) = (network.tail[arc], network.head[arc]);
    let drop = potentials[tail].checked_sub(potentials[head]).ok_or(REDUCED)?;
    signs(network, arc, flows[id_at(arc)], drop)
}

/// What more than half of them are, if anything is; else any of them (Boyer and Moore's vote).
fn majority(values: impl Iterator<Item = Option<i128>>) -> Option<i128> {
    let (mut held, mut votes) = (None, 0_usize);
    for value in values {
        if votes == 0 {
            held = value;
        }
        votes = if value == held { votes + 1 } else { votes - 1 };
    }
    held
}
