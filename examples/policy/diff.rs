//! `policy diff`: the effects of a change of policy, and a guard against looser treatment.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use may_train::Timestamp;
use may_train::review::{Diff, Effect, PolicyAt};

use super::outputs::{Printer, refuse_clashes, warn};
use super::{data, inputs, source};

/// Compares two policies, or one policy at two instants, and prints what becomes looser or
/// stricter.
///
/// Exits with status 1 if data that was kept out comes in without a yes and nobody acknowledged it,
/// or if a code acknowledges nothing.
#[derive(clap::Args)]
pub struct Args {
    /// A shipped policy's id, or a policy's TOML file.
    policy: String,
    /// The policy to compare with [default: the same]
    other: Option<String>,
    /// The first instant.
    #[arg(long, value_name = "TIME")]
    from: Timestamp,
    /// The second instant.
    #[arg(long, value_name = "TIME")]
    to: Timestamp,
    /// Acknowledge a widening by its code, as in widening:GB:region-excluded; may be repeated
    #[arg(long, value_name = "CODE")]
    acknowledge: Vec<String>,
    /// Count the subjects that the change moves, from this NDJSON file.
    #[arg(long, value_name = "FILE")]
    subjects: Option<PathBuf>,
    /// Count the records that the change moves, from this NDJSON file.
    #[arg(long, value_name = "FILE", requires = "subjects")]
    records: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let named = [Some(&args.policy), args.other.as_ref()].into_iter().flatten();
    let policies = named.filter_map(|policy| source::file(policy));
    let files = [&args.subjects, &args.records].into_iter().flatten().map(PathBuf::as_path);
    refuse_clashes(&[], &policies.chain(files).collect::<Vec<_>>())?;
    let before = source::read(&args.policy)?;
    let after = source::read(args.other.as_ref().unwrap_or(&args.policy))?;
    let (before, after) = (PolicyAt::new(&before, args.from), PolicyAt::new(&after, args.to));
    let diff = inputs::step("comparing", || Diff::between(before, after));
    let mut out = Printer;
    writeln!(out, "{diff}")?;
    if let Some(subjects) = &args.subjects {
        let registry = data::registry(subjects)?;
        let records = args.records.as_deref().map(data::records).transpose()?.unwrap_or_default();
        let effect = inputs::step("deciding", || Effect::of(before, after, &registry, &records));
        for (what, counts) in [("subjects", effect.subjects()), ("records", effect.records())] {
            let (total, looser, stricter) = (counts.total(), counts.looser(), counts.stricter());
            writeln!(out, "{what}: of {total}, {looser} become looser and {stricter} stricter")?;
        }
    }
    Ok(match diff.guard(&args.acknowledge) {
        Ok(()) => ExitCode::SUCCESS,
        Err(widening) => {
            warn(widening);
            ExitCode::FAILURE
        }
    })
}
