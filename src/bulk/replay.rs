//! Records decided each at a cut-off of its own, from packed histories.

pub(crate) mod replay;
pub(crate) mod situation_code;
