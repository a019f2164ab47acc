//! Evidence: the facts that a decision rests on.

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

/// A fact that a decision rests on.
#[derive(Clone, Copy)]
pub enum Evidence<'a> {
    /// The revision in force at the cut-off, if there is one.
    Policy {
        /// The policy.
        policy: &'a Policy,
        /// Its revision in force.
        revision: Option<&'a Revision>,
    },
    /// When the record was created, and when deleted.
    Record {
        /// The record.
        record: &'a Record,
        /// The cut-off.
        as_of: Timestamp,
    },
    /// The record names no subject, or one that the registry does not know.
    Nobody {
        /// The one that is not known.
        subject: Option<&'a SubjectId>,
    },
    /// The registry knows the subject.
    Known {
        /// The subject.
        subject: &'a Subject,
    },
    /// A restriction in force at the cut-off.
    Restriction {
        /// Whose data it restricts; without one, the record.
        subject: Option<&'a SubjectId>,
        /// The restriction.
        restriction: &'a Restriction,
    },
    /// The subject is erased at the cut-off.
    Erasure {
        /// The subject.
        subject: &'a Subject,
        /// Of the known erasures the first to take effect.
        erasure: &'a Entry<()>,
    },
    /// A sampled instant at which the residence is unknown.
    ResidenceUnknown {
        /// The subject.
        subject: &'a Subject,
        /// The sampled instant.
        instant: Timestamp,
        /// The entries that contradict each other, or the one that says that it is not known; none
        /// where nothing was recorded.
        entries: &'a [Entry<Option<Place>>],
    },
    /// A rule names a subdivision of the country that is all that is known of a residence, and the
    /// selectors of the rule match but perhaps for its audience.
    Subdivision {
        /// The residence.
        residence: Residence<'a>,
        /// The audience at the cut-off, as `entries` of [`Evidence::Audience`].
        audiences: &'a [Entry<Option<Audience>>],
        /// The rule.
        rule: RuleInForce<'a>,
    },
    /// The audience at the cut-off, for a rule that selects by it and otherwise matches.
    Audience {
        /// The subject.
        subject: &'a Subject,
        /// The cut-off.
        as_of: Timestamp,
        /// The entry that stands. If it is unknown: none, several that contradict each other, or one
        /// that says so.
        entries: &'a [Entry<Option<Audience>>],
        /// The rule.
        rule: RuleInForce<'a>,
    },
    /// A rule that applies to the subject as a resident of a place, against a sampled choice.
    Setting {
        /// The residence.
        residence: Residence<'a>,
        /// The rule.
        rule: RuleInForce<'a>,
        /// The choice.
        choice: ChoiceSample<'a>,
    },
    /// A rule that applies, and what it asks besides the choice.
    Terms {
        /// The residence.
        residence: Residence<'a>,
        /// The rule.
        rule: RuleInForce<'a>,
        /// The record.
        record: &'a Record,
    },
    /// A sampled choice, whatever rule applies.
    Choice {
        /// The subject.
        subject: &'a Subject,
        /// The choice.
        choice: ChoiceSample<'a>,
    },
}

/// Where a subject resided at a sampled instant.
#[derive(Clone, Copy)]
pub struct Residence<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The sampled instant.
    pub instant: Timestamp,
    /// The place.
    pub place: Place,
    /// The entry that stood then.
    pub entry: &'a Entry<Option<Place>>,
}

/// A rule, with the policy and the revision that it is a part of.
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
    /// Whose fact it is; nobody's, if it is one of the policy or of the record.
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
    /// The subject with this fact about it.
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
    /// As in `rule 1 of linkedin/2024-09-20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, revision, rule } = self;
        write!(f, "rule {} of {}/{}", rule.number(), policy.platform(), revision.id())
    }
}

impl Evidence<'_> {
    /// Whether a subject may see the fact: it is their own, or one of the policy or of the record.
    pub(crate) fn is_for(&self, subject: &SubjectId) -> bool {
        self.subject().is_none_or(|whose| whose == subject)
    }

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

/// A standing choice, as an explanation writes it.
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

// Short, and without what else is known of the subject: these are printed into logs.

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
