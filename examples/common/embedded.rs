//! The problem that `solve` solves without a file.

use feasible::NetworkBuilder;
use feasible::io::dimacs;
use feasible::random::Random;

use super::exit::Bad;
use super::input::Input;

/// A feasible minimum-cost flow problem: a ring with room for all supplies, and random arcs.
pub fn embedded() -> Result<Input, Bad> {
    let (random, nodes, arcs) = (Random::new(1), 1_000, 8_000);
    let mut b = NetworkBuilder::<i64>::new();
    let mut ids = Vec::new();
    for i in 0..nodes {
        let supply = [20, 0, -5, -15, 0].get(i % 5).copied().unwrap_or(0);
        ids.push(b.add_node(supply).map_err(Bad::new)?);
    }
    let mut drawn = 0;
    let mut below = |bound: usize| {
        drawn += 1;
        usize::try_from(random.below(drawn, bound as u64)).unwrap_or(0)
    };
    for i in 0..arcs {
        let (tail, head, room, cost) = if i < nodes {
            (i, (i + 1) % nodes, 4_000, 500)
        } else {
            (below(nodes), below(nodes), below(30), below(100))
        };
        let bounds = 0..=i64::try_from(room).map_err(Bad::new)?;
        let cost = i64::try_from(cost).map_err(Bad::new)?;
        b.add_arc(ids[tail], ids[head], bounds, cost).map_err(Bad::new)?;
    }
    let mut text = String::new();
    dimacs::write_min(&b.build().map_err(Bad::new)?, &mut text).map_err(Bad::new)?;
    Ok(Input { name: "embedded".to_owned(), text })
}
