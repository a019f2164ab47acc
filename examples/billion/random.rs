//! Numbers that look drawn by lot, and are the same in every run however the work is split.

/// Draws for one subject or record, by its number.
pub struct Random(u64);

impl Random {
    pub const fn of(what: u64, number: u64) -> Self {
        Self(what ^ number.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    /// `SplitMix64`, by Steele, Lea and Flood.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below another one.
    #[allow(clippy::cast_possible_truncation, reason = "the upper half of the product fits")]
    pub const fn below(&mut self, end: u64) -> u64 {
        ((self.next() as u128 * end as u128) >> 64) as u64
    }

    /// One of so many codes.
    pub fn code(&mut self, end: usize) -> u32 {
        u32::try_from(self.below(end as u64)).unwrap_or(0)
    }

    /// One of the values.
    pub fn one_of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[usize::try_from(self.below(values.len() as u64)).unwrap_or(0)]
    }

    /// An instant of a span, in microseconds.
    pub fn between(&mut self, from: i64, until: i64) -> i64 {
        let length = u64::try_from(until - from).unwrap_or(0);
        from + i64::try_from(self.below(length)).unwrap_or(0)
    }
}
