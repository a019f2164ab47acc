//! Tools to judge a policy: what rules where, what a change moves, what rests on silence, and whether
//! the laws hold.
//!
//! - [`Coverage`]: for every country, the regime, the default setting and who is left out, at an
//!   instant; [`regime_changes`]: when that changes for a place.
//! - [`Diff`]: two revisions, policies or platforms side by side, with a guard against widening:
//!   data that was kept out and comes in without a yes is an error until each step is acknowledged.
//! - [`Effect`]: how many people and records of a registry a change moves.
//! - [`Dependence`]: which share of a training set is in it only through silence.
//! - [`lint()`]: what a policy says that was probably not meant; [`DataLint`]: the same of subjects and
//!   records.
//! - [`law`]: a checker of the crate's laws for your own policy.
//!
//! None of them knows a rule: each asks the decision about people who stand for all that a policy
//! can tell apart.

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
