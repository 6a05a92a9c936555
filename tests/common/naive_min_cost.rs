//! Minimum-cost flow by a method too simple to be wrong.
//!
//! One unit at a time: first from nodes with too much to nodes with too little over any residual path,
//! then around any negative residual cycle, until there is none. Costs are sums of the slopes of single
//! units; unboundedness is decided by Floyd and Warshall's algorithm on the unbounded arcs.

use feasible::{ArcId, FlowNum, Network, Slopes};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naive {
    Optimal(i128),
    Infeasible,
    Unbounded,
}

/// A residual unit: arc, and whether its flow rises.
type Step = (usize, bool);

struct State<'a> {
    network: &'a Network<i64>,
    flows: Vec<i64>,
}

impl State<'_> {
    /// Residual steps as (from, to, slope, step).
    fn steps(&self) -> Vec<(usize, usize, i128, Step)> {
        let mut steps = Vec::new();
        for (i, arc) in self.network.arcs().enumerate() {
            let (tail, head) = (self.network.tail(arc).index(), self.network.head(arc).index());
            let (flow, cost) = (self.flows[i], self.network.cost(arc));
            if self.network.upper(arc).is_none_or(|upper| flow < upper) {
                steps.push((tail, head, i128::from(cost.slope_after(flow)), (i, true)));
            }
            if flow > self.network.lower(arc) {
                steps.push((head, tail, -i128::from(cost.slope_before(flow)), (i, false)));
            }
        }
        steps
    }

    fn take(&mut self, (arc, rises): Step) {
        self.flows[arc] += if rises { 1 } else { -1 };
    }

    fn excess(&self) -> Vec<i64> {
        let mut excess: Vec<i64> = self.network.nodes().map(|v| self.network.supply(v)).collect();
        for (i, arc) in self.network.arcs().enumerate() {
            excess[self.network.tail(arc).index()] -= self.flows[i];
            excess[self.network.head(arc).index()] += self.flows[i];
        }
        excess
    }

    /// Moves one unit from a node with too much to a node with too little; false if there is no way.
    fn move_unit(&mut self, excess: &[i64]) -> bool {
        let steps = self.steps();
        let mut into: Vec<Option<(usize, Step)>> = vec![None; excess.len()];
        let mut reached: Vec<bool> = excess.iter().map(|&e| e > 0).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for &(from, to, _, step) in &steps {
                if reached[from] && !reached[to] {
                    reached[to] = true;
                    into[to] = Some((from, step));
                    changed = true;
                }
            }
        }
        let Some(mut v) = (0..excess.len()).find(|&v| excess[v] < 0 && reached[v]) else { return false };
        while let Some((from, step)) = into[v] {
            self.take(step);
            v = from;
        }
        true
    }

    /// Moves one unit around a negative cycle; false if there is none.
    fn cancel_unit(&mut self) -> bool {
        let steps = self.steps();
        let nodes = self.network.node_count();
        let mut distance = vec![0_i128; nodes];
        let mut into: Vec<Option<(usize, Step)>> = vec![None; nodes];
        let mut lowered = None;
        for _ in 0..=nodes {
            lowered = None;
            for &(from, to, slope, step) in &steps {
                if distance[from] + slope < distance[to] {
                    distance[to] = distance[from] + slope;
                    into[to] = Some((from, step));
                    lowered = Some(to);
                }
            }
        }
        let Some(mut v) = lowered else { return false };
        for _ in 0..nodes {
            v = into[v].unwrap().0;
        }
        let stop = v;
        loop {
            let (from, step) = into[v].unwrap();
            self.take(step);
            v = from;
            if v == stop {
                return true;
            }
        }
    }
}

/// The cost of a flow on one arc, unit by unit.
pub fn unit_cost<N: FlowNum>(cost: Slopes<'_, i64>, flow: N) -> i128 {
    let flow = i64::try_from(flow.widen()).unwrap();
    let up: i128 = (0..flow).map(|x| i128::from(cost.slope_after(x))).sum();
    let down: i128 = (flow..0).map(|x| i128::from(cost.slope_after(x))).sum();
    up - down
}

fn falls_for_ever(network: &Network<i64>) -> bool {
    let nodes = network.node_count();
    let mut distance = vec![vec![None::<i128>; nodes]; nodes];
    for arc in network.arcs().filter(|&arc| network.upper(arc).is_none()) {
        let slope = i128::from(network.cost(arc).slope_after(i64::MAX));
        let entry = &mut distance[network.tail(arc).index()][network.head(arc).index()];
        *entry = Some(entry.map_or(slope, |old| old.min(slope)));
    }
    for k in 0..nodes {
        for i in 0..nodes {
            for j in 0..nodes {
                if let (Some(a), Some(b)) = (distance[i][k], distance[k][j]) {
                    distance[i][j] = Some(distance[i][j].map_or(a + b, |old| old.min(a + b)));
                }
            }
        }
    }
    (0..nodes).any(|v| distance[v][v].is_some_and(|d| d < 0))
}

/// The answer for a small network.
pub fn solve(network: &Network<i64>) -> Naive {
    let flows = network.arcs().map(|arc| network.lower(arc)).collect();
    let mut state = State { network, flows };
    loop {
        let excess = state.excess();
        if excess.iter().all(|&e| e == 0) {
            break;
        }
        if !state.move_unit(&excess) {
            return Naive::Infeasible;
        }
    }
    if falls_for_ever(network) {
        return Naive::Unbounded;
    }
    while state.cancel_unit() {}
    let arcs = network.arcs().zip(&state.flows);
    Naive::Optimal(arcs.map(|(arc, &flow): (ArcId, _)| unit_cost(network.cost(arc), flow)).sum())
}
