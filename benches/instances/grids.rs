//! Grids, with random arcs over them or on a torus, and roads, as instances of minimum-cost flow.

use feasible::NodeId;
use feasible::max_flow::MaxFlow;

use super::Instance;

/// A grid with arcs both ways wide enough for one way between every source and its sink; the rest at random.
pub(super) fn gridgen(nodes: usize, arcs: usize) -> Instance {
    let columns = (2 * nodes).isqrt();
    let rows = nodes / columns;
    let mut g = Instance::new(rows * columns);
    let at = |row: usize, column: usize| row * columns + column;
    let mut place = std::collections::BTreeMap::new();
    for row in 0..rows {
        for column in 0..columns {
            let here = at(row, column);
            let right = (column + 1 < columns).then(|| at(row, column + 1));
            let below = (row + 1 < rows).then(|| at(row + 1, column));
            for next in [right, below].into_iter().flatten() {
                for (tail, head) in [(here, next), (next, here)] {
                    place.insert((tail, head), g.arcs.len());
                    let cost = g.upto(10_000);
                    g.add(tail, head, 0, cost);
                }
            }
        }
    }
    for _ in 0..nodes.isqrt() {
        let (from, to, amount) = (g.below(rows * columns), g.below(rows * columns), g.upto(2000));
        g.send(from, to, amount);
        let (mut row, mut column) = (from / columns, from % columns);
        while at(row, column) != to {
            let before = at(row, column);
            if column == to % columns {
                row = if row < to / columns { row + 1 } else { row - 1 };
            } else {
                column = if column < to % columns { column + 1 } else { column - 1 };
            }
            g.arcs[place[&(before, at(row, column))]].pieces[0].0 += amount;
        }
    }
    for arc in 0..g.arcs.len() {
        let more = g.upto(1000);
        g.arcs[arc].pieces[0].0 += more;
    }
    while g.arcs.len() < arcs {
        let (tail, head, room) = (g.below(rows * columns), g.below(rows * columns), g.upto(1000));
        let cost = g.upto(10_000);
        g.add(tail, head, room, cost);
    }
    g
}

/// A torus of about n^(2/3) columns: long arcs along a row with costs over the whole range, arcs along a
/// column next to free; what would pass the seam starts at the source and ends at the sink instead. A dear
/// path through all nodes makes any amount feasible.
pub(super) fn goto(nodes: usize, arcs: usize) -> Instance {
    let rows = (1..).take_while(|y| y * y * y <= nodes).last().unwrap();
    let columns = nodes / rows;
    let degree = arcs / nodes - 1;
    let down = (1..).take_while(|d| d * d + d <= degree).last().unwrap().min(rows - 1);
    let along = degree - down;
    let mut g = Instance::new(rows * columns);
    let (source, sink) = (0, rows * columns - 1);
    let (most_room, most_cost) = (1000_i64, 10_000_i64);
    let narrowing = (most_room as f64).powf(1.0 / (along + 2) as f64);
    let mut amount = (most_room as usize).isqrt() as i64;
    for row in 0..rows {
        for column in 0..columns {
            let here = row * columns + column;
            for step in 1..=along {
                let room = (g.upto(most_room) as f64 / narrowing.powi(step as i32 - 1)).ceil() as i64;
                let (next, cost) = (row * columns + (column + step) % columns, g.upto(most_cost));
                if next == sink || column + step >= columns && here != sink {
                    amount += room;
                }
                if column + step < columns {
                    g.add(here, next, room, cost);
                    continue;
                }
                if here != sink {
                    g.add(here, sink, room, cost);
                }
                if next != source {
                    g.add(source, next, room, cost);
                }
            }
            for step in 1..=down {
                let (room, cost) = (g.upto(most_room), g.upto(8));
                g.add(here, (row + step) % rows * columns + column, room, cost);
            }
        }
    }
    while g.arcs.len() + rows * columns < arcs {
        let (tail, head, room) = (g.below(sink), g.below(sink), g.upto(32));
        let cost = g.upto(8);
        g.add(tail, head, room, cost);
    }
    for column in 0..columns {
        for row in 0..rows {
            let next = if row + 1 < rows { (row + 1) * columns + column } else { column + 1 };
            if next < rows * columns && (row + 1 < rows || column + 1 < columns) {
                g.add(row * columns + column, next, amount, most_cost / rows as i64);
            }
        }
    }
    g.send(source, sink, amount);
    g
}

/// Arcs to the right, up and down; as much from the left side to the right side as can flow.
pub(super) fn grid(rows: usize, columns: usize) -> Instance {
    let mut g = Instance::new(rows * columns + 2);
    let (source, sink) = (rows * columns, rows * columns + 1);
    for row in 0..rows {
        for column in 0..columns {
            let here = row * columns + column;
            let right = (column + 1 < columns).then_some((here, here + 1));
            let below = (row + 1 < rows).then_some((here, here + columns));
            let above = (row + 1 < rows).then_some((here + columns, here));
            for (tail, head) in [right, below, above].into_iter().flatten() {
                let (room, cost) = (g.upto(10_000), g.upto(10_000));
                g.add(tail, head, room, cost);
            }
        }
        for (tail, head) in [(source, row * columns), (row * columns + columns - 1, sink)] {
            let (room, cost) = (g.upto(10_000), g.upto(10_000));
            g.add(tail, head, room, cost);
        }
    }
    let network = g.network();
    let end = |v| NodeId::new(v).unwrap();
    let most = MaxFlow::new().solve(&network, end(source), end(sink)).unwrap().optimal().unwrap().value();
    g.send(source, sink, i64::try_from(most).unwrap());
    g
}

/// A planar grid without a third of its streets, lengths as costs. `paths`: single units between many
/// terminals; else one large amount over streets of a few widths.
pub(super) fn road(nodes: usize, paths: bool) -> Instance {
    let side = nodes.isqrt();
    let mut g = Instance::new(side * side + 1);
    for here in 0..side * side {
        let right = (here % side + 1 < side).then(|| here + 1);
        let below = (here / side + 1 < side).then(|| here + side);
        for next in [right, below].into_iter().flatten() {
            // Every fourth street is whole.
            let street = if next == here + 1 { here / side } else { here % side };
            if street % 4 != 0 && g.below(2) == 0 {
                continue;
            }
            let main = street % 4 == 0;
            let (room, length) = (
                if paths {
                    1
                } else if main {
                    60
                } else {
                    40
                },
                50 + g.upto(1000),
            );
            g.add(here, next, room, length);
            g.add(next, here, room, length);
        }
    }
    // A dear way around for whatever the streets do not hold.
    let (hub, pairs, amount) = (side * side, if paths { side / 5 } else { 1 }, if paths { 1 } else { 120 });
    for _ in 0..pairs {
        let mut crossing = || (g.below(side / 4) * 4) * side + g.below(side / 4) * 4;
        let (from, to) = (crossing(), crossing());
        g.send(from, to, amount);
        g.add(from, hub, amount, 10_000_000);
        g.add(hub, to, amount, 10_000_000);
    }
    g
}
