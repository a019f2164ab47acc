//! Replay of past runs: decides records with a cut-off each, from packed histories.

pub(crate) mod replay;
pub(crate) mod situation_code;
