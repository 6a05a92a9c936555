//! Branch and bound over the linear relaxation: proves a plan optimal, or finds a better one and how far it is at most.
//!
//! Best bound first, in whole points, and of equal ones the latest. A node is what its branches assume, with the rows that bound where it was made; it is made
//! again from the root when its turn comes, unless it is the child of the node before it, whose tableau is at hand. Cuts
//! are valid everywhere and stay in a common pool. What to branch on is [chosen](choose) by what earlier branches
//! brought. A node ends when its relaxation cannot beat the best plan by a point, and leaves its
//! multipliers (with the ray, if nothing satisfies it) as a leaf of the certificate; so do all that are still open when the
//! work that is allowed is done. Where the relaxation is
//! integral its point is carried out; if the rules that the relaxation leaves out (least capacity, reserve,
//! whole satoshi) forbid that, those are branched on: closed or open, then the amount itself.

mod choose;
mod node;

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

pub(super) use self::choose::Trials;
use self::choose::{Branched, Child, Costs};
use self::node::Node;
use super::certificate::{Case, Choice};
use super::cuts::VIOLATED;
use super::linear::{MARGIN, Program, Rounds};
use super::search::Search;
use super::simplex::Status;
use super::tableau::Linear;

/// Separation at a node of a proof: until it brings little, but to the end where there is nothing to branch on.
pub(super) const SHORT: Rounds =
    Rounds { most: 8, idle: 2, flows: true, roundings: true, slow: 0.0, tolerance: VIOLATED };
const ROUNDS: Rounds =
    Rounds { most: 200, idle: usize::MAX, flows: true, roundings: false, slow: 0.0, tolerance: FINE };
/// Choices are tried until little is left to gain, or a few of them for a few pivots.
pub(super) const THOROUGH: Trials = Trials { most: 16, idle: 6, pivots: 60 };
pub(super) const HASTY: Trials = Trials { most: 4, idle: 2, pivots: 15 };
/// There a demand may lack next to nothing: a plan lacks nothing.
const FINE: f64 = 1e-6;
/// A multiplier may be spoilt by rounding so far.
const SPOILT: f64 = 5e-4;
/// So many nodes in a row that have one child left count as one.
const ALONE: usize = 1000;
/// A point with more partial touches is not carried out: what it makes is hardly ever the best plan.
const PARTIAL: usize = 4;
/// A child is looked at next if its bound is within this part of the way from the highest bound to the best plan.
const NEAR: f64 = 0.2;

/// How long to go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) nodes: u64,
    /// Entries of tableaux that pivots go through.
    pub(super) entries: u64,
    /// Separation at a node.
    pub(super) rounds: Rounds,
    pub(super) trials: Trials,
    /// It is enough if nothing exceeds the best plan by more than this part of it.
    pub(super) near: f64,
}

/// A node whose relaxation is at most this cannot hold a better plan, or none that reaches the goal.
#[allow(clippy::cast_precision_loss)] // weights are far below 2^53
pub(super) fn cutoff(search: &Search<'_>, goal: Option<u64>) -> f64 {
    goal.unwrap_or(0).max(search.best.objective + 1) as f64 - MARGIN
}

/// The tree of a proof.
struct Tree<'t, 'm> {
    program: &'t mut Program<'m>,
    root: Linear,
    cases: Vec<Case>,
    open: BinaryHeap<Node>,
    costs: Costs,
    goal: Option<u64>,
    limits: Limits,
    /// Entries that pivots have gone through.
    spent: u64,
}

/// Runs until nothing is left or the limits are reached; returns the cases of the proof.
///
/// `go` is asked before every node whether to go on.
pub(super) fn prove(
    program: &mut Program<'_>,
    mut root: Linear,
    search: &mut Search<'_>,
    limits: Limits,
    goal: Option<u64>,
    go: &mut dyn FnMut() -> bool,
) -> Vec<Case> {
    let first = Case::Leaf(program.multipliers(&root, Status::Limit, 0.0));
    root.trim();
    let costs = Costs::new(program.columns.count);
    let open = BinaryHeap::from([Node::first(root.proven(Status::Limit, 0.0))]);
    let mut tree = Tree { program, root, cases: alloc::vec![first], open, costs, goal, limits, spent: 0 };
    let mut nodes = 0;
    let mut next: Option<(Node, Linear)> = None;
    loop {
        let taken = next.take().or_else(|| {
            let node = tree.open.pop()?;
            let linear = node.tableau(tree.program, &tree.root);
            Some((node, linear))
        });
        let Some((node, mut linear)) = taken else { break };
        nodes += 1;
        // What is open is a leaf already.
        let spent = nodes > limits.nodes || tree.spent > limits.entries;
        if node.bound <= cutoff(search, goal) || tree.is_near(&node, search) || spent || !go() {
            break;
        }
        next = tree.visit(node, &mut linear, search).map(|node| (node, linear));
    }
    tree.cases
}

impl Tree<'_, '_> {
    /// Whether neither a node nor one that is open exceeds the best plan by much.
    #[allow(clippy::cast_precision_loss)] // weights are far below 2^53
    fn is_near(&self, node: &Node, search: &Search<'_>) -> bool {
        let highest = self.open.peek().map_or(node.bound, |open| open.bound.max(node.bound));
        highest <= search.best.objective as f64 * (1.0 + self.limits.near)
    }

    /// Looks at a node: closes it, or branches. The child to look at next, if it is one of them, has its tableau in `linear`.
    fn visit(&mut self, mut node: Node, linear: &mut Linear, search: &mut Search<'_>) -> Option<Node> {
        let mut alone = 0;
        loop {
            let cutoff = cutoff(search, self.goal);
            let status = self.settle(&node, linear, search, cutoff);
            let cutoff = self::cutoff(search, self.goal);
            if self.conclude(&mut node, linear, status, cutoff) {
                return None;
            }
            linear.trim();
            let branched =
                choose::choose(self.program, &node, linear, &mut self.costs, self.limits.trials, cutoff)?;
            let Branched { choice, children, spent } = branched;
            self.spent += spent;
            let mut both = Vec::new();
            for (child, (answer, place)) in children.into_iter().zip(self.split(&node, choice)) {
                let mut open = node.child(self.program, &child.linear, choice, answer, place);
                if !self.conclude(&mut open, &child.linear, child.status, cutoff) {
                    both.push((open, child));
                }
            }
            // The one with the higher bound first.
            both.sort_by(|a, b| a.0.bound.total_cmp(&b.0.bound));
            let (first, Child { linear: tableau, .. }) = both.pop()?;
            *linear = tableau;
            if both.is_empty() && alone < ALONE {
                (node, alone) = (first, alone + 1);
                continue;
            }
            self.open.extend(both.into_iter().map(|(node, _)| node));
            let highest = self.open.peek().map_or(0.0, Node::points).max(first.points());
            if highest - first.points() <= NEAR * (highest - cutoff).max(0.0) {
                return Some(first);
            }
            self.open.push(first);
            return None;
        }
    }

    /// Keeps what a run proves of a node if that is less than what is known, from the node above it at first. Whether
    /// it proves that nothing in it is worth more than `cutoff`.
    fn conclude(&mut self, node: &mut Node, linear: &Linear, status: Status, cutoff: f64) -> bool {
        let proven = linear.proven(status, cutoff);
        if proven < node.bound {
            node.bound = proven;
            self.cases[node.case] = Case::Leaf(self.program.multipliers(linear, status, cutoff));
        }
        matches!(status, Status::Empty | Status::Cutoff) && proven <= cutoff + SPOILT
    }

    /// Makes a branch of a leaf; returns the answers with their places, leaves with the same multipliers.
    fn split(&mut self, node: &Node, on: Choice) -> [(bool, usize); 2] {
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (no, yes) = (self.cases.len(), self.cases.len() + 1);
        let branch = Case::Branch { on, no: position(no), yes: position(yes) };
        let leaf = core::mem::replace(&mut self.cases[node.case], branch);
        self.cases.extend([leaf.clone(), leaf]);
        [(false, no), (true, yes)]
    }

    /// Solves the relaxation of a node and tries to make a plan of it.
    fn settle(&mut self, node: &Node, linear: &mut Linear, search: &mut Search<'_>, cutoff: f64) -> Status {
        let program = &mut *self.program;
        let before = linear.simplex.entries;
        let mut status = program.solve(linear, &node.open, cutoff, self.limits.rounds, &mut || true);
        if matches!(status, Status::Limit | Status::Optimal) && choose::whole(program, linear) {
            status = program.solve(linear, &node.open, cutoff, ROUNDS, &mut || true);
        }
        self.spent += linear.simplex.entries - before;
        if matches!(status, Status::Empty | Status::Cutoff) {
            return status;
        }
        let before = search.best.objective;
        let point = program.point(linear);
        if point.partial() <= PARTIAL {
            search.carry_out(&point);
        }
        if search.best.objective > before && linear.simplex.objective() <= self::cutoff(search, None) {
            return Status::Cutoff;
        }
        status
    }
}
