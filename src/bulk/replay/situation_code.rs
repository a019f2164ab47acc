//! Where the row of a situation is kept: what is sampled, mixed into one number.

use hashbrown::HashMap;

use crate::bulk::ids::index;
use crate::bulk::situation::codes::Distinctions;
use crate::decision::facts::Instants;
use crate::values::time::Timestamp;

/// How what is sampled is mixed into one number, the place of its row: each part counts by its
/// weight, and by nothing where no epoch looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub weights: [u32; PARTS],
    /// How many places there are; as many as a number can tell apart, if there are too many.
    pub size: usize,
}

/// What is sampled: epoch, window, ages, audience, and places and choices at creation and cut-off.
pub(crate) const PARTS: usize = 8;

impl Scale {
    /// For parts below these limits.
    pub(crate) fn new(limits: [usize; PARTS]) -> Self {
        let mut scale = Self { weights: [0; PARTS], size: 1 };
        for (weight, limit) in scale.weights.iter_mut().zip(limits) {
            // What can only be nothing needs no weight.
            if limit > 1 {
                *weight = u32::try_from(scale.size).unwrap_or(u32::MAX);
                scale.size = scale.size.saturating_mul(limit);
            }
        }
        scale
    }

    /// Whether two situations could have one place.
    #[inline]
    pub(crate) fn is_too_large(&self) -> bool {
        u32::try_from(self.size).is_err()
    }

    #[inline]
    pub(crate) fn place(&self, parts: [u32; PARTS]) -> usize {
        let weighted = parts.into_iter().zip(self.weights);
        weighted.fold(0, |place, (part, weight)| {
            place.wrapping_add(index(part).wrapping_mul(index(weight)))
        })
    }
}

/// What the epochs look at, any of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looks {
    /// At creation, and at the cut-off; so with choices.
    pub residence_at: [bool; 2],
    pub choice_at: [bool; 2],
    pub audience: bool,
}

impl Looks {
    pub(crate) fn of(distinctions: &Distinctions) -> Self {
        let epochs = &distinctions.epochs;
        let (created, as_of) = (Timestamp::MIN, Timestamp::MAX);
        let instants = Instants { created, as_of, known_at: None };
        let sampled = || epochs.iter().filter_map(|epoch| epoch.sampling);
        let spans: Vec<_> = sampled().flat_map(|(r, _)| instants.of_residences(r)).collect();
        let choices: Vec<_> =
            sampled().flat_map(|(_, c)| instants.of_choices(c)).flatten().collect();
        let is_held =
            |instant| spans.iter().any(|(from, until)| [*from, *until].contains(&instant));
        Self {
            residence_at: [created, as_of].map(is_held),
            choice_at: [created, as_of].map(|instant| choices.contains(&instant)),
            audience: distinctions.classes_of_audiences() > 1,
        }
    }

    pub(crate) const fn place_at_creation(self) -> bool {
        let [looks, _] = self.residence_at;
        looks
    }

    pub(crate) const fn choice_at_creation(self) -> bool {
        let [looks, _] = self.choice_at;
        looks
    }
}

/// The rows of the situations that were seen, by their places.
#[derive(Debug, Clone)]
pub(crate) struct Memo {
    /// Where there are few enough places.
    dense: Vec<u32>,
    sparse: HashMap<usize, u32>,
}

/// How many places are kept as such.
pub(crate) const DENSE: usize = 1 << 20;

pub(crate) const NO_ROW: u32 = u32::MAX;

impl Memo {
    pub(crate) fn new(places: usize) -> Self {
        let dense = if places <= DENSE { vec![NO_ROW; places] } else { Vec::new() };
        Self { dense, sparse: HashMap::new() }
    }

    /// The rows by their places, [`NO_ROW`] where none is known; none at all where there are too many
    /// places.
    pub(crate) fn dense(&self) -> &[u32] {
        &self.dense
    }

    pub(crate) fn get(&self, place: usize) -> Option<u32> {
        if self.dense.is_empty() {
            return self.sparse.get(&place).copied();
        }
        self.dense.get(place).copied().filter(|row| *row != NO_ROW)
    }

    pub(crate) fn insert(&mut self, place: usize, row: u32) {
        match self.dense.get_mut(place) {
            Some(free) => *free = row,
            None => _ = self.sparse.insert(place, row),
        }
    }
}
