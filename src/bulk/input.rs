//! Input of bulk decisions: records as columns, and their checks.

pub(crate) mod batch;
pub(crate) mod checks;
pub(crate) mod record_columns;
