//! Sealing and auditing runs: linear in the admissions, and a manifest of less than two bytes each.
//!
//! ```text
//! cargo bench --features ledger --bench ledger
//! MAY_TRAIN_ADMISSIONS=10000000 cargo bench --features ledger --bench ledger
//! ```
//!
//! With a number of admissions, each step is done once at that size and its time is printed.

#![allow(missing_docs, clippy::cast_precision_loss, clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use may_train::{Audit, Policy, Record, Registry, SealedRun, Subject, Timestamp, TrainingSet};

struct Platform {
    policy: Policy,
    registry: Registry,
    records: Vec<Record>,
    now: Timestamp,
}

/// Everybody resides in the US, has ten records, and every second one of them is a kind that the
/// policy covers.
fn platform(admissions: usize) -> Platform {
    let policy = Policy::shipped("linkedin").unwrap();
    let mut registry = Registry::new();
    let born = "1990".parse().unwrap();
    for n in 0..admissions.div_ceil(10) {
        let subject = Subject::new(format!("u{n}").parse().unwrap()).born(born);
        registry.replace(subject.resides("US".parse().unwrap(), "2019-01-01".parse().unwrap()));
    }
    let (post, created) = ("post".parse().unwrap(), "2023-02-01".parse().unwrap());
    let record = |n: usize| {
        let record =
            Record::new(format!("r{:09}", 2 * n).parse().unwrap(), Clone::clone(&post), created);
        record.of(format!("u{}", n / 10).parse().unwrap())
    };
    let records = (0..admissions).map(record).collect();
    Platform { policy, registry, records, now: "2024-12-01".parse().unwrap() }
}

fn set(platform: &Platform) -> TrainingSet {
    let Platform { policy, registry, records, now } = platform;
    let gate = registry.gate(policy, *now, *now);
    let mut set = TrainingSet::new("run-1".parse().unwrap(), &gate);
    for record in records {
        set.enter(gate.admit(record).unwrap()).unwrap();
    }
    set
}

/// The same answers first: every record is in, every byte is read back, every admission is sound.
fn check(platform: &Platform, run: &SealedRun) -> usize {
    assert_eq!(run.admitted(), platform.records.len() as u64);
    let mut manifest = Vec::new();
    run.write_manifest(&mut manifest).unwrap();
    assert_eq!(&SealedRun::read_manifest(manifest.as_slice()).unwrap(), run);
    assert!(manifest.len() < 2 * platform.records.len(), "{} bytes", manifest.len());
    manifest.len()
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("ledger");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for admissions in [10_000, 100_000] {
        let platform = platform(admissions);
        let run = set(&platform).seal();
        check(&platform, &run);
        group.throughput(Throughput::Elements(admissions as u64));
        group.bench_function(BenchmarkId::new("seal", admissions), |b| {
            b.iter_batched(
                || set(&platform),
                TrainingSet::seal,
                criterion::BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("audit", admissions), |b| {
            let Platform { policy, registry, records, .. } = &platform;
            b.iter(|| black_box(Audit::of(&run, policy, registry, records).unwrap().sound()));
        });
        group.bench_function(BenchmarkId::new("recheck of one subject", admissions), |b| {
            let mut changed = platform.registry.clone();
            let subject = changed.get(&"u7".parse().unwrap()).unwrap().clone();
            changed.replace(subject.erased(may_train::Entry::new(platform.now, ())));
            let gate = changed.gate(&platform.policy, platform.now, platform.now);
            b.iter_batched_ref(
                || set(&platform),
                |set| assert_eq!(set.recheck(&gate).unwrap().dropped().len(), 10),
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn once(admissions: usize) {
    let timed = |what: &str, started: Instant| {
        let each = started.elapsed().as_secs_f64() / admissions as f64 * 1e9;
        println!("{what}: {:.2?}, {each:.0} ns a record", started.elapsed());
    };
    let started = Instant::now();
    let platform = platform(admissions);
    timed("make records", started);
    let started = Instant::now();
    let set = set(&platform);
    timed("decide and admit", started);
    let started = Instant::now();
    let run = set.seal();
    timed("seal", started);
    let started = Instant::now();
    let bytes = check(&platform, &run);
    timed("write and read the manifest", started);
    println!("manifest: {:.3} bytes a record", bytes as f64 / admissions as f64);
    let started = Instant::now();
    let audit = Audit::of(&run, &platform.policy, &platform.registry, &platform.records).unwrap();
    timed("audit", started);
    assert_eq!(audit.sound(), admissions as u64);
}

fn main() {
    if let Some(admissions) =
        std::env::var("MAY_TRAIN_ADMISSIONS").ok().and_then(|n| n.parse().ok())
    {
        once(admissions);
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion);
    criterion.final_summary();
}
