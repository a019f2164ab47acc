//! The example `filter` gives equal answers whatever the form of the files, the number of threads and the
//! number of parts. Needs the feature `parquet`.

mod common;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, FixedSizeBinaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use common::{example, text};
use may_train::{Grounds, RecordId, Timestamp, Verdict};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder, and the command that runs in it.
struct World {
    folder: TempDir,
    filter: PathBuf,
}

impl World {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder"), filter: example("filter") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn filter(&self, arguments: &str) -> Output {
        let mut command = Command::new(&self.filter);
        command.current_dir(self.folder.path()).args(["--as-of", "2024-12-01"]);
        command.args(arguments.split(' ')).output().expect("the example runs")
    }

    /// Runs, and returns what was written into a file.
    fn file(&self, arguments: &str, name: &str) -> Vec<u8> {
        let output = self.filter(arguments);
        assert!(output.status.success(), "{arguments}: {}", text(&output.stderr));
        fs::read(self.path(name)).expect(name)
    }

    fn refuses(&self, arguments: &str, message: &str) {
        let output = self.filter(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {}", text(&output.stderr));
        assert_eq!(text(&output.stderr), format!("filter: {message}\n"), "{arguments}");
    }

    /// Writes rows in groups of some rows.
    fn write(&self, name: &str, batch: &RecordBatch, group: usize) {
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group));
        let file = File::create(self.path(name)).expect("a file");
        let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build()));
        let mut writer = writer.expect("a writer");
        writer.write(batch).expect("written");
        writer.close().expect("written");
    }

    fn table(&self, name: &str) -> Vec<RecordBatch> {
        let file = File::open(self.path(name)).expect(name);
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        builder.build().expect("Parquet").map(|batch| batch.expect("Parquet")).collect()
    }
}

// ---- Records and subjects in every form ----

const KINDS: [&str; 4] = ["post", "article", "private-message", "comment"];
const SUBJECTS: usize = 40;

fn subject_lines(id: impl Fn(usize) -> String) -> String {
    let line = |n: usize| {
        let place = ["US", "FR", "BR", "HK", "GB"][n % 5];
        let mut subject = json!({"id": id(n), "residence": [{"at": "2019-01-01", "place": place}]});
        if n.is_multiple_of(3) {
            let choice = json!({"at": "2024-10-01", "purpose": "ai-training", "choice": "opt-out"});
            subject["choices"] = json!([choice]);
        }
        subject.to_string() + "\n"
    };
    (0..SUBJECTS).map(line).collect()
}

fn created(n: usize) -> i64 {
    1_640_995_200_000_000 + i64::try_from(n % 1200).expect("small") * 86_400_000_000
}

/// Whose each record is: of one in ten the subject is not known.
fn owner(n: usize) -> usize {
    n * 7 % (SUBJECTS + SUBJECTS / 10)
}

fn record_lines(records: std::ops::Range<usize>, id: impl Fn(usize) -> String) -> String {
    let line = |n: usize| {
        let at = Timestamp::from_micros(created(n)).expect("an instant").to_string();
        let record = json!({"id": format!("r{n}"), "subject": id(owner(n)), "kind": KINDS[n % 4],
            "created_at": at, "text": "as it came"});
        record.to_string() + "\n"
    };
    records.map(line).collect()
}

fn rows(records: std::ops::Range<usize>, ids: ArrayRef, subjects: ArrayRef) -> RecordBatch {
    let kinds: StringArray = records.clone().map(|n| Some(KINDS[n % 4])).collect();
    let created: TimestampMicrosecondArray = records.map(|n| Some(created(n))).collect();
    RecordBatch::try_from_iter([
        ("id", ids),
        ("subject", subjects),
        ("kind", Arc::new(kinds) as _),
        ("created_at", Arc::new(created.with_timezone("UTC")) as _),
    ])
    .expect("columns")
}

fn text_rows(records: std::ops::Range<usize>) -> RecordBatch {
    let ids: StringArray = records.clone().map(|n| Some(format!("r{n}"))).collect();
    let subjects: StringArray = records.clone().map(|n| Some(format!("u{}", owner(n)))).collect();
    rows(records, Arc::new(ids), Arc::new(subjects))
}

fn as_words(batches: &[RecordBatch]) -> Vec<Value> {
    let row = |batch: &RecordBatch, row: usize| {
        let word = |name: &str| batch[name].as_string::<i32>().value(row).to_owned();
        let grounds = batch["grounds"].as_list::<i32>().value(row);
        let grounds: Vec<&str> = grounds.as_string::<i32>().iter().flatten().collect();
        json!({"record": word("record"), "verdict": word("verdict"), "grounds": grounds,
            "revision": word("revision")})
    };
    let rows = |batch| (0..RecordBatch::num_rows(batch)).map(move |n| row(batch, n));
    batches.iter().flat_map(rows).collect()
}

fn values(lines: &[u8]) -> Vec<Value> {
    text(lines).lines().map(|line| serde_json::from_str(line).expect("a line")).collect()
}

// ---- Tests ----

/// A column of ids for some records, and the text of the id with a number.
type IdForm = (&'static str, fn(&[u32]) -> ArrayRef, fn(u32) -> String);

fn uuid(n: u32) -> [u8; 16] {
    (0xabcd_ef01_2345_6789_0000_0000_0000_00a0_u128 | u128::from(n) << 16).to_be_bytes()
}

fn uuid_text(n: u32) -> String {
    let digits = format!("{:032x}", u128::from_be_bytes(uuid(n)));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[test]
fn ids_of_numbers_and_uuids_decide_as_their_texts_in_ndjson() {
    const RECORDS: usize = 500;
    let forms: [IdForm; 5] = [
        (
            "Int32",
            |ids| Arc::new(Int32Array::from_iter_values(ids.iter().map(|n| n.cast_signed() - 20))),
            |n| (i64::from(n) - 20).to_string(),
        ),
        (
            "Int64",
            |ids| Arc::new(Int64Array::from_iter_values(ids.iter().map(|n| i64::from(*n) - 20))),
            |n| (i64::from(n) - 20).to_string(),
        ),
        ("UInt32", |ids| Arc::new(UInt32Array::from(ids.to_vec())), |n| n.to_string()),
        (
            "UInt64",
            |ids| {
                Arc::new(UInt64Array::from_iter_values(
                    ids.iter().map(|n| u64::MAX - u64::from(*n)),
                ))
            },
            |n| (u64::MAX - u64::from(n)).to_string(),
        ),
        (
            "UUID",
            |ids| {
                let uuids = FixedSizeBinaryArray::try_from_iter(ids.iter().map(|n| uuid(*n)));
                Arc::new(uuids.expect("16 bytes each"))
            },
            uuid_text,
        ),
    ];
    for (name, column, id) in forms {
        let world = World::new();
        let number = |n: usize| u32::try_from(n).expect("small");
        let people: Vec<u32> = (0..SUBJECTS).map(number).collect();
        let lines = subject_lines(|n| id(number(n)));
        fs::write(world.path("s.ndjson"), &lines).expect("written");
        let of_lines = record_lines(0..RECORDS, |n| id(number(n)));
        let of_lines: String = (0..RECORDS)
            .zip(of_lines.lines())
            .map(|(n, line)| {
                line.replace(&format!("\"r{n}\""), &format!("\"{}\"", id(number(n)))) + "\n"
            })
            .collect();
        fs::write(world.path("r.ndjson"), of_lines).expect("written");
        let residences = subjects_as_rows(&lines, column(&people));
        world.write("s.parquet", &residences, 16);
        let all: Vec<u32> = (0..RECORDS).map(number).collect();
        let owners: Vec<u32> = (0..RECORDS).map(|n| number(owner(n))).collect();
        world.write("r.parquet", &rows(0..RECORDS, column(&all), column(&owners)), 100);

        let expected = world.file("--subjects s.ndjson --records r.ndjson --decisions d", "d");
        assert!(text(&expected).contains("eligible") && text(&expected).contains("opted-out"));
        let known = text(&expected).matches("subject-unknown").count();
        assert!((1..RECORDS).contains(&known), "{name}: {known}");
        for subjects in ["s.ndjson", "s.parquet"] {
            for records in ["r.ndjson", "r.parquet"] {
                let asked = format!("--subjects {subjects} --records {records} --decisions d");
                assert!(world.file(&asked, "d") == expected, "{name}: {asked}");
            }
        }
    }
}

/// The subjects of lines, with a column of their ids.
fn subjects_as_rows(lines: &str, ids: ArrayRef) -> RecordBatch {
    use arrow_array::builder::{
        ArrayBuilder, ListBuilder, StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
    };
    use arrow_schema::{DataType, Field, TimeUnit};
    let subjects: Vec<Value> = values(lines.as_bytes());
    let events = |name: &str, words: &[&str]| -> ArrayRef {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let mut fields = vec![Field::new("at", instant, true)];
        let times = TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let mut builders: Vec<Box<dyn ArrayBuilder>> = vec![Box::new(times)];
        for word in words {
            fields.push(Field::new(*word, DataType::Utf8, true));
            builders.push(Box::new(StringBuilder::new()));
        }
        let mut lists = ListBuilder::new(StructBuilder::new(fields, builders));
        for subject in &subjects {
            for event in subject[name].as_array().into_iter().flatten() {
                let row = lists.values();
                let at: Timestamp = event["at"].as_str().expect("at").parse().expect("an instant");
                let times = row.field_builder::<TimestampMicrosecondBuilder>(0).expect("times");
                times.append_value(at.as_micros());
                for (place, word) in (1..).zip(words) {
                    let words = row.field_builder::<StringBuilder>(place).expect("words");
                    words.append_value(event[*word].as_str().expect("a word"));
                }
                row.append(true);
            }
            lists.append(true);
        }
        Arc::new(lists.finish())
    };
    RecordBatch::try_from_iter([
        ("id", ids),
        ("residence", events("residence", &["place"])),
        ("choices", events("choices", &["purpose", "choice"])),
    ])
    .expect("columns")
}

#[test]
fn bits_say_what_words_say() {
    let world = World::new();
    fs::write(world.path("s.ndjson"), subject_lines(|n| format!("u{n}"))).expect("written");
    fs::write(world.path("r.ndjson"), record_lines(0..900, |n| format!("u{n}"))).expect("written");
    world.write("r.parquet", &text_rows(0..900), 1000);
    for records in ["r.ndjson", "r.parquet"] {
        let asked = format!("--subjects s.ndjson --records {records} --decisions");
        let words = values(&world.file(&format!("{asked} d.ndjson"), "d.ndjson"));
        let bits =
            values(&world.file(&format!("{asked} b.ndjson --decisions-as bits"), "b.ndjson"));
        world.file(&format!("{asked} b.parquet --decisions-as bits"), "b.parquet");
        let [table] = &world.table("b.parquet")[..] else { panic!("one batch") };
        let names: Vec<&str> =
            table.schema_ref().fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(names, ["record", "verdict", "mask"]);
        let masks = table["mask"].as_primitive::<Int64Type>();
        let mut refused = 0;
        for (row, (words, bits)) in words.iter().zip(&bits).enumerate() {
            let mask = bits["mask"].as_u64().expect("a number");
            let grounds = Grounds::from_bits(u32::try_from(mask).expect("32 bits"));
            let expected =
                json!({"record": words["record"], "verdict": words["verdict"], "mask": mask});
            assert_eq!(*bits, expected);
            assert_eq!(serde_json::to_value(grounds).expect("codes"), words["grounds"]);
            assert_eq!(u64::try_from(masks.value(row)).ok(), Some(mask));
            let text = |name: &str| table[name].as_string::<i32>().value(row);
            assert_eq!([text("record"), text("verdict")], [&bits["record"], &bits["verdict"]]);
            refused += usize::from(grounds.verdict() != Verdict::Eligible);
        }
        assert_eq!(words.len(), bits.len());
        assert!((1..900).contains(&refused));
    }
    world.refuses(
        "--subjects s.ndjson --records r.ndjson --decisions-as bits",
        "--decisions-as tells how decisions are written: name their file with --decisions",
    );
    world.refuses(
        "--subjects s.ndjson --records r.ndjson --decisions d --explain --decisions-as bits",
        "--explain adds words to each decision: leave out --decisions-as bits",
    );
}

/// More records than are read together, so that units and blocks are many.
const MANY: usize = 150_000;

#[test]
fn answers_are_equal_for_every_format_number_of_threads_and_of_parts() {
    let world = World::new();
    let lines = subject_lines(|n| format!("u{n}"));
    fs::write(world.path("s.ndjson"), &lines).expect("written");
    let ids: StringArray = (0..SUBJECTS).map(|n| Some(format!("u{n}"))).collect();
    let people = subjects_as_rows(&lines, Arc::new(ids));
    world.write("s.parquet", &people, 7);
    for folder in ["people", "parts", "line-parts"] {
        fs::create_dir(world.path(folder)).expect("a folder");
    }
    for part in 0..3 {
        let some = people.slice(part * 13, if part == 2 { SUBJECTS - 26 } else { 13 });
        world.write(&format!("people/{part}.parquet"), &some, 5);
    }
    let records = record_lines(0..MANY, |n| format!("u{n}"));
    fs::write(world.path("r.ndjson"), &records).expect("written");
    let all = text_rows(0..MANY);
    // Cut within one group; put together from many; and a group of each in several files.
    world.write("one.parquet", &all, MANY);
    world.write("many.parquet", &all, 9_000);
    let cuts = [0, 70_000, 70_000, 70_003, MANY];
    for (part, ends) in cuts.windows(2).enumerate() {
        let some = all.slice(ends[0], ends[1] - ends[0]);
        world.write(&format!("parts/{part}.parquet"), &some, 40_000);
        let some = record_lines(ends[0]..ends[1], |n| format!("u{n}"));
        fs::write(world.path(&format!("line-parts/{part}.ndjson")), some).expect("written");
    }

    let outputs = "--decisions d --summary c";
    let asked =
        format!("--subjects s.ndjson --records r.ndjson {outputs} --admitted a --threads 1");
    let expected = world.file(&asked, "d");
    let (counts, admitted) =
        (fs::read(world.path("c")).expect("c"), fs::read(world.path("a")).expect("a"));
    assert_eq!(text(&expected).lines().count(), MANY);
    let runs = [
        ("s.ndjson", "r.ndjson", 2),
        ("s.parquet", "line-parts", 3),
        ("people", "one.parquet", 1),
        ("s.parquet", "one.parquet", 2),
        ("s.ndjson", "many.parquet", 5),
        ("people", "parts", 2),
    ];
    for (subjects, records, threads) in runs {
        let asked =
            format!("--subjects {subjects} --records {records} {outputs} --threads {threads}");
        assert!(world.file(&asked, "d") == expected, "{asked}");
        assert!(fs::read(world.path("c")).expect("c") == counts, "{asked}");
    }
    let asked = "--subjects people --records line-parts --admitted a2 --threads 4";
    assert!(world.file(asked, "a2") == admitted);
    let expected = values(&expected);
    let eligible: Vec<&str> = (expected.iter().filter(|d| d["verdict"] == "eligible"))
        .map(|decision| decision["record"].as_str().expect("an id"))
        .collect();
    for (records, threads) in [("one.parquet", 1), ("parts", 3), ("many.parquet", 2)] {
        let asked = format!(
            "--subjects s.parquet --records {records} --decisions d.parquet --admitted a.parquet \
             --threads {threads}"
        );
        world.file(&asked, "d.parquet");
        assert!(as_words(&world.table("d.parquet")) == expected, "{asked}");
        let admitted = world.table("a.parquet");
        let ids = admitted.iter().flat_map(|batch| batch["id"].as_string::<i32>().iter().flatten());
        assert!(ids.eq(eligible.iter().copied()), "{asked}");
    }
}

#[test]
fn the_first_bad_row_is_told_whatever_the_number_of_threads() {
    let world = World::new();
    fs::write(world.path("s.ndjson"), subject_lines(|n| format!("u{n}"))).expect("written");
    fs::create_dir(world.path("parts")).expect("a folder");
    for part in 0..6 {
        let rows = part * 10..part * 10 + 10;
        let id = |n: usize| if part > 1 && n % 10 == 7 { String::new() } else { format!("r{n}") };
        let ids: StringArray = rows.clone().map(|n| Some(id(n))).collect();
        let subjects: StringArray = rows.clone().map(|_| Some("u1")).collect();
        let part = format!("parts/{part}.parquet");
        world.write(&part, &self::rows(rows, Arc::new(ids), Arc::new(subjects)), 100);
    }
    for threads in 1..5 {
        world.refuses(
            &format!(
                "--subjects s.ndjson --records parts --decisions d.parquet --threads {threads}"
            ),
            "parts/2.parquet: `id`, row 7: `` is not a record id: it is empty",
        );
        assert!(!world.path("d.parquet").exists());
    }
    // Lines and rows count from the start of the file, in whatever block or unit they are.
    let lines = record_lines(0..20_000, |_| "u1".into());
    fs::write(world.path("r.ndjson"), lines + "no record\n").expect("written");
    let output = world.filter("--subjects s.ndjson --records r.ndjson --summary c");
    assert!(text(&output.stderr).starts_with("filter: r.ndjson:20001: not JSON, at column "));
    let last = MANY - 1;
    let id = |n: usize| if n == last { "\u{200b}".to_owned() } else { format!("r{n}") };
    let ids: StringArray = (0..MANY).map(|n| Some(id(n))).collect();
    let subjects: StringArray = (0..MANY).map(|_| Some("u1")).collect();
    world.write("one.parquet", &rows(0..MANY, Arc::new(ids), Arc::new(subjects)), MANY);
    let output = world.filter("--subjects s.ndjson --records one.parquet --summary c");
    let told = format!("filter: one.parquet: `id`, row {last}: ");
    assert!(text(&output.stderr).starts_with(&told), "{}", text(&output.stderr));
}

#[test]
fn a_subject_in_two_files_is_refused_with_its_row() {
    let world = World::new();
    let lines = subject_lines(|n| format!("u{n}"));
    let ids: StringArray = (0..SUBJECTS).map(|n| Some(format!("u{n}"))).collect();
    let people = subjects_as_rows(&lines, Arc::new(ids));
    fs::create_dir(world.path("people")).expect("a folder");
    world.write("people/0.parquet", &people.slice(0, 20), 100);
    world.write("people/1.parquet", &people.slice(17, 20), 100);
    fs::write(world.path("r.ndjson"), record_lines(0..3, |n| format!("u{n}"))).expect("written");
    for asked in ["--summary c", "--decisions d --explain"] {
        for threads in [1, 3] {
            world.refuses(
                &format!("--subjects people --records r.ndjson {asked} --threads {threads}"),
                "people/1.parquet: `id`, row 0: a second subject `u17`; give each subject once, with \
                 all its entries",
            );
        }
    }
}

#[test]
fn ids_of_records_that_differ_in_case_are_different_ids() {
    let world = World::new();
    fs::write(world.path("s.ndjson"), subject_lines(|n| format!("u{n}"))).expect("written");
    let ids = StringArray::from(vec!["Ab", "aB", "AB"]);
    let subjects = StringArray::from(vec!["u0", "U0", "u0"]);
    world.write("r.parquet", &rows(0..3, Arc::new(ids), Arc::new(subjects)), 100);
    let decisions = world.file("--subjects s.ndjson --records r.parquet --decisions d", "d");
    let decisions = values(&decisions);
    let ids: Vec<RecordId> = (decisions.iter())
        .map(|d| d["record"].as_str().expect("an id").parse().expect("an id"))
        .collect();
    assert_eq!(ids.iter().map(RecordId::as_str).collect::<Vec<_>>(), ["Ab", "aB", "AB"]);
    let unknown = |n: usize| decisions[n]["grounds"].to_string().contains("subject-unknown");
    assert_eq!([unknown(0), unknown(1), unknown(2)], [false, true, false]);
}

#[test]
fn data_in_parquet_is_checked_as_in_ndjson() {
    let world = World::new();
    let lines = subject_lines(|n| format!("u{n}"));
    fs::write(world.path("s.ndjson"), &lines).expect("written");
    let ids: StringArray = (0..SUBJECTS).map(|n| Some(format!("u{n}"))).collect();
    world.write("s.parquet", &subjects_as_rows(&lines, Arc::new(ids)), 7);
    fs::write(world.path("r.ndjson"), record_lines(0..900, |n| format!("u{n}"))).expect("written");
    world.write("r.parquet", &text_rows(0..900), 100);
    let check = |subjects: &str, records: &str| {
        let output = world.filter(&format!("--subjects {subjects} --records {records} --check"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let expected = check("s.ndjson", "r.ndjson");
    assert!(expected.contains("first on line "), "{expected}");
    // Lines are counted from 1, and rows from 0.
    let in_rows = |found: &str| {
        let mut parts = found.split("first on line ");
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
            let line: usize = part[..digits].parse().expect("a line");
            told.extend(["first in row ", &(line - 1).to_string(), &part[digits..]]);
        }
        told
    };
    assert_eq!(check("s.parquet", "r.parquet"), in_rows(&expected));
    let empty = text_rows(0..0);
    world.write("bad.parquet", &empty.project(&[0, 1]).expect("columns"), 100);
    world.refuses(
        "--subjects s.parquet --records bad.parquet --check",
        "bad.parquet: `kind` is missing; the columns are `id`, `subject`",
    );
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_no_folder_of_a_snapshot() {
    use std::os::unix::process::ExitStatusExt;
    use std::time::{Duration, Instant};
    let world = World::new();
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().expect("mkfifo").success());
    // A run of the tests under `nohup` ignores a signal, and so would its children.
    let mut child = Command::new("env")
        .arg("--default-signal=INT")
        .arg(&world.filter)
        .current_dir(world.folder.path())
        .args(["--as-of", "2024-12-01", "--subjects", "pipe", "--snapshot", "s"])
        .spawn()
        .expect("it starts");
    let started = Instant::now();
    let parts = || fs::read_dir(world.path("s")).map_or(0, Iterator::count);
    while parts() < 5 {
        assert!(started.elapsed() < Duration::from_secs(60), "{} parts", parts());
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
    assert_eq!(child.wait().expect("it ends").signal(), Some(2));
    assert!(!world.path("s").exists());
}
