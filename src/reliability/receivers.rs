//! One sender and all receivers.
//!
//! Blocks are visited from the sender outwards. In a block that a payment enters at u, a sample is one state for all
//! receivers v of the block and all amounts: one search finds what single paths carry, the largest amount first; of the rest,
//! what the star of v does not let pass is infeasible, and only what is left is decided, by one flow. As for curves, the
//! probability that both stars let a pass is exact, and only the share of such samples that is feasible is estimated.
//! The chance of a receiver is that of u times that of u to v.

use alloc::vec;
use alloc::vec::Vec;

use super::blocks::Block;
use super::boxes::Piece;
use super::cut::{COARSE, Cut, CutLaw, FINE, all_pass};
use super::estimator::Estimator;
use super::network::UncertainNetwork;
use super::outcome::{Known, Odds};
use super::part::Part;
use super::sampler::{searcher, states};
use crate::id::{NodeId, NodeMap};
use crate::max_flow::lazy::{End, Goal, Source};
use crate::num::float;
use crate::random::Random;
use crate::solve::{Meter, SolveError, Watcher};

/// The stream of the states of receivers.
const RECEIVERS: u64 = 0x72_65_63_76;

impl Estimator {
    /// P(feasible) of one amount from one sender to every node, from so many states for all of them. The sender itself
    /// has probability 1; intervals are those of each receiver alone.
    ///
    /// O(states x (n + m)), and one decision for every receiver of every state that is not clear at once.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::WorkLimit`].
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
    /// let n = |i| NodeId::new(i).unwrap();
    /// let network =
    ///     UncertainNetwork::new(3, [UncertainChannel::new(n(0), n(1), 3), UncertainChannel::new(n(1), n(2), 1)])?;
    /// let odds = Estimator::new().receivers(&network, n(0), 1, 0)?;
    /// assert_eq!([1, 2].map(|i| odds[n(i)].estimate), [0.75, 0.375]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn receivers(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        amount: u64,
        states: u64,
    ) -> Result<NodeMap<Odds>, SolveError> {
        let meter = &mut Meter::new(self.work_limit, None);
        Ok(single(self.all(network, (from, &[amount]), states, meter)?))
    }

    /// As [`Estimator::receivers`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Estimator::receivers`], and [`SolveError::Cancelled`].
    pub fn receivers_watched(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        amount: u64,
        states: u64,
        mut watcher: Watcher<'_>,
    ) -> Result<NodeMap<Odds>, SolveError> {
        let meter = &mut Meter::new(self.work_limit, Some(&mut watcher));
        Ok(single(self.all(network, (from, &[amount]), states, meter)?))
    }

    /// The survival curve from one sender to every node: [`Estimator::receivers`] for several amounts, from one set of
    /// states. By node, one entry for each amount.
    ///
    /// A state costs one search for all amounts and one flow for every receiver that is not clear at once, however many
    /// amounts there are.
    ///
    /// # Errors
    ///
    /// As [`Estimator::receivers`].
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
    /// let n = |i| NodeId::new(i).unwrap();
    /// let network =
    ///     UncertainNetwork::new(3, [UncertainChannel::new(n(0), n(1), 3), UncertainChannel::new(n(1), n(2), 1)])?;
    /// let curves = Estimator::new().receivers_survival(&network, n(0), &[1, 2], 0)?;
    /// let p = |to| curves[n(to)].iter().map(|odds| odds.estimate).collect::<Vec<f64>>();
    /// assert_eq!([p(1), p(2)], [[0.75, 0.5], [0.375, 0.0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn receivers_survival(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        amounts: &[u64],
        states: u64,
    ) -> Result<NodeMap<Vec<Odds>>, SolveError> {
        self.all(network, (from, amounts), states, &mut Meter::new(self.work_limit, None))
    }

    /// As [`Estimator::receivers_survival`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Estimator::receivers`], and [`SolveError::Cancelled`].
    pub fn receivers_survival_watched(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        amounts: &[u64],
        states: u64,
        mut watcher: Watcher<'_>,
    ) -> Result<NodeMap<Vec<Odds>>, SolveError> {
        self.all(network, (from, amounts), states, &mut Meter::new(self.work_limit, Some(&mut watcher)))
    }

    fn all(
        &self,
        network: &UncertainNetwork<'_>,
        (from, amounts): (NodeId, &[u64]),
        states: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<NodeMap<Vec<Odds>>, SolveError> {
        let nodes = network.node_count();
        if from.index() >= nodes {
            return Err(SolveError::UnknownNode { node: from, nodes });
        }
        let mut rising = amounts.to_vec();
        rising.sort_unstable();
        rising.dedup();
        let never = Known { infeasible: 1.0, ..Known::default() };
        // By node: what is known of every block on the way, by amount. Nothing passes where no way leads.
        let mut known: Vec<Vec<Vec<Known>>> = vec![vec![vec![never; rising.len()]]; nodes];
        known[from.index()].clear();
        let error = self.wanted(1).error;
        let random = Random::new(self.seed).stream(RECEIVERS);
        for (block, entry) in network.blocks.outwards(from.index()) {
            let inside = &network.blocks.blocks[block];
            let found = reach(inside, (entry, &rising), states, random.stream(block as u64), meter)?;
            let before = known[inside.nodes[entry] as usize].clone();
            for (v, found) in found.into_iter().enumerate().filter(|&(v, _)| v != entry) {
                let here = &mut known[inside.nodes[v] as usize];
                here.clone_from(&before);
                here.push(found);
            }
        }
        let odds = |known: &Vec<Vec<Known>>| {
            let of = |&amount: &u64| {
                let i = rising.partition_point(|&other| other < amount);
                let sure = Known { feasible: 1.0, ..Known::default() };
                let known: Vec<Known> =
                    known.iter().map(|piece| if amount == 0 { sure } else { piece[i] }).collect();
                // An interval of each receiver: the error is split over the pieces on the way that are not exact.
                let open = known.iter().filter(|known| !known.is_exact()).count().max(1);
                Odds::of(amount, &known, error / float(open as u64))
            };
            amounts.iter().map(of).collect()
        };
        Ok(NodeMap::from_vec(known.iter().map(odds).collect()))
    }
}

/// The only amount of every node.
fn single(curves: NodeMap<Vec<Odds>>) -> NodeMap<Odds> {
    curves.into_vec().into_iter().map(|curve| curve.into_iter().next().unwrap_or_default()).collect()
}

/// A receiver: what is known of it and its star, by amount.
struct Receiver {
    known: Vec<Known>,
    stars: Vec<CutLaw>,
}

/// What is known of every node of a block as a receiver from `entry`, by amount.
fn reach(
    block: &Block<'_>,
    (entry, amounts): (usize, &[u64]),
    count: u64,
    random: Random,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<Vec<Known>>, SolveError> {
    let nodes = block.nodes.len();
    let now: Vec<_> = block.wires.iter().map(|wire| wire.within).collect();
    let piece = |v, amount| Piece { block, terminals: (entry, v), amount };
    // The sender's star is the same for all receivers.
    let source = Cut::whole(piece(0, 0).star(End::Source));
    let law = |cut: &Cut, amount, cells| CutLaw::new(cut, &block.wires, &now, amount, cells);
    let sources: Vec<CutLaw> = amounts.iter().map(|&amount| law(&source, amount, FINE)).collect();
    let mut receivers = Vec::with_capacity(nodes);
    for v in 0..nodes {
        meter.tick(1 + amounts.len() as u64 * block.pairs.out(v).len() as u64)?;
        let sink = Cut::apart_from(piece(v, 0).star(End::Sink), &source.sum);
        let stars: Vec<CutLaw> = amounts.iter().map(|&amount| law(&sink, amount, COARSE)).collect();
        let known = amounts.iter().enumerate().map(|(i, &amount)| {
            let exact =
                if nodes == 2 && v != entry { Part::new(piece(v, amount)).known } else { Known::open() };
            let [open, infeasible] = all_pass([&sources[i], &stars[i]].into_iter());
            if exact.is_exact() { exact } else { Known { infeasible, open, ..Known::default() } }
        });
        receivers.push(Receiver { known: known.collect(), stars });
    }
    let known = |list: Vec<Receiver>| list.into_iter().map(|receiver| receiver.known).collect();
    let exact = |receiver: &Receiver| receiver.known.iter().all(Known::is_exact);
    if receivers.iter().enumerate().all(|(v, receiver)| v == entry || exact(receiver)) {
        return Ok(known(receivers));
    }
    let (mut state, mut lazy, mut direct) = (states(block), searcher(block), Direct::new(block));
    for number in 0..count {
        state.next(random.stream(number));
        direct.search(block, (entry, amounts), &mut state, meter)?;
        // The same state once more, for flows.
        state.next(random.stream(number));
        for (v, receiver) in receivers.iter_mut().enumerate().filter(|&(v, _)| v != entry) {
            let balance = |channel| state.balance(channel);
            let holds = |i: &usize| {
                [&sources[*i], &receiver.stars[*i]].iter().all(|law| law.holds(&block.wires, balance))
            };
            let mut best = direct.reached[v];
            let passing: Vec<usize> = (best..amounts.len()).filter(holds).collect();
            if let Some(&most) = passing.last() {
                let target = piece(v, amounts[most]).target();
                let goal = if passing.len() == 1 { Goal::Decide } else { Goal::Most };
                let found = lazy.run_from(&mut state, &block.pairs, (entry, v), (target, goal), meter)?;
                let enough = |amount: &u64| match found.exhausted {
                    Some(_) if goal == Goal::Decide => false,
                    _ => *amount <= found.flow.unsigned_abs(),
                };
                best = best.max(amounts[..=most].partition_point(enough));
            }
            for (i, known) in receiver.known.iter_mut().enumerate() {
                if i < best || passing.binary_search(&i).is_ok() {
                    known.tally.samples += 1;
                    known.tally.feasible += u64::from(i < best);
                }
            }
        }
    }
    Ok(known(receivers))
}

/// What single paths carry.
struct Direct {
    /// How many of the amounts, the least first, reach a node.
    reached: Vec<usize>,
    queue: Vec<usize>,
    capacity: Vec<i64>,
    residual: Vec<i64>,
}

impl Direct {
    fn new(block: &Block<'_>) -> Self {
        let (nodes, arcs) = (block.nodes.len(), block.pairs.arc_count());
        let [capacity, residual] = [(); 2].map(|()| vec![0; arcs]);
        Self { reached: vec![0; nodes], queue: Vec::new(), capacity, residual }
    }

    /// One path is enough for most: a search over channels that pass all of an amount, the largest amount first.
    fn search(
        &mut self,
        block: &Block<'_>,
        (entry, amounts): (usize, &[u64]),
        state: &mut impl Source<i64>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        self.reached.fill(0);
        self.reached[entry] = amounts.len();
        self.queue.clear();
        self.queue.push(entry);
        for (i, &amount) in amounts.iter().enumerate().rev() {
            let target = Piece { block, terminals: (entry, entry), amount }.target();
            let mut next = 0;
            while let Some(&node) = self.queue.get(next) {
                next += 1;
                meter.tick(block.pairs.out(node).len() as u64)?;
                for arc in block.pairs.out(node) {
                    let head = block.pairs.head(arc);
                    if self.reached[head] > 0 {
                        continue;
                    }
                    state.reveal(&block.pairs, arc, &mut self.capacity, &mut self.residual);
                    if self.capacity[arc] >= target {
                        self.reached[head] = i + 1;
                        self.queue.push(head);
                    }
                }
            }
        }
        Ok(())
    }
}
