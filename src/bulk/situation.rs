//! What a decision can see of a subject, as a few small numbers, and the row of grounds for each.

pub(crate) mod codes;
pub(crate) mod preference_code;
pub(crate) mod resolved;
pub(crate) mod rows;
