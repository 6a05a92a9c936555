//! What a payment in parts is to achieve, and the rules that its parts keep.

use alloc::collections::BTreeMap;

use super::direction_index;
use crate::amount::Msat;
use crate::id::{ChannelId, NodeId};
use crate::knowledge::Knowledge;
use crate::law::Law;
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// What is to be paid and what it may cost.
#[derive(Clone, Copy, Debug)]
pub struct PartsGoal<'a> {
    /// Who pays.
    pub sender: NodeId,
    /// Who is paid.
    pub receiver: NodeId,
    /// What is to arrive.
    pub amount: Msat,
    /// Nats per satoshi of fee; finite, not negative.
    pub mu: f64,
    /// Rules other than the default ones.
    pub rules: Option<&'a PartsRules<'a>>,
}

impl<'a> PartsGoal<'a> {
    /// A goal under the default rules.
    #[must_use]
    pub const fn new(sender: NodeId, receiver: NodeId, amount: Msat, mu: f64) -> Self {
        Self { sender, receiver, amount, mu, rules: None }
    }

    /// With the mu at which one more try is worth a fixed amount and a share of the payment in fees, as payers say it: -ln P is to
    /// first order the number of tries that fail. Worth nothing, mu stays. With 250 satoshi and 2,000 ppm a stream of payments on the
    /// public graph took, on equal balances, fewer tries and lower fees than LDK's, LND's and five-piece planners (DESIGN.md); LND's own
    /// default is 100 satoshi and 1,000 ppm.
    ///
    /// ```
    /// use feasible::check::PartsGoal;
    /// use feasible::{Msat, NodeId};
    /// let (from, to) = NodeId::new(0).zip(NodeId::new(1)).unwrap();
    /// let goal = PartsGoal::new(from, to, Msat(1_000_000_000), 0.0).try_worth(Msat(100_000), 1_000);
    /// assert!((goal.mu - 1.0 / 1_100.0).abs() < 1e-12); // nats per satoshi
    /// ```
    #[must_use]
    pub fn try_worth(mut self, fixed: Msat, ppm: u32) -> Self {
        let worth = float(fixed.0) + float(self.amount.0) * f64::from(ppm) * 1e-6;
        self.mu = if worth > 0.0 { 1000.0 / worth } else { self.mu };
        self
    }

    /// Under these rules.
    #[must_use]
    pub const fn rules(mut self, rules: &'a PartsRules<'a>) -> Self {
        self.rules = Some(rules);
        self
    }
}

/// Rules of a payment in parts.
///
/// By default every balance within its bounds is equally likely, HTLC limits count, every channel works, nothing is
/// excluded, and there may be any number of parts of any length, of which 483 at most pass one direction of a channel with a
/// policy. Reserves and amounts in flight are those of the graph, or
/// of the [`Knowledge`].
///
/// ```
/// use feasible::check::{Part, PartsGoal, PartsRules, parts};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(s, t, Sat(1)))?;
/// let graph = b.build();
/// let rules = PartsRules::new().availability(0.98);
/// let goal = PartsGoal::new(s, t, Msat(500), 0.0).rules(&rules);
/// let part = Part { amount: Msat(500), path: vec![(channel, Direction::AToB)] };
/// let value = parts(&graph, &goal, &[part])?;
/// assert!((value.ln_probability.exp() - 0.98 * 501.0 / 1001.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PartsRules<'a> {
    pub(crate) law: Option<&'a dyn Law>,
    pub(crate) knowledge: Option<&'a Knowledge>,
    pub(crate) htlc_limits: bool,
    /// Whether only fees count.
    pub(crate) riskless: bool,
    /// Nats per channel and direction that is used.
    pub(crate) activation: f64,
    pub(crate) max_parts: usize,
    pub(crate) max_hops: usize,
    pub(crate) max_cltv: u64,
    /// By direction.
    own: BTreeMap<usize, DirectionRules>,
}

/// What is ruled of one direction alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DirectionRules {
    pub(crate) excluded: bool,
    /// Instead of that of all directions.
    pub(crate) activation: Option<f64>,
    /// Nats if it is used, which are no risk.
    pub(crate) bias: f64,
    pub(crate) max_htlcs: u32,
    /// Slots that parts sent before take.
    pub(crate) taken: u32,
}

impl DirectionRules {
    const NONE: Self = Self { excluded: false, activation: None, bias: 0.0, max_htlcs: u32::MAX, taken: 0 };
}

/// The price of a chance in (0, 1]; anything else counts as 1.
fn nats(probability: f64) -> f64 {
    if probability > 0.0 && probability <= 1.0 { -libm::log(probability) } else { 0.0 }
}

impl Default for PartsRules<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> PartsRules<'a> {
    /// The default rules.
    #[must_use]
    pub const fn new() -> Self {
        let (max_parts, max_hops, max_cltv) = (usize::MAX, usize::MAX, u64::MAX);
        Self {
            law: None,
            knowledge: None,
            htlc_limits: true,
            riskless: false,
            activation: 0.0,
            max_parts,
            max_hops,
            max_cltv,
            own: BTreeMap::new(),
        }
    }

    /// The law of every channel's balance within its bounds, instead of the uniform one.
    #[must_use]
    pub fn law(mut self, law: &'a dyn Law) -> Self {
        self.law = Some(law);
        self
    }

    /// What is known of balances, and what is in flight, instead of what the graph says of them. The law remains that of
    /// the rules, within the ranges known.
    #[must_use]
    pub fn knowledge(mut self, knowledge: &'a Knowledge) -> Self {
        self.knowledge = Some(knowledge);
        self
    }

    /// Whether limits of HTLCs count: least and largest amounts, and that a channel with a policy holds at most 483 HTLCs of
    /// one direction (BOLT 2).
    #[must_use]
    pub const fn htlc_limits(mut self, count: bool) -> Self {
        self.htlc_limits = count;
        self
    }

    /// Fees alone count: what may be there is taken for certain, channels work, and none is disliked. With a mu of 1 the
    /// objective is the fee in satoshi, its lower bound one of the fees of all ways to pay.
    #[must_use]
    pub const fn riskless(mut self) -> Self {
        self.riskless = true;
        self
    }

    /// The probability that a channel which is used works at all, in (0, 1]; one factor for each direction used.
    /// Anything else counts as 1.
    #[must_use]
    pub fn availability(mut self, probability: f64) -> Self {
        self.activation = nats(probability);
        self
    }

    fn own(&mut self, channel: ChannelId, direction: Direction) -> &mut DirectionRules {
        let index = direction_index(channel.index(), direction);
        self.own.entry(index).or_insert(DirectionRules::NONE)
    }

    /// The same for one direction, instead of that of all of them.
    #[must_use]
    pub fn availability_of(mut self, channel: ChannelId, direction: Direction, probability: f64) -> Self {
        self.own(channel, direction).activation = Some(nats(probability));
        self
    }

    /// Dislikes a direction: so many nats are added to the objective if it is used, and the probability stays what it is.
    /// Adds up if called again; what is negative or not finite counts as zero. To favour a direction, dislike the others.
    #[must_use]
    pub fn bias(mut self, channel: ChannelId, direction: Direction, nats: f64) -> Self {
        if nats > 0.0 && nats.is_finite() {
            self.own(channel, direction).bias += nats;
        }
        self
    }

    /// Dislikes a node: a bias on every direction that leads to it.
    #[must_use]
    pub fn bias_node(mut self, graph: &ChannelGraph, node: NodeId, nats: f64) -> Self {
        for &channel in graph.channels_of(node) {
            let direction = graph.channel(channel).leaving(node).reversed();
            self = self.bias(channel, direction, nats);
        }
        self
    }

    /// The largest number of parts.
    #[must_use]
    pub const fn max_parts(mut self, parts: usize) -> Self {
        self.max_parts = parts;
        self
    }

    /// The largest number of parts through a direction: its free HTLC slots, if they are fewer than 483.
    #[must_use]
    pub fn max_htlcs(mut self, channel: ChannelId, direction: Direction, parts: u32) -> Self {
        self.own(channel, direction).max_htlcs = parts;
        self
    }

    /// The largest number of hops of a part.
    #[must_use]
    pub const fn max_hops(mut self, hops: usize) -> Self {
        self.max_hops = hops;
        self
    }

    /// The largest sum of the time lock deltas of a part's hops, the sender's own left out.
    #[must_use]
    pub const fn max_cltv(mut self, blocks: u64) -> Self {
        self.max_cltv = blocks;
        self
    }

    /// Excludes one direction of a channel.
    #[must_use]
    pub fn exclude(mut self, channel: ChannelId, direction: Direction) -> Self {
        self.own(channel, direction).excluded = true;
        self
    }

    /// Excludes a node: all directions of all its channels.
    #[must_use]
    pub fn exclude_node(mut self, graph: &ChannelGraph, node: NodeId) -> Self {
        for &channel in graph.channels_of(node) {
            self = self.exclude(channel, Direction::AToB).exclude(channel, Direction::BToA);
        }
        self
    }

    /// Whether a direction is excluded.
    #[must_use]
    pub fn excludes(&self, channel: ChannelId, direction: Direction) -> bool {
        self.of(direction_index(channel.index(), direction)).excluded
    }

    /// One HTLC slot less, if slots are limited.
    pub(crate) fn take_slot(mut self, channel: ChannelId, direction: Direction) -> Self {
        let own = self.own(channel, direction);
        own.taken = own.taken.saturating_add(1);
        self
    }

    /// Forgets how many slots directions have; whether that was known of any.
    pub(crate) fn free_slots(&mut self) -> bool {
        let limited = self.own.values().any(|own| own.max_htlcs < u32::MAX);
        for own in self.own.values_mut() {
            (own.max_htlcs, own.taken) = (u32::MAX, 0);
        }
        limited
    }

    pub(crate) fn of(&self, index: usize) -> DirectionRules {
        self.own.get(&index).copied().unwrap_or(DirectionRules::NONE)
    }

    /// Without dislikes.
    pub(crate) fn unbiased(mut self) -> Self {
        self.own.values_mut().for_each(|own| own.bias = 0.0);
        self
    }

    /// Whether a direction is disliked.
    pub(crate) fn is_biased(&self) -> bool {
        self.own.values().any(|own| own.bias > 0.0)
    }

    /// Whether the number of parts or HTLCs, or the length of ways, is limited.
    pub(crate) fn is_limited(&self) -> bool {
        let free = self.max_parts == usize::MAX && self.max_hops == usize::MAX && self.max_cltv == u64::MAX;
        !free || self.own.values().any(|own| own.max_htlcs < u32::MAX)
    }

    /// Whether every direction is what the graph says of it.
    pub(crate) fn is_plain(&self) -> bool {
        let free = self.activation == 0.0 && self.own.is_empty();
        free && self.htlc_limits && !self.riskless && self.law.is_none() && self.knowledge.is_none()
    }
}
