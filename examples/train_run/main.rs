//! Training runs from end to end: builds a set, rechecks it when the run starts, seals it, appends it
//! to a ledger file; then people opt out, and the next run is built.
//!
//! ```text
//! cargo run --release --example train_run
//! cargo run --release --example train_run -- --subjects subjects.ndjson --records records.ndjson \
//!     --as-of 2024-12-01 --ledger ledger.ndjson --manifests manifests --opt-out u013 --runs 3
//! ```
//!
//! A run is acknowledged by its line on the standard output, once its entry is on disk: whenever this
//! is killed, the ledger is readable and holds every run that was acknowledged.

#[path = "../past/input.rs"]
mod input;
#[path = "../shared/inputs.rs"]
mod inputs;
#[path = "../shared/outputs.rs"]
mod outputs;

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use may_train::ledger::{Admit, Audit, EffectStatement, Gate, SealedRun, TrainingSet};
use may_train::{Event, Policy, Record, Registry, SubjectId, Timestamp};

use input::{Input, LedgerFile, hours_after};
use outputs::{Output, Printer, Scratch, println};

/// Builds training sets, rechecks and seals them, and keeps a ledger of the runs.
///
/// Without arguments: two runs over the sample, a month apart, and four people who opt out.
#[derive(Parser)]
#[command(name = "train_run", version)]
struct Args {
    #[command(flatten)]
    input: Input,
    /// The ledger's file, which is appended to [default: one that is thrown away]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Write each run's manifest into this folder, too.
    #[arg(long, value_name = "FOLDER")]
    manifests: Option<PathBuf>,
    /// Who opts out, one half before the first run starts, the others after it [default: the first four in it]
    #[arg(long, value_name = "SUBJECT")]
    opt_out: Vec<SubjectId>,
    /// How many runs, a month apart.
    #[arg(long, default_value_t = 2)]
    runs: u32,
    /// Say no more than that a run is in the ledger.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    outputs::run("train_run", || train(&Args::parse()).map(|()| ExitCode::SUCCESS))
}

fn train(args: &Args) -> Result<(), Box<dyn Error>> {
    let ledger: Vec<&Path> = args.ledger.iter().map(PathBuf::as_path).collect();
    args.input.refuse_clashes(&ledger, [])?;
    let policy = args.input.policy()?;
    let mut registry = args.input.registry()?;
    let records = args.input.records()?;
    let thrown_away = Scratch::new()?;
    let path = args.ledger.clone().unwrap_or_else(|| thrown_away.path().join("ledger.ndjson"));
    let mut file = LedgerFile::open(&path)?;

    let mut as_of = args.input.as_of;
    for round in 0..args.runs {
        // Whom nobody can acknowledge a run to, no run is made for.
        if outputs::is_closed() {
            return Ok(());
        }
        let id = format!("run-{}", file.ledger.entries().len() + 1);
        let gate = registry.gate(&policy, as_of, as_of);
        let mut set = inputs::step("admitting", || build(&id, &gate, &records))?;
        let mut people = if round == 0 { who_opts_out(args, &set) } else { Vec::new() };
        let too_late = people.split_off(people.len().div_ceil(2));
        if !args.quiet {
            println!("{id}: {} of {} records may enter as of {as_of}", set.len(), records.len());
        }

        // Between building the set and starting the run, some people opt out.
        let said = hours_after(as_of, 12)?;
        for person in people {
            let event = Event::opt_out(person, policy.purpose().clone(), said);
            let effect = event.effect(&registry, &policy, &file.ledger, &records).on_set(&set);
            tell(&effect, args.quiet);
            registry.apply(&event);
        }
        let start = hours_after(as_of, 24)?;
        recheck(&mut set, &registry.gate(&policy, start, start), args.quiet)?;
        keep(args, &mut file, set.seal())?;

        // And some once the run has taken place.
        for person in too_late {
            let event = Event::opt_out(person, policy.purpose().clone(), hours_after(start, 12)?);
            tell(&event.effect(&registry, &policy, &file.ledger, &records), args.quiet);
            registry.apply(&event);
        }
        as_of = hours_after(as_of, 30 * 24)?;
    }
    if !args.quiet {
        audit(&file, &policy, &registry, &records, as_of);
    }
    Ok(())
}

fn build(id: &str, gate: &Gate<'_>, records: &[Record]) -> Result<TrainingSet, Box<dyn Error>> {
    let mut set = TrainingSet::new(id.parse()?, gate);
    for record in records {
        match gate.admit(record) {
            Admit::Yes(admission) => set.enter(admission)?,
            Admit::No(decision) => set.count_refused(&decision),
        }
    }
    Ok(set)
}

fn tell(effect: &EffectStatement, quiet: bool) {
    if !quiet {
        println!("  to {}:", effect.event().subject());
        effect.to_string().lines().for_each(|line| println!("    {line}"));
    }
}

fn who_opts_out(args: &Args, set: &TrainingSet) -> Vec<SubjectId> {
    if !args.opt_out.is_empty() {
        return args.opt_out.clone();
    }
    let mut people: Vec<SubjectId> = set.records().flat_map(Record::subjects).cloned().collect();
    people.sort_unstable();
    people.dedup();
    people.truncate(4);
    people
}

fn recheck(set: &mut TrainingSet, gate: &Gate<'_>, quiet: bool) -> Result<(), Box<dyn Error>> {
    let recheck = set.recheck(gate)?;
    if quiet {
        return Ok(());
    }
    let dropped = recheck.dropped();
    println!("  at the start: {} decided anew, {} dropped", recheck.redecided(), dropped.len());
    for dropped in dropped.iter().take(3) {
        println!("    {}: {}", dropped.record(), dropped.explanation());
    }
    Ok(())
}

fn keep(args: &Args, file: &mut LedgerFile, run: SealedRun) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = &args.manifests {
        write_manifest(folder, &run)?;
    }
    let (id, admitted, digest) = (run.id().clone(), run.admitted(), run.digest());
    file.ledger.append(run)?;
    file.write_last()?;
    println!("{id} is in the ledger: {admitted} records, {digest}");
    Printer.flush()?;
    Ok(())
}

/// Writes the manifest whole or not at all.
fn write_manifest(folder: &Path, run: &SealedRun) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut file = Output::create(&folder.join(format!("{}.manifest", run.id())))?;
    run.write_manifest(&mut file)?;
    Ok(Output::keep_all([file])?)
}

fn audit(
    file: &LedgerFile,
    policy: &Policy,
    registry: &Registry,
    records: &[Record],
    now: Timestamp,
) {
    println!("\nthe audit of every run in the ledger, by {now}:");
    for run in file.ledger.runs() {
        match Audit::of(run, policy, registry, records) {
            Ok(audit) => println!("  {}", audit.to_string().lines().next().unwrap_or_default()),
            Err(error) => println!("  {}: {error}", run.id()),
        }
    }
}
