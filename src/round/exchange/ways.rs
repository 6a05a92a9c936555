//! Ways that served a demand, cuts that refused it, and how new ones are found.
//!
//! Only arcs that touches can change are kept of either, so that a look at a few capacities decides.

use alloc::vec;
use alloc::vec::Vec;

use crate::random::Random;
use crate::round::lookout::{Asked, Lookout};
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
    fn new(model: &Model, arcs: Vec<u32>, capacity: &[i64]) -> Self {
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

/// What looks for flows.
#[derive(Clone, Debug)]
pub(super) struct Seeker {
    lookout: Lookout,
    /// What goes over every edge, forwards; nothing between two searches.
    net: Vec<i64>,
    /// How many searches there were.
    searches: u64,
}

/// What a search may use, one stage after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Channels that are not touched.
    Untouched,
    /// Everything, to see whether it is enough; what is found is not taken.
    Asked,
    /// Purses on the sender's side of the cut that stopped the first stage, into channels that cross it, but for some purses
    /// drawn at random: so nothing goes through two purses where one will do, and ways of a demand differ.
    Few,
    /// As that, without leaving purses out.
    Crossing,
    All,
}

/// Purses left out where a few are to do, of 256.
const LEFT_OUT: u64 = 240;

impl Seeker {
    pub(super) fn new(model: &Model) -> Self {
        Self { lookout: Lookout::default(), net: vec![0; model.roles.len()], searches: 0 }
    }

    /// A flow that takes out of purses what untouched channels cannot carry, or a cut.
    pub(super) fn thrifty(&mut self, model: &Model, want: &Want, capacity: &[i64]) -> Result<Vec<Step>, Cut> {
        let noise = Random::new(self.searches);
        self.searches += 1;
        let asked = |amount, most| Asked { from: want.sender, to: want.receiver, amount, most };
        let (mut used, mut rest, mut side) = (Vec::new(), want.amount, vec![false; model.nodes()]);
        let mut cut = None;
        for stage in [Stage::Untouched, Stage::Asked, Stage::Few, Stage::Crossing, Stage::All] {
            let open = |edge: usize| match (model.roles[edge], stage) {
                (Role::Channel(_), _) | (_, Stage::Asked | Stage::All) => true,
                (_, Stage::Untouched) => false,
                (Role::Fill(slot, from), _) => {
                    let (node, other) = (model.slots[slot].ends[from], model.slots[slot].ends[1 - from]);
                    let drawn = stage == Stage::Few && noise.bits(node as u64) % 256 < LEFT_OUT;
                    side[node] && !side[other] && !drawn
                }
                _ => true,
            };
            let net = &self.net;
            let room = |edge: usize, side: usize| {
                let held = if open(edge) { capacity[model.wide_arc(edge, side)] } else { 0 };
                if side == 0 { held - net[edge] } else { held + net[edge] }
            };
            let most = !matches!(stage, Stage::Asked | Stage::All);
            let (sent, exhausted) = self.lookout.run(&model.wide, &model.edge_of, asked(rest, most), room);
            if stage == Stage::Asked {
                cut = exhausted.map(|end| self.lookout.cut(&model.wide, end));
                if cut.is_some() {
                    break;
                }
                continue;
            }
            for (arc, amount) in self.lookout.flow(&model.wide) {
                let edge = model.edge_of[arc as usize] as usize;
                self.net[edge] += if model.wide.forward(edge) == arc as usize { amount } else { -amount };
                used.push(edge);
            }
            rest -= sent;
            if rest <= 0 {
                break;
            }
            side = exhausted.map_or(side, |end| self.lookout.side(model.nodes(), end));
        }
        let mut steps = Vec::new();
        for edge in used {
            let amount = core::mem::take(&mut self.net[edge]);
            if amount != 0 && changeable(model, edge) {
                steps.push(step(model, edge, amount));
            }
        }
        cut.map_or(Ok(steps), |arcs| Err(Cut::new(model, arcs, capacity)))
    }
}

/// Whether touches can change what an edge carries.
fn changeable(model: &Model, edge: usize) -> bool {
    model.slots.get(edge).is_none_or(|slot| slot.touchable)
}

/// A flow over an edge, where a channel that is touched counts as what goes into it.
#[allow(clippy::cast_possible_truncation)] // slots fit in u32 by the layout, sides are 0 and 1
fn step(model: &Model, edge: usize, amount: i64) -> Step {
    let forward = model.wide.slots()[edge];
    let arc = if amount > 0 { forward } else { model.wide.mate(forward as usize) as u32 };
    let (into, out) = match model.roles[edge] {
        Role::Fill(slot, side) => (Some((slot as u32, side as u8)), model.wide_arc(slot, side) as u32),
        _ => (None, arc),
    };
    Step { arc, out, into, amount: amount.abs() }
}

/// Puts what decided first, and forgets what is beyond `most`.
fn remember<T>(list: &mut Vec<T>, found: T, most: usize) {
    if list.len() == most {
        list.pop();
    }
    list.insert(0, found);
}
