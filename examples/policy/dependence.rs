//! `policy dependence`: the share of a training set that is eligible only through silence.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use may_train::Timestamp;
use may_train::review::Dependence;

use super::outputs::{Printer, refuse_clashes, tell};
use super::{data, inputs, sample, source};

/// Prints the share of eligible records that are eligible only through silence, by country.
#[derive(clap::Args)]
pub struct Args {
    /// A shipped policy's id, or a policy's TOML file.
    policy: String,
    /// The cut-off.
    #[arg(long, value_name = "TIME")]
    as_of: Timestamp,
    /// The subjects, as NDJSON.
    #[arg(long, value_name = "FILE", default_value = sample::SUBJECTS)]
    subjects: PathBuf,
    /// The records, as NDJSON.
    #[arg(long, value_name = "FILE", default_value = sample::RECORDS)]
    records: PathBuf,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let files = [args.subjects.as_path(), args.records.as_path()];
    let all: Vec<_> = source::file(&args.policy).into_iter().chain(files).collect();
    refuse_clashes(&[], &all)?;
    let policy = source::read(&args.policy)?;
    let registry = data::registry(&args.subjects)?;
    let records = data::records(&args.records)?;
    let dependence =
        inputs::step("deciding", || Dependence::of(&policy, args.as_of, &registry, &records));
    let [subjects, records] = files.map(inputs::name);
    tell(format_args!("over the subjects of {subjects} and the records of {records}"));
    writeln!(Printer, "{dependence}")?;
    Ok(ExitCode::SUCCESS)
}
