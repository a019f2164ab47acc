//! Who decides all records: the crate, its peers, and the limit.

use std::sync::Arc;
use std::time::Duration;

use crate::workload::{Answers, Job, People, Records};

/// What there is to decide.
#[derive(Clone)]
pub struct Work {
    pub people: Arc<People>,
    pub records: Arc<Records>,
}

/// One way to decide records, on so many threads.
pub trait Contender {
    /// Its name and version.
    fn name(&self) -> String;

    /// How it is written, in a few words.
    fn formulation(&self) -> &'static str;

    fn threads(&self) -> usize;

    /// How many of the records it decides: the first ones.
    fn rows(&self) -> usize;

    /// Does a job.
    fn run(&mut self, job: Job, check: Check) -> Outcome;
}

/// Whether the answers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    Answers,
    TimeAlone,
}

/// What a job took, and what came out.
pub struct Outcome {
    /// To bring people into the form that the decision wants: once, whatever the records. Nothing, where
    /// they are taken as they are.
    pub prepare: Option<Duration>,
    /// To decide all records.
    pub decide: Duration,
    /// Nothing, where they were not asked for, or where there are none.
    pub answers: Option<Answers>,
}
