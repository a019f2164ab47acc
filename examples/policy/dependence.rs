//! `policy dependence`: the share of a training set that is eligible only through silence.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use may_train::Timestamp;
use may_train::review::Dependence;

use super::{data, sample, source};

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
    let policy = source::read(&args.policy)?;
    let registry = data::registry(&args.subjects)?;
    let records = data::records(&args.records)?;
    let dependence = Dependence::of(&policy, args.as_of, &registry, &records);
    writeln!(io::stdout(), "{dependence}")?;
    Ok(ExitCode::SUCCESS)
}
