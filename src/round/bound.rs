//! The upper bound: hopeless demands, and the multipliers of the linear relaxation.
//!
//! The theorem stands with [`UpperBound`]. Hopeless demands are those that a flow does not meet on the relaxation in
//! which every participant may put all its means into any touchable channel.

use alloc::vec;
use alloc::vec::Vec;

use super::certificate::{Case, DemandCut, Multiplier, Multipliers, UpperBound};
use super::linear::Program;
use super::lookout::{Asked, Lookout};
use super::model::{Model, Role};
use crate::check::{Violation, bound_value, leaf_values};
use crate::id::{NodeMap, id_at};
use crate::round::Round;

/// What is known of a round before the search.
pub(super) struct Relaxation {
    hopeless: Vec<DemandCut>,
    /// The weight of every demand, 0 for hopeless ones.
    pub(super) worth: Vec<u64>,
}

impl Relaxation {
    /// Finds the hopeless demands of a round among those that are not met before.
    pub(super) fn new(model: &Model, met: &[bool]) -> Self {
        let mut lookout = Lookout::default();
        let relaxed = relaxation(model, &model.means());
        let mut worth: Vec<u64> = model.wants.iter().map(|want| want.weight).collect();
        let mut hopeless = Vec::new();
        for (demand, want) in model.wants.iter().enumerate().filter(|(demand, _)| !met[*demand]) {
            let asked = Asked { from: want.sender, to: want.receiver, amount: want.amount, most: false };
            let room = |edge: usize, side| match model.slots.get(edge).filter(|slot| !slot.touchable) {
                Some(_) => model.spendable(want, edge, side),
                None => relaxed[model.wide_arc(edge, side)],
            };
            let Some(end) = lookout.run(&model.wide, &model.edge_of, asked, room).1 else { continue };
            hopeless.push(DemandCut {
                demands: vec![id_at(demand)],
                sender_side: NodeMap::from_vec(lookout.side(model.nodes(), end)),
                kept: Vec::new(),
                lifted: Vec::new(),
                pooled: Vec::new(),
                apart: Vec::new(),
            });
            worth[demand] = 0;
        }
        Self { hopeless, worth }
    }

    /// The trivial bound, without any multiplier: the weight of all demands that are not hopeless.
    pub(super) fn trivial(&self) -> u64 {
        self.worth.iter().sum()
    }

    /// The certificate of the root of a program, or the trivial one.
    pub(super) fn certify(
        self,
        round: &Round,
        program: Option<Program<'_>>,
        root: Multipliers,
        cases: Vec<Case>,
    ) -> Result<UpperBound, Violation> {
        let trivial = self.trivial();
        let (mut cuts, mut roundings) = (Vec::new(), Vec::new());
        if let Some(program) = program {
            let (model, sets) = (program.model, program.sets);
            roundings.extend(program.roundings.into_iter().map(|row| row.rounding));
            cuts.extend(program.cuts.into_iter().map(|row| row.certificate(model, &sets)));
        }
        // One leaf that says no more than the root is not looked at twice.
        let alone = cases.iter().all(|case| matches!(case, Case::Leaf(own) if *own == root));
        let mut bound = UpperBound { value: 0, hopeless: self.hopeless, cuts, roundings, cases };
        bound.cases.push(Case::Leaf(root));
        shrink(&mut bound);
        let root = bound.cases.pop();
        let cases = core::mem::replace(&mut bound.cases, root.into_iter().collect());
        bound.value = bound_value(round, &bound)?;
        if bound.value > trivial {
            // Rounding spoilt the multipliers: without any the bound is the trivial one.
            bound.cases = vec![Case::Leaf(Multipliers::default())];
            bound.value = trivial;
        }
        if alone {
            shrink(&mut bound);
            return Ok(bound);
        }
        let root = core::mem::replace(&mut bound.cases, cases);
        for (leaf, value) in leaf_values(round, &bound)? {
            if value / i128::from(UpperBound::SCALE) > i128::from(bound.value) {
                // What holds without assumptions holds here too.
                bound.cases[leaf].clone_from(&root[0]);
            }
        }
        shrink(&mut bound);
        bound.value = bound_value(round, &bound)?;
        Ok(bound)
    }
}

/// Drops the rows that no leaf uses.
fn shrink(bound: &mut UpperBound) {
    let mut cuts = vec![false; bound.cuts.len()];
    let mut roundings = vec![false; bound.roundings.len()];
    for case in &bound.cases {
        if let Case::Leaf(multipliers) = case {
            mark(&mut cuts, &multipliers.cuts);
            mark(&mut roundings, &multipliers.roundings);
        }
    }
    // Roundings follow from earlier ones.
    for (at, rounding) in bound.roundings.iter().enumerate().rev() {
        if roundings[at] {
            mark(&mut cuts, &rounding.of.cuts);
            mark(&mut roundings, &rounding.of.roundings);
        }
    }
    keep(bound, &cuts, roundings);
}

fn mark(used: &mut [bool], multipliers: &[Multiplier<u32>]) {
    for multiplier in multipliers {
        used[multiplier.row as usize] = true;
    }
}

/// Keeps some cuts of a bound and of some roundings those of kept rows, with the multipliers that name them.
pub(super) fn keep(bound: &mut UpperBound, cuts: &[bool], mut roundings: Vec<bool>) {
    for (at, rounding) in bound.roundings.iter().enumerate() {
        let all = |rows: &[Multiplier<u32>], kept: &[bool]| rows.iter().all(|row| kept[row.row as usize]);
        roundings[at] =
            roundings[at] && all(&rounding.of.cuts, cuts) && all(&rounding.of.roundings, &roundings);
    }
    let places = [cuts, &roundings].map(places);
    let mut keep = cuts.iter();
    bound.cuts.retain(|_| keep.next() == Some(&true));
    let mut keep = roundings.iter();
    bound.roundings.retain(|_| keep.next() == Some(&true));
    for rounding in &mut bound.roundings {
        follow(&mut rounding.of.cuts, &places[0]);
        follow(&mut rounding.of.roundings, &places[1]);
    }
    for case in &mut bound.cases {
        if let Case::Leaf(multipliers) = case {
            follow(&mut multipliers.cuts, &places[0]);
            follow(&mut multipliers.roundings, &places[1]);
        }
    }
}

/// Where each row that is kept will be.
fn places(kept: &[bool]) -> Vec<Option<u32>> {
    let mut next = 0_u32;
    let place = |&kept: &bool| {
        next += u32::from(kept);
        kept.then(|| next - 1)
    };
    kept.iter().map(place).collect()
}

fn follow(multipliers: &mut Vec<Multiplier<u32>>, places: &[Option<u32>]) {
    multipliers.retain_mut(|multiplier| {
        let place = places[multiplier.row as usize];
        multiplier.row = place.unwrap_or(0);
        place.is_some()
    });
}

/// Wide capacities of touchable channels if every participant may put all it has anywhere.
fn relaxation(model: &Model, means: &[i64]) -> Vec<i64> {
    let mut residual = vec![0; model.wide.arc_count()];
    for (edge, &role) in model.roles.iter().enumerate() {
        let forward = model.wide.forward(edge);
        match role {
            Role::Fill(slot, side) => {
                residual[forward] = model.largest().max(model.slots[slot].spendable[side]);
            }
            Role::Hand(node) => residual[forward] = means[node],
            Role::Channel(_) | Role::Free(_) | Role::Release(..) => {}
        }
    }
    residual
}
