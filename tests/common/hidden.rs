//! A simulated network: balances that only outcomes tell of.

use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction};
use feasible::payment::Outcome;
use feasible::random::Random;
use feasible::{ChannelId, Msat};

/// Balances of party a, and what is locked in each direction.
pub struct Hidden {
    balance: Vec<u64>,
    locked: Vec<[u64; 2]>,
}

impl Hidden {
    /// Uniform balances within the bounds of a graph.
    pub fn draw(graph: &ChannelGraph, seed: u64) -> Self {
        let random = Random::new(seed);
        let balance = graph.channels().map(|channel| {
            let known = graph.channel(channel).balance_of_a();
            known.lo().0 + random.below(channel.index() as u64, known.hi().0 - known.lo().0 + 1)
        });
        Self { balance: balance.collect(), locked: vec![[0; 2]; graph.channel_count()] }
    }

    fn free(&self, graph: &ChannelGraph, channel: ChannelId, direction: Direction) -> u64 {
        let i = channel.index();
        let capacity = graph.channel(channel).capacity().0 * 1000;
        match direction {
            Direction::AToB => self.balance[i] - self.locked[i][0],
            Direction::BToA => capacity - self.balance[i] - self.locked[i][1],
        }
    }

    /// Sends a part; it stays locked if it arrives.
    pub fn send(
        &mut self,
        graph: &ChannelGraph,
        path: &[(ChannelId, Direction)],
        amounts: &[Msat],
    ) -> Outcome {
        let hops = || path.iter().zip(amounts);
        let lacking = hops()
            .position(|(&(channel, direction), amount)| self.free(graph, channel, direction) < amount.0);
        if let Some(at) = lacking {
            return Outcome::FailedAt(at);
        }
        for (&(channel, direction), amount) in hops() {
            self.locked[channel.index()][usize::from(direction == Direction::BToA)] += amount.0;
        }
        Outcome::Arrived
    }

    /// Gives back all that is locked.
    pub fn release(&mut self) {
        self.locked.fill([0; 2]);
    }

    /// Tells a graph the balances.
    pub fn reveal(&self, graph: &mut ChannelGraph) {
        let channels: Vec<ChannelId> = graph.channels().collect();
        for channel in channels {
            graph.set_balance(channel, Balance::Known(Msat(self.balance[channel.index()]))).unwrap();
        }
    }
}

/// The same channels, nothing known of them, without fees and limits.
pub fn without_policies(graph: &ChannelGraph) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in graph.nodes() {
        b.add_node().unwrap();
    }
    for id in graph.channels() {
        let channel = graph.channel(id);
        b.add_channel(Channel::new(channel.a(), channel.b(), channel.capacity())).unwrap();
    }
    b.build()
}
