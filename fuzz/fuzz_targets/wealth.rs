//! Bytes to a small graph with pools: wealth, several payments, counts, draws and rebalancing must agree with each other, every
//! answer must pass the checker, and nothing may panic.
#![no_main]

use feasible::feasibility::{
    Holding, Netted, Rates, Sequence, Target, Wealth, WealthSampler, feasible_count, state_count,
    wealth_count,
};
use feasible::{
    Balance, Channel, ChannelGraph, ChannelGraphBuilder, Feasibility, Msat, NodeMap, Payment, Sat,
};
use libfuzzer_sys::fuzz_target;

/// Numbers read from the bytes, zeros after the end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u64 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first.into()
    }

    fn below(&mut self, bound: u64) -> usize {
        usize::try_from(self.byte() % bound).unwrap()
    }
}

fn graph(bytes: &mut Bytes<'_>) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    let nodes: Vec<_> = (0..2 + bytes.below(4)).filter_map(|_| b.add_node().ok()).collect();
    for _ in 0..1 + bytes.below(8) {
        let capacity = 1 + bytes.byte() % 9;
        let mut parties = [0; 3].map(|_| nodes[bytes.below(nodes.len() as u64)]).to_vec();
        if bytes.byte() % 4 > 0 {
            let balance = Msat(bytes.byte() * 37 % (capacity * 1000 + 1));
            let channel = Channel::new(parties[0], parties[1], Sat(capacity));
            let _ = b.add_channel(channel.balance(Balance::Known(balance)));
            continue;
        }
        parties.sort_unstable();
        parties.dedup();
        let first = Msat(bytes.byte() * 37 % (capacity * 1000 + 1));
        let rest = Msat(capacity * 1000 - first.0);
        let balances = [first, rest, Msat::ZERO];
        let _ = b.add_pool(Sat(capacity), &parties.into_iter().zip(balances).collect::<Vec<_>>());
    }
    b.build()
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let graph = graph(&mut bytes);
    let nodes: Vec<_> = graph.parties().collect();
    let balances = graph.channels().map(|id| graph.channel(id).balance_of_a().lo()).collect();
    let wealth = Wealth::of_balances(&graph, &balances).expect("they are the graph's");
    assert!(matches!(wealth.holding().unwrap(), Holding::Held(_)));
    let feasibility = Feasibility::new(&graph);

    // Several payments.
    let payment = |bytes: &mut Bytes<'_>| {
        let from = bytes.below(nodes.len() as u64);
        let to = (from + 1 + bytes.below(nodes.len() as u64 - 1)) % nodes.len();
        Payment::new(nodes[from], nodes[to], Msat(bytes.byte() * 40))
    };
    let payments: Vec<Payment> = (0..bytes.below(5)).map(|_| payment(&mut bytes)).collect();
    let netted = matches!(feasibility.netted(&payments).unwrap(), Netted::Feasible(_));
    let ordered = matches!(feasibility.sequence(&payments, 64).unwrap(), Sequence::Order(_));
    let pending = feasibility.pending(&payments, 8).unwrap();
    assert!(netted || !ordered);
    assert!(ordered || pending.is_feasible() != Some(true));
    // The wealth after all of them is feasible iff they can be netted.
    let mut after: NodeMap<i128> = wealth.amounts().iter().map(|(_, w)| i128::from(w.0)).collect();
    for payment in &payments {
        after[payment.from] -= i128::from(payment.amount.0);
        after[payment.to] += i128::from(payment.amount.0);
    }
    let after: Option<NodeMap<Msat>> = after.iter().map(|(_, w)| u64::try_from(*w).ok().map(Msat)).collect();
    let holds = after.is_some_and(|after| {
        matches!(Wealth::new(&graph, after).unwrap().holding().unwrap(), Holding::Held(_))
    });
    assert_eq!(netted, holds);

    // Rebalancing keeps every largest amount.
    let target = Target::Shares(NodeMap::filled(graph.node_count(), 500_000));
    let best = feasibility.rebalance(&target, 1 + u32::from(bytes.0.first().copied().unwrap_or(0))).unwrap();
    let mut moved = graph.clone();
    best.circulation.apply(&mut moved).unwrap();
    let most =
        |graph: &ChannelGraph| Feasibility::new(graph).max_amount(nodes[0], nodes[1]).unwrap().amount();
    assert_eq!(most(&graph), most(&moved));

    // Counts and draws.
    let feasible = feasible_count(&graph, 20_000);
    let all = wealth_count(graph.total_capacity(), nodes.len());
    if let Ok(feasible) = &feasible {
        assert!(feasible.ln() <= state_count(&graph).ln() + 1e-9 && feasible.ln() <= all.ln() + 1e-9);
    }
    if let Ok(sampler) = WealthSampler::new(&graph) {
        let draw = sampler.seed(bytes.byte()).draw(bytes.byte()).unwrap();
        let state = draw.state(&graph).expect("it fits");
        assert!(nodes.iter().all(|&node| state.wealth(node).certain == Msat::from(draw.wealth()[node])));
    }
    if let Ok(study) = Rates::new(&graph).study(&[Sat(bytes.byte() % 9)]) {
        let rate = study.to_precision(0, 0.2).unwrap();
        assert!(0.0 <= rate.low && rate.low <= rate.high && rate.high <= 1.0);
    }
});
