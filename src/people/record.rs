//! Records: the data that may or may not enter a training set.

use serde::{Deserialize, Serialize};

use crate::people::restriction::Restriction;
use crate::values::error::ValueError;
use crate::values::ground::{Ground, Grounds};
use crate::values::id::{RecordId, SubjectId};
use crate::values::kind::Kind;
use crate::values::object::Object;
use crate::values::time::Timestamp;

/// A record: a piece of data of one kind, created at an instant, of one or more subjects.
///
/// It reads as one JSON object:
/// `{"id":"r1","subjects":["u1"],"kind":"post","created_at":"2023-02-01T00:00:00Z"}`, and
/// `"subject":"u1"` stands for a single one. A record that names no subject can be read, but is
/// never eligible. Other keys are not looked at, so that a real post can be decided as it is.
///
/// ```
/// use may_train::Record;
///
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
/// assert_eq!(record.subjects().len(), 1);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Object<RecordDocument>", into = "RecordDocument")]
pub struct Record {
    id: RecordId,
    /// Without duplicates, in the order given.
    subjects: Vec<SubjectId>,
    kind: Kind,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
    restrictions: Vec<Restriction>,
}

impl Record {
    /// A record of nobody yet; see [`Record::with_subject`].
    #[must_use]
    pub const fn new(id: RecordId, kind: Kind, created_at: Timestamp) -> Self {
        Self {
            id,
            subjects: Vec::new(),
            kind,
            created_at,
            deleted_at: None,
            restrictions: Vec::new(),
        }
    }

    /// Adds a subject whose data it is; one that is already there changes nothing.
    #[must_use]
    pub fn with_subject(mut self, subject: SubjectId) -> Self {
        if !self.subjects.contains(&subject) {
            self.subjects.push(subject);
        }
        self
    }

    /// Adds many subjects at once; one that is already there changes nothing.
    ///
    /// Takes n log n time for n subjects, where one [`Record::with_subject`] after the other compares
    /// each with all before it.
    #[must_use]
    pub fn with_subjects(mut self, subjects: impl IntoIterator<Item = SubjectId>) -> Self {
        self.subjects.extend(subjects);
        keep_first(&mut self.subjects);
        self
    }

    /// The same record, of these subjects instead.
    pub(crate) fn with_subjects_instead(
        mut self,
        subjects: impl Iterator<Item = SubjectId>,
    ) -> Self {
        self.subjects.clear();
        self.with_subjects(subjects)
    }

    /// The record is deleted at an instant.
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

    /// The platform's identifier.
    #[must_use]
    pub const fn id(&self) -> &RecordId {
        &self.id
    }

    /// All whose data it is.
    #[must_use]
    pub fn subjects(&self) -> &[SubjectId] {
        &self.subjects
    }

    /// The kind of data.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// When it was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When it was deleted, if it was.
    #[must_use]
    pub const fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// The restrictions of this record.
    #[must_use]
    pub fn restrictions(&self) -> &[Restriction] {
        &self.restrictions
    }
}

/// Takes out whatever stands in the list before, in n log n time.
fn keep_first(subjects: &mut Vec<SubjectId>) {
    let mut places: Vec<usize> = (0..subjects.len()).collect();
    places.sort_by(|one, other| subjects.get(*one).cmp(&subjects.get(*other)));
    // The sort is stable: of equal subjects, the first stands first.
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

/// The grounds that a record's creation and deletion give at a cut-off, whatever clock counts them.
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

/// Weighs what hangs on a record alone, whoever its subjects are: hands over the grounds of its
/// creation and deletion (`None`), and those of each restriction in force.
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

/// How a record is written.
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
            subjects: Some(record.subjects),
            kind: record.kind,
            created_at: record.created_at,
            deleted_at: record.deleted_at,
            restrictions: record.restrictions,
        }
    }
}
