//! Cut rows of the relaxation: node sets, and the row of a set that a point violates most.
//!
//! A set allows many rows (see [`UpperBound`](super::UpperBound)): which of the demands that it separates take
//! part, which channels are kept or lifted, who is pooled. For given demands every other choice is the one that is
//! worth less at the point. Of the demands only those take part that are met further than every larger
//! one; each of them is tried alone and with all smaller ones.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::certificate::DemandCut;
use super::linear::{Program, float};
use super::model::Model;
use crate::id::{NodeMap, id_at};

/// A row must be violated by this share of its deficit to be added, unless more is asked for.
pub(super) const VIOLATED: f64 = 1e-4;
/// A row chosen at an inner point must be violated by this part of the worst one.
const SHALLOW: f64 = 0.3;
/// Demands met less are not met.
pub(super) const UNMET: f64 = 1e-5;

/// A node set, and what of the round concerns it.
#[derive(Clone, Debug)]
pub(super) struct CutSet {
    pub(super) side: Vec<bool>,
    /// Touchable slots that leave it with their inner side, by inner end.
    crossing: Vec<(usize, usize)>,
    /// Demands that it separates with what they want beyond what untouchable channels can send, if that is
    /// anything; largest first.
    demands: Vec<(usize, i64)>,
    /// Rows made of it, by position in [`Program::cuts`].
    pub(super) rows: Vec<usize>,
}

/// A row of a set: terms at most a limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CutRow {
    pub(super) set: usize,
    /// Largest first.
    pub(super) demands: Vec<usize>,
    kept: Vec<usize>,
    lifted: Vec<usize>,
    pooled: Vec<usize>,
    /// What the largest demand lacks; the row is divided by it.
    pub(super) deficit: i64,
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) limit: f64,
}

/// What a row is made of.
#[derive(Clone, Copy)]
enum Piece {
    /// A channel counts with what it holds before.
    Kept(usize),
    /// So much, if a channel is not touched.
    Old(usize, i64),
    /// What a side of a touched channel can send.
    Side(usize, usize),
    /// So much, if a channel is touched.
    Lifted(usize, i64),
    /// A node counts with the money it has.
    Pooled(usize),
    /// So much of it, if a channel is touched.
    Touched(usize, i64),
    /// So much of it, if its free funds enter.
    Funds(usize, i64),
}

impl CutRow {
    pub(super) fn certificate(&self, model: &Model, sets: &[CutSet]) -> DemandCut {
        let touches = |slots: &[usize]| slots.iter().map(|&slot| model.slots[slot].touch).collect();
        DemandCut {
            demands: self.demands.iter().copied().map(id_at).collect(),
            sender_side: NodeMap::from_vec(sets[self.set].side.clone()),
            kept: touches(&self.kept),
            lifted: touches(&self.lifted),
            pooled: self.pooled.iter().copied().map(id_at).collect(),
            apart: Vec::new(),
        }
    }

    /// By what share of the deficit a point violates the row.
    fn excess(&self, point: &[f64]) -> f64 {
        self.terms.iter().map(|&(j, factor)| factor * point[j]).sum::<f64>() - self.limit
    }

    /// Whether both are the same choice of the same set.
    pub(super) fn same(&self, other: &Self) -> bool {
        let choices = |row: &Self| [row.demands.len(), row.kept.len(), row.lifted.len(), row.pooled.len()];
        self.set == other.set
            && choices(self) == choices(other)
            && self.demands == other.demands
            && self.kept == other.kept
            && self.lifted == other.lifted
            && self.pooled == other.pooled
    }
}

impl CutSet {
    pub(super) fn new(model: &Model, side: Vec<bool>) -> Self {
        let (mut fixed, mut crossing) = (Vec::new(), Vec::new());
        for (slot, data) in model.slots.iter().enumerate() {
            let inner = match data.ends.map(|end| side[end]) {
                [true, false] => 0,
                [false, true] => 1,
                _ => continue,
            };
            if data.touchable { crossing.push((slot, inner)) } else { fixed.push((slot, inner)) }
        }
        crossing.sort_by_key(|&(slot, inner)| (model.slots[slot].ends[inner], slot));
        // What untouchable channels can send, for every world that came up.
        let mut rooms: BTreeMap<usize, i64> = BTreeMap::new();
        let mut demands = Vec::new();
        for (demand, want) in model.wants.iter().enumerate() {
            if side[want.sender] && !side[want.receiver] {
                let sum = || fixed.iter().map(|&(slot, inner)| model.spendable(want, slot, inner)).sum();
                let lack = want.amount - *rooms.entry(want.world).or_insert_with(sum);
                demands.extend((lack > 0).then_some((demand, lack)));
            }
        }
        demands.sort_by_key(|&(demand, lack)| core::cmp::Reverse((lack, demand)));
        Self { side, crossing, demands, rows: Vec::new() }
    }
}

/// What each of some demands, largest first, lacks beyond the next smaller one, if so much is kept.
fn shares(demands: &[(usize, i64)], kept: i64) -> impl Iterator<Item = (usize, i64)> + '_ {
    demands.iter().enumerate().map(move |(i, &(demand, lack))| {
        let below = demands.get(i + 1).map_or(kept, |&(_, smaller)| smaller);
        (demand, lack - below)
    })
}

impl Program<'_> {
    /// The row of a set that a point violates most for its deficit, with by how much; its choices are made at
    /// `inner` if that will do.
    pub(super) fn worst_row(&self, set: usize, point: &[f64], inner: &[f64]) -> Option<(f64, CutRow)> {
        let met = |demand: usize| point[self.columns.demand[demand]];
        let mut chain: Vec<(usize, i64)> = Vec::new();
        for &(demand, lack) in &self.sets[set].demands {
            if met(demand) > chain.last().map_or(UNMET, |&(last, _)| met(last)) {
                chain.push((demand, lack));
            }
        }
        let mut best: Option<(f64, &[(usize, i64)])> = None;
        for first in 0..chain.len() {
            let alone = &chain[first..=first];
            let all = Some(&chain[first..]).filter(|all| all.len() > 1);
            for demands in [Some(alone), all].into_iter().flatten() {
                let excess = self.excess(set, demands, point);
                if excess > self.tolerance && best.is_none_or(|(known, _)| excess > known) {
                    best = Some((excess, demands));
                }
            }
        }
        let (excess, demands) = best?;
        let deeper = self.row(set, demands, inner);
        let there = deeper.excess(point);
        if there > self.tolerance.max(excess * SHALLOW) {
            return Some((there, deeper));
        }
        Some((excess, self.row(set, demands, point)))
    }

    /// By what share of the deficit a point violates the best row of a set for some demands.
    fn excess(&self, set: usize, demands: &[(usize, i64)], point: &[f64]) -> f64 {
        let touch = |slot: usize| self.columns.touch[slot].map_or(0.0, |y| point[y]);
        let (mut kept, mut value) = (0, 0.0);
        let deficit = self.pieces(set, demands, point, &mut |piece| match piece {
            Piece::Kept(slot) => kept += self.kept(set, slot),
            Piece::Old(slot, amount) => value += float(amount) * (1.0 - touch(slot)),
            Piece::Side(slot, side) => value += self.filled(slot, side, point),
            Piece::Lifted(slot, amount) | Piece::Touched(slot, amount) => {
                value += float(amount) * touch(slot)
            }
            Piece::Funds(node, amount) => {
                value += self.columns.funds[node].map_or(0.0, |g| float(amount) * point[g]);
            }
            Piece::Pooled(_) => {}
        });
        let mut asked = 0.0;
        for (demand, share) in shares(demands, kept) {
            asked += float(share) * point[self.columns.demand[demand]];
        }
        (asked - value) / float(deficit)
    }

    /// What a kept slot holds that leaves a set.
    fn kept(&self, set: usize, slot: usize) -> i64 {
        let data = &self.model.slots[slot];
        data.spendable[usize::from(!self.sets[set].side[data.ends[0]])]
    }

    /// What a side of a slot can send at a point, in satoshi, if it is touched.
    fn filled(&self, slot: usize, side: usize, point: &[f64]) -> f64 {
        self.columns.sides[slot].map_or(0.0, |p| point[p + side] * self.unit)
    }

    /// Names the pieces of the row that is worth least at a point; returns what the largest demand lacks.
    fn pieces(
        &self,
        set: usize,
        demands: &[(usize, i64)],
        point: &[f64],
        use_piece: &mut dyn FnMut(Piece),
    ) -> i64 {
        let (Some(&(_, most)), Some(&(smallest, least))) = (demands.first(), demands.last()) else {
            return 1;
        };
        let model = self.model;
        let data = &self.sets[set];
        let touch = |slot: usize| self.columns.touch[slot].map_or(0.0, |y| point[y]);
        let met = point[self.columns.demand[smallest]];
        let stays = |kept: i64, slot: usize, inner: usize| {
            let old = model.slots[slot].spendable[inner];
            (old > 0 && 1.0 - touch(slot) > met && kept + old < least).then_some(old)
        };
        let mut kept = 0;
        for &(slot, inner) in &data.crossing {
            if let Some(old) = stays(kept, slot, inner) {
                kept += old;
                use_piece(Piece::Kept(slot));
            }
        }
        let deficit = most - kept;
        let mut again = 0;
        for &(slot, inner) in &data.crossing {
            match stays(again, slot, inner) {
                Some(old) => again += old,
                None => {
                    let old = model.slots[slot].spendable[inner].min(deficit);
                    if old > 0 {
                        use_piece(Piece::Old(slot, old));
                    }
                }
            }
        }
        let owner = |&(slot, inner): &(usize, usize)| model.slots[slot].ends[inner];
        for group in data.crossing.chunk_by(|a, b| owner(a) == owner(b)) {
            self.new_money(owner(&group[0]), group, deficit, point, use_piece);
        }
        deficit
    }

    /// The pieces for what a node puts into touched slots that leave a set: slot by slot, or pooled.
    fn new_money(
        &self,
        node: usize,
        group: &[(usize, usize)],
        deficit: i64,
        point: &[f64],
        use_piece: &mut dyn FnMut(Piece),
    ) {
        let touch = |slot: usize| self.columns.touch[slot].map_or(0.0, |y| point[y]);
        let lift = |slot: usize, side: usize| self.most(slot, side).min(deficit);
        let each = |&(slot, side): &(usize, usize)| {
            self.filled(slot, side, point).min(float(lift(slot, side)) * touch(slot))
        };
        let apart: f64 = group.iter().map(each).sum();
        if apart <= 0.0 && group.iter().all(|&(slot, _)| touch(slot) <= 0.0) {
            // Nothing is touched here: lifting says the least about other points, pooling too much.
            for &(slot, side) in group {
                use_piece(Piece::Side(slot, side));
            }
            return;
        }
        let funds = if node == self.model.server { i64::MAX } else { deficit }.min(self.model.free[node]);
        let counts =
            |slot: usize, side: usize| (self.model.slots[slot].old[side] - self.model.fee).clamp(0, deficit);
        let mut pool = self.columns.funds[node].map_or(0.0, |g| float(funds) * point[g]);
        for &(slot, side) in &self.at[node] {
            pool += float(counts(slot, side)) * touch(slot);
        }
        if pool < apart - self.tolerance * 0.1 * float(deficit) {
            use_piece(Piece::Pooled(node));
            for &(slot, side) in &self.at[node] {
                use_piece(Piece::Touched(slot, counts(slot, side)));
            }
            use_piece(Piece::Funds(node, funds));
            return;
        }
        for &(slot, side) in group {
            let lifted = lift(slot, side);
            if float(lifted) * touch(slot) <= self.filled(slot, side, point) {
                use_piece(Piece::Lifted(slot, lifted));
            } else {
                use_piece(Piece::Side(slot, side));
            }
        }
    }

    /// The row that [`excess`](Self::excess) measures.
    fn row(&self, set: usize, demands: &[(usize, i64)], point: &[f64]) -> CutRow {
        let mut row = CutRow {
            set,
            demands: demands.iter().map(|&(demand, _)| demand).collect(),
            kept: Vec::new(),
            lifted: Vec::new(),
            pooled: Vec::new(),
            deficit: 0,
            terms: Vec::new(),
            limit: 0.0,
        };
        let (mut kept, mut constant) = (0, 0);
        // Satoshi that count per column, on the left side.
        let mut terms: Vec<(usize, f64)> = Vec::new();
        let touch = |slot: usize, amount: i64| self.columns.touch[slot].map(|y| (y, float(amount)));
        row.deficit = self.pieces(set, demands, point, &mut |piece| match piece {
            Piece::Kept(slot) => {
                kept += self.kept(set, slot);
                row.kept.push(slot);
            }
            Piece::Old(slot, amount) => {
                constant += amount;
                terms.extend(touch(slot, -amount));
            }
            Piece::Side(slot, side) => terms.extend(self.columns.sides[slot].map(|p| (p + side, self.unit))),
            Piece::Lifted(slot, amount) => {
                row.lifted.push(slot);
                terms.extend(touch(slot, amount));
            }
            Piece::Pooled(node) => row.pooled.push(node),
            Piece::Touched(slot, amount) => terms.extend(touch(slot, amount)),
            Piece::Funds(node, amount) => {
                terms.extend(self.columns.funds[node].map(|g| (g, float(amount))));
            }
        });
        let deficit = float(row.deficit);
        row.limit = float(constant) / deficit;
        row.terms = shares(demands, kept)
            .map(|(d, share)| (self.columns.demand[d], float(share) / deficit))
            .collect();
        terms.sort_by_key(|&(column, _)| column);
        for part in terms.chunk_by(|a, b| a.0 == b.0) {
            let factor: f64 = part.iter().map(|&(_, factor)| factor).sum();
            if factor != 0.0 {
                row.terms.push((part[0].0, -factor / deficit));
            }
        }
        row
    }

    /// The position of a node set among the known ones.
    pub(super) fn set(&mut self, side: Vec<bool>) -> usize {
        let mut bits = vec![0_u64; side.len().div_ceil(64)];
        for (node, _) in side.iter().enumerate().filter(|(_, inside)| **inside) {
            bits[node / 64] |= 1 << (node % 64);
        }
        let next = self.sets.len();
        let at = *self.positions.entry(bits).or_insert(next);
        if at == next {
            self.sets.push(CutSet::new(self.model, side));
        }
        at
    }

    /// The position of a row among the known ones.
    pub(super) fn intern(&mut self, row: CutRow) -> usize {
        let known = &self.sets[row.set].rows;
        if let Some(&at) = known.iter().rev().find(|&&at| self.cuts[at].same(&row)) {
            return at;
        }
        let at = self.cuts.len();
        self.sets[row.set].rows.push(at);
        self.cuts.push(row);
        at
    }
}
