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

#[cfg(feature = "arrow")]
pub mod arrow;
pub mod bulk;
mod case;
mod choice;
mod decision;
#[cfg(feature = "ledger")]
mod digest;
mod eligibility;
mod error;
mod evidence;
mod explain;
mod facts;
mod gazetteer;
mod ground;
pub mod guide;
mod id;
mod identity;
mod kind;
mod lint;
mod log;
#[cfg(feature = "ndjson")]
pub mod ndjson;
mod object;
#[cfg(feature = "ledger")]
pub mod opting_out;
#[cfg(feature = "ledger")]
mod past;
mod place;
mod policy;
mod record;
mod regime;
mod region;
mod registry;
mod restriction;
pub mod review;
mod semantics;
#[cfg(feature = "proptest")]
pub mod strategies;
mod subject;
mod text;
mod time;
mod timeline;
mod turns;
mod view;
mod why_not;

pub use choice::{Choice, ChoiceMade, ChoiceSample, Choices, ChosenBy};
pub use decision::Decision;
#[cfg(feature = "ledger")]
pub use digest::Digest;
pub use error::{InvalidValue, ReadError};
pub use evidence::{Evidence, Residence, RuleInForce};
pub use explain::{Explanation, Finding};
pub use gazetteer::{Confidence, Gazetteer, Membership, Source};
pub use ground::{Ground, GroundClass, Grounds, Verdict};
pub use id::{Platform, RecordId, RestrictionId, RevisionId, SubjectId};
pub use identity::{Identities, WrongRename};
pub use kind::{Audience, Kind, Purpose};
pub use lint::{Lint, LintCode, LintPlace, NOTICE_DAYS, Severity, lint};
pub use log::{Entry, Log};
#[cfg(feature = "ledger")]
pub use past::{
    Admission, Admissions, Audit, CannotAudit, Change, DeletionProof, Dropped, DuplicateRun,
    EffectStatement, Event, Gate, LateFact, Ledger, LedgerEntry, LedgerRead, Mismatch, Outcome,
    Overtaken, Recheck, RecordEffect, RunId, Salt, SealedRun, SuppressionList, Token, Torn,
    TrainingSet, Unsound,
};
pub use place::{Country, Place, Subdivision};
pub use policy::{LegalBasis, OptOutReach, Policy, ResidenceAt, Revision, Rule, Status, Terms};
pub use record::Record;
pub use regime::{ChoiceState, DefaultSetting, Regime};
pub use region::{Area, Closeness, Region};
pub use registry::{DuplicateSubject, Registry};
pub use restriction::Restriction;
pub use semantics::SEMANTICS_VERSION;
pub use subject::Subject;
pub use time::{Birth, BirthDate, BirthYear, Span, Timestamp};
pub use timeline::Timeline;
pub use view::View;
pub use why_not::{ChangedBy, Obstacle};
