//! How often can it be paid: the question on a command line, and the answer printed.

use core::fmt::Write as _;
use core::ops::Range;
use std::time::Instant;

use feasible::feasibility::{
    Rate, RateCounts, RateError, RateStudy, Rates, Stratum, Volume, WealthCounts, WealthRate, WealthStudy,
    sustained,
};
use feasible::{Sat, SolveError};

use super::graph::Loaded;
use super::json::{Object, array};
use super::{Args, Bad};

/// Half the width of an interval when no number of samples is asked for, with a little to spare.
const HALF_WIDTH: f64 = 0.0019;
/// On-chain transactions per second.
const ON_CHAIN: f64 = 7.0;
/// The most threads that may be asked for.
const THREADS: u64 = 1024;

/// What is asked.
#[derive(Debug, Default)]
pub struct Question {
    amounts: Vec<Sat>,
    samples: Option<u64>,
    threads: Option<u64>,
    /// Wealth is uniform instead of every balance.
    wealth: bool,
}

impl Question {
    /// Reads the value of an option.
    pub fn read(&mut self, name: &str, args: &mut Args) -> Result<(), Bad> {
        match name {
            "rate" => {
                let expected = format!("amounts from 0 to {} with commas between them", Sat::SUPPLY.0);
                let list = args.text(&expected)?;
                let amount = |text: &str| text.parse().ok().filter(|&a| a <= Sat::SUPPLY.0).map(Sat);
                let amounts: Option<Vec<Sat>> = list.split(',').map(amount).collect();
                self.amounts = amounts.ok_or_else(|| args.wrong(&list, &expected))?;
            }
            "samples" => self.samples = Some(args.integer(1, 1_000_000_000)?),
            "threads" => self.threads = Some(args.integer(1, THREADS)?),
            _ => self.wealth = args.choice(&[("states", false), ("wealth", true)])?,
        }
        Ok(())
    }

    /// Whether no amount was given.
    pub fn is_incomplete(&self) -> bool {
        self.amounts.is_empty()
    }

    /// Samples until the answer is there.
    pub fn answer(&self, loaded: &Loaded, seed: u64) -> Result<Answer, Bad> {
        let begin = Instant::now();
        let rates = Rates::new(&loaded.graph).seed(seed);
        let (rates, owning) = if self.wealth {
            self.under_wealth(&rates.study_wealth(&self.amounts).map_err(Bad::new)?)?
        } else {
            (self.under_states(&rates.study(&self.amounts).map_err(Bad::new)?)?, Vec::new())
        };
        let volume = Volume::of_largest_component(&loaded.graph)
            .ok_or_else(|| Bad::read("graph", "a channel of several parties", "channels of two parties"))?;
        let seconds = begin.elapsed().as_secs_f64();
        Ok(Answer { rates, owning, volume, skipped: loaded.skipped, seconds })
    }

    fn under_states(&self, study: &RateStudy<'_>) -> Result<Vec<Rate>, Bad> {
        let threads = self.threads.unwrap_or(1);
        let rate = |amount: usize| -> Result<Rate, SolveError> {
            let sample = |stratum, numbers| {
                let sample = |part| study.sample(amount, stratum, part);
                Ok(on_threads(threads, numbers, sample, RateCounts::merged)?.unwrap_or_default())
            };
            let Some(samples) = self.samples else {
                return study.to_precision_by(amount, HALF_WIDTH, sample);
            };
            let joined = sample(Stratum::Joined, 0..(samples / 16).max(256))?;
            let counts = sample(Stratum::Apart, 0..samples)?.merged(joined);
            Ok(study.estimate(amount, counts).unwrap_or_default())
        };
        (0..self.amounts.len()).map(rate).collect::<Result<_, _>>().map_err(Bad::new)
    }

    /// The rates, and those over the payments of which the sender owns the amount.
    fn under_wealth(&self, study: &WealthStudy<'_>) -> Result<(Vec<Rate>, Vec<f64>), Bad> {
        let sample = |draws| {
            let merge = |one: Vec<WealthCounts>, other: Vec<WealthCounts>| {
                one.into_iter().zip(other).map(|(one, other)| one.merged(other)).collect()
            };
            let counts = on_threads(self.threads.unwrap_or(1), draws, |part| study.sample(part), merge)?;
            Ok::<_, RateError>(counts.unwrap_or_default())
        };
        let rates: Vec<WealthRate> = match self.samples {
            None => study.to_precision_by(HALF_WIDTH, sample).map_err(Bad::new)?,
            Some(samples) => {
                let counts = sample(0..samples.div_ceil(WealthStudy::SAMPLES).max(2)).map_err(Bad::new)?;
                counts.iter().zip(&self.amounts).map(|(counts, &amount)| counts.estimate(amount)).collect()
            }
        };
        Ok(rates.into_iter().map(|rate| (rate.rate, rate.owning)).unzip())
    }
}

/// What a range of numbers gives, in equal parts on some threads, put together in their order.
fn on_threads<T: Send, E: Send>(
    threads: u64,
    numbers: Range<u64>,
    sample: impl Fn(Range<u64>) -> Result<T, E> + Sync,
    merge: impl Fn(T, T) -> T,
) -> Result<Option<T>, E> {
    let part = (numbers.end - numbers.start).div_ceil(threads).max(1);
    let parts = (0..threads).map(|i| {
        let begin = numbers.end.min(numbers.start + i * part);
        begin..numbers.end.min(begin + part)
    });
    let sample = &sample;
    std::thread::scope(|scope| {
        let workers: Vec<_> = parts.map(|part| scope.spawn(move || sample(part))).collect();
        let mut whole = None;
        for worker in workers {
            let part = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            whole = Some(match whole {
                None => part,
                Some(whole) => merge(whole, part),
            });
        }
        Ok(whole)
    })
}

/// The rates, and the volume of feasible wealth.
pub struct Answer {
    rates: Vec<Rate>,
    /// Under uniform wealth: over the payments of which the sender owns the amount.
    owning: Vec<f64>,
    volume: Volume,
    skipped: usize,
    seconds: f64,
}

impl Answer {
    pub fn json(&self, out: &mut String) {
        let rate = |(i, rate): (usize, &Rate)| {
            let object = Object::new()
                .put("amount", rate.amount.0)
                .real("rho", rate.rho)
                .real("low", rate.low)
                .real("high", rate.high)
                .put("samples", rate.samples)
                .real("payments_per_second", sustained(ON_CHAIN, rate.rho));
            match self.owning.get(i) {
                Some(&owning) => object.real("rho_owning", owning),
                None => object,
            }
        };
        // Of the first amount; every rate has its own.
        let first = self.rates.first().map_or(f64::NAN, |rate| rate.rho);
        let object = Object::new()
            .put("rates", array(self.rates.iter().enumerate().map(rate)))
            .real("payments_per_second", sustained(ON_CHAIN, first))
            .real("ln_r", self.volume.ln_share)
            .put("nodes", self.volume.nodes)
            .put("skipped", self.skipped)
            .real("seconds", self.seconds);
        let _ = writeln!(out, "{object}");
    }

    pub fn report(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "Largest component: {} nodes, {} ({} records left out)\n\n\
             How often is a payment between two random nodes infeasible, if {} uniform?\n\n\
             {:>12}  {:>8}  {:>19}  {:>9}  payments/s at {ON_CHAIN} on-chain transactions",
            self.volume.nodes,
            self.volume.capacity,
            self.skipped,
            if self.owning.is_empty() { "balances are" } else { "feasible wealth is" },
            "amount sat",
            "share",
            "99 % interval",
            "samples",
        );
        for rate in &self.rates {
            let _ = writeln!(
                out,
                "{:>12}  {:>8.5}  {:>8.5} - {:>8.5}  {:>9}  {:>10.2}",
                rate.amount.0,
                rate.rho,
                rate.low,
                rate.high,
                rate.samples,
                sustained(ON_CHAIN, rate.rho),
            );
        }
        for (rate, owning) in self.rates.iter().zip(&self.owning) {
            let _ = writeln!(out, "{:>12}  {owning:>8.5}  of those whose sender owns it", rate.amount.0);
        }
        let _ = writeln!(
            out,
            "\nOf all ways to share the money among the nodes, the channels can hold e^({:.2}). {:.2} s",
            self.volume.ln_share, self.seconds,
        );
    }
}
