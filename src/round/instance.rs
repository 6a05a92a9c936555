//! The problem: who takes part, what may be touched, what is wanted, and under which rules.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::error::RoundError;
use super::plan::Touch;
use crate::amount::Sat;
use crate::id::{CandidateId, ChannelId, DemandId, NodeId, ScenarioId, ids};

/// What holds a channel's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// A funding output on chain.
    OnChain,
    /// A vTXO that expires after so many blocks.
    Vtxo {
        /// Remaining life in blocks.
        remaining_blocks: u32,
    },
}

/// A channel as it is before the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Channel {
    /// One party.
    pub u: NodeId,
    /// The other party.
    pub v: NodeId,
    /// What `u` owns in it.
    pub balance_u: Sat,
    /// What `v` owns in it.
    pub balance_v: Sat,
    /// What holds the money.
    pub anchor: Anchor,
    /// Whether both parties agree that it may be touched.
    pub reshapable: bool,
}

impl Channel {
    /// The sum of both balances.
    #[must_use]
    pub const fn capacity(&self) -> Sat {
        self.balance_u.saturating_add(self.balance_v)
    }
}

/// A channel that does not exist yet and may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// One party.
    pub u: NodeId,
    /// The other party.
    pub v: NodeId,
}

/// A payment that should be feasible after the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Demand {
    /// Who pays.
    pub sender: NodeId,
    /// Who is paid.
    pub receiver: NodeId,
    /// How much, more than nothing.
    pub amount: Sat,
    /// What it is worth to make it feasible, at least 1.
    pub weight: u64,
}

/// What touching channels costs, and how much may be spent on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The most that all touches together may cost.
    pub budget: Sat,
    /// The price of every touch.
    pub base: Sat,
    /// `(blocks, ppm)`, rising by blocks: a vTXO channel with at least that remaining life also costs
    /// this share of its old capacity; the last row that applies counts.
    pub table: Vec<(u32, u64)>,
    /// On-chain channels also cost an input of 57.5 vB at this many sat per vB.
    pub feerate: Sat,
}

impl Prices {
    /// The price table that holds where an instance names a budget and nothing else: base 150 sat, 0 /
    /// 1000 / 4000 / 8000 ppm from 0 / 97 / 199 / 2161 blocks on, 10 sat/vB.
    #[must_use]
    pub fn with_budget(budget: Sat) -> Self {
        let table = alloc::vec![(0, 0), (97, 1000), (199, 4000), (2161, 8000)];
        Self { budget, base: Sat(150), table, feerate: Sat(10) }
    }
}

/// The rules of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The largest number of channels that may be touched, opened ones included.
    pub max_touches: u32,
    /// The least capacity of a touched channel that is open afterwards.
    pub capacity_min: Sat,
    /// The largest capacity of a touched channel that is open afterwards.
    pub capacity_max: Sat,
    /// The least balance of each side of a touched open channel; no side of any channel can send it.
    pub reserve: Sat,
    /// What each side of a touched channel pays.
    pub touch_fee: Sat,
    /// The most that the server may front: old capacities of touched vTXO channels and all free funds
    /// that enter the round.
    pub front_budget: Sat,
    /// The server: the one participant whose free funds may enter in part.
    pub server: NodeId,
    /// Prices and their budget; without them touches are free of charge.
    pub prices: Option<Prices>,
}

/// A round: an instance of problem R1 ([module page](super)). Built by [`RoundBuilder`](super::RoundBuilder).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    pub(super) free: Vec<Option<Sat>>,
    pub(super) channels: Vec<Channel>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) demands: Vec<Demand>,
    /// The scenario of every demand; `None` where balances are as stated.
    pub(super) worlds: Vec<Option<ScenarioId>>,
    pub(super) scenarios: Vec<Scenario>,
    pub(super) vetoed: BTreeSet<Touch>,
    pub(super) rules: Rules,
}

/// Channels that hold something else than stated, as (channel, balances of u and v), by channel.
pub(super) type Scenario = Vec<(ChannelId, [Sat; 2])>;

impl Round {
    /// The number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.free.len()
    }

    /// All nodes.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        ids(self.free.len())
    }

    /// Whether a node takes part.
    #[must_use]
    pub fn participates(&self, node: NodeId) -> bool {
        self.free.get(node.index()).is_some_and(Option::is_some)
    }

    /// The funds that a node has outside channels; nothing if it does not take part.
    #[must_use]
    pub fn free(&self, node: NodeId) -> Sat {
        self.free.get(node.index()).copied().flatten().unwrap_or(Sat::ZERO)
    }

    /// The existing channels, by id.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channels that may be opened, by id.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The demands, by id.
    #[must_use]
    pub fn demands(&self) -> &[Demand] {
        &self.demands
    }

    /// All demand ids.
    pub fn demand_ids(&self) -> impl ExactSizeIterator<Item = DemandId> + use<> {
        ids(self.demands.len())
    }

    /// The scenario in which a demand is asked, `None` if balances are as stated.
    #[must_use]
    pub fn scenario(&self, demand: DemandId) -> Option<ScenarioId> {
        self.worlds.get(demand.index()).copied().flatten()
    }

    /// What a scenario changes: channels with the balances of u and v in it, by channel.
    #[must_use]
    pub fn in_scenario(&self, scenario: ScenarioId) -> &[(ChannelId, [Sat; 2])] {
        self.scenarios.get(scenario.index()).map_or(&[], Vec::as_slice)
    }

    /// What the sides of a channel hold before the round where a demand is asked; nothing for a candidate, `None` if
    /// there is no such channel.
    #[must_use]
    pub fn balances(&self, demand: DemandId, touch: Touch) -> Option<[Sat; 2]> {
        let (.., u, v) = self.ends(touch)?;
        let Touch::Existing(channel) = touch else { return Some([u, v]) };
        let changed = self.scenario(demand).map_or(&[][..], |scenario| self.in_scenario(scenario));
        let found = changed.binary_search_by_key(&channel, |&(id, _)| id);
        Some(found.map_or([u, v], |at| changed[at].1))
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The existing channel or candidate that a touch names, as (u, v, balance of u, balance of v), the
    /// balances of a candidate being nothing; `None` if there is no such channel.
    #[must_use]
    pub fn ends(&self, touch: Touch) -> Option<(NodeId, NodeId, Sat, Sat)> {
        match touch {
            Touch::Existing(id) => {
                self.channels.get(id.index()).map(|c| (c.u, c.v, c.balance_u, c.balance_v))
            }
            Touch::New(id) => self.candidates.get(id.index()).map(|c| (c.u, c.v, Sat::ZERO, Sat::ZERO)),
        }
    }

    /// Whether the rules let a channel be touched at all: both ends take part, nobody vetoed it and, if it exists,
    /// it is reshapable.
    #[must_use]
    pub fn touchable(&self, touch: Touch) -> bool {
        let agreed = match touch {
            Touch::Existing(id) => self.channels.get(id.index()).is_some_and(|c| c.reshapable),
            Touch::New(_) => true,
        };
        let agreed = agreed && !self.vetoed.contains(&touch);
        let ends = self.ends(touch);
        agreed && ends.is_some_and(|(u, v, ..)| self.participates(u) && self.participates(v))
    }

    /// Every channel that exists or may be opened: existing ones first, each by id.
    pub fn touches(&self) -> impl Iterator<Item = Touch> + use<> {
        ids::<ChannelId>(self.channels.len())
            .map(Touch::Existing)
            .chain(ids::<CandidateId>(self.candidates.len()).map(Touch::New))
    }

    /// The round without a participant that dropped out: its channels stay as they are, candidates with it may not
    /// be opened, its demands remain.
    ///
    /// # Errors
    ///
    /// [`RoundError::Absent`] if the node does not take part, or is the server.
    pub fn without(&self, node: NodeId) -> Result<Self, RoundError> {
        if !self.participates(node) || node == self.rules.server {
            return Err(RoundError::Absent { node });
        }
        let mut round = self.clone();
        round.free[node.index()] = None;
        Ok(round)
    }

    /// The same round under other rules.
    ///
    /// # Errors
    ///
    /// [`RoundError`], for the rules.
    pub fn with_rules(&self, rules: Rules) -> Result<Self, RoundError> {
        super::builder::RoundBuilder::from(self).build(rules)
    }

    /// The round in which some channels and candidates may not be touched: a veto of one of their ends.
    ///
    /// # Errors
    ///
    /// [`RoundError::UnknownChannel`] if one does not exist.
    ///
    /// ```
    /// use feasible::round::{Effort, Touch, generate::{Size, lightning}};
    /// use feasible::RoundPlanner;
    /// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let first = planner.plan(&round)?.changes().touched[0].channel;
    /// let without = round.veto([first])?;
    /// assert!(!without.touchable(first));
    /// assert!(planner.plan(&without)?.changes().touched.iter().all(|r| r.channel != first));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn veto(&self, touches: impl IntoIterator<Item = Touch>) -> Result<Self, RoundError> {
        let mut round = self.clone();
        for touch in touches {
            if self.ends(touch).is_none() {
                return Err(RoundError::UnknownChannel { touch });
            }
            round.vetoed.insert(touch);
        }
        Ok(round)
    }

    /// What the server fronts for a touch: the old capacity of a vTXO channel, nothing otherwise.
    #[must_use]
    pub fn fronted(&self, touch: Touch) -> Sat {
        match touch {
            Touch::Existing(id) => match self.channels.get(id.index()) {
                Some(c) if c.anchor != Anchor::OnChain => c.capacity(),
                _ => Sat::ZERO,
            },
            Touch::New(_) => Sat::ZERO,
        }
    }

    /// The price of a touch; nothing without [`Prices`].
    #[must_use]
    pub fn price(&self, touch: Touch) -> Sat {
        let Some(prices) = &self.rules.prices else { return Sat::ZERO };
        let extra = match touch {
            Touch::New(_) => 0,
            Touch::Existing(id) => match self.channels.get(id.index()) {
                Some(&Channel { anchor: Anchor::OnChain, .. }) => u128::from(prices.feerate.0) * 115 / 2,
                Some(channel @ &Channel { anchor: Anchor::Vtxo { remaining_blocks }, .. }) => {
                    let row = prices.table.partition_point(|&(blocks, _)| blocks <= remaining_blocks);
                    let ppm = row.checked_sub(1).map_or(0, |row| prices.table[row].1);
                    u128::from(channel.capacity().0) * u128::from(ppm) / 1_000_000
                }
                None => 0,
            },
        };
        let price = u128::from(prices.base.0) + extra;
        Sat(u64::try_from(price).unwrap_or(u64::MAX))
    }
}
