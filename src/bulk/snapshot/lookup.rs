//! Lookup of grounds in a snapshot: for one record, or for one subject and one kind of data.

use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::situation::rows::NO_CELL;
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::people::record::{Record, weigh_alone};
use crate::people::restriction::Restriction;
use crate::values::ground::Grounds;
use crate::values::kind::Kind;
use crate::values::time::Timestamp;

/// A snapshot with one kind of data already looked up, for many questions about that kind.
///
/// ```
/// use may_train::bulk::Snapshot;
/// use may_train::{Ground, Policy, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
/// let subject = Subject::new("u0".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?);
/// let number = snapshot.push(&subject)?;
/// let posts = snapshot.of_kind(&"post".parse()?);
/// assert_eq!(posts.subject_grounds(number, "2023-02-01".parse()?), Ground::RegionExcluded.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OfKind<'a> {
    snapshot: &'a Snapshot,
    code: u32,
}

impl OfKind<'_> {
    /// Returns the grounds of one subject alone, as [`Snapshot::subject_grounds`] does.
    #[must_use]
    #[inline]
    pub fn subject_grounds(&self, subject: u32, created_at: Timestamp) -> Grounds {
        let created = created_at.min(self.snapshot.as_of);
        self.snapshot.at(subject, created.as_micros(), self.code)
    }

    /// Returns all grounds against a record of this kind, given its creation and deletion. It has at
    /// least one subject, which may be unknown.
    pub(crate) fn grounds(
        &self,
        times: (Timestamp, Option<Timestamp>),
        restrictions: &[Restriction],
        subjects: impl IntoIterator<Item = u32>,
    ) -> Grounds {
        let mut all = Grounds::NONE;
        let asked = (self.snapshot.as_of, self.snapshot.known_at);
        weigh_alone(times, restrictions, asked, &mut |grounds, _| all |= grounds);
        let (created_at, _) = times;
        let each = subjects.into_iter().map(|subject| self.subject_grounds(subject, created_at));
        each.fold(all, Grounds::union)
    }
}

impl Snapshot {
    /// Returns all grounds against a record, as [`View::decide`](crate::View::decide) does.
    ///
    /// `subjects` are the numbers of the record's subjects in this snapshot. A number that is not
    /// in the snapshot counts as an unknown subject, and so does a missing number.
    ///
    /// ```
    /// use may_train::bulk::Snapshot;
    /// use may_train::{Ground, Grounds, Policy, Record, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
    /// let subject = Subject::new("u0".parse()?).with_residence("US".parse()?, "2019-01-01".parse()?);
    /// let number = snapshot.push(&subject)?;
    ///
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .with_subject("u0".parse()?);
    /// assert_eq!(snapshot.grounds(&record, &[number]), Grounds::NONE);
    /// assert_eq!(snapshot.grounds(&record, &[]), Ground::SubjectUnknown.alone());
    ///
    /// let deleted = record.with_deletion("2024-01-01".parse()?);
    /// assert_eq!(snapshot.grounds(&deleted, &[number]), Ground::RecordDeleted.alone());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn grounds(&self, record: &Record, subjects: &[u32]) -> Grounds {
        let times = (record.created_at(), record.deleted_at());
        // A record without a subject counts as one with an unknown subject.
        let nameless = subjects.len() < record.subjects().len().max(1);
        let unknown = nameless.then_some(RecordColumns::UNKNOWN_SUBJECT);
        let subjects = subjects.iter().copied().chain(unknown);
        self.of_kind(record.kind()).grounds(times, record.restrictions(), subjects)
    }

    /// Returns the snapshot with one kind of data already looked up.
    #[must_use]
    pub fn of_kind(&self, kind: &Kind) -> OfKind<'_> {
        self.of_kind_named(kind.as_str())
    }

    /// Returns the snapshot with one kind of data already looked up, by any text: one that the
    /// policy does not name is a kind like every other one.
    pub(crate) fn of_kind_named(&self, kind: &str) -> OfKind<'_> {
        OfKind { snapshot: self, code: self.freezer.rows.codes.code_of_kind(kind) }
    }

    /// Returns the grounds of one subject alone, for data of a kind that was created at an instant.
    ///
    /// These are a *part* of the grounds against a record. They leave out whether it exists yet, is
    /// deleted or restricted, and its further subjects. [`Snapshot::grounds`] returns all grounds.
    ///
    /// ```
    /// use may_train::bulk::Snapshot;
    /// use may_train::{Ground, Policy, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
    /// let subject = Subject::new("u0".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?);
    /// let number = snapshot.push(&subject)?;
    /// let (created_at, post) = ("2023-02-01".parse()?, "post".parse()?);
    /// assert_eq!(
    ///     snapshot.subject_grounds(number, created_at, &post),
    ///     Ground::RegionExcluded.alone(),
    /// );
    /// assert_eq!(snapshot.subject_grounds(7, created_at, &post), Ground::SubjectUnknown.alone());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn subject_grounds(&self, subject: u32, created_at: Timestamp, kind: &Kind) -> Grounds {
        self.of_kind(kind).subject_grounds(subject, created_at)
    }

    /// Returns the grounds of a subject, for a creation time up to the cut-off and the code of a kind.
    #[inline]
    pub(crate) fn at(&self, subject: u32, created: i64, kind: u32) -> Grounds {
        let row = self.members.row(self.members.number(subject), created);
        row.map_or(NO_CELL, |row| self.freezer.rows.table.grounds(row, kind))
    }
}
