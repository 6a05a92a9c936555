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
/// Plans whose touches differ in at most so many slots (one exchanged for another) are near each other: what lies between
/// them is nothing new, so only the better one is kept.
const NEAR: usize = 2;
/// Points kept.
const POINTS: usize = 32;

#[derive(Clone, Debug, Default)]
pub(super) struct Elite {
    plans: Vec<Solution>,
    points: Vec<Point>,
    turns: usize,
}

impl Elite {
    /// Keeps a plan in the place of worse ones that are near it, or else of the worst one; not if one as good is near.
    pub(super) fn join(&mut self, plan: &Solution) {
        let touched = &plan.state.touched;
        let near = |known: &Solution| is_near(known, (0..touched.len()).filter(|&slot| touched[slot]));
        if self.plans.iter().any(|known| near(known) && known.rank() >= plan.rank()) {
            return;
        }
        self.plans.retain(|known| !near(known));
        if self.plans.len() < PLANS {
            self.plans.push(plan.clone());
            return;
        }
        let worst = self.plans.iter_mut().min_by_key(|known| known.rank());
        if let Some(worst) = worst.filter(|worst| worst.rank() < plan.rank()) {
            *worst = plan.clone();
        }
    }

    /// Whether a plan that touches these slots and is worth so much would be kept: none as good is near it, and not all are
    /// as good.
    pub(super) fn has_place_for(&self, touched: &[usize], value: u64) -> bool {
        let near = |known: &Solution| is_near(known, touched.iter().copied());
        let as_good = |known: &&Solution| known.objective >= value;
        self.plans.iter().filter(as_good).count() < PLANS && !self.plans.iter().filter(as_good).any(near)
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

    /// The plans kept.
    pub(super) fn plans(&self) -> &[Solution] {
        &self.plans
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

/// Whether a plan that is kept is near one that touches these slots.
fn is_near(known: &Solution, touched: impl Iterator<Item = usize>) -> bool {
    let (mut own, mut both) = (0, 0);
    for slot in touched {
        own += 1;
        both += usize::from(known.state.touched[slot]);
    }
    own + known.state.touches - 2 * both <= NEAR
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Elite, NEAR, PLANS};
    use crate::random::Random;
    use crate::round::generate::{Size, lightning};
    use crate::round::model::Model;
    use crate::round::solution::Solution;
    use crate::round::state::State;

    const SIZE: Size = Size { nodes: 12, channels: 30, participants: 8, demands: 6, max_touches: 4 };

    fn apart(a: &Solution, b: &Solution) -> usize {
        a.state.touched.iter().zip(&b.state.touched).filter(|(a, b)| a != b).count()
    }

    /// After every plan: the best one so far is kept, no two are near each other, and a plan that is not kept has
    /// one as good near it, or all that are kept are as good.
    #[test]
    fn plans_that_are_kept_are_good_and_not_near_each_other() {
        let model = Model::new(&lightning(SIZE, 1).unwrap());
        for seed in 0..50 {
            let (noise, mut elite, mut best) = (Random::new(seed), Elite::default(), 0);
            let (mut near, mut full, mut refused) = (0, 0, 0);
            for turn in 0..200 {
                let noise = noise.stream(turn);
                let mut state = State::new(&model);
                for (slot, touched) in state.touched.iter_mut().enumerate().take(10) {
                    *touched = noise.below(slot as u64, 3) == 0;
                }
                state.touches = state.touched.iter().filter(|&&touched| touched).count();
                let plan = Solution { state, met: Vec::new(), objective: noise.below(100, 1 + turn) };
                best = best.max(plan.objective);
                let slots: Vec<usize> = (0..10).filter(|&slot| plan.state.touched[slot]).collect();
                let place = elite.has_place_for(&slots, plan.objective);
                let known: Vec<u64> = elite.plans.iter().map(|known| known.objective).collect();
                elite.join(&plan);
                let kept = &elite.plans;
                // What has no place is not kept, or as a plan as good with fewer touches.
                let found =
                    kept.iter().any(|kept| kept.objective == plan.objective && apart(kept, &plan) == 0);
                assert!(if place { found } else { kept.iter().all(|kept| known.contains(&kept.objective)) });
                refused += usize::from(!place);
                assert!(kept.len() <= PLANS);
                assert_eq!(kept.iter().map(|known| known.objective).max(), Some(best));
                for (i, known) in kept.iter().enumerate() {
                    assert!(kept[..i].iter().all(|other| apart(known, other) > NEAR));
                }
                let is_kept =
                    |known: &Solution| apart(known, &plan) == 0 && known.objective == plan.objective;
                if !kept.iter().any(is_kept) {
                    let as_good = |known: &&Solution| known.rank() >= plan.rank();
                    if kept.iter().filter(as_good).any(|known| apart(known, &plan) <= NEAR) {
                        near += 1;
                    } else {
                        assert!(kept.len() == PLANS && kept.iter().filter(as_good).count() == PLANS);
                        full += 1;
                    }
                }
            }
            assert!(near > 0 && full > 0 && refused > near && refused < 190);
        }
    }
}
