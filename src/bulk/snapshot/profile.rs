//! Profiles: step functions from a record's creation time to an answer, which is a row of grounds. A
//! profile is a *course*, the answers one after another, and the instants at which they change.

use std::hash::{Hash, Hasher};

use crate::bulk::ids::pair;
use crate::values::time::Timestamp;

/// The steps of a profile of any length: each instant from which on an answer holds, with the code of
/// its row. The first one is at the first instant of all.
pub(crate) type Steps = [(Timestamp, u32)];

/// How many changes a short profile has at most.
pub(crate) const CHANGES: usize = 3;

/// The answers of a short profile, one after another: few courses serve all subjects.
///
/// They are listed by which of the three changes a creation has reached, one bit for each. Bits beyond
/// the changes of the course make no difference, so that any instants may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Course {
    rows: [u16; 1 << CHANGES],
}

/// A course with its instants, in microseconds. Unused instants lie after every other.
///
/// A change at `b` is in force *at* `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct Profile {
    pub instants: [i64; CHANGES],
    rows: [u16; CHANGES + 1],
}

/// Hashes two words, because a whole array would be hashed byte by byte.
impl Hash for Course {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [r0, r1, r2, r3, .., r7] = self.rows.map(u32::from);
        state.write_u64(pair(r0 | r1 << 16, r2 | r3 << 16));
        state.write_u32(r7);
    }
}

/// Hashes four words.
impl Hash for Profile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.instants.into_iter().for_each(|at| state.write_i64(at));
        let [before, first, second, third] = self.rows.map(u32::from);
        state.write_u64(pair(before | first << 16, second | third << 16));
    }
}

impl Course {
    /// Returns the row in force, without a branch.
    #[inline]
    pub(crate) fn row(&self, instants: [i64; CHANGES], created: i64) -> u32 {
        let [first, second, third] = instants.map(|at| usize::from(created >= at));
        let reached = first | second << 1 | third << 2;
        let [none, one, just_second, two, just_third, one_third, later, all] = self.rows;
        let rows = [none, one, just_second, two, just_third, one_third, later, all];
        rows.get(reached).copied().map_or(0, u32::from)
    }

    /// Returns the rows by the number of changes reached.
    #[inline]
    pub(crate) fn rows(&self) -> [u16; CHANGES + 1] {
        let [before, first, _, second, .., third] = self.rows;
        [before, first, second, third]
    }
}

impl Profile {
    /// Returns the profile of some steps; `None` if they are too many, or a row has too large a code.
    pub(crate) fn of(steps: &Steps) -> Option<Self> {
        let (first, later) = steps.split_first()?;
        let row = |row: u32| u16::try_from(row).ok();
        let mut profile =
            Self { instants: [i64::MAX; CHANGES], rows: [row(first.1)?; CHANGES + 1] };
        for (place, (at, number)) in later.iter().enumerate() {
            *profile.instants.get_mut(place)? = at.as_micros();
            let number = row(*number)?;
            profile.rows.iter_mut().skip(place.saturating_add(1)).for_each(|row| *row = number);
        }
        Some(profile)
    }

    /// Returns the profile of a course with these instants.
    pub(crate) fn on(course: &Course, instants: &[i64]) -> Self {
        let mut profile = Self { instants: [i64::MAX; CHANGES], rows: course.rows() };
        profile.instants.iter_mut().zip(instants).for_each(|(into, at)| *into = *at);
        profile
    }

    /// Returns the course of the profile.
    pub(crate) fn course(&self) -> Course {
        let changes = self.changes();
        let [before, first, second, third] = self.rows;
        let rows = match changes {
            0 => [before; 1 << CHANGES],
            1 => [before, first, before, first, before, first, before, first],
            2 => [before, first, first, second, before, first, first, second],
            _ => [before, first, first, second, first, second, second, third],
        };
        Course { rows }
    }

    /// Returns how many changes there are.
    #[inline]
    pub(crate) fn changes(&self) -> usize {
        let used = self.instants.map(|at| usize::from(at < i64::MAX));
        used.into_iter().fold(0, usize::wrapping_add)
    }

    /// Returns the instants of the changes.
    pub(crate) fn own_instants(&self) -> &[i64] {
        self.instants.get(..self.changes()).unwrap_or_default()
    }

    /// Returns the row in force, without a branch.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    #[inline]
    pub(crate) fn row(&self, created: i64) -> u32 {
        let [first, second, third] = self.instants.map(|at| usize::from(created >= at));
        let passed = first.wrapping_add(second).wrapping_add(third);
        u32::from(*self.rows.get(passed).expect("there is a row more than changes"))
    }

    /// Returns the rows by the number of changes reached. The last one is repeated.
    #[inline]
    pub(crate) const fn rows(&self) -> [u16; CHANGES + 1] {
        self.rows
    }

    /// Returns the profile with other codes for its rows; `None` if one is too large.
    pub(crate) fn renumbered(&self, row: impl Fn(u32) -> u32) -> Option<Self> {
        let rows = self.rows.map(|before| u16::try_from(row(before.into())).ok());
        let [Some(before), Some(first), Some(second), Some(third)] = rows else { return None };
        Some(Self { rows: [before, first, second, third], ..*self })
    }

    /// Returns the steps, the first of which is at the first instant.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        let at = [Timestamp::MIN.as_micros()].into_iter().chain(self.instants);
        let at = at.map_while(|at| Timestamp::from_micros(at).ok());
        at.zip(self.rows.map(u32::from))
    }
}
