//! Ways that served a demand and cuts that refused it.
//!
//! Only arcs that touches can change are kept of either, so that a look at a few capacities decides.

use alloc::vec::Vec;

use super::seeker::Seeker;
use crate::round::model::{Model, Want};

/// Ways remembered for a demand, and cuts of either kind.
const WAYS: usize = 10;
const CUTS: usize = 8;

/// A flow over an arc that touches can change, and the side of a touched slot that it goes into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) arc: u32,
    /// The arc by which what went into a touched slot leaves it.
    pub(super) out: u32,
    pub(super) into: Option<(u32, u8)>,
    pub(super) amount: i64,
}

/// A flow over arcs that touches can change.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) steps: Vec<Step>,
    /// The arc that did not carry enough last, and how much it must carry.
    lacked: (u32, i64),
    /// Whether money is part of it, so that a demand can be met alone where it fits.
    pub(super) paid: bool,
}

/// What crosses a cut: so much always, and what some arcs carry.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    always: i64,
    pub(super) arcs: Vec<u32>,
}

impl Cut {
    pub(super) fn new(model: &Model, arcs: Vec<u32>, capacity: &[i64]) -> Self {
        let (arcs, fixed): (Vec<u32>, Vec<u32>) =
            arcs.into_iter().partition(|&arc| changeable(model, model.edge_of[arc as usize] as usize));
        let always = fixed.into_iter().fold(0_i64, |sum, arc| sum.saturating_add(capacity[arc as usize]));
        Self { always, arcs }
    }

    pub(super) fn refuses(&self, capacity: &[i64], amount: i64) -> bool {
        let enough = |sum: i64, &arc: &u32| Some(sum + capacity[arc as usize]).filter(|&sum| sum < amount);
        self.always < amount && self.arcs.iter().try_fold(self.always, enough).is_some()
    }
}

/// What decided a demand, the last one first.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) ways: Vec<Way>,
    pub(super) cuts: Vec<Cut>,
    /// What kept it from its share of the purses.
    pub(super) short: Vec<Cut>,
}

impl Known {
    /// Whether channels that no touch changes carry the demand.
    pub(super) fn is_sure(&self) -> bool {
        self.ways.first().is_some_and(|way| way.steps.is_empty())
    }

    /// Whether the demand could be met with these capacities; what says so is kept.
    pub(super) fn meets(
        &mut self,
        seeker: &mut Seeker,
        model: &Model,
        want: &Want,
        capacity: &[i64],
    ) -> bool {
        if refused(&mut self.cuts, capacity, want.amount) {
            return false;
        }
        if self.ways.iter_mut().any(|way| way.paid && way.fits(capacity)) {
            return true;
        }
        match seeker.thrifty(model, want, capacity) {
            Ok(steps) => self.learn(Way::new(steps, true)),
            Err(cut) => {
                remember(&mut self.cuts, cut, CUTS);
                return false;
            }
        }
        true
    }

    /// Whether a known cut keeps it from its share of what is left.
    pub(super) fn falls_short(&mut self, rest: &[i64], want: &Want) -> bool {
        refused(&mut self.short, rest, want.amount)
    }

    /// Keeps a way, the channels that must be touched first: they decide soonest whether it fits.
    pub(super) fn learn(&mut self, mut way: Way) {
        way.steps.sort_by_key(|step| step.into.is_none());
        remember(&mut self.ways, way, WAYS);
    }

    pub(super) fn learn_short(&mut self, cut: Cut) {
        remember(&mut self.short, cut, CUTS);
    }
}

impl Way {
    pub(super) fn new(steps: Vec<Step>, paid: bool) -> Self {
        Self { steps, lacked: (0, i64::MIN), paid }
    }

    /// Whether arcs carry enough; what does not is looked at first the next time.
    pub(super) fn fits(&mut self, capacity: &[i64]) -> bool {
        let (arc, amount) = self.lacked;
        if capacity[arc as usize] < amount {
            return false;
        }
        let lack = self.steps.iter().find(|step| capacity[step.arc as usize] < step.amount);
        self.lacked = lack.map_or(self.lacked, |step| (step.arc, step.amount));
        lack.is_none()
    }
}

/// Whether one of some cuts refuses an amount; it is the first afterwards.
fn refused(cuts: &mut [Cut], capacity: &[i64], amount: i64) -> bool {
    let found = cuts.iter().position(|cut| cut.refuses(capacity, amount));
    if let Some(at) = found {
        cuts.swap(0, at);
    }
    found.is_some()
}

/// Whether touches can change what an edge carries.
pub(super) fn changeable(model: &Model, edge: usize) -> bool {
    model.slots.get(edge).is_none_or(|slot| slot.touchable)
}

/// Puts what decided first, and forgets what is beyond `most`.
fn remember<T>(list: &mut Vec<T>, found: T, most: usize) {
    if list.len() == most {
        list.pop();
    }
    list.insert(0, found);
}
