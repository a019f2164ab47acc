//! The example `filter` over Parquet: the same decisions as over NDJSON, and what it does with bad
//! columns. Needs the feature `parquet`.

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, ListBuilder, StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field, TimeUnit};
use common::{run, text};
use may_train::{Record, Restriction, SubjectId, Timestamp};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;
use tempfile::TempDir;

const SUBJECT: &str = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"US"}]}"#;
const CREATED: i64 = 1_675_209_600_000_000;

type Columns = Vec<(&'static str, ArrayRef)>;

struct World {
    folder: TempDir,
}

impl World {
    fn new(subjects: &str, records: Columns) -> Self {
        let world = Self { folder: TempDir::new().expect("a folder") };
        fs::write(world.path("subjects.ndjson"), subjects).expect("written");
        let batch = RecordBatch::try_from_iter(records).expect("columns");
        let file = File::create(world.path("records.parquet")).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("written");
        world
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a path").to_owned()
    }

    fn filter(&self, records: &str, outputs: &[(&str, &str)]) -> Output {
        let (subjects, records) = (self.path("subjects.ndjson"), self.path(records));
        let mut arguments = vec!["--subjects", &subjects, "--records", &records];
        arguments.extend(["--as-of", "2024-12-01", "--known-at", "2024-11-15"]);
        let outputs: Vec<_> = outputs.iter().map(|(o, file)| (*o, self.path(file))).collect();
        for (option, file) in &outputs {
            arguments.push(option);
            // A flag names no file.
            arguments.extend(Some(file.as_str()).filter(|file| *file != self.path("")));
        }
        run("filter", &arguments)
    }

    fn passes(&self, records: &str, outputs: &[(&str, &str)]) {
        let output = self.filter(records, outputs);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// Asserts that a run fails with exit code 2 and this message, and leaves nothing behind.
    fn refuses(&self, message: &str) {
        let outputs = [("--decisions", "d.parquet"), ("--admitted", "a.parquet")];
        let output = self.filter("records.parquet", &outputs);
        assert_eq!(output.status.code(), Some(2), "{message}: {}", text(&output.stderr));
        let found = text(&output.stderr).replace(&self.path(""), "");
        assert_eq!(found.trim_end(), format!("filter: records.parquet: {message}"));
        assert_eq!(fs::read_dir(self.folder.path()).expect("a folder").count(), 2, "{message}");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    fn table(&self, name: &str) -> Vec<RecordBatch> {
        let file = File::open(self.path(name)).expect(name);
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        builder.build().expect("Parquet").map(|batch| batch.expect("Parquet")).collect()
    }
}

// ---- Records as columns ----

fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn instants(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    let values: Vec<Option<i64>> = values.into_iter().collect();
    Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
}

fn text_lists<'a>(lists: impl IntoIterator<Item = Vec<&'a str>>) -> ArrayRef {
    let mut column = ListBuilder::new(StringBuilder::new());
    for list in lists {
        for text in list {
            column.values().append_value(text);
        }
        column.append(true);
    }
    Arc::new(column.finish())
}

fn restriction_lists<'a>(lists: impl IntoIterator<Item = &'a [Restriction]>) -> ArrayRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fields = vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("from", instant.clone(), true),
        Field::new("until", instant.clone(), true),
        Field::new("recorded", instant, true),
    ];
    let times = || -> Box<dyn ArrayBuilder> {
        Box::new(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
    };
    let builders = vec![Box::new(StringBuilder::new()) as _, times(), times(), times()];
    let mut column = ListBuilder::new(StructBuilder::new(fields, builders));
    for list in lists {
        for restriction in list {
            let row = column.values();
            let ids = row.field_builder::<StringBuilder>(0).expect("ids");
            ids.append_value(restriction.id().as_str());
            let span = restriction.span();
            let times = [Some(span.start()), span.end(), Some(restriction.recorded())];
            for (field, time) in (1..).zip(times) {
                let times = row.field_builder::<TimestampMicrosecondBuilder>(field);
                times.expect("times").append_option(time.map(Timestamp::as_micros));
            }
            row.append(true);
        }
        column.append(true);
    }
    Arc::new(column.finish())
}

fn columns(records: &[Record]) -> Columns {
    let kinds: DictionaryArray<Int8Type> = records.iter().map(|r| r.kind().as_str()).collect();
    vec![
        ("n", Arc::new(Int64Array::from_iter_values(0..records.len().try_into().expect("rows")))),
        ("id", texts(records.iter().map(|r| r.id().as_str()))),
        (
            "subjects",
            text_lists(
                records.iter().map(|r| r.subjects().iter().map(SubjectId::as_str).collect()),
            ),
        ),
        ("kind", Arc::new(kinds)),
        ("created_at", instants(records.iter().map(|r| Some(r.created_at().as_micros())))),
        ("deleted_at", instants(records.iter().map(|r| r.deleted_at().map(Timestamp::as_micros)))),
        ("restrictions", restriction_lists(records.iter().map(Record::restrictions))),
    ]
}

/// Three records of which nothing is wrong.
fn good() -> Columns {
    vec![
        ("id", texts(["r1", "r2", "r3"])),
        ("subject", texts(["u1", "u1", "u2"])),
        ("kind", texts(["post", "post", "post"])),
        ("created_at", instants([Some(CREATED); 3])),
    ]
}

/// The same with another column in the place of one.
fn with(name: &'static str, column: ArrayRef) -> Columns {
    let mut columns = without(name);
    columns.push((name, column));
    columns
}

fn without(name: &str) -> Columns {
    good().into_iter().filter(|(other, _)| *other != name).collect()
}

/// The same with lists of subjects.
fn of(subjects: ArrayRef) -> Columns {
    let mut columns = without("subject");
    columns.push(("subjects", subjects));
    columns
}

// ---- Tests ----

#[test]
fn the_sample_is_decided_as_from_ndjson() {
    let sample =
        |file: &str| fs::read_to_string(Path::new("examples/sample").join(file)).expect(file);
    let lines = sample("records.ndjson");
    // Twice, so that there are more than are read at a time.
    let lines = lines.repeat(2);
    let records: Vec<Record> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    assert!(records.iter().any(|r| !r.restrictions().is_empty() && r.deleted_at().is_none()));
    assert!(records.iter().any(|r| r.subjects().len() > 1));

    let world = World::new(&sample("subjects.ndjson"), columns(&records));
    fs::write(world.path("records.ndjson"), &lines).expect("written");
    let of_lines = [("--decisions", "d.ndjson"), ("--admitted", "a.ndjson"), ("--summary", "s")];
    world.passes("records.ndjson", &of_lines);
    world.passes("records.parquet", &[("--decisions", "d2.ndjson"), ("--summary", "s2")]);
    assert!(world.read("d.ndjson") == world.read("d2.ndjson"));
    assert_eq!(world.read("s"), world.read("s2"));

    world.passes("records.parquet", &[("--decisions", "d.parquet"), ("--admitted", "a.parquet")]);
    assert!(as_lines(&world.table("d.parquet")) == world.read("d.ndjson"));
    world.passes("records.ndjson", &[("--decisions", "d3.parquet")]);
    assert!(world.table("d3.parquet") == world.table("d.parquet"));

    let admitted = world.table("a.parquet");
    let whole = RecordBatch::try_from_iter(columns(&records)).expect("columns");
    assert_eq!(admitted[0].schema().fields().len(), whole.num_columns());
    let ids = admitted.iter().flat_map(|batch| {
        batch.column_by_name("id").expect("ids").as_string::<i32>().iter().flatten()
    });
    let in_lines = world.read("a.ndjson");
    let expected: Vec<Record> =
        in_lines.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    assert!(!expected.is_empty());
    assert!(ids.eq(expected.iter().map(|record| record.id().as_str())));
}

#[test]
fn the_sample_is_explained_as_from_ndjson() {
    let lines = fs::read_to_string("examples/sample/records.ndjson").expect("the sample");
    let records: Vec<Record> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let subjects = fs::read_to_string("examples/sample/subjects.ndjson").expect("the sample");
    let world = World::new(&subjects, columns(&records));
    fs::write(world.path("records.ndjson"), &lines).expect("written");
    for (records, decisions) in [("records.ndjson", "d.ndjson"), ("records.parquet", "d2.ndjson")] {
        world.passes(records, &[("--decisions", decisions), ("--explain", "")]);
    }
    assert!(world.read("d.ndjson").contains("\"explanation\":\"eligible: the subject resided in"));
    assert!(world.read("d.ndjson") == world.read("d2.ndjson"));
}

#[test]
fn a_file_without_rows_gives_no_decisions_and_is_no_error() {
    let world = World::new(SUBJECT, good().into_iter().map(|(n, c)| (n, c.slice(0, 0))).collect());
    let outputs = [("--decisions", "d.parquet"), ("--admitted", "a.parquet"), ("--summary", "s")];
    world.passes("records.parquet", &outputs);
    assert!(world.read("s").starts_with("{\"records\":0,"));
    for table in ["d.parquet", "a.parquet"] {
        assert_eq!(world.table(table).iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
    }
}

#[derive(Serialize)]
struct Line<'a> {
    record: Option<String>,
    verdict: Option<String>,
    grounds: Vec<Option<&'a str>>,
    revision: Option<String>,
}

/// The decisions as NDJSON has them.
fn as_lines(batches: &[RecordBatch]) -> String {
    let mut lines = String::new();
    for batch in batches {
        let column = |name| batch.column_by_name(name).expect(name);
        let text = |name, row| {
            let texts = column(name).as_string::<i32>();
            texts.is_valid(row).then(|| texts.value(row).to_owned())
        };
        for row in 0..batch.num_rows() {
            let grounds = column("grounds").as_list::<i32>().value(row);
            let line = Line {
                record: text("record", row),
                verdict: text("verdict", row),
                grounds: grounds.as_string::<i32>().iter().collect(),
                revision: text("revision", row),
            };
            lines += &serde_json::to_string(&line).expect("a line");
            lines.push('\n');
        }
    }
    lines
}

#[test]
fn a_column_may_be_stored_in_several_ways() {
    let plain = World::new(SUBJECT, good());
    plain.passes("records.parquet", &[("--decisions", "d")]);
    let dictionary: DictionaryArray<Int8Type> = ["u1", "u1", "u2"].into_iter().collect();
    let stored: [(&str, ArrayRef); 6] = [
        ("subject", Arc::new(dictionary)),
        ("subject", Arc::new(LargeStringArray::from(vec!["u1", "u1", "u2"]))),
        ("id", Arc::new(StringViewArray::from(vec!["r1", "r2", "r3"]))),
        (
            "created_at",
            Arc::new(
                TimestampMillisecondArray::from(vec![CREATED / 1_000; 3]).with_timezone("+02:00"),
            ),
        ),
        (
            "created_at",
            // Floored, as everywhere.
            Arc::new(
                TimestampNanosecondArray::from(vec![CREATED * 1_000 + 999; 3]).with_timezone("UTC"),
            ),
        ),
        ("restrictions", restriction_lists([[].as_slice(); 3])),
    ];
    for (name, column) in stored {
        let world = World::new(SUBJECT, with(name, column));
        world.passes("records.parquet", &[("--decisions", "d")]);
        assert_eq!(world.read("d"), plain.read("d"), "{name}");
    }
    let decisions = plain.read("d");
    assert!(decisions.starts_with("{\"record\":\"r1\",\"verdict\":\"eligible\""), "{decisions}");
    assert!(decisions.contains("\"subject-unknown\""), "{decisions}");
}

#[test]
fn many_kinds_and_records_of_nobody_are_decided() {
    let kinds: Vec<String> = (0..3_000).map(|row| format!("kind-{row}")).collect();
    let ids: Vec<String> = (0..3_000).map(|row| format!("r{row}")).collect();
    let world = World::new(
        SUBJECT,
        vec![
            ("id", texts(ids.iter().map(String::as_str))),
            ("subjects", text_lists((0..3_000).map(|row| ["u1"; 2][..row % 3].to_vec()))),
            ("kind", texts(kinds.iter().map(String::as_str))),
            ("created_at", instants(vec![Some(CREATED); 3_000])),
        ],
    );
    world.passes("records.parquet", &[("--decisions", "d.ndjson")]);
    let decisions = world.read("d.ndjson");
    assert_eq!(decisions.matches("subject-unknown").count(), 1_000);
    assert_eq!(decisions.matches("kind-not-covered").count(), 2_000);
}

#[test]
fn a_bad_column_ends_the_run_with_its_name() {
    let no_zone = TimestampMicrosecondArray::from(vec![CREATED; 3]);
    let subjects = || text_lists([vec!["u1"], vec![], vec!["u2"]]);
    let cases: Vec<(Columns, &str)> = vec![
        (without("id"), "`id` is missing; the columns are `subject`, `kind`, `created_at`"),
        (without("subject"), "`subject` is missing; the columns are `id`, `kind`, `created_at`"),
        (without("kind"), "`kind` is missing; the columns are `id`, `subject`, `created_at`"),
        (without("created_at"), "`created_at` is missing; the columns are `id`, `subject`, `kind`"),
        (
            with("created_at", Arc::new(no_zone)),
            "`created_at` is of type Timestamp(µs); give timestamps with a zone, such as UTC",
        ),
        (
            with("deleted_at", texts(["2024-01-01"; 3])),
            "`deleted_at` is of type Utf8; give timestamps with a zone, such as UTC",
        ),
        (
            with("id", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))),
            "`id` is of type Float64; give texts, such as Utf8, whole numbers of 32 or 64 bits, or \
             UUIDs, FixedSizeBinary(16)",
        ),
        (of(texts(["u1"; 3])), "`subjects` is of type Utf8; give lists"),
        (with("subjects", subjects()), "`subject` stands beside `subjects`; give one of the two"),
        (
            with("restrictions", subjects()),
            "`restrictions` is of type List(Utf8); give a list of structs",
        ),
    ];
    for (columns, message) in cases {
        World::new(SUBJECT, columns).refuses(message);
    }
}

#[test]
fn a_bad_value_ends_the_run_with_its_row() {
    let holes = || Arc::new(StringArray::from(vec![Some("u1"), Some("u1"), None])) as ArrayRef;
    let null = "is null; a value is needed in each row";
    let mut nulls = ListBuilder::new(StringBuilder::new());
    nulls.append(true);
    nulls.append(false);
    nulls.append(true);
    let nulls = nulls.finish();
    let mut within = ListBuilder::new(StringBuilder::new());
    for _ in 0..3 {
        within.values().append_null();
        within.append(true);
    }
    let cases: Vec<(Columns, String)> = vec![
        (with("id", holes()), format!("`id`, row 2: {null}")),
        (with("subject", holes()), format!("`subject`, row 2: {null}")),
        (with("kind", holes()), format!("`kind`, row 2: {null}")),
        (
            with("created_at", instants([Some(CREATED), None, None])),
            format!("`created_at`, row 1: {null}"),
        ),
        (of(Arc::new(nulls)), "`subjects`, row 1: is null; give an empty list for none".into()),
        (of(Arc::new(within.finish())), format!("`subjects`, row 0: {null}")),
        (
            with("kind", texts(["post", "post", "Post It"])),
            "`kind`, row 2: `Post It` is not a kind of data: write it in kebab-case, as in \
             `public-post`"
                .into(),
        ),
        (
            with("subject", texts(["u1", " u1", "u1"])),
            "`subject`, row 1: ` u1` is not a subject id: leave out control and invisible \
             characters, and the space around it"
                .into(),
        ),
        (
            with("created_at", instants([Some(CREATED), Some(i64::MAX), None])),
            format!("`created_at`, row 2: {null}"),
        ),
        (
            with("created_at", instants([Some(CREATED), Some(CREATED), Some(i64::MAX)])),
            "`created_at`, row 2: 9223372036854775807 µs lie outside the years 0001 to 9999; give \
             microseconds since 1970"
                .into(),
        ),
    ];
    for (columns, message) in cases {
        World::new(SUBJECT, columns).refuses(&message);
    }
}

#[test]
fn rows_count_from_the_start_of_the_file() {
    let ids: Vec<String> = (0..9_000).map(|row| format!("r{row}")).collect();
    let mut subjects = vec!["u1"; 9_000];
    subjects[8_999] = "";
    let world = World::new(
        SUBJECT,
        vec![
            ("id", texts(ids.iter().map(String::as_str))),
            ("subject", texts(subjects)),
            ("kind", texts(vec!["post"; 9_000])),
            ("created_at", instants(vec![Some(CREATED); 9_000])),
        ],
    );
    world.refuses("`subject`, row 8999: `` is not a subject id: it is empty");
}

#[test]
fn a_restriction_that_is_none_ends_the_run() {
    let field = |name: &str, can_be_null| Field::new(name, DataType::Utf8, can_be_null);
    let list = |fields: Vec<Field>, is_there: bool| {
        let texts = fields.iter().map(|_| Box::new(StringBuilder::new()) as _).collect();
        let mut column = ListBuilder::new(StructBuilder::new(fields.clone(), texts));
        for _ in 0..3 {
            for place in 0..fields.len() {
                column.values().field_builder::<StringBuilder>(place).expect("x").append_null();
            }
            column.values().append(is_there);
            column.append(true);
        }
        with("restrictions", Arc::new(column.finish()))
    };
    World::new(SUBJECT, list(vec![field("id", true), field("form", true)], true))
        .refuses("`restrictions.form` is not known; give only `id`, `from`, `until`, `recorded`");
    World::new(SUBJECT, list(vec![field("id", true)], true))
        .refuses("`restrictions.from` is missing; the columns are `id`");
    World::new(SUBJECT, list(vec![field("id", true), field("from", true)], true))
        .refuses("`restrictions.from` is of type Utf8; give timestamps with a zone, such as UTC");
}

#[test]
fn what_is_no_parquet_or_cannot_be_had_of_it_is_refused() {
    let world = World::new(SUBJECT, good());
    fs::write(world.path("records.parquet"), "no Parquet at all").expect("written");
    let output = world.filter("records.parquet", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("records.parquet: cannot be read as Parquet: "));

    let output = world.filter("records.parquet", &[("--admitted", "a.ndjson")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr).replace(&world.path(""), ""),
        "filter: a.ndjson: admitted records are written as they came; end the name as that of \
         records.parquet ends\n"
    );
}
