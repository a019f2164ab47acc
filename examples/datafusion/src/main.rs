//! SQL over Parquet, decided by the functions of a snapshot; and the same by a plain join.
//!
//! `cargo run --manifest-path examples/datafusion/Cargo.toml`

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{JsonReadOptions, ParquetReadOptions, SessionContext};
use may_train::{Policy, ndjson};
use may_train_datafusion::{JOIN, create_views, register_tables, schema};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample");
    let mut context = SessionContext::new();

    // The lake: here the records of the sample, written as Parquet first.
    let folder = tempfile::tempdir()?;
    let lake = folder.path().join("lake.parquet").display().to_string();
    let records = sample.join("records.ndjson").display().to_string();
    let columns = schema();
    let lines = JsonReadOptions::default().schema(&columns).file_extension(".ndjson");
    let records = context.read_json(records, lines).await?;
    records.write_parquet(&lake, DataFrameWriteOptions::new(), None).await?;
    context.register_parquet("lake", lake, ParquetReadOptions::default()).await?;

    // The subjects are frozen once, for a policy and a cut-off.
    let policy = Policy::shipped("linkedin")?;
    let subjects = std::fs::read(sample.join("subjects.ndjson"))?;
    let registry = ndjson::read_registry(subjects.as_slice())?;
    let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
    let (snapshot, ids) = (Arc::new(snapshot), Arc::new(ids));

    // One way: functions. The digest says which question the query asks.
    may_train::datafusion::register(&mut context, Arc::clone(&snapshot), Arc::clone(&ids))?;
    let question = snapshot.question_digest();
    let record = format!("'{question}', subjects, kind, created_at, deleted_at, restrictions");
    let decided = format!(
        "SELECT id, may_train_verdict({record}) AS verdict, may_train_grounds({record}) AS grounds
        FROM lake"
    );
    let admitted = format!(
        "SELECT kind, count(*) AS admitted FROM lake WHERE may_train_eligible({record})
        GROUP BY kind ORDER BY kind"
    );
    context.sql(&admitted).await?.show().await?;
    let why = format!(
        "SELECT verdict, grounds, count(*) AS records FROM ({decided})
        GROUP BY verdict, grounds ORDER BY records DESC, grounds LIMIT 5"
    );
    context.sql(&why).await?.show().await?;

    // The other way: a join with the tables of the snapshot. It gives the same, row by row.
    register_tables(&context, &snapshot, &ids)?;
    create_views(&context).await?;
    let joined = format!("SELECT id, verdict, grounds FROM ({JOIN})");
    let differ = format!("({decided} EXCEPT {joined}) UNION ALL ({joined} EXCEPT {decided})");
    let (records, joined, differ) = (
        context.sql(&decided).await?.count().await?,
        context.sql(&joined).await?.count().await?,
        context.sql(&differ).await?.count().await?,
    );
    println!("{records} records by function, {joined} by join: {differ} differ");
    if records == 0 || records != joined || differ != 0 {
        return Err("the function and the join do not agree".into());
    }

    // The snapshot of another day answers another question, and never in the place of this one.
    let (tomorrow, ids) = registry.view(&policy, "2024-12-02".parse()?).freeze()?;
    may_train::datafusion::register(&mut context, tomorrow, ids)?;
    let asked_again = async { context.sql(&admitted).await?.collect().await };
    match asked_again.await {
        Err(error) => println!("The query of before: {error}"),
        Ok(_) => return Err("a query got the answer of another question".into()),
    }
    Ok(())
}
