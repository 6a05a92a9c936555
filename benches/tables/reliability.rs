//! What answers cost: random pairs and amounts, and the same pairs against drawing every balance.

use core::hint::black_box;
use std::time::Instant;

use feasible::reliability::{Estimator, Reliability, UncertainNetwork};
use feasible::{ChannelGraph, NodeId};

use super::dinic::Plain;
use super::{Question, graph, questions};

/// Seconds after which a question is given up.
const CAP: f64 = 8.0;
/// Samples over which the time of one is taken, and states that are decided without a pool.
const SAMPLES: u64 = 16_384;
const STATES: u64 = 64;

pub struct Row {
    pub seconds: f64,
    prepared: f64,
    pub answer: Reliability,
    /// Half the width of the interval, as a share of the smaller of P and 1 - P (at least 1e-9).
    pub reached: f64,
    /// Microseconds of one sample, if there are any.
    sample: Option<f64>,
}

pub fn smaller(answer: &Reliability) -> f64 {
    answer.estimate.min(answer.infeasible_estimate)
}

pub fn answer(network: &UncertainNetwork<'_>, &(from, to, amount): &Question) -> Row {
    let begin = Instant::now();
    let stop = &mut |_| {
        let over = begin.elapsed().as_secs_f64() > CAP;
        if over { core::ops::ControlFlow::Break(()) } else { core::ops::ControlFlow::Continue(()) }
    };
    let answer = Estimator::new().solve_anytime(network, from, to, amount, stop).unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let study = Estimator::new().study(network, from, to, amount).unwrap();
    let prepared = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let sampled = answer.tally.samples > 0;
    if sampled {
        black_box(study.sample(0..SAMPLES).unwrap());
    }
    let sample = begin.elapsed().as_secs_f64() / SAMPLES as f64 * 1e6;
    let width = (answer.interval[1] - answer.interval[0])
        .min(answer.infeasible_interval[1] - answer.infeasible_interval[0]);
    let reached = 0.5 * width / smaller(&answer).max(1e-9);
    Row { seconds, prepared, answer, reached, sample: sampled.then_some(sample) }
}

/// Microseconds of single decisions, no pool.
fn decisions(network: &UncertainNetwork<'_>, &(from, to, amount): &Question) -> Vec<f64> {
    let mut states = network.states(1);
    // The first one allocates.
    let _ = states.decide(STATES, from, to, amount);
    let time = |number| {
        let begin = Instant::now();
        let _ = black_box(states.decide(number, from, to, amount));
        begin.elapsed().as_secs_f64() * 1e6
    };
    (0..STATES).map(time).collect()
}

pub fn quantile(list: &mut [f64], percent: usize) -> f64 {
    list.sort_by(f64::total_cmp);
    list.get((list.len().max(1) - 1) * percent / 100).copied().unwrap_or(f64::NAN)
}

pub fn pairs(count: u64) {
    let graph = graph();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let (mut rows, mut decided, mut means) = (Vec::new(), Vec::new(), Vec::new());
    println!(
        "  amount sat       P      1 - P  prepare s  total s   flows   samples us/sample  pooled  reached us/decision"
    );
    for question in questions(&graph, count) {
        let (row, mut times) = (answer(&network, &question), decisions(&network, &question));
        let (Row { answer, .. }, mean) = (&row, times.iter().sum::<f64>() / STATES as f64);
        println!(
            "{:12} {:7.4} {:10.3e} {:10.4} {:8.4} {:7} {:9} {:9.3} {:7.4} {:8.4} {mean:11.2}  {} {}",
            question.2 / 1000,
            answer.estimate,
            answer.infeasible_estimate,
            row.prepared,
            row.seconds,
            answer.flows_solved,
            answer.tally.samples,
            row.sample.unwrap_or(0.0),
            answer.pool_share(),
            row.reached,
            question.0,
            question.1,
        );
        if smaller(answer) >= 1e-9 {
            means.push(mean);
            decided.append(&mut times);
        }
        rows.push(row);
    }
    let missed = rows.iter().filter(|row| row.reached > 0.0101).count();
    let inside = rows.iter().filter(|row| smaller(&row.answer) >= 1e-9).count();
    let mut seconds: Vec<f64> = rows.iter().map(|row| row.seconds).collect();
    let mut samples: Vec<f64> = rows.iter().filter_map(|row| row.sample).collect();
    println!(
        "{} pairs, {inside} with both sides above 1e-9: median {:.4} s, 90 % {:.4} s, 99 % {:.4} s, most {:.4} s; {missed} not to 1 %",
        rows.len(),
        quantile(&mut seconds, 50),
        quantile(&mut seconds, 90),
        quantile(&mut seconds, 99),
        quantile(&mut seconds, 100),
    );
    println!(
        "pooled samples of {} pairs: median {:.3} us, 90 % {:.3} us, most {:.3} us",
        samples.len(),
        quantile(&mut samples, 50),
        quantile(&mut samples, 90),
        quantile(&mut samples, 100)
    );
    println!(
        "one drawn state of these, no pool: median {:.2} us, 99 % {:.2} us; means of pairs: median {:.2} us, 90 % {:.2} us",
        quantile(&mut decided, 50),
        quantile(&mut decided, 99),
        quantile(&mut means, 50),
        quantile(&mut means, 90)
    );
}

/// The amount at which P is about a target, by bisection on its logarithm with coarse answers.
pub fn at_probability(
    network: &UncertainNetwork<'_>,
    (from, to): (NodeId, NodeId),
    target: f64,
) -> Option<Question> {
    let (mut low, mut high) = (1e3_f64.ln(), 1e14_f64.ln());
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        let coarse = Estimator::new().relative(0.3).most_flows(256).exact_flows(64).most_samples(1 << 14);
        let p = coarse.solve(network, from, to, middle.exp() as u64).ok()?.estimate;
        if (0.8 * target..1.25 * target).contains(&p) {
            return Some((from, to, middle.exp() as u64));
        }
        (low, high) = if p > target { (middle, high) } else { (low, middle) };
    }
    None
}

/// Variance of the smaller side over its square, times seconds, here and with every balance drawn.
fn gain(graph: &ChannelGraph, network: &UncertainNetwork<'_>, question: &Question) -> f64 {
    let &(from, to, amount) = question;
    let Row { seconds, answer, .. } = answer(network, question);
    let side = smaller(&answer);
    let (mut plain, states) = (Plain::new(graph), network.states(3));
    let (begin, count) = (Instant::now(), 8);
    for number in 0..count {
        let decided = plain.decide(&states.balances(number), from, to, amount);
        assert_eq!(decided, network.states(3).decide(number, from, to, amount).unwrap());
    }
    let naive = begin.elapsed().as_secs_f64() / count as f64 * (1.0 - side) / side;
    let (open, n) = (answer.proven[1] - answer.proven[0], answer.tally.samples as f64);
    // At worst one sample more would have gone the other way.
    let share = (answer.tally.feasible as f64 + 0.5) / (n + 1.0);
    let variance = if n > 0.0 { open * open * share * (1.0 - share) / n } else { open * open / 12.0 };
    naive / (variance / (side * side) * seconds).max(1e-300)
}

pub fn gains(count: u64) {
    let graph = graph();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    for target in [0.5, 1e-2, 1e-6] {
        let mut gains = Vec::new();
        let mut exact = 0;
        for (from, to, _) in questions(&graph, count) {
            let Some(question) = at_probability(&network, (from, to), target) else { continue };
            let gain = gain(&graph, &network, &question);
            exact += usize::from(gain > 1e200);
            gains.push(gain);
        }
        println!(
            "P = {target:e}: {} pairs, {exact} exact; gain 10 % {:.1e}, median {:.1e}, 90 % {:.1e}",
            gains.len(),
            quantile(&mut gains, 10),
            quantile(&mut gains, 50),
            quantile(&mut gains, 90)
        );
    }
}
