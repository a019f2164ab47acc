//! Training sets in the making: what may enter, and what must leave before the run.

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

/// A training set that is being built: the records that were admitted for one run.
///
/// [`TrainingSet::enter`] is the only way in, and it takes an [`Admission`]. Between building the set
/// and starting the run people opt out, move and leave: [`TrainingSet::recheck`] drops what no longer
/// stands. [`TrainingSet::seal`] ends the building; what it gives can no longer change.
///
/// It keeps of a record what a recheck, a seal and an audit need, and codes for what many have in
/// common: about 50 bytes beside its identifier, and 40 for each subject. Of a record that was refused
/// it keeps the identifier, so that no second record of that id enters. There is room for
/// 4,294,967,294 records.
pub struct TrainingSet {
    run: RunId,
    builds_on: BTreeSet<Parent>,
    bound: Arc<Bound>,
    packed: Packed,
    /// The numbers of the records that were dropped.
    gone: RoaringBitmap,
    refused: Refused,
    /// Of the records that were refused.
    refused_ids: Names,
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
            builds_on: BTreeSet::new(),
            bound: Arc::clone(gate.bound()),
            packed: Packed::default(),
            gone: RoaringBitmap::new(),
            refused: Refused::default(),
            refused_ids: Names::default(),
        }
    }

    /// The run builds on the model of an earlier one: fine-tuning, continued training, distillation.
    ///
    /// The ledger refuses a run whose parent it does not hold. [`Ledger::descendants`] then tells
    /// which models have learned from the parent's data, too.
    ///
    /// [`Ledger::descendants`]: crate::ledger::Ledger::descendants
    #[must_use]
    pub fn with_parent(mut self, parent: &SealedRun) -> Self {
        self.builds_on.insert(Parent::of(parent));
        self
    }

    /// The earlier runs that it builds on directly.
    #[must_use]
    pub const fn builds_on(&self) -> &BTreeSet<Parent> {
        &self.builds_on
    }

    /// Lets an admitted record in. One id is one record: a second of that id is refused, even an
    /// equal one, and even where the first was refused.
    ///
    /// # Errors
    ///
    /// Hands back an admission for another cut-off, of another instant of knowledge, under another
    /// policy or over another registry, and one of a second record with the id of one that is in or was
    /// refused.
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
        entered.map_err(|mismatch| EnterError { admission, mismatch })
    }

    /// Lets many admitted records in, all or none, and counts those that were refused beside them.
    ///
    /// # Errors
    ///
    /// As [`TrainingSet::enter`]; then none has entered.
    pub fn enter_all(&mut self, admissions: Admissions) -> Result<(), EnterError<Admissions>> {
        let mismatch = self.bound.mismatch(admissions.bound()).or(admissions.problem());
        let mismatch = mismatch.or_else(|| self.clash(&admissions));
        if let Some(mismatch) = mismatch {
            return Err(EnterError { admission: admissions, mismatch });
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

    /// Why not all of the records can enter.
    fn clash(&self, admissions: &Admissions) -> Option<MismatchError> {
        let (admitted, refused) = (admissions.admitted(), admissions.refused_ids());
        let is_here = |name| [&self.packed.ids, &self.refused_ids].iter().any(|ids| ids.has(name));
        if admitted.ids.iter().chain(refused.iter()).any(is_here) {
            return Some(MismatchError::Record);
        }
        let has_room = self.packed.has_room_for(admitted) && self.refused_ids.has_room_for(refused);
        (!has_room).then_some(MismatchError::Capacity)
    }

    /// Counts a record that did not enter, for the run to tell how many there were and why; a
    /// decision that is eligible counts for nothing.
    ///
    /// # Errors
    ///
    /// For a second record with the id of one that is in or was refused; it is not counted.
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

    fn take_in(&mut self, admitted: &Admitted) -> Result<(), MismatchError> {
        let Admitted { record, own, of_subjects } = admitted;
        let subjects = record.subjects().iter().map(|id| Who::Named(id.as_str())).zip(of_subjects);
        self.packed.push(&Row::of(record), *own, subjects, |_, turns| *turns)?;
        Ok(())
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
        self.packed.ids.len()
    }

    /// Whether no record is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record of that id, if it is in.
    #[must_use]
    pub fn record(&self, id: &RecordId) -> Option<Record> {
        self.packed.ids.get(id.as_str()).and_then(|number| self.packed.record(number))
    }

    /// The records, in the order in which they entered.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.numbers().filter_map(|number| self.packed.record(number))
    }

    /// The numbers of the records that are in.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..).take(self.packed.places()).filter(|number| !self.gone.contains(*number))
    }

    /// Whether a record of the subject is in.
    #[must_use]
    pub fn uses_subject(&self, subject: &SubjectId) -> bool {
        self.packed.subjects.get(subject.as_str()).is_some_and(|number| self.uses(number))
    }

    fn uses(&self, subject: u32) -> bool {
        self.packed.records_of(subject).any(|number| !self.gone.contains(number))
    }

    /// Decides anew, as of the start of the run, on every record about which something is
    /// different, and drops what no longer stands. From then on the set is bound to that gate.
    ///
    /// What is left are the records that the gate admits. The cost is that of finding the subjects
    /// that changed, which does not look at the others, and of deciding on their records and on
    /// those that time or later knowledge touches (an opt-in expires, a restriction begins). Every
    /// record is decided anew only where the policy changed or turned, or a clock was set back.
    ///
    /// In numbers: a change of one subject among a million is found and decided in well under a
    /// millisecond. Where every record is decided anew, it takes about as long as admitting them one
    /// by one, a few microseconds each. It blocks the thread for as long; see [`Gate`].
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

    /// Takes a record out; gives whether it was in.
    fn forget(&mut self, id: &RecordId) -> bool {
        let number = self.packed.ids.forget(id.as_str());
        number.is_some_and(|number| self.gone.insert(number))
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
        if !self.forget(record.id()) {
            return Ok(None);
        }
        match gate.admit(record) {
            // It enters anew: it may be of other subjects than before.
            Admit::Yes(admission) => self.take_in(admission.admitted()).map(|()| None),
            Admit::No(decision) => Ok(Some(self.dropped(record.id(), &decision))),
        }
    }

    fn dropped(&mut self, record: &RecordId, decision: &Decision<'_>) -> Dropped {
        self.refused.count(decision);
        Dropped {
            record: record.clone(),
            grounds: decision.grounds(),
            explanation: decision.explanation().to_string(),
        }
    }

    /// The records about which something is different: of subjects that changed, and those that
    /// have been due since.
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

    fn everything_due(&mut self) -> Due {
        self.packed.by_subject = Agenda::default();
        self.packed.by_record = Agenda::default();
        Due {
            decide: self.numbers().collect(),
            subjects: (0..).take(self.packed.subjects.places()).collect(),
            records: self.packed.with_more().collect(),
        }
    }

    /// Ends the building: from here on nothing enters and nothing leaves.
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

/// What a recheck has to look at, by number.
struct Due {
    /// The records to decide on, ascending.
    decide: Vec<u32>,
    /// The subjects, and the records, to enter anew for their next turn.
    subjects: Vec<u32>,
    records: Vec<u32>,
}

/// Whether every record is to be decided anew.
fn is_any_suspect(before: &Bound, gate: &Gate<'_>) -> bool {
    let after = gate.bound();
    let set_back = after.as_of < before.as_of || after.known_at < before.known_at;
    let policy_changed = after.policy != before.policy;
    set_back || policy_changed || gate.turns().is_any_between(before.as_of, after.as_of)
}
