//! Looks at a policy: what lint finds in it, what it says, and the schema of the document.
//!
//! ```text
//! cargo run --release --example policy -- lint linkedin
//! cargo run --release --example policy -- lint my-policy.toml
//! cargo run --release --example policy -- show linkedin
//! cargo run --release --example policy -- schema --output examples/policy/policy.schema.json
//! ```
//!
//! Each subcommand has a file of its own: arguments, a `run`, nothing shared but [`source::read`].

mod lint;
mod schema;
mod show;
mod source;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Looks at a policy, shipped or of one's own.
#[derive(Parser)]
#[command(name = "policy")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Lint(lint::Args),
    Schema(schema::Args),
    Show(show::Args),
}

fn main() -> ExitCode {
    let result: Result<ExitCode, Box<dyn Error>> = match Args::parse().command {
        Command::Lint(args) => lint::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Show(args) => show::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("policy: {error}");
        ExitCode::from(2)
    })
}
