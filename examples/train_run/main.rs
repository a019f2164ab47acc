//! Training runs from end to end. The program builds a set, rechecks it at the start of the run,
//! seals it and appends it to a ledger file. Then people opt out, and it builds the next run.
//!
//! ```text
//! cargo run --release --example train_run
//! cargo run --release --example train_run -- --subjects subjects.ndjson --records records.ndjson \
//!     --as-of 2024-12-01 --ledger ledger.ndjson --manifests manifests --opt-out u013 --runs 3
//! ```
//!
//! A line on the standard output acknowledges a run, once its entry is on disk. Whenever the
//! program is killed, the ledger stays readable and holds every acknowledged run. If several
//! programs write to one ledger, each waits until those before it have ended.
//!
//! The line ends with the ledger's digest after the run. Keep it where those who can write the
//! ledger's file cannot. `audit --expect DIGEST` then finds out whether a run has gone missing
//! since.

#[path = "../shared/cli.rs"]
mod cli;
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
use may_train::ledger::{
    Admit, Audit, EffectStatement, Gate, Ledger, MismatchError, RunId, SealedRun, TrainingSet,
};
use may_train::{Event, Policy, Record, Registry, SubjectId, Timestamp};

use input::data::open;
use input::{Input, LedgerFile, hours_after, known};
use outputs::{Output, Printer, Scratch, println};

/// Builds training sets, rechecks and seals them, and keeps a ledger of the runs.
///
/// Without arguments: two runs over the sample, a month apart, and four people who opt out.
#[derive(Parser)]
#[command(name = "train_run", version)]
struct Args {
    #[command(flatten)]
    input: Input,
    /// The ledger's file, to which the runs are appended [default: a temporary file]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Write the manifest of each run into this folder, too; an existing one is never overwritten.
    #[arg(long, value_name = "FOLDER")]
    manifests: Option<PathBuf>,
    /// Who opts out: one half before the first run starts, the others after it [default: the first
    /// four in it]
    #[arg(long, value_name = "SUBJECT")]
    opt_out: Vec<SubjectId>,
    /// An earlier run of the ledger whose model the runs build on (fine-tuning, distillation)
    #[arg(long, value_name = "RUN", requires = "ledger")]
    builds_on: Vec<RunId>,
    /// The number of runs, a month apart.
    #[arg(long, default_value_t = 2)]
    runs: u32,
    /// Print only that a run is in the ledger.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    outputs::run("train_run", || cli::with(|args: &Args| train(args).map(|()| ExitCode::SUCCESS)))
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
    known("--opt-out", &args.opt_out, &registry, &records, &file.ledger)?;
    if let Some(folder) = &args.manifests {
        fs::create_dir_all(folder)?;
        // Write the manifests that a killed writer did not reach.
        file.ledger.runs().try_for_each(|run| write_manifest(folder, run))?;
    }

    let mut as_of = args.input.as_of;
    for round in 0..args.runs {
        // If nobody can read the acknowledgement, make no further run.
        if outputs::is_closed() {
            return Ok(());
        }
        let id = next_id(args, &file.ledger)?;
        let gate = registry.gate(&policy, as_of, as_of);
        let set = inputs::step("admitting", || build(&id, &gate, &records))?;
        let mut set = with_parents(args, &file.ledger, set)?;
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

        // Others opt out after the run.
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

/// Returns the first id `run-N` that is neither in the ledger nor in the folder of manifests.
fn next_id(args: &Args, ledger: &Ledger) -> Result<RunId, Box<dyn Error>> {
    let mut number = ledger.entries().len();
    loop {
        number += 1;
        let id = format!("run-{number}").parse()?;
        let is_taken = |folder: &PathBuf| manifest_path(folder, &id).exists();
        if ledger.run(&id).is_none() && !args.manifests.as_ref().is_some_and(is_taken) {
            return Ok(id);
        }
    }
}

/// Returns the set with the parents that the user named.
fn with_parents(args: &Args, ledger: &Ledger, set: TrainingSet) -> Result<TrainingSet, String> {
    args.builds_on.iter().try_fold(set, |set, parent| {
        let remedy = "name a run that is in the ledger";
        let run = ledger.run(parent).ok_or(format!("--builds-on `{parent}`: {remedy}"))?;
        Ok(set.with_parent(run))
    })
}

/// Builds a set of every record that the gate admits, and counts the others.
fn build(id: &RunId, gate: &Gate<'_>, records: &[Record]) -> Result<TrainingSet, Box<dyn Error>> {
    let mut set = TrainingSet::new(id.clone(), gate);
    for record in records {
        let entered = match gate.admit(record) {
            Admit::Yes(admission) => set.enter(admission).map_err(MismatchError::from),
            Admit::No(decision) => set.count_refused(&decision),
        };
        entered.map_err(|problem| format!("record `{}`: {problem}", record.id()))?;
    }
    Ok(set)
}

/// Prints what an event changes for one person.
fn tell(effect: &EffectStatement, quiet: bool) {
    if !quiet {
        println!("  to {}:", effect.event().subject());
        effect.to_string().lines().for_each(|line| println!("    {line}"));
    }
}

/// Returns the people who opt out: those that the user named, or the first four in the set.
fn who_opts_out(args: &Args, set: &TrainingSet) -> Vec<SubjectId> {
    if !args.opt_out.is_empty() {
        return args.opt_out.clone();
    }
    let mut people: Vec<SubjectId> =
        set.records().flat_map(|record| record.subjects().to_vec()).collect();
    people.sort_unstable();
    people.dedup();
    people.truncate(4);
    people
}

/// Rechecks a set, and prints the first records that it dropped.
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

/// Appends a run to the ledger's file, and then acknowledges it.
fn keep(args: &Args, file: &mut LedgerFile, run: SealedRun) -> Result<(), Box<dyn Error>> {
    file.ledger.append(run)?;
    file.write_last()?;
    let Some(entry) = file.ledger.last() else { return Ok(()) };
    let run = entry.run();
    if let Some(folder) = &args.manifests {
        write_manifest(folder, run)?;
    }
    let (id, admitted, digest, chain) = (run.id(), run.admitted(), run.digest(), entry.chain());
    println!("{id} is in the ledger: {admitted} records, {digest}; the ledger's digest is {chain}");
    Printer.flush()?;
    Ok(())
}

/// Returns the path of a run's manifest.
fn manifest_path(folder: &Path, id: &RunId) -> PathBuf {
    folder.join(format!("{id}.manifest"))
}

/// Writes the manifest whole or not at all, and never over another one.
fn write_manifest(folder: &Path, run: &SealedRun) -> Result<(), Box<dyn Error>> {
    let path = manifest_path(folder, run.id());
    let name = path.display();
    if path.exists() {
        let found = SealedRun::read_manifest(open(&path)?).is_ok_and(|found| found == *run);
        let problem = "not the manifest of the ledger's run of that id; name another folder";
        return if found { Ok(()) } else { Err(format!("{name}: {problem}").into()) };
    }
    let mut file = Output::create(&path)?;
    run.write_manifest(&mut file)?;
    Ok(Output::keep_all([file])?)
}

/// Audits every run of the ledger, and prints the counts.
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
