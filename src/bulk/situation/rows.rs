//! Rows of grounds: one row for each situation of a subject, one cell for each kind of data.
//!
//! [`Rows`] asks the scalar decision about each new situation, and looks up the situations that it
//! knows. [`Table`] stores each distinct row once.

use std::hash::{Hash, Hasher};

use hashbrown::HashMap;

use crate::bulk::ids::{code, index, pair};
use crate::bulk::situation::codes::Codes;
use crate::bulk::situation::preference_code::PreferenceCode;
use crate::bulk::situation::resolved::{History, Words};
use crate::decision::case::Question;
use crate::decision::facts::Instants;
use crate::policy::in_force::InForce;
use crate::policy::policy::Policy;
use crate::values::ground::{Ground, Grounds};
use crate::values::time::{Birth, Timestamp};

/// The sampled facts of one subject as small codes: everything that a decision can distinguish. All
/// subjects in one situation get the same grounds, whatever the kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Situation {
    epoch: u32,
    is_restricted: bool,
    is_erased: bool,
    /// The classes of the sampled places, ascending, without duplicates.
    places: Vec<u32>,
    /// The sampled choices, as [`Codes::choice`] encodes them.
    choices: [Option<PreferenceCode>; 2],
    audience: u32,
    /// How many of the minimum ages the subject had reached; `None` if the birth is unknown.
    ages: Option<usize>,
    /// How many of the windows' bounds the creation had reached.
    window: u32,
}

/// Hashes few words, because most fields are smaller than one.
impl Hash for Situation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [then, now] =
            self.choices.map(|choice| choice.map_or(0, |code| u32::from(code).wrapping_add(1)));
        state.write_u64(pair(self.epoch, self.window));
        state.write_u64(pair(then, now));
        state.write_u64(pair(self.audience, self.is_restricted.into()));
        state.write_usize(self.ages.map_or(0, |reached| reached.wrapping_add(1)));
        self.places.iter().for_each(|place| state.write_u32(*place));
    }
}

/// The rows that the scalar decision returned. It is asked once for each situation, about the first
/// subject in it.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub policy: Policy,
    pub words: Words,
    pub codes: Codes,
    pub table: Table,
    known: HashMap<Situation, u32>,
    birthdays: Birthdays,
    situation: Situation,
}

/// The birthdays on which a subject reaches each minimum age. Those of the last birth are kept.
#[derive(Debug, Clone, Default)]
struct Birthdays {
    birth: Option<Birth>,
    reached: Vec<Timestamp>,
}

impl Birthdays {
    fn of(&mut self, birth: Option<Birth>, ages: &[u8]) -> &[Timestamp] {
        if self.birth != birth {
            self.birth = birth;
            self.reached.clear();
            self.reached.extend(ages.iter().filter_map(|years| birth?.birthday(*years)));
        }
        &self.reached
    }
}

impl Rows {
    pub(crate) fn new(policy: &Policy, codes: Codes) -> Self {
        Self {
            policy: policy.clone(),
            words: Words::default(),
            table: Table::new(codes.kinds.len()),
            codes,
            known: HashMap::new(),
            birthdays: Birthdays::default(),
            situation: Situation::default(),
        }
    }

    /// Returns the memory of the rows, in bytes, without the names of places and audiences.
    pub(crate) fn bytes(&self) -> usize {
        let situations = self.known.capacity().saturating_mul(size_of::<(Situation, u32)>());
        situations.saturating_add(self.table.cells.capacity().saturating_mul(size_of::<Grounds>()))
    }

    /// Returns the birthdays on which a subject reached the minimum ages, ascending.
    pub(crate) fn birthdays(&mut self, birth: Option<Birth>) -> &[Timestamp] {
        self.birthdays.of(birth, &self.codes.ages)
    }

    /// Returns the row of a subject for data created at an instant, which is no later than the
    /// cut-off.
    pub(crate) fn row(
        &mut self,
        history: &History,
        created: Timestamp,
        as_of: Timestamp,
        epoch: usize,
    ) -> u32 {
        let instants = Instants { created, as_of, known_at: None };
        let mut situation = std::mem::take(&mut self.situation);
        let Self { policy, words, codes, table, known, birthdays, .. } = self;
        let sampling = codes.epochs.get(epoch).and_then(|epoch| epoch.sampling);
        let sampled = history.sampled(instants, sampling.map(|(_, reach)| reach), words);
        let each_held = |each: &mut dyn FnMut(u32)| {
            if let Some((at, _)) = sampling {
                history.each_residence(instants, at, each);
            }
        };

        situation.places.clear();
        each_held(&mut |place| situation.places.push(codes.class_of_place(place, words)));
        situation.places.sort_unstable();
        situation.places.dedup();
        let reached = |birthdays: &[Timestamp]| birthdays.partition_point(|at| *at <= created);
        situation = Situation {
            epoch: code(epoch),
            is_restricted: sampled.is_restricted,
            is_erased: sampled.is_erased,
            places: situation.places,
            choices: sampled.choices.map(|choice| Some(codes.choice(choice?))),
            audience: codes.class_of_audience(sampled.audience),
            ages: sampled.birth.map(|birth| reached(birthdays.of(Some(birth), &codes.ages))),
            window: codes.window(created.as_micros()),
        };
        let row = known.get(&situation).copied().unwrap_or_else(|| {
            let row = ask(policy, codes, instants, |question| {
                question.grounds(&sampled, |_, each| {
                    each_held(&mut |place| each(words.place(place)));
                })
            });
            let row = table.insert(&row);
            known.insert(situation.clone(), row);
            row
        });
        self.situation = situation;
        row
    }

    /// Returns the row of an unknown subject.
    pub(crate) fn row_of_nobody(&mut self, as_of: Timestamp) -> u32 {
        let instants = Instants { created: as_of, as_of, known_at: None };
        let nobody = |question: &Question<'_>| question.grounds_of_nobody();
        self.table.insert(&ask(&self.policy, &self.codes, instants, nobody))
    }
}

/// Returns the grounds of each kind, from the scalar decision.
fn ask(
    policy: &Policy,
    codes: &Codes,
    instants: Instants,
    grounds: impl Fn(&Question<'_>) -> Grounds,
) -> Vec<Grounds> {
    let in_force = InForce::at(policy, instants.as_of);
    let question = |kind| Question { policy, in_force, kind, instants };
    codes.kinds.iter().map(|kind| grounds(&question(kind))).collect()
}

/// A table that stores each distinct row once.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: HashMap<Box<[Grounds]>, u32>,
    pub cells: Vec<Grounds>,
    /// The number of cells in a row.
    pub stride: u32,
}

/// The grounds of a cell outside the table. No row has such a cell; if one is read, it does not admit.
pub(crate) const NO_CELL: Grounds = Ground::SubjectUnknown.alone();

impl Table {
    fn new(kinds: usize) -> Self {
        Self { rows: HashMap::new(), cells: Vec::new(), stride: code(kinds) }
    }

    /// Adds a row, unless it is there, and returns its code.
    pub(crate) fn insert(&mut self, row: &[Grounds]) -> u32 {
        if let Some(known) = self.rows.get(row) {
            return *known;
        }
        let added = code(self.rows.len());
        self.rows.insert(row.into(), added);
        self.cells.extend_from_slice(row);
        // Every cell has a 32-bit index, so that `grounds` cannot wrap around.
        code(self.cells.len());
        added
    }

    /// Adds the rows of another table, and returns the code that each has here, by its code there.
    pub(crate) fn take_in(&mut self, other: &Self) -> Vec<u32> {
        (0..code(other.rows.len())).map(|row| self.insert(other.row(row))).collect()
    }

    /// Returns how many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns every row, by its code.
    #[cfg(feature = "arrow")]
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Grounds]> {
        (0..code(self.rows.len())).map(|row| self.row(row))
    }

    /// Returns a row, by kind.
    pub(crate) fn row(&self, row: u32) -> &[Grounds] {
        let length = index(self.stride);
        let start = index(row).saturating_mul(length);
        self.cells.get(start..).and_then(|rest| rest.get(..length)).unwrap_or_default()
    }

    /// Returns the grounds in a row, for the kind with that code.
    #[inline]
    pub(crate) fn grounds(&self, row: u32, kind: u32) -> Grounds {
        let cell = row.wrapping_mul(self.stride).wrapping_add(kind);
        self.cells.get(index(cell)).copied().unwrap_or(NO_CELL)
    }
}
