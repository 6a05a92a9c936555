//! Attempts one after the other: how many are made, which one succeeds, what arrives.
//!
//! # Problem
//!
//! Attempts 1..k are made in this order until one succeeds, in one state that nobody else changes. Attempt j succeeds iff
//! all its hops are able, a box of states B_j. Channel-disjoint attempts are independent; others are not:
//! whoever failed on a shared channel is likely to fail on it again.
//!
//! ```text
//!   P(attempt j succeeds first) = P(B_j and none of B_1..B_(j-1)),       E[attempts made] = sum over j of P(none of B_1..B_(j-1))
//! ```
//!
//! Both come from the calculus of excluded boxes of [`knowledge`](crate::knowledge), as sums of positive terms. No order
//! succeeds with more than P(feasible).

use alloc::vec;
use alloc::vec::Vec;

use crate::id::ChannelId;
use crate::knowledge::{Hop, Knowledge, Observation};
use crate::law::Interval;
use crate::num::float;
use crate::random::Random;

/// The most outcomes of a sequence of parts that are listed.
const MOST_OUTCOMES: u32 = 20_000;

/// What becomes of attempts that are made until one succeeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Tries {
    /// Per attempt the probability that it is made.
    pub made: Vec<f64>,
    /// Per attempt the probability that it is made and succeeds.
    pub succeeds: Vec<f64>,
    /// The probability that one of them succeeds.
    pub success: f64,
    /// The expected number of attempts made.
    pub expected: f64,
}

/// What becomes of attempts that are made in this order until one succeeds.
///
/// `None` if too many attempts share too many channels for an exact answer; [`tries_simulated`] always has one.
///
/// ```
/// use feasible::knowledge::{Hop, Knowledge};
/// use feasible::law::Uniform;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::reliability::tries;
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let first = b.add_channel(Channel::new(alice, bob, Sat(1)))?;
/// let second = b.add_channel(Channel::new(alice, bob, Sat(3)))?;
/// let known = Knowledge::new(&b.build(), Uniform);
/// let over = |channel, amount| vec![Hop::new(channel, Direction::AToB, Msat(amount))];
/// let one = tries(&known, &[over(first, 500), over(second, 500)]).unwrap();
/// assert!((one.expected - (1.0 + 500.0 / 1001.0)).abs() < 1e-15);
/// // Half the amount over the same channel: the second try is made with 0..=499 left, and 250..=499 will do.
/// let same = tries(&known, &[over(first, 500), over(first, 250)]).unwrap();
/// assert!((same.succeeds[1] - 250.0 / 1001.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn tries(known: &Knowledge, attempts: &[Vec<Hop>]) -> Option<Tries> {
    let (mut made, mut succeeds) = (Vec::new(), Vec::new());
    for (j, attempt) in attempts.iter().enumerate() {
        made.push(libm::exp(known.ln_carries_without(&[], &attempts[..j])?));
        succeeds.push(libm::exp(known.ln_carries_without(attempt, &attempts[..j])?));
    }
    let (success, expected) = (succeeds.iter().sum::<f64>().min(1.0), made.iter().sum());
    Some(Tries { made, succeeds, success, expected })
}

/// What arrives of parts that are sent one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delivery {
    /// The expected sum of the parts that arrive, in millisatoshi.
    pub expected: f64,
    /// The probability that all of them arrive.
    pub all: f64,
}

/// What arrives of parts that are sent in this order, each as long as those before it are still locked. A part that fails is
/// given up; it delivers the amount of its last hop.
///
/// Every outcome is listed: each part arrives or fails at one of its hops, and the next one meets what that tells. `None`
/// above 20 000 outcomes; [`delivery_simulated`] always has an answer.
#[must_use]
pub fn delivery(known: &Knowledge, parts: &[Vec<Hop>]) -> Option<Delivery> {
    let mut known = known.clone();
    known.forget_log();
    let mut budget = MOST_OUTCOMES;
    deliver(&mut known, parts, &mut budget)
}

fn deliver(known: &mut Knowledge, parts: &[Vec<Hop>], budget: &mut u32) -> Option<Delivery> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(Delivery { expected: 0.0, all: 1.0 });
    };
    let mut sum = Delivery { expected: 0.0, all: 0.0 };
    for at in 0..=part.len() {
        let arrives = at == part.len();
        let ln = if arrives { known.ln_carries(part) } else { known.ln_fails_at(part, at) };
        if ln == f64::NEG_INFINITY {
            continue;
        }
        *budget = budget.checked_sub(1)?;
        let hops = part.clone();
        known
            .learn(if arrives { Observation::Locked { hops } } else { Observation::Failed { hops, at } })
            .ok()?;
        let after = deliver(known, rest, budget);
        known.undo();
        let (after, p) = (after?, libm::exp(ln));
        let amount = part.last().filter(|_| arrives).map_or(0, |hop| hop.amount.0);
        sum.expected += p * (after.expected + float(amount));
        sum.all += if arrives { p * after.all } else { 0.0 };
    }
    Some(sum)
}

/// The channels of hops, each once.
fn channels<'h>(hops: impl Iterator<Item = &'h Hop>) -> Vec<ChannelId> {
    let mut list: Vec<ChannelId> = hops.map(|hop| hop.channel).collect();
    list.sort_unstable();
    list.dedup();
    list
}

/// Whether balances of channels, both sorted, lie in intervals; there is none if they cannot.
fn lie_in(boxes: Option<&[(ChannelId, Interval)]>, channels: &[ChannelId], balances: &[u64]) -> bool {
    let balance = |channel| channels.binary_search(channel).ok().and_then(|at| balances.get(at));
    boxes.is_some_and(|boxes| {
        boxes.iter().all(|(channel, within)| balance(channel).is_some_and(|&x| within.contains(x)))
    })
}

/// As [`tries`], from so many drawn states (1 at least), for any number of attempts: shares of states, so that the standard
/// error of every probability is at most `0.5 / sqrt(states)`.
///
/// ```
/// use feasible::knowledge::{Hop, Knowledge};
/// use feasible::law::Uniform;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::random::Random;
/// use feasible::reliability::{tries, tries_simulated};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(alice, bob, Sat(1)))?;
/// let known = Knowledge::new(&b.build(), Uniform);
/// let attempts = [500, 250].map(|amount| vec![Hop::new(channel, Direction::AToB, Msat(amount))]);
/// let exact = tries(&known, &attempts).unwrap();
/// let found = tries_simulated(&known, &attempts, 10_000, Random::new(1));
/// assert!((found.success - exact.success).abs() < 0.02);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn tries_simulated(known: &Knowledge, attempts: &[Vec<Hop>], states: u64, random: Random) -> Tries {
    let channels = channels(attempts.iter().flatten());
    let boxes: Vec<_> = attempts.iter().map(|attempt| known.able(attempt)).collect();
    let (mut made, mut succeeds) = (vec![0_u64; attempts.len()], vec![0_u64; attempts.len()]);
    let states = states.max(1);
    for number in 0..states {
        let balances = known.draw_of(&channels, random.stream(number));
        for ((made, succeeds), attempt) in made.iter_mut().zip(&mut succeeds).zip(&boxes) {
            *made += 1;
            if lie_in(attempt.as_deref(), &channels, &balances) {
                *succeeds += 1;
                break;
            }
        }
    }
    let share = |counts: Vec<u64>| -> Vec<f64> {
        counts.into_iter().map(|count| float(count) / float(states)).collect()
    };
    let (made, succeeds) = (share(made), share(succeeds));
    let (success, expected) = (succeeds.iter().sum::<f64>().min(1.0), made.iter().sum());
    Tries { made, succeeds, success, expected }
}

/// As [`delivery`], from so many drawn states (1 at least), for any number of parts: a mean over states.
#[must_use]
pub fn delivery_simulated(known: &Knowledge, parts: &[Vec<Hop>], states: u64, random: Random) -> Delivery {
    let channels = channels(parts.iter().flatten());
    let states = states.max(1);
    let (mut arrived, mut all) = (0.0, 0_u64);
    for number in 0..states {
        let balances = known.draw_of(&channels, random.stream(number));
        // What has arrived stays locked, and the next part needs its amounts on top.
        let (mut locked, mut sum, mut complete) = (Vec::new(), 0.0, true);
        for part in parts {
            let before = locked.len();
            locked.extend_from_slice(part);
            if lie_in(known.able(&locked).as_deref(), &channels, &balances) {
                sum += part.last().map_or(0.0, |hop| float(hop.amount.0));
            } else {
                locked.truncate(before);
                complete = false;
            }
        }
        arrived += sum;
        all += u64::from(complete);
    }
    Delivery { expected: arrived / float(states), all: float(all) / float(states) }
}
