//! Payments on small graphs of any terms: a plan is worth what its parts are worth and no less than its bound; a cut cuts.
#![no_main]

use feasible::check::{self, PartsGoal, PartsRules};
use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, Policy};
use feasible::payment::{PayAnswer, PayError, PaymentPlanner};
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
    let rules = PartsRules::new().max_parts(1 + usize::from(parts));
    let goal = PartsGoal::new(sender, receiver, Msat(amount.into()), f64::from(mu) * 1e-4).rules(&rules);
    let planner = PaymentPlanner::new(&graph).work_limit(3_000_000);
    match planner.plan(&goal) {
        Ok(PayAnswer::Plan(plan)) => {
            let value = check::parts(&graph, &goal, &plan.parts).unwrap();
            assert_eq!(value, plan.value);
            assert_eq!(value.amount, goal.amount);
            assert!(value.objective.is_finite() && plan.lower_bound <= value.objective);
            assert!(plan.parts.len() <= 1 + usize::from(parts));
        }
        Ok(PayAnswer::Infeasible(why)) => assert!(check::obstacle(&graph, &goal, &why)),
        Err(PayError::Uncertified(fault)) => panic!("{fault}"),
        _ => {}
    }
});
