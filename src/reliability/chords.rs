//! Costs of a flow that minus the logarithm of a probability gives, as chords between breakpoints: what the [most probable
//! flow](super::probable) is solved with, and the bound that it proves.

use alloc::vec::Vec;

use super::boxes::Piece;
use crate::cost::{ArcCost, PiecewiseCost};
use crate::id::id_at;
use crate::law::Envelope;
use crate::network::{Network, NetworkBuilder};
use crate::num::{Sum, float};

/// Where chords begin and end at first, as parts of what a direction may carry.
const FIRST: [f64; 7] = [1.0 / 64.0, 0.0625, 0.25, 0.5, 0.75, 0.875, 0.9375];
/// So few amounts are all breakpoints.
const FEW: u64 = 32;
/// Evaluations of a cost that is not convex, and the error of its envelope in nats.
const EVALUATIONS: usize = 48;
const ERROR: f64 = 1e-4;
/// Bits of a cost: slopes in nats per unit are multiplied by a power of two so that sums stay below that.
const BITS: i32 = 118;
/// How steep chords may be at first, in nats per amount, and at all, in nats per unit.
const STEEPEST: f64 = 65_536.0;
const MOST: f64 = 1024.0;

/// A direction of a channel: what it carries for certain and at most, and the envelope of its cost if that is not convex.
pub(super) struct Side {
    least: u64,
    most: u64,
    envelope: Option<Envelope>,
}

/// The costs of all arcs of a piece.
pub(super) struct Costs<'p, 'n, 'l> {
    piece: &'p Piece<'n, 'l>,
    pub(super) sides: Vec<Side>,
    /// Chords are no steeper than so many nats per unit; more where a flow needs it.
    steepest: f64,
    /// Nats are multiplied by two to the power of this.
    pub(super) scale: i32,
}

impl<'p, 'n, 'l> Costs<'p, 'n, 'l> {
    pub(super) fn new(piece: &'p Piece<'n, 'l>) -> Self {
        let block = piece.block;
        let side = |arc: usize| {
            let (wire, forward) = (&block.wires[block.channel_of[arc] as usize], block.is_forward(arc));
            let [least, most] = wire.range(forward, wire.within).map(|amount| amount.min(piece.amount));
            if wire.is_convex(forward) || most == 0 {
                return Side { least, most, envelope: None };
            }
            let cost = |amount| wire.nats(forward, 0, amount);
            let most = last(least, most, |amount| cost(amount).is_finite());
            let envelope = Envelope::new((least, most), ERROR, EVALUATIONS, cost);
            Side { least, most, envelope: Some(envelope) }
        };
        let sides: Vec<Side> = (0..block.pairs.arc_count()).map(side).collect();
        let steepest = STEEPEST / float(piece.amount);
        let mut costs = Self { piece, sides, steepest, scale: 0 };
        costs.rescale();
        costs
    }

    fn rescale(&mut self) {
        let all: f64 = self.sides.iter().map(|side| float(side.most)).sum();
        self.scale = BITS - libm::ilogb((all * self.steepest).max(f64::MIN_POSITIVE));
    }

    /// Whether a flow lies where chords are steeper than allowed; then they may be steeper from now on.
    pub(super) fn steepen(&mut self, flows: &[u64]) -> bool {
        let steep = |(arc, &flow): (usize, &u64)| {
            let Side { least, ref envelope, .. } = self.sides[arc];
            flow > least && envelope.is_none() && self.nats(arc, flow - 1, flow) >= self.steepest
        };
        let any = self.steepest < MOST && flows.iter().enumerate().any(steep);
        if any {
            self.steepest *= 256.0;
            self.rescale();
        }
        any
    }

    /// -ln P(an arc passes `to`, if it passes `from`).
    pub(super) fn nats(&self, arc: usize, from: u64, to: u64) -> f64 {
        let block = self.piece.block;
        block.wires[block.channel_of[arc] as usize].nats(block.is_forward(arc), from, to)
    }

    /// The cost that is minimised: the true one, or its envelope.
    pub(super) fn value(&self, arc: usize, flow: u64) -> f64 {
        match &self.sides[arc].envelope {
            Some(envelope) => envelope.at(flow),
            None => self.nats(arc, 0, flow),
        }
    }

    /// Where chords begin and end, given the present flow.
    fn points(&self, arc: usize, flow: Option<u64>) -> Vec<u64> {
        let Side { least, most, ref envelope } = self.sides[arc];
        if let Some(envelope) = envelope {
            return envelope.corners().iter().map(|corner| corner.0).collect();
        }
        let width = most - least;
        if width <= FEW {
            return (least..=most).collect();
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // parts of the width
        let part = |part: f64| least + ((part * float(width)) as u64).min(width);
        let mut points: Vec<u64> = FIRST.into_iter().map(part).collect();
        points.extend([least, most]);
        match flow {
            Some(0) => points.push(least.saturating_add(1).min(most)),
            Some(flow) => {
                let steps = (0..62).step_by(2).map(|i| 1_u64 << i).take_while(|&step| step <= width);
                let around = steps.flat_map(|step| [flow.saturating_sub(step), flow.saturating_add(step)]);
                points.extend(around.chain([flow]).map(|point| point.clamp(least, most)));
            }
            None => {}
        }
        points.sort_unstable();
        points.dedup();
        points
    }

    /// The chords as a cost; `None` if nothing passes.
    fn chords(&self, arc: usize, flow: Option<u64>) -> Option<ArcCost<i128>> {
        let Side { least, most, .. } = self.sides[arc];
        if most == 0 {
            return None;
        }
        let points = self.points(arc, flow);
        let (mut slopes, mut before) = (Vec::with_capacity(points.len()), 0_i128);
        for pair in points.windows(2) {
            let nats = match &self.sides[arc].envelope {
                Some(envelope) => envelope.at(pair[1]) - envelope.at(pair[0]),
                None => self.nats(arc, pair[0], pair[1]),
            };
            #[allow(clippy::cast_possible_truncation)]
            // saturates; sums are checked when the network is built
            let slope =
                libm::scalbn((nats / float(pair[1] - pair[0])).min(self.steepest), self.scale) as i128;
            // Slopes of a convex cost rise up to rounding.
            before = before.max(slope);
            slopes.push((i128::from(pair[0]), before));
        }
        let mut rising = slopes.into_iter();
        let first = if least > 0 { 0 } else { rising.next().map_or(0, |(_, slope)| slope) };
        PiecewiseCost::new(first, rising).ok().map(ArcCost::from)
    }

    /// The problem with chords around a flow; `None` if the numbers are too large.
    pub(super) fn network(&self, flows: Option<&[u64]>) -> Option<(Network<i128>, Vec<usize>)> {
        let pairs = &self.piece.block.pairs;
        let (mut builder, mut arcs) = (NetworkBuilder::new(), Vec::new());
        let (source, sink) = self.piece.terminals;
        for node in 0..pairs.node_count() {
            let amount = i128::from(self.piece.amount);
            let supply = i128::from(node == source) * amount - i128::from(node == sink) * amount;
            builder.add_node(supply).ok()?;
        }
        for arc in 0..pairs.arc_count() {
            if let Some(cost) = self.chords(arc, flows.map(|flows| flows[arc])) {
                let ends = [pairs.head(pairs.mate(arc)), pairs.head(arc)].map(id_at);
                builder.add_arc(ends[0], ends[1], 0..=i128::from(self.sides[arc].most), cost).ok()?;
                arcs.push(arc);
            }
        }
        Some((builder.build().ok()?, arcs))
    }

    /// By how much the cost of a flow may be above the least, as potentials prove.
    pub(super) fn gap(&self, potentials: &[i128], flows: &[u64]) -> f64 {
        let pairs = &self.piece.block.pairs;
        let mut sum = Sum::default();
        for (arc, &flow) in flows.iter().enumerate().filter(|&(arc, _)| self.sides[arc].most > 0) {
            let price = potentials[pairs.head(arc)] - potentials[pairs.head(pairs.mate(arc))];
            if price > 0 || flow > 0 {
                #[allow(clippy::cast_precision_loss)] // the bound holds for any prices
                sum.add(self.better(arc, flow, libm::scalbn(price as f64, -self.scale)).max(0.0));
            }
        }
        sum.value()
    }

    /// The most that another flow of an arc earns at a price.
    fn better(&self, arc: usize, flow: u64, price: f64) -> f64 {
        let Side { least, most, ref envelope } = self.sides[arc];
        let earns = |to: u64, nats: f64| {
            let moved = float(to.abs_diff(flow)) * price;
            if to >= flow { moved - nats } else { nats - moved }
        };
        if let Some(envelope) = envelope {
            let now = envelope.at(flow);
            let corners = envelope.corners().iter().map(|&(to, value)| earns(to, (value - now).abs()));
            return corners.fold(0.0, f64::max);
        }
        // The last unit that costs no more than the price.
        let best = last(least, most, |to| to == least || self.nats(arc, to - 1, to) <= price);
        earns(best, self.nats(arc, best.min(flow), best.max(flow)))
    }
}

/// The last amount of an interval up to which something holds; it does at its beginning.
fn last(first: u64, end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    if holds(end) {
        return end;
    }
    let (mut yes, mut no) = (first, end);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) { yes = middle } else { no = middle }
    }
    yes
}
