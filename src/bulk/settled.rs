//! Where the records of a subject have their row, as far as the header says enough.

use std::ops::BitAnd;

/// What a subject adds to the place of a row: step functions of one step each, as the header has only the
/// last changes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Settled {
    /// The part that does not depend on the record.
    pub base: u32,
    pub residence_at: i64,
    /// The weighted class of the last place: as it counts at creation, and at the cut-off.
    pub place: [u32; 2],
    pub preference_at: i64,
    /// The weighted number of the last choice, beyond that of silence: likewise.
    pub choice: [u32; 2],
    /// When the first of the minimum ages was reached, and what that adds.
    pub birthday: i64,
    pub age: u32,
    /// From when on the header says enough: of residences, and of choices.
    pub enough_from: [i64; 2],
}

/// The place of what the header does not say enough for.
pub(super) const UNSETTLED: u32 = u32::MAX;

impl Settled {
    /// The place of the row for what was created at an instant, up to the cut-off, or [`UNSETTLED`].
    /// `looked_at` are the first instants at which residences and choices count.
    #[inline]
    pub(super) fn place(&self, created: i64, as_of: i64, looked_at: [i64; 2]) -> u32 {
        let Self { residence_at, preference_at, .. } = *self;
        let ([place_then, place_now], [choice_then, choice_now]) = (self.place, self.choice);
        // Without branches, as nobody can foretell them.
        let part = |counts: bool, part: u32| if counts { part } else { 0 };
        let place = self
            .base
            .wrapping_add(part(created >= residence_at, place_then))
            .wrapping_add(part(as_of >= residence_at, place_now))
            .wrapping_add(part(created >= preference_at, choice_then))
            .wrapping_add(part(as_of >= preference_at, choice_now))
            .wrapping_add(part(created >= self.birthday, self.age));
        let is_enough = looked_at.into_iter().zip(self.enough_from).map(|(at, from)| at >= from);
        if is_enough.fold(true, BitAnd::bitand) { place } else { UNSETTLED }
    }
}
