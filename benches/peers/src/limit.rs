//! The limit: to read the columns and write two bytes a record, without deciding anything.

use std::hint::black_box;

use crate::contender::{Check, Contender, Outcome, Work, timed};
use crate::workload::{Job, Records};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The columns of the records.
    Columns,
    /// The number of the subject, and 16 bytes of that subject.
    Subjects,
}

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
        let subjects = match reads {
            Reads::Columns => Vec::new(),
            Reads::Subjects => (0..work.people.len() as u64).map(|n| [n, !n]).collect(),
        };
        Self { work: work.clone(), reads, threads, subjects, out: vec![0; work.records.len()] }
    }
}

impl Contender for Limit {
    fn name(&self) -> String {
        match self.reads {
            Reads::Columns => "limit: stream the columns".to_owned(),
            Reads::Subjects => "limit: one gather a record".to_owned(),
        }
    }

    fn formulation(&self) -> &'static str {
        match self.reads {
            Reads::Columns => "reads every input column, writes 2 bytes a record",
            Reads::Subjects => "16 bytes by subject, writes 2 bytes a record, safe code",
        }
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn rows(&self) -> usize {
        self.out.len()
    }

    fn run(&mut self, job: Job, _: Check) -> Outcome {
        let Self { work, reads, threads, subjects, out } = self;
        let (records, subjects, reads) = (&*work.records, &**subjects, *reads);
        let chunk = out.len().div_ceil(*threads).max(1);
        let (decide, ()) = timed(|| {
            std::thread::scope(|scope| {
                for (number, out) in out.chunks_mut(chunk).enumerate() {
                    let start = number * chunk;
                    scope.spawn(move || match reads {
                        Reads::Columns => stream(records, job, start, out),
                        Reads::Subjects => gather(records, subjects, start, out),
                    });
                }
            });
        });
        black_box(&out);
        Outcome { prepare: None, decide, answers: None }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "which bits are written does not matter"
)]
fn stream(records: &Records, job: Job, start: usize, out: &mut [u16]) {
    let end = start + out.len();
    let rows = out
        .iter_mut()
        .zip(&records.subject[start..end])
        .zip(&records.created_at[start..end])
        .zip(&records.kind[start..end]);
    let mix =
        |subject: u32, created: i64, kind: u8| subject as u16 ^ created as u16 ^ u16::from(kind);
    match job {
        Job::A => {
            for (((out, subject), created), kind) in rows {
                *out = mix(*subject, *created, *kind);
            }
        }
        Job::B => {
            for ((((out, subject), created), kind), as_of) in rows.zip(&records.as_of[start..end]) {
                *out = mix(*subject, *created, *kind) ^ *as_of as u16;
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "which bits are written does not matter")]
fn gather(records: &Records, subjects: &[[u64; 2]], start: usize, out: &mut [u16]) {
    for (out, subject) in out.iter_mut().zip(&records.subject[start..]) {
        let [low, high] = subjects[*subject as usize];
        *out = (low ^ high) as u16;
    }
}
