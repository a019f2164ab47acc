//! The paths of the repository's sample, for the examples of the crate itself.

pub const SUBJECTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample/subjects.ndjson");
pub const RECORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample/records.ndjson");
