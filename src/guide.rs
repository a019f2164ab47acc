//! Documentation pages for people who use the crate. This module holds no code.

/// A tutorial: writing a policy, from an empty file.
#[doc = include_str!("guide/writing_a_policy.md")]
/// ## The whole document
///
/// The repository has it as `examples/policy/birdhouse.toml`.
///
/// ```toml
#[doc = include_str!("../examples/policy/birdhouse.toml")]
/// ```
#[doc = include_str!("guide/policy_errors.md")]
pub mod writing_a_policy {}

/// The shipped policies: their revisions, regimes and sources, and what they do not model.
#[doc = include_str!("guide/shipped_policies.md")]
#[allow(clippy::doc_markdown, reason = "made from the documents, which name products as they are")]
pub mod shipped_policies {}

/// What lint finds in policies and in data, and the codes of the widening guard.
#[doc = include_str!("guide/findings.md")]
pub mod findings {}

/// From a laptop to a lake: which way to decide for which size.
#[cfg(feature = "arrow")]
#[doc = include_str!("guide/lake.md")]
pub mod lake {}

/// In a service: from rows to decisions, several instances, and what not to log.
#[cfg(all(feature = "ledger", feature = "ndjson"))]
#[doc = include_str!("guide/service.md")]
pub mod service {}

/// Opt-out signals of browsers and files: what each covers, and what it becomes.
#[cfg(feature = "signals")]
#[doc = include_str!("guide/signals.md")]
pub mod signals {}

#[cfg(feature = "ledger")]
pub mod opting_out;

#[cfg(feature = "ledger")]
pub mod keeping_evidence;
