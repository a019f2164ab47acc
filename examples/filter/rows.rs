//! Reads the rows of Parquet files.

use std::error::Error;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use arrow_array::RecordBatch;
use indicatif::ProgressBar;
use may_train::bulk::ColumnError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Type};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::schema::types::SchemaDescriptor;

use super::inputs::open_file;
use super::records::ROWS;

/// The rows of a file, batch by batch.
type Rows = Box<dyn Iterator<Item = Result<RecordBatch, String>>>;

/// Returns the rows of a file, batch by batch, each a record or a subject, with only the needed
/// columns.
///
/// Errors in the columns themselves are returned before any row is read. A file without rows is
/// refused, unless it is one part of several; then it gives one empty batch.
pub fn read(
    path: &Path,
    row: &str,
    is_part: bool,
    check: impl Fn(&RecordBatch) -> Result<(), ColumnError>,
    is_needed: impl Fn(&str) -> bool,
) -> Result<(ProgressBar, Rows), String> {
    // The types of Parquet are enough, and the embedded schema of Arrow may be damaged.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let file = open_file(path)?;
    let builder =
        caught(path, || ParquetRecordBatchReaderBuilder::try_new_with_options(file, options))?;
    let no_rows = RecordBatch::new_empty(builder.schema().clone());
    let in_file = |problem: String| format!("{}: {problem}", path.display());
    check(&no_rows).map_err(|error| {
        let error = error.to_string();
        in_file(is_old(builder.parquet_schema(), &error).unwrap_or(error))
    })?;
    let rows = builder.metadata().file_metadata().num_rows();
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or_default());
    let bar = bar.with_message(format!("{row}s"));
    if rows == 0 {
        if is_part {
            return Ok((bar, Box::new([Ok(no_rows)].into_iter())));
        }
        return Err(in_file(format!("the file is empty; give one {row} a row")));
    }
    check_chunks(builder.metadata()).map_err(in_file)?;
    let needed = builder.schema().fields().iter().enumerate();
    let needed = needed.filter(|(_, field)| is_needed(field.name()));
    let needed: Vec<usize> = needed.map(|(column, _)| column).collect();
    let needed = ProjectionMask::roots(builder.parquet_schema(), needed);
    let builder = builder.with_projection(needed).with_batch_size(ROWS);
    let mut reader = caught(path, || builder.build())?;
    let path = path.to_owned();
    let next = move || caught(&path, || reader.next().transpose()).transpose();
    Ok((bar, Box::new(std::iter::from_fn(next))))
}

/// Reads the next part. The reader panics on some damage that no checksum shows; each panic becomes
/// an error.
fn caught<T, E: Error>(path: &Path, read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    panic::set_hook(hook);
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
