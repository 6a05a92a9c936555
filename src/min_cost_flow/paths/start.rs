//! Layout, first potentials and first flow.

use alloc::vec;
use alloc::vec::Vec;

use super::{Paths, Place};
use crate::kernel::{Int, Room};
use crate::min_cost_flow::residual::first_flows;
use crate::min_cost_flow::view::{Earlier, NONE, View};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32: `fits`
impl<T: Int, R: Room<Sum = T>> Paths<T, R> {
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
        (self.sent, self.augmentations, self.work) = (T::zero(), 0, 0);
        self.touched.clear();
        self.touched.reserve_exact(view.network.node_count());
        let warm = earlier.is_some() && self.place(view, earlier, 2 * unit, meter)?;
        if !warm {
            self.place(view, None, 2 * unit, meter)?;
        }
        self.turned = is_narrower_behind(view);
        if self.turned {
            for place in &mut self.places {
                (place.potential, place.excess) = (-place.potential, -place.excess);
            }
        }
        self.graph.lay_out(view, self.turned, false);
        Ok(())
    }

    /// First potentials and flows, and the excess that they leave; false if an earlier answer leaves as much to send
    /// as there is to send without it.
    fn place<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        limit: i128,
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        let network = view.network;
        let potentials = first_potentials(view, earlier, limit, meter)?;
        let sum = first_flows(view, earlier, &potentials, &mut self.graph.flow);
        // Only an earlier flow can be as large as that.
        if earlier.is_some() && sum > network.ranges().flow {
            return Ok(false);
        }
        self.places.clear();
        self.places.extend(network.supply.iter().enumerate().map(|(v, supply)| Place {
            potential: potentials.get(v).map_or(T::zero(), |&potential| T::from_wide(potential)),
            label: self.far,
            excess: T::from_wide(supply.widen()),
            into: NONE,
            ahead: NONE,
        }));
        let supplied = self.unsent();
        for (arc, &flow) in self.graph.flow.iter().enumerate().filter(|(_, flow)| **flow != T::zero()) {
            let (tail, head) = view.ends(arc);
            self.places[tail].excess -= flow;
            self.places[head].excess += flow;
        }
        Ok(supplied == T::zero() || self.unsent() < supplied)
    }
}

/// Whether there is one source and one sink, and fewer arcs touch the sink.
fn is_narrower_behind<N: FlowNum>(view: View<'_, N>) -> bool {
    let network = view.network;
    let touch = |v| network.tail.iter().chain(&network.head).filter(|end| end.index() == v).count();
    view.pair().is_some_and(|(source, sink)| touch(sink) < touch(source))
}

/// Potentials, at most 0 and not below minus `limit` before the unbounded arcs lower them; none if they are zeros.
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
    let known = potentials.len() == nodes;
    if view.network.unbounded.is_empty() || !view.priced {
        return Ok(if known { potentials } else { Vec::new() });
    }
    if !known {
        potentials = vec![0; nodes];
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
