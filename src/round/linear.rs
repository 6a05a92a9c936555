//! The linear relaxation of R1 over cuts, solved by cut generation.
//!
//! Variables: x_d (demand feasible), y_e (touched), p_eu (what u can send in a touched e), g_u (share of free
//! funds used). What the touch of a slot and its sides can be is a bundle of at most six corners, so that none of p_e <= M_e y_e
//! is a row. Rows: touches, fronting and price budget, the purse of every participant, and the cut rows of [`UpperBound`](super::UpperBound), found where the current point violates them. Whatever the run
//! reaches, its multipliers prove a bound.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::cuts::{CutRow, CutSet, VIOLATED};
use super::instance::Round;
use super::lookout::Lookout;
use super::model::Model;
use super::plan::Touch;
use super::rounding::RoundedRow;
use super::simplex::{Bundle, Simplex, Status};
use super::tableau::{Kind, Linear};
use crate::check::{Limits, Row};

/// Pivots between two rounds of separation at most.
const PIVOTS: u64 = 20_000;

/// How long to go on with separation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounds {
    /// Rounds at most.
    pub(super) most: usize,
    /// Rounds in a row that bring next to nothing.
    pub(super) idle: usize,
    /// Whether to look for new sets where known ones say little.
    pub(super) flows: bool,
    /// Whether to look for new roundings there.
    pub(super) roundings: bool,
    /// A round that lowers the objective by a smaller part of it is followed by one for which no rows are enough.
    pub(super) slow: f64,
    /// A row must be violated by this share of its deficit to be added.
    pub(super) tolerance: f64,
}

/// A point of the relaxation.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// How far demands are met.
    pub(super) demands: Vec<f64>,
    /// How far slots are touched.
    pub(super) touches: Vec<f64>,
    /// What sides of touched slots can send, rounded down.
    pub(super) sendable: Vec<[i64; 2]>,
}

impl Point {
    /// How many touches are made in part.
    pub(super) fn partial(&self) -> usize {
        self.touches.iter().filter(|&&touch| (touch - libm::round(touch)).abs() > 1e-3).count()
    }
}

/// A round that lowers the objective by a smaller part of it brings next to nothing.
const IDLE: f64 = 1e-3;

/// So many rows of known sets are enough for a round; without them flows look for more, and without those roundings.
const PLENTY: usize = 5;

/// After so many idle rounds in a row no rows are enough.
const EAGER: usize = 2;

/// What all touches of a plan together cost at most, in points.
const TOUCHES: f64 = 0.05;
/// An objective below the next whole number by less than this is not yet one point less.
pub(super) const MARGIN: f64 = TOUCHES + 1e-3;
/// Multiples of it are spread evenly modulo 1.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// Where the variables of the program lie.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) demand: Vec<usize>,
    pub(super) touch: Vec<Option<usize>>,
    pub(super) sides: Vec<Option<usize>>,
    pub(super) funds: Vec<Option<usize>>,
    pub(super) count: usize,
}

/// What does not change from case to case: layout, money, and the cuts found so far.
#[derive(Debug)]
pub(super) struct Program<'m> {
    pub(super) model: &'m Model,
    pub(super) columns: Columns,
    pub(super) cuts: Vec<CutRow>,
    /// Rows that follow from sums of others.
    pub(super) roundings: Vec<RoundedRow>,
    /// The rows that the checker makes of cuts that roundings were made of, by position.
    pub(super) exact: BTreeMap<usize, Row>,
    /// What the checker knows of the round.
    pub(super) limits: Limits<'m>,
    /// Whether a column is what a side can send.
    pub(super) amounts: Vec<bool>,
    means: Vec<i64>,
    /// The rows of purses, by node; none for those without a slot.
    pub(super) purses: Vec<Vec<(usize, f64)>>,
    /// Satoshi per unit of a money variable, about the amount of a demand: tolerances are relative to it.
    pub(super) unit: f64,
    pub(super) price_unit: f64,
    pub(super) sets: Vec<CutSet>,
    /// Where a set is, by its nodes as bits.
    pub(super) positions: BTreeMap<Vec<u64>, usize>,
    /// The touchable slots at every node, with its side.
    pub(super) at: Vec<Vec<(usize, usize)>>,
    /// For every demand a flow that proved it within a point, as wide arcs with amounts, and what it brings.
    pub(super) flows: Vec<(i64, Vec<(u32, i64)>)>,
    pub(super) lookout: Lookout,
    /// A row must be violated by this share of its deficit to be added.
    pub(super) tolerance: f64,
    /// A mean of recent points: rows chosen there cut deeper (in-out separation, Ben-Ameur and Neto, Networks 49,
    /// 2007).
    pub(super) inner: Vec<f64>,
}

#[allow(clippy::cast_precision_loss)] // amounts are far below 2^53
pub(super) fn float(amount: i64) -> f64 {
    amount as f64
}

#[allow(clippy::cast_possible_truncation)] // `as` saturates
pub(super) fn whole(amount: f64) -> i64 {
    amount as i64
}

impl<'m> Program<'m> {
    /// Lays out the program of a round; demands that do not count have weight 0.
    pub(super) fn new(round: &'m Round, model: &'m Model, worth: &[u64]) -> (Self, Linear) {
        let means = model.means();
        let demands = model.wants.len();
        let mut count = demands;
        let mut next = |here: bool, width: usize| {
            let at = count;
            count += if here { width } else { 0 };
            here.then_some(at)
        };
        let touch: Vec<_> = model.slots.iter().map(|slot| next(slot.touchable, 1)).collect();
        let sides: Vec<_> = model.slots.iter().map(|slot| next(slot.touchable, 2)).collect();
        let funds = model.free.iter().map(|&free| next(free > 0, 1)).collect();
        let columns = Columns { demand: (0..demands).collect(), touch, sides, funds, count };
        let mut amounts = vec![false; count];
        for p in columns.sides.iter().flatten() {
            amounts[*p..*p + 2].fill(true);
        }
        let mut program = Self {
            model,
            columns,
            cuts: Vec::new(),
            roundings: Vec::new(),
            exact: BTreeMap::new(),
            limits: Limits::new(round),
            amounts,
            means,
            purses: Vec::new(),
            unit: unit(model),
            price_unit: 1.0,
            lookout: Lookout::default(),
            tolerance: VIOLATED,
            inner: Vec::new(),
            sets: Vec::new(),
            positions: BTreeMap::new(),
            at: sides_at(model),
            flows: vec![(0, Vec::new()); demands],
        };
        let linear = program.start(worth);
        (program, linear)
    }

    /// The most that one side of a touched slot can send.
    pub(super) fn most(&self, slot: usize, side: usize) -> i64 {
        self.model.largest().min(self.means[self.model.slots[slot].ends[side]])
    }

    #[allow(clippy::cast_precision_loss)] // weights are far below 2^53
    fn start(&mut self, worth: &[u64]) -> Linear {
        let model = self.model;
        let mut costs = vec![0.0; self.columns.count];
        let upper = vec![1.0; self.columns.count];
        for (demand, &worth) in worth.iter().enumerate() {
            costs[self.columns.demand[demand]] = worth as f64;
        }
        // A touch costs next to nothing, each another next to nothing: fewer ties.
        let touches = model.max_touches.clamp(1, model.slots.len().max(1));
        let cost = TOUCHES / float(i64::try_from(touches).unwrap_or(i64::MAX));
        for slot in 0..model.slots.len() {
            if let Some(y) = self.columns.touch[slot] {
                costs[y] = -cost * (0.5 + 0.5 * ((slot as f64 * GOLDEN) % 1.0));
            }
        }
        let bundles = (0..model.slots.len()).filter_map(|slot| self.bundle(slot)).collect::<Vec<_>>();
        let mut linear = Linear::new(Simplex::new(&costs, &upper, &bundles));
        let touches = self.columns.touch.iter().flatten().map(|&y| (y, 1.0)).collect::<Vec<_>>();
        let limit = float(i64::try_from(model.max_touches.min(model.slots.len())).unwrap_or(0));
        linear.add(Kind::Touches, &touches, limit);
        let mut front: Vec<(usize, f64)> = Vec::new();
        let mut price: Vec<(usize, f64)> = Vec::new();
        self.price_unit = float(model.price_budget.clamp(1, 1 << 50));
        for (slot, data) in model.slots.iter().enumerate() {
            if let Some(y) = self.columns.touch[slot] {
                front.extend((data.fronted > 0).then(|| (y, float(data.fronted) / self.unit)));
                price.extend((data.price > 0).then(|| (y, float(data.price) / self.price_unit)));
            }
        }
        for (node, funds) in self.columns.funds.iter().enumerate() {
            front.extend(funds.map(|g| (g, float(model.free[node]) / self.unit)));
        }
        linear.add(Kind::Front, &front, float(model.front_budget) / self.unit);
        if !price.is_empty() {
            linear.add(Kind::Price, &price, float(model.price_budget) / self.price_unit);
        }
        self.purses = (0..model.nodes()).map(|node| self.purse(node, &[])).collect();
        for (node, terms) in self.purses.iter().enumerate().filter(|(_, terms)| !terms.is_empty()) {
            linear.add(Kind::Wealth(node), terms, 0.0);
        }
        linear
    }

    /// The corners of what a touched slot and its sides can be.
    fn bundle(&self, slot: usize) -> Option<Bundle> {
        let (y, p) = (self.columns.touch[slot]?, self.columns.sides[slot]?);
        let most = [0, 1].map(|side| self.most(slot, side));
        let both = self.model.largest().min(most[0] + most[1]);
        let least = match self.model.slots[slot].touch {
            Touch::New(_) => self.fewest(),
            Touch::Existing(_) => 0,
        };
        let mut corners: Vec<[i64; 2]> = Vec::new();
        for sum in [least, both] {
            for first in 0..2 {
                let amount = most[first].min(sum);
                let mut ends = [sum - amount; 2];
                ends[first] = amount;
                corners.push(ends);
            }
        }
        for first in 0..2 {
            let mut ends = [0; 2];
            ends[first] = most[first].min(both);
            corners.push(ends);
        }
        let kept = |ends: &[i64; 2]| {
            ends[0] <= most[0]
                && ends[1] <= most[1]
                && ends[0] + ends[1] >= least
                && ends[0] + ends[1] <= both
        };
        corners.retain(kept);
        corners.sort_unstable();
        corners.dedup();
        let corners = corners.iter().map(|ends| ends.map(|amount| float(amount) / self.unit)).collect();
        Some(Bundle { columns: [y, p, p + 1], corners })
    }

    /// The purse of a node: what goes into touched channels is no more than what comes out and is brought.
    fn purse(&self, node: usize, open: &[usize]) -> Vec<(usize, f64)> {
        let model = self.model;
        let mut terms = Vec::new();
        for (slot, data) in model.slots.iter().enumerate() {
            let (Some(y), Some(p)) = (self.columns.touch[slot], self.columns.sides[slot]) else { continue };
            let Some(side) = (0..2).find(|&side| data.ends[side] == node) else { continue };
            let kept = match data.touch {
                // An existing channel may be closed, without its reserve.
                Touch::Existing(_) if !open.contains(&slot) => data.old[side] - model.fee,
                _ => data.old[side] - model.fee - model.reserve,
            };
            terms.push((p + side, 1.0));
            terms.extend((kept != 0).then(|| (y, -float(kept) / self.unit)));
        }
        if !terms.is_empty() {
            terms.extend(self.columns.funds[node].map(|g| (g, -float(model.free[node]) / self.unit)));
        }
        terms
    }

    /// Solves with cut generation, as long as `limits` allow; `go` is asked before every round of separation.
    pub(super) fn solve(
        &mut self,
        linear: &mut Linear,
        open: &[usize],
        cutoff: f64,
        limits: Rounds,
        go: &mut dyn FnMut() -> bool,
    ) -> Status {
        self.tolerance = limits.tolerance;
        let (mut idle, mut last) = (0, f64::INFINITY);
        for _ in 0..limits.most {
            let status = linear.simplex.run(cutoff, PIVOTS);
            if status != Status::Optimal {
                return status;
            }
            if idle >= limits.idle || !go() {
                break;
            }
            let objective = linear.simplex.objective();
            let fallen = (last - objective) / objective.abs().max(1.0);
            let plenty = if idle < EAGER && fallen >= limits.slow { PLENTY } else { usize::MAX };
            let added = self.separate(linear, open, limits, plenty);
            if added == 0 {
                return Status::Optimal;
            }
            idle = if fallen > IDLE { 0 } else { idle + 1 };
            last = objective;
        }
        Status::Limit
    }

    /// No plan is worth more, as far as floating point can tell.
    pub(super) fn bound(&self, linear: &Linear) -> u64 {
        u64::try_from(whole(linear.simplex.objective() + MARGIN)).unwrap_or(0)
    }

    pub(super) fn values(&self, linear: &Linear) -> Vec<f64> {
        (0..self.columns.count).map(|j| linear.simplex.value(j)).collect()
    }

    /// The least that both sides of an open touched channel together can send.
    pub(super) fn least(&self) -> f64 {
        float(self.fewest())
    }

    fn fewest(&self) -> i64 {
        (self.model.capacity[0] - 2 * self.model.reserve).max(0)
    }

    /// What the sides of a slot can send if it is touched, in satoshi.
    pub(super) fn sendable(&self, linear: &Linear, slot: usize) -> [f64; 2] {
        let side = |side: usize| {
            self.columns.sides[slot].map_or(0.0, |p| linear.simplex.value(p + side) * self.unit)
        };
        [side(0), side(1)]
    }

    /// Assumes that a slot is closed if it is touched.
    pub(super) fn close_slot(&self, linear: &mut Linear, slot: usize) {
        if let Some(y) = self.columns.touch[slot] {
            linear.simplex.allow(y, |corner| corner == [0.0; 2]);
        }
    }

    /// Assumes that a slot is open if it is touched, as others are: it holds its reserves.
    pub(super) fn open_slot(&self, linear: &mut Linear, slot: usize, open: &[usize]) {
        for node in self.model.slots[slot].ends {
            linear.add(Kind::Reserve(node), &self.purse(node, open), 0.0);
        }
    }

    /// Assumes that a side can send more than a limit, or not more.
    pub(super) fn limit_side(&self, linear: &mut Linear, slot: usize, side: usize, limit: u64, more: bool) {
        if let Some(p) = self.columns.sides[slot] {
            let limit = float(i64::try_from(limit).unwrap_or(i64::MAX));
            if more {
                linear.add(Kind::Assumed, &[(p + side, -1.0)], -(limit + 1.0) / self.unit);
            } else {
                linear.add(Kind::Assumed, &[(p + side, 1.0)], limit / self.unit);
            }
        }
    }

    /// The point of the relaxation, for making a plan of it.
    pub(super) fn point(&self, linear: &Linear) -> Point {
        let value = |column: &usize| linear.simplex.value(*column);
        let sides = |slot: usize| self.sendable(linear, slot).map(|amount| whole(amount + 1e-3));
        Point {
            demands: self.columns.demand.iter().map(value).collect(),
            touches: self.columns.touch.iter().map(|y| y.as_ref().map_or(0.0, value)).collect(),
            sendable: (0..self.model.slots.len()).map(sides).collect(),
        }
    }
}

fn sides_at(model: &Model) -> Vec<Vec<(usize, usize)>> {
    let mut at = vec![Vec::new(); model.nodes()];
    for (slot, data) in model.slots.iter().enumerate().filter(|(_, data)| data.touchable) {
        for side in 0..2 {
            at[data.ends[side]].push((slot, side));
        }
    }
    at
}

/// The mean amount of a demand, at least 1.
fn unit(model: &Model) -> f64 {
    let sum: f64 = model.wants.iter().map(|want| float(want.amount)).sum();
    let count = float(i64::try_from(model.wants.len()).unwrap_or(1));
    (sum / count.max(1.0)).max(1.0)
}
