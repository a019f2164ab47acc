//! Sealing and auditing runs: linear in the admissions, and a manifest of less than two bytes each.
//! Gates and rechecks: by what changed, whatever the number of subjects and records.
//!
//! ```text
//! cargo bench --manifest-path benches/crate/Cargo.toml --bench ledger
//! MAY_TRAIN_SUBJECTS=1000000 cargo bench --manifest-path benches/crate/Cargo.toml --bench ledger -- change
//! MAY_TRAIN_ADMISSIONS=10000000 cargo bench --manifest-path benches/crate/Cargo.toml --bench ledger
//! ```
//!
//! With a number of subjects, changes are measured at that size, too. With a number of admissions,
//! each step is done once at that size and its time is printed.

#![allow(missing_docs, clippy::cast_precision_loss, clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use may_train::bulk::RecordColumns;
use may_train::ledger::{Admissions, Audit, FrozenGate, SealedRun, TrainingSet};
use may_train::{Kind, Policy, Record, RecordId, Registry, Subject, Timestamp};

struct Platform {
    policy: Policy,
    registry: Registry,
    records: Vec<Record>,
    now: Timestamp,
}

/// How many records everybody has.
const EACH: usize = 10;

/// Everybody resides in the US; every record is admitted, and numbered by an even number.
fn platform(admissions: usize) -> Platform {
    let policy = Policy::shipped("linkedin").unwrap();
    let mut registry = Registry::new();
    let born = "1990".parse().unwrap();
    for n in 0..admissions.div_ceil(EACH) {
        let subject = Subject::new(format!("u{n}").parse().unwrap()).with_birth(born);
        registry
            .replace(subject.with_residence("US".parse().unwrap(), "2019-01-01".parse().unwrap()));
    }
    let (post, created) = ("post".parse().unwrap(), "2023-02-01".parse().unwrap());
    let record = |n: usize| {
        let record =
            Record::new(format!("r{:09}", 2 * n).parse().unwrap(), Clone::clone(&post), created);
        record.with_subject(format!("u{}", n / EACH).parse().unwrap())
    };
    let records = (0..admissions).map(record).collect();
    Platform { policy, registry, records, now: "2024-12-01".parse().unwrap() }
}

fn set(platform: &Platform) -> TrainingSet {
    let Platform { policy, registry, records, now } = platform;
    let gate = registry.gate(policy, *now, *now);
    let mut set = TrainingSet::new("run-1".parse().unwrap(), &gate);
    for record in records {
        set.enter(gate.admit(record).admission().unwrap()).unwrap();
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
    }
    group.finish();
}

/// One subject after the other is born in another year than before.
struct Changes {
    subjects: usize,
    made: usize,
}

impl Changes {
    fn next(&mut self, registry: &mut Registry) {
        // A prime, so that it is everybody's turn, and nobody's neighbour is next.
        let who = self.made.wrapping_mul(7919) % self.subjects;
        let born = 1980 + (self.made / self.subjects) % 2;
        self.made += 1;
        let subject = registry.get(format!("u{who}").as_str()).unwrap().clone();
        registry.replace(subject.with_birth(born.to_string().parse().unwrap()));
    }
}

fn bench_changes(c: &mut Criterion) {
    let more = number("MAY_TRAIN_SUBJECTS");
    let mut group = c.benchmark_group("changes");
    group.sample_size(50).measurement_time(Duration::from_secs(2));
    for subjects in [10_000, 100_000].into_iter().chain(more) {
        let platform = platform(subjects * EACH);
        let mut set = set(&platform);
        let Platform { policy, mut registry, records, now } = platform;
        drop(records);
        let mut changes = Changes { subjects, made: 0 };
        group.bench_function(BenchmarkId::new("change, gate", subjects), |b| {
            b.iter(|| {
                changes.next(&mut registry);
                black_box(registry.gate(&policy, now, now));
                registry.digest()
            });
        });
        let _ = set.recheck(&registry.gate(&policy, now, now)).unwrap();
        group.bench_function(BenchmarkId::new("change, gate, recheck", subjects), |b| {
            b.iter(|| {
                changes.next(&mut registry);
                let recheck = set.recheck(&registry.gate(&policy, now, now)).unwrap();
                assert_eq!((recheck.redecided(), recheck.dropped().len()), (EACH, 0));
            });
        });
    }
    group.finish();
}

/// The records as columns, and their ids: what a platform that stores columns has.
struct Columns {
    subjects: Vec<u32>,
    created_at: Vec<i64>,
    kinds: Vec<u8>,
    names: [Kind; 1],
    ids: Vec<RecordId>,
}

impl Columns {
    fn of(records: &[Record], frozen: &FrozenGate<'_>) -> Self {
        let number = |record: &Record| frozen.subjects().get(&record.subjects()[0]).unwrap();
        Self {
            subjects: records.iter().map(number).collect(),
            created_at: records.iter().map(|record| record.created_at().as_micros()).collect(),
            kinds: vec![0; records.len()],
            names: ["post".parse().unwrap()],
            ids: records.iter().map(|record| record.id().clone()).collect(),
        }
    }

    fn admit(&self, frozen: &FrozenGate<'_>) -> Admissions {
        let Self { subjects, created_at, kinds, names, ids } = self;
        let columns = RecordColumns::new(subjects, created_at, kinds, names).unwrap();
        frozen.admit_all(&columns, ids).unwrap()
    }
}

fn once(admissions: usize) {
    let timed = |what: &str, started: Instant| {
        let each = started.elapsed().as_secs_f64() / admissions as f64 * 1e9;
        println!("{what}: {:.2?}, {each:.0} ns a record", started.elapsed());
    };
    let started = Instant::now();
    let platform = platform(admissions);
    timed("make records", started);
    let takes = |what: &str, before: Option<u64>, of: usize| {
        if let (Some(before), Some(after)) = (before, resident()) {
            let bytes = after.saturating_sub(before);
            let each = bytes as f64 / of as f64;
            println!("{what}: {:.0} MB, {each:.0} bytes each", bytes as f64 / 1e6);
        }
    };
    let Platform { policy, registry, records, now } = &platform;
    let (started, before) = (Instant::now(), resident());
    black_box(registry.digest());
    timed("hash the subjects for the first gate", started);
    takes("the registry's hash tree, of subjects", before, registry.len());

    let gate = registry.gate(policy, *now, *now);
    let started = Instant::now();
    let frozen = gate.freeze().unwrap();
    timed("freeze the subjects", started);
    let columns = Columns::of(records, &frozen);
    let (started, before) = (Instant::now(), resident());
    let mut in_bulk = TrainingSet::new("run-1".parse().unwrap(), &gate);
    in_bulk.enter_all(columns.admit(&frozen)).unwrap();
    timed("decide columns and admit", started);
    takes("the open set, of records", before, admissions);
    let (started, before) = (Instant::now(), resident());
    let sealed = in_bulk.seal();
    timed("seal", started);
    takes("the sealed run beside the memory of the set", before, admissions);
    drop((columns, frozen));

    let started = Instant::now();
    let set = set(&platform);
    timed("decide and admit one by one", started);
    let run = set.seal();
    assert_eq!(run, sealed);
    let started = Instant::now();
    let bytes = check(&platform, &run);
    timed("write and read the manifest", started);
    println!("manifest: {:.3} bytes a record", bytes as f64 / admissions as f64);
    let started = Instant::now();
    let audit = Audit::of(&run, policy, registry, records).unwrap();
    timed("audit", started);
    assert_eq!(audit.sound(), admissions as u64);
    if let Some(peak) = memory("VmHWM:") {
        println!("peak of the whole bench, with every record as a value: {} MB", peak / 1_000_000);
    }
}

/// How many bytes of memory the process takes, where the system tells.
fn resident() -> Option<u64> {
    memory("VmRSS:")
}

fn memory(which: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(which))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok().and_then(|n| n.parse().ok())
}

fn main() {
    if let Some(admissions) = number("MAY_TRAIN_ADMISSIONS") {
        once(admissions);
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion);
    bench_changes(&mut criterion);
    criterion.final_summary();
}
