//! What is kept of several rounds of a plan: the best parts, and the best bound with what proves it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::parts::Way;
use crate::check::{self, Branch, PartsGoal, Terms};
use crate::liquidity::ChannelGraph;

/// The best of several rounds: parts and bounds need not come from the same one.
#[derive(Debug)]
pub(super) struct Best {
    pub(super) ways: Vec<Way>,
    pub(super) value: f64,
    pub(super) potentials: Vec<f64>,
    pub(super) bound: f64,
    /// If they prove the bound in place of the potentials.
    pub(super) prices: Vec<f64>,
    /// If cases prove the bound in place of the potentials.
    pub(super) branches: Vec<Branch>,
}

impl Default for Best {
    fn default() -> Self {
        let (ways, potentials, prices, branches) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { ways, value: f64::INFINITY, potentials, bound: f64::NEG_INFINITY, prices, branches }
    }
}

impl Best {
    pub(super) fn parts(&mut self, value: f64, ways: Vec<Way>) {
        if value < self.value {
            (self.value, self.ways) = (value, ways);
        }
    }

    pub(super) fn bound(
        &mut self,
        graph: &ChannelGraph,
        goal: &PartsGoal<'_>,
        terms: &[Terms<'_>],
        potentials: Vec<f64>,
    ) {
        let of = |index: usize, price: f64| {
            let terms: &Terms<'_> = &terms[index];
            (!terms.is_flat(price)).then_some(*terms)
        };
        let bound = check::bound_with(graph, goal, &potentials, self.value, &BTreeMap::new(), of);
        if bound > self.bound {
            (self.bound, self.potentials) = (bound, potentials);
        }
    }

    /// Relative; infinite without parts.
    pub(super) fn gap(&self) -> f64 {
        if self.value.is_finite() { (self.value - self.bound) / self.value } else { f64::INFINITY }
    }

    pub(super) fn drop_parts(&mut self) {
        (self.value, self.ways) = (f64::INFINITY, Vec::new());
    }
}
