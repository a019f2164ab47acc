//! Pseudo-random numbers that are the same on every machine.
//!
//! Examples and benches include this file by its path.

#![allow(dead_code, reason = "not everything that draws uses all of it")]

/// A generator of pseudo-random numbers: `SplitMix64` of Steele, Lea and Flood.
pub struct Random(u64);

impl Random {
    /// Returns a generator with a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a generator for one thing of many, by its number. Its draws do not depend on how the
    /// work is split among threads.
    pub const fn of(seed: u64, number: u64) -> Self {
        Self(seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    /// Draws a number of 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Draws a number below `end`.
    #[allow(clippy::cast_possible_truncation, reason = "the upper half of the product fits")]
    pub const fn below(&mut self, end: u64) -> u64 {
        ((self.next() as u128 * end as u128) >> 64) as u64
    }

    /// Draws one of the first `codes` codes. They have to fit in 32 bits.
    pub fn code(&mut self, codes: usize) -> u32 {
        u32::try_from(self.below(codes as u64)).expect("a code of 32 bits")
    }

    /// Draws true once in `times` times on average.
    pub const fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Draws one of the values. There has to be one.
    pub fn one_of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[usize::try_from(self.below(values.len() as u64)).expect("an index")]
    }

    /// Draws an instant of a span, in microseconds. Returns the start if the span is empty.
    pub fn between(&mut self, from: i64, until: i64) -> i64 {
        let length = u64::try_from(until - from).unwrap_or(0);
        from + i64::try_from(self.below(length)).expect("within the span")
    }

    /// Draws a fraction from 0 to below 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are drawn")]
    pub const fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
