//! A problem as the engines see it, and what they hand back.

use alloc::vec::Vec;

use crate::check::Shortage;
use crate::kernel::Int;
use crate::network::Network;
use crate::num::FlowNum;

/// No node, no arc.
pub(super) const NONE: u32 = u32::MAX;

/// An earlier answer to start from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier<'a, N> {
    pub(super) flows: &'a [N],
    pub(super) potentials: &'a [i128],
    /// The arc from each node to its parent.
    pub(super) basis: &'a [u32],
}

/// A linear stretch of an arc, as the engine sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<T> {
    pub(super) from: T,
    pub(super) to: T,
    pub(super) slope: T,
    /// Whether the network bounds it.
    pub(super) bounded: bool,
}

/// A network as the engine sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a, N> {
    pub(super) network: &'a Network<N>,
    /// Whether slopes count; if not, any flow is optimal.
    pub(super) priced: bool,
}

impl<'a, N: FlowNum> View<'a, N> {
    /// The stretches of an arc that can carry anything. One more than [`Ranges::flow`] stands in for a
    /// missing upper bound: since an optimal flow stays below, no optimal basis depends on it.
    ///
    /// [`Ranges::flow`]: crate::network::Ranges
    pub(super) fn stretches<T: Int>(self, arc: usize) -> impl Iterator<Item = Stretch<T>> + use<'a, N, T> {
        let id = crate::id::id_at(arc);
        let reach = T::from_wide(self.network.ranges().flow + 1);
        let priced = self.priced;
        let pieces = self.network.cost(id).pieces(self.network.lower(id), self.network.upper(id));
        pieces
            .map(move |piece| Stretch {
                from: T::from_wide(piece.from.widen()),
                to: piece.to.map_or(reach, |to| T::from_wide(to.widen())),
                slope: if priced { T::from_wide(piece.slope.widen()) } else { T::zero() },
                bounded: piece.to.is_some(),
            })
            .filter(|stretch| stretch.from < stretch.to)
    }

    pub(super) fn ends(self, arc: usize) -> (usize, usize) {
        let id = crate::id::id_at(arc);
        (self.network.tail(id).index(), self.network.head(id).index())
    }

    /// The source and the sink, if there is one of each.
    pub(super) fn pair(self) -> Option<(usize, usize)> {
        let only = |sends: bool| {
            let signs = |supply: &N| if sends { *supply > N::ZERO } else { *supply < N::ZERO };
            let supply = self.network.supply.iter().enumerate();
            let mut found = supply.filter(|(_, supply)| signs(supply)).map(|(v, _)| v);
            found.next().filter(|_| found.next().is_none())
        };
        Some((only(true)?, only(false)?))
    }

    /// Whether there is one source and one sink.
    pub(super) fn is_pair(self) -> bool {
        self.pair().is_some()
    }

    pub(super) fn lower(self, arc: usize) -> i128 {
        self.network.lower(crate::id::id_at(arc)).widen()
    }

    /// The upper bound of an arc, or what stands in for it.
    pub(super) fn most<T: Int>(self, arc: usize) -> T {
        let network = self.network;
        T::from_wide(if self.open(arc) { network.ranges().flow + 1 } else { network.upper[arc].widen() })
    }

    /// Whether the last piece of an arc only stands in for a missing bound.
    pub(super) fn open(self, arc: usize) -> bool {
        self.network.unbounded.contains(arc)
    }

    /// An engine's flows as an answer, in the same memory where the numbers are as wide; `None` if one leaves the
    /// number type.
    pub(super) fn answer<T: Int>(self, flows: Vec<T>) -> Option<Vec<N>> {
        let own = |(arc, flow): (usize, T)| {
            let (tail, head) = self.ends(arc);
            N::narrow(if tail == head { self.settled(arc) } else { flow.wide() })
        };
        flows.into_iter().enumerate().map(own).collect()
    }

    /// The best flow of a loop.
    pub(super) fn settled(self, arc: usize) -> i128 {
        let falling = self.stretches::<i128>(arc).take_while(|s| s.slope < 0 && s.bounded);
        falling.last().map_or(self.lower(arc), |s| s.to)
    }
}

/// How a run ends.
#[derive(Clone, Debug)]
pub(super) enum End<N> {
    /// An optimal basis.
    Optimal(Solved<N>),
    /// No flow at all.
    Infeasible(Shortage),
    /// A flow that leaves the number type; cannot happen in the admitted range.
    Overflow,
}

/// An optimal basis in terms of the network.
#[derive(Clone, Debug)]
pub(super) struct Solved<N> {
    pub(super) flows: Vec<N>,
    pub(super) potentials: Vec<i128>,
    /// The arc from each node to its parent in the tree.
    pub(super) basis: Vec<u32>,
    pub(super) pivots: u64,
}
