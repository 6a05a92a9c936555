//! What a search has seen: good plans that touch different slots, and the points of a dive.
//!
//! A new plan may take the slots that two plans share and about half of what they do not (path relinking, Glover,
//! Laguna and Marti 2000): both are good, so what lies between them often is. A search that finds nothing for a while
//! turns to another point of the dive, which favours other slots and demands.

use alloc::vec::Vec;

use super::linear::Point;
use super::solution::Solution;
use crate::random::Random;

/// Plans kept.
const PLANS: usize = 6;
/// Points kept.
const POINTS: usize = 32;

#[derive(Clone, Debug, Default)]
pub(super) struct Elite {
    plans: Vec<Solution>,
    points: Vec<Point>,
    turns: usize,
}

impl Elite {
    /// Keeps a plan if it is better than one of those kept, or than the one with the same touches.
    pub(super) fn join(&mut self, plan: &Solution) {
        let same = self.plans.iter().position(|known| known.state.touched == plan.state.touched);
        let worst = || (0..self.plans.len()).min_by_key(|&i| self.plans[i].rank());
        let place = same.or_else(|| worst().filter(|_| self.plans.len() == PLANS));
        match place {
            None => self.plans.push(plan.clone()),
            Some(place) if plan.rank() > self.plans[place].rank() => self.plans[place] = plan.clone(),
            Some(_) => {}
        }
    }

    /// Slots between those of a plan and of another one that is kept, at most so many.
    pub(super) fn relink(&self, own: &[bool], most: usize, noise: Random) -> Option<Vec<usize>> {
        if self.plans.len() < 2 {
            return None;
        }
        let other = &self.any(noise)?.state.touched;
        let both = (0..own.len()).filter(|&slot| own[slot] && other[slot]);
        let mut slots: Vec<usize> = both.collect();
        let mut apart: Vec<(u64, usize)> = (0..own.len())
            .filter(|&slot| own[slot] != other[slot])
            .map(|slot| (noise.bits(1 + slot as u64), slot))
            .filter(|(key, _)| key % 2 == 0)
            .collect();
        apart.sort_unstable();
        slots.extend(apart.into_iter().map(|(_, slot)| slot));
        slots.truncate(most);
        Some(slots)
    }

    /// One of the plans kept.
    pub(super) fn any(&self, noise: Random) -> Option<&Solution> {
        let at = noise.below(0, self.plans.len().max(1) as u64);
        self.plans.get(usize::try_from(at).ok()?)
    }

    /// Keeps a point of a dive.
    pub(super) fn remember(&mut self, point: Point) {
        if self.points.len() < POINTS {
            self.points.push(point);
        }
    }

    /// Another point to turn to: those of the end of a dive first, again and again.
    pub(super) fn turn(&mut self) -> Option<Point> {
        let last = self.points.len().checked_sub(1)?;
        self.turns += 1;
        Some(self.points[last - self.turns % self.points.len()].clone())
    }
}
