//! Separation: the rows that a point of the relaxation violates.
//!
//! For every demand in turn, the cheapest way that decides: a flow that carried it at an earlier point and still
//! does, a cut found earlier that the point violates, and only then a flow on the capacities that the point gives
//! it, scaled so that fractions of a satoshi count, which ends at the amount or at a cut that rules it out.

use alloc::vec;
use alloc::vec::Vec;

use super::cuts::{CutRow, UNMET};
use super::linear::{Program, Rounds, float, whole};
use super::lookout::Asked;
use super::model::Role;
use super::tableau::{Kind, Linear};

/// Amounts are scaled up to this where a point is tested.
const FINE: f64 = 1_073_741_824.0;

/// Bounds violated less are not.
const ROUNDED: f64 = 2e-7;

/// Purses overdrawn by less are not.
const SPENT: f64 = 1e-6;

/// How far the inner point follows the points of the relaxation.
const INWARD: f64 = 0.3;

impl Program<'_> {
    /// Adds rows that the point violates; returns how many.
    pub(super) fn separate(
        &mut self,
        linear: &mut Linear,
        open: &[usize],
        limits: Rounds,
        plenty: usize,
    ) -> usize {
        let before = linear.kinds.len();
        linear.purge();
        let point = self.values(linear);
        self.bounds(linear, open, &point);
        if self.inner.is_empty() {
            self.inner.clone_from(&point);
        }
        for (inner, &value) in self.inner.iter_mut().zip(&point) {
            *inner += INWARD * (value - *inner);
        }
        let mut covered = vec![false; self.model.wants.len()];
        let mut rows: Vec<(f64, CutRow)> =
            (0..self.sets.len()).filter_map(|set| self.worst_row(set, &point, &self.inner)).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, row) in rows {
            self.add_row(linear, row, &mut covered);
        }
        self.recall(linear, &point);
        if linear.kinds.len() - before >= plenty || !limits.flows {
            return linear.kinds.len() - before;
        }
        for demand in 0..self.model.wants.len() {
            let x = point[self.columns.demand[demand]];
            if x <= UNMET || covered[demand] || self.carried(demand, x, &point) {
                continue;
            }
            if let Some(side) = self.cut_at(demand, x, &point) {
                let set = self.set(side);
                if let Some((_, row)) = self.worst_row(set, &point, &self.inner) {
                    covered[row.demands[0]] = false;
                    self.add_row(linear, row, &mut covered);
                }
            }
        }
        if linear.kinds.len() - before < plenty && limits.roundings {
            self.add_roundings(linear, &point);
        }
        linear.kinds.len() - before
    }

    /// Adds a row unless its largest demand has one already.
    fn add_row(&mut self, linear: &mut Linear, row: CutRow, covered: &mut [bool]) {
        if covered[row.demands[0]] {
            return;
        }
        for &demand in &row.demands {
            covered[demand] = true;
        }
        let cut = self.intern(row);
        linear.add(Kind::Cut(cut), &self.cuts[cut].terms, self.cuts[cut].limit);
    }

    /// What a point lets a wide arc carry for a demand that is met as far as `x`.
    fn room(&self, demand: usize, x: f64, point: &[f64], role: Role, side: usize) -> f64 {
        let model = self.model;
        let want = &model.wants[demand];
        let amount = want.amount;
        let touch = |slot: usize| self.columns.touch[slot].map_or(0.0, |y| point[y]);
        match role {
            Role::Channel(slot) => {
                let old = float(model.spendable(want, slot, side).min(amount));
                old * x.min(1.0 - touch(slot))
            }
            _ if side == 1 => 0.0,
            Role::Hand(_) => 0.0,
            Role::Fill(slot, side) => {
                let filled = self.columns.sides[slot].map_or(0.0, |p| point[p + side] * self.unit);
                filled.min(float(amount.min(self.most(slot, side))) * touch(slot))
            }
            Role::Free(node) => {
                let funds = if node == model.server { i64::MAX } else { amount }.min(model.free[node]);
                self.columns.funds[node].map_or(0.0, |g| float(funds) * point[g])
            }
            Role::Release(slot, side) => {
                float((model.slots[slot].old[side] - model.fee).clamp(0, amount)) * touch(slot)
            }
        }
        .max(0.0)
    }

    /// Whether the flow that carried a demand last does so again.
    fn carried(&self, demand: usize, x: f64, point: &[f64]) -> bool {
        let model = self.model;
        let (sent, flow) = &self.flows[demand];
        let scale = float(model.wants[demand].amount) * x / float((*sent).max(1));
        let slack = float(model.wants[demand].amount) * self.tolerance * 0.01;
        !flow.is_empty()
            && flow.iter().all(|&(arc, amount)| {
                let edge = model.edge_of[arc as usize] as usize;
                let side = usize::from(model.wide.forward(edge) != arc as usize);
                self.room(demand, x, point, model.roles[edge], side) + slack >= float(amount) * scale
            })
    }

    /// y <= 1, purses, and what open channels send at least, where violated.
    fn bounds(&self, linear: &mut Linear, open: &[usize], point: &[f64]) {
        for (node, terms) in self.purses.iter().enumerate() {
            let used: f64 = terms.iter().map(|&(j, factor)| factor * point[j]).sum();
            if used > SPENT {
                linear.add(Kind::Wealth(node), terms, 0.0);
            }
        }
        let least = self.least() / self.unit;
        for slot in 0..self.model.slots.len() {
            let (Some(y), Some(p)) = (self.columns.touch[slot], self.columns.sides[slot]) else { continue };
            let share = point[y];
            if share > 1.0 + ROUNDED {
                linear.add(Kind::Box, &[(y, 1.0)], 1.0);
            }
            if open.contains(&slot) {
                let both = point[p] + point[p + 1];
                if both < least * share - ROUNDED {
                    linear.add(Kind::Box, &[(p, -1.0), (p + 1, -1.0), (y, least)], 0.0);
                }
            }
        }
    }

    /// A cut that keeps a demand from being met as far as the point says, from one of its ends; else the flow is kept.
    fn cut_at(&mut self, demand: usize, x: f64, point: &[f64]) -> Option<Vec<bool>> {
        let model = self.model;
        let want = model.wants[demand];
        let amount = float(want.amount);
        // Fractions of small amounts count too.
        let scale = (FINE / amount).max(1.0);
        let lack = whole(amount * (x - self.tolerance) * scale);
        let asked = Asked { from: want.sender, to: want.receiver, amount: lack, most: false };
        let mut lookout = core::mem::take(&mut self.lookout);
        let room = |edge: usize, side| whole(self.room(demand, x, point, model.roles[edge], side) * scale);
        let (sent, exhausted) = lookout.run(&model.wide, &model.edge_of, asked, room);
        if exhausted.is_none() {
            self.flows[demand] = (sent, lookout.flow(&model.wide));
        }
        let side = exhausted.map(|end| lookout.side(model.nodes(), end));
        self.lookout = lookout;
        side
    }
}
