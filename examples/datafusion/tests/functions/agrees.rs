//! Law 10 for DataFusion: its functions, and a join on it, give the grounds of the decision.

use std::cell::Cell;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Ground, Record};
use may_train_datafusion::{JOIN, register_tables};
use proptest::prelude::*;

use crate::lake::Lake;
use crate::worlds::property;

/// A query costs much more to plan than a record to decide.
const RECORDS: usize = 300;

/// A join takes longer to plan than the functions, so only each tenth world is joined.
const JOINED: usize = 10;

/// Columns in all the encodings that engines use.
fn encodings() -> [Vec<(&'static str, DataType)>; 4] {
    let instant = |unit, zone: &str| DataType::Timestamp(unit, Some(zone.into()));
    let dictionary = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
    let large = DataType::LargeList(
        datafusion::arrow::datatypes::Field::new_list_field(DataType::LargeUtf8, true).into(),
    );
    [
        vec![],
        vec![
            ("subjects", large),
            ("kind", DataType::Utf8View),
            ("created_at", instant(TimeUnit::Nanosecond, "UTC")),
        ],
        vec![
            ("subjects", DataType::new_list(DataType::Utf8View, true)),
            ("kind", dictionary),
            ("created_at", instant(TimeUnit::Microsecond, "America/Los_Angeles")),
        ],
        vec![
            ("kind", DataType::LargeUtf8),
            ("deleted_at", instant(TimeUnit::Nanosecond, "+02:00")),
        ],
    ]
}

/// The records as lines, each under an id of its own.
fn lines(records: &[Record]) -> String {
    let lines = records.iter().enumerate().map(|(number, record)| {
        let mut line = serde_json::to_value(record).expect("a record is written");
        line["id"] = format!("r{number:03}").into();
        format!("{line}\n")
    });
    lines.collect()
}

#[test]
fn functions_and_a_join_give_the_grounds_of_the_decision() {
    let words = Vocabulary::small();
    let questions = (
        policies(),
        words.registries(),
        proptest::collection::vec(words.records(), 1..RECORDS),
        words.cut_offs(),
        proptest::option::weighted(0.4, words.instants()),
        0..encodings().len(),
    );
    // Expired opt-ins are rare; the worlds of `tests/arrow` are enough to meet them.
    let often = Ground::ALL.iter().filter(|ground| **ground != Ground::OptInExpired);
    let mut premises: Vec<&str> = often.map(|ground| ground.as_str()).collect();
    premises.extend(["eligible", "joined"]);
    let lake = std::cell::RefCell::new(Lake::new());
    let tried = Cell::new(0_usize);
    property(&premises, 300, questions, |world, premises| {
        let (policy, registry, records, as_of, known_at, encoding) = world;
        let view = registry.view(&policy, as_of);
        let view = known_at.map_or(view, |known_at| view.with_known_at(known_at));
        let mut expected = Vec::new();
        for (number, record) in records.iter().enumerate() {
            let grounds = view.decide(record).grounds();
            premises.count("eligible", grounds.is_empty());
            for ground in grounds.iter().filter(|ground| *ground != Ground::OptInExpired) {
                premises.count(ground.as_str(), true);
            }
            expected.push([
                format!("r{number:03}"),
                grounds.verdict().to_string(),
                grounds.to_string(),
                grounds.is_empty().to_string(),
            ]);
        }

        let (snapshot, ids) = view.freeze().expect("numbers");
        let mut lake = lake.borrow_mut();
        lake.fill(&lines(&records), &encodings()[encoding]);
        register_tables(&lake.context, &snapshot, &ids).expect("tables");
        let question = snapshot.question_digest();
        may_train::datafusion::register(&mut lake.context, snapshot, ids).expect("functions");
        let decided = |subjects: &str| {
            let record =
                format!("'{question}', {subjects}, kind, created_at, deleted_at, restrictions");
            format!(
                "SELECT id, may_train_verdict({record}), may_train_grounds({record}),
                  may_train_eligible({record})
                FROM lake"
            )
        };
        let rows = |sql: &str| {
            let rows = lake.sql(sql).expect("decisions").into_iter();
            let rows = rows.map(|row| row.into_iter().map(|text| text.expect("no null")).collect());
            rows.collect::<Vec<Vec<String>>>()
        };
        prop_assert_eq!(&rows(&format!("{} ORDER BY id", decided("subjects"))), &expected);

        // Records of one subject, without the list.
        let alone = decided("subjects[1]");
        let alone = rows(&format!("{alone} WHERE array_length(subjects) = 1 ORDER BY id"));
        let of_one = expected.iter().zip(&records).filter(|(_, r)| r.subjects().len() == 1);
        prop_assert_eq!(&alone, &of_one.map(|(row, _)| row).collect::<Vec<_>>());

        tried.set(tried.get() + 1);
        if tried.get().is_multiple_of(JOINED) {
            premises.count("joined", true);
            let joined = format!("SELECT id, verdict, grounds FROM ({JOIN}) ORDER BY id");
            let expected: Vec<_> = expected.iter().map(|row| row[..3].to_vec()).collect();
            prop_assert_eq!(rows(&joined), expected);
        }
        Ok(())
    });
}
