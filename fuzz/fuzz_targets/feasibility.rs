//! Bytes to a small channel graph: every answer must pass the checker, decisions must agree with the
//! largest amounts, and nothing may panic.
#![no_main]

use feasible::check::{self, PaymentClaim};
use feasible::liquidity::View;
use feasible::{
    Balance, Channel, ChannelGraph, ChannelGraphBuilder, Decision, Direction, Feasibility, Msat, Payment, Sat,
};
use libfuzzer_sys::fuzz_target;

/// Numbers read from the bytes, zeros after the end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Mostly a small number, at times one near the supply of money or any other.
    fn amount(&mut self) -> u64 {
        match self.byte() {
            255 => Sat::SUPPLY.0,
            254 => Msat::SUPPLY.0,
            253 => u64::from_le_bytes([0; 8].map(|_: u8| self.byte())),
            small => u64::from(small),
        }
    }
}

fn graph(bytes: &mut Bytes<'_>) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    let nodes: Vec<_> = (0..2 + bytes.byte() % 6).filter_map(|_| b.add_node().ok()).collect();
    for _ in 0..bytes.byte() % 24 {
        let ends = bytes.byte() as usize;
        let (a, z) = (nodes[ends % nodes.len()], nodes[ends / 16 % nodes.len()]);
        let (lo, hi) = (Msat(bytes.amount()), Msat(bytes.amount()));
        let balance = if lo == hi { Balance::Known(lo) } else { Balance::Between { lo, hi } };
        let channel = Channel::new(a, z, Sat(bytes.amount()))
            .balance(balance)
            .reserve(Direction::AToB, Msat(bytes.amount()))
            .in_flight(Direction::BToA, Msat(bytes.amount()));
        // Most of what the bytes say is refused; that must not hurt.
        let _ = b.add_channel(channel);
    }
    b.build()
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let graph = graph(&mut bytes);
    let mut nodes = graph.nodes();
    let (Some(from), Some(to)) = (nodes.next(), nodes.next()) else { return };
    let amount = Msat(bytes.amount());
    let mut feasibility = Feasibility::new(&graph);
    let least = feasibility.max_amount(from, to).unwrap();
    let most = feasibility.max_possible_amount(from, to).unwrap();
    for (possible, found) in [(false, &least), (true, &most)] {
        let view = View { possible, enabled_only: false };
        let flows = found.flow().flows();
        let claim = PaymentClaim::Feasible { amount: found.amount(), flows };
        check::payment(&graph, view, from, to, claim).unwrap();
        let beyond = Msat(found.amount().0 + 1);
        let claim = PaymentClaim::Infeasible { amount: beyond, cut: found.cut() };
        check::payment(&graph, view, from, to, claim).unwrap();
    }
    assert!(least.amount() <= most.amount() && most.amount() <= Msat::from(graph.total_capacity()));
    match feasibility.decide(Payment::new(from, to, amount)) {
        Ok(Decision::Feasible(flow)) => assert!(amount <= least.amount() && flow.amount() == amount),
        Ok(Decision::Infeasible(cut)) => assert!(amount > cut.capacity && cut.capacity >= most.amount()),
        Ok(Decision::Open { .. }) => assert!(least.amount() < amount && amount <= most.amount()),
        Err(_) => assert!(amount > Msat::SUPPLY),
    }
});
