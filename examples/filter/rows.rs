//! The rows of Parquet files.

use std::error::Error;
use std::path::Path;

use arrow_array::RecordBatch;
use indicatif::ProgressBar;
use may_train::bulk::ColumnError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::open;
use super::records::ROWS;

/// The rows of a file that has some, each a record or a subject, batch by batch: those columns alone
/// that are needed. What is wrong with the columns themselves is told before any row is read.
pub fn read(
    path: &Path,
    row: &str,
    check: impl Fn(&RecordBatch) -> Result<(), ColumnError>,
    is_needed: impl Fn(&str) -> bool,
) -> Result<(ProgressBar, ParquetRecordBatchReader), String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(open(path)?)
        .map_err(|error| cannot_read(path, &error))?;
    let no_rows = RecordBatch::new_empty(builder.schema().clone());
    check(&no_rows).map_err(|error| format!("{}: {error}", path.display()))?;
    let rows = builder.metadata().file_metadata().num_rows();
    if rows == 0 {
        return Err(format!("{}: the file is empty; give one {row} a row", path.display()));
    }
    check_chunks(builder.metadata()).map_err(|error| format!("{}: {error}", path.display()))?;
    let needed = builder.schema().fields().iter().enumerate();
    let needed = needed.filter(|(_, field)| is_needed(field.name()));
    let needed: Vec<usize> = needed.map(|(column, _)| column).collect();
    let needed = ProjectionMask::roots(builder.parquet_schema(), needed);
    let reader = builder.with_projection(needed).with_batch_size(ROWS).build();
    let reader = reader.map_err(|error| cannot_read(path, &error))?;
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or_default());
    Ok((bar.with_message(format!("{row}s")), reader))
}

/// Refuses what the reader was not built for, and offsets that it would panic at.
fn check_chunks(metadata: &ParquetMetaData) -> Result<(), String> {
    for chunk in metadata.row_groups().iter().flat_map(RowGroupMetaData::columns) {
        let name = chunk.column_path().string();
        let codec = chunk.compression();
        if !matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY) {
            return Err(format!(
                "`{name}` is compressed with {codec}; write the file with Snappy, or without"
            ));
        }
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        if start < 0 || chunk.compressed_size() < 0 {
            return Err(format!("`{name}` stands nowhere in the file: write the file again"));
        }
    }
    Ok(())
}

pub fn cannot_read(path: &Path, error: &dyn Error) -> String {
    format!("{}: cannot be read as Parquet: {error}", path.display())
}
