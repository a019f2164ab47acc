//! Admissions from columns: a gate that decides many records at once.

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

/// A gate together with a snapshot of its registry, for records that come as columns.
///
/// Only [`Gate::freeze`] makes one. So the snapshot always has the policy, the cut-off and the
/// instant of knowledge of the gate, and its decisions cannot come from another snapshot. The
/// admissions equal those that [`Gate::admit_all`] gives for the same records.
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
    /// Freezes every subject of the gate's registry, so that records can be decided as columns.
    ///
    /// The cost is linear in the number of subjects, and the call blocks its thread.
    ///
    /// # Errors
    ///
    /// Fails if the registry holds more subjects than 32-bit numbers can name.
    pub fn freeze(&self) -> Result<FrozenGate<'_>, CapacityError> {
        let (snapshot, subjects) = self.view().freeze()?;
        Ok(FrozenGate { gate: self, snapshot, subjects })
    }
}

impl FrozenGate<'_> {
    /// Returns the numbers of the subjects. The columns of records refer to subjects by them.
    #[must_use]
    pub const fn subjects(&self) -> &Ids<SubjectId> {
        &self.subjects
    }

    /// Decides every record, admits the eligible ones, and counts the others by ground.
    ///
    /// `ids` gives the id of each row, in the order of the rows.
    ///
    /// # Errors
    ///
    /// Fails as [`Snapshot::decide`] does, and if the number of ids differs from the number of
    /// rows.
    pub fn admit_all(
        &self,
        columns: &RecordColumns<'_>,
        ids: impl IntoIterator<Item: Borrow<RecordId>, IntoIter: ExactSizeIterator>,
    ) -> Result<Admissions, ColumnError> {
        let ids = ids.into_iter();
        same_length("id", ids.len(), columns.len())?;
        let decided = self.snapshot.decide(columns)?;
        let mut admissions = Admissions::new(self.gate.bound());
        // For each number of a subject in the columns: its number in the admissions, if it has one.
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

/// Returns a row of the columns without its subjects; `None` if the columns have no such row.
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

/// Writes the subjects of a row into `into`, each once, in place of what it held.
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
