//! `policy laws`: a check of the laws for a policy, over everything that the policy distinguishes.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use may_train::review::law;

use super::inputs;
use super::outputs::Printer;
use super::source;

/// Checks whether the laws hold for a policy, and prints the smallest counterexample if they do
/// not.
#[derive(clap::Args)]
pub struct Args {
    /// A shipped policy's id, or a policy's TOML file.
    policy: String,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let policy = source::read(&args.policy)?;
    Ok(match inputs::step("checking", || law::check(&policy)) {
        Ok(proof) => {
            writeln!(Printer, "{proof}")?;
            ExitCode::SUCCESS
        }
        Err(counterexample) => {
            writeln!(Printer, "{counterexample}")?;
            ExitCode::FAILURE
        }
    })
}
