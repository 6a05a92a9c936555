//! Seeded rounds with a few satoshi, and what can be achieved in them by trying everything.

use std::collections::BTreeMap;

use feasible::round::{
    Anchor, Changes, Channel, Demand, Money, Prices, Reshape, Round, RoundBuilder, Rules, Touch,
};
use feasible::{DemandId, NodeId, Sat};

use super::networks::Draw;

/// A random round in which every rule plays a part and every amount is a few satoshi.
pub fn random_round(seed: u64) -> Round {
    drawn_round(seed, false)
}

/// A random round whose demands are asked in up to three scenarios of what fixed channels hold.
pub fn uncertain_round(seed: u64) -> Round {
    drawn_round(seed, true)
}

fn drawn_round(seed: u64, uncertain: bool) -> Round {
    let mut draw = Draw::new(seed);
    let nodes = 3 + draw.below(3);
    let mut b = RoundBuilder::new();
    let mut ids = Vec::new();
    for i in 0..nodes {
        let takes_part = i == 0 || draw.below(8) > 0;
        let free = Sat(if i == 0 || draw.below(2) == 0 { draw.below(6) } else { 0 });
        ids.push(if takes_part { b.add_participant(free).unwrap() } else { b.add_bystander().unwrap() });
    }
    let two = |draw: &mut Draw| {
        let one = draw.index(ids.len());
        let other = (one + 1 + draw.index(ids.len() - 1)) % ids.len();
        (ids[one], ids[other])
    };
    let mut fixed = Vec::new();
    for _ in 0..2 + draw.below(4) {
        let (u, v) = two(&mut draw);
        let anchor = match draw.below(2) {
            0 => Anchor::OnChain,
            _ => Anchor::Vtxo { remaining_blocks: u32::try_from(draw.below(4000)).unwrap() },
        };
        let (balance_u, balance_v) = (Sat(draw.below(5)), Sat(draw.below(5)));
        let reshapable = draw.below(8) > if uncertain { 3 } else { 0 };
        let id = b.add_channel(Channel { u, v, balance_u, balance_v, anchor, reshapable }).unwrap();
        if !reshapable {
            fixed.push((id, balance_u.0 + balance_v.0));
        }
    }
    let mut scenarios = Vec::new();
    for _ in 0..if uncertain { draw.below(3) } else { 0 } {
        let balances: Vec<_> = fixed.iter().map(|&(id, sum)| (id, Sat(draw.below(sum + 1)))).collect();
        scenarios.push(b.add_scenario(&balances).unwrap());
    }
    for _ in 0..draw.below(4) {
        let (u, v) = two(&mut draw);
        b.add_candidate(u, v).unwrap();
    }
    for _ in 0..3 + draw.below(4) {
        let (sender, receiver) = two(&mut draw);
        let (amount, weight) = (Sat(1 + draw.below(6)), 1 + draw.below(3));
        let demand = Demand { sender, receiver, amount, weight };
        b.add_demand(demand).unwrap();
        for &scenario in &scenarios {
            b.add_demand_in(scenario, demand).unwrap();
        }
    }
    let plain = draw.below(2) == 0;
    let small = |draw: &mut Draw, below: u64| Sat(if plain { 0 } else { draw.below(below) });
    let prices = (draw.below(3) == 0).then(|| Prices::with_budget(Sat(draw.below(2000))));
    let least = draw.below(4);
    b.build(Rules {
        max_touches: u32::try_from(draw.below(8).min(3)).unwrap(),
        capacity_min: Sat(least),
        capacity_max: Sat(least + draw.below(12)),
        reserve: small(&mut draw, 3),
        touch_fee: small(&mut draw, 2),
        front_budget: Sat(draw.below(30)),
        server: ids[0],
        prices,
    })
    .unwrap()
}

/// Balances of touched channels after a round.
pub type After = BTreeMap<Touch, (u64, u64)>;

/// The best objective, by trying every set of touched channels, every use of free funds and every split.
pub fn best_by_enumeration(round: &Round) -> u64 {
    best_by(round, &|after| objective(round, after))
}

/// The best that a plan can be worth, by trying everything.
pub fn best_by(round: &Round, worth: &dyn Fn(&After) -> u64) -> u64 {
    let touchable: Vec<Touch> = round.touches().filter(|&touch| round.touchable(touch)).collect();
    let mut best = worth(&BTreeMap::new());
    for set in 1_u32..1 << touchable.len() {
        let chosen: Vec<Touch> =
            touchable.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, &t)| t).collect();
        if chosen.len() <= round.rules().max_touches as usize {
            best = best.max(best_of_set(round, &chosen, worth));
        }
    }
    best
}

fn best_of_set(round: &Round, chosen: &[Touch], worth: &dyn Fn(&After) -> u64) -> u64 {
    let rules = round.rules();
    let price: u64 = chosen.iter().map(|&touch| round.price(touch).0).sum();
    if rules.prices.as_ref().is_some_and(|prices| price > prices.budget.0) {
        return 0;
    }
    let fronted: u64 = chosen.iter().map(|&touch| round.fronted(touch).0).sum();
    let owners: Vec<NodeId> = round.nodes().filter(|&node| round.free(node) > Sat::ZERO).collect();
    let mut best = 0;
    for used in 0_u32..1 << owners.len() {
        // The server may bring any part; more never hurts but for the budget, so what fits is enough.
        let mut purse: BTreeMap<NodeId, i64> = BTreeMap::new();
        let mut total = fronted;
        for (i, &node) in owners.iter().enumerate().filter(|&(i, _)| used >> i & 1 == 1) {
            let _ = i;
            if node != rules.server {
                total += round.free(node).0;
                purse.insert(node, round.free(node).0 as i64);
            }
        }
        if total > rules.front_budget.0 {
            continue;
        }
        let treasury = round.free(rules.server).0.min(rules.front_budget.0 - total);
        *purse.entry(rules.server).or_default() += treasury as i64;
        for &touch in chosen {
            let (u, v, old_u, old_v) = round.ends(touch).unwrap();
            *purse.entry(u).or_default() += old_u.0 as i64 - rules.touch_fee.0 as i64;
            *purse.entry(v).or_default() += old_v.0 as i64 - rules.touch_fee.0 as i64;
        }
        if purse.values().all(|&money| money >= 0) {
            best = best.max(split(round, chosen, &mut purse, &mut BTreeMap::new(), worth));
        }
    }
    best
}

/// Tries every balance of the first channel left, then of the others.
fn split(
    round: &Round,
    chosen: &[Touch],
    purse: &mut BTreeMap<NodeId, i64>,
    after: &mut After,
    worth: &dyn Fn(&After) -> u64,
) -> u64 {
    let Some((&touch, rest)) = chosen.split_first() else { return worth(after) };
    let rules = round.rules();
    let (u, v, ..) = round.ends(touch).unwrap();
    let mut best = 0;
    for x in 0..=purse[&u] as u64 {
        for y in 0..=purse[&v] as u64 {
            let closed = x + y == 0;
            let open = (rules.capacity_min.0..=rules.capacity_max.0).contains(&(x + y))
                && x.min(y) >= rules.reserve.0;
            if closed && matches!(touch, Touch::New(_)) || !closed && !open {
                continue;
            }
            *purse.get_mut(&u).unwrap() -= x as i64;
            *purse.get_mut(&v).unwrap() -= y as i64;
            after.insert(touch, (x, y));
            best = best.max(split(round, rest, purse, after, worth));
            after.remove(&touch);
            *purse.get_mut(&u).unwrap() += x as i64;
            *purse.get_mut(&v).unwrap() += y as i64;
        }
    }
    best
}

/// What can be sent in both directions of every channel where a demand is asked, as (from, to, amount).
fn arcs(round: &Round, after: &After, demand: DemandId) -> Vec<(usize, usize, u64)> {
    let reserve = round.rules().reserve.0;
    let mut arcs = Vec::new();
    for touch in round.touches() {
        let (u, v, ..) = round.ends(touch).unwrap();
        let before = round.balances(demand, touch).unwrap();
        let (x, y) = after.get(&touch).copied().unwrap_or((before[0].0, before[1].0));
        arcs.push((u.index(), v.index(), x.saturating_sub(reserve)));
        arcs.push((v.index(), u.index(), y.saturating_sub(reserve)));
    }
    arcs
}

/// What a node can pay another where a demand is asked: the least of all cuts.
pub fn payable(round: &Round, after: &After, demand: DemandId, sender: NodeId, receiver: NodeId) -> u64 {
    let arcs = arcs(round, after, demand);
    let cut = |set: u32| -> Option<u64> {
        let inside = |node: usize| set >> node & 1 == 1;
        let leaving = arcs.iter().filter(|&&(from, to, _)| inside(from) && !inside(to));
        let separates = inside(sender.index()) && !inside(receiver.index());
        separates.then(|| leaving.map(|arc| arc.2).sum())
    };
    (0_u32..1 << round.node_count()).filter_map(cut).min().unwrap()
}

/// What can leave every set of nodes, by the bits of the set.
pub fn rooms(round: &Round, after: &After) -> Vec<i64> {
    let arcs = arcs(round, after, DemandId::new(0).unwrap());
    let room = |set: u32| {
        let inside = |node: usize| set >> node & 1 == 1;
        let leaving = arcs.iter().filter(|&&(from, to, _)| inside(from) && !inside(to));
        leaving.map(|arc| i64::try_from(arc.2).unwrap()).sum()
    };
    (0..1 << round.node_count()).map(room).collect()
}

/// What a node can send over all its channels.
pub fn outbound(round: &Round, after: &After, node: NodeId) -> u64 {
    let first = DemandId::new(0).unwrap();
    arcs(round, after, first).iter().filter(|arc| arc.0 == node.index()).map(|arc| arc.2).sum()
}

/// Whether a demand is feasible.
pub fn feasible(round: &Round, after: &After, id: DemandId) -> bool {
    let demand = round.demands()[id.index()];
    payable(round, after, id, demand.sender, demand.receiver) >= demand.amount.0
}

/// The weights of all feasible demands.
pub fn objective(round: &Round, after: &After) -> u64 {
    let met = round.demand_ids().filter(|&id| feasible(round, after, id));
    met.map(|id| round.demands()[id.index()].weight).sum()
}

/// One random change of a plan.
pub fn corrupt(changes: &Changes, draw: &mut Draw, nodes: usize) -> Changes {
    let mut bad = changes.clone();
    let shift = |amount: Sat, draw: &mut Draw| match draw.below(3) {
        0 => Sat(amount.0 + 1),
        1 => Sat(amount.0.saturating_sub(1)),
        _ => Sat(draw.below(9)),
    };
    let node = |draw: &mut Draw| NodeId::new(draw.index(nodes + 1)).unwrap();
    match draw.below(7) {
        0 if !bad.touched.is_empty() => {
            let i = draw.index(bad.touched.len());
            bad.touched[i].balance_u = shift(bad.touched[i].balance_u, draw);
        }
        1 if !bad.touched.is_empty() => {
            let i = draw.index(bad.touched.len());
            bad.touched[i].balance_v = shift(bad.touched[i].balance_v, draw);
        }
        2 if !bad.touched.is_empty() => {
            let i = draw.index(bad.touched.len());
            bad.touched.push(bad.touched[i]);
        }
        3 => bad.touched.push(Reshape {
            channel: Touch::Existing(feasible::ChannelId::new(draw.index(6)).unwrap()),
            balance_u: Sat(draw.below(5)),
            balance_v: Sat(draw.below(5)),
        }),
        4 => bad.change.push(Money { node: node(draw), amount: Sat(draw.below(4)) }),
        5 => bad.used_free.push(Money { node: node(draw), amount: Sat(draw.below(4)) }),
        _ if !bad.change.is_empty() => {
            let i = draw.index(bad.change.len());
            bad.change[i].amount = shift(bad.change[i].amount, draw);
        }
        _ => {}
    }
    bad
}
