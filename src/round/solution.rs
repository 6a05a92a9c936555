//! A finished plan of the search, and how plans compare.

use alloc::vec::Vec;

use super::model::Model;
use super::state::{Oracle, State};

/// A finished state with what it achieves.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) state: State,
    pub(super) met: Vec<bool>,
    pub(super) objective: u64,
}

impl Solution {
    /// More is better; then fewer touches; then less money fronted.
    pub(super) fn rank(&self) -> (u64, core::cmp::Reverse<(usize, i64)>) {
        (self.objective, core::cmp::Reverse((self.state.touches, self.state.fronted)))
    }
}

/// Which demands a state meets.
pub(super) fn evaluate(model: &Model, oracle: &mut Oracle, state: State) -> Solution {
    let met: Vec<bool> =
        (0..model.wants.len()).map(|demand| oracle.met(model, &state.liquidity, demand)).collect();
    let weights = model.wants.iter().zip(&met).filter(|(_, met)| **met).map(|(want, _)| want.weight);
    Solution { objective: weights.sum(), state, met }
}
