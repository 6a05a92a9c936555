//! From a flow to parts, and what sets of parts are worth.
//!
//! Ways of a flow are cut into parts that keep the limits of HTLCs. Every set of parts is valued exactly, with amounts
//! and fees hop by hop.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::amount::Msat;
use crate::check::{Part, PartsGoal, PartsRules, Terms, direction_at, direction_index};
use crate::id::{ChannelId, id_at};
use crate::liquidity::Direction;
use crate::num::float;

/// Into how many parts a way may be cut to keep HTLC limits.
const CUTS: u64 = 1 << 14;

/// Amounts that are tried to lose less to rounding: multiples of this, so many to either side.
const STEP: u64 = 1_000;
const NEAR: u64 = 48;

/// A part: what arrives, and directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) amount: u64,
    pub(super) path: Vec<usize>,
}

impl Way {
    pub(super) fn of(part: &Part) -> Self {
        let index = |&(id, direction): &(ChannelId, Direction)| direction_index(id.index(), direction);
        Self { amount: part.amount.0, path: part.path.iter().map(index).collect() }
    }
}

/// Values sets of parts.
#[derive(Debug)]
pub(super) struct Search<'a, 'b> {
    pub(super) terms: &'b [Terms<'a>],
    pub(super) mu: f64,
    rules: Option<&'b PartsRules<'b>>,
    /// Time lock deltas by direction.
    locks: &'b [u32],
    /// What directions carry; zero between uses.
    carried: Vec<u64>,
    used: Vec<usize>,
    /// Parts of other payments, which are there in any case.
    beside: Vec<Way>,
}

impl<'a, 'b> Search<'a, 'b> {
    pub(super) fn new(terms: &'b [Terms<'a>], locks: &'b [u32], goal: &PartsGoal<'b>) -> Self {
        let carried = alloc::vec![0; terms.len()];
        Self {
            terms,
            mu: goal.mu / 1000.0,
            rules: goal.rules,
            locks,
            carried,
            used: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// From now on these parts of other payments are there too, in what is valued and in what directions carry.
    pub(super) fn beside(&mut self, ways: Vec<Way>) {
        self.beside = ways;
    }

    /// Whether a way is within the limits of length.
    pub(super) fn short(&self, path: &[usize]) -> bool {
        let lock: u64 = path.iter().skip(1).map(|&index| u64::from(self.locks[index])).sum();
        self.rules.is_none_or(|rules| path.len() <= rules.max_hops && lock <= rules.max_cltv)
    }

    /// What a part sends through its directions, last first, while `each` agrees; whether it always did.
    fn walk(&self, amount: u64, path: &[usize], mut each: impl FnMut(usize, u64) -> bool) -> Option<u64> {
        let mut amount = u128::from(amount);
        for (hop, &index) in path.iter().enumerate().rev() {
            let terms = &self.terms[index];
            let sent = u64::try_from(amount).ok()?;
            if sent < terms.htlc_min || sent > terms.htlc_max || !each(index, sent) {
                return None;
            }
            if hop > 0 {
                amount += terms.fee(sent);
            }
        }
        u64::try_from(amount).ok()
    }

    fn fits(&self, amount: u64, path: &[usize]) -> bool {
        amount > 0 && self.short(path) && self.walk(amount, path, |_, _| true).is_some()
    }

    /// The objective of a set of parts; infinite if a limit is not kept.
    pub(super) fn value(&mut self, ways: &[Way]) -> f64 {
        let (mut carried, mut used) = (core::mem::take(&mut self.carried), core::mem::take(&mut self.used));
        let mut fee = Some(0_u64);
        for way in ways.iter().chain(&self.beside) {
            let sent = self.walk(way.amount, &way.path, |index, sent| {
                if carried[index] == 0 {
                    used.push(index);
                }
                carried[index] = carried[index].saturating_add(sent);
                carried[index] <= self.terms[index].possible
            });
            fee = fee.zip(sent).and_then(|(fee, sent)| fee.checked_add(sent - way.amount));
        }
        let mut risk = if self.crowded(ways, &used) { f64::INFINITY } else { 0.0 };
        for index in used.drain(..) {
            let terms = &self.terms[index];
            risk += if fee.is_some() { terms.risk(carried[index]) + terms.charge() } else { 0.0 };
            carried[index] = 0;
        }
        (self.carried, self.used) = (carried, used);
        fee.map_or(f64::INFINITY, |fee| risk + self.mu * float(fee))
    }

    /// What leaves the sender.
    pub(super) fn leaves(&self, ways: &[Way]) -> Option<u64> {
        let sent = |sum: u64, way: &Way| self.walk(way.amount, &way.path, |_, _| true)?.checked_add(sum);
        ways.iter().try_fold(0, sent)
    }

    /// Whether more parts pass a direction than it has slots.
    fn crowded(&self, ways: &[Way], used: &[usize]) -> bool {
        let slots = |index: usize| self.terms[index].slots as usize;
        let all = || ways.iter().chain(&self.beside);
        let passes = |index: usize| all().filter(|way| way.path.contains(&index)).count();
        used.iter().any(|&index| slots(index) < all().count() && passes(index) > slots(index))
    }

    /// What directions send, and in how many parts.
    pub(super) fn carried(&self, ways: &[Way]) -> BTreeMap<usize, (u64, u32)> {
        let mut carried = BTreeMap::new();
        for way in ways.iter().chain(&self.beside) {
            let _ = self.walk(way.amount, &way.path, |index, sent| {
                let (sum, count): &mut (u64, u32) = carried.entry(index).or_default();
                (*sum, *count) = (sum.saturating_add(sent), count.saturating_add(1));
                true
            });
        }
        carried
    }

    /// Directions that send more than they can, and by how much; with them, of those with more parts than slots the ones with
    /// the smallest parts, and what the parts too many carry.
    pub(super) fn overfull(&self, ways: &[Way]) -> Vec<(usize, u64)> {
        let carried = self.carried(ways);
        let excess = |&(index, &(_, count)): &(&usize, &(u64, u32))| {
            let (index, slots) = (*index, self.terms[*index].slots);
            (count > slots).then(|| (self.terms[index].htlc_max, count - slots))
        };
        let small = carried.iter().filter_map(|one| excess(&one)).map(|(part, _)| part).min();
        let over = |one: (&usize, &(u64, u32))| {
            let (&index, &(sum, count)) = one;
            let many = excess(&one).filter(|&(part, _)| Some(part) == small);
            let crowded =
                many.map_or(0, |(_, excess)| (sum / u64::from(count)).saturating_mul(excess.into()));
            (index, sum.saturating_sub(self.terms[index].possible).max(crowded))
        };
        carried.iter().map(over).filter(|&(_, over)| over > 0).collect()
    }

    /// Moves some satoshi between parts so that less is lost where fees are rounded up; their value.
    pub(super) fn round(&mut self, ways: &mut Vec<Way>) -> f64 {
        let value = self.value(ways);
        let Some(last) = (0..ways.len()).max_by_key(|&place| ways[place].amount) else { return value };
        let mut found = ways.clone();
        for place in (0..ways.len()).filter(|&place| place != last) {
            let Way { amount, ref path } = ways[place];
            let grown = path
                .iter()
                .skip(1)
                .fold(1.0, |grown, &index| grown * (1.0 + f64::from(self.terms[index].ppm) * 1e-6));
            let rate = grown - 1.0;
            // What is paid beyond the same share of every amount.
            let lost = |amount: u64| -> Option<f64> {
                let sent = self.walk(amount, path, |_, _| true)?;
                Some(float(sent - amount) - rate * float(amount))
            };
            let Some(mut least) = lost(amount) else { continue };
            let whole = amount / STEP;
            for near in whole.saturating_sub(NEAR).max(1)..=whole + NEAR {
                if let Some(less) = lost(near * STEP).filter(|&lost| lost < least) {
                    (least, found[place].amount) = (less, near * STEP);
                }
            }
            let rest = (found[last].amount + amount).checked_sub(found[place].amount);
            match rest.filter(|&rest| rest > 0) {
                Some(rest) => found[last].amount = rest,
                None => found[place].amount = amount,
            }
        }
        let less = self.value(&found);
        if less < value {
            *ways = found;
            return less;
        }
        value
    }

    /// Ways of a flow as parts that keep the limits of HTLCs: cut evenly where they are too large, given to another
    /// part where they are too small, if there is one that takes them. Also returns a direction of each way that is too
    /// small or too long, and whether all of the amount has found a part.
    pub(super) fn cut(&self, ways: &[(u64, Vec<usize>)]) -> (Vec<Way>, Vec<usize>, bool) {
        let mut parts: Vec<Way> = Vec::new();
        let (mut rest, mut unfit): (Vec<u64>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut whole = true;
        for (amount, path) in ways {
            let count = self.pieces(*amount, path);
            if let Some(count) = count {
                let of = |i| amount / count + u64::from(i < amount % count);
                parts.extend((0..count).map(|i| Way { amount: of(i), path: path.clone() }));
            } else {
                rest.push(*amount);
                unfit.extend(self.misfit(*amount, path, ways));
            }
        }
        for amount in rest {
            match (0..parts.len()).find(|&i| self.fits(parts[i].amount + amount, &parts[i].path)) {
                Some(place) => parts[place].amount += amount,
                None => whole = false,
            }
        }
        (parts, unfit, whole)
    }

    /// The least number of parts, as equal as they can be, into which a way can be cut.
    fn pieces(&self, amount: u64, path: &[usize]) -> Option<u64> {
        let fits = |count: u64| self.fits(amount / count, path) && self.fits(amount.div_ceil(count), path);
        let largest = path.iter().map(|&index| self.terms[index].htlc_max).min()?;
        let mut low = amount.div_ceil(largest.max(1)).max(1);
        if low > CUTS {
            return None;
        }
        // Fees make upstream amounts a little larger, as a rule.
        let tried = [low, low + 1, low + 2, low + low / 16 + 3, 2 * low + 3, 8 * low, 64 * low];
        let mut high = tried.into_iter().find(|&count| count <= amount && fits(count))?;
        // Smaller parts fit unless they are below a minimum.
        while low < high {
            let middle = low + (high - low) / 2;
            if fits(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(high).filter(|&count| count <= CUTS)
    }

    /// The direction to take out for a way that does not fit: one whose least HTLC is above all that it carries, or one
    /// in the middle of a way that is too long.
    fn misfit(&self, amount: u64, path: &[usize], ways: &[(u64, Vec<usize>)]) -> Option<usize> {
        let small = |index: &usize| {
            let through = ways.iter().filter(|(_, path)| path.contains(index));
            through.fold(0_u64, |sum, way| sum.saturating_add(way.0)) < self.terms[*index].htlc_min
        };
        let least = path.iter().copied().filter(small).max_by_key(|&index| self.terms[index].htlc_min);
        let below = path.iter().any(|&index| amount < self.terms[index].htlc_min);
        least.or_else(|| if below { None } else { path.get(path.len() / 2).copied() })
    }
}

/// Parts as they are handed out.
pub(super) fn sent(ways: &[Way]) -> Vec<Part> {
    let hop = |&index: &usize| (id_at(index / 2), direction_at(index));
    let part = |way: &Way| Part { amount: Msat(way.amount), path: way.path.iter().map(hop).collect() };
    ways.iter().map(part).collect()
}
