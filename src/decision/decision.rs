//! The decision on one record: its verdict, and the grounds against the record.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::decision::case::Case;
use crate::decision::explain::Explanation;
use crate::people::record::Record;
use crate::policy::revision::Revision;
use crate::values::ground::{Grounds, Verdict};
use crate::values::time::Timestamp;

/// The answer to whether a record may enter a training set with a cut-off, and why not.
///
/// It holds the set of all grounds against the record. The record is eligible only if that set is
/// empty. A decision serialises as
/// `{"record":"r1","verdict":"ineligible","grounds":["opted-out"],"revision":"2024-09-20"}`.
///
/// ```
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?)
///     .with_residence("GB".parse()?, "2019-01-01".parse()?)
///     .with_choice(
///         Choice::OptOut,
///         ChosenBy::Subject,
///         "ai-training.generative".parse()?,
///         "2024-09-30".parse()?,
///     ))?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
///
/// let view = registry.view(&policy, "2024-10-01".parse()?);
/// assert_eq!(view.decide(&record).explanation().to_string(),
///     "ineligible: the subject resided in GB on 2024-10-01 (since 2019-01-01), which rule 1 of \
///      linkedin/2024-09-20 excludes; the subject opted out on 2024-09-30");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    case: Case<'a>,
    grounds: Grounds,
}

impl<'a> Decision<'a> {
    pub(crate) fn new(case: Case<'a>) -> Self {
        Self { case, grounds: case.grounds() }
    }

    /// Returns the verdict. Only [`Verdict::Eligible`] admits the record.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.grounds.verdict()
    }

    /// Returns all grounds against the record.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &'a Record {
        self.case.record
    }

    /// Returns the revision in force at the cut-off; `None` if no revision is in force.
    #[must_use]
    pub const fn revision(&self) -> Option<&'a Revision> {
        self.case.revision()
    }

    /// Returns the cut-off.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.case.as_of
    }

    /// Returns the explanation: the facts that the decision depends on, each with its grounds.
    #[must_use]
    pub fn explanation(&self) -> Explanation<'a> {
        Explanation::new(self.case)
    }
}

impl fmt::Debug for Decision<'_> {
    /// Prints the decision without facts about subjects.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("record", &self.case.record.id().as_str())
            .field("as_of", &self.case.as_of)
            .field("verdict", &self.verdict())
            .field("grounds", &self.grounds)
            .finish_non_exhaustive()
    }
}

impl Serialize for Decision<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut decision = serializer.serialize_struct("Decision", 4)?;
        decision.serialize_field("record", self.case.record.id())?;
        decision.serialize_field("verdict", &self.verdict())?;
        decision.serialize_field("grounds", &self.grounds)?;
        decision.serialize_field("revision", &self.case.revision().map(Revision::id))?;
        decision.end()
    }
}
