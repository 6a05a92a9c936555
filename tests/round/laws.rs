//! Laws of rounds: what another naming, more freedom, a second round or a dropout may change; what touches and budgets
//! are worth.

use std::ops::ControlFlow;

use crate::common::networks::Draw;
use crate::common::rounds::{best_by_enumeration, random_round};
use feasible::round::generate::{Size, lightning};
use feasible::round::{
    Candidate, Case, Changes, Channel, Choice, Demand, Effort, Plan, Round, RoundBuilder, Rules, Touch,
};
use feasible::{NodeId, Progress, RoundPlanner, Sat, check};

fn prove(round: &Round) -> Plan {
    RoundPlanner::new().effort(Effort::Prove).plan(round).unwrap()
}

/// The participants but for the server.
fn users(round: &Round) -> impl Iterator<Item = NodeId> + '_ {
    let user = |&node: &NodeId| round.participates(node) && node != round.rules().server;
    round.nodes().filter(user)
}

fn on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A random order of `count` things.
fn shuffled(draw: &mut Draw, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        order.swap(i, draw.index(i + 1));
    }
    order
}

/// The same round with nodes, channels, candidates, demands and ends named otherwise.
fn renamed(round: &Round, draw: &mut Draw) -> Round {
    let mut b = RoundBuilder::new();
    let place = shuffled(draw, round.node_count());
    let mut old = vec![0; place.len()];
    for (from, &to) in place.iter().enumerate() {
        old[to] = from;
    }
    for &from in &old {
        let node = NodeId::new(from).unwrap();
        if round.participates(node) {
            b.add_participant(round.free(node)).unwrap();
        } else {
            b.add_bystander().unwrap();
        }
    }
    let at = |node: NodeId| NodeId::new(place[node.index()]).unwrap();
    for i in shuffled(draw, round.channels().len()) {
        let c = round.channels()[i];
        let turned = Channel { u: at(c.v), v: at(c.u), balance_u: c.balance_v, balance_v: c.balance_u, ..c };
        b.add_channel(if draw.below(2) == 0 { turned } else { Channel { u: at(c.u), v: at(c.v), ..c } })
            .unwrap();
    }
    for i in shuffled(draw, round.candidates().len()) {
        let Candidate { u, v } = round.candidates()[i];
        b.add_candidate(at(u), at(v)).unwrap();
    }
    for i in shuffled(draw, round.demands().len()) {
        let d = round.demands()[i];
        b.add_demand(Demand { sender: at(d.sender), receiver: at(d.receiver), ..d }).unwrap();
    }
    b.build(Rules { server: at(round.rules().server), ..round.rules().clone() }).unwrap()
}

#[test]
fn names_play_no_part() {
    for seed in 0..200 {
        let round = random_round(seed);
        let other = renamed(&round, &mut Draw::new(seed ^ 0x6e61));
        let (plan, again) = (prove(&round), prove(&other));
        assert!(
            plan.objective() <= again.bound().value && again.objective() <= plan.bound().value,
            "seed {seed}"
        );
        assert_eq!(plan.objective(), again.objective(), "seed {seed}");
    }
}

/// Two rounds side by side. The second one's server is an ordinary user in the first one's round, so it gets no treasury.
fn merged(one: &Round, two: &Round) -> Round {
    let mut b = RoundBuilder::from(one);
    let shift = one.node_count();
    for node in two.nodes() {
        let treasury = node == two.rules().server;
        if two.participates(node) {
            b.add_participant(if treasury { Sat(0) } else { two.free(node) }).unwrap();
        } else {
            b.add_bystander().unwrap();
        }
    }
    let at = |node: NodeId| NodeId::new(node.index() + shift).unwrap();
    for &c in two.channels() {
        b.add_channel(Channel { u: at(c.u), v: at(c.v), ..c }).unwrap();
    }
    for &Candidate { u, v } in two.candidates() {
        b.add_candidate(at(u), at(v)).unwrap();
    }
    for &d in two.demands() {
        b.add_demand(Demand { sender: at(d.sender), receiver: at(d.receiver), ..d }).unwrap();
    }
    b.build(one.rules().clone()).unwrap()
}

#[test]
fn independent_rounds_add_up() {
    let ample = |round: &Round, rules: &Rules| {
        let rules = Rules { max_touches: 100, front_budget: Sat(10_000), prices: None, ..rules.clone() };
        round.with_rules(Rules { server: round.rules().server, ..rules }).unwrap()
    };
    for seed in 0..100 {
        let one = random_round(2 * seed);
        let mut two = random_round(2 * seed + 1);
        // Without a treasury, as in the merged round.
        let mut b = RoundBuilder::new();
        for node in two.nodes() {
            let free = if node == two.rules().server { Sat(0) } else { two.free(node) };
            if two.participates(node) {
                b.add_participant(free).unwrap();
            } else {
                b.add_bystander().unwrap();
            }
        }
        for &channel in two.channels() {
            b.add_channel(channel).unwrap();
        }
        for &Candidate { u, v } in two.candidates() {
            b.add_candidate(u, v).unwrap();
        }
        for &demand in two.demands() {
            b.add_demand(demand).unwrap();
        }
        two = b.build(two.rules().clone()).unwrap();
        let rules = one.rules().clone();
        let (one, two) = (ample(&one, &rules), ample(&two, &rules));
        let parts = [prove(&one), prove(&two)];
        let whole = prove(&merged(&one, &two));
        let sum: u64 = parts.iter().map(Plan::objective).sum();
        let bound: u64 = parts.iter().map(|plan| plan.bound().value).sum();
        assert!(sum <= whole.bound().value && whole.objective() <= bound, "seed {seed}");
        assert_eq!(whole.objective(), sum, "seed {seed}");
    }
}

#[test]
fn fewer_rules_never_hurt() {
    let mut helped = 0;
    for seed in 0..100 {
        let round = random_round(seed);
        let optimum = best_by_enumeration(&round);
        let rules = round.rules();
        let freer = [
            Rules { touch_fee: Sat(0), ..rules.clone() },
            Rules { prices: None, ..rules.clone() },
            Rules { capacity_min: Sat(0), ..rules.clone() },
            Rules { capacity_max: Sat(rules.capacity_max.0 + 3), ..rules.clone() },
            Rules { max_touches: rules.max_touches + 1, ..rules.clone() },
            Rules { front_budget: Sat(rules.front_budget.0 + 4), ..rules.clone() },
        ];
        for rules in freer {
            let plan = prove(&round.with_rules(rules).unwrap());
            assert!(plan.bound().value >= optimum, "seed {seed}");
            assert!(plan.objective() >= optimum, "seed {seed}");
            helped += u64::from(plan.objective() > optimum);
        }
    }
    assert!(helped > 20, "{helped}");
}

#[test]
fn a_dropout_costs_little_time_and_little_change() {
    let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    let (mut near, mut total) = (0, 0);
    for seed in 0..4 {
        let round = lightning(size, seed).unwrap();
        let planner = RoundPlanner::new();
        let plan = planner.plan(&round).unwrap();
        for gone in users(&round) {
            let fewer = round.without(gone).unwrap();
            let again = planner.replan(&fewer, &plan, &mut on).unwrap();
            check::plan(&fewer, again.changes(), again.flows()).unwrap();
            check::bound(&fewer, again.bound()).unwrap();
            assert!(again.bound().value <= plan.bound().value, "a dropout adds nothing");
            // What the plan did without the one who is gone is not lost.
            let hit = plan.changes().touched.iter().any(|reshape| {
                let (u, v, ..) = round.ends(reshape.channel).unwrap();
                [u, v].contains(&gone)
            });
            if !hit {
                assert!(again.objective() >= plan.objective(), "seed {seed}, {gone}");
            }
            let fresh = RoundPlanner::new().plan(&fewer).unwrap();
            near += u64::from(plan.distance(again.changes()) <= plan.distance(fresh.changes()));
            total += 1;
            assert!(again.objective() + 2 >= fresh.objective(), "seed {seed}, {gone}");
        }
    }
    assert!(near * 10 >= total * 9, "{near} of {total} are nearer than a new plan");
}

#[test]
fn a_proof_by_cases_outlives_the_channels_it_asks_about() {
    let (mut asked, mut rose, mut total) = (0, 0, 0);
    for seed in 0..3000 {
        let round = random_round(seed);
        let plan = prove(&round);
        for gone in users(&round) {
            let fewer = round.without(gone).unwrap();
            let again = RoundPlanner::new().replan(&fewer, &plan, &mut on).unwrap();
            check::bound(&fewer, again.bound()).unwrap();
            // Rounding what is left of a row may bring less than rounding the row did.
            rose += u64::from(again.bound().value > plan.bound().value);
            total += 1;
            asked += u64::from(plan.bound().cases.iter().any(|case| match *case {
                Case::Branch { on: Choice::Touch(touch) | Choice::Open(touch), .. } => {
                    !fewer.touchable(touch)
                }
                _ => false,
            }));
        }
    }
    assert!(asked > 20, "{asked}");
    assert!(rose * 400 <= total, "{rose} of {total} bounds rose");
}

#[test]
fn a_plan_is_at_no_distance_from_itself() {
    for seed in 0..50 {
        let plan = prove(&random_round(seed));
        assert_eq!(plan.distance(plan.changes()), 0);
        assert_eq!(plan.distance(&Changes::default()), plan.changes().touched.len());
    }
}

#[test]
fn a_touch_is_worth_at_least_what_is_lost_without_it() {
    let (mut exact, mut touches) = (0, 0);
    for seed in 0..150 {
        let round = random_round(seed);
        let plan = prove(&round);
        let values = RoundPlanner::new().marginals(&round, plan.changes()).unwrap();
        let channels: Vec<Touch> = plan.changes().touched.iter().map(|reshape| reshape.channel).collect();
        assert_eq!(values.iter().map(|v| v.channel).collect::<Vec<_>>(), channels);
        for value in values {
            let others: Vec<Touch> = round
                .touches()
                .filter(|touch| *touch == value.channel || !channels.contains(touch))
                .collect();
            let best = best_by_enumeration(&round.veto(others).unwrap());
            assert!(value.value >= plan.objective() - best, "seed {seed}");
            exact += u64::from(value.value == plan.objective() - best);
            touches += 1;
        }
    }
    assert!(touches > 50 && exact * 10 >= touches * 9, "{exact} of {touches}");
}

#[test]
fn budgets_bring_no_more_than_their_price() {
    let mut priced = 0;
    for seed in 0..60 {
        let round = random_round(seed);
        let plan = prove(&round);
        let shadow = plan.shadow(&round).unwrap();
        let rules = round.rules();
        let more_front = Rules { front_budget: Sat(rules.front_budget.0 + 1), ..rules.clone() };
        let more_touches = Rules { max_touches: rules.max_touches + 1, ..rules.clone() };
        let mut cases = vec![(more_front, shadow.fronted_sat), (more_touches, shadow.touch)];
        if let Some(prices) = &rules.prices {
            let mut more = rules.clone();
            let step = (prices.budget.0 / 100).max(1);
            more.prices.as_mut().unwrap().budget.0 += step;
            cases.push((more, shadow.price_sat * step as f64));
        }
        for (rules, rise) in cases {
            let best = best_by_enumeration(&round.with_rules(rules).unwrap());
            assert!(best as f64 <= plan.bound().value as f64 + 1.0 + rise, "seed {seed}");
            priced += u64::from(rise > 0.0);
        }
    }
    assert!(priced > 10, "{priced}");
    // The proof of one round says nothing of another one.
    let (one, other) = (
        lightning(Size { nodes: 30, channels: 60, participants: 12, demands: 10, max_touches: 3 }, 1),
        random_round(1),
    );
    let plan = RoundPlanner::new().effort(Effort::Quick).plan(&one.unwrap()).unwrap();
    if !plan.bound().cuts.is_empty() {
        assert!(plan.shadow(&other).is_err());
    }
}
