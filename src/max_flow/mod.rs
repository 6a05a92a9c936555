//! Maximum flow between two nodes, and the cut that proves it.
//!
//! # Problem
//!
//! In a [`Network`] with supplies b and bounds l <= x <= u, find the largest amount F such that the
//! supplies with F added at the source s and taken away at the sink t have a flow. Costs are ignored.
//! F may be any integer: bounds and supplies are honoured whatever they are, and where they force flow
//! from t to s the maximum is negative. The usual problem has no supplies and lower bounds 0. An
//! undirected edge is an arc with bounds `-c..=c`.
//!
//! # Dual
//!
//! For a node set S let out(S) be the upper bounds of arcs leaving S less the lower bounds of arcs
//! entering it. No flow exceeds out(S) - b(S) if S holds s and not t, and the maximum attains the least
//! of these (Ford and Fulkerson 1956). There is no F at all iff b(S) > out(S) for some S with both or
//! neither of s and t (Gale 1957, Hoffman 1960). F has no limit iff there is a flow and a path from s to
//! t of arcs without upper bound. Every answer comes with such a witness and has passed
//! [`max_flow`](crate::check::max_flow), [`infeasible_between`](crate::check::infeasible_between) or
//! [`unbounded_path`](crate::check::unbounded_path).
//!
//! # Method
//!
//! Put every flow at the bound closest to 0 (or at an earlier flow, [`MaxFlow::solve_from`]), choose F so
//! that t is balanced, move the excess of the other nodes to their deficits with s and t joined (if it gets
//! stuck, the nodes it reaches are the witness), then send the most from s to t. Without lower bounds and
//! supplies elsewhere the first step is void. The cut is what s reaches in the residual graph of the final
//! flow. An arc listed right after its opposite shares residual arcs with it. A missing upper bound is
//! replaced by `network.ranges().flow`, which some optimal flow respects; the cut treats it as missing.
//! Engines compute in `i64` where sixteen times the range fits, else in `i128`.
//!
//! # Algorithms
//!
//! | algorithm | worst case | strong on |
//! |---|---|---|
//! | [`Algorithm::PushRelabel`] | O(n² √m) | deep graphs, and everything without a shape |
//! | [`Algorithm::SearchTrees`] | O(n² m) | shallow graphs: pictures, channels between large nodes |
//! | [`Algorithm::Dinic`] | O(n² m) | small amounts; an independent opinion |
//!
//! [`Algorithm::Auto`] takes the search trees if at most eight arcs lead from source to sink, or the terminals touch an
//! eighth of the nodes, and there are four residual arcs or more per node, else push-relabel. If mending the trees has cost four times the size
//! of the graph, push-relabel goes on from where they stopped.
//!
//! Milliseconds on generated instances of 10⁵ arcs (`benches/peers`; a loaded machine, median of seven,
//! network [prepared](Network::prepare), check and answer included) and the best of rs-graph 0.21 and ac-library-rs
//! 0.2, which start on their own structures and give no proof:
//!
//! | family | Auto | best of the two |
//! |---|---:|---:|
//! | RMF long, wide | 7.4, 22 | 17, 65 |
//! | random levels long, wide | 12, 34 | 16, 52 |
//! | picture, 4 and 8 neighbours | 1.6, 2.3 | 7.5, 11 |
//! | Lightning-like, between the two largest nodes | 4.2 | 15 |
//! | Cherkassky and Goldberg's AK | 9.2 | 1400 |
//! | matching | 5.7 | 18 |
//! | scattered arcs | 1.7 | 2.4 |
//! | dense acyclic | .84 | 1.2 |

pub(crate) mod dinic;
mod kept;
pub(crate) mod lazy;
mod model;
mod outcome;
pub(crate) mod push_relabel;
pub(crate) mod search_trees;
mod stages;
mod terminals;
mod unlimited;

pub use outcome::{AtLeast, MaximumFlow, NotOptimal, Outcome};
pub use terminals::{NoTerminalsFlow, TerminalsAtLeast, TerminalsFlow, TerminalsOutcome};

use self::model::{Buffers, Spare};
use self::stages::Question;
use crate::check::{Cut, NodeSums, Sums};
use crate::id::{ArcMap, NodeId};
use crate::network::{Index, Network};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError, Watcher};

/// How to solve. Every choice gives the same value and the same cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Search trees on shallow graphs, push-relabel on others: see the [module page](self).
    #[default]
    Auto,
    /// Highest-label push-relabel.
    PushRelabel,
    /// Blocking flows on level graphs.
    Dinic,
    /// Two breadth-first search trees that meet, repaired after every path.
    SearchTrees,
}

/// Memory that solves can share; it grows to the largest problem seen.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// For networks that cannot keep theirs.
    index: Index,
    tiny: Buffers<i16>,
    slim: Buffers<i32>,
    narrow: Buffers<i64>,
    wide: Buffers<i128>,
    dinic: dinic::Scratch,
    push_relabel: push_relabel::Scratch,
    search_trees: search_trees::Scratch,
    /// For the check.
    sums: NodeSums,
    balances: Sums,
}

/// The maximum-flow solver: options, then one of the ways to run.
///
/// ```
/// use feasible::{MaxFlow, NetworkBuilder, check};
/// let mut b = NetworkBuilder::new();
/// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
/// b.add_arc(s, v, 0..=5, 0)?;
/// b.add_arc(v, t, 0..=3, 0)?;
/// b.add_arc(s, t, 0..=1, 0)?;
/// let network = b.build()?;
/// let flow = MaxFlow::new().solve(&network, s, t)?.optimal()?;
/// assert_eq!(flow.value(), 4);
/// assert!(flow.cut().source_nodes().eq([s, v]));
/// check::max_flow(&network, s, t, flow.flows(), 4, flow.cut())?; // anyone can re-check
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing before a `solve`"]
pub struct MaxFlow {
    algorithm: Algorithm,
    work_limit: Option<u64>,
}

impl MaxFlow {
    /// The default options: [`Algorithm::Auto`], no work limit.
    pub const fn new() -> Self {
        Self { algorithm: Algorithm::Auto, work_limit: None }
    }

    /// Chooses the algorithm.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Ends a solve with [`SolveError::WorkLimit`] after so many units; a unit is one arc looked at.
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// Finds the most that can be sent from `source` to `sink`.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::WorkLimit`].
    pub fn solve<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<Outcome<N>, SolveError> {
        self.solve_in(&mut Workspace::default(), network, source, sink)
    }

    /// As [`solve`](Self::solve), calling `watcher` every 65,536 units of work.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve), and [`SolveError::Cancelled`] if the watcher breaks.
    pub fn solve_watched<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        mut watcher: Watcher<'_>,
    ) -> Result<Outcome<N>, SolveError> {
        let question = self.question(network, source, sink, None);
        let meter = &mut self.meter(Some(&mut watcher));
        Ok(stages::most(&question, Spare::default(), &mut Workspace::default(), meter)?.0)
    }

    /// As [`solve`](Self::solve), starting from the maximum flow of the network before
    /// [`Network::amend`]: the old flow is moved into the new bounds, repaired and continued. Value and
    /// cut are those of a solve from nothing; the flow may be another maximum flow.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve), and [`SolveError::Shape`] if `previous` belongs to a network of
    /// another size.
    ///
    /// ```
    /// use feasible::{MaxFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// let arc = b.add_arc(s, t, 0..=5, 0)?;
    /// let mut network = b.build()?;
    /// let flow = MaxFlow::new().solve(&network, s, t)?.optimal()?;
    /// network.amend().bounds(arc, 0..=7)?.apply()?;
    /// let flow = MaxFlow::new().solve_from(&network, s, t, &flow)?.optimal()?;
    /// assert_eq!(flow.value(), 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_from<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        previous: &MaximumFlow<N>,
    ) -> Result<Outcome<N>, SolveError> {
        self.solve_from_flows(network, source, sink, &previous.flows)
    }

    /// As [`solve_from`](Self::solve_from), from any amounts on arcs.
    pub(crate) fn solve_from_flows<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        start: &ArcMap<N>,
    ) -> Result<Outcome<N>, SolveError> {
        same_size(network, start)?;
        let question = self.question(network, source, sink, Some(start));
        Ok(stages::most(&question, Spare::default(), &mut Workspace::default(), &mut self.meter(None))?.0)
    }

    /// Asks whether `amount` can be sent from `source` to `sink`, and stops as soon as it is.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve), and [`SolveError::Amount`] if the amount is negative or a flow of it
    /// might leave the range.
    ///
    /// ```
    /// use feasible::max_flow::AtLeast;
    /// use feasible::{MaxFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// let arc = b.add_arc(s, t, 0..=5, 0)?;
    /// let network = b.build()?;
    /// let AtLeast::Enough(flows) = MaxFlow::new().at_least(&network, s, t, 3)? else { panic!() };
    /// assert_eq!(flows[arc], 3);
    /// let AtLeast::TooLittle(most) = MaxFlow::new().at_least(&network, s, t, 6)? else { panic!() };
    /// assert_eq!(most.value(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at_least<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        amount: i128,
    ) -> Result<AtLeast<N>, SolveError> {
        admit_amount(network, amount)?;
        let question = self.question(network, source, sink, None);
        let meter = &mut self.meter(None);
        stages::at_least(&question, amount, Spare::default(), &mut Workspace::default(), meter)
    }

    /// As [`at_least`](Self::at_least), starting from a flow of another amount, or of the network before
    /// [`Network::amend`]: what is missing is sent in addition, what is too much is taken back.
    ///
    /// # Errors
    ///
    /// As [`at_least`](Self::at_least), and [`SolveError::Shape`] if the amounts belong to a network of another
    /// size.
    ///
    /// ```
    /// use feasible::max_flow::AtLeast;
    /// use feasible::{MaxFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// let arc = b.add_arc(s, t, 0..=5, 0)?;
    /// let network = b.build()?;
    /// let AtLeast::Enough(flows) = MaxFlow::new().at_least(&network, s, t, 3)? else { panic!() };
    /// for amount in [4, 1] {
    ///     let found = MaxFlow::new().at_least_from(&network, s, t, amount, &flows)?;
    ///     let AtLeast::Enough(flows) = found else { panic!() };
    ///     assert_eq!(i128::from(flows[arc]), amount);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at_least_from<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        amount: i128,
        previous: &ArcMap<N>,
    ) -> Result<AtLeast<N>, SolveError> {
        admit_amount(network, amount)?;
        same_size(network, previous)?;
        let question = self.question(network, source, sink, Some(previous));
        let meter = &mut self.meter(None);
        stages::at_least(&question, amount, Spare::default(), &mut Workspace::default(), meter)
    }

    /// As [`solve`](Self::solve), with the minimum cut nearest to the sink as well.
    pub(crate) fn solve_both_cuts<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<(Outcome<N>, Option<Cut>), SolveError> {
        let question = Question { both_cuts: true, ..self.question(network, source, sink, None) };
        stages::most(&question, Spare::default(), &mut Workspace::default(), &mut self.meter(None))
    }

    /// The minimum cut nearest to the source with a pseudoflow that proves it, in the memory of an earlier answer.
    pub(crate) fn solve_cut<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        earlier: Option<(Cut, ArcMap<N>)>,
    ) -> Result<Result<(Cut, ArcMap<N>), NotOptimal>, SolveError> {
        let question = self.question(network, source, sink, None);
        let spare = earlier.map(Spare::of).unwrap_or_default();
        stages::cut(&question, spare, workspace, &mut self.meter(None))
    }

    const fn question<'a, N: FlowNum>(
        &self,
        network: &'a Network<N>,
        source: NodeId,
        sink: NodeId,
        start: Option<&'a ArcMap<N>>,
    ) -> Question<'a, N> {
        Question { network, source, sink, algorithm: self.algorithm, start, both_cuts: false }
    }

    fn meter<'a, 'b>(&self, watcher: Option<&'a mut Watcher<'b>>) -> Meter<'a, 'b> {
        Meter::new(self.work_limit, watcher)
    }
}

/// No flow of more than this is sure to stay in range.
fn largest_amount<N: FlowNum>(network: &Network<N>) -> i128 {
    let most = i128::MAX / 16;
    if network.unbounded.is_empty() { most } else { most.min(N::MAX.widen()) - network.ranges().flow }
}

fn admit_amount<N: FlowNum>(network: &Network<N>, amount: i128) -> Result<(), SolveError> {
    let limit = largest_amount(network);
    if (0..=limit).contains(&amount) { Ok(()) } else { Err(SolveError::Amount { amount, limit }) }
}

fn same_size<N: FlowNum>(network: &Network<N>, flows: &ArcMap<N>) -> Result<(), SolveError> {
    let (expected, actual) = (network.arc_count(), flows.len());
    if expected == actual { Ok(()) } else { Err(SolveError::Shape { what: "flows", expected, actual }) }
}
