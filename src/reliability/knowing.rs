//! Networks from what is known: the ranges, laws and amounts in flight that were learned.

use alloc::vec::Vec;

use super::network::{UncertainChannel, UncertainError, UncertainNetwork};
use crate::knowledge::{Knowledge, Posterior};
use crate::liquidity::{ChannelGraph, Direction};

impl<'l> UncertainNetwork<'l> {
    /// The network of a channel graph under what is known of it, in millisatoshi.
    ///
    /// `posteriors` are [`Knowledge::posteriors`]. Failures at an unknown hop are not counted: channels are independent
    /// here. A law that gives no mass to what is known counts as uniform.
    ///
    /// ```
    /// use feasible::knowledge::{Hop, Knowledge, Observation};
    /// use feasible::law::Uniform;
    /// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
    /// use feasible::reliability::{Estimator, UncertainNetwork};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (alice, bob) = (b.add_node()?, b.add_node()?);
    /// let channel = b.add_channel(Channel::new(alice, bob, Sat(1)))?;
    /// let graph = b.build();
    /// let mut known = Knowledge::new(&graph, Uniform);
    /// let hops = vec![Hop::new(channel, Direction::AToB, Msat(600))];
    /// known.learn(Observation::Failed { hops, at: 0 })?;
    /// let posteriors = known.posteriors();
    /// let network = UncertainNetwork::knowing(&graph, &known, &posteriors)?;
    /// let answer = Estimator::new().solve(&network, alice, bob, 500)?;
    /// assert!((answer.estimate - 100.0 / 600.0).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UncertainError`], which names the channel.
    pub fn knowing(
        graph: &ChannelGraph,
        known: &Knowledge,
        posteriors: &'l [Posterior<'_>],
    ) -> Result<Self, UncertainError> {
        let channels: Vec<UncertainChannel<'l>> = graph
            .channels()
            .zip(posteriors)
            .map(|(id, posterior)| {
                let channel = graph.channel(id);
                let capacity = known.capacity(id).0;
                let mut described =
                    UncertainChannel::new(channel.a(), channel.b(), capacity).within(known.range(id));
                for direction in Direction::BOTH {
                    let tied = known.in_flight(id, direction).saturating_add(channel.kept(direction));
                    described = described.tied(direction, tied.0);
                }
                if posterior.is_even() { described } else { described.law(posterior) }
            })
            .collect();
        Self::new(graph.node_count(), channels)
    }
}
