//! Pages for people who use the crate: documentation only.

/// Writing a policy, from an empty file.
#[doc = include_str!("guide/writing_a_policy.md")]
/// ## The whole document
///
/// It is `examples/policy/birdhouse.toml` in the repository.
///
/// ```toml
#[doc = include_str!("../examples/policy/birdhouse.toml")]
/// ```
#[doc = include_str!("guide/policy_errors.md")]
pub mod writing_a_policy {}

/// The shipped policies: revisions, regimes, how sure the sources are, and what is not modelled.
#[doc = include_str!("guide/shipped_policies.md")]
#[allow(clippy::doc_markdown, reason = "made from the documents, which name products as they are")]
pub mod shipped_policies {}

/// From a laptop to a lake: which way to decide for which size.
#[cfg(feature = "arrow")]
#[doc = include_str!("guide/lake.md")]
pub mod lake {}

#[cfg(feature = "ledger")]
pub mod opting_out;

#[cfg(feature = "ledger")]
pub mod keeping_evidence;
