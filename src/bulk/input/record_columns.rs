//! Records as columns: one row per record, with its subject, creation time and kind, and optionally
//! deletion, further subjects and restrictions.

use std::ops::Range;

use crate::bulk::ids::index;
use crate::bulk::input::checks::{
    Column, ColumnError, Lists, are_surely_instants, check, is_instant, no_instant, same_length,
};
use crate::bulk::situation::codes::Codes;
use crate::people::record::weigh_alone;
use crate::people::restriction::Restriction;
use crate::values::ground::Grounds;
use crate::values::kind::Kind;
use crate::values::time::Timestamp;

/// Records as columns: subject, creation time and kind, and optionally deletion, further subjects
/// and restrictions.
///
/// Instants are microseconds since 1970-01-01T00:00:00Z. Subjects are the numbers that a
/// [`Snapshot`](crate::bulk::Snapshot) or [`Histories`](crate::bulk::Histories) gave them.
/// [`RecordColumns::UNKNOWN_SUBJECT`] means a subject without a number. A kind is an index into a
/// list of at most 256 kinds.
///
/// A missing value is an error, except for a missing deletion.
///
/// ```
/// use may_train::bulk::{ColumnBuffer, RecordColumns};
/// use may_train::Timestamp;
///
/// let created_at = "2023-02-01".parse::<Timestamp>()?.as_micros();
/// let created_at = ColumnBuffer::from(vec![Some(created_at), None]);
/// let kinds = ["post".parse()?];
/// let error = RecordColumns::new(&[0, 1], &created_at, &[0, 0], &kinds).unwrap_err();
/// assert_eq!((error.column(), error.row()), ("created_at", Some(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RecordColumns<'a> {
    pub(crate) subjects: &'a [u32],
    pub(crate) created_at: &'a [i64],
    pub(crate) kinds: &'a [u8],
    pub(crate) kind_names: &'a [Kind],
    pub(crate) deleted_at: Option<Column<'a, i64>>,
    pub(crate) further_subjects: Option<Lists<'a, u32>>,
    pub(crate) restrictions: Option<Lists<'a, Restriction>>,
}

impl<'a> RecordColumns<'a> {
    /// The number that stands for an unknown subject.
    pub const UNKNOWN_SUBJECT: u32 = u32::MAX;

    /// Creates columns of records with one subject each.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if the columns differ in length, if a value is missing, or if there
    /// are more than 256 kinds.
    pub fn new(
        subjects: impl Into<Column<'a, u32>>,
        created_at: impl Into<Column<'a, i64>>,
        kinds: impl Into<Column<'a, u8>>,
        kind_names: &'a [Kind],
    ) -> Result<Self, ColumnError> {
        let subjects = subjects.into().complete("subject")?;
        let created_at = created_at.into().complete("created_at")?;
        let kinds = kinds.into().complete("kind")?;
        same_length("created_at", created_at.len(), subjects.len())?;
        same_length("kind", kinds.len(), subjects.len())?;
        if kind_names.len() > 256 {
            let problem =
                "has more than 256 names; give one name to kinds that the policy does not";
            return Err(ColumnError::new("kind", problem));
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

    /// Adds the deletion time of each record; null means that the record was not deleted.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if the column has another length.
    pub fn deleted_at(mut self, at: impl Into<Column<'a, i64>>) -> Result<Self, ColumnError> {
        let at = at.into();
        same_length("deleted_at", at.len(), self.len())?;
        self.deleted_at = Some(at);
        Ok(self)
    }

    /// Adds the further subjects of each record. Row `row` has the subjects from `offsets[row]` up
    /// to, but not including, `offsets[row + 1]`.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if there is not exactly one offset more than rows. It also does if
    /// the offsets do not ascend, or do not span the subjects.
    pub fn further_subjects(
        mut self,
        offsets: &'a [usize],
        subjects: &'a [u32],
    ) -> Result<Self, ColumnError> {
        let lists = Lists::new("further_subjects", offsets, subjects, self.len())?;
        self.further_subjects = Some(lists);
        Ok(self)
    }

    /// Adds the restrictions of each record, with offsets as in
    /// [`RecordColumns::further_subjects`].
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] under the same conditions.
    pub fn restrictions(
        mut self,
        offsets: &'a [usize],
        restrictions: &'a [Restriction],
    ) -> Result<Self, ColumnError> {
        let lists = Lists::new("restrictions", offsets, restrictions, self.len())?;
        self.restrictions = Some(lists);
        Ok(self)
    }

    /// Returns the number of records.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Returns whether there are no records.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Returns the main columns of some rows.
    pub(crate) fn rows(&self, rows: Range<usize>) -> Self {
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

    /// Returns whether at least seven of eight rows have the same subject as the row before. A run
    /// of rows costs more to begin than a single row.
    pub(crate) fn subjects_change_rarely(&self) -> bool {
        let next = self.subjects.get(1..).unwrap_or_default();
        let changes = self.subjects.iter().zip(next).map(|(one, next)| usize::from(one != next));
        changes.fold(0, usize::wrapping_add) < self.subjects.len() / 8
    }

    /// Returns the values of a column of cut-offs beside these columns.
    ///
    /// # Errors
    ///
    /// Returns an error if a cut-off is missing, or the lengths differ.
    pub(crate) fn cut_offs<'c>(&self, as_of: Column<'c, i64>) -> Result<&'c [i64], ColumnError> {
        let as_of = as_of.complete("as_of")?;
        same_length("as_of", as_of.len(), self.len())?;
        Ok(as_of)
    }

    /// Returns the code that a policy has for each kind.
    pub(crate) fn codes(&self, codes: &Codes) -> [u32; 256] {
        let mut by_kind = [0; 256];
        for (code, kind) in by_kind.iter_mut().zip(self.kind_names) {
            *code = codes.code_of_kind(kind.as_str());
        }
        by_kind
    }

    /// Adds the grounds that only some records can have: those of a deletion, of restrictions, and
    /// of further subjects. `grounds` returns the grounds of a further subject.
    pub(crate) fn unite_more(
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
            let deleted_at = self.deleted_at.as_ref().and_then(|column| column.get(row));
            let restrictions = self.restrictions.as_ref().map_or(&[][..], |lists| lists.list(row));
            let cut_off = Timestamp::nearest(*as_of);
            // The main columns decide about the creation. Here the record counts as created at the
            // cut-off, so that it adds no ground.
            let times = (cut_off, deleted_at.map(Timestamp::nearest));
            weigh_alone(times, restrictions, (cut_off, known_at), &mut |grounds, _| {
                *into |= grounds;
            });
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

    /// Returns whether there are columns that only some records use.
    pub(crate) const fn has_more(&self) -> bool {
        self.deleted_at.is_some() || self.further_subjects.is_some() || self.restrictions.is_some()
    }

    /// Checks the values of some rows, given the number of known subjects.
    pub(crate) fn check(&self, rows: &Range<usize>, subjects: usize) -> Result<(), ColumnError> {
        let main = self.rows(rows.clone());
        let last_subject =
            main.subjects.iter().fold(0, |last, subject| last.max(subject.wrapping_add(1)));
        if index(last_subject) > subjects || !self.are_surely_good(&main) {
            self.check_each(rows, subjects)?;
        }
        self.check_more(rows, subjects)
    }

    /// Returns `true` only if the instants and kinds of some rows are good. The loops are short,
    /// because nearly every column is good.
    pub(crate) fn are_surely_good(&self, some: &Self) -> bool {
        let last_kind = some.kinds.iter().fold(0, |last, kind| last.max(*kind));
        let is_any = some.kinds.is_empty() || usize::from(last_kind) < self.kind_names.len();
        is_any && are_surely_instants(some.created_at)
    }

    /// Checks the main columns value by value. The error names the first bad value.
    pub(crate) fn check_each(
        &self,
        rows: &Range<usize>,
        subjects: usize,
    ) -> Result<(), ColumnError> {
        let is_subject = |number: &u32| is_subject(*number, subjects);
        check(self.subjects, rows, "subject", is_subject, no_subject)?;
        check(self.created_at, rows, "created_at", |at| is_instant(*at), no_instant)?;
        let names = self.kind_names.len();
        let no_kind =
            |code: u8| format!("there is no kind {code}; give one of the {names} that are named");
        check(self.kinds, rows, "kind", |code| usize::from(*code) < names, no_kind)
    }

    /// Checks the columns that only some records use.
    pub(crate) fn check_more(
        &self,
        rows: &Range<usize>,
        subjects: usize,
    ) -> Result<(), ColumnError> {
        if let Some(deleted_at) = &self.deleted_at {
            // A value in a row that the mask marks as missing does not matter.
            let is_good = |row: &usize| deleted_at.get(*row).is_none_or(is_instant);
            if let Some(row) = rows.clone().find(|row| !is_good(row)) {
                let value = deleted_at.get(row).unwrap_or_default();
                return Err(ColumnError::at("deleted_at", row, no_instant(value)));
            }
        }
        if let Some(further) = &self.further_subjects {
            for row in rows.clone() {
                let mut list = further.list(row).iter();
                if let Some(number) = list.find(|number| !is_subject(**number, subjects)) {
                    return Err(ColumnError::at("further_subjects", row, no_subject(*number)));
                }
            }
        }
        Ok(())
    }
}

fn is_subject(number: u32, subjects: usize) -> bool {
    number == RecordColumns::UNKNOWN_SUBJECT || index(number) < subjects
}

fn no_subject(number: u32) -> String {
    format!("there is no subject {number}; give its number, or UNKNOWN_SUBJECT")
}
