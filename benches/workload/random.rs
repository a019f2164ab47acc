//! Numbers that look drawn by lot and are the same on every machine.

/// `SplitMix64`, by Steele, Lea and Flood.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below another one.
    pub fn below(&mut self, end: u64) -> u64 {
        let scaled = (u128::from(self.next()) * u128::from(end)) >> 64;
        u64::try_from(scaled).expect("below a u64")
    }

    /// Whether one chance in so many comes true.
    pub fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// An instant of a span; its start, where the span is empty.
    pub fn between(&mut self, from: i64, until: i64) -> i64 {
        let length = u64::try_from(until - from).unwrap_or(0);
        from + i64::try_from(self.below(length)).expect("within the span")
    }

    /// A fraction from 0 up to 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are drawn")]
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
