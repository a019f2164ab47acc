//! Parquet files that are being written.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;

use super::outputs::Output;

/// How many rows are worth a row group of their own.
const ENOUGH: usize = 1 << 14;

/// How many rows and bytes are held until they are one row group.
const MOST_ROWS: usize = 1 << 20;
const MOST_BYTES: usize = 64 << 20;

/// The column of ids in the decisions, of which no two are alike.
pub const IDS: &str = "record";

/// What encodes rows of one schema, in any thread.
pub struct Encoder {
    /// The columns in memory. Texts may be numbered that the file has as texts.
    schema: SchemaRef,
    of_file: TypePtr,
    properties: WriterPropertiesPtr,
    factory: ArrowRowGroupWriterFactory,
}

/// The columns of some rows.
pub type Columns = Vec<ArrayRef>;

/// Rows for a table: encoded, or too few for a row group.
pub enum Portion {
    Encoded(Vec<ArrowColumnChunk>),
    Few(Vec<Columns>),
}

impl Encoder {
    pub fn new(schema: SchemaRef) -> Result<Self, String> {
        Self::of_columns(schema.clone(), schema, EnabledStatistics::Page)
    }

    /// Returns the encoder of a file with a schema, from columns in which texts may be numbered.
    pub fn of_columns(
        schema: SchemaRef,
        columns: SchemaRef,
        statistics: EnabledStatistics,
    ) -> Result<Self, String> {
        // Engines without Arrow look for the metadata of the schema here.
        let said: BTreeMap<_, _> = schema.metadata().iter().collect();
        let said = said.into_iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_column_dictionary_enabled(IDS.into(), false)
            .set_statistics_enabled(statistics)
            .set_key_value_metadata(Some(said.collect()))
            .build();
        // Written to nowhere: only what it makes of the schema is needed.
        let writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties));
        let made = writer.and_then(ArrowWriter::into_serialized_writer);
        let (writer, _) = made.map_err(|error| error.to_string())?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, columns.clone());
        let of_file = writer.schema_descr().root_schema_ptr();
        Ok(Self { schema: columns, of_file, properties: writer.properties().clone(), factory })
    }

    /// Encodes rows if they are worth a row group.
    pub fn portion(&self, batches: Vec<Columns>) -> Result<Portion, String> {
        if batches.iter().map(rows_of).sum::<usize>() < ENOUGH {
            return Ok(Portion::Few(batches));
        }
        self.encode(&batches).map(Portion::Encoded).map_err(|error| error.to_string())
    }

    fn encode(&self, batches: &[Columns]) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        let mut writers = self.factory.create_column_writers(0)?;
        for batch in batches {
            let mut writers = writers.iter_mut();
            for (field, column) in self.schema.fields().iter().zip(batch) {
                for (leaf, writer) in compute_leaves(field, column)?.iter().zip(&mut writers) {
                    writer.write(leaf)?;
                }
            }
        }
        writers.into_iter().map(ArrowColumnWriter::close).collect()
    }
}

/// A Parquet file that is being written. The first rows determine its columns.
pub struct Table {
    output: Option<Output>,
    writer: Option<(Arc<Encoder>, SerializedFileWriter<Output>)>,
    few: Vec<Columns>,
    rows: usize,
    bytes: usize,
    name: String,
}

impl Table {
    pub fn create(path: &Path) -> Result<Self, String> {
        let output = Some(Output::create(path)?);
        let name = path.display().to_string();
        Ok(Self { output, writer: None, few: Vec::new(), rows: 0, bytes: 0, name })
    }

    /// Writes rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let encoder = match &self.writer {
            Some((encoder, _)) => encoder.clone(),
            None => Arc::new(Encoder::new(batch.schema())?),
        };
        self.take(&encoder, Portion::Few(vec![batch.columns().to_vec()]))
    }

    /// Takes a portion of rows that the encoder has made, which is the same each time.
    pub fn take(&mut self, encoder: &Arc<Encoder>, portion: Portion) -> Result<(), String> {
        if let Some(output) = self.output.take() {
            let (of_file, properties) = (encoder.of_file.clone(), encoder.properties.clone());
            let writer = SerializedFileWriter::new(output, of_file, properties);
            let writer = writer.map_err(|error| failed(&self.name, &error))?;
            self.writer = Some((encoder.clone(), writer));
        }
        match portion {
            Portion::Few(batches) => {
                for batch in batches.into_iter().filter(|batch| rows_of(batch) > 0) {
                    self.rows += rows_of(&batch);
                    self.bytes += batch.iter().map(Array::get_array_memory_size).sum::<usize>();
                    self.few.push(batch);
                    if self.rows >= MOST_ROWS || self.bytes >= MOST_BYTES {
                        self.write_few()?;
                    }
                }
                Ok(())
            }
            Portion::Encoded(chunks) => {
                self.write_few()?;
                self.append(chunks).map_err(|error| failed(&self.name, &error))
            }
        }
    }

    /// Writes the rows that are held, as a row group.
    fn write_few(&mut self) -> Result<(), String> {
        let few = std::mem::take(&mut self.few);
        (self.rows, self.bytes) = (0, 0);
        let Some((encoder, _)) = self.writer.as_ref().filter(|_| !few.is_empty()) else {
            return Ok(());
        };
        let chunks = encoder.encode(&few);
        chunks.and_then(|chunks| self.append(chunks)).map_err(|error| failed(&self.name, &error))
    }

    fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<(), ParquetError> {
        let Some((_, writer)) = &mut self.writer else { return Ok(()) };
        let mut group = writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close().map(drop)
    }

    /// Ends the file, which is kept as every output is.
    pub fn finish(mut self) -> Result<Option<Output>, String> {
        self.write_few()?;
        let Self { output, writer, name, .. } = self;
        match writer.map(|(_, writer)| writer.into_inner()).transpose() {
            Ok(written) => Ok(written.or(output)),
            Err(error) => Err(failed(&name, &error)),
        }
    }
}

fn rows_of(columns: &Columns) -> usize {
    columns.first().map_or(0, Array::len)
}

fn failed(name: &str, error: &dyn Error) -> String {
    format!("{name}: cannot be written: {error}")
}
