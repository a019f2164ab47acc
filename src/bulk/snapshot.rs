//! Snapshots: subjects frozen for one policy, cut-off and state of knowledge, and the kernel that
//! decides columns of records.

pub(crate) mod freeze;
pub(crate) mod freezer;
pub(crate) mod kernel;
pub(crate) mod lookup;
pub(crate) mod members;
pub(crate) mod numbers;
pub(crate) mod profile;
pub(crate) mod refresh;
pub(crate) mod snapshot;
