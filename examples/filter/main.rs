//! Filters the records of a platform: which may enter a training set with this cut-off, and why the
//! others may not.
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
//! `--check` reports probable mistakes in the data, and decides nothing:
//!
//! ```text
//! cargo run --release --example filter -- --check
//! ```
//!
//! The program freezes the subjects as it reads them, to a few bytes each. It streams the records
//! and decides them in bulk, in several threads and in the order of the records. With `--explain` it keeps the subjects whole, and decides the records
//! one by one. Every output is written whole or not at all. A bad line ends the run with exit code
//! 2 and one message.

mod check;
#[path = "../shared/cli.rs"]
mod cli;
mod decisions;
mod format;
#[path = "../shared/inputs.rs"]
mod inputs;
mod members;
#[path = "../shared/outputs.rs"]
mod outputs;
mod part;
#[cfg(feature = "parquet")]
mod people;
mod records;
#[cfg(feature = "parquet")]
mod rows;
mod sinks;
mod snapshot;
#[path = "../shared/policy_source.rs"]
mod source;
mod summary;
#[cfg(feature = "parquet")]
mod table;
#[cfg(feature = "parquet")]
mod table_rows;
#[path = "../shared/text_table.rs"]
mod text_table;
mod work;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use may_train::review::DataLint;
use may_train::{ReadError, Timestamp};

use decisions::Form;
use inputs::{files, name};
use members::{Members, Question};
use outputs::{refuse_clashes, tell};
use part::Part;
use sinks::Sinks;

/// The sample that is filtered if no files are named, and its cut-off.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample");
const SAMPLE_AS_OF: &str = "2024-12-01";

/// Which records may enter an AI training set with this cut-off, and why the others may not.
///
/// Without arguments, it filters the repository's sample data with the shipped LinkedIn policy.
///
/// A subject is one line of JSON with an `id`. The other keys are optional: `born`, `residence`,
/// `audience`, `choices`, `restrictions`, and either `erased_at` and `erased_recorded` or a list of
/// `erasures`.
///
/// A record is one line with `id`, `subject` or `subjects`, `kind` and `created_at`, and optionally
/// `deleted_at` and `restrictions`. Other keys of a record are carried through.
///
/// With the feature `parquet`, files with names that end in `.parquet` are Parquet files. The
/// columns have the names of the keys above, instants are timestamps with a zone, and rows are
/// counted from 0.
///
/// NDJSON files with names that end in `.gz` or `.zst` are compressed.
#[derive(Parser)]
#[command(name = "filter", version)]
struct Args {
    /// A shipped policy's id, such as linkedin, meta, x or zoom; or a policy's TOML file, or `-`.
    #[arg(long, default_value = "linkedin")]
    policy: String,
    /// The subjects, NDJSON or Parquet; a folder of parts, a pattern, or `-` for the standard input
    /// [default: the sample]
    #[arg(long, value_name = "FILE", requires = "as_of")]
    subjects: Option<PathBuf>,
    /// The records, in the same forms [default: the sample]
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
    /// How decisions are written: in words; or as bits, the verdict and the mask of the grounds, whose bits
    /// the table `codes` of a snapshot lists.
    #[arg(long, value_name = "FORM", value_enum, default_value = "words")]
    decisions_as: Form,
    /// Write the eligible records, as they came; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    admitted: Option<PathBuf>,
    /// Add the reasons to each of the `--decisions`.
    #[arg(long)]
    explain: bool,
    /// Write the counts, one JSON object; `-` is the standard output.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Write the snapshot of the subjects into a folder: Parquet tables that other engines join with
    /// records. Asked for alone, it needs no records.
    #[arg(long, value_name = "FOLDER")]
    snapshot: Option<PathBuf>,
    /// Freeze one part of the subjects, selected by a hash of their ids. The tables of all parts together
    /// equal the tables of the whole.
    #[arg(long, value_name = "I/N", requires_all = ["snapshot", "as_of"])]
    part: Option<Part>,
    /// How many threads read and decide [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Decide nothing, and tell what the data says that was probably not meant: as text or as json.
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        value_parser = ["text", "json"],
        conflicts_with_all = ["decisions", "admitted", "explain", "summary", "snapshot", "known_at", "part", "decisions_as"]
    )]
    check: Option<String>,
}

/// Why a part alone decides nothing.
const PART_OF_RECORDS: &str = "--part freezes some of the subjects, and others would seem unknown: ask \
                               for --snapshot alone";

/// Why there is nothing to do.
const NO_RECORDS: &str = "--records is missing: name the file of the records to decide; or ask for \
                          --snapshot alone, which needs none";

const NO_DECISIONS: &str =
    "--explain is written into the decisions: name their file with --decisions";
const NO_FILE: &str =
    "--decisions-as tells how decisions are written: name their file with --decisions";
const NO_WORDS: &str = "--explain adds words to each decision: leave out --decisions-as bits";

impl Args {
    fn outputs(&self) -> Vec<PathBuf> {
        let all = [&self.decisions, &self.admitted, &self.summary].into_iter().flatten().cloned();
        let tables = self.snapshot.as_deref().map(snapshot::files).unwrap_or_default();
        all.chain(tables).collect()
    }

    fn threads(&self) -> usize {
        let all = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(all).get()
    }

    fn is_for_the_snapshot_alone(&self) -> bool {
        let of_records = [&self.decisions, &self.admitted, &self.summary];
        self.snapshot.is_some() && !self.explain && of_records.into_iter().all(Option::is_none)
    }
}

fn main() -> ExitCode {
    outputs::run("filter", || cli::with(|args: &Args| filter(args).map(|()| ExitCode::SUCCESS)))
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
    if args.explain && args.decisions.is_none() {
        return Err(NO_DECISIONS.into());
    }
    if args.decisions_as == Form::Bits && (args.decisions.is_none() || args.explain) {
        return Err(if args.explain { NO_WORDS } else { NO_FILE }.into());
    }
    let people = files(&subjects)?;
    let posts = records.map(files).transpose()?;
    if let Some(form) = &args.check {
        let policy = source::read(&args.policy)?;
        let mut lint = DataLint::new(&policy, as_of);
        return check::report(&mut lint, &people, posts.as_deref().unwrap_or_default(), form);
    }
    format::check(args, &people, posts.as_deref())?;
    let named = [subjects.as_path()].into_iter().chain(records).chain(source::file(&args.policy));
    let parts = people.iter().chain(posts.iter().flatten()).map(PathBuf::as_path);
    let parts = parts.filter(|part| !inputs::is_standard(part));
    let outputs = args.outputs();
    let outputs: Vec<&Path> = outputs.iter().map(PathBuf::as_path).collect();
    refuse_clashes(&outputs, &named.chain(parts).collect::<Vec<_>>())?;
    let mut sinks = Sinks::open(args)?;

    let policy = source::read(&args.policy)?;
    let question = Question { policy: &policy, as_of, known_at: args.known_at };
    let mut lint = DataLint::line_by_line(&policy, as_of);
    let threads = args.threads();
    let members = Members::read(&people, &question, args.part, args.explain, &mut lint, threads)?;
    #[cfg(feature = "parquet")]
    sinks.write_snapshot(&members, &question)?;
    let counts = match &posts {
        Some(posts) => {
            Some(records::decide_all(&members, &question, posts, &mut sinks, &mut lint, threads)?)
        }
        None => None,
    };
    if sinks.are_closed() {
        return Ok(());
    }
    sinks.finish(counts.as_ref())?;
    let revision = question.revision().map_or("no revision in force", |id| id.as_str());
    tell(summary::title(&policy, revision, as_of, members.len()));
    if let Some(counts) = counts {
        tell(summary::table(&counts));
    }
    if let Some(warning) = check::warning(&lint) {
        tell(warning);
    }
    Ok(())
}

/// Returns the error with the name of the file, as the user gave it.
fn in_file(path: &Path) -> impl Fn(ReadError) -> ReadError {
    let name = name(path);
    move |error| error.in_file(&name)
}
