//! Freezes a billion subjects and decides a billion records, on one machine.
//!
//! ```text
//! cargo run --release --example billion
//! cargo run --release --example billion -- --subjects 1000000 --records 1000000
//! ```
//!
//! The program generates subjects and records as it needs them and does not keep them. What stays
//! is four bytes for each subject, and more for subjects with change instants of their own. Threads
//! share the work; how it is split does not change the result.

#![allow(clippy::cast_precision_loss, reason = "shares and rates are rounded")]

#[path = "../shared/cli.rs"]
mod cli;
#[path = "../shared/inputs.rs"]
mod inputs;
mod memory;
#[path = "../shared/outputs.rs"]
mod outputs;
mod people;
#[path = "../shared/random.rs"]
mod random;
mod records;

use std::error::Error;
use std::ops::Range;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use may_train::bulk::{Counts, Decisions, Snapshot};
use may_train::{Kind, Policy, Timestamp, Verdict};

use outputs::println;
use people::People;
use records::{KINDS, Records};

/// The number of subjects or records that are generated at a time.
const CHUNK: usize = 1 << 20;

/// Freezes generated subjects and decides generated records, under a shipped policy.
#[derive(Parser)]
#[command(name = "billion", version)]
struct Args {
    /// The number of subjects.
    #[arg(long, default_value_t = 1_000_000_000, value_parser = clap::value_parser!(u32).range(1..u32::MAX.into()))]
    subjects: u32,
    /// The number of records.
    #[arg(long, default_value_t = 1_000_000_000)]
    records: u64,
    /// The id of a shipped policy.
    #[arg(long, default_value = "linkedin")]
    policy: String,
    /// The cut-off.
    #[arg(long, default_value = "2024-12-01")]
    as_of: Timestamp,
    /// The number of threads [default: one for each core]
    #[arg(long)]
    threads: Option<u64>,
}

fn main() -> ExitCode {
    outputs::run("billion", || cli::with(|args: &Args| run(args).map(|()| ExitCode::SUCCESS)))
}

/// Freezes, decides, and prints the times and counts.
fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let policy = Policy::shipped(&args.policy)?;
    let cores = || thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let threads = args.threads.unwrap_or_else(cores).max(1);

    let started = Instant::now();
    let snapshot = inputs::step("freezing", || freeze(&policy, args, threads))?;
    let took = started.elapsed();
    println!("subjects        {:>16}", grouped(snapshot.len() as u64));
    println!("profiles        {:>16}", grouped(snapshot.profiles() as u64));
    println!("bytes a subject {:>16.2}", snapshot.bytes() as f64 / snapshot.len() as f64);
    println!("frozen in       {:>16}", each(took, snapshot.len() as u64, "subject"));

    let (counts, took, deciding) =
        inputs::step("deciding", || decide(&snapshot, args.records, threads))?;
    println!("records         {:>16}", grouped(args.records));
    println!("made and decided in {:>12}", each(took, args.records, "record"));
    let alone = deciding / u32::try_from(threads)?;
    println!("decided in      {:>16}", each(alone, args.records, "record"));
    for verdict in Verdict::ALL {
        println!("{verdict:<16}{:>16}", grouped(counts.of(*verdict)));
    }
    for (ground, count) in counts.grounds() {
        println!(
            "  {:<24}{:>6.2} %",
            ground.to_string(),
            100.0 * count as f64 / args.records as f64
        );
    }
    if let Some(peak) = memory::peak() {
        println!("peak memory     {:>12.2} GiB", peak as f64 / f64::from(1 << 30));
    }
    Ok(())
}

/// Freezes all subjects: each thread freezes a range of the numbers, and the parts are joined in
/// order.
fn freeze(policy: &Policy, args: &Args, threads: u64) -> Result<Snapshot, Box<dyn Error>> {
    let everybody = u64::from(args.subjects);
    let freeze_some = |numbers: Range<u64>, room: u64| -> Result<Snapshot, String> {
        let mut snapshot = Snapshot::new(policy, args.as_of, None);
        snapshot.reserve(usize::try_from(room).map_err(|error| error.to_string())?);
        let mut people = People::new();
        for chunk in chunks(numbers) {
            let facts = people.make(chunk).map_err(|error| error.to_string())?;
            snapshot.push_columns(&facts).map_err(|error| error.to_string())?;
        }
        Ok(snapshot)
    };
    let mut parts = thread::scope(|scope| {
        let parts: Vec<_> = shares(everybody, threads)
            .map(|share| {
                // The other parts are appended to the first one, so that it reserves room for all.
                let room = if share.start == 0 { everybody } else { share.end - share.start };
                scope.spawn(move || freeze_some(share, room))
            })
            .collect();
        parts
            .into_iter()
            .map(|part| part.join().map_err(|_| "a thread has failed".to_owned())?)
            .collect::<Result<Vec<_>, String>>()
    })?
    .into_iter();
    let mut whole = parts.next().ok_or("nobody to freeze")?;
    for part in parts {
        whole.append(&part)?;
    }
    Ok(whole)
}

/// Decides every record. Returns the counts, the elapsed time, and the sum of the threads' deciding
/// times.
fn decide(
    snapshot: &Snapshot,
    records: u64,
    threads: u64,
) -> Result<(Counts, Duration, Duration), Box<dyn Error>> {
    let kinds = KINDS.iter().map(|kind| kind.parse()).collect::<Result<Vec<Kind>, _>>()?;
    let decide_some = |rows: Range<u64>| -> Result<(Counts, Duration), String> {
        let mut some = Records::new(snapshot.len());
        let (mut decided, mut counts) = (Decisions::new(), Counts::default());
        let mut deciding = Duration::ZERO;
        for chunk in chunks(rows) {
            let columns = some.make(chunk, &kinds).map_err(|error| error.to_string())?;
            let started = Instant::now();
            snapshot.decide_into(&columns, &mut decided).map_err(|error| error.to_string())?;
            deciding += started.elapsed();
            counts.extend(decided.grounds().iter().copied());
        }
        Ok((counts, deciding))
    };
    let started = Instant::now();
    let parts = thread::scope(|scope| {
        let parts: Vec<_> =
            shares(records, threads).map(|share| scope.spawn(move || decide_some(share))).collect();
        parts
            .into_iter()
            .map(|part| part.join().map_err(|_| "a thread has failed".to_owned())?)
            .collect::<Result<Vec<_>, String>>()
    })?;
    let took = started.elapsed();
    let (mut counts, mut deciding) = (Counts::default(), Duration::ZERO);
    for (some, duration) in parts {
        counts.merge(&some);
        deciding += duration;
    }
    Ok((counts, took, deciding))
}

/// Splits the numbers into at most one share for each thread.
fn shares(all: u64, threads: u64) -> impl Iterator<Item = Range<u64>> {
    let each = all.div_ceil(threads).max(1);
    (0..all)
        .step_by(usize::try_from(each).unwrap_or(usize::MAX))
        .map(move |from| from..(from + each).min(all))
}

/// Splits numbers into chunks.
fn chunks(all: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let end = all.end;
    all.step_by(CHUNK).map(move |from| from..(from + CHUNK as u64).min(end))
}

/// Returns a time in seconds, and a rate.
fn each(took: Duration, count: u64, what: &str) -> String {
    let seconds = took.as_secs_f64();
    format!("{seconds:.1} s, {} {what}s a second", grouped_rate(count, seconds))
}

/// Returns a rate in millions.
fn grouped_rate(count: u64, seconds: f64) -> String {
    format!("{:.1} million", count as f64 / seconds / 1e6)
}

/// Returns a number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
