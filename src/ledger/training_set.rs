//! Training sets that are being built: which records may enter, and which must leave before the
//! run.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::decision::decision::Decision;
use crate::decision::transitions::Agenda;
use crate::ledger::admission::{
    Admission, Admissions, Admit, Admitted, Bound, Gate, MismatchError, Refused, refuse,
};
use crate::ledger::packed::{Names, Packed, Row, Who};
use crate::ledger::run::{Parent, RunId, SealedRun};
use crate::people::record::Record;
use crate::values::ground::{Grounds, Verdict};
use crate::values::id::{RecordId, SubjectId};
use crate::values::time::Timestamp;

/// A training set that is being built: the records that a [`Gate`] admitted for one run.
///
/// Records enter only as an [`Admission`] or as [`Admissions`], by [`enter`](Self::enter) and
/// [`enter_all`](Self::enter_all). Between building the set and starting the run, people opt out,
/// move and leave: [`recheck`](Self::recheck) drops the records that are no longer eligible.
/// [`seal`](Self::seal) ends the building and returns a run that can no longer change.
///
/// The set takes one record of each id. It refuses a second one, even if it refused the first.
///
/// The set keeps what a recheck, a seal and an audit need, and shares what many records have in
/// common. Of a refused record it keeps the id. Its memory is linear in the records and subjects
/// that ever entered or were refused. It has room for 4,294,967,294 records.
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
///
/// let mut set = TrainingSet::new("run-1".parse()?, &gate);
/// set.enter(gate.admit(&record).admission().unwrap())?;
/// let twice = gate.admit(&record).admission().unwrap();
/// assert_eq!(set.enter(twice).unwrap_err().to_string(),
///     "a record of that id was given already; give each record once");
/// assert_eq!(set.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TrainingSet {
    run: RunId,
    builds_on: BTreeSet<Parent>,
    bound: Arc<Bound>,
    packed: Packed,
    /// The numbers of the records that were dropped.
    gone: RoaringBitmap,
    refused: Refused,
    /// The ids of the records that were refused.
    refused_ids: Names,
}

impl fmt::Debug for TrainingSet {
    /// Prints how many records are in the set, and no record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainingSet")
            .field("run", &self.run.as_str())
            .field("records", &self.len())
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}

/// The error of an admission that did not enter a training set. It hands the admission back.
#[derive(thiserror::Error)]
#[error("{mismatch}")]
pub struct EnterError<A = Admission> {
    admission: Box<A>,
    mismatch: MismatchError,
}

impl<A> EnterError<A> {
    /// Returns the first difference between the admission and the set.
    #[must_use]
    pub const fn mismatch(&self) -> MismatchError {
        self.mismatch
    }

    /// Returns the admission, unchanged.
    #[must_use]
    pub fn into_admission(self) -> A {
        *self.admission
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

/// The result of a recheck: the records that it dropped.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[must_use = "it says what was dropped"]
pub struct Recheck {
    dropped: Vec<Dropped>,
    redecided: usize,
}

/// A record that was dropped from a set, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Dropped {
    record: RecordId,
    grounds: Grounds,
    explanation: String,
}

impl Recheck {
    /// Returns the dropped records, in the order in which they entered the set.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Returns how many records the recheck decided again, because a fact about them may have
    /// changed.
    #[must_use]
    pub const fn redecided(&self) -> usize {
        self.redecided
    }
}

impl Dropped {
    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// Returns the grounds against the record, as decided by the recheck.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Returns the explanation of the decision, as sentences.
    #[must_use]
    pub fn explanation(&self) -> &str {
        &self.explanation
    }
}

impl TrainingSet {
    /// Returns an empty set for a run. It is bound to the gate's policy, registry, cut-off and
    /// instant of knowledge.
    #[must_use]
    pub fn new(run: RunId, gate: &Gate<'_>) -> Self {
        Self {
            run,
            builds_on: BTreeSet::new(),
            bound: Arc::clone(gate.bound()),
            packed: Packed::default(),
            gone: RoaringBitmap::new(),
            refused: Refused::default(),
            refused_ids: Names::default(),
        }
    }

    /// Returns the set with an earlier run as its parent: fine-tuning, continued training and
    /// distillation start from the model of that run.
    ///
    /// The ledger refuses a run whose parent it does not hold. [`Ledger::descendants`] then lists
    /// the models that learned from the parent's data, too.
    ///
    /// [`Ledger::descendants`]: crate::ledger::Ledger::descendants
    #[must_use]
    pub fn with_parent(mut self, parent: &SealedRun) -> Self {
        self.builds_on.insert(Parent::of(parent));
        self
    }

    /// Returns the earlier runs that the set builds on directly.
    #[must_use]
    pub const fn builds_on(&self) -> &BTreeSet<Parent> {
        &self.builds_on
    }

    /// Adds an admitted record. The set takes one record of each id: it refuses a second one, even
    /// if the two are equal, and even if it refused the first.
    ///
    /// # Errors
    ///
    /// Hands the admission back if its cut-off, instant of knowledge, policy or registry differs
    /// from the set's. Also if a record of that id is in the set or was refused, or if the set is
    /// full.
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
        let is_second = self.refused_ids.has(admission.record().as_str());
        let second = is_second.then_some(MismatchError::Record);
        let mismatch = self.bound.mismatch(admission.bound()).or(second);
        let entered = mismatch.map_or_else(|| self.take_in(admission.admitted()), Err);
        entered.map_err(|mismatch| EnterError { admission: Box::new(admission), mismatch })
    }

    /// Adds many admitted records, all or none, and counts the records that were refused with them.
    ///
    /// # Errors
    ///
    /// Fails as [`TrainingSet::enter`] does. Then no record has entered.
    pub fn enter_all(&mut self, admissions: Admissions) -> Result<(), EnterError<Admissions>> {
        let mismatch = self.bound.mismatch(admissions.bound()).or(admissions.problem());
        let mismatch = mismatch.or_else(|| self.clash(&admissions));
        if let Some(mismatch) = mismatch {
            return Err(EnterError { admission: Box::new(admissions), mismatch });
        }
        let (admitted, refused, refused_ids) = admissions.into_parts();
        if self.packed.places() == 0 {
            self.packed = admitted;
        } else {
            self.packed.take_in(&admitted);
        }
        self.refused.add(refused);
        self.refused_ids.take_in(refused_ids);
        Ok(())
    }

    /// Returns why not all of the records can enter; `None` if they can.
    fn clash(&self, admissions: &Admissions) -> Option<MismatchError> {
        let (admitted, refused) = (admissions.admitted(), admissions.refused_ids());
        let is_here = |name| [&self.packed.ids, &self.refused_ids].iter().any(|ids| ids.has(name));
        if admitted.ids.iter().chain(refused.iter()).any(is_here) {
            return Some(MismatchError::Record);
        }
        let has_room = self.packed.has_room_for(admitted) && self.refused_ids.has_room_for(refused);
        (!has_room).then_some(MismatchError::Capacity)
    }

    /// Counts a refused record, so that the sealed run can tell how many records were refused, and
    /// why. An eligible decision is not counted.
    ///
    /// # Errors
    ///
    /// Fails if a record of that id is in the set or was refused before. Then it is not counted.
    pub fn count_refused(&mut self, decision: &Decision<'_>) -> Result<(), MismatchError> {
        match decision.verdict() {
            Verdict::Eligible => {}
            Verdict::Ineligible | Verdict::Indeterminate => {
                let id = decision.record().id().as_str();
                refuse(id, &self.packed.ids, &mut self.refused_ids)?;
                self.refused.count(decision);
            }
        }
        Ok(())
    }

    /// Adds an admitted record. The caller has checked that its gate is the set's.
    fn take_in(&mut self, admitted: &Admitted) -> Result<(), MismatchError> {
        let Admitted { record, own, of_subjects } = admitted;
        let subjects = record.subjects().iter().map(|id| Who::Named(id.as_str())).zip(of_subjects);
        self.packed.push(&Row::of(record), *own, subjects, |_, turns| *turns)?;
        Ok(())
    }

    /// Returns the id of the run that the set is for.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// Returns the cut-off.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.bound.as_of
    }

    /// Returns the instant of knowledge: facts recorded later do not count.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        self.bound.known_at
    }

    /// Returns the number of records in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packed.ids.len()
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the record of an id; `None` if the set does not hold it.
    #[must_use]
    pub fn record(&self, id: &RecordId) -> Option<Record> {
        self.packed.ids.get(id.as_str()).and_then(|number| self.packed.record(number))
    }

    /// Returns the records, in the order in which they entered.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.numbers().filter_map(|number| self.packed.record(number))
    }

    /// Returns the numbers of the records in the set, ascending.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..).take(self.packed.places()).filter(|number| !self.gone.contains(*number))
    }

    /// Returns whether the set holds a record of the subject.
    #[must_use]
    pub fn uses_subject(&self, subject: &SubjectId) -> bool {
        self.packed.subjects.get(subject.as_str()).is_some_and(|number| self.uses(number))
    }

    /// Returns whether the set holds a record of a subject, given by its number.
    fn uses(&self, subject: u32) -> bool {
        self.packed.records_of(subject).any(|number| !self.gone.contains(number))
    }

    /// Decides again, under a new gate, every record about which a fact changed. Drops the records
    /// that are no longer eligible, and binds the set to that gate.
    ///
    /// Afterwards the set holds only records that the new gate admits. The set knows each record as
    /// it was when it entered. If a record has changed since, pass the new version to
    /// [`TrainingSet::replace`].
    ///
    /// # Cost
    ///
    /// The cost grows with the records of the subjects that changed, and with those that time or
    /// later knowledge touches (an opt-in expires, a restriction begins). Finding the changed
    /// subjects does not visit the others. Three things let the recheck decide every record: the
    /// policy changed; one of the policy's own dates lies between the two cut-offs; the cut-off or
    /// the instant of knowledge moved back. The call blocks its thread; see [`Gate`].
    ///
    /// # Errors
    ///
    /// Fails if the gate has another platform or another purpose. Then no record is dropped.
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
        let due = if is_any_suspect(&before, gate) {
            self.everything_due()
        } else {
            self.due(&before, &after)
        };
        let mut recheck = Recheck { dropped: Vec::new(), redecided: 0 };
        for number in due.decide {
            if self.gone.contains(number) {
                continue;
            }
            let Some(record) = self.packed.record(number) else { continue };
            recheck.redecided = recheck.redecided.saturating_add(1);
            let decision = gate.view().decide(&record);
            match decision.verdict() {
                Verdict::Eligible => {}
                Verdict::Ineligible | Verdict::Indeterminate => {
                    self.forget(record.id());
                    recheck.dropped.push(self.dropped(record.id(), &decision));
                }
            }
        }
        for subject in due.subjects {
            let turns = gate.turns_of(self.packed.subjects.name(subject));
            self.packed.by_subject.enter(subject, turns.turns_at, turns.learned_at);
        }
        for number in due.records {
            let Some(row) = self.packed.row(number) else { continue };
            let turns = gate.own_turns(&row);
            self.packed.by_record.enter(number, turns.turns_at, turns.learned_at);
        }
        self.bound = after;
        Ok(recheck)
    }

    /// Removes a record. Returns whether the set held it.
    fn forget(&mut self, id: &RecordId) -> bool {
        let number = self.packed.ids.forget(id.as_str());
        number.is_some_and(|number| self.gone.insert(number))
    }

    /// Replaces the record of the same id, because it was deleted, restricted or corrected since it
    /// entered. Decides the new version, and drops it if it is not eligible.
    ///
    /// Returns the dropped record. Returns `None` if the new version stays in the set. A record
    /// that the set does not hold stays out, and the method returns `None`, too.
    ///
    /// # Errors
    ///
    /// Fails if the gate's cut-off, instant of knowledge, policy or registry differs from the
    /// set's. Then the set is unchanged; recheck it first. Fails if the set is full. Then the
    /// record has left the set.
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
        if !self.forget(record.id()) {
            return Ok(None);
        }
        match gate.admit(record) {
            // The new version gets a new number, because its subjects may differ.
            Admit::Yes(admission) => self.take_in(admission.admitted()).map(|()| None),
            Admit::No(decision) => Ok(Some(self.dropped(record.id(), &decision))),
        }
    }

    /// Counts a refused record, and returns it with its grounds and explanation.
    fn dropped(&mut self, record: &RecordId, decision: &Decision<'_>) -> Dropped {
        self.refused.count(decision);
        Dropped {
            record: record.clone(),
            grounds: decision.grounds(),
            explanation: decision.explanation().to_string(),
        }
    }

    /// Finds the records to decide again: those of subjects that changed, and those whose next turn
    /// has passed.
    fn due(&mut self, before: &Bound, after: &Bound) -> Due {
        let (as_of, known_at) = (after.as_of, Some(after.known_at));
        let changed = before.registry.differing(&after.registry).into_iter();
        let changed = changed.filter_map(|id| self.packed.subjects.get(id.as_str()));
        let mut subjects: Vec<u32> = changed.collect();
        subjects.extend(self.packed.by_subject.take(as_of, known_at));
        subjects.sort_unstable();
        subjects.dedup();
        let mut records = self.packed.by_record.take(as_of, known_at);
        records.sort_unstable();
        records.dedup();
        let of_subjects = subjects.iter().flat_map(|subject| self.packed.records_of(*subject));
        let mut decide: Vec<u32> = of_subjects.chain(records.iter().copied()).collect();
        decide.sort_unstable();
        decide.dedup();
        Due { decide, subjects, records }
    }

    /// Returns every record, subject and restricted record as due, and clears both agendas.
    fn everything_due(&mut self) -> Due {
        self.packed.by_subject = Agenda::default();
        self.packed.by_record = Agenda::default();
        Due {
            decide: self.numbers().collect(),
            subjects: (0..).take(self.packed.subjects.places()).collect(),
            records: self.packed.with_more().collect(),
        }
    }

    /// Ends the building and returns the sealed run. No record can enter or leave it any more.
    #[must_use]
    pub fn seal(self) -> SealedRun {
        let packed = &self.packed;
        let subjects = (0..).take(packed.subjects.places()).filter(|subject| self.uses(*subject));
        let subjects = subjects.map(|subject| packed.subjects.name(subject));
        let records = self.numbers().map(|number| packed.ids.name(number));
        let builds_on = self.builds_on.clone();
        SealedRun::new(&self.run, builds_on, &self.bound, &self.refused, records, subjects)
    }
}

/// The work of a recheck, by number.
struct Due {
    /// The records to decide, ascending.
    decide: Vec<u32>,
    /// The subjects and the records that get a new entry in their agenda.
    subjects: Vec<u32>,
    records: Vec<u32>,
}

/// Returns whether a recheck has to decide every record.
fn is_any_suspect(before: &Bound, gate: &Gate<'_>) -> bool {
    let after = gate.bound();
    let set_back = after.as_of < before.as_of || after.known_at < before.known_at;
    let policy_changed = after.policy != before.policy;
    set_back || policy_changed || gate.turns().is_any_between(before.as_of, after.as_of)
}
