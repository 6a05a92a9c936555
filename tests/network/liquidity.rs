//! The channel graph: what is refused, what states and wealth are, what generated graphs look like.

use feasible::liquidity::{GraphError, Policy, Within, generate};
use feasible::{
    Balance, Channel, ChannelGraph, ChannelGraphBuilder, ChannelId, Direction, Msat, NodeId, Sat,
};

fn node(i: usize) -> NodeId {
    NodeId::new(i).unwrap()
}

fn two() -> ChannelGraphBuilder {
    let mut b = ChannelGraphBuilder::new();
    b.add_node().unwrap();
    b.add_node().unwrap();
    b
}

fn ten() -> Channel {
    Channel::new(node(0), node(1), Sat(10))
}

fn refused(channel: Channel) -> GraphError {
    let mut b = two();
    let error = b.add_channel(channel).unwrap_err();
    assert_eq!(b.channel_count(), 0);
    error
}

#[test]
fn what_cannot_be_a_channel_is_refused() {
    let channel = ChannelId::new(0).unwrap();
    let policy = Policy {
        enabled: true,
        base_fee: Msat(0),
        ppm: 0,
        htlc_min: Msat(10_001),
        htlc_max: Msat(20_000),
        cltv_delta: 0,
    };
    assert!(matches!(refused(Channel::new(node(0), node(2), Sat(1))), GraphError::UnknownNode { .. }));
    assert!(matches!(refused(Channel::new(node(1), node(1), Sat(1))), GraphError::SameParty { .. }));
    for capacity in [Sat(0), Sat(Sat::SUPPLY.0 + 1), Sat(u64::MAX)] {
        let error = refused(Channel::new(node(0), node(1), capacity));
        assert_eq!(error, GraphError::Capacity { channel, capacity, limit: Sat::SUPPLY });
    }
    for balance in [
        Balance::Known(Msat(10_001)),
        Balance::Known(Msat(u64::MAX)),
        Balance::Between { lo: Msat(0), hi: Msat(10_001) },
    ] {
        assert!(matches!(refused(ten().balance(balance)), GraphError::AboveCapacity { what: "balance", .. }));
    }
    let crossed = Balance::Between { lo: Msat(2), hi: Msat(1) };
    assert_eq!(
        refused(ten().balance(crossed)),
        GraphError::EmptyBalance { channel, lo: Msat(2), hi: Msat(1) }
    );
    let most = Msat(u64::MAX);
    assert!(matches!(refused(ten().reserve(Direction::BToA, most)), GraphError::AboveCapacity { .. }));
    let known = ten().balance(Balance::Known(Msat(4_000)));
    assert_eq!(
        refused(known.in_flight(Direction::BToA, Msat(6_001))),
        GraphError::InFlight {
            channel,
            direction: Direction::BToA,
            in_flight: Msat(6_001),
            limit: Msat(6_000)
        }
    );
    let both = ten().in_flight(Direction::AToB, Msat(6_000)).in_flight(Direction::BToA, Msat(6_000));
    assert!(matches!(refused(both), GraphError::AboveCapacity { .. }));
    assert!(matches!(refused(ten().policy(Direction::AToB, policy)), GraphError::AboveCapacity { .. }));
    let narrow = Policy { htlc_min: Msat(2), htlc_max: Msat(1), ..policy };
    assert!(matches!(refused(ten().policy(Direction::AToB, narrow)), GraphError::HtlcLimits { .. }));
    // Announcements above the capacity exist, and a disabled direction says nothing.
    let mut b = two();
    b.add_channel(ten().policy(Direction::AToB, Policy { htlc_min: Msat(0), ..policy })).unwrap();
    b.add_channel(ten().policy(Direction::AToB, Policy { enabled: false, ..narrow })).unwrap();
    // The sum of all capacities is limited too.
    let rest = Sat(Sat::SUPPLY.0 - 20);
    assert!(b.add_channel(Channel::new(node(0), node(1), Sat(rest.0 + 1))).is_err());
    b.add_channel(Channel::new(node(0), node(1), rest)).unwrap();
    assert!(b.add_channel(Channel::new(node(0), node(1), Sat(1))).is_err());
}

#[test]
fn liquidity_is_what_is_left() {
    let mut b = two();
    let channel = ten()
        .balance(Balance::Between { lo: Msat(2_000), hi: Msat(7_000) })
        .reserve(Direction::AToB, Msat(500))
        .in_flight(Direction::AToB, Msat(2_000))
        .in_flight(Direction::BToA, Msat(3_000));
    let id = b.add_channel(channel).unwrap();
    let graph = b.build();
    let within = |certain, possible| Within { certain: Msat(certain), possible: Msat(possible) };
    assert_eq!(graph.liquidity(id, Direction::AToB), within(0, 4_500));
    assert_eq!(graph.liquidity(id, Direction::BToA), within(0, 5_000));
    assert_eq!(graph.wealth(node(0)), within(2_000, 7_000));
    assert_eq!(graph.wealth(node(1)), within(3_000, 8_000));
    assert_eq!(graph.wealth(node(9)), within(0, 0));
}

#[test]
fn balances_change_together_or_not_at_all() {
    let mut graph = generate::lightning(20, 40, 1).unwrap();
    let before = graph.clone();
    let (first, last) = (ChannelId::new(0).unwrap(), ChannelId::new(39).unwrap());
    let too_much = Msat(graph.channel(last).capacity().0 * 1000 + 1);
    let changes = [(first, Balance::Known(Msat(1))), (last, Balance::Known(too_much))];
    assert!(matches!(graph.set_balances(changes), Err(GraphError::AboveCapacity { .. })));
    assert_eq!(graph, before);
    let missing = ChannelId::new(40).unwrap();
    let error = graph.set_balance(missing, Balance::Known(Msat(0))).unwrap_err();
    assert_eq!(error, GraphError::UnknownChannel { channel: missing, channels: 40 });
    graph.set_balances([(first, Balance::Known(Msat(1))), (first, Balance::Known(Msat(2)))]).unwrap();
    assert_eq!(graph.channel(first).balance_of_a(), Balance::Known(Msat(2)));
}

fn balances(graph: &ChannelGraph) -> Vec<u64> {
    graph.channels().map(|channel| graph.channel(channel).balance_of_a().lo().0).collect()
}

#[test]
fn drawn_balances_are_uniform_on_whole_satoshi() {
    let mut counts = [0_u32; 4];
    let mut b = two();
    for _ in 0..4000 {
        b.add_channel(Channel::new(node(0), node(1), Sat(3))).unwrap();
    }
    let mut graph = b.clone().build();
    graph.draw_balances(3);
    for balance in balances(&graph) {
        assert_eq!(balance % 1000, 0);
        counts[usize::try_from(balance / 1000).unwrap()] += 1;
    }
    // The standard deviation is 27.
    assert!(counts.iter().all(|count| count.abs_diff(1000) < 140), "{counts:?}");
    // A longer graph has the same balances at the front; another seed has others.
    b.add_channel(Channel::new(node(0), node(1), Sat(3))).unwrap();
    let mut longer = b.build();
    longer.draw_balances(3);
    assert_eq!(balances(&longer)[..4000], balances(&graph));
    longer.draw_balances(4);
    assert_ne!(balances(&longer)[..4000], balances(&graph));
}

#[test]
fn drawn_balances_cover_what_is_in_flight() {
    for (out, back) in [(1_500, 8_500), (500, 9_500), (0, 10_000), (9_001, 0), (300, 300)] {
        let mut b = two();
        let channel = ten().in_flight(Direction::AToB, Msat(out)).in_flight(Direction::BToA, Msat(back));
        b.add_channel(channel).unwrap();
        let mut graph = b.build();
        for seed in 0..50 {
            graph.draw_balances(seed);
            let balance = balances(&graph)[0];
            assert!(out <= balance && balance <= 10_000 - back);
        }
    }
}

#[test]
fn seeded_values_are_pinned() {
    // A change here changes every seeded result.
    let mut graph = generate::lightning(6, 8, 42).unwrap();
    let capacities: Vec<u64> = graph.channels().map(|c| graph.channel(c).capacity().0).collect();
    let drawn = balances(&graph);
    graph.draw_balances(1);
    assert_eq!((capacities, drawn, balances(&graph)), pinned());
}

fn pinned() -> (Vec<u64>, Vec<u64>, Vec<u64>) {
    (
        vec![337_863, 20_000, 1_405_942, 48_712_467, 6_119_126, 33_649_166, 3_010_795, 155_815_909],
        vec![
            331_533_000,
            10_481_000,
            49_503_000,
            35_394_589_000,
            6_093_370_000,
            33_342_603_000,
            2_995_463_000,
            48_155_122_000,
        ],
        vec![
            190_388_000,
            5_705_000,
            366_584_000,
            36_268_055_000,
            4_954_469_000,
            33_425_682_000,
            2_696_613_000,
            128_557_673_000,
        ],
    )
}

#[test]
fn generated_graphs_look_like_lightning() {
    let graph = generate::lightning(5_000, 16_000, 9).unwrap();
    assert_eq!(graph.components().sizes, [5_000]);
    let mut degrees: Vec<usize> = graph.nodes().map(|node| graph.channels_of(node).len()).collect();
    degrees.sort_unstable();
    assert!(degrees[2_500] <= 4 && degrees[4_999] > 100, "{:?}", &degrees[4_990..]);
    let mut capacities: Vec<u64> = graph.channels().map(|c| graph.channel(c).capacity().0).collect();
    capacities.sort_unstable();
    let median = capacities[8_000];
    assert!((1_350_000..1_650_000).contains(&median), "{median}");
    assert!((10..14).contains(&(capacities[14_400] / median)), "{}", capacities[14_400]);
    let depleted = graph
        .channels()
        .filter(|&c| {
            let channel = graph.channel(c);
            let (least, whole) = (channel.owned(Direction::AToB).certain.0, channel.capacity().0 * 1000);
            least.min(whole - least) * 20 < whole
        })
        .count();
    // 10 % of the uniform half and about half of the others (u^4 < 1/20) lie within 5 % of an end.
    assert!((4_000..5_500).contains(&depleted), "{depleted}");
}

#[test]
fn small_generated_graphs_exist() {
    for nodes in 0..4 {
        for channels in 0..6 {
            let graph = generate::lightning(nodes, channels, 5).unwrap();
            assert_eq!(graph.node_count(), nodes);
            let least = nodes.saturating_sub(1);
            let expected = if nodes < 2 { 0 } else { channels.max(least) };
            assert_eq!(graph.channel_count(), expected);
        }
    }
}
