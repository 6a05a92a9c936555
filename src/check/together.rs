//! Checker of bounds on demands that are netted together: the theorem with
//! [`SetBound`](crate::round::SetBound), recomputed from its sets and multipliers.

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use super::rows::Limits;
use crate::id::NodeMap;
use crate::round::{Round, SetBound, UpperBound};

/// Whether no plan can net demands of more weight than `bound.value`. O(sets x (channels + demands)).
///
/// # Errors
///
/// The first [`Violation`].
pub fn set_bound(round: &Round, bound: &SetBound) -> Result<(), Violation> {
    let actual = set_bound_value(round, bound)?;
    if actual == bound.value {
        return Ok(());
    }
    let (claimed, actual) = (i128::from(bound.value), i128::from(actual));
    Err(Violation::Value { what: "bound", claimed, actual })
}

/// The value that the sets of a bound prove.
pub(crate) fn set_bound_value(round: &Round, bound: &SetBound) -> Result<u64, Violation> {
    let overflow = Violation::Overflow { what: "bound" };
    let limits = Limits::new(round);
    let scale = i128::from(UpperBound::SCALE);
    let mut total = 0_i128;
    let mut demands: Vec<i128> = limits.weights.iter().map(|weight| weight * scale).collect();
    for cut in &bound.cuts {
        let (expected, actual) = (round.node_count(), cut.inside.len());
        if expected != actual {
            return Err(Violation::Length { what: "inside", expected, actual });
        }
        let value = i128::from(cut.value);
        let room = value.checked_mul(most_leaving(&limits, &cut.inside)).ok_or(overflow)?;
        total = total.checked_add(room).ok_or(overflow)?;
        for (left, demand) in demands.iter_mut().zip(round.demands()) {
            let sign = i128::from(cut.inside[demand.sender]) - i128::from(cut.inside[demand.receiver]);
            let sent = value.checked_mul(sign * i128::from(demand.amount.0)).ok_or(overflow)?;
            *left = left.checked_sub(sent).ok_or(overflow)?;
        }
    }
    let sum = demands.into_iter().try_fold(total, |sum, left| sum.checked_add(left.max(0)));
    u64::try_from(sum.ok_or(overflow)? / scale).map_err(|_| overflow)
}

/// L(S): the most that can leave a set after any round.
pub(crate) fn room(round: &Round, inside: &NodeMap<bool>) -> i128 {
    most_leaving(&Limits::new(round), inside)
}

fn most_leaving(limits: &Limits<'_>, inside: &NodeMap<bool>) -> i128 {
    let (mut fixed, mut before) = (0_i128, 0_i128);
    let mut gains = Vec::new();
    let mut across = vec![0_i128; limits.means.len()];
    for limit in &limits.channels {
        let side = match limit.ends.map(|end| inside[end]) {
            [true, false] => 0,
            [false, true] => 1,
            _ => continue,
        };
        let own = limit.ends[side].index();
        let held = limit.spendable[side];
        before += held;
        if limit.touchable {
            let most = limits.most.min(limits.means[own]).max(0);
            gains.push((most - held).max(0));
            across[own] += limits.most.max(held);
        } else {
            fixed += held;
        }
    }
    gains.sort_unstable_by(|a, b| b.cmp(a));
    let touched: i128 = gains.iter().take(limits.max_touches).sum();
    let moved = |(&most, &means): (&i128, &i128)| most.min(means);
    let means: i128 = across.iter().zip(&limits.means).map(moved).sum();
    (before + touched).min(fixed + means)
}
