//! Other sets of parts to begin with, where the gap says that the flow's may not be the best.
//!
//! Base fees of the order of the risk make the relaxation a poor guide: a single part, or the flow without its base fees, can
//! be better than all that follows from it. So the search among sets of parts begins again: with the parts found, each of
//! which may take another way through the small network; with the best single part, searched from the receiver with exact
//! amounts (as LDK and LND do; a label per node, so a heuristic where a dearer way brings a smaller amount); and with the flows
//! of linearisations, which know nothing of base fees. What is best is kept, so no linearisation is better than a plan with a
//! larger gap than [`WIDE`].

use alloc::collections::BinaryHeap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::cost::Curve;
use super::flow::Flow;
use super::parts::{Search, Way};
use super::reroute::Rerouting;
use super::{Best, PayError, PaymentPlanner};
use crate::check::{PartsGoal, direction_at, direction_index};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::num::float;
use crate::solve::{Meter, SolveError};

/// Gaps from which on parts are rerouted, and from which on there are other beginnings.
const SMALL: f64 = 1e-4;
const WIDE: f64 = 1e-3;
/// The linearisations.
const PIECES: [u32; 2] = [5, 40];

impl<'a> PaymentPlanner<'a> {
    /// Improves what was found from other beginnings, if its gap is large.
    pub(super) fn start_elsewhere(
        &self,
        goal: &PartsGoal<'_>,
        flow: &Flow<'a>,
        best: &mut Best,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), PayError> {
        if best.gap() <= SMALL {
            return Ok(());
        }
        let terms = Arc::clone(&flow.costs.terms);
        let mut search = Search::new(&terms, &self.locks, goal);
        let usable = flow.usable();
        let routing = Rerouting { graph: self.graph, goal, usable: &usable };
        let mut starts = alloc::vec![best.ways.clone()];
        if best.gap() > WIDE {
            starts.extend(single(self.graph, goal, &search, meter)?.map(|way| alloc::vec![way]));
            for pieces in PIECES {
                let shape = (Curve::Pieces(pieces), f64::INFINITY);
                let flow = self.blank(&flow.goal, Arc::clone(&terms), shape, meter)?;
                let Some(mut flow) = flow else { continue };
                starts.push(self.best(goal, &mut flow, false, meter)?.ways);
            }
        }
        for mut ways in starts.into_iter().filter(|ways| !ways.is_empty()) {
            let value = routing.improve(&mut search, &mut ways, meter)?;
            best.parts(value, ways);
        }
        Ok(())
    }
}

/// What is known of the way from a node to the receiver: its price, what arrives at the node, and the next direction.
#[derive(Clone, Copy)]
struct Label {
    price: f64,
    amount: u64,
    next: usize,
}

/// The best single part, if there is one.
fn single(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    search: &Search<'_, '_>,
    meter: &mut Meter<'_, '_>,
) -> Result<Option<Way>, SolveError> {
    meter.tick(search.terms.len() as u64)?;
    let mut labels: Vec<Option<Label>> = alloc::vec![None; graph.node_count()];
    let mut heap: BinaryHeap<(Reverse<u64>, NodeId)> = BinaryHeap::new();
    labels[goal.receiver.index()] = Some(Label { price: 0.0, amount: goal.amount.0, next: usize::MAX });
    heap.push((Reverse(0), goal.receiver));
    while let Some((Reverse(price), node)) = heap.pop() {
        let Some(label) = labels[node.index()].filter(|label| label.price.to_bits() == price) else {
            continue;
        };
        if node == goal.sender {
            break;
        }
        for &id in graph.channels_of(node) {
            let direction = graph.channel(id).leaving(node).reversed();
            let index = direction_index(id.index(), direction);
            let (terms, tail) = (&search.terms[index], graph.channel(id).sender(direction));
            let fits = (terms.htlc_min..=terms.htlc_max.min(terms.possible)).contains(&label.amount);
            if !fits || terms.slots == 0 {
                continue;
            }
            let fee = if tail == goal.sender { 0 } else { terms.fee(label.amount) };
            let Ok(amount) = u64::try_from(u128::from(label.amount) + fee) else { continue };
            let risk = terms.risk(label.amount) + terms.charge();
            let price = label.price + risk + search.mu * float(amount - label.amount);
            if labels[tail.index()].is_none_or(|old| price < old.price) {
                labels[tail.index()] = Some(Label { price, amount, next: index });
                heap.push((Reverse(price.to_bits()), tail));
            }
        }
    }
    let (mut path, mut node) = (Vec::new(), goal.sender);
    // A path cannot be longer than there are nodes.
    while node != goal.receiver && path.len() <= graph.node_count() {
        let Some(Label { next, .. }) = labels[node.index()] else { return Ok(None) };
        path.push(next);
        node = graph.channel(id_at(next / 2)).receiver(direction_at(next));
    }
    Ok(Some(Way { amount: goal.amount.0, path }))
}
