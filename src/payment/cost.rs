//! What directions cost in the convex relaxation that is solved.
//!
//! A direction that is used costs a fixed charge (its base fee, once, and the activation), its risk and its ppm. The
//! relaxation has the lower convex envelope of risk plus charge: a line from the origin to where it touches them, and
//! themselves beyond. The same line covers laws whose risk is not convex.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::check::{self, PartsGoal, Terms, direction_at, floor};
use crate::id::id_at;
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// How the risk enters the relaxation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// As it is, or its lower convex envelope.
    #[default]
    Exact,
    /// So many secants between points of a geometric sequence of survival probabilities, down to 5 %; nothing flows
    /// beyond. For comparison with planners that do that.
    Pieces(u32),
}

/// The survival probability at which pieces end.
const LAST: f64 = 0.05;
/// -ln of it.
const LAST_NATS: f64 = 2.995_732_273_553_991;

/// The envelope's line.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Where it ends.
    end: u64,
    /// Nats per msat; infinite if nothing may flow.
    slope: f64,
    /// The largest part, and what each msat beyond it adds for the charges of further parts.
    part: u64,
    further: f64,
}

impl Line {
    const fn none(slope: f64) -> Self {
        Self { end: 0, slope, part: u64::MAX, further: 0.0 }
    }
}

/// What is assumed of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assumed {
    /// That it carries nothing, or has paid its charge.
    pub(super) used: Option<bool>,
    /// The largest part, and the flow up to which the charges of further parts are paid.
    pub(super) part: u64,
    pub(super) sure: u64,
}

impl Assumed {
    pub(super) const fn used(used: bool) -> Self {
        Self { used: Some(used), part: u64::MAX, sure: 0 }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Costs<'a> {
    pub(super) terms: Arc<Vec<Terms<'a>>>,
    curve: Curve,
    /// Of the pieces.
    survivals: Vec<f64>,
    lines: Vec<Line>,
    amount: u64,
    /// The most that flows through a direction: the amount with fees.
    most: u64,
    /// The most that one part sends.
    largest: f64,
    /// Share of the channel at which the line ends for fixed charges seen before, under the uniform law.
    seen: Vec<(f64, f64)>,
    assumed: BTreeMap<usize, Assumed>,
    /// Lines of laws that are not uniform, by law, fixed charge and largest part.
    lawful: BTreeMap<([u64; 6], u64, u64), (u64, f64)>,
}

/// Charges whose line is remembered.
const SEEN: usize = 64;

impl<'a> Costs<'a> {
    pub(super) fn new(terms: Arc<Vec<Terms<'a>>>, curve: Curve) -> Self {
        Self {
            largest: 0.0,
            terms,
            curve,
            survivals: survivals(curve),
            lines: Vec::new(),
            amount: 0,
            most: 0,
            seen: alloc::vec![(0.0, 0.0); SEEN],
            assumed: BTreeMap::new(),
            lawful: BTreeMap::new(),
        }
    }

    /// Fits the envelopes to a goal, if no part sends more than `largest`. O(m).
    pub(super) fn fit(&mut self, graph: &ChannelGraph, goal: &PartsGoal<'_>, largest: f64) {
        (self.amount, self.largest) = (goal.amount.0, largest);
        self.most = floor(check::largest_amount(goal, super::GUESS));
        let mut lines = core::mem::take(&mut self.lines);
        lines.clear();
        for index in 0..self.terms.len() {
            let own = graph.channel(id_at(index / 2)).sender(direction_at(index)) == goal.sender;
            lines.push(self.line(index, if own { 0.0 } else { goal.mu / 1000.0 }, largest));
        }
        self.lines = lines;
    }

    /// Fits to another amount, not above the first one, and other terms of some directions. Returns what has changed.
    pub(super) fn renew(
        &mut self,
        graph: &ChannelGraph,
        goal: &PartsGoal<'_>,
        changed: &[(usize, Terms<'a>)],
    ) -> Vec<usize> {
        let before = core::mem::replace(&mut self.amount, goal.amount.0);
        let terms = Arc::make_mut(&mut self.terms);
        for &(index, changed) in changed {
            terms[index] = changed;
        }
        let (low, high) = (goal.amount.0.min(before), goal.amount.0.max(before));
        let between = |terms: &Terms<'_>| terms.htlc_min > low && terms.htlc_min <= high;
        let switched = (0..terms.len()).filter(|&index| low < high && between(&terms[index]));
        let all: Vec<usize> = changed.iter().map(|&(index, _)| index).chain(switched).collect();
        for &index in &all {
            let own = graph.channel(id_at(index / 2)).sender(direction_at(index)) == goal.sender;
            self.lines[index] = self.line(index, if own { 0.0 } else { goal.mu / 1000.0 }, self.largest);
        }
        all
    }

    /// Assumes this of these directions, and nothing of others. Returns what has changed.
    pub(super) fn assume(
        &mut self,
        graph: &ChannelGraph,
        goal: &PartsGoal<'_>,
        assumed: &BTreeMap<usize, Assumed>,
    ) -> Vec<usize> {
        let before = core::mem::replace(&mut self.assumed, assumed.clone());
        let mut changed: Vec<usize> = before.keys().chain(assumed.keys()).copied().collect();
        changed.retain(|index| before.get(index) != assumed.get(index));
        changed.sort_unstable();
        changed.dedup();
        for &index in &changed {
            let own = graph.channel(id_at(index / 2)).sender(direction_at(index)) == goal.sender;
            self.lines[index] = self.line(index, if own { 0.0 } else { goal.mu / 1000.0 }, self.largest);
        }
        changed
    }

    /// What a direction that carries a flow costs beyond what the relaxation pays.
    pub(super) fn unpaid(&self, graph: &ChannelGraph, goal: &PartsGoal<'_>, index: usize, flow: u64) -> f64 {
        let (line, terms) = (self.lines[index], &self.terms[index]);
        let told = self.assumed.get(&index).is_some_and(|assumed| assumed.used.is_some());
        if flow == 0 || flow >= line.end || told {
            return 0.0;
        }
        let own = graph.channel(id_at(index / 2)).sender(direction_at(index)) == goal.sender;
        let base = if own { 0.0 } else { goal.mu / 1000.0 * float(terms.base) };
        terms.risk(flow) + terms.activation + base - line.slope * float(flow)
    }

    /// Whether nothing is assumed, and what finds no way in steps that are not small may in smaller ones.
    pub(super) fn is_free(&self) -> bool {
        self.assumed.is_empty() && self.curve == Curve::Exact
    }

    /// Whether a direction is not assumed to carry nothing.
    pub(super) fn is_open(&self, index: usize) -> bool {
        self.assumed.get(&index).is_none_or(|assumed| assumed.used != Some(false))
    }

    /// What may flow through a direction, or another amount if it is none.
    pub(super) fn limit_or(&self, index: usize, other: u64) -> u64 {
        if index < self.terms.len() { self.limit(index) } else { other }
    }

    /// The line of a direction whose fees weigh `mu` nats per msat.
    fn line(&mut self, index: usize, mu: f64, largest: f64) -> Line {
        let terms = self.terms[index];
        if terms.possible == 0 || terms.htlc_min > self.amount {
            return Line::none(f64::INFINITY);
        }
        if self.curve != Curve::Exact {
            return Line::none(self.slope_beyond(index, 0));
        }
        let assumed = if self.assumed.is_empty() { None } else { self.assumed.get(&index).copied() };
        let used = assumed.and_then(|assumed: Assumed| assumed.used);
        if used == Some(false) {
            return Line::none(f64::INFINITY);
        }
        let paid = used == Some(true);
        let fixed = if paid { 0.0 } else { terms.charge() + mu * float(terms.base) };
        if fixed == 0.0 && terms.is_convex() && (!paid || terms.base == 0) {
            return Line::none(terms.slope(0));
        }
        let most = assumed.map_or(u64::MAX, |assumed| assumed.part);
        let part = floor(terms.largest_part(largest)).min(most).max(1);
        let further = mu * float(terms.base) / float(part.max(1));
        if paid && terms.is_convex() {
            let part = assumed.map_or(part, |assumed| assumed.sure.max(part));
            return Line { end: 0, slope: terms.slope(0), part, further };
        }
        if terms.certain > 0 || !terms.is_uniform() {
            // A risk that is not convex gains by what further parts bring.
            let most = if terms.is_convex() { part } else { part.max(terms.room().min(self.most)) };
            let (end, slope) = match terms.law_key() {
                None => terms.tangent(fixed, most),
                Some(key) => *self
                    .lawful
                    .entry((key, fixed.to_bits(), most))
                    .or_insert_with(|| terms.tangent(fixed, most)),
            };
            return Line { end, slope, part, further };
        }
        let whole = float(terms.possible) + 1.0;
        let end = floor(self.touch(fixed) * whole);
        if end < part {
            return Line { end, slope: 1.0 / (whole - float(end)), part, further };
        }
        Line { end: part, slope: (terms.risk(part) + fixed) / float(part), part, further }
    }

    /// The share x of the channel with charge - ln(1 - x) = x / (1 - x): where the line ends.
    #[allow(clippy::cast_possible_truncation)] // the hash is cut on purpose
    fn touch(&mut self, charge: f64) -> f64 {
        let place = (charge.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize % SEEN;
        if self.seen[place].0 == charge {
            return self.seen[place].1;
        }
        // With y = 1 / (1 - x): charge + ln y = y - 1, and y is above 1 + charge.
        let mut y = 1.0 + charge + libm::sqrt(2.0 * charge);
        for _ in 0..30 {
            let step = (charge + libm::log(y) - y + 1.0) / (1.0 - 1.0 / y);
            y += step;
            if step.abs() < 1e-15 * y {
                break;
            }
        }
        let share = 1.0 - 1.0 / y;
        self.seen[place] = (charge, share);
        share
    }

    /// What may flow. Flows without cycles are not above the amount, so that one of twice as much never binds.
    pub(super) fn limit(&self, index: usize) -> u64 {
        let terms = &self.terms[index];
        if terms.htlc_min > self.amount || !self.is_open(index) {
            return 0;
        }
        let limit = match self.curve {
            Curve::Exact => terms.room(),
            Curve::Pieces(_) => at_survival(terms, LAST).min(terms.room()),
        };
        limit.min(self.amount.saturating_mul(2))
    }

    /// Nats per msat at a flow, not falling with it.
    pub(super) fn slope(&self, index: usize, flow: u64) -> f64 {
        let line = self.lines[index];
        if flow < line.end {
            return line.slope;
        }
        self.slope_beyond(index, flow) + if flow < line.part { 0.0 } else { line.further }
    }

    /// The slope without flow; infinite if nothing may flow.
    pub(super) fn idle(&self, index: usize) -> f64 {
        self.lines[index].slope
    }

    fn slope_beyond(&self, index: usize, flow: u64) -> f64 {
        let terms = &self.terms[index];
        match self.curve {
            Curve::Exact => terms.slope(flow),
            Curve::Pieces(_) => secant(terms, &self.survivals, flow),
        }
    }
}

/// The flow with this survival probability under the uniform law.
fn at_survival(terms: &Terms<'_>, survival: f64) -> u64 {
    terms.certain + floor(float(terms.possible - terms.certain) * (1.0 - survival))
}

/// The survival probabilities at which so many pieces end: each loses as many nats.
fn survivals(curve: Curve) -> Vec<f64> {
    let Curve::Pieces(pieces) = curve else { return Vec::new() };
    (1..=pieces).map(|piece| libm::pow(LAST, f64::from(piece) / f64::from(pieces))).collect()
}

/// The slope of the piece at a flow.
fn secant(terms: &Terms<'_>, survivals: &[f64], flow: u64) -> f64 {
    if flow < terms.certain {
        return 0.0;
    }
    let share = 1.0 - float(flow - terms.certain) / float((terms.possible - terms.certain).max(1));
    let mut piece = survivals.partition_point(|&survival| survival >= share);
    // Rounding, and pieces narrower than a millisatoshi.
    while piece < survivals.len() && at_survival(terms, survivals[piece]) <= flow {
        piece += 1;
    }
    let Some(&survival) = survivals.get(piece.min(survivals.len().saturating_sub(1))) else { return 0.0 };
    let from = if piece == 0 {
        terms.certain
    } else {
        at_survival(terms, survivals[piece.min(survivals.len()) - 1])
    };
    let to = at_survival(terms, survival);
    if piece >= survivals.len() || to <= from {
        return terms.slope(flow);
    }
    if terms.is_uniform() {
        // Exact but for the one millisatoshi that a range of balances has more than its ends are apart.
        return LAST_NATS / float(survivals.len() as u64) / float(to - from);
    }
    (terms.risk(to) - terms.risk(from)) / float(to - from)
}
