//! The crate as a user of whole columns runs it.

use std::time::Duration;

use may_train::bulk::{Decisions, Histories, RecordColumns, Replay, Snapshot};
use may_train::{Grounds, Kind, Policy, Subject, Timestamp};
use rayon::ThreadPool;

use super::timed;
use crate::workload::{self, Job, KINDS, Records};

/// People as both jobs want them.
pub struct Frozen {
    pub packed: Histories,
    pub snapshot: Snapshot,
    /// How long it took to bring them into that form for each job.
    pub prepare_a: Duration,
    pub prepare_b: Duration,
}

impl Frozen {
    pub fn new(policy: &Policy, subjects: impl Iterator<Item = Subject>) -> Self {
        let (prepare_b, packed) = timed(|| {
            let mut packed = Histories::new(policy.purpose(), None);
            for subject in subjects {
                packed.push(&subject).expect("there are numbers left");
            }
            packed.shrink_to_fit();
            packed
        });
        let (freeze, snapshot) = timed(|| packed.freeze(policy, as_of()).expect("one purpose"));
        Self { packed, snapshot, prepare_a: prepare_b + freeze, prepare_b }
    }
}

/// Decides whole columns, on so many threads.
pub struct Engine<'a> {
    snapshot: &'a Snapshot,
    replay: Replay<'a>,
    kinds: Vec<Kind>,
    threads: usize,
    pool: Option<ThreadPool>,
    /// Whether the replay has met the situations that there are.
    is_warm: bool,
    decided: Decisions,
}

impl<'a> Engine<'a> {
    pub fn new(frozen: &'a Frozen, policy: &Policy, threads: usize) -> Self {
        Self {
            snapshot: &frozen.snapshot,
            replay: Replay::new(&frozen.packed, policy).expect("one purpose"),
            kinds: KINDS.iter().map(|kind| kind.parse().expect("a kind")).collect(),
            threads,
            pool: (threads > 1).then(|| pool(threads)),
            is_warm: false,
            decided: Decisions::new(),
        }
    }

    pub const fn threads(&self) -> usize {
        self.threads
    }

    /// Decides all records, and tells how long it took. What is met for the first time is left out,
    /// as everybody else's engine is warm, too.
    pub fn decide(&mut self, job: Job, records: &Records) -> Duration {
        let Self { snapshot, replay, kinds, pool, is_warm, decided, .. } = self;
        let columns =
            RecordColumns::new(&records.subject, &records.created_at, &records.kind, kinds)
                .expect("columns of one length");
        let cut_offs = &records.as_of;
        if job == Job::B && !std::mem::replace(is_warm, true) {
            replay.decide_into(&columns, cut_offs, decided).expect("good columns");
        }
        let (took, done) = timed(|| match (job, pool) {
            (Job::A, None) => snapshot.decide_into(&columns, decided),
            (Job::B, None) => replay.decide_into(&columns, cut_offs, decided),
            (Job::A, Some(pool)) => {
                pool.install(|| snapshot.decide_into_parallel(&columns, decided))
            }
            (Job::B, Some(pool)) => {
                pool.install(|| replay.decide_into_parallel(&columns, cut_offs, decided))
            }
        });
        done.expect("good columns");
        took
    }

    /// The grounds of the records that were decided last.
    pub fn grounds(&self) -> &[Grounds] {
        self.decided.grounds()
    }
}

/// So many threads.
pub fn pool(threads: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// The cut-off of job A.
pub fn as_of() -> Timestamp {
    Timestamp::from_micros(workload::as_of()).expect("an instant")
}
