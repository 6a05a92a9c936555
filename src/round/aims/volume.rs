//! The most money delivered, partial payments included.
//!
//! **Reduction.** Demand d of amount a is cut into n slices i = 1..n of w_i = floor(a i / n) - floor(a (i-1) / n). Slice i
//! is a demand of its own, of weight w_i, for floor(a i / n) (*whole* slices) or for floor(a (i-1) / n) + 1 (*begun*
//! slices). Whatever delivers f of a meets whole slices of at most f and begun slices of at least f in all, so a plan of
//! the first round delivers its objective or more, and a bound of the second bounds what any plan delivers.

use alloc::vec::Vec;

use crate::amount::Sat;
use crate::check;
use crate::id::DemandMap;
use crate::max_flow::dinic;
use crate::round::builder::RoundBuilder;
use crate::round::certificate::UpperBound;
use crate::round::error::RoundError;
use crate::round::instance::{Demand, Round};
use crate::round::model::{Model, Want};
use crate::round::plan::{Changes, DemandFlows};
use crate::round::planner::RoundPlanner;
use crate::round::state::{push, used};
use crate::solve::Watcher;

use super::AimError;
use super::largest::flow;

/// A plan for the most money delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// What the round does.
    pub changes: Changes,
    /// What every demand can get of its amount afterwards, each alone.
    pub delivered: DemandMap<Sat>,
    /// A flow for each of them; checked.
    pub flows: DemandFlows,
    /// The sum of what is delivered.
    pub volume: u64,
    /// The round of begun slices.
    pub sliced: Round,
    /// No plan delivers more than its value; the proof belongs to the round of begun slices.
    pub bound: UpperBound,
}

/// Whether a slice counts once it is whole or as soon as it is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slices {
    Whole,
    Begun,
}

impl RoundPlanner {
    /// The plan that delivers the most money if payments may be partial, each demand alone; weights are put aside. More
    /// `slices` per demand make the bound tighter and the search slower. Two rounds with `slices` times the demands.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, generate::{Size, lightning}};
    /// let size = Size { nodes: 30, channels: 60, participants: 12, demands: 10, max_touches: 4 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let plan = planner.volume(&round, 4, &mut |_| ControlFlow::Continue(()))?;
    /// assert!(plan.volume <= plan.bound.value);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AimError::Round`] with [`RoundError::Weights`] if all amounts together leave the range of weights;
    /// [`AimError::Solve`].
    pub fn volume(&self, round: &Round, slices: u32, watcher: Watcher<'_>) -> Result<Volume, AimError> {
        let nothing = Changes::default();
        let whole = sliced(round, slices, Slices::Whole)?;
        let first = self.run(&whole, &nothing, None, &mut *watcher)?;
        let begun = sliced(round, slices, Slices::Begun)?;
        let second = self.run(&begun, first.changes(), None, watcher)?;
        let mut best: Option<(u64, &Changes, DemandMap<Sat>)> = None;
        for changes in [&nothing, first.changes(), second.changes()] {
            let delivered = delivered(round, changes);
            let volume = delivered.iter().map(|(_, amount)| amount.0).sum();
            if best.as_ref().is_none_or(|(known, ..)| volume > *known) {
                best = Some((volume, changes, delivered));
            }
        }
        let (volume, changes, delivered) = best.unwrap_or((0, &nothing, DemandMap::from_vec(Vec::new())));
        let (changes, bound) = (changes.clone(), second.bound().clone());
        let flows = certified(round, &changes, &delivered)?;
        Ok(Volume { changes, delivered, flows, volume, sliced: begun, bound })
    }
}

/// The round whose demands are slices.
fn sliced(round: &Round, slices: u32, kind: Slices) -> Result<Round, RoundError> {
    let mut b = RoundBuilder::from(round);
    b.clear_demands();
    for (id, demand) in round.demand_ids().zip(round.demands()) {
        let amount = demand.amount.0;
        let count = u64::from(slices.max(1)).min(amount);
        // A quotient below the amount.
        let end = |i: u64| {
            let part = u128::from(amount) * u128::from(i) / u128::from(count);
            u64::try_from(part).unwrap_or(amount)
        };
        for i in 1..=count {
            let amount = Sat(match kind {
                Slices::Whole => end(i),
                Slices::Begun => end(i - 1) + 1,
            });
            let slice = Demand { amount, weight: end(i) - end(i - 1), ..*demand };
            b.add_where(round, id, slice)?;
        }
    }
    b.build(round.rules().clone())
}

/// What every demand can get after some changes.
fn delivered(round: &Round, changes: &Changes) -> DemandMap<Sat> {
    let model = Model::new(round);
    let liquidity = model.after(changes);
    let part = |want: &Want| Sat(flow(&model, want, &liquidity).min(want.amount).unsigned_abs());
    model.wants.iter().map(part).collect()
}

/// Flows of what is delivered, checked in the round that demands just that.
fn certified(round: &Round, changes: &Changes, delivered: &DemandMap<Sat>) -> Result<DemandFlows, AimError> {
    let mut b = RoundBuilder::from(round);
    b.clear_demands();
    let some: Vec<_> = delivered.iter().filter(|(_, amount)| **amount > Sat::ZERO).collect();
    for &(id, &amount) in &some {
        let demand = Demand { amount, weight: 1, ..round.demands()[id.index()] };
        b.add_where(round, id, demand)?;
    }
    let asked = b.build(round.rules().clone())?;
    let model = Model::new(&asked);
    let flows: DemandFlows = model.wants.iter().map(|want| Some(paid(&model, want, changes))).collect();
    check::plan(&asked, changes, &flows).map_err(crate::SolveError::from)?;
    let mut all = DemandMap::from_vec(alloc::vec![None; delivered.len()]);
    for ((id, _), (_, flow)) in some.iter().zip(flows.iter()) {
        all[*id].clone_from(flow);
    }
    Ok(all)
}

fn paid(model: &Model, want: &Want, changes: &Changes) -> Vec<crate::round::plan::ChannelFlow> {
    let mut residual = model.after(changes);
    model.enter(want, &mut residual);
    let before = residual.clone();
    push(&model.flat, &mut residual, want, &mut dinic::Scratch::default());
    model.sent(&used(before.into_iter(), &residual))
}
