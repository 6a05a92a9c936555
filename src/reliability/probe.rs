//! What a probe is worth: bits about balances, or a better known reliability.
//!
//! # Problem
//!
//! A probe is an attempt that is never settled. It ends at hop 1, 2, ..., or nowhere: k + 1 outcomes Z that exclude
//! each other. Z is a function of the state, so the information about the state is the entropy of Z: at most one bit
//! for one channel, most at the median of what it can carry.
//!
//! Bits are not what a payment needs. With the reliability R = P(feasible), and R_z after the outcome z, the variance of
//! "is feasible" that the probe removes is
//!
//! ```text
//!   R (1 - R) - E[R_Z (1 - R_Z)] = E[(R_Z - R)^2],
//! ```
//!
//! and the right-hand side has no difference to lose.

use alloc::vec::Vec;

use crate::amount::Msat;
use crate::id::ChannelId;
use crate::knowledge::{Hop, Knowledge, LearnError, Observation};
use crate::law::Interval;
use crate::liquidity::Direction;

/// The probabilities of the outcomes of a probe: that it fails at hop 0, 1, ..., and at last that all hops are able.
#[must_use]
pub fn outcomes(known: &Knowledge, hops: &[Hop]) -> Vec<f64> {
    let fails = (0..hops.len()).map(|at| known.ln_fails_at(hops, at));
    fails.chain([known.ln_carries(hops)]).map(libm::exp).collect()
}

/// The bits that a probe tells about the balances, in expectation.
///
/// ```
/// use feasible::knowledge::{Hop, Knowledge};
/// use feasible::law::Uniform;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::reliability::{information, median};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(alice, bob, Sat(1)))?;
/// let known = Knowledge::new(&b.build(), Uniform);
/// let probe = |amount| [Hop::new(channel, Direction::AToB, amount)];
/// assert!(information(&known, &probe(median(&known, channel, Direction::AToB))) > 0.999_999);
/// assert!(information(&known, &probe(Msat(1))) < 0.02);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn information(known: &Knowledge, hops: &[Hop]) -> f64 {
    let bits = |p: f64| if p > 0.0 { -p * libm::log2(p) } else { 0.0 };
    outcomes(known, hops).into_iter().map(bits).sum()
}

/// The largest amount that a direction carries with probability one half or more: the probe of one channel
/// that tells most, or one unit less than it.
#[must_use]
pub fn median(known: &Knowledge, channel: ChannelId, direction: Direction) -> Msat {
    let within = known.liquidity(channel, direction);
    let (mut lo, mut hi) = (within.certain.0, within.possible.0);
    while lo < hi {
        let middle = lo + (hi - lo).div_ceil(2);
        if known.ln_probability(channel, direction, Msat(middle)) >= -core::f64::consts::LN_2 {
            lo = middle;
        } else {
            hi = middle - 1;
        }
    }
    Msat(lo)
}

/// The position and the bits of the probe that tells most; the first of equals, `None` without probes.
#[must_use]
pub fn best_probe(known: &Knowledge, probes: &[Vec<Hop>]) -> Option<(usize, f64)> {
    let mut best = None;
    for (i, probe) in probes.iter().enumerate() {
        let bits = information(known, probe);
        if best.is_none_or(|(_, most)| bits > most) {
            best = Some((i, bits));
        }
    }
    best
}

/// How much of the variance of "the payment is feasible" a probe removes in expectation.
///
/// `reliability` is P(feasible) for what is known, from any source; it is asked once per outcome and once before. Its
/// error enters squared.
///
/// # Errors
///
/// [`LearnError`] if the probe names a channel that is not there.
pub fn variance_drop(
    known: &Knowledge,
    hops: &[Hop],
    mut reliability: impl FnMut(&Knowledge) -> f64,
) -> Result<f64, LearnError> {
    let mut known = known.clone();
    known.forget_log();
    // Asks whether all hops exist, before anything is looked up.
    known.learn(Observation::Forwarded { hops: hops.to_vec() })?;
    known.undo();
    let before = reliability(&known);
    let mut drop = 0.0;
    for (at, p) in outcomes(&known, hops).into_iter().enumerate().filter(|&(_, p)| p > 0.0) {
        let hops = hops.to_vec();
        let forwarded = at == hops.len();
        known.learn(if forwarded {
            Observation::Forwarded { hops }
        } else {
            Observation::Failed { hops, at }
        })?;
        let change = reliability(&known) - before;
        known.undo();
        drop += p * change * change;
    }
    Ok(drop)
}

/// The position of the probe that removes most of the variance of "the payment is feasible", and [how
/// much](variance_drop); the first of equals, `None` without probes.
///
/// # Errors
///
/// [`LearnError`] if a probe names a channel that is not there.
///
/// ```
/// use feasible::Msat;
/// use feasible::knowledge::{Hop, Knowledge};
/// use feasible::law::Uniform;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::reliability::{best_probe, best_probe_for};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let [used, other] = [1, 1].map(|sat| b.add_channel(Channel::new(alice, bob, Sat(sat))));
/// let probe = |channel, amount| vec![Hop::new(channel, Direction::AToB, Msat(amount))];
/// let (used, other) = (used?, other?);
/// let probes = [probe(other, 500), probe(used, 300)];
/// let known = Knowledge::new(&b.build(), Uniform);
/// // 400 over the first channel alone: a bit about the other one says nothing of it.
/// let paid = |known: &Knowledge| known.ln_probability(used, Direction::AToB, Msat(400)).exp();
/// assert_eq!(best_probe(&known, &probes).unwrap().0, 0);
/// assert_eq!(best_probe_for(&known, &probes, paid)?.unwrap().0, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn best_probe_for(
    known: &Knowledge,
    probes: &[Vec<Hop>],
    mut reliability: impl FnMut(&Knowledge) -> f64,
) -> Result<Option<(usize, f64)>, LearnError> {
    let mut best: Option<(usize, f64)> = None;
    for (i, probe) in probes.iter().enumerate() {
        let drop = variance_drop(known, probe, &mut reliability)?;
        if best.is_none_or(|(_, most)| drop > most) {
            best = Some((i, drop));
        }
    }
    Ok(best)
}

/// The entropy of a channel's balance in bits: log2 of the number of balances if all are alike, less otherwise.
///
/// The range is halved, at least 6 times and until the halves tell no more than their whole (1e-6 of it), and the
/// rest extrapolated; about 1e-6 bits for the laws of this crate. Failures at unknown hops are not counted.
#[must_use]
pub fn entropy(known: &Knowledge, channel: ChannelId) -> f64 {
    let range = known.range(channel);
    let share = |part: Interval| libm::exp(known.ln_share(channel, part, range));
    #[allow(clippy::cast_precision_loss)] // a count, to a relative 1e-16
    let spread = |p: f64, part: Interval| {
        if p > 0.0 { p * (libm::log2(part.count() as f64) - libm::log2(p)) } else { 0.0 }
    };
    let (mut bits, mut cells) = (0.0, alloc::vec![(range, 1.0, 0_u32)]);
    let mut budget = 1_u32 << 15;
    while let Some((cell, p, depth)) = cells.pop() {
        budget = budget.saturating_sub(1);
        let middle = cell.lo() + (cell.hi() - cell.lo()) / 2;
        let upper = middle.checked_add(1).and_then(|lo| Interval::new(lo, cell.hi()));
        let (Some(lower), Some(upper)) = (Interval::new(cell.lo(), middle), upper) else {
            bits += spread(p, cell);
            continue;
        };
        let halves = [(lower, share(lower)), (upper, share(upper))];
        let split: f64 = halves.iter().map(|&(part, p)| spread(p, part)).sum();
        let lost = spread(p, cell) - split;
        if budget == 0 || (depth >= 6 && lost <= 1e-6 * p.max(1e-4)) {
            // What is lost by taking a cell for even falls by 4 with every halving.
            bits += split - lost / 3.0;
        } else {
            cells.extend(halves.iter().filter(|&&(_, p)| p > 0.0).map(|&(part, p)| (part, p, depth + 1)));
        }
    }
    bits.max(0.0)
}
