//! Decisions in bulk: a platform's whole membership on one machine, columns in, grounds out.
//!
//! The people are frozen, the records are streamed.
//!
//! | you have | you use |
//! | --- | --- |
//! | one training set, one cut-off | [`Snapshot`]: a number a subject; [`Snapshot::decide`] |
//! | past runs, each record with a cut-off of its own | [`Histories`], packed; [`Replay::decide`] |
//! | people in a [`Registry`](crate::Registry) | [`View::freeze`](crate::View::freeze) |
//! | people one by one, too many to keep | [`Snapshot::push`], [`Histories::push`] |
//! | people under their ids | [`Snapshot::push_as`] |
//! | people as columns | [`SubjectColumns`], [`Snapshot::push_columns`], [`Histories::push_columns`] |
//! | people in several places | [`Snapshot::append`] |
//! | records as columns | [`RecordColumns`] |
//! | records one by one | [`Batch`] |
//! | ids of the platform's: texts, integers, UUIDs | [`Ids`] |
//! | one record at a time | [`Snapshot::grounds`] |
//! | one subject at a time, for a join of yours | [`Snapshot::of_kind`] |
//! | changes since the last run | [`Snapshot::refresh`] |
//! | an engine that joins, and none of this | `arrow::Tables`: the snapshot as tables; [`Snapshot::spans`], by hand |
//!
//! Nothing here knows a rule. Every answer is one that the scalar decision gave about somebody in the
//! same situation, so that bulk and scalar cannot differ; a law checks that they do not. A record's
//! kind is a code into the list of kinds that comes with its columns, so that columns mean the same
//! under every policy. A missing value is an error that names its column and row, and never no
//! objection.
//!
//! With the feature `rayon`, [`Histories::freeze`], [`Snapshot::decide_into`] and
//! [`Replay::decide_into`] have twins that run in the pool of threads they are called in, and give the
//! same.

mod decisions;
pub(crate) mod ids;
pub(crate) mod input;
mod packed;
mod replay;
mod situation;
mod snapshot;
mod subject_columns;

pub use decisions::{Counts, Decisions};
pub use ids::{CapacityError, Ids};
#[cfg(feature = "arrow")]
pub(crate) use input::checks::Lists;

pub use input::batch::{Batch, KindCapacityError};
pub use input::checks::{Column, ColumnBuffer, ColumnError};
pub use input::record_columns::RecordColumns;
pub use packed::histories::{Histories, PurposeError};
pub use replay::replay::Replay;
pub use snapshot::freeze::FreezeError;
pub use snapshot::lookup::OfKind;
pub use snapshot::refresh::RefreshError;
pub use snapshot::snapshot::{AppendError, PushError, Snapshot};
pub use subject_columns::{SubjectColumns, SubjectColumnsError};
