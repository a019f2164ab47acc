//! The SQL that joins records with the tables of a snapshot, `src/arrow/sql`, is made of one template, and
//! of what differs between dialects.
//!
//! With `UPDATE_SQL=1` the test writes the files anew; without, it fails on a difference.

use std::fs;
use std::path::Path;

use may_train::{Ground, GroundClass};

const TEMPLATE: &str = include_str!("join.template.sql");

/// How a dialect says what differs.
struct Dialect {
    file: &'static str,
    head: &'static str,
    /// The bits that are in both numbers, in either, and in any of a group.
    and: fn(&str, &str) -> String,
    or: fn(&str, &str) -> String,
    any: fn(&str) -> String,
}

const DIALECTS: [Dialect; 4] = [
    Dialect {
        file: "standard.sql",
        head: "DuckDB, DataFusion, Spark, PostgreSQL; BigQuery (untested)",
        and: |a, b| format!("({a} & {b})"),
        or: |a, b| format!("({a} | {b})"),
        any: |a| format!("bit_or({a})"),
    },
    Dialect {
        file: "sqlite.sql",
        head: "SQLite 3.39 or later",
        and: |a, b| format!("({a} & {b})"),
        or: |a, b| format!("({a} | {b})"),
        any: |a| {
            let bits = Ground::ALL.iter().map(|ground| ground.alone().bits());
            bits.map(|bit| format!("max({a} & {bit})")).collect::<Vec<_>>().join(" | ")
        },
    },
    Dialect {
        file: "clickhouse.sql",
        head: "ClickHouse, with `join_use_nulls = 1`",
        and: |a, b| format!("bitAnd({a}, {b})"),
        or: |a, b| format!("bitOr({a}, {b})"),
        any: |a| format!("groupBitOr({a})"),
    },
    Dialect {
        file: "snowflake.sql",
        head: "Snowflake (untested)",
        and: |a, b| format!("BITAND({a}, {b})"),
        or: |a, b| format!("BITOR({a}, {b})"),
        any: |a| format!("BITOR_AGG({a})"),
    },
];

#[test]
fn the_sql_is_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/arrow/sql");
    let mut files = 0;
    for dialect in &DIALECTS {
        let (made, path) = (text(dialect), folder.join(dialect.file));
        if std::env::var_os("UPDATE_SQL").is_some() {
            fs::write(&path, &made).expect("written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(made == kept, "{}: run the test with UPDATE_SQL=1 and review it", dialect.file);
        files += 1;
    }
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), files, "no file beside them");
}

fn text(dialect: &Dialect) -> String {
    let mut text = format!("-- {}.\n{TEMPLATE}", dialect.head);
    while let Some((before, rest)) = text.split_once('{') {
        let (name, after) = rest.split_once('}').expect("a closing brace");
        text = format!("{before}{}{after}", value(dialect, name));
    }
    text
}

/// What stands in the place of a name.
fn value(dialect: &Dialect, name: &str) -> String {
    let bit = |ground: &Ground| ground.alone().bits().to_string();
    let Some((name, arguments)) = name.split_once(':') else {
        let ground = Ground::ALL.iter().find(|ground| ground.as_str() == name);
        return bit(ground.expect("a ground"));
    };
    let arguments: Vec<String> = arguments.split(',').map(ToOwned::to_owned).collect();
    let refusals = Ground::ALL.iter().filter(|ground| ground.class() == GroundClass::Refusal);
    let refusals: u64 = refusals.map(|ground| u64::from(ground.alone().bits())).sum();
    match name {
        "any" => (dialect.any)(&arguments[0]),
        "and" => (dialect.and)(&arguments[0], &refusals.to_string()),
        "or" => arguments.into_iter().reduce(|all, one| (dialect.or)(&all, &one)).expect("some"),
        "words" => {
            let mut grounds = Ground::ALL.to_vec();
            grounds.sort_unstable_by_key(|ground| ground.as_str());
            let word = |ground: &Ground| {
                let is_there = (dialect.and)(&arguments[0], &bit(ground));
                format!("\n    CASE WHEN {is_there} <> 0 THEN ', {ground}' ELSE '' END")
            };
            grounds.iter().map(word).collect::<Vec<_>>().join(" ||")
        }
        other => panic!("`{other}` is no name of the template"),
    }
}

/// Tables outlive the version that wrote them: a ground keeps its bit, and a new one has the next.
#[test]
fn every_ground_keeps_its_bit() {
    let codes: Vec<&str> = Ground::ALL.iter().map(|ground| ground.as_str()).collect();
    let promised = [
        "no-policy-in-force",
        "region-excluded",
        "opted-out",
        "not-opted-in",
        "opt-in-expired",
        "kind-not-covered",
        "under-age",
        "created-outside-window",
        "restricted",
        "subject-erased",
        "record-deleted",
        "not-yet-created",
        "subject-unknown",
        "residence-unknown",
        "audience-unknown",
        "age-unknown",
        "subdivision-unknown",
    ];
    assert_eq!(codes, promised);
    for (place, ground) in Ground::ALL.iter().enumerate() {
        assert_eq!(ground.alone().bits(), 1 << place, "{ground}");
    }
}
