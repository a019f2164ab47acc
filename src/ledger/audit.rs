//! The audit of sealed runs: whether each admission was right as known then, and still is as known
//! now.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::decision::decision::Decision;
use crate::decision::digest::count;
use crate::decision::evidence::Evidence;
use crate::decision::explain::Finding;
use crate::decision::registry::Registry;
use crate::ledger::lacking::{Lacking, lacks};
use crate::ledger::run::{RunId, SealedRun};
use crate::people::choice::ChoiceMade;
use crate::people::event::Fact;
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::policy::policy::Policy;
use crate::values::ground::{Grounds, Verdict};
use crate::values::id::{RecordId, SubjectId};
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::regime::SEMANTICS_VERSION;
use crate::values::time::Timestamp;

/// What an audit of a sealed run came to: every record of the run is in exactly one of its lists.
///
/// Each admission is decided anew at the run's cut-off, as known when it was sealed and as known now.
/// Later opt-outs, moves and erasures never appear: a decision looks at nothing after its cut-off.
/// An admission is not called unsound where its subject's facts are gone, deleted after an erasure:
/// it is [lacking](Audit::lacking). The page [`keeping_evidence`](crate::guide::keeping_evidence)
/// says what to keep so that it can be audited.
///
/// A birth and what a record says of itself have no recorded time, so that a correction of these
/// counts as if it had been known all along.
///
/// ```
/// use may_train::{Entry, Place, Policy, Record, Registry, Subject};
/// use may_train::ledger::{Audit, TrainingSet};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// let subject = Subject::new("u1".parse()?)
///     .with_birth("1990".parse()?)
///     .with_residence("US".parse()?, "2019-01-01".parse()?);
/// registry.insert(subject.clone())?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
/// let now = "2024-12-01".parse()?;
/// let gate = registry.gate(&policy, now, now);
/// let mut set = TrainingSet::new("run-1".parse()?, &gate);
/// set.enter(gate.admit(&record).admission().unwrap())?;
/// let run = set.seal();
///
/// // Two weeks later the platform learns of a move in November.
/// let moved = Entry::new("2024-11-01".parse()?, "FR".parse::<Place>()?);
/// registry.replace(subject.with_residence_entry(moved.with_recorded("2024-12-15".parse()?)));
///
/// let audit = Audit::of(&run, &policy, &registry, [record])?;
/// assert!(audit.unsound().is_empty());
/// assert_eq!(audit.overtaken()[0].to_string(),
///     "r1: sound as known then, region-excluded as known now: \
///      `u1` resided in FR from 2024-11-01 on (learned 2024-12-15)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    run: RunId,
    sound: u64,
    overtaken: Vec<Overtaken>,
    unsound: Vec<Unsound>,
    missing: Vec<RecordId>,
    lacking: Vec<Lacking>,
}

/// An admission that was right as known then, and is not as known now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overtaken {
    record: RecordId,
    grounds: Grounds,
    late: Vec<LateFact>,
}

/// An admission that was not right even as known then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsound {
    record: RecordId,
    grounds: Grounds,
}

/// A fact that was true by the cut-off and learned after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateFact {
    /// Where a subject resided; `None` where that was not known.
    Residence(SubjectId, Entry<Option<Place>>),
    /// Which audience a subject belonged to; `None` where that was not known.
    Audience(SubjectId, Entry<Option<Audience>>),
    /// What was chosen for a subject, and for which purpose.
    Choice(SubjectId, Purpose, Entry<ChoiceMade>),
    /// A restriction of a subject, or else of the record.
    Restriction(Option<SubjectId>, Restriction),
    /// An erasure of a subject.
    Erasure(SubjectId, Entry<()>),
}

/// Why a run cannot be audited with what was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum AuditError {
    /// The policy decides otherwise at the cut-off than the one of the run.
    #[error("the policy is not the one of the run; audit under what was in force at its cut-off")]
    AnotherPolicy,
    /// The run was decided by another version of the semantics.
    #[error("the run was decided under other semantics; audit with the release that sealed it")]
    OtherSemantics,
    /// A second record of the same id was given.
    #[error("a second record `{0}`; give each record once, as it was when the run used it")]
    SecondRecord(RecordId),
}

impl Audit {
    /// Audits a run over a registry as it is now, with the records that it used; any others among
    /// them are passed over.
    ///
    /// # Errors
    ///
    /// Where the policy would not have decided as the run's did: later revisions do no harm, a
    /// change of the one in force at the cut-off does. For a run sealed under other semantics. And for
    /// a second record with the id of one that the run used.
    pub fn of(
        run: &SealedRun,
        policy: &Policy,
        registry: &Registry,
        records: impl IntoIterator<Item: Borrow<Record>>,
    ) -> Result<Self, AuditError> {
        if run.semantics_version() != SEMANTICS_VERSION {
            return Err(AuditError::OtherSemantics);
        }
        if run.policy_digest_at_cut_off() != policy.digest_at(run.as_of()) {
            return Err(AuditError::AnotherPolicy);
        }
        let (mut overtaken, mut unsound, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sound, mut seen) = (0_u64, HashSet::new());
        let now = registry.view(policy, run.as_of());
        let then = now.with_known_at(run.known_at());
        for record in records {
            let record: &Record = record.borrow();
            if !run.uses(record.id()) {
                continue;
            }
            if !seen.insert(record.id().clone()) {
                return Err(AuditError::SecondRecord(record.id().clone()));
            }
            let (as_then, as_now) = (then.decide(record), now.decide(record));
            let record = || record.id().clone();
            match (as_then.verdict(), as_now.verdict()) {
                (Verdict::Eligible, Verdict::Eligible) => sound = sound.saturating_add(1),
                (Verdict::Eligible, Verdict::Ineligible | Verdict::Indeterminate) => {
                    let late = late_facts(&as_now, run.known_at());
                    overtaken.push(Overtaken { record: record(), grounds: as_now.grounds(), late });
                }
                (Verdict::Ineligible | Verdict::Indeterminate, _) => {
                    match lacks(&as_then, registry, run) {
                        Some(subjects) => lacking.push(Lacking { record: record(), subjects }),
                        None => {
                            unsound.push(Unsound { record: record(), grounds: as_then.grounds() });
                        }
                    }
                }
            }
        }
        let missing = run.records().filter(|id| !seen.contains(id)).collect();
        Ok(Self { run: run.id().clone(), sound, overtaken, unsound, missing, lacking })
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// How many admissions were right as known then, and are as known now.
    #[must_use]
    pub const fn sound(&self) -> u64 {
        self.sound
    }

    /// The admissions that were right as known then and that later knowledge has overtaken.
    #[must_use]
    pub fn overtaken(&self) -> &[Overtaken] {
        &self.overtaken
    }

    /// The admissions that were not right even as known then.
    #[must_use]
    pub fn unsound(&self) -> &[Unsound] {
        &self.unsound
    }

    /// The records of the run that were not given, and so not audited.
    #[must_use]
    pub fn missing(&self) -> &[RecordId] {
        &self.missing
    }

    /// The admissions that cannot be decided anew, because a subject's facts are gone.
    #[must_use]
    pub fn lacking(&self) -> &[Lacking] {
        &self.lacking
    }

    /// How many admissions were decided anew: the sound, the overtaken and the unsound ones.
    #[must_use]
    pub fn audited(&self) -> u64 {
        let listed = self.overtaken.len().saturating_add(self.unsound.len());
        self.sound.saturating_add(count(listed))
    }
}

impl Overtaken {
    /// The record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// What stands against it as known now.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// The facts learned after the run that the grounds come from; not what was learned of somebody
    /// against whom nothing stands.
    #[must_use]
    pub fn late(&self) -> &[LateFact] {
        &self.late
    }
}

impl Unsound {
    /// The record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// What stood against it as known then.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }
}

/// The facts that the grounds of a decision come from and that were learned after an instant.
fn late_facts(decision: &Decision<'_>, known_at: Timestamp) -> Vec<LateFact> {
    let mut late = Vec::new();
    let explanation = decision.explanation();
    let findings = explanation.findings();
    for finding in findings.iter().filter(|finding| is_behind(finding, findings)) {
        cite(finding.evidence(), &mut |recorded, fact| {
            if recorded > known_at && !late.contains(&fact) {
                late.push(fact);
            }
        });
    }
    late
}

/// Whether a ground comes from the finding: from itself, or because it tells which rules there are
/// to come from.
fn is_behind(finding: &Finding<'_>, all: &[Finding<'_>]) -> bool {
    let of_same = |other: &&Finding<'_>| {
        let stands = !other.grounds().is_empty();
        stands && other.evidence().subject() == finding.evidence().subject()
    };
    let mut standing = all.iter().filter(of_same).map(Finding::evidence);
    !finding.grounds().is_empty()
        || match finding.evidence() {
            // A rule applies to an audience, or closer ones do not.
            Evidence::Audience { .. } => standing
                .any(|other| matches!(other, Evidence::Setting { .. } | Evidence::Terms { .. })),
            // Where the subject resides, a rule asks for an audience.
            Evidence::Terms { .. } => {
                standing.any(|other| matches!(other, Evidence::Audience { .. }))
            }
            Evidence::Policy { .. }
            | Evidence::Record { .. }
            | Evidence::Nobody { .. }
            | Evidence::Known { .. }
            | Evidence::Restriction { .. }
            | Evidence::Erasure { .. }
            | Evidence::ResidenceUnknown { .. }
            | Evidence::Subdivision { .. }
            | Evidence::Setting { .. }
            | Evidence::Choice { .. } => false,
        }
}

/// Hands over the facts of a finding, with when each was learned.
fn cite(evidence: Evidence<'_>, add: &mut impl FnMut(Timestamp, LateFact)) {
    match evidence {
        Evidence::Policy { .. }
        | Evidence::Record { .. }
        | Evidence::Nobody { .. }
        | Evidence::Known { .. } => {}
        Evidence::Restriction { subject, restriction } => {
            let fact = LateFact::Restriction(subject.cloned(), restriction.clone());
            add(restriction.recorded(), fact);
        }
        Evidence::Erasure { subject, erasure } => {
            add(erasure.recorded(), LateFact::Erasure(subject.id().clone(), *erasure));
        }
        Evidence::ResidenceUnknown { subject, entries, .. } => {
            for entry in entries {
                add(entry.recorded(), LateFact::Residence(subject.id().clone(), *entry));
            }
        }
        Evidence::Audience { subject, entries, .. } => {
            for entry in entries {
                add(entry.recorded(), LateFact::Audience(subject.id().clone(), entry.clone()));
            }
        }
        Evidence::Setting { residence, .. }
        | Evidence::Terms { residence, .. }
        | Evidence::Subdivision { residence, .. } => {
            let entry = *residence.entry;
            add(entry.recorded(), LateFact::Residence(residence.subject.id().clone(), entry));
        }
        Evidence::Choice { subject, choice } => {
            for (purpose, entry) in choice.in_force() {
                let fact = LateFact::Choice(subject.id().clone(), purpose.clone(), *entry);
                add(entry.recorded(), fact);
            }
        }
    }
}

impl fmt::Display for Overtaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { record, grounds, late } = self;
        let late: Vec<String> = late.iter().map(ToString::to_string).collect();
        let late = late.join("; ");
        write!(f, "{record}: sound as known then, {grounds} as known now: {late}")
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not sound even as known then: {}", self.record, self.grounds)
    }
}

impl fmt::Display for LateFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recorded = match self {
            Self::Residence(id, entry) => {
                match entry.value() {
                    Some(place) => write!(f, "`{id}` resided in {place} from {} on", entry.at())?,
                    None => write!(f, "where `{id}` resided is not known since {}", entry.at())?,
                }
                entry.recorded()
            }
            Self::Audience(id, entry) => {
                match entry.value() {
                    Some(name) => write!(f, "`{id}` belonged with {name} from {} on", entry.at())?,
                    None => {
                        write!(f, "whom `{id}` belonged with is not known since {}", entry.at())?;
                    }
                }
                entry.recorded()
            }
            Self::Choice(id, purpose, entry) => {
                let choice = entry.value().choice();
                write!(f, "`{id}` chose {choice} for {purpose} on {}", entry.at())?;
                entry.recorded()
            }
            Self::Restriction(subject, restriction) => {
                let whose = subject.as_ref().map_or("the record".into(), |id| format!("`{id}`"));
                let from = restriction.span().start();
                write!(f, "{whose} was restricted by {} from {from} on", restriction.id())?;
                restriction.recorded()
            }
            Self::Erasure(id, entry) => {
                write!(f, "`{id}` was erased on {}", entry.at())?;
                entry.recorded()
            }
        };
        write!(f, " (learned {recorded})")
    }
}

impl Serialize for LateFact {
    /// As an event writes it, with `subject` null for a restriction of the record:
    /// `{"subject":"u1","at":"…","recorded":"…","residence":{"place":"FR"}}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (subject, at, recorded, fact) = match self {
            Self::Residence(id, entry) => {
                (Some(id), entry.at(), entry.recorded(), Fact::Residence(*entry.value()))
            }
            Self::Audience(id, entry) => {
                (Some(id), entry.at(), entry.recorded(), Fact::Audience(entry.value().clone()))
            }
            Self::Choice(id, purpose, entry) => {
                let fact = Fact::Choice(purpose.clone(), *entry.value());
                (Some(id), entry.at(), entry.recorded(), fact)
            }
            Self::Restriction(id, restriction) => {
                let (id, span) = (id.as_ref(), restriction.span());
                let fact = Fact::Restriction { id: restriction.id().clone(), until: span.end() };
                (id, span.start(), restriction.recorded(), fact)
            }
            Self::Erasure(id, entry) => (Some(id), entry.at(), entry.recorded(), Fact::Erasure),
        };
        LateDocument { subject, at, recorded, fact }.serialize(serializer)
    }
}

/// How a late fact is written.
#[derive(Serialize)]
struct LateDocument<'a> {
    subject: Option<&'a SubjectId>,
    at: Timestamp,
    recorded: Timestamp,
    #[serde(flatten)]
    fact: Fact,
}

impl fmt::Display for Audit {
    /// One line of counts, then one for each admission that is not sound.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} sound, {} overtaken by later knowledge, {} unsound, {} not audited for lack of \
             the record, {} for lack of the subject",
            self.run,
            self.sound,
            self.overtaken.len(),
            self.unsound.len(),
            self.missing.len(),
            self.lacking.len()
        )?;
        self.unsound.iter().try_for_each(|unsound| write!(f, "\n  {unsound}"))?;
        self.overtaken.iter().try_for_each(|overtaken| write!(f, "\n  {overtaken}"))?;
        self.lacking.iter().try_for_each(|lacking| write!(f, "\n  {lacking}"))
    }
}
