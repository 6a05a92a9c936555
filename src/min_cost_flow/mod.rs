//! Minimum-cost flow: the cheapest way to meet all supplies within all bounds.
//!
//! Problem, dual and optimality conditions stand on the page of [`network`](crate::network). The answer
//! is one of three, each with a proof that [`check`] accepts before it is returned:
//!
//! | outcome | proof |
//! |---|---|
//! | [`Outcome::Optimal`] | potentials for which no reduced cost has the wrong sign |
//! | [`Outcome::Infeasible`] | a node set whose supply exceeds what may leave it |
//! | [`Outcome::Unbounded`] | a flow, and a negative cycle of unbounded arcs |
//!
//! How to ask what: [`guide`].
//!
//! "Infeasible" takes precedence over "unbounded". Convex piecewise-linear arcs are solved exactly, as
//! parallel linear arcs inside the engine.
//!
//! # Algorithms
//!
//! | algorithm | time | where it is good |
//! |---|---|---|
//! | [`Algorithm::NetworkSimplex`] | a small multiple of n pivots in practice, O(√m + cycle + subtree) each | everywhere up to some 10⁵ arcs; dense graphs, many terminals; warm starts |
//! | [`Algorithm::SuccessivePaths`] | O(m log n) per augmentation at worst | payments, roads: few terminals, or terminals that lie close |
//! | [`Algorithm::CostScaling`] | O(n² m log(n C)) for slopes up to C at worst, far less in practice | large sparse networks, long ones above all |
//!
//! [`Algorithm::Auto`] tries successive paths where k sources (or sinks), together with the arcs that
//! would start full because their cost falls, satisfy 2 k² <= n, and k <= 5 if costs have pieces, 2,500 at least (k <= 8 from 100,000 on); but not between one source and
//! one sink if four fifths of the arcs (of a sample of 256 at least) hold less than one of √(n + m) / 8 parts of what is to be sent
//! besides what fits through the widest arc at either. The trial ends at once if the arcs at the terminals say that too many paths are needed, or when three paths say so:
//! more than 2 √(n + m) / 5 + 8 k where arcs are linear, 256 k at the terminals where they have pieces. It also ends when it has done, or would at the pace of its paths, three at least,
//! do (4 + min(k, 160) f / 2 + 100 f²) (n + m) units of work for a part f of what is to be sent. The same trial is made on linear networks of
//! 400,000 arcs and up to 24 arcs per node without negative slopes, where at most 2 √n sources send no more each, on average,
//! than an arc holds.
//!
//! If it fails or there is none, the network simplex starts, unless its first tree, of cheapest ways to the sinks, promises that more than 80 paths
//! will pass an average node: the sum over all sources that cannot send everything over their way, of 128 pieces or more, of the arcs of that way times the amount over its narrowest first
//! piece (the sixteen narrowest tell) exceeds 80 n. Then trees will be deep, and cost scaling starts afresh. A simplex
//! that has done 2,500 (n + m) units gives way to cost scaling too. Nor is it asked where arcs have six pieces or more on
//! average (or 4.5 with 40,000 breakpoints), most first pieces hold no more than a terminal sends or gets on average, and at
//! most two fifths of the arcs follow one between the same two nodes.
//! From an earlier answer, the algorithm that found it goes on, paths again on trial.
//!
//! # Unbounded arcs
//!
//! There is no artificial infinity. First a Bellman-Ford search over unbounded arcs alone decides whether
//! costs could fall for ever; if not, some optimal flow stays within [`Ranges::flow`] on each of them,
//! and one more than that serves as their capacity: every optimal dual solution of the bounded problem
//! then has no negative reduced cost there, since some optimal flow leaves the arc unsaturated.
//!
//! # Number types
//!
//! The engine computes in `i64` where potentials (64 (n + 2) x steepest slope) and sums of flow (4 x
//! [`Ranges::flow`]) fit, else in `i128`. Successive paths store costs, and cost scaling costs and rooms, in 32 bits where
//! slopes and widths of arcs fit. The sequence of steps, and so the answer, is the same.
//!
//! [`Ranges::flow`]: crate::network::Ranges

mod anytime;
mod capacity;
mod choice;
mod cycle;
mod face;
pub mod guide;
mod heap;
mod outcome;
mod parametric;
mod paths;
mod reoptimize;
mod residual;
mod scaling;
mod sensitivity;
mod simplex;
mod unique;
mod view;
mod within;

use alloc::vec::Vec;

pub use anytime::{Anytime, Enclosure};
pub use capacity::{CapacityRange, CapacityStep};
pub use outcome::{NotOptimal, OptimalFlow, Outcome};
pub use parametric::{CostCurve, CurvePiece};
pub use reoptimize::Reoptimizer;
pub use sensitivity::SupplyRange;
pub use unique::Uniqueness;
pub use within::{FlowWithin, WithinOutcome};

use crate::check::{self, Ray, Shortage, Sums, Violation};
use crate::id::{ArcId, ArcMap, NodeMap};
use crate::max_flow::{MaxFlow, TerminalsOutcome};
use crate::network::{Network, Terminals};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError, Watcher};
use anytime::Record;
use choice::Run;
use paths::Paths;
use scaling::Scaling;
use simplex::Simplex;
use view::{Earlier, End, Solved, View};

/// How to solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Chosen from the shape of the problem and from how a trial goes: see the [module page](self).
    #[default]
    Auto,
    /// Primal network simplex with strongly feasible bases.
    NetworkSimplex,
    /// Successive shortest paths with potentials.
    SuccessivePaths,
    /// Cost scaling with partial augmentation; always starts afresh.
    CostScaling,
}

impl Algorithm {
    /// The name in lower case, words joined by hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::NetworkSimplex => "network-simplex",
            Self::SuccessivePaths => "successive-paths",
            Self::CostScaling => "cost-scaling",
        }
    }
}

/// Memory that solves can share; empty at first, as large as the largest problem solved in it.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    simplex: Engines<Simplex<i64>, Simplex<i128>>,
    paths: Engines<Paths<i64, i64>, Paths<i128, i128>, Paths<i64, i32>>,
    scaling: Engines<Scaling<i64, i64>, Scaling<i128, i128>, Scaling<i64, i32>>,
    sums: Sums,
    /// Whether no solve will follow: memory is released as soon as it is not needed.
    once: bool,
}

impl Workspace {
    /// An empty workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For one solve.
    fn once() -> Self {
        Self { once: true, ..Self::default() }
    }
}

/// The engine for each number type, and one that computes in the narrower but stores costs and rooms in half of it.
#[derive(Clone, Debug, Default)]
struct Engines<A, B, C = ()> {
    slim: C,
    narrow: A,
    wide: B,
}

/// A minimum-cost flow solver: options, and three ways to run.
///
/// ```
/// use feasible::{MinCostFlow, NetworkBuilder};
/// let mut b = NetworkBuilder::new();
/// let (s, v, t) = (b.add_node(4)?, b.add_node(0)?, b.add_node(-4)?);
/// let cheap = b.add_arc(s, v, 0..=3, 1)?;
/// b.add_arc(v, t, 0..=3, 1)?;
/// b.add_arc(s, t, 0.., 5)?;
/// let mut network = b.build()?;
/// let solver = MinCostFlow::new();
/// let flow = solver.solve(&network)?.optimal()?;
/// assert_eq!((flow.cost(), flow.flows()[cheap]), (3 * 2 + 5, 3));
///
/// // After a change, start from what is known.
/// network.amend().cost(cheap, 9)?.apply()?;
/// let flow = solver.solve_from(&network, &flow)?.optimal()?;
/// assert_eq!((flow.cost(), flow.flows()[cheap]), (4 * 5, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinCostFlow {
    algorithm: Algorithm,
    work_limit: Option<u64>,
}

impl MinCostFlow {
    /// A solver with default options.
    #[must_use]
    pub const fn new() -> Self {
        Self { algorithm: Algorithm::Auto, work_limit: None }
    }

    /// Chooses the algorithm.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Gives up after so many units of work: arcs priced, tree arcs climbed, nodes moved. The same
    /// problem takes the same work everywhere.
    #[must_use]
    pub const fn work_limit(mut self, units: u64) -> Self {
        self.work_limit = Some(units);
        self
    }

    /// Solves a problem.
    ///
    /// # Errors
    ///
    /// [`SolveError::WorkLimit`]; [`SolveError::Uncertified`] would be a defect.
    pub fn solve<N: FlowNum>(&self, network: &Network<N>) -> Result<Outcome<N>, SolveError> {
        self.solve_in(&mut Workspace::once(), network)
    }

    /// Solves a problem in memory that earlier solves left.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`].
    pub fn solve_in<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
    ) -> Result<Outcome<N>, SolveError> {
        self.run(workspace, network, None, &mut self.meter(), &mut Record::deaf())
    }

    /// As [`MinCostFlow::solve_in`], its work counted with that of a larger search.
    pub(crate) fn solve_metered<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Outcome<N>, SolveError> {
        self.run(workspace, network, None, meter, &mut Record::deaf())
    }

    /// Solves a problem and calls `watcher` every 65,536 units of work, with bounds of the least cost; it may
    /// end the solve. The outcome is that of [`MinCostFlow::solve`]. The bounds take some more work, and
    /// once a maximum flow.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`]; [`SolveError::Cancelled`].
    pub fn solve_watched<N: FlowNum>(
        &self,
        network: &Network<N>,
        watcher: Watcher<'_>,
    ) -> Result<Outcome<N>, SolveError> {
        match self.solve_anytime(network, watcher)? {
            Anytime::Finished(outcome) => Ok(outcome),
            Anytime::Stopped(bounds) => Err(bounds.reason()),
        }
    }

    /// Solves a problem starting from the answer to another one of the same shape: the same problem
    /// before an [amendment](Network::amend), as a rule. Takes few pivots if little changed. Bounds,
    /// costs and supplies may all have changed; the cost is that of a fresh solve, the flow may be
    /// another one of the same cost.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`]; [`SolveError::Shape`] if the numbers of nodes or arcs differ.
    pub fn solve_from<N: FlowNum>(
        &self,
        network: &Network<N>,
        earlier: &OptimalFlow<N>,
    ) -> Result<Outcome<N>, SolveError> {
        self.solve_from_in(&mut Workspace::once(), network, earlier)
    }

    /// As [`MinCostFlow::solve_from`], in memory that earlier solves left. For long chains of small changes
    /// [`MinCostFlow::reoptimize`] is quicker.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve_from`].
    pub fn solve_from_in<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        earlier: &OptimalFlow<N>,
    ) -> Result<Outcome<N>, SolveError> {
        let counts = [
            ("flows", network.arc_count(), earlier.flows.len()),
            ("potentials", network.node_count(), earlier.potentials.len()),
        ];
        for (what, expected, actual) in counts {
            if expected != actual {
                return Err(SolveError::Shape { what, expected, actual });
            }
        }
        self.run(workspace, network, Some(earlier), &mut self.meter(), &mut Record::deaf())
    }

    /// Of all sets with the largest shortage the smallest, whatever engine found that there is one: what a
    /// maximum flow cannot get rid of still reaches exactly these nodes.
    fn least_set<N: FlowNum>(
        &self,
        network: &Network<N>,
        found: Shortage,
        work: u64,
    ) -> Result<Shortage, SolveError> {
        let mut solver = MaxFlow::new();
        if let Some(limit) = self.work_limit {
            solver = solver.work_limit(limit.saturating_sub(work));
        }
        match solver.solve_between(network, &Terminals::new([], [])) {
            Ok(TerminalsOutcome::Infeasible(cut)) => {
                Ok(Shortage { inside: cut.entries, amount: -cut.capacity })
            }
            Err(SolveError::WorkLimit { .. }) => {
                Err(SolveError::WorkLimit { limit: self.work_limit.unwrap_or(u64::MAX) })
            }
            Err(error) => Err(error),
            Ok(_) => Ok(found),
        }
    }

    /// The work meter of a search beside the solvers.
    fn meter(&self) -> Meter<'static, 'static> {
        Meter::new(self.work_limit, None)
    }

    /// The solver of a maximum flow that is part of an answer, under the same work limit.
    fn max_flow(&self) -> MaxFlow {
        self.work_limit.map_or(MaxFlow::new(), |limit| MaxFlow::new().work_limit(limit))
    }

    fn run<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        earlier: Option<&OptimalFlow<N>>,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Outcome<N>, SolveError> {
        record.endless = true;
        let cycle = cycle::find(network, meter)?;
        record.endless = cycle.is_some();
        let view = View { network, priced: cycle.is_none() };
        let before = earlier.map(OptimalFlow::algorithm);
        let earlier = earlier.map(|flow| Earlier {
            flows: flow.flows.as_slice(),
            potentials: flow.potentials.as_slice(),
            basis: &flow.basis,
        });
        let run = Run { view, earlier, before };
        let (end, algorithm) = match self.algorithm {
            Algorithm::Auto => run.auto(workspace, meter, record)?,
            Algorithm::NetworkSimplex => run.simplex(workspace, meter, record)?,
            Algorithm::SuccessivePaths => match run.paths(workspace, false, meter, record)? {
                Some(found) => found,
                None => run.simplex(workspace, meter, record)?,
            },
            Algorithm::CostScaling => run.scaling(workspace, meter, record)?,
        };
        workspace.release();
        let end = match end {
            End::Infeasible(found) => End::Infeasible(self.least_set(network, found, meter.work())?),
            end => end,
        };
        certify(network, end, cycle, algorithm, &mut workspace.sums)
    }
}

/// Turns the end of a run into an outcome that has passed its checker.
fn certify<N: FlowNum>(
    network: &Network<N>,
    end: End<N>,
    cycle: Option<(Vec<ArcId>, i128)>,
    algorithm: Algorithm,
    sums: &mut Sums,
) -> Result<Outcome<N>, SolveError> {
    let Solved { flows, potentials, basis, pivots } = match end {
        End::Optimal(solved) => solved,
        End::Infeasible(shortage) => {
            check::infeasible(network, &shortage)?;
            return Ok(Outcome::Infeasible(shortage));
        }
        End::Overflow => return Err(Violation::Overflow { what: "the flow of an arc" }.into()),
    };
    let flows = ArcMap::from_vec(flows);
    if let Some((cycle, slope)) = cycle {
        let ray = Ray { flows, cycle, slope };
        check::unbounded(network, &ray)?;
        return Ok(Outcome::Unbounded(ray));
    }
    let potentials = NodeMap::from_vec(potentials);
    let cost = check::optimal_cost(network, &flows, &potentials, sums)?;
    Ok(Outcome::Optimal(OptimalFlow { flows, potentials, cost, basis, pivots, algorithm }))
}
