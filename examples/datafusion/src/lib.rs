//! A lake of records in DataFusion, and the tables of a snapshot beside it: what the example, its
//! tests and its benchmark share.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::record_batch::RecordBatchReader;
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use may_train::SubjectId;
use may_train::arrow::Tables;
use may_train::bulk::{Ids, Snapshot};

/// The SQL that joins the views of [`create_views`] with the tables of a snapshot.
pub const JOIN: &str = include_str!("../../../src/arrow/sql/standard.sql");

/// The views that the SQL reads, over a table `lake` with the columns of [`schema`].
const VIEWS: &str = include_str!("views.sql");

/// Makes the views that [`JOIN`] reads.
///
/// # Errors
///
/// Returns an error if there is no table `lake` with the columns of [`schema`].
pub async fn create_views(context: &SessionContext) -> Result<()> {
    for view in VIEWS.split_inclusive(';').filter(|view| view.contains("CREATE")) {
        context.sql(view).await?;
    }
    Ok(())
}

/// Returns the columns of records, as the crate reads them.
#[must_use]
pub fn schema() -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let field = |name, of: &DataType| Field::new(name, of.clone(), true);
    let ends = ["from", "until", "recorded"].map(|name| field(name, &instant));
    let restriction = [field("id", &DataType::Utf8)].into_iter().chain(ends);
    let restriction = DataType::Struct(restriction.collect());
    Arc::new(Schema::new(vec![
        field("id", &DataType::Utf8),
        field("subjects", &DataType::new_list(DataType::Utf8, true)),
        field("kind", &DataType::Utf8),
        field("created_at", &instant),
        field("deleted_at", &instant),
        field("restrictions", &DataType::new_list(restriction, true)),
    ]))
}

/// Registers the tables of a snapshot, in place of those of an earlier one.
///
/// # Errors
///
/// Returns an error if the ids are not as many as the subjects.
pub fn register_tables(
    context: &SessionContext,
    snapshot: &Snapshot,
    ids: &Ids<SubjectId>,
) -> Result<()> {
    let tables = Tables::of(snapshot);
    let members = tables.members(ids).map_err(|error| DataFusionError::External(error.into()))?;
    let schema = members.schema();
    let members = MemTable::try_new(schema, vec![members.collect::<Result<_, _>>()?])?;
    context.deregister_table("members")?;
    context.register_table("members", Arc::new(members))?;
    let others =
        [("cells", tables.cells()?), ("kinds", tables.kinds()?), ("question", tables.question()?)];
    for (name, batch) in others {
        context.deregister_table(name)?;
        context.register_batch(name, batch)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_shows_the_views() {
        let page = include_str!("../../../src/guide/lake.md");
        let (_, views) = super::VIEWS.split_once('\n').expect("a comment first");
        assert!(page.contains(views), "src/guide/lake.md has other views");
    }
}
