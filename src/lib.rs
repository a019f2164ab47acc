#![doc = include_str!("guide/front_page.md")]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// No input causes a panic or cuts a number short: a value that may be missing is an `Option`.
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
// Tests may panic: a failing `expect` fails the test.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

// From the bottom up: rustdoc lists a type's methods in the order of the modules.
mod values;

pub mod people;
pub mod policy;

pub mod decision;

#[cfg(feature = "arrow")]
pub mod arrow;
pub mod bulk;
#[cfg(feature = "datafusion")]
pub mod datafusion;
pub mod guide;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "ndjson")]
pub mod ndjson;
pub mod review;
#[cfg(feature = "signals")]
pub mod signals;
#[cfg(feature = "proptest")]
pub mod strategies;

pub use decision::decision::Decision;
pub use decision::explain::Explanation;
pub use decision::registry::{DuplicateSubjectError, Registry};
pub use decision::view::View;
pub use people::choice::{Choice, ChosenBy};
pub use people::event::{Event, Fact};
pub use people::log::{Entry, Log};
pub use people::record::Record;
pub use people::restriction::Restriction;
pub use people::subject::Subject;
pub use people::timeline::Timeline;
pub use policy::policy::Policy;
pub use policy::revision::Revision;
pub use policy::rule::Rule;
pub use values::error::{ReadError, ValueError};
pub use values::ground::{Ground, GroundClass, Grounds, Verdict};
pub use values::id::{Platform, RecordId, RestrictionId, RevisionId, SubjectId};
pub use values::kind::{Audience, Kind, Purpose};
pub use values::place::{Country, Place, Subdivision};
pub use values::regime::{ChoiceState, DefaultSetting, OptIns, Regime, SEMANTICS_VERSION};
pub use values::time::{Birth, Span, Timestamp};
