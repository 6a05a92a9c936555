//! Maximum flow by a method too simple to be wrong.

use feasible::{Network, NodeId};

/// What the definition says about a network with two terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naive {
    /// The largest amount.
    Most(i128),
    /// No amount makes a flow.
    Infeasible,
    /// Any amount makes a flow.
    Unbounded,
}

/// What can leave a node set S, given as bits, beyond its supply: out(S) - b(S), `None` if an unbounded arc leaves S.
pub fn room(network: &Network<i64>, set: usize) -> Option<i128> {
    let inside = |node: NodeId| set >> node.index() & 1 == 1;
    let mut sum = 0_i128;
    for node in network.nodes().filter(|&node| inside(node)) {
        sum -= i128::from(network.supply(node));
    }
    for arc in network.arcs() {
        match (inside(network.tail(arc)), inside(network.head(arc))) {
            (true, false) => sum += i128::from(network.upper(arc)?),
            (false, true) => sum -= i128::from(network.lower(arc)),
            _ => {}
        }
    }
    Some(sum)
}

/// By the theorems of Gale and Hoffman and of Ford and Fulkerson: looks at all 2^n node sets.
pub fn by_enumeration(network: &Network<i64>, source: NodeId, sink: NodeId) -> Naive {
    let mut most = None;
    for set in 0..1_usize << network.node_count() {
        let (s, t) = (set >> source.index() & 1, set >> sink.index() & 1);
        let Some(room) = room(network, set) else { continue };
        if s == t && room < 0 {
            return Naive::Infeasible;
        }
        if s == 1 && t == 0 {
            most = Some(most.map_or(room, |most: i128| most.min(room)));
        }
    }
    most.map_or(Naive::Unbounded, Naive::Most)
}

/// Edmonds-Karp on a matrix of capacities; returns the value.
pub fn by_matrix(mut capacity: Vec<Vec<i128>>, source: usize, sink: usize) -> i128 {
    let nodes = capacity.len();
    let mut value = 0;
    loop {
        let mut from = vec![usize::MAX; nodes];
        from[source] = source;
        let mut queue = vec![source];
        let mut next = 0;
        while let Some(&u) = queue.get(next) {
            next += 1;
            for v in 0..nodes {
                if from[v] == usize::MAX && capacity[u][v] > 0 {
                    from[v] = u;
                    queue.push(v);
                }
            }
        }
        if from[sink] == usize::MAX {
            return value;
        }
        let mut amount = i128::MAX;
        let mut v = sink;
        while v != source {
            amount = amount.min(capacity[from[v]][v]);
            v = from[v];
        }
        v = sink;
        while v != source {
            capacity[from[v]][v] -= amount;
            capacity[v][from[v]] += amount;
            v = from[v];
        }
        value += amount;
    }
}
