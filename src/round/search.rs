//! Ruin and recreate over touch sets.
//!
//! A solution is a set of touched slots and an order of the demands; [`Search::assemble`] turns it into a
//! [`State`]: the money of all touched slots is pooled in the purses, then demand after demand takes what
//! it needs along the cheapest paths (demands are alone, so what one demand made available the next uses
//! for nothing), first within the given slots, then by touching more. One iteration drops some touches of
//! the current solution, may put an unmet demand first, shuffles, assembles, and accepts by late
//! acceptance (Burke and Bykov, EJOR 258, 2017): not worse than the solution some iterations ago.
//! Everything is a function of (round, seed, number of iterations).

use alloc::vec;
use alloc::vec::Vec;

use super::linear::Point;
use super::model::{Model, sat};
use super::plan::Changes;
use super::route::{Recipe, Router};
use super::solution::{Solution, evaluate};
use super::state::{Oracle, State};
use crate::random::Random;

/// A demand that the relaxation meets less than this will hardly be met.
const UNLIKELY: f64 = 0.01;
/// Touches dropped in an iteration at most.
const DROPPED: u64 = 4;
/// How many iterations back late acceptance looks.
const MEMORY: usize = 16;

#[derive(Debug)]
pub(super) struct Search<'m> {
    model: &'m Model,
    pub(super) oracle: Oracle,
    router: Router,
    backup: State,
    seed: Random,
    iteration: u64,
    current: Solution,
    pub(super) best: Solution,
    memory: Vec<u64>,
    touchable: Vec<usize>,
    /// Demands that can be met at all.
    hopeful: Vec<usize>,
    /// The point of the relaxation that biases what is tried.
    guide: Option<Point>,
}

impl<'m> Search<'m> {
    /// Starts from doing nothing.
    pub(super) fn new(model: &'m Model, seed: u64) -> Self {
        let mut oracle = Oracle::new(model);
        let state = State::new(model);
        let start = evaluate(model, &mut oracle, state);
        Self {
            model,
            oracle,
            router: Router::new(model),
            backup: State::new(model),
            seed: Random::new(seed),
            iteration: 0,
            memory: vec![start.objective; MEMORY],
            touchable: (0..model.slots.len()).filter(|&slot| model.slots[slot].touchable).collect(),
            hopeful: (0..model.wants.len()).collect(),
            best: start.clone(),
            guide: None,
            current: start,
        }
    }

    /// One iteration.
    pub(super) fn step(&mut self) {
        let noise = self.seed.stream(self.iteration);
        self.iteration += 1;
        let mut slots = self.ruin(noise.stream(1));
        self.stray(&mut slots, noise.stream(5));
        let order = self.order(noise.stream(2));
        let focus = self.focus(noise.stream(3));
        let Some(candidate) = self.assemble(&slots, &order, focus, noise.stream(4)) else { return };
        let slot = usize::try_from(self.iteration % MEMORY as u64).unwrap_or(0);
        if candidate.rank() > self.best.rank() {
            self.best = candidate.clone();
        }
        if candidate.objective >= self.memory[slot] || candidate.rank() >= self.current.rank() {
            self.current = candidate;
        }
        self.memory[slot] = self.current.objective;
    }

    /// Leaves out demands that are worth nothing.
    pub(super) fn give_up(&mut self, worth: &[u64]) {
        self.hopeful.retain(|&demand| worth[demand] > 0);
    }

    /// Goes on from the best plan, biased by a point of the relaxation.
    pub(super) fn guide(&mut self, point: Point) {
        self.current = self.best.clone();
        self.memory.fill(self.best.objective);
        self.guide = Some(point);
    }

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

    /// How much a demand is to be favoured: its weight, more the more the relaxation meets it.
    fn favour(&self, demand: usize) -> u64 {
        let met = self.guide.as_ref().map_or(0.0, |point| point.demands[demand]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and 80
        let share = (met.clamp(0.0, 1.0) * 80.0) as u64;
        self.model.wants[demand].weight.saturating_mul(10 + share)
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

    fn offer(&mut self, solution: Option<Solution>) {
        if let Some(solution) = solution.filter(|solution| solution.rank() > self.best.rank()) {
            self.best = solution;
        }
    }

    /// The plan that touches these slots, gives their sides what a point says (`None` of the spread) and so much more,
    /// before demands are served in an order.
    fn exact(
        &mut self,
        slots: &[usize],
        order: &[usize],
        point: &Point,
        spread: impl Iterator<Item = Option<i64>>,
        noise: Random,
    ) -> Option<Solution> {
        let model = self.model;
        let mut state = State::new(model);
        let mut touched = Vec::new();
        for &slot in slots {
            if self.touch(&mut state, slot, point.sendable[slot] == [0, 0]) {
                touched.push(slot);
            }
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
        for &demand in order {
            self.serve(&mut state, demand, point.demands[demand] > 0.5, noise);
        }
        for &demand in order {
            if state.touches < model.max_touches {
                self.serve(&mut state, demand, true, noise);
            }
        }
        self.finish(state)
    }

    /// Touches a slot and takes all it holds in hand, or closes it: as asked, if its reserves matter and it exists,
    /// or where there is no other way. False, with the state as it was, if nothing goes.
    fn touch(&mut self, state: &mut State, slot: usize, closing: bool) -> bool {
        let model = self.model;
        self.backup.copy_from(state);
        let close_first = closing && model.reserve > 0;
        for close in [close_first, !close_first] {
            let done = if close { state.close(model, slot) } else { state.touch(model, slot, false) };
            if done {
                return true;
            }
            state.copy_from(&self.backup);
        }
        false
    }

    fn finish(&mut self, mut state: State) -> Option<Solution> {
        if !state.settle(self.model) {
            return None;
        }
        state.return_server_funds(self.model);
        Some(evaluate(self.model, &mut self.oracle, state))
    }

    /// The touched slots of the current solution but for some.
    fn ruin(&self, noise: Random) -> Vec<usize> {
        let touched = &self.current.state.touched;
        let slots: Vec<usize> = (0..touched.len()).filter(|&slot| touched[slot]).collect();
        let count = slots.len() as u64;
        if count == 0 {
            return slots;
        }
        if noise.below(0, 4) == 0 {
            // All touches at one participant.
            let around = self.model.slots[slots[index(noise.below(1, count))]].ends[index(noise.below(2, 2))];
            let apart = |&slot: &usize| !self.model.slots[slot].ends.contains(&around);
            return slots.into_iter().filter(apart).collect();
        }
        let dropped = 1 + noise.below(3, DROPPED.min(count));
        let mut keyed: Vec<(u64, usize)> =
            slots.into_iter().map(|slot| (noise.bits(16 + slot as u64), slot)).collect();
        keyed.sort_unstable();
        keyed.into_iter().skip(index(dropped)).map(|(_, slot)| slot).collect()
    }

    /// In a quarter of the iterations one or two touches that no path asked for: their money is pooled, so
    /// plans that close a channel to fill another one are found.
    fn stray(&self, slots: &mut Vec<usize>, noise: Random) {
        if self.touchable.is_empty() || noise.below(0, 4) > 0 {
            return;
        }
        for i in 0..=noise.below(1, 2) {
            let slot = self.touchable[index(noise.below(2 + i, self.touchable.len() as u64))];
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
    }

    /// Met demands first, each group shuffled so that heavier ones tend to come early.
    fn order(&self, noise: Random) -> Vec<usize> {
        let mut keyed: Vec<(bool, u64, usize)> = self
            .hopeful
            .iter()
            .map(|&demand| {
                let key = noise.bits(demand as u64) / self.favour(demand);
                (!self.current.met[demand], key, demand)
            })
            .collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, _, demand)| demand).collect()
    }

    /// In half of the iterations an unmet demand to serve before all others, drawn by favour.
    fn focus(&self, noise: Random) -> Option<usize> {
        let weight = |demand: usize| if self.current.met[demand] { 0 } else { self.favour(demand) };
        let total: u64 = self.hopeful.iter().copied().map(weight).sum();
        if total == 0 || noise.below(0, 2) == 0 {
            return None;
        }
        let mut rest = noise.below(1, total);
        self.hopeful.iter().copied().find(|&demand| {
            let found = rest < weight(demand);
            rest = rest.saturating_sub(weight(demand));
            found
        })
    }

    /// Builds a solution on some slots for the demands in an order.
    fn assemble(
        &mut self,
        slots: &[usize],
        order: &[usize],
        focus: Option<usize>,
        noise: Random,
    ) -> Option<Solution> {
        let mut state = State::new(self.model);
        for &slot in slots {
            self.touch(&mut state, slot, false);
        }
        if let Some(demand) = focus {
            self.serve(&mut state, demand, true, noise);
        }
        let mut unmet = Vec::new();
        for &demand in order {
            if !self.serve(&mut state, demand, false, noise) {
                unmet.push(demand);
            }
        }
        for demand in unmet {
            // What the relaxation does not meet at all is rarely tried: most of those searches fail.
            let unlikely = self.guide.as_ref().is_some_and(|point| point.demands[demand] < UNLIKELY);
            let skipped = unlikely && noise.below(u64::MAX / 2 - demand as u64, 4) > 0;
            if state.touches < self.model.max_touches && !skipped {
                self.serve(&mut state, demand, true, noise);
            }
        }
        self.finish(state)
    }

    /// Makes a demand feasible if it is not; false, with the state as it was, if no way was found.
    fn serve(&mut self, state: &mut State, demand: usize, opening: bool, noise: Random) -> bool {
        if self.oracle.met(self.model, &state.liquidity, demand) {
            return true;
        }
        if noise.below(u64::MAX - demand as u64, 8) > 0 && self.repeat(state, demand, opening) {
            return true;
        }
        let guide = self.guide.as_ref().map_or(&[][..], |point| &point.touches);
        let Some(recipe) = self.router.route(self.model, state, demand, opening, noise, guide) else {
            return false;
        };
        self.backup.copy_from(state);
        if recipe.commit(self.model, state) && self.oracle.met(self.model, &state.liquidity, demand) {
            return true;
        }
        state.copy_from(&self.backup);
        false
    }

    /// Makes a demand feasible along the flow that paid it last, by filling up what that flow lacks: most
    /// demands want what they had, and a look at one flow is much cheaper than shortest paths.
    fn repeat(&mut self, state: &mut State, demand: usize, opening: bool) -> bool {
        let model = self.model;
        let mut recipe = Recipe::default();
        for &(arc, amount) in self.oracle.flow(demand) {
            let arc = arc as usize;
            let lack = amount - model.held(&model.wants[demand], &state.liquidity, arc);
            if lack > 0 {
                let slot = model.slot_of(arc);
                if !state.touched[slot] {
                    if !opening || !state.affordable(model, slot) {
                        return false;
                    }
                    recipe.opened.push(slot);
                }
                recipe.filled.push((slot, usize::from(model.arc(slot, 0) != arc), lack));
            }
        }
        if recipe.filled.is_empty() {
            return false;
        }
        self.backup.copy_from(state);
        if recipe.commit(model, state) && self.oracle.met(model, &state.liquidity, demand) {
            return true;
        }
        state.copy_from(&self.backup);
        false
    }
}

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
