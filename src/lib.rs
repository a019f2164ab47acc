#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// No panic is reachable from input, and no number is cut: what cannot be had is an `Option`.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::todo,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    unreachable_pub
)]
// Tests say what they expect.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[cfg(feature = "ledger")]
mod admission;
#[cfg(feature = "ledger")]
mod audit;
mod case;
mod choice;
mod decision;
#[cfg(feature = "ledger")]
mod digest;
#[cfg(feature = "ledger")]
mod effect;
mod eligibility;
mod error;
mod evidence;
mod explain;
mod facts;
mod gazetteer;
mod ground;
pub mod guide;
mod id;
#[cfg(feature = "ledger")]
mod id_set;
mod identity;
mod kind;
#[cfg(feature = "ledger")]
mod ledger;
mod lint;
mod log;
#[cfg(feature = "ledger")]
mod manifest;
#[cfg(feature = "ndjson")]
pub mod ndjson;
mod object;
#[cfg(feature = "ledger")]
pub mod opting_out;
mod place;
mod policy;
mod record;
mod regime;
mod region;
mod registry;
mod restriction;
pub mod review;
#[cfg(feature = "ledger")]
mod run;
mod semantics;
#[cfg(feature = "proptest")]
pub mod strategies;
mod subject;
#[cfg(feature = "ledger")]
mod suppression;
mod text;
mod time;
mod timeline;
#[cfg(feature = "ledger")]
mod training_set;
mod view;
mod why_not;

#[cfg(feature = "ledger")]
pub use admission::{Admission, Admissions, Gate, Mismatch};
#[cfg(feature = "ledger")]
pub use audit::{Audit, CannotAudit, DeletionProof, LateFact, Overtaken, Unsound};
pub use choice::{Choice, ChoiceMade, ChoiceSample, Choices, ChosenBy};
pub use decision::Decision;
#[cfg(feature = "ledger")]
pub use digest::Digest;
#[cfg(feature = "ledger")]
pub use effect::{Change, EffectStatement, Event, Outcome, RecordEffect};
pub use error::{InvalidValue, ReadError};
pub use evidence::{Evidence, Residence, RuleInForce};
pub use explain::{Explanation, Finding};
pub use gazetteer::{Confidence, Gazetteer, Membership, Source};
pub use ground::{Ground, GroundClass, Grounds, Verdict};
pub use id::{Platform, RecordId, RestrictionId, RevisionId, SubjectId};
pub use identity::{Identities, WrongRename};
pub use kind::{Audience, Kind, Purpose};
#[cfg(feature = "ledger")]
pub use ledger::{DuplicateRun, Ledger, LedgerEntry, LedgerRead, Torn};
pub use lint::{Lint, LintCode, LintPlace, NOTICE_DAYS, Severity, lint};
pub use log::{Entry, Log};
pub use place::{Country, Place, Subdivision};
pub use policy::{LegalBasis, OptOutReach, Policy, ResidenceAt, Revision, Rule, Status, Terms};
pub use record::Record;
pub use regime::{ChoiceState, DefaultSetting, Regime};
pub use region::{Area, Closeness, Region};
pub use registry::{DuplicateSubject, Registry};
pub use restriction::Restriction;
#[cfg(feature = "ledger")]
pub use run::{RunId, SealedRun};
pub use semantics::SEMANTICS_VERSION;
pub use subject::Subject;
#[cfg(feature = "ledger")]
pub use suppression::{Salt, SuppressionList, Token};
pub use time::{Birth, BirthDate, BirthYear, Span, Timestamp};
pub use timeline::Timeline;
#[cfg(feature = "ledger")]
pub use training_set::{Dropped, Recheck, TrainingSet};
pub use view::View;
pub use why_not::{ChangedBy, Obstacle};
