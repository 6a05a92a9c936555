//! Rounds from bytes: every rule, amounts from nothing to all the money there is. Whatever is admitted must
//! be planned, the plan and the bound must pass their checkers, and a plan made worse must not.
#![no_main]

use feasible::round::{Anchor, Changes, Channel, Demand, Effort, Prices, RoundBuilder, RoundError, Rules};
use feasible::round::aims::Keep;
use feasible::{NodeId, RoundPlanner, Sat, check};
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
}

fn build(bytes: &mut Bytes<'_>) -> Result<feasible::round::Round, RoundError> {
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

fuzz_target!(|data: &[u8]| {
    let Ok(round) = build(&mut Bytes(data)) else { return };
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
    // Somebody drops out: the old proof, checked against the new round, and a plan that is checked too.
    let gone = round.nodes().find(|&node| round.participates(node) && node != round.rules().server);
    if let Some(gone) = gone {
        let fewer = round.without(gone).expect("takes part");
        let again = planner.replan(&fewer, &plan, &mut stop).expect("plans pass their check");
        check::bound(&fewer, again.bound()).expect("the old proof holds");
        assert!(again.objective() <= again.bound().value && again.bound().value <= plan.bound().value);
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
    }
    // One more satoshi on one side is one that nobody brought.
    let mut worse = plan.changes().clone();
    if let Some(reshape) = worse.touched.first_mut() {
        reshape.balance_u = Sat(reshape.balance_u.0 + 1);
        assert!(check::plan(&round, &worse, plan.flows()).is_err());
    }
});
