//! Payments under limits on tiny graphs against all sets of parts: parts, hops, time locks, HTLC slots, biases, availability,
//! exclusions. No bound is above any set, no "no" has a set against it, and plans are hardly ever worse.

use crate::common::parts::{Path, best, is_worse, node, simple_paths, tiny};
use feasible::check::{self, PartsGoal, PartsRules};
use feasible::liquidity::{ChannelGraph, Direction};
use feasible::payment::{PayAnswer, PaymentPlanner};
use feasible::random::Random;
use feasible::{ChannelId, Msat};

const UNITS: u64 = 4;

fn limited<'a>(graph: &ChannelGraph, random: &Random) -> PartsRules<'a> {
    let mut rules = PartsRules::new();
    let pick = |i, n| usize::try_from(random.below(i, n)).unwrap();
    let channel = |i| ChannelId::new(pick(i, graph.channel_count() as u64)).unwrap();
    let direction = |i| Direction::BOTH[pick(i, 2)];
    if pick(900, 2) == 0 {
        rules = rules.max_parts(1 + pick(901, 3));
    }
    if pick(902, 3) == 0 {
        rules = rules.max_hops(1 + pick(903, 3));
    }
    if pick(904, 3) == 0 {
        rules = rules.max_cltv([0, 40, 80][pick(905, 3)]);
    }
    for slot in 0..pick(906, 4) as u64 {
        rules = rules.max_htlcs(channel(910 + slot), direction(920 + slot), [0, 1, 2][pick(930 + slot, 3)]);
    }
    if pick(907, 3) == 0 {
        rules = rules.bias(channel(908), direction(909), 0.5).availability(0.95);
        rules = rules.availability_of(channel(940), direction(941), 0.5);
    }
    if pick(942, 6) == 0 {
        rules = rules.exclude(channel(943), direction(944));
    }
    rules
}

#[test]
fn no_set_of_parts_beats_the_bound() {
    let (mut plans, mut refused, mut blocked, mut missed, mut worse, mut gaps) = (0, 0, 0, 0, 0, 0.0);
    for case in 0..450_u64 {
        let random = Random::new(case + 5_000);
        let graph = tiny(&random, case % 3 != 0);
        let amount = UNITS * (50 + random.below(0, 3_600));
        let mu = [0.0, 1e-4, 0.01, 0.3][usize::try_from(random.below(1, 4)).unwrap()];
        let rules = limited(&graph, &random);
        let goal = PartsGoal::new(node(0), node(3), Msat(amount), mu).rules(&rules);
        let mut paths = Vec::new();
        simple_paths(&graph, node(0), node(3), &mut Vec::new(), &mut Vec::new(), &mut paths);
        paths.truncate(5);
        let twice: Vec<Path> = paths.iter().flat_map(|path| [path.clone(), path.clone()]).collect();
        let least = best(&graph, &goal, &twice, (amount / UNITS, UNITS), &mut Vec::new());
        match PaymentPlanner::new(&graph).work_limit(10_000_000).plan(&goal).unwrap() {
            PayAnswer::Plan(plan) => {
                plans += 1;
                worse += u32::from(is_worse(
                    &graph,
                    &goal,
                    &plan,
                    least,
                    format_args!("case {case}: {rules:?} {mu} {graph:?}"),
                ));
                gaps += (plan.value.objective - plan.lower_bound) / plan.value.objective.max(1e-9);
            }
            PayAnswer::Infeasible(why) => {
                refused += 1;
                assert!(check::obstacle(&graph, &goal, &why), "case {case}");
                assert!(least.is_infinite(), "case {case}: {why:?}");
            }
            other => {
                println!("{case}: {other:?} {least}");
                blocked += u32::from(least.is_infinite());
                missed += u32::from(least.is_finite());
            }
        }
    }
    println!("{plans} plans, {worse} worse by a thousandth, mean gap {}", gaps / f64::from(plans));
    println!("{refused} refused, {blocked} blocked without a way, {missed} blocked with one");
    assert!(plans > 150 && refused > 80, "{plans} {refused}");
    assert!(missed * 100 <= plans && worse * 20 <= plans, "{missed} {worse} of {plans}");
    assert!(blocked * 10 <= refused, "{blocked} {refused}");
}
