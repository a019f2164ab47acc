//! From facts to an answer: what a decision rests on, its explanation, and what would have to differ.
//!
//! [`Registry`](crate::Registry), [`View`](crate::View), [`Decision`](crate::Decision) and
//! [`Explanation`](crate::Explanation) are at the root of the crate; this module holds their parts.

pub(crate) mod case;
pub(crate) mod decision;
#[cfg(feature = "ledger")]
pub(crate) mod digest;
pub(crate) mod eligibility;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod registry;
pub(crate) mod transitions;
pub(crate) mod view;
pub(crate) mod why_not;

pub use evidence::{Evidence, Residence, RuleInForce};
pub use explain::Finding;
pub use why_not::{ChangedBy, Obstacle, ObstaclesForSubject};
