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

use super::model::Model;
use super::route::{Recipe, Router};
use super::state::{Oracle, State};
use crate::random::Random;

/// A finished state with what it achieves.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) state: State,
    pub(super) met: Vec<bool>,
    pub(super) objective: u64,
}

impl Solution {
    /// More is better; then fewer touches; then less money fronted.
    fn rank(&self) -> (u64, core::cmp::Reverse<(usize, i64)>) {
        (self.objective, core::cmp::Reverse((self.state.touches, self.state.fronted)))
    }
}

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
            best: start.clone(),
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
        let dropped = noise.below(3, count.div_ceil(3) + 1);
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
        let mut keyed: Vec<(bool, u64, usize)> = (0..self.model.wants.len())
            .map(|demand| {
                let key = noise.bits(demand as u64) / self.model.wants[demand].weight;
                (!self.current.met[demand], key, demand)
            })
            .collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, _, demand)| demand).collect()
    }

    /// In half of the iterations an unmet demand to serve before all others, drawn by weight.
    fn focus(&self, noise: Random) -> Option<usize> {
        let weight =
            |demand: usize| if self.current.met[demand] { 0 } else { self.model.wants[demand].weight };
        let total: u64 = (0..self.current.met.len()).map(weight).sum();
        if total == 0 || noise.below(0, 2) == 0 {
            return None;
        }
        let mut rest = noise.below(1, total);
        (0..self.current.met.len()).find(|&demand| {
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
            self.backup.copy_from(&state);
            if !state.touch(self.model, slot, false) {
                state.copy_from(&self.backup);
            }
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
            if state.touches < self.model.max_touches {
                self.serve(&mut state, demand, true, noise);
            }
        }
        if !state.settle(self.model) {
            return None;
        }
        state.return_server_funds(self.model);
        Some(evaluate(self.model, &mut self.oracle, state))
    }

    /// Makes a demand feasible if it is not; false, with the state as it was, if no way was found.
    fn serve(&mut self, state: &mut State, demand: usize, opening: bool, noise: Random) -> bool {
        if self.oracle.met(self.model, &state.liquidity, demand) {
            return true;
        }
        if noise.below(u64::MAX - demand as u64, 8) > 0 && self.repeat(state, demand, opening) {
            return true;
        }
        let Some(recipe) = self.router.route(self.model, state, demand, opening, noise) else { return false };
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
            let lack = amount - state.liquidity[arc];
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

fn evaluate(model: &Model, oracle: &mut Oracle, state: State) -> Solution {
    let met: Vec<bool> =
        (0..model.wants.len()).map(|demand| oracle.met(model, &state.liquidity, demand)).collect();
    let weights = model.wants.iter().zip(&met).filter(|(_, met)| **met).map(|(want, _)| want.weight);
    Solution { objective: weights.sum(), state, met }
}

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
