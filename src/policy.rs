//! Policies: what a platform announces, as TOML documents with revisions, rules and dated regions.
//!
//! [`Policy`](crate::Policy), [`Revision`](crate::Revision), [`Rule`](crate::Rule) and
//! [`Regime`](crate::Regime) are at the root of the crate. This module holds their parts.

// rustdoc lists a type's methods in the order of the modules: constructors come first.
pub(crate) mod shipped;
pub(crate) mod toml;

pub(crate) mod applying;
#[cfg(feature = "schema")]
pub(crate) mod area_name;
pub(crate) mod areas;
pub(crate) mod chart;
pub(crate) mod distinctions;
pub(crate) mod document;
pub(crate) mod gazetteer;
pub(crate) mod in_force;
pub(crate) mod locate;
pub(crate) mod policy;
pub(crate) mod region;
pub(crate) mod revision;
pub(crate) mod rule;
#[cfg(feature = "schema")]
pub(crate) mod schema;
pub(crate) mod transform;

pub use gazetteer::{Confidence, Gazetteer, Membership, Source};
pub use region::{Area, Closeness, Region};
pub use revision::{OptOutReach, ResidenceAt, Status};
pub use rule::{LegalBasis, Terms};
