//! Networks whose balances are not seen, and P(feasible) by going through all states.

use feasible::NodeId;
use feasible::law::{Exponentials, Interval, Law, LdkNonlinear, LndBimodal, Steps, Uniform};
use feasible::random::Random;
use feasible::reliability::{UncertainChannel, UncertainNetwork};

/// A channel as tests write it: ends, capacity, bounds of the first end's balance, and a law by its number.
#[derive(Clone, Copy, Debug)]
pub struct Unseen {
    pub ends: [usize; 2],
    pub capacity: u64,
    pub lo: u64,
    pub hi: u64,
    pub law: usize,
}

impl Unseen {
    pub fn new(a: usize, b: usize, capacity: u64) -> Self {
        Self { ends: [a, b], capacity, lo: 0, hi: capacity, law: 0 }
    }
}

pub fn node(i: usize) -> NodeId {
    NodeId::new(i).unwrap()
}

pub struct Laws(Vec<Box<dyn Law>>);

impl Laws {
    /// Number 0 is uniform.
    pub fn new() -> Self {
        Self(vec![
            Box::new(Uniform),
            Box::new(Exponentials::bimodal(1.5).unwrap()),
            Box::new(LdkNonlinear),
            Box::new(Exponentials::bimodal(0.4).unwrap()),
            Box::new(Steps::new([(0, 1.0), (2, 0.2), (5, 2.0)]).unwrap()),
            Box::new(Exponentials::new([(1.0, 0.8)], [(0.3, 2.5)]).unwrap()),
            Box::new(LndBimodal::new(1.2).unwrap()),
        ])
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn network(&self, nodes: usize, channels: &[Unseen]) -> UncertainNetwork<'_> {
        let of = |c: &Unseen| {
            let [a, b] = c.ends.map(node);
            let channel = UncertainChannel::new(a, b, c.capacity).within(Interval::new(c.lo, c.hi).unwrap());
            if c.law == 0 { channel } else { channel.law(&*self.0[c.law]) }
        };
        UncertainNetwork::new(nodes, channels.iter().map(of)).unwrap()
    }

    /// The probability of a balance.
    pub fn mass(&self, c: &Unseen, x: u64) -> f64 {
        let within = Interval::new(c.lo, c.hi).unwrap();
        self.0[c.law].ln_share(c.capacity, Interval::new(x, x).unwrap(), within).exp()
    }

    /// P(max flow >= a) for a = 0, 1, ..., up to the first that is impossible.
    pub fn survival(&self, nodes: usize, channels: &[Unseen], from: usize, to: usize) -> Vec<f64> {
        let most: u64 = channels.iter().map(|c| c.capacity).sum();
        let mut pmf = vec![0.0; usize::try_from(most).unwrap() + 2];
        let masses: Vec<Vec<f64>> =
            channels.iter().map(|c| (c.lo..=c.hi).map(|x| self.mass(c, x)).collect()).collect();
        let mut at = vec![0_usize; channels.len()];
        loop {
            let mass: f64 = at.iter().zip(&masses).map(|(&i, masses)| masses[i]).product();
            let balances: Vec<u64> = at.iter().zip(channels).map(|(&i, c)| c.lo + i as u64).collect();
            pmf[usize::try_from(max_flow(nodes, channels, &balances, from, to)).unwrap()] += mass;
            let Some(i) = (0..at.len()).find(|&i| at[i] + 1 < masses[i].len()) else { break };
            at[i] += 1;
            at[..i].fill(0);
        }
        for i in (1..pmf.len()).rev() {
            pmf[i - 1] += pmf[i];
        }
        pmf
    }
}

/// By the smallest cut over all node sets.
pub fn max_flow(nodes: usize, channels: &[Unseen], balances: &[u64], from: usize, to: usize) -> u64 {
    let cut = |set: usize| {
        let inside = |i: usize| set >> i & 1 == 1;
        channels
            .iter()
            .zip(balances)
            .map(|(c, &x)| match (inside(c.ends[0]), inside(c.ends[1])) {
                (true, false) => x,
                (false, true) => c.capacity - x,
                _ => 0,
            })
            .sum::<u64>()
    };
    (0..1_usize << nodes).filter(|set| set >> from & 1 == 1 && set >> to & 1 == 0).map(cut).min().unwrap()
}

/// A random network: nodes and channels, parallel ones and several components included.
#[allow(clippy::cast_possible_truncation)]
pub fn random(random: Random, laws: usize, most_states: u64) -> (usize, Vec<Unseen>) {
    let nodes = 2 + usize::try_from(random.below(0, 4)).unwrap();
    let mut channels = Vec::new();
    let (mut states, mut i) = (1, 1);
    for _ in 0..1 + random.below(1, 8) {
        let mut pick = |bound: u64| {
            i += 1;
            random.below(i, bound)
        };
        let (a, b) = (pick(nodes as u64) as usize, pick(nodes as u64) as usize);
        let capacity = 1 + pick(5);
        let (x, y) = (pick(capacity + 1), pick(capacity + 1));
        let bounded = pick(3) == 0;
        let (lo, hi) = if bounded { (x.min(y), x.max(y)) } else { (0, capacity) };
        let law = pick(2 * laws as u64) as usize;
        if a == b || states * (hi - lo + 1) > most_states {
            continue;
        }
        states *= hi - lo + 1;
        // LDK's and LND's laws leave the full capacity without mass.
        let law = if law < laws && lo < capacity { law } else { 0 };
        channels.push(Unseen { ends: [a, b], capacity, lo, hi, law });
    }
    (nodes, channels)
}

/// A random network, its terminals and an amount whose probability is neither 0 nor 1, with that probability.
pub fn questions(
    seed: u64,
    laws: &Laws,
    kinds: usize,
) -> impl Iterator<Item = (usize, Vec<Unseen>, u64, f64)> + use<'_> {
    (0..).filter_map(move |case| {
        let (nodes, channels) = random(Random::new(seed).stream(case), kinds, 300);
        let survival = laws.survival(nodes, &channels, 0, nodes - 1);
        let (amount, &p) = survival.iter().enumerate().rfind(|(_, p)| **p > 0.03)?;
        (amount > 0 && p < 0.97).then_some((nodes, channels, amount as u64, p))
    })
}
