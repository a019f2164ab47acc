//! Records as columns, checked: what comes in.

pub(crate) mod batch;
pub(crate) mod checks;
pub(crate) mod record_columns;
