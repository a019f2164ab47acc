//! Audits of sealed runs: was each admission right by the facts known then, and is it still right
//! by the facts known now?

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::decision::decision::Decision;
use crate::decision::digest::count;
use crate::decision::evidence::{Evidence, Residence};
use crate::decision::explain::Finding;
use crate::decision::registry::Registry;
use crate::ledger::lacking::{Lacking, lacks};
use crate::ledger::run::{RunId, SealedRun};
use crate::people::choice::ChoiceMade;
use crate::people::event::Fact;
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::values::ground::{Grounds, Verdict};
use crate::values::id::{RecordId, SubjectId};
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::regime::SEMANTICS_VERSION;
use crate::values::time::Timestamp;

/// The result of an audit of a sealed run: each record of the run is in exactly one of its lists.
///
/// The audit decides each admission twice at the run's cut-off: with the facts known when the run
/// was sealed, and with the facts known now. Opt-outs, moves and erasures after the cut-off never
/// count, because no decision reads a fact after its cut-off.
///
/// If the facts about a subject are gone, the admission is not unsound but
/// [lacking](Audit::lacking). The page [`keeping_evidence`](crate::guide::keeping_evidence) says
/// what to keep for audits.
///
/// A birth and the record's own facts have no recorded time. A correction of these counts as if it
/// had always been known.
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

/// An admission that was right by the facts known then, and is wrong by the facts known now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overtaken {
    record: RecordId,
    grounds: Grounds,
    late: Vec<LateFact>,
}

/// An admission that was wrong even by the facts known then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsound {
    record: RecordId,
    grounds: Grounds,
}

/// A fact that held by the cut-off and that the platform learned after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateFact {
    /// The residence of a subject; `None` if the platform states that it is not known.
    Residence(SubjectId, Entry<Option<Place>>),
    /// The audience of a subject; `None` if the platform states that it is not known.
    Audience(SubjectId, Entry<Option<Audience>>),
    /// A choice of a subject, and its purpose.
    Choice(SubjectId, Purpose, Entry<ChoiceMade>),
    /// A restriction of a subject; `None` stands for a restriction of the record.
    Restriction(Option<SubjectId>, Restriction),
    /// An erasure of a subject.
    Erasure(SubjectId, Entry<()>),
}

/// The error of a run that cannot be audited with what was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum AuditError {
    /// At the cut-off, the policy differs from the policy of the run.
    #[error("the policy is not the one of the run; audit under what was in force at its cut-off")]
    AnotherPolicy,
    /// The run was decided under another version of the semantics.
    #[error("the run was decided under other semantics; audit with the release that sealed it")]
    OtherSemantics,
    /// A second record of the same id was given.
    #[error("a second record `{0}`; give each record once, as it was when the run used it")]
    SecondRecord(RecordId),
}

impl Audit {
    /// Decides again every given record that the run used, over the registry as it is now. Other
    /// records are ignored.
    ///
    /// # Errors
    ///
    /// Fails if the policy in force at the cut-off differs from the run's; later revisions do no
    /// harm. Fails if the run was sealed under another version of the semantics. Fails if two of
    /// the given records have one id that the run used.
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

    /// Returns the id of the run.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// Returns how many admissions were right by the facts known then, and still are.
    #[must_use]
    pub const fn sound(&self) -> u64 {
        self.sound
    }

    /// Returns the admissions that were right by the facts known then, and are wrong by the facts
    /// known now.
    #[must_use]
    pub fn overtaken(&self) -> &[Overtaken] {
        &self.overtaken
    }

    /// Returns the admissions that were wrong even by the facts known then.
    #[must_use]
    pub fn unsound(&self) -> &[Unsound] {
        &self.unsound
    }

    /// Returns the records of the run that were not given, so that they could not be audited.
    #[must_use]
    pub fn missing(&self) -> &[RecordId] {
        &self.missing
    }

    /// Returns the admissions that cannot be decided again, because the facts about a subject are
    /// gone.
    #[must_use]
    pub fn lacking(&self) -> &[Lacking] {
        &self.lacking
    }

    /// Returns how many admissions were decided again: the sound, the overtaken and the unsound
    /// ones.
    #[must_use]
    pub fn audited(&self) -> u64 {
        let listed = self.overtaken.len().saturating_add(self.unsound.len());
        self.sound.saturating_add(count(listed))
    }
}

impl Overtaken {
    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// Returns the grounds against the record by the facts known now.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Returns the facts that were learned after the run and contributed to the refusal. Facts
    /// about subjects who do not cause a ground are left out.
    #[must_use]
    pub fn late(&self) -> &[LateFact] {
        &self.late
    }
}

impl Unsound {
    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// Returns the grounds against the record by the facts known then.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }
}

/// Returns the facts that contributed to a refusal and were recorded after an instant.
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

/// Returns whether the finding contributed to the refusal: it has a ground itself, or it decided
/// which rule applied and that rule has one.
fn is_behind(finding: &Finding<'_>, all: &[Finding<'_>]) -> bool {
    let of_same = |other: &&Finding<'_>| {
        let stands = !other.grounds().is_empty();
        stands && other.evidence().subject() == finding.evidence().subject()
    };
    let mut standing = all.iter().filter(of_same).map(Finding::evidence);
    !finding.grounds().is_empty()
        || match finding.evidence() {
            // The audience decides which rules apply, and a rule that applied has a ground.
            Evidence::Audience { .. } => standing
                .any(|other| matches!(other, Evidence::Setting { .. } | Evidence::Terms { .. })),
            // The residence decides which rules ask for an audience, and the audience has a ground.
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

/// Collects the facts of a finding, each with the instant at which it was recorded.
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
        Evidence::Audience { subject, entries, .. } => cite_audiences(subject, entries, add),
        Evidence::Setting { residence, .. } | Evidence::Terms { residence, .. } => {
            cite_residence(residence, add);
        }
        // The audience decides whether the rule that names a subdivision matches.
        Evidence::Subdivision { residence, audiences, .. } => {
            cite_residence(residence, add);
            cite_audiences(residence.subject, audiences, add);
        }
        Evidence::Choice { subject, choice } => {
            for (purpose, entry) in choice.in_force() {
                let fact = LateFact::Choice(subject.id().clone(), purpose.clone(), *entry);
                add(entry.recorded(), fact);
            }
        }
    }
}

/// Collects the entry of a residence.
fn cite_residence(residence: Residence<'_>, add: &mut impl FnMut(Timestamp, LateFact)) {
    let entry = *residence.entry;
    add(entry.recorded(), LateFact::Residence(residence.subject.id().clone(), entry));
}

/// Collects the audience entries of a subject.
fn cite_audiences(
    subject: &Subject,
    entries: &[Entry<Option<Audience>>],
    add: &mut impl FnMut(Timestamp, LateFact),
) {
    for entry in entries {
        add(entry.recorded(), LateFact::Audience(subject.id().clone(), entry.clone()));
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
    /// Writes the fact as an event,
    /// `{"subject":"u1","at":"…","recorded":"…","residence":{"place":"FR"}}`. `subject` is null for
    /// a restriction of the record.
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

/// The JSON of a late fact.
#[derive(Serialize)]
struct LateDocument<'a> {
    subject: Option<&'a SubjectId>,
    at: Timestamp,
    recorded: Timestamp,
    #[serde(flatten)]
    fact: Fact,
}

impl fmt::Display for Audit {
    /// Writes one line of counts, then one line for each admission that is not sound.
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
