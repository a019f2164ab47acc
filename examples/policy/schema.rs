//! `policy schema`: the JSON Schema of the policy document.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use may_train::Policy;

use super::outputs::{self, Printer};

/// Writes the JSON Schema of the policy document, for editors that complete it.
#[derive(clap::Args)]
pub struct Args {
    /// The file to write [default: `-`, the standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let schema = Policy::json_schema();
    match &args.output {
        Some(path) => outputs::write(path, schema.as_bytes())?,
        None => Printer.write_all(schema.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}
