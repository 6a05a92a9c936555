//! One sender and all receivers.
//!
//! Blocks are visited from the sender outwards. In a block that a payment enters at u, a sample is one state for all
//! receivers v of the block: one search finds those that a single path reaches with a; of the others, those whose
//! star lets less than a pass are infeasible, and only the rest are decided by flows. As for curves, the
//! probability that both stars let a pass is exact, and only the share of such samples that is feasible is estimated.
//! The chance of a receiver is that of u times that of u to v.

use alloc::vec;
use alloc::vec::Vec;

use super::blocks::Block;
use super::boxes::Piece;
use super::cut::{CutLaw, all_pass};
use super::estimator::Estimator;
use super::network::UncertainNetwork;
use super::outcome::{Known, Odds};
use super::part::Part;
use super::sampler::{searcher, states};
use crate::id::{NodeId, NodeMap};
use crate::max_flow::lazy::{Goal, Source};
use crate::random::Random;
use crate::solve::{Meter, SolveError, Watcher};

/// The stream of the states of receivers.
const RECEIVERS: u64 = 0x72_65_63_76;

impl Estimator {
    /// P(feasible) of one amount from one sender to every node, from so many states for all of them. The sender itself
    /// has probability 1; intervals are those of each receiver alone.
    ///
    /// O(states x (n + m)) and one decision for every receiver of every state that is not clear at once.
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
        self.all(network, (from, amount), states, &mut Meter::new(self.work_limit, None))
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
        self.all(network, (from, amount), states, &mut Meter::new(self.work_limit, Some(&mut watcher)))
    }

    fn all(
        &self,
        network: &UncertainNetwork<'_>,
        (from, amount): (NodeId, u64),
        states: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<NodeMap<Odds>, SolveError> {
        let nodes = network.node_count();
        if from.index() >= nodes {
            return Err(SolveError::UnknownNode { node: from, nodes });
        }
        let never = Known { infeasible: 1.0, ..Known::default() };
        let mut known: Vec<Vec<Known>> = vec![vec![never]; nodes];
        known[from.index()].clear();
        let error = self.wanted(1).error;
        let random = Random::new(self.seed).stream(RECEIVERS);
        for (block, entry) in network.blocks.outwards(from.index()) {
            let inside = &network.blocks.blocks[block];
            let random = random.stream(block as u64);
            let found = if amount == 0 {
                vec![Known { feasible: 1.0, ..Known::default() }; inside.nodes.len()]
            } else {
                reach(inside, (entry, amount), states, random, meter)?
            };
            let before = known[inside.nodes[entry] as usize].clone();
            for (v, found) in found.into_iter().enumerate().filter(|&(v, _)| v != entry) {
                let here = &mut known[inside.nodes[v] as usize];
                here.clone_from(&before);
                here.push(found);
            }
        }
        // An interval of each receiver: the error is split over the pieces on the way that are not exact.
        let odds = |known: &Vec<Known>| {
            let open = known.iter().filter(|known| !known.is_exact()).count().max(1);
            Odds::of(amount, known, error / crate::num::float(open as u64))
        };
        Ok(NodeMap::from_vec(known.iter().map(odds).collect()))
    }
}

/// What is known of every node of a block as a receiver from `entry`.
fn reach(
    block: &Block<'_>,
    (entry, amount): (usize, u64),
    count: u64,
    random: Random,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<Known>, SolveError> {
    let nodes = block.nodes.len();
    let now: Vec<_> = block.wires.iter().map(|wire| wire.within).collect();
    let (mut known, mut laws): (Vec<Known>, Vec<[CutLaw; 2]>) = (Vec::new(), Vec::new());
    for v in 0..nodes {
        meter.tick(1 + block.pairs.out(v).len() as u64)?;
        let piece = Piece { block, terminals: (entry, v), amount };
        let exact = if nodes == 2 && v != entry { Part::new(piece).known } else { Known::open() };
        let stars = piece.star_laws(&now, 0);
        let [open, infeasible] = all_pass(stars.iter());
        known.push(if exact.is_exact() { exact } else { Known { infeasible, open, ..Known::default() } });
        laws.push(stars);
    }
    if known.iter().enumerate().all(|(v, known)| v == entry || known.is_exact()) {
        return Ok(known);
    }
    let (mut state, mut lazy) = (states(block), searcher(block));
    let target = Piece { block, terminals: (entry, 0), amount }.target();
    let arcs = block.pairs.arc_count();
    let (mut capacity, mut residual) = (vec![0_i64; arcs], vec![0_i64; arcs]);
    let (mut reached, mut queue) = (vec![false; nodes], Vec::new());
    for number in 0..count {
        state.next(random.stream(number));
        // One path is enough for most: a search over channels that pass all of it.
        reached.fill(false);
        reached[entry] = true;
        queue.clear();
        queue.push(entry);
        let mut next = 0;
        while let Some(&node) = queue.get(next) {
            next += 1;
            meter.tick(block.pairs.out(node).len() as u64)?;
            state.reveal(&block.pairs, node, &mut capacity, &mut residual);
            for arc in block.pairs.out(node).filter(|&arc| capacity[arc] >= target) {
                let head = block.pairs.head(arc);
                if !reached[head] {
                    reached[head] = true;
                    queue.push(head);
                }
            }
        }
        // The same state once more, for flows.
        state.next(random.stream(number));
        for (v, known) in known.iter_mut().enumerate().filter(|(v, known)| *v != entry && known.open > 0.0) {
            let holds = |law: &CutLaw| law.holds(&block.wires, |channel| state.balance(channel));
            if !reached[v] && !laws[v].iter().all(holds) {
                continue;
            }
            let feasible = reached[v] || {
                let wanted = (target, Goal::Decide);
                lazy.run_from(&mut state, &block.pairs, (entry, v), wanted, meter)?.exhausted.is_none()
            };
            known.tally.samples += 1;
            known.tally.feasible += u64::from(feasible);
        }
    }
    Ok(known)
}
