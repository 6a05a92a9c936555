//! The most probable flow.
//!
//! # Problem
//!
//! A flow f that carries the amount succeeds as it stands with P = product over channels of P(channel passes f), so the most
//! probable one minimises the sum of -ln P(channel passes f). Where the mass of a law is log-concave (uniform is) each term
//! is convex: a convex minimum-cost flow. A most probable flow never uses both directions of a channel, since what cancels
//! is saved in both.
//!
//! # Method
//!
//! Chords between breakpoints are a piecewise-linear cost above the true one, which the crate's
//! [`MinCostFlow`](crate::MinCostFlow) solves exactly. Around the flow found, breakpoints lie at distances of 1, 4, 16, ...
//! units, and the cost is solved again: the true cost falls in every round, and when nothing moves no cycle of single units
//! is worth it, which for separable convex costs on integers proves the flow optimal. Distances to the optimum shrink by
//! four a round, errors of chords by sixteen.
//!
//! Potentials pi give a bound that does not depend on how far this came, for any costs c:
//!
//! ```text
//!   cost of f - least cost <= sum over directions of max over g of  p (g - f) - (c(g) - c(f)),   p = pi(head) - pi(tail).
//! ```
//!
//! Other laws have their [lower convex envelope](crate::law::Envelope) for a cost, with its corners as breakpoints: the bound holds.
//!
//! Pickhardt and Richter, arXiv 2107.05322; Ahuja, Magnanti and Orlin, "Network Flows", section 14.5.

use alloc::vec::Vec;

use super::blocks::Stage;
use super::boxes::Piece;
use super::chords::Costs;
use super::estimator::Estimator;
use super::network::UncertainNetwork;
use crate::id::{ChannelId, NodeId, id_at};
use crate::liquidity::Direction;
use crate::min_cost_flow::{MinCostFlow, Outcome, Workspace};
use crate::solve::{Meter, SolveError, Watcher, admit_terminals};

/// Rounds at most, and the gap in nats at which no more are needed.
const ROUNDS: u32 = 48;
const CLOSE: f64 = 1e-10;
/// The most probable flow of a payment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProbableFlow {
    /// ln of the probability that all channels pass what the flow sends over them.
    pub ln_probability: f64,
    /// No flow is more probable than this, ln again. The two differ by rounding only, if all laws in use are
    /// [log-concave](crate::law::Law::is_log_concave) and nothing of them is [tied](super::UncertainChannel::tied).
    pub ln_bound: f64,
    /// What is sent over each channel that is used, by channel.
    pub channels: Vec<(ChannelId, Direction, u64)>,
}

impl Estimator {
    /// The most probable flow of an amount, with a proven bound; `None` if no state lets the amount pass.
    ///
    /// A flow fails where any channel does not pass its part: a lower bound of P(feasible). Up to 48 convex minimum-cost
    /// flows in every block between sender and receiver.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::WorkLimit`].
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
    /// let n = |i| NodeId::new(i).unwrap();
    /// // Pickhardt's triangle: the best flow of 2 takes both ways, or one of them alone: P = 1/3.
    /// let channels = [(0, 2), (0, 1), (1, 2)].map(|(a, b)| UncertainChannel::new(n(a), n(b), 2));
    /// let network = UncertainNetwork::new(3, channels)?;
    /// let flow = Estimator::new().most_probable_flow(&network, n(0), n(2), 2)?.unwrap();
    /// assert!((flow.ln_probability.exp() - 1.0 / 3.0).abs() < 1e-12);
    /// assert!((flow.ln_bound - flow.ln_probability).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn most_probable_flow(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        amount: u64,
    ) -> Result<Option<ProbableFlow>, SolveError> {
        self.probable(network, (from, to), amount, &mut Meter::new(self.work_limit, None))
    }

    /// As [`Estimator::most_probable_flow`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Estimator::most_probable_flow`], and [`SolveError::Cancelled`].
    pub fn most_probable_flow_watched(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        amount: u64,
        mut watcher: Watcher<'_>,
    ) -> Result<Option<ProbableFlow>, SolveError> {
        let meter = &mut Meter::new(self.work_limit, Some(&mut watcher));
        self.probable(network, (from, to), amount, meter)
    }

    fn probable(
        &self,
        network: &UncertainNetwork<'_>,
        (from, to): (NodeId, NodeId),
        amount: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<ProbableFlow>, SolveError> {
        admit_terminals(network.node_count(), from, to)?;
        let mut all = ProbableFlow { ln_probability: 0.0, ln_bound: 0.0, channels: Vec::new() };
        if amount == 0 {
            return Ok(Some(all));
        }
        let chain = network.blocks.chain(from.index(), to.index());
        let Some(chain) = chain.filter(|_| amount <= network.total_capacity()) else { return Ok(None) };
        for Stage { block, terminals } in chain {
            let block = &network.blocks.blocks[block];
            let Some(found) = most_probable(&Piece { block, terminals, amount }, meter)? else {
                return Ok(None);
            };
            all.ln_probability += found.ln;
            all.ln_bound += found.bound;
            all.channels.extend(found.flows.iter().map(|&(arc, flow)| {
                let way = if block.is_forward(arc) { Direction::AToB } else { Direction::BToA };
                (id_at(block.channels[block.channel_of[arc] as usize] as usize), way, flow)
            }));
        }
        all.channels.sort_unstable();
        Ok(Some(all))
    }
}

/// The most probable flow of a piece: ln P, no flow's ln P is above `bound`, and what arcs carry.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) ln: f64,
    pub(super) bound: f64,
    pub(super) flows: Vec<(usize, u64)>,
}

/// The most probable flow of a piece, `None` if there is no flow.
pub(super) fn most_probable(
    piece: &Piece<'_, '_>,
    meter: &mut Meter<'_, '_>,
) -> Result<Option<Found>, SolveError> {
    let mut costs = Costs::new(piece);
    let (solver, mut workspace) = (MinCostFlow::new(), Workspace::new());
    let (mut best, mut flows): (Option<Found>, Option<Vec<u64>>) = (None, None);
    let mut bound = f64::INFINITY;
    for _ in 0..ROUNDS {
        meter.tick(costs.sides.len() as u64)?;
        let (network, arcs) = loop {
            match costs.network(flows.as_deref()) {
                Some(built) => break built,
                None if costs.scale > 0 => costs.scale -= 8,
                None => {
                    return Ok(best.or(Some(Found { ln: f64::NEG_INFINITY, bound: 0.0, flows: Vec::new() })));
                }
            }
        };
        let Outcome::Optimal(optimum) = solver.solve_metered(&mut workspace, &network, meter)? else {
            return Ok(best);
        };
        let mut next = alloc::vec![0_u64; costs.sides.len()];
        for (&arc, &flow) in arcs.iter().zip(optimum.flows().as_slice()) {
            next[arc] = u64::try_from(flow).unwrap_or(0);
        }
        cancel(piece, &mut next);
        let carrying = || (0..next.len()).filter(|&arc| next[arc] > 0);
        let ln: f64 = carrying().map(|arc| -costs.nats(arc, 0, next[arc])).sum();
        let value: f64 = carrying().map(|arc| -costs.value(arc, next[arc])).sum();
        bound = bound.min(value + costs.gap(optimum.potentials().as_slice(), &next)).min(0.0);
        if best.as_ref().is_none_or(|best| ln > best.ln) {
            best = Some(Found { ln, bound, flows: carrying().map(|arc| (arc, next[arc])).collect() });
        }
        let close = bound - value <= CLOSE * value.abs().max(1.0);
        if close || !costs.steepen(&next) && flows.as_ref() == Some(&next) {
            break;
        }
        flows = Some(next);
    }
    Ok(best.map(|found| Found { bound: bound.max(found.ln), ..found }))
}

/// Takes out what flows both ways through a channel.
fn cancel(piece: &Piece<'_, '_>, flows: &mut [u64]) {
    for arc in 0..flows.len() {
        let mate = piece.block.pairs.mate(arc);
        let both = flows[arc].min(flows[mate]);
        flows[arc] -= both;
        flows[mate] -= both;
    }
}
