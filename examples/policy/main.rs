//! A command line for policies: lint, tables, coverage, changes, silence, laws and the JSON Schema.
//!
//! ```text
//! cargo run --release --example policy -- lint linkedin
//! cargo run --release --example policy -- lint my-policy.toml
//! cargo run --release --example policy -- show linkedin
//! cargo run --release --example policy -- coverage linkedin --at 2024-12-01
//! cargo run --release --example policy -- coverage linkedin --place HK
//! cargo run --release --example policy -- diff linkedin --from 2024-12-10 --to 2025-11-03
//! cargo run --release --example policy -- dependence linkedin --as-of 2024-12-01
//! cargo run --release --example policy -- laws linkedin
//! cargo run --release --example policy -- schema --output examples/policy/policy.schema.json
//! ```
//!
//! Each subcommand has its own file, with its arguments and a function `run`.

#[path = "../shared/cli.rs"]
mod cli;
mod coverage;
#[path = "../shared/data.rs"]
mod data;
mod dependence;
mod diff;
#[path = "../shared/inputs.rs"]
mod inputs;
mod laws;
mod lint;
#[path = "../shared/outputs.rs"]
mod outputs;
#[path = "../shared/sample.rs"]
mod sample;
mod schema;
mod show;
#[path = "../shared/policy_source.rs"]
mod source;
#[path = "../shared/text_table.rs"]
mod text_table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reviews a policy, from the crate or from a file.
#[derive(Parser)]
#[command(name = "policy", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Coverage(coverage::Args),
    Dependence(dependence::Args),
    Diff(diff::Args),
    Laws(laws::Args),
    Lint(lint::Args),
    Schema(schema::Args),
    Show(show::Args),
}

fn main() -> ExitCode {
    let run = |args: &Args| match &args.command {
        Command::Coverage(args) => coverage::run(args),
        Command::Dependence(args) => dependence::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Laws(args) => laws::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Show(args) => show::run(args),
    };
    outputs::run("policy", || cli::with(run))
}
