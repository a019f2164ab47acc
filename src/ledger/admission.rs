//! Admissions: the witnesses that a record may enter a training set, and the gate that makes them.

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

/// A view that makes admissions: a registry under a policy, at a cut-off, as known at an instant,
/// with the digests of both.
///
/// The instant up to which facts count as known has to be given (it usually is the present), because
/// nobody can later re-decide "as known then" without it.
///
/// # Cost
///
/// Opening the first gate of a registry hashes every subject: about 2.6 s for a million subjects. Any
/// later one costs by what has changed since. To decide on a record costs a microsecond or so.
/// Whoever has columns decides faster by [`Gate::freeze`].
///
/// Everything here computes, and waits for nothing: inside an async runtime, open the first gate,
/// admit in bulk and recheck on a thread for blocking work (`tokio::task::spawn_blocking`), or each
/// other task of that thread waits for as long.
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

/// What an admission is bound to: all of a decision but the record.
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
    /// Where what another is bound to differs from this.
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
    /// Opens the gate to training sets with this cut-off, as far as known at an instant.
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
    /// The view that decides.
    #[must_use]
    pub const fn view(&self) -> View<'a> {
        self.view
    }

    /// Decides on the record, and admits it where nothing stands against it.
    pub fn admit<'r>(&'r self, record: &'r Record) -> Admit<'r> {
        let decision = self.view.decide(record);
        match decision.verdict() {
            Verdict::Eligible => Admit::Yes(self.admission(record)),
            Verdict::Ineligible | Verdict::Indeterminate => Admit::No(decision),
        }
    }

    /// Decides on every record, admits those against which nothing stands, and counts the others.
    ///
    /// The witness for bulk: what one [`Admission`] is for a record, [`Admissions`] are for many.
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

    fn admission(&self, record: &Record) -> Admission {
        let turns = record.subjects().iter().map(|id| self.turns_of(id.as_str()));
        let admitted = Admitted {
            own: self.own_turns(&Row::of(record)),
            of_subjects: turns.collect(),
            record: record.clone(),
        };
        Admission(Box::new(Witness { bound: Arc::clone(&self.bound), admitted }))
    }

    /// When a record has to be decided anew because of what it says of itself.
    pub(crate) fn own_turns(&self, row: &Row<'_>) -> Turns {
        let mut turns_at = FirstAfter::after(self.bound.as_of);
        let mut learned_at = FirstAfter::after(self.bound.known_at);
        turns_at.note(row.created_at);
        row.deleted_at.into_iter().for_each(|at| turns_at.note(at));
        of_restrictions(row.restrictions, &mut |instant| turns_at.note(instant));
        row.restrictions.iter().map(Restriction::recorded).for_each(|at| learned_at.note(at));
        Turns { turns_at: turns_at.found, learned_at: learned_at.found }
    }

    /// When the records of a subject have to be decided anew, though nothing about them changes.
    pub(crate) fn turns_of(&self, subject: &str) -> Turns {
        let Some(subject) = self.view.registry().get(subject) else { return Turns::default() };
        let mut turns_at = FirstAfter::after(self.bound.as_of);
        let mut learned_at = FirstAfter::after(self.bound.known_at);
        self.turns.of_subject(subject, &mut |instant| turns_at.note(instant));
        of_learning(subject, &mut |instant| learned_at.note(instant));
        Turns { turns_at: turns_at.found, learned_at: learned_at.found }
    }

    pub(crate) const fn bound(&self) -> &Arc<Bound> {
        &self.bound
    }

    pub(crate) const fn turns(&self) -> &Transitions {
        &self.turns
    }
}

/// The answer of a [`Gate`] about one record.
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
    /// The record is eligible: the witness of it.
    Yes(Admission),
    /// The record is not eligible: the decision, which tells why.
    No(Decision<'a>),
}

impl<'a> Admit<'a> {
    /// Returns the admission; `None` where the record is not eligible.
    #[must_use]
    pub fn admission(self) -> Option<Admission> {
        match self {
            Self::Yes(admission) => Some(admission),
            Self::No(_) => None,
        }
    }

    /// Returns the decision against the record; `None` where it is admitted.
    #[must_use]
    pub const fn decision(&self) -> Option<Decision<'a>> {
        match self {
            Self::Yes(_) => None,
            Self::No(decision) => Some(*decision),
        }
    }
}

/// A record that was admitted, and when it and each of its subjects have to be looked at again.
pub(crate) struct Admitted {
    pub record: Record,
    pub own: Turns,
    pub of_subjects: Vec<Turns>,
}

/// The witness that a record was decided and may enter a training set.
///
/// Bound to the record, the cut-off, what was known, the policy's and the registry's digest. Only a
/// [`Gate`] makes one, and only of an eligible decision; there is no other constructor, it cannot be
/// copied and it cannot be read from a file.
#[must_use = "an admission admits nothing until it enters a training set"]
pub struct Admission(Box<Witness>);

struct Witness {
    bound: Arc<Bound>,
    admitted: Admitted,
}

impl Admission {
    /// The record that it admits.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        self.0.admitted.record.id()
    }

    /// The cut-off at which the record was decided.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.0.bound.as_of
    }

    /// Up to when facts counted as known.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        self.0.bound.known_at
    }

    /// The digest of the policy that decided.
    #[must_use]
    pub fn policy_digest(&self) -> Digest {
        self.0.bound.policy
    }

    /// The digest of the registry that was decided over.
    #[must_use]
    pub fn registry_digest(&self) -> Digest {
        self.0.bound.registry.digest()
    }

    pub(crate) fn bound(&self) -> &Bound {
        &self.0.bound
    }

    pub(crate) const fn admitted(&self) -> &Admitted {
        &self.0.admitted
    }
}

/// The witness that many records were decided: those that may enter, and how many may not, and why.
///
/// Made by [`Gate::admit_all`] and [`FrozenGate::admit_all`] alone, under the guarantees of an
/// [`Admission`].
///
/// [`FrozenGate::admit_all`]: crate::ledger::FrozenGate::admit_all
#[must_use = "admissions admit nothing until they enter a training set"]
pub struct Admissions {
    bound: Arc<Bound>,
    admitted: Packed,
    /// Why they cannot enter any set.
    problem: Option<MismatchError>,
    refused: Refused,
    refused_ids: Names,
}

impl Admissions {
    pub(crate) fn new(bound: &Arc<Bound>) -> Self {
        Self {
            bound: Arc::clone(bound),
            admitted: Packed::default(),
            problem: None,
            refused: Refused::default(),
            refused_ids: Names::default(),
        }
    }

    /// Takes in a record that is eligible; gives the numbers of its subjects here.
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

    /// How many records it admits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.admitted.ids.len()
    }

    /// Whether it admits none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn bound(&self) -> &Bound {
        &self.bound
    }

    pub(crate) const fn admitted(&self) -> &Packed {
        &self.admitted
    }

    pub(crate) const fn problem(&self) -> Option<MismatchError> {
        self.problem
    }

    pub(crate) const fn refused_ids(&self) -> &Names {
        &self.refused_ids
    }

    pub(crate) fn into_parts(self) -> (Packed, Refused, Names) {
        (self.admitted, self.refused, self.refused_ids)
    }
}

/// Notes the id of a record that is refused, which no other record has that was decided before.
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

// Short, and without what is known of anybody: these are printed into logs.

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
            .finish()
    }
}

/// How many records were refused, and on which grounds; a record may have several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refused {
    pub records: u64,
    pub grounds: BTreeMap<Ground, u64>,
}

impl Refused {
    pub(crate) fn count(&mut self, decision: &Decision<'_>) {
        self.count_grounds(decision.grounds());
    }

    fn count_grounds(&mut self, grounds: Grounds) {
        self.records = self.records.saturating_add(1);
        for ground in grounds.iter() {
            self.add_to(ground, 1);
        }
    }

    fn add_to(&mut self, ground: Ground, more: u64) {
        let count = self.grounds.entry(ground).or_default();
        *count = count.saturating_add(more);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        for (ground, count) in other.grounds {
            self.add_to(ground, count);
        }
    }
}

/// Why an admission is not one for a training set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum MismatchError {
    /// The cut-offs differ.
    #[error("the admission is for another cut-off; decide at the cut-off of the set")]
    CutOff,
    /// What counts as known differs.
    #[error("the admission is of what was known at another instant; decide as the set does")]
    KnownAt,
    /// The policies differ in what they decide.
    #[error("the admission is under another policy; decide under the policy of the set")]
    Policy,
    /// The registries differ.
    #[error("the registry has changed since the set was opened; recheck the set first")]
    Registry,
    /// A record of the same id has entered before, or was refused.
    #[error("a record of that id was given already; give each record once")]
    Record,
    /// There are no more numbers.
    #[error("more than 4,294,967,294 records or subjects; make several runs of them")]
    Capacity,
}
