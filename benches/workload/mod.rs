//! The work of the benchmarks: people, their records, one policy, and how answers are compared.
//!
//! Always the same for the same sizes. It is included by path, by the benches of the crate and by
//! those of the peers.
#![allow(dead_code, unused_imports, reason = "each bench takes what it needs")]

mod answers;
mod objects;
mod people;
#[path = "../../examples/shared/random.rs"]
mod random;
mod records;

pub use answers::Answers;
pub use objects::{record, registry, subject, subject_in};
pub use people::{ChoicesEach, OPT_IN, OPT_OUT, PLACES, People, Residence};
pub use records::{KINDS, Order, Records};

use may_train::{Policy, Timestamp};

/// The policy of the benchmarks.
pub fn policy() -> Policy {
    Policy::from_toml(include_str!("policy.toml")).expect("a policy")
}

/// What is asked of all records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// One training set: one cut-off for all.
    A,
    /// An audit of past training: each record has its own cut-off.
    B,
}

impl Job {
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// The cut-off of a record.
    pub fn as_of(self, records: &Records, row: usize) -> i64 {
        match self {
            Self::A => as_of(),
            Self::B => records.as_of[row],
        }
    }
}

/// The cut-off of job A.
pub fn as_of() -> i64 {
    instant("2024-12-01")
}

/// An instant in microseconds since 1970.
fn instant(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("an instant").as_micros()
}
