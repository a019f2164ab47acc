//! A batch: collects records one by one into columns.

use crate::bulk::ids::Ids;
use crate::bulk::input::checks::{Column, Lists};
use crate::bulk::input::record_columns::RecordColumns;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::values::id::SubjectId;
use crate::values::kind::Kind;
use crate::values::time::Timestamp;

/// A builder that collects records one by one into columns.
///
/// ```
/// use may_train::bulk::Batch;
/// use may_train::{Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).with_residence("US".parse()?, "2019-01-01".parse()?))?;
/// let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
///
/// let mut batch = Batch::new();
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
/// batch.push(&record.clone().with_subject("u1".parse()?), &ids)?;
/// batch.push(&record.with_subject("u2".parse()?), &ids)?;
/// let decided = snapshot.decide(&batch.columns())?;
/// assert_eq!(decided.mask(), [true, false]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Batch {
    subjects: Vec<u32>,
    created_at: Vec<i64>,
    kinds: Vec<u8>,
    kind_names: Ids<Kind>,
    deleted_at: Vec<i64>,
    is_deleted: Vec<bool>,
    further_offsets: Vec<usize>,
    further_subjects: Vec<u32>,
    restriction_offsets: Vec<usize>,
    restrictions: Vec<Restriction>,
}

/// The batch holds records of 256 kinds, and the next record has another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the batch has records of 256 kinds; decide on it and start another")]
pub struct KindCapacityError;

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// Creates an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self {
            subjects: Vec::new(),
            created_at: Vec::new(),
            kinds: Vec::new(),
            kind_names: Ids::new(),
            deleted_at: Vec::new(),
            is_deleted: Vec::new(),
            further_offsets: vec![0],
            further_subjects: Vec::new(),
            restriction_offsets: vec![0],
            restrictions: Vec::new(),
        }
    }

    /// Adds a record. A subject that `ids` does not list counts as unknown.
    ///
    /// # Errors
    ///
    /// Returns [`KindCapacityError`] if the record has a 257th kind; then it is not added.
    pub fn push(&mut self, record: &Record, ids: &Ids<SubjectId>) -> Result<(), KindCapacityError> {
        let known = self.kind_names.get(record.kind());
        let kind = known.map_or(self.kind_names.len(), crate::bulk::ids::index);
        let kind = u8::try_from(kind).map_err(|_| KindCapacityError)?;
        if known.is_none() {
            self.kind_names.insert(record.kind().clone());
        }
        let number = |id| ids.get(id).unwrap_or(RecordColumns::UNKNOWN_SUBJECT);
        let mut subjects = record.subjects().iter().map(number);
        // A record without a subject counts as one with an unknown subject.
        self.subjects.push(subjects.next().unwrap_or(RecordColumns::UNKNOWN_SUBJECT));
        self.further_subjects.extend(subjects);
        self.further_offsets.push(self.further_subjects.len());
        self.created_at.push(record.created_at().as_micros());
        self.kinds.push(kind);
        self.deleted_at.push(record.deleted_at().map_or(0, Timestamp::as_micros));
        self.is_deleted.push(record.deleted_at().is_some());
        self.restrictions.extend_from_slice(record.restrictions());
        self.restriction_offsets.push(self.restrictions.len());
        Ok(())
    }

    /// Returns the records as columns.
    #[must_use]
    pub fn columns(&self) -> RecordColumns<'_> {
        // `push` adds one value to each column, and at most 256 kinds.
        let restrictions = Lists::from_parts(&self.restriction_offsets, &self.restrictions);
        RecordColumns {
            subjects: &self.subjects,
            created_at: &self.created_at,
            kinds: &self.kinds,
            kind_names: self.kind_names.values(),
            deleted_at: Some(Column::from_parts(&self.deleted_at, &self.is_deleted)),
            further_subjects: Some(Lists::from_parts(
                &self.further_offsets,
                &self.further_subjects,
            )),
            restrictions: Some(restrictions),
        }
    }

    /// Returns the number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Returns whether there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }
}
