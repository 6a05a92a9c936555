//! Networks of payment channels as instances of minimum-cost flow.

use super::{Arc, Instance};

/// What is asked of the payment network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// One payment.
    Payment,
    /// Many nodes have too much, many too little.
    Plan,
    /// Balances wanted elsewhere: pieces of negative cost, no terminals.
    Circulation,
}

/// Payment channels with heavy-tailed degrees and sizes, five pieces of cost per direction.
pub(super) fn channels(nodes: usize, channels: usize, ask: Ask) -> Instance {
    let mut g = Instance::new(nodes);
    let mut ends: Vec<usize> = (0..nodes).collect();
    for i in 1..channels {
        let (first, second) = if i < nodes {
            (i, g.below(i))
        } else {
            let (i, j) = (g.below(ends.len()), g.below(ends.len()));
            (ends[i], ends[j])
        };
        ends.extend([first, second]);
        let capacity = 20_000_i64 << g.below(10);
        let balance = g.upto(capacity);
        for (tail, head, room) in [(first, second, balance), (second, first, capacity - balance)] {
            let wanted = ask == Ask::Circulation && g.below(4) == 0;
            let fee = g.upto(500) - if wanted { 1500 } else { 0 };
            let unit = 50_000_000 / capacity;
            let pieces = [1_i64, 3, 8, 20, 50].map(|slope| (room / 5, fee + unit * slope * 2)).into();
            if room >= 5 && tail != head {
                g.arcs.push(Arc { tail, head, pieces });
            }
        }
    }
    let hub = nodes / 7;
    let pairs = match ask {
        Ask::Payment => 1,
        Ask::Plan => nodes / 65,
        Ask::Circulation => 0,
    };
    for _ in 0..pairs {
        let (from, to) = if pairs == 1 { (1, nodes / 2) } else { (g.below(nodes), g.below(nodes)) };
        let amount = if pairs == 1 { 2_000_000 } else { g.upto(200_000) };
        g.send(from, to, amount);
        // A dear way around, through one hub.
        for (tail, head) in [(from, hub), (hub, to)] {
            g.add(tail, head, amount, 1 << 20);
        }
    }
    g
}
