//! The crate itself: whole columns at a time.

use may_train::Policy;

use crate::contender::{Check, Contender, Outcome, Work};
use crate::measure::{Engine, Frozen};
use crate::workload::{self, Answers, Job, People};

/// Everybody, as the crate wants them.
pub fn prepare(people: &People, policy: &Policy) -> Frozen {
    Frozen::new(policy, (0..people.len()).map(|n| workload::subject(people, policy, n)))
}

/// The crate beside its peers.
pub struct MayTrain<'a> {
    work: Work,
    frozen: &'a Frozen,
    engine: Engine<'a>,
}

impl<'a> MayTrain<'a> {
    pub fn new(work: &Work, policy: &Policy, frozen: &'a Frozen, threads: usize) -> Self {
        Self { work: work.clone(), frozen, engine: Engine::new(frozen, policy, threads) }
    }
}

impl Contender for MayTrain<'_> {
    fn name(&self) -> String {
        "may-train".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`Snapshot` for A, `Replay` for B; prepare: make `Subject`s, pack them, freeze them for A"
    }

    fn threads(&self) -> usize {
        self.engine.threads()
    }

    fn rows(&self) -> usize {
        self.work.records.len()
    }

    fn run(&mut self, job: Job, check: Check) -> Outcome {
        let prepare = match job {
            Job::A => self.frozen.prepare_a,
            Job::B => self.frozen.prepare_b,
        };
        let decide = self.engine.decide(job, &self.work.records);
        let answers = (check == Check::Answers).then(|| Answers::of(self.engine.grounds()));
        Outcome { prepare: Some(prepare), decide, answers }
    }
}
