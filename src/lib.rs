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

mod case;
mod choice;
mod decision;
mod error;
mod evidence;
mod explain;
mod facts;
mod gazetteer;
mod ground;
pub mod guide;
mod id;
mod kind;
mod lint;
mod log;
#[cfg(feature = "ndjson")]
pub mod ndjson;
mod object;
mod place;
mod policy;
mod record;
mod regime;
mod region;
mod registry;
mod restriction;
pub mod review;
#[cfg(feature = "proptest")]
pub mod strategies;
mod subject;
mod text;
mod time;
mod timeline;
mod view;

pub use choice::{Choice, ChoiceMade, ChoiceSample, Choices, ChosenBy};
pub use decision::Decision;
pub use error::{InvalidValue, ReadError};
pub use evidence::{Evidence, Residence, RuleInForce};
pub use explain::{Explanation, Finding};
pub use gazetteer::{Confidence, Gazetteer, Membership, Source};
pub use ground::{Ground, GroundClass, Grounds, Verdict};
pub use id::{Platform, RecordId, RestrictionId, RevisionId, SubjectId};
pub use kind::{Audience, Kind, Purpose};
pub use lint::{Lint, LintCode, LintPlace, NOTICE_DAYS, Severity, lint};
pub use log::{Entry, Log};
pub use place::{Country, Place, Subdivision};
pub use policy::{LegalBasis, OptOutReach, Policy, ResidenceAt, Revision, Rule, Status, Terms};
pub use record::Record;
pub use regime::{ChoiceState, DefaultSetting, Regime};
pub use region::{Area, Closeness, Region};
pub use registry::{DuplicateSubject, Registry};
pub use restriction::Restriction;
pub use subject::Subject;
pub use time::{Birth, BirthDate, BirthYear, Span, Timestamp};
pub use timeline::Timeline;
pub use view::View;
