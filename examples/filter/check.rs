//! Data lint: reports probable mistakes in the data.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use arrow_array::RecordBatch;
#[cfg(feature = "parquet")]
use may_train::arrow::{Subjects, whole_records};
#[cfg(feature = "parquet")]
use may_train::bulk::ColumnError;
use may_train::ndjson::Lines;
use may_train::review::{DataFile, DataLint};
use may_train::{Record, Subject};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::format::Format;
use super::in_file;
use super::inputs::Input;
#[cfg(feature = "parquet")]
use super::inputs::name;
use super::outputs::Printer;
#[cfg(feature = "parquet")]
use super::rows::Rows;

/// Reads all data with the lint, and prints its findings.
pub fn report(
    lint: &mut DataLint,
    subjects: &[PathBuf],
    records: &[PathBuf],
    form: &str,
) -> Result<(), Box<dyn Error>> {
    for file in subjects {
        match Format::of(file) {
            Format::Lines => {
                let mut lines = Lines::<_, Subject>::new(Input::open(file, "subjects")?);
                while let Some(subject) = lines.read().map_err(in_file(file))? {
                    lint.subject(&subject, lines.line());
                }
            }
            Format::Parquet => of_rows(file, "subject", lint)?,
        }
    }
    for file in records {
        match Format::of(file) {
            Format::Lines => {
                let mut lines = Lines::<_, Record>::new(Input::open(file, "records")?);
                while let Some(record) = lines.read().map_err(in_file(file))? {
                    lint.record(&record, lines.line());
                    record_keys(lines.text(), lines.line(), lint);
                }
            }
            Format::Parquet => of_rows(file, "record", lint)?,
        }
    }
    let is_rows =
        |files: &[PathBuf]| files.first().is_some_and(|f| Format::of(f) == Format::Parquet);
    print(lint, form, [is_rows(subjects), is_rows(records)])
}

/// Reads the rows of a Parquet file with the lint, each a `row`, counted from 0.
#[cfg(feature = "parquet")]
fn of_rows(file: &Path, row: &'static str, lint: &mut DataLint) -> Result<(), Box<dyn Error>> {
    let is_subject = row == "subject";
    let read = |batch: &RecordBatch, lint: &mut DataLint, before: usize| {
        let rows = before..;
        if is_subject {
            let subjects = Subjects::read(batch)?;
            rows.zip(subjects.as_slice()).for_each(|(row, subject)| lint.subject(subject, row));
        } else {
            let records = whole_records(batch)?;
            rows.zip(&records).for_each(|(row, record)| lint.record(record, row));
        }
        Ok::<_, ColumnError>(())
    };
    let check = |no_rows: &RecordBatch| read(no_rows, &mut lint.clone(), 0);
    let (rows, units) = Rows::open(file, row, check, |_| true, false)?;
    if !is_subject {
        rows.schema.fields().iter().for_each(|field| lint.record_key(field.name(), 0));
    }
    for unit in units {
        let mut before = unit.before;
        for batch in rows.read(&unit)? {
            let batch = batch?;
            let in_file = |e: ColumnError| format!("{}: {}", name(file), e.after(before));
            read(&batch, lint, before).map_err(in_file)?;
            before += batch.num_rows();
        }
    }
    Ok(())
}

#[cfg(not(feature = "parquet"))]
fn of_rows(file: &Path, _: &'static str, _: &mut DataLint) -> Result<(), Box<dyn Error>> {
    Err(super::format::no_parquet(file).into())
}

fn print(
    pass: &DataLint,
    form: &str,
    [are_subjects_rows, are_records_rows]: [bool; 2],
) -> Result<(), Box<dyn Error>> {
    let findings = pass.findings();
    let mut out = Printer;
    if form == "json" {
        serde_json::to_writer(&mut out, &findings)?;
        writeln!(out)?;
        return Ok(());
    }
    for finding in &findings {
        let (severity, code) = (finding.severity(), finding.code());
        let (file, line) = (finding.file(), finding.first_line());
        let times = match finding.count() {
            1 => String::new(),
            count => format!(", {count} times"),
        };
        let is_row = if file == DataFile::Subjects { are_subjects_rows } else { are_records_rows };
        let place = if is_row { "in row" } else { "on line" };
        writeln!(out, "{severity}[{code}] {file}, first {place} {line}{times}")?;
        writeln!(out, "  {}", finding.message())?;
        writeln!(out, "  {}", finding.remedy())?;
    }
    if findings.is_empty() {
        writeln!(out, "nothing was found that was probably not meant")?;
    }
    Ok(())
}

/// Returns one line on what was found while records were decided; `None` if nothing was found.
pub fn warning(lint: &DataLint) -> Option<String> {
    let findings = lint.findings();
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code().as_str()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let things = if findings.len() == 1 { "finding" } else { "findings" };
    (!findings.is_empty()).then(|| {
        format!("{} {things} in the data: {}; see --check", findings.len(), codes.join(", "))
    })
}

/// Returns whether the keys of a line are checked while records are decided. Reading them takes a
/// third of a decision, and the lines of a file usually have the same keys.
pub const fn is_sampled(line: usize) -> bool {
    line <= 1024 || line.is_multiple_of(64)
}

/// Passes the keys of a record to the lint.
pub fn record_keys(text: &str, line: usize, pass: &mut DataLint) {
    // The line was read as a record before, so this does not fail.
    let _ = Keys { line, pass }.deserialize(&mut serde_json::Deserializer::from_str(text));
}

struct Keys<'a> {
    line: usize,
    pass: &'a mut DataLint,
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Key { line: self.line, pass: self.pass })?.is_some() {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

struct Key<'a> {
    line: usize,
    pass: &'a mut DataLint,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<(), E> {
        self.pass.record_key(key, self.line);
        Ok(())
    }
}
