//! Profiles: step functions from a record's creation time to an answer, which is a row of grounds.
//! A profile is its answers one after another, and the instants at which they change.

use std::hash::{Hash, Hasher};

use crate::bulk::ids::pair;
use crate::values::time::Timestamp;

/// The steps of a profile: each instant from which on an answer holds, with the code of its row. The
/// first one is at the first instant of all.
pub(crate) type Steps = [(Timestamp, u32)];

/// How many changes a profile holds itself.
const CHANGES: usize = 3;

/// The instant of a change that never comes.
const NEVER: u64 = u64::MAX;

/// Returns microseconds as a number without a sign, in the same order: such numbers are compared and
/// counted by fewer instructions.
#[inline]
pub(crate) const fn in_order(micros: i64) -> u64 {
    micros.cast_unsigned() ^ 1 << 63
}

/// Returns the instant of a number that [`in_order`] gave.
fn instant(in_order: u64) -> Timestamp {
    Timestamp::nearest((in_order ^ 1 << 63).cast_signed())
}

/// A profile with at most three changes: the answers one after another, and the instants between them,
/// in order ([`in_order`]). Two profiles fill one cache line.
///
/// A change at `b` is in force *at* `b`. Unused changes never come, and repeat the last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct Profile {
    instants: [u64; CHANGES],
    rows: [u16; CHANGES + 1],
}

/// Hashes four words, because whole arrays would be hashed byte by byte.
impl Hash for Profile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.instants.into_iter().for_each(|at| state.write_u64(at));
        let [before, first, second, third] = self.rows.map(u32::from);
        state.write_u64(pair(before | first << 16, second | third << 16));
    }
}

impl Profile {
    /// The row that no short profile has.
    const NO_ROW: u16 = u16::MAX;

    /// Stands for a profile that is stored elsewhere, as it has more changes.
    pub(crate) const LONG: Self =
        Self { instants: [NEVER; CHANGES], rows: [Self::NO_ROW; CHANGES + 1] };

    /// Returns the profile of some steps; `None` if they are too many, or a row has too large a code.
    pub(crate) fn of(steps: &Steps) -> Option<Self> {
        let row = |row: u32| u16::try_from(row).ok().filter(|row| *row < Self::NO_ROW);
        let (_, later) = steps.split_first()?;
        let (_, last) = steps.last()?;
        if later.len() > CHANGES {
            return None;
        }
        let mut profile = Self { instants: [NEVER; CHANGES], rows: [row(*last)?; CHANGES + 1] };
        for (into, (_, number)) in profile.rows.iter_mut().zip(steps) {
            *into = row(*number)?;
        }
        for (into, (at, _)) in profile.instants.iter_mut().zip(later) {
            *into = in_order(at.as_micros());
        }
        Some(profile)
    }

    /// Returns whether the profile is stored elsewhere.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        let [before, ..] = self.rows;
        before == Self::NO_ROW
    }

    /// Returns whether the answer is the same at every instant.
    pub(crate) fn is_constant(&self) -> bool {
        self.instants == [NEVER; CHANGES]
    }

    /// Returns the row in force for a creation time, in order: without a branch, as there are always
    /// three changes.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    #[inline]
    pub(crate) fn row(&self, created: u64) -> u32 {
        let reached = self.instants.map(|at| usize::from(created >= at));
        let reached = reached.into_iter().fold(0, usize::wrapping_add);
        u32::from(*self.rows.get(reached).expect("there is a row more than changes"))
    }

    /// Returns a function from a creation time, in order, to what `say` says of the row in force.
    pub(crate) fn picks<T: Copy>(&self, say: impl Fn(u32) -> T) -> impl Fn(u64) -> T {
        let [one, two, three] = self.instants;
        let [before, first, second, third] = self.rows.map(|row| say(u32::from(row)));
        move |created| {
            let said = if created < one { before } else { first };
            let said = if created < two { said } else { second };
            if created < three { said } else { third }
        }
    }

    /// Returns the steps.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        let later = self.instants.into_iter().take_while(|at| *at < NEVER).map(instant);
        [Timestamp::MIN].into_iter().chain(later).zip(self.rows.map(u32::from))
    }

    /// Returns the profile with other codes for its rows; `None` if one is too large.
    pub(crate) fn renumbered(&self, row: impl Fn(u32) -> u32) -> Option<Self> {
        let mut renumbered = *self;
        for number in &mut renumbered.rows {
            let here = u16::try_from(row((*number).into())).ok();
            *number = here.filter(|row| *row < Self::NO_ROW)?;
        }
        Some(renumbered)
    }
}
