//! What all solvers share: errors, work limits, progress and cancellation.

use core::ops::ControlFlow;

use thiserror::Error;

use crate::check::Violation;
use crate::id::{ArcId, NodeId};
use crate::network::BuildError;

/// Why a solver gave no answer. The problem is untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SolveError {
    /// A terminal that is not a node of the problem.
    #[error("node {node} does not exist: there are {nodes} nodes")]
    UnknownNode {
        /// The node named.
        node: NodeId,
        /// The number of nodes.
        nodes: usize,
    },
    /// An arc that is not one of the problem.
    #[error("arc {arc} does not exist: there are {arcs} arcs")]
    UnknownArc {
        /// The arc named.
        arc: ArcId,
        /// The number of arcs.
        arcs: usize,
    },
    /// Source and sink coincide.
    #[error("node {node} is both source and sink")]
    SameTerminals {
        /// The node named twice.
        node: NodeId,
    },
    /// A terminal that is the hub of a pool, which owns nothing.
    #[error("node {node} is the hub of a pool and no party")]
    Hub {
        /// The node named.
        node: NodeId,
    },
    /// An amount beyond what the problem's range admits.
    #[error("amount {amount} is negative or above the limit {limit}")]
    Amount {
        /// The amount asked for.
        amount: i128,
        /// The largest admitted amount.
        limit: i128,
    },
    /// A negative limit on what a node passes on.
    #[error("node {node} has the negative capacity {capacity}")]
    NodeCapacity {
        /// The node.
        node: NodeId,
        /// Its capacity.
        capacity: i128,
    },
    /// What the question adds to the problem takes it out of range.
    #[error("the question is not admitted: {0}")]
    NotAdmitted(#[from] BuildError),
    /// A solution to start from has another number of nodes or arcs.
    #[error("{what}: {actual} entries instead of {expected}")]
    Shape {
        /// Which map.
        what: &'static str,
        /// The number of ids of the problem.
        expected: usize,
        /// The number of entries.
        actual: usize,
    },
    /// The work limit was reached.
    #[error("no answer within {limit} units of work")]
    WorkLimit {
        /// The limit.
        limit: u64,
    },
    /// The watcher asked to stop.
    #[error("stopped by the caller after {work} units of work")]
    Cancelled {
        /// The work done until then.
        work: u64,
    },
    /// The answer failed its own check, so there is none. A defect of this crate: please report it.
    #[error("the answer did not pass its check: {0}")]
    Uncertified(#[from] Violation),
}

/// Whether two nodes of a problem with so many may be the terminals of a question.
pub(crate) fn admit_terminals(nodes: usize, source: NodeId, sink: NodeId) -> Result<(), SolveError> {
    for node in [source, sink] {
        if node.index() >= nodes {
            return Err(SolveError::UnknownNode { node, nodes });
        }
    }
    if source == sink { Err(SolveError::SameTerminals { node: source }) } else { Ok(()) }
}

/// How far a solver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Units of work so far (each solver says what a unit is); never falls within one call.
    pub work: u64,
    /// A proven lower bound on the value sought, if the solver has one; never falls within one call.
    pub lower: Option<i128>,
    /// A proven upper bound on the value sought, if the solver has one; never rises within one call.
    pub upper: Option<i128>,
}

impl Progress {
    /// Work without bounds.
    pub(crate) const fn new(work: u64) -> Self {
        Self { work, lower: None, upper: None }
    }
}

/// Called every so often by a `solve_watched`; may end the solve.
pub type Watcher<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Counts work against a limit and calls the watcher: every loop of a solver that can run long ticks.
pub(crate) struct Meter<'a, 'b> {
    progress: Progress,
    limit: u64,
    next_call: u64,
    watcher: Option<&'a mut Watcher<'b>>,
}

/// Work between two calls of the watcher.
const CALL_EVERY: u64 = 1 << 16;

impl<'a, 'b> Meter<'a, 'b> {
    pub(crate) fn new(limit: Option<u64>, watcher: Option<&'a mut Watcher<'b>>) -> Self {
        Self { progress: Progress::new(0), limit: limit.unwrap_or(u64::MAX), next_call: CALL_EVERY, watcher }
    }

    /// Work so far.
    pub(crate) const fn work(&self) -> u64 {
        self.progress.work
    }

    /// Tells the watcher what is proven, from its next call on.
    pub(crate) const fn enclose(&mut self, lower: Option<i128>, upper: Option<i128>) {
        (self.progress.lower, self.progress.upper) = (lower, upper);
    }

    /// Records `amount` units of work.
    #[inline]
    pub(crate) fn tick(&mut self, amount: u64) -> Result<(), SolveError> {
        let work = &mut self.progress.work;
        *work = work.saturating_add(amount);
        if *work > self.limit {
            return Err(SolveError::WorkLimit { limit: self.limit });
        }
        if *work >= self.next_call { self.call() } else { Ok(()) }
    }

    #[cold]
    fn call(&mut self) -> Result<(), SolveError> {
        self.next_call = self.work().saturating_add(CALL_EVERY);
        let Some(watcher) = &mut self.watcher else { return Ok(()) };
        match watcher(self.progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(SolveError::Cancelled { work: self.work() }),
        }
    }
}
