//! `policy coverage`: the regime of every country at an instant, or of one place over time.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use may_train::review::{Coverage, regime_changes};
use may_train::{Place, Timestamp};

use super::inputs;
use super::outputs::Printer;
use super::source;

/// Prints the regime of every country at an instant, or of one place over time.
#[derive(clap::Args)]
pub struct Args {
    /// A shipped policy's id, or a policy's TOML file.
    policy: String,
    /// The instant, as RFC 3339 with an offset, or as a date.
    #[arg(long, value_name = "TIME", required_unless_present = "place")]
    at: Option<Timestamp>,
    /// The place whose changes of regime to print.
    #[arg(long, value_name = "PLACE", conflicts_with = "at")]
    place: Option<Place>,
    /// The output format.
    #[arg(long, value_name = "FORM", default_value = "table", value_parser = ["table", "csv", "json"])]
    form: String,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let policy = source::read(&args.policy)?;
    let mut out = Printer;
    if let Some(place) = args.place {
        for (instant, lines) in regime_changes(&policy, place).changes() {
            writeln!(out, "{instant}")?;
            for line in lines {
                writeln!(out, "  {}", serde_json::to_string(line)?)?;
            }
        }
    }
    if let Some(instant) = args.at {
        let coverage = inputs::step("deciding", || Coverage::at(&policy, instant));
        match args.form.as_str() {
            "csv" => write!(out, "{}", coverage.to_csv())?,
            "json" => writeln!(out, "{}", serde_json::to_string(&coverage)?)?,
            _ => writeln!(out, "{coverage}")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
