//! Decisions in bulk: a platform's whole membership on one machine, columns in, grounds out.
//!
//! The people are frozen, the records are streamed. [`Standing`] is for one training set: one policy,
//! one cut-off. Nothing here knows a rule. Every answer is one that the scalar decision gave about
//! somebody in the same situation, so bulk and scalar cannot differ; a law checks that they do not.

mod batch;
mod columns;
mod decide;
mod decided;
mod distinctions;
mod fact_columns;
mod freeze;
mod histories;
mod history;
mod ids;
mod profile;
mod refresh;
mod replay;
mod rows;
mod standing;

pub use batch::{Batch, TooManyKinds};
pub use columns::{BadColumn, Column, Columns};
pub use decided::{Counts, Decided};
pub use fact_columns::{BadFacts, FactColumns};
pub use freeze::CannotFreeze;
pub use histories::{Histories, WrongPurpose};
pub use ids::Ids;
pub use refresh::CannotRefresh;
pub use replay::Replay;
pub use standing::{CannotAppend, Standing, TooMany};
