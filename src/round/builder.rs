//! Collecting a round.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::error::RoundError;
use super::instance::{Candidate, Channel, Demand, Round, Rules, Scenario};
use super::plan::Touch;
use crate::amount::Sat;
use crate::id::{CandidateId, ChannelId, DemandId, MAX_IDS, NodeId, ScenarioId, id_at};

/// All weights together stay below this, so that a bound may multiply them by a scale.
const WEIGHT_LIMIT: u64 = 1 << 48;

/// Collects a [`Round`].
///
/// ```
/// use feasible::Sat;
/// use feasible::round::{Demand, RoundBuilder, Rules};
/// let mut b = RoundBuilder::new();
/// let server = b.add_participant(Sat(50_000))?;
/// let user = b.add_participant(Sat(0))?;
/// b.add_candidate(server, user)?;
/// b.add_demand(Demand { sender: server, receiver: user, amount: Sat(20_000), weight: 1 })?;
/// let round = b.build(Rules {
///     max_touches: 1,
///     capacity_min: Sat(20_000),
///     capacity_max: Sat(16_777_215),
///     reserve: Sat(0),
///     touch_fee: Sat(0),
///     front_budget: Sat(50_000),
///     server,
///     prices: None,
/// })?;
/// assert_eq!(round.demands().len(), 1);
/// # Ok::<(), feasible::round::RoundError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RoundBuilder {
    free: Vec<Option<Sat>>,
    channels: Vec<Channel>,
    candidates: Vec<Candidate>,
    demands: Vec<Demand>,
    worlds: Vec<Option<ScenarioId>>,
    scenarios: Vec<Scenario>,
    vetoed: BTreeSet<Touch>,
}

impl From<&Round> for RoundBuilder {
    /// All of a round but its rules, to add to it; ids stay what they are.
    fn from(round: &Round) -> Self {
        Self {
            free: round.free.clone(),
            channels: round.channels.clone(),
            candidates: round.candidates.clone(),
            demands: round.demands.clone(),
            worlds: round.worlds.clone(),
            scenarios: round.scenarios.clone(),
            vetoed: round.vetoed.clone(),
        }
    }
}

impl RoundBuilder {
    /// A round without nodes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            free: Vec::new(),
            channels: Vec::new(),
            candidates: Vec::new(),
            demands: Vec::new(),
            worlds: Vec::new(),
            scenarios: Vec::new(),
            vetoed: BTreeSet::new(),
        }
    }

    /// Adds a node that takes part, with its funds outside channels.
    ///
    /// # Errors
    ///
    /// [`RoundError::TooMany`], [`RoundError::TooMuch`].
    pub fn add_participant(&mut self, free: Sat) -> Result<NodeId, RoundError> {
        limited("free funds", free)?;
        self.add(Some(free))
    }

    /// Adds a node that does not take part.
    ///
    /// # Errors
    ///
    /// [`RoundError::TooMany`].
    pub fn add_bystander(&mut self) -> Result<NodeId, RoundError> {
        self.add(None)
    }

    fn add(&mut self, free: Option<Sat>) -> Result<NodeId, RoundError> {
        let id = NodeId::new(self.free.len()).ok_or(RoundError::TooMany { what: "nodes" })?;
        self.free.push(free);
        Ok(id)
    }

    /// Adds an existing channel.
    ///
    /// # Errors
    ///
    /// [`RoundError::TooMany`], [`RoundError::UnknownNode`], [`RoundError::SameEnds`],
    /// [`RoundError::TooMuch`].
    pub fn add_channel(&mut self, channel: Channel) -> Result<ChannelId, RoundError> {
        self.known("channel", channel.u, channel.v)?;
        limited("channel balance", channel.balance_u)?;
        limited("channel balance", channel.balance_v)?;
        let slots = self.channels.len() + self.candidates.len();
        let id = ChannelId::new(self.channels.len()).filter(|_| slots < MAX_IDS / 8);
        let id = id.ok_or(RoundError::TooMany { what: "channels" })?;
        self.channels.push(channel);
        Ok(id)
    }

    /// Adds a channel that may be opened.
    ///
    /// # Errors
    ///
    /// [`RoundError::TooMany`], [`RoundError::UnknownNode`], [`RoundError::SameEnds`].
    pub fn add_candidate(&mut self, u: NodeId, v: NodeId) -> Result<CandidateId, RoundError> {
        self.known("candidate", u, v)?;
        let slots = self.channels.len() + self.candidates.len();
        let id = CandidateId::new(self.candidates.len()).filter(|_| slots < MAX_IDS / 8);
        let id = id.ok_or(RoundError::TooMany { what: "candidates" })?;
        self.candidates.push(Candidate { u, v });
        Ok(id)
    }

    /// Adds a demand.
    ///
    /// # Errors
    ///
    /// [`RoundError::TooMany`], [`RoundError::UnknownNode`], [`RoundError::SameEnds`],
    /// [`RoundError::TooMuch`], [`RoundError::EmptyDemand`].
    pub fn add_demand(&mut self, demand: Demand) -> Result<DemandId, RoundError> {
        self.known("demand", demand.sender, demand.receiver)?;
        limited("demand", demand.amount)?;
        let id = DemandId::new(self.demands.len()).ok_or(RoundError::TooMany { what: "demands" })?;
        if demand.amount == Sat::ZERO || demand.weight == 0 {
            return Err(RoundError::EmptyDemand { demand: id });
        }
        self.demands.push(demand);
        self.worlds.push(None);
        Ok(id)
    }

    /// Adds a scenario: balances of u in channels that the round cannot touch and that are not known for sure; the
    /// rest of each capacity belongs to v. Demands of several scenarios, each weighted by its probability, make the
    /// objective an expectation.
    ///
    /// # Errors
    ///
    /// [`RoundError::TooMany`], [`RoundError::UnknownChannel`], [`RoundError::TooMuch`] if a balance is above the
    /// capacity, [`RoundError::Certain`] if a channel is named twice.
    pub fn add_scenario(&mut self, balances: &[(ChannelId, Sat)]) -> Result<ScenarioId, RoundError> {
        let id = ScenarioId::new(self.scenarios.len()).ok_or(RoundError::TooMany { what: "scenarios" })?;
        let mut scenario = Vec::with_capacity(balances.len());
        for &(channel, balance) in balances {
            let touch = Touch::Existing(channel);
            let known = self.channels.get(channel.index()).ok_or(RoundError::UnknownChannel { touch })?;
            let limit = known.capacity();
            if balance > limit {
                return Err(RoundError::TooMuch { what: "balance in a scenario", amount: balance, limit });
            }
            scenario.push((channel, [balance, limit.saturating_sub(balance)]));
        }
        scenario.sort_unstable_by_key(|&(channel, _)| channel);
        if let Some(pair) = scenario.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(RoundError::Certain { scenario: id, channel: pair[0].0 });
        }
        self.scenarios.push(scenario);
        Ok(id)
    }

    /// Adds a demand that is asked in a scenario.
    ///
    /// # Errors
    ///
    /// As [`add_demand`](Self::add_demand), and [`RoundError::UnknownScenario`].
    pub fn add_demand_in(&mut self, scenario: ScenarioId, demand: Demand) -> Result<DemandId, RoundError> {
        let scenarios = self.scenarios.len();
        if scenario.index() >= scenarios {
            return Err(RoundError::UnknownScenario { scenario, scenarios });
        }
        let id = self.add_demand(demand)?;
        self.worlds[id.index()] = Some(scenario);
        Ok(id)
    }

    /// Adds a demand that is asked where another one of a round is.
    pub(super) fn add_where(
        &mut self,
        round: &Round,
        other: DemandId,
        demand: Demand,
    ) -> Result<(), RoundError> {
        match round.scenario(other) {
            Some(scenario) => self.add_demand_in(scenario, demand)?,
            None => self.add_demand(demand)?,
        };
        Ok(())
    }

    /// Drops all demands; ids of demands start again from 0.
    pub fn clear_demands(&mut self) {
        self.demands.clear();
        self.worlds.clear();
    }

    /// Adds to the weights of some demands; [`build`](Self::build) sees to the range.
    pub(super) fn raise(&mut self, demands: &BTreeSet<DemandId>, premium: u64) {
        for demand in demands {
            let weight = &mut self.demands[demand.index()].weight;
            *weight = weight.saturating_add(premium);
        }
    }

    fn known(&self, what: &'static str, u: NodeId, v: NodeId) -> Result<(), RoundError> {
        let nodes = self.free.len();
        for node in [u, v] {
            if node.index() >= nodes {
                return Err(RoundError::UnknownNode { what, node, nodes });
            }
        }
        if u == v { Err(RoundError::SameEnds { what, node: u }) } else { Ok(()) }
    }

    /// Freezes the round. O(nodes + channels + demands).
    ///
    /// # Errors
    ///
    /// [`RoundError`], for the rules and for sums over the whole round.
    pub fn build(self, rules: Rules) -> Result<Round, RoundError> {
        let nodes = self.free.len();
        if rules.server.index() >= nodes {
            return Err(RoundError::UnknownNode { what: "server", node: rules.server, nodes });
        }
        if rules.capacity_min > rules.capacity_max {
            let (min, max) = (rules.capacity_min, rules.capacity_max);
            return Err(RoundError::CapacityRange { min, max });
        }
        limited("reserve", rules.reserve)?;
        limited("touch fee", rules.touch_fee)?;
        if let Some(prices) = &rules.prices {
            let falls = prices.table.windows(2).position(|rows| rows[0].0 >= rows[1].0);
            if let Some(row) = falls {
                return Err(RoundError::PriceTable { row: row + 1 });
            }
        }
        let free = self.free.iter().flatten().copied();
        let money = free.chain(self.channels.iter().map(Channel::capacity));
        limited("all free funds and channels", money.fold(Sat::ZERO, Sat::saturating_add))?;
        let weights = self.demands.iter().try_fold(0_u64, |sum, d| sum.checked_add(d.weight));
        if weights.is_none_or(|sum| sum > WEIGHT_LIMIT) {
            return Err(RoundError::Weights { limit: WEIGHT_LIMIT });
        }
        let Self { free, channels, candidates, demands, worlds, scenarios, vetoed } = self;
        let round = Round { free, channels, candidates, demands, worlds, scenarios, vetoed, rules };
        for (at, scenario) in round.scenarios.iter().enumerate() {
            let known = scenario.iter().find(|&&(channel, _)| round.touchable(Touch::Existing(channel)));
            if let Some(&(channel, _)) = known {
                return Err(RoundError::Certain { scenario: id_at(at), channel });
            }
        }
        Ok(round)
    }
}

fn limited(what: &'static str, amount: Sat) -> Result<(), RoundError> {
    let limit = Sat::SUPPLY;
    if amount > limit { Err(RoundError::TooMuch { what, amount, limit }) } else { Ok(()) }
}
