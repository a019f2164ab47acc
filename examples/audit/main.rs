//! Audits the runs of a ledger or a manifest: was each admission right by the facts known then, and
//! is it still right by the facts known now? Also lists the runs that used a subject.
//!
//! ```text
//! cargo run --release --example audit
//! cargo run --release --example audit -- --ledger ledger.ndjson --subjects subjects.ndjson \
//!     --records records.ndjson --subject u013
//! ```
//!
//! The exit code is 1 if an admission is unsound, if a run violates an erasure, or if the ledger
//! does not hold an expected digest. It is 2 if none of a run's admissions could be audited.

#[path = "../shared/cli.rs"]
mod cli;
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

/// Audits sealed runs by the facts known now.
///
/// Without arguments: a run over the sample, as known at its cut-off.
#[derive(Parser)]
#[command(name = "audit", version)]
struct Args {
    #[command(flatten)]
    input: Input,
    /// Audit every run of this ledger.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Audit the run of this manifest; name a run's parents before it.
    #[arg(long, value_name = "FILE", conflicts_with = "ledger")]
    manifest: Vec<PathBuf>,
    /// A digest that `train_run` or `audit` printed of this ledger. The audit fails if a run has
    /// gone missing since.
    #[arg(long, value_name = "DIGEST", requires = "ledger")]
    expect: Vec<Digest>,
    /// List the models that build on this run, and have to go with it.
    #[arg(long, value_name = "RUN", requires = "ledger")]
    descendants: Vec<RunId>,
    /// List the runs that used this subject, and what stands against each of the subject's records.
    #[arg(long, value_name = "SUBJECT")]
    subject: Vec<SubjectId>,
    /// Print every admission that is not sound, not only the first few.
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let code = |is_right| if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    outputs::run("audit", || cli::with(|args: &Args| audit(args).map(code)))
}

/// Audits the runs. Returns false if an admission is unsound, an erasure was violated, or a digest
/// is missing.
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

/// Returns whether the ledger holds every run that it held when the digests were printed.
fn holds_what_is_expected(args: &Args, ledger: &Ledger) -> bool {
    let missing: Vec<&Digest> =
        args.expect.iter().filter(|digest| !ledger.holds(Some(**digest))).collect();
    for digest in &missing {
        println!("the ledger does not hold {digest}: runs that it held are missing or altered");
    }
    missing.is_empty()
}

/// Returns whether no run used a subject whose erasure was known and in force. Prints each
/// violation.
fn are_erasures_kept(ledger: &Ledger, registry: &Registry) -> bool {
    let mut kept = true;
    let used: BTreeSet<SubjectId> = ledger.runs().flat_map(SealedRun::subjects).collect();
    for subject in used.iter().filter_map(|id| registry.get(id)) {
        let Some(first) = subject.erasure(None) else { continue };
        let proof = ledger.deletion_proof(subject.id(), first.at());
        if !proof.is_kept() {
            println!("{proof}");
            // A run sealed before the platform knew of the erasure could not honour it.
            let knew = |run: &SealedRun| {
                subject.erasure(Some(run.known_at())).is_some_and(|known| known.at() <= run.as_of())
            };
            let runs = proof.after().iter().filter_map(|run| ledger.run(run));
            kept &= !runs.into_iter().any(knew);
        }
    }
    kept
}

/// Returns the runs to audit: of the ledger, of the manifests, or a run over the sample.
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
        // A ledger that lost all of its runs is a matter of `--expect`.
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

/// Returns a list for the end of a line; an empty text if there are no ids.
fn listed(ids: &[impl AsRef<str>]) -> String {
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    if ids.is_empty() { String::new() } else { format!(": {}", ids.join(", ")) }
}

/// Prints the runs that used a subject, and what stands against each of the subject's records.
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
        // A subject must not learn what others would have to change.
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
