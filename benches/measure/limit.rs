//! The limit: to read the columns and write two bytes a record, without deciding anything.

use std::hint::black_box;

use crate::workload::{Job, Records};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The columns of the records.
    Columns,
    /// The number of the subject, and 16 bytes of that subject.
    Subjects,
}

impl Reads {
    pub const ALL: [Self; 2] = [Self::Columns, Self::Subjects];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Columns => "limit: stream the columns",
            Self::Subjects => "limit: one gather a record",
        }
    }

    pub const fn formulation(self) -> &'static str {
        match self {
            Self::Columns => "reads every input column, writes 2 bytes a record",
            Self::Subjects => "16 bytes by subject, writes 2 bytes a record, safe code",
        }
    }
}

/// Reads the records of a job on so many threads, and writes something for each.
pub fn read(
    reads: Reads,
    job: Job,
    records: &Records,
    subjects: &[[u64; 2]],
    threads: usize,
    out: &mut [u16],
) {
    let chunk = out.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (number, out) in out.chunks_mut(chunk).enumerate() {
            let start = number * chunk;
            scope.spawn(move || match reads {
                Reads::Columns => stream(records, job, start, out),
                Reads::Subjects => gather(records, subjects, start, out),
            });
        }
    });
    black_box(&out);
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
