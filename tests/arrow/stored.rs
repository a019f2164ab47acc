//! A snapshot that is read back from its tables is the one that was written, and is refreshed as that one
//! is.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::ArrowError;
use may_train::arrow::{ReadTablesError, Tables};
use may_train::bulk::{Ids, Snapshot};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Registry, Subject, SubjectId, Timestamp};
use proptest::prelude::*;

use crate::worlds::property;

/// The tables of a snapshot: the question, the cells, the members.
type Stored = (RecordBatch, RecordBatch, Vec<RecordBatch>);

fn stored(snapshot: &Snapshot, ids: &Ids<SubjectId>) -> Stored {
    let tables = Tables::of(snapshot);
    let members = tables.members(ids).expect("as many ids");
    let members = members.map(|batch| batch.expect("a batch")).collect();
    (tables.question().expect("a table"), tables.cells().expect("a table"), members)
}

fn read(
    policy: &Policy,
    (question, cells, members): &Stored,
) -> Result<(Snapshot, Ids<SubjectId>), ReadTablesError> {
    Tables::read(policy, question, cells, members.iter().cloned().map(Ok))
}

#[test]
fn a_snapshot_that_is_read_is_refreshed_as_the_one_that_was_written() {
    let words = Vocabulary::small();
    let questions = (
        policies(),
        words.registries(),
        words.cut_offs(),
        words.cut_offs(),
        proptest::option::weighted(0.4, (words.instants(), words.instants())),
    );
    let premises = ["several rows", "time alone changes somebody", "knowledge"];
    property(&premises, 1_600, questions, |world, premises| {
        let (policy, registry, one, other, known): (_, Registry, Timestamp, Timestamp, _) = world;
        let (as_of, later) = (one.min(other), one.max(other));
        let (known_at, known_later) = known.map(|(a, b)| (a.min(b), a.max(b))).unzip();
        let view = registry.view(&policy, as_of);
        let view = known_at.map_or(view, |known_at| view.with_known_at(known_at));
        let (mut written, ids) = view.freeze().expect("numbers");
        let tables = stored(&written, &ids);
        // A row a batch, so that subjects are cut wherever they can be.
        let rows: usize = tables.2.iter().map(RecordBatch::num_rows).sum();
        let single = tables.2.iter().flat_map(|batch| {
            (0..batch.num_rows()).map(|row| batch.slice(row, 1)).collect::<Vec<_>>()
        });
        let cut = (tables.0.clone(), tables.1.clone(), single.collect());
        let (mut found, found_ids) = read(&policy, &cut).expect("its tables");
        prop_assert!(found == written);
        prop_assert_eq!(found_ids.values(), ids.values());
        prop_assert!(stored(&found, &ids).2 == tables.2, "written again");

        let subject = |number: u32| registry.get(ids.value(number)?.as_str());
        let changed = written.refresh(later, known_later, [], subject).expect("numbers");
        let changed_too = found.refresh(later, known_later, [], subject).expect("numbers");
        prop_assert_eq!(&changed, &changed_too);
        prop_assert!(found == written);
        premises.count("several rows", rows > registry.len());
        premises.count("time alone changes somebody", !changed.is_empty());
        premises.count("knowledge", known_at < known_later);
        Ok(())
    });
}

/// A mover, who needs two rows, and somebody who needs one.
fn two() -> (Policy, Stored) {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let mut mover = Subject::new("mover".parse().expect("an id"));
    for year in 2016..2023 {
        let place = if year % 2 == 0 { "US" } else { "FR" };
        mover = mover.with_residence(place.parse().expect("a place"), at(&format!("{year}-01-01")));
    }
    let mut registry = Registry::new();
    registry.insert(mover).expect("one");
    registry.insert(Subject::new("u".parse().expect("an id"))).expect("another");
    let (snapshot, ids) = registry.view(&policy, at("2024-12-01")).freeze().expect("numbers");
    (policy, stored(&snapshot, &ids))
}

fn with(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let place = batch.schema().index_of(name).expect(name);
    let mut columns = batch.columns().to_vec();
    columns[place] = column;
    RecordBatch::try_new(batch.schema(), columns).expect("columns")
}

/// The column of numbers with another number in a row.
fn number(batch: &RecordBatch, name: &str, row: usize, number: Option<i64>) -> RecordBatch {
    let column = batch[name].as_any().downcast_ref::<Int64Array>().expect(name);
    let numbers = column.iter().enumerate().map(|(place, n)| if place == row { number } else { n });
    with(batch, name, Arc::new(numbers.collect::<Int64Array>()))
}

#[test]
fn tables_that_no_snapshot_wrote_are_refused() {
    let (policy, good) = two();
    let (question, cells, members) = good.clone();
    let members = members[0].clone();
    assert_eq!(members.num_rows(), 3, "two of the mover, and one");
    let of_members = |members: RecordBatch| (question.clone(), cells.clone(), vec![members]);
    let texts = |texts: [&str; 3]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let cases = [
        (
            (number(&question, "id", 0, Some(7)), cells.clone(), vec![]),
            "`id`, row 0: is of another question",
        ),
        (
            (number(&question, "as_of_us", 0, Some(7)), cells.clone(), vec![]),
            "`id`, row 0: is of another question",
        ),
        (
            (question.clone(), number(&cells, "question_id", 1, Some(7)), vec![]),
            "`question_id`, row 1: is of another question",
        ),
        (
            (question.clone(), number(&cells, "mask", 0, Some(8)), vec![]),
            "has other cells than it is named by",
        ),
        (
            (question.clone(), number(&cells, "mask", 0, Some(-1)), vec![]),
            "`mask`, row 0: is no mask",
        ),
        (
            (question.clone(), number(&cells, "kind", 0, Some(99)), vec![]),
            "`kind`, row 0: is the code of no kind",
        ),
        (
            (question.clone(), cells.slice(1, cells.num_rows() - 1), vec![]),
            "has other cells than it is named by",
        ),
        (
            of_members(number(&members, "a0", 2, Some(7))),
            "`subject`, row 2: has an answer without cells, 7",
        ),
        (
            of_members(members.slice(1, 2)),
            "`created_from_us`, row 0: does not follow the row before it",
        ),
        (
            of_members(members.slice(0, 1)),
            "`subject` has no row of `mover` for what was created after",
        ),
        (
            of_members(number(&members, "t2_us", 0, Some(0))),
            "`subject`, row 0: has steps that do not ascend",
        ),
        (
            of_members(with(&members, "subject", texts(["mover", "u", "u"]))),
            "`created_from_us`, row 1: does not follow the row before it",
        ),
        (
            of_members(with(&members, "subject", texts(["u", "u", "u"]))),
            "`subject` has a second subject `u`",
        ),
        (
            of_members(with(&members, "subject", texts(["mover", "mover", ""]))),
            "`subject`, row 2: `` is not",
        ),
        (
            of_members(number(&members, "turns_us", 2, Some(i64::MIN))),
            "`turns_us`, row 2: `-9223372036854775808` is not a timestamp",
        ),
    ];
    for (tables, message) in cases {
        let error = read(&policy, &tables).map(drop).expect_err(message).to_string();
        assert!(error.contains(message), "{error}\n{message}");
    }
    let other = Policy::shipped("zoom").expect("a policy");
    assert!(read(&other, &good).is_err(), "another policy");
    let broken = || Err(ArrowError::ComputeError("torn".into()));
    let error =
        Tables::read(&policy, &question, &cells, [broken()]).map(drop).expect_err("a batch");
    assert_eq!(error.to_string(), "a batch of members cannot be read: Compute error: torn");
}

/// Parts are read one after the other, and share their cells.
#[test]
fn parts_are_read_one_after_the_other() {
    let (policy, (question, cells, members)) = two();
    let whole = read(&policy, &(question.clone(), cells.clone(), members.clone())).expect("tables");
    let parts = vec![members[0].slice(0, 2), members[0].slice(2, 1)];
    let parts = read(&policy, &(question, cells, parts)).expect("tables");
    assert!(parts.0 == whole.0 && parts.1.values() == whole.1.values());
}
