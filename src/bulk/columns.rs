//! Columns of records: what is decided in bulk, and what is wrong with it.

use std::fmt;
use std::ops::Range;

use crate::bulk::distinctions::Distinctions;
use crate::bulk::ids::index;
use crate::ground::{Ground, Grounds};
use crate::kind::Kind;
use crate::record::existence;
use crate::restriction::Restriction;
use crate::time::Timestamp;

/// A column: a value a row, of which some may be missing (null).
///
/// ```
/// use may_train::bulk::Column;
///
/// let deleted_at = Column::nullable(&[0, 1_700_000_000_000_000_i64], &[false, true])?;
/// assert_eq!(deleted_at.get(0), None);
/// # Ok::<(), may_train::bulk::BadColumn>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Column<'a, T> {
    values: &'a [T],
    /// Whether there is a value; there is one everywhere, if this is missing.
    is_there: Option<&'a [bool]>,
}

impl<'a, T> From<&'a [T]> for Column<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self { values, is_there: None }
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for Column<'a, T> {
    fn from(values: &'a [T; N]) -> Self {
        Self { values, is_there: None }
    }
}

impl<'a, T> From<&'a Vec<T>> for Column<'a, T> {
    fn from(values: &'a Vec<T>) -> Self {
        Self { values, is_there: None }
    }
}

impl<'a, T: Copy> Column<'a, T> {
    /// A column with a value only where the second slice says so.
    ///
    /// # Errors
    ///
    /// If the two are not of one length.
    pub fn nullable(values: &'a [T], is_there: &'a [bool]) -> Result<Self, BadColumn> {
        same_length("validity", is_there.len(), values.len())?;
        Ok(Self { values, is_there: Some(is_there) })
    }

    /// The value of a row; nothing where it is missing or there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<T> {
        let is_there = self.is_there.is_none_or(|is_there| is_there.get(row) == Some(&true));
        self.values.get(row).copied().filter(|_| is_there)
    }

    /// How many rows there are.
    pub(super) const fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, none of which is missing.
    pub(super) fn complete(self, name: &'static str) -> Result<&'a [T], BadColumn> {
        match self.is_there.and_then(|is_there| is_there.iter().position(|is| !is)) {
            None => Ok(self.values),
            Some(row) => Err(BadColumn::null(name, row)),
        }
    }
}

impl<'a> Column<'a, i64> {
    /// The values, each of which is there and an instant.
    pub(super) fn instants(self, name: &'static str) -> Result<&'a [i64], BadColumn> {
        let micros = self.complete(name)?;
        check_instants(micros, &(0..micros.len()), name)?;
        Ok(micros)
    }
}

/// A column that cannot be decided on: which, in which row, and what to do.
///
/// ```
/// use may_train::bulk::Columns;
///
/// let kinds = ["post".parse()?];
/// let error = Columns::new(&[0, 1], &[0, 0, 0], &[0, 0], &kinds).unwrap_err();
/// assert_eq!(error.to_string(), "`created_at` has 3 rows, but 2 are needed");
/// # Ok::<(), may_train::InvalidValue>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadColumn {
    column: &'static str,
    row: Option<usize>,
    problem: String,
}

impl BadColumn {
    pub(crate) fn new(column: &'static str, problem: impl fmt::Display) -> Self {
        Self { column, row: None, problem: problem.to_string() }
    }

    pub(crate) fn at(column: &'static str, row: usize, problem: impl fmt::Display) -> Self {
        Self { column, row: Some(row), problem: problem.to_string() }
    }

    pub(crate) fn null(column: &'static str, row: usize) -> Self {
        Self::at(column, row, "is null; a value is needed in each row")
    }

    /// The same in a table where so many rows stand before the first of these columns.
    #[must_use]
    pub fn after(mut self, rows: usize) -> Self {
        self.row = self.row.map(|row| row.saturating_add(rows));
        self
    }

    /// The name of the column.
    #[must_use]
    pub const fn column(&self) -> &'static str {
        self.column
    }

    /// The row, counted from 0.
    #[must_use]
    pub const fn row(&self) -> Option<usize> {
        self.row
    }
}

impl fmt::Display for BadColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, row, problem } = self;
        match row {
            Some(row) => write!(f, "`{column}`, row {row}: {problem}"),
            None => write!(f, "`{column}` {problem}"),
        }
    }
}

impl std::error::Error for BadColumn {}

pub(super) fn same_length(
    column: &'static str,
    length: usize,
    rows: usize,
) -> Result<(), BadColumn> {
    if length == rows {
        Ok(())
    } else {
        Err(BadColumn::new(column, format_args!("has {length} rows, but {rows} are needed")))
    }
}

/// Records as columns: of whom, created when, of which kind, and perhaps deleted when, of whom else,
/// and restricted by what.
///
/// Instants are microseconds since 1970-01-01T00:00:00Z. Subjects are the numbers that a
/// [`Standing`](crate::bulk::Standing) or [`Histories`](crate::bulk::Histories) gave them;
/// [`Columns::UNKNOWN_SUBJECT`] is somebody who has none. Kinds are places in a list of kinds, which
/// a code of at most 256 values points into. A missing value is an error, save for a missing deletion.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    pub(super) subjects: &'a [u32],
    pub(super) created_at: &'a [i64],
    pub(super) kinds: &'a [u8],
    pub(super) kind_names: &'a [Kind],
    pub(super) deleted_at: Option<Column<'a, i64>>,
    pub(super) further_subjects: Option<Lists<'a, u32>>,
    pub(super) restrictions: Option<Lists<'a, Restriction>>,
}

/// A list a row: those from one offset up to, but not including, the next one.
#[derive(Debug)]
pub(super) struct Lists<'a, T> {
    offsets: &'a [usize],
    values: &'a [T],
}

// Borrowed, whatever the values are.
impl<T> Clone for Lists<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lists<'_, T> {}

impl<'a, T> Lists<'a, T> {
    pub(super) fn new(
        name: &'static str,
        offsets: &'a [usize],
        values: &'a [T],
        rows: usize,
    ) -> Result<Self, BadColumn> {
        let needed = rows.saturating_add(1);
        if offsets.len() != needed {
            let found = offsets.len();
            let problem = format_args!("has {found} offsets, but {needed} are needed");
            return Err(BadColumn::new(name, problem));
        }
        for (row, ends) in offsets.windows(2).enumerate() {
            if !ends.is_sorted() {
                return Err(BadColumn::at(name, row, "ends before it starts; sort the offsets"));
            }
        }
        match (offsets.first(), offsets.last()) {
            (Some(0), Some(last)) if *last == values.len() => Ok(Self { offsets, values }),
            _ => Err(BadColumn::new(name, "has offsets that do not go from 0 to the last value")),
        }
    }

    /// Where the values of a row are.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let ends = self.offsets.get(row).zip(self.offsets.get(row.saturating_add(1)));
        ends.map_or(0..0, |(from, until)| *from..*until)
    }

    /// The list of a row.
    pub(super) fn list(&self, row: usize) -> &'a [T] {
        self.values.get(self.range(row)).unwrap_or_default()
    }

    /// One of the values of all rows.
    pub(super) fn value(&self, place: usize) -> Option<&'a T> {
        self.values.get(place)
    }
}

impl<'a> Columns<'a> {
    /// The number of a subject who is not known.
    pub const UNKNOWN_SUBJECT: u32 = u32::MAX;

    /// Records of one subject each.
    ///
    /// # Errors
    ///
    /// For columns of different lengths, for a null, and for more than 256 names of kinds.
    pub fn new(
        subjects: impl Into<Column<'a, u32>>,
        created_at: impl Into<Column<'a, i64>>,
        kinds: impl Into<Column<'a, u8>>,
        kind_names: &'a [Kind],
    ) -> Result<Self, BadColumn> {
        let subjects = subjects.into().complete("subject")?;
        let created_at = created_at.into().complete("created_at")?;
        let kinds = kinds.into().complete("kind")?;
        same_length("created_at", created_at.len(), subjects.len())?;
        same_length("kind", kinds.len(), subjects.len())?;
        if kind_names.len() > 256 {
            let problem =
                "has more than 256 names; give one name to kinds that the policy does not";
            return Err(BadColumn::new("kind", problem));
        }
        Ok(Self {
            subjects,
            created_at,
            kinds,
            kind_names,
            deleted_at: None,
            further_subjects: None,
            restrictions: None,
        })
    }

    /// When each record was deleted; null, if it was not.
    ///
    /// # Errors
    ///
    /// For a column of another length.
    pub fn deleted_at(mut self, at: impl Into<Column<'a, i64>>) -> Result<Self, BadColumn> {
        let at = at.into();
        same_length("deleted_at", at.values.len(), self.len())?;
        self.deleted_at = Some(at);
        Ok(self)
    }

    /// Whose data each record is besides: the subjects from `offsets[row]` up to, but not including,
    /// `offsets[row + 1]`.
    ///
    /// # Errors
    ///
    /// For offsets that are not one more than the rows, do not ascend, or do not span the subjects.
    pub fn further_subjects(
        mut self,
        offsets: &'a [usize],
        subjects: &'a [u32],
    ) -> Result<Self, BadColumn> {
        let lists = Lists::new("further_subjects", offsets, subjects, self.len())?;
        self.further_subjects = Some(lists);
        Ok(self)
    }

    /// The restrictions of each record, as for [`Columns::further_subjects`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn restrictions(
        mut self,
        offsets: &'a [usize],
        restrictions: &'a [Restriction],
    ) -> Result<Self, BadColumn> {
        let lists = Lists::new("restrictions", offsets, restrictions, self.len())?;
        self.restrictions = Some(lists);
        Ok(self)
    }

    /// How many records there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The main columns of some rows.
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        Self {
            subjects: self.subjects.get(rows.clone()).unwrap_or_default(),
            created_at: self.created_at.get(rows.clone()).unwrap_or_default(),
            kinds: self.kinds.get(rows).unwrap_or_default(),
            kind_names: self.kind_names,
            deleted_at: None,
            further_subjects: None,
            restrictions: None,
        }
    }

    /// A column of cut-offs beside these.
    pub(super) fn cut_offs<'c>(&self, as_of: Column<'c, i64>) -> Result<&'c [i64], BadColumn> {
        let as_of = as_of.complete("as_of")?;
        same_length("as_of", as_of.len(), self.len())?;
        Ok(as_of)
    }

    /// The code that a policy has for each kind.
    pub(super) fn codes(&self, distinctions: &Distinctions) -> [u32; 256] {
        let mut codes = [0; 256];
        for (code, kind) in codes.iter_mut().zip(self.kind_names) {
            *code = distinctions.code_of_kind(kind);
        }
        codes
    }

    /// Unites with the grounds that only some records can meet: those of a deletion, of restrictions,
    /// and of further subjects, whom `grounds` is asked about.
    pub(super) fn unite_more(
        &self,
        rows: Range<usize>,
        as_of: &[i64],
        known_at: Option<Timestamp>,
        codes: &[u32; 256],
        into: &mut [Grounds],
        mut grounds: impl FnMut(u32, i64, i64, u32) -> Grounds,
    ) {
        if !self.has_more() {
            return;
        }
        for ((row, as_of), into) in rows.zip(as_of).zip(into) {
            if let Some(deleted_at) = &self.deleted_at {
                // Created at the cut-off, so that only the deletion counts.
                *into |= existence(*as_of, deleted_at.get(row), *as_of);
            }
            if let Some(restrictions) = &self.restrictions {
                let as_of = Timestamp::nearest(*as_of);
                if restrictions.list(row).iter().any(|r| r.is_in_force(as_of, known_at)) {
                    *into |= Ground::Restricted;
                }
            }
            if let Some(further) = &self.further_subjects {
                let created = self.created_at.get(row).copied().unwrap_or(*as_of);
                let kind = self.kinds.get(row).copied().unwrap_or_default();
                let code = codes.get(usize::from(kind)).copied().unwrap_or_default();
                for subject in further.list(row) {
                    *into |= grounds(*subject, created, *as_of, code);
                }
            }
        }
    }

    /// Whether there are columns that only some records have anything in.
    pub(super) const fn has_more(&self) -> bool {
        self.deleted_at.is_some() || self.further_subjects.is_some() || self.restrictions.is_some()
    }

    /// Checks the values of some rows against the number of subjects that there are.
    pub(super) fn check(&self, rows: Range<usize>, subjects: usize) -> Result<(), BadColumn> {
        let main = self.rows(rows.clone());
        // In short loops, as nearly always all is well.
        let last_kind = main.kinds.iter().fold(0, |last, kind| last.max(*kind));
        let last_subject =
            main.subjects.iter().fold(0, |last, subject| last.max(subject.wrapping_add(1)));
        let is_good = usize::from(last_kind) < self.kind_names.len()
            && index(last_subject) <= subjects
            && are_instants(main.created_at);
        if !is_good || self.has_more() { self.check_each(rows, subjects) } else { Ok(()) }
    }

    /// Checks value by value, and names the first bad one.
    fn check_each(&self, rows: Range<usize>, subjects: usize) -> Result<(), BadColumn> {
        let is_subject =
            |number: &u32| *number == Self::UNKNOWN_SUBJECT || index(*number) < subjects;
        let unknown = |number: u32| {
            format!("there is no subject {number}; give its number, or UNKNOWN_SUBJECT")
        };
        check(self.subjects, &rows, "subject", is_subject, unknown)?;
        check(self.created_at, &rows, "created_at", |at| is_instant(*at), no_instant)?;
        let names = self.kind_names.len();
        let no_kind =
            |code: u8| format!("there is no kind {code}; give one of the {names} that are named");
        check(self.kinds, &rows, "kind", |code| usize::from(*code) < names, no_kind)?;
        if let Some(deleted_at) = &self.deleted_at {
            // What stands where there is no value does not matter.
            let is_good = |row: &usize| deleted_at.get(*row).is_none_or(is_instant);
            if let Some(row) = rows.clone().find(|row| !is_good(row)) {
                let value = deleted_at.get(row).unwrap_or_default();
                return Err(BadColumn::at("deleted_at", row, no_instant(value)));
            }
        }
        if let Some(further) = &self.further_subjects {
            for row in rows {
                if let Some(number) = further.list(row).iter().find(|number| !is_subject(number)) {
                    return Err(BadColumn::at("further_subjects", row, unknown(*number)));
                }
            }
        }
        Ok(())
    }
}

/// Checks the instants of a column of its own.
pub(super) fn check_instants(
    values: &[i64],
    rows: &Range<usize>,
    column: &'static str,
) -> Result<(), BadColumn> {
    check(values, rows, column, |at| is_instant(*at), no_instant)
}

fn check<T: Copy>(
    values: &[T],
    rows: &Range<usize>,
    column: &'static str,
    is_good: impl Fn(&T) -> bool,
    problem: impl Fn(T) -> String,
) -> Result<(), BadColumn> {
    let values = values.get(rows.clone()).unwrap_or_default();
    let bad = values.iter().zip(rows.clone()).find(|(value, _)| !is_good(value));
    bad.map_or(Ok(()), |(value, row)| Err(BadColumn::at(column, row, problem(*value))))
}

/// Whether each of so many microseconds is an instant.
pub(super) fn are_instants(micros: &[i64]) -> bool {
    let (first, last) = (Timestamp::MIN.as_micros(), Timestamp::MAX.as_micros());
    // Negative where any lies before the first or after the last, even if it wraps around.
    let outside = micros.iter().fold(0, |outside, micros| {
        outside | micros.wrapping_sub(first) | last.wrapping_sub(*micros)
    });
    outside >= 0
}

fn is_instant(micros: i64) -> bool {
    are_instants(&[micros])
}

fn no_instant(micros: i64) -> String {
    format!("{micros} µs lie outside the years 0001 to 9999; give microseconds since 1970")
}
