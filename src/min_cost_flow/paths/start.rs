//! Layout, first potentials and first flow.

use alloc::vec;
use alloc::vec::Vec;

use super::{Half, Paths, Place};
use crate::kernel::Int;
use crate::min_cost_flow::view::{Earlier, NONE, View};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32: `fits`
impl<T: Int> Paths<T> {
    /// Lays out a network and finds a first flow and potentials. O(n + pieces), and O(n k) for k unbounded
    /// arcs of negative slope.
    pub(super) fn start<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let ranges = view.network.ranges();
        let unit = ranges.slope.max(1) * (view.network.node_count() as i128 + 2);
        self.far = T::from_wide(32 * unit);
        self.spread = T::from_wide(5 * unit);
        self.reach = T::from_wide(ranges.flow + 1);
        (self.sent, self.augmentations, self.work) = (T::zero(), 0, 0);
        self.touched.clear();
        let mut potentials = first_potentials(view, earlier, 2 * unit, meter)?;
        if first_flows(view, earlier, &potentials, &mut self.flow) > ranges.flow {
            // Only an earlier flow can be as large as that.
            potentials = first_potentials(view, None, 2 * unit, meter)?;
            first_flows(view, None, &potentials, &mut self.flow);
        }
        self.places.clear();
        self.places.extend(view.network.nodes().zip(&potentials).map(|(v, &potential)| Place {
            potential: T::from_wide(potential),
            label: self.far,
            excess: T::from_wide(view.network.supply(v).widen()),
            into: NONE,
        }));
        for (arc, &flow) in self.flow.iter().enumerate() {
            let (tail, head) = view.ends(arc);
            self.places[tail].excess -= flow;
            self.places[head].excess += flow;
        }
        self.lay_out(view);
        Ok(())
    }

    /// Residual arcs, those of a tail together.
    fn lay_out<N: FlowNum>(&mut self, view: View<'_, N>) {
        let nodes = view.network.node_count();
        let movable = |arc: usize| {
            let id = crate::id::id_at(arc);
            let (tail, head) = view.ends(arc);
            (tail != head && view.network.upper(id) != Some(view.network.lower(id))).then_some((tail, head))
        };
        self.begin.clear();
        self.begin.resize(nodes + 1, 0);
        for (tail, head) in (0..self.flow.len()).filter_map(movable) {
            self.begin[tail] += 1;
            self.begin[head] += 1;
        }
        let mut sum = 0;
        for begin in &mut self.begin {
            sum += *begin;
            *begin = sum;
        }
        let zero = T::zero();
        self.halves.clear();
        self.halves.resize(sum as usize, Half { to: 0, partner: 0, cost: zero });
        self.room.clear();
        self.room.resize(sum as usize, zero);
        self.owner.clear();
        self.owner.resize(sum as usize, 0);
        for arc in (0..self.flow.len()).rev() {
            let Some((tail, head)) = movable(arc) else { continue };
            self.begin[tail] -= 1;
            self.begin[head] -= 1;
            let (up, down) = (self.begin[tail], self.begin[head]);
            self.halves[up as usize] = Half { to: head as u32, partner: down, cost: zero };
            self.halves[down as usize] = Half { to: tail as u32, partner: up, cost: zero };
            (self.owner[up as usize], self.owner[down as usize]) = (2 * arc as u32, 2 * arc as u32 + 1);
            self.level(view, arc, up as usize, down as usize);
        }
    }

    /// Costs and rooms of an arc at its flow, upwards and downwards.
    pub(super) fn level<N: FlowNum>(&mut self, view: View<'_, N>, arc: usize, up: usize, down: usize) {
        let id = crate::id::id_at(arc);
        let (network, flow) = (view.network, self.flow[arc]);
        let (lower, upper) = (network.lower(id), network.upper(id));
        let end = upper.map_or(self.reach, |upper| T::from_wide(upper.widen()));
        // Within the bounds and the range, hence within the type.
        let at = N::narrow(flow.wide()).unwrap_or(lower);
        let slopes = network.cost(id);
        let bends = slopes.breakpoints();
        let price = |slope: N| if view.priced { T::from_wide(slope.widen()) } else { T::zero() };
        let full = self.far + self.far;
        (self.halves[up].cost, self.room[up]) = if flow < end {
            let above = bends.partition_point(|bend| bend.at <= at);
            let next = bends.get(above).filter(|bend| upper.is_none_or(|upper| bend.at < upper));
            let to = next.map_or(end, |bend| T::from_wide(bend.at.widen()));
            (price(slopes.slope_after(at)), to - flow)
        } else {
            (full, T::zero())
        };
        (self.halves[down].cost, self.room[down]) = if lower < at {
            let below = bends.partition_point(|bend| bend.at < at);
            let from = below.checked_sub(1).map_or(lower, |below| bends[below].at.max(lower));
            (-price(slopes.slope_before(at)), flow - T::from_wide(from.widen()))
        } else {
            (full, T::zero())
        };
    }
}

/// Potentials, at most 0 and not below minus `limit` before the unbounded arcs lower them.
fn first_potentials<N: FlowNum>(
    view: View<'_, N>,
    earlier: Option<Earlier<'_, N>>,
    limit: i128,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<i128>, SolveError> {
    let nodes = view.network.node_count();
    let old = earlier.filter(|_| view.priced).map_or(&[][..], |earlier| earlier.potentials);
    let high = old.iter().copied().max().unwrap_or(0);
    let near = |&potential: &i128| potential.checked_sub(high).filter(|&p| p >= -limit);
    let mut potentials: Vec<i128> = old.iter().map_while(near).collect();
    if potentials.len() != nodes {
        potentials = vec![0; nodes];
    }
    if view.network.unbounded.is_empty() || !view.priced {
        return Ok(potentials);
    }
    let last = |arc| view.stretches::<i128>(arc).last().map_or(0, |stretch| stretch.slope);
    let open = (0..view.network.arc_count()).filter(|&arc| view.open(arc));
    let arcs: Vec<(usize, usize, i128)> =
        open.map(|arc| (view.ends(arc).0, view.ends(arc).1, last(arc))).collect();
    meter.tick(view.network.arc_count() as u64)?;
    for _ in 0..=nodes {
        let mut changed = false;
        for &(tail, head, slope) in &arcs {
            let lowered = potentials[tail] + slope;
            if lowered < potentials[head] {
                potentials[head] = lowered;
                changed = true;
            }
        }
        meter.tick(arcs.len() as u64)?;
        if !changed {
            break;
        }
    }
    Ok(potentials)
}

/// A flow that suits the potentials, as near as possible to the earlier one or to the lower bounds.
/// Returns the sum of its absolute values and of all that is supplied.
fn first_flows<N: FlowNum, T: Int>(
    view: View<'_, N>,
    earlier: Option<Earlier<'_, N>>,
    potentials: &[i128],
    flows: &mut Vec<T>,
) -> i128 {
    let network = view.network;
    let mut sum: i128 = network.nodes().map(|v| network.supply(v).widen().max(0)).sum();
    flows.clear();
    for arc in 0..network.arc_count() {
        let id = crate::id::id_at(arc);
        let lower = view.lower(arc);
        let most = network.upper(id).map_or(network.ranges().flow.max(lower), FlowNum::widen);
        let (tail, head) = view.ends(arc);
        let drop = potentials[tail] - potentials[head];
        let mut flow = earlier.map_or(lower, |earlier| earlier.flows[arc].widen().clamp(lower, most));
        if tail == head {
            flow = lower;
        } else {
            for stretch in view.stretches::<i128>(arc) {
                let reduced = stretch.slope + drop;
                if reduced < 0 {
                    flow = flow.max(stretch.to);
                } else if reduced > 0 {
                    flow = flow.min(stretch.from);
                    break;
                }
            }
        }
        sum = sum.saturating_add(flow.abs());
        flows.push(T::from_wide(flow));
    }
    sum
}
