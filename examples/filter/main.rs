//! Filters the records of a platform: which may enter a training set with this cut-off, and why not.
//!
//! ```text
//! cargo run --release --example filter
//! cargo run --release --example filter -- --policy linkedin --subjects subjects.ndjson \
//!     --records records.ndjson --as-of 2024-12-01 --decisions decisions.ndjson
//! ```
//!
//! Records are streamed, so memory grows with the subjects only. Every output is written whole or
//! not at all. A bad line ends the run with exit code 2 and one message.

mod output;
#[path = "../shared/policy_source.rs"]
mod source;
mod summary;

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use may_train::ndjson::{self, Lines};
use may_train::{Decision, ReadError, Record, Registry, Timestamp, Verdict, View};
use serde::Serialize;

use output::Output;
use summary::Summary;

/// The sample that is filtered when no files are named, and its cut-off.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample");
const SAMPLE_AS_OF: &str = "2024-12-01";

const BUFFER: usize = 1 << 20;

/// Which records may enter an AI training set with this cut-off, and why the others may not.
///
/// Without arguments: the shipped LinkedIn policy over the sample data of the repository.
///
/// A subject is one line of JSON with `id` and, as far as known, `born`, `residence`, `audience`,
/// `choices`, `restrictions`, `erased_at`; a record one with `id`, `subject` or `subjects`, `kind`,
/// `created_at` and perhaps `deleted_at`, `restrictions`. Other keys of a record are carried through.
#[derive(Parser)]
#[command(name = "filter")]
struct Args {
    /// A shipped policy's id, such as linkedin, meta, x or zoom; or a policy's TOML file.
    #[arg(long, default_value = "linkedin")]
    policy: String,
    /// The subjects, NDJSON [default: the sample]
    #[arg(long, value_name = "FILE", requires_all = ["records", "as_of"])]
    subjects: Option<PathBuf>,
    /// The records, NDJSON [default: the sample]
    #[arg(long, value_name = "FILE", requires_all = ["subjects", "as_of"])]
    records: Option<PathBuf>,
    /// The cut-off: RFC 3339 with an offset, or a date; the sample's is 2024-12-01.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// Leave out what the platform learned later than this [default: everything counts]
    #[arg(long, value_name = "TIME")]
    known_at: Option<Timestamp>,
    /// Write one decision a record, NDJSON; `-` is the standard output.
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
    let records = args.records.clone().unwrap_or_else(|| sample("records.ndjson"));
    let as_of = args.as_of.map_or_else(|| SAMPLE_AS_OF.parse(), Ok)?;
    let mut outputs = Outputs::open(args, &[&subjects, &records])?;

    let policy = source::read(&args.policy)?;
    let registry = read_registry(&subjects)?;
    let view = registry.view(&policy, as_of);
    let view = args.known_at.map_or(view, |known_at| view.known_at(known_at));
    let summary = decide_all(&view, &records, &mut outputs, args.explain)?;

    outputs.finish(&summary)?;
    let revision = view.revision().map_or("no revision in force".into(), |r| r.id().to_string());
    let title = format!("{}, {revision}, as of {as_of}", policy.platform());
    eprintln!("{}", summary.table(&title, registry.len()));
    Ok(())
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

fn read_registry(path: &Path) -> Result<Registry, Box<dyn Error>> {
    let (bar, reader) = with_progress(open(path)?, "subjects");
    let registry = ndjson::read_registry(reader).map_err(in_file(path));
    bar.finish_and_clear();
    Ok(registry?)
}

fn decide_all(
    view: &View<'_>,
    path: &Path,
    outputs: &mut Outputs,
    explain: bool,
) -> Result<Summary, Box<dyn Error>> {
    let (bar, reader) = with_progress(open(path)?, "records");
    let mut lines = Lines::<_, Record>::new(reader);
    let mut summary = Summary::default();
    while let Some(record) = lines.read().map_err(in_file(path))? {
        let decision = view.decide(&record);
        summary.add(decision.grounds());
        outputs.write(&decision, lines.text(), explain)?;
    }
    bar.finish_and_clear();
    Ok(summary)
}

/// What the user asked to be written.
struct Outputs {
    decisions: Option<Output>,
    admitted: Option<Output>,
    summary: Option<Output>,
}

/// A decision with its explanation in words.
#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    decision: &'a Decision<'a>,
    explanation: String,
}

impl Outputs {
    fn open(args: &Args, inputs: &[&Path]) -> Result<Self, String> {
        let paths: Vec<&Path> = [&args.decisions, &args.admitted, &args.summary]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .collect();
        output::refuse_clashes(&paths, inputs)?;
        let open = |path: &Option<PathBuf>| path.as_deref().map(Output::create).transpose();
        Ok(Self {
            decisions: open(&args.decisions)?,
            admitted: open(&args.admitted)?,
            summary: open(&args.summary)?,
        })
    }

    fn write(&mut self, decision: &Decision<'_>, line: &str, explain: bool) -> Result<(), String> {
        if let Some(decisions) = &mut self.decisions {
            if explain {
                let explanation = decision.explanation().to_string();
                decisions.write_json(&Explained { decision, explanation })?;
            } else {
                decisions.write_json(decision)?;
            }
        }
        match (&mut self.admitted, decision.verdict()) {
            (Some(admitted), Verdict::Eligible) => admitted.write_line(line.as_bytes()),
            (Some(_), Verdict::Ineligible | Verdict::Indeterminate) | (None, _) => Ok(()),
        }
    }

    fn finish(mut self, summary: &Summary) -> Result<(), String> {
        if let Some(output) = &mut self.summary {
            output.write_json(summary)?;
        }
        Output::keep_all([self.decisions, self.admitted, self.summary].into_iter().flatten())
    }
}
