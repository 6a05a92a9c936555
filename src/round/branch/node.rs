//! Nodes of the tree: what they assume, and how their tableau is made again.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::round::certificate::{Choice, End};
use crate::round::linear::{MARGIN, Program};
use crate::round::model::Model;
use crate::round::plan::Touch;
use crate::round::tableau::{Kind, Linear};

/// An open node.
pub(super) struct Node {
    /// No plan in it is worth more.
    pub(super) bound: f64,
    pub(super) case: usize,
    /// What its branches assume, from the root on.
    assumed: Vec<(Choice, bool)>,
    /// Channels assumed to be open.
    pub(super) open: Vec<usize>,
    /// The rows that bound where it was made.
    rows: Vec<Kind>,
}

impl Node {
    /// The bound in whole points.
    pub(super) fn points(&self) -> f64 {
        libm::floor(self.bound + MARGIN)
    }

    /// Whether a choice has been made.
    pub(super) fn assumes(&self, choice: Choice) -> bool {
        self.assumed.iter().any(|&(known, _)| known == choice)
    }

    /// The node without assumptions.
    pub(super) fn first(bound: f64) -> Self {
        Self { bound, case: 0, assumed: Vec::new(), open: Vec::new(), rows: Vec::new() }
    }

    /// The node that assumes one thing more, whose relaxation has been looked at.
    pub(super) fn child(
        &self,
        program: &Program<'_>,
        linear: &Linear,
        choice: Choice,
        answer: bool,
        case: usize,
    ) -> Self {
        let mut assumed = self.assumed.clone();
        assumed.push((choice, answer));
        let mut open = self.open.clone();
        if let (Choice::Open(touch), true) = (choice, answer) {
            open.push(slot_of(program.model, touch));
        }
        Self { bound: self.bound, case, assumed, open, rows: linear.binding() }
    }

    /// The tableau of the root with what the node assumes and the rows that bound.
    pub(super) fn tableau(&self, program: &Program<'_>, root: &Linear) -> Linear {
        let mut linear = root.clone();
        let mut open = Vec::new();
        for &(choice, answer) in &self.assumed {
            assume(program, &mut linear, &mut open, choice, answer);
        }
        let known = linear.rows();
        for &kind in self.rows.iter().filter(|kind| known.binary_search(kind).is_err()) {
            match kind {
                Kind::Cut(at) => linear.add(kind, &program.cuts[at].terms, program.cuts[at].limit),
                Kind::Rounding(at) => {
                    linear.add(kind, &program.roundings[at].terms, program.roundings[at].limit);
                }
                _ => {}
            }
        }
        linear
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By bound in whole points; of equal ones the latest is the largest.
impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.points().total_cmp(&other.points()).then(self.case.cmp(&other.case))
    }
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

/// Fixes what a case assumes.
pub(super) fn assume(
    program: &Program<'_>,
    linear: &mut Linear,
    open: &mut Vec<usize>,
    choice: Choice,
    answer: bool,
) {
    let columns = &program.columns;
    let fix = if answer { 1.0 } else { 0.0 };
    let column = match choice {
        Choice::Touch(touch) => {
            match columns.touch[slot_of(program.model, touch)] {
                Some(y) if answer => linear.make(y),
                Some(y) => linear.simplex.allow(y, |_| false),
                None => {}
            }
            None
        }
        Choice::Demand(demand) => Some(columns.demand[demand.index()]),
        Choice::Funds(user) => columns.funds[user.index()],
        Choice::Open(touch) => {
            let slot = slot_of(program.model, touch);
            if answer {
                open.push(slot);
                program.open_slot(linear, slot, open);
            } else {
                program.close_slot(linear, slot);
            }
            None
        }
        Choice::Sendable { channel, end, limit } => {
            let slot = slot_of(program.model, channel);
            program.limit_side(linear, slot, usize::from(end == End::V), limit.0, answer);
            None
        }
    };
    if let Some(column) = column {
        linear.simplex.set_bounds(column, fix, fix);
    }
}
