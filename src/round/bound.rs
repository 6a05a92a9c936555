//! The upper bound: deficient cuts and their multipliers by subgradient descent.
//!
//! The theorem stands with [`UpperBound`]. Cuts are found before the round: for every demand that is not
//! feasible the minimum cuts nearest to the sender and nearest to the receiver and the two stars, as far
//! as they are deficient; hopeless demands by one max flow on the relaxation in which every participant
//! may put all its means into any touchable channel. Multipliers descend by Polyak's rule towards the best
//! known plan (Held, Wolfe and Crowder 1974), in integers, so that the result is the same everywhere.
//! Money is relaxed per channel here, not per node, and the fronting and price budgets not at all: the bound is
//! valid but can be weak where money, not touches, is scarce.

use alloc::vec;
use alloc::vec::Vec;

use super::certificate::{DemandCut, UpperBound};
use super::model::{Model, Role, Slot};
use super::state::{crossing, push};
use crate::id::{NodeMap, id_at};
use crate::kernel::pairs::Pairs;
use crate::max_flow::dinic;

const SCALE: i128 = UpperBound::SCALE as i128;

/// A cut with its rows in the scale of the multipliers.
struct Row {
    demand: usize,
    side: Vec<bool>,
    deficit: i128,
    /// Touchable slots that leave the cut, with min(gain, deficit) and its share of the deficit.
    gains: Vec<(usize, i128, i128)>,
}

/// The rows of the relaxation, found once per round by two maximum flows per demand.
pub(super) struct Relaxation {
    rows: Vec<Row>,
    hopeless: Vec<DemandCut>,
    /// The weight of every demand that is not hopeless, in the scale of the multipliers.
    worth: Vec<i128>,
}

impl Relaxation {
    /// Finds the deficient cuts and the hopeless demands of a round.
    pub(super) fn new(model: &Model) -> Self {
        let mut scratch = dinic::Scratch::default();
        let liquidity = model.liquidity();
        let means = model.means();
        let mut hopeless = Vec::new();
        let mut rows: Vec<Row> = Vec::new();
        let relaxed = relaxation(model, &means);
        for (demand, want) in model.wants.iter().enumerate() {
            let mut residual = liquidity.clone();
            if push(&model.flat, &mut residual, want, &mut scratch) == want.amount {
                continue;
            }
            let near: Vec<bool> = (0..model.nodes()).map(|node| scratch.reached(node)).collect();
            let mut wide = relaxed.clone();
            if push(&model.wide, &mut wide, want, &mut scratch) < want.amount {
                let side = (0..model.nodes()).map(|node| scratch.reached(node)).collect();
                hopeless.push(cut(demand, side, 0));
                continue;
            }
            let far = far_side(&model.flat, &residual, want.receiver);
            let star = (0..model.nodes()).map(|node| node == want.sender).collect();
            let rest = (0..model.nodes()).map(|node| node != want.receiver).collect();
            let first = rows.len();
            for side in [near, far, star, rest] {
                if rows[first..].iter().all(|row| row.side != side) {
                    rows.extend(row(model, &liquidity, &means, demand, side));
                }
            }
        }
        let mut worth: Vec<i128> = model.wants.iter().map(|want| i128::from(want.weight) * SCALE).collect();
        for cut in &hopeless {
            worth[cut.demand.index()] = 0;
        }
        Self { rows, hopeless, worth }
    }

    /// The trivial bound, without any multiplier: the weight of all demands that are not hopeless.
    pub(super) fn trivial(&self) -> u64 {
        // Weights are admitted so that their sum stays far inside u64.
        u64::try_from(self.worth.iter().sum::<i128>() / SCALE).unwrap_or(u64::MAX)
    }

    /// Proves a bound; `known` is the objective of some plan.
    pub(super) fn prove(self, model: &Model, known: u64, steps: usize) -> UpperBound {
        let Self { rows, hopeless, worth } = self;
        let (value, multipliers) = descend(model, &rows, &worth, i128::from(known) * SCALE, steps);
        let cuts = rows.into_iter().zip(multipliers).filter(|(_, multiplier)| *multiplier > 0);
        let cuts = cuts.map(|(row, multiplier)| cut(row.demand, row.side, multiplier)).collect();
        UpperBound { value, hopeless, cuts }
    }
}

fn cut(demand: usize, side: Vec<bool>, multiplier: u64) -> DemandCut {
    DemandCut { demand: id_at(demand), sender_side: NodeMap::from_vec(side), multiplier }
}

/// Wide capacities if every participant may put all it has anywhere.
fn relaxation(model: &Model, means: &[i64]) -> Vec<i64> {
    let mut residual = vec![0; model.wide.arc_count()];
    for (edge, &role) in model.roles.iter().enumerate() {
        let forward = model.wide.forward(edge);
        match role {
            Role::Channel(slot) if !model.slots[slot].touchable => {
                residual[forward] = model.slots[slot].spendable[0];
                residual[model.wide.mate(forward)] = model.slots[slot].spendable[1];
            }
            Role::Fill(slot, side) => {
                residual[forward] = model.largest().max(model.slots[slot].spendable[side]);
            }
            Role::Hand(node) => residual[forward] = means[node],
            Role::Channel(_) | Role::Free(_) | Role::Release(..) => {}
        }
    }
    residual
}

/// All nodes that cannot reach the receiver any more: the largest source side of a minimum cut.
fn far_side(pairs: &Pairs, residual: &[i64], receiver: usize) -> Vec<bool> {
    let mut side = vec![true; pairs.node_count()];
    let mut stack = vec![receiver];
    side[receiver] = false;
    while let Some(node) = stack.pop() {
        for arc in pairs.out(node) {
            let tail = pairs.head(arc);
            if side[tail] && residual[pairs.mate(arc)] > 0 {
                side[tail] = false;
                stack.push(tail);
            }
        }
    }
    side
}

fn row(model: &Model, liquidity: &[i64], means: &[i64], demand: usize, side: Vec<bool>) -> Option<Row> {
    let arcs = crossing(&model.flat, |node| side[node]);
    let room: i64 = arcs.iter().map(|&arc| liquidity[arc as usize]).sum();
    let deficit = i128::from(model.wants[demand].amount - room);
    if deficit <= 0 {
        return None;
    }
    let gain = |(slot, data): (usize, &Slot)| -> Option<(usize, i128, i128)> {
        let inner = match data.ends.map(|end| side[end]) {
            [true, false] => 0,
            [false, true] => 1,
            _ => return None,
        };
        let most = model.largest().min(means[data.ends[inner]]);
        let gain = i128::from((most - data.spendable[inner]).max(0)).min(deficit);
        (data.touchable && gain > 0).then(|| (slot, gain, gain * SCALE / deficit))
    };
    let gains = model.slots.iter().enumerate().filter_map(gain).collect();
    Some(Row { demand, side, deficit, gains })
}

/// The bound that multipliers prove, in units, with what the subgradient needs: touched slots, kept demands.
struct Evaluation {
    total: i128,
    touched: Vec<bool>,
    kept: Vec<bool>,
}

fn evaluate(model: &Model, rows: &[Row], worth: &[i128], multipliers: &[i128]) -> Evaluation {
    let mut rest = worth.to_vec();
    let mut reward = vec![0_i128; model.slots.len()];
    for (row, &multiplier) in rows.iter().zip(multipliers) {
        rest[row.demand] -= multiplier;
        for &(slot, _, share) in &row.gains {
            reward[slot] += multiplier * share;
        }
    }
    let mut order: Vec<usize> = (0..reward.len()).filter(|&slot| reward[slot] > 0).collect();
    order.sort_unstable_by_key(|&slot| (core::cmp::Reverse(reward[slot]), slot));
    order.truncate(model.max_touches);
    let mut touched = vec![false; reward.len()];
    let mut total: i128 = rest.iter().map(|&rest| rest.max(0)).sum();
    for slot in order {
        touched[slot] = true;
        total += reward[slot] / SCALE;
    }
    Evaluation { total, touched, kept: rest.iter().map(|&rest| rest > 0).collect() }
}

/// Subgradient descent; returns the bound of the best multipliers as the checker computes it.
fn descend(model: &Model, rows: &[Row], worth: &[i128], known: i128, steps: usize) -> (u64, Vec<u64>) {
    let mut multipliers = vec![0_i128; rows.len()];
    let mut best = multipliers.clone();
    let mut least = evaluate(model, rows, worth, &multipliers).total;
    let (mut damping, mut stale) = (1_i128, 0);
    for _ in 0..steps {
        let at = evaluate(model, rows, worth, &multipliers);
        if at.total < least {
            (least, stale) = (at.total, 0);
            best.copy_from_slice(&multipliers);
        } else {
            stale += 1;
            if stale % 12 == 0 {
                damping *= 2;
                multipliers.copy_from_slice(&best);
            }
        }
        if at.total - known < SCALE || damping > 1 << 12 {
            break;
        }
        let slope = |row: &Row| -> i128 {
            let shares = row.gains.iter().filter(|gain| at.touched[gain.0]).map(|gain| gain.2);
            shares.sum::<i128>() - if at.kept[row.demand] { SCALE } else { 0 }
        };
        let slopes: Vec<i128> = rows.iter().map(slope).collect();
        let square: i128 = slopes.iter().map(|s| (s * s) / SCALE).sum();
        if square == 0 {
            break;
        }
        for ((multiplier, slope), row) in multipliers.iter_mut().zip(&slopes).zip(rows) {
            // Polyak's step, the distance to the known objective over the squared slope.
            let step = ((at.total - known) * slope) / (square * damping);
            *multiplier = (*multiplier - step).clamp(0, worth[row.demand]);
        }
    }
    finish(model, rows, worth, &best)
}

/// The bound that the checker computes from these multipliers, shares of a deficit rounded up.
fn finish(model: &Model, rows: &[Row], worth: &[i128], multipliers: &[i128]) -> (u64, Vec<u64>) {
    let mut rest = worth.to_vec();
    let mut reward = vec![0_i128; model.slots.len()];
    for (row, &multiplier) in rows.iter().zip(multipliers) {
        rest[row.demand] = (rest[row.demand] - multiplier).max(0);
        for &(slot, gain, _) in &row.gains {
            reward[slot] += (multiplier * gain + row.deficit - 1) / row.deficit;
        }
    }
    reward.sort_unstable_by(|a, b| b.cmp(a));
    let total = rest.iter().sum::<i128>() + reward.iter().take(model.max_touches).sum::<i128>();
    // Weights are admitted so that sums in units of the scale stay far inside i128 and u64.
    let value = u64::try_from(total / SCALE).unwrap_or(u64::MAX);
    (value, multipliers.iter().map(|&m| u64::try_from(m).unwrap_or(u64::MAX)).collect())
}
