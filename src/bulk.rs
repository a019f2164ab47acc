//! Decisions in bulk: a platform's whole membership on one machine, columns in, grounds out.
//!
//! The people are frozen, the records are streamed.
//!
//! | you have | you use |
//! | --- | --- |
//! | one training set, one cut-off | [`Standing`]: a number a subject; [`Standing::decide`] |
//! | past runs, each record with a cut-off of its own | [`Histories`], packed; [`Replay::decide`] |
//! | people in a [`Registry`](crate::Registry) | [`View::freeze`](crate::View::freeze) |
//! | people one by one, too many to keep | [`Standing::push`], [`Histories::push`] |
//! | people under their ids | [`Standing::push_as`] |
//! | people as columns | [`FactColumns`], [`Standing::push_columns`], [`Histories::push_columns`] |
//! | people in several places | [`Standing::append`] |
//! | records as columns | [`Columns`] |
//! | records one by one | [`Batch`] |
//! | ids of the platform's: texts, integers, UUIDs | [`Ids`] |
//! | one record at a time | [`Standing::of_kind`] |
//! | changes since the last run | [`Standing::refresh`] |
//! | an engine that joins, and none of this | [`Standing::spans`]: the standing as a plain table; `arrow::spans`, in Arrow |
//!
//! Nothing here knows a rule. Every answer is one that the scalar decision gave about somebody in the
//! same situation, so that bulk and scalar cannot differ; a law checks that they do not. A record's
//! kind is a code into the list of kinds that comes with its columns, so that columns mean the same
//! under every policy. A missing value is an error that names its column and row, and never no
//! objection.
//!
//! With the feature `rayon`, [`Histories::freeze`], [`Standing::decide_into`] and
//! [`Replay::decide_into`] have twins that run in the pool of threads they are called in, and give the
//! same.

mod batch;
mod column;
mod columns;
mod decide;
mod decided;
mod distinctions;
mod fact_columns;
mod freeze;
mod header;
mod histories;
mod history;
mod ids;
mod point;
mod profile;
mod refresh;
mod replay;
mod rows;
mod scale;
mod standing;

pub use batch::{Batch, TooManyKinds};
pub use column::{BadColumn, Column};
pub use columns::Columns;
pub use decided::{Counts, Decided};
pub use fact_columns::{BadFacts, FactColumns};
pub use freeze::CannotFreeze;
pub use histories::{Histories, WrongPurpose};
pub use ids::Ids;
pub use point::OfKind;
pub use refresh::CannotRefresh;
pub use replay::Replay;
pub use standing::{CannotAppend, CannotPush, Standing, TooMany};
