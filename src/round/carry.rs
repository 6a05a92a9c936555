//! From a point of the relaxation, or from earlier changes, to plans.
//!
//! A point is carried out twice: with its amounts as they are, and by serving demands anew in the order in which the
//! point meets them, with the slots that it touches most.

use alloc::vec;
use alloc::vec::Vec;

use super::linear::Point;
use super::model::sat;
use super::plan::Changes;
use super::search::Search;
use super::solution::Solution;
use super::state::State;
use crate::random::Random;

impl Search<'_> {
    /// Starts from the plan that makes some changes, as far as the rules let it.
    pub(super) fn start_from(&mut self, changes: &Changes) {
        let point = self.remembered(changes);
        self.carry_out(&point);
        self.current = self.best.clone();
    }

    /// Starts from the plan nearest to a point: its amounts as they are, unless serving demands anew is better.
    pub(super) fn stay_near(&mut self, point: Point) {
        let (slots, order) = self.sequence(&point);
        let noise = self.seed.stream(u64::MAX);
        let exact = self.exact(&slots, &order, &point, [None].into_iter(), noise);
        self.offer(exact);
        let built = self.assemble(&slots, &order, None, noise);
        self.offer(built.filter(|built| built.objective > self.best.objective));
        self.guide(point);
    }

    /// Changes as a point of the relaxation that meets every demand.
    pub(super) fn remembered(&self, changes: &Changes) -> Point {
        let model = self.model;
        let mut point = Point {
            demands: vec![1.0; model.wants.len()],
            touches: vec![0.0; model.slots.len()],
            sendable: vec![[0; 2]; model.slots.len()],
        };
        for reshape in &changes.touched {
            let slot = model.slots.iter().position(|slot| slot.touch == reshape.channel && slot.touchable);
            if let Some(slot) = slot {
                point.touches[slot] = 1.0;
                let balances = [reshape.balance_u, reshape.balance_v];
                point.sendable[slot] = balances.map(|balance| (sat(balance) - model.reserve).max(0));
            }
        }
        point
    }

    /// Makes plans of a point of a dive, and may turn to it later.
    pub(super) fn pass(&mut self, point: Point) {
        self.carry_out(&point);
        self.elite.remember(point);
    }

    /// Makes plans of a point of the relaxation: with its amounts, and by serving demands anew, both in the
    /// order in which the point meets them. Keeps what is better than the best.
    pub(super) fn carry_out(&mut self, point: &Point) {
        let (slots, order) = self.sequence(point);
        let noise = self.seed.stream(u64::MAX);
        let spread = [None, Some(1), Some(1)].into_iter();
        let exact = self.exact(&slots, &order, point, spread, noise);
        self.offer(exact);
        let built = self.assemble(&slots, &order, None, noise);
        self.offer(built);
    }

    /// The slots that a point touches and the demands, those that it touches or meets most first.
    fn sequence(&self, point: &Point) -> (Vec<usize>, Vec<usize>) {
        let mut slots: Vec<usize> =
            self.touchable.iter().copied().filter(|&slot| point.touches[slot] > 1e-6).collect();
        slots.sort_by(|&a, &b| point.touches[b].total_cmp(&point.touches[a]).then(a.cmp(&b)));
        slots.truncate(self.model.max_touches);
        let mut order = self.hopeful.clone();
        order.sort_by(|&a, &b| point.demands[b].total_cmp(&point.demands[a]).then(a.cmp(&b)));
        (slots, order)
    }

    /// The plan that touches these slots, gives their sides what a point says (`None` of the spread) and so much more,
    /// before demands are served in an order.
    pub(super) fn exact(
        &mut self,
        slots: &[usize],
        order: &[usize],
        point: &Point,
        spread: impl Iterator<Item = Option<i64>>,
        noise: Random,
    ) -> Option<Solution> {
        let model = self.model;
        let closing = |slot: usize| point.sendable[slot] == [0, 0];
        let (mut state, mut touched) = (State::new(model), slots.to_vec());
        // All at once: what one channel holds may pay for the reserve of another.
        let all = slots.iter().all(|&slot| state.empty(model, slot, closing(slot) && model.reserve > 0))
            && (0..model.nodes()).all(|node| state.raise(model, node, 0));
        if !all {
            state = State::new(model);
            touched.retain(|&slot| self.touch(&mut state, slot, closing(slot)));
        }
        // The amounts first, then single satoshi that rounding left over.
        for extra in spread {
            for &slot in &touched {
                for side in 0..2 {
                    let planned = point.sendable[slot][side];
                    let node = model.slots[slot].ends[side];
                    let room = model.largest() - state.sendable(model, slot);
                    let within = state.hand[node] + state.available(model, node);
                    let amount = extra.unwrap_or(planned).min(room).min(within);
                    if planned > 0 && amount > 0 {
                        state.fill(model, slot, side, amount);
                    }
                }
            }
        }
        // What is served beyond the point may take what a channel needs to be large enough, or what it had.
        let plain = state.clone();
        for &demand in order {
            self.serve(&mut state, demand, point.demands[demand] > 0.5, noise);
        }
        for &demand in order {
            if state.touches < model.max_touches {
                self.serve(&mut state, demand, true, noise);
            }
        }
        let plain = if plain == state { None } else { self.finish(plain) };
        let served = self.finish(state);
        let worth = |found: &Option<Solution>| found.as_ref().map(|found| found.objective);
        if worth(&served) >= worth(&plain) { served } else { plain }
    }
}
