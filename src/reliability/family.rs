//! Which cuts the open boxes are conditioned on.
//!
//! # Problem
//!
//! Whatever cuts share no channels, P(all of them pass) is a product, and a state can be drawn on that condition. The stars
//! of the terminals are such a family, and explain most failures of most pairs. But a bottleneck may lie one ring further out, or
//! the terminals may share a channel that counts in one star only; then most of what is sampled fails, or of 1 - P nothing is
//! known but samples.
//!
//! # Method
//!
//! The samples that taught the pool have shown cuts. One after the other the cut that fails most is taken, among the stars and
//! the cuts of the pool, where channels that a taken cut counts let pass their most; until what the next one adds is small.
//! Any family is right: it changes what is left open, never what is proven. A channel between the terminals is cut into
//! slices of balances first, a box for each, so that what it lets pass is nearly known in both stars.
//!
//! Tried and dropped: tilted laws near the terminals. Weights are unbounded, so that intervals are no longer valid at any time.

use alloc::vec::Vec;

use super::boxes::Piece;
use super::cut::{COARSE, Crossing, Cut, CutLaw, all_pass};
use crate::law::Interval;
use crate::max_flow::lazy::End;
use crate::num::float;

/// The most cuts of a family.
const MOST: usize = 6;
/// Cuts of the pool that are looked at, those that decided most samples first, and cuts that may become members.
const POOLED: usize = 24;
const RANKED: usize = 10;
/// What another cut must add, as a share of what fails so far.
const ADDS: f64 = 0.02;
/// What of the open infeasible mass a new family must explain.
const WORTH: f64 = 0.25;
/// Slices of all channels between the terminals together.
const SLICES: u64 = 32;

/// A family that explains at least a quarter of the infeasible open mass that the stars, or an earlier family, leave.
pub(super) fn better(
    piece: &Piece<'_, '_>,
    present: &[Cut],
    pooled: impl Iterator<Item = Vec<Crossing>>,
    infeasible: f64,
) -> Option<Vec<Cut>> {
    let now = piece.intervals();
    let law = |cut: &Cut| CutLaw::new(cut, &piece.block.wires, &now, piece.amount, COARSE);
    let mut candidates = alloc::vec![piece.star(End::Source), piece.star(End::Sink)];
    candidates.extend(pooled.take(POOLED));
    candidates.sort_unstable();
    candidates.dedup();
    let alone = |cut: Vec<Crossing>| (law(&Cut::whole(cut.clone())).tails.below, cut);
    let mut ranked: Vec<(f64, Vec<Crossing>)> = candidates.into_iter().map(alone).collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    ranked.truncate(RANKED);
    let (mut family, mut counted, mut fails): (Vec<Cut>, Vec<Crossing>, f64) = (Vec::new(), Vec::new(), 0.0);
    while family.len() < MOST {
        let apart = ranked.iter().map(|(_, cut)| Cut::apart_from(cut.clone(), &counted));
        let laws = apart.filter(|cut| !cut.sum.is_empty()).map(|cut| (law(&cut).tails.below, cut));
        // The first of equals, so that the order of candidates decides.
        let worst = laws.fold(None, |worst: Option<(f64, Cut)>, next| match worst {
            Some(worst) if worst.0 >= next.0 => Some(worst),
            _ => Some(next),
        });
        let Some((fail, cut)) = worst.filter(|&(fail, _)| fail > ADDS * fails) else { break };
        fails += fail;
        counted.extend_from_slice(&cut.sum);
        family.push(cut);
    }
    let fail = |family: &[Cut]| all_pass(family.iter().map(law).collect::<Vec<_>>().iter())[1];
    (fail(&family) - fail(present) > WORTH * infeasible).then_some(family)
}

/// Boxes that cut the channels between the terminals into slices: intervals by channel, and their mass.
pub(super) fn slices(piece: &Piece<'_, '_>) -> Vec<(Vec<(u32, Interval)>, f64)> {
    let sink = piece.star(End::Sink);
    let both = |crossing: &Crossing| sink.binary_search(crossing).is_ok();
    let shared: Vec<u32> =
        piece.star(End::Source).iter().filter(|c| both(c)).map(|crossing| crossing.channel).collect();
    let mut boxes = alloc::vec![(Vec::new(), 1.0)];
    let mut each = SLICES;
    while each > 1 && each.pow(u32::try_from(shared.len()).unwrap_or(u32::MAX).min(6)) > SLICES {
        each /= 2;
    }
    if shared.len() > 5 || each < 2 {
        return boxes;
    }
    for channel in shared {
        let wire = &piece.block.wires[channel as usize];
        let (lo, hi) = (wire.within.lo(), wire.within.hi());
        let width = (hi - lo) / each + 1;
        let parts = (0..each).filter_map(|i| {
            let from = lo.checked_add(width.checked_mul(i)?)?;
            Interval::new(from, from.checked_add(width - 1)?.min(hi))
        });
        let parts: Vec<(Interval, f64)> = parts
            .map(|part| (part, wire.share(Some(part), wire.within)))
            .filter(|part| part.1 > 0.0)
            .collect();
        let with = |(over, mass): &(Vec<(u32, Interval)>, f64)| {
            let over = over.clone();
            let mass = *mass;
            let add = move |&(part, share): &(Interval, f64)| {
                let mut over = over.clone();
                over.push((channel, part));
                (over, mass * share)
            };
            parts.iter().map(add).collect::<Vec<_>>()
        };
        boxes = boxes.iter().flat_map(with).collect();
    }
    for (over, _) in &mut boxes {
        over.sort_unstable_by_key(|&(channel, _)| channel);
    }
    boxes
}

/// How much of an open mass is infeasible, from the share of feasible samples.
pub(super) fn infeasible(open: f64, samples: u64, feasible: u64) -> f64 {
    open * (float(samples - feasible) + 0.5) / (float(samples) + 1.0)
}
