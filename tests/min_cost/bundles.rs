//! Channels with a few plain arcs, loops and arcs that cannot move between them: the simplex prices such networks bundle
//! by bundle, two records each, as long as at most a quarter of the bundles are lone linear arcs.

use crate::common::naive_min_cost::{Naive, solve as naive};
use crate::common::networks::Draw;
use feasible::min_cost_flow::{Algorithm, OptimalFlow};
use feasible::{ArcId, FlowNum, MinCostFlow, Network, NetworkBuilder, PiecewiseCost, check};

const NODES: usize = 6;
const BUNDLES: usize = 12;

/// A ring of channels with chords, `lone` of whose bundles are linear arcs, one a bent loop, one two arcs that cannot move.
fn network(draw: &mut Draw, lone: usize) -> (Network<i64>, Vec<ArcId>) {
    let mut b = NetworkBuilder::new();
    let nodes: Vec<_> = (0..NODES).map(|_| b.add_node(0).unwrap()).collect();
    let amount = draw.range(1, 6);
    b.set_supply(nodes[0], amount).unwrap();
    b.set_supply(nodes[3], -amount).unwrap();
    let bent = |draw: &mut Draw| {
        let first = draw.range(-1, 4);
        PiecewiseCost::new(first, vec![(draw.range(1, 2), first + draw.range(0, 3)), (4, first + 5)]).unwrap()
    };
    // The lone ones lie between the others, now here, now there.
    let begin = draw.index(BUNDLES);
    let mut plain = Vec::new();
    for bundle in 0..BUNDLES {
        let turn = (bundle + begin) % BUNDLES;
        let (tail, head) = (nodes[bundle % NODES], nodes[(bundle + 1 + bundle / NODES) % NODES]);
        if turn < lone {
            plain.push(b.add_arc(tail, head, 0..=draw.range(0, 5), draw.range(-1, 6)).unwrap());
        } else if turn == lone {
            let cost = bent(draw);
            b.add_arc(tail, tail, 0..=5, cost).unwrap();
        } else if turn == lone + 1 {
            let kept = draw.range(0, 1);
            b.add_arc(tail, head, kept..=kept, draw.range(-9, 9)).unwrap();
            b.add_arc(head, tail, kept..=kept, draw.range(-9, 9)).unwrap();
        } else {
            for (from, to) in [(tail, head), (head, tail)] {
                let cost = bent(draw);
                b.add_arc(from, to, 0..=draw.range(1, 5), cost).unwrap();
            }
        }
    }
    (b.build().unwrap(), plain)
}

fn cost_of(network: &Network<i64>, found: &OptimalFlow<i64>) -> Naive {
    check::optimal(network, found.flows(), found.potentials(), found.cost()).unwrap();
    Naive::Optimal(found.cost())
}

#[test]
fn networks_of_channels_with_a_few_plain_arcs_agree_with_the_oracle() {
    let solver = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex);
    // A quarter is 3 of 12; the order of pricing changes beyond, the answers must not.
    for lone in 0..=5 {
        let (mut solved, mut in_between) = (0, 0);
        for seed in 0..400 {
            let mut draw = Draw::new(seed * 8 + lone as u64);
            let (mut network, plain) = network(&mut draw, lone);
            let Ok(found) = solver.solve(&network).unwrap().optimal() else {
                assert_eq!(naive(&network), Naive::Infeasible, "{lone}, {seed}");
                continue;
            };
            assert_eq!(cost_of(&network, &found), naive(&network), "{lone}, {seed}");
            solved += 1;
            let strictly =
                |arc: ArcId| 0 < found.flows()[arc] && Some(found.flows()[arc]) < network.upper(arc);
            in_between += u32::from(plain.iter().any(|&arc| strictly(arc)));
            // Warm, where a plain arc gets bent, or its bounds move.
            for &arc in &plain {
                let change = network.amend();
                let change = match draw.below(2) {
                    0 => change.cost(arc, PiecewiseCost::new(0, vec![(2, draw.range(1, 4))]).unwrap()),
                    _ => change.bounds(arc, 0..=draw.range(0, 6)),
                };
                change.unwrap().apply().unwrap();
            }
            match solver.solve_from(&network, &found).unwrap().optimal() {
                Ok(again) => assert_eq!(cost_of(&network, &again), naive(&network), "{lone}, {seed}, warm"),
                Err(_) => assert_eq!(naive(&network), Naive::Infeasible, "{lone}, {seed}, warm"),
            }
        }
        assert!(solved > 200, "{lone}: {solved}");
        assert!(lone == 0 || in_between > 0, "{lone}: no plain arc is ever part of the tree");
    }
}

/// Arcs without upper bound side by side, to and fro: what all of them together could carry exceeds the number type.
#[test]
fn unbounded_arcs_side_by_side_carry_what_the_type_holds() {
    fn solve<N: FlowNum>(amount: N, arcs: usize) {
        let mut b = NetworkBuilder::new();
        let [from, to, aside] =
            [amount, N::narrow(-amount.widen()).unwrap(), N::ZERO].map(|supply| b.add_node(supply).unwrap());
        let cost = |slope: i128| N::narrow(slope).unwrap();
        for i in 0..arcs as i128 {
            // The dearest first.
            b.add_arc(from, to, N::ZERO.., cost(40 - i)).unwrap();
            b.add_arc(to, from, N::ZERO.., cost(i)).unwrap();
        }
        b.add_arc(to, aside, N::ZERO.., cost(0)).unwrap();
        b.add_arc(aside, to, N::ZERO.., cost(0)).unwrap();
        let network = b.build().unwrap();
        let least = amount.widen() * (41 - arcs as i128);
        for algorithm in [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths] {
            let found = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap().optimal().unwrap();
            check::optimal(&network, found.flows(), found.potentials(), found.cost()).unwrap();
            assert_eq!(found.cost(), least);
        }
    }
    for arcs in [1, 2, 3, 4, 9, 30] {
        for shift in [1, 20, 40, 58, 59, 60, 61, 62] {
            solve((1_i64 << shift) - 1, arcs);
            solve((1_i128 << (shift * 7 / 4)) - 1, arcs);
        }
        solve((1_i128 << 112) - 1, arcs);
    }
}
