//! The crate beside what a user would pick instead, on the same work, in one run.

mod bulk;
mod columns;
mod contender;
mod europe;
mod limit;
mod naive;
mod options;
mod ours;
mod point;
mod python;
mod report;
mod scalar;
mod versions;
#[path = "../../workload/mod.rs"]
mod workload;

use std::process::ExitCode;

use options::{Options, USAGE};

fn main() -> ExitCode {
    let done = Options::read(std::env::args().skip(1))
        .map_err(|error| format!("{error}\n{USAGE}"))
        .and_then(|options| run(&options));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let policy = workload::policy();
    let mut text = String::new();
    let mut tables = bulk::tables(options, &policy);
    if options.jobs.contains('C') {
        tables.push(point::table(options, &policy));
    }
    for table in tables {
        text.push_str(&table.to_markdown());
        text.push('\n');
    }
    print!("{text}");
    match &options.write_readme {
        Some(path) => report::write_into(path, text.trim_end()),
        None => Ok(()),
    }
}
