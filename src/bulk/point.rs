//! A standing asked about one record at a time.

use crate::bulk::decide::place;
use crate::bulk::rows::NO_CELL;
use crate::bulk::standing::Standing;
use crate::ground::Grounds;
use crate::kind::Kind;
use crate::time::Timestamp;

/// A standing, asked about records of one kind: whoever asks often looks the kind up once.
///
/// ```
/// use may_train::bulk::Standing;
/// use may_train::{Ground, Policy, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut standing = Standing::new(&policy, "2024-12-01".parse()?, None);
/// let subject = Subject::new("u0".parse()?).resides("FR".parse()?, "2019-01-01".parse()?);
/// let number = standing.push(&subject)?;
/// let posts = standing.of_kind(&"post".parse()?);
/// assert_eq!(posts.grounds(number, "2023-02-01".parse()?), Ground::RegionExcluded.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OfKind<'a> {
    standing: &'a Standing,
    code: u32,
}

impl OfKind<'_> {
    /// The grounds against what a subject alone created at an instant: [`Standing::grounds`].
    #[must_use]
    #[inline]
    pub fn grounds(&self, subject: u32, created_at: Timestamp) -> Grounds {
        let created = created_at.min(self.standing.as_of);
        self.standing.at(self.standing.place(subject), created.as_micros(), self.code)
    }
}

impl Standing {
    /// The standing, asked about one kind.
    #[must_use]
    pub fn of_kind(&self, kind: &Kind) -> OfKind<'_> {
        OfKind { standing: self, code: self.rows.distinctions.code_of_kind(kind) }
    }

    /// The grounds against what a subject alone created at an instant, of one kind; whoever is not
    /// frozen is not known. That a record does not exist yet or any more is not looked at.
    ///
    /// ```
    /// use may_train::bulk::Standing;
    /// use may_train::{Ground, Policy, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut standing = Standing::new(&policy, "2024-12-01".parse()?, None);
    /// let subject = Subject::new("u0".parse()?).resides("FR".parse()?, "2019-01-01".parse()?);
    /// let number = standing.push(&subject)?;
    /// let (created_at, post) = ("2023-02-01".parse()?, "post".parse()?);
    /// assert_eq!(standing.grounds(number, created_at, &post), Ground::RegionExcluded.alone());
    /// assert_eq!(standing.grounds(7, created_at, &post), Ground::SubjectUnknown.alone());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn grounds(&self, subject: u32, created_at: Timestamp, kind: &Kind) -> Grounds {
        self.of_kind(kind).grounds(subject, created_at)
    }

    /// The place of a subject in `profile_of`; the first one, of whoever is not frozen.
    pub(super) fn place(&self, subject: u32) -> usize {
        let place = place(subject);
        if place < self.profile_of.len() { place } else { 0 }
    }

    /// The grounds for a place in `profile_of`, an instant of creation up to the cut-off, and the code
    /// of a kind.
    #[inline]
    pub(super) fn at(&self, place: usize, created: i64, kind: u32) -> Grounds {
        let row = self.profile_of.get(place).and_then(|p| self.profiles.row(*p, created));
        row.map_or(NO_CELL, |row| self.rows.table.grounds(row, kind))
    }
}
