//! Decisions in bulk: all subjects and records of a platform on one machine, as columns.
//!
//! You freeze the subjects once, and then stream the records.
//!
//! | you have | you use |
//! | --- | --- |
//! | one training set, one cut-off | [`Snapshot`]: one number per subject; [`Snapshot::decide`] |
//! | past runs, a cut-off for each record | [`Histories`], packed; [`Replay::decide`] |
//! | subjects in a [`Registry`](crate::Registry) | [`View::freeze`](crate::View::freeze) |
//! | subjects one by one, too many to keep in memory | [`Snapshot::push`], [`Histories::push`] |
//! | subjects with their ids | [`Snapshot::push_as`] |
//! | subjects as columns | [`SubjectColumns`], [`Snapshot::push_columns`], [`Histories::push_columns`] |
//! | subjects in several places | [`Snapshot::append`] |
//! | records as columns | [`RecordColumns`] |
//! | records one by one | [`Batch`] |
//! | the platform's ids: texts, integers, UUIDs | [`Ids`] |
//! | one record at a time | [`Snapshot::grounds`] |
//! | one subject at a time, for your own join | [`Snapshot::of_kind`] |
//! | changes since the last run | [`Snapshot::refresh`] |
//! | another engine for the join | `arrow::Tables`: the snapshot as tables; [`Snapshot::spans`], by hand |
//!
//! This module restates none of the policy's rules. Every answer comes from the scalar decision
//! about a subject in the same situation, so bulk and scalar decisions agree. A test checks that
//! they do.
//!
//! The kind of a record is an index into the list of kinds that comes with its columns. Columns thus
//! mean the same under every policy. A missing value is an error that names its column and row; it
//! never admits a record.
//!
//! With the feature `rayon`, [`Histories::freeze`], [`Snapshot::decide_into`] and
//! [`Replay::decide_into`] have parallel versions with the same results. These run in the thread
//! pool from which you call them.

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
