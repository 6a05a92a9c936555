//! The meaning of every rule: the cases in `tests/data/payments`, each with what must come out.

use std::fs;

use feasible::check::{self, Obstacle, PartsGoal, PartsRules};
use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy};
use feasible::payment::{Limit, PayAnswer, PayError, PaymentPlanner, Tradeoff};
use feasible::{ChannelId, Msat, NodeId, Sat};

fn number<T: core::str::FromStr>(word: &str) -> T {
    word.parse().ok().unwrap_or_else(|| panic!("{word} is no number"))
}

fn node(word: &str) -> NodeId {
    NodeId::new(number(word)).unwrap()
}

fn direction(word: &str) -> Direction {
    Direction::BOTH.into_iter().find(|direction| direction.to_string() == word).unwrap()
}

fn hop(words: &[&str]) -> (ChannelId, Direction) {
    (ChannelId::new(number(words[0])).unwrap(), direction(words[1]))
}

/// A product of numbers and quotients.
fn product(text: &str) -> f64 {
    let factor = |text: &str| match text.split_once('/') {
        Some((one, other)) => number::<f64>(one) / number::<f64>(other),
        None => number(text),
    };
    text.split('*').map(factor).product()
}

/// What is asked of a planner beside the amount.
enum Ask {
    Plan,
    Spend(Msat),
    Within(Msat),
    Likely(f64),
}

fn limit(word: &str) -> Limit {
    match word {
        "parts" => Limit::PartCount,
        "hops" => Limit::Hops,
        "time-lock" => Limit::TimeLock,
        "slots" => Limit::Slots,
        "htlcs" => Limit::Htlcs,
        "budget" => Limit::Budget,
        "probability" => Limit::Probability,
        other => panic!("no limit {other}"),
    }
}

#[derive(Default)]
struct Case {
    nodes: usize,
    channels: Vec<Channel>,
    rules: PartsRules<'static>,
    question: Option<(NodeId, NodeId, Msat, f64, Ask)>,
    asked: usize,
}

impl Case {
    fn graph(&self) -> ChannelGraph {
        let mut b = ChannelGraphBuilder::new();
        for _ in 0..self.nodes {
            b.add_node().unwrap();
        }
        for &channel in &self.channels {
            b.add_channel(channel).unwrap();
        }
        b.build()
    }

    fn rule(&mut self, words: &[&str]) {
        let rules = core::mem::take(&mut self.rules);
        let (channel, way) = if words.len() > 2 { hop(&words[1..]) } else { hop(&["0", "ab"]) };
        self.rules = match words[0] {
            "none" => PartsRules::new(),
            "max-parts" => rules.max_parts(number(words[1])),
            "max-hops" => rules.max_hops(number(words[1])),
            "max-cltv" => rules.max_cltv(number(words[1])),
            "slots" => rules.max_htlcs(channel, way, number(words[3])),
            "availability" => rules.availability(number(words[1])),
            "availability-of" => rules.availability_of(channel, way, number(words[3])),
            "bias" => rules.bias(channel, way, number(words[3])),
            "exclude" => rules.exclude(channel, way),
            "exclude-node" => rules.exclude_node(&self.graph(), node(words[1])),
            other => panic!("no rule {other}"),
        };
    }

    fn policy(&mut self, words: &[&str]) {
        let (id, way) = hop(words);
        let [base, ppm, min, max, cltv] = [2, 3, 4, 5, 6].map(|i| number::<u64>(words[i]));
        let policy = Policy {
            enabled: true,
            base_fee: Msat(base),
            ppm: u32::try_from(ppm).unwrap(),
            htlc_min: Msat(min),
            htlc_max: Msat(max),
            cltv_delta: u32::try_from(cltv).unwrap(),
        };
        let channel = &mut self.channels[id.index()];
        *channel = channel.policy(way, policy);
    }

    fn line(&mut self, words: &[&str], place: &str) {
        match words[0] {
            "nodes" => self.nodes = number(words[1]),
            "channel" => {
                self.channels.push(Channel::new(node(words[1]), node(words[2]), Sat(number(words[3]))));
            }
            "balance" => {
                let [lo, hi] = [2, 3].map(|i| Msat(number(words[i])));
                let channel = &mut self.channels[number::<usize>(words[1])];
                *channel = channel.balance(Balance::Between { lo, hi });
            }
            "reserve" | "in-flight" => {
                let (id, way) = hop(&words[1..]);
                let (channel, amount) = (&mut self.channels[id.index()], Msat(number(words[3])));
                *channel = if words[0] == "reserve" {
                    channel.reserve(way, amount)
                } else {
                    channel.in_flight(way, amount)
                };
            }
            "policy" => self.policy(&words[1..]),
            "disabled" => {
                let (id, way) = hop(&words[1..]);
                let channel = &mut self.channels[id.index()];
                let policy = Policy { enabled: false, ..channel.terms(way).unwrap() };
                *channel = channel.policy(way, policy);
            }
            "rule" if words[1] == "bias-node" => {
                let rules = core::mem::take(&mut self.rules);
                self.rules = rules.bias_node(&self.graph(), node(words[2]), number(words[3]));
            }
            "rule" => self.rule(&words[1..]),
            "pay" | "spend" | "within" | "likely" => {
                let (ask, mu) = match words[0] {
                    "spend" => (Ask::Spend(Msat(number(words[4]))), number(words[5])),
                    "within" => (Ask::Within(Msat(number(words[4]))), 0.0),
                    "likely" => (Ask::Likely(number(words[4])), 0.0),
                    _ => (Ask::Plan, number(words[4])),
                };
                self.question = Some((node(words[1]), node(words[2]), Msat(number(words[3])), mu, ask));
            }
            "plan" | "infeasible" | "blocked" => self.answer(words, place),
            other => panic!("{place}: {other}"),
        }
    }

    fn answer(&mut self, words: &[&str], place: &str) {
        let (from, to, amount, mu, ask) = self.question.take().expect(place);
        let graph = self.graph();
        let goal = PartsGoal::new(from, to, amount, mu).rules(&self.rules);
        self.asked += 1;
        let planner = PaymentPlanner::new(&graph);
        let traded = |found: Result<Tradeoff, PayError>| found.map(|found| (found.answer, found.mu)).unwrap();
        let (answer, mu) = match ask {
            Ask::Plan => (planner.plan(&goal).unwrap(), mu),
            Ask::Spend(budget) => (planner.spend(&goal, budget).unwrap(), mu),
            Ask::Within(fee) => traded(planner.within_fee(&goal, fee)),
            Ask::Likely(p) => traded(planner.with_probability(&goal, p.ln())),
        };
        let goal = PartsGoal { mu, ..goal };
        match answer {
            PayAnswer::Plan(plan) if words[0] == "plan" => {
                let value = check::parts(&graph, &goal, &plan.parts).expect(place);
                assert_eq!((value, value.amount), (plan.value, amount), "{place}");
                let found = (plan.parts.len(), value.fee);
                assert_eq!(found, (number(words[1]), Msat(number(words[2]))), "{place}: {plan:?}");
                let p = product(words[3]);
                assert!((value.ln_probability - p.ln()).abs() < 1e-9, "{place}: {value:?}");
                let objective = number::<f64>(words[4]) - p.ln() + mu * value.fee.0 as f64 / 1000.0;
                assert!((value.objective - objective).abs() < 1e-9, "{place}: {value:?}");
                assert!(plan.lower_bound <= value.objective, "{place}");
                assert!(planner.binding(&goal).unwrap().is_empty(), "{place}");
            }
            PayAnswer::Infeasible(why) if words[0] == "infeasible" => {
                assert!(check::obstacle(&graph, &goal, &why), "{place}: {why:?}");
                let said: Vec<Limit> = words[1..].iter().map(|word| limit(word)).collect();
                let binds = match why {
                    Obstacle::Fee { .. } => vec![Limit::Budget],
                    Obstacle::Probability { .. } => vec![Limit::Probability],
                    _ => planner.binding(&goal).unwrap(),
                };
                assert_eq!(binds, said, "{place}");
            }
            PayAnswer::Blocked(why) if words[0] == "blocked" => assert_eq!(why, limit(words[1]), "{place}"),
            other => panic!("{place}: {other:?}"),
        }
    }
}

#[test]
fn every_rule_means_what_its_case_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/payments");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut seen, mut asked) = (0, 0);
    for path in files.iter().filter(|path| path.extension().is_none()) {
        let mut case = Case::default();
        for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            let words: Vec<&str> = line.split_whitespace().collect();
            if !words.is_empty() && !line.starts_with('#') {
                case.line(&words, &place);
            }
        }
        (seen, asked) = (seen + 1, asked + case.asked);
    }
    assert!(seen >= 19 && asked >= 55, "{seen} {asked}");
}
