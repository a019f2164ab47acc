//! Subjects as columns: births, residences and choices of many subjects, in lists by offsets.

use std::ops::Range;

use crate::bulk::ids::{CapacityError, index};
use crate::bulk::input::checks::{Column, ColumnError, Lists, same_length};
use crate::bulk::packed::histories::Histories;
use crate::bulk::situation::resolved::{History, UNKNOWN, Words, changes};
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::decision::transitions::FirstAfter;
use crate::people::choice::{Choice, ChoiceMade, Choices, Preference};
use crate::people::log::{Entry, Log};
use crate::values::kind::Purpose;
use crate::values::place::Place;
use crate::values::time::{Birth, Timestamp};

/// The facts about many subjects as columns: births, residences, and choices for one purpose.
///
/// The changes of a subject begin at its offset and end before the next offset. They may come in
/// any order, and mean the same as the entries of a [`Subject`](crate::Subject). Instants are
/// microseconds since 1970-01-01T00:00:00Z. A fact that is not given is unknown.
///
/// Columns hold no audiences, restrictions or erasures: pass a subject who has any as a
/// [`Subject`](crate::Subject).
///
/// ```
/// use may_train::bulk::{SubjectColumns, Snapshot};
/// use may_train::{Choice, ChosenBy, Policy, Timestamp};
/// use may_train::people::ChoiceMade;
///
/// let micros = |day: &str| day.parse::<Timestamp>().map(Timestamp::as_micros);
/// let opt_out = ChoiceMade::new(Choice::OptOut, ChosenBy::Subject);
/// let (births, places) = (["1990".parse()?], ["US".parse()?, "FR".parse()?]);
/// let since = [micros("2019-01-01")?, micros("2019-01-01")?, micros("2024-03-01")?];
/// let (chosen, made) = ([micros("2024-10-01")?], [opt_out]);
///
/// // Two subjects: one of the US, who has opted out; one who has moved to France.
/// let facts = SubjectColumns::new(2)
///     .births(&[0, 0], &births)?
///     .residences(&[0, 1, 3], &since, &[0, 0, 1], &places)?
///     .choices(&[0, 1, 1], &chosen, &made)?;
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
/// snapshot.push_columns(&facts)?;
/// let (created_at, post) = ("2024-02-01".parse()?, "post".parse()?);
/// assert_eq!(snapshot.subject_grounds(0, created_at, &post).to_string(), "opted-out");
/// assert_eq!(snapshot.subject_grounds(1, created_at, &post).to_string(), "region-excluded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SubjectColumns<'a> {
    subjects: usize,
    births: Option<(Column<'a, u32>, &'a [Birth])>,
    /// A place is null if the residence is unknown from that instant on.
    residences: Option<Changes<'a, Column<'a, u32>>>,
    places: &'a [Place],
    choices: Option<Changes<'a, Column<'a, ChoiceMade>>>,
}

/// A list of changes for each subject, with the times at which they were recorded. If these are
/// missing, a change was recorded when it became true.
#[derive(Debug, Clone, Copy)]
struct Changes<'a, T> {
    at: Lists<'a, i64>,
    values: T,
    recorded: Option<&'a [i64]>,
}

/// An error when columns of subjects are frozen or packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectColumnsError {
    /// A value is not valid.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// Every number is taken.
    #[error(transparent)]
    CapacityError(#[from] CapacityError),
}

impl<'a> SubjectColumns<'a> {
    /// Returns columns for that many subjects, about whom nothing is known yet.
    #[must_use]
    pub const fn new(subjects: usize) -> Self {
        Self { subjects, births: None, residences: None, places: &[], choices: None }
    }

    /// Adds the birth of each subject, as an index into a list of births; null if it is unknown.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if the column has another length than the subjects, or a birth is
    /// not in the list.
    pub fn births(
        mut self,
        codes: impl Into<Column<'a, u32>>,
        births: &'a [Birth],
    ) -> Result<Self, ColumnError> {
        let codes = codes.into();
        same_length("birth", codes.len(), self.subjects)?;
        let is_listed = |code: u32| index(code) < births.len();
        if let Some(row) = (0..codes.len()).find(|row| !codes.get(*row).is_none_or(is_listed)) {
            return Err(ColumnError::at("birth", row, "is not in the list; add it there"));
        }
        self.births = Some((codes, births));
        Ok(self)
    }

    /// Adds the residences: since when, and where, as an index into a list of places. A null place
    /// means that the residence is unknown from that instant on.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if the offsets do not fit, or the columns differ in length. It also
    /// does if an instant is null or outside the years 0001 to 9999, or a place is not in the list.
    pub fn residences(
        mut self,
        offsets: &'a [usize],
        since: impl Into<Column<'a, i64>>,
        codes: impl Into<Column<'a, u32>>,
        places: &'a [Place],
    ) -> Result<Self, ColumnError> {
        let codes = codes.into();
        let is_listed = |code: u32| index(code) < places.len();
        if let Some(row) = (0..codes.len()).find(|row| !codes.get(*row).is_none_or(is_listed)) {
            return Err(ColumnError::at(
                "residence.place",
                row,
                "is not in the list; add it there",
            ));
        }
        let names = ["residence", "residence.at", "residence.place"];
        self.residences = Some(Changes::new(names, offsets, since.into(), codes, self.subjects)?);
        self.places = places;
        Ok(self)
    }

    /// Adds when the platform learned of each residence.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if there are not as many instants as residences, or one is null or
    /// outside the years 0001 to 9999.
    pub fn residences_recorded(
        mut self,
        at: impl Into<Column<'a, i64>>,
    ) -> Result<Self, ColumnError> {
        let name = "residence.recorded";
        self.residences = self.residences.map(|c| c.recorded(name, at.into())).transpose()?;
        Ok(self)
    }

    /// Adds the choices for exactly the purpose: when each was made, what it was, and who made it.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] under the conditions of [`SubjectColumns::residences`].
    pub fn choices(
        mut self,
        offsets: &'a [usize],
        at: impl Into<Column<'a, i64>>,
        made: &'a [ChoiceMade],
    ) -> Result<Self, ColumnError> {
        let names = ["choice", "choice.at", "choice.made"];
        let made = Column::from(made);
        self.choices = Some(Changes::new(names, offsets, at.into(), made, self.subjects)?);
        Ok(self)
    }

    /// Adds when the platform learned of each choice.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] under the conditions of [`SubjectColumns::residences_recorded`].
    pub fn choices_recorded(mut self, at: impl Into<Column<'a, i64>>) -> Result<Self, ColumnError> {
        let name = "choice.recorded";
        self.choices = self.choices.map(|c| c.recorded(name, at.into())).transpose()?;
        Ok(self)
    }

    /// Returns the number of subjects.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.subjects
    }

    /// Returns whether there are no subjects.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.subjects == 0
    }

    /// Resolves the facts about a subject.
    fn read(&self, row: usize, known: Known<'_>, words: &mut Words, into: &mut History) {
        let residences = self.residences.map(|changes| changes.of(row)).unwrap_or_default();
        let choices = self.choices.map(|changes| changes.of(row)).unwrap_or_default();
        into.clear();
        into.birth = self.birth(row);
        // A single entry has no ties. Without recording times or a limit, it is known.
        if residences.len() > 1 || known.at.is_some() {
            let log: Log<Option<Place>> = self.residence_entries(residences.clone()).collect();
            changes(&log, known.at, |place| words.of_place(*place), &mut into.residences);
        } else {
            let entry = self.residence_entries(residences.clone());
            let mut number =
                |place: &Option<Place>| place.map_or(UNKNOWN, |place| words.of_place(place));
            into.residences.extend(entry.map(|e| (e.at(), number(e.value()))));
        }
        if choices.len() > 1 || known.at.is_some() {
            let mut all = Choices::default();
            for entry in self.choice_entries(choices.clone()) {
                all.insert(known.purpose.clone(), entry);
            }
            into.preferences.extend(all.preferences(known.purpose, known.at, into.birth));
        } else {
            let entry = self.choice_entries(choices.clone());
            let entry = entry.filter(|entry| entry.value().counts(entry.at(), into.birth));
            into.preferences.extend(entry.map(|entry| (entry.at(), preferred(&entry))));
        }
        into.learned_at = known.at.and_then(|known_at| {
            let mut next = FirstAfter::after(known_at);
            self.residence_entries(residences).for_each(|entry| next.note(entry.recorded()));
            self.choice_entries(choices).for_each(|entry| next.note(entry.recorded()));
            next.found
        });
    }

    fn birth(&self, row: usize) -> Option<Birth> {
        let (codes, births) = self.births?;
        births.get(index(codes.get(row)?)).copied()
    }

    fn residence_entries(&self, rows: Range<usize>) -> impl Iterator<Item = Entry<Option<Place>>> {
        let entries = self.residences.into_iter().flat_map(move |c| c.entries(rows.clone()));
        let place = |code| self.places.get(index(code)).copied();
        entries.map(move |entry| entry.map(|code| code.and_then(place)))
    }

    fn choice_entries(&self, rows: Range<usize>) -> impl Iterator<Item = Entry<ChoiceMade>> {
        let entries = self.choices.into_iter().flat_map(move |c| c.entries(rows.clone()));
        // No choice is missing.
        entries.filter_map(|entry| (*entry.value()).map(|made| entry.map(|_| made)))
    }
}

/// Returns the preference of the only choice that counts.
fn preferred(choice: &Entry<ChoiceMade>) -> Preference {
    match choice.value().choice() {
        Choice::OptOut => Preference::OptOut,
        Choice::OptIn => Preference::OptIn { since: choice.at() },
    }
}

/// The purpose and the state of knowledge for which facts are read.
#[derive(Debug, Clone, Copy)]
struct Known<'a> {
    purpose: &'a Purpose,
    at: Option<Timestamp>,
}

impl<'a, T: Copy> Changes<'a, Column<'a, T>> {
    fn new(
        [name, at_name, value_name]: [&'static str; 3],
        offsets: &'a [usize],
        at: Column<'a, i64>,
        values: Column<'a, T>,
        subjects: usize,
    ) -> Result<Self, ColumnError> {
        let at = at.instants(at_name)?;
        same_length(value_name, values.len(), at.len())?;
        Ok(Self { at: Lists::new(name, offsets, at, subjects)?, values, recorded: None })
    }

    fn recorded(mut self, name: &'static str, at: Column<'a, i64>) -> Result<Self, ColumnError> {
        let at = at.instants(name)?;
        same_length(name, at.len(), self.values.len())?;
        self.recorded = Some(at);
        Ok(self)
    }

    /// Returns the range of a subject's changes.
    fn of(&self, subject: usize) -> Range<usize> {
        self.at.range(subject)
    }

    fn entries(self, rows: Range<usize>) -> impl Iterator<Item = Entry<Option<T>>> + 'a
    where
        T: 'a,
    {
        rows.filter_map(move |row| {
            let at = Timestamp::nearest(*self.at.value(row)?);
            let recorded = self.recorded.and_then(|recorded| recorded.get(row));
            let recorded = recorded.map_or(at, |recorded| Timestamp::nearest(*recorded));
            Some(Entry::new(at, self.values.get(row)).with_recorded(recorded))
        })
    }
}

impl Histories {
    /// Packs many subjects, which get the next numbers in the order of the columns.
    ///
    /// # Errors
    ///
    /// Returns an error if a value is not valid, or there are more subjects than numbers. Some of
    /// them may then be packed.
    pub fn push_columns(&mut self, facts: &SubjectColumns<'_>) -> Result<(), SubjectColumnsError> {
        let purpose = self.purpose().clone();
        let mut history = History::default();
        for row in 0..facts.len() {
            let known = Known { purpose: &purpose, at: self.known_at() };
            facts.read(row, known, &mut self.words, &mut history);
            self.pack(&history)?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// Freezes many subjects, which get the next numbers in the order of the columns.
    ///
    /// # Errors
    ///
    /// Returns an error if a value is not valid, or there are more subjects or profiles than
    /// numbers. Some subjects may then be frozen.
    pub fn push_columns(&mut self, facts: &SubjectColumns<'_>) -> Result<(), SubjectColumnsError> {
        let purpose = self.policy().purpose().clone();
        let mut history = History::default();
        self.reserve(facts.len());
        for row in 0..facts.len() {
            let known = Known { purpose: &purpose, at: self.known_at() };
            facts.read(row, known, &mut self.freezer.rows.words, &mut history);
            self.push_history(&history)?;
        }
        Ok(())
    }
}
