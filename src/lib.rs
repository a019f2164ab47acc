//! placeholder

mod block;
mod choice;
mod class;
mod coverage;
mod decision;
mod dependence;
mod diff;
mod effect;
mod error;
mod explain;
mod facts;
mod gazetteer;
mod ground;
mod guard;
mod id;
mod kind;
pub mod law;
mod log;
#[cfg(feature = "ndjson")]
pub mod ndjson;
mod place;
mod policy;
mod record;
mod regime;
mod region;
mod registry;
mod restriction;
mod space;
#[cfg(feature = "proptest")]
pub mod strategies;
mod subject;
mod text;
mod time;
mod timeline;
mod treatment;

pub use choice::{Choice, ChoiceMade, ChoiceSample, Choices, ChosenBy};
pub use class::{
    AgeClass, AudienceClass, ChoiceClass, CreatedClass, KindClass, Places, PolicyAt, Scope,
};
pub use coverage::{Coverage, Line, Row, regime_changes};
pub use decision::Decision;
pub use dependence::{Dependence, Share};
pub use diff::{Change, Diff, Direction, Move, People};
pub use effect::{Counts, Effect};
pub use error::{InvalidValue, ReadError};
pub use explain::{Evidence, Explanation, Finding, Residence, RuleInForce};
pub use gazetteer::{Confidence, Gazetteer, Membership, Source};
pub use ground::{Ground, GroundClass, Grounds, Verdict};
pub use guard::{Widened, Widening};
pub use id::{Platform, RecordId, RestrictionId, RevisionId, SubjectId};
pub use kind::{Audience, Kind, Purpose};
pub use log::{Entry, Log};
pub use place::{Country, Place, Subdivision};
pub use policy::{LegalBasis, OptOutReach, Policy, ResidenceAt, Revision, Rule, Status, Terms};
pub use record::Record;
pub use regime::{ChoiceState, DefaultSetting, Regime};
pub use region::{Area, Closeness, Region};
pub use registry::{DuplicateSubject, Registry, View};
pub use restriction::Restriction;
pub use subject::Subject;
pub use time::{Birth, BirthDate, BirthYear, Span, Timestamp};
pub use timeline::Timeline;
pub use treatment::Treatment;
