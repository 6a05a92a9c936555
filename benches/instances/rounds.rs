//! Rounds of ten classes, from six nodes to the size of the public Lightning graph.
//!
//! Channels by preferential attachment (a new one joins two ends of old ones, or now and then any node), no two between the same
//! nodes; capacities log-normal around 1.5 million sat, most balances near one end. The participants are drawn uniformly, the
//! server is the node with the most channels, or any in the rounds between peers. Half of the users bring a vTXO; the fronting
//! budget is half of what all participants could bring. Demands are log-uniform, four in five ends take part, and three
//! demands in ten are feasible before the round.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
#![allow(clippy::std_instead_of_alloc)]

use std::collections::BTreeSet;

use feasible::liquidity::{self, Balance, ChannelGraph, ChannelGraphBuilder};
use feasible::random::Random;
use feasible::round::{Anchor, Channel, Demand, Round, RoundBuilder, Rules};
use feasible::{Decision, Feasibility, Msat, NodeId, Payment, Sat};

/// What the rounds of a class have in common.
#[derive(Clone, Copy)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    nodes: usize,
    channels: usize,
    participants: usize,
    demands: usize,
    max_touches: u32,
    /// Whether every participant may open a channel with the server.
    hub: bool,
    /// Candidates between any participants.
    peers: usize,
    treasury: Sat,
    /// The largest amount of a demand.
    most: u64,
    /// Whether demands weigh more the larger they are, instead of 1.
    by_amount: bool,
}

const MEDIUM: Class = Class {
    name: "medium",
    nodes: 200,
    channels: 600,
    participants: 50,
    demands: 100,
    max_touches: 20,
    hub: true,
    peers: 60,
    treasury: Sat(12_000_000),
    most: 4_000_000,
    by_amount: false,
};
const TINY: Class = Class {
    name: "tiny",
    nodes: 6,
    channels: 8,
    participants: 4,
    demands: 5,
    max_touches: 2,
    peers: 2,
    treasury: Sat(3_000_000),
    ..MEDIUM
};
const SMALL: Class = Class {
    name: "small",
    nodes: 30,
    channels: 60,
    participants: 12,
    demands: 10,
    max_touches: 5,
    peers: 10,
    treasury: Sat(4_500_000),
    ..MEDIUM
};
const LARGE: Class = Class {
    name: "large",
    nodes: 400,
    channels: 1_200,
    participants: 100,
    demands: 200,
    max_touches: 40,
    peers: 200,
    treasury: Sat(24_000_000),
    ..MEDIUM
};
const SCALE: Class = Class {
    name: "scale",
    nodes: 10_000,
    channels: 40_000,
    participants: 500,
    demands: 1_000,
    max_touches: 100,
    peers: 1_000,
    treasury: Sat(60_000_000),
    ..MEDIUM
};

/// Rounds of a part of a network.
pub(crate) const CLASSES: [Class; 8] = [
    TINY,
    SMALL,
    Class { name: "small-tight", demands: 20, max_touches: 4, peers: 25, treasury: Sat(400_000), ..SMALL },
    MEDIUM,
    Class {
        name: "medium-tight",
        max_touches: 10,
        peers: 100,
        treasury: Sat(700_000),
        most: 8_000_000,
        ..MEDIUM
    },
    Class { name: "medium-peer", hub: false, peers: 250, treasury: Sat(1_200_000), ..MEDIUM },
    Class {
        name: "medium-value",
        max_touches: 15,
        peers: 100,
        treasury: Sat(2_400_000),
        most: 8_000_000,
        by_amount: true,
        ..MEDIUM
    },
    LARGE,
];

/// Rounds of a whole network, with plenty of money and with little.
pub(crate) const NETWORKS: [Class; 2] =
    [SCALE, Class { name: "scale-tight", treasury: Sat(6_000_000), most: 8_000_000, ..SCALE }];

/// The class of a name.
pub(crate) fn class(name: &str) -> Class {
    CLASSES.into_iter().chain(NETWORKS).find(|class| class.name == name).unwrap()
}

/// One number after the other.
struct Draw {
    random: Random,
    drawn: u64,
}

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.drawn += 1;
        usize::try_from(self.random.below(self.drawn, bound as u64)).unwrap()
    }

    fn unit(&mut self) -> f64 {
        self.drawn += 1;
        self.random.unit(self.drawn)
    }

    /// True so many times in a hundred.
    fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// A log-normal number (Box and Muller, 1958).
    fn log_normal(&mut self, median: f64, spread: f64) -> u64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        let normal = radius * libm::cos(core::f64::consts::TAU * self.unit());
        (median * libm::exp(spread * normal)) as u64
    }

    /// Two different nodes of the first so many.
    fn pair(&mut self, nodes: usize) -> (usize, usize) {
        let one = self.below(nodes);
        (one, (one + 1 + self.below(nodes - 1)) % nodes)
    }
}

/// The two nodes of a channel or candidate, whatever their order.
fn sorted((one, other): (usize, usize)) -> (usize, usize) {
    (one.min(other), one.max(other))
}

/// Who has channels with whom; node 0 is the server, and the first `participants` nodes take part.
fn pairs(class: &Class, draw: &mut Draw) -> Vec<(usize, usize)> {
    let (mut pairs, mut known, mut ends) = (Vec::new(), BTreeSet::new(), Vec::new());
    for new in 1..1_000 * class.channels {
        if pairs.len() == class.channels {
            break;
        }
        let pair = match new {
            1 => (1, 0),
            // The first nodes each open one channel, so that the graph is connected.
            _ if new < class.nodes => (new, ends[draw.below(ends.len())]),
            _ => {
                let any = draw.percent(30);
                let one = if any { draw.below(class.nodes) } else { ends[draw.below(ends.len())] };
                (one, ends[draw.below(ends.len())])
            }
        };
        if pair.0 != pair.1 && known.insert(sorted(pair)) {
            pairs.push(pair);
            ends.extend([pair.0, pair.1]);
        }
    }
    let mut degrees = vec![0; class.nodes];
    ends.iter().for_each(|&end| degrees[end] += 1);
    let most = (0..class.nodes).max_by_key(|&node| degrees[node]).unwrap();
    let server = if class.hub { most } else { draw.below(class.nodes) };
    let mut names: Vec<usize> = (0..class.nodes).collect();
    for i in (1..class.nodes).rev() {
        names.swap(i, draw.below(i + 1));
    }
    let zero = names.iter().position(|&name| name == 0).unwrap();
    names.swap(zero, server);
    pairs.iter().map(|&(one, other)| (names[one], names[other])).collect()
}

/// A channel of two nodes, by number.
fn channel((u, v): (usize, usize), class: &Class, draw: &mut Draw) -> Channel {
    let capacity = draw.log_normal(1_500_000.0, 0.93).clamp(40_000, 16_777_215);
    let near = 0.025 * draw.unit();
    let share = match draw.below(100) {
        0..35 => near,
        35..70 => 1.0 - near,
        _ => draw.unit(),
    };
    let balance = (capacity as f64 * share) as u64;
    let reshapable = u.max(v) < class.participants;
    let vtxo = reshapable && draw.percent(65);
    let remaining_blocks = u32::try_from(draw.below(4_320)).unwrap();
    Channel {
        u: id(u),
        v: id(v),
        balance_u: Sat(balance),
        balance_v: Sat(capacity - balance),
        anchor: if vtxo { Anchor::Vtxo { remaining_blocks } } else { Anchor::OnChain },
        reshapable,
    }
}

/// The channels as a graph that payments are decided on.
fn graph(nodes: usize, channels: &[Channel]) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in 0..nodes {
        b.add_node().unwrap();
    }
    for channel in channels {
        let (low, high, balance) = if channel.u < channel.v {
            (channel.u, channel.v, channel.balance_u)
        } else {
            (channel.v, channel.u, channel.balance_v)
        };
        let known = Balance::Known(Msat::from(balance));
        b.add_channel(liquidity::Channel::new(low, high, channel.capacity()).balance(known)).unwrap();
    }
    b.build()
}

/// Demands, three in ten of them feasible on the graph as it is.
fn demands(class: &Class, draw: &mut Draw, graph: &ChannelGraph, purses: &[u64]) -> Vec<Demand> {
    let mut view = Feasibility::new(graph);
    let (mut demands, mut wanted) =
        (Vec::new(), [class.demands - class.demands * 3 / 10, class.demands * 3 / 10]);
    for _ in 0..1_000 * class.demands {
        if wanted == [0, 0] {
            break;
        }
        let [from, to] = [0; 2].map(|_| {
            let among = if draw.percent(80) { class.participants } else { class.nodes };
            draw.below(among)
        });
        let amount = (20_000.0 * libm::pow(class.most as f64 / 20_000.0, draw.unit())) as u64;
        // What no round is likely to bring the sender only now and then.
        if from == to || (amount > purses[from] && draw.percent(90)) {
            continue;
        }
        let payment = Payment::new(id(from), id(to), Msat::from(Sat(amount)));
        let feasible = matches!(view.decide(payment).unwrap(), Decision::Feasible(_));
        let left = &mut wanted[usize::from(feasible)];
        if *left > 0 {
            *left -= 1;
            let weight = if class.by_amount { 1 + amount / 10_000 } else { 1 };
            demands.push(Demand { sender: id(from), receiver: id(to), amount: Sat(amount), weight });
        }
    }
    assert_eq!(wanted, [0, 0], "{}: too few demands", class.name);
    demands
}

/// A round of a class; the same one for the same seed.
pub(crate) fn round(class: &Class, seed: u64) -> Round {
    let random = Random::new(seed).stream(class.nodes as u64).stream(u64::from(class.max_touches));
    let draw = &mut Draw { random, drawn: 0 };
    let pairs = pairs(class, draw);
    let channels: Vec<Channel> = pairs.iter().map(|&pair| channel(pair, class, draw)).collect();
    let mut purses = vec![0; class.nodes];
    let mut fundable = 0;
    for channel in &channels {
        purses[channel.u.index()] += channel.balance_u.0;
        purses[channel.v.index()] += channel.balance_v.0;
        fundable += if channel.anchor == Anchor::OnChain { 0 } else { channel.capacity().0 };
    }
    let mut b = RoundBuilder::new();
    for (node, purse) in purses.iter_mut().enumerate() {
        *purse += *purse * 3 / 10;
        if node >= class.participants {
            b.add_bystander().unwrap();
            continue;
        }
        let vtxo = if draw.percent(55) { draw.log_normal(490_000.0, 0.7) } else { 0 };
        let free = if node == 0 { class.treasury.0 } else { vtxo };
        b.add_participant(Sat(free)).unwrap();
        *purse += free;
        fundable += free;
    }
    for &channel in &channels {
        b.add_channel(channel).unwrap();
    }
    let mut joined: BTreeSet<_> = pairs.into_iter().map(sorted).collect();
    let users = (1..class.participants).filter(|_| class.hub).map(|user| (0, user));
    let mut candidates: Vec<_> = users.filter(|&pair| joined.insert(pair)).collect();
    let total = candidates.len() + class.peers;
    for _ in 0..100 * class.peers {
        let pair = sorted(draw.pair(class.participants));
        if candidates.len() < total && joined.insert(pair) {
            candidates.push(pair);
        }
    }
    for (u, v) in candidates {
        b.add_candidate(id(u), id(v)).unwrap();
    }
    for demand in demands(class, draw, &graph(class.nodes, &channels), &purses) {
        b.add_demand(demand).unwrap();
    }
    b.build(Rules {
        max_touches: class.max_touches,
        capacity_min: Sat(20_000),
        capacity_max: Sat(16_777_215),
        reserve: Sat::ZERO,
        touch_fee: Sat::ZERO,
        front_budget: Sat(fundable / 2),
        server: id(0),
        prices: None,
    })
    .unwrap()
}

fn id(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}
