//! A session with a table of records, and what its SQL gives.

use std::io::Cursor;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::json::ReaderBuilder;
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use may_train_datafusion::{create_views, schema};
use tokio::runtime::{Builder, Runtime};

/// A session.
pub struct Lake {
    pub context: SessionContext,
    runtime: Runtime,
}

impl Lake {
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        Self { context: SessionContext::new(), runtime }
    }

    /// Replaces the table of records by lines of NDJSON, with columns of the given types instead.
    pub fn fill(&self, lines: &str, types: &[(&str, DataType)]) {
        let batch = encoded(&read(lines), types);
        self.context.deregister_table("lake").expect("a session");
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).expect("a table");
        self.context.register_table("lake", Arc::new(table)).expect("a session");
        self.runtime.block_on(create_views(&self.context)).expect("views");
    }

    /// Returns the rows that SQL gives, all columns of which are texts.
    pub fn sql(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let found =
            self.runtime.block_on(async { self.context.sql(sql).await?.collect().await })?;
        let rows = found.iter().flat_map(|batch| {
            let texts = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
            let texts = texts.collect::<Result<Vec<_>, _>>().expect("texts");
            (0..batch.num_rows()).map(move |row| {
                let texts = texts.iter().map(|column| column.as_string::<i32>());
                let text = |column: &_| text(column, row);
                texts.map(text).collect::<Vec<_>>()
            })
        });
        Ok(rows.collect())
    }

    /// Returns the error of SQL, which fails.
    pub fn error(&self, sql: &str) -> String {
        self.sql(sql).expect_err(sql).strip_backtrace()
    }
}

fn text(column: &datafusion::arrow::array::StringArray, row: usize) -> Option<String> {
    column.is_valid(row).then(|| column.value(row).to_owned())
}

fn read(lines: &str) -> RecordBatch {
    let columns: SchemaRef = schema();
    let reader = ReaderBuilder::new(Arc::clone(&columns)).build(Cursor::new(lines));
    let batches = reader.expect("a reader").collect::<Result<Vec<_>, _>>();
    concat_batches(&columns, &batches.expect("records")).expect("one batch")
}

/// Returns a batch with some columns in other encodings.
fn encoded(batch: &RecordBatch, types: &[(&str, DataType)]) -> RecordBatch {
    let columns = batch.schema_ref().fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| {
        let other = types.iter().find(|(name, _)| field.name() == name);
        let column = other.map_or_else(|| Ok(Arc::clone(column)), |(_, to)| cast(column, to));
        let column = column.expect("the same values");
        (Field::new(field.name(), column.data_type().clone(), true), column)
    });
    let (fields, columns): (Vec<_>, Vec<_>) = columns.unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("a batch")
}
