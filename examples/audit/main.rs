//! Audits the runs of a ledger or a manifest: was each admission right as known then, and is it as
//! known now? And whom has a run used?
//!
//! ```text
//! cargo run --release --example audit
//! cargo run --release --example audit -- --ledger ledger.ndjson --subjects subjects.ndjson \
//!     --records records.ndjson --subject u013
//! ```
//!
//! Exit code 1 where an admission is unsound, an erasure was not kept, or the ledger does not hold
//! the digest that is expected of it; 2 where none of a run's admissions could be audited.

#[path = "../past/input.rs"]
mod input;
#[path = "../shared/inputs.rs"]
mod inputs;
#[path = "../shared/outputs.rs"]
mod outputs;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use may_train::ledger::{Audit, Digest, Ledger, RunId, SealedRun, Tail, Torn, TrainingSet};
use may_train::{Policy, Record, Registry, SubjectId};

use input::data::open;
use input::{Input, known};
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
    /// The run of this manifest; one that it builds on comes before it.
    #[arg(long, value_name = "FILE", conflicts_with = "ledger")]
    manifest: Vec<PathBuf>,
    /// A digest that `train_run` or `audit` printed of this ledger: fails if a run is missing since.
    #[arg(long, value_name = "DIGEST", requires = "ledger")]
    expect: Vec<Digest>,
    /// Name the models that build on this run, and have to go with it.
    #[arg(long, value_name = "RUN", requires = "ledger")]
    descendants: Vec<RunId>,
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
    known("--subject", &args.subject, &registry, &records, &ledger)?;
    let holds = holds_what_is_expected(args, &ledger);
    let (mut right, mut silent) = (holds, Vec::new());
    for run in ledger.runs() {
        let audit = inputs::step("auditing", || Audit::of(run, &policy, &registry, &records))
            .map_err(|error| format!("{}: {error}", run.id()))?;
        right &= audit.unsound().is_empty();
        if audit.audited() == 0 && run.admitted() > 0 {
            silent.push(run.id().as_str());
        }
        let text = audit.to_string();
        let shown = if args.all { usize::MAX } else { 6 };
        text.lines().take(shown).for_each(|line| println!("{line}"));
        match text.lines().count().checked_sub(shown) {
            None | Some(0) => {}
            Some(more) => println!("  and {more} more: see --all"),
        }
    }
    right &= are_erasures_kept(&ledger, &registry);
    for run in &args.descendants {
        if ledger.run(run).is_none() {
            return Err(format!("--descendants `{run}`: name a run that is in the ledger").into());
        }
        let descendants = ledger.descendants(run);
        let ids: Vec<&str> = descendants.iter().map(|run| run.id().as_str()).collect();
        println!("\n{run}: {} models build on it{}", ids.len(), listed(&ids));
    }
    for subject in &args.subject {
        tell(args, subject, &ledger, &policy, &registry, &records);
    }
    if let Some(digest) = ledger.digest().filter(|_| args.ledger.is_some()) {
        println!("\nthe ledger's digest is {digest}");
    }
    if right && !silent.is_empty() {
        let remedy = "give the subjects and records that they used";
        let runs = silent.join(", ");
        return Err(format!("none of the admissions could be audited of {runs}; {remedy}").into());
    }
    Ok(right)
}

/// Whether the ledger has every run that it had when the digests were printed.
fn holds_what_is_expected(args: &Args, ledger: &Ledger) -> bool {
    let missing: Vec<&Digest> =
        args.expect.iter().filter(|digest| !ledger.holds(Some(**digest))).collect();
    for digest in &missing {
        println!("the ledger does not hold {digest}: runs that it held are missing or altered");
    }
    missing.is_empty()
}

/// Whether no run used somebody whose erasure was known and in force.
fn are_erasures_kept(ledger: &Ledger, registry: &Registry) -> bool {
    let mut kept = true;
    let used: BTreeSet<SubjectId> = ledger.runs().flat_map(SealedRun::subjects).collect();
    for subject in used.iter().filter_map(|id| registry.get(id)) {
        let Some(first) = subject.erasure(None) else { continue };
        let proof = ledger.deletion_proof(subject.id(), first.at());
        if !proof.is_kept() {
            println!("{proof}");
            // Whoever could not know of any erasure by then has kept it as far as they could.
            let knew = |run: &SealedRun| {
                subject.erasure(Some(run.known_at())).is_some_and(|known| known.at() <= run.as_of())
            };
            let runs = proof.after().iter().filter_map(|run| ledger.run(run));
            kept &= !runs.into_iter().any(knew);
        }
    }
    kept
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
        if let Tail::Torn(Torn { torn, .. }) = read.tail {
            eprintln!("{name}: {torn} bytes of a run that was never acknowledged");
        }
        // A ledger that once held a run and holds none now is what `--expect` tells.
        if args.expect.is_empty() && read.ledger.runs().next().is_none() {
            let remedy = "name a ledger that runs were appended to";
            return Err(format!("{name}: it holds no run; {remedy}").into());
        }
        return Ok(read.ledger);
    }
    for path in &args.manifest {
        let name = path.display();
        let run = SealedRun::read_manifest(open(path)?).map_err(|e| e.in_file(name.to_string()))?;
        ledger.append(run).map_err(|error| format!("{name}: {error}"))?;
    }
    if args.manifest.is_empty() {
        let gate = registry.gate(policy, args.input.as_of, args.input.as_of);
        let mut set = TrainingSet::new("sample".parse()?, &gate);
        let admissions = gate.admit_all(records.iter().cloned());
        set.enter_all(admissions)?;
        ledger.append(set.seal())?;
    }
    Ok(ledger)
}

fn listed(ids: &[impl AsRef<str>]) -> String {
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    if ids.is_empty() { String::new() } else { format!(": {}", ids.join(", ")) }
}

fn tell(
    args: &Args,
    subject: &SubjectId,
    ledger: &Ledger,
    policy: &Policy,
    registry: &Registry,
    records: &[Record],
) {
    let models = ledger.models_of(subject);
    let ids = |runs: &[&SealedRun]| -> Vec<String> {
        runs.iter().map(|run| run.id().to_string()).collect()
    };
    let (direct, inherited) = (ids(models.direct()), ids(models.inherited()));
    println!("\n{subject}: used by {} runs{}", direct.len(), listed(&direct));
    if !inherited.is_empty() {
        println!("  through these by {} more{}", inherited.len(), listed(&inherited));
    }
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
