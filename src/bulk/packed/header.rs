//! What packed histories say of a subject first.

use std::hash::{Hash, Hasher};

use crate::bulk::ids::{index, pair};
use crate::bulk::situation::resolved::UNKNOWN;

/// The last residence and the last preference of a subject, and where the rest is.
///
/// It lies in one line of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct Header {
    pub residence_at: i64,
    pub preference_at: i64,
    pub residence: u32,
    pub preference: u32,
    /// One more than the number of the birth; nothing where it is unknown.
    pub birth: u32,
    /// One more than the place in `longer`; nothing where there is no more to know.
    pub longer: u32,
}

/// How preferences are written: one more number for each opt-in that counts since another instant
/// than that of the change.
pub(crate) const SILENT: u32 = 0;
pub(crate) const OPTED_OUT: u32 = 1;
pub(crate) const OPTED_IN: u32 = 2;
pub(crate) const OPTED_IN_BEFORE: u32 = 3;

/// In the place of what is longer: the bit of a header of whom vetoes are known, or nothing at all.
pub(crate) const RARE: u32 = 1 << 31;

/// In four words.
impl Hash for Header {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i64(self.residence_at);
        state.write_i64(self.preference_at);
        state.write_u64(pair(self.residence, self.preference));
        state.write_u64(pair(self.birth, self.longer));
    }
}

impl Header {
    /// That of whoever is not known.
    pub(crate) const UNKNOWN: Self = Self {
        residence_at: i64::MAX,
        preference_at: i64::MAX,
        residence: UNKNOWN,
        preference: SILENT,
        birth: 0,
        longer: RARE,
    };

    /// Whether what is known of the subject cannot be told from changes alone.
    #[inline]
    pub(crate) const fn is_rare(&self) -> bool {
        self.longer & RARE != 0
    }

    /// Whether there is more to know than the header has.
    #[inline]
    pub(crate) const fn is_longer(&self) -> bool {
        self.longer != 0
    }

    /// The header alike for all whose last changes, up to two instants, came to the same; nothing where
    /// there is more to know.
    #[inline]
    pub(crate) fn settled(mut self, residence_by: i64, preference_by: i64) -> Option<Self> {
        if self.residence_at <= residence_by {
            self.residence_at = i64::MIN;
        }
        if self.preference_at <= preference_by {
            self.preference_at = i64::MIN;
        }
        Some(self).filter(|header| !header.is_longer())
    }

    /// 1 where the birth is known.
    #[inline]
    pub(crate) fn has_birth(&self) -> u32 {
        u32::from(self.birth != 0)
    }

    /// 1 where the birthday was reached, of those by births.
    #[inline]
    pub(crate) fn has_birthday(&self, birthdays: &[i64], instant: i64) -> u32 {
        u32::from(birthdays.get(index(self.birth)).is_some_and(|birthday| *birthday <= instant))
    }

    /// Whether there may be residences after an instant besides the last one.
    #[inline]
    pub(crate) const fn is_moved_since(&self, instant: i64) -> bool {
        self.longer != 0 && instant < self.residence_at
    }
}
