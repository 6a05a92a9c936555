//! Several payments: netted, one after another, or all pending at once.
//!
//! # Problem
//!
//! Payments d of amounts a_d from s_d to t_d, and one state of the channels. Three questions, from the weakest to the strongest:
//!
//! * **netted**: can balances be moved so that everyone ends up with what it is owed? Payments may cancel. Iff the wealth
//!   after all of them is feasible; one flow with many sources and sinks decides ([`Feasibility::netted`]).
//! * **in sequence**: is there an order in which each payment is feasible when its turn comes? Feasibility depends on wealth
//!   alone, and the wealth after some payments on their set alone, so the search is over sets, not over orders
//!   ([`Feasibility::sequence`]).
//! * **pending**: can all be locked at once, nobody using what it has not received yet? A multi-commodity flow; bounds from
//!   flows and from lengths of channels ([`Feasibility::pending`]).
//!
//! Pending implies every sequence, a sequence implies netted, and neither can be turned round. "Each alone" is comparable
//! with none of them.
//!
//! References: Pickhardt, "A Mathematical Theory of Payment Channel Networks" (arXiv 2601.04835); for the lengths Garg and
//! Könemann (SIAM J. Comput. 37, 2007) and Fleischer (SIAM J. Discrete Math. 13, 2000).

mod pending;
mod sequence;

use alloc::vec::Vec;

pub use pending::Pending;
pub use sequence::{DeadEnd, Sequence, Step};

use super::{Feasibility, Payment, admit};
use crate::amount::Msat;
use crate::check::{self, ChannelFlow, SettlementClaim};
use crate::id::{ArcId, NodeId, NodeMap, id_at};
use crate::liquidity::Direction;
use crate::min_cost_flow::{MinCostFlow, Outcome};
use crate::network::{BuildError, NetworkBuilder};
use crate::solve::SolveError;

/// Whether payments can be made together, netted; checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Netted {
    /// What channels carry, net, by channel.
    Feasible(Vec<ChannelFlow>),
    /// These nodes, by id, have to pay more to all others than they can.
    Infeasible(Vec<NodeId>),
}

impl Feasibility<'_> {
    /// Whether payments can be made together if they may cancel, in every state within the bounds. One flow over all channels.
    ///
    /// # Errors
    ///
    /// As [`Feasibility::decide`]; [`SolveError::Amount`] if the amounts of one node add up to more than there is.
    ///
    /// ```
    /// use feasible::feasibility::{Netted, Payment};
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::{Feasibility, Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (alice, bob) = (b.add_node()?, b.add_node()?);
    /// b.add_channel(Channel::new(alice, bob, Sat(9)).balance(Balance::Known(Msat(5_000))))?;
    /// let graph = b.build();
    /// // Neither can send 8,000, but both together move 1,000.
    /// let swap = [Payment::new(alice, bob, Msat(8_000)), Payment::new(bob, alice, Msat(7_000))];
    /// let Netted::Feasible(flows) = Feasibility::new(&graph).netted(&swap)? else { panic!("1,000 fit") };
    /// assert_eq!(flows[0].amount, Msat(1_000));
    /// let Netted::Infeasible(nodes) = Feasibility::new(&graph).netted(&swap[..1])? else { panic!("8,000 do not") };
    /// assert_eq!(nodes, [alice]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn netted(&self, payments: &[Payment]) -> Result<Netted, SolveError> {
        let graph = self.graph;
        let net = self.net(payments)?;
        let mut b = NetworkBuilder::new();
        let built = (|| -> Result<_, BuildError> {
            for (_, &net) in net.iter() {
                b.add_node(i64::try_from(net).unwrap_or(i64::MAX))?;
            }
            for id in graph.channels() {
                let [out, back] = Direction::BOTH.map(|way| self.liquidity(id, way));
                let channel = graph.channel(id);
                b.add_arc(channel.a(), channel.b(), -back..=out, 0)?;
            }
            b.build()
        })();
        // Liquidities add up to less than all the money, and so do amounts.
        let shape = SolveError::Shape { what: "channels", expected: graph.channel_count(), actual: 0 };
        let network = built.map_err(|_| shape)?;
        let claim = |claim| check::settlement(graph, self.view(false), &net, claim);
        match self.min_cost_flow().solve(&network)? {
            Outcome::Infeasible(shortage) => {
                let mut nodes: Vec<NodeId> = shortage.nodes().collect();
                nodes.sort_unstable();
                claim(SettlementClaim::Infeasible { nodes: &nodes })?;
                Ok(Netted::Infeasible(nodes))
            }
            answer => {
                let flow = answer.optimal().map_err(|_| shape)?;
                let flows: Vec<ChannelFlow> = graph
                    .channels()
                    .filter_map(|id| channel_flow(id, flow.flows()[id_at::<ArcId>(id.index())]))
                    .collect();
                claim(SettlementClaim::Feasible { flows: &flows })?;
                Ok(Netted::Feasible(flows))
            }
        }
    }

    /// What every node sends less what it receives; within all the money.
    fn net(&self, payments: &[Payment]) -> Result<NodeMap<i128>, SolveError> {
        let mut net: NodeMap<i128> = NodeMap::filled(self.graph.node_count(), 0);
        for &Payment { from, to, amount } in payments {
            admit(self.graph, from, to)?;
            let limit = Msat::SUPPLY.0.into();
            if amount > Msat::SUPPLY {
                return Err(SolveError::Amount { amount: amount.0.into(), limit });
            }
            net[from] += i128::from(amount.0);
            net[to] -= i128::from(amount.0);
        }
        let limit = i128::from(Msat::SUPPLY.0);
        let sent: i128 = net.iter().map(|(_, &net)| net.max(0)).sum();
        if sent > limit { Err(SolveError::Amount { amount: sent, limit }) } else { Ok(net) }
    }

    /// The certain liquidity of a direction.
    pub(super) fn liquidity(&self, channel: crate::id::ChannelId, direction: Direction) -> i64 {
        let liquidity = self.graph.liquidity_in(self.view(false), channel, direction);
        i64::try_from(liquidity.0).unwrap_or(i64::MAX)
    }

    pub(super) fn min_cost_flow(&self) -> MinCostFlow {
        let solver = MinCostFlow::new();
        match self.work_limit {
            Some(limit) => solver.work_limit(limit),
            None => solver,
        }
    }
}

/// A signed flow from party a to party b as a flow of a direction; `None` if it is 0.
pub(super) fn channel_flow(channel: crate::id::ChannelId, flow: i64) -> Option<ChannelFlow> {
    let direction = if flow > 0 { Direction::AToB } else { Direction::BToA };
    (flow != 0).then_some(ChannelFlow { channel, direction, amount: Msat(flow.unsigned_abs()) })
}
