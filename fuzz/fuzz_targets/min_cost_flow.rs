//! Bytes to a small network: every outcome must pass its checker, warm starts must agree with cold ones,
//! and nothing may panic.
#![no_main]

use feasible::decomposition::decompose;
use feasible::min_cost_flow::{Algorithm, OptimalFlow, Outcome};
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
    for _ in 0..bytes.byte() % 32 {
        let ends = bytes.byte() as usize;
        let (tail, head) = (nodes[ends % nodes.len()], nodes[ends / 16 % nodes.len()]);
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
    }
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
});

/// What can be asked about an optimal flow: every answer has passed its checker or names the range.
fn questions(network: &Network, flow: &OptimalFlow) {
    decompose(network, flow.flows()).expect("a flow is paths and cycles");
    flow.uniqueness(network).expect("decided");
    for arc in network.arcs().take(4) {
        flow.cost_range(network, arc).expect("a range");
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
