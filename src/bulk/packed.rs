//! Whole histories of subjects, packed: a fixed header a subject, and a list for what is longer.

pub(crate) mod header;
pub(crate) mod histories;
