//! Wall time, CPU time and memory of repeated runs.

use std::fs;
use std::time::Instant;

use super::exit::Bad;

/// What repeated runs took.
#[derive(Debug)]
pub struct Timing {
    /// Wall seconds of each run, rising.
    pub seconds: Vec<f64>,
    /// CPU seconds per run of this thread, on average; wall time where the system does not tell or
    /// all runs together took less than 0.1 s.
    pub cpu: f64,
}

impl Timing {
    pub fn best(&self) -> f64 {
        self.seconds.first().copied().unwrap_or(0.0)
    }

    pub fn median(&self) -> f64 {
        self.seconds.get(self.seconds.len() / 2).copied().unwrap_or(0.0)
    }
}

/// Runs `solve` so many times, or until 7 runs or 1 second are used up, and keeps the last answer.
pub fn measure<T>(runs: Option<u64>, mut solve: impl FnMut() -> Result<T, Bad>) -> Result<(T, Timing), Bad> {
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let mut seconds = Vec::new();
    loop {
        let start = Instant::now();
        let answer = solve()?;
        seconds.push(start.elapsed().as_secs_f64());
        let done = match runs {
            Some(runs) => seconds.len() as u64 >= runs,
            None => seconds.len() >= 7 || begin.elapsed().as_secs_f64() >= 1.0,
        };
        if done {
            let wall: f64 = seconds.iter().sum();
            let used = cpu_seconds().zip(cpu).map(|(end, begin)| end - begin);
            // The system counts in ticks of a few milliseconds.
            let cpu = used.filter(|_| wall > 0.1).unwrap_or(wall);
            let cpu = cpu / seconds.len() as f64;
            seconds.sort_by(f64::total_cmp);
            return Ok((answer, Timing { seconds, cpu }));
        }
    }
}

/// The number of runs that the environment asks for.
pub fn bench_runs() -> Result<Option<u64>, Bad> {
    let Some(value) = std::env::var_os("BENCH_RUNS") else { return Ok(None) };
    let runs = value.to_str().and_then(|text| text.parse().ok()).filter(|&runs: &u64| runs > 0);
    runs.map(Some).ok_or_else(|| Bad::read("BENCH_RUNS", value.to_string_lossy(), "a positive integer"))
}

/// CPU time of this thread so far.
fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}

/// The most memory this process has had, in MB.
pub fn peak_rss_mb() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
