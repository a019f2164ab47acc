//! Packed histories of subjects: a fixed header for each subject, and a list of further changes.

pub(crate) mod header;
pub(crate) mod histories;
