//! A preference (silent, opted out, opted in) as one 32-bit code.

use crate::people::choice::Preference;

/// A preference as a small code: 0 silent, 1 opted out, 2 opted in. A code above 2 is an opt-in too,
/// and its offset from 2 says which one.
///
/// Packed histories use the offset for the instant since when an opt-in counts; situations use it for
/// the number of lifetimes that the opt-in has outlived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PreferenceCode(u32);

impl From<Preference> for PreferenceCode {
    fn from(preference: Preference) -> Self {
        match preference {
            Preference::Silent => Self::SILENT,
            Preference::OptOut => Self::OPTED_OUT,
            Preference::OptIn { .. } => Self::OPTED_IN,
        }
    }
}

impl From<u32> for PreferenceCode {
    fn from(code: u32) -> Self {
        Self(code)
    }
}

impl From<PreferenceCode> for u32 {
    fn from(code: PreferenceCode) -> Self {
        code.0
    }
}

impl PreferenceCode {
    pub(crate) const SILENT: Self = Self(0);
    pub(crate) const OPTED_OUT: Self = Self(1);
    pub(crate) const OPTED_IN: Self = Self(2);

    /// Returns the code of an opt-in with an offset; `None` if 32 bits do not hold it.
    pub(crate) fn opted_in(offset: u32) -> Option<Self> {
        Self::OPTED_IN.0.checked_add(offset).map(Self)
    }

    /// Returns the offset of an opt-in; `None` if this is no opt-in.
    pub(crate) fn offset(self) -> Option<u32> {
        self.0.checked_sub(Self::OPTED_IN.0)
    }

    #[inline]
    pub(crate) const fn is_opt_in(self) -> bool {
        self.0 >= Self::OPTED_IN.0
    }

    /// Returns the code with an offset of 0, whichever opt-in it is.
    #[inline]
    pub(crate) fn without_offset(self) -> Self {
        Self(self.0.min(Self::OPTED_IN.0))
    }
}
