//! What a platform says: policies, revisions, rules, regions, and the gazetteer of dated memberships.
//!
//! [`Policy`](crate::Policy), [`Revision`](crate::Revision), [`Rule`](crate::Rule) and
//! [`Regime`](crate::Regime) are at the root of the crate; this module holds their parts.

// First how a policy is made: a page of the documentation has a type's methods in this order.
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
