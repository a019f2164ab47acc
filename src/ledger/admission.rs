//! Admissions: proofs, held as values, that a record may enter a training set, and the gate that
//! makes them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::decision::decision::Decision;
use crate::decision::digest::Digest;
use crate::decision::registry::Registry;
use crate::decision::registry::subject_tree::SubjectTree;
use crate::decision::transitions::{FirstAfter, Transitions, of_learning, of_restrictions};
use crate::decision::view::View;
use crate::ledger::packed::{Names, PackError, Packed, Place, Row, Turns, Who};
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::values::ground::{Ground, Grounds, Verdict};
use crate::values::id::{Platform, RecordId, RevisionId};
use crate::values::kind::Purpose;
use crate::values::time::Timestamp;

/// The maker of admissions: a registry under a policy, at a cut-off, with the facts known by an
/// instant.
///
/// The instant of knowledge is required (usually it is the present). Without it, nobody could later
/// repeat the decisions "as known then".
///
/// # Cost
///
/// Opening the first gate of a registry hashes every subject: linear in subjects and their facts.
/// Later gates reuse the hashes, which the registry keeps up to date as subjects change. Deciding
/// is linear in the records. If records come as columns, [`Gate::freeze`] decides them faster.
///
/// No method waits; each computes on its thread. Inside an async runtime, open the first gate,
/// admit in bulk and recheck on a thread for blocking work (`tokio::task::spawn_blocking`).
/// Otherwise the other tasks of that thread have to wait.
///
/// ```
/// use may_train::{Policy, Record, Registry, Subject};
/// use may_train::ledger::{RunId, TrainingSet};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// for (id, place) in [("u1", "US"), ("u2", "FR")] {
///     let subject = Subject::new(id.parse()?).with_birth("1990".parse()?);
///     registry.insert(subject.with_residence(place.parse()?, "2019-01-01".parse()?))?;
/// }
/// let post = |id: &str| Ok::<_, may_train::ValueError>(
///     Record::new(format!("r-{id}").parse()?, "post".parse()?, "2023-02-01".parse()?)
///         .with_subject(id.parse()?));
///
/// let now = "2024-12-01".parse()?;
/// let gate = registry.gate(&policy, now, now);
/// let mut set = TrainingSet::new("run-1".parse()?, &gate);
/// let (yes, no) = (post("u1")?, post("u2")?);
/// set.enter(gate.admit(&yes).admission().unwrap())?;
/// assert_eq!(gate.admit(&no).decision().unwrap().grounds().to_string(), "region-excluded");
/// assert_eq!(set.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Gate<'a> {
    view: View<'a>,
    bound: Arc<Bound>,
    turns: Transitions,
}

/// The question that an admission answers: everything in a decision except the record.
pub(crate) struct Bound {
    pub platform: Platform,
    pub purpose: Purpose,
    pub revision: Option<RevisionId>,
    pub as_of: Timestamp,
    pub known_at: Timestamp,
    pub policy: Digest,
    pub policy_at_cut_off: Digest,
    pub registry: SubjectTree,
}

impl Bound {
    /// Returns the first difference between two questions; `None` if they are the same.
    pub(crate) fn mismatch(&self, other: &Self) -> Option<MismatchError> {
        if self.as_of != other.as_of {
            Some(MismatchError::CutOff)
        } else if self.known_at != other.known_at {
            Some(MismatchError::KnownAt)
        } else if self.policy != other.policy {
            Some(MismatchError::Policy)
        } else if self.registry.digest() != other.registry.digest() {
            Some(MismatchError::Registry)
        } else {
            None
        }
    }
}

impl Registry {
    /// Returns the gate to training sets with a cut-off. Facts recorded after `known_at` do not
    /// count.
    #[must_use]
    pub fn gate<'a>(
        &'a self,
        policy: &'a Policy,
        as_of: Timestamp,
        known_at: Timestamp,
    ) -> Gate<'a> {
        let view = self.view(policy, as_of).with_known_at(known_at);
        let bound = Bound {
            platform: policy.platform().clone(),
            purpose: policy.purpose().clone(),
            revision: view.revision().map(Revision::id).cloned(),
            as_of,
            known_at,
            policy: policy.digest(),
            policy_at_cut_off: policy.digest_at(as_of),
            registry: self.census().clone(),
        };
        Gate { view, bound: Arc::new(bound), turns: Transitions::of(policy) }
    }
}

impl<'a> Gate<'a> {
    /// Returns the view that decides.
    #[must_use]
    pub const fn view(&self) -> View<'a> {
        self.view
    }

    /// Decides a record, and admits it if it is eligible.
    pub fn admit<'r>(&'r self, record: &'r Record) -> Admit<'r> {
        let decision = self.view.decide(record);
        match decision.verdict() {
            Verdict::Eligible => Admit::Yes(self.admission(record)),
            Verdict::Ineligible | Verdict::Indeterminate => Admit::No(decision),
        }
    }

    /// Decides every record, admits the eligible ones, and counts the others by ground.
    ///
    /// If two of the records have the same id, the admissions cannot enter any set.
    pub fn admit_all(&self, records: impl IntoIterator<Item = Record>) -> Admissions {
        let mut admissions = Admissions::new(&self.bound);
        for record in records {
            let decision = self.view.decide(&record);
            match decision.verdict() {
                Verdict::Eligible => {
                    let subjects = record.subjects().iter().map(|id| Who::Named(id.as_str()));
                    admissions.admit(self, &Row::of(&record), subjects);
                }
                Verdict::Ineligible | Verdict::Indeterminate => {
                    admissions.refuse(record.id(), decision.grounds());
                }
            }
        }
        admissions
    }

    /// Returns the admission of an eligible record.
    fn admission(&self, record: &Record) -> Admission {
        let turns = record.subjects().iter().map(|id| self.turns_of(id.as_str()));
        let admitted = Admitted {
            own: self.own_turns(&Row::of(record)),
            of_subjects: turns.collect(),
            record: record.clone(),
        };
        Admission(Box::new(Witness { bound: Arc::clone(&self.bound), admitted }))
    }

    /// Returns when a record has to be decided again because of its own creation, deletion or
    /// restrictions.
    pub(crate) fn own_turns(&self, row: &Row<'_>) -> Turns {
        let mut turns_at = FirstAfter::after(self.bound.as_of);
        let mut learned_at = FirstAfter::after(self.bound.known_at);
        turns_at.note(row.created_at);
        row.deleted_at.into_iter().for_each(|at| turns_at.note(at));
        of_restrictions(row.restrictions, &mut |instant| turns_at.note(instant));
        row.restrictions.iter().map(Restriction::recorded).for_each(|at| learned_at.note(at));
        Turns { turns_at: turns_at.found, learned_at: learned_at.found }
    }

    /// Returns when the records of a subject have to be decided again, though no fact about the
    /// subject changes.
    pub(crate) fn turns_of(&self, subject: &str) -> Turns {
        let Some(subject) = self.view.registry().get(subject) else { return Turns::default() };
        let mut turns_at = FirstAfter::after(self.bound.as_of);
        let mut learned_at = FirstAfter::after(self.bound.known_at);
        self.turns.of_subject(subject, &mut |instant| turns_at.note(instant));
        of_learning(subject, &mut |instant| learned_at.note(instant));
        Turns { turns_at: turns_at.found, learned_at: learned_at.found }
    }

    /// Returns the question that the gate asks.
    pub(crate) const fn bound(&self) -> &Arc<Bound> {
        &self.bound
    }

    /// Returns the instants at which the policy's decisions can change.
    pub(crate) const fn turns(&self) -> &Transitions {
        &self.turns
    }
}

/// The answer of a [`Gate`] about one record: an admission, or the decision against it.
///
/// ```
/// use may_train::{Policy, Record, Registry};
/// use may_train::ledger::{Admit, TrainingSet};
///
/// let (registry, policy) = (Registry::new(), Policy::shipped("linkedin")?);
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
/// let now = "2024-12-01".parse()?;
/// let gate = registry.gate(&policy, now, now);
/// let mut set = TrainingSet::new("run-1".parse()?, &gate);
/// match gate.admit(&record) {
///     Admit::Yes(admission) => set.enter(admission)?,
///     Admit::No(decision) => {
///         assert_eq!(decision.grounds().to_string(), "subject-unknown");
///         set.count_refused(&decision)?;
///     }
/// }
/// assert!(set.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "an admission admits nothing until it enters a training set"]
pub enum Admit<'a> {
    /// The record is eligible; the admission proves it.
    Yes(Admission),
    /// The record is not eligible; the decision tells why.
    No(Decision<'a>),
}

impl<'a> Admit<'a> {
    /// Returns the admission; `None` if the record is not eligible.
    #[must_use]
    pub fn admission(self) -> Option<Admission> {
        match self {
            Self::Yes(admission) => Some(admission),
            Self::No(_) => None,
        }
    }

    /// Returns the decision against the record; `None` if it is admitted.
    #[must_use]
    pub const fn decision(&self) -> Option<Decision<'a>> {
        match self {
            Self::Yes(_) => None,
            Self::No(decision) => Some(*decision),
        }
    }
}

/// An admitted record, and when it has to be decided again because of itself or of each subject.
pub(crate) struct Admitted {
    pub record: Record,
    pub own: Turns,
    pub of_subjects: Vec<Turns>,
}

/// A proof, held as a value, that a record is eligible and may enter a training set.
///
/// An admission is bound to the record, the cut-off, the instant of knowledge, and the digests of
/// policy and registry. A training set with another binding refuses it. Only a [`Gate`] makes one,
/// and only for an eligible record. It cannot be constructed otherwise, copied, or read from a
/// file.
///
/// ```
/// use may_train::{Policy, Record, Registry, Subject};
/// use may_train::ledger::TrainingSet;
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
/// let admission = registry.gate(&policy, now, now).admit(&record).admission().unwrap();
///
/// // The subject moves before the record enters. The admission is out of date.
/// registry.replace(subject.with_residence("FR".parse()?, "2024-11-01".parse()?));
/// let mut set = TrainingSet::new("run-1".parse()?, &registry.gate(&policy, now, now));
/// assert_eq!(set.enter(admission).unwrap_err().to_string(),
///     "the registry has changed since the set was opened; recheck the set first");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an admission admits nothing until it enters a training set"]
pub struct Admission(Box<Witness>);

/// The content of an admission.
struct Witness {
    bound: Arc<Bound>,
    admitted: Admitted,
}

impl Admission {
    /// Returns the record that it admits.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        self.0.admitted.record.id()
    }

    /// Returns the cut-off at which the record was decided.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.0.bound.as_of
    }

    /// Returns the instant of knowledge: facts recorded later did not count.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        self.0.bound.known_at
    }

    /// Returns the digest of the policy under which the record was decided.
    #[must_use]
    pub fn policy_digest(&self) -> Digest {
        self.0.bound.policy
    }

    /// Returns the digest of the registry over which the record was decided.
    #[must_use]
    pub fn registry_digest(&self) -> Digest {
        self.0.bound.registry.digest()
    }

    /// Returns the question that the admission answers.
    pub(crate) fn bound(&self) -> &Bound {
        &self.0.bound
    }

    /// Returns the record and its turns.
    pub(crate) const fn admitted(&self) -> &Admitted {
        &self.0.admitted
    }
}

/// A proof, held as a value, that many records are eligible, with counts of those that were
/// refused.
///
/// Only [`Gate::admit_all`] and [`FrozenGate::admit_all`] make one, with the guarantees of an
/// [`Admission`].
///
/// [`FrozenGate::admit_all`]: crate::ledger::FrozenGate::admit_all
#[must_use = "admissions admit nothing until they enter a training set"]
pub struct Admissions {
    bound: Arc<Bound>,
    admitted: Packed,
    /// The reason why the records cannot enter any set.
    problem: Option<MismatchError>,
    refused: Refused,
    refused_ids: Names,
}

impl Admissions {
    /// Returns admissions without records.
    pub(crate) fn new(bound: &Arc<Bound>) -> Self {
        Self {
            bound: Arc::clone(bound),
            admitted: Packed::default(),
            problem: None,
            refused: Refused::default(),
            refused_ids: Names::default(),
        }
    }

    /// Adds an eligible record. Returns the numbers of its subjects.
    pub(crate) fn admit<'s>(
        &mut self,
        gate: &Gate<'_>,
        row: &Row<'_>,
        subjects: impl Iterator<Item = Who<'s>>,
    ) -> &[u32] {
        if self.refused_ids.has(row.id) {
            self.problem = Some(MismatchError::Record);
            return &[];
        }
        let own = gate.own_turns(row);
        let subjects = subjects.map(|who| (who, ()));
        match self.admitted.push(row, own, subjects, |id, ()| gate.turns_of(id)) {
            Ok(place) => self.admitted.subjects_of(place.number()),
            Err(error) => {
                self.problem = Some(error.into());
                &[]
            }
        }
    }

    /// Counts a record that is not eligible.
    pub(crate) fn refuse(&mut self, id: &RecordId, grounds: Grounds) {
        match refuse(id.as_str(), &self.admitted.ids, &mut self.refused_ids) {
            Ok(()) => self.refused.count_grounds(grounds),
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// Returns the number of admitted records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.admitted.ids.len()
    }

    /// Returns whether no record is admitted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the question that the admissions answer.
    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }

    /// Returns the admitted records.
    pub(crate) const fn admitted(&self) -> &Packed {
        &self.admitted
    }

    /// Returns why the records cannot enter any set; `None` if they can.
    pub(crate) const fn problem(&self) -> Option<MismatchError> {
        self.problem
    }

    /// Returns the ids of the refused records.
    pub(crate) const fn refused_ids(&self) -> &Names {
        &self.refused_ids
    }

    /// Returns the admitted records, and the counts and ids of the refused ones.
    pub(crate) fn into_parts(self) -> (Packed, Refused, Names) {
        (self.admitted, self.refused, self.refused_ids)
    }
}

/// Adds the id of a refused record to `refused`.
///
/// # Errors
///
/// Fails if a record of that id was admitted or refused before, and if there are no more numbers.
pub(crate) fn refuse(id: &str, admitted: &Names, refused: &mut Names) -> Result<(), MismatchError> {
    if admitted.has(id) {
        return Err(MismatchError::Record);
    }
    match refused.insert(id) {
        Ok(Place::New(_)) => Ok(()),
        Ok(Place::Known(_)) => Err(MismatchError::Record),
        Err(_) => Err(MismatchError::Capacity),
    }
}

impl From<PackError> for MismatchError {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Second => Self::Record,
            PackError::Capacity => Self::Capacity,
        }
    }
}

// These are printed into logs, so that they are short and hold no fact about a person.

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound")
            .field("platform", &self.platform.as_str())
            .field("purpose", &self.purpose.as_str())
            .field("as_of", &self.as_of)
            .field("known_at", &self.known_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Gate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&self.view).finish()
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission")
            .field("record", &self.record().as_str())
            .field("bound", self.bound())
            .finish()
    }
}

impl fmt::Debug for Admissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admissions")
            .field("admitted", &self.len())
            .field("refused", &self.refused.records)
            .field("bound", self.bound())
            .finish_non_exhaustive()
    }
}

/// Counts of refused records, in all and by ground. A record can have several grounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refused {
    pub records: u64,
    pub grounds: BTreeMap<Ground, u64>,
}

impl Refused {
    /// Counts the record of a decision.
    pub(crate) fn count(&mut self, decision: &Decision<'_>) {
        self.count_grounds(decision.grounds());
    }

    /// Counts a record with these grounds.
    fn count_grounds(&mut self, grounds: Grounds) {
        self.records = self.records.saturating_add(1);
        for ground in grounds.iter() {
            self.add_to(ground, 1);
        }
    }

    /// Adds to the count of a ground.
    fn add_to(&mut self, ground: Ground, more: u64) {
        let count = self.grounds.entry(ground).or_default();
        *count = count.saturating_add(more);
    }

    /// Adds the counts of another.
    pub(crate) fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        for (ground, count) in other.grounds {
            self.add_to(ground, count);
        }
    }
}

/// The reason why an admission or a gate does not fit a training set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum MismatchError {
    /// The cut-offs differ.
    #[error("the admission is for another cut-off; decide at the cut-off of the set")]
    CutOff,
    /// The instants of knowledge differ.
    #[error("the admission is of what was known at another instant; decide as the set does")]
    KnownAt,
    /// The policies differ. A recheck gives this reason for another platform or purpose.
    #[error("the admission is under another policy; decide under the policy of the set")]
    Policy,
    /// The registries differ.
    #[error("the registry has changed since the set was opened; recheck the set first")]
    Registry,
    /// A record of the same id has entered before or was refused before.
    #[error("a record of that id was given already; give each record once")]
    Record,
    /// The set has no room for more records or subjects.
    #[error("more than 4,294,967,294 records or subjects; make several runs of them")]
    Capacity,
}
