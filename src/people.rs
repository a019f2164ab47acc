//! People, their data, and what they said: logs with two clocks, choices, restrictions, subjects, records.
//!
//! The names that most programs need are at the root of the crate; this module holds the others.

pub(crate) mod choice;
pub(crate) mod event;
pub(crate) mod identity;
pub(crate) mod log;
pub(crate) mod record;
pub(crate) mod restriction;
pub(crate) mod subject;
pub(crate) mod timeline;

pub use crate::values::time::{BirthDate, BirthYear};
pub use choice::{ChoiceMade, ChoiceSample, Choices};
pub use identity::{Identities, RenameError};
