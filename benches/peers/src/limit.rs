//! The limit beside the peers.

use crate::contender::{Check, Contender, Outcome, Work};
use crate::measure::{Reads, read, timed};
use crate::workload::Job;

pub struct Limit {
    work: Work,
    reads: Reads,
    threads: usize,
    /// 16 bytes a subject.
    subjects: Vec<[u64; 2]>,
    out: Vec<u16>,
}

impl Limit {
    pub fn new(work: &Work, reads: Reads, threads: usize) -> Self {
        let subjects = (0..work.people.len() as u64).map(|n| [n, !n]).collect();
        Self { work: work.clone(), reads, threads, subjects, out: vec![0; work.records.len()] }
    }
}

impl Contender for Limit {
    fn name(&self) -> String {
        self.reads.name().to_owned()
    }

    fn formulation(&self) -> &'static str {
        self.reads.formulation()
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn rows(&self) -> usize {
        self.out.len()
    }

    fn run(&mut self, job: Job, _: Check) -> Outcome {
        let Self { work, reads, threads, subjects, out } = self;
        let (decide, ()) = timed(|| read(*reads, job, &work.records, subjects, *threads, out));
        Outcome { prepare: None, decide, answers: None }
    }
}
