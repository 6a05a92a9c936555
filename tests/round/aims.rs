//! Other questions about rounds, against trying everything: what must be kept, what one pair or all can reach, what the
//! least costs, partial delivery, expectations.

use std::ops::ControlFlow;

use crate::common::networks::Draw;
use crate::common::rounds::{
    After, best_by, best_by_enumeration, feasible, objective, outbound, payable, random_round,
};
use feasible::law::{Interval, Law, Uniform};
use feasible::round::aims::{AimError, Budget, Draws, Keep, Refutation, Uncertain};
use feasible::round::{Changes, Effort, Money, Round, RoundError};
use feasible::{DemandId, NodeId, Progress, RoundPlanner, Sat, check};

fn prove() -> RoundPlanner {
    RoundPlanner::new().effort(Effort::Prove)
}

fn on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn after(changes: &Changes) -> After {
    changes.touched.iter().map(|r| (r.channel, (r.balance_u.0, r.balance_v.0))).collect()
}

fn refutes(refutation: &Refutation, all: u64) {
    check::bound(&refutation.round, &refutation.bound).unwrap();
    assert!(refutation.bound.value < all);
}

#[test]
fn what_must_be_kept_is_kept_at_no_more_cost_than_needed() {
    let (mut exact, mut binding) = (0, 0);
    for seed in 0..300 {
        let round = random_round(seed);
        let nothing = After::new();
        let mut draw = Draw::new(seed ^ 0x6b65_6570);
        let mut keep = Keep::everything(&round);
        keep.demands.retain(|_| draw.below(4) > 0);
        let mut locked: Vec<(NodeId, u64)> = Vec::new();
        for node in round.nodes() {
            if draw.below(3) > 0 {
                continue;
            }
            let has = outbound(&round, &nothing, node);
            let amount = if draw.below(2) == 0 { has } else { draw.below(has + 1) };
            keep.outbound.push(Money { node, amount: Sat(amount) });
            locked.push((node, amount));
        }
        let kept = round.keeping(&keep).unwrap();
        let plan = prove().plan(kept.round()).unwrap();
        let before: Vec<DemandId> =
            keep.demands.iter().copied().filter(|&d| feasible(&round, &nothing, d)).collect();
        let fair = |after: &After| {
            before.iter().all(|&d| feasible(&round, after, d))
                && locked.iter().all(|&(node, amount)| outbound(&round, after, node) >= amount)
        };
        let end = after(plan.changes());
        assert!(fair(&end), "seed {seed}");
        assert_eq!(objective(&round, &end), kept.objective(&plan), "seed {seed}");
        let best = best_by(&round, &|after| if fair(after) { objective(&round, after) } else { 0 });
        assert!(kept.objective(&plan) <= best && best <= kept.bound(&plan), "seed {seed}");
        exact += u64::from(kept.objective(&plan) == kept.bound(&plan));
        binding += u64::from(best < best_by_enumeration(&round));
    }
    assert!(exact >= 298, "{exact} of 300 are proven");
    assert!(binding >= 2, "what is kept binds in {binding}");
}

#[test]
fn what_cannot_be_kept_is_named() {
    let round = random_round(3);
    let node = round.nodes().next().unwrap();
    let has = outbound(&round, &After::new(), node);
    let keep = Keep { outbound: vec![Money { node, amount: Sat(has + 1) }], ..Keep::default() };
    let expected = RoundError::Outbound { node, outbound: Sat(has), wanted: Sat(has + 1) };
    assert_eq!(round.keeping(&keep), Err(expected));
    let demand = DemandId::new(99).unwrap();
    let keep = Keep { demands: vec![demand], ..Keep::default() };
    assert!(matches!(round.keeping(&keep), Err(RoundError::UnknownDemand { .. })));
    let node = NodeId::new(99).unwrap();
    let keep = Keep { outbound: vec![Money { node, amount: Sat(1) }], ..Keep::default() };
    assert!(matches!(round.keeping(&keep), Err(RoundError::UnknownNode { .. })));
}

#[test]
fn vetoed_channels_stay_as_they_are() {
    for seed in 0..100 {
        let round = random_round(seed);
        let plan = prove().plan(&round).unwrap();
        let touched: Vec<_> = plan.changes().touched.iter().map(|r| r.channel).collect();
        let vetoed = round.veto(touched.iter().copied()).unwrap();
        let other = prove().plan(&vetoed).unwrap();
        assert!(other.changes().touched.iter().all(|r| !touched.contains(&r.channel)), "seed {seed}");
        let best = best_by_enumeration(&vetoed);
        assert!(other.objective() <= best && best <= other.bound().value, "seed {seed}");
        // The first plan touches what was vetoed.
        assert!(touched.is_empty() || check::plan(&vetoed, plan.changes(), plan.flows()).is_err());
    }
}

#[test]
fn the_most_that_one_pair_can_pay() {
    let mut improved = 0;
    for seed in 0..120 {
        let round = random_round(seed);
        let mut draw = Draw::new(seed ^ 0x7061_6972);
        let nodes = round.node_count();
        let sender = NodeId::new(draw.index(nodes)).unwrap();
        let receiver = NodeId::new((sender.index() + 1 + draw.index(nodes - 1)) % nodes).unwrap();
        let id = DemandId::new(0).unwrap();
        let worth = |after: &After| payable(&round, after, id, sender, receiver);
        let best = best_by(&round, &worth);
        let largest = prove().largest(&round, sender, receiver, &mut on).unwrap();
        assert_eq!((largest.amount.0, largest.most.0), (best, best), "seed {seed}");
        refutes(largest.refutation.as_ref().unwrap(), 1);
        let end = largest.plan.map_or_else(After::new, |plan| after(plan.changes()));
        assert_eq!(worth(&end), best, "seed {seed}");
        improved += u64::from(best > worth(&After::new()));
    }
    assert!(improved > 30, "{improved} of 120 can pay more");
    let (round, node) = (random_round(0), NodeId::new(0).unwrap());
    let same = prove().largest(&round, node, node, &mut on);
    assert!(matches!(same, Err(AimError::Round(RoundError::SameEnds { .. }))));
}

#[test]
fn the_largest_common_share() {
    let million = 1_000_000;
    for seed in 0..60 {
        let round = random_round(seed);
        let share = |after: &After| {
            let factor = |id: DemandId| {
                let demand = round.demands()[id.index()];
                payable(&round, after, id, demand.sender, demand.receiver) * million / demand.amount.0
            };
            round.demand_ids().map(factor).min().unwrap()
        };
        let best = best_by(&round, &share);
        let scale = prove().scale(&round, &mut on).unwrap();
        assert!(scale.per_million <= best && best <= scale.most_per_million, "seed {seed}");
        // Amounts are whole: between two whole multiples of an amount nothing changes.
        assert_eq!(scale.per_million, best, "seed {seed}");
        assert_eq!(scale.most_per_million, best, "seed {seed}");
        refutes(scale.refutation.as_ref().unwrap(), round.demands().len() as u64);
    }
}

#[test]
fn the_least_of_a_budget() {
    let mut unreached = 0;
    for seed in 0..60 {
        let round = random_round(seed);
        let best = best_by_enumeration(&round);
        for budget in [Budget::Touches, Budget::Fronted, Budget::Price] {
            let target = best.max(1);
            let cheap = prove().cheapest(&round, target, budget, &mut on).unwrap();
            let Some(plan) = &cheap.plan else {
                assert_eq!(best, 0);
                refutes(cheap.refutation.as_ref().unwrap(), target);
                unreached += 1;
                continue;
            };
            assert!(plan.objective() >= target && best > 0);
            let within = |allowed: u64| {
                let mut rules = round.rules().clone();
                match budget {
                    Budget::Touches => rules.max_touches = u32::try_from(allowed).unwrap(),
                    Budget::Fronted => rules.front_budget = Sat(allowed),
                    Budget::Price => {
                        if let Some(prices) = &mut rules.prices {
                            prices.budget = Sat(allowed);
                        }
                    }
                }
                best_by_enumeration(&round.with_rules(rules).unwrap())
            };
            assert!(within(cheap.spent) >= target, "seed {seed} {budget:?}");
            assert_eq!(cheap.spent, cheap.least, "seed {seed} {budget:?}");
            if cheap.least > 0 {
                refutes(cheap.refutation.as_ref().unwrap(), target);
                assert!(within(cheap.least - 1) < target, "seed {seed} {budget:?}");
            }
        }
    }
    assert!(unreached > 0);
}

#[test]
fn partial_delivery_lies_between_whole_and_begun_slices() {
    let mut tight = 0;
    for seed in 0..100 {
        let round = random_round(seed);
        let worth = |after: &After| {
            let part = |id: DemandId| {
                let demand = round.demands()[id.index()];
                payable(&round, after, id, demand.sender, demand.receiver).min(demand.amount.0)
            };
            round.demand_ids().map(part).sum()
        };
        let best = best_by(&round, &worth);
        for slices in [1, 2, 7] {
            let volume = prove().volume(&round, slices, &mut on).unwrap();
            assert!(volume.volume <= best && best <= volume.bound.value, "seed {seed}");
            assert_eq!(worth(&after(&volume.changes)), volume.volume, "seed {seed}");
            check::bound(&volume.sliced, &volume.bound).unwrap();
            let sum: u64 = volume.delivered.iter().map(|(_, amount)| amount.0).sum();
            assert_eq!(sum, volume.volume);
            // With a slice per satoshi the two roundings are one.
            if slices == 7 {
                tight += u64::from(volume.volume == best && volume.bound.value == best);
            }
        }
    }
    assert!(tight >= 98, "{tight} of 100 are exact");
}

/// All states of the uncertain channels, each as likely as any other.
fn worlds(
    round: &Round,
    laws: &[(feasible::ChannelId, Interval, &dyn Law)],
) -> Vec<Vec<(feasible::ChannelId, Sat)>> {
    let mut worlds = vec![Vec::new()];
    for &(channel, within, _) in laws {
        let sum = round.channels()[channel.index()].capacity().0;
        assert_eq!(within.hi(), sum);
        let next = |x: u64| {
            let known = worlds.iter().cloned();
            known.map(move |world: Vec<_>| [world, vec![(channel, Sat(x))]].concat()).collect::<Vec<_>>()
        };
        worlds = (within.lo()..=within.hi()).flat_map(next).collect();
    }
    worlds
}

#[test]
fn expectations_bracket_the_best_one() {
    let (mut missed, mut high, mut tried) = (0, 0, 0);
    for seed in 0..30 {
        let round = crate::common::rounds::uncertain_round(seed);
        let law: &dyn Law = &Uniform;
        let laws: Vec<_> = round
            .channels()
            .iter()
            .enumerate()
            .filter(|(_, channel)| !channel.reshapable && channel.capacity() > Sat::ZERO)
            .map(|(i, channel)| {
                let id = feasible::ChannelId::new(i).unwrap();
                (id, Interval::new(0, channel.capacity().0).unwrap(), law)
            })
            .take(2)
            .collect();
        if laws.is_empty() {
            continue;
        }
        tried += 1;
        let worlds = worlds(&round, &laws);
        // The same demands in every state: the sum over all states is the number of states times the expectation.
        let mut b = feasible::round::RoundBuilder::from(&round);
        b.clear_demands();
        for world in &worlds {
            let scenario = b.add_scenario(world).unwrap();
            for &demand in round.demands() {
                b.add_demand_in(scenario, demand).unwrap();
            }
        }
        let all = b.build(round.rules().clone()).unwrap();
        let count = worlds.len() as f64;
        let best = best_by_enumeration(&all) as f64 / count;
        let uncertain = Uncertain { round: &round, laws: &laws };
        let draws = Draws { scenarios: 4, rounds: 4, samples: 1_500, seed };
        let plan = RoundPlanner::new().effort(Effort::Quick).expected(&uncertain, draws, &mut on).unwrap();
        let worth = objective(&all, &after(&plan.changes)) as f64 / count;
        assert!(worth <= best + 1e-9);
        missed += u64::from(!(plan.expectation.low..=plan.expectation.high).contains(&worth));
        high += u64::from(plan.at_most < best - 1e-9);
        let none = objective(&all, &After::new()) as f64 / count;
        missed += u64::from(!(plan.nothing.low..=plan.nothing.high).contains(&none));
        assert_eq!(
            plan,
            RoundPlanner::new().effort(Effort::Quick).expected(&uncertain, draws, &mut on).unwrap()
        );
    }
    assert!(tried > 15);
    assert!(missed <= 1 && high <= 2, "{missed} intervals of {tried} miss, {high} bounds are too low");
}

#[test]
fn the_heaviest_set_that_can_be_netted() {
    let (mut found, mut tight, mut more) = (0, 0, 0);
    for seed in 0..60 {
        let round = random_round(seed);
        let demands = round.demands();
        let weight = |set: u32| -> u64 {
            let chosen = demands.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
            chosen.map(|(_, demand)| demand.weight).sum()
        };
        // For each set of demands and each set of nodes what has to leave, in the order of weights.
        let mut sets: Vec<u32> = (0..1 << demands.len()).collect();
        sets.sort_by_key(|&set| std::cmp::Reverse(weight(set)));
        let leaving = |set: u32, nodes: u32| -> i64 {
            let inside = |node: NodeId| i64::from(nodes >> node.index() & 1);
            let chosen = demands.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
            let part = |(_, d): (usize, &feasible::round::Demand)| {
                (inside(d.sender) - inside(d.receiver)) * i64::try_from(d.amount.0).unwrap()
            };
            chosen.map(part).sum()
        };
        let worth = |after: &After| {
            let rooms = crate::common::rounds::rooms(&round, after);
            let fits = |set: u32| rooms.iter().zip(0..).all(|(&room, nodes)| leaving(set, nodes) <= room);
            weight(sets.iter().copied().find(|&set| fits(set)).unwrap())
        };
        let best = best_by(&round, &worth);
        let netted = prove().netted(&round, &mut on).unwrap();
        assert!(netted.weight <= best && best <= netted.bound.value, "seed {seed}");
        check::set_bound(&round, &netted.bound).unwrap();
        let end = netted.plan.as_ref().map_or_else(After::new, |plan| after(plan.changes()));
        let set: u32 = netted.demands.iter().map(|demand| 1 << demand.index()).sum();
        assert_eq!(weight(set), netted.weight);
        let rooms = crate::common::rounds::rooms(&round, &end);
        assert!(rooms.iter().zip(0..).all(|(&room, nodes)| leaving(set, nodes) <= room), "seed {seed}");
        if let (Some(plan), Some(asked)) = (&netted.plan, &netted.asked) {
            assert_eq!(check::plan(asked, plan.changes(), plan.flows()).unwrap().objective, 1);
        }
        let mut lower = netted.bound.clone();
        lower.value = lower.value.saturating_sub(1);
        assert!(netted.bound.value == 0 || check::set_bound(&round, &lower).is_err());
        found += u64::from(netted.weight == best);
        tight += u64::from(netted.bound.value == best);
        more += u64::from(best > weight(*sets.iter().find(|&&set| set.count_ones() <= 1).unwrap()));
    }
    assert!(
        found >= 55 && tight >= 20 && more > 20,
        "{found} found, {tight} tight, {more} of several, of 60"
    );
}
