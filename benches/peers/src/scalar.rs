//! The crate's decision of one record at a time, which all answers are held against.

use may_train::{Policy, Timestamp};

use crate::contender::Work;
use crate::workload::{self, Job};

/// At least so many records are decided, where there are as many.
const ROWS: usize = 250_000;

/// Decides records from the first to the last, evenly spread.
///
/// # Panics
///
/// Where a mask is another one.
pub fn check(work: &Work, policy: &Policy, job: Job, masks: &[u16]) -> usize {
    let registry = workload::registry(&work.people, policy);
    let records = &work.records;
    let step = (records.len() / ROWS).max(1);
    let rows = (0..records.len()).step_by(step);
    for row in rows.clone() {
        let as_of = Timestamp::from_micros(job.as_of(records, row)).expect("an instant");
        let record = workload::record(records, row);
        let grounds = registry.view(policy, as_of).decide(&record).grounds();
        assert_eq!(workload::grounds(masks[row]), grounds, "job {job:?}, row {row}: {record:?}");
    }
    rows.len()
}
