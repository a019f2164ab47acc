//! The records of a training set in packed form: what a recheck, a seal and an audit need.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::bulk::ids::index;
use crate::bulk::{CapacityError, Ids};
use crate::decision::transitions::Agenda;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::values::kind::Kind;
use crate::values::time::Timestamp;

/// A table that numbers distinct texts from 0, and keeps them in one piece of memory.
#[derive(Default)]
pub(crate) struct Names {
    text: String,
    /// Where each text ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// The number of a name, and whether an insertion added it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    New(u32),
    Known(u32),
}

impl Place {
    /// Returns the number.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::New(number) | Self::Known(number) => number,
        }
    }
}

impl Names {
    /// Returns the number of a name, and adds the name if it is new.
    ///
    /// # Errors
    ///
    /// Fails if all 32-bit numbers are given.
    pub(crate) fn insert(&mut self, name: &str) -> Result<Place, CapacityError> {
        if let Some(number) = self.get(name) {
            return Ok(Place::Known(number));
        }
        let number = u32::try_from(self.ends.len()).map_err(|_| CapacityError)?;
        self.text.push_str(name);
        self.ends.push(self.text.len());
        if self.numbers.len() == self.numbers.capacity() {
            self.grow();
        } else {
            let hash = self.hasher.hash_one(name);
            let Self { text, ends, numbers, hasher } = self;
            numbers.insert_unique(hash, number, |n| hasher.hash_one(name_of(text, ends, *n)));
        }
        Ok(Place::New(number))
    }

    /// Rebuilds the hash table with room for as many names again. It visits the names in the order
    /// of memory, which is faster than the order of the old table.
    fn grow(&mut self) {
        let Self { text, ends, numbers, hasher } = self;
        let forgotten: HashSet<u32> = if numbers.len().saturating_add(1) == ends.len() {
            HashSet::new()
        } else {
            let held: HashSet<u32> = numbers.iter().copied().collect();
            let last = ends.len().saturating_sub(1);
            (0..).take(last).filter(|number| !held.contains(number)).collect()
        };
        let mut grown = HashTable::with_capacity(ends.len().saturating_mul(2).max(4));
        for number in (0_u32..).take(ends.len()).filter(|number| !forgotten.contains(number)) {
            let hash = hasher.hash_one(name_of(text, ends, number));
            grown.insert_unique(hash, number, |n| hasher.hash_one(name_of(text, ends, *n)));
        }
        *numbers = grown;
    }

    /// Returns the number of a name; `None` if it was never added or was forgotten.
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        let is_name = |number: &u32| self.name(*number) == name;
        self.numbers.find(self.hasher.hash_one(name), is_name).copied()
    }

    /// Removes a name from the lookup. Its number is not given again, and still leads to the name.
    ///
    /// Returns the number; `None` if the name has none.
    pub(crate) fn forget(&mut self, name: &str) -> Option<u32> {
        let Self { text, ends, numbers, hasher } = self;
        let is_name = |number: &u32| name_of(text, ends, *number) == name;
        let found = numbers.find_entry(hasher.hash_one(name), is_name).ok()?;
        Some(found.remove().0)
    }

    /// Returns the name of a number; an empty text if there is no such number.
    pub(crate) fn name(&self, number: u32) -> &str {
        name_of(&self.text, &self.ends, number)
    }

    /// Returns whether the name has a number.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns every name that was ever given a number, in the order of the numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).take(self.places()).map(|number| self.name(number))
    }

    /// Returns whether the numbers suffice for all names of another table, too.
    pub(crate) fn has_room_for(&self, others: &Self) -> bool {
        u32::try_from(self.places().saturating_add(others.places())).is_ok()
    }

    /// Adds all names of another table. The caller has checked that the numbers suffice.
    pub(crate) fn take_in(&mut self, others: Self) {
        if self.places() == 0 {
            *self = others;
            return;
        }
        for name in others.iter() {
            let _: Result<Place, CapacityError> = self.insert(name);
        }
    }

    /// Returns the number of names that [`Self::get`] finds.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns how many numbers were ever given.
    pub(crate) const fn places(&self) -> usize {
        self.ends.len()
    }
}

/// Marks the absence of a place in a list.
const NONE: u32 = u32::MAX;

/// Returns the name of a number; an empty text if there is no such number.
fn name_of<'t>(text: &'t str, ends: &[usize], number: u32) -> &'t str {
    text.get(range(ends, number)).unwrap_or_default()
}

/// Returns the range of entry `number` in a list that is cut at these ends.
fn range(ends: &[usize], number: u32) -> Range<usize> {
    let place = index(number);
    let start = place.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    start..ends.get(place).copied().unwrap_or(start)
}

/// The next two instants at which a decision can change without a new fact: one after the cut-off,
/// one after the instant of knowledge. They come from one subject or from the record itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turns {
    pub turns_at: Option<Timestamp>,
    pub learned_at: Option<Timestamp>,
}

/// Records as parallel columns. Kinds and subjects are numbers.
#[derive(Default)]
pub(crate) struct Packed {
    pub ids: Names,
    pub subjects: Names,
    kinds: Ids<Kind>,
    created_at: Vec<Timestamp>,
    kind_of: Vec<u32>,
    /// The subjects of all records, concatenated, and where the list of each record ends.
    subjects_of: Vec<u32>,
    subject_ends: Vec<usize>,
    /// For each subject, the last entry of `subjects_of` that names it. For each entry of that
    /// list, the previous entry of the same subject. So each subject has a linked list of its
    /// records.
    last: Vec<u32>,
    before: Vec<u32>,
    /// Deletions and restrictions, by record number. Few records have any.
    rest: HashMap<u32, Rest>,
    /// When a subject's records have to be decided again, though no fact about the subject changes.
    pub by_subject: Agenda<u32>,
    /// When a record has to be decided again because of its own creation, deletion or restrictions.
    pub by_record: Agenda<u32>,
}

/// The deletion and the restrictions of a record.
struct Rest {
    deleted_at: Option<Timestamp>,
    restrictions: Box<[Restriction]>,
}

/// A record without its subjects.
pub(crate) struct Row<'a> {
    pub id: &'a str,
    pub kind: &'a Kind,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub restrictions: &'a [Restriction],
}

impl<'a> Row<'a> {
    /// Returns the part of a record that is not about its subjects.
    pub(crate) fn of(record: &'a Record) -> Self {
        Self {
            id: record.id().as_str(),
            kind: record.kind(),
            created_at: record.created_at(),
            deleted_at: record.deleted_at(),
            restrictions: record.restrictions(),
        }
    }
}

/// A subject of a record, given by its name or by a number of this table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'s> {
    Named(&'s str),
    Numbered(u32),
}

/// The reason why a record cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackError {
    /// The table holds a record of that id.
    Second,
    /// All 32-bit numbers are given.
    Capacity,
}

impl From<CapacityError> for PackError {
    fn from(_: CapacityError) -> Self {
        Self::Capacity
    }
}

impl Packed {
    /// Adds a record with its subjects, each once. `turns_of` gives the turns of a subject that is
    /// new here, by its name and the value beside it.
    ///
    /// # Errors
    ///
    /// Fails if the table holds a record of that id, and if there are no more numbers.
    pub(crate) fn push<'s, T>(
        &mut self,
        row: &Row<'_>,
        own: Turns,
        subjects: impl Iterator<Item = (Who<'s>, T)>,
        mut turns_of: impl FnMut(&'s str, T) -> Turns,
    ) -> Result<Place, PackError> {
        let from = self.subjects_of.len();
        for (who, more) in subjects {
            let name = match who {
                Who::Named(name) => name,
                Who::Numbered(number) => {
                    self.subjects_of.push(number);
                    continue;
                }
            };
            let place = self.subjects.insert(name)?;
            if let Place::New(number) = place {
                let turns = turns_of(name, more);
                self.by_subject.enter(number, turns.turns_at, turns.learned_at);
                self.last.push(NONE);
            }
            self.subjects_of.push(place.number());
        }
        if u32::try_from(self.subjects_of.len()).is_err() {
            self.subjects_of.truncate(from);
            return Err(PackError::Capacity);
        }
        let place = self.ids.insert(row.id)?;
        let Place::New(number) = place else {
            self.subjects_of.truncate(from);
            return Err(PackError::Second);
        };
        for entry in (0_u32..).take(self.subjects_of.len()).skip(from) {
            let subject = self.subjects_of.get(index(entry)).copied().unwrap_or(NONE);
            let last = self.last.get_mut(index(subject));
            let before = last.map_or(NONE, |last| std::mem::replace(last, entry));
            self.before.push(before);
        }
        self.subject_ends.push(self.subjects_of.len());
        self.created_at.push(row.created_at);
        let kind = match self.kinds.get(row.kind) {
            Some(kind) => kind,
            None => self.kinds.insert(row.kind.clone()).ok_or(CapacityError)?,
        };
        self.kind_of.push(kind);
        if row.deleted_at.is_some() || !row.restrictions.is_empty() {
            let Row { deleted_at, restrictions, .. } = *row;
            self.rest.insert(number, Rest { deleted_at, restrictions: restrictions.into() });
        }
        self.by_record.enter(number, own.turns_at, own.learned_at);
        Ok(place)
    }

    /// Returns whether the numbers suffice for all records and subjects of another table, too.
    pub(crate) fn has_room_for(&self, other: &Self) -> bool {
        let fits = |here: usize, there: usize| u32::try_from(here.saturating_add(there)).is_ok();
        fits(self.places(), other.places()) && fits(self.subjects_of.len(), other.subjects_of.len())
    }

    /// Returns how many records were ever added. Their numbers are below it.
    pub(crate) const fn places(&self) -> usize {
        self.ids.places()
    }

    /// Returns the numbers of a subject's records, the last added first.
    pub(crate) fn records_of(&self, subject: u32) -> impl Iterator<Item = u32> {
        let last = self.last.get(index(subject)).copied();
        let entries = std::iter::successors(last.filter(|entry| *entry != NONE), |entry| {
            self.before.get(index(*entry)).copied().filter(|entry| *entry != NONE)
        });
        // The record of an entry is the first whose list ends after the entry.
        let record = |entry: u32| self.subject_ends.partition_point(|end| *end <= index(entry));
        entries.filter_map(move |entry| u32::try_from(record(entry)).ok())
    }

    /// Adds all records of another table, in their order.
    ///
    /// The caller has checked that the two share no id and that the numbers suffice. A record that
    /// fails all the same stays out.
    pub(crate) fn take_in(&mut self, other: &Self) {
        let mut places = Vec::with_capacity(other.places());
        for number in (0..).take(other.places()) {
            let subjects = other.subjects_of(number).iter();
            let subjects = subjects.map(|s| (Who::Named(other.subjects.name(*s)), ()));
            let entered = other.row(number).and_then(|row| {
                self.push(&row, Turns::default(), subjects, |_, ()| Turns::default()).ok()
            });
            places.push(entered.map_or(NONE, Place::number));
        }
        let subject = |number| self.subjects.get(other.subjects.name(number)).unwrap_or(NONE);
        self.by_subject.take_in(&other.by_subject, subject);
        let record = |number| places.get(index(number)).copied().unwrap_or(NONE);
        self.by_record.take_in(&other.by_record, record);
    }

    /// Returns the numbers of a record's subjects.
    pub(crate) fn subjects_of(&self, number: u32) -> &[u32] {
        self.subjects_of.get(range(&self.subject_ends, number)).unwrap_or_default()
    }

    /// Returns the numbers of the records with a deletion or a restriction.
    pub(crate) fn with_more(&self) -> impl Iterator<Item = u32> {
        self.rest.keys().copied()
    }

    /// Returns the record as it was added; `None` if there is no such number.
    pub(crate) fn record(&self, number: u32) -> Option<Record> {
        let place = index(number);
        let kind = self.kinds.value(*self.kind_of.get(place)?)?.clone();
        let id = self.ids.name(number).parse().ok()?;
        let record = Record::new(id, kind, *self.created_at.get(place)?);
        // Each text was parsed from an identifier, so that parsing it again cannot fail.
        let subjects = self.subjects_of(number).iter();
        let subjects = subjects.filter_map(|subject| self.subjects.name(*subject).parse().ok());
        let record = record.with_subjects(subjects);
        let Some(rest) = self.rest.get(&number) else { return Some(record) };
        let record = rest.deleted_at.into_iter().fold(record, Record::with_deletion);
        Some(rest.restrictions.iter().cloned().fold(record, Record::with_restriction))
    }

    /// Returns a record without its subjects; `None` if there is no such number.
    pub(crate) fn row(&self, number: u32) -> Option<Row<'_>> {
        let place = index(number);
        let rest = self.rest.get(&number);
        Some(Row {
            id: self.ids.name(number),
            kind: self.kinds.value(*self.kind_of.get(place)?)?,
            created_at: *self.created_at.get(place)?,
            deleted_at: rest.and_then(|rest| rest.deleted_at),
            restrictions: rest.map_or(&[], |rest| &rest.restrictions),
        })
    }
}
