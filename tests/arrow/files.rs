//! Parquet files: batches in, batches out.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Writes batches of one schema, of which there is at least one.
pub fn write(path: &Path, batches: &[RecordBatch]) {
    let file = File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), None).expect("a writer");
    for batch in batches {
        writer.write(batch).expect("written");
    }
    writer.close().expect("written");
}

/// The schema of a file with its metadata, which batches do not have, and the batches.
pub fn read(path: &Path) -> (SchemaRef, Vec<RecordBatch>) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("a file"));
    let builder = builder.expect("Parquet").with_batch_size(1_000);
    let schema = builder.schema().clone();
    let reader = builder.build().expect("Parquet");
    (schema, reader.map(|batch| batch.expect("Parquet")).collect())
}
