//! Facts about people and their data: subjects, records, choices, restrictions, and bitemporal
//! logs.
//!
//! Most programs need only the names at the root of the crate. This module holds the other names.

pub(crate) mod choice;
pub(crate) mod event;
pub(crate) mod identity;
pub(crate) mod log;
pub(crate) mod record;
pub(crate) mod restriction;
pub(crate) mod sorted;
pub(crate) mod subject;
pub(crate) mod timeline;

pub use crate::values::time::{BirthDate, BirthYear};
pub use choice::{ChoiceMade, ChoiceSample, Choices};
pub use identity::{Identities, RenameError};
