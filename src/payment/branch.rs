//! Branching on directions whose fixed charge the relaxation pays in part.
//!
//! The relaxation pays the charge of a direction (its base fee and activation) in proportion to what flows, up to the
//! tangent point. Two cases cover everything: the direction carries nothing, or its charge is paid whatever it carries.
//! Both are solved warm on the same flow, the case with the least bound is divided first (best-first search), and the
//! ways of every case are improved as parts of their own. What the prices of a case prove, `check::branch_bound`
//! proves again. Charges that further parts pay on the same direction are not divided: they stay in the gap.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::cost::Assumed;
use super::flow::Flow;
use super::parts::Search;
use super::{Best, PHASES, PayError, PaymentPlanner, TIGHT};
use crate::check::{self, Branch, PartsGoal, direction_at};
use crate::id::id_at;
use crate::solve::Meter;

/// A charge that is unpaid by less than this share of the gap is not worth two cases.
const WORTH: f64 = 0.02;
/// Rounds of narrowing, and what a round must leave of the gap at most for another one.
const NARROWER: usize = 4;
const LESS: f64 = 0.9;

/// A case: what is assumed of directions, what it proves, and what to divide it by.
#[derive(Debug)]
struct Case {
    assumed: BTreeMap<usize, bool>,
    potentials: Vec<f64>,
    bound: f64,
    divide: Option<usize>,
}

impl PaymentPlanner<'_> {
    /// Raises the bound and improves the parts by at most `cases` cases. `flow` has solved the relaxation, and is left as
    /// it would be without assumptions.
    pub(super) fn branch(
        &self,
        goal: &PartsGoal<'_>,
        flow: &mut Flow<'_>,
        best: &mut Best,
        cases: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), PayError> {
        if cases == 0 {
            return Ok(());
        }
        let worth = |best: &Best| WORTH * (best.value - best.bound);
        let ahead = flow.roads.ahead.clone();
        let terms = Arc::clone(&flow.costs.terms);
        let mut search = Search::new(&terms, &self.locks, goal);
        let narrow = self.narrow(goal, flow, (best, &mut search), &ahead, meter)?;
        let root = best.potentials.clone();
        let divide = flow.unpaid(worth(best));
        let mut open =
            alloc::vec![Case { assumed: BTreeMap::new(), potentials: root, bound: best.bound, divide }];
        let mut left = cases;
        while best.gap() > TIGHT && left >= 2 {
            let least = (0..open.len()).min_by(|&one, &other| open[one].bound.total_cmp(&open[other].bound));
            let Some(index) = least.and_then(|least| open[least].divide.map(|index| (least, index))) else {
                break;
            };
            let case = open.swap_remove(index.0);
            for used in [false, true] {
                let mut assumed = case.assumed.clone();
                assumed.insert(index.1, used);
                let mut all = narrow.clone();
                all.extend(assumed.iter().map(|(&index, &used)| {
                    let known = narrow.get(&index).copied().unwrap_or(Assumed::used(used));
                    (index, Assumed { used: Some(used), ..known })
                }));
                flow.assume(&all, &ahead, meter)?;
                let mut child = self.case(goal, flow, (best, &mut search), assumed, meter)?;
                // What holds without an assumption holds with it.
                if child.bound < case.bound {
                    (child.bound, child.potentials) = (case.bound, case.potentials.clone());
                }
                open.push(child);
            }
            left -= 2;
            best.bound = open.iter().map(|case| case.bound).fold(f64::INFINITY, f64::min);
        }
        let assumed = |(&index, &used): (&usize, &bool)| (id_at(index / 2), direction_at(index), used);
        if open.len() > 1 {
            let branch = |Case { assumed: case, potentials, .. }: Case| Branch {
                assumed: case.iter().map(assumed).collect(),
                potentials,
            };
            best.branches = open.into_iter().map(branch).collect();
        }
        flow.assume(&BTreeMap::new(), &ahead, meter)?;
        Ok(())
    }

    /// Narrows what directions carry by what the bound lacks to the objective, and solves again within that; what was
    /// assumed last.
    fn narrow(
        &self,
        goal: &PartsGoal<'_>,
        flow: &mut Flow<'_>,
        (best, search): (&mut Best, &mut Search<'_, '_>),
        ahead: &[f64],
        meter: &mut Meter<'_, '_>,
    ) -> Result<BTreeMap<usize, Assumed>, PayError> {
        let none = BTreeMap::new();
        let terms = Arc::clone(&flow.costs.terms);
        let of = |index: usize| terms[index];
        let (bound, mut ranges) =
            check::narrowed_with(self.graph, goal, &best.potentials, best.value, &none, of);
        best.bound = best.bound.max(bound);
        let mut narrow = BTreeMap::new();
        for _ in 0..NARROWER {
            if best.gap() <= TIGHT || ranges.is_empty() {
                break;
            }
            narrow = flow.narrowed(&ranges);
            flow.assume(&narrow, ahead, meter)?;
            self.again(flow, (best, search), meter)?;
            let potentials = flow.potentials();
            let before = best.value - best.bound;
            let (bound, found) = check::narrowed_with(self.graph, goal, &potentials, best.value, &none, of);
            if bound > best.bound {
                (best.bound, best.potentials, ranges) = (bound, potentials, found);
            }
            if best.value - best.bound > LESS * before {
                break;
            }
        }
        Ok(narrow)
    }

    /// Solves again, and improves the parts that come of it.
    fn again(
        &self,
        flow: &mut Flow<'_>,
        (best, search): (&mut Best, &mut Search<'_, '_>),
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), PayError> {
        if flow.solve(PHASES, meter)? {
            let (mut ways, _, whole) = search.cut(&flow.ways());
            if whole {
                let value = search.improve(&mut ways, usize::MAX);
                best.parts(value, ways);
            }
        }
        Ok(())
    }

    fn case(
        &self,
        goal: &PartsGoal<'_>,
        flow: &mut Flow<'_>,
        (best, search): (&mut Best, &mut Search<'_, '_>),
        assumed: BTreeMap<usize, bool>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Case, PayError> {
        self.again(flow, (best, search), meter)?;
        let potentials = flow.potentials();
        let terms = Arc::clone(&flow.costs.terms);
        let of = |index: usize| terms[index];
        let bound = check::narrowed_with(self.graph, goal, &potentials, best.value, &assumed, of).0;
        let divide = flow.unpaid(WORTH * (best.value - bound));
        Ok(Case { assumed, potentials, bound, divide })
    }
}
