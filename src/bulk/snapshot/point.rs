//! A snapshot asked about one record at a time.

use crate::bulk::situation::rows::NO_CELL;
use crate::bulk::snapshot::kernel::place;
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::values::ground::Grounds;
use crate::values::kind::Kind;
use crate::values::time::Timestamp;

/// A snapshot, asked about records of one kind: whoever asks often looks the kind up once.
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
/// assert_eq!(posts.grounds(number, "2023-02-01".parse()?), Ground::RegionExcluded.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OfKind<'a> {
    snapshot: &'a Snapshot,
    code: u32,
}

impl OfKind<'_> {
    /// The grounds against what a subject alone created at an instant: [`Snapshot::grounds`].
    #[must_use]
    #[inline]
    pub fn grounds(&self, subject: u32, created_at: Timestamp) -> Grounds {
        let created = created_at.min(self.snapshot.as_of);
        self.snapshot.at(self.snapshot.place(subject), created.as_micros(), self.code)
    }
}

impl Snapshot {
    /// The snapshot, asked about one kind.
    #[must_use]
    pub fn of_kind(&self, kind: &Kind) -> OfKind<'_> {
        OfKind { snapshot: self, code: self.rows.codes.code_of_kind(kind) }
    }

    /// The grounds against what a subject alone created at an instant, of one kind; whoever is not
    /// frozen is not known. That a record does not exist yet or any more is not looked at.
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
    /// assert_eq!(snapshot.grounds(number, created_at, &post), Ground::RegionExcluded.alone());
    /// assert_eq!(snapshot.grounds(7, created_at, &post), Ground::SubjectUnknown.alone());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn grounds(&self, subject: u32, created_at: Timestamp, kind: &Kind) -> Grounds {
        self.of_kind(kind).grounds(subject, created_at)
    }

    /// The place of a subject in `profile_of`; the first one, of whoever is not frozen.
    pub(crate) fn place(&self, subject: u32) -> usize {
        let place = place(subject);
        if place < self.profile_of.len() { place } else { 0 }
    }

    /// The grounds for a place in `profile_of`, an instant of creation up to the cut-off, and the code
    /// of a kind.
    #[inline]
    pub(crate) fn at(&self, place: usize, created: i64, kind: u32) -> Grounds {
        let row = self.profile_of.get(place).and_then(|p| self.profiles.row(*p, created));
        row.map_or(NO_CELL, |row| self.rows.table.grounds(row, kind))
    }
}
