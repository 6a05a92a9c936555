//! From a flow to parts, and the search among sets of parts.
//!
//! The convex relaxation leaves out that every part pays base fees of its own, that a part has a least amount on
//! every channel, and that there may be a limit on the number of parts. A set of parts is improved by moves that keep
//! the sum: a part is dropped and its amount given to another one, or an amount moves from the part with the steepest
//! marginal cost to the one with the flattest. Every set is valued exactly, with amounts and fees hop by hop.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::amount::Msat;
use crate::check::{Part, PartsGoal, PartsRules, Terms, direction_at, floor};
use crate::id::id_at;
use crate::num::float;

/// Rounds of equalising between two attempts to drop a part.
const ROUNDS: usize = 64;
/// Into how many parts a way may be cut to keep HTLC limits.
const CUTS: u64 = 1024;
/// Sets of more parts are not searched.
const MANY: usize = 96;

/// A part: what arrives, and directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) amount: u64,
    pub(super) path: Vec<usize>,
}

/// Values sets of parts.
#[derive(Debug)]
pub(super) struct Search<'a, 'b> {
    pub(super) terms: &'b [Terms<'a>],
    mu: f64,
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
                let fee = (amount * u128::from(terms.ppm)).div_ceil(1_000_000) + u128::from(terms.base);
                amount += fee;
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

    /// What directions send, by direction.
    pub(super) fn sums(&self, ways: &[Way]) -> Vec<(usize, u64)> {
        self.carried(ways).into_iter().map(|(index, (sum, _))| (index, sum)).collect()
    }

    /// Directions that send more than they can, and by how much.
    pub(super) fn overfull(&self, ways: &[Way]) -> Vec<(usize, u64)> {
        let over = |(index, sum): (usize, u64)| (index, sum.saturating_sub(self.terms[index].possible));
        self.sums(ways).into_iter().map(over).filter(|&(_, over)| over > 0).collect()
    }

    /// Ways of a flow as parts that keep the limits of HTLCs: cut evenly where they are too large, given to another
    /// part where they are too small, if there is one that takes them. Also returns a direction of each way that is too
    /// small or too long, and whether all of the amount has found a part.
    pub(super) fn cut(&self, ways: &[(u64, Vec<usize>)]) -> (Vec<Way>, Vec<usize>, bool) {
        let mut parts: Vec<Way> = Vec::new();
        let (mut rest, mut unfit): (Vec<u64>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut whole = true;
        for (amount, path) in ways {
            let mut count = 1;
            let cut = |count| self.fits(amount / count, path) && self.fits(amount.div_ceil(count), path);
            while count <= CUTS && count <= *amount && !cut(count) {
                count *= 2;
            }
            if count <= CUTS && count <= *amount {
                let of = |i| amount / count + u64::from(i < amount % count);
                parts.extend((0..count).map(|i| Way { amount: of(i), path: path.clone() }));
            } else {
                rest.push(*amount);
                let high = path.iter().copied().max_by_key(|&index| self.terms[index].htlc_min);
                let high = high.filter(|&index| self.terms[index].htlc_min > *amount);
                unfit.extend(high.or_else(|| path.get(path.len() / 2).copied()));
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

    /// Improves a set of parts, and keeps to at most `most` of them if that is possible.
    pub(super) fn improve(&mut self, parts: &mut Vec<Way>, most: usize) -> f64 {
        let mut value = self.value(parts);
        if parts.len() > MANY.max(most) || parts.is_empty() {
            return value;
        }
        for _ in 0..2 * MANY {
            value = self.equalise(parts, value);
            let Some((next, better)) = self.drop_one(parts, value, parts.len() > most) else { break };
            (*parts, value) = (next, better);
        }
        value
    }

    /// The best set without one of the parts, if it is better, or in any case if it `must` be.
    fn drop_one(&mut self, parts: &[Way], value: f64, must: bool) -> Option<(Vec<Way>, f64)> {
        let mut best: Option<(Vec<Way>, f64)> = None;
        if parts.len() < 2 {
            return None;
        }
        let limit = if must { f64::INFINITY } else { value * (1.0 - 1e-12) };
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&i| parts[i].amount);
        for &place in &order {
            let mut trial = parts.to_vec();
            let Way { amount, .. } = trial.remove(place);
            for to in 0..trial.len() {
                trial[to].amount += amount;
                let found = self.value(&trial);
                if found < best.as_ref().map_or(limit, |best| best.1) {
                    best = Some((trial.clone(), found));
                }
                trial[to].amount -= amount;
            }
            if best.is_some() && !must {
                break;
            }
        }
        best
    }

    /// Slope and curvature of the objective in the amount of a part.
    fn marginal(&self, carried: &[u64], path: &[usize]) -> (f64, f64) {
        let (mut slope, mut curvature) = (self.mu, 0.0);
        for (hop, &index) in path.iter().enumerate() {
            let terms = &self.terms[index];
            let risk = terms.slope(carried[index].min(terms.possible));
            slope += risk;
            curvature += risk * risk;
            slope += if hop > 0 { slope * f64::from(terms.ppm) * 1e-6 } else { 0.0 };
        }
        (slope, curvature)
    }

    /// Moves amounts between parts while the objective falls.
    fn equalise(&mut self, parts: &mut [Way], mut value: f64) -> f64 {
        let mut share = 1.0;
        for _ in 0..ROUNDS {
            let mut carried = core::mem::take(&mut self.carried);
            let tally = |carried: &mut [u64], add: bool| {
                for way in parts.iter().chain(&self.beside) {
                    let _ = self.walk(way.amount, &way.path, |index, sent| {
                        carried[index] = if add { carried[index].saturating_add(sent) } else { 0 };
                        true
                    });
                }
            };
            tally(&mut carried, true);
            let marginals: Vec<_> = parts.iter().map(|way| self.marginal(&carried, &way.path)).collect();
            tally(&mut carried, false);
            self.carried = carried;
            let pick = |one: &usize, other: &usize| marginals[*one].0.total_cmp(&marginals[*other].0);
            let (Some(from), Some(to)) = ((0..parts.len()).max_by(pick), (0..parts.len()).min_by(pick))
            else {
                break;
            };
            let gain = marginals[from].0 - marginals[to].0;
            let size = floor(share * gain / (marginals[from].1 + marginals[to].1))
                .min(parts[from].amount.saturating_sub(1));
            if from == to || size == 0 || gain <= 1e-12 * marginals[from].0 {
                break;
            }
            parts[from].amount -= size;
            parts[to].amount += size;
            let found = self.value(parts);
            if found < value {
                value = found;
            } else {
                parts[from].amount += size;
                parts[to].amount -= size;
                share /= 4.0;
                if share < 1e-3 {
                    break;
                }
            }
        }
        value
    }
}

/// Parts as they are handed out.
pub(super) fn sent(ways: &[Way]) -> Vec<Part> {
    let hop = |&index: &usize| (id_at(index / 2), direction_at(index));
    let part = |way: &Way| Part { amount: Msat(way.amount), path: way.path.iter().map(hop).collect() };
    ways.iter().map(part).collect()
}
