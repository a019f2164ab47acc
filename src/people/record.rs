//! Records: the pieces of data that may or may not enter a training set.

use std::fmt;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::people::restriction::Restriction;
use crate::values::error::ValueError;
use crate::values::ground::{Ground, Grounds};
use crate::values::id::{RecordId, SubjectId};
use crate::values::kind::Kind;
use crate::values::object::Object;
use crate::values::time::Timestamp;

/// A piece of personal data of one kind, created at an instant, about one or more subjects.
///
/// It reads from one JSON object:
/// `{"id":"r1","subjects":["u1"],"kind":"post","created_at":"2023-02-01T00:00:00Z"}`. A single
/// subject may be written as `"subject":"u1"`. A record without subjects can be read, but is never
/// eligible. Other keys are ignored, so that the JSON object of a real post can be read without
/// changes.
///
/// All subjects of a record must pass. A ground against one of them keeps the record out.
///
/// ```
/// use may_train::{Ground, Policy, Record, Registry, Subject, Verdict};
///
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?)
///     .with_birth("1990".parse()?)
///     .with_residence("US".parse()?, "2019-01-01".parse()?))?;
/// let policy = Policy::shipped("linkedin")?;
/// let view = registry.view(&policy, "2024-12-01".parse()?);
///
/// let own = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?)
///     .with_subject("u1".parse()?);
/// assert_eq!(view.decide(&own).verdict(), Verdict::Eligible);
/// let shared = own.with_subject("u2".parse()?); // the registry does not know `u2`
/// assert_eq!(view.decide(&shared).grounds(), Ground::SubjectUnknown.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Object<RecordDocument>", into = "RecordDocument")]
pub struct Record {
    id: RecordId,
    subjects: SubjectList,
    kind: Kind,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
    restrictions: Vec<Restriction>,
}

impl Record {
    /// Returns a record without subjects. See [`Record::with_subject`].
    #[must_use]
    pub const fn new(id: RecordId, kind: Kind, created_at: Timestamp) -> Self {
        Self {
            id,
            subjects: SubjectList { ids: Vec::new(), known: None },
            kind,
            created_at,
            deleted_at: None,
            restrictions: Vec::new(),
        }
    }

    /// Adds a subject. A duplicate changes nothing.
    #[must_use]
    pub fn with_subject(mut self, subject: SubjectId) -> Self {
        self.subjects.push(subject);
        self
    }

    /// Adds many subjects at once, in n log n time. Duplicates change nothing.
    #[must_use]
    pub fn with_subjects(mut self, subjects: impl IntoIterator<Item = SubjectId>) -> Self {
        self.subjects.extend(subjects);
        self
    }

    /// Returns the record with these subjects instead of its own.
    pub(crate) fn with_subjects_instead(
        mut self,
        subjects: impl Iterator<Item = SubjectId>,
    ) -> Self {
        self.subjects = SubjectList::default();
        self.with_subjects(subjects)
    }

    /// Returns the record with the instant at which it was deleted.
    #[must_use]
    pub const fn with_deletion(mut self, at: Timestamp) -> Self {
        self.deleted_at = Some(at);
        self
    }

    /// Adds a restriction of this record.
    #[must_use]
    pub fn with_restriction(mut self, restriction: Restriction) -> Self {
        self.restrictions.push(restriction);
        self
    }

    /// Returns the identifier of the record on the platform.
    #[must_use]
    pub const fn id(&self) -> &RecordId {
        &self.id
    }

    /// Returns the subjects that the record is about.
    #[must_use]
    pub fn subjects(&self) -> &[SubjectId] {
        &self.subjects.ids
    }

    /// Returns the kind of data.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Returns when the record was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns when the record was deleted; `None` if it was not.
    #[must_use]
    pub const fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Returns the restrictions of this record.
    #[must_use]
    pub fn restrictions(&self) -> &[Restriction] {
        &self.restrictions
    }
}

/// Subjects in the given order, without duplicates.
#[derive(Default)]
struct SubjectList {
    ids: Vec<SubjectId>,
    /// All of them, once many were added one by one. It is no part of what the list says.
    known: Option<Box<HashSet<SubjectId>>>,
}

/// The longest list that is searched for a subject one by one.
const SEARCHED: usize = 32;

impl SubjectList {
    /// Adds a subject. A duplicate changes nothing.
    fn push(&mut self, subject: SubjectId) {
        let is_new = if self.ids.len() < SEARCHED {
            !self.ids.contains(&subject)
        } else {
            let all = || Box::new(self.ids.iter().cloned().collect());
            self.known.get_or_insert_with(all).insert(subject.clone())
        };
        if is_new {
            self.ids.push(subject);
        }
    }

    /// Adds many subjects at once, in n log n time.
    fn extend(&mut self, subjects: impl IntoIterator<Item = SubjectId>) {
        self.known = None;
        self.ids.extend(subjects);
        keep_first(&mut self.ids);
    }
}

impl Clone for SubjectList {
    fn clone(&self) -> Self {
        Self { ids: self.ids.clone(), known: None }
    }
}

impl PartialEq for SubjectList {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids
    }
}

impl Eq for SubjectList {}

impl fmt::Debug for SubjectList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ids.fmt(f)
    }
}

/// Removes duplicates and keeps the first of each, in n log n time.
fn keep_first(subjects: &mut Vec<SubjectId>) {
    let mut places: Vec<usize> = (0..subjects.len()).collect();
    places.sort_by(|one, other| subjects.get(*one).cmp(&subjects.get(*other)));
    // The sort is stable: among equal subjects, the first in the list stays first.
    let mut is_again = vec![false; subjects.len()];
    for pair in places.windows(2) {
        if let [one, other] = pair
            && subjects.get(*one) == subjects.get(*other)
            && let Some(is_again) = is_again.get_mut(*other)
        {
            *is_again = true;
        }
    }
    let mut is_again = is_again.into_iter();
    subjects.retain(|_| is_again.next() == Some(false));
}

/// Returns the grounds that the creation and the deletion of a record give at a cut-off.
///
/// An instant is a timestamp or a number of microseconds.
pub(crate) fn existence<T: PartialOrd + Copy>(
    created_at: T,
    deleted_at: Option<T>,
    as_of: T,
) -> Grounds {
    let not_yet = if created_at > as_of { Ground::NotYetCreated.alone() } else { Grounds::NONE };
    match deleted_at {
        Some(deleted_at) if deleted_at <= as_of => not_yet.union(Ground::RecordDeleted.alone()),
        Some(_) | None => not_yet,
    }
}

/// Weighs the facts of a record that do not depend on its subjects.
///
/// It passes the grounds of creation and deletion to `visit` with `None`, and the grounds of each
/// restriction in force with that restriction.
pub(crate) fn weigh_alone<'r>(
    (created_at, deleted_at): (Timestamp, Option<Timestamp>),
    restrictions: &'r [Restriction],
    (as_of, known_at): (Timestamp, Option<Timestamp>),
    visit: &mut impl FnMut(Grounds, Option<&'r Restriction>),
) {
    visit(existence(created_at, deleted_at, as_of), None);
    for restriction in restrictions.iter().filter(|r| r.is_in_force(as_of, known_at)) {
        visit(Ground::Restricted.alone(), Some(restriction));
    }
}

/// The file format of a record.
#[derive(Serialize, Deserialize)]
struct RecordDocument {
    id: RecordId,
    #[serde(default, skip_serializing)]
    subject: Option<SubjectId>,
    #[serde(default)]
    subjects: Option<Vec<SubjectId>>,
    kind: Kind,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    restrictions: Vec<Restriction>,
}

impl TryFrom<Object<RecordDocument>> for Record {
    type Error = ValueError;

    fn try_from(Object(document): Object<RecordDocument>) -> Result<Self, ValueError> {
        let subjects = match (document.subject, document.subjects) {
            (Some(subject), None) => vec![subject],
            (None, subjects) => subjects.unwrap_or_default(),
            (Some(subject), Some(_)) => {
                let remedy = "give one of the two keys";
                return Err(ValueError::new("a `subject` beside `subjects`", subject, remedy));
            }
        };
        let record = Self {
            deleted_at: document.deleted_at,
            restrictions: document.restrictions,
            ..Self::new(document.id, document.kind, document.created_at)
        };
        Ok(record.with_subjects(subjects))
    }
}

impl From<Record> for RecordDocument {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            subject: None,
            subjects: Some(record.subjects.ids),
            kind: record.kind,
            created_at: record.created_at,
            deleted_at: record.deleted_at,
            restrictions: record.restrictions,
        }
    }
}
