//! Single states: drawn where a decision looks at them, decided exactly, nothing remembered from one to the next.

use alloc::vec::Vec;

use super::blocks::Stage;
use super::boxes::Piece;
use super::network::UncertainNetwork;
use super::sampler::{InBox, searcher, states};
use crate::feasibility::drawn::Drawn;
use crate::id::{ChannelMap, NodeId, id_at};
use crate::max_flow::lazy::{Goal, Lazy};
use crate::random::Random;
use crate::solve::{Meter, SolveError, admit_terminals};

/// The stream of the states; a change here changes every seeded result.
const STATES: u64 = 0x73_74_61_74;

/// States of a network, by number. See [`UncertainNetwork::states`].
#[derive(Clone, Debug)]
pub struct States<'n, 'l> {
    network: &'n UncertainNetwork<'l>,
    random: Random,
    /// Per block, if a decision has come there: its balances, and a search over them.
    blocks: Vec<Option<(Drawn<'n, InBox<'n, 'l>>, Lazy<i64>)>>,
}

impl<'l> UncertainNetwork<'l> {
    /// States drawn from the laws of the network, by number, for simulations of one's own. A state is a function of the
    /// seed and its number.
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{UncertainChannel, UncertainNetwork};
    /// let n = |i| NodeId::new(i).unwrap();
    /// let network = UncertainNetwork::new(2, [UncertainChannel::new(n(0), n(1), 9)])?;
    /// let mut states = network.states(7);
    /// let able = |number| states.decide(number, n(0), n(1), 5).unwrap();
    /// assert!((0..1000).map(able).filter(|&able| able).count().abs_diff(500) < 80);
    /// # Ok::<(), feasible::reliability::UncertainError>(())
    /// ```
    #[must_use]
    pub fn states(&self, seed: u64) -> States<'_, 'l> {
        let blocks = self.blocks.blocks.iter().map(|_| None).collect();
        States { network: self, random: Random::new(seed).stream(STATES), blocks }
    }
}

impl States<'_, '_> {
    fn of(&self, number: u64, block: usize) -> Random {
        self.random.stream(number).stream(block as u64)
    }

    /// Whether an amount is feasible in a state. Balances are drawn where the search looks, which is a few dozens of
    /// channels in most states of a payment network, however large it is.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`].
    pub fn decide(&mut self, number: u64, from: NodeId, to: NodeId, amount: u64) -> Result<bool, SolveError> {
        admit_terminals(self.network.node_count(), from, to)?;
        if amount == 0 {
            return Ok(true);
        }
        let chain = self.network.blocks.chain(from.index(), to.index());
        let Some(chain) = chain.filter(|_| amount <= self.network.total_capacity()) else {
            return Ok(false);
        };
        for Stage { block: at, terminals } in chain {
            let (block, random) = (&self.network.blocks.blocks[at], self.of(number, at));
            let (state, lazy) = self.blocks[at].get_or_insert_with(|| (states(block), searcher(block)));
            state.next(random);
            let wanted = (Piece { block, terminals, amount }.target(), Goal::Decide);
            let meter = &mut Meter::new(None, None);
            if lazy.run_from(state, &block.pairs, terminals, wanted, meter)?.exhausted.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All balances of a state, each that of party a of its channel. O(m).
    #[must_use]
    pub fn balances(&self, number: u64) -> ChannelMap<u64> {
        let mut all = ChannelMap::filled(self.network.channel_count(), 0);
        for (block, at) in self.network.blocks.blocks.iter().zip(0..) {
            let random = self.of(number, at);
            for ((wire, &channel), i) in block.wires.iter().zip(&block.channels).zip(0..) {
                all[id_at(channel as usize)] = wire.draw(wire.within, i, random);
            }
        }
        all
    }
}
