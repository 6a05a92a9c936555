//! Rounds from bytes: every rule, amounts from nothing to all the money there is. Whatever is admitted must
//! be planned, the plan and the bound must pass their checkers, and a plan made worse must not. A changed
//! proof is refused or proves no less than the plan reaches.
#![no_main]

use feasible::check::Violation;
use feasible::round::aims::Keep;
use feasible::round::{
    Anchor, Case, Changes, Channel, Choice, Demand, DemandCut, Effort, End, Multiplier, Multipliers, Prices,
    Round, RoundBuilder, RoundError, Rounding, Rules, SetBound, Touch, UpperBound,
};
use feasible::{CandidateId, ChannelId, DemandId, NodeId, RoundPlanner, Sat, check};
use libfuzzer_sys::fuzz_target;

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Mostly a few satoshi, now and then something large.
    fn sat(&mut self) -> Sat {
        let byte = self.next();
        Sat(match byte {
            0..=199 => u64::from(byte % 16),
            200..=239 => u64::from(self.next()) * 100_000,
            240..=250 => Sat::SUPPLY.0 / u64::from(self.next().max(1)),
            251..=253 => Sat::SUPPLY.0 - u64::from(self.next()),
            _ => u64::MAX - u64::from(self.next()),
        })
    }

    fn node(&mut self, nodes: usize) -> NodeId {
        // Now and then one node too far.
        NodeId::new(usize::from(self.next()) % (nodes + usize::from(self.next() == 255))).unwrap()
    }

    /// A channel, candidate or demand, one too far among them.
    fn below(&mut self, len: usize) -> usize {
        usize::from(self.next()) % (len + 1)
    }

    fn touch(&mut self, round: &Round) -> Touch {
        match self.next() % 2 {
            0 => Touch::Existing(ChannelId::new(self.below(round.channels().len())).unwrap()),
            _ => Touch::New(CandidateId::new(self.below(round.candidates().len())).unwrap()),
        }
    }

    fn demand(&mut self, round: &Round) -> DemandId {
        DemandId::new(self.below(round.demands().len())).unwrap()
    }

    /// One of a list.
    fn one<'b, T>(&mut self, list: &'b mut [T]) -> Option<&'b mut T> {
        let at = usize::from(self.next()) % list.len().max(1);
        list.get_mut(at)
    }

    fn multiplier(&mut self) -> u64 {
        match self.next() {
            255 => u64::MAX,
            byte => u64::from(byte % 16) * (UpperBound::SCALE / u64::from(self.next().max(1))),
        }
    }
}

fn build(bytes: &mut Bytes<'_>) -> Result<Round, RoundError> {
    let nodes = 2 + usize::from(bytes.next() % 7);
    let mut b = RoundBuilder::new();
    for _ in 0..nodes {
        if bytes.next() % 8 == 7 {
            b.add_bystander()?;
        } else {
            b.add_participant(bytes.sat())?;
        }
    }
    for _ in 0..bytes.next() % 12 {
        let (u, v) = (bytes.node(nodes), bytes.node(nodes));
        let anchor = match bytes.next() {
            kind if kind % 2 == 0 => Anchor::OnChain,
            kind => Anchor::Vtxo { remaining_blocks: u32::from(kind) * 20 },
        };
        let (balance_u, balance_v) = (bytes.sat(), bytes.sat());
        let reshapable = bytes.next() % 8 != 7;
        b.add_channel(Channel { u, v, balance_u, balance_v, anchor, reshapable })?;
    }
    for _ in 0..bytes.next() % 6 {
        let (u, v) = (bytes.node(nodes), bytes.node(nodes));
        b.add_candidate(u, v)?;
    }
    for _ in 0..bytes.next() % 8 {
        let (sender, receiver) = (bytes.node(nodes), bytes.node(nodes));
        let (amount, weight) = (bytes.sat(), u64::from(bytes.next()));
        b.add_demand(Demand { sender, receiver, amount, weight })?;
    }
    let prices = (bytes.next() % 3 == 0).then(|| Prices::with_budget(bytes.sat()));
    let (max_touches, capacity_min) = (u32::from(bytes.next() % 8), bytes.sat());
    let (capacity_max, reserve, touch_fee) = (bytes.sat(), bytes.sat(), bytes.sat());
    let (front_budget, server) = (bytes.sat(), bytes.node(nodes));
    b.build(Rules {
        max_touches,
        capacity_min,
        capacity_max,
        reserve,
        touch_fee,
        front_budget,
        server,
        prices,
    })
}

/// Changes one thing in a proof.
fn tamper(bytes: &mut Bytes<'_>, round: &Round, bound: &mut UpperBound) {
    match bytes.next() % 8 {
        0 => bound.value = u64::from(bytes.next()),
        1 => bound.hopeless.extend(bound.cuts.last().cloned()),
        2 => bound.cuts.extend(bound.hopeless.pop()),
        3 => _ = bytes.one(&mut bound.hopeless).map(|cut| tamper_cut(bytes, round, cut)),
        4 => _ = bytes.one(&mut bound.cuts).map(|cut| tamper_cut(bytes, round, cut)),
        5 => {
            let cuts = bound.cuts.len();
            _ = bytes.one(&mut bound.roundings).map(|rounding| tamper_rounding(bytes, round, cuts, rounding));
        }
        _ => {
            let other = bytes.one(&mut bound.cases).cloned();
            let rows = bound.cuts.len();
            let Some(case) = bytes.one(&mut bound.cases) else { return };
            match case {
                _ if bytes.next() % 8 == 0 => *case = other.unwrap_or(Case::Leaf(Multipliers::default())),
                Case::Leaf(leaf) => tamper_leaf(bytes, round, rows, leaf),
                Case::Branch { on, no, yes } => match bytes.next() % 4 {
                    0 => core::mem::swap(no, yes),
                    1 => *no = u32::from(bytes.next()),
                    2 => *yes = u32::from(bytes.next()),
                    _ => *on = choice(bytes, round),
                },
            }
        }
    }
}

fn tamper_rounding(bytes: &mut Bytes<'_>, round: &Round, cuts: usize, rounding: &mut Rounding) {
    match bytes.next() % 8 {
        0 => rounding.divisor = u64::from(bytes.next()),
        1 => rounding.divisor = bytes.sat().0,
        2 => rounding.met.push(bytes.demand(round)),
        3 => rounding.touched.push(bytes.touch(round)),
        4 => rounding.brought.push(bytes.node(round.node_count())),
        5 => {
            let end = if bytes.next() % 2 == 0 { End::U } else { End::V };
            rounding.full.push((bytes.touch(round), end, bytes.sat()));
        }
        6 => rounding.apart.push(bytes.touch(round)),
        _ => tamper_leaf(bytes, round, cuts, &mut rounding.of),
    }
}

fn tamper_cut(bytes: &mut Bytes<'_>, round: &Round, cut: &mut DemandCut) {
    let nodes = round.node_count();
    match bytes.next() % 9 {
        0 => cut.demands.push(bytes.demand(round)),
        1 => _ = cut.demands.pop(),
        2 => cut.kept.push(bytes.touch(round)),
        3 => cut.lifted.push(bytes.touch(round)),
        4 => _ = cut.lifted.pop(),
        5 => cut.pooled.push(bytes.node(nodes)),
        6 => _ = cut.pooled.pop(),
        7 => cut.apart.push(bytes.touch(round)),
        _ => {
            let node = NodeId::new(usize::from(bytes.next()) % nodes).unwrap();
            cut.sender_side[node] = !cut.sender_side[node];
        }
    }
}

fn tamper_leaf(bytes: &mut Bytes<'_>, round: &Round, rows: usize, leaf: &mut Multipliers) {
    let value = bytes.multiplier();
    match bytes.next() % 10 {
        0 => leaf.front = value,
        1 => leaf.price = value,
        2 => leaf.wealth.push(Multiplier { row: bytes.node(round.node_count()), value }),
        3 => leaf.cuts.push(Multiplier { row: u32::try_from(bytes.below(rows)).unwrap(), value }),
        4 | 5 => _ = bytes.one(&mut leaf.cuts).map(|cut| cut.value = value),
        6 => _ = bytes.one(&mut leaf.wealth).map(|purse| purse.value = value),
        7 => _ = leaf.cuts.pop(),
        8 => _ = leaf.roundings.pop(),
        _ => _ = bytes.one(&mut leaf.roundings).map(|rounding| rounding.value = value),
    }
}

fn choice(bytes: &mut Bytes<'_>, round: &Round) -> Choice {
    match bytes.next() % 5 {
        0 => Choice::Touch(bytes.touch(round)),
        1 => Choice::Open(bytes.touch(round)),
        2 => Choice::Demand(bytes.demand(round)),
        3 => Choice::Funds(bytes.node(round.node_count())),
        _ => {
            let end = if bytes.next() % 2 == 0 { End::U } else { End::V };
            Choice::Sendable { channel: bytes.touch(round), end, limit: bytes.sat() }
        }
    }
}

fn tamper_sets(bytes: &mut Bytes<'_>, round: &Round, bound: &mut SetBound) {
    let node = NodeId::new(usize::from(bytes.next()) % round.node_count()).unwrap();
    match bytes.next() % 4 {
        0 => bound.value = u64::from(bytes.next()),
        1 => _ = bound.cuts.pop(),
        2 => _ = bytes.one(&mut bound.cuts).map(|cut| cut.value = bytes.multiplier()),
        _ => _ = bytes.one(&mut bound.cuts).map(|cut| cut.inside[node] = !cut.inside[node]),
    }
}

/// No changed proof claims less than a plan reaches.
fn forged(checked: Result<(), Violation>, claimed: u64, reached: u64) {
    let proven = match checked {
        Ok(()) => i128::from(claimed),
        Err(Violation::Value { actual, .. }) => actual,
        Err(_) => return,
    };
    assert!(proven >= i128::from(reached), "a changed proof says {proven}, a plan reaches {reached}");
}

fuzz_target!(|data: &[u8]| {
    let bytes = &mut Bytes(data);
    let Ok(round) = build(bytes) else { return };
    let planner = RoundPlanner::new().effort(Effort::Quick);
    // At most thirty plans: enough to reach every branch, quick enough for many inputs.
    let mut stop = |progress: feasible::Progress| match progress.work {
        0..30 => core::ops::ControlFlow::Continue(()),
        _ => core::ops::ControlFlow::Break(()),
    };
    let plan = planner.plan_watched(&round, &mut stop).expect("plans pass their check");
    let verdict = check::plan(&round, plan.changes(), plan.flows()).expect("the plan keeps the rules");
    assert_eq!(verdict.objective, plan.objective());
    check::bound(&round, plan.bound()).expect("the bound holds");
    assert!(plan.objective() <= plan.bound().value);
    for _ in 0..16 {
        let mut bound = plan.bound().clone();
        for _ in 0..=bytes.next() % 4 {
            tamper(bytes, &round, &mut bound);
        }
        forged(check::bound(&round, &bound), bound.value, plan.objective());
    }
    let nothing = Changes::default();
    let before: u64 = round
        .demand_ids()
        .filter(|&demand| round.explain(&nothing, demand).is_none())
        .map(|demand| round.demands()[demand.index()].weight)
        .sum();
    assert!(plan.objective() >= before, "worse than doing nothing");
    for demand in round.demand_ids() {
        assert_eq!(round.explain(plan.changes(), demand).is_none(), plan.feasible(demand));
    }
    // Somebody drops out: the old proof, checked against the new round, and a plan that is checked too. Only without rounded
    // sums can its bound not rise: rounding what is left of a sum may bring less.
    let gone = round.nodes().find(|&node| round.participates(node) && node != round.rules().server);
    if let Some(gone) = gone {
        let fewer = round.without(gone).expect("takes part");
        let again = planner.replan(&fewer, &plan, &mut stop).expect("plans pass their check");
        check::bound(&fewer, again.bound()).expect("the old proof holds");
        assert!(again.objective() <= again.bound().value);
        assert!(again.bound().value <= plan.bound().value || !plan.bound().roundings.is_empty());
    }
    // What is feasible before stays so, and together no more than alone without cancelling is claimed.
    if let Ok(kept) = round.keeping(&Keep::everything(&round)) {
        let kept_plan = planner.plan_watched(kept.round(), &mut stop).expect("plans pass their check");
        assert_eq!(kept_plan.collateral().count(), 0);
        assert!(kept.objective(&kept_plan) <= kept.bound(&kept_plan));
    }
    if let Ok(netted) = planner.netted(&round, &mut stop) {
        check::set_bound(&round, &netted.bound).expect("the bound holds");
        assert!(netted.weight <= netted.bound.value);
        for _ in 0..8 {
            let mut bound = netted.bound.clone();
            for _ in 0..=bytes.next() % 4 {
                tamper_sets(bytes, &round, &mut bound);
            }
            forged(check::set_bound(&round, &bound), bound.value, netted.weight);
        }
    }
    // One more satoshi on one side is one that nobody brought.
    let mut worse = plan.changes().clone();
    if let Some(reshape) = worse.touched.first_mut() {
        reshape.balance_u = Sat(reshape.balance_u.0 + 1);
        assert!(check::plan(&round, &worse, plan.flows()).is_err());
    }
});
