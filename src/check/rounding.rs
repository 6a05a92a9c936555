//! Rows of proofs of bounds that follow from others by mixed-integer rounding.
//!
//! Let a whole v >= 0 and s >= 0 satisfy `sum a v + sum c s <= b`, let d > 0, and write `a = d floor(a / d) + r(a)`.
//! Then, for whole numbers of the row, with `r = r(b)`,
//!
//! ```text
//!   sum ((d - r) floor(a / d) + max(0, r(a) - r)) v + sum min(0, c) s  <=  (d - r) floor(b / d)
//! ```
//!
//! (Nemhauser and Wolsey, Integer and Combinatorial Optimization, 1988, II.1.6.) What follows is such a row again. Here v is a choice or its complement, and
//! s an amount, or what it lacks of the most that it can be.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Violation;
use super::rows::{Limit, Limits, Row};
use crate::amount::Sat;
use crate::id::NodeId;
use crate::round::{End, Multiplier, Rounding, Touch};

/// What a row is about: a demand, whether a channel is touched, what a side of it can send, the free funds of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Demand(usize),
    Touch(usize),
    Side(usize, usize),
    Funds(usize),
}

/// Terms at most a limit.
#[derive(Default)]
struct Sum {
    /// Sorted, each once, when nothing is being added.
    terms: Vec<(Term, i128)>,
    limit: i128,
}

const OVERFLOW: Violation = Violation::Overflow { what: "rounding" };

fn product(a: i128, b: i128) -> Result<i128, Violation> {
    a.checked_mul(b).ok_or(OVERFLOW)
}

/// A sum that can be negated.
fn added(a: i128, b: i128) -> Result<i128, Violation> {
    a.checked_add(b).filter(|&sum| sum > i128::MIN).ok_or(OVERFLOW)
}

impl Sum {
    /// Adds up what has been added of each term.
    fn settle(&mut self) -> Result<(), Violation> {
        self.terms.sort_unstable_by_key(|&(term, _)| term);
        let mut kept = 0;
        for at in 1..self.terms.len() {
            let (term, amount) = self.terms[at];
            if self.terms[kept].0 == term {
                self.terms[kept].1 = added(self.terms[kept].1, amount)?;
            } else {
                kept += 1;
                self.terms[kept] = (term, amount);
            }
        }
        self.terms.truncate(kept + 1);
        Ok(())
    }

    fn raise(&mut self, amount: i128) -> Result<(), Violation> {
        self.limit = self.limit.checked_add(amount).ok_or(OVERFLOW)?;
        Ok(())
    }

    /// Adds so many times a row: `shares - touches - sides - funds <= constant`.
    fn add_row(&mut self, row: &Row, times: i128) -> Result<(), Violation> {
        for &(demand, share) in &row.shares {
            self.terms.push((Term::Demand(demand), product(times, share)?));
        }
        for &(channel, factor) in &row.touches {
            self.terms.push((Term::Touch(channel), product(-times, factor)?));
        }
        for &(channel, side, factor) in &row.sides {
            self.terms.push((Term::Side(channel, side), product(-times, factor)?));
        }
        for &(node, factor) in &row.funds {
            self.terms.push((Term::Funds(node), product(-times, factor)?));
        }
        self.raise(product(times, row.constant)?)
    }

    /// Where a term stands.
    fn find(&self, sought: Term) -> Option<usize> {
        self.terms.binary_search_by_key(&sought, |&(term, _)| term).ok()
    }

    /// The row in the complements of some choices; twice, it is the old one.
    fn flip_choices(&mut self, flipped: &BTreeSet<Term>) -> Result<(), Violation> {
        for &choice in flipped {
            let Some(at) = self.find(choice) else { continue };
            let factor = &mut self.terms[at].1;
            self.limit = self.limit.checked_sub(*factor).ok_or(OVERFLOW)?;
            *factor = -*factor;
        }
        Ok(())
    }

    /// The row in what some sides lack of the most that they can send; twice, it is the old one.
    fn flip_sides(&mut self, most: &BTreeMap<(usize, usize), i128>) -> Result<(), Violation> {
        let mut brought = Vec::new();
        for (&(channel, side), &most) in most {
            let Some(at) = self.find(Term::Side(channel, side)) else { continue };
            self.terms[at].1 = -self.terms[at].1;
            let amount = -product(self.terms[at].1, most)?;
            match self.find(Term::Touch(channel)) {
                Some(at) => self.terms[at].1 = added(self.terms[at].1, amount)?,
                None => brought.push((Term::Touch(channel), amount)),
            }
        }
        if brought.is_empty() {
            return Ok(());
        }
        self.terms.append(&mut brought);
        self.settle()
    }

    /// The row that rounding makes of this one.
    fn round(&mut self, divisor: i128, whole: impl Fn(Term) -> bool) -> Result<(), Violation> {
        let left = self.limit.rem_euclid(divisor);
        for (term, factor) in &mut self.terms {
            *factor = if whole(*term) {
                let steps = product(factor.div_euclid(divisor), divisor - left)?;
                steps.checked_add((factor.rem_euclid(divisor) - left).max(0)).ok_or(OVERFLOW)?
            } else {
                (*factor).min(0)
            };
        }
        self.limit = product(self.limit.div_euclid(divisor), divisor - left)?;
        Ok(())
    }

    /// As a row of a proof, where demands stand on the other side.
    fn row(self) -> Row {
        let mut row = Row { constant: self.limit, ..Row::default() };
        for (term, factor) in self.terms.into_iter().filter(|(_, factor)| *factor != 0) {
            match term {
                Term::Demand(demand) => row.shares.push((demand, factor)),
                Term::Touch(channel) => row.touches.push((channel, -factor)),
                Term::Side(channel, side) => row.sides.push((channel, side, -factor)),
                Term::Funds(node) => row.funds.push((node, -factor)),
            }
        }
        row
    }
}

impl Limits<'_> {
    /// The row that a rounding makes of cut rows, of earlier roundings and of what is known of money.
    pub(crate) fn rounded<'r>(
        &self,
        cut: impl Fn(usize) -> Option<&'r Row>,
        earlier: impl Fn(usize) -> Option<&'r Row>,
        rounding: &Rounding,
    ) -> Result<Row, Violation> {
        let mut sum = Sum::default();
        let counts = |limit: &Limit| limit.touchable || rounding.apart.contains(&limit.touch);
        for multiplier in &rounding.of.cuts {
            let position = multiplier.row as usize;
            let row = cut(position).ok_or(Violation::Order { what: "cuts", position })?;
            sum.add_row(row, multiplier.value.into())?;
        }
        for multiplier in &rounding.of.roundings {
            let position = multiplier.row as usize;
            let row = earlier(position).ok_or(Violation::Order { what: "roundings", position })?;
            sum.add_row(row, multiplier.value.into())?;
        }
        for multiplier in &rounding.of.wealth {
            self.add_purse(&mut sum, multiplier, &counts)?;
        }
        self.add_budgets(&mut sum, rounding, &counts)?;
        let divisor = i128::from(rounding.divisor);
        if divisor == 0 {
            return Err(Violation::Order { what: "divisor", position: 0 });
        }
        sum.settle()?;
        let (sides, choices) = (self.full(rounding)?, self.complements(rounding)?);
        sum.flip_sides(&sides)?;
        sum.flip_choices(&choices)?;
        // The free funds of the server may enter in part.
        let server = self.server.index();
        sum.round(divisor, |term| !matches!(term, Term::Side(..)) && term != Term::Funds(server))?;
        sum.flip_choices(&choices)?;
        sum.flip_sides(&sides)?;
        Ok(sum.row())
    }

    /// What a node puts into touched channels is no more than what comes out of them and is brought.
    fn add_purse(
        &self,
        sum: &mut Sum,
        multiplier: &Multiplier<NodeId>,
        counts: &dyn Fn(&Limit) -> bool,
    ) -> Result<(), Violation> {
        let (node, times) = (multiplier.row.index(), i128::from(multiplier.value));
        let free = *self.free.get(node).ok_or(Violation::Order { what: "wealth", position: node })?;
        for (channel, limit) in self.channels.iter().enumerate() {
            for side in (0..2).filter(|&side| limit.ends[side].index() == node && counts(limit)) {
                // An existing channel may be closed, without its reserve.
                let stays = if matches!(limit.touch, Touch::New(_)) { self.reserve } else { 0 };
                let paid = product(times, limit.old[side] - self.fee - stays)?;
                sum.terms.push((Term::Side(channel, side), times));
                sum.terms.push((Term::Touch(channel), -paid));
            }
        }
        sum.terms.push((Term::Funds(node), -product(times, free)?));
        Ok(())
    }

    fn add_budgets(
        &self,
        sum: &mut Sum,
        rounding: &Rounding,
        counts: &dyn Fn(&Limit) -> bool,
    ) -> Result<(), Violation> {
        let (front, price) = (i128::from(rounding.of.front), i128::from(rounding.of.price));
        if front == 0 && price == 0 {
            return Ok(());
        }
        for (channel, limit) in self.channels.iter().enumerate().filter(|(_, limit)| counts(limit)) {
            sum.terms.push((Term::Touch(channel), product(front, limit.fronted)?));
            sum.terms.push((Term::Touch(channel), product(price, limit.price)?));
        }
        for (node, &free) in self.free.iter().enumerate() {
            sum.terms.push((Term::Funds(node), product(front, free)?));
        }
        sum.raise(product(front, self.front_budget)?)?;
        sum.raise(product(price, self.price_budget)?)
    }

    /// The sides that a rounding looks at from the most that they can send, with that or more.
    fn full(&self, rounding: &Rounding) -> Result<BTreeMap<(usize, usize), i128>, Violation> {
        let side = |&(touch, end, most): &(Touch, End, Sat)| {
            let (side, most) = (usize::from(end == End::V), i128::from(most.0));
            let enough = |&at: &usize| most >= self.cap(&self.channels[at], side);
            let channel = self.position(touch).filter(enough);
            let channel = channel.ok_or(Violation::Order { what: "sides", position: 0 })?;
            Ok(((channel, side), most))
        };
        rounding.full.iter().map(side).collect()
    }

    /// The choices that a rounding looks at from their complements.
    fn complements(&self, rounding: &Rounding) -> Result<BTreeSet<Term>, Violation> {
        let touched = |&touch: &Touch| {
            let channel = self.position(touch).ok_or(Violation::Order { what: "touches", position: 0 })?;
            Ok(Term::Touch(channel))
        };
        let mut terms: BTreeSet<Term> = rounding.touched.iter().map(touched).collect::<Result<_, _>>()?;
        terms.extend(rounding.met.iter().map(|demand| Term::Demand(demand.index())));
        terms.extend(rounding.brought.iter().map(|node| Term::Funds(node.index())));
        Ok(terms)
    }
}
