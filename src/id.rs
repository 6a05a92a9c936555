//! Typed indices and dense maps over them.
//!
//! Every id is a `u32` that was handed out by the builder of one problem, counted from zero without
//! gaps. Results are [`IdMap`]s: a vector with one entry per id. An id of one kind cannot index a
//! map of another kind:
//!
//! ```compile_fail
//! use feasible::{ArcMap, NodeId};
//! let flows: ArcMap<i64> = ArcMap::from_vec(vec![1, 2]);
//! let node = NodeId::new(0).unwrap();
//! let _ = flows[node]; // a node is not an arc
//! ```

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

/// The largest number of ids of one kind: solvers keep two residual arcs per arc in a `u32` and
/// need one value as a sentinel.
pub const MAX_IDS: usize = (u32::MAX / 2) as usize - 1;

/// A number that is no id: [`MAX_IDS`] or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{index} is not below {MAX_IDS}")]
pub struct TooManyIds {
    /// The number.
    pub index: u32,
}

mod sealed {
    pub trait Sealed {}
}

/// A dense index of one kind ([`NodeId`], [`ArcId`], ...). Sealed.
pub trait Id: sealed::Sealed + Copy + Ord + core::hash::Hash + fmt::Debug + fmt::Display + 'static {
    /// The position in dense maps, from 0.
    fn index(self) -> usize;

    /// The id at a position, or `None` from [`MAX_IDS`] on.
    fn from_index(index: usize) -> Option<Self>;
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(try_from = "u32", into = "u32"))]
        pub struct $name(u32);

        impl From<$name> for u32 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = TooManyIds;

            fn try_from(index: u32) -> Result<Self, Self::Error> {
                Self::new(index as usize).ok_or(TooManyIds { index })
            }
        }

        impl $name {
            /// The id at position `index`, or `None` from [`MAX_IDS`] on.
            #[must_use]
            pub const fn new(index: usize) -> Option<Self> {
                if index < MAX_IDS {
                    #[allow(clippy::cast_possible_truncation)] // MAX_IDS fits in u32
                    Some(Self(index as u32))
                } else {
                    None
                }
            }

            /// The position in dense maps, from 0.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl sealed::Sealed for $name {}

        impl Id for $name {
            fn index(self) -> usize {
                self.0 as usize
            }

            fn from_index(index: usize) -> Option<Self> {
                Self::new(index)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id_type!(
    /// A node of a network or channel graph.
    NodeId,
    "n"
);
id_type!(
    /// An arc of a [`Network`](crate::Network).
    ArcId,
    "a"
);
id_type!(
    /// A channel of a [`ChannelGraph`](crate::liquidity::ChannelGraph).
    ChannelId,
    "c"
);
id_type!(
    /// A channel of several parties of a [`ChannelGraph`](crate::liquidity::ChannelGraph).
    PoolId,
    "p"
);
id_type!(
    /// A channel that a round may open.
    CandidateId,
    "k"
);
id_type!(
    /// A demand of a round.
    DemandId,
    "d"
);
id_type!(
    /// A scenario of a round: one way in which uncertain balances may lie.
    ScenarioId,
    "w"
);

/// One value per id, stored densely.
///
/// Indexing with an id of another (larger) problem panics; [`IdMap::get`] does not.
///
/// ```
/// use feasible::{NodeId, NodeMap};
/// let mut level: NodeMap<u32> = NodeMap::filled(3, 0);
/// let node = NodeId::new(2).unwrap();
/// level[node] = 7;
/// assert_eq!(level.as_slice(), [0, 0, 7]);
/// assert_eq!(level.iter().last(), Some((node, &7)));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdMap<I, T> {
    values: Vec<T>,
    kind: PhantomData<I>,
}

/// One value per node.
pub type NodeMap<T> = IdMap<NodeId, T>;
/// One value per arc.
pub type ArcMap<T> = IdMap<ArcId, T>;
/// One value per channel.
pub type ChannelMap<T> = IdMap<ChannelId, T>;
/// One value per demand.
pub type DemandMap<T> = IdMap<DemandId, T>;

impl<I: Id, T> IdMap<I, T> {
    /// Takes the values in the order of the ids.
    #[must_use]
    pub const fn from_vec(values: Vec<T>) -> Self {
        Self { values, kind: PhantomData }
    }

    /// `len` copies of one value.
    #[must_use]
    pub fn filled(len: usize, value: T) -> Self
    where
        T: Clone,
    {
        Self::from_vec(alloc::vec![value; len])
    }

    /// The number of ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no id at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of an id, or `None` if the id belongs to a larger problem.
    #[must_use]
    pub fn get(&self, id: I) -> Option<&T> {
        self.values.get(id.index())
    }

    /// The values in the order of the ids.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.values
    }

    /// The values in the order of the ids, to be changed in place.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// The values as a vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.values
    }

    /// Ids and values, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (I, &T)> + DoubleEndedIterator {
        self.values.iter().enumerate().map(|(i, value)| (id_at(i), value))
    }

    /// All ids.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = I> + DoubleEndedIterator + use<I, T> {
        ids(self.values.len())
    }
}

/// The ids `0..len`; `len` counts ids that a builder handed out.
pub(crate) fn ids<I: Id>(len: usize) -> impl ExactSizeIterator<Item = I> + DoubleEndedIterator {
    (0..len).map(id_at)
}

/// The id of a position that is known to be in range (it was counted by a builder).
pub(crate) fn id_at<I: Id>(index: usize) -> I {
    match I::from_index(index) {
        Some(id) => id,
        None => unreachable!("position {index} was never handed out as an id"),
    }
}

impl<I: Id, T> Index<I> for IdMap<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.values[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdMap<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.values[id.index()]
    }
}

impl<I: Id, T> FromIterator<T> for IdMap<I, T> {
    fn from_iter<A: IntoIterator<Item = T>>(values: A) -> Self {
        Self::from_vec(values.into_iter().collect())
    }
}

impl<I: Id, T: fmt::Debug> fmt::Debug for IdMap<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
