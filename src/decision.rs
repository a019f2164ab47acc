//! Decisions: from facts to an answer, with its evidence, its explanation and the obstacles.
//!
//! [`Registry`](crate::Registry), [`View`](crate::View), [`Decision`](crate::Decision) and
//! [`Explanation`](crate::Explanation) are at the root of the crate. This module holds their parts.

// The order of these modules is the order of a type's methods on its page: first the decision, then
// other questions, then digests.
pub(crate) mod case;
pub(crate) mod decision;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod registry;
pub(crate) mod view;

pub(crate) mod eligibility;
pub(crate) mod transitions;
pub(crate) mod why_not;

#[cfg(any(feature = "ledger", feature = "arrow"))]
#[cfg_attr(not(feature = "ledger"), allow(dead_code, reason = "the ledger digests more"))]
pub(crate) mod digest;

#[cfg(any(feature = "ledger", feature = "arrow"))]
pub use digest::Digest;
pub use evidence::{Evidence, Residence, RuleInForce};
pub use explain::Finding;
pub use why_not::{ChangedBy, Obstacle, ObstaclesForSubject};
