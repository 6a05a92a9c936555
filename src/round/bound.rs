//! The upper bound: hopeless demands, and the multipliers of the linear relaxation.
//!
//! The theorem stands with [`UpperBound`]. Hopeless demands are found by one max flow on the relaxation in
//! which every participant may put all its means into any touchable channel.

use alloc::vec;
use alloc::vec::Vec;

use super::certificate::{Case, DemandCut, Multipliers, UpperBound};
use super::linear::Program;
use super::model::{Model, Role};
use super::state::push;
use crate::check::{Violation, bound_value, leaf_values};
use crate::id::{NodeMap, id_at};
use crate::max_flow::dinic;
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
        let mut scratch = dinic::Scratch::default();
        let relaxed = relaxation(model, &model.means());
        let mut worth: Vec<u64> = model.wants.iter().map(|want| want.weight).collect();
        let mut hopeless = Vec::new();
        for (demand, want) in model.wants.iter().enumerate().filter(|(demand, _)| !met[*demand]) {
            let mut wide = relaxed.clone();
            for slot in (0..model.slots.len()).filter(|&slot| !model.slots[slot].touchable) {
                let forward = model.wide.forward(slot);
                wide[forward] = model.spendable(want, slot, 0);
                wide[model.wide.mate(forward)] = model.spendable(want, slot, 1);
            }
            if push(&model.wide, &mut wide, want, &mut scratch) < want.amount {
                let side = (0..model.nodes()).map(|node| scratch.reached(node)).collect();
                hopeless.push(DemandCut {
                    demands: vec![id_at(demand)],
                    sender_side: NodeMap::from_vec(side),
                    kept: Vec::new(),
                    lifted: Vec::new(),
                    pooled: Vec::new(),
                });
                worth[demand] = 0;
            }
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
        let mut cuts = Vec::new();
        if let Some(program) = program {
            let (model, sets) = (program.model, program.sets);
            cuts.extend(program.cuts.into_iter().map(|row| row.certificate(model, &sets)));
        }
        let cases = if cases.is_empty() { vec![Case::Leaf(Multipliers::default())] } else { cases };
        let root = vec![Case::Leaf(root)];
        let mut bound = UpperBound { value: 0, hopeless: self.hopeless, cuts, cases: root };
        bound.value = bound_value(round, &bound)?;
        if bound.value > trivial {
            // Rounding spoilt the multipliers: without any the bound is the trivial one.
            bound.cases = vec![Case::Leaf(Multipliers::default())];
            bound.value = trivial;
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

/// Drops the cuts that no leaf uses.
fn shrink(bound: &mut UpperBound) {
    let mut used = vec![false; bound.cuts.len()];
    for case in &bound.cases {
        if let Case::Leaf(multipliers) = case {
            for multiplier in &multipliers.cuts {
                used[multiplier.row as usize] = true;
            }
        }
    }
    keep_cuts(bound, &used);
}

/// Keeps some cuts of a bound, with the multipliers that name them.
pub(super) fn keep_cuts(bound: &mut UpperBound, kept: &[bool]) {
    let mut place = Vec::with_capacity(kept.len());
    let mut next = 0_u32;
    for &kept in kept {
        place.push(next);
        next += u32::from(kept);
    }
    let mut keep = kept.iter();
    bound.cuts.retain(|_| keep.next() == Some(&true));
    for case in &mut bound.cases {
        if let Case::Leaf(multipliers) = case {
            multipliers.cuts.retain(|multiplier| kept[multiplier.row as usize]);
            for multiplier in &mut multipliers.cuts {
                multiplier.row = place[multiplier.row as usize];
            }
        }
    }
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
