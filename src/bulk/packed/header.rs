//! The header of a packed history: the 32 bytes of a subject that answer most questions.

use crate::bulk::ids::index;
use crate::bulk::situation::preference_code::PreferenceCode;
use crate::bulk::situation::resolved::UNKNOWN;

/// The last residence and the last preference of a subject, the birth, and where the other changes
/// are. One cache line holds two headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct Header {
    pub residence_at: i64,
    pub preference_at: i64,
    pub residence: u32,
    /// The offset of an opt-in is 0 if it counts since `preference_at`; otherwise one more than the
    /// index in `Histories::since`.
    pub preference: PreferenceCode,
    /// One more than the code of the birth; 0 if it is unknown.
    pub birth: u32,
    /// One more than the index in `Histories::changes` of the subject's other changes; 0 if there are
    /// none. [`HAS_VETOES`] is a flag in it.
    pub tail: u32,
}

/// Flag in [`Header::tail`]: set if the subject has restrictions or an erasure, or is unknown.
pub(crate) const HAS_VETOES: u32 = 1 << 31;

impl Header {
    /// The header of an unknown subject.
    pub(crate) const UNKNOWN: Self = Self {
        residence_at: i64::MAX,
        preference_at: i64::MAX,
        residence: UNKNOWN,
        preference: PreferenceCode::SILENT,
        birth: 0,
        tail: HAS_VETOES,
    };

    /// Returns whether restrictions or an erasure may count, or the subject is unknown.
    #[inline]
    pub(crate) const fn has_vetoes(&self) -> bool {
        self.tail & HAS_VETOES != 0
    }

    /// Returns whether there are facts that the header does not hold.
    #[inline]
    pub(crate) const fn has_tail(&self) -> bool {
        self.tail != 0
    }

    /// Returns 1 if the birth is known, or else 0.
    #[inline]
    pub(crate) fn has_birth(&self) -> u32 {
        u32::from(self.birth != 0)
    }

    /// Returns 1 if a birthday was reached by an instant, or else 0. The birthdays are listed by
    /// [`Header::birth`].
    #[inline]
    pub(crate) fn has_birthday(&self, birthdays: &[i64], instant: i64) -> u32 {
        u32::from(birthdays.get(index(self.birth)).is_some_and(|birthday| *birthday <= instant))
    }

    /// Returns whether the subject may have moved after an instant, apart from the last move.
    #[inline]
    pub(crate) const fn is_moved_since(&self, instant: i64) -> bool {
        self.tail != 0 && instant < self.residence_at
    }
}
