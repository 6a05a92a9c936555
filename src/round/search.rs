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

use super::elite::Elite;
use super::linear::Point;
use super::model::Model;
use super::recipe::Recipe;
use super::route::Router;
use super::solution::{Solution, evaluate};
use super::state::{Oracle, State};
use crate::random::Random;

/// A demand that the relaxation meets less than this will hardly be met.
const UNLIKELY: f64 = 0.01;
/// Touches dropped in an iteration at most.
const DROPPED: u64 = 4;
/// Iterations without a better plan before the search starts again.
const PATIENCE: u64 = 80;
/// How many iterations back late acceptance looks.
const MEMORY: usize = 16;

#[derive(Debug)]
pub(super) struct Search<'m> {
    pub(super) model: &'m Model,
    pub(super) oracle: Oracle,
    router: Router,
    backup: State,
    pub(super) seed: Random,
    iteration: u64,
    pub(super) current: Solution,
    pub(super) best: Solution,
    memory: Vec<u64>,
    pub(super) touchable: Vec<usize>,
    /// Demands that can be met at all.
    pub(super) hopeful: Vec<usize>,
    /// The point of the relaxation that biases what is tried.
    pub(super) guide: Option<Point>,
    pub(super) elite: Elite,
    /// Doing nothing.
    pub(super) start: Solution,
    /// The best objective since the search started again, and the iteration that found it.
    reached: u64,
    improved: u64,
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
            elite: Elite::default(),
            reached: 0,
            improved: 0,
            start: start.clone(),
            current: start,
        }
    }

    /// One iteration.
    pub(super) fn step(&mut self) {
        let noise = self.seed.stream(self.iteration);
        self.iteration += 1;
        if self.iteration - self.improved > PATIENCE {
            self.turn();
        }
        let mut slots = self.linked(noise.stream(6)).unwrap_or_else(|| self.ruin(noise.stream(1)));
        self.stray(&mut slots, noise.stream(5));
        let order = self.order(noise.stream(2));
        let focus = self.focus(noise.stream(3));
        let Some(candidate) = self.assemble(&slots, &order, focus, noise.stream(4)) else { return };
        let slot = usize::try_from(self.iteration % MEMORY as u64).unwrap_or(0);
        if candidate.objective > self.reached {
            (self.improved, self.reached) = (self.iteration, candidate.objective);
        }
        if candidate.rank() > self.best.rank() {
            self.best = candidate.clone();
        }
        self.elite.join(&candidate);
        if candidate.objective >= self.memory[slot] || candidate.rank() >= self.current.rank() {
            self.current = candidate;
        }
        self.memory[slot] = self.current.objective;
    }

    /// Starts again from nothing, biased by another point of the dive: a run that has found nothing for a while
    /// has settled, and another one is worth more than its tail.
    fn turn(&mut self) {
        if let Some(point) = self.elite.turn() {
            self.guide = Some(point);
        }
        self.current = self.start.clone();
        self.memory.fill(self.start.objective);
        (self.improved, self.reached) = (self.iteration, self.start.objective);
    }

    /// In one of six iterations the slots between two good plans.
    fn linked(&self, noise: Random) -> Option<Vec<usize>> {
        let most = self.model.max_touches;
        if noise.below(0, 6) > 0 {
            None
        } else {
            self.elite.relink(&self.current.state.touched, most, noise.stream(1))
        }
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

    /// How much a demand is to be favoured: its weight, more the more the relaxation meets it.
    pub(super) fn favour(&self, demand: usize) -> u64 {
        let met = self.guide.as_ref().map_or(0.0, |point| point.demands[demand]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and 80
        let share = (met.clamp(0.0, 1.0) * 80.0) as u64;
        self.model.wants[demand].weight.saturating_mul(10 + share)
    }

    pub(super) fn offer(&mut self, solution: Option<Solution>) {
        if let Some(solution) = &solution {
            self.elite.join(solution);
        }
        if let Some(solution) = solution.filter(|solution| solution.rank() > self.best.rank()) {
            self.best = solution;
        }
    }

    /// Touches a slot and takes all it holds in hand, or closes it: as asked, if its reserves matter and it exists,
    /// or where there is no other way. False, with the state as it was, if nothing goes.
    pub(super) fn touch(&mut self, state: &mut State, slot: usize, closing: bool) -> bool {
        let model = self.model;
        self.backup.copy_from(state);
        let close_first = closing && model.reserve > 0;
        for close in [close_first, !close_first] {
            if state.empty(model, slot, close) && state.solvent(model, slot) {
                return true;
            }
            state.copy_from(&self.backup);
        }
        false
    }

    pub(super) fn finish(&mut self, mut state: State) -> Option<Solution> {
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
    pub(super) fn assemble(
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
    pub(super) fn serve(&mut self, state: &mut State, demand: usize, opening: bool, noise: Random) -> bool {
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

pub(super) fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
