//! Records as columns: one row a record, with its subject, creation, kind, and perhaps deletion,
//! further subjects and restrictions.

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

/// Records as columns: subject, creation, kind, and perhaps deletion, further subjects and restrictions.
///
/// Instants are microseconds since 1970-01-01T00:00:00Z. Subjects are the numbers that a
/// [`Snapshot`](crate::bulk::Snapshot) or [`Histories`](crate::bulk::Histories) gave them;
/// [`RecordColumns::UNKNOWN_SUBJECT`] is somebody who has none. Kinds are places in a list of kinds, which
/// a code of at most 256 values points into. A missing value is an error, save for a missing deletion.
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

    /// When each record was deleted; null, if it was not.
    ///
    /// # Errors
    ///
    /// For a column of another length.
    pub fn deleted_at(mut self, at: impl Into<Column<'a, i64>>) -> Result<Self, ColumnError> {
        let at = at.into();
        same_length("deleted_at", at.len(), self.len())?;
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
    ) -> Result<Self, ColumnError> {
        let lists = Lists::new("further_subjects", offsets, subjects, self.len())?;
        self.further_subjects = Some(lists);
        Ok(self)
    }

    /// The restrictions of each record, as for [`RecordColumns::further_subjects`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn restrictions(
        mut self,
        offsets: &'a [usize],
        restrictions: &'a [Restriction],
    ) -> Result<Self, ColumnError> {
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

    /// Whether most rows are of the same subject as the one before: most of eight, as a run of rows
    /// costs more to begin than a row.
    pub(crate) fn subjects_change_rarely(&self) -> bool {
        let next = self.subjects.get(1..).unwrap_or_default();
        let changes = self.subjects.iter().zip(next).map(|(one, next)| usize::from(one != next));
        changes.fold(0, usize::wrapping_add) < self.subjects.len() / 8
    }

    /// A column of cut-offs beside these.
    pub(crate) fn cut_offs<'c>(&self, as_of: Column<'c, i64>) -> Result<&'c [i64], ColumnError> {
        let as_of = as_of.complete("as_of")?;
        same_length("as_of", as_of.len(), self.len())?;
        Ok(as_of)
    }

    /// The code that a policy has for each kind.
    pub(crate) fn codes(&self, codes: &Codes) -> [u32; 256] {
        let mut by_kind = [0; 256];
        for (code, kind) in by_kind.iter_mut().zip(self.kind_names) {
            *code = codes.code_of_kind(kind);
        }
        by_kind
    }

    /// Unites with the grounds that only some records can meet: those of a deletion, of restrictions,
    /// and of further subjects, whom `grounds` is asked about.
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
            // Created at the cut-off: whoever decides the main columns asks about the creation.
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

    /// Whether there are columns that only some records have anything in.
    pub(crate) const fn has_more(&self) -> bool {
        self.deleted_at.is_some() || self.further_subjects.is_some() || self.restrictions.is_some()
    }

    /// Checks the values of some rows against the number of subjects that there are.
    pub(crate) fn check(&self, rows: &Range<usize>, subjects: usize) -> Result<(), ColumnError> {
        let main = self.rows(rows.clone());
        let last_subject =
            main.subjects.iter().fold(0, |last, subject| last.max(subject.wrapping_add(1)));
        if index(last_subject) > subjects || !self.are_surely_good(&main) {
            self.check_each(rows, subjects)?;
        }
        self.check_more(rows, subjects)
    }

    /// Whether the instants and kinds of some rows surely are what they should be: in short loops, as
    /// nearly always all is well.
    pub(crate) fn are_surely_good(&self, some: &Self) -> bool {
        let last_kind = some.kinds.iter().fold(0, |last, kind| last.max(*kind));
        let is_any = some.kinds.is_empty() || usize::from(last_kind) < self.kind_names.len();
        is_any && are_surely_instants(some.created_at)
    }

    /// Checks the main columns value by value, and names the first bad one.
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

    /// Checks the columns that only some records have anything in.
    pub(crate) fn check_more(
        &self,
        rows: &Range<usize>,
        subjects: usize,
    ) -> Result<(), ColumnError> {
        if let Some(deleted_at) = &self.deleted_at {
            // What stands where there is no value does not matter.
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
