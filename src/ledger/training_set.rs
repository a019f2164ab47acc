//! Training sets in the making: what may enter, and what must leave before the run.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crate::decision::decision::Decision;
use crate::decision::transitions::Agenda;
use crate::ledger::admission::{
    Admission, Admissions, Admit, Admitted, Bound, Gate, MismatchError, Refused,
};
use crate::ledger::run::{RunId, SealedRun};
use crate::people::record::Record;
use crate::values::ground::{Grounds, Verdict};
use crate::values::id::{RecordId, SubjectId};
use crate::values::time::Timestamp;

/// A training set that is being built: the records that were admitted for one run.
///
/// [`TrainingSet::enter`] is the only way in, and it takes an [`Admission`]. Between building the set
/// and starting the run people opt out, move and leave: [`TrainingSet::recheck`] drops what no longer
/// stands. [`TrainingSet::seal`] ends the building; what it gives can no longer change.
pub struct TrainingSet {
    run: RunId,
    bound: Arc<Bound>,
    /// By slot; nothing where a record was dropped.
    records: Vec<Option<Record>>,
    slots: HashMap<RecordId, usize>,
    /// The slots of each subject's records.
    subjects: HashMap<SubjectId, Vec<usize>>,
    agenda: Agenda<usize>,
    refused: Refused,
}

impl fmt::Debug for TrainingSet {
    /// Prints how many records are in, and nothing of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainingSet")
            .field("run", &self.run.as_str())
            .field("records", &self.len())
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

/// Why an admission did not enter a training set. It hands the admission back.
#[derive(thiserror::Error)]
#[error("{mismatch}")]
pub struct EnterError<A = Admission> {
    admission: A,
    mismatch: MismatchError,
}

impl<A> EnterError<A> {
    /// Returns where the admission and the set differ.
    #[must_use]
    pub const fn mismatch(&self) -> MismatchError {
        self.mismatch
    }

    /// Returns the admission, as it was.
    pub fn into_admission(self) -> A {
        self.admission
    }
}

impl<A> fmt::Debug for EnterError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EnterError").field(&self.mismatch).finish()
    }
}

impl<A> From<EnterError<A>> for MismatchError {
    fn from(error: EnterError<A>) -> Self {
        error.mismatch
    }
}

/// What a recheck came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[must_use = "it says what was dropped"]
pub struct Recheck {
    dropped: Vec<Dropped>,
    redecided: usize,
}

/// A record that was dropped from a set, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Dropped {
    record: RecordId,
    grounds: Grounds,
    explanation: String,
}

impl Recheck {
    /// The records that no longer stand, in the order in which they entered.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// How many records were decided anew: those about which something is different.
    #[must_use]
    pub const fn redecided(&self) -> usize {
        self.redecided
    }
}

impl Dropped {
    /// The record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// What stands against it now.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// The sentences of the decision's explanation.
    #[must_use]
    pub fn explanation(&self) -> &str {
        &self.explanation
    }
}

impl TrainingSet {
    /// An empty set for a run, bound to what the gate is bound to.
    #[must_use]
    pub fn new(run: RunId, gate: &Gate<'_>) -> Self {
        Self {
            run,
            bound: Arc::clone(gate.bound()),
            records: Vec::new(),
            slots: HashMap::new(),
            subjects: HashMap::new(),
            agenda: Agenda::default(),
            refused: Refused::default(),
        }
    }

    /// Lets an admitted record in. One id is one record: a second of that id is refused, even an
    /// equal one.
    ///
    /// # Errors
    ///
    /// Hands back an admission for another cut-off, of another instant of knowledge, under another
    /// policy or over another registry, and one of a second record with the id of one that is in.
    ///
    /// ```
    /// use may_train::{Policy, Record, Registry, Subject};
    /// use may_train::ledger::{MismatchError, TrainingSet};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?)
    ///     .with_birth("1990".parse()?)
    ///     .with_residence("US".parse()?, "2019-01-01".parse()?))?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .with_subject("u1".parse()?);
    /// let gate = |as_of: &str| {
    ///     let as_of = as_of.parse()?;
    ///     Ok::<_, may_train::ValueError>(registry.gate(&policy, as_of, as_of))
    /// };
    ///
    /// let mut set = TrainingSet::new("run-1".parse()?, &gate("2024-12-01")?);
    /// let admission = gate("2024-12-02")?.admit(&record).admission().unwrap();
    /// let error = set.enter(admission).unwrap_err();
    /// assert_eq!(error.mismatch(), MismatchError::CutOff);
    /// assert_eq!(error.into_admission().record(), record.id()); // handed back, not lost
    /// assert!(set.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enter(&mut self, admission: Admission) -> Result<(), EnterError> {
        if let Some(mismatch) = self.mismatch(admission.bound(), [admission.admitted()]) {
            return Err(EnterError { admission, mismatch });
        }
        self.take_in(admission.into_admitted());
        Ok(())
    }

    /// Lets many admitted records in, all or none, and counts those that were refused beside them.
    ///
    /// # Errors
    ///
    /// As [`TrainingSet::enter`]; then none has entered.
    pub fn enter_all(&mut self, admissions: Admissions) -> Result<(), EnterError<Admissions>> {
        if let Some(mismatch) = self.mismatch(admissions.bound(), admissions.admitted()) {
            return Err(EnterError { admission: admissions, mismatch });
        }
        let (admitted, refused) = admissions.into_parts();
        self.records.reserve(admitted.len());
        self.slots.reserve(admitted.len());
        for admitted in admitted {
            self.take_in(admitted);
        }
        self.refused.add(refused);
        Ok(())
    }

    /// Counts a record that did not enter, for the run to tell how many there were and why; a
    /// decision that is eligible counts for nothing.
    pub fn count_refused(&mut self, decision: &Decision<'_>) {
        match decision.verdict() {
            Verdict::Eligible => {}
            Verdict::Ineligible | Verdict::Indeterminate => self.refused.count(decision),
        }
    }

    /// Decides anew, as of the start of the run, on every record about which something is
    /// different, and drops what no longer stands. From then on the set is bound to that gate.
    ///
    /// What is left are the records that the gate admits. The cost is that of finding the subjects
    /// that changed, which does not look at the others, and of deciding on their records and on
    /// those that time or later knowledge touches (an opt-in expires, a restriction begins). Every
    /// record is decided anew only where the policy changed or turned, or a clock was set back.
    ///
    /// The set knows its records as they entered; of one that is another since, it learns by
    /// [`TrainingSet::replace`].
    ///
    /// # Errors
    ///
    /// Where the gate is one of another platform or purpose; then nothing is dropped.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};
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
    ///
    /// let built = "2024-12-01".parse()?;
    /// let gate = registry.gate(&policy, built, built);
    /// let mut set = TrainingSet::new("run-1".parse()?, &gate);
    /// set.enter(gate.admit(&record).admission().unwrap())?;
    ///
    /// let purpose = policy.purpose().clone();
    /// let opted_out = "2024-12-02".parse()?;
    /// registry.replace(subject.with_choice(Choice::OptOut, ChosenBy::Subject, purpose, opted_out));
    /// let start = "2024-12-03".parse()?;
    /// let recheck = set.recheck(&registry.gate(&policy, start, start))?;
    /// assert_eq!(recheck.dropped()[0].explanation(),
    ///     "ineligible: the subject opted out on 2024-12-02");
    /// assert!(set.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recheck(&mut self, gate: &Gate<'_>) -> Result<Recheck, MismatchError> {
        let (before, after) = (Arc::clone(&self.bound), Arc::clone(gate.bound()));
        if before.platform != after.platform || before.purpose != after.purpose {
            return Err(MismatchError::Policy);
        }
        let suspects = if is_any_suspect(&before, gate) {
            self.agenda = Agenda::default();
            (0..self.records.len()).collect()
        } else {
            self.suspects(&before, &after)
        };
        let mut recheck = Recheck { dropped: Vec::new(), redecided: 0 };
        for slot in suspects {
            let Some(record) = self.records.get_mut(slot).and_then(Option::take) else { continue };
            recheck.redecided = recheck.redecided.saturating_add(1);
            match gate.admit(&record) {
                Admit::Yes(admission) => {
                    let admitted = admission.into_admitted();
                    self.schedule(slot, &admitted);
                    if let Some(place) = self.records.get_mut(slot) {
                        *place = Some(admitted.record);
                    }
                }
                Admit::No(decision) => {
                    self.slots.remove(record.id());
                    recheck.dropped.push(self.dropped(record.id(), &decision));
                }
            }
        }
        self.bound = after;
        Ok(recheck)
    }

    /// Puts a record in the place of the one with its id, because it was deleted, restricted or
    /// corrected since it entered: decides on it anew, and drops it where it no longer may be in.
    /// One that is not in stays out.
    ///
    /// # Errors
    ///
    /// Where the gate is not bound to what the set is bound to; recheck the set first. Then nothing
    /// has changed.
    ///
    /// ```
    /// use may_train::{Policy, Record, Registry, Subject};
    /// use may_train::ledger::TrainingSet;
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?)
    ///     .with_birth("1990".parse()?)
    ///     .with_residence("US".parse()?, "2019-01-01".parse()?))?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .with_subject("u1".parse()?);
    /// let now = "2024-12-01".parse()?;
    /// let gate = registry.gate(&policy, now, now);
    /// let mut set = TrainingSet::new("run-1".parse()?, &gate);
    /// set.enter(gate.admit(&record).admission().unwrap())?;
    ///
    /// let dropped = set.replace(&record.with_deletion(now), &gate)?.unwrap();
    /// assert_eq!(dropped.grounds().to_string(), "record-deleted");
    /// assert!(set.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(
        &mut self,
        record: &Record,
        gate: &Gate<'_>,
    ) -> Result<Option<Dropped>, MismatchError> {
        if let Some(mismatch) = self.bound.mismatch(gate.bound()) {
            return Err(mismatch);
        }
        let Some(slot) = self.slots.remove(record.id()) else { return Ok(None) };
        if let Some(place) = self.records.get_mut(slot) {
            *place = None;
        }
        match gate.admit(record) {
            // It enters anew: it may be of other subjects than before.
            Admit::Yes(admission) => {
                self.take_in(admission.into_admitted());
                Ok(None)
            }
            Admit::No(decision) => Ok(Some(self.dropped(record.id(), &decision))),
        }
    }

    /// Ends the building: from here on nothing enters and nothing leaves.
    #[must_use]
    pub fn seal(self) -> SealedRun {
        let subjects = self.subjects.iter().filter(|(_, slots)| self.is_any_filled(slots));
        let subjects = subjects.map(|(id, _)| id.as_str());
        let records = self.slots.keys().map(RecordId::as_str);
        SealedRun::new(&self.run, &self.bound, &self.refused, records, subjects)
    }

    /// The run that the set is for.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// The cut-off.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.bound.as_of
    }

    /// Up to when facts counted as known.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        self.bound.known_at
    }

    /// How many records are in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether no record is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The record of that id, if it is in.
    #[must_use]
    pub fn record(&self, id: &RecordId) -> Option<&Record> {
        self.slots.get(id).and_then(|slot| self.records.get(*slot)).and_then(Option::as_ref)
    }

    /// The records, in the order in which they entered.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().flatten()
    }

    /// Whether a record of the subject is in.
    #[must_use]
    pub fn uses_subject(&self, subject: &SubjectId) -> bool {
        self.subjects.get(subject).is_some_and(|slots| self.is_any_filled(slots))
    }

    fn mismatch<'a>(
        &self,
        bound: &Bound,
        admitted: impl IntoIterator<Item = &'a Admitted>,
    ) -> Option<MismatchError> {
        self.bound.mismatch(bound).or_else(|| {
            let mut seen: HashSet<&RecordId> = HashSet::new();
            let mut ids = admitted.into_iter().map(|Admitted { record, .. }| record.id());
            ids.any(|id| self.slots.contains_key(id) || !seen.insert(id))
                .then_some(MismatchError::Record)
        })
    }

    fn take_in(&mut self, admitted: Admitted) {
        let slot = self.records.len();
        self.schedule(slot, &admitted);
        for id in admitted.record.subjects() {
            match self.subjects.get_mut(id) {
                Some(slots) => slots.push(slot),
                None => _ = self.subjects.insert(id.clone(), vec![slot]),
            }
        }
        self.slots.insert(admitted.record.id().clone(), slot);
        self.records.push(Some(admitted.record));
    }

    /// Notes when the record has to be looked at again, though nothing about it changes.
    fn schedule(&mut self, slot: usize, admitted: &Admitted) {
        self.agenda.enter(slot, admitted.turns_at, admitted.learned_at);
    }

    fn is_any_filled(&self, slots: &[usize]) -> bool {
        slots.iter().any(|slot| self.records.get(*slot).is_some_and(Option::is_some))
    }

    fn dropped(&mut self, record: &RecordId, decision: &Decision<'_>) -> Dropped {
        self.refused.count(decision);
        Dropped {
            record: record.clone(),
            grounds: decision.grounds(),
            explanation: decision.explanation().to_string(),
        }
    }

    /// The slots about which something is different: of subjects that changed, and those that have
    /// been due since.
    fn suspects(&mut self, before: &Bound, after: &Bound) -> BTreeSet<usize> {
        let changed = before.registry.differing(&after.registry);
        let slots = changed.into_iter().filter_map(|id| self.subjects.get(id));
        let mut suspects: BTreeSet<usize> = slots.flatten().copied().collect();
        suspects.extend(self.agenda.take(after.as_of, Some(after.known_at)));
        suspects
    }
}

/// Whether every record is to be decided anew.
fn is_any_suspect(before: &Bound, gate: &Gate<'_>) -> bool {
    let after = gate.bound();
    let set_back = after.as_of < before.as_of || after.known_at < before.known_at;
    let policy_changed = after.policy != before.policy;
    set_back || policy_changed || gate.turns().is_any_between(before.as_of, after.as_of)
}
