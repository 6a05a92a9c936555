//! What money could be where, at the very most, and the rows of cuts, for the checker of bounds.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use crate::id::{DemandId, NodeId};
use crate::round::{DemandCut, Round, Touch};

/// A channel or candidate with what its sides have and can send before the round.
pub(super) struct Limit {
    pub(super) touch: Touch,
    pub(super) ends: [NodeId; 2],
    pub(super) old: [i128; 2],
    pub(super) spendable: [i128; 2],
    pub(super) touchable: bool,
    pub(super) fronted: i128,
    pub(super) price: i128,
}

/// The numbers of a round, wide enough for sums of them.
pub(super) struct Limits<'a> {
    round: &'a Round,
    pub(super) channels: Vec<Limit>,
    pub(super) weights: Vec<i128>,
    pub(super) free: Vec<i128>,
    /// Balances of a node in touchable channels plus its free funds.
    pub(super) means: Vec<i128>,
    pub(super) server: NodeId,
    pub(super) reserve: i128,
    pub(super) fee: i128,
    /// The least that both sides of a touched open channel together can send.
    pub(super) least: i128,
    /// The most that both sides of a touched channel together can send.
    pub(super) most: i128,
    pub(super) front_budget: i128,
    pub(super) price_budget: i128,
    pub(super) max_touches: usize,
}

/// One term of a row: what a touchable channel may send across the cut.
pub(super) struct Term {
    pub(super) channel: usize,
    pub(super) side: usize,
    /// What counts if it is not touched.
    pub(super) old: i128,
    /// What counts if it is touched and lifted.
    pub(super) lifted: Option<i128>,
}

/// A cut row: the terms together are at least `deficit` if the demand is feasible.
pub(super) struct Row {
    pub(super) demand: usize,
    pub(super) deficit: i128,
    pub(super) terms: Vec<Term>,
}

/// The larger of two values of which one may not exist.
pub(super) fn larger(maybe: Option<i128>, value: i128) -> i128 {
    maybe.map_or(value, |other| other.max(value))
}

impl<'a> Limits<'a> {
    pub(super) fn new(round: &'a Round) -> Self {
        let rules = round.rules();
        let free: Vec<i128> = round.nodes().map(|node| i128::from(round.free(node).0)).collect();
        let mut means = free.clone();
        let limit = |touch: Touch| -> Option<Limit> {
            let (u, v, old_u, old_v) = round.ends(touch)?;
            let touchable = round.touchable(touch);
            if touchable {
                means[u.index()] += i128::from(old_u.0);
                means[v.index()] += i128::from(old_v.0);
            }
            Some(Limit {
                touch,
                ends: [u, v],
                old: [old_u, old_v].map(|balance| i128::from(balance.0)),
                spendable: [old_u, old_v].map(|b| i128::from(b.saturating_sub(rules.reserve).0)),
                touchable,
                fronted: i128::from(round.fronted(touch).0),
                price: i128::from(round.price(touch).0),
            })
        };
        let channels = round.touches().filter_map(limit).collect();
        let both = i128::from(rules.reserve.0) * 2;
        Self {
            round,
            channels,
            weights: round.demands().iter().map(|demand| i128::from(demand.weight)).collect(),
            free,
            means,
            server: rules.server,
            reserve: i128::from(rules.reserve.0),
            fee: i128::from(rules.touch_fee.0),
            least: (i128::from(rules.capacity_min.0) - both).max(0),
            most: i128::from(rules.capacity_max.0) - both,
            front_budget: i128::from(rules.front_budget.0),
            price_budget: rules.prices.as_ref().map_or(0, |prices| i128::from(prices.budget.0)),
            max_touches: rules.max_touches as usize,
        }
    }

    /// The position of a channel among all of them.
    pub(super) fn position(&self, touch: Touch) -> Option<usize> {
        let existing = self.round.channels().len();
        match touch {
            Touch::Existing(id) => Some(id.index()).filter(|&at| at < existing),
            Touch::New(id) => Some(existing + id.index()).filter(|&at| at < self.channels.len()),
        }
    }

    pub(super) fn amount(&self, demand: DemandId) -> i128 {
        i128::from(self.round.demands()[demand.index()].amount.0)
    }

    pub(super) fn separates(&self, cut: &DemandCut) -> Result<(), Violation> {
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

    /// What one side of an untouchable channel can send in the scenario of a demand.
    fn held(&self, demand: DemandId, limit: &Limit, side: usize) -> i128 {
        let balances = self.round.balances(demand, limit.touch).unwrap_or_default();
        i128::from(balances[side].0) - self.reserve.min(i128::from(balances[side].0))
    }

    /// The most that one side of a touched channel can send.
    fn cap(&self, limit: &Limit, side: usize) -> i128 {
        self.most.min(self.means[limit.ends[side].index()]).max(0)
    }

    /// The row of a deficient cut.
    pub(super) fn row(&self, cut: &DemandCut) -> Result<Row, Violation> {
        self.separates(cut)?;
        let leaving = |limit: &Limit| Self::inner_side(limit, cut);
        let fixed = self.channels.iter().filter(|limit| !limit.touchable);
        let room: i128 =
            fixed.filter_map(|limit| leaving(limit).map(|side| self.held(cut.demand, limit, side))).sum();
        let deficit = self.amount(cut.demand) - room;
        if deficit <= 0 {
            return Err(Violation::Demand { demand: cut.demand });
        }
        let lifted: BTreeSet<Touch> = cut.lifted.iter().copied().collect();
        let mut terms = Vec::new();
        for (channel, limit) in self.channels.iter().enumerate().filter(|(_, limit)| limit.touchable) {
            if let Some(side) = leaving(limit) {
                let old = limit.spendable[side].min(deficit);
                let cap = self.cap(limit, side).min(deficit);
                let lifted = lifted.contains(&limit.touch).then_some(cap);
                terms.push(Term { channel, side, old, lifted });
            }
        }
        Ok(Row { demand: cut.demand.index(), deficit, terms })
    }

    /// The most that can leave the cut after any round: fixed channels as they are, and for each node
    /// inside the larger of its means and what its touchable channels across the cut can hold.
    pub(super) fn largest(&self, cut: &DemandCut) -> i128 {
        let mut room = 0_i128;
        let mut across = vec![0_i128; self.round.node_count()];
        let mut inside = BTreeSet::new();
        for limit in &self.channels {
            if let Some(side) = Self::inner_side(limit, cut) {
                if limit.touchable {
                    across[limit.ends[side].index()] += self.most.max(limit.spendable[side]);
                    inside.insert(limit.ends[side].index());
                } else {
                    room += self.held(cut.demand, limit, side);
                }
            }
        }
        room + inside.into_iter().map(|node| across[node].min(self.means[node])).sum::<i128>()
    }
}
