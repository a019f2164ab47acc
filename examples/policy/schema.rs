//! `policy schema`: the JSON Schema of the policy document.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use may_train::Policy;

/// Writes the JSON Schema of the policy document, for editors that complete it.
#[derive(clap::Args)]
pub struct Args {
    /// The file to write [default: the standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let schema = Policy::json_schema();
    match &args.output {
        Some(path) => std::fs::write(path, schema)
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?,
        None => io::stdout().lock().write_all(schema.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}
