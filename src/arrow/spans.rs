//! The snapshot as a plain table, for engines that join.

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

/// How large a batch becomes: so many rows, or so many bytes of texts and what the last of them has
/// beyond.
const ROWS: usize = 8192;
const BYTES: usize = 16 << 20;

/// A snapshot as a plain table, batch by batch, for engines that join: what each subject created, of
/// each kind, when, and the grounds against it.
///
/// | column | type | |
/// | --- | --- | --- |
/// | `subject` | text | null: whoever has no row of their own |
/// | `created_from` | timestamp, µs, UTC | null: since always |
/// | `created_until` | the same | the first instant after the span; null: for ever |
/// | `kind` | text | null: every kind that the table does not name |
/// | `grounds` | list of texts | the codes, sorted; empty: eligible, as far as the subject goes |
///
/// Every subject has a row for each span and kind, and the same kinds; spans do not overlap and leave
/// no gap. So a record and one of its subjects meet exactly one row: that of the subject, or else of
/// null; of the kind, or else of null; with `created_from <= created_at < created_until`. A record that
/// names nobody meets that of the subject null.
///
/// A join gives the very grounds of the decision where it unites those of all subjects of a record, and
/// adds what is known of the record alone:
///
/// | ground | where |
/// | --- | --- |
/// | `not-yet-created` | `created_at > as_of`; the last span holds such a record, too |
/// | `record-deleted` | `deleted_at <= as_of` |
/// | `restricted` | a restriction of the record with `from <= as_of < until`, learned by `known_at` |
///
/// In SQL, as DuckDB and DataFusion have it; a null `created_at` meets no row, a null `kind` those of the
/// kinds that are not named, so that neither admits:
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
/// | `question` | one row: the `as_of` and the `known_at` of the snapshot; null where everything counts |
///
/// The question that the table answers stands in the metadata of its schema: `may_train.as_of`,
/// `may_train.known_at` (missing where everything counts), `may_train.platform`, `may_train.purpose`,
/// `may_train.revision` (missing where none is in force) and `may_train.semantics_version`. Whatever
/// changes after the cut-off is another table.
///
/// # Errors
///
/// If the ids are not as many as the subjects. The batches themselves come without errors.
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
/// // First whoever is not known, of whom all kinds come to the same.
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

/// The next rows; nothing after the last.
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
