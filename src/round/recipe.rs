//! What it takes to make one demand feasible, as proposed by a [router](super::route).

use alloc::vec::Vec;

use super::model::Model;
use super::state::State;

/// What to do to make a demand feasible.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipe {
    /// Slots to touch.
    pub(super) opened: Vec<usize>,
    /// What sides of them give back to the purse.
    pub(super) released: Vec<(usize, usize, i64)>,
    /// What purses put into sides of touched slots.
    pub(super) filled: Vec<(usize, usize, i64)>,
}

impl Recipe {
    /// Carries the recipe out; false, leaving a state to be thrown away, if money or a limit is in the way.
    pub(super) fn commit(&self, model: &Model, state: &mut State) -> bool {
        for &slot in &self.opened {
            if !state.touch(model, slot) {
                return false;
            }
        }
        for &(slot, side, amount) in &self.released {
            let liquidity = &mut state.liquidity[model.arc(slot, side)];
            // Touching may already have put it in hand.
            let moved = amount.min(*liquidity);
            *liquidity -= moved;
            state.hand[model.slots[slot].ends[side]] += moved;
        }
        self.filled.iter().all(|&(slot, side, amount)| state.fill(model, slot, side, amount))
            && self.opened.iter().all(|&slot| state.top_up(model, slot))
    }
}
