//! Payments on small graphs of any terms and limits, budgets and batches: a plan is worth what its parts are worth and no less than
//! its bound, which its certificate proves; a proof that there is none proves it.
#![no_main]

use feasible::check::{self, PartsGoal, PartsRules};
use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, Policy};
use feasible::payment::{BatchAnswer, PayAnswer, PayError, PaymentPlanner};
use feasible::{Msat, NodeId, Sat};
use libfuzzer_sys::fuzz_target;

type Terms = (u8, u8, u32, [u16; 2], [u16; 2], [u32; 2]);

fuzz_target!(|input: (u8, u32, u16, u8, Vec<Terms>)| {
    let (ends, amount, mu, parts, channels) = input;
    let mut b = ChannelGraphBuilder::new();
    let nodes: Vec<NodeId> = (0..6).map(|_| b.add_node().unwrap()).collect();
    for (ends, kind, capacity, base, ppm, limits) in channels.into_iter().take(16) {
        let (u, v) = (nodes[usize::from(ends % 6)], nodes[usize::from(ends / 6 % 6)]);
        let mut channel = Channel::new(u, v, Sat(u64::from(capacity)));
        let all = u64::from(capacity) * 1000;
        if kind & 1 != 0 {
            channel = channel.balance(Balance::Between { lo: Msat(all / 4), hi: Msat(all / 2) });
        }
        for (i, direction) in Direction::BOTH.into_iter().enumerate() {
            if kind & (2 << i) != 0 {
                let (base_fee, htlc_min) = (Msat(base[i].into()), Msat(u64::from(limits[0]) % (all + 1)));
                channel = channel.policy(
                    direction,
                    Policy {
                        enabled: kind & (8 << i) == 0,
                        base_fee,
                        ppm: u32::from(ppm[i]) * 7,
                        htlc_min,
                        htlc_max: Msat(htlc_min.0 + u64::from(limits[1])),
                        cltv_delta: 9,
                    },
                );
            }
        }
        let _ = b.add_channel(channel);
    }
    let graph = b.build();
    let (sender, receiver) = (nodes[usize::from(ends % 6)], nodes[usize::from(ends / 6 % 6)]);
    let mut rules = PartsRules::new();
    let (most, limits) = (1 + usize::from(parts % 16), parts / 16);
    rules = if limits & 1 != 0 { rules.max_parts(most) } else { rules };
    rules = if limits & 2 != 0 { rules.max_hops(1 + most / 4).max_cltv(9 * most as u64) } else { rules };
    if let Some(channel) = graph.channels().next().filter(|_| limits & 4 != 0) {
        rules = rules.max_htlcs(channel, Direction::AToB, 1).bias(channel, Direction::BToA, 0.5);
    }
    let goal = PartsGoal::new(sender, receiver, Msat(amount.into()), f64::from(mu) * 1e-4).rules(&rules);
    let planner = PaymentPlanner::new(&graph).work_limit(3_000_000);
    let checked = |goal: &PartsGoal<'_>, answer| match answer {
        Ok(PayAnswer::Plan(plan)) => {
            let value = check::parts(&graph, goal, &plan.parts).unwrap();
            assert_eq!(value, plan.value);
            assert!(value.objective.is_finite() && plan.lower_bound <= value.objective);
            let goal = PartsGoal { amount: value.amount, ..*goal };
            let bound = check::objective_bound(&graph, &goal, &plan.proof);
            assert!(plan.lower_bound <= bound * (1.0 + 1e-9));
            Some(value)
        }
        Ok(PayAnswer::Infeasible(why)) => {
            assert!(check::obstacle(&graph, goal, &why));
            None
        }
        Err(PayError::Uncertified(fault)) => panic!("{fault}"),
        _ => None,
    };
    let value = checked(&goal, planner.plan(&goal));
    assert!(value.is_none_or(|value| value.amount == goal.amount));
    if let Ok(binds) = planner.binding(&goal) {
        assert!(value.is_none() || binds.is_empty());
    }
    if limits & 8 == 0 {
        return;
    }
    let budget = goal.amount;
    if let Ok(answer @ PayAnswer::Plan(_)) = planner.spend(&goal, budget) {
        let value = checked(&goal, Ok(answer)).unwrap();
        assert!(u128::from(value.amount.0) + u128::from(value.fee.0) <= u128::from(budget.0));
    }
    let asked = [
        planner.within_fee(&goal, Msat(goal.amount.0 / 16)),
        planner.with_probability(&goal, -f64::from(mu) / 64.0),
        planner.within_both(&goal, Msat(goal.amount.0 / 64), -f64::from(mu) / 64.0),
    ];
    for found in asked.into_iter().flatten() {
        checked(&PartsGoal { mu: found.mu, ..goal }, Ok(found.answer));
    }
    for point in planner.front(&goal, 0.01).take(16).flatten() {
        checked(&PartsGoal { mu: point.mu, ..goal }, Ok(PayAnswer::Plan(point.plan)));
    }
    let goals = [goal, PartsGoal { sender: receiver, receiver: sender, ..goal }];
    match planner.batch(&goals) {
        Ok(BatchAnswer::Plan(plan)) => {
            let sets = [(goals[0], &plan.parts[0][..]), (goals[1], &plan.parts[1][..])];
            assert_eq!(check::batch(&graph, &sets).unwrap(), plan.value);
            let bound = check::prices_bound(&graph, &goals, &plan.prices, plan.value.objective);
            assert!(plan.lower_bound <= bound * (1.0 + 1e-9));
        }
        Ok(BatchAnswer::Infeasible(tolls)) => assert!(check::tolls(&graph, &goals, &tolls)),
        Err(PayError::Uncertified(fault)) => panic!("{fault}"),
        _ => {}
    }
});
