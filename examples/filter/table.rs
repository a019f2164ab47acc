//! Reads records from Parquet, and writes decisions and admitted records to it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;
use may_train::arrow::{self, ReadBatchError, Records};
use may_train::bulk::{ColumnError, Counts, Ids, Snapshot};
use may_train::{Grounds, RecordId, RevisionId, SubjectId};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::members::{Answer, Members, Question};
use super::outputs::Output;
use super::rows;
use super::sinks::Sinks;

/// The columns that are read if the records are not written again.
const COLUMNS: [&str; 7] =
    ["id", "subject", "subjects", "kind", "created_at", "deleted_at", "restrictions"];

/// How many bytes of an output file are held in memory.
const ROW_GROUP: usize = 64 << 20;

/// Decides every record of a file, and writes the requested outputs.
pub fn decide_all(
    members: &Members,
    question: &Question<'_>,
    path: &Path,
    is_part: bool,
    sinks: &mut Sinks,
) -> Result<Counts, Box<dyn Error>> {
    let Members::Frozen(snapshot, ids) = members else {
        return Err("records of Parquet are not explained".into());
    };
    let bad = |error: ColumnError| format!("{}: {error}", path.display());
    let check = |no_rows: &RecordBatch| {
        arrow::record_ids(no_rows)?;
        decide(snapshot, ids, no_rows).map(drop)
    };
    let is_needed = |column: &str| sinks.wants_lines() || COLUMNS.contains(&column);
    let (bar, reader) = rows::read(path, "record", is_part, check, is_needed)?;
    let mut counts = Counts::default();
    for batch in reader {
        let batch = batch?;
        let before = usize::try_from(counts.records())?;
        let bad = |error: ColumnError| bad(error.after(before));
        let records = arrow::record_ids(&batch).map_err(bad)?;
        let grounds = decide(snapshot, ids, &batch).map_err(bad)?;
        for grounds in &grounds {
            counts.add(*grounds);
        }
        let answers: Vec<Answer> = grounds.into_iter().map(Answer::from).collect();
        sinks.decide(records.iter().zip(&answers), question)?;
        if !sinks.takes(&batch) {
            let remedy = "filter it apart, or leave --admitted out";
            let problem = "its columns are not those of the files before it";
            return Err(format!("{}: {problem}; {remedy}", path.display()).into());
        }
        sinks.admit_rows(&batch, &answers)?;
        bar.set_position(counts.records());
    }
    bar.finish_and_clear();
    Ok(counts)
}

fn decide(
    snapshot: &Snapshot,
    ids: &Ids<SubjectId>,
    batch: &RecordBatch,
) -> Result<Vec<Grounds>, ColumnError> {
    match Records::read(batch, ids) {
        Ok(records) => Ok(snapshot.decide(&records.columns())?.grounds().to_vec()),
        Err(ReadBatchError::ColumnError(error)) => Err(error),
        // A batch with too many kinds has at least as many rows, so it has two halves.
        Err(ReadBatchError::KindCapacityError(_)) => {
            let half = batch.num_rows() / 2;
            let mut grounds = decide(snapshot, ids, &batch.slice(0, half))?;
            let others = batch.slice(half, batch.num_rows() - half);
            grounds.extend(decide(snapshot, ids, &others).map_err(|error| error.after(half))?);
            Ok(grounds)
        }
    }
}

/// A Parquet file that is being written. The first rows determine its columns.
pub struct Table {
    output: Option<Output>,
    writer: Option<ArrowWriter<Output>>,
    schema: Option<SchemaRef>,
    /// Whether decisions have explanations. The first decisions written may have none that shows
    /// it.
    explains: bool,
    name: String,
}

impl Table {
    pub fn create(path: &Path, explains: bool) -> Result<Self, String> {
        let output = Some(Output::create(path)?);
        Ok(Self { output, writer: None, schema: None, explains, name: path.display().to_string() })
    }

    /// Returns whether rows have the columns of those written before.
    pub fn takes(&self, batch: &RecordBatch) -> bool {
        self.schema.as_ref().is_none_or(|schema| schema.fields() == batch.schema_ref().fields())
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let failed = |error: &dyn Error| format!("{}: cannot be written: {error}", self.name);
        if let Some(output) = self.output.take() {
            // Engines without Arrow look for the metadata of the schema here.
            let said: BTreeMap<_, _> = batch.schema_ref().metadata().iter().collect();
            let said =
                said.into_iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_max_row_group_bytes(Some(ROW_GROUP))
                .set_key_value_metadata(Some(said.collect()))
                .build();
            let writer = ArrowWriter::try_new(output, batch.schema(), Some(properties));
            self.writer = Some(writer.map_err(|error| failed(&error))?);
            self.schema = Some(batch.schema());
        }
        let mut writer = self.writer.as_mut().filter(|_| batch.num_rows() > 0);
        let written = writer.as_mut().map_or(Ok(()), |writer| writer.write(batch));
        written.map_err(|error| failed(&error))
    }

    pub fn write_decisions<'a>(
        &mut self,
        decisions: impl Iterator<Item = (&'a RecordId, &'a Answer)>,
        revision: Option<&RevisionId>,
    ) -> Result<(), String> {
        let (ids, answers): (Vec<_>, Vec<_>) = decisions.unzip();
        let grounds: Vec<Grounds> = answers.iter().map(|answer| answer.grounds).collect();
        let ids = StringArray::from_iter_values(ids.into_iter().map(RecordId::as_str));
        let revisions: StringArray =
            grounds.iter().map(|_| revision.map(RevisionId::as_str)).collect();
        let column = |name, column: Arc<dyn Array>, can_be_null| (name, column, can_be_null);
        let mut columns = vec![
            column("record", Arc::new(ids), false),
            column("verdict", Arc::new(arrow::verdicts(&grounds)), false),
            column("grounds", Arc::new(arrow::codes(&grounds)), false),
            column("revision", Arc::new(revisions), true),
        ];
        if self.explains {
            let explained = answers.iter().filter_map(|answer| answer.explanation.as_deref());
            let explanations = StringArray::from_iter_values(explained);
            columns.push(column("explanation", Arc::new(explanations), false));
        }
        let batch = RecordBatch::try_from_iter_with_nullable(columns);
        self.write(&batch.map_err(|error| format!("{}: {error}", self.name))?)
    }

    /// Writes the rows that may enter.
    pub fn write_admitted(
        &mut self,
        batch: &RecordBatch,
        answers: &[Answer],
    ) -> Result<(), String> {
        let mask = answers.iter().map(|answer| Some(answer.grounds.is_empty()));
        let admitted = filter_record_batch(batch, &mask.collect::<BooleanArray>());
        self.write(&admitted.map_err(|error| format!("{}: {error}", self.name))?)
    }

    /// Ends the file, which is kept as every output is.
    pub fn finish(self) -> Result<Option<Output>, String> {
        let Self { output, writer, name, .. } = self;
        match writer.map(ArrowWriter::into_inner).transpose() {
            Ok(written) => Ok(written.or(output)),
            Err(error) => Err(format!("{name}: cannot be written: {error}")),
        }
    }
}
