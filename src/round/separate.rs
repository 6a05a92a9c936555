//! Separation: the rows that a point of the relaxation violates.
//!
//! For every demand in turn, the cheapest way that decides: a flow that carried it at an earlier point and still
//! does, a cut found earlier that the point violates, and only then a max flow on the capacities that the point gives
//! it, scaled so that fractions of a satoshi count, with its minimum cuts nearest to sender and receiver.

use alloc::vec;
use alloc::vec::Vec;

use super::bound::far_side;
use super::linear::{CutRow, Kind, Linear, Program, float, whole};
use super::model::Want;
use super::plan::Touch;
use super::state::{push, used};

/// A cut row must be violated by this share of its deficit to be added.
const VIOLATED: f64 = 1e-4;
/// Amounts are scaled up to this where a point is tested.
const FINE: f64 = 1_073_741_824.0;

impl Program<'_> {
    /// Adds rows that the point violates; returns how many.
    pub(super) fn separate(&mut self, linear: &mut Linear, open: &[usize]) -> usize {
        let before = linear.kinds.len();
        linear.purge(self.columns.count);
        self.bounds(linear, open);
        let point = self.values(linear);
        for demand in 0..self.model.wants.len() {
            let x = point[self.columns.demand[demand]];
            if x <= 1e-5 || self.carried(demand, x, &point) || self.recall(linear, demand, &point) {
                continue;
            }
            let mut last = None;
            for side in self.cuts_at(demand, x, &point) {
                if let Some(row) = self.row(demand, side, &point).filter(|row| last.as_ref() != Some(row)) {
                    linear.add(Kind::Cut(self.cuts.len()), &row.terms, row.limit);
                    self.known[demand].push(self.cuts.len());
                    self.cuts.push(row.clone());
                    last = Some(row);
                }
            }
        }
        linear.kinds.len() - before
    }

    /// What a point lets a side of a slot send for a demand that is met as far as `x`.
    fn room(&self, demand: usize, x: f64, point: &[f64], slot: usize, side: usize) -> f64 {
        let want = &self.model.wants[demand];
        let amount = want.amount;
        let old = float(self.model.spendable(want, slot, side).min(amount));
        match (self.columns.touch[slot], self.columns.sides[slot]) {
            (Some(y), Some(p)) => {
                let new = (point[p + side] * self.unit).min(float(amount) * point[y]);
                (old * x.min(1.0 - point[y]) + new).max(0.0)
            }
            _ => old * x,
        }
    }

    /// Whether the flow that carried a demand last does so again.
    fn carried(&self, demand: usize, x: f64, point: &[f64]) -> bool {
        let (sent, flow) = &self.flows[demand];
        let scale = float(self.model.wants[demand].amount) * x / float((*sent).max(1));
        let slack = float(self.model.wants[demand].amount) * VIOLATED * 0.01;
        !flow.is_empty()
            && flow.iter().all(|&(arc, amount)| {
                let slot = self.model.slot_of(arc as usize);
                let side = usize::from(self.model.arc(slot, 0) != arc as usize);
                self.room(demand, x, point, slot, side) + slack >= float(amount) * scale
            })
    }

    /// Adds the known cut of a demand that the point violates most, if it violates any.
    fn recall(&self, linear: &mut Linear, demand: usize, point: &[f64]) -> bool {
        let excess = |cut: &usize| {
            let row = &self.cuts[*cut];
            row.terms.iter().map(|&(j, factor)| factor * point[j]).sum::<f64>() - row.limit
        };
        let worst =
            self.known[demand].iter().map(|cut| (excess(cut), *cut)).max_by(|a, b| a.0.total_cmp(&b.0));
        match worst.filter(|(excess, _)| *excess > VIOLATED) {
            Some((_, cut)) => {
                linear.add(Kind::Cut(cut), &self.cuts[cut].terms, self.cuts[cut].limit);
                true
            }
            None => false,
        }
    }

    /// p <= M y and the sum of both sides, where violated.
    fn bounds(&self, linear: &mut Linear, open: &[usize]) {
        let least = self.least() / self.unit;
        let most = float(self.model.largest()) / self.unit;
        for slot in 0..self.model.slots.len() {
            let (Some(y), Some(p)) = (self.columns.touch[slot], self.columns.sides[slot]) else { continue };
            let share = linear.simplex.value(y);
            let amounts = [0, 1].map(|side| linear.simplex.value(p + side));
            if amounts[0] + amounts[1] > most * share + 1e-6 {
                linear.add(Kind::Box, &[(p, 1.0), (p + 1, 1.0), (y, -most)], 0.0);
            }
            let new = matches!(self.model.slots[slot].touch, Touch::New(_));
            if (new || open.contains(&slot)) && amounts[0] + amounts[1] < least * share - 1e-7 {
                linear.add(Kind::Box, &[(p, -1.0), (p + 1, -1.0), (y, least)], 0.0);
            }
            for (side, amount) in amounts.into_iter().enumerate() {
                let cap = float(self.most(slot, side)) / self.unit;
                if cap < most && amount > cap * share + 1e-6 {
                    linear.add(Kind::Box, &[(p + side, 1.0), (y, -cap)], 0.0);
                }
            }
        }
    }

    /// The minimum cuts of a demand at a point, nearest to sender and receiver, if they are violated.
    fn cuts_at(&mut self, demand: usize, x: f64, point: &[f64]) -> Vec<Vec<bool>> {
        let model = self.model;
        let want = model.wants[demand];
        let amount = float(want.amount);
        // Fractions of small amounts count too.
        let scale = (FINE / amount).max(1.0);
        self.residual.clear();
        self.residual.resize(model.flat.arc_count(), 0);
        for slot in 0..model.slots.len() {
            for side in 0..2 {
                self.residual[model.arc(slot, side)] = whole(self.room(demand, x, point, slot, side) * scale);
            }
        }
        self.before.clone_from(&self.residual);
        let target = Want { amount: whole(amount * x * scale), ..want };
        let pushed = push(&model.flat, &mut self.residual, &target, &mut self.scratch);
        if pushed >= target.amount || float(pushed) >= amount * (x - VIOLATED) * scale {
            self.flows[demand] = (pushed, used(self.before.iter().copied(), &self.residual));
            return Vec::new();
        }
        let near: Vec<bool> = (0..model.nodes()).map(|node| self.scratch.reached(node)).collect();
        let far = far_side(&model.flat, &self.residual, want.receiver);
        if near == far { vec![near] } else { vec![near, far] }
    }

    /// The row of a set with the lifting that the point violates most, if it does.
    fn row(&self, demand: usize, side: Vec<bool>, point: &[f64]) -> Option<CutRow> {
        let model = self.model;
        let want = &model.wants[demand];
        let mut deficit = want.amount;
        let leaving = |ends: [usize; 2]| match ends.map(|end| side[end]) {
            [true, false] => Some(0),
            [false, true] => Some(1),
            _ => None,
        };
        for (slot, data) in model.slots.iter().enumerate().filter(|(_, data)| !data.touchable) {
            deficit -= leaving(data.ends).map_or(0, |inner| model.spendable(want, slot, inner));
        }
        if deficit <= 0 {
            return None;
        }
        let mut lifted = Vec::new();
        let mut terms = vec![(self.columns.demand[demand], 1.0)];
        let mut limit = 0.0;
        for (slot, data) in model.slots.iter().enumerate() {
            let (Some(y), Some(p)) = (self.columns.touch[slot], self.columns.sides[slot]) else { continue };
            let Some(inner) = leaving(data.ends) else { continue };
            let lift = float(self.most(slot, inner).min(deficit));
            let old = float(data.spendable[inner].min(deficit));
            let mut factor = old;
            if lift * point[y] <= point[p + inner] * self.unit {
                lifted.push(slot);
                factor -= lift;
            } else {
                terms.push((p + inner, -self.unit / float(deficit)));
            }
            limit += old / float(deficit);
            if factor != 0.0 {
                terms.push((y, factor / float(deficit)));
            }
        }
        let reached: f64 = terms.iter().map(|&(j, factor)| factor * point[j]).sum();
        (reached > limit + VIOLATED).then_some(CutRow { demand, side, lifted, deficit, terms, limit })
    }
}
