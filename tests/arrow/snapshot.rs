use std::fs;
use std::path::Path;

use arrow_array::{RecordBatch, RecordBatchReader};
use may_train::bulk::{Ids, Snapshot};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Ground, Policy, Record, Registry, Subject, Timestamp, View, arrow, ndjson};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::common::{run, text};
use crate::files;
use crate::join::{Table, codes};
use crate::worlds::property;

/// What a view comes to, written and read back.
fn table(folder: &TempDir, view: &View<'_>) -> Table {
    let (snapshot, ids) = view.freeze().expect("numbers");
    let batches = arrow::spans(&snapshot, &ids).expect("as many ids");
    let batches: Vec<RecordBatch> = batches.map(|batch| batch.expect("a batch")).collect();
    let path = folder.path().join("snapshot.parquet");
    files::write(&path, &batches);
    Table::of(&files::read(&path))
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
    let grounds: Vec<&str> = Ground::ALL.iter().map(|ground| ground.as_str()).collect();
    property(&grounds, 1_500, questions, |world, premises| {
        let (policy, registry, records, as_of, known_at) = world;
        let view = view(&registry, &policy, as_of, known_at);
        let table = table(&folder, &view);
        let known_at = known_at.map(|known_at| known_at.to_string());
        prop_assert_eq!(table.says("known_at"), known_at.as_deref());
        prop_assert_eq!(table.says("purpose"), Some(policy.purpose().as_str()));
        for record in &records {
            let decision = view.decide(record);
            prop_assert_eq!(table.grounds(record), codes(decision.grounds()), "{:?}", record);
            prop_assert_eq!(table.says("revision"), decision.revision().map(|r| r.id().as_str()));
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

#[test]
fn filter_writes_the_snapshot_and_a_join_gives_its_decisions() {
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
        let (snapshot, decisions) = (path("snapshot.parquet"), path("decisions.ndjson"));
        let name = |path: &Path| path.to_str().expect("a path").to_owned();
        let (snapshot_name, decisions_name) = (name(&snapshot), name(&decisions));
        let mut arguments = vec!["--subjects", "examples/sample/subjects.ndjson"];
        arguments.extend(["--records", "examples/sample/records.ndjson", "--as-of", as_of]);
        arguments.extend(["--snapshot", &snapshot_name, "--decisions", &decisions_name]);
        arguments.extend(known_at.map(|_| "--known-at").into_iter().chain(known_at));
        arguments.extend(further);
        let output = run("filter", &arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);

        let bytes = fs::read(&snapshot).expect("the snapshot");
        assert!(run("filter", &arguments).status.success());
        assert!(bytes == fs::read(&snapshot).expect("the snapshot"), "twice the same");

        let table = Table::of(&files::read(&snapshot));
        assert_eq!(files::said(&snapshot, "may_train.as_of").as_deref(), Some(as_of));
        assert!(table.rows > registry.len(), "everybody has a row");
        assert_eq!((table.says("as_of"), table.says("known_at")), (Some(as_of), known_at));
        assert_eq!(
            (table.says("platform"), table.says("semantics_version")),
            (Some("linkedin"), Some("1"))
        );
        let as_of = as_of.parse().expect("an instant");
        let known_at = known_at.map(|at| at.parse().expect("an instant"));
        let view = view(&registry, &policy, as_of, known_at);
        let lines = fs::read_to_string(&decisions).expect("decisions");
        assert_eq!(lines.lines().count(), records.len());
        for (record, line) in records.iter().zip(lines.lines()) {
            let joined = table.grounds(record);
            assert_eq!(joined, codes(view.decide(record).grounds()), "{record:?}");
            let decision: serde_json::Value = serde_json::from_str(line).expect("a decision");
            assert_eq!(decision["grounds"], serde_json::json!(joined));
        }
    }
}

#[test]
fn filter_writes_the_snapshot_whole_or_not_at_all() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (table, lines, bad) = (path("s.parquet"), path("s.ndjson"), path("bad.ndjson"));
    let good = "{\"id\":\"r1\",\"subject\":\"u1\",\"kind\":\"post\",\"created_at\":\"2024\"}\n";
    fs::write(&bad, good).expect("written");
    let sample = ["--subjects", "examples/sample/subjects.ndjson", "--as-of", "2024-12-01"];
    for (snapshot, records, message) in [
        (&table, bad.as_str(), "bad.ndjson:1: created_at: "),
        (
            &lines,
            "examples/sample/records.ndjson",
            "s.ndjson: the snapshot is written as Parquet; end the name in .parquet",
        ),
    ] {
        let mut arguments = sample.to_vec();
        arguments.extend(["--records", records, "--snapshot", snapshot]);
        let output = run("filter", &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{message}");
    }
    let mut arguments = sample.to_vec();
    arguments.extend(["--records", &bad, "--snapshot", &table, "--decisions", &table]);
    let output = run("filter", &arguments);
    assert!(text(&output.stderr).contains("would be written over"), "{}", text(&output.stderr));
}

/// Where the records are, the engine that joins may be the only one to know.
#[test]
fn filter_writes_the_snapshot_alone_without_records() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (alone, beside) = (path("alone.parquet"), path("beside.parquet"));
    let sample = ["--subjects", "examples/sample/subjects.ndjson", "--as-of", "2024-12-01"];
    let records = ["--records", "examples/sample/records.ndjson"];
    let output = run("filter", &[&sample[..], &["--snapshot", &alone]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "linkedin, 2024-10-11, as of 2024-12-01, 300 subjects\n");
    assert!(
        run("filter", &[&sample[..], &records, &["--snapshot", &beside]].concat()).status.success()
    );
    let read = |path: &str| fs::read(path).expect("a snapshot");
    assert!(read(&alone) == read(&beside));
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
    // Ids of a mebibyte, each of them in as many rows as there are kinds.
    for number in 0..9 {
        push(&mut snapshot, &mut ids, &format!("{number}{}", "x".repeat(1 << 20)));
    }
    let batches = arrow::spans(&snapshot, &ids).expect("as many ids");
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
    // Nobody is known by a place or a birth, so each has one span; so has whoever is not known.
    assert_eq!(rows, (3_000 + 9 + 1) * snapshot.kinds().len());
}

#[test]
fn ids_that_number_others_are_refused() {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let registry = ndjson::read_registry(&br#"{"id":"u1"}"#[..]).expect("a subject");
    let view = registry.view(&policy, "2024-12-01".parse().expect("an instant"));
    let (snapshot, _) = view.freeze().expect("numbers");
    let error = arrow::spans(&snapshot, &Ids::new()).err().expect("an error").to_string();
    assert_eq!(
        error,
        "`subject` has 0 ids, but 1 subjects are frozen; give the ids that number them"
    );
}
