//! Exchange of touches: one that a demand lacks for the one that is missed least.
//!
//! A move chooses a demand that is not served, touches what widens the cuts that refuse it until it could be served
//! (at most [`DEPTH`] touches; if only its share of the purses is missing, one touch that brings money), and takes back, one
//! after the other, the touch without which the others serve most, but none that is younger than a few moves (tabu,
//! Glover, ORSA J. Computing 1, 1989). Late acceptance decides whether the exchange stands. A run begins
//! between two good plans (path relinking), the first two with nothing, and looks at another point of the dive. What a set of touches
//! serves is worked out from known flows and cuts ([`Reach`]), and what it would serve without one of them from the
//! demands that use that one; a plan is made of it if it is better than the best one, and of the best of a run if that is to be
//! kept. A move looks at some twenty sets and takes a thirtieth of an iteration of ruin and recreate. How many moves
//! there are depends on how far the best plan is below the bound.

mod arcs;
mod reach;
mod seeker;
#[cfg(test)]
mod tests;
mod ways;

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use self::reach::Reach;
use crate::random::Random;
use crate::round::linear::Point;
use crate::round::model::Model;
use crate::round::search::{Search, index};

/// Touches made for one demand at most.
const DEPTH: usize = 4;
/// Moves before what was touched may be taken back.
const YOUNG: u64 = 4;
/// How many moves back late acceptance looks.
const MEMORY: u64 = 20;
/// Moves of a run.
const RUN: u64 = 25;
/// Moves between two questions whether to go on.
const PAUSE: u64 = 15;
/// All moves are made where the best plan lacks so many thousandths of what no plan exceeds; where it lacks more or less, more or
/// fewer of them, within these limits.
const USUAL: u64 = 70;
const FEWEST: u64 = 45;
const MOST: u64 = 110;
/// What a touch promises that the relaxation does not make, against one that it makes whole.
const STRAY: f64 = 0.1;

/// Touches with what they are worth.
#[derive(Debug)]
struct Kept {
    value: u64,
    touched: Vec<usize>,
    served: Vec<bool>,
}

impl Kept {
    fn take(&mut self, value: u64, reach: &Reach) {
        self.value = value;
        self.touched.clear();
        self.touched.extend_from_slice(reach.made());
        self.served.copy_from_slice(reach.served());
    }
}

/// The best of a run. Orders change after it, and with another one the same touches serve less.
#[derive(Debug)]
struct Top {
    kept: Kept,
    /// The demands in the order in which they got their share.
    order: Vec<usize>,
    /// What was put into the two sides of each touched slot.
    put: Vec<[i64; 2]>,
}

impl Top {
    fn new(value: u64, reach: &Reach, order: &[usize]) -> Self {
        let kept = Kept { value, touched: Vec::new(), served: reach.served().to_vec() };
        let mut top = Self { kept, order: order.to_vec(), put: Vec::new() };
        top.take(value, reach, order);
        top
    }

    fn take(&mut self, value: u64, reach: &Reach, order: &[usize]) {
        self.kept.take(value, reach);
        self.order.copy_from_slice(order);
        self.put.clear();
        self.put.extend(reach.put_in());
    }

    /// What is touched and put in, for making a plan of it.
    fn point(&self, model: &Model) -> Point {
        let mut point = Point {
            demands: self.kept.served.iter().map(|&served| if served { 1.0 } else { 0.0 }).collect(),
            touches: vec![0.0; model.slots.len()],
            sendable: vec![[0; 2]; model.slots.len()],
        };
        for (&slot, &put) in self.kept.touched.iter().zip(&self.put) {
            (point.touches[slot], point.sendable[slot]) = (1.0, put);
        }
        point
    }
}

#[derive(Debug)]
struct Exchange<'m> {
    model: &'m Model,
    reach: Reach,
    /// Demands in the order in which they get their share: what failed comes earlier the next time.
    order: Vec<usize>,
    /// How much each demand is favoured in the run at hand.
    favour: Vec<u64>,
    /// The move in which each slot was touched last.
    since: Vec<u64>,
    turn: u64,
    runs: u64,
    found: Vec<(usize, i64)>,
    failed: Vec<usize>,
    /// Touches that may be taken back.
    old: Vec<usize>,
    /// Touches without which purses fall short, and what is served at most.
    short: Vec<(usize, u64)>,
}

impl<'m> Exchange<'m> {
    fn new(search: &Search<'m>) -> Self {
        let order = search.hopeful.clone();
        Self {
            model: search.model,
            reach: Reach::new(search.model),
            order,
            favour: vec![0; search.model.wants.len()],
            since: vec![0; search.model.slots.len()],
            turn: 0,
            runs: 0,
            found: Vec::new(),
            failed: Vec::new(),
            old: Vec::new(),
            short: Vec::new(),
        }
    }

    /// What the touches are worth.
    fn share(&mut self) -> u64 {
        self.reach.share(self.model, &self.order, &mut self.failed)
    }

    /// Brings the demands that failed to get a share forward, the last one of them first.
    fn favour_failed(&mut self) {
        // They failed in this order.
        let mut failed = self.failed.iter().peekable();
        self.order.retain(|demand| failed.next_if_eq(&demand).is_none());
        self.order.extend(self.failed.iter().rev());
        self.order.rotate_right(self.failed.len());
    }
}

impl Search<'_> {
    /// About so many moves in short runs, until a plan is worth `most`, which none exceeds: the further the best plan is
    /// below it, the more of them.
    pub(super) fn exchange(&mut self, moves: u64, most: u64, go: &mut dyn FnMut() -> bool) {
        if moves == 0 || self.best.objective >= most {
            return;
        }
        let mut exchange = Exchange::new(self);
        while self.best.objective < most {
            let left = enough(moves, self.best.objective, most).saturating_sub(exchange.turn);
            if left == 0 || !self.exchange_run(&mut exchange, RUN.min(left), most, go) {
                return;
            }
        }
    }

    /// One run; false if it was not to go on.
    fn exchange_run(
        &mut self,
        exchange: &mut Exchange<'_>,
        moves: u64,
        most: u64,
        go: &mut dyn FnMut() -> bool,
    ) -> bool {
        let model = self.model;
        let from = self.begin_run(exchange);
        for &demand in &self.hopeful {
            exchange.favour[demand] = self.favour(demand);
        }
        exchange.reach.restore(model, &from, &self.start.met);
        let mut value = exchange.share();
        let mut kept = Kept { value, touched: from, served: exchange.reach.served().to_vec() };
        let mut top = Top::new(value, &exchange.reach, &exchange.order);
        let mut past = vec![value; index(MEMORY)];
        for turn in 0..moves {
            if turn % PAUSE == 0 && !go() {
                return false;
            }
            exchange.turn += 1;
            let noise = self.seed.stream(1 << 40 | exchange.turn);
            let found = self.exchange_one(exchange, noise).map(|()| exchange.share());
            let known = &mut past[index(turn % MEMORY)];
            if let Some(found) = found.filter(|&found| found >= (*known).min(value)) {
                value = found;
                kept.take(value, &exchange.reach);
                if value > top.kept.value {
                    top.take(value, &exchange.reach, &exchange.order);
                }
                exchange.favour_failed();
            } else {
                exchange.reach.restore(model, &kept.touched, &kept.served);
            }
            *known = value;
            if top.kept.value > self.best.objective && top.kept.value == value {
                self.make_plan(&top, noise);
                if self.best.objective >= most {
                    return true;
                }
            }
        }
        self.make_plan(&top, self.seed);
        true
    }

    /// What the next run begins with, and another point of the dive.
    fn begin_run(&mut self, exchange: &mut Exchange<'_>) -> Vec<usize> {
        let model = self.model;
        let noise = self.seed.stream(1 << 41 | exchange.runs);
        exchange.runs += 1;
        exchange.order.sort_by_key(|&demand| (Reverse(model.wants[demand].weight), demand));
        if exchange.runs == 1 {
            return Vec::new();
        }
        if let Some(point) = self.elite.turn() {
            self.guide = Some(point);
        }
        let own = self.elite.any(noise).filter(|_| exchange.runs > 2);
        own.and_then(|own| self.elite.relink(&own.state.touched, model.max_touches, noise.stream(2)))
            .unwrap_or_default()
    }

    /// Makes a plan of the best of a run, for the best one or for those that are kept.
    fn make_plan(&mut self, top: &Top, noise: Random) {
        let Top { kept, order, .. } = top;
        if self.elite.has_place_for(&kept.touched, kept.value) {
            let plan = self.exact(&kept.touched, order, &top.point(self.model), [None].into_iter(), noise);
            self.offer(plan);
        }
    }

    /// Touches what an unmet demand lacks and takes back what is missed least; None if there is nothing to do.
    fn exchange_one(&self, exchange: &mut Exchange<'_>, noise: Random) -> Option<()> {
        let model = self.model;
        let (reach, favour) = (&mut exchange.reach, &exchange.favour);
        let unmet = |&demand: &usize| if reach.served()[demand] { 0 } else { favour[demand] };
        let demand = pick(&self.hopeful, unmet, noise, 1)?;
        let mut short = reach.meets(model, demand);
        let mut depth = 0;
        while short || !reach.meets(model, demand) {
            if depth == DEPTH {
                return None;
            }
            reach.remedies(model, demand, short, &mut exchange.found);
            let promise = |remedy: &(usize, i64)| self.promise(demand, remedy);
            let (slot, _) = pick(&exchange.found, promise, noise, 2 + depth as u64)?;
            reach.make(model, slot);
            exchange.since[slot] = exchange.turn;
            (short, depth) = (false, depth + 1);
        }
        while !exchange.reach.fits(model) {
            self.give_back(exchange, noise)?;
        }
        Some(())
    }

    /// How much a touch promises for a demand: the share of the amount that it may bring, more the more the
    /// relaxation touches it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // at most 2^21
    fn promise(&self, demand: usize, &(slot, gain): &(usize, i64)) -> u64 {
        let guide = self.guide.as_ref().map_or(1.0, |point| point.touches[slot]);
        let share = gain as f64 / self.model.wants[demand].amount.max(1) as f64;
        ((guide.clamp(0.0, 1.0) + STRAY) * share * 1e6) as u64 + 1
    }

    /// Takes the touch back without which most is served; None if all are too young.
    fn give_back(&self, exchange: &mut Exchange<'_>, noise: Random) -> Option<()> {
        let model = self.model;
        let Exchange { reach, order, since, turn, old, short, .. } = exchange;
        let all = reach.survey(model, order);
        let mut best: Option<(u64, u64, usize)> = None;
        short.clear();
        // Those that are used least first: they rule out most of the others.
        old.clear();
        old.extend(reach.made().iter().copied().filter(|&slot| *turn >= since[slot] + YOUNG));
        old.sort_unstable_by_key(|&slot| (reach.use_of(slot), slot));
        for &slot in old.iter() {
            let least = best.map_or(0, |(value, ..)| value);
            match reach.without(model, slot, all, least) {
                (value, true) => best = best.max(Some((value, noise.bits(100 + slot as u64), slot))),
                (value, false) => short.push((slot, value)),
            }
        }
        // What may be missed least first: it rules out most of the others.
        short.sort_unstable_by_key(|&(slot, most)| (Reverse(most), slot));
        for &(slot, most) in short.iter() {
            let least = best.map_or(0, |(value, ..)| value);
            if most < least {
                continue;
            }
            let value = reach.repaid(model, slot, all, least);
            best = best.max(Some((value, noise.bits(100 + slot as u64), slot)));
        }
        let (_, _, slot) = best?;
        let at = reach.made().iter().position(|&made| made == slot)?;
        reach.take_back(model, at);
        Some(())
    }
}

/// How many of some moves are enough where the best plan is worth so much: of generated rounds, those whose plans are far from
/// the bound are those whose plans are far from the optimum.
fn enough(moves: u64, best: u64, most: u64) -> u64 {
    let lack = u128::from(most.saturating_sub(best)) * 1000 / u128::from(most.max(1));
    let share = u64::try_from(lack).unwrap_or(MOST).clamp(FEWEST, MOST);
    moves.saturating_mul(share) / USUAL
}

/// One of some items, by weight.
fn pick<T: Copy>(items: &[T], weight: impl Fn(&T) -> u64, noise: Random, index: u64) -> Option<T> {
    let total = items.iter().fold(0_u64, |sum, item| sum.saturating_add(weight(item)));
    let mut rest = noise.below(index, total);
    items.iter().copied().find(|item| {
        let weight = weight(item);
        let found = rest < weight;
        rest = rest.saturating_sub(weight);
        found
    })
}
