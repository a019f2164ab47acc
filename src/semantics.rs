//! The version of what a decision means.

/// The version of the meaning of a decision: it grows whenever a release decides anything
/// differently. Every sealed run carries the one that it was decided under.
pub const SEMANTICS_VERSION: u32 = 1;
