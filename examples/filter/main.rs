//! Filters the records of a platform: which may enter a training set with this cut-off, and why not.
//!
//! ```text
//! cargo run --release --example filter
//! cargo run --release --example filter -- --policy linkedin --subjects subjects.ndjson \
//!     --records records.ndjson --as-of 2024-12-01 --decisions decisions.ndjson
//! cargo run --release --features parquet --example filter -- --policy linkedin \
//!     --subjects subjects.parquet --records records.parquet --as-of 2024-12-01 \
//!     --decisions decisions.parquet --admitted admitted.parquet --snapshot snapshot
//! ```
//!
//! What is probably not meant in the data, `--check` tells, and decides nothing:
//!
//! ```text
//! cargo run --release --example filter -- --check
//! ```
//!
//! Subjects are frozen as they are read, to some bytes each, and records are streamed and decided in bulk;
//! with `--explain` the subjects are kept whole, and records are decided one by one. Every output is
//! written whole or not at all. A bad line ends the run with exit code 2 and one message.

mod check;
mod format;
mod members;
mod output;
mod outputs;
mod part;
#[cfg(feature = "parquet")]
mod people;
mod records;
#[cfg(feature = "parquet")]
mod rows;
mod snapshot;
#[path = "../shared/policy_source.rs"]
mod source;
mod summary;
#[cfg(feature = "parquet")]
mod table;
#[path = "../shared/text_table.rs"]
mod text_table;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use may_train::bulk::Counts;
use may_train::review::DataLint;
use may_train::{ReadError, Timestamp};

use format::Format;
use members::{Members, Question};
use outputs::Outputs;
use part::Part;

/// The sample that is filtered when no files are named, and its cut-off.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample");
const SAMPLE_AS_OF: &str = "2024-12-01";

const BUFFER: usize = 1 << 20;

/// Which records may enter an AI training set with this cut-off, and why the others may not.
///
/// Without arguments: the shipped LinkedIn policy over the sample data of the repository.
///
/// A subject is one line of JSON with `id` and, as far as known, `born`, `residence`, `audience`,
/// `choices`, `restrictions`, `erased_at` and `erased_recorded` or else a list of `erasures`; a record
/// one with `id`, `subject` or `subjects`, `kind`, `created_at` and perhaps `deleted_at`,
/// `restrictions`. Other keys of a record are carried through.
///
/// Built with the feature `parquet`, files whose names end in `.parquet` are read and written as such:
/// columns are named as the keys above, instants are timestamps with a zone, and rows are counted
/// from 0.
#[derive(Parser)]
#[command(name = "filter")]
struct Args {
    /// A shipped policy's id, such as linkedin, meta, x or zoom; or a policy's TOML file.
    #[arg(long, default_value = "linkedin")]
    policy: String,
    /// The subjects, NDJSON or Parquet [default: the sample]
    #[arg(long, value_name = "FILE", requires = "as_of")]
    subjects: Option<PathBuf>,
    /// The records, NDJSON or Parquet [default: the sample]
    #[arg(long, value_name = "FILE", requires_all = ["subjects", "as_of"])]
    records: Option<PathBuf>,
    /// The cut-off: RFC 3339 with an offset, or a date; the sample's is 2024-12-01.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// Leave out what the platform learned later than this [default: everything counts]
    #[arg(long, value_name = "TIME")]
    known_at: Option<Timestamp>,
    /// Write one decision a record, NDJSON or Parquet; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Write the eligible records, as they came; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    admitted: Option<PathBuf>,
    /// Say why in each of the `--decisions`.
    #[arg(long)]
    explain: bool,
    /// Write the counts, one JSON object; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Write the snapshot of the subjects into a folder: Parquet tables that other engines join with
    /// records. Asked for alone, it needs no records.
    #[arg(long, value_name = "FOLDER")]
    snapshot: Option<PathBuf>,
    /// Freeze a part of the subjects, told by a hash of their ids; the tables of all parts, put together,
    /// are those of the whole.
    #[arg(long, value_name = "I/N", requires_all = ["snapshot", "as_of"])]
    part: Option<Part>,
    /// Decide nothing, and tell what the data says that was probably not meant: as text or as json.
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        value_parser = ["text", "json"],
        conflicts_with_all = ["decisions", "admitted", "explain", "summary", "snapshot", "known_at", "part"]
    )]
    check: Option<String>,
}

/// Why a part alone decides nothing.
const PART_OF_RECORDS: &str = "--part freezes some of the subjects, and others would seem unknown: ask \
                               for --snapshot alone";

/// Why there is nothing to do.
const NO_RECORDS: &str = "--records is missing: name the file of the records to decide; or ask for \
                          --snapshot alone, which needs none";

impl Args {
    fn is_for_the_snapshot_alone(&self) -> bool {
        let of_records = [&self.decisions, &self.admitted, &self.summary];
        self.snapshot.is_some() && !self.explain && of_records.into_iter().all(Option::is_none)
    }
}

fn main() -> ExitCode {
    match filter(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("filter: {error}");
            ExitCode::from(2)
        }
    }
}

fn filter(args: &Args) -> Result<(), Box<dyn Error>> {
    let sample = |file: &str| Path::new(SAMPLE).join(file);
    let subjects = args.subjects.clone().unwrap_or_else(|| sample("subjects.ndjson"));
    let records = match &args.records {
        Some(records) => Some(records.clone()),
        None if args.subjects.is_none() => Some(sample("records.ndjson")),
        None if args.is_for_the_snapshot_alone() => None,
        None => return Err(NO_RECORDS.into()),
    };
    let records = records.as_deref();
    if args.part.is_some() && (records.is_some() || !args.is_for_the_snapshot_alone()) {
        return Err(PART_OF_RECORDS.into());
    }
    let as_of = args.as_of.map_or_else(|| SAMPLE_AS_OF.parse(), Ok)?;
    if let Some(form) = &args.check {
        let policy = source::read(&args.policy)?;
        return check::report(&mut DataLint::new(&policy, as_of), &subjects, records, form);
    }
    format::check(args, &subjects, records)?;
    let inputs: Vec<&Path> = [subjects.as_path()].into_iter().chain(records).collect();
    let mut outputs = Outputs::open(args, &inputs)?;

    let policy = source::read(&args.policy)?;
    let question = Question { policy: &policy, as_of, known_at: args.known_at };
    // Explanations are written beside decisions only.
    let explain = args.explain && args.decisions.is_some();
    let mut lint = DataLint::line_by_line(&policy, as_of);
    let members = Members::read(&subjects, &question, args.part, explain, &mut lint)?;
    #[cfg(feature = "parquet")]
    outputs.write_snapshot(&members, &question)?;
    let counts = match records {
        Some(records) => Some(decide_all(&members, &question, records, &mut outputs, &mut lint)?),
        None => None,
    };
    outputs.finish(counts.as_ref())?;
    let revision = question.revision().map_or("no revision in force", |id| id.as_str());
    eprintln!("{}", summary::title(&policy, revision, as_of, members.len()));
    if let Some(counts) = counts {
        eprintln!("{}", summary::table(&counts));
    }
    if let Some(warning) = check::warning(&lint) {
        eprintln!("{warning}");
    }
    Ok(())
}

fn decide_all(
    members: &Members,
    question: &Question<'_>,
    records: &Path,
    outputs: &mut Outputs,
    lint: &mut DataLint,
) -> Result<Counts, Box<dyn Error>> {
    match Format::of(records) {
        Format::Lines => records::decide_all(members, question, records, outputs, lint),
        #[cfg(feature = "parquet")]
        Format::Parquet => table::decide_all(members, question, records, outputs),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => Err(format::no_parquet(records).into()),
    }
}

fn open(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))
}

/// The error with the name of the file, as the user gave it.
fn in_file(path: &Path) -> impl Fn(ReadError) -> ReadError {
    let name = path.display().to_string();
    move |error| error.in_file(&name)
}

/// Shows on a terminal how far the reading of a file is.
fn with_progress(file: File, what: &'static str) -> (ProgressBar, impl BufRead) {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let bar = ProgressBar::new(length).with_message(what);
    if let Ok(style) = ProgressStyle::with_template(
        "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
    ) {
        bar.set_style(style);
    }
    let reader: Box<dyn Read> = Box::new(bar.wrap_read(file));
    (bar, BufReader::with_capacity(BUFFER, reader))
}
