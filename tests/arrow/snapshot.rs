use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use arrow_array::{RecordBatch, RecordBatchReader};
use may_train::bulk::{Ids, Snapshot};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Ground, Policy, Record, Registry, Subject, Timestamp, View, arrow, ndjson};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::common::{run, text};
use crate::files;
use crate::join::{Tables, codes};
use crate::worlds::property;

const NAMES: [&str; 5] = ["members", "cells", "kinds", "codes", "question"];

/// The tables of a view, written and read back.
fn tables(folder: &TempDir, view: &View<'_>) -> Tables {
    let (snapshot, ids) = view.freeze().expect("numbers");
    let made = arrow::Tables::of(&snapshot);
    let members = made.members(&ids).expect("as many ids");
    let schema = members.schema();
    let members = members.map(|batch| batch.expect("a batch"));
    let members: Vec<_> = [RecordBatch::new_empty(schema)].into_iter().chain(members).collect();
    let one = |batch: Result<RecordBatch, _>| vec![batch.expect("a batch")];
    let made = [
        members,
        one(made.cells()),
        one(made.kinds()),
        one(arrow::Tables::codes()),
        one(made.question()),
    ];
    let path = folder.path().join("table.parquet");
    let read = made.map(|batches| {
        files::write(&path, &batches);
        files::read(&path).1
    });
    let mut tables = Tables::default();
    tables.take_in([&read[0], &read[1], &read[2], &read[3], &read[4]]);
    tables
}

/// The tables of the folders, put together.
fn read(folders: &[PathBuf]) -> Tables {
    let mut tables = Tables::default();
    for folder in folders {
        let [members, cells, kinds, codes, question] =
            NAMES.map(|name| files::read(&folder.join(format!("{name}.parquet"))).1);
        tables.take_in([&members, &cells, &kinds, &codes, &question]);
    }
    tables
}

fn view<'a>(
    registry: &'a Registry,
    policy: &'a Policy,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
) -> View<'a> {
    let view = registry.view(policy, as_of);
    known_at.map_or(view, |known_at| view.with_known_at(known_at))
}

/// Law 10: every engine agrees, those that only join as well.
#[test]
fn a_join_gives_the_grounds_of_the_decision() {
    let folder = TempDir::new().expect("a folder");
    let words = Vocabulary::small();
    let questions = (
        policies(),
        words.registries(),
        proptest::collection::vec(words.records(), 1..40),
        words.cut_offs(),
        proptest::option::weighted(0.4, words.instants()),
    );
    let mut grounds: Vec<&str> = Ground::ALL.iter().map(|ground| ground.as_str()).collect();
    grounds.push("more than four spans");
    property(&grounds, 1_500, questions, |world, premises| {
        let (policy, registry, records, as_of, known_at) = world;
        let view = view(&registry, &policy, as_of, known_at);
        let tables = tables(&folder, &view);
        premises.count("more than four spans", tables.rows > registry.len());
        for record in &records {
            let decision = view.decide(record);
            let joined = tables.grounds(record).expect("cells of this question");
            prop_assert_eq!(joined, codes(decision.grounds()), "{:?}", record);
            let revision = decision.revision().map(|revision| revision.id().as_str());
            prop_assert_eq!(tables.revision.as_deref(), revision);
            for ground in decision.grounds().iter() {
                premises.count(ground.as_str(), true);
            }
        }
        Ok(())
    });
}

fn sample(file: &str) -> String {
    fs::read_to_string(Path::new("examples/sample").join(file)).expect(file)
}

fn name(path: &Path) -> String {
    path.to_str().expect("a path").to_owned()
}

const SAMPLE: [&str; 2] = ["--subjects", "examples/sample/subjects.ndjson"];

#[test]
fn filter_writes_the_tables_and_a_join_gives_its_decisions() {
    let registry = ndjson::read_registry(sample("subjects.ndjson").as_bytes()).expect("subjects");
    let policy = Policy::shipped("linkedin").expect("a policy");
    let records: Vec<Record> = sample("records.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record"))
        .collect();
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for (as_of, known_at, further) in [
        ("2024-12-01", None, None),
        ("2025-11-03", Some("2024-11-15"), None),
        ("2024-09-01", None, Some("--explain")),
    ] {
        let (snapshot, decisions) = (path("snapshot"), path("decisions.ndjson"));
        let (snapshot_name, decisions_name) = (name(&snapshot), name(&decisions));
        let mut arguments = SAMPLE.to_vec();
        arguments.extend(["--records", "examples/sample/records.ndjson", "--as-of", as_of]);
        arguments.extend(["--snapshot", &snapshot_name, "--decisions", &decisions_name]);
        arguments.extend(known_at.map(|_| "--known-at").into_iter().chain(known_at));
        arguments.extend(further);
        let output = run("filter", &arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);

        let bytes = || {
            NAMES.map(|name| fs::read(snapshot.join(format!("{name}.parquet"))).expect("a table"))
        };
        let before = bytes();
        assert!(run("filter", &arguments).status.success());
        assert!(before == bytes(), "twice the same");

        let tables = read(&[snapshot]);
        assert_eq!(tables.rows, registry.len(), "nobody of the sample has more than four spans");
        let as_of = as_of.parse().expect("an instant");
        let known_at = known_at.map(|at| at.parse().expect("an instant"));
        let view = view(&registry, &policy, as_of, known_at);
        let lines = fs::read_to_string(&decisions).expect("decisions");
        assert_eq!(lines.lines().count(), records.len());
        for (record, line) in records.iter().zip(lines.lines()) {
            let joined = tables.grounds(record).expect("cells of this question");
            assert_eq!(joined, codes(view.decide(record).grounds()), "{record:?}");
            let decision: serde_json::Value = serde_json::from_str(line).expect("a decision");
            assert_eq!(decision["grounds"], serde_json::json!(joined));
        }
    }
}

#[test]
fn filter_writes_the_tables_whole_or_not_at_all() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (tables, file, bad) = (path("tables"), path("s.parquet"), path("bad.ndjson"));
    let good = "{\"id\":\"r1\",\"subject\":\"u1\",\"kind\":\"post\",\"created_at\":\"2024\"}\n";
    fs::write(&bad, good).expect("written");
    let beside = path("tables/cells.parquet");
    let as_of = ["--as-of", "2024-12-01"];
    for (snapshot, records, further, message) in [
        (&tables, bad.as_str(), &[][..], "bad.ndjson:1: created_at: "),
        (&file, &bad, &[], "s.parquet: the snapshot is several tables; name a folder for them"),
        (&bad, "examples/sample/records.ndjson", &[], "bad.ndjson: cannot be made a folder: "),
        (&tables, &bad, &["--decisions", &beside], "would be written over"),
        (&tables, &bad, &["--part", "1/2"], "--part freezes some of the subjects"),
    ] {
        let named = ["--records", records, "--snapshot", snapshot];
        let output = run("filter", &[&SAMPLE[..], &as_of, &named, further].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{message}");
    }
}

/// Where the records are, the engine that joins may be the only one to know.
#[test]
fn filter_writes_the_tables_alone_without_records_and_in_parts() {
    let folder = TempDir::new().expect("a folder");
    let as_of = ["--as-of", "2025-11-03"];
    let freeze = |into: &str, further: &[&str]| {
        let path = folder.path().join(into);
        let named = ["--snapshot", &name(&path)].map(ToOwned::to_owned);
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let output = run("filter", &[&SAMPLE[..], &as_of, &named, further].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        (path, text(&output.stderr).to_owned())
    };
    let (alone, told) = freeze("alone", &[]);
    assert_eq!(told.lines().next(), Some("linkedin, 2025-11-03, as of 2025-11-03, 300 subjects"));
    let (beside, _) = freeze("beside", &["--records", "examples/sample/records.ndjson"]);
    for name in NAMES.map(|name| format!("{name}.parquet")) {
        let read = |folder: &Path| fs::read(folder.join(&name)).expect("a table");
        assert!(read(&alone) == read(&beside), "{name}");
    }

    let parts =
        ["1/3", "2/3", "3/3"].map(|part| freeze(&part.replace('/', "-"), &["--part", part]));
    let parts = parts.map(|(path, _)| path);
    let (whole, together) = (read(&[alone]), read(&parts));
    assert_eq!(whole, together);
    for part in parts {
        let rows = read(&[part]).rows;
        assert!((60..140).contains(&rows), "{rows} of 300");
    }
    // More parts than subjects: some are nobody's, and are tables all the same.
    fs::write(folder.path().join("one"), r#"{"id":"u1"}"#).expect("written");
    let one = name(&folder.path().join("one"));
    let (subjects, as_of) = (["--subjects", one.as_str()], ["--as-of", "2024-12-01"]);
    let rows = ["1/2", "2/2"].map(|part| {
        let path = folder.path().join(format!("one-{}", &part[..1]));
        let named = ["--snapshot", &name(&path), "--part", part].map(ToOwned::to_owned);
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let output = run("filter", &[&subjects[..], &as_of, &named].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        read(&[path]).rows
    });
    assert_eq!(rows.iter().sum::<usize>(), 1, "{rows:?}");
}

/// Members of another question find no cell, so that nothing of theirs is admitted.
#[test]
fn answers_to_another_question_have_other_names() {
    let folder = TempDir::new().expect("a folder");
    let registry = ndjson::read_registry(sample("subjects.ndjson").as_bytes()).expect("subjects");
    let day = |text: &str| Some(text.parse::<Timestamp>().expect("an instant"));
    let shipped = Policy::shipped("linkedin").expect("a policy");
    let (then, later) = (day("2024-12-01").expect("then"), day("2024-12-02").expect("later"));
    let mut names = BTreeSet::new();
    for (policy, as_of, known_at) in [
        (&shipped, then, None),
        (&shipped, later, None),
        (&shipped, then, day("2024-11-15")),
        (&Policy::shipped("zoom").expect("a policy"), then, None),
    ] {
        let tables = tables(&folder, &view(&registry, policy, as_of, known_at));
        let before = names.len();
        let answers = tables.answers();
        names.extend(answers.iter().copied());
        assert!(answers.len() > 1 && names.len() == before + answers.len(), "{as_of:?}");
    }
}

/// A billion subjects are never held as a table.
#[test]
fn batches_are_small_and_cut_nobody_out() {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let as_of = "2024-12-01".parse().expect("an instant");
    let (mut snapshot, mut ids) = (Snapshot::new(&policy, as_of, None), Ids::new());
    let push = |snapshot: &mut Snapshot, ids: &mut Ids<_>, id: &str| {
        let subject = Subject::new(id.parse().expect("an id"));
        let number = snapshot.push(&subject).expect("a number");
        assert_eq!(ids.insert(subject.id().clone()), Some(number));
    };
    for number in 0..3_000 {
        push(&mut snapshot, &mut ids, &format!("u{number}"));
    }
    // Ids of a mebibyte.
    for number in 0..40 {
        push(&mut snapshot, &mut ids, &format!("{number}{}", "x".repeat(1 << 20)));
    }
    let tables = arrow::Tables::of(&snapshot);
    let batches = tables.members(&ids).expect("as many ids");
    let schema = batches.schema();
    let (mut rows, mut largest, mut count) = (0, 0, 0);
    for batch in batches {
        let batch = batch.expect("a batch");
        assert_eq!(batch.schema(), schema);
        assert!(batch.num_rows() > 0 && batch.num_rows() <= 8_192);
        largest = largest.max(batch.get_array_memory_size());
        rows += batch.num_rows();
        count += 1;
    }
    assert!(count > 2 && largest < 64 << 20, "{count} batches of up to {largest} bytes");
    // Nobody is known by a place or a birth, so each has one span.
    assert_eq!(rows, 3_040);
}

#[test]
fn ids_that_number_others_are_refused() {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let registry = ndjson::read_registry(&br#"{"id":"u1"}"#[..]).expect("a subject");
    let view = registry.view(&policy, "2024-12-01".parse().expect("an instant"));
    let (snapshot, _) = view.freeze().expect("numbers");
    let error =
        arrow::Tables::of(&snapshot).members(&Ids::new()).err().expect("an error").to_string();
    assert_eq!(
        error,
        "`subject` has 0 ids, but 1 subjects are frozen; give the ids that number them"
    );
}
