//! Replay of past runs: decides records with a cut-off each, from packed histories.

pub(crate) mod coarse;
pub(crate) mod outline;
pub(crate) mod replay;
pub(crate) mod situation_code;
pub(crate) mod sketch;
