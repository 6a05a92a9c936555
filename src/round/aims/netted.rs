//! Demands that are paid together: the heaviest set whose net amounts can be settled after one round.
//!
//! **Reduction.** What a set X of demands asks of nodes is one number each, what it sends less what it receives. With a
//! bystander S that has a fixed channel to every node of positive net amount, and a bystander T with one from every node
//! of negative net amount, X can be netted iff S can pay T their sum (one commodity: lemma L4 of wealth vectors,
//! Pickhardt, arXiv 2601.04835). So for a given X the round is R1 with one demand. Which X is searched for: all demands
//! at first, dropping those that cross the deficient cut for the least weight, then adding again whatever fits.
//! More demands are not harder: two that cancel cost nothing.
//!
//! **Bound.** Rows over node sets, see [`SetBound`], found by max flows at the point of a linear program over the
//! demands.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::amount::Sat;
use crate::check::{set_bound, set_bound_value, set_room};
use crate::id::{DemandId, NodeId, NodeMap};
use crate::kernel::pairs::Pairs;
use crate::max_flow::dinic;
use crate::round::builder::RoundBuilder;
use crate::round::certificate::{SetBound, SetCut, UpperBound};
use crate::round::error::RoundError;
use crate::round::instance::{Anchor, Channel, Demand, Round};
use crate::round::model::{Model, Role, Want, sat};
use crate::round::plan::Changes;
use crate::round::planner::{Plan, RoundPlanner};
use crate::round::simplex::{Simplex, Status};
use crate::round::state::push;
use crate::solve::{SolveError, Watcher};

use super::AimError;

/// The heaviest set of demands found that can be netted after one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Netted {
    /// The demands of the set, by id.
    pub demands: Vec<DemandId>,
    /// Their weight.
    pub weight: u64,
    /// The plan, in a round that asks for the net amounts of the set: its one flow settles them all. `None` if nothing
    /// moves.
    pub plan: Option<Plan>,
    /// That round: two bystanders and their channels follow those of the original.
    pub asked: Option<Round>,
    /// No plan nets demands of more weight; checked.
    pub bound: SetBound,
}

/// Rounds of separation at most.
const ROUNDS: usize = 60;
/// Pivots of a linear program at most.
const PIVOTS: u64 = 20_000;

/// A set of demands that was shown to fit.
struct Fit {
    plan: Plan,
    asked: Round,
}

impl RoundPlanner {
    /// The heaviest set of demands that can all be netted together after one round, as far as it was found, with a bound.
    /// Scenarios are put aside. Some rounds with one demand per demand of the round.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, generate::{Size, lightning}};
    /// let size = Size { nodes: 30, channels: 60, participants: 12, demands: 6, max_touches: 4 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let netted = planner.netted(&round, &mut |_| ControlFlow::Continue(()))?;
    /// assert!(netted.weight <= netted.bound.value);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AimError::Round`] if net amounts leave the range of amounts, [`AimError::Solve`].
    pub fn netted(&self, round: &Round, watcher: Watcher<'_>) -> Result<Netted, AimError> {
        let (bound, shares) = bounded(round)?;
        // Once from all that the bound does not rule out, once from nothing.
        let likely: Vec<bool> = shares.iter().map(|share| *share > 1e-6).collect();
        let (mut chosen, mut best) = self.grown(round, likely, &mut *watcher)?;
        let other = self.grown(round, vec![false; shares.len()], &mut *watcher)?;
        if weight(round, &other.0) > weight(round, &chosen) {
            (chosen, best) = other;
        }
        // Then with one more demand forced in, as long as what has to make room for it weighs less.
        for demand in 0..chosen.len() {
            let mut forced = chosen.clone();
            forced[demand] = true;
            while weight(round, &forced) > weight(round, &chosen) {
                match self.together(round, &forced, Some(demand), &Changes::default(), &mut *watcher)? {
                    Ok(fit) => (chosen, best) = (forced.clone(), fit),
                    Err(dropped) => forced[dropped] = false,
                }
            }
        }
        let demands: Vec<DemandId> = round.demand_ids().filter(|demand| chosen[demand.index()]).collect();
        let weight = weight(round, &chosen);
        let (plan, asked) = best.map_or((None, None), |fit| (Some(fit.plan), Some(fit.asked)));
        Ok(Netted { demands, weight, plan, asked, bound })
    }

    /// Drops demands until the rest can be netted, then adds again whatever fits, those of the most weight per satoshi
    /// first.
    fn grown(
        &self,
        round: &Round,
        mut chosen: Vec<bool>,
        watcher: Watcher<'_>,
    ) -> Result<(Vec<bool>, Option<Fit>), AimError> {
        let mut from = Changes::default();
        let mut best = loop {
            match self.together(round, &chosen, None, &from, &mut *watcher)? {
                Ok(fit) => break fit,
                Err(dropped) => chosen[dropped] = false,
            }
        };
        let mut order: Vec<usize> = (0..chosen.len()).filter(|&demand| !chosen[demand]).collect();
        order.sort_by(|&a, &b| lighter(round.demands(), b, a));
        for demand in order {
            chosen[demand] = true;
            if let Some(fit) = &best {
                from.clone_from(fit.plan.changes());
            }
            match self.together(round, &chosen, None, &from, &mut *watcher)? {
                Ok(fit) => best = fit,
                Err(_) => chosen[demand] = false,
            }
        }
        Ok((chosen, best))
    }

    /// Whether the chosen demands can be netted: a plan (or nothing, if nothing moves), or a demand to drop, not the one
    /// that must stay if there is another one.
    fn together(
        &self,
        round: &Round,
        chosen: &[bool],
        stays: Option<usize>,
        from: &Changes,
        watcher: Watcher<'_>,
    ) -> Result<Result<Option<Fit>, usize>, AimError> {
        let net = net(round, chosen);
        let Some(asked) = settling(round, &net)? else { return Ok(Ok(None)) };
        let plan = self.run(&asked, from, Some(1), watcher)?;
        let Some(cut) = asked.explain(plan.changes(), first()) else {
            return Ok(Ok(Some(Fit { plan, asked })));
        };
        // Of those that cross the cut the one of the least weight per satoshi; S lies inside, T outside.
        let demands = round.demands();
        let crosses = |d: &usize| {
            let demand = &demands[*d];
            chosen[*d] && cut.sender_side[demand.sender] && !cut.sender_side[demand.receiver]
        };
        let lighter = |a: &usize, b: &usize| lighter(demands, *a, *b);
        let any = (0..chosen.len()).filter(|&demand| chosen[demand] && stays != Some(demand));
        let dropped = any.clone().filter(crosses).min_by(lighter).or_else(|| any.min_by(lighter));
        Ok(Err(dropped.or(stays).unwrap_or(0)))
    }
}

/// Which of two demands has less weight per satoshi; of two alike the later one.
fn lighter(demands: &[Demand], a: usize, b: usize) -> Ordering {
    let key = |d: usize, other: usize| u128::from(demands[d].weight) * u128::from(demands[other].amount.0);
    key(a, b).cmp(&key(b, a)).then(b.cmp(&a))
}

fn weight(round: &Round, chosen: &[bool]) -> u64 {
    round.demands().iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|(demand, _)| demand.weight).sum()
}

fn first() -> DemandId {
    crate::id::id_at(0)
}

/// What every node sends less what it receives.
fn net(round: &Round, chosen: &[bool]) -> Vec<i128> {
    let mut net = vec![0_i128; round.node_count()];
    for (demand, _) in round.demands().iter().zip(chosen).filter(|(_, chosen)| **chosen) {
        net[demand.sender.index()] += i128::from(demand.amount.0);
        net[demand.receiver.index()] -= i128::from(demand.amount.0);
    }
    net
}

/// The round that asks for net amounts; `None` if there are none.
fn settling(round: &Round, net: &[i128]) -> Result<Option<Round>, RoundError> {
    let mut b = RoundBuilder::from(round);
    b.clear_demands();
    let (source, sink) = (b.add_bystander()?, b.add_bystander()?);
    let mut amount = Sat::ZERO;
    for (node, &net) in net.iter().enumerate().filter(|(_, net)| **net != 0) {
        let node: NodeId = crate::id::id_at(node);
        let part = Sat(u64::try_from(net.unsigned_abs()).unwrap_or(u64::MAX));
        let (u, v) = if net > 0 { (source, node) } else { (node, sink) };
        if net > 0 {
            amount = amount.saturating_add(part);
        }
        let balance_u = part.saturating_add(round.rules().reserve);
        let (balance_v, anchor, reshapable) = (Sat::ZERO, Anchor::OnChain, false);
        b.add_channel(Channel { u, v, balance_u, balance_v, anchor, reshapable })?;
    }
    if amount == Sat::ZERO {
        return Ok(None);
    }
    b.add_demand(Demand { sender: source, receiver: sink, amount, weight: 1 })?;
    b.build(round.rules().clone()).map(Some)
}

/// The bound, and how far its linear program meets every demand.
fn bounded(round: &Round) -> Result<(SetBound, Vec<f64>), SolveError> {
    let weights: Vec<f64> = round.demands().iter().map(|demand| float(i128::from(demand.weight))).collect();
    let mut simplex = Simplex::new(&weights, &vec![1.0; weights.len()], &[]);
    let mut separator = Separator::new(round);
    let mut rows: Vec<(usize, NodeMap<bool>)> = Vec::new();
    let shares = |simplex: &Simplex| (0..weights.len()).map(|d| simplex.value(d)).collect::<Vec<f64>>();
    for _ in 0..ROUNDS {
        let point = shares(&simplex);
        let mut added = false;
        for inside in separator.cuts(&point) {
            if let Some((terms, limit)) = row(round, &inside, &point) {
                rows.push((simplex.add(&terms, limit), inside));
                added = true;
            }
        }
        if !added || simplex.run(f64::NEG_INFINITY, PIVOTS) != Status::Optimal {
            break;
        }
    }
    let units = |row: usize, inside: &NodeMap<bool>| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let value = (simplex.dual(row) / float(scale(round, inside)) * UpperBound::SCALE as f64) as u64;
        SetCut { inside: inside.clone(), value }
    };
    let cuts = rows.iter().map(|(row, inside)| units(*row, inside)).filter(|cut| cut.value > 0).collect();
    let mut bound = SetBound { value: 0, cuts };
    bound.value = set_bound_value(round, &bound)?;
    let none = SetBound::default();
    let trivial = set_bound_value(round, &none)?;
    if trivial < bound.value {
        bound = SetBound { value: trivial, ..none };
    }
    set_bound(round, &bound)?;
    Ok((bound, shares(&simplex)))
}

/// By what a row is divided, so that its numbers are near 1.
fn scale(round: &Round, inside: &NodeMap<bool>) -> i128 {
    let crossing = |demand: &&Demand| inside[demand.sender] != inside[demand.receiver];
    let amounts = round.demands().iter().filter(crossing).map(|demand| i128::from(demand.amount.0));
    amounts.max().unwrap_or(1)
}

/// The row of a set, divided by its scale, if a point violates it.
fn row(round: &Round, inside: &NodeMap<bool>, point: &[f64]) -> Option<(Vec<(usize, f64)>, f64)> {
    let unit = float(scale(round, inside));
    let mut terms = Vec::new();
    for (d, demand) in round.demands().iter().enumerate() {
        let sign = i128::from(inside[demand.sender]) - i128::from(inside[demand.receiver]);
        if sign != 0 {
            terms.push((d, float(sign * i128::from(demand.amount.0)) / unit));
        }
    }
    let limit = float(set_room(round, inside)) / unit;
    let sent: f64 = terms.iter().map(|&(d, factor)| factor * point[d]).sum();
    (sent > limit + 1e-6).then_some((terms, limit))
}

#[allow(clippy::cast_precision_loss)] // amounts are below 2^52
fn float(value: i128) -> f64 {
    value as f64
}

/// Finds sets that a point overfills, on two networks: as it is, and with all means anywhere.
struct Separator<'a> {
    round: &'a Round,
    nodes: usize,
    pairs: Pairs,
    edges: usize,
    capacities: [Vec<i64>; 2],
    scratch: dinic::Scratch,
}

impl<'a> Separator<'a> {
    fn new(round: &'a Round) -> Self {
        let model = Model::new(round);
        let nodes = model.wide.node_count();
        let edge = |edge: usize| {
            let forward = model.wide.forward(edge);
            (model.wide.head(model.wide.mate(forward)), model.wide.head(forward))
        };
        let mut ends: Vec<(usize, usize)> = (0..model.roles.len()).map(edge).collect();
        let edges = ends.len();
        for node in 0..round.node_count() {
            ends.extend([(nodes, node), (node, nodes + 1)]);
        }
        let pairs = Pairs::new(nodes + 2, ends.iter().copied());
        let mut capacities = [vec![0; pairs.arc_count()], vec![0; pairs.arc_count()]];
        let means = model.means();
        for (edge, &role) in model.roles.iter().enumerate() {
            let forward = pairs.forward(edge);
            let backward = pairs.mate(forward);
            match role {
                Role::Channel(slot) => {
                    let data = &model.slots[slot];
                    for capacities in capacities.iter_mut().take(if data.touchable { 1 } else { 2 }) {
                        capacities[forward] = data.spendable[0];
                        capacities[backward] = data.spendable[1];
                    }
                }
                Role::Fill(slot, side) => {
                    capacities[1][forward] = model.largest().max(model.slots[slot].spendable[side]);
                }
                Role::Hand(node) => capacities[1][forward] = means[node],
                Role::Free(_) | Role::Release(..) => {}
            }
        }
        Self { round, nodes, pairs, edges, capacities, scratch: dinic::Scratch::default() }
    }

    /// Sets of nodes from which a point sends more than a network can carry.
    fn cuts(&mut self, point: &[f64]) -> Vec<NodeMap<bool>> {
        let mut net = vec![0.0; self.round.node_count()];
        for (demand, share) in self.round.demands().iter().zip(point) {
            let sent = float(i128::from(demand.amount.0)) * share;
            net[demand.sender.index()] += sent;
            net[demand.receiver.index()] -= sent;
        }
        let mut sets = Vec::new();
        for now in 0..2 {
            let mut residual = self.capacities[now].clone();
            for (node, &net) in net.iter().enumerate() {
                #[allow(clippy::cast_possible_truncation)]
                // sums of amounts are below 2^52 but for absurd rounds
                let amount = libm::ceil(net.abs()) as i64;
                let edge = self.edges + 2 * node + usize::from(net < 0.0);
                residual[self.pairs.forward(edge)] = amount.min(sat(Sat::SUPPLY));
            }
            let (sender, receiver) = (self.nodes, self.nodes + 1);
            let want = Want { sender, receiver, amount: i64::MAX / 4, weight: 0, world: 0 };
            push(&self.pairs, &mut residual, &want, &mut self.scratch);
            let set: NodeMap<bool> = (0..net.len()).map(|node| self.scratch.reached(node)).collect();
            let proper = set.iter().any(|(_, inside)| *inside) && set.iter().any(|(_, inside)| !*inside);
            if proper && !sets.contains(&set) {
                sets.push(set);
            }
        }
        sets
    }
}
