//! What a decision costs by a function, by a join, and by the crate's own columns.
//!
//! Prints CPU time for each record: the median of a few rounds, in which all ways take turns.
//! `MAY_TRAIN_RECORDS` says how many records there are.

#![allow(missing_docs, reason = "a benchmark")]

#[path = "../../../benches/workload/mod.rs"]
mod workload;

use std::error::Error;
use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use may_train::SubjectId;
use may_train::arrow::Records as Read;
use may_train::bulk::{Decisions, Ids, RecordColumns, Snapshot};
use may_train_datafusion::{JOIN, register_tables};
use tokio::runtime::{Builder, Runtime};
use workload::{ChoicesEach, KINDS, Order, People, Records, Residence};

const SUBJECTS: usize = 100_000;
const ROUNDS: usize = 5;

/// As many rows as the engine handles at a time.
const BATCH: usize = 8192;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A way to decide: its name, and what counts the records that may enter.
type Way<'a> = (&'static str, Box<dyn FnMut() -> Result<usize> + 'a>);

/// Returns the CPU time of this process, in ticks of 10 ms.
fn ticks() -> Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field).copied().unwrap_or_default().parse::<u64>();
    Ok(ticks(11)? + ticks(12)?)
}

/// Returns the records as batches, each of one subject.
fn batches(records: &Records) -> Result<Vec<RecordBatch>> {
    let starts = (0..records.len()).step_by(BATCH);
    let batches = starts.map(|start| {
        let rows = start..(start + BATCH).min(records.len());
        let texts = |text: &dyn Fn(usize) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rows.clone().map(text)))
        };
        let created_at = records.created_at[rows.clone()].to_vec();
        let created_at = TimestampMicrosecondArray::from(created_at).with_timezone("UTC");
        Ok(RecordBatch::try_from_iter([
            ("id", texts(&|row| format!("r{row}"))),
            ("subject", texts(&|row| format!("u{}", records.subject[row]))),
            ("kind", texts(&|row| KINDS[usize::from(records.kind[row])].to_owned())),
            ("created_at", Arc::new(created_at) as ArrayRef),
        ])?)
    });
    batches.collect()
}

/// Returns a session with the records, the functions and the tables.
fn session(
    batches: &[RecordBatch],
    snapshot: &Arc<Snapshot>,
    ids: &Arc<Ids<SubjectId>>,
    runtime: &Runtime,
) -> Result<SessionContext> {
    let config = SessionConfig::new().with_target_partitions(1);
    let mut context = SessionContext::new_with_config(config);
    let lake = MemTable::try_new(batches[0].schema(), vec![batches.to_vec()])?;
    context.register_table("lake", Arc::new(lake))?;
    may_train::datafusion::register(&mut context, Arc::clone(snapshot), Arc::clone(ids))?;
    register_tables(&context, snapshot, ids)?;
    for view in [
        "CREATE VIEW records AS SELECT id, subject, kind, created_at::bigint AS created_us,
            NULL::bigint AS deleted_us FROM lake",
        "CREATE VIEW further_of AS SELECT id AS record, subject FROM lake WHERE false",
        "CREATE VIEW restrictions_of AS SELECT id AS record, 0::bigint AS starts_us,
            0::bigint AS ends_us, 0::bigint AS recorded_us FROM lake WHERE false",
    ] {
        runtime.block_on(context.sql(view))?;
    }
    Ok(context)
}

/// Returns how many rows of SQL there are; without an id, they are already counted.
fn rows(runtime: &Runtime, context: &SessionContext, sql: &str) -> Result<usize> {
    let found = runtime.block_on(async { context.sql(sql).await?.collect().await })?;
    let mut rows = 0;
    for batch in found {
        let grounds = batch["grounds"].as_any().downcast_ref::<StringArray>();
        let grounds = grounds.ok_or("the words are texts")?;
        rows += grounds.iter().filter(|words| *words == Some("")).count();
    }
    Ok(rows)
}

fn main() -> Result<()> {
    let wanted = std::env::var("MAY_TRAIN_RECORDS").ok();
    let wanted: usize = wanted.as_deref().unwrap_or("1000000").parse()?;
    let runtime = Builder::new_current_thread().build()?;
    let policy = workload::policy();
    let people = People::new(SUBJECTS, Residence::SinceSignUp, ChoicesEach::Few);
    let records = Records::new(wanted, &people, Order::Shuffled);
    let as_of = may_train::Timestamp::from_micros(workload::as_of())?;
    let (mut snapshot, mut ids) = (Snapshot::new(&policy, as_of, None), Ids::new());
    for number in 0..people.len() {
        snapshot.push_as(&workload::subject(&people, &policy, number), &mut ids)?;
    }
    let (snapshot, ids) = (Arc::new(snapshot), Arc::new(ids));
    let batches = batches(&records)?;
    let context = session(&batches, &snapshot, &ids, &runtime)?;
    let record = format!("'{}', subject, kind, created_at", snapshot.question_digest());

    let kinds =
        KINDS.iter().map(|kind| kind.parse()).collect::<std::result::Result<Vec<_>, _>>()?;
    let columns = RecordColumns::new(&records.subject, &records.created_at, &records.kind, &kinds)?;
    let mut decided = Decisions::new();
    let count = |sql: String| {
        let (runtime, context) = (&runtime, &context);
        move || Ok(runtime.block_on(async { context.sql(&sql).await?.count().await })?)
    };
    let words = |sql: String| {
        let (runtime, context) = (&runtime, &context);
        move || rows(runtime, context, &sql)
    };
    let mut ways: Vec<Way<'_>> = vec![
        (
            "bulk, subjects already numbers",
            Box::new(|| {
                snapshot.decide_into(&columns, &mut decided)?;
                Ok(decided.eligible().count())
            }),
        ),
        (
            "bulk, from Arrow batches",
            Box::new(|| {
                let mut eligible = 0;
                for batch in &batches {
                    let decided = snapshot.decide(&Read::read(batch, &ids)?.columns())?;
                    eligible += decided.eligible().count();
                }
                Ok(eligible)
            }),
        ),
        (
            "function, whether eligible",
            Box::new(count(format!("SELECT id FROM lake WHERE may_train_eligible({record})"))),
        ),
        (
            "join, whether eligible",
            Box::new(count(format!("SELECT id FROM ({JOIN}) WHERE mask = 0"))),
        ),
        (
            "function, grounds as words",
            Box::new(words(format!("SELECT id, may_train_grounds({record}) AS grounds FROM lake"))),
        ),
        ("join, grounds as words", Box::new(words(format!("SELECT id, grounds FROM ({JOIN})")))),
    ];

    let mut spent = vec![Vec::new(); ways.len()];
    let mut eligible = None;
    for _ in 0..ROUNDS {
        for ((name, decide), spent) in ways.iter_mut().zip(&mut spent) {
            let start = ticks()?;
            let found = decide()?;
            spent.push(ticks()? - start);
            if *eligible.get_or_insert(found) != found {
                return Err(
                    format!("{name}: {found} records are eligible, not {eligible:?}").into()
                );
            }
        }
    }
    println!("{wanted} records of {SUBJECTS} subjects, {} of them eligible", eligible.unwrap_or(0));
    for ((name, _), spent) in ways.iter().zip(&mut spent) {
        spent.sort_unstable();
        println!("{name}: {} ns of CPU a record", spent[ROUNDS / 2] * 10_000_000 / wanted as u64);
    }
    Ok(())
}
