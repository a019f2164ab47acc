//! `policy lint`: statements of a policy that its author probably did not mean.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use may_train::review::{Severity, lint};

use super::inputs;
use super::outputs::{Printer, tell};
use super::source;

/// Finds statements of a policy that its author probably did not mean.
///
/// Exits with status 1 if a finding is at least as severe as `--fail-on`.
#[derive(clap::Args)]
pub struct Args {
    /// A shipped policy's id, or a policy's TOML file.
    policy: String,
    /// Print each finding as one JSON object a line.
    #[arg(long)]
    json: bool,
    /// The least severity that makes the command fail: error, warning or note.
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::Warning)]
    fail_on: Severity,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let policy = source::read(&args.policy)?;
    let findings = inputs::step("reading", || lint(&policy));
    let mut out = Printer;
    for finding in &findings {
        if args.json {
            serde_json::to_writer(&mut out, finding)?;
            writeln!(out)?;
        } else {
            let (severity, code) = (finding.severity(), finding.code());
            writeln!(out, "{severity}[{code}] {}", finding.place())?;
            writeln!(out, "  {}", finding.message())?;
            writeln!(out, "  {}", finding.remedy())?;
        }
    }
    let findings_are = if findings.len() == 1 { "finding" } else { "findings" };
    tell(format_args!("{}: {} {findings_are}", args.policy, findings.len()));
    // The most severe value comes first in the order of the type.
    let fails = findings.iter().any(|finding| finding.severity() <= args.fail_on);
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
