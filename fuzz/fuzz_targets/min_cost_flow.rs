//! Bytes to a small network: every outcome must pass its checker, warm starts must agree with cold ones,
//! and nothing may panic.
#![no_main]

use core::ops::ControlFlow;
use feasible::decomposition::decompose;

use feasible::min_cost_flow::{
    Algorithm, Anytime, OptimalFlow, Outcome, Uniqueness, WithinOutcome,
};
use feasible::{Bounds, MinCostFlow, Network, NetworkBuilder, PiecewiseCost, SolveError, check};
use libfuzzer_sys::fuzz_target;

/// Numbers read from the bytes, zeros after the end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Mostly a small number, at times one from the ends of the type.
    fn number(&mut self) -> i64 {
        match self.byte() {
            255 => i64::MAX,
            254 => i64::MIN,
            253 => {
                let mut word = [0; 8];
                word.iter_mut().for_each(|byte| *byte = self.byte());
                i64::from_le_bytes(word)
            }
            small => i64::from(small) - 100,
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<_> = (0..1 + bytes.byte() % 8).filter_map(|_| b.add_node(0).ok()).collect();
    let mut total = 0_i64;
    for &node in &nodes[1..] {
        let supply = bytes.number();
        let Some(sum) = total.checked_add(supply) else { return };
        total = sum;
        if b.set_supply(node, supply).is_err() {
            return;
        }
    }
    let Some(rest) = total.checked_neg() else { return };
    if b.set_supply(nodes[0], rest).is_err() {
        return;
    }
    let (mut tail, mut head) = (nodes[0], nodes[0]);
    for _ in 0..bytes.byte() % 32 {
        // Some arcs beside the one before, there or back.
        match bytes.byte() as usize {
            240.. => (),
            225.. => (tail, head) = (head, tail),
            ends => (tail, head) = (nodes[ends % nodes.len()], nodes[ends / 16 % nodes.len()]),
        }
        let (x, y) = (bytes.number(), bytes.number());
        let upper = (bytes.byte() % 4 != 0).then_some(x.max(y));
        let slope = bytes.number();
        let bend = (bytes.number(), slope.max(bytes.number()));
        let Ok(cost) = PiecewiseCost::new(slope, [bend]) else { return };
        if b.add_arc(tail, head, Bounds { lower: x.min(y), upper }, cost).is_err() {
            return;
        }
    }
    let Ok(mut network) = b.build() else { return };
    let outcome = |algorithm, network: &Network, earlier: Option<&OptimalFlow>| {
        let solver = MinCostFlow::new().algorithm(algorithm).work_limit(1 << 24);
        match earlier.map_or_else(|| solver.solve(network), |flow| solver.solve_from(network, flow)) {
            Ok(outcome) => outcome,
            Err(error) => panic!("{algorithm:?}: {error}"),
        }
    };
    let first = outcome(ALL[0], &network, None);
    for algorithm in ALL.into_iter().skip(1) {
        let found = outcome(algorithm, &network, None);
        assert_eq!(verdict(&network, &found), verdict(&network, &first), "{algorithm:?}");
        stopped(&network, algorithm, 1 << (bytes.byte() % 12), &first);
    }
    let (x, y) = (bytes.number(), bytes.number());
    let upper = (bytes.byte() % 4 != 0).then_some(x.max(y));
    within(&network, Bounds { lower: x.min(y), upper }, &first);
    let Outcome::Optimal(flow) = first else { return };
    questions(&network, &flow);
    let Some(arc) = network.arcs().next() else { return };
    let (x, y) = (bytes.number(), bytes.number());
    let change = network.amend().bounds(arc, x.min(y)..=x.max(y));
    if change.and_then(|change| change.apply()).is_err() {
        return;
    }
    let cold = verdict(&network, &outcome(ALL[0], &network, None));
    for algorithm in ALL {
        let warm = outcome(algorithm, &network, Some(&flow));
        assert_eq!(verdict(&network, &warm), cold, "{algorithm:?}");
    }
    chain(&mut network, &mut bytes);
});

/// From answer to answer of a problem that is kept, all arcs bounded: the simplex goes on from its own basis.
fn chain(network: &mut Network, bytes: &mut Bytes<'_>) {
    let arcs: Vec<_> = network.arcs().collect();
    let unbounded = arcs.iter().filter(|arc| network.upper(**arc).is_none());
    let unbounded: Vec<_> = unbounded.map(|&arc| (arc, network.lower(arc))).collect();
    let mut amend = Ok(network.amend());
    for (arc, lower) in unbounded {
        let upper = lower.saturating_add(bytes.number().saturating_abs());
        amend = amend.and_then(|amend| amend.bounds(arc, lower..=upper));
    }
    if amend.and_then(|amend| amend.apply()).is_err() {
        return;
    }
    let solver = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex).work_limit(1 << 24);
    let mut problem = solver.reoptimize(network.clone());
    let nodes: Vec<_> = network.nodes().collect();
    for _ in 0..8 {
        let warm = match problem.solve() {
            Ok(warm) => warm.clone(),
            Err(SolveError::WorkLimit { .. }) => return,
            Err(error) => panic!("{error}"),
        };
        let network = problem.network();
        assert_eq!(verdict(network, &warm), verdict(network, &solver.solve(network).expect("an answer")));
        let arc = arcs[bytes.byte() as usize % arcs.len()];
        let (x, y) = (bytes.number(), bytes.number());
        let [u, v] = [0, 1].map(|_| nodes[bytes.byte() as usize % nodes.len()]);
        let cost = network.cost(arc);
        let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope.saturating_add(x)));
        let lifted = PiecewiseCost::new(cost.first().saturating_add(x), bends);
        let supplies = [u, v].map(|node| network.supply(node));
        // What leaves a range changes nothing.
        let _ = problem.amend(|amend| match bytes.byte() % 4 {
            0 => amend.cost(arc, y),
            1 => amend.bounds(arc, x.min(y)..=x.max(y)),
            2 if u != v => {
                amend.supply(u, supplies[0].saturating_add(x))?.supply(v, supplies[1].saturating_sub(x))
            }
            _ => match lifted {
                Ok(lifted) => amend.cost(arc, lifted),
                Err(_) => Ok(amend),
            },
        });
    }
}

/// A run that may be stopped encloses what is found without a limit.
fn stopped(network: &Network, algorithm: Algorithm, limit: u64, first: &Outcome) {
    let solver = MinCostFlow::new().algorithm(algorithm).work_limit(limit);
    match solver.solve_anytime(network, &mut |_| ControlFlow::Continue(())).expect("stopped or not") {
        Anytime::Finished(outcome) => assert_eq!(verdict(network, &outcome), verdict(network, first)),
        Anytime::Stopped(bounds) => {
            if let (Some(lower), Some(potentials)) = (bounds.lower(), bounds.potentials()) {
                assert_eq!(check::dual_value(network, potentials), Ok(lower));
                if let Outcome::Optimal(flow) = first {
                    assert!(lower <= flow.cost());
                }
            }
            if let (Some(upper), Some(flows)) = (bounds.upper(), bounds.flows()) {
                check::flow(network, flows).expect("a flow");
                let Outcome::Optimal(flow) = first else { panic!("there is no optimal flow") };
                assert!(flow.cost() <= upper);
            }
        }
    }
}

/// With ranges of nothing at all the answer is the same; with some it has passed its checker.
fn within(network: &Network, range: Bounds, first: &Outcome) {
    let mut nodes = network.nodes();
    let (Some(s), Some(t)) = (nodes.next(), nodes.next()) else { return };
    match MinCostFlow::new().work_limit(1 << 24).solve_within(network, &[(s, range), (t, range)]) {
        Ok(WithinOutcome::Optimal(flow)) => {
            check::optimal_within(
                network,
                &[(s, range), (t, range)],
                flow.flows(),
                flow.potentials(),
                flow.cost(),
            )
            .expect("certified");
            if let Outcome::Optimal(first) = first {
                assert!(
                    range.lower > 0
                        || range.upper.is_some_and(|upper| upper < 0)
                        || flow.cost() <= first.cost()
                );
            }
        }
        Ok(WithinOutcome::Infeasible { shortage, with_rest }) => {
            check::infeasible_within(network, &[(s, range), (t, range)], &shortage, with_rest)
                .expect("certified");
        }
        Ok(WithinOutcome::Unbounded(ray)) => {
            check::unbounded_within(network, &[(s, range), (t, range)], &ray).expect("certified");
        }
        Err(error) => assert!(matches!(error, SolveError::NotAdmitted(_)), "{error}"),
    }
}

/// What can be asked about an optimal flow: every answer has passed its checker or names the range.
fn questions(network: &Network, flow: &OptimalFlow) {
    decompose(network, flow.flows()).expect("a flow is paths and cycles");
    if let Uniqueness::Another(other) = flow.uniqueness(network).expect("decided") {
        assert_ne!(&other, flow.flows());
        check::optimal(network, &other, flow.potentials(), flow.cost()).expect("as cheap");
    }
    assert_eq!(check::dual_value(network, flow.potentials()), Ok(flow.cost()));
    for arc in network.arcs().take(4) {
        flow.cost_range(network, arc).expect("a range");
        match flow.capacity_range(network, arc) {
            Ok(range) => {
                let upper = network.upper(arc).map(i128::from);
                assert!(range.rise.price <= 0 && range.rise.to.is_none_or(|to| Some(to) > upper));
                assert!(range.fall.is_none_or(|fall| fall.price >= 0 && fall.to.is_some()));
            }
            Err(error) => assert!(matches!(error, SolveError::NotAdmitted(_)), "{error}"),
        }
    }
    let mut nodes = network.nodes();
    let (Some(s), Some(t)) = (nodes.next(), nodes.next()) else { return };
    match flow.supply_range(network, s, t) {
        Ok(range) => {
            assert!(range.most.is_none_or(|most| most >= 0) && range.least.is_none_or(|least| least <= 0))
        }
        Err(error) => assert!(matches!(error, SolveError::NotAdmitted(_)), "{error}"),
    }
    let Ok(curve) = MinCostFlow::new().cost_curve(network, s, t).expect("a curve") else {
        panic!("there is a flow")
    };
    let mut slope = None;
    for piece in curve.take(30) {
        match piece {
            Ok(piece) => {
                assert!(
                    slope.is_none_or(|slope| slope < piece.slope)
                        && piece.to.is_none_or(|to| to > piece.from)
                );
                slope = Some(piece.slope);
            }
            Err(error) => assert!(matches!(error, SolveError::NotAdmitted(_)), "{error}"),
        }
    }
}

const ALL: [Algorithm; 4] =
    [Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling, Algorithm::Auto];

/// The cost or the kind of an outcome, whose proof must hold.
fn verdict(network: &Network, outcome: &Outcome) -> Result<i128, &'static str> {
    match outcome {
        Outcome::Optimal(flow) => {
            check::optimal(network, flow.flows(), flow.potentials(), flow.cost()).expect("certified");
            Ok(flow.cost())
        }
        Outcome::Infeasible(shortage) => {
            check::infeasible(network, shortage).expect("certified");
            Err("infeasible")
        }
        Outcome::Unbounded(ray) => {
            check::unbounded(network, ray).expect("certified");
            Err("unbounded")
        }
    }
}
