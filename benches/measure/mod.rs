//! How benches measure: whom to hold answers against, the limit of memory, and tables of ratios.
//!
//! It is included by path, beside `workload`, by the benches of the crate and by those of the peers.
#![allow(dead_code, unused_imports, reason = "each bench takes what it needs")]

mod engine;
mod limit;
mod scalar;
mod table;

pub use engine::{Engine, Frozen, as_of, pool};
pub use limit::{Reads, read};
pub use scalar::check;
pub use table::{Table, median, ratio, short};

use std::time::{Duration, Instant};

/// What an act gives, and how long it takes.
pub fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = act();
    (start.elapsed(), result)
}

pub fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// A count, to divide by.
#[allow(clippy::cast_precision_loss, reason = "fewer than 2^53")]
pub fn to_f64(count: usize) -> f64 {
    count as f64
}
