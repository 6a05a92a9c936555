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

use alloc::vec::Vec;

use crate::knowledge::{Hop, Knowledge, Observation};

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
/// `None` if too many attempts share too many channels for an exact answer.
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
/// above 20 000 outcomes.
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
        sum.expected += p * (after.expected + crate::num::float(amount));
        sum.all += if arrives { p * after.all } else { 0.0 };
    }
    Some(sum)
}
