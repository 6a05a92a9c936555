//! How likely amounts are carried, and what they cost.

use alloc::vec::Vec;

use super::entangled::{BUDGET, NotAll, Side};
use super::{Hop, Knowledge, state};
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::law::{Envelope, Interval, Law, Uniform};
use crate::liquidity::{Direction, Within};
use crate::num::{Sum, float};

impl Knowledge {
    /// ln P(party a's balance is in `part`, given that it is in `within`) from the law alone.
    ///
    /// In `-inf..=0`. `within` should lie in the capacity and may be narrower or wider than what is known.
    #[must_use]
    pub fn ln_share(&self, channel: ChannelId, part: Interval, within: Interval) -> f64 {
        let Some(common) = part.intersection(within) else {
            return f64::NEG_INFINITY;
        };
        if common == within {
            return 0.0;
        }
        let (law, capacity, moved) = (self.law(channel), self.capacity(channel).0, self.moved(channel));
        let at_first = |range| state::shifted(range, moved, capacity);
        if let Some(outer) = at_first(within) {
            let share = at_first(common).map_or(f64::NEG_INFINITY, |c| law.ln_share(capacity, c, outer));
            if share > f64::NEG_INFINITY || law.ln_mass(capacity, outer) > f64::NEG_INFINITY {
                return share;
            }
        }
        Uniform.ln_share(u64::MAX, common, within)
    }

    /// ln P(a direction carries one more amount).
    ///
    /// In `-inf..=0`. O(1) evaluations of the law; if the channel took part in a failure at an unknown hop, see
    /// [`Knowledge::ln_joint`].
    #[must_use]
    pub fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        let mut amounts = [Msat::ZERO; 2];
        amounts[direction.index()] = amount;
        match self.carrying(channel, amounts) {
            Some(enough) => self.ln_joint(&[(channel, enough)]),
            None => f64::NEG_INFINITY,
        }
    }

    /// What it costs in nats to raise the load of a direction from one amount to another: the fall of
    /// [`Knowledge::ln_probability`], without the difference of two logarithms.
    ///
    /// Infinite if the larger amount is impossible, 0 if the smaller one is. Failures at an unknown hop are not
    /// counted, so that costs of channels stay separate.
    #[must_use]
    pub fn cost(&self, channel: ChannelId, direction: Direction, from: Msat, to: Msat) -> f64 {
        let enough = |amount: Msat| {
            let mut amounts = [Msat::ZERO; 2];
            amounts[direction.index()] = amount;
            self.carrying(channel, amounts)
        };
        let Some(within) = enough(from).and_then(|from| from.intersection(self.range(channel))) else {
            return 0.0;
        };
        match enough(to.max(from)) {
            Some(more) => -self.ln_share(channel, more, within),
            None => f64::INFINITY,
        }
    }

    /// ln P(the balances of party a of several channels lie in these intervals).
    ///
    /// Several intervals of one channel count together. Channels are independent except for failures at unknown
    /// hops; those that hang together with these channels are counted exactly. Relative error of the result
    /// 1e-13 without them, of the probability itself with them.
    #[must_use]
    pub fn ln_joint(&self, boxes: &[(ChannelId, Interval)]) -> f64 {
        // The budget held when the last failure was learned, and a smaller box needs no more.
        self.ln_event(boxes, &[]).unwrap_or(f64::NEG_INFINITY)
    }

    /// ln P(balances lie in boxes and avoid more excluded boxes); `None` if that takes too many steps.
    pub(super) fn ln_event(&self, boxes: &[(ChannelId, Interval)], more: &[NotAll]) -> Option<f64> {
        let mut merged: Vec<(ChannelId, Interval)> = boxes.to_vec();
        merged.sort_unstable_by_key(|&(channel, part)| (channel, part.lo(), part.hi()));
        let mut sum = Sum::default();
        for same in merged.chunk_by(|one, other| one.0 == other.0) {
            let channel = same[0].0;
            let common =
                same.iter().try_fold(self.range(channel), |range, &(_, part)| range.intersection(part));
            match common {
                Some(common) => sum.add(self.ln_share(channel, common, self.range(channel))),
                None => return Some(f64::NEG_INFINITY),
            }
        }
        let asked = merged.iter().map(|&(channel, _)| channel);
        let excluded = more.iter().flat_map(|failure| &failure.sides).map(|side| side.channel);
        let known = self.entangled(asked.chain(excluded));
        let all: Vec<&NotAll> = known.iter().copied().chain(more).collect();
        if sum.value() == f64::NEG_INFINITY || all.is_empty() {
            return Some(sum.value());
        }
        let budget = BUDGET * 16;
        let (with, without) = (self.ln_avoids(&all, &merged, budget)?, self.ln_avoids(&known, &[], budget)?);
        Some((sum.value() + (with - without)).min(0.0))
    }

    /// Party a's balances with which hops are able, all at once; `None` if one can never be.
    pub(crate) fn able(&self, hops: &[Hop]) -> Option<Vec<(ChannelId, Interval)>> {
        let able = |side: Side| Some((side.channel, side.able(self.capacity(side.channel).0)?));
        self.sides(hops).into_iter().map(able).collect()
    }

    /// ln P(all hops carry their amounts at once), for a path or all parts of a payment.
    ///
    /// What hops ask of one direction adds up; opposite amounts do not net. In `-inf..=0`.
    ///
    /// ```
    /// use feasible::knowledge::{Hop, Knowledge};
    /// use feasible::law::Uniform;
    /// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (alice, bob) = (b.add_node()?, b.add_node()?);
    /// let channel = b.add_channel(Channel::new(alice, bob, Sat(1)))?;
    /// let known = Knowledge::new(&b.build(), Uniform);
    /// // Two parts of 500 need all 1000: one state of 1001, not (501/1001) squared.
    /// let part = Hop::new(channel, Direction::AToB, Msat(500));
    /// assert!((known.ln_carries(&[part, part]).exp() - 1.0 / 1001.0).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ln_carries(&self, hops: &[Hop]) -> f64 {
        self.able(hops).map_or(f64::NEG_INFINITY, |boxes| self.ln_joint(&boxes))
    }

    /// ln P(the hops before a position are able and the one there is not). -inf for a position without a hop.
    #[must_use]
    pub fn ln_fails_at(&self, hops: &[Hop], at: usize) -> f64 {
        let (Some(before), Some(hop)) = (hops.get(..at), hops.get(at)) else {
            return f64::NEG_INFINITY;
        };
        let lacking = self
            .sides(&hops[..=at])
            .into_iter()
            .find(|side| (side.channel, side.direction) == (hop.channel, hop.direction))
            .filter(|_| hop.amount > Msat::ZERO)
            .and_then(|side| side.lacking(self.capacity(side.channel).0));
        let (Some(mut boxes), Some(lacking)) = (self.able(before), lacking) else {
            return f64::NEG_INFINITY;
        };
        boxes.push((hop.channel, lacking));
        self.ln_joint(&boxes)
    }

    /// ln P(`hops` are able, and each of some other attempts would fail in the same state); no hops ask for nothing.
    ///
    /// `None` if too many attempts share too many channels for an exact answer.
    #[must_use]
    pub fn ln_carries_without(&self, hops: &[Hop], failing: &[Vec<Hop>]) -> Option<f64> {
        let Some(boxes) = self.able(hops) else {
            return Some(f64::NEG_INFINITY);
        };
        let failure = |hops: &Vec<Hop>| NotAll { sides: self.sides(hops), since: core::time::Duration::ZERO };
        let failures: Vec<NotAll> = failing.iter().map(failure).collect();
        self.ln_event(&boxes, &failures)
    }

    /// The largest amount that a direction carries for sure, and the largest it may carry.
    #[must_use]
    pub fn liquidity(&self, channel: ChannelId, direction: Direction) -> Within {
        let (range, capacity) = (self.range(channel), self.capacity(channel).0);
        let tied = self.side(channel, direction, 1).needed - 1;
        let (least, most) = match direction {
            Direction::AToB => (range.lo(), range.hi()),
            Direction::BToA => (capacity - range.hi(), capacity - range.lo()),
        };
        Within { certain: Msat(least.saturating_sub(tied)), possible: Msat(most.saturating_sub(tied)) }
    }

    /// The lower convex envelope of [`Knowledge::cost`] from the certain to the largest amount with a finite cost, for any law: a
    /// proven bound, from at most so many evaluations of the law or until it is known to the tolerance.
    #[must_use]
    pub fn envelope(
        &self,
        channel: ChannelId,
        direction: Direction,
        tolerance: f64,
        evaluations: usize,
    ) -> Envelope {
        let Within { certain, possible } = self.liquidity(channel, direction);
        let cost = |amount| self.cost(channel, direction, certain, Msat(amount));
        // Some laws give the largest balances no mass.
        let (mut last, mut never) = (certain.0, possible.0.saturating_add(1));
        while never - last > 1 {
            let middle = last + (never - last) / 2;
            if cost(middle).is_finite() { last = middle } else { never = middle }
        }
        Envelope::new((certain.0, last), tolerance, evaluations, cost)
    }

    /// Where the line from the certain amount touches [`Knowledge::cost`] from below: up to there the line is the lower
    /// convex envelope of the cost, and beyond it the cost is convex itself. The certain amount for a law of log-concave
    /// mass, whose cost is convex; `None` if the law says neither that nor that its mass is log-convex.
    ///
    /// About 120 evaluations of the law.
    #[must_use]
    pub fn tangent(&self, channel: ChannelId, direction: Direction) -> Option<Msat> {
        let Within { certain, possible } = self.liquidity(channel, direction);
        if self.law(channel).is_log_concave() {
            return Some(certain);
        }
        if !self.law(channel).is_log_convex() {
            return None;
        }
        // The next unit costs less than the mean so far before the tangent point, and not less from there on.
        let rising = |amount: u64| {
            let next = self.cost(channel, direction, Msat(amount), Msat(amount + 1));
            next * float(amount - certain.0) >= self.cost(channel, direction, certain, Msat(amount))
        };
        let (mut lo, mut hi) = (certain.0 + 1, possible.0.max(certain.0 + 1));
        while lo < hi {
            let middle = lo + (hi - lo) / 2;
            if rising(middle) {
                hi = middle;
            } else {
                lo = middle + 1;
            }
        }
        Some(Msat(lo.min(possible.0)))
    }
}
