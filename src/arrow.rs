//! Arrow columns: subjects and records in, decisions out, for query engines and data frames.
//!
//! | you have | you use |
//! | --- | --- |
//! | subjects as columns | [`Subjects`]: into a registry, or frozen |
//! | records as columns | [`Records`], for [`Snapshot::decide`](crate::bulk::Snapshot::decide) |
//! | an engine that joins its records itself | [`Tables`]: the snapshot as tables, and the SQL |
//!
//! Records have these columns:
//!
//! | column | type | |
//! | --- | --- | --- |
//! | `subject`, or else `subjects` | id, or else a list of ids | whose data the record is |
//! | `kind` | text | |
//! | `created_at` | timestamp with a zone | floored to microseconds |
//! | `deleted_at` | the same | the column may be missing, and a value may be null |
//! | `restrictions` | list of `id`, `from`, `until`, `recorded` | the column may be missing; so may `until` and `recorded` |
//!
//! An id is a text, a whole number of 32 or 64 bits, or a UUID, `FixedSizeBinary(16)`. A number means its
//! decimal digits, and a UUID its text in lower case with hyphens, so that the same id as a text is the
//! same subject. Ids and texts may be encoded by a dictionary. Other columns are ignored. A null is an error unless the
//! value may be missing. A null therefore never means that nothing stands against a record.
//!
//! ```
//! use std::sync::Arc;
//!
//! use arrow_array::{RecordBatch, StringArray, TimestampMicrosecondArray};
//! use may_train::arrow::{self, Records};
//! use may_train::{Policy, Registry, Subject, Timestamp};
//!
//! let policy = Policy::shipped("linkedin")?;
//! let mut registry = Registry::new();
//! registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
//! let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
//!
//! let created_at = "2023-02-01".parse::<Timestamp>()?.as_micros();
//! let batch = RecordBatch::try_from_iter([
//!     ("subject", Arc::new(StringArray::from(vec!["u1"])) as _),
//!     ("kind", Arc::new(StringArray::from(vec!["post"])) as _),
//!     (
//!         "created_at",
//!         Arc::new(TimestampMicrosecondArray::from(vec![created_at]).with_timezone("UTC")) as _,
//!     ),
//! ])?;
//! let decided = snapshot.decide(&Records::read(&batch, &ids)?.columns())?;
//! assert_eq!(decided.grounds()[0].to_string(), "region-excluded");
//! assert_eq!(arrow::verdicts(decided.grounds()).value(0), "ineligible");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod events;
pub(crate) mod ids;
mod records;
mod stored;
mod subjects;
pub(crate) mod table;
mod tables;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ListArray, RecordBatch, StringArray};

use crate::arrow::events::Restrictions;
use crate::arrow::ids::{IdColumn, Spelling};
use crate::arrow::records::SubjectsOf;
use crate::arrow::table::{Table, Texts};
use crate::bulk::{self, Column, ColumnError, Ids, KindCapacityError, RecordColumns};
use crate::people::restriction::Restriction;
use crate::values::ground::Grounds;
use crate::values::id::SubjectId;
use crate::values::kind::Kind;

pub use ids::record_ids;
pub use records::whole_records;
pub use stored::ReadTablesError;
pub use subjects::Subjects;
pub use tables::Tables;

/// The records of a record batch, as the columns that bulk decisions take.
///
/// A subject without a number is unknown, which makes its records indeterminate.
#[derive(Debug, Clone, Default)]
pub struct Records {
    subjects: Vec<u32>,
    further: Option<(Vec<usize>, Vec<u32>)>,
    kinds: Vec<u8>,
    kind_names: Ids<Kind>,
    created_at: Vec<i64>,
    deleted_at: Option<(Vec<i64>, Vec<bool>)>,
    restrictions: Option<(Vec<usize>, Vec<Restriction>)>,
}

/// The error of a record batch that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadBatchError {
    /// A column is missing, has the wrong type, or holds an invalid value.
    #[error(transparent)]
    ColumnError(#[from] ColumnError),
    /// The batch has records of more than 256 kinds. Read fewer rows at a time.
    #[error(transparent)]
    KindCapacityError(#[from] KindCapacityError),
}

impl Records {
    /// Reads the records of a batch. A subject that is not in `ids` is unknown.
    ///
    /// # Errors
    ///
    /// Returns an error
    ///
    /// - for a column that is missing or of another type;
    /// - for a null, and for an id or a kind that does not parse;
    /// - for a timestamp without a zone;
    /// - for more than 256 kinds.
    pub fn read(batch: &RecordBatch, ids: &Ids<SubjectId>) -> Result<Self, ReadBatchError> {
        let (table, rows) = (Table::from(batch), batch.num_rows());
        let mut records = Self::default();
        records.read_subjects(table, rows, ids)?;
        records.read_kinds(&table.texts("kind")?, rows)?;
        records.created_at = table.instants("created_at")?.all(rows)?;
        if let Some(at) = table.find_instants("deleted_at")?.filter(|at| !at.are_null()) {
            let values = (0..rows).map(|row| at.get(row));
            let there = values.map(|at| (at.unwrap_or_default(), at.is_some()));
            records.deleted_at = Some(there.unzip());
        }
        if let Some(restrictions) = Restrictions::find(table)? {
            let (mut offsets, mut values) = (vec![0], Vec::new());
            for row in 0..rows {
                for restriction in restrictions.of_row(row)? {
                    values.push(restriction?);
                }
                offsets.push(values.len());
            }
            records.restrictions = Some((offsets, values));
        }
        Ok(records)
    }

    /// Reads the subjects of each record from the column `subjects` or `subject`.
    fn read_subjects(
        &mut self,
        table: Table<'_>,
        rows: usize,
        ids: &Ids<SubjectId>,
    ) -> Result<(), ColumnError> {
        let (column, lists) = SubjectsOf::find(table)?.into_parts();
        let mut numbers = Numbers::of(column, ids);
        let Some(lists) = lists else {
            self.subjects.reserve(rows);
            for row in 0..rows {
                self.subjects.push(numbers.of_subject(row, row)?);
            }
            return Ok(());
        };
        let (mut offsets, mut further) = (vec![0], Vec::new());
        for row in 0..rows {
            let mut numbers = lists.range(row)?.map(|index| numbers.of_subject(row, index));
            // A record without subjects is decided as one with an unknown subject.
            self.subjects.push(numbers.next().unwrap_or(Ok(RecordColumns::UNKNOWN_SUBJECT))?);
            for number in numbers {
                further.push(number?);
            }
            offsets.push(further.len());
        }
        self.further = Some((offsets, further));
        Ok(())
    }

    /// Reads the kind of each record and numbers the kinds that occur.
    fn read_kinds(&mut self, texts: &Texts<'_>, rows: usize) -> Result<(), ReadBatchError> {
        let mut known = ByKey::default();
        self.kinds.reserve(rows);
        for row in 0..rows {
            let code = known.get(texts.key(row), || {
                let code = match self.kind_names.get(texts.need(row, row)?) {
                    Some(code) => Some(code),
                    None => self.kind_names.insert(texts.parse(row, row)?),
                };
                let code = code.and_then(|code| u8::try_from(code).ok());
                Ok::<_, ReadBatchError>(code.ok_or(KindCapacityError)?)
            })?;
            self.kinds.push(code);
        }
        Ok(())
    }

    /// Returns the records as columns for a bulk decision.
    #[must_use]
    pub fn columns(&self) -> RecordColumns<'_> {
        // `read` adds one value to each column, and at most 256 kinds, so that the parts fit
        // together.
        let deleted_at = self.deleted_at.as_ref();
        let further = self.further.as_ref();
        let restrictions = self.restrictions.as_ref();
        RecordColumns {
            subjects: &self.subjects,
            created_at: &self.created_at,
            kinds: &self.kinds,
            kind_names: self.kind_names.values(),
            deleted_at: deleted_at.map(|(at, is_there)| Column::from_parts(at, is_there)),
            further_subjects: further.map(|(offsets, all)| bulk::Lists::from_parts(offsets, all)),
            restrictions: restrictions.map(|(offsets, all)| bulk::Lists::from_parts(offsets, all)),
        }
    }
}

/// The numbers of the subjects in a column of ids.
#[derive(Debug)]
struct Numbers<'a> {
    column: IdColumn<'a>,
    ids: &'a Ids<SubjectId>,
    spelling: Spelling,
    known: ByKey<u32>,
}

impl<'a> Numbers<'a> {
    fn of(column: IdColumn<'a>, ids: &'a Ids<SubjectId>) -> Self {
        Self { column, ids, spelling: Spelling::default(), known: ByKey::default() }
    }

    /// Returns the number of the subject at an index. The error names the row.
    fn of_subject(&mut self, row: usize, index: usize) -> Result<u32, ColumnError> {
        let Self { column, ids, spelling, known } = self;
        known.get(column.key(index), || match ids.get(column.need(row, index, spelling)?) {
            Some(number) => Ok(number),
            None => column.parse::<SubjectId>(row, index).map(|_| RecordColumns::UNKNOWN_SUBJECT),
        })
    }
}

/// What was found for the places of a dictionary, so that each is looked up once.
#[derive(Debug, Default)]
struct ByKey<T>(Vec<Option<T>>);

impl<T: Copy> ByKey<T> {
    /// Returns what was found for a key before, or else finds it. Without a key, it always finds it.
    fn get<E>(&mut self, key: Option<usize>, find: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Some(key) = key else { return find() };
        if let Some(Some(found)) = self.0.get(key) {
            return Ok(*found);
        }
        let found = find()?;
        if self.0.len() <= key {
            self.0.resize(key.saturating_add(1), None);
        }
        if let Some(place) = self.0.get_mut(key) {
            *place = Some(found);
        }
        Ok(found)
    }
}

/// Returns the verdicts of grounds, as a column of texts.
#[must_use]
pub fn verdicts(grounds: &[Grounds]) -> StringArray {
    StringArray::from_iter_values(grounds.iter().map(|grounds| grounds.verdict().as_str()))
}

/// Returns the codes of grounds, as a column of sorted lists.
#[must_use]
pub fn codes(grounds: &[Grounds]) -> ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for grounds in grounds {
        grounds.codes().into_iter().for_each(|code| lists.values().append_value(code));
        lists.append(true);
    }
    lists.finish()
}
