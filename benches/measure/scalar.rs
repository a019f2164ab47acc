//! The crate's decision of one record at a time, which all answers are held against.

use std::collections::BTreeSet;

use may_train::{Grounds, Policy, Registry, Subject, Timestamp};

use crate::workload::{self, Job, Records};

/// Decides about so many records, where there are as many, evenly spread from the first to the last;
/// tells how many they were.
///
/// # Panics
///
/// Where the grounds are others.
pub fn check(
    policy: &Policy,
    subject: impl Fn(usize) -> Subject,
    records: &Records,
    job: Job,
    grounds: &[Grounds],
    sample: usize,
) -> usize {
    assert_eq!(grounds.len(), records.len(), "job {job:?}: an answer for each record");
    let rows = || (0..records.len()).step_by((records.len() / sample).max(1));
    let mut registry = Registry::new();
    for number in rows().map(|row| records.subject[row]).collect::<BTreeSet<_>>() {
        registry.insert(subject(number as usize)).expect("a new subject");
    }
    for row in rows() {
        let as_of = Timestamp::from_micros(job.as_of(records, row)).expect("an instant");
        let record = workload::record(records, row);
        let expected = registry.view(policy, as_of).decide(&record).grounds();
        assert_eq!(grounds[row], expected, "job {job:?}, row {row}: {record:?}");
    }
    rows().len()
}
