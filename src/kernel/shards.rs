//! Ranges of sample numbers on several threads.

use core::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// What `sample` says of `numbers`, asked in ranges of `length` on the threads of the current `rayon` pool and
/// merged. Since merging is exact, neither the threads nor the order show.
pub(crate) fn on_threads<T: Send, E: Send>(
    numbers: Range<u64>,
    length: u64,
    sample: impl Fn(Range<u64>) -> Result<T, E> + Send + Sync,
    nothing: impl Fn() -> T + Send + Sync,
    merged: impl Fn(T, T) -> T + Send + Sync,
) -> Result<T, E> {
    let shard = |i: u64| {
        let begin = numbers.start + i * length;
        sample(begin..numbers.end.min(begin.saturating_add(length)))
    };
    (0..numbers.end.saturating_sub(numbers.start).div_ceil(length))
        .into_par_iter()
        .map(shard)
        .try_reduce(nothing, |one, other| Ok(merged(one, other)))
}
