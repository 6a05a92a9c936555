//! Optimal flows of numbers that fit into 64 bits with room to spare: one pass over the arcs.
//!
//! They need no checked sums and no `i128` but for the cost. Whether everything holds is all that is asked; what does not is looked for by [`super::network`].
//!
//! On large networks the pass takes as long as its memory takes to arrive, and most arcs of an optimal flow are idle (all but
//! n - 1 are at a bound or a breakpoint). Where all lower bounds are 0 an arc without flow needs its reduced cost only; its upper bound is
//! read if that is negative, its lower bound never. Slopes never fall, so the first one will do where costs are bent.

use alloc::vec::Vec;

use super::network::{NARROW, add_cost, signs, value};
use crate::id::{ArcMap, NodeMap};
use crate::network::Network;
use crate::num::FlowNum;

/// What the flow costs, if it is one and the potentials prove it optimal; `None` if not, or if numbers are large,
/// or arcs unbounded. The memory of sums and of potentials in 64 bits is used again. O(n + m).
pub(super) fn optimal_cost<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    [sums, prices]: [&mut Vec<i64>; 2],
) -> Option<i128> {
    let ranges = network.ranges();
    let small = ranges.flow <= NARROW && ranges.slope <= NARROW;
    if !small || !network.unbounded.is_empty() || flows.len() != network.arc_count() {
        return None;
    }
    let mut fit = true;
    sums.clear();
    sums.extend(network.supply.iter().map(|supply| {
        let (low, whole) = low(supply.widen());
        fit &= whole & (low > i64::MIN);
        low.wrapping_neg()
    }));
    prices.clear();
    prices.extend(potentials.as_slice().iter().map(|&potential| {
        let (low, whole) = low(potential);
        fit &= whole & (i128::from(low.unsigned_abs()) <= NARROW);
        low
    }));
    if !fit {
        return None;
    }
    let flows = flows.as_slice();
    let total = match (ranges.plain, network.costs.begin.is_empty()) {
        (true, true) => add_up::<N, true, false>(network, flows, sums, prices),
        (true, false) => add_up::<N, true, true>(network, flows, sums, prices),
        (false, true) => add_up::<N, false, false>(network, flows, sums, prices),
        (false, false) => add_up::<N, false, true>(network, flows, sums, prices),
    };
    total.filter(|_| sums.iter().all(|&sum| sum == 0))
}

/// Adds the flows to the sums; returns their cost if bounds and reduced costs are as they should be. Where `PLAIN`, all
/// lower bounds are 0; unless `BENT`, all costs are linear.
fn add_up<N: FlowNum, const PLAIN: bool, const BENT: bool>(
    network: &Network<N>,
    flows: &[N],
    sums: &mut [i64],
    prices: &[i64],
) -> Option<i128> {
    let (mut hold, mut total) = (true, 0_i128);
    // One length for both: an index is compared once.
    let prices = &prices[..sums.len()];
    let ends = network.tail.iter().zip(&network.head);
    let moved = network.costs.first.iter().zip(flows);
    let (lower, upper) = (&network.lower[..flows.len()], &network.upper[..flows.len()]);
    for (arc, ((tail, head), (&slope, &flow))) in ends.zip(moved).enumerate() {
        let (amount, slope) = (narrow(flow)?, narrow(slope)?);
        let (tail, head) = (tail.index(), head.index());
        let drop = prices[tail] - prices[head];
        // Where no other flow is admitted the slope may be of any size, and so may a first one below all bounds.
        let (reduced, over) = slope.overflowing_add(drop);
        if PLAIN && amount == 0 && (!BENT || reduced >= 0 && !over) {
            // An arc that is fixed may have a reduced cost of either sign.
            if reduced < 0 {
                hold &= upper[arc] == N::ZERO;
            }
            continue;
        }
        let (lower, upper) = (if PLAIN { N::ZERO } else { lower[arc] }, upper[arc]);
        sums[tail] = sums[tail].wrapping_add(amount);
        sums[head] = sums[head].wrapping_sub(amount);
        hold &= (lower <= flow) & (flow <= upper);
        if BENT {
            signs(network, arc, flow, i128::from(drop)).ok()?;
            total = add_cost(total, value(network, arc, flow).ok()?).ok()?;
        } else {
            hold &= ((flow == upper) | (reduced >= 0)) & ((flow == lower) | (reduced <= 0));
            total = total.wrapping_add(i128::from(amount) * i128::from(slope));
        }
    }
    hold.then_some(total)
}

/// The low 64 bits of a number, and whether they are all of it.
#[inline]
#[allow(clippy::cast_possible_truncation)] // which is told
fn low(number: i128) -> (i64, bool) {
    (number as i64, i128::from(number as i64) == number)
}

/// A number in 64 bits.
#[inline]
fn narrow<N: FlowNum>(number: N) -> Option<i64> {
    i64::try_from(number.widen()).ok()
}

#[cfg(test)]
mod tests {
    use super::optimal_cost;
    use crate::check::Sums;
    use crate::check::network::optimal_cost as checked;
    use crate::random::Random;
    use crate::{ArcMap, Network, NetworkBuilder, NodeMap, PiecewiseCost};
    use alloc::vec::Vec;

    fn quick(network: &Network, flows: &ArcMap<i64>, potentials: &NodeMap<i128>) -> Option<i128> {
        optimal_cost(network, flows, potentials, [&mut Vec::new(), &mut Vec::new()])
    }

    /// Whether everything holds, from the definitions.
    fn naive(network: &Network, flows: &ArcMap<i64>, potentials: &NodeMap<i128>) -> Option<i128> {
        let mut sums: Vec<i64> = network.nodes().map(|node| -network.supply(node)).collect();
        let mut total = 0;
        for arc in network.arcs() {
            let (flow, slopes) = (flows[arc], network.cost(arc));
            let (tail, head) = (network.tail(arc), network.head(arc));
            let (lower, upper) = (network.lower(arc), network.upper(arc)?);
            if flow < lower || flow > upper {
                return None;
            }
            sums[tail.index()] += flow;
            sums[head.index()] -= flow;
            let drop = potentials[tail] - potentials[head];
            // One unit more and one unit less may not pay.
            let by = |end: i64| {
                slopes.value(end).unwrap() - slopes.value(flow).unwrap() + i128::from(end - flow) * drop
            };
            if flow < upper && by(flow + 1) < 0 || flow > lower && by(flow - 1) < 0 {
                return None;
            }
            total += slopes.value(flow).unwrap();
        }
        sums.iter().all(|&sum| sum == 0).then_some(total)
    }

    /// Three nodes, up to five arcs and small numbers, so that a good part of what is drawn holds.
    #[test]
    fn the_pass_says_what_the_definitions_say() {
        let (mut yes, mut no) = ([0; 4], [0; 4]);
        for seed in 0..40_000 {
            let noise = Random::new(seed);
            let below = |index: u64, bound: u64| i64::try_from(noise.below(index, bound)).unwrap();
            let kind = usize::try_from(noise.below(0, 4)).unwrap();
            let (plain, bent) = (kind % 2 == 0, kind > 1);
            let arcs = 1 + noise.below(1, 5);
            let drawn: Vec<[i64; 6]> = (0..arcs)
                .map(|arc| {
                    let own = |index: u64, bound: u64| below(100 + 10 * arc + index, bound);
                    let lower = if plain { 0 } else { own(0, 3) - 1 };
                    let width = own(1, 3);
                    [
                        own(2, 3),
                        own(3, 3),
                        lower,
                        lower + width,
                        own(4, 5) - 2,
                        lower + own(5, width.unsigned_abs() + 1),
                    ]
                })
                .collect();
            let mut supply = [0; 3];
            for &[tail, head, .., flow] in &drawn {
                supply[usize::try_from(tail).unwrap()] += flow;
                supply[usize::try_from(head).unwrap()] -= flow;
            }
            supply[0] += i64::from(noise.below(2, 8) == 0);
            supply[1] -= i64::from(noise.below(2, 8) == 0);
            let mut b = NetworkBuilder::new();
            let nodes: Vec<_> = supply.iter().map(|&supply| b.add_node(supply).unwrap()).collect();
            for (at, &[tail, head, lower, upper, cost, _]) in drawn.iter().enumerate() {
                let [tail, head] = [tail, head].map(|end| nodes[usize::try_from(end).unwrap()]);
                if bent {
                    let bend = below(200 + at as u64, 4) - 1;
                    let cost = PiecewiseCost::new(cost - 1, [(bend, cost)]).unwrap();
                    b.add_arc(tail, head, lower..=upper, cost).unwrap();
                } else {
                    b.add_arc(tail, head, lower..=upper, cost).unwrap();
                }
            }
            let Ok(network) = b.build() else { continue };
            let flows: ArcMap<i64> = drawn.iter().map(|&[.., flow]| flow).collect();
            let flows =
                if noise.below(3, 8) == 0 { flows.iter().map(|(_, flow)| flow + 1).collect() } else { flows };
            let potentials: NodeMap<i128> = (0..3).map(|node| i128::from(below(300 + node, 4))).collect();
            let found = quick(&network, &flows, &potentials);
            assert_eq!(found, naive(&network, &flows, &potentials), "seed {seed}");
            assert_eq!(found, checked(&network, &flows, &potentials, &mut Sums::default()).ok());
            (if found.is_some() { &mut yes } else { &mut no })[kind] += 1;
        }
        assert!(yes.iter().chain(&no).all(|&count| count > 500), "{yes:?} {no:?}");
    }

    /// The first slope of the arc is as low as a number can be, and below its bounds; at 0 its slope is 1. With these potentials one more
    /// unit saves 9, and the sum of first slope and potentials leaves 64 bits to the side of large numbers.
    #[test]
    fn a_first_slope_below_all_bounds_may_be_of_any_size() {
        let mut b = NetworkBuilder::new();
        let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
        b.add_arc(s, t, 0..=5, PiecewiseCost::new(i64::MIN, [(-1, 1)]).unwrap()).unwrap();
        let network = b.build().unwrap();
        let flows = ArcMap::from_vec(alloc::vec![0]);
        for (potential, holds) in [(10, false), (1, false), (0, true), (-1, true)] {
            let potentials = NodeMap::from_vec(alloc::vec![0, potential + 1]);
            assert_eq!(quick(&network, &flows, &potentials).is_some(), holds, "{potential}");
        }
    }
}
