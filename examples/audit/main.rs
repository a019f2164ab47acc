//! Audits the runs of a ledger or a manifest: was each admission right as known then, and is it as
//! known now? And whom has a run used?
//!
//! ```text
//! cargo run --release --example audit
//! cargo run --release --example audit -- --ledger ledger.ndjson --subjects subjects.ndjson \
//!     --records records.ndjson --subject u013
//! ```
//!
//! Exit code 1 where an admission is unsound or an erasure was not kept, 2 where nothing could be
//! audited.

#[path = "../past/input.rs"]
mod input;
#[path = "../shared/inputs.rs"]
mod inputs;
#[path = "../shared/outputs.rs"]
mod outputs;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use may_train::ledger::{Audit, Ledger, SealedRun, TrainingSet};
use may_train::{Policy, Record, Registry, SubjectId};

use input::Input;
use input::data::open;
use outputs::{eprintln, println};

/// Audits sealed runs over what is known now.
///
/// Without arguments: a run over the sample, as known at its cut-off.
#[derive(Parser)]
#[command(name = "audit", version)]
struct Args {
    #[command(flatten)]
    input: Input,
    /// Every run of this ledger.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// The run of this manifest.
    #[arg(long, value_name = "FILE", conflicts_with = "ledger")]
    manifest: Option<PathBuf>,
    /// Whom the runs have used, and what stands in the way of each of their records.
    #[arg(long, value_name = "SUBJECT")]
    subject: Vec<SubjectId>,
    /// Tell every admission that is not sound, and not the first few alone.
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let code = |is_right| if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    outputs::run("audit", || audit(&Args::parse()).map(code))
}

fn audit(args: &Args) -> Result<bool, Box<dyn Error>> {
    args.input.refuse_clashes(&[], args.ledger.iter().chain(&args.manifest))?;
    let policy = args.input.policy()?;
    let registry = args.input.registry()?;
    let records = args.input.records()?;
    let ledger = ledger(args, &policy, &registry, &records)?;
    let mut right = true;
    for run in ledger.runs() {
        let audit = inputs::step("auditing", || Audit::of(run, &policy, &registry, &records))
            .map_err(|error| format!("{}: {error}", run.id()))?;
        right &= audit.unsound().is_empty();
        let text = audit.to_string();
        let shown = if args.all { usize::MAX } else { 6 };
        text.lines().take(shown).for_each(|line| println!("{line}"));
        match text.lines().count().checked_sub(shown) {
            None | Some(0) => {}
            Some(more) => println!("  and {more} more: see --all"),
        }
    }
    for id in registry_subjects(&records) {
        let Some(subject) = registry.get(&id) else { continue };
        let Some(first) = subject.erasure(None) else { continue };
        let proof = ledger.deletion_proof(&id, first.at());
        if !proof.is_kept() {
            println!("{proof}");
            // Whoever could not know of any erasure by then has kept it as far as they could.
            let knew = |run: &SealedRun| {
                subject.erasure(Some(run.known_at())).is_some_and(|known| known.at() <= run.as_of())
            };
            let runs = proof.after().iter().filter_map(|run| ledger.run(run));
            right &= !runs.into_iter().any(knew);
        }
    }
    for subject in &args.subject {
        tell(args, subject, &ledger, &policy, &registry, &records);
    }
    Ok(right)
}

fn ledger(
    args: &Args,
    policy: &Policy,
    registry: &Registry,
    records: &[Record],
) -> Result<Ledger, Box<dyn Error>> {
    let mut ledger = Ledger::new();
    if let Some(path) = &args.ledger {
        let name = path.display();
        let read = Ledger::read(open(path)?).map_err(|e| e.in_file(name.to_string()))?;
        if let Some(torn) = read.torn {
            eprintln!("{name}: {} bytes of a run that was never acknowledged", torn.torn);
        }
        if read.ledger.runs().next().is_none() {
            let remedy = "name a ledger that runs were appended to";
            return Err(format!("{name}: it holds no run; {remedy}").into());
        }
        return Ok(read.ledger);
    }
    let run = if let Some(path) = &args.manifest {
        let name = path.display().to_string();
        SealedRun::read_manifest(open(path)?).map_err(|error| error.in_file(name))?
    } else {
        let gate = registry.gate(policy, args.input.as_of, args.input.as_of);
        let mut set = TrainingSet::new("sample".parse()?, &gate);
        let admissions = gate.admit_all(records.iter().cloned());
        set.enter_all(admissions)?;
        set.seal()
    };
    ledger.append(run)?;
    Ok(ledger)
}

/// Everybody that the records speak of.
fn registry_subjects(records: &[Record]) -> Vec<SubjectId> {
    let mut subjects: Vec<SubjectId> = records.iter().flat_map(Record::subjects).cloned().collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

fn tell(
    args: &Args,
    subject: &SubjectId,
    ledger: &Ledger,
    policy: &Policy,
    registry: &Registry,
    records: &[Record],
) {
    let runs: Vec<&str> = ledger.uses_of_subject(subject).map(|run| run.id().as_str()).collect();
    let names = if runs.is_empty() { String::new() } else { format!(": {}", runs.join(", ")) };
    println!("\n{subject}: used by {} runs{names}", runs.len());
    let view = registry.view(policy, args.input.as_of);
    for record in records.iter().filter(|record| record.subjects().contains(subject)) {
        let decision = view.decide(record);
        println!("  {}: {}", record.id(), decision.explanation().for_subject(subject));
        // What others would have to change is none of this subject's business.
        let may_see = |of: Option<&SubjectId>| of.is_none_or(|of| of == subject);
        let why_not = decision.why_not();
        let obstacles = why_not.iter().filter(|o| may_see(o.evidence().subject()));
        let mut told: Vec<String> = obstacles.map(|o| format!("{o} ({})", o.by())).collect();
        told.dedup();
        for obstacle in told {
            println!("    {obstacle}");
        }
        let eligibility = view.eligibility(record);
        if let Some((at, next)) = eligibility.next_after(args.input.as_of) {
            println!("    from {at} on: {}", next.verdict());
        }
    }
}
