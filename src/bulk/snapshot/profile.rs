//! Profiles: step functions from a record's creation time to an answer, which is a row of grounds. A
//! profile is a *course*, the answers one after another, and the instants at which they change.

use std::hash::{Hash, Hasher};

use crate::bulk::ids::pair;
use crate::values::time::Timestamp;

/// The steps of a profile: each instant from which on an answer holds, with the code of its row. The
/// first one is at the first instant of all.
pub(crate) type Steps = [(Timestamp, u32)];

/// How many changes a course has at most.
pub(crate) const CHANGES: usize = 3;

/// The instant of a change that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// Returns microseconds as a number without a sign, in the same order: such numbers are compared and
/// counted by fewer instructions.
#[inline]
pub(crate) const fn in_order(micros: i64) -> u64 {
    micros.cast_unsigned() ^ 1 << 63
}

/// Returns the instant of a number that [`in_order`] gave.
pub(crate) fn instant(in_order: u64) -> Timestamp {
    Timestamp::nearest((in_order ^ 1 << 63).cast_signed())
}

/// The answers of a profile, one after another: few courses serve all subjects.
///
/// The rows are listed by which of the three changes a creation has reached, one bit for each. Bits
/// beyond the changes of the course make no difference, so that any instants may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Course {
    pub rows: [u16; Self::WIDTH],
}

/// Hashes two words, because a whole array would be hashed byte by byte.
impl Hash for Course {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [r0, r1, r2, r3, .., r7] = self.rows.map(u32::from);
        state.write_u64(pair(r0 | r1 << 16, r2 | r3 << 16));
        state.write_u32(r7);
    }
}

impl Course {
    /// How many rows are listed.
    pub(crate) const WIDTH: usize = 1 << CHANGES;

    /// Returns the course of some steps; `None` if they are too many, or a row has too large a code.
    pub(crate) fn of(steps: &Steps) -> Option<Self> {
        let row = |(_, row): &(Timestamp, u32)| u16::try_from(*row).ok();
        let rows = match steps {
            [a] => [row(a)?; Self::WIDTH],
            [a, b] => {
                let [a, b] = [row(a)?, row(b)?];
                [a, b, a, b, a, b, a, b]
            }
            [a, b, c] => {
                let [a, b, c] = [row(a)?, row(b)?, row(c)?];
                [a, b, b, c, a, b, b, c]
            }
            [a, b, c, d] => {
                let [a, b, c, d] = [row(a)?, row(b)?, row(c)?, row(d)?];
                [a, b, b, c, b, c, c, d]
            }
            _ => return None,
        };
        Some(Self { rows })
    }

    /// Returns the course with other codes for its rows; `None` if one is too large.
    pub(crate) fn renumbered(&self, row: impl Fn(u32) -> u32) -> Option<Self> {
        let mut rows = self.rows;
        for number in &mut rows {
            *number = u16::try_from(row((*number).into())).ok()?;
        }
        Some(Self { rows })
    }
}

/// A profile with at most three changes, as a run of records reads it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    /// How many changes there are.
    pub changes: usize,
    /// The instants of the changes, in order ([`in_order`]), and then any others.
    pub instants: [u64; CHANGES],
    /// The rows, by the number of changes reached.
    pub rows: [u16; CHANGES + 1],
}
