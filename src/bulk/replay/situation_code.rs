//! The situation code: the sampled facts of a row as one mixed-radix number, and the cache of rows by
//! that number.

use hashbrown::HashMap;

use crate::bulk::ids::index;
use crate::bulk::situation::codes::Codes;
use crate::decision::facts::Instants;
use crate::values::time::Timestamp;

/// The sampled facts of a row, one digit each. [`Radix::slot`] mixes the digits into one number.
///
/// The same struct holds what a digit counts in that number (its *stride*), and how many values it can
/// have (its *count*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SituationCode {
    pub epoch: u32,
    pub window: u32,
    /// How many minimum ages were reached, and one more if the birth is known.
    pub age: u32,
    pub audience: u32,
    pub residence_at_creation: u32,
    pub residence_at_cut_off: u32,
    pub choice_at_creation: u32,
    pub choice_at_cut_off: u32,
}

/// How digits are mixed into one number. A digit that can have one value only has a stride of 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Radix {
    strides: SituationCode,
    /// How many numbers there are; `None` if 32 bits do not hold them.
    slots: Option<u32>,
}

impl Radix {
    /// Returns the strides of digits, given how many values each has.
    pub(crate) fn new(counts: SituationCode) -> Self {
        let mut slots = Some(1_u32);
        let mut stride = |count: u32| {
            let stride = slots.filter(|_| count > 1);
            slots = slots.and_then(|slots| slots.checked_mul(count.max(1)));
            stride.unwrap_or_default()
        };
        let strides = SituationCode {
            epoch: stride(counts.epoch),
            window: stride(counts.window),
            age: stride(counts.age),
            audience: stride(counts.audience),
            residence_at_creation: stride(counts.residence_at_creation),
            residence_at_cut_off: stride(counts.residence_at_cut_off),
            choice_at_creation: stride(counts.choice_at_creation),
            choice_at_cut_off: stride(counts.choice_at_cut_off),
        };
        Self { strides, slots }
    }

    /// Returns whether two situations could have the same number.
    #[inline]
    pub(crate) const fn is_too_large(&self) -> bool {
        self.slots.is_none()
    }

    /// Returns the number of a situation. It means nothing if the radix is too large.
    #[inline]
    pub(crate) fn slot(&self, digits: &SituationCode) -> u32 {
        let strides = &self.strides;
        let products = [
            digits.epoch.wrapping_mul(strides.epoch),
            digits.window.wrapping_mul(strides.window),
            digits.age.wrapping_mul(strides.age),
            digits.audience.wrapping_mul(strides.audience),
            digits.residence_at_creation.wrapping_mul(strides.residence_at_creation),
            digits.residence_at_cut_off.wrapping_mul(strides.residence_at_cut_off),
            digits.choice_at_creation.wrapping_mul(strides.choice_at_creation),
            digits.choice_at_cut_off.wrapping_mul(strides.choice_at_cut_off),
        ];
        products.into_iter().fold(0, u32::wrapping_add)
    }
}

/// The facts that any epoch of a policy samples.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each fact is sampled or not, by itself")]
pub(crate) struct SampledFacts {
    pub residence_at_creation: bool,
    pub residence_at_cut_off: bool,
    pub choice_at_creation: bool,
    pub choice_at_cut_off: bool,
    pub audience: bool,
}

impl SampledFacts {
    pub(crate) fn of(codes: &Codes) -> Self {
        let (created, as_of) = (Timestamp::MIN, Timestamp::MAX);
        let instants = Instants { created, as_of, known_at: None };
        let sampled = || codes.epochs.iter().filter_map(|epoch| epoch.sampling);
        let mut held = Vec::new();
        for (at, _) in sampled() {
            instants.each_span(at, |from, until| held.extend([from, until]));
        }
        let choices: Vec<_> =
            sampled().flat_map(|(_, reach)| instants.of_choices(reach)).flatten().collect();
        Self {
            residence_at_creation: held.contains(&created),
            residence_at_cut_off: held.contains(&as_of),
            choice_at_creation: choices.contains(&created),
            choice_at_cut_off: choices.contains(&as_of),
            audience: codes.classes_of_audiences() > 1,
        }
    }
}

/// The rows of the situations that were met, by their numbers.
#[derive(Debug, Clone)]
pub(crate) struct RowCache {
    /// One row for each number, if there are few enough numbers.
    dense: Vec<u32>,
    sparse: HashMap<u32, u32>,
}

/// The largest count of numbers for which the cache is dense.
const DENSE: u32 = 1 << 20;

/// Marks a situation in the cache that did not occur yet.
pub(crate) const NO_ROW: u32 = u32::MAX;

impl RowCache {
    pub(crate) fn new(radix: &Radix) -> Self {
        let slots = radix.slots.filter(|slots| *slots <= DENSE).unwrap_or_default();
        Self { dense: vec![NO_ROW; index(slots)], sparse: HashMap::new() }
    }

    /// Returns the rows by their numbers, [`NO_ROW`] if one was not met; an empty slice if there are
    /// too many numbers.
    pub(crate) fn dense(&self) -> &[u32] {
        &self.dense
    }

    /// Returns the row of a situation; `None` if it was not met.
    pub(crate) fn get(&self, slot: u32) -> Option<u32> {
        if self.dense.is_empty() {
            return self.sparse.get(&slot).copied();
        }
        self.dense.get(index(slot)).copied().filter(|row| *row != NO_ROW)
    }

    pub(crate) fn insert(&mut self, slot: u32, row: u32) {
        match self.dense.get_mut(index(slot)) {
            Some(free) => *free = row,
            None => _ = self.sparse.insert(slot, row),
        }
    }
}
