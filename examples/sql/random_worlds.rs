//! Writes small random worlds into folders: the tables of a snapshot, records, and what the oracle of
//! the tests decides about them. `join.py` joins the tables on engines, and compares.
//!
//! The library freezes the subjects. It decides no record: `tests/oracle` shares no code with it.
//!
//! `cargo run --features parquet --example random_worlds -- FOLDER WORLDS`

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow_array::{RecordBatch, RecordBatchReader};
use may_train::arrow::Tables;
use may_train::strategies::{Vocabulary, policies};
use may_train::{Ground, Policy, Record, Registry, Timestamp, View};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

/// How many records a world has.
const RECORDS: usize = 40;

/// The ids that a registry of the strategies may have.
const SUBJECTS: [&str; 3] = ["u1", "u2", "u3"];

/// A policy, its subjects, records, and a question: the cut-off, and what is known.
type World = (Policy, Registry, Vec<Record>, Timestamp, Option<Timestamp>);

fn worlds() -> impl Strategy<Value = World> {
    let words = Vocabulary::small();
    (
        policies(),
        words.registries(),
        proptest::collection::vec(words.records(), RECORDS),
        words.cut_offs(),
        proptest::option::weighted(0.4, words.instants()),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, worlds_wanted] = arguments.as_slice() else {
        return Err("give a folder, and how many worlds to write into it".into());
    };
    // The same worlds in every run, unless PROPTEST_RNG_SEED says otherwise.
    let rng_seed = match Config::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    let mut runner = TestRunner::new(Config { rng_seed, ..Config::default() });
    let mut reached = BTreeSet::new();
    for number in 0..worlds_wanted.parse::<usize>()? {
        let world = worlds().new_tree(&mut runner).map_err(|reason| reason.to_string())?.current();
        write(&PathBuf::from(folder).join(number.to_string()), &world, &mut reached)?;
    }
    let missing: Vec<_> =
        Ground::ALL.iter().filter(|ground| !reached.contains(ground.as_str())).collect();
    if !missing.is_empty() {
        return Err(format!("no world reaches {missing:?}; write more of them").into());
    }
    Ok(())
}

/// Writes a world into a new folder, and adds the grounds that the oracle finds.
fn write(
    folder: &Path,
    (policy, registry, records, as_of, known_at): &World,
    reached: &mut BTreeSet<&'static str>,
) -> Result<(), Box<dyn Error>> {
    let tables = folder.join("tables");
    fs::create_dir_all(&tables)?;
    let view = registry.view(policy, *as_of);
    write_tables(&tables, &known_at.map_or(view, |known_at| view.with_known_at(known_at)))?;

    let subjects = SUBJECTS.iter().filter_map(|id| registry.get(*id));
    let subjects = subjects.map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
    let oracle = oracle::World::new(&serde_json::to_value(policy)?, &subjects);
    let (mut lines, mut decisions) = (String::new(), String::new());
    for (number, record) in records.iter().enumerate() {
        let mut record = serde_json::to_value(record)?;
        record["id"] = Value::from(format!("r{number}"));
        let known_at = known_at.map(|known_at| known_at.to_string());
        let decided = oracle.decide(&record, &as_of.to_string(), known_at.as_deref());
        reached.extend(&decided.grounds);
        let decision = json!({ "record": record["id"], "verdict": decided.verdict, "grounds": decided.grounds });
        lines += &format!("{record}\n");
        decisions += &format!("{decision}\n");
    }
    fs::write(folder.join("records.ndjson"), lines)?;
    fs::write(folder.join("decisions.ndjson"), decisions)?;
    Ok(())
}

fn write_tables(folder: &Path, view: &View<'_>) -> Result<(), Box<dyn Error>> {
    let (snapshot, ids) = view.freeze()?;
    let tables = Tables::of(&snapshot);
    let members = tables.members(&ids)?;
    // A world may know nobody; its table has columns all the same.
    let empty = RecordBatch::new_empty(members.schema());
    let members = members.collect::<Result<Vec<_>, _>>()?;
    write_table(&folder.join("members.parquet"), &[vec![empty], members].concat())?;
    write_table(&folder.join("cells.parquet"), &[tables.cells()?])?;
    write_table(&folder.join("kinds.parquet"), &[tables.kinds()?])?;
    write_table(&folder.join("question.parquet"), &[tables.question()?])
}

fn write_table(path: &Path, batches: &[RecordBatch]) -> Result<(), Box<dyn Error>> {
    let schema = batches.first().ok_or("a table has a batch")?.schema();
    let mut writer = ArrowWriter::try_new(File::create(path)?, schema, None)?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.close()?;
    Ok(())
}
