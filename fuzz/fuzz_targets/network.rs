//! Builds and amends whatever the bytes say: no panic, a refusal changes nothing, what is admitted keeps
//! to its ranges, and an amended network equals one that was built like that.
#![no_main]

use feasible::{ArcCost, ArcId, Bounds, FlowNum, Network, NetworkBuilder, NodeId, PiecewiseCost};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes { data };
    match bytes.byte() % 3 {
        0 => run::<i32>(&mut bytes),
        1 => run::<i64>(&mut bytes),
        _ => run::<i128>(&mut bytes),
    }
});

/// Reads zeros after the end.
struct Bytes<'a> {
    data: &'a [u8],
}

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let (&first, rest) = self.data.split_first().unwrap_or((&0, &[]));
        self.data = rest;
        first
    }

    /// Small numbers take one byte, those around a power of two (or the ends of the type) two.
    fn number<N: FlowNum>(&mut self) -> N {
        let first = self.byte();
        let wide = match first {
            0..=191 => i128::from(first) - 96,
            192..=222 => around(self.byte() / 2, first.wrapping_sub(207)),
            223 => i128::MAX,
            224 => i128::MIN,
            _ => -around(self.byte() / 2, first.wrapping_sub(240)),
        };
        N::narrow(wide.clamp(N::MIN.widen(), N::MAX.widen())).unwrap()
    }

    fn node(&mut self) -> NodeId {
        NodeId::new(usize::from(self.byte() % 8)).unwrap()
    }

    fn arc(&mut self) -> ArcId {
        ArcId::new(usize::from(self.byte() % 16)).unwrap()
    }

    fn bounds<N: FlowNum>(&mut self) -> Bounds<N> {
        let unbounded = self.byte() % 4 == 0;
        Bounds { lower: self.number(), upper: if unbounded { None } else { Some(self.number()) } }
    }

    fn cost<N: FlowNum>(&mut self) -> ArcCost<N> {
        let first = self.number();
        let list: Vec<(N, N)> = (0..self.byte() % 4).map(|_| (self.number(), self.number())).collect();
        match PiecewiseCost::new(first, list) {
            Ok(cost) => cost.as_slopes().to_cost(),
            Err(_) => first.into(),
        }
    }
}

fn around(bits: u8, near: u8) -> i128 {
    let power = 1_i128 << bits.min(126);
    power.saturating_add(i128::from(i8::from_ne_bytes([near])))
}

fn run<N: FlowNum>(bytes: &mut Bytes<'_>) {
    let mut b = NetworkBuilder::<N>::new();
    for _ in 0..bytes.byte() % 8 {
        let supply = bytes.number();
        b.add_node(supply).unwrap();
    }
    for _ in 0..bytes.byte() % 16 {
        let (tail, head) = (bytes.node(), bytes.node());
        let (bounds, cost) = (bytes.bounds::<N>(), bytes.cost::<N>());
        let before = b.clone();
        if b.add_arc(tail, head, bounds, cost).is_err() {
            assert_eq!(b.clone().build(), before.build());
        }
    }
    let network = match b.clone().build() {
        Ok(network) => Some(network),
        Err(_) => balanced(b),
    };
    if let Some(mut network) = network {
        honest(&network);
        while !bytes.data.is_empty() {
            amend(bytes, &mut network);
        }
    }
}

/// Another chance with supplies that cancel out.
fn balanced<N: FlowNum>(mut b: NetworkBuilder<N>) -> Option<Network<N>> {
    for index in 0..8 {
        b.set_supply(NodeId::new(index)?, N::ZERO).ok();
    }
    b.build().ok()
}

fn amend<N: FlowNum>(bytes: &mut Bytes<'_>, network: &mut Network<N>) {
    let before = network.clone();
    if changes(bytes, network).is_err() {
        assert_eq!(*network, before);
    } else {
        assert_eq!(*network, rebuilt(network));
        honest(network);
    }
}

fn changes<N: FlowNum>(bytes: &mut Bytes<'_>, network: &mut Network<N>) -> Result<(), feasible::BuildError> {
    let mut amend = network.amend();
    for _ in 0..1 + bytes.byte() % 4 {
        amend = match bytes.byte() % 4 {
            0 => amend.supply(bytes.node(), bytes.number())?,
            1 => {
                // A pair that may cancel out.
                let supply: N = bytes.number();
                let other = N::narrow(-supply.widen().max(-i128::MAX)).unwrap_or(N::ZERO);
                amend.supply(bytes.node(), supply)?.supply(bytes.node(), other)?
            }
            2 => amend.bounds(bytes.arc(), bytes.bounds())?,
            _ => amend.cost(bytes.arc(), bytes.cost())?,
        };
    }
    amend.apply()
}

fn rebuilt<N: FlowNum>(network: &Network<N>) -> Network<N> {
    let mut b = NetworkBuilder::new();
    for node in network.nodes() {
        b.add_node(network.supply(node)).unwrap();
    }
    for arc in network.arcs() {
        let bounds = Bounds { lower: network.lower(arc), upper: network.upper(arc) };
        b.add_arc(network.tail(arc), network.head(arc), bounds, network.cost(arc).to_cost()).unwrap();
    }
    b.build().unwrap()
}

/// What is admitted has sums far below the end of `i128`, at any bound and in any order.
fn honest<N: FlowNum>(network: &Network<N>) {
    let (ranges, limit) = (network.ranges(), i128::MAX / 16);
    assert!(0 <= ranges.flow && ranges.flow <= limit);
    assert!(0 <= ranges.slope && 0 <= ranges.cost && ranges.cost <= limit);
    let mut cost = 0_i128;
    for arc in network.arcs() {
        let slopes = network.cost(arc);
        let lower = network.lower(arc);
        let end = match network.upper(arc) {
            Some(upper) => upper,
            None => N::narrow(ranges.flow.max(lower.widen())).expect("the reach of an unbounded arc fits"),
        };
        assert!(lower <= end);
        let mut most = 0;
        for flow in [lower, end] {
            most = slopes.value(flow).expect("a cost within the bounds fits").abs().max(most);
        }
        for piece in slopes.pieces(lower, network.upper(arc)) {
            assert!(piece.slope.widen().abs() <= ranges.slope);
            most = slopes.value(piece.from).expect("a cost within the bounds fits").abs().max(most);
        }
        cost = cost.checked_add(most).expect("the cost of all arcs fits");
    }
    assert!(cost <= ranges.cost);
    let nodes = i128::try_from(network.node_count()).unwrap();
    assert!(ranges.slope.checked_mul(nodes).is_some_and(|potential| potential <= limit / 8));
    let total: i128 = network.nodes().map(|node| network.supply(node).widen()).sum();
    assert_eq!(total, 0);
}
