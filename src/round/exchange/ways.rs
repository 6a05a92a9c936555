//! Ways that served a demand and cuts that refused it.
//!
//! Only arcs that touches can change are kept of either, so that a look at a few capacities decides.

use alloc::vec::Vec;

use super::arcs::position;
use super::seeker::Seeker;
use crate::round::model::{Model, Role, Want};

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

/// What a way puts into one side of a touched slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Put {
    pub(super) slot: u32,
    pub(super) side: u8,
    /// The arc by which it leaves the slot.
    pub(super) out: u32,
    pub(super) amount: i64,
}

/// A flow over arcs that touches can change. It fits a set of touches if they are made where it puts something in, and not
/// made where it takes a channel as it is: both carry then what they carried when it was found.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Twice a slot, and one more if it must be touched; those that must come first, since they decide soonest.
    conditions: Vec<u32>,
    pub(super) puts: Vec<Put>,
    /// What it takes out of purses, if money is part of it, so that a demand can be met alone where it fits.
    paid: Option<Vec<(u32, i64)>>,
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
    /// Whether channels that no touch changes carry the demand.
    pub(super) sure: bool,
    /// Whether it could be met when that was asked last.
    met: bool,
    /// For each way the condition that did not hold last.
    pub(super) lacked: [u32; WAYS],
    pub(super) ways: Vec<Way>,
    pub(super) cuts: Vec<Cut>,
    /// What kept it from its share of the purses.
    pub(super) short: Vec<Cut>,
}

impl Known {
    /// Makes a way the first.
    pub(super) fn prefer(&mut self, at: usize) {
        if at > 0 {
            self.ways.swap(0, at);
            self.lacked.swap(0, at);
        }
    }

    /// The first way from a place on whose conditions hold.
    #[inline]
    pub(super) fn fitting(&mut self, from: usize, holds: &[bool]) -> Option<usize> {
        if self.ways.get(from)?.fits(&mut self.lacked[from], holds) {
            return Some(from);
        }
        // All others at once: which of the conditions that did not hold last do so now is next to random, and most do not.
        let mut open = 0_u32;
        for (at, &lacked) in self.lacked.iter().enumerate() {
            open |= u32::from(holds.get(lacked as usize).copied().unwrap_or(false)) << at;
        }
        open &= (1 << self.ways.len()) - (2 << from);
        while open != 0 {
            let at = open.trailing_zeros() as usize;
            if self.ways[at].fits(&mut self.lacked[at], holds) {
                return Some(at);
            }
            open &= open - 1;
        }
        None
    }

    /// Whether the demand could be met with these capacities; what says so is kept.
    #[inline]
    pub(super) fn meets(
        &mut self,
        seeker: &mut Seeker,
        model: &Model,
        want: &Want,
        (made, holds, capacity): (&[usize], &[bool], &mut [i64]),
    ) -> bool {
        // A way that is paid for and a cut that refuses rule each other out: what decided last is asked first.
        if self.met && self.is_paid(holds, capacity) {
            return true;
        }
        self.met = !refused(&mut self.cuts, capacity, want.amount);
        if !self.met || self.is_paid(holds, capacity) {
            return self.met;
        }
        match seeker.thrifty(model, want, made, capacity) {
            Ok(steps) => self.learn(Way::new(model, &steps, true)),
            Err(cut) => {
                remember(&mut self.cuts, cut, CUTS);
                self.met = false;
            }
        }
        self.met
    }

    /// Whether purses hold what one of the ways takes out of them.
    fn is_paid(&mut self, holds: &[bool], capacity: &[i64]) -> bool {
        let mut ways = self.ways.iter().zip(&mut self.lacked);
        self.sure || ways.any(|(way, lacked)| way.fits(lacked, holds) && way.is_paid(capacity))
    }

    /// Whether a known cut keeps it from its share of what is left.
    pub(super) fn falls_short(&mut self, rest: &[i64], want: &Want) -> bool {
        refused(&mut self.short, rest, want.amount)
    }

    pub(super) fn learn(&mut self, way: Way) {
        self.lacked.copy_within(..WAYS - 1, 1);
        match way.conditions.first() {
            Some(&condition) => self.lacked[0] = condition,
            None => self.sure = true,
        }
        remember(&mut self.ways, way, WAYS);
    }

    pub(super) fn learn_short(&mut self, cut: Cut) {
        remember(&mut self.short, cut, CUTS);
    }
}

impl Way {
    /// Of a flow that was found; whether purses are part of it.
    pub(super) fn new(model: &Model, steps: &[Step], paid: bool) -> Self {
        let mut way = Self { conditions: Vec::new(), puts: Vec::new(), paid: None };
        let mut money = Vec::new();
        for &Step { arc, out, into, amount } in steps {
            match (into, model.roles[model.edge_of[arc as usize] as usize]) {
                (Some((slot, side)), _) => {
                    way.conditions.push(2 * slot + 1);
                    way.puts.push(Put { slot, side, out, amount });
                }
                (None, Role::Channel(slot)) => way.conditions.push(2 * position(slot)),
                (None, _) => money.push((arc, amount)),
            }
        }
        way.conditions.sort_by_key(|condition| condition % 2 == 0);
        way.paid = paid.then_some(money);
        way
    }

    /// Whether all its conditions are among those that hold, where `lacked` is the condition that did not hold last: it is
    /// looked at first, and decides nearly always.
    pub(super) fn fits(&self, lacked: &mut u32, holds: &[bool]) -> bool {
        if !holds[*lacked as usize] {
            return false;
        }
        let lack = self.conditions.iter().find(|&&condition| !holds[condition as usize]);
        *lacked = lack.map_or(*lacked, |&lack| lack);
        lack.is_none()
    }

    /// Whether purses hold what it takes out of them.
    fn is_paid(&self, capacity: &[i64]) -> bool {
        let money = self.paid.as_deref();
        money.is_some_and(|money| money.iter().all(|&(arc, amount)| capacity[arc as usize] >= amount))
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
