//! A problem that is amended and solved again and again.
//!
//! A warm start from an earlier answer does not know what has changed: it reads the whole problem, and its checker
//! too. [`Reoptimizer`] owns the problem, so it sees every change. As long as arcs stay bounded and breakpoints where they
//! are, the simplex goes on from its basis whatever slopes, bounds and supplies change, the answer is changed where
//! flow moved, and the certificate is checked again there; all other changes take an ordinary warm start.

use alloc::vec::Vec;

use super::anytime::Record;
use super::choice::fits_i64;
use super::simplex::{Changes, Resumed, Simplex};
use super::view::View;
use super::{Algorithm, MinCostFlow, OptimalFlow, Outcome, Workspace};
use crate::check::{Standing, Violation};
use crate::id::{ArcId, NodeId, NodeMap};
use crate::kernel::Int;
use crate::network::{Amend, BuildError, Network};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// A problem, its answer, and what makes the next one quick after a small change.
///
/// ```
/// use feasible::{MinCostFlow, NetworkBuilder};
/// let mut b = NetworkBuilder::new();
/// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
/// let arc = b.add_arc(s, t, 0..=9, 3)?;
/// b.add_arc(s, t, 0..=9, 5)?;
/// let mut problem = MinCostFlow::new().reoptimize(b.build()?);
/// for cost in [3, 4, 5, 6] {
///     problem.amend(|amend| amend.cost(arc, cost))?;
///     let flow = problem.solve()?.clone().optimal()?;
///     assert_eq!(flow.cost(), 4 * i128::from(cost.min(5)));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reoptimizer<N = i64> {
    solver: MinCostFlow,
    network: Network<N>,
    workspace: Workspace,
    /// Of the network as it was last solved.
    outcome: Option<Outcome<N>>,
    /// The certificate of that answer, if the simplex holds its basis.
    standing: Option<Standing>,
    /// Arcs whose slopes or bounds have changed since.
    changed: Vec<ArcId>,
    /// By how much supplies have.
    supplied: Vec<(NodeId, i128)>,
    /// Whether anything else has.
    whole: bool,
}

impl MinCostFlow {
    /// Takes over a problem to be solved, amended and solved again. Nothing is solved yet.
    #[must_use]
    pub fn reoptimize<N: FlowNum>(self, network: Network<N>) -> Reoptimizer<N> {
        Reoptimizer {
            solver: self,
            network,
            workspace: Workspace::new(),
            outcome: None,
            standing: None,
            changed: Vec::new(),
            supplied: Vec::new(),
            whole: true,
        }
    }
}

impl<N: FlowNum> Reoptimizer<N> {
    /// The problem as it is now.
    #[must_use]
    pub const fn network(&self) -> &Network<N> {
        &self.network
    }

    /// The problem, to be kept.
    #[must_use]
    pub fn into_network(self) -> Network<N> {
        self.network
    }

    /// Makes changes, all or none. O(k log k) for k changes that leave arcs bounded and breakpoints where they are, as a rule; else as
    /// [`Amend::apply`].
    ///
    /// # Errors
    ///
    /// Those of the closure and of [`Amend::apply`]; the problem is then unchanged.
    pub fn amend(
        &mut self,
        changes: impl for<'a> FnOnce(Amend<'a, N>) -> Result<Amend<'a, N>, BuildError>,
    ) -> Result<(), BuildError> {
        let own = core::ptr::from_ref(&self.network);
        let amend = changes(self.network.amend())?;
        let (simple, supplied) = (amend.is_simple(), amend.supplied());
        let (network, arcs) = amend.arcs();
        if !core::ptr::eq(network, own) {
            // The closure made them to another problem.
            return amend.apply();
        }
        let many = self.changed.len() + self.supplied.len() > network.arc_count() + network.node_count();
        self.whole |= !simple || many;
        if self.whole {
            self.standing = None;
            self.changed.clear();
            self.supplied.clear();
            return amend.apply();
        }
        for arc in arcs {
            self.changed.push(arc);
            if let (Some(standing), Some(Outcome::Optimal(flow))) = (&mut self.standing, &self.outcome) {
                // A sum that leaves its type says nothing of the answer to come.
                self.whole |= standing.open(network, &flow.flows, arc).is_err();
            }
        }
        amend.apply()?;
        for &(node, by) in &supplied {
            if let Some(standing) = &mut self.standing {
                self.whole |= standing.supply(node, by).is_err();
            }
        }
        self.supplied.extend(supplied);
        Ok(())
    }

    /// The answer to the problem as it is now; the cost is that of a fresh solve.
    ///
    /// After changes that leave arcs bounded and breakpoints where they are: O(n), one look at every arc, and the pivots
    /// that it takes; O(changes) if the flow stays optimal for the same potentials.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`]; the next call tries again.
    pub fn solve(&mut self) -> Result<&Outcome<N>, SolveError> {
        let mut meter = self.solver.meter();
        let outcome = match self.outcome.take() {
            Some(outcome) if !self.whole && self.changed.is_empty() && self.supplied.is_empty() => outcome,
            Some(Outcome::Optimal(mut flow)) => {
                let resumed = if self.whole { Ok(false) } else { self.resume(&mut flow, &mut meter) };
                let next = match resumed {
                    Ok(true) => Ok(None),
                    Ok(false) => self.restart(Some(&flow), &mut meter).map(Some),
                    Err(error) => Err(error),
                };
                match next {
                    Ok(next) => next.unwrap_or(Outcome::Optimal(flow)),
                    Err(error) => {
                        (self.standing, self.whole) = (None, true);
                        self.outcome = Some(Outcome::Optimal(flow));
                        return Err(error);
                    }
                }
            }
            _ => self.restart(None, &mut meter)?,
        };
        self.whole = false;
        self.changed.clear();
        self.supplied.clear();
        Ok(self.outcome.insert(outcome))
    }

    /// An ordinary solve, warm if there is an earlier answer.
    fn restart(
        &mut self,
        earlier: Option<&OptimalFlow<N>>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Outcome<N>, SolveError> {
        self.standing = None;
        let Workspace { simplex, .. } = &mut self.workspace;
        simplex.narrow.forget();
        simplex.wide.forget();
        let solver = match self.solver.algorithm {
            // Its basis is what makes the next solve quick, if that change is as small.
            Algorithm::Auto if earlier.is_some() && !self.whole => {
                self.solver.algorithm(Algorithm::NetworkSimplex)
            }
            _ => self.solver,
        };
        let outcome = solver.run(&mut self.workspace, &self.network, earlier, meter, &mut Record::deaf())?;
        let view = View { network: &self.network, priced: true };
        let simplex = &self.workspace.simplex;
        if let (true, Outcome::Optimal(flow)) =
            (simplex.narrow.holds(view) || simplex.wide.holds(view), &outcome)
        {
            self.standing = Some(Standing::new(&self.network, &flow.flows, &flow.potentials)?);
        }
        Ok(outcome)
    }

    /// Changes the answer where changes of the problem demand it; false if the simplex cannot go on from its basis.
    fn resume(&mut self, flow: &mut OptimalFlow<N>, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let Self { network, workspace, standing, changed, supplied, .. } = self;
        let Some(standing) = standing else { return Ok(false) };
        let change = Change { view: View { network, priced: true }, changed, supplied, standing, flow };
        if fits_i64(network) {
            change.make(&mut workspace.simplex.narrow, meter)
        } else {
            change.make(&mut workspace.simplex.wide, meter)
        }
    }
}

/// An answer and where it may have to change.
struct Change<'a, N> {
    view: View<'a, N>,
    changed: &'a [ArcId],
    supplied: &'a [(NodeId, i128)],
    standing: &'a mut Standing,
    flow: &'a mut OptimalFlow<N>,
}

impl<N: FlowNum> Change<'_, N> {
    fn make<T: Int>(self, engine: &mut Simplex<T>, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        if !engine.holds(self.view) {
            return Ok(false);
        }
        let view = self.view;
        let changes =
            Changes { arcs: self.changed, supplies: self.supplied, flows: self.flow.flows.as_slice() };
        let resumed = engine.resume(view, changes, meter)?;
        if resumed == Resumed::Not {
            return Ok(false);
        }
        let loops = self.changed.iter().filter(|arc| view.ends(arc.index()).0 == view.ends(arc.index()).1);
        for &arc in loops {
            set(view, self.standing, self.flow, arc, N::narrow(view.settled(arc.index())))?;
        }
        if resumed == Resumed::Rerouted {
            engine.touched_flows(view, |arc, amount| set(view, self.standing, self.flow, arc, amount))?;
        }
        if resumed != Resumed::AsItWas {
            self.flow.potentials = NodeMap::from_vec(engine.potentials());
            self.flow.basis = engine.basis();
        }
        self.flow.cost = self.standing.close(view.network, &self.flow.flows, &self.flow.potentials)?;
        self.flow.pivots = engine.pivots();
        self.flow.algorithm = Algorithm::NetworkSimplex;
        Ok(true)
    }
}

/// Gives an arc another flow.
fn set<N: FlowNum>(
    view: View<'_, N>,
    standing: &mut Standing,
    flow: &mut OptimalFlow<N>,
    arc: ArcId,
    amount: Option<N>,
) -> Result<(), SolveError> {
    let amount = amount.ok_or(Violation::Overflow { what: "the flow of an arc" })?;
    if flow.flows[arc] != amount {
        standing.open(view.network, &flow.flows, arc)?;
        flow.flows[arc] = amount;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::id::{ArcMap, NodeId};
    use crate::network::NetworkBuilder;
    use crate::random::Random;

    struct Draw(Random, u64);

    impl Draw {
        fn below(&mut self, bound: u64) -> usize {
            self.1 += 1;
            usize::try_from(self.0.below(self.1, bound)).unwrap()
        }

        fn range(&mut self, low: i64, high: i64) -> i64 {
            low + i64::try_from(self.below((high - low + 1).unsigned_abs())).unwrap()
        }
    }

    fn network(draw: &mut Draw) -> Network {
        let mut b = NetworkBuilder::new();
        let nodes: Vec<NodeId> = (0..6).map(|_| b.add_node(0).unwrap()).collect();
        for _ in 0..14 {
            let (tail, head) = (nodes[draw.below(6)], nodes[draw.below(6)]);
            b.add_arc(tail, head, draw.range(-2, 0)..=draw.range(0, 3), draw.range(-3, 9)).unwrap();
        }
        b.build().unwrap()
    }

    /// Whatever becomes of slopes, flows and potentials, right or wrong: what stands is what a full check accepts.
    #[test]
    fn what_stands_is_what_a_full_check_accepts() {
        let mut draw = Draw(Random::new(5), 0);
        let (mut right, mut wrong) = (0, 0);
        for _ in 0..400 {
            let mut network = network(&mut draw);
            let OptimalFlow { mut flows, mut potentials, .. } =
                MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
            let mut standing = Standing::new(&network, &flows, &potentials).unwrap();
            for _ in 0..6 {
                let arcs: Vec<ArcId> = network.arcs().collect();
                for _ in 0..draw.below(3) {
                    let arc = arcs[draw.below(14)];
                    standing.open(&network, &flows, arc).unwrap();
                    let amend = network.amend();
                    match draw.below(4) {
                        0 => amend.cost(arc, draw.range(-3, 9)).unwrap().apply().unwrap(),
                        1 => {
                            amend.bounds(arc, draw.range(-2, 0)..=draw.range(0, 3)).unwrap().apply().unwrap()
                        }
                        _ => flows[arc] += draw.range(-1, 1),
                    }
                }
                // A cycle of two arcs, so that balance survives now and then.
                if draw.below(3) == 0 {
                    let (first, second) = (arcs[draw.below(14)], arcs[draw.below(14)]);
                    let same = network.tail(first) == network.tail(second)
                        && network.head(first) == network.head(second);
                    if same {
                        for (arc, by) in [(first, 1), (second, -1)] {
                            standing.open(&network, &flows, arc).unwrap();
                            flows[arc] += by;
                        }
                    }
                }
                for _ in 0..draw.below(3) {
                    potentials.as_mut_slice()[draw.below(6)] += i128::from(draw.range(-1, 1));
                }
                if draw.below(3) == 0 {
                    potentials.as_mut_slice().iter_mut().for_each(|potential| *potential += 7);
                }
                let whole = check::optimal_cost(&network, &flows, &potentials, &mut check::Sums::default());
                let part = standing.close(&network, &flows, &potentials);
                assert_eq!(part.is_ok(), whole.is_ok(), "{part:?} {whole:?}");
                let Ok(cost) = part else {
                    wrong += 1;
                    break;
                };
                assert_eq!(Ok(cost), whole);
                right += 1;
            }
        }
        assert!(right > 100 && wrong > 100, "{right} {wrong}");
    }

    #[test]
    fn arcs_opened_twice_count_once() {
        let mut b = NetworkBuilder::new();
        let (s, t) = (b.add_node(2).unwrap(), b.add_node(-2).unwrap());
        let arc = b.add_arc(s, t, 0..=3, 5).unwrap();
        let network = b.build().unwrap();
        let (flows, potentials) = (ArcMap::from_vec(alloc::vec![2]), NodeMap::from_vec(alloc::vec![0, 5]));
        let mut standing = Standing::new(&network, &flows, &potentials).unwrap();
        for _ in 0..2 {
            standing.open(&network, &flows, arc).unwrap();
            standing.open(&network, &flows, arc).unwrap();
            assert_eq!(standing.close(&network, &flows, &potentials), Ok(10));
        }
    }
}
