//! Small networks in a hidden state, with all states that agree with what was seen of it.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]

use feasible::knowledge::{Hop, Knowledge, Observation};
use feasible::law::{Interval, Law, Uniform};
use feasible::liquidity::{Channel, ChannelGraph, ChannelGraphBuilder, Direction};
use feasible::random::Random;
use feasible::{ChannelId, Msat, Sat};

/// Mass on a few balances only, so that all states of a few channels can be listed.
#[derive(Clone, Debug)]
pub struct Grid {
    pub step: u64,
    pub masses: Vec<f64>,
}

impl Law for Grid {
    fn ln_mass(&self, _: u64, range: Interval) -> f64 {
        let within = |(i, mass): (u64, &f64)| if range.contains(i * self.step) { *mass } else { 0.0 };
        (0..).zip(&self.masses).map(within).sum::<f64>().ln()
    }
}

pub fn channel(index: usize) -> ChannelId {
    ChannelId::new(index).unwrap()
}

/// One channel and its true balance, all of them by index.
pub struct World {
    pub graph: ChannelGraph,
    pub laws: Vec<Grid>,
    pub reserve: Vec<[u64; 2]>,
    /// At the beginning.
    pub truth: Vec<u64>,
    pub moved: Vec<i64>,
    pub in_flight: Vec<[u64; 2]>,
    /// (weight, balances at the beginning) of the states that agree with all that was seen.
    pub states: Vec<(f64, Vec<u64>)>,
}

pub const STEP: u64 = 250;

impl World {
    /// Two to four channels between two nodes.
    pub fn new(random: Random) -> Self {
        Self::over(random, &vec![[0, 1]; 2 + random.below(0, 3) as usize])
    }

    /// Channels with these ends.
    pub fn over(random: Random, ends: &[[usize; 2]]) -> Self {
        let count = ends.len();
        let mut b = ChannelGraphBuilder::new();
        let most = ends.iter().flatten().max().unwrap();
        let nodes: Vec<_> = (0..=*most).map(|_| b.add_node().unwrap()).collect();
        let (mut laws, mut reserve, mut truth) = (Vec::new(), Vec::new(), Vec::new());
        let mut states = vec![(1.0, Vec::new())];
        for (i, ends) in ends.iter().enumerate() {
            let random = random.stream(1 + i as u64);
            let cells = 5 + 4 * random.below(1, 2);
            let masses: Vec<f64> = (0..cells).map(|j| 0.05 + random.unit(10 + j)).collect();
            let kept = [random.below(2, 2) * 100, random.below(3, 2) * 150];
            let channel = Channel::new(nodes[ends[0]], nodes[ends[1]], Sat((cells - 1) * STEP / 1000));
            let channel = channel.reserve(Direction::AToB, Msat(kept[0]));
            b.add_channel(channel.reserve(Direction::BToA, Msat(kept[1]))).unwrap();
            truth.push(random.below(4, cells) * STEP);
            states = states
                .iter()
                .flat_map(|(weight, xs)| {
                    (0..).zip(&masses).map(move |(j, mass): (u64, _)| {
                        (weight * mass, [xs.clone(), vec![j * STEP]].concat())
                    })
                })
                .collect();
            laws.push(Grid { step: STEP, masses });
            reserve.push(kept);
        }
        let (moved, in_flight) = (vec![0; count], vec![[0; 2]; count]);
        Self { graph: b.build(), laws, reserve, truth, moved, in_flight, states }
    }

    pub fn knowledge(&self) -> Knowledge {
        let start = Knowledge::new(&self.graph, Uniform);
        let laws = self.laws.iter().enumerate();
        laws.fold(start, |known, (i, law)| known.with_law([channel(i)], law.clone()))
    }

    /// What a direction can send in a state.
    pub fn liquidity(&self, state: &[u64], i: usize, d: usize) -> i64 {
        let capacity = (self.laws[i].masses.len() as u64 - 1) * STEP;
        let x = state[i] as i64 - self.moved[i];
        let owned = [x, capacity as i64 - x][d];
        owned - (self.in_flight[i][d] + self.reserve[i][d]) as i64
    }

    /// The first hop that cannot carry what the hops up to it ask of its direction.
    pub fn first_failure(&self, state: &[u64], hops: &[Hop]) -> Option<usize> {
        (0..hops.len()).find(|&at| {
            let hop = hops[at];
            let same = |other: &&Hop| (other.channel, other.direction) == (hop.channel, hop.direction);
            let load: u64 = hops[..=at].iter().filter(same).map(|h| h.amount.0).sum();
            load > 0 && self.liquidity(state, hop.channel.index(), hop.direction as usize) < load as i64
        })
    }

    pub fn keep(&mut self, agrees: impl Fn(&Self, &[u64]) -> bool) {
        let states = std::mem::take(&mut self.states);
        self.states = states.into_iter().filter(|(_, state)| agrees(self, state)).collect();
    }

    pub fn hops(&self, random: Random) -> Vec<Hop> {
        let count = 1 + random.below(0, 4);
        let hop = |j: u64| {
            let random = random.stream(j);
            let direction = Direction::BOTH[random.below(1, 2) as usize];
            let amount = Msat(random.below(2, 9) * 125);
            Hop::new(channel(random.below(0, self.laws.len() as u64) as usize), direction, amount)
        };
        let mut hops: Vec<Hop> = (0..count).map(hop).collect();
        if random.below(9, 3) > 0 {
            // Mostly every channel once.
            hops.sort_by_key(|hop| hop.channel);
            hops.dedup_by_key(|hop| hop.channel);
        }
        hops
    }

    /// Something that happens in the true state, with the states that it leaves.
    pub fn observe(&mut self, random: Random, locked: &mut Vec<Vec<Hop>>) -> Observation {
        let kind = random.below(0, 8);
        if kind < 2 && !locked.is_empty() {
            let hops = locked.remove(random.below(1, locked.len() as u64) as usize);
            for hop in &hops {
                let (i, d) = (hop.channel.index(), hop.direction as usize);
                self.in_flight[i][d] -= hop.amount.0;
                if kind == 0 {
                    self.moved[i] += [1, -1][d] * hop.amount.0 as i64;
                }
            }
            return if kind == 0 { Observation::Settled { hops } } else { Observation::Released { hops } };
        }
        let hops = self.hops(random.stream(7));
        let truth = self.truth.clone();
        match self.first_failure(&truth, &hops) {
            None if kind < 6 => {
                self.keep(|world, state| world.first_failure(state, &hops).is_none());
                for hop in &hops {
                    self.in_flight[hop.channel.index()][hop.direction as usize] += hop.amount.0;
                }
                locked.push(hops.clone());
                Observation::Locked { hops }
            }
            None => {
                self.keep(|world, state| world.first_failure(state, &hops).is_none());
                Observation::Forwarded { hops }
            }
            Some(at) if kind < 4 => {
                self.keep(|world, state| world.first_failure(state, &hops) == Some(at));
                Observation::Failed { hops, at }
            }
            Some(_) => {
                self.keep(|world, state| world.first_failure(state, &hops).is_some());
                Observation::FailedSomewhere { hops }
            }
        }
    }

    pub fn probability(&self, event: impl Fn(&Self, &[u64]) -> bool) -> f64 {
        let all: f64 = self.states.iter().map(|(weight, _)| weight).sum();
        let some: f64 = self.states.iter().filter(|(_, s)| event(self, s)).map(|(weight, _)| weight).sum();
        some / all
    }
}
