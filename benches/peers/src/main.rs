//! The crate beside what a user would pick instead, on the same work, in one run.

mod bulk;
mod columns;
mod contender;
mod europe;
mod limit;
#[path = "../../measure/mod.rs"]
mod measure;
mod naive;
mod options;
mod ours;
mod point;
mod python;
mod report;
mod versions;
#[path = "../../workload/mod.rs"]
mod workload;

use std::process::ExitCode;

use measure::{Table, short, to_f64};
use options::{Options, USAGE};

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
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
    let mut tables = bulk::tables(options, &policy);
    if options.jobs.contains('C') {
        tables.push(point::table(options, &policy));
    }
    let tables: Vec<_> = tables.iter().map(Table::to_markdown).collect();
    let text = format!("{}\n\n{}", conditions(options), tables.join("\n"));
    println!("{text}");
    match &options.write_readme {
        Some(path) => report::write_into(path, text.trim_end()),
        None => Ok(()),
    }
}

/// On what, and how, it was measured.
fn conditions(options: &Options) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "{} million records of {} million subjects, {cores} cores. In each of {} rounds, all engines take \
         turns; a time is the median of the rounds. A ratio is the median, over the rounds, of a time to \
         the time of may-train on as many threads. Before timing, all engines were checked to return the \
         same grounds. *Prepare* is the time to load the subjects into the form that each engine needs.",
        short(to_f64(options.records) / 1e6),
        short(to_f64(options.subjects) / 1e6),
        options.rounds,
    )
}
