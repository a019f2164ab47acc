use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int64Array, LargeStringArray,
    RecordBatch, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use may_train::arrow::Subjects;
use may_train::strategies::Vocabulary;
use may_train::{Entry, Registry, Subject, ndjson};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::common::{run, text};
use crate::files;
use crate::people::{Columns, Event, Value, at, batch, columns, events, instants, texts, word};
use crate::worlds::property;

const SAMPLE: &str = "examples/sample/subjects.ndjson";

fn lines(text: &str) -> Vec<Subject> {
    text.lines().map(|line| serde_json::from_str(line).expect("a subject")).collect()
}

fn sample() -> Vec<Subject> {
    lines(&fs::read_to_string(SAMPLE).expect("the sample"))
}

#[test]
fn the_sample_of_parquet_is_the_sample_of_ndjson() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("people.parquet");
    let subjects = sample();
    let has = |is: &dyn Fn(&Subject) -> bool| subjects.iter().any(is);
    assert!(has(&|s| !s.audiences().is_empty()) && has(&|s| !s.restrictions().is_empty()));
    assert!(has(&|s| s.erasure(None).is_some()) && has(&|s| s.choices().iter().count() > 1));
    files::write(&path, &[batch(columns(&subjects))]);
    let mut read = Vec::new();
    let mut registry = Registry::new();
    // In batches, so that lists start where others end.
    for batch in files::read(&path)
        .1
        .iter()
        .flat_map(|batch| [batch.slice(0, 100), batch.slice(100, batch.num_rows() - 100)])
    {
        let some = Subjects::read(&batch).expect("subjects");
        read.extend_from_slice(some.as_slice());
        some.register(&mut registry).expect("each once");
    }
    assert_eq!(read, subjects);
    let by_lines =
        ndjson::read_registry(&*fs::read(SAMPLE).expect("the sample")).expect("subjects");
    assert_eq!(registry.len(), by_lines.len());
    assert!(subjects.iter().all(|subject| registry.get(subject.id()) == Some(subject)));
}

#[test]
fn generated_people_are_read_as_they_are() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("people.parquet");
    let words = Vocabulary::small();
    let people: Vec<_> = (0..40)
        .map(|number| words.subjects(format!("u{number}").parse().expect("an id")))
        .collect();
    let several = Cell::new(0);
    property(&[], 100, people, |subjects, _| {
        let erased = subjects.iter().filter(|s| s.erasures().iter().count() > 1).count();
        several.set(several.get() + erased);
        files::write(&path, &[batch(columns(&subjects))]);
        let read: Vec<Subject> = (files::read(&path).1.iter())
            .flat_map(|batch| Subjects::read(batch).expect("subjects"))
            .collect();
        prop_assert_eq!(&read, &subjects);
        let written: Vec<String> =
            subjects.iter().map(|s| serde_json::to_string(s).expect("a line")).collect();
        prop_assert_eq!(&read, &lines(&written.join("\n")));
        Ok(())
    });
    assert!(several.get() > 100, "{} were erased several times", several.get());
}

// ---- Two subjects, and columns in the place of theirs ----

fn instant(text: &str) -> may_train::Timestamp {
    text.parse().expect("an instant")
}

const TWO: &str = concat!(
    r#"{"id":"u1","born":"1990-05-01","residence":[{"at":"2019-01-01","place":"GB"}],"#,
    r#""choices":[{"at":"2024-10-01","purpose":"ai-training","choice":"opt-out"}]}"#,
    "\n",
    r#"{"id":"u2","born":"1969-12-31","erased_at":"2024-01-01"}"#,
);

fn two(replaced: Columns) -> RecordBatch {
    let mut all = columns(&lines(TWO));
    all.retain(|(name, _)| replaced.iter().all(|(other, _)| name != other));
    all.extend(replaced);
    batch(all)
}

/// Neither of the two is erased.
fn not_erased() -> Columns {
    vec![("erased_at", instants([None, None])), ("erased_recorded", instants([None, None]))]
}

/// One event of the second subject, and none of the first.
fn event(names: &[&str], event: Event) -> ArrayRef {
    events(names, vec![Some(Vec::new()), Some(vec![Some(event)])])
}

#[test]
fn a_column_may_be_stored_in_several_ways_or_missing() {
    let expected = lines(TWO);
    let dictionary: DictionaryArray<Int8Type> = ["u1", "u2"].into_iter().collect();
    let nanos = instant("2024-01-01").as_micros() * 1_000 + 999;
    let nanos = TimestampNanosecondArray::from(vec![None, Some(nanos)]).with_timezone("UTC");
    let opted_out = vec![at(instant("2024-10-01")), word("ai-training"), word("opt-out")];
    let by_default =
        events(&["at", "purpose", "choice"], vec![Some(vec![Some(opted_out)]), Some(Vec::new())]);
    let stored: [(&str, ArrayRef); 5] = [
        ("id", Arc::new(dictionary)),
        ("id", Arc::new(LargeStringArray::from(vec!["u1", "u2"]))),
        ("born", Arc::new(Date32Array::from(vec![7_425, -1]))),
        ("erased_at", Arc::new(nanos)),
        ("choices", by_default),
    ];
    for (name, column) in stored {
        let batch = two(vec![(name, column)]);
        assert_eq!(Subjects::read(&batch).expect(name).as_slice(), expected, "{name}");
    }
    let ids = batch(vec![("id", texts([Some("u1"), Some("u2")]))]);
    let unknown = lines("{\"id\":\"u1\"}\n{\"id\":\"u2\"}");
    assert_eq!(Subjects::read(&ids).expect("ids").as_slice(), unknown);
    let births = two(vec![("born", Arc::new(Date32Array::from(vec![None, Some(-1)])))]);
    let births = Subjects::read(&births).expect("births");
    assert_eq!(births.as_slice()[0].birth(), None);
}

#[test]
fn one_erasure_or_several_may_be_listed() {
    let (early, late) = (at(instant("2024-01-01")), at(instant("2024-03-01")));
    let never = Value::Instant(None);
    let read = |listed| {
        let mut all = columns(&lines(TWO));
        all.retain(|(name, _)| !name.starts_with("eras"));
        all.push(("erasures", listed));
        Subjects::read(&batch(all)).expect("subjects")
    };
    for one in [
        event(&["at"], vec![early.clone()]),
        event(&["at", "recorded"], vec![early.clone(), never.clone()]),
        event(&["recorded", "at"], vec![early.clone(), early.clone()]),
    ] {
        assert_eq!(read(one).as_slice(), lines(TWO));
    }
    // Each is kept, in whichever order they come, and however often.
    let [later, earlier] = [vec![late.clone(), never], vec![early, late]].map(Some);
    let listed = r#""erasures":[{"at":"2024-03-01"},{"at":"2024-01-01","recorded":"2024-03-01"}]"#;
    let expected = lines(&TWO.replace(r#""erased_at":"2024-01-01""#, listed));
    assert_eq!(expected[1].erasures().iter().count(), 2);
    for several in [[&later, &earlier, &later], [&earlier, &later, &earlier]] {
        let rows = vec![Some(Vec::new()), Some(several.map(Clone::clone).to_vec())];
        assert_eq!(read(events(&["at", "recorded"], rows)).as_slice(), expected);
    }
}

#[test]
fn a_bad_column_is_named() {
    let text = || texts([Some("2024"), None]);
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append(true);
    lists.append(true);
    let no_zone = TimestampMicrosecondArray::from(vec![0; 2]);
    let cases: Vec<(&'static str, ArrayRef, &str)> = vec![
        (
            "id",
            Arc::new(BooleanArray::from(vec![true, false])),
            "`id` is of type Boolean; give texts, such as Utf8, whole numbers of 32 or 64 bits, or \
             UUIDs, FixedSizeBinary(16)",
        ),
        (
            "born",
            Arc::new(Int64Array::from(vec![1990, 1991])),
            "`born` is of type Int64; give texts, as in `1990-05-01` or `1990`, or dates, Date32",
        ),
        ("residence", text(), "`residence` is of type Utf8; give lists"),
        (
            "audience",
            Arc::new(lists.finish()),
            "`audience` is of type List(Utf8); give a list of structs",
        ),
        (
            "erased_at",
            Arc::new(no_zone),
            "`erased_at` is of type Timestamp(µs); give timestamps with a zone, such as UTC",
        ),
        (
            "choice",
            text(),
            "`choice` is not known; give only `id`, `born`, `residence`, `audience`, `choices`, \
             `restrictions`, `erased_at`, `erased_recorded`, `erasures`",
        ),
        (
            "residence",
            event(&["at", "country"], vec![when(), word("GB")]),
            "`residence.country` is not known; give only `at`, `place`, `recorded`",
        ),
        (
            "residence",
            event(&["at"], vec![when()]),
            "`residence.place` is missing; the columns are `at`",
        ),
        (
            "choices",
            event(&["at", "purpose", "by"], vec![when(), word("ai-training"), word("subject")]),
            "`choices.choice` is missing; the columns are `at`, `purpose`, `by`",
        ),
        (
            "restrictions",
            event(&["id", "until"], vec![word("baa"), when()]),
            "`restrictions.from` is missing; the columns are `id`, `until`",
        ),
        (
            "erasures",
            instants([None, Some(instant("2024-01-01"))]),
            "`erasures` is of type Timestamp(µs, \"UTC\"); give lists",
        ),
        (
            "erasures",
            event(&["at", "by"], vec![when(), word("subject")]),
            "`erasures.by` is not known; give only `at`, `recorded`",
        ),
        (
            "erasures",
            event(&["recorded"], vec![when()]),
            "`erasures.at` is missing; the columns are `recorded`",
        ),
    ];
    for (name, column, message) in cases {
        let batch = two(vec![(name, column)]);
        assert_eq!(Subjects::read(&batch).expect_err(message).to_string(), message);
        // It is the columns that are wrong, with or without rows.
        let no_rows = Subjects::read(&batch.slice(0, 0)).expect_err(message);
        assert_eq!(no_rows.to_string(), message);
    }
    let no_id = batch(vec![("born", text())]);
    let error = Subjects::read(&no_id).expect_err("no id").to_string();
    assert_eq!(error, "`id` is missing; the columns are `born`");
}

fn when() -> Value {
    at(instant("2024-01-01"))
}

fn too_late() -> Value {
    Value::Instant(Some(i64::MAX))
}

fn refused(cases: Vec<(&'static str, ArrayRef, &str)>) {
    for (name, column, message) in cases {
        let message = format!("`{message}");
        let error = Subjects::read(&two(vec![(name, column)])).expect_err(&message);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.row(), Some(1));
        assert!(message.starts_with(&format!("`{}`", error.column())));
    }
}

#[test]
fn a_null_is_named_with_its_row() {
    let (no_text, no_instant) = (|| Value::Text(None), || Value::Instant(None));
    let residence = |rows| events(&["at", "place", "recorded"], rows);
    let names: [(&'static str, &[&str]); 5] = [
        ("residence", &["at", "place", "recorded"]),
        ("audience", &["at", "value", "recorded"]),
        ("choices", &["at", "purpose", "choice", "by", "recorded"]),
        ("restrictions", &["id", "from", "until", "recorded"]),
        ("erasures", &["at", "recorded"]),
    ];
    let good = |field: &str| match field {
        "until" => at(instant("2025-01-01")),
        "at" | "from" | "recorded" => when(),
        "place" => word("GB"),
        "purpose" => word("ai-training"),
        "choice" => word("opt-out"),
        "by" => word("admin"),
        _ => word("baa"),
    };
    for (name, fields) in names {
        for (place, field) in fields.iter().enumerate() {
            let mut values: Event = fields.iter().map(|field| good(field)).collect();
            values[place] = match values[place] {
                Value::Text(_) => no_text(),
                Value::Instant(_) => no_instant(),
            };
            let column = (name, event(fields, values));
            let read = Subjects::read(&two([not_erased(), vec![column]].concat()));
            let unknown = ["residence.place", "audience.value"];
            let needed = !["until", "recorded"].contains(field)
                && !unknown.contains(&format!("{name}.{field}").as_str());
            let message =
                format!("`{name}.{field}`, row 1: is null; a value is needed in each row");
            let found = read.err().map(|error| error.to_string());
            assert_eq!(found, needed.then_some(message), "{name}.{field}");
        }
    }
    let ids = texts([Some("u1"), None]);
    let (of_nobody, nothing) = (residence(vec![Some(Vec::new()), None]), vec![None]);
    let nothing = residence(vec![Some(Vec::new()), Some(nothing)]);
    let erasures = |row| events(&["at", "recorded"], vec![Some(Vec::new()), row]);
    refused(vec![
        ("id", ids, "id`, row 1: is null; a value is needed in each row"),
        ("residence", of_nobody, "residence`, row 1: is null; give an empty list for none"),
        ("residence", nothing, "residence`, row 1: holds a null; leave it out of the list"),
        ("erasures", erasures(None), "erasures`, row 1: is null; give an empty list for none"),
        (
            "erasures",
            erasures(Some(vec![None])),
            "erasures`, row 1: holds a null; leave it out of the list",
        ),
    ]);
}

#[test]
fn a_bad_erasure_is_named_with_its_row() {
    let recorded = instants([None, Some(instant("2024-01-02"))]);
    let none = || ("erased_at", instants([None, None]));
    let by_itself = two(vec![none(), ("erased_recorded", recorded.clone())]);
    assert_eq!(
        Subjects::read(&by_itself).expect_err("no erasure").to_string(),
        "`erased_recorded`, row 1: stands by itself; give `erased_at` with it"
    );
    // What is said of a line of NDJSON that gives erasures in both ways.
    let listed = || event(&["at"], vec![at(instant("2024-03-01"))]);
    let beside_a_list = two(vec![none(), ("erased_recorded", recorded), ("erasures", listed())]);
    let error = Subjects::read(&beside_a_list).expect_err("both");
    let line = r#"{"id":"u2","erased_recorded":"2024-01-02","erasures":[{"at":"2024-03-01"}]}"#;
    let line = ndjson::read_registry(line.as_bytes()).expect_err("both").to_string();
    let problem = "`2024-01-02` is not the only erasure: give each in `erasures`, and no \
                   `erased_at` or `erased_recorded`";
    assert!(line.ends_with(problem), "{line}");
    assert_eq!(error.to_string(), format!("`erased_recorded`, row 1: {problem}"));
}

#[test]
fn a_bad_value_is_named_with_its_row() {
    let listed = || event(&["at"], vec![at(instant("2024-03-01"))]);
    let residence =
        |at, place, recorded| event(&["at", "place", "recorded"], vec![at, word(place), recorded]);
    let choice = |purpose, choice, by| {
        let values = vec![when(), word(purpose), word(choice), word(by)];
        event(&["at", "purpose", "choice", "by"], values)
    };
    let restriction = |id, until| event(&["id", "from", "until"], vec![word(id), when(), until]);
    refused(vec![
        (
            "id",
            texts([Some("u1"), Some("u2 ")]),
            "id`, row 1: `u2 ` is not a subject id: leave out control and invisible characters, \
             and the space around it",
        ),
        (
            "born",
            texts([None, Some("1990-02-30")]),
            "born`, row 1: `1990-02-30` is not a birth: there is no such day",
        ),
        (
            "born",
            Arc::new(Date32Array::from(vec![0, i32::MIN])),
            "born`, row 1: -2147483648 days since 1970 lie outside the years 0001 to 9999; give a \
             date within them",
        ),
        (
            "residence",
            residence(when(), "UK", when()),
            "residence.place`, row 1: `UK` is not a country: use `GB`, its ISO 3166-1 code",
        ),
        (
            "residence",
            residence(too_late(), "GB", when()),
            "residence.at`, row 1: `9223372036854775807` is not a timestamp: the years 0001 to \
             9999 are accepted",
        ),
        (
            "residence",
            residence(when(), "GB", too_late()),
            "residence.recorded`, row 1: `9223372036854775807` is not a timestamp: the years 0001 \
             to 9999 are accepted",
        ),
        (
            "restrictions",
            restriction("baa", too_late()),
            "restrictions.until`, row 1: `9223372036854775807` is not a timestamp: the years 0001 \
             to 9999 are accepted",
        ),
        (
            "restrictions",
            restriction("baa", when()),
            "restrictions.until`, row 1: `2024-01-01` is not the end of a restriction: give an \
             `until` after `from`, which is `2024-01-01`",
        ),
        (
            "restrictions",
            restriction("", when()),
            "restrictions.id`, row 1: `` is not a restriction id: it is empty",
        ),
        (
            "erasures",
            listed(),
            "erased_at`, row 1: `2024-01-01` is not the only erasure: give each in `erasures`, and no \
             `erased_at` or `erased_recorded`",
        ),
        (
            "erasures",
            event(&["at"], vec![too_late()]),
            "erasures.at`, row 1: `9223372036854775807` is not a timestamp: the years 0001 to 9999 \
             are accepted",
        ),
        (
            "choices",
            choice("ai-training", "optout", "subject"),
            "choices.choice`, row 1: `optout` is not a choice: use one of `opt-in`, `opt-out`",
        ),
        (
            "choices",
            choice("ai-training", "opt-in", "me"),
            "choices.by`, row 1: `me` is not a maker of choices: use one of `subject`, \
             `guardian`, `signal`, `admin`, `migrated`",
        ),
    ]);
    let purpose = two(vec![("choices", choice("AI", "opt-in", "subject"))]);
    let purpose = Subjects::read(&purpose).expect_err("no purpose").to_string();
    assert!(purpose.starts_with("`choices.purpose`, row 1: `AI` is not "), "{purpose}");
}

// ---- The example ----

fn filter(folder: &Path, subjects: &str, further: &[&str]) -> Output {
    let path = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let (subjects, decisions) = (path(subjects), path("d.ndjson"));
    let mut arguments = vec!["--subjects", &subjects];
    arguments.extend(["--records", "examples/sample/records.ndjson", "--as-of", "2024-12-01"]);
    arguments.extend(["--decisions", &decisions]);
    arguments.extend(further);
    run("filter", &arguments)
}

#[test]
fn filter_decides_with_subjects_of_parquet_as_with_those_of_ndjson() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    // Whoever is erased was so earlier, too, which was learned late.
    let earlier = Entry::new(instant("2023-01-01"), ()).with_recorded(instant("2024-11-20"));
    let again =
        |s: Subject| if s.erasures().is_empty() { s } else { s.with_erasure_entry(earlier) };
    let subjects: Vec<Subject> = sample().into_iter().map(again).collect();
    let line = |subject| serde_json::to_string(subject).expect("a line") + "\n";
    fs::write(path("people.ndjson"), subjects.iter().map(line).collect::<String>())
        .expect("written");
    files::write(&path("people.parquet"), &[batch(columns(&subjects))]);
    for further in [&[][..], &["--explain"], &["--known-at", "2024-11-15"]] {
        let decided = ["people.ndjson", "people.parquet"].map(|subjects| {
            let output = filter(folder.path(), subjects, further);
            assert!(output.status.success(), "{}", text(&output.stderr));
            fs::read_to_string(path("d.ndjson")).expect("decisions")
        });
        assert!(decided[0] == decided[1] && decided[0].contains("opted-out"), "{further:?}");
    }
}

#[test]
fn filter_names_file_column_and_row_of_bad_subjects() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("people.parquet");
    let ids: Vec<String> = (0..9_000).map(|number| format!("u{number}")).collect();
    let ids_with = |row: usize, id: Option<&'static str>| {
        let ids = ids.iter().map(|id| Some(id.as_str())).enumerate();
        batch(vec![("id", texts(ids.map(|(r, other)| if r == row { id } else { other })))])
    };
    let cases = [
        (ids_with(8_500, None), "`id`, row 8500: is null; a value is needed in each row"),
        (
            ids_with(8_501, Some("u3")),
            "`id`, row 8501: a second subject `u3`; give each subject once, with all its entries",
        ),
        (
            two(vec![("choice", texts([None, None]))]).slice(0, 0),
            "`choice` is not known; give only `id`, `born`, `residence`, `audience`, `choices`, \
             `restrictions`, `erased_at`, `erased_recorded`, `erasures`",
        ),
    ];
    for (bad, message) in cases {
        files::write(&path, &[bad]);
        for further in [&[][..], &["--explain"]] {
            let output = filter(folder.path(), "people.parquet", further);
            assert_eq!(output.status.code(), Some(2), "{message}");
            let found = text(&output.stderr).trim_end();
            assert_eq!(found, format!("filter: {}: {message}", path.display()));
            assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{message}");
        }
    }
}
