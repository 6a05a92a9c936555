//! Pairs that stars alone do not explain: terminals that share a channel, and bottlenecks behind the first ring.

use std::time::Instant;

use feasible::liquidity::generate;
use feasible::reliability::UncertainNetwork;
use feasible::{ChannelGraph, NodeId};

use super::table::{Row, answer, at_probability, quantile, smaller};
use super::{graph, questions, unknown};

/// Pairs joined by a channel, spread over the graph.
fn neighbours(graph: &ChannelGraph, count: u64) -> Vec<(NodeId, NodeId)> {
    let channels: Vec<_> = graph.channels().collect();
    let step = channels.len() / usize::try_from(count).unwrap().max(1);
    let ends = |&id| (graph.channel(id).a(), graph.channel(id).b());
    let several =
        |&(a, b): &(NodeId, NodeId)| graph.channels_of(a).len() > 1 && graph.channels_of(b).len() > 1;
    channels.iter().step_by(step.max(1)).map(ends).filter(several).collect()
}

/// Squared relative error of the smaller side times seconds: the time to a relative error of 1.
fn work(row: &Row) -> f64 {
    let answer = &row.answer;
    let (open, n) = (answer.proven[1] - answer.proven[0], answer.tally.samples as f64);
    let share = (answer.tally.feasible as f64 + 0.5) / (n + 1.0);
    let variance = if n > 0.0 { open * open * share * (1.0 - share) / n } else { open * open / 12.0 };
    variance / smaller(answer).powi(2) * row.seconds
}

fn series(name: &str, network: &UncertainNetwork<'_>, pairs: &[(NodeId, NodeId)]) {
    for target in [0.5, 1e-2, 1e-6] {
        let (mut works, mut seconds, mut missed) = (Vec::new(), Vec::new(), 0);
        for &pair in pairs {
            let Some(question) = at_probability(network, pair, target) else { continue };
            let row = answer(network, &question);
            missed += usize::from(row.reached > 0.0101);
            works.push(work(&row));
            seconds.push(row.seconds);
        }
        println!(
            "{name}, P = {target:e}: {} pairs; variance x seconds median {:.1e}, 90 % {:.1e}, most {:.1e}; seconds median {:.4}, 90 % {:.3}, most {:.2}; {missed} not to 1 %",
            works.len(),
            quantile(&mut works, 50),
            quantile(&mut works, 90),
            quantile(&mut works, 100),
            quantile(&mut seconds, 50),
            quantile(&mut seconds, 90),
            quantile(&mut seconds, 100),
        );
    }
}

pub fn pairs(count: u64) {
    let begin = Instant::now();
    let sparse = unknown(generate::lightning(2_000, 4_000, 7).unwrap());
    let network = UncertainNetwork::of(&sparse, None).unwrap();
    let pairs: Vec<_> = questions(&sparse, count).iter().map(|&(from, to, _)| (from, to)).collect();
    series("sparse", &network, &pairs);
    // Most neighbours are hubs, which take seconds each.
    let graph = graph();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    series("neighbours", &network, &neighbours(&graph, count.div_ceil(6)));
    eprintln!("{:.1} s", begin.elapsed().as_secs_f64());
}
