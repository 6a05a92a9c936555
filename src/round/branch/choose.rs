//! What to branch on: pseudo-costs, made reliable by trying (Achterberg, Koch and Martin, Operations Research Letters 33, 2005).
//!
//! The pseudo-cost of an answer is by how much the bound fell per unit that the choice was moved, in the mean of all
//! branches so far. A choice whose answers have been looked at seldom is tried: both children are solved for some pivots. A
//! branch is worth the product of what its two answers take off the bound.

use alloc::vec::Vec;

use super::node::{Node, assume};
use crate::amount::Sat;
use crate::id::id_at;
use crate::round::certificate::{Choice, End};
use crate::round::linear::Program;
use crate::round::plan::Touch;
use crate::round::simplex::Status;
use crate::round::tableau::Linear;

/// How near to a whole number counts as one.
const WHOLE: f64 = 1e-6;
/// Answers looked at so often are known.
const KNOWN: u32 = 4;
/// Pivots of a child that was not tried.
const CHILD: u64 = 1000;
/// What an answer takes off at least, for the product.
const LEAST: f64 = 1e-4;

/// How choices are tried.
#[derive(Clone, Copy, Debug)]
pub(in crate::round) struct Trials {
    /// At a node at most.
    pub(super) most: usize,
    /// How many in a row may be no better.
    pub(super) idle: usize,
    /// Pivots of each answer.
    pub(super) pivots: u64,
}

/// Pseudo-costs by column.
pub(super) struct Costs {
    /// Of "no" and "yes": sums and counts.
    known: Vec<[(f64, u32); 2]>,
    all: [(f64, u32); 2],
}

/// An answer with its relaxation.
pub(super) struct Child {
    pub(super) linear: Linear,
    pub(super) status: Status,
}

/// A choice with its answers, "no" first.
pub(super) struct Branched {
    pub(super) choice: Choice,
    pub(super) children: [Child; 2],
    /// Entries that pivots have gone through.
    pub(super) spent: u64,
}

impl Costs {
    pub(super) fn new(columns: usize) -> Self {
        Self { known: alloc::vec![[(0.0, 0); 2]; columns], all: [(0.0, 0); 2] }
    }

    fn learn(&mut self, column: usize, answer: usize, fall: f64, moved: f64) {
        let rate = fall.max(0.0) / moved.max(WHOLE);
        for (sum, count) in [&mut self.known[column][answer], &mut self.all[answer]] {
            *sum += rate;
            *count += 1;
        }
    }

    /// By how much an answer may lower the bound.
    fn fall(&self, column: usize, answer: usize, moved: f64) -> f64 {
        let mean = |(sum, count): (f64, u32)| if count == 0 { None } else { Some(sum / f64::from(count)) };
        mean(self.known[column][answer]).or(mean(self.all[answer])).unwrap_or(1.0) * moved
    }

    fn seldom(&self, column: usize) -> bool {
        self.known[column].iter().any(|&(_, count)| count < KNOWN)
    }
}

fn score(falls: [f64; 2]) -> f64 {
    falls[0].max(LEAST) * falls[1].max(LEAST)
}

/// The choices that the relaxation leaves open, with their columns. What is assumed is none of them, also where
/// pivots ended before the relaxation kept it.
fn fractional(program: &Program<'_>, linear: &Linear) -> Vec<(usize, Choice)> {
    let model = program.model;
    let columns = &program.columns;
    let touches = model.slots.iter().zip(&columns.touch);
    let touches = touches.filter_map(|(slot, y)| y.map(|y| (y, Choice::Touch(slot.touch))));
    let demands = columns.demand.iter().enumerate().map(|(i, &x)| (x, Choice::Demand(id_at(i))));
    let funds = columns.funds.iter().enumerate().filter(|(user, _)| *user != model.server);
    let funds = funds.filter_map(|(user, g)| g.map(|g| (g, Choice::Funds(id_at(user)))));
    let open = |&(column, _): &(usize, Choice)| {
        let value = linear.simplex.value(column);
        (value - libm::round(value)).abs() > WHOLE && !linear.decides(column)
    };
    demands.chain(touches).chain(funds).filter(open).collect()
}

/// Whether the relaxation leaves no choice open.
pub(super) fn whole(program: &Program<'_>, linear: &Linear) -> bool {
    fractional(program, linear).is_empty()
}

/// What to branch on, with both answers; `None` if nothing is left.
pub(super) fn choose(
    program: &Program<'_>,
    node: &Node,
    linear: &Linear,
    costs: &mut Costs,
    trials: Trials,
    cutoff: f64,
) -> Option<Branched> {
    let mut choices: Vec<(f64, usize, Choice)> = fractional(program, linear)
        .into_iter()
        .map(|(column, choice)| {
            let value = linear.simplex.value(column);
            (score([costs.fall(column, 0, value), costs.fall(column, 1, 1.0 - value)]), column, choice)
        })
        .collect();
    if choices.is_empty() {
        let choice = odd(program, node, linear)?;
        let children =
            [false, true].map(|answer| child(program, node, linear, choice, answer, cutoff, CHILD));
        let spent = children.iter().map(|(_, spent)| spent).sum();
        return Some(Branched { choice, children: children.map(|(child, _)| child), spent });
    }
    choices.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut trial = Trial { program, node, linear, costs, cutoff, spent: 0 };
    let mut best: Option<(f64, usize, Choice, Option<[Child; 2]>)> = None;
    let (mut tried, mut idle) = (0, 0);
    for (expected, column, choice) in choices {
        let better = |value: f64| best.as_ref().is_none_or(|(known, ..)| value > *known);
        if !trial.costs.seldom(column) || tried >= trials.most || idle >= trials.idle {
            if better(expected) {
                best = Some((expected, column, choice, None));
            }
            continue;
        }
        tried += 1;
        let (value, children) = trial.run(column, choice, trials.pivots);
        if children.iter().any(|child| matches!(child.status, Status::Empty | Status::Cutoff)) {
            return Some(Branched { choice, children, spent: trial.spent });
        }
        if better(value) {
            (best, idle) = (Some((value, column, choice, Some(children))), 0);
        } else {
            idle += 1;
        }
    }
    let (_, column, choice, children) = best?;
    let children = match children {
        Some(children) => children,
        None => trial.run(column, choice, CHILD).1,
    };
    Some(Branched { choice, children, spent: trial.spent })
}

/// What trials at a node share.
struct Trial<'t, 'p, 'm> {
    program: &'t Program<'p>,
    node: &'t Node,
    linear: &'m Linear,
    costs: &'t mut Costs,
    cutoff: f64,
    spent: u64,
}

impl Trial<'_, '_, '_> {
    /// Solves both answers for some pivots and learns from them.
    fn run(&mut self, column: usize, choice: Choice, pivots: u64) -> (f64, [Child; 2]) {
        let value = self.linear.simplex.value(column);
        let before = self.linear.simplex.objective();
        let mut falls = [0.0; 2];
        let children = [false, true].map(|answer| {
            let (child, spent) =
                child(self.program, self.node, self.linear, choice, answer, self.cutoff, pivots);
            self.spent += spent;
            let at = usize::from(answer);
            let gap = (before - self.cutoff).max(LEAST);
            falls[at] =
                if child.status == Status::Empty { gap } else { before - child.linear.simplex.objective() };
            self.costs.learn(column, at, falls[at].min(gap), if answer { 1.0 - value } else { value });
            child
        });
        (score(falls), children)
    }
}

/// The relaxation of an answer, solved for some pivots.
fn child(
    program: &Program<'_>,
    node: &Node,
    linear: &Linear,
    choice: Choice,
    answer: bool,
    cutoff: f64,
    pivots: u64,
) -> (Child, u64) {
    let mut linear = linear.clone();
    let before = linear.simplex.entries;
    assume(program, &mut linear, &mut node.open.clone(), choice, answer);
    let status = linear.simplex.run(cutoff, pivots);
    let spent = linear.simplex.entries - before;
    (Child { linear, status }, spent)
}

/// An integral point that is no plan: a channel too small to be open, or an amount between satoshi. What the node
/// assumes of an amount is not asked again: the relaxation keeps it to within a small part of a satoshi.
fn odd(program: &Program<'_>, node: &Node, linear: &Linear) -> Option<Choice> {
    let model = program.model;
    let touched = |slot: usize| {
        let y = program.columns.touch[slot]?;
        (linear.simplex.value(y) > 0.5).then(|| program.sendable(linear, slot))
    };
    let slots = || (0..model.slots.len()).filter_map(|slot| Some((slot, touched(slot)?)));
    let existing = |slot: usize| matches!(model.slots[slot].touch, Touch::Existing(_));
    let undecided = slots().find(|&(slot, amounts)| {
        let decided = node.assumes(Choice::Open(model.slots[slot].touch));
        existing(slot) && !decided && (model.reserve > 0 || amounts[0] + amounts[1] < program.least())
    });
    if let Some((slot, _)) = undecided {
        return Some(Choice::Open(model.slots[slot].touch));
    }
    for (slot, amounts) in slots() {
        for (amount, end) in amounts.into_iter().zip([End::U, End::V]) {
            if (amount - libm::round(amount)).abs() > 1e-3 {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
                let limit = Sat(libm::floor(amount) as u64);
                let choice = Choice::Sendable { channel: model.slots[slot].touch, end, limit };
                if !node.assumes(choice) {
                    return Some(choice);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Node, assume, fractional, odd};
    use crate::round::bound::Relaxation;
    use crate::round::certificate::Choice;
    use crate::round::generate::{Size, lightning};
    use crate::round::linear::Program;
    use crate::round::model::Model;
    use crate::round::search::Search;
    use crate::round::tableau::Linear;

    const SIZE: Size = Size { nodes: 30, channels: 90, participants: 12, demands: 20, max_touches: 3 };

    /// Calls with the root of some rounds, after some separation.
    fn roots(mut look: impl FnMut(&Program<'_>, Linear)) {
        for seed in 0..20 {
            let round = lightning(SIZE, seed).unwrap();
            let model = Model::new(&round);
            let search = Search::new(&model, 0);
            let relaxation = Relaxation::new(&model, &search.best.met);
            let (mut program, mut root) = Program::new(&round, &model, &relaxation.worth);
            program.solve(&mut root, &[], 0.0, super::super::SHORT, &mut || true);
            look(&program, root);
        }
    }

    /// The point of the root does not keep what is assumed after it, as where pivots end early.
    #[test]
    fn what_is_assumed_is_no_choice_any_more() {
        for answer in [false, true] {
            let mut seen = 0;
            roots(|program, mut root| {
                let mut choices = fractional(program, &root);
                while let Some((_, choice)) = choices.pop() {
                    assume(program, &mut root, &mut Vec::new(), choice, answer);
                    // What moves at once with the assumption is another matter.
                    choices.retain(|known| fractional(program, &root).contains(known));
                    assert!(fractional(program, &root).iter().all(|&(_, known)| known != choice));
                    seen += 1;
                }
            });
            assert!(seen > 20, "{seen}");
        }
    }

    /// Amounts stay where they are, as where the relaxation keeps a limit but for rounding: each is asked about once.
    #[test]
    fn what_is_assumed_of_an_amount_is_not_asked_again() {
        let mut seen = 0;
        roots(|program, root| {
            let mut node = Node::first(root.simplex.objective());
            let mut asked: Vec<Choice> = Vec::new();
            while let Some(choice) = odd(program, &node, &root) {
                assert!(!asked.contains(&choice), "{choice:?}");
                seen += usize::from(matches!(choice, Choice::Sendable { .. }));
                asked.push(choice);
                node = node.child(program, &root, choice, asked.len() % 2 == 0, 0);
            }
        });
        assert!(seen > 10, "{seen}");
    }
}
