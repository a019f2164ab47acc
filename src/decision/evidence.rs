//! Evidence: the facts that a decision depends on.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::people::choice::{ChoiceMade, ChoiceSample};
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::values::id::SubjectId;
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::time::Timestamp;

/// A fact that a decision depends on, as an [`Explanation`](crate::Explanation) cites it.
///
/// It may speak for the record or against it: a [`Finding`](crate::decision::Finding) has its
/// grounds.
#[derive(Clone, Copy)]
pub enum Evidence<'a> {
    /// The revision in force at the cut-off, or the fact that there is none.
    Policy {
        /// The policy.
        policy: &'a Policy,
        /// The revision; `None` if no revision is in force.
        revision: Option<&'a Revision>,
    },
    /// The creation and the deletion of the record.
    Record {
        /// The record.
        record: &'a Record,
        /// The cut-off.
        as_of: Timestamp,
    },
    /// The record names no subject, or one that the registry does not know.
    Nobody {
        /// The unknown subject; `None` if the record names no subject.
        subject: Option<&'a SubjectId>,
    },
    /// The registry knows the subject.
    Known {
        /// The subject.
        subject: &'a Subject,
    },
    /// A restriction in force at the cut-off.
    Restriction {
        /// The subject whose data it restricts; `None` if it restricts the record.
        subject: Option<&'a SubjectId>,
        /// The restriction.
        restriction: &'a Restriction,
    },
    /// The subject is erased at the cut-off.
    Erasure {
        /// The subject.
        subject: &'a Subject,
        /// The known erasure that took effect first.
        erasure: &'a Entry<()>,
    },
    /// A sampled instant at which the residence is unknown.
    ResidenceUnknown {
        /// The subject.
        subject: &'a Subject,
        /// The sampled instant.
        instant: Timestamp,
        /// The entries that contradict each other, or the one with the value `None`. Empty if
        /// nothing was recorded.
        entries: &'a [Entry<Option<Place>>],
    },
    /// A rule names a subdivision of a country, and only the country of a residence is known.
    ///
    /// The other selectors of the rule match, except perhaps the audience.
    Subdivision {
        /// The residence.
        residence: Residence<'a>,
        /// The entries of the audience at the cut-off, as in [`Evidence::Audience`].
        audiences: &'a [Entry<Option<Audience>>],
        /// The rule.
        rule: RuleInForce<'a>,
    },
    /// The audience at the cut-off, and a rule that selects by audience and otherwise matches.
    Audience {
        /// The subject.
        subject: &'a Subject,
        /// The cut-off.
        as_of: Timestamp,
        /// The entry in force. If the audience is unknown, there is no entry, there are several
        /// that contradict each other, or the only one has the value `None`.
        entries: &'a [Entry<Option<Audience>>],
        /// The rule.
        rule: RuleInForce<'a>,
    },
    /// A sampled choice under the regime of a rule that applies to the subject's residence.
    Setting {
        /// The residence.
        residence: Residence<'a>,
        /// The rule.
        rule: RuleInForce<'a>,
        /// The choice.
        choice: ChoiceSample<'a>,
    },
    /// The terms of a rule that applies: kind of data, age and creation.
    Terms {
        /// The residence.
        residence: Residence<'a>,
        /// The rule.
        rule: RuleInForce<'a>,
        /// The record.
        record: &'a Record,
    },
    /// A sampled choice by itself. An opt-out refuses the record under every rule.
    Choice {
        /// The subject.
        subject: &'a Subject,
        /// The choice.
        choice: ChoiceSample<'a>,
    },
}

/// The residence of a subject at a sampled instant.
#[derive(Clone, Copy)]
pub struct Residence<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The sampled instant.
    pub instant: Timestamp,
    /// The place.
    pub place: Place,
    /// The entry that was in force then.
    pub entry: &'a Entry<Option<Place>>,
}

/// A rule, with its policy and its revision.
#[derive(Clone, Copy)]
pub struct RuleInForce<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The revision in force.
    pub revision: &'a Revision,
    /// The rule.
    pub rule: &'a Rule,
}

impl<'a> Evidence<'a> {
    /// Returns the subject that the fact is about; `None` if it is about the policy or the record.
    #[must_use]
    pub const fn subject(&self) -> Option<&'a SubjectId> {
        match *self {
            Self::Policy { .. } | Self::Record { .. } => None,
            Self::Nobody { subject } | Self::Restriction { subject, .. } => subject,
            Self::Known { subject }
            | Self::Erasure { subject, .. }
            | Self::ResidenceUnknown { subject, .. }
            | Self::Audience { subject, .. }
            | Self::Choice { subject, .. } => Some(subject.id()),
            Self::Setting { residence, .. }
            | Self::Terms { residence, .. }
            | Self::Subdivision { residence, .. } => Some(residence.subject.id()),
        }
    }
}

impl Evidence<'_> {
    /// Returns the subject with this fact added.
    pub(crate) fn add_to(self, subject: Subject) -> Subject {
        match self {
            Self::Policy { .. }
            | Self::Record { .. }
            | Self::Nobody { .. }
            | Self::Known { .. } => subject,
            Self::Restriction { restriction, .. } => subject.with_restriction(restriction.clone()),
            Self::Erasure { erasure, .. } => subject.with_erasure_entry(*erasure),
            Self::ResidenceUnknown { entries, .. } => {
                entries.iter().copied().fold(subject, Subject::with_residence_entry)
            }
            Self::Audience { entries, .. } => {
                entries.iter().cloned().fold(subject, Subject::with_audience_entry)
            }
            Self::Subdivision { residence, audiences, rule } => {
                let subject = subject.with_residence_entry(*residence.entry);
                let looked_at = audiences.iter().filter(|_| rule.rule.audiences().is_some());
                looked_at.cloned().fold(subject, Subject::with_audience_entry)
            }
            Self::Setting { residence, choice, .. } => {
                add_choices(subject.with_residence_entry(*residence.entry), choice)
            }
            Self::Choice { choice, .. } => add_choices(subject, choice),
            Self::Terms { residence, rule, .. } => {
                let subject = subject.with_residence_entry(*residence.entry);
                match (rule.rule.terms().minimum_age(), residence.subject.birth()) {
                    (Some(_), Some(birth)) => subject.with_birth(birth),
                    (None, _) | (_, None) => subject,
                }
            }
        }
    }
}

fn add_choices(subject: Subject, choice: ChoiceSample<'_>) -> Subject {
    let subject = choice.birth_behind().into_iter().fold(subject, Subject::with_birth);
    choice.in_force().fold(subject, |subject, (purpose, entry)| {
        subject.with_choice_entry(purpose.clone(), *entry)
    })
}

impl fmt::Display for RuleInForce<'_> {
    /// Writes the number of the rule and its revision, as in `rule 1 of linkedin/2024-09-20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, revision, rule } = self;
        write!(f, "rule {} of {}/{}", rule.number(), policy.platform(), revision.id())
    }
}

impl Evidence<'_> {
    /// Checks whether a subject may see the fact: it is about them, the policy or the record.
    pub(crate) fn is_for(&self, subject: &SubjectId) -> bool {
        self.subject().is_none_or(|whose| whose == subject)
    }

    /// Returns the name of the fact in the file format.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Policy { .. } => "policy",
            Self::Record { .. } => "record",
            Self::Nobody { .. } => "nobody",
            Self::Known { .. } => "known",
            Self::Restriction { .. } => "restriction",
            Self::Erasure { .. } => "erasure",
            Self::ResidenceUnknown { .. } => "residence-unknown",
            Self::Subdivision { .. } => "subdivision",
            Self::Audience { .. } => "audience",
            Self::Setting { .. } => "setting",
            Self::Terms { .. } => "terms",
            Self::Choice { .. } => "choice",
        }
    }

    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Policy { revision, .. } => {
                map.serialize_entry("revision", &revision.map(Revision::id))?;
                map.serialize_entry("effective", &revision.map(Revision::effective))
            }
            Self::Record { record, .. } => {
                map.serialize_entry("created_at", &record.created_at())?;
                map.serialize_entry("deleted_at", &record.deleted_at())
            }
            Self::Nobody { .. } | Self::Known { .. } => Ok(()),
            Self::Restriction { restriction, .. } => {
                map.serialize_entry("restriction", restriction)
            }
            Self::Erasure { erasure, .. } => {
                map.serialize_entry("at", &erasure.at())?;
                map.serialize_entry("recorded", &erasure.recorded())
            }
            Self::ResidenceUnknown { instant, entries, .. } => {
                map.serialize_entry("instant", instant)?;
                map.serialize_entry("entries", entries)
            }
            Self::Subdivision { residence, audiences, rule } => {
                residence.serialize_into(map)?;
                map.serialize_entry("standing", audiences)?;
                rule.serialize_into(map)
            }
            Self::Audience { as_of, entries, rule, .. } => {
                map.serialize_entry("instant", as_of)?;
                map.serialize_entry("entries", entries)?;
                rule.serialize_into(map)
            }
            Self::Setting { residence, rule, choice } => {
                residence.serialize_into(map)?;
                rule.serialize_into(map)?;
                serialize_choice(choice, map)
            }
            Self::Terms { residence, rule, record } => {
                residence.serialize_into(map)?;
                rule.serialize_into(map)?;
                map.serialize_entry("kind", record.kind())?;
                map.serialize_entry("minimum_age", &rule.rule.terms().minimum_age())?;
                map.serialize_entry("created_from", &rule.rule.terms().created_from())
            }
            Self::Choice { choice, .. } => serialize_choice(choice, map),
        }
    }
}

impl Residence<'_> {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("instant", &self.instant)?;
        map.serialize_entry("residence", self.entry)
    }
}

impl RuleInForce<'_> {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("rule", &self.rule.number())?;
        map.serialize_entry("regime", &self.rule.regime())
    }
}

/// The file format of a choice in force.
#[derive(Serialize)]
struct StandingChoice<'a> {
    purpose: &'a Purpose,
    at: Timestamp,
    recorded: Timestamp,
    #[serde(flatten)]
    made: &'a ChoiceMade,
}

fn serialize_choice<M: SerializeMap>(
    choice: &ChoiceSample<'_>,
    map: &mut M,
) -> Result<(), M::Error> {
    let standing: Vec<_> = choice
        .in_force()
        .map(|(purpose, entry)| StandingChoice {
            purpose,
            at: entry.at(),
            recorded: entry.recorded(),
            made: entry.value(),
        })
        .collect();
    map.serialize_entry("choices_at", &choice.instant())?;
    map.serialize_entry("choices", &standing)
}

// These are printed into logs. They are short, and leave out other facts about the subject.

impl fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject().map(SubjectId::as_str);
        f.debug_struct("Evidence")
            .field("fact", &self.name())
            .field("subject", &subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Residence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Residence")
            .field("subject", &self.subject.id().as_str())
            .field("instant", &self.instant)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RuleInForce<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RuleInForce({self})")
    }
}
