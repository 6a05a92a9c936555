//! Checker of upper bounds of rounds: recomputes the Lagrangian bound from its cuts.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use crate::id::{DemandId, NodeId};
use crate::round::{DemandCut, Round, Touch, UpperBound};

/// Whether no plan of the round can be worth more than `bound.value`, by the theorem of
/// [`UpperBound`]. O(cuts x channels).
///
/// # Errors
///
/// The first [`Violation`].
pub fn bound(round: &Round, bound: &UpperBound) -> Result<(), Violation> {
    let limits = Limits::new(round);
    let scale = u128::from(UpperBound::SCALE);
    let mut worth: Vec<u128> = round.demands().iter().map(|d| u128::from(d.weight) * scale).collect();
    for cut in &bound.hopeless {
        limits.separates(cut)?;
        if limits.largest(cut) >= limits.amount(cut.demand) {
            return Err(Violation::Demand { demand: cut.demand });
        }
        worth[cut.demand.index()] = 0;
    }
    let mut reward = vec![0_u128; limits.touches.len()];
    for cut in &bound.cuts {
        limits.separates(cut)?;
        let deficit = limits.deficit(cut).ok_or(Violation::Demand { demand: cut.demand })?;
        let multiplier = u128::from(cut.multiplier);
        let worth = &mut worth[cut.demand.index()];
        *worth = worth.saturating_sub(multiplier);
        for (reward, gain) in reward.iter_mut().zip(limits.gains(cut)) {
            *reward += (multiplier * gain.min(deficit)).div_ceil(deficit);
        }
    }
    reward.sort_unstable_by(|a, b| b.cmp(a));
    let touches = round.rules().max_touches as usize;
    let total: u128 = worth.iter().sum::<u128>() + reward.iter().take(touches).sum::<u128>();
    let actual = total / scale;
    if actual == u128::from(bound.value) {
        Ok(())
    } else {
        let actual = i128::try_from(actual).unwrap_or(i128::MAX);
        Err(Violation::Value { what: "bound", claimed: i128::from(bound.value), actual })
    }
}

/// A channel or candidate with what its sides can send before the round.
struct Limit {
    ends: [NodeId; 2],
    spendable: [u128; 2],
    touchable: bool,
}

/// What money could be where, at the very most.
struct Limits<'a> {
    round: &'a Round,
    touches: Vec<Limit>,
    /// Balances of a node in touchable channels plus its free funds.
    means: Vec<u128>,
    /// The most that one side of a touched channel can send.
    most: u128,
}

impl<'a> Limits<'a> {
    fn new(round: &'a Round) -> Self {
        let rules = round.rules();
        let mut means: Vec<u128> = round.nodes().map(|node| u128::from(round.free(node).0)).collect();
        let limit = |touch: Touch| -> Option<Limit> {
            let (u, v, old_u, old_v) = round.ends(touch)?;
            let touchable = round.touchable(touch);
            if touchable {
                means[u.index()] += u128::from(old_u.0);
                means[v.index()] += u128::from(old_v.0);
            }
            let spendable = [old_u, old_v].map(|b| u128::from(b.saturating_sub(rules.reserve).0));
            Some(Limit { ends: [u, v], spendable, touchable })
        };
        let touches = round.touches().filter_map(limit).collect();
        let both = u128::from(rules.reserve.0) * 2;
        let most = u128::from(rules.capacity_max.0).saturating_sub(both);
        Self { round, touches, means, most }
    }

    fn amount(&self, demand: DemandId) -> u128 {
        u128::from(self.round.demands()[demand.index()].amount.0)
    }

    fn separates(&self, cut: &DemandCut) -> Result<(), Violation> {
        let (expected, actual) = (self.round.node_count(), cut.sender_side.len());
        if expected != actual {
            return Err(Violation::Length { what: "sender side", expected, actual });
        }
        let demand = self.round.demands().get(cut.demand.index());
        let demand = demand.ok_or(Violation::Demand { demand: cut.demand })?;
        for (node, inside) in [(demand.sender, true), (demand.receiver, false)] {
            if cut.sender_side[node] != inside {
                return Err(Violation::Side { node });
            }
        }
        Ok(())
    }

    /// The side of a channel that lies inside the cut, if the channel leaves it.
    fn inner_side(limit: &Limit, cut: &DemandCut) -> Option<usize> {
        match limit.ends.map(|end| cut.sender_side[end]) {
            [true, false] => Some(0),
            [false, true] => Some(1),
            _ => None,
        }
    }

    /// By how much the liquidity leaving the cut falls short of the amount before the round.
    fn deficit(&self, cut: &DemandCut) -> Option<u128> {
        let leaving = |limit| Self::inner_side(limit, cut).map(|side| limit.spendable[side]);
        let room: u128 = self.touches.iter().filter_map(leaving).sum();
        self.amount(cut.demand).checked_sub(room).filter(|&deficit| deficit > 0)
    }

    /// For every channel and candidate what touching it could add to the liquidity leaving the cut.
    fn gains(&self, cut: &DemandCut) -> impl Iterator<Item = u128> {
        self.touches.iter().map(|limit| match Self::inner_side(limit, cut) {
            Some(side) if limit.touchable => {
                let most = self.most.min(self.means[limit.ends[side].index()]);
                most.saturating_sub(limit.spendable[side])
            }
            _ => 0,
        })
    }

    /// The most that can leave the cut after any round: fixed channels as they are, and for each node
    /// inside the lesser of its means and what its touchable channels across the cut can hold.
    fn largest(&self, cut: &DemandCut) -> u128 {
        let mut room = 0_u128;
        let mut across = vec![0_u128; self.round.node_count()];
        let mut inside = BTreeSet::new();
        for limit in &self.touches {
            if let Some(side) = Self::inner_side(limit, cut) {
                if limit.touchable {
                    across[limit.ends[side].index()] += self.most.max(limit.spendable[side]);
                    inside.insert(limit.ends[side].index());
                } else {
                    room += limit.spendable[side];
                }
            }
        }
        room + inside.into_iter().map(|node| across[node].min(self.means[node])).sum::<u128>()
    }
}
