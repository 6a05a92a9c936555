//! The convex flow over ways: for limits of length, and for several payments at once.
//!
//! Columns are ways within the limits; amounts move from a goal's dearest column to its cheapest one until all that are used
//! have the same marginal cost, and searches over the whole graph at the marginal costs add columns (column generation; the
//! inner step is the equilibration of traffic assignment, Dafermos and Sparrow 1969). A barrier keeps flows below what
//! directions have room for, so that full ones have a price; it falls from phase to phase. What no way takes stays on a
//! *detour* whose price rises. The marginal costs are the prices of the bound ([`check::prices_bound`]).

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::cost::Costs;
use crate::check::{self, Cheapest, PartsGoal, cheapest_way, direction_at, direction_index, floor};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::num::float;
use crate::solve::{Meter, SolveError};

/// Barriers, relative to the objective.
const BARRIERS: [f64; 4] = [1e-2, 1e-4, 1e-6, 1e-8];
/// Searches per goal and barrier.
const SEARCHES: usize = 24;
/// Shifts between two searches.
const SHIFTS: usize = 60;
/// Halvings of a shift.
const HALVINGS: usize = 40;
/// The detour's first price, in prices of the cheapest way, and by how much it rises.
const DETOUR: f64 = 8.0;
const DEARER: f64 = 64.0;
/// No way is dearer.
const MOST: f64 = 1e4;

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) goal: usize,
    pub(super) path: Vec<usize>,
    /// What each hop sends per unit that arrives.
    growth: Vec<f64>,
    /// The share of what a hop forwards that it earns.
    gain: Vec<f64>,
    pub(super) amount: f64,
}

#[derive(Debug)]
pub(super) struct Columns<'c, 'a> {
    graph: &'c ChannelGraph,
    goals: &'c [PartsGoal<'c>],
    costs: &'c Costs<'a>,
    /// Of each goal, what its ways cost at least from each node on; may be empty.
    ahead: &'c [Vec<f64>],
    usable: Vec<bool>,
    flow: Vec<f64>,
    pub(super) columns: Vec<Column>,
    /// What is on the detour, by goal, and its price.
    pub(super) rest: Vec<f64>,
    detour: f64,
    barrier: f64,
}

impl<'c, 'a> Columns<'c, 'a> {
    pub(super) fn new(
        graph: &'c ChannelGraph,
        goals: &'c [PartsGoal<'c>],
        costs: &'c Costs<'a>,
        ahead: &'c [Vec<f64>],
        usable: Vec<bool>,
    ) -> Self {
        let flow = alloc::vec![0.0; graph.channel_count() * 2];
        let rest = goals.iter().map(|goal| float(goal.amount.0)).collect();
        Self {
            graph,
            goals,
            costs,
            ahead,
            usable,
            flow,
            columns: Vec::new(),
            rest,
            detour: 0.0,
            barrier: 0.0,
        }
    }

    fn mu(&self) -> f64 {
        self.goals.first().map_or(0.0, |goal| goal.mu / 1000.0)
    }

    fn slope(&self, index: usize, flow: f64) -> f64 {
        let room = float(self.costs.terms[index].room());
        if flow >= room || !self.usable[index] {
            return f64::INFINITY;
        }
        self.costs.slope(index, floor(flow)) + self.barrier / (room - flow)
    }

    /// Nats per msat by direction, infinite where nothing more may pass.
    pub(super) fn prices(&self) -> Vec<f64> {
        self.flow.iter().enumerate().map(|(index, &flow)| self.slope(index, flow)).collect()
    }

    /// Prices that are of the barrier alone: tolls that prove that not everything finds a way, where that is so.
    pub(super) fn tolls(&self) -> Vec<f64> {
        let toll = |(index, &flow): (usize, &f64)| {
            let room = float(self.costs.terms[index].room());
            if self.usable[index] && room > 0.0 { self.barrier / (room - flow).max(1e-6) } else { 0.0 }
        };
        let tolls: Vec<f64> = self.flow.iter().enumerate().map(toll).collect();
        let most = tolls.iter().copied().fold(0.0, f64::max);
        // What is not nearly full would only add to what there is room for.
        tolls.into_iter().map(|toll| if toll > most * 1e-9 { toll } else { 0.0 }).collect()
    }

    /// The price of what arrives through a column, the sender's own left out.
    fn price(&self, column: usize) -> f64 {
        let (mu, Column { path, gain, .. }) = (self.mu(), &self.columns[column]);
        let price = path
            .iter()
            .zip(gain)
            .fold(mu, |price, (&index, &gain)| price + price * gain + self.slope(index, self.flow[index]));
        price - mu
    }

    fn send(&mut self, column: usize, amount: f64) {
        let Column { path, growth, amount: sent, .. } = &mut self.columns[column];
        *sent = (*sent + amount).max(0.0);
        for (&index, &growth) in path.iter().zip(growth.iter()) {
            self.flow[index] = (self.flow[index] + amount * growth).max(0.0);
        }
    }

    fn gain(&self, goal: usize, index: usize) -> f64 {
        let own = self.graph.channel(id_at(index / 2)).sender(direction_at(index)) == self.goals[goal].sender;
        if own { 0.0 } else { f64::from(self.costs.terms[index].ppm) * 1e-6 }
    }

    /// The column of a way, a new one if there is none.
    fn column(&mut self, goal: usize, path: Vec<usize>) -> usize {
        let same = |column: &Column| column.goal == goal && column.path == path;
        if let Some(place) = self.columns.iter().position(same) {
            return place;
        }
        let gain: Vec<f64> = path.iter().map(|&index| self.gain(goal, index)).collect();
        let mut growth = alloc::vec![1.0; path.len()];
        for hop in (1..path.len()).rev() {
            growth[hop - 1] = growth[hop] * (1.0 + gain[hop]);
        }
        self.columns.push(Column { goal, path, growth, gain, amount: 0.0 });
        self.columns.len() - 1
    }

    /// The cheapest way of a goal at the prices of now.
    fn search(
        &self,
        goal: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<(f64, Vec<usize>)>, SolveError> {
        meter.tick(self.flow.len() as u64)?;
        let mu = self.mu();
        let step = |index: usize, before: f64| {
            before + before * self.gain(goal, index) + self.slope(index, self.flow[index])
        };
        let ahead: &[f64] = self.ahead.get(goal).map_or(&[], |ahead| ahead);
        match cheapest_way(self.graph, &self.goals[goal], mu, step, ahead) {
            Cheapest::Way(price, path) => Ok(Some((price - mu, path))),
            _ => Ok(None),
        }
    }

    /// Moves amounts between the columns of a goal until they cost the same.
    fn level(&mut self, goal: usize) {
        for _ in 0..SHIFTS {
            let mine: Vec<usize> =
                (0..self.columns.len()).filter(|&c| self.columns[c].goal == goal).collect();
            let prices: Vec<(f64, usize)> = mine.iter().map(|&c| (self.price(c), c)).collect();
            let Some(&(low, to)) = prices.iter().min_by(|a, b| a.0.total_cmp(&b.0)) else { return };
            let used = prices.iter().filter(|&&(_, c)| self.columns[c].amount > 0.0);
            let dearest = used.max_by(|a, b| a.0.total_cmp(&b.0)).map(|&(price, c)| (price, Some(c)));
            let detour = (self.rest[goal] > 0.0).then_some((self.detour, None));
            let Some((high, from)) = detour.filter(|d| dearest.is_none_or(|w| w.0 < d.0)).or(dearest) else {
                return;
            };
            if high <= low * (1.0 + 1e-11) || from == Some(to) {
                return;
            }
            self.shift(goal, from, to);
        }
    }

    /// Moves as much as makes two columns cost the same; from `None`, the detour.
    fn shift(&mut self, goal: usize, from: Option<usize>, to: usize) {
        let all = from.map_or(self.rest[goal], |from| self.columns[from].amount);
        let (mut low, mut high) = (0.0, all);
        let mut moved = 0.0;
        let set = |columns: &mut Self, amount: f64, moved: &mut f64| {
            if let Some(from) = from {
                columns.send(from, *moved - amount);
            }
            columns.send(to, amount - *moved);
            *moved = amount;
        };
        for halving in 0..HALVINGS {
            let amount = if halving == 0 { all } else { f64::midpoint(low, high) };
            set(self, amount, &mut moved);
            let dearer = from.map_or(self.detour, |from| self.price(from));
            if self.price(to) <= dearer {
                low = amount;
            } else {
                high = amount;
            }
            if low >= high || high - low <= 1e-12 * all {
                break;
            }
        }
        set(self, low, &mut moved);
        match from {
            None => self.rest[goal] = (all - low).max(0.0),
            Some(from) if low >= all => self.columns[from].amount = 0.0,
            Some(_) => {}
        }
    }

    /// Solves under the barriers one after the other; calls `found` after each. Whether everything found a way.
    pub(super) fn solve(
        &mut self,
        meter: &mut Meter<'_, '_>,
        mut found: impl FnMut(&Self),
    ) -> Result<bool, SolveError> {
        let mut worth = 0.0;
        for goal in 0..self.goals.len() {
            let Some((price, _)) = self.search(goal, meter)? else { return Ok(false) };
            let amount = float(self.goals[goal].amount.0);
            worth += price.max(1e-3 / amount) * amount;
            self.detour = self.detour.max(DETOUR * price.max(1.0 / amount / 64.0));
        }
        for relative in BARRIERS {
            self.barrier = relative * worth;
            self.converge(1e-2 * relative, meter)?;
            while self.rest.iter().any(|&rest| rest > 0.0) && self.detour <= MOST {
                self.detour *= DEARER;
                self.converge(1e-2 * relative, meter)?;
            }
            found(self);
        }
        // What is short by one unit may look a rounding less.
        Ok(self.rest.iter().all(|&rest| rest < 0.5))
    }

    fn converge(&mut self, tolerance: f64, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        for _ in 0..SEARCHES {
            let mut better = false;
            for goal in 0..self.goals.len() {
                let Some((price, path)) = self.search(goal, meter)? else { continue };
                let mine =
                    |column: &usize| self.columns[*column].goal == goal && self.columns[*column].amount > 0.0;
                let used = (0..self.columns.len()).filter(mine).map(|column| self.price(column));
                let rest = if self.rest[goal] > 0.0 { self.detour } else { 0.0 };
                if price < used.fold(rest, f64::max) * (1.0 - tolerance.max(1e-10)) {
                    better = true;
                    self.column(goal, path);
                }
                meter.tick(64 * self.columns.len() as u64)?;
                self.level(goal);
            }
            if !better {
                break;
            }
        }
        Ok(())
    }

    /// Columns as whole amounts that add up to each goal's.
    pub(super) fn ways(&self, goal: usize) -> Vec<(u64, Vec<usize>)> {
        let mine = self.columns.iter().filter(|column| column.goal == goal);
        let mut ways: Vec<(u64, Vec<usize>)> = mine
            .map(|column| (floor(column.amount + 1e-6), column.path.clone()))
            .filter(|way| way.0 > 0)
            .collect();
        ways.sort_by(|one, other| other.cmp(one));
        let sum: u64 = ways.iter().map(|way| way.0).sum();
        if let Some(first) = ways.first_mut() {
            first.0 = (first.0 + self.goals[goal].amount.0).saturating_sub(sum);
        }
        ways
    }

    /// Prices for the bound, and two more in which all ways cost what the dearest one does: by the price of their first hop, or
    /// their last one. That pays where the number of parts is limited.
    pub(super) fn bounds(&self, known: f64) -> (f64, Vec<f64>) {
        let prices: Vec<f64> =
            self.prices().into_iter().map(|p| if p < f64::INFINITY { p } else { 0.0 }).collect();
        let mut best = (check::prices_bound(self.graph, self.goals, &prices, known), prices);
        if let [goal] = self.goals {
            if goal.rules.is_some_and(|rules| rules.max_parts < usize::MAX) {
                for last in [false, true] {
                    let raised = self.raised(goal, &best.1, last);
                    let bound = check::prices_bound(self.graph, self.goals, &raised, known);
                    if bound > best.0 {
                        best = (bound, raised);
                    }
                }
            }
        }
        best
    }

    fn raised(&self, goal: &PartsGoal<'_>, prices: &[f64], last: bool) -> Vec<f64> {
        let used = (0..self.columns.len()).filter(|&c| self.columns[c].amount > 0.0);
        let dearest = used.map(|column| self.price(column)).fold(0.0, f64::max);
        let (end, begin) = if last { (goal.receiver, goal.sender) } else { (goal.sender, goal.receiver) };
        let rest = self.distances(begin, last, prices);
        let mut raised = prices.to_vec();
        for &id in self.graph.channels_of(end) {
            let leaving = self.graph.channel(id).leaving(end);
            let index = direction_index(id.index(), if last { leaving.reversed() } else { leaving });
            let rest = rest[self.graph.channel(id).receiver(leaving).index()];
            raised[index] = raised[index].max(dearest - rest);
        }
        raised
    }

    /// What ways cost from a node, or to it, at least.
    fn distances(&self, begin: NodeId, onwards: bool, prices: &[f64]) -> Vec<f64> {
        let mut rest = alloc::vec![f64::INFINITY; self.graph.node_count()];
        let mut heap = BinaryHeap::from([Reverse((0, begin))]);
        rest[begin.index()] = 0.0;
        while let Some(Reverse((key, node))) = heap.pop() {
            let far = rest[node.index()];
            if key > far.to_bits() {
                continue;
            }
            for &id in self.graph.channels_of(node) {
                let leaving = self.graph.channel(id).leaving(node);
                let other = self.graph.channel(id).receiver(leaving);
                let index = direction_index(id.index(), if onwards { leaving } else { leaving.reversed() });
                let next = far + self.gain(0, index) * self.mu() + prices[index];
                if self.usable[index] && next < rest[other.index()] {
                    rest[other.index()] = next;
                    heap.push(Reverse((next.to_bits(), other)));
                }
            }
        }
        rest
    }
}
