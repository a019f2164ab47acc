//! The crate itself. The one file to change when the crate decides whole columns: for now each
//! record is decided alone, and so only the first ones are.

use std::time::Duration;

use may_train::{Policy, Registry, Timestamp};

use crate::contender::{Check, Contender, Outcome, Work, timed};
use crate::workload::{self, Answers, Job, People, Records};

/// How many records are decided.
const ROWS: usize = 500_000;

/// People as the decision wants them.
pub struct Ours {
    policy: Policy,
    registry: Registry,
}

impl Ours {
    pub fn prepare(people: &People, policy: &Policy) -> Self {
        Self { policy: policy.clone(), registry: workload::registry(people, policy) }
    }

    /// The mask of each record for one cut-off, and how long it took to decide.
    pub fn decide_a(&self, records: &Records, out: &mut Vec<u16>) -> Duration {
        self.decide_each(records, Job::A, out)
    }

    /// The mask of each record for its own cut-off, and how long it took to decide.
    pub fn decide_b(&self, records: &Records, out: &mut Vec<u16>) -> Duration {
        self.decide_each(records, Job::B, out)
    }

    /// The records are built before the time is taken.
    fn decide_each(&self, records: &Records, job: Job, out: &mut Vec<u16>) -> Duration {
        let asked = |row| {
            let as_of = Timestamp::from_micros(job.as_of(records, row)).expect("an instant");
            (workload::record(records, row), as_of)
        };
        let asked: Vec<_> = (0..records.len().min(ROWS)).map(asked).collect();
        let mut grounds = Vec::with_capacity(asked.len());
        let (took, ()) = timed(|| {
            grounds.extend(asked.iter().map(|(record, as_of)| {
                self.registry.view(&self.policy, *as_of).decide(record).grounds()
            }));
        });
        out.clear();
        out.extend(grounds.into_iter().map(workload::mask));
        took
    }
}

/// The crate beside its peers.
pub struct MayTrain {
    work: Work,
    ours: Ours,
    prepare: Duration,
    out: Vec<u16>,
}

impl MayTrain {
    pub fn new(work: &Work, policy: &Policy) -> Self {
        let (prepare, ours) = timed(|| Ours::prepare(&work.people, policy));
        Self { work: work.clone(), ours, prepare, out: Vec::new() }
    }
}

impl Contender for MayTrain {
    fn name(&self) -> String {
        "may-train".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`View::decide`, one record at a time"
    }

    fn threads(&self) -> usize {
        1
    }

    fn rows(&self) -> usize {
        self.work.records.len().min(ROWS)
    }

    fn run(&mut self, job: Job, check: Check) -> Outcome {
        let Self { work, ours, prepare, out } = self;
        let decide = match job {
            Job::A => ours.decide_a(&work.records, out),
            Job::B => ours.decide_b(&work.records, out),
        };
        let answers = (check == Check::Answers).then(|| Answers::of(out));
        Outcome { prepare: Some(*prepare), decide, answers }
    }
}
