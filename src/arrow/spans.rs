//! A snapshot as a relational table, for query engines that join their own records to it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{Array, RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::arrow::codes;
use crate::bulk::{ColumnError, Ids, RecordColumns, Snapshot};
use crate::policy::revision::Revision;
use crate::values::ground::Grounds;
use crate::values::id::SubjectId;
use crate::values::kind::Kind;
use crate::values::regime::SEMANTICS_VERSION;
use crate::values::time::{Span, Timestamp};

/// The size of a batch: it is full at this many rows, or at this many bytes of text.
const ROWS: usize = 8192;
const BYTES: usize = 16 << 20;

/// Returns a snapshot as a plain table, in batches, for query engines that join their own records
/// to it.
///
/// A row holds what a subject created, of one kind, in a span, and the grounds against it:
///
/// | column | type | |
/// | --- | --- | --- |
/// | `subject` | text | null: every subject without rows of its own |
/// | `created_from` | timestamp, µs, UTC | null: no beginning |
/// | `created_until` | the same | the first instant after the span; null: no end |
/// | `kind` | text | null: every kind that the table does not name |
/// | `grounds` | list of texts | the codes, sorted; empty: the subject gives no ground |
///
/// Every subject has a row for each of its spans and each kind, and all subjects have the same
/// kinds. The spans of a subject do not overlap and leave no gap. A record and one of its subjects
/// therefore match exactly one row:
///
/// - the row of the subject, or otherwise of the null subject;
/// - of the kind, or otherwise of the null kind;
/// - with `created_from <= created_at < created_until`.
///
/// A record without subjects matches the null subject.
///
/// A join gives exactly the grounds of the decision if it does two things. It unites the grounds of
/// all the record's subjects, and it adds the grounds that depend on the record alone:
///
/// | ground | condition |
/// | --- | --- |
/// | `not-yet-created` | `created_at > as_of`; the last span contains such a record, too |
/// | `record-deleted` | `deleted_at <= as_of` |
/// | `restricted` | a restriction of the record has `from <= as_of < until`, and `recorded <= known_at` if one is given |
///
/// This SQL does so in DuckDB and DataFusion. A null `created_at` matches no row, and a null `kind`
/// matches the rows of the null kind; neither admits the record.
///
/// ```sql
#[doc = include_str!("join.sql")]
/// ```
///
/// | its tables | |
/// | --- | --- |
/// | `records` | `id`, `kind`, `created_at`, `deleted_at` |
/// | `subjects_of` | a row for each subject of a record: `record`, `subject` |
/// | `restrictions_of` | a row for each restriction of a record: `record`, `starts`, `ends`, `recorded` |
/// | `question` | one row: `as_of` and `known_at` of the snapshot; with a null `known_at` all facts count |
///
/// The metadata of the schema names the question that the table answers:
///
/// - `may_train.as_of`, `may_train.platform`, `may_train.purpose` and `may_train.semantics_version`;
/// - `may_train.known_at`, missing if all facts count;
/// - `may_train.revision`, missing if no revision is in force.
///
/// A change after the cut-off needs another table.
///
/// # Errors
///
/// Returns an error if the number of ids differs from the number of subjects. The batches themselves
/// never fail.
///
/// ```
/// use arrow_array::RecordBatchReader;
/// use arrow_array::cast::AsArray;
/// use may_train::{Policy, Registry, Subject, arrow};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
/// let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
///
/// let mut batches = arrow::spans(&snapshot, &ids)?;
/// assert_eq!(batches.schema().metadata()["may_train.as_of"], "2024-12-01");
/// let batch = batches.next().ok_or("no batch")??;
/// let subjects = batch["subject"].as_string::<i32>();
/// let grounds = batch["grounds"].as_list::<i32>();
/// let of_row = |row| grounds.value(row).as_string::<i32>().value(0).to_owned();
/// // The unknown subject comes first; all its kinds have the same grounds.
/// assert_eq!((subjects.iter().next(), of_row(0)), (Some(None), "subject-unknown".into()));
/// let u1 = subjects.iter().position(|id| id == Some("u1")).ok_or("no row")?;
/// assert_eq!(of_row(u1), "region-excluded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn spans<'a>(
    snapshot: &'a Snapshot,
    ids: &'a Ids<SubjectId>,
) -> Result<impl RecordBatchReader + Send + use<'a>, ColumnError> {
    let (found, needed) = (ids.len(), snapshot.len());
    if found != needed {
        let problem = format_args!(
            "has {found} ids, but {needed} subjects are frozen; give the ids that number them"
        );
        return Err(ColumnError::new("subject", problem));
    }
    let schema = schema(snapshot);
    let of_batches = Arc::clone(&schema);
    let mut rows = rows(snapshot, ids);
    let batches = std::iter::from_fn(move || batch(&mut rows, &of_batches));
    Ok(RecordBatchIterator::new(batches, schema))
}

/// What a subject created in a span, of one kind, and the grounds against it.
struct Row<'a> {
    subject: Option<&'a SubjectId>,
    created: Span,
    kind: Option<&'a Kind>,
    grounds: Grounds,
}

/// Returns the rows of the table: the null subject first, then the subjects by number.
fn rows<'a>(
    snapshot: &'a Snapshot,
    ids: &'a Ids<SubjectId>,
) -> impl Iterator<Item = Row<'a>> + use<'a> {
    let named = snapshot.kinds().split_last().map_or(&[][..], |(_, named)| named);
    let kinds = || named.iter().map(Some).chain([None]);
    let known = ids.values().iter().map(Some).zip(0..);
    let subjects = std::iter::once((None, RecordColumns::UNKNOWN_SUBJECT)).chain(known);
    subjects.flat_map(move |(subject, number)| {
        snapshot.spans(number).into_iter().flat_map(move |(created, row)| {
            let cells = kinds().zip(row);
            cells.map(move |(kind, grounds)| Row { subject, created, kind, grounds: *grounds })
        })
    })
}

/// Builds the next batch of rows; `None` after the last row.
fn batch<'a>(
    rows: &mut impl Iterator<Item = Row<'a>>,
    schema: &SchemaRef,
) -> Option<Result<RecordBatch, ArrowError>> {
    let texts = StringBuilder::new;
    let instants = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
    let (mut subjects, mut kinds, mut grounds) = (texts(), texts(), Vec::new());
    let (mut starts, mut ends) = (instants(), instants());
    let is_full = |texts: &StringBuilder| texts.values_slice().len() >= BYTES;
    while grounds.len() < ROWS && !is_full(&subjects) && !is_full(&kinds) {
        let Some(row) = rows.next() else { break };
        subjects.append_option(row.subject.map(SubjectId::as_str));
        let start = Some(row.created.start()).filter(|start| *start > Timestamp::MIN);
        starts.append_option(start.map(Timestamp::as_micros));
        ends.append_option(row.created.end().map(Timestamp::as_micros));
        kinds.append_option(row.kind.map(Kind::as_str));
        grounds.push(row.grounds);
    }
    if grounds.is_empty() {
        return None;
    }
    let columns: Vec<Arc<dyn Array>> = vec![
        Arc::new(subjects.finish()),
        Arc::new(starts.finish()),
        Arc::new(ends.finish()),
        Arc::new(kinds.finish()),
        Arc::new(codes(&grounds)),
    ];
    Some(RecordBatch::try_new(Arc::clone(schema), columns))
}

/// Returns the schema of the table, with the question in its metadata.
fn schema(snapshot: &Snapshot) -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fields = vec![
        Field::new("subject", DataType::Utf8, true),
        Field::new("created_from", instant.clone(), true),
        Field::new("created_until", instant, true),
        Field::new("kind", DataType::Utf8, true),
        Field::new("grounds", codes(&[]).data_type().clone(), false),
    ];
    let policy = snapshot.policy();
    let question = [
        ("as_of", Some(snapshot.as_of().to_string())),
        ("known_at", snapshot.known_at().map(|known_at| known_at.to_string())),
        ("platform", Some(policy.platform().to_string())),
        ("purpose", Some(policy.purpose().to_string())),
        ("revision", policy.in_force(snapshot.as_of()).map(Revision::id).map(ToString::to_string)),
        ("semantics_version", Some(SEMANTICS_VERSION.to_string())),
    ];
    let question = question
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (format!("may_train.{key}"), value)));
    Arc::new(Schema::new_with_metadata(fields, question.collect::<HashMap<_, _>>()))
}
