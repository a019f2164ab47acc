//! From columns to admissions: a gate that decides in bulk.

use std::borrow::Borrow;
use std::collections::HashSet;

use crate::bulk::ids::index;
use crate::bulk::input::checks::same_length;
use crate::bulk::{CapacityError, ColumnError, Ids, RecordColumns, Snapshot};
use crate::ledger::admission::{Admissions, Gate};
use crate::ledger::packed::{Row, Who};
use crate::people::restriction::Restriction;
use crate::values::id::{RecordId, SubjectId};
use crate::values::time::Timestamp;

/// A gate with a snapshot of its own question: of its registry, under its policy, at its cut-off, as
/// known when it knows.
///
/// Only a [`Gate`] makes one, so that nobody can pass the decisions of another snapshot for those of
/// the gate. What it admits enters a training set as what the gate admits one by one does, and an
/// audit finds it as sound.
///
/// ```
/// use may_train::bulk::RecordColumns;
/// use may_train::ledger::TrainingSet;
/// use may_train::{Policy, RecordId, Registry, Subject, Timestamp};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// for (id, place) in [("u1", "US"), ("u2", "FR")] {
///     let subject = Subject::new(id.parse()?).with_birth("1990".parse()?);
///     registry.insert(subject.with_residence(place.parse()?, "2019-01-01".parse()?))?;
/// }
/// let now = "2024-12-01".parse()?;
/// let gate = registry.gate(&policy, now, now);
/// let frozen = gate.freeze()?;
///
/// let subjects = ["u1", "u2"].map(|id| frozen.subjects().get(id).unwrap());
/// let created_at = ["2023-02-01".parse::<Timestamp>()?.as_micros(); 2];
/// let kinds = ["post".parse()?];
/// let columns = RecordColumns::new(&subjects, &created_at, &[0, 0], &kinds)?;
/// let ids: [RecordId; 2] = ["r1".parse()?, "r2".parse()?];
///
/// let mut set = TrainingSet::new("run-1".parse()?, &gate);
/// set.enter_all(frozen.admit_all(&columns, &ids)?)?;
/// let run = set.seal();
/// assert!(run.uses(&ids[0]));
/// assert_eq!((run.admitted(), run.refused()), (1, 1)); // `u2` resides in France
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FrozenGate<'a> {
    gate: &'a Gate<'a>,
    snapshot: Snapshot,
    subjects: Ids<SubjectId>,
}

impl Gate<'_> {
    /// Freezes every subject of the gate's registry, to decide on records as columns.
    ///
    /// Takes about a microsecond a subject, and blocks the thread for as long.
    ///
    /// # Errors
    ///
    /// If there are more subjects than numbers.
    pub fn freeze(&self) -> Result<FrozenGate<'_>, CapacityError> {
        let (snapshot, subjects) = self.view().freeze()?;
        Ok(FrozenGate { gate: self, snapshot, subjects })
    }
}

impl FrozenGate<'_> {
    /// The numbers of the subjects, for the columns of records.
    #[must_use]
    pub const fn subjects(&self) -> &Ids<SubjectId> {
        &self.subjects
    }

    /// Decides on every record, admits those against which nothing stands, and counts the others:
    /// what [`Gate::admit_all`] is for records one by one.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::decide`], and where the ids are not as many as the records.
    pub fn admit_all(
        &self,
        columns: &RecordColumns<'_>,
        ids: impl IntoIterator<Item: Borrow<RecordId>, IntoIter: ExactSizeIterator>,
    ) -> Result<Admissions, ColumnError> {
        let ids = ids.into_iter();
        same_length("id", ids.len(), columns.len())?;
        let decided = self.snapshot.decide(columns)?;
        let mut admissions = Admissions::new(self.gate.bound());
        // The numbers that the admissions give to subjects, by those that the columns have.
        let mut given: Vec<Option<u32>> = vec![None; self.subjects.len()];
        let mut of_row = Vec::new();
        for ((row, id), grounds) in ids.enumerate().zip(decided.grounds()) {
            let id: &RecordId = id.borrow();
            let (true, Some(record)) = (grounds.is_empty(), record(columns, row, id)) else {
                admissions.refuse(id, *grounds);
                continue;
            };
            subjects(columns, row, &mut of_row);
            let who = of_row.iter().filter_map(|number| match given.get(index(*number)) {
                Some(Some(here)) => Some(Who::Numbered(*here)),
                Some(None) | None => Some(Who::Named(self.subjects.value(*number)?.as_str())),
            });
            let here = admissions.admit(self.gate, &record, who);
            for (number, here) in of_row.iter().zip(here) {
                if let Some(given) = given.get_mut(index(*number)) {
                    *given = Some(*here);
                }
            }
        }
        Ok(admissions)
    }
}

/// A record of the columns; `None` for no row that was decided.
fn record<'a>(columns: &RecordColumns<'a>, row: usize, id: &'a RecordId) -> Option<Row<'a>> {
    let kind = columns.kinds.get(row).map(|code| usize::from(*code));
    let instant = |micros| Timestamp::from_micros(micros).ok();
    let restrictions: &[Restriction] = columns.restrictions.map_or(&[], |lists| lists.list(row));
    Some(Row {
        id: id.as_str(),
        kind: columns.kind_names.get(kind?)?,
        created_at: instant(*columns.created_at.get(row)?)?,
        deleted_at: columns.deleted_at.and_then(|column| column.get(row)).and_then(instant),
        restrictions,
    })
}

/// Puts the subjects of a record, each once, in the place of those of another one.
fn subjects(columns: &RecordColumns<'_>, row: usize, into: &mut Vec<u32>) {
    let further = columns.further_subjects.map_or(&[][..], |lists| lists.list(row));
    into.clear();
    into.extend(columns.subjects.get(row));
    into.extend(further);
    if !further.is_empty() {
        let mut seen = HashSet::new();
        into.retain(|number| seen.insert(*number));
    }
}
