//! Reads the rows of Parquet files, in units that threads read apart.

use std::cell::Cell;
use std::error::Error;
use std::fs::{File, Metadata};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Once;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, FieldRef, Fields, Schema, SchemaRef};
use indicatif::ProgressBar;
use may_train::bulk::ColumnError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::basic::{Compression, Encoding, Type};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::schema::types::SchemaDescriptor;

use super::inputs::open_file;

/// How many rows are decoded at a time.
const BATCH: usize = 8192;

/// How many rows and bytes, unpacked, a unit has at most, and at least one row.
const MOST_ROWS: usize = 1 << 17;
const MOST_BYTES: usize = 32 << 20;

/// A Parquet file that is being read.
pub struct Rows {
    path: PathBuf,
    bar: ProgressBar,
    /// The file when its metadata were read.
    found: Metadata,
    metadata: ArrowReaderMetadata,
    columns: ProjectionMask,
    /// The columns that are read, as the file has them.
    pub schema: SchemaRef,
}

/// Rows of a file that are read together.
#[derive(Debug, Default)]
pub struct Unit {
    groups: Vec<usize>,
    /// How many rows of the groups come before.
    skip: usize,
    pub rows: usize,
    /// How many rows of the file come before.
    pub before: usize,
}

impl Rows {
    /// Opens a file of which each row is a `row`, and returns it with its units, of which there is at
    /// least one. Of rows that are written again, lists stay as the file has them, because only texts
    /// outside of lists are written alike whether they are numbered or not. Errors in the columns themselves are returned before any row is read.
    pub fn open(
        path: &Path,
        row: &'static str,
        check: impl Fn(&RecordBatch) -> Result<(), ColumnError>,
        is_needed: impl Fn(&str) -> bool,
        are_written: bool,
    ) -> Result<(Self, Vec<Unit>), String> {
        // The types of Parquet are enough, and the embedded schema of Arrow may be damaged.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let file = open_file(path)?;
        let found = file.metadata().map_err(|error| cannot_read(path, &error))?;
        let metadata = caught(path, || ArrowReaderMetadata::load(&file, options.clone()))?;
        let no_rows = RecordBatch::new_empty(metadata.schema().clone());
        let in_file = |problem: String| format!("{}: {problem}", path.display());
        check(&no_rows).map_err(|error| {
            let error = error.to_string();
            in_file(is_old(metadata.parquet_schema(), &error).unwrap_or(error))
        })?;
        check_chunks(metadata.metadata()).map_err(in_file)?;
        let needed = metadata.schema().fields().iter().enumerate();
        let needed = needed.filter(|(_, field)| is_needed(field.name()));
        let needed: Vec<usize> = needed.map(|(column, _)| column).collect();
        let schema =
            metadata.schema().project(&needed).map_err(|error| cannot_read(path, &error))?;
        let columns = ProjectionMask::roots(metadata.parquet_schema(), needed);
        let numbered = numbered(&metadata, are_written);
        let metadata = caught(path, || {
            ArrowReaderMetadata::try_new(metadata.metadata().clone(), options.with_schema(numbered))
        })?;
        let units = units(metadata.metadata().row_groups());
        let rows = metadata.metadata().file_metadata().num_rows();
        let bar = ProgressBar::new(u64::try_from(rows).unwrap_or_default());
        let bar = bar.with_message(format!("{row}s"));
        let path = path.to_owned();
        Ok((Self { path, bar, found, metadata, columns, schema: schema.into() }, units))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the rows of a unit, batch by batch.
    pub fn read(
        &self,
        unit: &Unit,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, String>>, String> {
        let mut reader = if unit.rows == 0 { None } else { Some(self.reader(unit)?) };
        let next = move || {
            let reader = reader.as_mut()?;
            let batch = caught(&self.path, || reader.next().transpose()).transpose()?;
            let rows = batch.as_ref().map_or(0, RecordBatch::num_rows);
            self.bar.inc(u64::try_from(rows).unwrap_or_default());
            Some(batch)
        };
        Ok(std::iter::from_fn(next))
    }

    fn reader(&self, unit: &Unit) -> Result<ParquetRecordBatchReader, String> {
        // Each unit has a file of its own, because copies of a file share their place in it.
        let file = open_file(&self.path)?;
        let now = file.metadata().map_err(|error| cannot_read(&self.path, &error))?;
        if now.len() != self.found.len() || now.modified().ok() != self.found.modified().ok() {
            let name = self.path.display();
            return Err(format!("{name}: was written to while it was read; run again"));
        }
        let some =
            RowSelection::from(vec![RowSelector::skip(unit.skip), RowSelector::select(unit.rows)]);
        let metadata = self.metadata.clone();
        let builder = ParquetRecordBatchReaderBuilder::<File>::new_with_metadata(file, metadata)
            .with_projection(self.columns.clone())
            .with_row_groups(unit.groups.clone())
            .with_row_selection(some)
            .with_batch_size(BATCH);
        caught(&self.path, || builder.build())
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Cuts row groups into units: large ones are cut, and small ones are put together.
fn units(groups: &[RowGroupMetaData]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let (mut before, mut open) = (0, false);
    for (number, group) in groups.iter().enumerate() {
        let count = |number: i64| usize::try_from(number).unwrap_or_default();
        let rows = count(group.num_rows());
        let bytes_of_row = count(group.total_byte_size()) / rows.max(1);
        let most = (MOST_BYTES / bytes_of_row.max(1)).clamp(1, MOST_ROWS);
        let last = units.last_mut().filter(|last| open && last.rows + rows <= most);
        if let Some(last) = last {
            last.groups.push(number);
            last.rows += rows;
            before += rows;
            continue;
        }
        // As even as can be: a rest of few rows would be a unit, too.
        let parts = rows.div_ceil(most);
        for part in 0..parts {
            let (skip, end) = (rows * part / parts, rows * (part + 1) / parts);
            let groups = vec![number];
            units.push(Unit { groups, skip, rows: end - skip, before: before + skip });
        }
        before += rows;
        open = parts == 1;
    }
    if units.is_empty() {
        units.push(Unit::default());
    }
    units
}

/// Returns the schema in which each column of texts is numbered that the file stores so throughout.
fn numbered(metadata: &ArrowReaderMetadata, outside_of_lists: bool) -> SchemaRef {
    let groups = metadata.metadata().row_groups();
    let is_numbered = |leaf: usize| {
        groups.iter().all(|group| {
            let mask = group.columns().get(leaf).and_then(|leaf| leaf.page_encoding_stats_mask());
            mask.is_some_and(|mask| {
                mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY)
            })
        })
    };
    let is_numbered_within = |leaf: usize| !outside_of_lists && is_numbered(leaf);
    let is_numbered: [&dyn Fn(usize) -> bool; 2] = [&is_numbered, &is_numbered_within];
    let mut leaf = 0;
    let fields = metadata.schema().fields().iter();
    Schema::new(fields.map(|of| with_numbers(of, &mut leaf, is_numbered)).collect::<Fields>())
        .into()
}

/// Returns a field with its numbered texts, given which leaves are numbered: outside of lists and
/// structs, and within them. Leaves are counted as Parquet counts them.
fn with_numbers(
    field: &FieldRef,
    leaf: &mut usize,
    is_numbered: [&dyn Fn(usize) -> bool; 2],
) -> FieldRef {
    let [outside, within] = is_numbered;
    let is_numbered = [within; 2];
    let kind = match field.data_type() {
        DataType::List(item) => DataType::List(with_numbers(item, leaf, is_numbered)),
        DataType::Map(entries, sorted) => {
            DataType::Map(with_numbers(entries, leaf, is_numbered), *sorted)
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| with_numbers(field, leaf, is_numbered));
            DataType::Struct(fields.collect())
        }
        other => {
            *leaf += 1;
            if *other != DataType::Utf8 || !outside(*leaf - 1) {
                return field.clone();
            }
            DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into())
        }
    };
    field.as_ref().clone().with_data_type(kind).into()
}

thread_local! {
    /// Whether this thread is in the reader, whose panics are caught.
    static IS_READING: Cell<bool> = const { Cell::new(false) };
}

/// Reads the next part. The reader panics on some damage that no checksum shows; each panic becomes
/// an error.
fn caught<T, E: Error>(path: &Path, read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_READING.get() {
                before(panic);
            }
        }));
    });
    IS_READING.set(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    IS_READING.set(false);
    match read {
        Ok(read) => read.map_err(|error| cannot_read(path, &error)),
        Err(_) => Err(format!(
            "{}: cannot be read as Parquet: it is damaged; write the file again",
            path.display()
        )),
    }
}
/// Returns what is wrong with the column that an error names, if its type is INT96.
fn is_old(schema: &SchemaDescriptor, error: &str) -> Option<String> {
    let mut old = schema.columns().iter().filter(|c| c.physical_type() == Type::INT96);
    let column = old.find(|column| error.starts_with(&format!("`{}`", column.path().string())))?;
    Some(format!(
        "`{}` is of type INT96, which has no zone; have Spark write it with the setting \
         spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS",
        column.path().string()
    ))
}

/// Refuses what the reader was not built for, and offsets on which it would panic.
fn check_chunks(metadata: &ParquetMetaData) -> Result<(), String> {
    for chunk in metadata.row_groups().iter().flat_map(RowGroupMetaData::columns) {
        let name = chunk.column_path().string();
        let codec = chunk.compression();
        if codec == Compression::LZO {
            return Err(format!(
                "`{name}` is compressed with {codec}; write the file with Zstandard"
            ));
        }
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        if start < 0 || chunk.compressed_size() < 0 {
            return Err(format!("`{name}` stands nowhere in the file: write the file again"));
        }
    }
    Ok(())
}

fn cannot_read(path: &Path, error: &dyn Error) -> String {
    format!("{}: cannot be read as Parquet: {error}", path.display())
}
