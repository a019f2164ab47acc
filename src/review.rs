//! Tools to review a policy: coverage, comparison of revisions, lint, and a checker of the crate's
//! laws.
//!
//! - [`Coverage`]: for every country, the regime, the default setting and who is excluded, at an
//!   instant. [`regime_changes`] returns when that changes for a place.
//! - [`Diff`]: the difference between two revisions, policies or platforms. Its guard refuses a
//!   change that uses data which was kept out, unless you acknowledge each step.
//! - [`Effect`]: how many subjects and records of a registry a change of policy affects.
//! - [`Dependence`]: which share of a training set is eligible only because the subjects said
//!   nothing.
//! - [`lint()`]: probable mistakes in a policy. [`DataLint`]: probable mistakes in subjects and
//!   records.
//! - [`law`]: a checker of the crate's laws for your own policy.
//!
//! No tool here restates a rule of the decision. Each tool asks the decision about one
//! representative of every class that a policy distinguishes. Two exceptions are deliberate:
//! [`lint()`] compares the rules themselves, and [`law`] restates what it checks.

#![allow(clippy::arithmetic_side_effects, reason = "counts of what is held in memory")]

mod block;
mod class;
mod coverage;
mod data;
mod dependence;
mod diff;
mod effect;
mod guard;
pub mod law;
mod lint;
mod near;
mod space;
mod treatment;

pub use class::{
    AgeClass, AudienceClass, ChoiceClass, CreatedClass, KindClass, Places, PolicyAt, Scope,
};
pub use coverage::{Coverage, Line, Row, RuleConfidence, regime_changes};
pub use data::{DataFile, DataFinding, DataLint, DataLintCode};
pub use dependence::{Dependence, Share};
pub use diff::{Change, Diff, Direction, Move, People, Widened};
pub use effect::{Counts, Effect};
pub use guard::Widening;
pub use lint::{Lint, LintCode, LintPlace, NOTICE_DAYS, Severity, lint};
pub use treatment::Treatment;
