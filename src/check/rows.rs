//! What money could be where, at the very most, and the rows of cuts, for the checker of bounds.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use crate::id::{DemandId, NodeId};
use crate::round::{DemandCut, Round, Touch};

/// A channel or candidate with what its sides have and can send before the round.
#[derive(Debug)]
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
#[derive(Debug)]
pub(crate) struct Limits<'a> {
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

/// A row of a proof: constant + touches + sides + funds >= shares.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// What each demand asks for beyond the smaller ones.
    pub(crate) shares: Vec<(usize, i128)>,
    /// What channels can send that are not touched.
    pub(crate) constant: i128,
    /// What counts if a channel is touched.
    pub(crate) touches: Vec<(usize, i128)>,
    /// What sides of touched channels can send, so many times.
    pub(crate) sides: Vec<(usize, usize, i128)>,
    /// What counts if the free funds of a node enter the round.
    pub(crate) funds: Vec<(usize, i128)>,
}

/// The larger of two values of which one may not exist.
pub(super) fn larger(maybe: Option<i128>, value: i128) -> i128 {
    maybe.map_or(value, |other| other.max(value))
}

impl<'a> Limits<'a> {
    pub(crate) fn new(round: &'a Round) -> Self {
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

    /// Whether a cut separates its demands, at least one and each named once.
    pub(super) fn separates(&self, cut: &DemandCut) -> Result<(), Violation> {
        let (expected, actual) = (self.round.node_count(), cut.sender_side.len());
        if expected != actual {
            return Err(Violation::Length { what: "sender side", expected, actual });
        }
        let distinct: BTreeSet<DemandId> = cut.demands.iter().copied().collect();
        if distinct.is_empty() || distinct.len() < cut.demands.len() {
            return Err(Violation::Order { what: "demands of a cut", position: distinct.len() });
        }
        for &id in &cut.demands {
            let demand = self.round.demands().get(id.index());
            let demand = demand.ok_or(Violation::Demand { demand: id })?;
            for (node, inside) in [(demand.sender, true), (demand.receiver, false)] {
                if cut.sender_side[node] != inside {
                    return Err(Violation::Side { node });
                }
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
    pub(super) fn cap(&self, limit: &Limit, side: usize) -> i128 {
        self.most.min(self.means[limit.ends[side].index()]).max(0)
    }

    /// The row of a deficient cut.
    pub(crate) fn row(&self, cut: &DemandCut) -> Result<Row, Violation> {
        self.separates(cut)?;
        let kept: BTreeSet<Touch> = cut.kept.iter().copied().collect();
        let lifted: BTreeSet<Touch> = cut.lifted.iter().copied().collect();
        let pooled: BTreeSet<NodeId> = cut.pooled.iter().copied().collect();
        let apart: BTreeSet<Touch> = cut.apart.iter().copied().collect();
        let stays = self.channels.iter().filter(|limit| limit.touchable && kept.contains(&limit.touch));
        let stays = stays.filter_map(|limit| Self::inner_side(limit, cut).map(|side| limit.spendable[side]));
        let (shares, deficit) = self.shares(cut, stays.sum())?;
        let mut row = Row { shares, ..Row::default() };
        let counts = |limit: &Limit| limit.touchable || apart.contains(&limit.touch);
        for (channel, limit) in self.channels.iter().enumerate().filter(|(_, limit)| counts(limit)) {
            let Some(side) = Self::inner_side(limit, cut) else { continue };
            if !kept.contains(&limit.touch) || !limit.touchable {
                let held = || cut.demands.iter().map(|&demand| self.held(demand, limit, side)).max();
                let old = if limit.touchable { limit.spendable[side] } else { held().unwrap_or(0) };
                let old = old.min(deficit);
                row.constant += old;
                row.touches.push((channel, -old));
            }
            if pooled.contains(&limit.ends[side]) {
            } else if lifted.contains(&limit.touch) {
                row.touches.push((channel, self.cap(limit, side).min(deficit)));
            } else {
                row.sides.push((channel, side, 1));
            }
        }
        for &node in &pooled {
            self.pool(node, deficit, counts, &mut row)?;
        }
        Ok(row)
    }

    /// What each demand lacks beyond what smaller ones lack, and what the largest lacks, if so much stays: more than
    /// untouchable channels leaving the cut can send.
    fn shares(&self, cut: &DemandCut, stays: i128) -> Result<(Vec<(usize, i128)>, i128), Violation> {
        let fixed =
            self.channels.iter().filter(|limit| !limit.touchable && !cut.apart.contains(&limit.touch));
        let fixed: Vec<(&Limit, usize)> =
            fixed.filter_map(|limit| Some((limit, Self::inner_side(limit, cut)?))).collect();
        let lack = |id: DemandId| {
            let room = fixed.iter().map(|&(limit, side)| self.held(id, limit, side));
            self.amount(id) - room.sum::<i128>()
        };
        let mut deficits: Vec<_> = cut.demands.iter().map(|&id| (lack(id) - stays, id)).collect();
        deficits.sort_unstable();
        let mut shares = Vec::new();
        let mut carried = 0;
        for (deficit, demand) in deficits {
            if deficit <= 0 {
                return Err(Violation::Demand { demand });
            }
            shares.push((demand.index(), deficit - carried));
            carried = deficit;
        }
        Ok((shares, carried))
    }

    /// All the money that a node can have in the round, each part as far as it counts.
    fn pool(
        &self,
        node: NodeId,
        deficit: i128,
        counts: impl Fn(&Limit) -> bool,
        row: &mut Row,
    ) -> Result<(), Violation> {
        let free = self
            .free
            .get(node.index())
            .ok_or(Violation::Order { what: "participants of a cut", position: node.index() })?;
        for (channel, limit) in self.channels.iter().enumerate().filter(|(_, limit)| counts(limit)) {
            for side in (0..2).filter(|&side| limit.ends[side] == node) {
                row.touches.push((channel, (limit.old[side] - self.fee).clamp(0, deficit)));
            }
        }
        row.funds.push((node.index(), if node == self.server { *free } else { deficit.min(*free) }));
        Ok(())
    }

    /// The most that can leave the cut after any round in the scenario of a demand: fixed channels as they are, and for each node
    /// inside the larger of its means and what its touchable channels across the cut can hold.
    pub(super) fn largest(&self, cut: &DemandCut, demand: DemandId) -> i128 {
        let mut room = 0_i128;
        let mut across = vec![0_i128; self.round.node_count()];
        let mut inside = BTreeSet::new();
        for limit in &self.channels {
            if let Some(side) = Self::inner_side(limit, cut) {
                if limit.touchable {
                    across[limit.ends[side].index()] += self.most.max(limit.spendable[side]);
                    inside.insert(limit.ends[side].index());
                } else {
                    room += self.held(demand, limit, side);
                }
            }
        }
        room + inside.into_iter().map(|node| across[node].min(self.means[node])).sum::<i128>()
    }
}
