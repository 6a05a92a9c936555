//! Branch and bound over the linear relaxation: proves a plan optimal, or finds a better one.
//!
//! Depth first. A node is a copy of its parent's tableau with one more variable fixed; cuts are valid everywhere
//! and stay in a common pool. A node ends when its relaxation cannot beat the best plan by a point, and leaves its
//! multipliers (with the ray, if nothing satisfies it) as a leaf of the certificate. Where the relaxation is
//! integral its point is carried out; if the rules that the relaxation leaves out (least capacity, reserve,
//! whole satoshi) forbid that, those are branched on: closed or open, then the amount itself.

use alloc::vec::Vec;

use super::certificate::{Case, Choice, End};
use super::cuts::VIOLATED;
use super::linear::{Linear, Program, Rounds};
use super::model::Model;
use super::plan::Touch;
use super::search::Search;
use super::simplex::Status;
use crate::amount::Sat;
use crate::id::id_at;

/// How near to a whole number counts as one.
const WHOLE: f64 = 1e-6;
/// A bound below the next whole number by less than this is not yet one point less.
const MARGIN: f64 = 1e-3;
/// Demands are branched on before touches: with 3 / 10 / 100 instead of 1, 371 / 389 / 325 nodes instead of 465.
const DEMANDS_FIRST: f64 = 100.0;
/// Separation at a node: until it brings little, but to the end where there is nothing to branch on.
const SHORT: Rounds = Rounds { most: 30, idle: 6, flows: true, tolerance: VIOLATED };
const ROUNDS: Rounds = Rounds { most: 200, idle: usize::MAX, flows: true, tolerance: FINE };
/// There a demand may lack next to nothing: a plan lacks nothing.
const FINE: f64 = 1e-6;

struct Node {
    linear: Linear,
    case: usize,
    /// Channels assumed to be open.
    open: Vec<usize>,
}

/// Runs until nothing is left or `limit` nodes have been looked at; returns the cases of the proof.
///
/// `go` is asked before every node whether to go on.
pub(super) fn prove(
    program: &mut Program<'_>,
    root: Linear,
    search: &mut Search<'_>,
    limit: u64,
    goal: Option<u64>,
    go: &mut dyn FnMut() -> bool,
) -> Vec<Case> {
    let mut cases = alloc::vec![Case::Leaf(super::Multipliers::default())];
    let mut open = alloc::vec![Node { linear: root, case: 0, open: Vec::new() }];
    let mut nodes = 0;
    while let Some(mut node) = open.pop() {
        nodes += 1;
        let last = nodes > limit || !go();
        let cutoff = cutoff(search, goal);
        let status = if last { Status::Limit } else { settle(program, &mut node, search, cutoff) };
        let choice = match status {
            // What has not been solved to the end is branched on as well.
            Status::Optimal | Status::Limit if !last => choose(program, &node),
            _ => None,
        };
        let Some((choice, first)) = choice else {
            cases[node.case] = Case::Leaf(program.multipliers(&node.linear, status, cutoff));
            if last {
                // Whatever is open keeps the bound of the case it came from.
                for node in open.drain(..) {
                    cases[node.case] = Case::Leaf(program.multipliers(&node.linear, Status::Limit, 0.0));
                }
            }
            continue;
        };
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (no, yes) = (cases.len(), cases.len() + 1);
        cases[node.case] = Case::Branch { on: choice, no: position(no), yes: position(yes) };
        cases.resize(cases.len() + 2, Case::Leaf(super::Multipliers::default()));
        let mut other = Node { linear: node.linear.clone(), case: no, open: node.open.clone() };
        node.case = yes;
        assume(program, &mut node, choice, true);
        assume(program, &mut other, choice, false);
        if first {
            open.extend([other, node]);
        } else {
            open.extend([node, other]);
        }
    }
    cases
}

/// A node whose relaxation is at most this cannot hold a better plan, or none that reaches the goal.
#[allow(clippy::cast_precision_loss)] // weights are far below 2^53
pub(super) fn cutoff(search: &Search<'_>, goal: Option<u64>) -> f64 {
    goal.unwrap_or(0).max(search.best.objective + 1) as f64 - MARGIN
}

/// Solves the relaxation of a node and tries to make a plan of it.
fn settle(program: &mut Program<'_>, node: &mut Node, search: &mut Search<'_>, cutoff: f64) -> Status {
    let mut status = program.solve(&mut node.linear, &node.open, cutoff, SHORT, &mut || true);
    if matches!(status, Status::Limit | Status::Optimal) && choose(program, node).is_none() {
        status = program.solve(&mut node.linear, &node.open, cutoff, ROUNDS, &mut || true);
    }
    if matches!(status, Status::Empty | Status::Cutoff) {
        return status;
    }
    let before = search.best.objective;
    let point = program.point(&node.linear);
    search.carry_out(&point);
    if search.best.objective > before && node.linear.simplex.objective() <= self::cutoff(search, None) {
        return Status::Cutoff;
    }
    status
}

/// Where the relaxation leaves a question open: what to branch on, and whether to look at "yes" first.
fn choose(program: &Program<'_>, node: &Node) -> Option<(Choice, bool)> {
    let model = program.model;
    let value = |column: usize| node.linear.simplex.value(column);
    let open = |value: f64| (value - libm::round(value)).abs() > WHOLE;
    let mut best: Option<(f64, Choice, bool)> = None;
    let mut offer = |value: f64, weight: f64, choice: Choice| {
        let score = value.min(1.0 - value) * weight;
        if open(value) && best.is_none_or(|(known, ..)| score > known) {
            best = Some((score, choice, value >= 0.5));
        }
    };
    let columns = &program.columns;
    for (slot, data) in model.slots.iter().enumerate() {
        if let Some(y) = columns.touch[slot] {
            offer(value(y), 1.0, Choice::Touch(data.touch));
        }
    }
    for (demand, &column) in columns.demand.iter().enumerate() {
        offer(value(column), DEMANDS_FIRST, Choice::Demand(id_at(demand)));
    }
    for (user, &column) in columns.funds.iter().enumerate().filter(|(user, _)| *user != model.server) {
        if let Some(g) = column {
            offer(value(g), 1.0, Choice::Funds(id_at(user)));
        }
    }
    if let Some((_, choice, first)) = best {
        return Some((choice, first));
    }
    odd(program, node)
}

/// An integral point that is no plan: a channel too small to be open, or an amount between satoshi.
fn odd(program: &Program<'_>, node: &Node) -> Option<(Choice, bool)> {
    let model = program.model;
    let touched = |slot: usize| {
        let y = program.columns.touch[slot]?;
        (node.linear.simplex.value(y) > 0.5).then(|| program.sendable(&node.linear, slot))
    };
    let slots = || (0..model.slots.len()).filter_map(|slot| Some((slot, touched(slot)?)));
    let existing = |slot: usize| matches!(model.slots[slot].touch, Touch::Existing(_));
    let undecided = slots().find(|&(slot, amounts)| {
        let decided = node.open.contains(&slot) || program.closed(&node.linear, slot);
        existing(slot) && !decided && (model.reserve > 0 || amounts[0] + amounts[1] < program.least())
    });
    if let Some((slot, _)) = undecided {
        return Some((Choice::Open(model.slots[slot].touch), true));
    }
    for (slot, amounts) in slots() {
        for (amount, end) in amounts.into_iter().zip([End::U, End::V]) {
            if (amount - libm::round(amount)).abs() > 1e-3 {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative
                let limit = Sat(libm::floor(amount) as u64);
                return Some((Choice::Sendable { channel: model.slots[slot].touch, end, limit }, true));
            }
        }
    }
    None
}

fn slot_of(model: &Model, touch: Touch) -> usize {
    match touch {
        Touch::Existing(id) => id.index(),
        Touch::New(id) => {
            let existing = model.slots.iter().filter(|slot| matches!(slot.touch, Touch::Existing(_)));
            existing.count() + id.index()
        }
    }
}

/// Fixes in a node what a case assumes.
fn assume(program: &mut Program<'_>, node: &mut Node, choice: Choice, answer: bool) {
    let columns = &program.columns;
    let simplex = &mut node.linear.simplex;
    let fix = if answer { (1.0, 1.0) } else { (0.0, 0.0) };
    match choice {
        Choice::Touch(touch) => {
            if let Some(y) = columns.touch[slot_of(program.model, touch)] {
                simplex.set_bounds(y, fix.0, fix.1);
            }
        }
        Choice::Demand(demand) => simplex.set_bounds(columns.demand[demand.index()], fix.0, fix.1),
        Choice::Funds(user) => {
            if let Some(g) = columns.funds[user.index()] {
                simplex.set_bounds(g, fix.0, fix.1);
            }
        }
        Choice::Open(touch) => {
            let slot = slot_of(program.model, touch);
            if answer {
                node.open.push(slot);
                program.open_slot(&mut node.linear, slot, &node.open);
            } else {
                program.close_slot(&mut node.linear, slot);
            }
        }
        Choice::Sendable { channel, end, limit } => {
            let slot = slot_of(program.model, channel);
            program.limit_side(&mut node.linear, slot, usize::from(end == End::V), limit.0, answer);
        }
    }
}
