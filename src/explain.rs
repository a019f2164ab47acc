//! Explanations: the facts that a decision rests on. Words for them are in [`words`].

mod words;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::choice::{ChoiceMade, ChoiceSample};
use crate::decision::Case;
use crate::ground::{Grounds, Verdict};
use crate::id::SubjectId;
use crate::kind::{Audience, Purpose};
use crate::log::Entry;
use crate::place::Place;
use crate::policy::{Policy, Revision, Rule};
use crate::record::Record;
use crate::registry::Registry;
use crate::restriction::Restriction;
use crate::subject::Subject;
use crate::time::Timestamp;

/// Why a decision is as it is: every fact that it rests on, with the grounds that each gives.
///
/// A value, not words: `Display` prints sentences for people, serde writes the facts. It *suffices*:
/// a [registry of the cited facts](Explanation::cited_facts) alone gives the same grounds.
///
/// ```
/// use may_train::{Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).resides("FR".parse()?, "2019-01-01".parse()?))?;
/// registry.insert(Subject::new("u2".parse()?).resides("US".parse()?, "2019-01-01".parse()?))?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2024-12-01".parse()?)
///     .of("u1".parse()?)
///     .of("u2".parse()?);
///
/// let view = registry.view(&policy, "2024-12-01".parse()?);
/// let explanation = view.decide(&record).explanation();
/// assert_eq!(explanation.to_string(),
///     "ineligible: subject `u1` resided in FR on 2024-12-01 (since 2019-01-01), which rule 1 of \
///      linkedin/2024-10-11 excludes");
/// assert_eq!(explanation.for_subject(&"u2".parse()?).to_string(),
///     "ineligible: something about somebody else in the record stands against it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Explanation<'a> {
    case: Case<'a>,
    findings: Vec<Finding<'a>>,
}

/// A fact that was looked at, and the grounds that it gives; none where it speaks for the record.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    grounds: Grounds,
    evidence: Evidence<'a>,
}

/// A fact that a decision rests on.
#[derive(Debug, Clone, Copy)]
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
        /// When it became true, and when it was recorded.
        erasure: &'a Entry<()>,
    },
    /// A sampled instant at which the residence is unknown.
    ResidenceUnknown {
        /// The subject.
        subject: &'a Subject,
        /// The sampled instant.
        instant: Timestamp,
        /// The entries that contradict each other; none where nothing was recorded.
        standing: &'a [Entry<Place>],
    },
    /// The audience at the cut-off, for a rule that selects by it and otherwise matches.
    Audience {
        /// The subject.
        subject: &'a Subject,
        /// The cut-off.
        as_of: Timestamp,
        /// The entry that stands; none, or several that contradict each other, if it is unknown.
        standing: &'a [Entry<Audience>],
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
#[derive(Debug, Clone, Copy)]
pub struct Residence<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The sampled instant.
    pub instant: Timestamp,
    /// The entry that stood then.
    pub entry: &'a Entry<Place>,
}

/// A rule, with the policy and the revision that it is a part of.
#[derive(Debug, Clone, Copy)]
pub struct RuleInForce<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The revision in force.
    pub revision: &'a Revision,
    /// The rule.
    pub rule: &'a Rule,
}

impl<'a> Finding<'a> {
    /// The grounds that the fact gives; none where it speaks for the record.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// The fact.
    #[must_use]
    pub const fn evidence(&self) -> Evidence<'a> {
        self.evidence
    }
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
            Self::Setting { residence, .. } | Self::Terms { residence, .. } => {
                Some(residence.subject.id())
            }
        }
    }
}

impl<'a> Explanation<'a> {
    pub(crate) fn new(case: Case<'a>) -> Self {
        let mut findings = Vec::with_capacity(8);
        case.weigh(&mut |grounds, evidence| findings.push(Finding { grounds, evidence }));
        Self { case, findings }
    }

    /// Every fact that was looked at, in the order in which it was.
    #[must_use]
    pub fn findings(&self) -> &[Finding<'a>] {
        &self.findings
    }

    /// The grounds of the decision: the union of those of the findings.
    #[must_use]
    pub fn grounds(&self) -> Grounds {
        self.findings.iter().fold(Grounds::NONE, |all, finding| all | finding.grounds)
    }

    /// What the grounds come to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.grounds().verdict()
    }

    /// The explanation for the eyes of one subject: speaks to them, and leaves out what they should
    /// not see of others.
    #[must_use]
    pub fn for_subject<'e>(&'e self, subject: &'e SubjectId) -> impl fmt::Display + use<'e, 'a> {
        words::ForSubject { explanation: self, subject }
    }

    /// A registry of the facts that the explanation cites, and of nothing else. The record decided
    /// over it gives the same grounds.
    #[must_use]
    pub fn cited_facts(&self) -> Registry {
        let mut cited: BTreeMap<&SubjectId, Subject> = BTreeMap::new();
        for finding in &self.findings {
            match finding.evidence {
                Evidence::Policy { .. }
                | Evidence::Record { .. }
                | Evidence::Nobody { .. }
                | Evidence::Restriction { subject: None, .. } => {}
                evidence => {
                    let Some(id) = evidence.subject() else { continue };
                    let subject = cited.remove(id).unwrap_or_else(|| Subject::new(id.clone()));
                    cited.insert(id, evidence.add_to(subject));
                }
            }
        }
        let mut registry = Registry::new();
        for subject in cited.into_values() {
            registry.replace(subject);
        }
        registry
    }
}

impl Evidence<'_> {
    /// The subject with this fact about it.
    fn add_to(self, subject: Subject) -> Subject {
        match self {
            Self::Policy { .. }
            | Self::Record { .. }
            | Self::Nobody { .. }
            | Self::Known { .. } => subject,
            Self::Restriction { restriction, .. } => subject.with_restriction(restriction.clone()),
            Self::Erasure { erasure, .. } => subject.erased(*erasure),
            Self::ResidenceUnknown { standing, .. } => {
                standing.iter().copied().fold(subject, Subject::with_residence)
            }
            Self::Audience { standing, .. } => {
                standing.iter().cloned().fold(subject, Subject::with_audience)
            }
            Self::Setting { residence, choice, .. } => {
                add_choices(subject.with_residence(*residence.entry), choice)
            }
            Self::Choice { choice, .. } => add_choices(subject, choice),
            Self::Terms { residence, rule, .. } => {
                let subject = subject.with_residence(*residence.entry);
                match (rule.rule.terms().minimum_age(), residence.subject.birth()) {
                    (Some(_), Some(birth)) => subject.born(birth),
                    (None, _) | (_, None) => subject,
                }
            }
        }
    }
}

fn add_choices(subject: Subject, choice: ChoiceSample<'_>) -> Subject {
    choice
        .standing()
        .fold(subject, |subject, (purpose, entry)| subject.with_choice(purpose.clone(), *entry))
}

impl fmt::Display for RuleInForce<'_> {
    /// As in `rule 1 of linkedin/2024-09-20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, revision, rule } = self;
        write!(f, "rule {} of {}/{}", rule.number(), policy.platform(), revision.id())
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words::write_all(self, f)
    }
}

impl Serialize for Explanation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", self.case.record.id())?;
        map.serialize_entry("policy", self.case.policy.platform())?;
        map.serialize_entry("revision", &self.case.revision.map(Revision::id))?;
        map.serialize_entry("as_of", &self.case.as_of)?;
        map.serialize_entry("known_at", &self.case.known_at)?;
        map.serialize_entry("verdict", &self.verdict())?;
        map.serialize_entry("grounds", &self.grounds())?;
        map.serialize_entry("findings", &self.findings)?;
        map.end()
    }
}

impl Serialize for Finding<'_> {
    /// One flat object: the grounds, the fact, and whose it is.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("grounds", &self.grounds)?;
        map.serialize_entry("fact", self.evidence.name())?;
        if let Some(subject) = self.evidence.subject() {
            map.serialize_entry("subject", subject)?;
        }
        self.evidence.serialize_into(&mut map)?;
        map.end()
    }
}

impl Evidence<'_> {
    const fn name(&self) -> &'static str {
        match self {
            Self::Policy { .. } => "policy",
            Self::Record { .. } => "record",
            Self::Nobody { .. } => "nobody",
            Self::Known { .. } => "known",
            Self::Restriction { .. } => "restriction",
            Self::Erasure { .. } => "erasure",
            Self::ResidenceUnknown { .. } => "residence-unknown",
            Self::Audience { .. } => "audience",
            Self::Setting { .. } => "setting",
            Self::Terms { .. } => "terms",
            Self::Choice { .. } => "choice",
        }
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
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
            Self::ResidenceUnknown { instant, standing, .. } => {
                map.serialize_entry("instant", instant)?;
                map.serialize_entry("standing", standing)
            }
            Self::Audience { as_of, standing, rule, .. } => {
                map.serialize_entry("instant", as_of)?;
                map.serialize_entry("standing", standing)?;
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
        .standing()
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
