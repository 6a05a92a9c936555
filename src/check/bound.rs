//! Checker of upper bounds of rounds: recomputes every leaf of the proof from its cuts and multipliers.

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use super::rows::{Limits, Row, larger};
use crate::id::NodeId;
use crate::round::{Case, Choice, End, Multipliers, Round, Touch, UpperBound};

/// Whether no plan of the round can be worth more than `bound.value`, by the theorem of
/// [`UpperBound`]. O((cuts + leaves) x channels).
///
/// # Errors
///
/// The first [`Violation`].
pub fn bound(round: &Round, bound: &UpperBound) -> Result<(), Violation> {
    let actual = bound_value(round, bound)?;
    if actual == bound.value {
        Ok(())
    } else {
        let (claimed, actual) = (i128::from(bound.value), i128::from(actual));
        Err(Violation::Value { what: "bound", claimed, actual })
    }
}

/// The value that the rest of a bound proves.
pub(crate) fn bound_value(round: &Round, bound: &UpperBound) -> Result<u64, Violation> {
    let points = bound_units(round, bound)? / i128::from(UpperBound::SCALE);
    u64::try_from(points).map_err(|_| Violation::Overflow { what: "bound" })
}

/// The same in units of 1 / [`UpperBound::SCALE`], not rounded down to whole points.
pub(crate) fn bound_units(round: &Round, bound: &UpperBound) -> Result<i128, Violation> {
    let most = leaf_values(round, bound)?.into_iter().map(|(_, units)| units).max();
    Ok(most.unwrap_or(0))
}

/// What every leaf within reach of the first case proves, in these units.
pub(crate) fn leaf_values(round: &Round, bound: &UpperBound) -> Result<Vec<(usize, i128)>, Violation> {
    let limits = Limits::new(round);
    let mut counts = vec![true; round.demands().len()];
    for cut in &bound.hopeless {
        limits.separates(cut)?;
        for &demand in &cut.demands {
            if limits.largest(cut, demand) >= limits.amount(demand) {
                return Err(Violation::Demand { demand });
            }
            counts[demand.index()] = false;
        }
    }
    let cuts: Vec<Row> = bound.cuts.iter().map(|cut| limits.row(cut)).collect::<Result<_, _>>()?;
    // Each may follow from those before it.
    let mut roundings: Vec<Row> = Vec::with_capacity(bound.roundings.len());
    for rounding in &bound.roundings {
        let row = limits.rounded(|at| cuts.get(at), |at| roundings.get(at), rounding)?;
        roundings.push(row);
    }
    let rows = Rows { cuts, roundings };
    let parents = parents(&bound.cases)?;
    let mut values = Vec::new();
    for (i, case) in bound.cases.iter().enumerate() {
        if let Case::Leaf(multipliers) = case {
            let mut leaf = Leaf::new(&limits, &counts);
            let mut at = i;
            while let Some((parent, answer)) = parents[at] {
                if let Case::Branch { on, .. } = bound.cases[parent] {
                    leaf.assume(on, answer)?;
                }
                at = parent;
            }
            // A case that is out of reach of the first one proves nothing and claims nothing.
            if at == 0 {
                values.push((i, leaf.value(&rows, multipliers)?));
            }
        }
    }
    Ok(values)
}

/// For each case its branch and the answer that leads to it. Cases follow their branch, and none is there
/// for two branches; there is a first one.
fn parents(cases: &[Case]) -> Result<Vec<Option<(usize, bool)>>, Violation> {
    let wrong = |position| Violation::Order { what: "cases", position };
    let mut parents = vec![None; cases.len()];
    for (i, case) in cases.iter().enumerate() {
        if let Case::Branch { no, yes, .. } = *case {
            for (child, answer) in [(no as usize, false), (yes as usize, true)] {
                match parents.get_mut(child) {
                    Some(parent @ None) if child > i => *parent = Some((i, answer)),
                    _ => return Err(wrong(i)),
                }
            }
        }
    }
    if cases.is_empty() { Err(wrong(0)) } else { Ok(parents) }
}

/// The rows of a proof.
struct Rows {
    cuts: Vec<Row>,
    roundings: Vec<Row>,
}

/// What a case assumes of a channel.
#[derive(Clone, Copy)]
struct Assumed {
    touched: Option<bool>,
    open: Option<bool>,
    low: [i128; 2],
    high: [i128; 2],
}

const FREE: Assumed = Assumed { touched: None, open: None, low: [0; 2], high: [i128::MAX; 2] };

/// A leaf of the proof: all that its branches assume.
struct Leaf<'a> {
    limits: &'a Limits<'a>,
    counts: &'a [bool],
    channels: Vec<Assumed>,
    demands: Vec<Option<bool>>,
    funds: Vec<Option<bool>>,
    /// Whether answers contradict each other, so that there is no such plan.
    void: bool,
}

/// The objective less what the multipliers add, taken apart.
struct Parts {
    total: i128,
    demands: Vec<i128>,
    channels: Vec<i128>,
    sides: Vec<[i128; 2]>,
    funds: Vec<i128>,
}

impl Parts {
    /// Adds so many times a row.
    fn add(&mut self, row: &Row, value: i128) -> Result<(), Violation> {
        self.total = sum(self.total, product(value, row.constant)?)?;
        for &(demand, share) in &row.shares {
            let demand = &mut self.demands[demand];
            *demand = sum(*demand, -product(value, share)?)?;
        }
        for &(channel, factor) in &row.touches {
            let channel = &mut self.channels[channel];
            *channel = sum(*channel, product(value, factor)?)?;
        }
        for &(channel, side, factor) in &row.sides {
            let side = &mut self.sides[channel][side];
            *side = sum(*side, product(value, factor)?)?;
        }
        for &(node, factor) in &row.funds {
            self.funds[node] = sum(self.funds[node], product(value, factor)?)?;
        }
        Ok(())
    }
}

fn sum(a: i128, b: i128) -> Result<i128, Violation> {
    a.checked_add(b).ok_or(Violation::Overflow { what: "bound" })
}

fn product(a: i128, b: i128) -> Result<i128, Violation> {
    a.checked_mul(b).ok_or(Violation::Overflow { what: "bound" })
}

impl<'a> Leaf<'a> {
    fn new(limits: &'a Limits<'a>, counts: &'a [bool]) -> Self {
        let (channels, demands) = (vec![FREE; limits.channels.len()], vec![None; counts.len()]);
        Self { limits, counts, channels, demands, funds: vec![None; limits.means.len()], void: false }
    }

    fn channel(&mut self, touch: Touch) -> Result<&mut Assumed, Violation> {
        let position = self.limits.position(touch).filter(|&at| self.limits.channels[at].touchable);
        let position = position.ok_or(Violation::Order { what: "channels assumed", position: 0 })?;
        Ok(&mut self.channels[position])
    }

    /// Adds an assumption to those of cases closer to the leaf.
    fn assume(&mut self, on: Choice, answer: bool) -> Result<(), Violation> {
        let known = match on {
            Choice::Touch(touch) => &mut self.channel(touch)?.touched,
            Choice::Open(touch) => &mut self.channel(touch)?.open,
            Choice::Demand(demand) => {
                self.demands.get_mut(demand.index()).ok_or(Violation::Demand { demand })?
            }
            Choice::Funds(node) => {
                // The server's may enter in part, which is no answer.
                let known = self.funds.get_mut(node.index()).filter(|_| node != self.limits.server);
                let rule = "free funds enter whole or not at all";
                known.ok_or(Violation::Participant { node, rule })?
            }
            Choice::Sendable { channel, end, limit } => {
                let (end, limit) = (usize::from(end == End::V), i128::from(limit.0));
                let channel = self.channel(channel)?;
                if answer {
                    channel.low[end] = channel.low[end].max(limit + 1);
                } else {
                    channel.high[end] = channel.high[end].min(limit);
                }
                return Ok(());
            }
        };
        let earlier = known.replace(answer);
        self.void |= earlier == Some(!answer);
        Ok(())
    }

    /// The largest value of the relaxation, at least 0.
    fn value(&self, rows: &Rows, multipliers: &Multipliers) -> Result<i128, Violation> {
        let mut parts = self.rows(rows, multipliers)?;
        let wealth = self.wealth(multipliers, &mut parts)?;
        if self.void {
            return Ok(0);
        }
        let means = self.means();
        let mut total = parts.total;
        for ((value, known), counts) in parts.demands.iter().zip(&self.demands).zip(self.counts) {
            let value = if *counts && *known != Some(false) { *value } else { 0 };
            total = sum(total, if *known == Some(true) { value } else { value.max(0) })?;
        }
        let mut rewards = Vec::new();
        let mut left = self.limits.max_touches;
        for (e, channel) in self.limits.channels.iter().enumerate().filter(|(_, c)| c.touchable) {
            let assumed = &self.channels[e];
            let must = assumed.touched == Some(true) || assumed.low != [0; 2];
            let base = parts.channels[e];
            let ends = channel.ends.map(NodeId::index);
            let money = ends.map(|end| wealth[end]);
            let rates = [0, 1].map(|side| parts.sides[e][side] - money[side]);
            let value = self.touched(e, base, money, rates, ends.map(|end| means[end]))?;
            match value {
                Some(value) if must => {
                    left = left.saturating_sub(1);
                    total = sum(total, value)?;
                }
                Some(value) if value > 0 && assumed.touched != Some(false) => rewards.push(value),
                // Nothing fits what is assumed: there is no such plan.
                None if must => return Ok(0),
                _ => {}
            }
        }
        rewards.sort_unstable_by(|a, b| b.cmp(a));
        rewards.into_iter().take(left).try_fold(total, sum).map(|total| total.max(0))
    }

    /// What cut rows and budgets make of the objective.
    fn rows(&self, rows: &Rows, multipliers: &Multipliers) -> Result<Parts, Violation> {
        let limits = self.limits;
        let scale = i128::from(UpperBound::SCALE);
        let (front, price) = (i128::from(multipliers.front), i128::from(multipliers.price));
        let mut parts = Parts {
            total: sum(product(front, limits.front_budget)?, product(price, limits.price_budget)?)?,
            demands: self.limits.weights.iter().map(|weight| weight * scale).collect(),
            channels: Vec::new(),
            sides: vec![[0; 2]; limits.channels.len()],
            funds: vec![0; limits.free.len()],
        };
        for channel in &limits.channels {
            let paid = sum(product(front, channel.fronted)?, product(price, channel.price)?)?;
            parts.channels.push(-paid);
        }
        for (what, known, multipliers) in
            [("cuts", &rows.cuts, &multipliers.cuts), ("roundings", &rows.roundings, &multipliers.roundings)]
        {
            for multiplier in multipliers {
                let position = multiplier.row as usize;
                let row = known.get(position).ok_or(Violation::Order { what, position })?;
                parts.add(row, multiplier.value.into())?;
            }
        }
        Ok(parts)
    }

    /// The multipliers of all purses; what purses add goes into the parts.
    fn wealth(&self, multipliers: &Multipliers, parts: &mut Parts) -> Result<Vec<i128>, Violation> {
        let limits = self.limits;
        let mut wealth = vec![0_i128; limits.means.len()];
        for &crate::round::Multiplier { row, value } in &multipliers.wealth {
            let known = wealth.get_mut(row.index()).filter(|known| **known == 0);
            *known.ok_or(Violation::Order { what: "wealth", position: row.index() })? = i128::from(value);
        }
        for (e, channel) in limits.channels.iter().enumerate() {
            for side in 0..2 {
                let money = product(wealth[channel.ends[side].index()], channel.old[side] - limits.fee)?;
                parts.channels[e] = sum(parts.channels[e], money)?;
            }
        }
        for (node, &multiplier) in wealth.iter().enumerate() {
            let value = product(multiplier - i128::from(multipliers.front), limits.free[node])?;
            let value = sum(value, parts.funds[node])?;
            let value = match self.funds[node] {
                Some(true) => value,
                Some(false) => 0,
                None => value.max(0),
            };
            parts.total = sum(parts.total, value)?;
        }
        Ok(wealth)
    }

    /// What every node has at most in channels that may be touched, and free funds.
    fn means(&self) -> Vec<i128> {
        let mut means = self.limits.means.clone();
        for (channel, _) in self
            .limits
            .channels
            .iter()
            .zip(&self.channels)
            .filter(|(channel, assumed)| channel.touchable && assumed.touched == Some(false))
        {
            for (end, old) in channel.ends.iter().zip(channel.old) {
                means[end.index()] -= old;
            }
        }
        for (node, means) in means.iter_mut().enumerate() {
            if self.funds[node] == Some(false) {
                *means -= self.limits.free[node];
            }
        }
        means
    }

    /// The most that a touched channel adds, closed or open; `None` if neither fits what is assumed.
    fn touched(
        &self,
        e: usize,
        base: i128,
        money: [i128; 2],
        rates: [i128; 2],
        means: [i128; 2],
    ) -> Result<Option<i128>, Violation> {
        let (limits, assumed) = (self.limits, &self.channels[e]);
        let existing = matches!(limits.channels[e].touch, Touch::Existing(_));
        let closed = existing && assumed.open != Some(true) && assumed.low == [0; 2];
        let closed = closed.then_some(base);
        if existing && assumed.open == Some(false) {
            return Ok(closed);
        }
        let high = [0, 1].map(|side| assumed.high[side].min(limits.most).min(means[side]));
        let Some(filled) = filled(rates, assumed.low, high, [limits.least, limits.most])? else {
            return Ok(closed);
        };
        let reserve = product(sum(money[0], money[1])?, limits.reserve)?;
        let open = sum(base, sum(filled, -reserve)?)?;
        Ok(Some(larger(closed, open)))
    }
}

/// The maximum of rates x amounts over amounts between `low` and `high` with a sum in `range`.
fn filled(
    rates: [i128; 2],
    low: [i128; 2],
    high: [i128; 2],
    range: [i128; 2],
) -> Result<Option<i128>, Violation> {
    let start = low[0] + low[1];
    let fits = low[0] <= high[0] && low[1] <= high[1] && start <= range[1] && high[0] + high[1] >= range[0];
    if !fits {
        return Ok(None);
    }
    let mut value = sum(product(rates[0], low[0])?, product(rates[1], low[1])?)?;
    let (mut need, mut room) = ((range[0] - start).max(0), range[1] - start);
    let order = if rates[0] >= rates[1] { [0, 1] } else { [1, 0] };
    for side in order {
        let most = (high[side] - low[side]).min(room);
        let part = if rates[side] > 0 { most } else { most.min(need) };
        value = sum(value, product(rates[side], part)?)?;
        need = (need - part).max(0);
        room -= part;
    }
    Ok(Some(value))
}
