//! Search among sets of parts within limits: one part at a time takes the way that is best for it, given the others.
//!
//! The way is exact for the part's amount but for fees on fees (a shortest path within the limits of hops, time locks, HTLCs
//! and slots), so what is found is a set of parts that no part can leave alone with a gain.

use alloc::vec::Vec;

use super::parts::{Search, Way};
use crate::check::{Cheapest, PartsGoal, cheapest_way, direction_at};
use crate::id::id_at;
use crate::liquidity::ChannelGraph;
use crate::num::float;
use crate::solve::{Meter, SolveError};

/// Sets of equal parts that are tried: up to so many.
const EQUAL: u64 = 8;
/// Passes over all parts.
const PASSES: usize = 6;
/// Sets of more parts stay as the search by ways leaves them: a pass over them costs their number squared.
const MOST: usize = 64;

pub(super) struct Rerouting<'s, 'c> {
    pub(super) graph: &'c ChannelGraph,
    pub(super) goal: &'c PartsGoal<'c>,
    pub(super) usable: &'s [bool],
}

impl Rerouting<'_, '_> {
    /// The best way for one more part, if there is one: first with HTLC minima not above the amount, then with those that it
    /// may grow to by fees.
    pub(super) fn way(
        &self,
        search: &Search<'_, '_>,
        others: &[Way],
        amount: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Way>, SolveError> {
        match self.cheapest(search, others, (amount, amount), meter)? {
            None => {
                self.cheapest(search, others, (amount, amount.saturating_add(amount / 16 + 8_000)), meter)
            }
            found => Ok(found),
        }
    }

    fn cheapest(
        &self,
        search: &Search<'_, '_>,
        others: &[Way],
        (amount, grown): (u64, u64),
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Way>, SolveError> {
        meter.tick(self.usable.len() as u64)?;
        let terms = search.terms;
        let carried = search.carried(others);
        let mu = self.goal.mu / 1000.0;
        let step = |index: usize, before: f64| {
            let terms = &terms[index];
            let (sum, count) = carried.get(&index).copied().unwrap_or((0, 0));
            let fits = amount <= terms.htlc_max && grown >= terms.htlc_min && count < terms.slots;
            let Some(next) = sum.checked_add(amount).filter(|&next| fits && next <= terms.possible) else {
                return f64::INFINITY;
            };
            if !self.usable[index] {
                return f64::INFINITY;
            }
            let own = self.graph.channel(id_at(index / 2)).sender(direction_at(index)) == self.goal.sender;
            let fee = float(terms.base) + float(amount) * f64::from(terms.ppm) * 1e-6;
            let begun = if sum == 0 { terms.charge() } else { terms.risk(sum) };
            let risk = if sum == 0 { terms.risk(next) + begun } else { terms.risk(next) - begun };
            before + risk.max(0.0) + if own { 0.0 } else { mu * fee }
        };
        match cheapest_way(self.graph, self.goal, 0.0, step, &[]) {
            Cheapest::Way(_, path) => Ok(Some(Way { amount, path })),
            _ => Ok(None),
        }
    }

    /// Parts of equal size, one after the other on the best way; halves where there is none.
    pub(super) fn begin(
        &self,
        search: &mut Search<'_, '_>,
        parts: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Vec<Way>>, SolveError> {
        let all = self.goal.amount.0;
        let count = parts.min(all).max(1);
        let most = self.goal.rules.map_or(usize::MAX, |rules| rules.max_parts);
        let mut open: Vec<u64> = (0..count).map(|i| all / count + u64::from(i < all % count)).collect();
        let mut ways: Vec<Way> = Vec::new();
        while let Some(amount) = open.pop() {
            let fits = self.way(search, &ways, amount, meter)?.is_some_and(|way| {
                ways.push(way);
                search.value(&ways).is_finite() || ways.pop().is_none()
            });
            match fits {
                true => {}
                _ if amount > 1 && ways.len() + open.len() + 2 <= most.min(16) => {
                    open.extend([amount / 2, amount - amount / 2]);
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(ways))
    }

    /// The best of sets that begin with one to some equal parts.
    pub(super) fn afresh(
        &self,
        search: &mut Search<'_, '_>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(f64, Vec<Way>), SolveError> {
        let most = self.goal.rules.map_or(usize::MAX, |rules| rules.max_parts);
        let mut best = (f64::INFINITY, Vec::new());
        let mut count = 1;
        while count <= EQUAL.min(u64::try_from(most).unwrap_or(u64::MAX)) {
            if let Some(mut ways) = self.begin(search, count, meter)? {
                let value = self.improve(search, &mut ways, meter)?;
                if value < best.0 && ways.len() <= most {
                    best = (value, ways);
                }
            }
            count += 1 + count / 3;
        }
        Ok(best)
    }

    /// Improves a set of parts until no part changes its way; the value.
    pub(super) fn improve(
        &self,
        search: &mut Search<'_, '_>,
        ways: &mut Vec<Way>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<f64, SolveError> {
        let most = self.goal.rules.map_or(usize::MAX, |rules| rules.max_parts);
        let mut value = search.improve(ways, most);
        for _ in 0..PASSES {
            if ways.len() > MOST {
                break;
            }
            let before = value;
            for place in 0..ways.len() {
                let Some(Way { amount, path }) = ways.get(place).cloned() else { break };
                let mut others = ways.clone();
                others.remove(place);
                let Some(way) = self.way(search, &others, amount, meter)? else { continue };
                if way.path == path {
                    continue;
                }
                others.insert(place, way);
                let found = search.improve(&mut others, most);
                if found < value && others.len() <= most {
                    (*ways, value) = (others, found);
                }
            }
            value = self.split(search, ways, value, meter)?;
            if value >= before * (1.0 - 1e-9) {
                break;
            }
        }
        Ok(value)
    }

    /// Sends half of the largest part another way, if there may be one more part.
    fn split(
        &self,
        search: &mut Search<'_, '_>,
        ways: &mut Vec<Way>,
        value: f64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<f64, SolveError> {
        let most = self.goal.rules.map_or(usize::MAX, |rules| rules.max_parts);
        let largest = (0..ways.len()).max_by_key(|&place| ways[place].amount);
        let Some(place) = largest.filter(|&place| ways.len() < most && ways[place].amount > 1) else {
            return Ok(value);
        };
        let mut trial = ways.clone();
        let half = trial[place].amount / 2;
        trial[place].amount -= half;
        let Some(way) = self.way(search, &trial, half, meter)? else { return Ok(value) };
        trial.push(way);
        let found = search.improve(&mut trial, most);
        if found < value {
            *ways = trial;
            return Ok(found);
        }
        Ok(value)
    }
}
