//! Records decided each at a cut-off of its own, from packed histories.

pub(crate) mod coarse;
pub(crate) mod outline;
pub(crate) mod replay;
pub(crate) mod situation_code;
pub(crate) mod sketch;
