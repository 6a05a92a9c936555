//! Residual arcs: one each way for every arc of the network, whatever its cost.
//!
//! Forwards an arc has the slope and the room of the piece above its flow, backwards those of the piece
//! below. When a piece is full the next one takes its place. Loops and arcs without freedom have none.

use alloc::vec::Vec;

use num_traits::Zero;

use super::view::{Earlier, View};
use crate::kernel::{Int, Room};
use crate::num::FlowNum;

/// A residual arc at its tail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half<R> {
    pub(super) to: u32,
    /// The same arc the other way round, and in the highest bit whether it has room: half of them have none, and a
    /// look at each would wait for memory.
    back: u32,
    /// Of the next unit; the highest number if there is no room for one.
    cost: R,
}

const OPEN: u32 = 1 << 31;

impl<R: Room> Half<R> {
    /// Cost and room of the arc, and of the same one the other way round, which lies at `back`.
    #[inline]
    fn new(to: u32, back: u32, (cost, room): (R::Sum, R::Sum), (_, returns): (R::Sum, R::Sum)) -> Self {
        let (zero, back) = (R::Sum::zero(), if returns > R::Sum::zero() { back | OPEN } else { back });
        Self { to, back, cost: if room > zero { R::of(cost) } else { R::max_value() } }
    }

    /// The same arc the other way round.
    pub(super) fn partner(&self) -> u32 {
        self.back & !OPEN
    }

    /// Whether the other way has room.
    pub(super) fn returns(&self) -> bool {
        self.back & OPEN != 0
    }

    /// Whether there is no room.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.cost == R::max_value()
    }

    /// The cost of the next unit, if there is room for one.
    #[inline]
    pub(super) fn cost(&self) -> R::Sum {
        self.cost.get()
    }

    fn set_returns(&mut self, room: bool) {
        self.back = if room { self.back | OPEN } else { self.back & !OPEN };
    }
}

/// Residual arcs by tail, and the flow they belong to. Costs and rooms are stored as `R`.
#[derive(Clone, Debug, Default)]
pub(super) struct Residual<T, R> {
    /// Begin of each node's residual arcs, and one end.
    begin: Vec<u32>,
    pub(super) halves: Vec<Half<R>>,
    /// What each residual arc can carry at its cost, if kept.
    room: Vec<R>,
    /// Twice the arc of the network, plus one for the way back; not if rooms tell the flows.
    owner: Vec<u32>,
    pub(super) flow: Vec<T>,
    /// One more than an unbounded arc can need.
    reach: T,
    /// Whether every arc has one piece.
    linear: bool,
    kept: bool,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32: the engines' `fits`
impl<T: Int, R: Room<Sum = T>> Residual<T, R> {
    pub(super) fn range(&self, v: usize) -> core::ops::Range<usize> {
        self.begin[v] as usize..self.begin[v + 1] as usize
    }

    /// Looks at the residual arcs of a node whose turn comes soon, so that they are on their way when it does.
    #[inline]
    pub(super) fn fetch(&self, v: usize) {
        if let Some(half) = self.halves.get(self.begin[v] as usize) {
            core::hint::black_box(half.to);
        }
    }

    /// Whether flows are found from rooms at the end: a linear arc has sent what its way back has room for.
    const fn is_silent(&self) -> bool {
        self.linear && self.kept
    }

    /// Releases the flows, if rooms tell them.
    pub(super) fn shed_flows(&mut self) {
        if self.is_silent() {
            self.flow = Vec::new();
        }
    }

    /// Releases what no more pushes need.
    pub(super) fn shed(&mut self) {
        self.owner = Vec::new();
        if !self.is_silent() {
            self.room = Vec::new();
        }
    }

    pub(super) fn tail(&self, half: usize) -> usize {
        self.halves[self.halves[half].partner() as usize].to as usize
    }

    /// Sends an amount, not 0, for which there is room.
    pub(super) fn push<N: FlowNum>(&mut self, view: View<'_, N>, half: usize, amount: T) {
        let back = self.halves[half].partner() as usize;
        if self.linear {
            self.halves[back].cost = R::of(-self.halves[half].cost());
            self.halves[half].set_returns(true);
            if self.kept {
                self.spend(half, back, amount);
            } else {
                self.carry(half, amount);
            }
            if self.room(view, half) == T::zero() {
                self.halves[half].cost = R::max_value();
                self.halves[back].set_returns(false);
            }
            return;
        }
        let (arc, backward) = self.carry(half, amount);
        if self.kept
            && amount < self.room[half].get()
            && !self.halves[back].is_full()
            && self.halves[back].cost() == -self.halves[half].cost()
        {
            // Inside one piece before and after.
            self.spend(half, back, amount);
        } else {
            let (up, down) = if backward { (back, half) } else { (half, back) };
            self.level(view, arc, up, down);
        }
    }

    /// Adds to the flow of the arc behind a residual arc; returns that, and whether it was sent backwards.
    fn carry(&mut self, half: usize, amount: T) -> (usize, bool) {
        let (arc, backward) = ((self.owner[half] / 2) as usize, self.owner[half] % 2 == 1);
        self.flow[arc] += if backward { -amount } else { amount };
        (arc, backward)
    }

    /// Takes room from a residual arc for its partner.
    fn spend(&mut self, half: usize, back: usize, amount: T) {
        self.room[half].take(amount);
        self.room[back].give(amount);
    }

    /// What a residual arc can carry at its cost.
    pub(super) fn room<N: FlowNum>(&self, view: View<'_, N>, half: usize) -> T {
        if self.kept {
            return self.room[half].get();
        }
        let owner = self.owner[half] as usize;
        self.steps(view, owner / 2)[owner % 2].1
    }

    /// Lays out the residual arcs of the present flow, those of a tail together. If `turned`, every arc runs from its
    /// head to its tail. Rooms are `kept`, or found when they are asked for.
    pub(super) fn lay_out<N: FlowNum>(&mut self, view: View<'_, N>, turned: bool, kept: bool) {
        self.linear = view.network.costs.begin.is_empty();
        self.kept = kept;
        self.reach = T::from_wide(view.network.ranges().flow + 1);
        let nodes = view.network.node_count();
        let ends =
            |arc| moving(view, arc).map(|(tail, head)| if turned { (head, tail) } else { (tail, head) });
        self.begin.clear();
        self.begin.resize(nodes + 1, 0);
        for (tail, head) in (0..self.flow.len()).filter_map(ends) {
            self.begin[tail] += 1;
            self.begin[head] += 1;
        }
        let mut sum = 0;
        for begin in &mut self.begin {
            sum += *begin;
            *begin = sum;
        }
        self.halves.clear();
        self.halves.resize(sum as usize, Half { to: 0, back: 0, cost: R::zero() });
        self.room.clear();
        self.room.resize(if kept { sum as usize } else { 0 }, R::zero());
        self.owner.clear();
        self.owner.resize(if self.is_silent() { 0 } else { sum as usize }, 0);
        for arc in (0..self.flow.len()).rev() {
            let Some((tail, head)) = ends(arc) else { continue };
            self.begin[tail] -= 1;
            self.begin[head] -= 1;
            let (up, down) = (self.begin[tail], self.begin[head]);
            let [above, below] = self.steps(view, arc);
            self.halves[up as usize] = Half::new(head as u32, down, above, below);
            self.halves[down as usize] = Half::new(tail as u32, up, below, above);
            if !self.is_silent() {
                (self.owner[up as usize], self.owner[down as usize]) = (2 * arc as u32, 2 * arc as u32 + 1);
            }
            if kept {
                (self.room[up as usize], self.room[down as usize]) = (R::of(above.1), R::of(below.1));
            }
        }
    }

    /// Sees to it that the flows are those of the residual arcs, which are not turned. O(n + m).
    pub(super) fn settle<N: FlowNum>(&mut self, view: View<'_, N>) {
        if !self.is_silent() {
            return;
        }
        self.flow.clear();
        self.flow.reserve_exact(view.network.arc_count());
        // The residual arcs of a node lie in the order of its arcs.
        for arc in 0..view.network.arc_count() {
            let mut flow = T::from_wide(view.lower(arc));
            if let Some((tail, head)) = moving(view, arc) {
                flow += self.room[self.begin[head] as usize].get();
                self.begin[tail] += 1;
                self.begin[head] += 1;
            }
            self.flow.push(flow);
        }
        let nodes = view.network.node_count();
        self.begin.copy_within(..nodes, 1);
        self.begin[0] = 0;
    }

    /// Sets costs and rooms of an arc to its flow.
    fn level<N: FlowNum>(&mut self, view: View<'_, N>, arc: usize, up: usize, down: usize) {
        let [above, below] = self.steps(view, arc);
        for (half, back, here, there) in [(up, down, above, below), (down, up, below, above)] {
            self.halves[half] = Half::new(self.halves[half].to, back as u32, here, there);
            if self.kept {
                self.room[half] = R::of(here.1);
            }
        }
    }

    /// Cost and room of an arc at its flow, upwards and downwards; no room where there is none.
    #[inline]
    fn steps<N: FlowNum>(&self, view: View<'_, N>, arc: usize) -> [(T, T); 2] {
        if !self.linear {
            return self.convex_steps(view, arc);
        }
        let (network, flow) = (view.network, self.flow[arc]);
        let slope = if view.priced { T::from_wide(network.costs.first[arc].widen()) } else { T::zero() };
        let end = if view.open(arc) { self.reach } else { T::from_wide(network.upper[arc].widen()) };
        [(slope, end - flow), (-slope, flow - T::from_wide(network.lower[arc].widen()))]
    }

    fn convex_steps<N: FlowNum>(&self, view: View<'_, N>, arc: usize) -> [(T, T); 2] {
        let id = crate::id::id_at(arc);
        let (network, flow) = (view.network, self.flow[arc]);
        let (lower, upper) = (network.lower(id), network.upper(id));
        let end = upper.map_or(self.reach, |upper| T::from_wide(upper.widen()));
        // Within the bounds and the range, hence within the type.
        let at = N::narrow(flow.wide()).unwrap_or(lower);
        let slopes = network.cost(id);
        let bends = slopes.breakpoints();
        let slope = |passed: usize| match passed.checked_sub(1) {
            _ if !view.priced => T::zero(),
            None => T::from_wide(slopes.first().widen()),
            Some(last) => T::from_wide(bends[last].slope.widen()),
        };
        let above = bends.iter().take_while(|bend| bend.at <= at).count();
        let none = (T::zero(), T::zero());
        let up = if flow < end {
            let next = bends.get(above).filter(|bend| upper.is_none_or(|upper| bend.at < upper));
            let to = next.map_or(end, |bend| T::from_wide(bend.at.widen()));
            (slope(above), to - flow)
        } else {
            none
        };
        let down = if lower < at {
            let below = above - usize::from(above > 0 && bends[above - 1].at == at);
            let from = below.checked_sub(1).map_or(lower, |below| bends[below].at.max(lower));
            (-slope(below), flow - T::from_wide(from.widen()))
        } else {
            none
        };
        [up, down]
    }
}

/// The ends of an arc, if its flow can change and matters.
#[inline]
fn moving<N: FlowNum>(view: View<'_, N>, arc: usize) -> Option<(usize, usize)> {
    let (network, (tail, head)) = (view.network, view.ends(arc));
    let fixed = network.upper[arc] == network.lower[arc] && !view.open(arc);
    (tail != head && !fixed).then_some((tail, head))
}

/// A flow that suits the potentials (none are zeros), as near as possible to the earlier one or to the lower bounds.
/// Returns the sum of its absolute values and of all that is supplied.
pub(super) fn first_flows<N: FlowNum, T: Int>(
    view: View<'_, N>,
    earlier: Option<Earlier<'_, N>>,
    potentials: &[i128],
    flows: &mut Vec<T>,
) -> i128 {
    let network = view.network;
    let mut sum: i128 = network.nodes().map(|v| network.supply(v).widen().max(0)).sum();
    flows.clear();
    flows.reserve_exact(network.arc_count());
    for arc in 0..network.arc_count() {
        let lower = view.lower(arc);
        let (tail, head) = view.ends(arc);
        let drop = if potentials.is_empty() { 0 } else { potentials[tail] - potentials[head] };
        if earlier.is_none() && tail != head {
            // No later slope is below the first, which may lie out of range where it does not count.
            let first = if view.priced { network.costs.first[arc].widen() } else { 0 };
            if first.saturating_add(drop) >= 0 {
                sum = sum.saturating_add(lower.abs());
                flows.push(T::from_wide(lower));
                continue;
            }
        }
        let most =
            network.upper(crate::id::id_at(arc)).map_or(network.ranges().flow.max(lower), FlowNum::widen);
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
