//! Situations: what a decision can distinguish about a subject, as a few small codes, and the
//! grounds for each.

pub(crate) mod codes;
pub(crate) mod preference_code;
pub(crate) mod resolved;
pub(crate) mod rows;
