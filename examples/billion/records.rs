//! Generated records of random subjects, created from 2010 to shortly after the cut-off.

use std::ops::Range;

use may_train::Kind;
use may_train::Timestamp;
use may_train::bulk::{ColumnError, RecordColumns};

use crate::random::Random;

/// The kinds of the records. The policy does not cover the last one.
pub const KINDS: [&str; 5] = ["post", "article", "feedback", "resume", "private-message"];

/// Generated records as columns, some at a time.
pub struct Records {
    subjects: usize,
    from: i64,
    until: i64,
    subject: Vec<u32>,
    created_at: Vec<i64>,
    kind: Vec<u8>,
}

impl Records {
    /// Returns a generator for records of subjects with numbers below `subjects`.
    pub fn new(subjects: usize) -> Self {
        let micros = |day: &str| day.parse::<Timestamp>().map_or(0, Timestamp::as_micros);
        Self {
            subjects,
            from: micros("2010-01-01"),
            until: micros("2024-12-31"),
            subject: Vec::new(),
            created_at: Vec::new(),
            kind: Vec::new(),
        }
    }

    /// Generates the records with these numbers.
    pub fn make<'a>(
        &'a mut self,
        numbers: Range<u64>,
        kinds: &'a [Kind],
    ) -> Result<RecordColumns<'a>, ColumnError> {
        self.subject.clear();
        self.created_at.clear();
        self.kind.clear();
        for number in numbers {
            let mut random = Random::of(2, number);
            self.subject.push(random.code(self.subjects));
            self.created_at.push(random.between(self.from, self.until));
            self.kind.push(*random.one_of(&[0, 1, 2, 3, 4]));
        }
        RecordColumns::new(&self.subject, &self.created_at, &self.kind, kinds)
    }
}
