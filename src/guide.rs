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

#[cfg(feature = "ledger")]
pub mod opting_out;

#[cfg(feature = "ledger")]
pub mod keeping_evidence;
